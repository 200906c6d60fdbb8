//! Headers, names, and reading through a file whose buffer ends anywhere.

use super::*;
use crate::logic::{
    journal_script::{IDENTITY, append, fresh},
    model_disk::ModelDisk,
};

fn header() -> SegmentHeader {
    SegmentHeader {
        identity: IDENTITY,
        number: 5,
        first_lsn: Lsn(100),
        supersedes_from: Some(Lsn(100)),
        durable_lsn: Lsn(120),
        epoch: Epoch(3),
        instance: u64::MAX,
        previous_chain: Chain([1; 16]),
        previous_data_chain: Chain([2; 16]),
        created_ms: 7,
        recycled: true,
        parent: Some(Parent {
            journal_uuid: [4; 16],
            lsn: Lsn(99),
            chain: Chain([1; 16]),
            lost: Some(Lost { from: Lsn(98), to: Lsn(120) }),
        }),
    }
}

#[test]
fn a_header_comes_back_as_it_was() {
    assert_eq!(SegmentHeader::parse(&header().encode()), Ok(header()));
    let follows = SegmentHeader { supersedes_from: None, recycled: false, parent: None, ..header() };
    assert_eq!(SegmentHeader::parse(&follows.encode()), Ok(follows));
}

#[test]
fn every_flipped_bit_and_every_cut_of_a_header_is_seen() {
    let bytes = header().encode();
    for byte in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[byte] ^= 1 << (byte % 8);
        assert_eq!(SegmentHeader::parse(&damaged), Err(HeaderError::Damaged), "byte {byte}");
        let cut = if byte == 0 { HeaderError::Blank } else { HeaderError::Damaged };
        assert_eq!(SegmentHeader::parse(&bytes[..byte]), Err(cut), "cut at {byte}");
    }
    assert_eq!(SegmentHeader::parse(&[0; SEGMENT_HEADER_BYTES]), Err(HeaderError::Blank));
}

#[test]
fn names_and_numbers_are_the_same_thing() {
    for number in [0, 1, 0xabc, u64::MAX] {
        assert_eq!(segment_number(&segment_name(number)), Some(number));
    }
    for name in
        ["", ".seg", "1.seg", "000000000000000g.seg", "00000000000000AB.seg", "+000000000000001.seg", "lock"]
    {
        assert_eq!(segment_number(name), None, "{name}");
    }
}

#[test]
fn names_sort_like_their_numbers() {
    let mut names: Vec<String> = [300, 2, 10, 1].into_iter().map(segment_name).collect();
    names.sort();
    assert_eq!(names, [1, 2, 10, 300].map(segment_name));
}

#[test]
fn a_window_gives_the_files_bytes_wherever_it_is_asked() {
    let mut disk = ModelDisk::new();
    let bytes: Vec<u8> = (0..600_000_u32).map(|at| at.to_le_bytes()[0] ^ at.to_le_bytes()[2]).collect();
    disk.plant("file", &bytes);
    let mut window = Window::new("file".to_owned());
    for at in [0, 5, 262_100, 262_144, 599_990, 1, 600_000, 700_000, 300_000] {
        for wanted in [0, 1, 80, 300_000] {
            let from = at.min(bytes.len());
            let got = window.get(&mut disk, at as u64, wanted).expect("a sound disk");
            assert_eq!(got, &bytes[from..bytes.len().min(from + wanted)], "{wanted} at {at}");
        }
    }
}

#[test]
fn evidence_behind_the_end_is_found_at_any_aligned_place() {
    let mut disk = ModelDisk::new();
    let mut journal = fresh(&mut disk);
    append(&mut journal, 3).expect("room");
    journal.commit().expect("a sound disk");
    journal.mark(9).expect("a sound disk");
    drop(journal);
    let content = disk.content(&segment_name(1)).expect("there").to_vec();
    let mark = content.windows(4).rposition(|start| start == FRAME_MAGIC.to_le_bytes()).expect("there");
    let frame = &content[mark..mark + 88];
    for at in (0..200).chain([262_140, 262_144, 262_080, 299_000]) {
        let mut bytes = vec![0; 300_000];
        bytes[at..at + frame.len()].copy_from_slice(frame);
        disk.plant("file", &bytes);
        let found =
            Window::new("file".to_owned()).remainder(&mut disk, 0, IDENTITY.seed()).expect("a sound disk");
        let aligned = at.is_multiple_of(FRAME_ALIGN);
        assert_eq!(found.durable_lsn, Lsn(if aligned { 3 } else { 0 }), "at {at}");
        assert_eq!(found.used_to, at as u64 + 85, "at {at}: its length ends in three zeros");
    }
}
