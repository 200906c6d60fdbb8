//! Segments missing, swapped, doubled, of another journal, of a clone that lived on (F25–F27, F30, F31).

use super::super::*;
use crate::logic::{
    disk::Disk,
    frame::FrameKind,
    journal_script::{CONFIG, IDENTITY, append, expected, fresh, options},
    model_disk::ModelDisk,
    segment::{SegmentHeader, segment_name},
};

/// Four segments or more, told and marked, and the cursor of each turn.
fn long() -> (ModelDisk, Vec<CursorPosition>) {
    let mut disk = ModelDisk::new();
    let cursors = {
        let mut journal = fresh(&mut disk);
        grow(&mut journal, 24)
    };
    assert!(disk.files().len() >= 4);
    (disk, cursors)
}

fn grow<D: Disk>(journal: &mut Journal<D>, turns: u32) -> Vec<CursorPosition> {
    let cursors = (0..turns)
        .map(|turn| {
            let position = append(journal, 5 + turn % 7).expect("room");
            journal.commit().expect("a sound disk");
            CursorPosition { lsn: position.last_lsn, chain: position.chain }
        })
        .collect();
    journal.mark(5).expect("a sound disk");
    cursors
}

fn refused(disk: &mut ModelDisk, cursor: Option<CursorPosition>) -> &'static str {
    match examine(disk, &expected(), cursor) {
        Ok(found) => panic!("taken, to {}", found.last_lsn),
        Err(error) => error.code(),
    }
}

fn content(disk: &ModelDisk, number: u64) -> Vec<u8> {
    disk.content(&segment_name(number)).expect("there").to_vec()
}

fn first_lsn(disk: &mut ModelDisk, number: u64) -> Lsn {
    SegmentHeader::read(disk, &segment_name(number)).expect("a sound disk").expect("a sound header").first_lsn
}

const FROM_THE_BEGINNING: Option<CursorPosition> =
    Some(CursorPosition { lsn: Lsn(0), chain: Chain([0; 16]) });

#[test]
fn a_missing_segment_is_named_with_its_records() {
    let (whole, _) = long();
    let mut disk = whole.clone();
    let (from, to) = (first_lsn(&mut disk, 2), Lsn(first_lsn(&mut disk, 3).0 - 1));
    disk.remove(&segment_name(2));
    match examine(&mut disk, &expected(), FROM_THE_BEGINNING) {
        Err(RecoveryError::MissingSegment { from: missing, to: through }) => {
            assert_eq!((missing, through), (from, to));
        }
        other => panic!("{other:?}"),
    }
    let mut disk = whole;
    disk.remove(&segment_name(1));
    assert_eq!(refused(&mut disk, FROM_THE_BEGINNING), "JOURNAL_TOO_SHORT");
}

#[test]
fn settled_segments_may_be_gone_and_one_of_them_may_be_back() {
    let (whole, cursors) = long();
    let mut disk = whole.clone();
    let applied = cursors.iter().rfind(|cursor| cursor.lsn.next() >= first_lsn(&mut disk, 3)).expect("one");
    for gone in [vec![1, 2], vec![2], vec![1]] {
        let mut disk = whole.clone();
        for number in &gone {
            disk.remove(&segment_name(*number));
        }
        let recovered = recover(&mut disk, &RecoveryOptions { cursor: Some(*applied), ..options() });
        assert_eq!(recovered.expect("whole from the cursor on").durable, cursors.last().expect("one").lsn);
        // Without a database to ask, what follows the gap is taken, and the cursor compared later.
        let mut disk = whole.clone();
        for number in &gone {
            disk.remove(&segment_name(*number));
        }
        let Recovered { journal, durable, .. } =
            recover(&mut disk, &options()).expect("whole from the gap on");
        drop(journal);
        match check_cursor(&mut disk, IDENTITY, durable, FROM_THE_BEGINNING.expect("one")) {
            Err(error) => assert_eq!(error.code(), "JOURNAL_TOO_SHORT", "{gone:?}"),
            // It stands in the one that is back, and comes to the gap.
            Ok(mut reader) => {
                let read = reader.read(&mut disk, durable, usize::MAX).map(|_| ()).expect_err("a gap");
                assert!(gone == [2] && read.code() == "MISSING_SEGMENT");
            }
        }
        check_cursor(&mut disk, IDENTITY, durable, *applied).expect("late enough");
    }
}

