//! Players whose game died and whose gateway did not.

use proto::epoch::{LinkKey, SealKey};

use crate::logic::{
    credentials::guest_secret,
    event::WorldConfig,
    testing::{Play, check_with},
};

fn play() -> Play {
    Play::with_grace(WorldConfig { preload: false, ..WorldConfig::default() })
}

#[test]
fn who_was_in_is_in_again_with_what_is_durable() {
    check_with(
        play(),
        "ana logs in
         bo logs in
         ana pays bo 5
         hold syncs
         ana pays bo 6
         game dies
         let syncs
         ana comes back
         bo comes back
         ana pays bo 7",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok, 995 gold
         bo is paid 5 by ana, has 1005
         ana is in again: gen 1, last 1, ok 1
         bo is in again: gen 1, last 0, ok 0
         ana 2: ok, 988 gold
         bo is paid 7 by ana, has 1012",
    );
}

#[test]
fn game_may_die_again_and_again_in_between() {
    check_with(
        play(),
        "ana logs in
         game dies
         ana comes back
         game dies
         hold reads
         ana comes back
         game dies
         let reads
         ana comes back
         ana drops
         ana resumes
         game dies
         ana comes back
         ana says here",
        "ana is in: gen 1, last 0, ok 0
         ana is in again: gen 1, last 0, ok 0
         ana is in again: gen 1, last 0, ok 0
         ana resumes: last 0, missed 0
         ana is in again: gen 1, last 0, ok 0
         ana 1: ok
         ana hears ana: here",
    );
}

#[test]
fn of_two_connections_the_later_one_has_the_seat_in_whatever_order_they_are_named() {
    for later_first in [true, false] {
        let mut play = play();
        play.run("ana logs in\nana drops");
        let earlier = play.people.person("ana").seat;
        play.run("ana resumes");
        let later = play.people.person("ana").seat;
        assert!(earlier < later);
        play.run("game dies");
        let order = if later_first { [later, earlier] } else { [earlier, later] };
        for seat in order {
            play.people.person("ana").seat = seat;
            play.run("ana comes back");
        }
        let expected: &[&str] = if later_first {
            &["ana is in again: gen 1, last 0, ok 0", "ana is closed: superseded"]
        } else {
            &[
                "ana is in again: gen 1, last 0, ok 0",
                "an older connection is closed: superseded",
                "ana is in again: gen 1, last 0, ok 0",
            ]
        };
        assert_eq!(play.people.transcript[2..], *expected);
        assert_eq!(play.world.figures().sessions, 1);
    }
}

#[test]
fn a_login_since_then_has_the_account() {
    check_with(
        play(),
        "ana logs in
         game dies
         ana logs in
         note the gateway that kept her first connection is late",
        "ana is in: gen 1, last 0, ok 0
         ana is in: gen 3, last 0, ok 0
         note the gateway that kept her first connection is late",
    );
    let mut play = play();
    play.run("ana logs in");
    let kept = play.people.person("ana").seat;
    play.run("game dies\nana logs in");
    play.people.person("ana").seat = kept;
    play.run("ana comes back");
    assert_eq!(play.people.transcript.last().unwrap(), "ana is closed: superseded");
    assert_eq!(play.world.figures().sessions, 1, "the newer one plays on");
}

#[test]
fn who_was_banned_meanwhile_is_told_so() {
    check_with(
        play(),
        "ana logs in
         ana drops
         staff bans ana
         game dies
         ana comes back",
        "ana is in: gen 1, last 0, ok 0
         staff: ok, a guest, plays
         ana is refused: banned (spam)
         ana is closed: banned",
    );
}

#[test]
fn a_seat_waits_for_rows_as_long_as_it_takes() {
    check_with(
        play(),
        "ana logs in
         game dies
         hold reads
         ana comes back
         store goes
         pass 2000
         store comes back
         rows fail
         pass 1000
         let reads
         pass 1000",
        "ana is in: gen 1, last 0, ok 0
         ana is in again: gen 1, last 0, ok 0",
    );
}

