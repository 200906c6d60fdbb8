//! The hand-written envelope against prost's, on packets, cuts and noise.

use prost::Message as _;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

use super::*;
use crate::client;

fn with_prost(packet: &Packet<'_>) -> client::Packet {
    client::Packet {
        kind: packet.kind,
        cseq: packet.cseq,
        re: packet.re,
        ack: packet.ack,
        body: packet.body.to_vec().into(),
    }
}

#[test]
fn both_write_the_same_bytes_and_read_each_other() {
    let body = [9u8; 200];
    for value in [0, 1, 127, 128, 16_383, 16_384, u64::from(u32::MAX), u64::MAX] {
        for length in [0, 1, 127, 128, 200] {
            let kind = u32::try_from(value).unwrap_or(7);
            let packet = Packet { kind, cseq: value, re: value / 2, ack: value / 3, body: &body[..length] };
            let mut ours = Vec::new();
            packet.put(&mut ours);
            assert_eq!(ours, with_prost(&packet).encode_length_delimited_to_vec());
            let mut filled = Vec::new();
            let empty = Packet { body: &[], ..packet };
            empty.put_with(length, &mut filled, |out| out.extend_from_slice(&body[..length]));
            assert_eq!(filled, ours);
            let back: Vec<_> = Packets::new(&ours).collect();
            assert_eq!(back, [Ok(packet)]);
        }
    }
}

#[test]
fn a_cut_frame_is_an_error_at_every_byte_but_the_borders() {
    let mut frame = Vec::new();
    Packet { kind: 5, cseq: 300, re: 0, ack: 1, body: b"hello" }.put(&mut frame);
    let first = frame.len();
    Packet { kind: 6, ..Packet::default() }.put(&mut frame);
    for cut in 0..frame.len() {
        let valid = Packets::new(&frame[..cut]).all(|packet| packet.is_ok());
        assert_eq!(valid, cut == 0 || cut == first, "cut at {cut}");
    }
}

#[test]
fn noise_is_read_as_prost_reads_it_or_refused() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut agreed = 0;
    for _ in 0..200_000 {
        let length = (rng.next_u32() % 24) as usize;
        let bytes: Vec<u8> = (0..length)
            .map(|_| (rng.next_u32() % if rng.next_u32() % 3 == 0 { 48 } else { 256 }).to_le_bytes()[0])
            .collect();
        let Ok(ours) = Packet::decode(&bytes) else { continue };
        // Where ours accepts, prost reads the same; groups and over-long numbers only prost accepts.
        let theirs = client::Packet::decode(bytes.as_slice()).expect("ours is the stricter one");
        assert_eq!(with_prost(&ours), theirs, "{bytes:?}");
        agreed += 1;
    }
    assert!(agreed > 1000, "{agreed} agreed: the noise tests nothing");
}

#[test]
fn a_hostile_length_is_refused() {
    for bytes in [
        &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01][..],
        &[0xff; 11],
        &[0x05, 0x2a, 0xff, 0xff, 0xff, 0x0f],
        &[0x01],
        &[0x02, 0x0b, 0x0c],
    ] {
        assert!(Packets::new(bytes).any(|packet| packet.is_err()), "{bytes:?}");
    }
}
