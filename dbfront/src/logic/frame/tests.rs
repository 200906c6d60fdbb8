//! One frame: there and back, and every damage to it.

use super::*;
use crate::logic::journal_script::{IDENTITY, body};

const PREVIOUS: Chain = Chain([4; 16]);

fn data(count: u32, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let new = NewFrame {
        kind: FrameKind::Data,
        first_lsn: Lsn(9),
        count,
        epoch: Epoch(3),
        durable_lsn: Lsn(8),
        wall_ms: 1_234,
        body,
    };
    put_frame(&mut out, &new, PREVIOUS, IDENTITY.seed());
    out
}

#[test]
fn a_frame_comes_back_as_it_was() {
    let body = body(9, 3);
    let bytes = data(3, &body);
    assert_eq!(bytes.len(), frame_bytes(body.len()));
    let frame = parse_frame(&bytes, IDENTITY.seed()).expect("sound");
    assert_eq!(frame.body, body);
    assert_eq!((frame.header.first_lsn, frame.header.last_lsn()), (Lsn(9), Lsn(11)));
    assert_eq!((frame.header.durable_lsn, frame.header.wall_ms), (Lsn(8), 1_234));
    assert_eq!(frame.header.chain, frame.header.chain_after(PREVIOUS));
    assert_ne!(frame.header.chain, frame.header.chain_after(Chain::default()));
}

#[test]
fn every_cut_and_every_flipped_bit_is_seen() {
    let bytes = data(2, &body(9, 2));
    for cut in 0..bytes.len() {
        assert!(parse_frame(&bytes[..cut], IDENTITY.seed()).is_err(), "cut at {cut}");
    }
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(parse_frame(&damaged, IDENTITY.seed()).is_err(), "bit {bit}");
    }
}

#[test]
fn a_frame_of_another_journal_is_none_of_ours() {
    let bytes = data(1, &body(9, 1));
    for other in
        [Identity { journal_uuid: [1; 16], ..IDENTITY }, Identity { world_hash: [1; 16], ..IDENTITY }]
    {
        assert_eq!(parse_frame(&bytes, other.seed()).map(|_| ()), Err(FrameError::HeaderChecksum));
    }
}

#[test]
fn a_sound_header_that_contradicts_itself_is_named() {
    let sound = data(2, &body(9, 2));
    let with = |at: usize, value: u8| {
        let mut bytes = sound.clone();
        bytes[at] = value;
        let crc = crc32c::crc32c_append(IDENTITY.seed().0, &bytes[..field::HEADER_CRC]);
        put_word(&mut bytes, field::HEADER_CRC, crc);
        let end = bytes.len() - FRAME_TRAILER_BYTES;
        put_word(&mut bytes, end, crc);
        parse_frame(&bytes, IDENTITY.seed()).map(|_| ()).expect_err("not possible")
    };
    let wrong = [
        (field::KIND, 77, "kind"),
        (field::KIND, 6, "kind"),
        (field::KIND, FrameKind::Amend.code(), "count"),
        (field::KIND, FrameKind::Mark.code(), "body length"),
        (field::FLAGS, 1, "flags"),
        (field::SCHEMA, 3, "schema"),
        (field::COUNT, 0, "count"),
        (field::COUNT, 3, "count"),
        (field::FRAME_BYTES, 80, "length"),
        (field::DURABLE_LSN, 200, "durable LSN"),
    ];
    for (at, value, name) in wrong {
        assert_eq!(with(at, value), FrameError::Field(name), "byte {at} = {value}");
    }
}

#[test]
fn the_chain_depends_on_every_byte_before_it() {
    let chain = |bytes: &[u8]| chain_at(bytes, field::CHAIN);
    let one = data(2, &body(9, 2));
    for at in 0..body(9, 2).len() {
        let mut changed = body(9, 2);
        changed[at] ^= 1;
        // Where the lengths still fit it is a frame again, with checksums of its own.
        if count_entries(&changed) == Some(2) {
            assert_ne!(chain(&data(2, &changed)), chain(&one), "byte {at}");
        }
    }
}

#[test]
fn entries_are_counted_by_their_lengths() {
    assert_eq!(count_entries(&[]), Some(0));
    assert_eq!(count_entries(&body(1, 5)), Some(5));
    let five = body(1, 5);
    for cut in 1..five.len() {
        assert_ne!(count_entries(&five[..cut]), Some(5), "cut at {cut}");
    }
    assert_eq!(count_entries(&[0xff; 40]), None);
}
