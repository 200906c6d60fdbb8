//! The journal beside the database's cursor: equal, behind, ahead, of another history (F28, F29; B6, B7, M4).

use super::super::*;
use crate::logic::{
    journal::Keep,
    journal_script::{IDENTITY, append, body, expected, fresh, options, read_all},
    model_disk::ModelDisk,
};

const COUNTS: [u32; 12] = [3, 5, 40, 1, 1, 9, 22, 4, 30, 2, 7, 12];

/// A journal, and the chain of the turn that holds each record.
fn written() -> (ModelDisk, Vec<Chain>) {
    let mut disk = ModelDisk::new();
    let mut journal = fresh(&mut disk);
    let mut chains = Vec::new();
    for count in COUNTS {
        let position = append(&mut journal, count).expect("room");
        chains.extend((0..count).map(|_| position.chain));
        journal.commit().expect("a sound disk");
    }
    drop(journal);
    (disk, chains)
}

fn at(lsn: u64, chains: &[Chain]) -> CursorPosition {
    let index = usize::try_from(lsn).expect("small");
    CursorPosition {
        lsn: Lsn(lsn),
        chain: index.checked_sub(1).map_or(Chain::default(), |index| chains[index]),
    }
}

#[test]
fn from_any_cursor_exactly_the_turns_after_it_are_read() {
    let (whole, chains) = written();
    for lsn in 0..=chains.len() as u64 {
        let mut disk = whole.clone();
        let cursor = Some(at(lsn, &chains));
        let recovered = recover(&mut disk, &RecoveryOptions { cursor, ..options() });
        let Recovered { mut after_cursor, durable, .. } =
            recovered.unwrap_or_else(|error| panic!("{lsn}: {error}"));
        assert_eq!(durable.0, chains.len() as u64, "cursor {lsn}");
        let turns = read_all(&mut disk, &mut after_cursor, durable);
        // The first one may begin before the cursor: one apply may end inside a turn.
        assert!(turns.iter().all(|turn| turn.last_lsn.0 > lsn), "cursor {lsn}");
        assert!(turns.first().is_none_or(|turn| turn.first_lsn.0 <= lsn + 1), "cursor {lsn}");
        for turn in turns {
            let count = u32::try_from(turn.last_lsn.0 - turn.first_lsn.0 + 1).expect("small");
            assert_eq!(turn.body, body(turn.first_lsn.0, count));
        }
        let mut later = check_cursor(&mut disk, IDENTITY, durable, at(lsn, &chains)).expect("the same");
        assert_eq!(read_all(&mut disk, &mut later, durable).len(), {
            let mut disk = whole.clone();
            let mut reader = Reader::open(&mut disk, IDENTITY, Lsn(lsn)).expect("there");
            read_all(&mut disk, &mut reader, durable).len()
        });
    }
}

#[test]
fn a_cursor_of_another_history_is_refused_at_every_record() {
    let (mut disk, chains) = written();
    for lsn in 1..=chains.len() as u64 {
        let cursor = CursorPosition { lsn: Lsn(lsn), chain: Chain([0xee; 16]) };
        let early = examine(&mut disk, &expected(), Some(cursor)).map(|_| ()).expect_err("another history");
        assert_eq!(early.code(), "WRONG_JOURNAL", "cursor {lsn}");
        let late = check_cursor(&mut disk, IDENTITY, Lsn(chains.len() as u64), cursor);
        assert_eq!(late.map(|_| ()).expect_err("another history").code(), "WRONG_JOURNAL", "cursor {lsn}");
    }
}

#[test]
fn a_database_ahead_of_the_journal_is_refused() {
    let (mut disk, chains) = written();
    let end = chains.len() as u64;
    for ahead in [1, 2, 1_000_000] {
        let cursor = CursorPosition { lsn: Lsn(end + ahead), chain: Chain([1; 16]) };
        let early = examine(&mut disk, &expected(), Some(cursor)).map(|_| ()).expect_err("ahead");
        assert_eq!(early.code(), "JOURNAL_BEHIND_DB");
        let late = check_cursor(&mut disk, IDENTITY, Lsn(end), cursor).map(|_| ()).expect_err("ahead");
        assert_eq!(late.code(), "JOURNAL_BEHIND_DB");
    }
}

#[test]
fn what_is_kept_is_what_the_cursor_and_the_pins_need() {
    let (mut disk, chains) = written();
    let end = chains.len() as u64;
    let Recovered { mut journal, .. } = recover(&mut disk, &options()).expect("sound");
    let old = 1 << 40;
    let nothing = journal.unlink_settled(Keep { applied: Lsn(0), pinned_from: None, now_ms: old });
    assert_eq!(nothing.expect("a sound disk").segments, 0);
    let young = journal.unlink_settled(Keep { applied: Lsn(end), pinned_from: None, now_ms: 0 });
    assert_eq!(young.expect("a sound disk").segments, 0);
    let pinned = journal.unlink_settled(Keep { applied: Lsn(end), pinned_from: Some(Lsn(1)), now_ms: old });
    assert_eq!(pinned.expect("a sound disk").segments, 0);
    let before = journal.bytes();
    let some =
        journal.unlink_settled(Keep { applied: Lsn(60), pinned_from: None, now_ms: old }).expect("sound");
    assert!(some.segments >= 1 && journal.bytes() == before - some.bytes);
    let oldest = journal.oldest_lsn();
    assert!(oldest > Lsn(1) && oldest <= Lsn(61));
    drop(journal);
    for lsn in 0..=end {
        let cursor = Some(at(lsn, &chains));
        let found = examine(&mut disk.after_power_loss(0), &expected(), cursor).map(|found| found.last_lsn);
        match found {
            Ok(last) => assert!(last.0 == end && lsn + 1 >= oldest.0, "cursor {lsn}"),
            Err(error) => {
                assert!(error.code() == "JOURNAL_TOO_SHORT" && lsn + 1 < oldest.0, "cursor {lsn}: {error}");
            }
        }
    }
}
