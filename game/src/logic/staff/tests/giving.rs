//! What staff and other servers give: names, passwords, gold.

use super::*;

#[test]
fn a_guest_gets_a_name_and_a_password_and_its_secret_ends() {
    check(
        "ana logs in
         staff binds ana as Anabel with correct-horse
         ana logs in
         ana logs in as Anabel with correct-horse
         staff binds ana as Other with correct-horse
         bo logs in
         staff binds bo as anabel with correct-horse
         staff binds bo as Bo2 with bo2",
        "ana is in: gen 1, last 0, ok 0
         ana is closed: kicked
         staff: ok, Anabel, plays
         ana is refused: bad_credentials
         ana is queued at 1
         ana is in: gen 5, last 0, ok 0
         staff: already_named
         bo is in: gen 1, last 0, ok 0
         staff: name_taken
         staff: password_too_short",
    );
}

#[test]
fn a_new_password_ends_the_sessions_and_the_old_password() {
    check(
        "ana registers Anabel with correct-horse
         staff sets password of =Anabel to battery-staple
         ana logs in as Anabel with correct-horse
         ana logs in as Anabel with battery-staple
         staff sets password of ana to 12345678
         bo logs in
         staff sets password of bo to battery-staple",
        "ana is queued at 1
         ana is in: gen 1, last 0, ok 0
         ana is closed: kicked
         staff: ok, Anabel, plays
         ana is queued at 1
         ana is refused: bad_credentials
         ana is queued at 1
         ana is in: gen 5, last 0, ok 0
         staff: password_common
         bo is in: gen 1, last 0, ok 0
         staff: not_named",
    );
}

#[test]
fn a_grant_is_given_once_for_its_key_and_told_to_who_gets_it() {
    check(
        "ana logs in
         staff grants 500 to ana as pay-1
         staff grants 500 to ana as pay-1
         staff grants 501 to ana as pay-1
         bo logs in
         staff grants 500 to bo as pay-1
         staff grants 500 to ana as pay-2
         ana reads wallet",
        "ana is in: gen 1, last 0, ok 0
         ana is paid 500 by 0, has 1500
         staff: granted by 2
         staff: granted by 2, again
         staff: key_used
         bo is in: gen 1, last 0, ok 0
         staff: key_used
         ana is paid 500 by 0, has 2000
         staff: granted by 4
         ana 1: ok, 2000 gold",
    );
}

#[test]
fn amounts_out_of_bounds_and_strangers_get_nothing() {
    check(
        "ana logs in
         staff grants 0 to ana as a
         staff grants -5 to ana as b
         staff grants 1000000000000001 to ana as c
         staff grants 1000000000000000 to ana as d
         staff grants 5 to 99 as e
         ana reads wallet",
        "ana is in: gen 1, last 0, ok 0
         staff: bad_amount
         staff: bad_amount
         staff: bad_amount
         staff: payee_full
         staff: no_such_account
         ana 1: ok, 1000 gold",
    );
}

/// Kills between the request and its answer: before the record is durable it never was, after it the key
/// finds it. Asked again after each, there is one grant.
#[test]
fn a_grant_that_a_crash_cut_off_is_given_once_when_it_is_asked_again() {
    for is_durable in [false, true] {
        let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
        play.run(
            "ana logs in\nhold syncs\nstaff grants 500 to ana as pay-1\nstaff grants 500 to ana as pay-1",
        );
        assert!(play.staff_heard.is_empty(), "answered before it was durable");
        if is_durable {
            play.sync(u64::MAX);
        }
        play.restart();
        play.run("let syncs\nstaff grants 500 to ana as pay-1\nana logs in\nana reads wallet");
        assert_eq!(play.staff_heard.last().unwrap().again, is_durable);
        assert_eq!(play.people.transcript.last().unwrap(), "ana 1: ok, 1500 gold");
    }
}

#[test]
fn who_waits_with_the_old_password_while_it_is_changed_or_taken_away_stays_out() {
    let tries = "bo logs in as Anabel with correct-horse";
    // Hashes come in the order in which they were asked for.
    for (first, then) in
        [("staff sets password of ana to battery-staple", tries), (tries, "staff deletes ana")]
    {
        let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
        play.run("ana registers Anabel with correct-horse\nana drops\nhold hashes");
        play.run(&format!("{first}\n{then}\nlet hashes"));
        assert!(play.people.transcript.contains(&"bo is refused: bad_credentials".to_owned()), "{first}");
    }
}
