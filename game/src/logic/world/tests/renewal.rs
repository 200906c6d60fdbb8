//! Hashes that became cheap are made again by whoever logs in, and nobody notices.

use super::*;

fn stored(play: &Play, name: &str) -> String {
    let account = play.people.all[name].account;
    play.store.account(account).expect("there").password.expect("named")
}

/// Anabel, registered when hashes cost less.
fn cheap() -> Play {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run("ana registers Anabel with correct-horse\nana drops");
    play.hash_cost = 2;
    play
}

#[test]
fn a_login_renews_a_cheap_hash_after_its_answer_and_once() {
    let mut play = cheap();
    play.run("hold hashes\nana logs in as Anabel with correct-horse\nhashes come");
    assert_eq!(play.people.transcript.last().unwrap(), "ana is in: gen 3, last 0, ok 0");
    assert_eq!((stored(&play, "ana").as_str(), play.hashes_wanted()), ("0001 correct-horse", 1));
    play.run("let hashes");
    assert_eq!(stored(&play, "ana"), "0002 correct-horse");
    play.run("ana drops\nhold hashes\nana logs in as Anabel with correct-horse\nhashes come");
    assert_eq!(play.hashes_wanted(), 0, "it costs what it should");
}

#[test]
fn a_wrong_password_renews_nothing() {
    let mut play = cheap();
    play.run("ana logs in as Anabel with battery-staple");
    assert_eq!(stored(&play, "ana"), "0001 correct-horse");
}

#[test]
fn a_renewal_gives_way_to_a_new_password_and_to_logins_that_wait() {
    let mut play = cheap();
    play.run("hold hashes\nana logs in as Anabel with correct-horse\nhashes come");
    play.run("staff sets password of ana to battery-staple\nlet hashes");
    assert_eq!(stored(&play, "ana"), "0002 battery-staple");

    let mut play = cheap();
    play.run("hold hashes\nana logs in as Anabel with correct-horse");
    for waiting in ["bo", "cy", "di", "ed"] {
        play.run(&format!("{waiting} logs in as Nobody with correct-horse"));
    }
    play.run("hashes come");
    assert_eq!((play.hashes_wanted(), stored(&play, "ana")), (2, "0001 correct-horse".to_owned()));
}

/// It begins to be compared with the hash that the first one's renewal replaces meanwhile.
#[test]
fn a_second_login_during_the_renewal_is_right_too() {
    let mut play = cheap();
    play.run("hold hashes\nana logs in as Anabel with correct-horse\nhashes come");
    let heard = play.people.transcript.len();
    play.run("bo logs in as Anabel with correct-horse\nlet hashes");
    assert_eq!(
        play.people.transcript[heard..],
        [
            "bo is queued at 2",
            "bo is queued at 1",
            "ana is closed: superseded",
            "bo is in: gen 5, last 0, ok 0",
        ]
    );
    assert_eq!(stored(&play, "ana"), "0002 correct-horse");
}