#[test]
fn who_lost_only_the_link_resumes_and_misses_nothing() {
    check_with(
        play(),
        "ana logs in
         bo logs in
         ana joins echo
         link is lost
         bo resumes
         bo pays ana 5
         ana comes back
         ana resumes
         ana echoes here",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok, 1 members
         bo resumes: last 0, missed 0
         bo 1: ok, 995 gold
         ana is closed: link_lost
         ana resumes: last 1, missed 1
         ana is paid 5 by bo, has 1005
         ana 2: ok, here",
    );
}

#[test]
fn who_was_kicked_stays_out_whatever_became_of_the_close() {
    let mut play = play();
    play.run("ana logs in\nbo logs in");
    let kept = play.people.person("ana").clone();
    play.run("staff kicks ana\nlink is lost\nana comes back");
    assert_eq!(play.people.transcript.last().unwrap(), "ana is closed: kicked", "as the one that got lost");
    // Whoever did not hear it and lost the connection, too.
    for (line, told) in [
        ("ana resumes", "ana does not resume: kicked"),
        ("ana logs in by ticket", "ana is refused: bad_credentials"),
    ] {
        *play.people.person("ana") = super::super::testing::people::Person { conn: None, ..kept.clone() };
        play.run(line);
        assert_eq!(play.people.transcript.last().unwrap(), told);
    }
    *play.people.person("ana") = kept.clone();
    play.run("game dies\nana comes back");
    assert_eq!(play.people.transcript.last().unwrap(), "ana is closed: superseded", "another game");
    play.run("ana logs in\nana says here");
    assert!(play.people.person("ana").is_in, "by the door she may come");
}

#[test]
fn who_is_kicked_while_its_seat_is_given_back_gets_none() {
    for (line, told) in [("staff kicks ana", "kicked"), ("staff bans ana for 60000", "banned")] {
        let mut play = play();
        play.run("ana logs in");
        let kept = play.people.person("ana").clone();
        play.run(&format!("game dies\nhold reads\nana comes back\n{line}\nlet reads\npass 60000"));
        let seen = &play.people.transcript;
        assert!(seen.contains(&format!("ana is closed: {told}")), "{seen:?}");
        assert!(seen.contains(&"staff: ok, a guest, plays".to_owned()) || told == "banned", "{seen:?}");
        assert!(!play.people.person("ana").is_in, "{told}");
        *play.people.person("ana") = kept;
        play.run("link is lost\nana comes back");
        assert!(!play.people.person("ana").is_in, "its seat is worth nothing: {:?}", play.people.transcript);
    }
}

#[test]
fn a_ban_that_is_over_leaves_no_seat_token_or_ticket_from_before() {
    for ends in ["pass 60000", "staff unbans ana"] {
        let mut play = Play::with_grace(with_keys());
        play.run("ana logs in\nbo logs in");
        let kept = play.people.person("ana").clone();
        play.run(&format!("staff bans ana for 60000\n{ends}\ngame dies"));
        for (line, told) in [
            ("ana comes back", "ana is closed: superseded"),
            ("ana logs in by ticket", "ana is refused: bad_credentials"),
        ] {
            let conn = None;
            *play.people.person("ana") = super::super::testing::people::Person { conn, ..kept.clone() };
            play.run(line);
            assert_eq!(play.people.transcript.last().unwrap(), told, "{ends}");
        }
        play.run("ana logs in");
        assert!(play.people.person("ana").is_in, "by the door she may come");
    }
}

#[test]
fn a_seat_keeps_the_number_that_its_client_was_told_whatever_was_noted_since() {
    let mut play = with_key();
    play.run("ana logs in\nana logs out\nana logs in\nana reads wallet");
    play.run("game dies\nana comes back\ngame dies\nana comes back");
    let seen = &play.people.transcript[play.people.transcript.len() - 2..];
    assert_eq!(seen, ["ana is in again: gen 3, last 0, ok 0"; 2]);
}

