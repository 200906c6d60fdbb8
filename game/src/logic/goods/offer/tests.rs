//! One offer, one hash.

use super::*;

fn thing(item: u64, quantity: u32) -> Thing {
    Thing { item, kind: 1, quantity }
}

fn offer(gold: i64, things: &[Thing]) -> Offer {
    Offer::new(gold, things.to_vec()).unwrap()
}

#[test]
fn amounts_that_nobody_can_have_are_refused_by_name() {
    assert_eq!(Offer::new(-1, vec![]), Err(Refusal::BadAmount));
    assert_eq!(Offer::new(GOLD_MAX + 1, vec![]), Err(Refusal::BadAmount));
    assert_eq!(Offer::new(i64::MIN, vec![]), Err(Refusal::BadAmount));
    assert_eq!(Offer::new(0, vec![thing(1, 0)]), Err(Refusal::BadQuantity));
    assert_eq!(Offer::new(0, vec![thing(1, ITEM_QUANTITY_MAX + 1)]), Err(Refusal::BadQuantity));
    assert_eq!(Offer::new(0, vec![thing(1, 1), thing(2, 1), thing(1, 2)]), Err(Refusal::OfferedTwice));
    let many = |count| (0..count).map(|item| thing(item, 1)).collect();
    assert_eq!(Offer::new(0, many(17)), Err(Refusal::TooManyItems));
    assert_eq!(Offer::new(GOLD_MAX, many(16)).unwrap().things().len(), 16);
}

#[test]
fn whatever_differs_has_another_hash() {
    let (one, two) = (offer(5, &[thing(1, 2)]), offer(0, &[]));
    let exact = hash(3, 4, [(10, &one), (11, &two)]);
    assert_eq!(hash(3, 4, [(10, &one.clone()), (11, &two.clone())]), exact);
    let others = [
        hash(2, 4, [(10, &one), (11, &two)]),
        hash(3, 5, [(10, &one), (11, &two)]),
        hash(3, 4, [(11, &one), (10, &two)]),
        hash(3, 4, [(10, &two), (11, &one)]),
        hash(3, 4, [(10, &offer(6, &[thing(1, 2)])), (11, &two)]),
        hash(3, 4, [(10, &offer(5, &[thing(1, 3)])), (11, &two)]),
        hash(3, 4, [(10, &offer(5, &[thing(2, 2)])), (11, &two)]),
        hash(3, 4, [(10, &offer(5, &[])), (11, &two)]),
    ];
    assert!(others.iter().all(|other| *other != exact));
}

#[test]
fn the_order_of_things_does_not_matter() {
    assert_eq!(offer(0, &[thing(2, 1), thing(1, 1)]), offer(0, &[thing(1, 1), thing(2, 1)]));
}

#[test]
fn a_client_can_make_the_hash_from_what_it_sees() {
    let mut bytes = b"ding trade v1\n".to_vec();
    bytes.extend(3u64.to_le_bytes());
    bytes.extend(4u32.to_le_bytes());
    bytes.extend(10u64.to_le_bytes());
    bytes.extend(5i64.to_le_bytes());
    bytes.extend(1u32.to_le_bytes());
    bytes.extend(1u64.to_le_bytes());
    bytes.extend(1u32.to_le_bytes());
    bytes.extend(2u32.to_le_bytes());
    bytes.extend(11u64.to_le_bytes());
    bytes.extend(0i64.to_le_bytes());
    bytes.extend(0u32.to_le_bytes());
    let made: [u8; 32] = Sha256::digest(&bytes).into();
    assert_eq!(hash(3, 4, [(10, &offer(5, &[thing(1, 2)])), (11, &offer(0, &[]))]), OfferHash(made));
}