#[test]
fn swapped_and_doubled_segments_are_refused() {
    let (whole, _) = long();
    let (second, third) = (content(&whole, 2), content(&whole, 3));
    let mut swapped = whole.clone();
    swapped.plant(&segment_name(2), &third);
    swapped.plant(&segment_name(3), &second);
    assert_eq!(refused(&mut swapped, FROM_THE_BEGINNING), "MISSING_SEGMENT");
    for number in [1, 3, 9] {
        let mut doubled = whole.clone();
        doubled.plant(&segment_name(number), &second);
        assert_eq!(refused(&mut doubled, FROM_THE_BEGINNING), "MISSING_SEGMENT", "also as {number}");
    }
}

#[test]
fn a_segment_of_another_journal_or_world_is_refused_and_so_is_the_whole() {
    let (whole, _) = long();
    let foreign = |identity: Identity| {
        let mut disk = ModelDisk::new();
        let mut journal = Journal::init(&mut disk, CONFIG, identity, 1).expect("an empty disk");
        journal.begin_epoch(Epoch(1), 11, 2).expect("a sound disk");
        grow(&mut journal, 24);
        drop(journal);
        disk
    };
    for identity in
        [Identity { journal_uuid: [8; 16], ..IDENTITY }, Identity { world_hash: [1; 16], ..IDENTITY }]
    {
        let mut other = foreign(identity);
        assert_eq!(refused(&mut other, None), "WRONG_JOURNAL");
        for number in [1, 2, 3] {
            let mut mixed = whole.clone();
            mixed.plant(&segment_name(number), &content(&other, number));
            assert_eq!(refused(&mut mixed, FROM_THE_BEGINNING), "WRONG_JOURNAL", "segment {number}");
        }
    }
    // Without a database to ask, any one journal of this world will do.
    let mut other = foreign(Identity { journal_uuid: [8; 16], ..IDENTITY });
    examine(&mut other, &Expected { journal_uuid: None, ..expected() }, None).expect("one whole journal");
}

#[test]
fn a_clone_that_lived_on_is_refused_where_it_can_be_told() {
    let mut disk = ModelDisk::new();
    let mut journal = fresh(&mut disk);
    grow(&mut journal, 7);
    drop(journal);
    let lives = |instance: u64| {
        let mut disk = disk.clone();
        let Recovered { mut journal, .. } = recover(&mut disk, &options()).expect("sound");
        journal.begin_epoch(Epoch(2), instance, 9).expect("a sound disk");
        let cursors = grow(&mut journal, 24);
        drop(journal);
        (disk, cursors)
    };
    let (mut ours, our_cursors) = lives(21);
    let (clone, clone_cursors) = lives(22);
    let numbers: Vec<u64> = ours
        .list()
        .expect("alive")
        .iter()
        .filter_map(|name| crate::logic::segment::segment_number(name))
        .collect();
    let parted = numbers.iter().copied().find(|&number| content(&ours, number) != content(&clone, number));
    let parted = parted.expect("they differ");
    let last = *numbers.last().expect("one");
    for number in parted..last {
        let mut mixed = ours.clone();
        mixed.plant(&segment_name(number), &content(&clone, number));
        assert_eq!(refused(&mut mixed, None), "WRONG_JOURNAL", "segment {number}");
    }
    // As a whole, and with its last segment alone, only the database can tell.
    let cursor = |cursors: &[CursorPosition]| cursors.last().copied();
    let mut whole = clone.clone();
    assert_eq!(refused(&mut whole, cursor(&our_cursors)), "WRONG_JOURNAL");
    examine(&mut ours, &expected(), cursor(&our_cursors)).expect("ours");
    examine(&mut whole, &expected(), cursor(&clone_cursors)).expect("the clone's own");
}

