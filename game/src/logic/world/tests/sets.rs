//! Sets of one owner: loaded as a whole, changed, forgotten as a whole, and never half of anything.

use std::collections::BTreeMap;

use proto::{
    limits::RECORD_BYTES_MAX,
    tables::{ItemRow, Row as _, Table},
};

use super::*;
use crate::logic::testing::bags::{BLIND, CHRONICLE, DROP, FLOOD, FOUND, KINDS, LOOK, MAKE, MOVE};

#[test]
fn things_come_change_hands_and_go_and_every_look_sees_them_where_they_are() {
    for units in [1, 2, 1_000] {
        check_with(
            with_cache_of(units),
            &format!(
                "ana logs in
                 ana commands {LOOK} 10
                 ana commands {MAKE} 7,10,5
                 ana commands {MAKE} 8,10,6
                 ana commands {MAKE} 7,11,1
                 pass 100
                 ana commands {MOVE} 2,10,11
                 ana commands {LOOK} 10
                 ana commands {LOOK} 11
                 pass 100
                 ana commands {MOVE} 2,11,10
                 pass 100
                 ana commands {LOOK} 10
                 ana commands {DROP} 3,10
                 ana commands {DROP} 3,10
                 pass 100
                 ana commands {LOOK} 10
                 ana commands {LOOK} 11"
            ),
            "ana is in: gen 1, last 0, ok 0
             ana 1: ok
             ana 2: ok
             ana 3: ok
             ana 4: ok
             ana 5: ok
             ana 6: ok, 3:8x6
             ana 7: ok, 2:7x5 4:7x1
             ana 8: ok
             ana 9: ok, 2:7x5 3:8x6
             ana 10: ok
             ana 11: rejected no_such_item
             ana 12: ok, 2:7x5
             ana 13: ok, 4:7x1",
        );
    }
}

#[test]
fn what_changed_hands_in_one_turn_and_in_several_is_found_again_by_the_next_game() {
    let mut play = with_cache_of(100);
    play.run(&format!(
        "ana logs in
         ana commands {MAKE} 7,10,5
         hold applies
         ana commands {MOVE} 2,10,11
         ana commands {MOVE} 2,11,10
         ana commands {MOVE} 2,10,12
         let applies
         ana commands {MOVE} 2,12,10
         game dies
         ana logs in
         ana commands {LOOK} 10
         ana commands {LOOK} 12"
    ));
    let seen = &play.people.transcript[play.people.transcript.len() - 2..];
    assert_eq!(seen, ["ana 6: ok, 2:7x5", "ana 7: ok"]);
}

#[test]
fn a_set_is_asked_for_with_one_scan_and_two_sets_at_once() {
    let mut play = with_cache_of(1_000);
    play.run("ana logs in");
    let reads = play.store.reads;
    play.run(&format!("ana commands {LOOK} 10"));
    assert_eq!(play.store.reads - reads, 1);
    let (reads, misses) = (play.store.reads, play.world.figures().misses);
    play.run(&format!("ana commands {MOVE} 2,11,12"));
    assert_eq!((play.store.reads - reads, play.world.figures().misses - misses), (2, 1));
    play.run(&format!("ana commands {LOOK} 11"));
    assert_eq!(play.store.reads - reads, 2, "it is here now, also that there is nothing in it");
}

#[test]
fn a_set_that_nobody_needs_is_released_row_by_row_and_one_whose_write_waits_is_not() {
    let mut play = with_cache_of(1);
    play.run(&format!("ana logs in\nhold applies\nana commands {MAKE} 7,10,5\nana commands {MAKE} 7,10,6"));
    play.run(&format!("ana commands {LOOK} 11\npass 100\npass 100"));
    let item_rows = |play: &Play| {
        let of_items = play.store.released.iter().filter(|(table, _)| *table == Table::Item as u32);
        of_items.count()
    };
    assert_eq!(item_rows(&play), 0);
    play.run(&format!("let applies\nana commands {LOOK} 11\npass 100\npass 100"));
    assert_eq!(item_rows(&play), 2);
    let misses = play.world.figures().misses;
    play.run(&format!("ana commands {LOOK} 10"));
    assert_eq!(play.world.figures().misses, misses + 1);
    assert_eq!(play.people.transcript.last().map(String::as_str), Some("ana 5: ok, 2:7x5 3:7x6"));
}

