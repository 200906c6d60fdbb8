//! Ranges against a set of keys.

use std::collections::BTreeSet;

use super::*;

const KEYS: i64 = 24;

fn key(number: i64) -> RowKey {
    RowKey::Int(number)
}

/// What the cover says, key by key, and whether its ranges are apart.
fn shown(cover: &Cover) -> BTreeSet<i64> {
    let ranges: Vec<_> = cover.ranges.iter().collect();
    for pair in ranges.windows(2) {
        assert!(!pair[0].1.reaches(pair[1].0.as_ref()), "{ranges:?}");
    }
    (0..KEYS).filter(|&number| cover.has(&key(number))).collect()
}

#[test]
fn ranges_that_come_and_go_in_any_order_hold_what_a_set_of_keys_would() {
    let mut seed = 7u64;
    let mut random = move |below: i64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        i64::try_from(seed % below.unsigned_abs()).expect("small")
    };
    for _ in 0..200 {
        let mut cover = Cover::default();
        let mut model = BTreeSet::new();
        for _ in 0..60 {
            let (one, two) = (random(KEYS + 1) - 1, random(KEYS + 1) - 1);
            let (after, upto) = (one.min(two), one.max(two));
            match random(3) {
                0 if after < upto => {
                    cover.cut(&key(after), &key(upto));
                    model.retain(|&number| number <= after || upto < number);
                }
                _ => {
                    let first = (after != -1).then(|| key(after));
                    let last = (upto != KEYS - 1).then(|| key(upto));
                    cover.extend(first.as_ref(), last.as_ref());
                    model.extend(after + 1..=upto);
                }
            }
            assert_eq!(shown(&cover), model);
            for number in 0..KEYS {
                let covered = (number + 1..KEYS).take_while(|next| model.contains(next)).last();
                let from = cover.from(Some(&key(number))).map(|upto| upto.cloned());
                match (from, covered) {
                    (None, None) => {}
                    (Some(None), _) => assert!((number + 1..KEYS).all(|next| model.contains(&next))),
                    (Some(Some(RowKey::Int(upto))), Some(last)) => assert_eq!(upto, last),
                    other => panic!("after {number}: {other:?}"),
                }
            }
        }
    }
}

#[test]
fn a_forgotten_row_takes_its_range_with_it_and_no_other() {
    let mut cover = Cover::default();
    cover.extend(Some(&key(0)), Some(&key(5)));
    cover.extend(Some(&key(10)), None);
    cover.forget(&key(3));
    cover.forget(&key(7));
    assert!(!cover.has(&key(1)) && cover.has(&key(11)));
    assert_eq!(cover.from(Some(&key(10))), Some(None));
}

#[test]
fn ranges_beyond_the_bound_make_room_in_turn() {
    let mut cover = Cover::default();
    let bound = i64::try_from(RANGES_MAX).expect("small");
    for number in 0..bound + 100 {
        cover.extend(Some(&key(number * 3)), Some(&key(number * 3 + 1)));
    }
    assert_eq!(cover.ranges.len(), RANGES_MAX);
    assert!(cover.has(&key((bound + 99) * 3 + 1)), "the last one is there");

    let mut cover = Cover::default();
    cover.extend(None, None);
    for number in 0..bound + 100 {
        cover.cut(&key(number * 3), &key(number * 3 + 1));
    }
    assert!(cover.ranges.len() <= RANGES_MAX);
}
