//! A thread's clients as scripts: what players and game do, and what each of them then hears.

mod attacks;
mod fragments;
mod half_done;
mod leaving;
mod naps;
mod parking;
mod peer;
mod pressure;
mod random;
mod world;

use super::super::{bucket::Rate, limits::ClientLimits};
use world::check;

#[test]
fn a_client_is_relayed_from_hello_to_goodbye() {
    check(
        "ana connects
         ana sends hello
         ana sends login_guest
         game sends ana control welcome
         game admits ana
         ana sends wallet_read, ping
         game sends ana must answer
         ana hangs up",
        "game hears ana opened
         game hears ana hello
         game hears ana login_guest
         ana hears control: welcome
         ana hears control: pong
         game hears ana wallet_read
         ana hears must: answer
         game hears ana closed gone
         ana is gone",
    );
}

#[test]
fn neighbouring_sends_become_one_frame_and_others_do_not() {
    check(
        "ana plays
         bo plays
         game says nothing yet
         game sends ana must answer
         game sends ana must paid
         game sends ana control welcome
         game sends bo must answer
         game sends ana must answer
         game is done",
        "ana hears must: answer, paid
         ana hears control: welcome
         ana hears must: answer
         bo hears must: answer",
    );
}

#[test]
fn a_group_hears_what_is_published_and_nobody_else_does() {
    check(
        "ana plays
         bo plays
         cy plays
         game subscribes ana 7
         game subscribes bo 7
         game publishes 7 must chat_heard
         game unsubscribes ana 7
         game publishes 7 must chat_heard
         game publishes 8 must chat_heard",
        "ana hears must: chat_heard
         bo hears must: chat_heard
         bo hears must: chat_heard",
    );
}

#[test]
fn a_late_record_never_reaches_the_next_tenant_of_a_slot() {
    check(
        "ana plays
         game subscribes ana 7
         ana hangs up
         bo plays
         game sends ana must answer
         game subscribes ana 7
         game admits ana
         game publishes 7 must chat_heard
         game closes ana kicked",
        "game hears ana closed gone
         ana is gone",
    );
}

#[test]
fn game_closes_a_client_after_its_last_words() {
    check(
        "ana plays
         game closes ana logged_out after answer
         ana hangs up",
        "ana hears must: answer
         ana hears control: close logged_out
         ana is told no more
         game hears ana closed logged_out
         ana is gone",
    );
}

#[test]
fn when_a_game_goes_that_could_not_be_told_of_them_its_clients_are_closed_and_newcomers_too() {
    check(
        "the link is lost
         the old link is up
         ana plays
         game subscribes ana 7
         bo connects
         the link is lost
         bo sends hello
         the old link is up
         cy plays
         game publishes 7 must chat_heard",
        "ana hears control: close game_away
         ana is told no more
         bo hears control: close game_away
         bo is told no more",
    );
}

#[test]
fn whoever_is_silent_is_pinged_and_then_closed() {
    check(
        "ana plays
         14999 ms pass
         1 ms pass
         ana sends pong
         15000 ms pass
         15000 ms pass
         14999 ms pass
         1 ms pass
         2000 ms pass",
        "ana hears control: ping
         ana hears control: ping
         ana hears control: ping
         ana hears control: close silent
         ana is told no more
         game hears ana closed silent
         ana is gone",
    );
}

#[test]
fn the_handshake_deadline_ends_with_credentials() {
    check(
        "ana connects
         ana sends hello
         bo connects
         bo sends hello
         bo sends login_guest
         cy connects
         cy sends bytes 40 00
         5000 ms pass",
        "game hears ana opened
         game hears ana hello
         game hears bo opened
         game hears bo hello
         game hears bo login_guest
         ana hears control: close handshake_timeout
         ana is told no more
         cy hears control: close handshake_timeout
         cy is told no more
         game hears ana closed handshake_timeout",
    );
}

#[test]
fn a_client_over_its_rate_is_not_read_until_its_tokens_are_back() {
    check(
        "ana plays
         ana sends 300 pings
         ana sends 98 pings
         ana sends wallet_read
         ana sends wallet_read
         9 ms pass
         1 ms pass",
        "ana hears 300 pongs
         ana hears 98 pongs
         game hears ana wallet_read
         ana is not read
         ana is read
         game hears ana wallet_read",
    );
}

#[test]
fn another_rate_holds_for_who_is_here_and_ends_a_long_wait() {
    let limits = ClientLimits { packets_per_s: 1, packets_burst: 10, ..ClientLimits::default() };
    let mut world = world::World::new(limits);
    for line in ["ana plays", "ana sends 60 pings", "ana sends wallet_read", "1000 ms pass"] {
        world.step(line);
    }
    assert_eq!(world.heard.last().map(String::as_str), Some("ana is not read"), "{:?}", world.heard);
    world.hub.set_rate(Rate { per_s: 1_000, burst: 10 });
    world.step("100 ms pass");
    assert!(world.heard.contains(&"game hears ana wallet_read".to_owned()), "{:?}", world.heard);
    // And what is saved up is cut to the new bound.
    world.step("1000 ms pass");
    world.hub.set_rate(Rate { per_s: 1, burst: 2 });
    world.step("1 ms pass");
    world.step("ana sends 4 pings");
    world.step("ana sends wallet_read");
    assert_eq!(world.heard.last().map(String::as_str), Some("ana is not read"), "{:?}", world.heard);
}

#[test]
fn a_client_that_is_turned_away_is_told_at_its_first_frame() {
    check(
        "ana is turned away server_full
         ana sends hello
         bo is turned away address_full
         2000 ms pass",
        "ana hears control: close server_full
         ana is told no more
         ana is gone
         bo is gone",
    );
}

#[test]
fn an_idle_client_is_small() {
    let bytes = size_of::<super::Client>();
    assert!(bytes <= 448, "{bytes} bytes");
}