#[test]
fn what_was_never_looked_at_is_not_changed() {
    let mut play = with_cache_of(1_000);
    play.run(&format!(
        "ana logs in\nana commands {BLIND} 10\nana commands {LOOK} 10\nana commands {BLIND} 10"
    ));
    let seen = &play.people.transcript[1..];
    assert_eq!(seen, ["ana 1: rejected internal", "ana 2: ok", "ana 3: ok"]);
    assert_eq!(play.world.figures().records_refused, 1);
}

#[test]
fn a_new_owners_set_is_known_to_be_empty_without_a_read_while_the_store_is_away() {
    let mut play = with_cache_of(1_000);
    play.run("ana logs in\nhold reads");
    let (reads, misses) = (play.store.reads, play.world.figures().misses);
    play.run(&format!("ana commands {FOUND} 0"));
    let holder = play.people.transcript.last().and_then(|line| line.strip_prefix("ana 1: ok, ")).unwrap();
    let holder: u64 = holder.parse().unwrap();
    play.run(&format!("ana commands {LOOK} {holder}"));
    assert_eq!(play.people.transcript.last().map(String::as_str), Some("ana 2: ok, 3:1x5"));
    assert_eq!((play.store.reads, play.world.figures().misses), (reads, misses));
}

#[test]
fn a_set_without_end_is_a_named_stop_of_the_command_that_asks_for_it() {
    let mut play = with_cache_of(1_000);
    play.run(&format!("ana logs in\nhold reads\nana commands {LOOK} 10"));
    play.answer_reads_with(|response| response.done = false);
    play.turn();
    assert_eq!(play.people.transcript.last().map(String::as_str), Some("ana 1: rejected set_too_large"));
    play.run(&format!("ana commands {LOOK} 11"));
    play.answer_reads_with(|response| response.error = "too_large".to_owned());
    play.turn();
    assert_eq!(play.people.transcript.last().map(String::as_str), Some("ana 2: rejected set_too_large"));
    play.run(&format!("ana commands {LOOK} 12"));
    play.answer_reads_with(|response| {
        let row = ItemRow { holder: 13, id: 1, kind: 1, quantity: 1, place: 1, slot: 0 }.values();
        let row = Some(proto::link::Row { ver: 1, row });
        response.rows = vec![proto::link::FoundRow { found: true, row }];
    });
    play.turn();
    assert_eq!(
        play.people.transcript.last().map(String::as_str),
        Some("ana 3: later store_away"),
        "rows of another owner are not taken for its own"
    );
    play.run(&format!("let reads\nana commands {LOOK} 10"));
    assert_eq!(play.people.transcript.last().map(String::as_str), Some("ana 4: ok"));
}

