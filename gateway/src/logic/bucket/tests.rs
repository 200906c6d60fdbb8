//! Budgets over time that the test decides.

use super::*;

const RATE: Rate = Rate { per_s: 10, burst: 5 };

#[test]
fn a_client_in_debt_waits_exactly_until_it_is_paid() {
    let mut bucket = Bucket::full(RATE, 1_000);
    bucket.spend(5);
    assert!(!bucket.is_in_debt());
    bucket.spend(3);
    assert!(bucket.is_in_debt());
    let paid = bucket.paid_at_ms(RATE);
    assert_eq!(paid, 1_300);
    bucket.fill(RATE, paid - 1);
    assert!(bucket.is_in_debt());
    bucket.fill(RATE, paid);
    assert!(!bucket.is_in_debt());
}

#[test]
fn a_quiet_client_saves_no_more_than_the_burst() {
    let mut bucket = Bucket::full(RATE, 0);
    bucket.fill(RATE, 1_000_000);
    bucket.spend(5);
    assert!(!bucket.is_in_debt());
    bucket.spend(1);
    assert!(bucket.is_in_debt());
}
