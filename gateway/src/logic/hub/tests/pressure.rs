//! Clients that read slowly or not at all: what they lose, what they get instead, and when they go.

use super::{super::super::limits::ClientLimits, world::check_with};

pub(super) fn small() -> ClientLimits {
    ClientLimits {
        outbox_soft_bytes: 1_000,
        outbox_hard_bytes: 2_000,
        outbox_grace_ms: 500,
        ..ClientLimits::default()
    }
}

#[test]
fn under_pressure_latest_wins_is_dropped_withheld_and_refreshed() {
    check_with(
        small(),
        "ana plays
         bo plays
         game subscribes ana 7
         game subscribes bo 7
         game subscribes ana 8
         ana stops reading
         game publishes 7 latest chat_heard*201
         game publishes 8 must chat_heard*202
         game publishes 7 latest chat_heard*203
         game sends ana must paid*500
         game publishes 7 latest chat_heard*204
         ana reads on
         game publishes 7 latest chat_heard*205
         game refreshes ana 7 chat_heard*206
         game publishes 7 latest chat_heard*207",
        "bo hears latest: chat_heard*201
         bo hears latest: chat_heard*203
         bo hears latest: chat_heard*204
         ana hears must: chat_heard*202
         ana hears must: paid*500
         game hears ana refresh 7
         bo hears latest: chat_heard*205
         ana hears latest: chat_heard*206
         ana hears latest: chat_heard*207
         bo hears latest: chat_heard*207",
    );
}

#[test]
fn a_frame_that_was_begun_is_finished_whatever_is_dropped() {
    check_with(
        small(),
        "ana plays
         game subscribes ana 7
         ana takes 50 bytes
         game publishes 7 latest chat_heard*400
         game publishes 7 latest chat_heard*401
         game sends ana must paid*500
         ana reads on
         game refreshes ana 7 chat_heard*10",
        "ana hears latest: chat_heard*400
         ana hears must: paid*500
         game hears ana refresh 7
         ana hears latest: chat_heard*10",
    );
}

#[test]
fn whoever_leaves_a_group_is_not_refreshed() {
    check_with(
        small(),
        "ana plays
         game subscribes ana 7
         ana stops reading
         game publishes 7 latest chat_heard*400
         game sends ana must paid*700
         game unsubscribes ana 7
         ana reads on
         game subscribes ana 7
         game publishes 7 latest chat_heard*1",
        "ana hears must: paid*700
         ana hears latest: chat_heard*1",
    );
}

#[test]
fn an_expiring_frame_dies_of_age_or_of_pressure_and_nobody_asks_for_it() {
    check_with(
        small(),
        "ana plays
         ana stops reading
         game sends ana expiring/100 paid*10
         game sends ana expiring/101 paid*11
         game sends ana must answer
         100 ms pass
         ana reads on
         ana stops reading
         game sends ana expiring/100 paid*600
         game sends ana must paid*700
         ana reads on",
        "ana hears expiring: paid*11
         ana hears must: answer
         ana hears must: paid*700",
    );
}

#[test]
fn at_the_hard_limit_a_client_is_closed_and_its_neighbours_hear_everything() {
    check_with(
        small(),
        "ana plays
         bo plays
         game subscribes ana 7
         game subscribes bo 7
         ana stops reading
         game publishes 7 must chat_heard*900
         game publishes 7 must chat_heard*901
         game publishes 7 must chat_heard*902
         ana reads on
         2000 ms pass",
        "bo hears must: chat_heard*900
         bo hears must: chat_heard*901
         bo hears must: chat_heard*902
         game hears ana closed too_slow
         ana hears control: close too_slow
         ana is told no more
         ana is gone",
    );
}

#[test]
fn a_client_that_never_reads_again_is_gone_in_bounded_time() {
    check_with(
        small(),
        "ana plays
         ana takes 100 bytes
         game sends ana must paid*900
         game sends ana must paid*901
         499 ms pass
         1 ms pass
         1999 ms pass
         1 ms pass",
        "game hears ana closed too_slow
         ana is gone",
    );
}

#[test]
fn whoever_drains_within_grace_stays() {
    check_with(
        small(),
        "ana plays
         ana stops reading
         game sends ana must paid*600
         game sends ana must paid*601
         400 ms pass
         ana takes 700 bytes
         200 ms pass
         game sends ana must paid*602
         400 ms pass
         ana reads on
         10000 ms pass",
        "ana hears must: paid*600
         ana hears must: paid*601
         ana hears must: paid*602",
    );
}

#[test]
fn an_empty_outbox_takes_any_one_frame() {
    check_with(
        small(),
        "ana plays
         game subscribes ana 7
         ana stops reading
         game publishes 7 latest chat_heard*1200
         ana reads on
         ana stops reading
         game publishes 7 latest chat_heard*1201
         game publishes 7 latest chat_heard*1
         ana reads on",
        "ana hears latest: chat_heard*1200
         game hears ana refresh 7",
    );
}
