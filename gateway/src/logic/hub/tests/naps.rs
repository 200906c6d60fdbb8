//! A gateway that was stopped and goes on: what was said meanwhile is read before anybody is judged by the time.

use super::world::{check, check_with};
use crate::logic::{hub::tests::pressure::small, limits::ClientLimits};

#[test]
fn nobody_is_silent_for_the_time_that_the_gateway_slept() {
    check(
        "bo plays
         cy plays
         40000 ms pass
         the gateway sleeps 3600000 ms
         bo sends wallet_read
         30000 ms pass
         bo sends wallet_read
         14999 ms pass
         1 ms pass",
        "bo hears control: ping
         cy hears control: ping
         game hears bo wallet_read
         bo hears control: ping
         cy hears control: ping
         game hears bo wallet_read
         bo hears control: ping
         cy hears control: close silent
         cy is told no more
         game hears cy closed silent",
    );
}

#[test]
fn nobody_is_late_with_its_login_for_the_time_that_the_gateway_slept() {
    let limits = ClientLimits { handshake_ms: 5_000, ..ClientLimits::default() };
    check_with(
        limits,
        "ana connects
         bo connects
         bo sends hello
         4000 ms pass
         the gateway sleeps 60000 ms
         ana sends hello
         999 ms pass
         bo sends login_guest
         1 ms pass",
        "game hears bo opened
         game hears bo hello
         game hears ana opened
         game hears ana hello
         game hears bo login_guest
         ana hears control: close handshake_timeout
         ana is told no more
         game hears ana closed handshake_timeout",
    );
}

#[test]
fn nobody_is_too_slow_for_the_time_in_which_nothing_was_written() {
    check_with(
        small(),
        "bo plays
         bo stops reading
         game sends bo must paid*700
         game sends bo must paid*701
         400 ms pass
         the gateway sleeps 60000 ms
         99 ms pass
         bo reads on",
        "bo hears must: paid*700
         bo hears must: paid*701",
    );
}

#[test]
fn nobody_waits_in_vain_for_game_for_the_time_that_the_gateway_slept() {
    let limits = ClientLimits { park_ms: 10_000, ..ClientLimits::default() };
    check_with(
        limits,
        "bo plays
         the link is lost
         4000 ms pass
         the gateway sleeps 60000 ms
         5999 ms pass
         the link is up
         1 ms pass",
        "bo hears control: paused
         game hears bo seated as 1 1.1
         bo hears control: close game_away
         bo is told no more
         game hears bo closed game_away",
    );
}
