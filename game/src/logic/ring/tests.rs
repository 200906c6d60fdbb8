//! A ring against a plain list of packets.

use proto::{packet::Packets, wire};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};

use super::*;

fn packet(number: u64, filler: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    wire::put_plain(&mut bytes, 2_000, &[&number.to_le_bytes()[..], &vec![7; filler]].concat());
    bytes
}

/// The numbers in the packets after so many.
fn after(ring: &Ring, received: u64) -> Vec<u64> {
    let mut numbers = Vec::new();
    ring.each_after(received, |bytes| {
        for packet in Packets::new(bytes) {
            numbers.push(u64::from_le_bytes(packet.unwrap().body[..8].try_into().unwrap()));
        }
    });
    numbers
}

#[test]
fn a_client_gets_what_it_lacks_once_and_in_order_or_is_told_of_the_gap() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for _ in 0..200 {
        let (mut ring, mut made, mut acked) = (Ring::default(), 0, 0);
        for _ in 0..rng.next_u32() % 200 {
            match rng.next_u32() % 3 {
                0 => {
                    ring.push(&packet(made, (rng.next_u32() % 3_000) as usize));
                    made += 1;
                }
                1 => {
                    let (count, filler) = (1 + rng.next_u32() % 60, rng.next_u32() % 300);
                    let run: Vec<u8> =
                        (0..u64::from(count)).flat_map(|i| packet(made + i, filler as usize)).collect();
                    ring.push_shared(count, &run.into());
                    made += u64::from(count);
                }
                _ => {
                    acked = (acked + u64::from(rng.next_u32() % 80)).min(made);
                    ring.acked(acked);
                }
            }
            assert_eq!(ring.released(), made);
            assert!(ring.runs.len() == 1 || ring.bytes <= RESEND_RING_BYTES && ring.kept <= 512);
            assert_eq!(ring.missed_after(made + 1), None);
            for received in [acked, made, made.saturating_sub(3), ring.gone] {
                match ring.missed_after(received) {
                    Some(missed) => {
                        assert_eq!(missed, made - received);
                        assert_eq!(after(&ring, received), (received..made).collect::<Vec<_>>());
                    }
                    None => assert!(received < ring.gone),
                }
            }
        }
    }
}

#[test]
fn what_a_client_has_goes_and_what_it_cannot_have_is_ignored() {
    let mut ring = Ring::default();
    (0..10).for_each(|number| ring.push(&packet(number, 100)));
    ring.acked(7);
    assert_eq!((ring.runs.len(), ring.missed_after(6), after(&ring, 7)), (3, None, vec![7, 8, 9]));
    ring.acked(11);
    assert_eq!(ring.runs.len(), 3, "a count above what has left");
    ring.acked(10);
    assert_eq!((ring.bytes, ring.own.len(), ring.released()), (0, 0, 10));
}

#[test]
fn a_run_larger_than_the_ring_is_kept_while_it_is_the_newest() {
    let mut ring = Ring::default();
    ring.push(&packet(0, 0));
    let run: Vec<u8> = (1..=600).flat_map(|number| packet(number, 300)).collect();
    ring.push_shared(600, &run.into());
    assert_eq!((ring.missed_after(0), ring.missed_after(1)), (None, Some(600)));
    ring.push(&packet(601, 0));
    assert_eq!(ring.missed_after(600), None, "the run is one");
    assert_eq!(after(&ring, 601), [601]);
}