#[test]
fn a_thousand_random_commands_through_a_cache_of_few_sets_agree_with_a_plain_map() {
    for (units, seed) in [(1, 5u64), (2, 6), (3, 7), (50, 8)] {
        let mut seed = seed;
        let mut random = move |below: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % below
        };
        let mut play = with_cache_of(units);
        play.run("ana logs in");
        // Id to holder, kind and quantity.
        let mut things: BTreeMap<u64, (u64, u64, u64)> = BTreeMap::new();
        let mut next = 2;
        for n in 1..=250 {
            let holder = 10 + random(5);
            let chosen = usize::try_from(random(things.len().max(1) as u64)).unwrap();
            play.run("pass 100");
            let one = things.iter().nth(chosen).map(|(&id, &thing)| (id, thing));
            match (random(8), one) {
                (0..=2, Some((id, (from, kind, quantity)))) if from != holder => {
                    play.run(&format!("ana commands {MOVE} {id},{from},{holder}"));
                    things.insert(id, (holder, kind, quantity));
                }
                (3, Some((id, (from, ..)))) => {
                    play.run(&format!("ana commands {DROP} {id},{from}"));
                    things.remove(&id);
                }
                (4, _) => {
                    play.run(&format!("pass 100\nana commands {LOOK} {holder}"));
                    let shown: Vec<String> = things
                        .iter()
                        .filter(|(_, thing)| thing.0 == holder)
                        .map(|(id, (_, kind, quantity))| format!("{id}:{kind}x{quantity}"))
                        .collect();
                    let expected = format!("ana {n}: ok, {}", shown.join(" "));
                    assert_eq!(play.people.transcript.last().unwrap(), expected.trim_end_matches(", "));
                    continue;
                }
                (5, _) => {
                    // What is not applied cannot be forgotten.
                    play.run("hold applies");
                    play.run(&format!("ana commands {LOOK} {holder}\nlet applies"));
                }
                _ => {
                    let (kind, quantity) = (1 + random(3), 1 + random(9));
                    play.run(&format!("ana commands {MAKE} {kind},{holder},{quantity}"));
                    things.insert(next, (holder, kind, quantity));
                    next += 1;
                }
            }
            assert!(play.people.transcript.last().unwrap().starts_with(&format!("ana {n}: ok")));
        }
        assert_eq!(play.world.figures().records_refused, 0);
        if units < 4 {
            assert!(20 < play.world.figures().misses);
        }
        // And what the store has is what the map has.
        for (id, (holder, kind, quantity)) in things {
            let item = play.store.item(holder, id | 1 << 32).expect("it is there");
            assert_eq!((u64::from(item.kind), u64::from(item.quantity)), (kind, quantity));
        }
    }
}

#[test]
fn the_tests_own_commands_are_none_of_dings() {
    assert!(proto::kinds::BUILT_IN.iter().all(|def| !KINDS.contains(&def.kind)));
}

/// A command of many lines has too many parts before it has too many bytes, one of long texts too many bytes.
#[test]
fn a_command_whose_record_would_be_too_large_is_refused_by_name_and_nothing_has_happened() {
    for (kind, mut fits, mut exceeds) in [(CHRONICLE, 8_000_u64, 16_000), (FLOOD, 900, 1_000)] {
        let seen = |play: &Play| play.people.transcript.last().cloned().unwrap_or_default();
        let tries = |count: u64| {
            let mut play = with_cache_of(1_000);
            play.run(&format!("ana logs in\nana commands {LOOK} 10\nana commands {kind} 10,{count}"));
            play
        };
        for _ in 0..3 {
            let count = fits.midpoint(exceeds);
            let play = tries(count);
            match seen(&play).as_str() {
                "ana 2: ok" => {
                    let (_, payload, _) = play.store.journal.last().unwrap();
                    assert!(payload.len() <= RECORD_BYTES_MAX, "{count}: {}", payload.len());
                    fits = count;
                }
                "ana 2: rejected record_too_large" => exceeds = count,
                other => panic!("{kind}, {count}: {other}"),
            }
        }
        let mut play = tries(exceeds);
        let records = play.store.journal.len();
        play.run(&format!("ana commands {LOOK} 10"));
        assert_eq!(seen(&play), "ana 3: ok", "nothing is there");
        play.run(&format!("ana commands {kind} 10,{fits}\nana reads wallet"));
        assert_eq!(seen(&play), "ana 5: ok, 1000 gold", "it goes on");
        assert_eq!(play.store.journal.len(), records + 1);
        assert_eq!((play.world.figures().records_refused, play.world.figures().panics), (1, 0));
        // The number that it used up is not one that was done.
        play.run("game dies\nana logs in");
        assert_eq!(seen(&play), "ana is in: gen 3, last 4, ok 1011");
    }
}
