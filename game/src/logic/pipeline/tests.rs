//! Turns to dbfront: kept until applied, sent again after a lost link.

use super::*;

fn pipeline(kept_bytes_max: usize) -> Pipeline {
    with_room(4, kept_bytes_max)
}

fn with_room(inflight_records_max: usize, kept_bytes_max: usize) -> Pipeline {
    let inflight_bytes_max = 4 * RECORD_BYTES_MAX;
    let mut pipeline = Pipeline::new(Bounds { inflight_records_max, inflight_bytes_max, kept_bytes_max });
    up(&mut pipeline, 0).unwrap();
    pipeline
}

fn up(pipeline: &mut Pipeline, durable: u64) -> Result<(), NamedStop> {
    pipeline.store_up(StoreWelcome { epoch: Epoch(1), durable: Lsn(durable), applied: Lsn(0) })
}

pub(super) fn push(pipeline: &mut Pipeline, bytes: usize) -> Lsn {
    pipeline.push(TxnId::default(), &vec![7; bytes])
}

pub(super) fn turns(pipeline: &mut Pipeline) -> Vec<Turn> {
    let mut turns = Vec::new();
    pipeline.end_turn(&mut turns);
    turns
}

fn range(turn: &Turn) -> (u64, u64) {
    (turn.lsn_first.0, turn.lsn_last.0)
}

#[test]
fn a_turn_is_cut_before_it_grows_too_large_and_positions_stay_dense() {
    let mut pipeline = pipeline(usize::MAX);
    assert_eq!(push(&mut pipeline, 600 * 1024), Lsn(1));
    assert_eq!(push(&mut pipeline, 100 * 1024), Lsn(2));
    assert_eq!(push(&mut pipeline, RECORD_BYTES_MAX), Lsn(3));
    let turns = turns(&mut pipeline);
    assert_eq!(turns.iter().map(range).collect::<Vec<_>>(), [(1, 2), (3, 3)]);
    assert!(turns.iter().all(|turn| turn.bytes.len() <= TURN_BYTES_MAX));
}

#[test]
fn a_turn_holds_no_more_records_than_a_frame_may() {
    let mut pipeline = with_room(2 * TURN_RECORDS_MAX, usize::MAX);
    for _ in 0..=TURN_RECORDS_MAX {
        push(&mut pipeline, 0);
    }
    let max = TURN_RECORDS_MAX as u64;
    assert_eq!(turns(&mut pipeline).iter().map(range).collect::<Vec<_>>(), [(1, max), (max + 1, max + 1)]);
}

#[test]
fn a_full_pipeline_has_room_again_once_records_are_durable() {
    let mut pipeline = pipeline(usize::MAX);
    for _ in 0..4 {
        assert!(pipeline.has_room());
        push(&mut pipeline, 10);
        turns(&mut pipeline);
    }
    assert!(!pipeline.has_room());
    pipeline.durable_up_to(Lsn(1));
    assert!(pipeline.has_room());
    assert_eq!((pipeline.inflight_records(), pipeline.inflight_bytes()), (3, 3 * (10 + ENTRY_HEADER_BYTES)));
    let mut pipeline = Pipeline::new(Bounds {
        inflight_records_max: 10,
        inflight_bytes_max: 100,
        kept_bytes_max: usize::MAX,
    });
    up(&mut pipeline, 0).unwrap();
    push(&mut pipeline, 80);
    assert!(!pipeline.has_room(), "the bytes count too");
}

#[test]
fn after_a_lost_link_exactly_what_is_not_durable_is_sent_again_byte_for_byte() {
    for durable in 0..=5 {
        let mut pipeline = with_room(6, usize::MAX);
        let mut sent = Vec::new();
        for index in 0..5 {
            push(&mut pipeline, index);
            sent.append(&mut turns(&mut pipeline));
        }
        pipeline.store_down();
        push(&mut pipeline, 99);
        assert!(turns(&mut pipeline).is_empty(), "nothing is sent while the store is away");
        up(&mut pipeline, durable).unwrap();
        let again = turns(&mut pipeline);
        let first = usize::try_from(durable).unwrap();
        assert_eq!(again[..5 - first], sent[first..], "durable {durable}");
        assert_eq!(range(&again[5 - first]), (6, 6));
        assert!(turns(&mut pipeline).is_empty(), "once");
    }
}

#[test]
fn turns_are_kept_until_they_are_applied_so_that_a_lost_journal_is_sent_again() {
    let mut pipeline = pipeline(usize::MAX);
    for _ in 0..4 {
        push(&mut pipeline, 10);
        turns(&mut pipeline);
    }
    pipeline.durable_up_to(Lsn(4));
    pipeline.applied_up_to(Lsn(2));
    pipeline.store_down();
    up(&mut pipeline, 2).unwrap();
    assert_eq!(turns(&mut pipeline).iter().map(range).collect::<Vec<_>>(), [(3, 3), (4, 4)]);
    pipeline.store_down();
    let stop = up(&mut pipeline, 1).unwrap_err();
    assert_eq!(stop, NamedStop::JournalRegression { durable: Lsn(1), seen: Lsn(4) });
}

#[test]
fn over_the_bound_only_what_is_not_durable_is_kept() {
    let mut pipeline = pipeline(100);
    for _ in 0..4 {
        push(&mut pipeline, 60);
        turns(&mut pipeline);
    }
    assert_eq!(pipeline.kept_bytes(), 4 * (60 + ENTRY_HEADER_BYTES), "what is not durable is never dropped");
    pipeline.durable_up_to(Lsn(3));
    assert_eq!(pipeline.kept_bytes(), 60 + ENTRY_HEADER_BYTES);
}

#[test]
fn a_world_begins_behind_what_the_journal_holds() {
    let mut pipeline =
        Pipeline::new(Bounds { inflight_records_max: 1, inflight_bytes_max: 1, kept_bytes_max: 1 });
    assert!(turns(&mut pipeline).is_empty());
    up(&mut pipeline, 41).unwrap();
    assert_eq!(push(&mut pipeline, 1), Lsn(42));
    assert_eq!(pipeline.inflight_records(), 1);
}
