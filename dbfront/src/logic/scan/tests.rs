//! A scan sees every frame once and in order, names each damage by its place, and follows a writer.

mod writing;

use proto::ids::Epoch;

use super::*;
use crate::logic::{
    frame::FrameKind,
    journal::{Journal, JournalConfig, Keep},
    journal_script::{self, IDENTITY, LIVES, NOTHING_SETTLED, RECYCLING, append, fresh},
    model_disk::ModelDisk,
    recovery::recover,
};

/// Everything up to the end.
fn all(disk: &mut ModelDisk, from: Lsn) -> Vec<Seen> {
    let mut scanner = Scanner::open(disk, from).expect("a sound disk").expect("a journal");
    let mut seen = Vec::new();
    loop {
        let next = scanner.next(disk).expect("a sound disk");
        seen.push(next);
        if matches!(next, Seen::End(_)) {
            return seen;
        }
    }
}

fn records(seen: &[Seen]) -> Vec<u64> {
    let frames = seen.iter().filter_map(|seen| match seen {
        Seen::Frame { header, .. } if header.kind == FrameKind::Data => Some(header),
        _ => None,
    });
    frames.flat_map(|header| header.first_lsn.0..=header.last_lsn().0).collect()
}

fn kinds(seen: &[Seen]) -> Vec<FrameKind> {
    let kind = |seen: &Seen| match seen {
        Seen::Frame { header, .. } => Some(header.kind),
        _ => None,
    };
    seen.iter().filter_map(kind).collect()
}

fn first_wrong(seen: &[Seen]) -> Option<Wrong> {
    seen.iter().find_map(|seen| match seen {
        Seen::Wrong(wrong) => Some(*wrong),
        _ => None,
    })
}

#[test]
fn a_whole_life_is_seen_in_order_and_to_its_end() {
    for life in LIVES {
        let mut disk = ModelDisk::new();
        let told = journal_script::run(&mut disk, life, 1);
        let seen = all(&mut disk, Lsn(0));
        assert_eq!(first_wrong(&seen), None);
        let records = records(&seen);
        let first = *records.first().expect("records");
        assert_eq!(records, (first..=told.acked.0).collect::<Vec<_>>());
        let Some(Seen::End(end)) = seen.last() else { panic!("{seen:?}") };
        assert_eq!((end.tail.last_lsn, end.how), (told.acked, HowEnded::Open));
        let from = all(&mut disk, told.acked);
        assert_eq!(self::records(&from).last(), Some(&told.acked.0));
        assert!(from.len() < seen.len());
    }
}

#[test]
fn the_seal_of_a_clean_stop_is_a_frame_and_the_end() {
    let mut disk = ModelDisk::new();
    let mut journal = fresh(&mut disk);
    append(&mut journal, 3).expect("room");
    journal.seal(9).expect("a sound disk");
    let seen = all(&mut disk, Lsn(0));
    let [.., Seen::Frame { header, .. }, Seen::End(end)] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!((header.kind, end.how, end.tail.last_lsn), (FrameKind::Seal, HowEnded::Sealed, Lsn(3)));
}

#[test]
fn every_flipped_bit_of_every_segment_is_found_at_or_before_its_place() {
    let mut disk = ModelDisk::new();
    let mut journal = fresh(&mut disk);
    for count in 1..30 {
        append(&mut journal, count).expect("room");
        journal.commit().expect("a sound disk");
    }
    let last = journal.tail().last_lsn;
    journal.amend(&journal_script::amendment_of(last), 8).expect("room");
    append(&mut journal, 2).expect("room");
    journal.amend(&journal_script::amendment_of(last), 8).expect("room");
    journal.seal(9).expect("a sound disk");
    let seen = all(&mut disk, Lsn(0));
    assert_eq!(kinds(&seen).iter().filter(|kind| **kind == FrameKind::Amend).count(), 2);
    let mut flipped = 0;
    let mut segment = 0;
    for seen in &seen {
        match seen {
            Seen::Segment(header) => segment = header.number,
            Seen::Frame { header, offset } => {
                for byte in (0..header.frame_bytes() as u64).step_by(7) {
                    let name = segment_name(segment);
                    let at = usize::try_from(offset + byte).expect("small");
                    disk.flip(&name, at * 8 + at % 8);
                    let found = all(&mut disk, Lsn(0));
                    let place = match first_wrong(&found) {
                        Some(wrong) => Some((wrong.segment, wrong.offset, wrong.lsn)),
                        None => found.last().and_then(|end| match end {
                            Seen::End(End { how: HowEnded::Torn { .. }, segment, offset, tail }) => {
                                Some((*segment, *offset, tail.last_lsn.next()))
                            }
                            _ => None,
                        }),
                    };
                    let expected = if header.kind == FrameKind::Data {
                        header.first_lsn
                    } else {
                        header.first_lsn.next()
                    };
                    assert_eq!(place, Some((segment, *offset, expected)), "byte {byte} of {header:?}");
                    disk.flip(&name, at * 8 + at % 8);
                    flipped += 1;
                }
            }
            _ => {}
        }
    }
    assert!(flipped > 500, "{flipped}");
}

#[test]
fn a_scan_goes_on_with_what_a_writer_adds_and_names_what_it_takes_away() {
    let life = JournalConfig { keep_bytes: 0, ..RECYCLING };
    let mut disk = ModelDisk::new();
    let mut journal = Journal::init(&mut disk, life, IDENTITY, 1).expect("an empty disk");
    journal.begin_epoch(Epoch(1), 11, 2).expect("a sound disk");
    append(&mut journal, 60).expect("room");
    journal.commit().expect("a sound disk");
    drop(journal);
    // The same folder, looked at between two turns of one writer.
    let mut before = disk.clone();
    let mut scanner = Scanner::open(&mut before, Lsn(0)).expect("sound").expect("a journal");
    while !matches!(scanner.next(&mut before).expect("sound"), Seen::End(_)) {}

    let recovered = recover(&mut disk, &journal_script::options_of(life)).expect("sound");
    let mut journal = recovered.journal;
    journal.begin_epoch(Epoch(2), 12, 2).expect("a sound disk");
    for _ in 0..12 {
        append(&mut journal, 60).expect("room");
        let durable = journal.commit().expect("a sound disk").lsn();
        let keep = Keep { applied: durable, ..NOTHING_SETTLED };
        journal.prepare(keep).expect("a sound disk");
        journal.unlink_settled(keep).expect("a sound disk");
    }
    drop(journal);
    let Seen::Gone { segment: 1, lsn } = scanner.next(&mut disk).expect("sound") else {
        panic!("the first segment is long gone")
    };
    assert_eq!(lsn, Lsn(61));
    let mut records = Vec::new();
    loop {
        match scanner.next(&mut disk).expect("sound") {
            Seen::Frame { header, .. } if header.kind == FrameKind::Data => records.push(header.last_lsn()),
            Seen::Frame { .. } | Seen::Segment(_) => {}
            Seen::End(end) => {
                assert_eq!((end.how, end.tail.last_lsn), (HowEnded::Open, Lsn(13 * 60)));
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(records.is_sorted() && !records.is_empty());
}
