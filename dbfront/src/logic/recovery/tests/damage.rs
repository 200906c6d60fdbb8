//! Cut, flipped and overwritten: never another history than the one that was written, and never less than was
//! told without a named refusal (F22–F25).

use super::super::*;
use crate::logic::{
    frame::{FRAME_HEADER_BYTES, FrameKind, NewFrame, put_frame},
    journal::JournalConfig,
    journal_script::{IDENTITY, append, body, expected, fresh, options, read_all},
    model_disk::{ModelDisk, Random},
    segment::{SEGMENT_HEADER_BYTES, segment_name},
};

/// A journal of three small segments, all of it told and marked.
struct Written {
    disk: ModelDisk,
    names: Vec<String>,
    last_lsn: Lsn,
    turns: Vec<(Lsn, Vec<u8>)>,
    /// End of the last frame, and of each frame of the last segment.
    borders: Vec<usize>,
}

const SMALL: JournalConfig =
    JournalConfig { segment_bytes: SEGMENT_HEADER_BYTES as u64 + 1_024, keep_ms: 1_000, keep_bytes: 1 << 30 };

fn written(marked: bool) -> Written {
    let mut disk = ModelDisk::new();
    let mut journal = Journal::init(&mut disk, SMALL, IDENTITY, 1).expect("an empty disk");
    journal.begin_epoch(Epoch(1), 11, 2).expect("a sound disk");
    let mut turns = Vec::new();
    for count in [1, 2, 3, 1, 4, 2, 1, 5, 1, 2] {
        let first = journal.tail().last_lsn.next();
        append(&mut journal, count).expect("room");
        journal.commit().expect("a sound disk");
        turns.push((first, body(first.0, count)));
    }
    if marked {
        assert!(journal.mark(5).expect("a sound disk"));
    }
    let last_lsn = journal.durable();
    drop(journal);
    let disk = disk.after_power_loss(0);
    let names: Vec<String> = disk.files().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), 3);
    let borders = borders(disk.content(&names[2]).expect("there"));
    Written { disk, names, last_lsn, turns, borders }
}

fn borders(segment: &[u8]) -> Vec<usize> {
    let mut borders = vec![SEGMENT_HEADER_BYTES];
    while let Ok(frame) =
        crate::logic::frame::parse_frame(&segment[borders[borders.len() - 1]..], IDENTITY.seed())
    {
        borders.push(borders[borders.len() - 1] + frame.header.frame_bytes());
    }
    borders
}

fn small() -> RecoveryOptions {
    RecoveryOptions { journal: SMALL, ..options() }
}

