//! Which tickets are believed.

use proto::{
    epoch::{LinkKey, SealKey, SealKind},
    ids::AccountId,
    limits::SESSION_LIFE_MS,
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::Ticket;

fn key(byte: u8) -> SealKey {
    LinkKey::new([byte; 32]).seal_key()
}

#[test]
fn a_ticket_holds_for_twelve_hours_and_not_a_moment_longer() {
    let ticket = Ticket::new(AccountId(7), 3, 1_000);
    let bytes = ticket.seal(&key(1));
    assert_eq!(bytes.len(), Ticket::BYTES);
    assert_eq!(Ticket::open(&bytes, &key(1), 1_000), Some(ticket));
    assert_eq!(Ticket::open(&bytes, &key(1), 1_000 + SESSION_LIFE_MS - 1), Some(ticket));
    assert_eq!(Ticket::open(&bytes, &key(1), 1_000 + SESSION_LIFE_MS), None);
}

#[test]
fn a_ticket_with_one_bit_changed_cut_short_or_lengthened_is_none() {
    let whole = Ticket::new(AccountId(7), 3, 1_000).seal(&key(1));
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut changed = whole.clone();
            changed[at] ^= 1 << bit;
            assert_eq!(Ticket::open(&changed, &key(1), 1_000), None, "byte {at}, bit {bit}");
        }
        assert_eq!(Ticket::open(&whole[..at], &key(1), 1_000), None, "{at} bytes");
    }
    let longer = [&whole[..], &[0]].concat();
    assert_eq!(Ticket::open(&longer, &key(1), 1_000), None);
}

#[test]
fn a_ticket_of_another_key_another_kind_or_another_version_is_none() {
    let ticket = Ticket::new(AccountId(7), 3, 1_000);
    assert_eq!(Ticket::open(&ticket.seal(&key(2)), &key(1), 1_000), None);
    let sealed = |version: u8, kind| {
        let mut said = ticket.seal(&key(1));
        said.truncate(21);
        said[0] = version;
        let seal = key(1).seal(kind, &said);
        [&said[..], &seal].concat()
    };
    assert_eq!(Ticket::open(&sealed(2, SealKind::Ticket), &key(1), 1_000), Some(ticket));
    assert_eq!(Ticket::open(&sealed(2, SealKind::Place), &key(1), 1_000), None);
    assert_eq!(Ticket::open(&sealed(1, SealKind::Ticket), &key(1), 1_000), None);
}

#[test]
fn whatever_is_sealed_opens_as_it_was_and_nothing_else_opens() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for round in 0..10_000 {
        let (account, wall_ms) = (AccountId(rng.next_u64()), rng.next_u64() >> 20);
        let ticket = Ticket::new(account, rng.next_u32(), wall_ms);
        let mut bytes = ticket.seal(&key(1));
        assert_eq!(Ticket::open(&bytes, &key(1), wall_ms), Some(ticket), "round {round}");
        // A few of its bytes become others.
        for _ in 0..=rng.next_u32() % 4 {
            let at = rng.next_u32() as usize % bytes.len();
            bytes[at] = bytes[at].wrapping_add(1 + (rng.next_u32() % 255) as u8);
        }
        if bytes != ticket.seal(&key(1)) {
            assert_eq!(Ticket::open(&bytes, &key(1), wall_ms), None, "round {round}");
        }
        let mut noise = vec![0; rng.next_u32() as usize % 65];
        rng.fill_bytes(&mut noise);
        assert_eq!(Ticket::open(&noise, &key(1), wall_ms), None, "round {round}");
    }
}