#[test]
fn names_that_are_not_ours_are_refused_and_the_lock_is_not() {
    let (whole, _) = long();
    for name in
        ["notes.txt", "0000000000000002.seg.bak", "2.seg", "000000000000000A.seg", "x-y.torn", ".lock"]
    {
        let mut disk = whole.clone();
        disk.plant(name, b"");
        assert_eq!(refused(&mut disk, None), "UNKNOWN_FILE", "{name}");
    }
    let mut disk = whole;
    disk.plant(LOCK_NAME, b"");
    examine(&mut disk, &expected(), None).expect("sound");
}

#[test]
fn a_wrong_header_is_refused_by_name() {
    let (whole, _) = long();
    let header = SegmentHeader::parse(&content(&whole, 2)).expect("sound");
    let wrong = [
        (SegmentHeader { first_lsn: header.first_lsn.next(), ..header }, "MISSING_SEGMENT"),
        (SegmentHeader { first_lsn: Lsn(header.first_lsn.0 - 1), ..header }, "WRONG_JOURNAL"),
        (SegmentHeader { previous_chain: Chain([3; 16]), ..header }, "WRONG_JOURNAL"),
        (SegmentHeader { number: 7, ..header }, "MISSING_SEGMENT"),
    ];
    for (header, code) in wrong {
        let mut disk = whole.clone();
        let mut bytes = content(&disk, 2);
        bytes[..4096].copy_from_slice(&header.encode());
        disk.plant(&segment_name(2), &bytes);
        assert_eq!(refused(&mut disk, FROM_THE_BEGINNING), code, "{header:?}");
    }
    let mut newer = content(&whole, 2);
    newer[8] = 2;
    let crc = crc32c::crc32c(&newer[..4092]);
    newer[4092..4096].copy_from_slice(&crc.to_le_bytes());
    let mut disk = whole;
    disk.plant(&segment_name(2), &newer);
    assert_eq!(refused(&mut disk, None), "SCHEMA_TOO_NEW");
}

#[test]
fn an_empty_folder_and_a_half_made_first_segment_are_no_journal() {
    assert_eq!(refused(&mut ModelDisk::new(), None), "JOURNAL_ABSENT");
    for bytes in [vec![], vec![0; 100], vec![0; 8 << 10], [vec![5; 90], vec![0; 8 << 10]].concat()] {
        let mut disk = ModelDisk::new();
        disk.plant(&segment_name(1), &bytes);
        assert_eq!(refused(&mut disk, None), "JOURNAL_ABSENT");
        fresh(&mut disk);
        let found = examine(&mut disk, &expected(), None).expect("made anew");
        assert_eq!((found.last_lsn, found.epoch), (Lsn(0), Epoch(1)));
    }
}

#[test]
fn a_used_segment_whose_header_is_gone_is_a_journal_and_damaged() {
    let (whole, _) = long();
    let mut disk = ModelDisk::new();
    let mut bytes = content(&whole, 1);
    bytes[..4096].fill(0);
    disk.plant(&segment_name(1), &bytes);
    assert_eq!(refused(&mut disk, None), "CORRUPT_ACKED");
    let error = Journal::init(&mut disk, CONFIG, IDENTITY, 1).map(|_| ()).expect_err("not empty");
    assert_eq!(error.code(), "JOURNAL_EXISTS");
}

#[test]
fn a_seal_is_taken_only_where_all_before_it_is_durable() {
    let (mut disk, cursors) = long();
    let Recovered { journal, .. } = recover(&mut disk, &options()).expect("sound");
    journal.seal(9).expect("a sound disk");
    let found = examine(&mut disk, &expected(), None).expect("sound");
    assert!(found.clean && found.proven == cursors.last().expect("one").lsn);
    assert_eq!(FrameKind::Seal.code(), 4);
}