#[test]
fn a_kick_of_which_the_disk_knows_nothing_was_never_answered_and_did_not_happen() {
    check_with(
        play(),
        "ana logs in
         hold syncs
         staff kicks ana
         game dies
         let syncs
         ana comes back",
        "ana is in: gen 1, last 0, ok 0
         ana is closed: kicked
         ana is in again: gen 1, last 0, ok 0",
    );
}

#[test]
fn whoever_is_deleted_or_has_another_password_stays_out_too() {
    for line in ["staff deletes ana", "staff sets password of ana to battery-staple"] {
        let mut play = play();
        play.run("ana registers Anabel with correct-horse");
        play.run(line);
        play.run("link is lost\nana comes back");
        assert_eq!(play.people.transcript.last().unwrap(), "ana is closed: kicked", "{line}");
        play.run("ana logs in by ticket");
        assert_eq!(play.people.transcript.last().unwrap(), "ana is refused: bad_credentials", "{line}");
    }
}

/// A world whose keys outlive it.
fn with_keys() -> WorldConfig {
    let seal_key = Some(LinkKey::new([1; 32]).seal_key());
    let guest_key = Some(SealKey::new([2; 32]));
    WorldConfig { preload: false, seal_key, guest_key, ..WorldConfig::default() }
}

fn with_key() -> Play {
    Play::with_grace(with_keys())
}

#[test]
fn whoever_has_the_key_of_the_links_knows_no_secret_of_a_guest() {
    let mut play = with_key();
    play.run("ana logs in");
    let ana = play.people.person("ana").clone();
    let made = play.now.wall_ms;
    let of = |key: &SealKey| guest_secret(key, ana.account, made).expose().to_vec();
    assert_eq!(ana.secret, of(&SealKey::new([2; 32])), "the moment is right");
    assert_ne!(ana.secret, of(&LinkKey::new([1; 32]).seal_key()));
}

#[test]
fn with_another_key_for_guests_no_secret_is_said_again_and_the_old_one_holds() {
    let mut play = with_key();
    play.run("ana logs in");
    let secret = std::mem::take(&mut play.people.person("ana").secret);
    play.config.guest_key = Some(SealKey::new([3; 32]));
    play.run("game dies\nana comes back");
    assert!(play.people.person("ana").is_in && play.people.person("ana").secret.is_empty());
    play.people.person("ana").secret = secret;
    play.run("ana logs out\nana logs in");
    assert_eq!(play.people.transcript.last().unwrap(), "ana is in: gen 3, last 0, ok 0");
}

#[test]
fn a_new_guest_whose_answer_died_with_game_hears_its_secret_by_the_reset() {
    let mut play = with_key();
    play.run("ana logs in");
    let secret = std::mem::take(&mut play.people.person("ana").secret);
    let made = play.world.figures().lsn_made;
    play.run("game dies\nana comes back");
    assert_eq!((&play.people.person("ana").secret, play.world.figures().lsn_made), (&secret, made));
    play.run("ana logs out\nana logs in");
    assert_eq!(play.people.transcript.last().unwrap(), "ana is in: gen 3, last 0, ok 0");
}

#[test]
fn who_must_have_heard_its_secret_is_not_told_it_again() {
    // A later login, a command that left a record, a name instead of it.
    for since in ["ana logs in", "ana pays bo 1", "ana binds Anabel with correct-horse"] {
        let mut play = with_key();
        play.run(&format!("bo logs in\nana logs in\n{since}"));
        play.people.person("ana").secret.clear();
        play.run("game dies\nana comes back");
        assert!(play.people.person("ana").is_in, "{:?}", play.people.transcript);
        assert_eq!(play.people.person("ana").secret, [0; 0], "{since}");
    }
    // Without a key of the house the next game cannot know it.
    let mut play = play();
    play.run("ana logs in");
    play.people.person("ana").secret.clear();
    play.run("game dies\nana comes back");
    assert_eq!(play.people.person("ana").secret, [0; 0]);
}