/// What may become of a damaged journal.
#[derive(Debug, PartialEq, Eq)]
enum Became {
    /// Everything is there.
    Whole,
    /// Everything up to this record is there, and nothing else.
    CutTo(Lsn),
    Refused(&'static str),
}

fn became(mut disk: ModelDisk, written: &Written, at: &str) -> Became {
    // A database that has applied nothing yet needs all of it.
    let cursor = CursorPosition { lsn: Lsn(0), chain: Chain::default() };
    let found = match examine(&mut disk, &expected(), Some(cursor)) {
        Ok(found) => found,
        Err(error) => return Became::Refused(error.code()),
    };
    let durable = found.last_lsn;
    let mut reader = Reader::open(&mut disk, IDENTITY, Lsn(0)).expect("sound");
    let turns = read_all(&mut disk, &mut reader, durable);
    let turns: Vec<_> = turns.into_iter().map(|turn| (turn.first_lsn, turn.body.to_vec())).collect();
    assert!(written.turns.starts_with(&turns), "{at}: another history");
    let read_to = turns.last().map_or(0, |(first, _)| {
        let next = written.turns.iter().find(|(lsn, _)| lsn > first);
        next.map_or(written.last_lsn.0, |(lsn, _)| lsn.0 - 1)
    });
    assert_eq!(read_to, durable.0, "{at}");
    if durable == written.last_lsn { Became::Whole } else { Became::CutTo(durable) }
}

/// Each bit of the segment: of headers and frames all eight of a byte, of the zeros one.
fn flip_every_bit_of(segment: usize) {
    let written = written(true);
    let name = &written.names[segment];
    let content = written.disk.content(name).expect("there").to_vec();
    let used = *borders(&content).last().expect("one");
    let mut refused = 0;
    for byte in 0..content.len() {
        let bits = if byte < 160 || (SEGMENT_HEADER_BYTES..used).contains(&byte) {
            0..8
        } else {
            byte % 8..byte % 8 + 1
        };
        for bit in bits {
            let mut disk = written.disk.clone();
            disk.flip(name, byte * 8 + bit);
            let at = format!("segment {segment}, byte {byte}, bit {bit}");
            match became(disk, &written, &at) {
                Became::Whole => assert!(byte >= SEGMENT_HEADER_BYTES, "{at}: a header's damage unseen"),
                Became::CutTo(lsn) => panic!("{at}: cut to {lsn}, all of it was told"),
                Became::Refused(code) => {
                    let names = ["CORRUPT_ACKED", "MISSING_SEGMENT", "WRONG_JOURNAL"];
                    assert!(names.contains(&code), "{at}: {code}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > (used - SEGMENT_HEADER_BYTES) * 6, "only {refused} flips were refused");
}

#[test]
fn no_flipped_bit_of_the_first_segment_changes_history() {
    flip_every_bit_of(0);
}

#[test]
fn no_flipped_bit_of_the_middle_segment_changes_history() {
    flip_every_bit_of(1);
}

#[test]
fn no_flipped_bit_of_the_last_segment_changes_history() {
    flip_every_bit_of(2);
}

#[test]
fn a_file_cut_anywhere_loses_nothing_that_is_proven() {
    let written = written(true);
    let content = written.disk.content(&written.names[2]).expect("there").to_vec();
    let end = *written.borders.last().expect("one");
    let mark_begins = written.borders[written.borders.len() - 2];
    for cut in 0..content.len() {
        let mut disk = written.disk.clone();
        disk.plant(&written.names[2], &content[..cut]);
        let at = format!("cut at {cut}");
        match became(disk, &written, &at) {
            Became::Whole => assert!(cut >= mark_begins, "{at}"),
            // With what proved it gone too, an end is an end: the hole that docs/JOURNAL.md admits.
            Became::CutTo(_) => assert!(cut < mark_begins, "{at}"),
            Became::Refused(code) => assert!(cut < end && code == "CORRUPT_ACKED", "{at}: {code}"),
        }
    }
}

#[test]
fn what_the_database_has_applied_is_proven_however_the_file_is_cut() {
    let written = written(false);
    let content = written.disk.content(&written.names[2]).expect("there").to_vec();
    let end = *written.borders.last().expect("one");
    let mut disk = written.disk.clone();
    let chain = recover(&mut disk, &small()).expect("sound").journal.tail().data_chain;
    let cursor = Some(CursorPosition { lsn: written.last_lsn, chain });
    for cut in 0..content.len() {
        let mut disk = written.disk.clone();
        disk.plant(&written.names[2], &content[..cut]);
        match examine(&mut disk, &expected(), cursor) {
            Ok(found) => assert!(cut >= end && found.last_lsn == written.last_lsn, "cut at {cut}"),
            Err(error) => {
                let names = ["CORRUPT_ACKED", "JOURNAL_BEHIND_DB"];
                assert!(cut < end && names.contains(&error.code()), "cut at {cut}: {error}");
            }
        }
    }
}

#[test]
fn zeros_over_anything_told_are_refused() {
    let written = written(true);
    for (segment, name) in written.names.iter().enumerate() {
        let content = written.disk.content(name).expect("there").to_vec();
        let used = *borders(&content).last().expect("one");
        for from in (SEGMENT_HEADER_BYTES..used).step_by(3) {
            let mut damaged = content.clone();
            damaged[from..(from + 200).min(content.len())].fill(0);
            let mut disk = written.disk.clone();
            disk.plant(name, &damaged);
            let at = format!("segment {segment}, zeros from {from}");
            match became(disk, &written, &at) {
                Became::Refused(_) => {}
                Became::Whole => {
                    let mark_begins = written.borders[written.borders.len() - 2];
                    // The last bytes of a frame are zero as they are.
                    assert!(damaged == content || (segment == 2 && from + 3 >= mark_begins), "{at}");
                }
                Became::CutTo(_) => {
                    // Both the turn and the mark behind it.
                    let turn_begins = written.borders[written.borders.len() - 3];
                    assert!(segment == 2 && from + 200 > turn_begins, "{at}");
                }
            }
        }
    }
}

#[test]
fn whatever_lies_behind_the_end_is_cut_and_kept_aside() {
    let written = written(true);
    let name = &written.names[2];
    let content = written.disk.content(name).expect("there").to_vec();
    let end = *written.borders.last().expect("one");
    let mut random = Random::new(3);
    let garbage: Vec<u8> = (0..300).map(|_| u8::try_from(random.below(256)).expect("a byte")).collect();
    let old = content[SEGMENT_HEADER_BYTES..written.borders[2]].to_vec();
    let mut future = Vec::new();
    let new = NewFrame {
        kind: FrameKind::Data,
        first_lsn: written.last_lsn.next(),
        count: 1,
        epoch: Epoch(1),
        durable_lsn: Lsn(0),
        wall_ms: 0,
        body: &body(written.last_lsn.0 + 1, 1),
    };
    // Sound in itself, but of another history.
    put_frame(&mut future, &new, Chain([1; 16]), IDENTITY.seed());
    for (what, tail) in [("garbage", &garbage), ("old frames", &old), ("a clone's frame", &future)] {
        for cut in 1..=tail.len() {
            let mut damaged = content.clone();
            let room = tail[..cut].len().min(content.len() - end);
            damaged[end..end + room].copy_from_slice(&tail[..room]);
            let mut disk = written.disk.clone();
            disk.plant(name, &damaged);
            let at = format!("{cut} bytes of {what}");
            let recovered = recover(&mut disk, &small()).unwrap_or_else(|error| panic!("{at}: {error}"));
            assert_eq!(recovered.durable, written.last_lsn, "{at}");
            let last = tail[..room].iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
            assert_eq!(recovered.report.cut_bytes, last as u64, "{at}");
            if let Some(kept) = recovered.report.quarantined {
                assert_eq!(disk.content(&kept).expect("set aside"), &tail[..last], "{at}");
                assert_eq!(disk.content(name).expect("there").len(), end, "{at}: not cut");
            }
        }
    }
}

#[test]
fn quarantined_tails_are_kept_up_to_a_number() {
    let written = written(true);
    let mut disk = written.disk.clone();
    for round in 0..12 {
        let (name, mut content) =
            disk.files().into_iter().rfind(|(name, _)| name.ends_with(".seg")).expect("a segment");
        let end = *borders(&content).last().expect("one");
        content.truncate(end);
        content.extend_from_slice(&[round + 1; 40]);
        disk.plant(&name, &content);
        recover(&mut disk, &small()).expect("sound but for the tail");
    }
    let kept = disk.files().into_iter().filter(|(name, _)| name.ends_with(QUARANTINE_SUFFIX)).count();
    assert_eq!(kept, repair::QUARANTINE_FILES_MAX);
}

#[test]
fn an_unproven_turn_that_is_damaged_is_cut_and_an_earlier_one_is_not() {
    let written = written(false);
    let [.., before, last, end] = written.borders[..] else { panic!("two turns") };
    for byte in last..end {
        let mut disk = written.disk.clone();
        disk.flip(&written.names[2], byte * 8);
        let at = format!("byte {byte}");
        let kept = Lsn(written.turns.last().expect("one").0.0 - 1);
        assert_eq!(became(disk, &written, &at), Became::CutTo(kept), "{at}");
    }
    let mut disk = written.disk.clone();
    disk.flip(&written.names[2], (before + FRAME_HEADER_BYTES) * 8);
    assert_eq!(became(disk, &written, "the turn before"), Became::Refused("CORRUPT_ACKED"));
}

#[test]
fn a_frame_of_a_later_format_is_refused_and_not_cut() {
    let written = written(true);
    let name = segment_name(3);
    let mut content = written.disk.content(&name).expect("there").to_vec();
    let end = *written.borders.last().expect("one");
    let last = written.borders[written.borders.len() - 2];
    content[end..end + FRAME_HEADER_BYTES]
        .copy_from_slice(&written.disk.content(&name).expect("there")[last..end - 8]);
    content[end + crate::logic::frame::field::SCHEMA] = 99;
    let crc_at = end + crate::logic::frame::field::HEADER_CRC;
    let identity = [IDENTITY.journal_uuid, IDENTITY.world_hash].concat();
    let crc = crc32c::crc32c_append(crc32c::crc32c(&identity), &content[end..crc_at]);
    content[crc_at..crc_at + 4].copy_from_slice(&crc.to_le_bytes());
    let mut disk = written.disk.clone();
    disk.plant(&name, &content);
    assert_eq!(became(disk, &written, "a later schema"), Became::Refused("SCHEMA_TOO_NEW"));
}

#[test]
fn a_segment_that_was_copied_while_it_was_written_is_refused() {
    let mut journal = fresh(ModelDisk::new());
    append(&mut journal, 3).expect("room");
    journal.commit().expect("a sound disk");
    let name = segment_name(1);
    let content = |journal: Journal<ModelDisk>| journal.into_disk().content(&name).expect("there").to_vec();
    let first = content(journal);
    // The same life once more, a little longer.
    let mut journal = fresh(ModelDisk::new());
    for count in [3, 4, 4, 4, 4, 4, 4, 4] {
        append(&mut journal, count).expect("room");
        journal.commit().expect("a sound disk");
    }
    let second = content(journal);
    let place = SEGMENT_HEADER_BYTES + 1_024;
    let mut copy = ModelDisk::new();
    copy.plant(&name, &[&first[..place], &second[place..]].concat());
    let error = examine(&mut copy, &expected(), None).map(|_| ()).expect_err("a hole");
    assert_eq!(error.code(), "CORRUPT_ACKED");
}
