//! Journals as each version of the records' format left them, byte for byte: every later version reads them
//! (M2).

use proto::limits::RECORD_SCHEMA;

use super::super::*;
use crate::logic::{
    frame::{FrameKind, parse_frame},
    journal_script::{IDENTITY, NOTHING_SETTLED, amendment_of, append, body, expected, options, read_all},
    model_disk::ModelDisk,
    segment::{SEGMENT_HEADER_BYTES, SegmentHeader, segment_name},
};

type Segments = [(u64, &'static [u8]); 6];

macro_rules! segments {
    ($folder:literal) => {
        [
            (1, include_bytes!(concat!("../../../../tests/golden/", $folder, "/0000000000000001.seg"))),
            (2, include_bytes!(concat!("../../../../tests/golden/", $folder, "/0000000000000002.seg"))),
            (3, include_bytes!(concat!("../../../../tests/golden/", $folder, "/0000000000000003.seg"))),
            (4, include_bytes!(concat!("../../../../tests/golden/", $folder, "/0000000000000004.seg"))),
            (6, include_bytes!(concat!("../../../../tests/golden/", $folder, "/0000000000000006.seg"))),
            (7, include_bytes!(concat!("../../../../tests/golden/", $folder, "/0000000000000007.seg"))),
        ]
    };
}

/// By the version of the records' format; the last is this build's.
const JOURNALS: [Segments; RECORD_SCHEMA as usize] = [segments!("journal_1"), segments!("journal_2")];
const TODAY: &Segments = &JOURNALS[RECORD_SCHEMA as usize - 1];

const COUNTS: [u32; 14] = [1, 2, 3, 1, 4, 2, 1, 5, 1, 2, 3, 1, 2, 4];

fn stored(segments: &Segments) -> ModelDisk {
    let mut disk = ModelDisk::new();
    for (number, bytes) in *segments {
        disk.plant(&segment_name(number), bytes);
    }
    disk
}

/// Three segments, an unclean stop with one turn that nobody was told of, a second writer, a clean stop.
fn made_today() -> ModelDisk {
    let journal = JournalConfig { segment_bytes: SEGMENT_HEADER_BYTES as u64 + 1_024, ..options().journal };
    let options = RecoveryOptions { journal, ..options() };
    let mut disk = ModelDisk::new();
    let mut journal = Journal::init(&mut disk, journal, IDENTITY, 1).expect("an empty disk");
    journal.begin_epoch(Epoch(1), 11, 2).expect("a sound disk");
    for count in &COUNTS[..11] {
        append(&mut journal, *count).expect("room");
        journal.commit().expect("a sound disk");
        journal.prepare(NOTHING_SETTLED).expect("a sound disk");
        if *count == 5 {
            assert!(journal.mark(3).expect("a sound disk"));
        }
    }
    drop(journal);
    let Recovered { mut journal, .. } = recover(&mut disk, &options).expect("sound");
    journal.begin_epoch(Epoch(2), 12, 4).expect("a sound disk");
    for count in &COUNTS[11..] {
        append(&mut journal, *count).expect("room");
    }
    journal.seal(6).expect("a sound disk");
    disk
}

#[test]
fn the_journal_of_every_version_is_read_to_its_last_byte() {
    for segments in &JOURNALS {
        let mut disk = stored(segments);
        let found = examine(&mut disk, &expected(), None).expect("sound");
        assert!(found.clean);
        assert_eq!((found.last_lsn, found.epoch), (Lsn(32), Epoch(2)));
        let recovered = recover(&mut disk, &options()).expect("sound");
        let Recovered { mut after_cursor, durable, instance, .. } = recovered;
        assert_eq!(instance, 12);
        let turns = read_all(&mut disk, &mut after_cursor, durable);
        let mut next = 1;
        for (turn, count) in turns.iter().zip(COUNTS) {
            assert_eq!((turn.first_lsn, &turn.body[..]), (Lsn(next), &body(next, count)[..]));
            next += u64::from(count);
        }
        assert_eq!(turns.len(), COUNTS.len());
    }
}

#[test]
fn the_stored_journal_holds_every_kind_of_frame_and_of_segment() {
    let mut kinds = Vec::new();
    let mut superseding = 0;
    for (_, bytes) in TODAY {
        superseding += u32::from(SegmentHeader::parse(bytes).expect("sound").supersedes_from.is_some());
        let mut at = SEGMENT_HEADER_BYTES;
        while let Ok(frame) = parse_frame(&bytes[at.min(bytes.len())..], IDENTITY.seed()) {
            kinds.push(frame.header.kind);
            at += frame.header.frame_bytes();
        }
    }
    for kind in [FrameKind::Data, FrameKind::Epoch, FrameKind::Mark, FrameKind::Seal] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
    assert!(superseding >= 1);
}

#[test]
fn this_version_still_writes_the_stored_bytes() {
    let today = made_today().files();
    assert_eq!(today.len(), TODAY.len());
    let build_id = crate::logic::segment::field::BUILD_ID..crate::logic::segment::field::BUILD_ID + 16;
    let sum = crate::logic::segment::field::CRC..SEGMENT_HEADER_BYTES;
    for ((name, mut bytes), (number, stored)) in today.into_iter().zip(TODAY) {
        assert_eq!(name, segment_name(*number));
        let mut stored = stored.to_vec();
        // Which build wrote it is all that may differ, and so the header's checksum.
        for blank in [&build_id, &sum] {
            for file in
                [&mut bytes, &mut stored].into_iter().filter(|file| file.len() >= SEGMENT_HEADER_BYTES)
            {
                file[blank.clone()].fill(0);
            }
        }
        assert!(bytes == stored, "{name} differs: a new format version, and a new folder of golden files");
    }
}

/// A new version of the records' format: a folder more above, then run this once with `DING_WRITE_GOLDEN=1`.
#[test]
fn the_golden_files_are_written_when_asked_for() {
    if std::env::var_os("DING_WRITE_GOLDEN").is_none() {
        return;
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("tests/golden/journal_{RECORD_SCHEMA}"));
    for (name, bytes) in made_today().files() {
        std::fs::write(folder.join(name), bytes).expect("a writable tree");
    }
    let folder = folder.with_file_name("amended_1");
    for (name, bytes) in amended_today().files() {
        std::fs::write(folder.join(name), bytes).expect("a writable tree");
    }
}

/// A journal of today with every kind of frame, as whoever amends a record leaves it: stopped in the middle, gone on
/// with by another writer.
const AMENDED: [(u64, &[u8]); 3] = [
    (1, include_bytes!("../../../../tests/golden/amended_1/0000000000000001.seg")),
    (2, include_bytes!("../../../../tests/golden/amended_1/0000000000000002.seg")),
    (3, include_bytes!("../../../../tests/golden/amended_1/0000000000000003.seg")),
];

fn amended_today() -> ModelDisk {
    let journal = JournalConfig { segment_bytes: 16 << 10, ..options().journal };
    let options = RecoveryOptions { journal, ..options() };
    let mut disk = ModelDisk::new();
    let mut journal = Journal::init(&mut disk, journal, IDENTITY, 1).expect("an empty disk");
    journal.begin_epoch(Epoch(1), 11, 2).expect("a sound disk");
    for count in [3, 4] {
        append(&mut journal, count).expect("room");
        journal.commit().expect("a sound disk");
    }
    journal.mark(3).expect("a sound disk");
    journal.amend(&amendment_of(Lsn(2)), 4).expect("room");
    journal.commit().expect("a sound disk");
    drop(journal);
    let mut journal = recover(&mut disk, &options).expect("sound").journal;
    journal.begin_epoch(Epoch(2), 12, 5).expect("a sound disk");
    append(&mut journal, 2).expect("room");
    journal.amend(&amendment_of(Lsn(9)), 6).expect("room");
    journal.commit().expect("a sound disk");
    drop(journal);
    let mut journal = recover(&mut disk, &options).expect("sound").journal;
    journal.begin_epoch(Epoch(3), 13, 7).expect("a sound disk");
    append(&mut journal, 1).expect("room");
    journal.seal(8).expect("a sound disk");
    disk
}

fn stored_amended() -> ModelDisk {
    let mut disk = ModelDisk::new();
    for (number, bytes) in AMENDED {
        disk.plant(&segment_name(number), bytes);
    }
    disk
}

#[test]
fn a_journal_with_every_kind_of_frame_is_read_with_its_replacements() {
    let mut disk = stored_amended();
    let recovered = recover(&mut disk, &options()).expect("sound");
    assert_eq!((recovered.durable, recovered.epoch, recovered.instance), (Lsn(10), Epoch(3), 13));
    let amendments: Vec<_> = recovered.amendments.iter().cloned().collect();
    assert_eq!(amendments, [amendment_of(Lsn(2)), amendment_of(Lsn(9))]);
    let mut reader = recovered.after_cursor;
    drop(recovered.journal);
    let turns = read_all(&mut disk, &mut reader, Lsn(10));
    assert_eq!(turns.len(), 4, "what is replaced stays where it is");
    let mut kinds: Vec<_> = Vec::new();
    for (_, bytes) in AMENDED {
        let mut at = SEGMENT_HEADER_BYTES;
        while let Ok(frame) = parse_frame(&bytes[at.min(bytes.len())..], IDENTITY.seed()) {
            kinds.push(frame.header.kind);
            at += frame.header.frame_bytes();
        }
    }
    for kind in FrameKind::ALL {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
}

#[test]
fn this_version_still_writes_the_stored_bytes_of_replacements() {
    let blank = |mut bytes: Vec<u8>| {
        let build_id = crate::logic::segment::field::BUILD_ID;
        bytes[build_id..build_id + 16].fill(0);
        bytes[crate::logic::segment::field::CRC..SEGMENT_HEADER_BYTES].fill(0);
        bytes
    };
    let today: Vec<_> =
        amended_today().files().into_iter().map(|(name, bytes)| (name, blank(bytes))).collect();
    let stored = AMENDED.map(|(number, bytes)| (segment_name(number), blank(bytes.to_vec())));
    assert!(today == stored, "another format: keep these files, and a new folder of golden files");
}
