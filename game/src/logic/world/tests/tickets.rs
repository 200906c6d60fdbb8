//! Logins by ticket through the world.

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
         ana is in: gen 2, last 0, ok 0
         ana 1: ok, 1000 gold
         ana is refused: bad_credentials
         ana is in: gen 3, last 1, ok 1",
    );
}

#[test]
fn a_ticket_is_worth_nothing_after_any_later_login() {
    let mut play = Play::new(with_key());
    play.run("ana registers Anabel with correct-horse\nana drops");
    let ticket = play.people.person("ana").ticket.clone();
    play.run("ana logs in as Anabel with correct-horse\nana drops");
    play.log_in_by("bo", &ticket);
    play.turn();
    check_with(
        play,
        "",
        "ana is queued at 1
         ana is in: gen 1, last 0, ok 0
         ana is queued at 1
         ana is in: gen 2, last 0, ok 0
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
         ana is in: gen 2, last 0, ok 0
         bo is refused: bad_credentials",
    );
}

#[test]
fn without_a_key_of_the_house_tickets_end_with_game() {
    check(
        "ana logs in\nana drops\nana logs in by ticket\ngame dies\nana logs in by ticket",
        "ana is in: gen 1, last 0, ok 0
         ana is in: gen 2, last 0, ok 0
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
