//! Logins by ticket through the world.

use std::time::Duration;

use proto::{epoch::LinkKey, ids::AccountId, limits::SESSION_LIFE_MS};

use super::*;
use crate::logic::tickets::Ticket;

/// A world whose tickets outlive it.
fn with_key() -> WorldConfig {
    WorldConfig { seal_key: Some(LinkKey::new([1; 32]).seal_key()), ..idle() }
}

#[test]
fn a_ticket_logs_in_once_and_the_next_one_is_in_the_answer() {
    let mut play = Play::new(with_key());
    play.run("ana logs in\nana drops");
    let first = play.people.person("ana").ticket.clone();
    play.run("ana logs in by ticket\nana reads wallet\nana drops");
    play.log_in_by("ana", &first);
    play.run("ana logs in by ticket");
    check_with(
        play,
        "",
        "ana is in: gen 1, last 0, ok 0
         ana is in: gen 3, last 0, ok 0
         ana 1: ok, 1000 gold
         ana is refused: bad_credentials
         ana is in: gen 5, last 1, ok 1",
    );
}

#[test]
fn a_ticket_is_worth_nothing_after_a_later_login_whose_client_was_heard() {
    let mut play = Play::new(with_key());
    play.run("ana registers Anabel with correct-horse\nana drops");
    let ticket = play.people.person("ana").ticket.clone();
    play.run("ana logs in as Anabel with correct-horse\nana sends 3 x\nana drops");
    play.log_in_by("bo", &ticket);
    play.turn();
    check_with(
        play,
        "",
        "ana is queued at 1
         ana is in: gen 1, last 0, ok 0
         ana is queued at 1
         ana is in: gen 3, last 0, ok 0
         bo is refused: bad_credentials",
    );
}

#[test]
fn a_ticket_holds_over_the_death_of_game_and_after_its_time_does_not() {
    let mut play = Play::new(with_key());
    play.run("ana logs in\nbo logs in\ngame dies\nana logs in by ticket");
    play.now.wall_ms += SESSION_LIFE_MS;
    play.run("bo logs in by ticket");
    check_with(
        play,
        "",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana is in: gen 3, last 0, ok 0
         bo is refused: bad_credentials",
    );
}

#[test]
fn without_a_key_of_the_house_tickets_end_with_game() {
    check(
        "ana logs in\nana drops\nana logs in by ticket\ngame dies\nana logs in by ticket",
        "ana is in: gen 1, last 0, ok 0
         ana is in: gen 3, last 0, ok 0
         ana is refused: bad_credentials",
    );
}

#[test]
fn forged_and_broken_tickets_are_wrong_credentials_and_the_fifth_closes() {
    let mut play = Play::new(with_key());
    play.run("ana logs in\nbo connects");
    let account = AccountId(play.people.person("ana").account);
    let of = |account, gen_, byte| {
        Ticket::new(account, gen_, 1_700_000_000_000).seal(&LinkKey::new([byte; 32]).seal_key())
    };
    let good = of(account, 1, 1);
    // Another key, nobody's account, a generation to come, cut short, nothing.
    let tries =
        [of(account, 1, 2), of(AccountId(99), 1, 1), of(account, 2, 1), good[..52].to_vec(), Vec::new()];
    for ticket in tries {
        play.log_in_by("bo", &ticket);
        play.turn();
    }
    let refused = "bo is refused: bad_credentials\n".repeat(5);
    let closed = format!("ana is in: gen 1, last 0, ok 0\n{refused}bo is closed: too_many_logins");
    check_with(play, "", &closed);
}

#[test]
fn a_ticket_of_one_who_is_banned_says_so() {
    let mut play = Play::new(with_key());
    play.run("ana logs in\nana drops\nstaff bans ana\nana logs in by ticket");
    let refused = play.people.transcript.last().map(String::as_str);
    assert_eq!(refused, Some("ana is refused: banned (spam)"));
}

#[test]
fn only_staff_comes_in_by_ticket_while_the_world_is_closed() {
    let mut play = Play::new(with_key());
    play.run("ana logs in\nana drops\nstaff closes the world\nana logs in by ticket");
    assert!(!play.people.person("ana").is_in);
    play.run("staff opens the world\nana logs in by ticket");
    assert!(play.people.person("ana").is_in);
}

#[test]
fn a_password_that_staff_gives_ends_the_ticket_of_the_one_before() {
    let mut play = Play::new(with_key());
    play.run("ana registers Anabel with correct-horse");
    let before = play.people.person("ana").ticket.clone();
    play.run("staff sets password of ana to battery-staple\nlet syncs");
    play.log_in_by("bo", &before);
    play.turn();
    let refused = play.people.transcript.last().map(String::as_str);
    assert_eq!(refused, Some("bo is refused: bad_credentials"));
}

