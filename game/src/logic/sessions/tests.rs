//! Sessions alone: sequence, answers, budgets.

use super::*;

#[test]
fn numbers_are_dense_and_each_ok_leaves_its_bit() {
    let mut numbers = Numbers::default();
    assert!(numbers.arrive(1));
    numbers = numbers.with_ok(1);
    assert!(numbers.arrive(2));
    assert!(numbers.arrive(3));
    numbers = numbers.with_ok(3);
    assert_eq!(numbers, Numbers { last: 3, ok: 0b101 });
    assert!(!numbers.arrive(3), "repeated");
    assert!(!numbers.arrive(5), "skipped");
    assert_eq!(numbers, Numbers { last: 3, ok: 0b101 });
}

#[test]
fn a_command_decided_late_sets_its_own_bit() {
    let mut numbers = Numbers::default();
    assert!((1..=64).all(|cseq| numbers.arrive(cseq)));
    assert_eq!(numbers.with_ok(1), Numbers { last: 64, ok: 1 << 63 });
    assert!(numbers.arrive(65));
    assert_eq!(numbers.with_ok(1).ok, 0, "beyond 64 there is no bit");
}

#[test]
fn the_last_number_of_all_ends_the_sequence() {
    let last = i64::MAX.cast_unsigned();
    let mut numbers = Numbers { last: last - 1, ok: 0 };
    assert!(numbers.arrive(last));
    assert!(!numbers.arrive(last + 1));
}
