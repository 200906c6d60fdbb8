//! Time in which nothing can be done is no time of any match: game had no turn, or nobody made durable what was done.

use std::time::Duration;

use super::{
    matches::{books, last},
    *,
};

fn time(play: &mut Play) -> u64 {
    play.run("ana commands 2100 time");
    last(play).rsplit(' ').next().and_then(|time| time.parse().ok()).expect("milliseconds")
}

fn rang(play: &mut Play) -> bool {
    play.run("ana commands 2100 show");
    last(play).contains("rang")
}

fn is_told(play: &Play, what: &str) -> bool {
    play.people.transcript.iter().any(|line| *line == format!("ana is told: {what}"))
}

#[test]
fn timers_and_clocks_of_a_room_do_not_count_the_time_in_which_game_sleeps() {
    let mut play = books();
    play.run("ana logs in\nana joins book\nana commands 2100 remind:10000\npass 4000\ngame sleeps 60000");
    assert_eq!(time(&mut play), 4_000);
    play.run("pass 3000\ngame sleeps 3600000\npass 2900");
    assert!(!rang(&mut play), "{}", last(&play));
    play.run("pass 100");
    assert!(rang(&mut play), "{}", last(&play));
    assert_eq!(time(&mut play), 10_000);
}

#[test]
fn of_a_turn_that_comes_late_a_room_counts_no_more_than_a_busy_one_may_take() {
    let mut play = books();
    play.run("ana logs in\nana joins book\nana commands 2100 remind:10000\npass 4000\ngame stalls 4900");
    assert_eq!(time(&mut play), 5_500);
    play.run("game stalls 4000");
    assert_eq!(time(&mut play), 7_000);
    play.run("pass 2999");
    assert!(!rang(&mut play), "{}", last(&play));
    play.run("pass 1");
    assert!(rang(&mut play), "{}", last(&play));
}

#[test]
fn what_a_match_hears_around_a_sleep_of_game_is_played_again_as_it_was() {
    let mut play = books();
    play.run("ana logs in\nana joins book\nana commands 2100 remind:10000\npass 4000\nana commands 2100 a");
    play.run("game sleeps 60000\nana commands 2100 b\ngame stalls 3000\nana commands 2100 c\ngame dies");
    assert_eq!((play.world.figures().rooms, play.world.figures().rooms_broken), (1, 0));
    play.run("ana comes back\nana commands 2100 show");
    assert!(last(&play).ends_with("ok, remind:10000 a b c"), "{}", last(&play));
    assert!((5_500..=6_500).contains(&time(&mut play)), "{}", last(&play));
}

#[test]
fn while_dbfront_is_away_matches_stand_still_and_say_so() {
    let mut play = books();
    play.run("ana logs in\nana joins book\nana commands 2100 remind:3000\npass 1000\nstore goes");
    play.run("pass 1500\npass 10000\nana commands 2100 x");
    assert!(last(&play).contains("later store_busy"), "{}", last(&play));
    assert!(is_told(&play, "rooms_stand_still"), "{:#?}", play.people.transcript);
    play.run("store comes back");
    assert!(is_told(&play, "rooms_go_on"), "{:#?}", play.people.transcript);
    assert_eq!(time(&mut play), 1_000);
    play.run("pass 1999");
    assert!(!rang(&mut play), "{}", last(&play));
    play.run("pass 1");
    assert!(rang(&mut play), "{}", last(&play));
}

#[test]
fn a_match_does_not_go_on_while_what_is_done_in_it_waits_for_the_journal() {
    let mut play = books();
    play.run("ana logs in\nana joins book\nana commands 2100 remind:3000\nhold syncs\nana commands 2100 a");
    // A moment nobody notices.
    play.run("pass 500\nana commands 2100 b");
    let until = play.world.next_deadline().expect("it looks again");
    assert!(until <= play.now.instant + Duration::from_millis(500), "when the oldest is late, not before");
    play.run("pass 499\nana commands 2100 c\npass 1\npass 1000\npass 10000\nana commands 2100 d");
    assert!(last(&play).contains("later store_busy"), "{}", last(&play));
    assert!(is_told(&play, "rooms_stand_still"), "{:#?}", play.people.transcript);
    play.run("let syncs");
    assert!(is_told(&play, "rooms_go_on"), "{:#?}", play.people.transcript);
    assert_eq!(time(&mut play), 1_000);
    play.run("ana commands 2100 show");
    assert!(last(&play).ends_with("ok, remind:3000 a b c"), "{}", last(&play));
    play.run("pass 1999");
    assert!(!rang(&mut play), "{}", last(&play));
    play.run("pass 1");
    assert!(rang(&mut play), "{}", last(&play));
}

#[test]
fn a_sleep_of_game_alone_is_no_delay_of_the_journal() {
    let mut play = books();
    play.run("ana logs in\nana joins book\nhold syncs\nana commands 2100 a\npass 900\ngame sleeps 60000");
    play.run("ana commands 2100 b\nlet syncs\nana commands 2100 show");
    assert!(last(&play).ends_with("ok, a b"), "{}", last(&play));
}