#[test]
fn a_ticket_waits_for_rows_that_are_not_in_memory() {
    let mut play = Play::new(WorldConfig { cache_accounts_max: 1, ..with_key() });
    play.run("ana logs in\nana drops\nbo logs in\nbo drops\ncy logs in\nhold reads\nana logs in by ticket");
    assert!(!play.people.person("ana").is_in);
    play.run("rows come\nlet reads\nnote all is here");
    assert!(play.people.person("ana").is_in);
}

/// Somebody tries a ticket; whether it let that person in.
fn comes_in(play: &mut Play, name: &str, ticket: &[u8]) -> bool {
    play.run(&format!("{name} connects"));
    play.log_in_by(name, ticket);
    play.turn();
    play.people.person(name).is_in
}

#[test]
fn a_ticket_whose_logins_answer_got_lost_is_good_once_more_whether_game_died_or_not() {
    for between in ["", "game dies"] {
        let mut play = Play::new(with_key());
        play.run("ana logs in\nana says hello\nana drops");
        let first = play.people.person("ana").ticket.clone();
        // What this one is told she never hears.
        assert!(comes_in(&mut play, "ana", &first));
        play.run(between);
        assert!(comes_in(&mut play, "ana", &first), "{:?}", play.people.transcript);
    }
}

#[test]
fn once_somebody_was_heard_older_tickets_are_worth_nothing_also_to_the_next_game() {
    // With a record of its own, and without one.
    for says in ["ana pays bo 1", "ana says hello", "ana drops\nana resumes"] {
        for between in ["", "game dies"] {
            let mut play = Play::with_grace(with_key());
            play.run("bo logs in\nana logs in\nana drops");
            let first = play.people.person("ana").ticket.clone();
            assert!(comes_in(&mut play, "ana", &first));
            let second = play.people.person("ana").ticket.clone();
            play.run(&format!("{says}\n{between}"));
            assert!(!comes_in(&mut play, "eve", &first), "{says} {between}: {:?}", play.people.transcript);
            assert!(comes_in(&mut play, "ana", &second), "{says} {between}: {:?}", play.people.transcript);
        }
    }
}

#[test]
fn a_thief_who_kept_silent_has_nothing_when_the_owner_has_spoken() {
    let mut play = Play::new(with_key());
    play.run("ana logs in\nana drops");
    let stolen = play.people.person("ana").ticket.clone();
    assert!(comes_in(&mut play, "eve", &stolen));
    let of_eve = play.people.person("eve").ticket.clone();
    assert!(comes_in(&mut play, "ana", &stolen), "nobody was heard since");
    play.run("ana says hello\ngame dies");
    assert!(!comes_in(&mut play, "eve", &of_eve) && !comes_in(&mut play, "eve", &stolen));
}

#[test]
fn a_seat_is_given_back_as_what_its_client_was_told_and_ends_the_older_ticket() {
    let mut play = Play::with_grace(with_key());
    play.run("ana logs in\nana drops");
    let first = play.people.person("ana").ticket.clone();
    assert!(comes_in(&mut play, "ana", &first));
    // Its login was durable and not heard; then reset, and heard; then reset once more.
    for _ in 0..2 {
        play.run("game dies\nana comes back\nana reads wallet");
        let last = play.people.transcript.len() - 2;
        assert!(
            play.people.transcript[last].starts_with("ana is in again: gen 3"),
            "{:?}",
            play.people.transcript
        );
        assert!(!comes_in(&mut play, "eve", &first));
    }
}

#[test]
fn where_there_is_no_room_for_a_record_older_tickets_end_all_the_same() {
    let mut play = Play::new(WorldConfig { inflight_records_max: 1, ..with_key() });
    play.run("bo logs in\nana logs in\nana drops");
    let first = play.people.person("ana").ticket.clone();
    assert!(comes_in(&mut play, "ana", &first));
    let made = play.world.figures().lsn_made;
    play.run("hold syncs\nhold applies\nbo pays bo 1\nbo pays ana 1\nana says hello");
    assert_eq!(play.world.figures().lsn_made, made + 1, "the payment's alone");
    assert!(!comes_in(&mut play, "eve", &first));
    play.run("let syncs\nlet applies\nana pays bo 1\ngame dies");
    assert!(!comes_in(&mut play, "eve", &first), "the next record has it");
}

#[test]
fn a_resumed_session_gets_a_ticket_that_holds_as_long_as_one_of_a_login() {
    let mut play = Play::with_grace(with_key());
    play.run("ana logs in");
    let first = play.people.person("ana").ticket.clone();
    play.pass(Duration::from_secs(11 * 3_600));
    play.run("ana drops\nana resumes");
    let fresh = play.people.person("ana").ticket.clone();
    play.pass(Duration::from_secs(11 * 3_600));
    assert!(!comes_in(&mut play, "eve", &first));
    assert!(comes_in(&mut play, "ana", &fresh), "{:?}", play.people.transcript);
}
