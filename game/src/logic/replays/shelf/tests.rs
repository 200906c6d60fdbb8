//! What is on the shelf: the same match that was stored, and never more of them than there is room for.

use proto::{
    room::input::What,
    tables::{Bits, ReplayRow},
};

use super::*;
use crate::{logic::testing::start, replay::from_bytes};

fn row(id: u64, inputs: u64, chunks: u32) -> ReplayRow {
    ReplayRow {
        id,
        kind: "chess".to_owned(),
        number: 3,
        options: vec![1, 2].into(),
        seed: vec![7; 32].into(),
        opened_ms: 5,
        ended_ms: 6,
        inputs,
        chunks,
        hash: Bits(99),
        outcome: "mate".to_owned(),
        players: String::new(),
    }
}

/// Inputs of about so many bytes each.
fn inputs(count: u64, bytes: usize) -> Vec<Input> {
    let signal = |n| proto::room::Signal { name: format!("{n}"), body: noise(bytes).into() };
    (0..count).map(|n| Input { at_ms: n, outcomes: vec![], what: Some(What::Staff(signal(n))) }).collect()
}

/// Bytes that hardly deflate.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..bytes).map(|_| next()).collect()
}

fn chunk(inputs: &[Input]) -> Vec<u8> {
    Packer::default().pack(&wire::encode(&Entry { first: 1, inputs: inputs.to_vec() }))
}

/// It is read in chunks of so many of these.
fn read(shelf: &mut Shelf, id: u64, all: &[Input], at_once: usize, now: Instant) -> Result<(), Unread> {
    let chunks: Vec<&[Input]> = all.chunks(at_once).collect();
    shelf.begin(id, AccountId(1), ReadTag(id));
    let row = row(id, all.len() as u64, u32::try_from(chunks.len()).expect("few"));
    shelf.row_came(id, row, ReadTag(id));
    let come = chunks.into_iter().try_for_each(|part| shelf.chunk_came(id, &chunk(part)));
    let whole = come.and_then(|()| shelf.whole(id, now)).map(drop);
    if whole.is_err() {
        assert_eq!(shelf.give_up(id), [AccountId(1)]);
    }
    whole
}

#[test]
fn what_is_fetched_part_by_part_is_the_match_that_was_stored_byte_for_byte() {
    for (count, bytes, at_once) in [(0, 0, 1), (5, 10, 2), (40, 4_000, 7), (48, 1_024, 48)] {
        let (mut shelf, now) = (Shelf::default(), start());
        let all = inputs(count, bytes);
        read(&mut shelf, 4, &all, at_once, now).expect("there is room");
        let stored = shelf.find(4, now).expect("it is whole");
        let parts: Vec<Vec<u8>> = (0..stored.parts()).filter_map(|part| stored.part(part)).collect();
        assert_eq!((parts.len() as u64, stored.part(stored.parts())), (stored.parts().into(), None));
        assert!(parts.iter().rev().skip(1).all(|part| part.len() == REPLAY_PART_BYTES_MAX));
        let file = parts.concat();
        assert_eq!(file.len(), stored.bytes());
        let replay = from_bytes(&file).expect("a match");
        assert_eq!((replay.inputs.clone(), replay.hash, replay.number), (all.clone(), 99, 3));
        assert_eq!(file, wire::encode(&replay), "as one message would be written");
        let watched: Vec<Input> = (0..).map_while(|chunk| stored.inputs(chunk)).flatten().collect();
        assert_eq!(watched, all);
    }
}

#[test]
fn a_match_of_which_something_is_missing_or_odd_is_damaged_and_one_that_is_too_large_is_refused() {
    let (mut shelf, now) = (Shelf::default(), start());
    shelf.begin(1, AccountId(1), ReadTag(1));
    assert_eq!(shelf.whole(1, now), Err(Unread::Damaged), "its row has not come");
    shelf.row_came(1, row(1, 3, 1), ReadTag(2));
    assert_eq!(shelf.chunk_came(1, &[9, 9]), Err(Unread::Damaged));
    assert_eq!(shelf.chunk_came(1, &chunk(&inputs(2, 1))), Ok(()));
    assert_eq!(shelf.whole(1, now), Err(Unread::Damaged), "three were heard");
    assert_eq!(shelf.give_up(1), [AccountId(1)]);
    let large = inputs(64, 200_000);
    assert_eq!(read(&mut shelf, 2, &large, 1, now), Err(Unread::TooLarge));
    assert_eq!(shelf.bytes(), 0);
}

#[test]
fn matches_that_nobody_watches_make_room_and_go_after_a_while_and_watched_ones_stay() {
    let (mut shelf, now) = (Shelf::default(), start());
    let all = inputs(30, 200_000);
    let mut watched = Vec::new();
    for (id, seconds) in (1..=4).zip(0..) {
        let at = now + Duration::from_secs(seconds);
        read(&mut shelf, id, &all, 1, at).expect("an older one goes");
        assert!(shelf.bytes() <= SHELF_BYTES_MAX);
        if 3 <= id {
            watched.extend(shelf.find(id, at));
        }
    }
    assert_eq!(read(&mut shelf, 5, &all, 1, now), Err(Unread::Full));
    shelf.tidy(now + 2 * KEPT);
    assert_eq!(shelf.whole.len(), 2);
    watched.clear();
    shelf.tidy(now + 2 * KEPT);
    assert_eq!((shelf.whole.len(), shelf.bytes()), (0, 0));
}

#[test]
fn only_so_many_are_read_at_a_time_and_all_who_want_one_wait_for_it_together() {
    let mut shelf = Shelf::default();
    for id in 0..READINGS_MAX as u64 {
        assert!(shelf.may_read() && !shelf.wait(id, AccountId(1)));
        shelf.begin(id, AccountId(1), ReadTag(id));
    }
    assert!(!shelf.may_read());
    assert!(shelf.wait(3, AccountId(2)) && shelf.wait(3, AccountId(2)));
    assert_eq!(shelf.read_of(ReadTag(3)), Some((3, true)));
    assert_eq!(shelf.give_up(3), [AccountId(1), AccountId(2)]);
    assert_eq!(shelf.read_of(ReadTag(3)), None);
}
