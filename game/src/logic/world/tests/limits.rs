//! Limits that are changed while people play: they hold for who is here and for who comes.

use super::*;
use crate::logic::{event::Event, limits::Limits, testing::Play};

fn limits() -> Limits {
    Limits::of(&WorldConfig::default())
}

fn said(play: &mut Play, script: &str) -> Vec<String> {
    play.people.transcript.clear();
    play.run(script);
    play.people.transcript.clone()
}

#[test]
fn a_player_who_is_here_talks_and_plays_by_the_new_limits_from_the_next_moment_on() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run("ana logs in\npass 5000");
    play.event(Event::Limits(Limits { chat_per_s: 1, ..limits() }));
    // Fifteen lines were saved up by the old rate.
    let told = said(&mut play, "pass 1000\nana says 1\nana says 2\nana says 3\nana says 4");
    assert_eq!(told.last().map(String::as_str), Some("ana 4: later chat_too_fast"), "{told:?}");
    play.event(Event::Limits(Limits { commands_burst: 2, commands_per_s: 1, ..limits() }));
    let told = said(&mut play, "pass 1\nana reads wallet\nana reads wallet\nana reads wallet");
    assert!(told.last().is_some_and(|line| line.contains(": later ")), "{told:?}");
    play.event(Event::Limits(limits()));
    let told = said(&mut play, "pass 2000\nana says 5\nana says 6\nana says 7\nana says 8\nana says 9");
    assert!(told.iter().all(|line| !line.contains("later")), "{told:?}");
}

#[test]
fn whoever_waits_for_room_comes_in_as_soon_as_more_may_play() {
    let config = WorldConfig { preload: false, players_max: 1, ..WorldConfig::default() };
    let mut play = Play::new(config.clone());
    play.run("ana logs in\nbo logs in");
    assert!(!play.people.all["bo"].is_in, "{:?}", play.people.transcript);
    play.event(Event::Limits(Limits { players_max: 2, ..limits() }));
    play.run("pass 1");
    assert!(play.people.all["bo"].is_in, "{:?}", play.people.transcript);
    // Fewer than there are: they play on, and nobody else comes in.
    play.event(Event::Limits(Limits { players_max: 1, ..limits() }));
    let told = said(&mut play, "cy logs in\npass 1000\nbo reads wallet");
    assert!(told.contains(&"bo 1: ok, 1000 gold".to_owned()), "{told:?}");
    assert!(!play.people.all["cy"].is_in);
}

#[test]
fn an_address_makes_as_many_guests_in_this_hour_as_it_may_now() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run("ana logs in\nbo logs in");
    play.event(Event::Limits(Limits { guests_per_address_per_hour: 2, ..limits() }));
    assert_eq!(said(&mut play, "cy logs in"), ["cy is refused: too_many_guests"]);
    play.event(Event::Limits(Limits { guests_per_address_per_hour: 3, ..limits() }));
    assert_eq!(said(&mut play, "cy logs in"), ["cy is in: gen 1, last 0, ok 0"]);
}
