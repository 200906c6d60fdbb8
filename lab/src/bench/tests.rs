//! The small size of each part that needs no process of its own: does it work, never how fast.

use std::time::Duration;

use super::{
    Row, apply, cache, calls, figure,
    journal::{Bench, groups_per_s},
    line,
    pay::pay_bare,
    rounds::{Measured, in_turns, median},
    scan::{FRAME_BYTES, Written},
};
use crate::bare::{checksums::Checksums, pingpong::PingPong, sqlite::Payments, upserts::File};

const SHORT: Duration = Duration::from_millis(20);

#[test]
fn the_journal_under_test_takes_groups_through_several_segments() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::create(folder.path(), 10, 64 * 1024).unwrap();
    for _ in 0..200 {
        bench.append().unwrap();
    }
    let rate = groups_per_s(10, Duration::ZERO, SHORT, || bench.append()).unwrap();
    assert!(rate >= 0.0);
}

#[test]
fn the_scan_under_test_sees_every_record_and_its_reference_every_byte() {
    let folder = tempfile::tempdir().unwrap();
    let written = Written::create(folder.path(), 2 << 20, 512 << 10, Duration::MAX).unwrap();
    assert!((2 << 20..4 << 20).contains(&written.bytes));
    assert!(written.scan().unwrap() > 0.0);
    let sum = || {
        let mut bare = Checksums::of(&folder.path().join("journal"), FRAME_BYTES).unwrap();
        assert!(bare.read().unwrap() > 0.0);
        bare.sum()
    };
    let before = sum();
    assert_eq!(before, sum());
    let path = folder.path().join("journal/0000000000000001.seg");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[4096 + 100] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_ne!(before, sum());
    assert!(written.scan().is_err(), "a record that was acknowledged is damaged");
}

#[test]
fn the_reference_payments_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut payments = Payments::create(&folder.path().join("bare.db"), 4).unwrap();
    assert!(pay_bare(&mut payments, SHORT).unwrap() >= 0.0);
    let (paid, gold) = payments.totals().unwrap();
    assert!(paid >= 0);
    assert_eq!(gold, 4_000_000_000);
}

#[test]
fn the_store_under_test_and_its_reference_keep_the_same_wallets() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut bench = apply::Bench::create(&format!("sqlite:{}", path("game.db").display())).unwrap();
    let mut bare = File::create(&path("bare.db")).unwrap();
    apply::Wallets::first().for_each(|wallets| bare.upsert(&wallets).unwrap());
    let mut reference = apply::Wallets::new();
    for _ in 0..50 {
        bench.apply().unwrap();
        bare.upsert(&reference.next()).unwrap();
    }
    let sums = |name: &str| {
        let db = rusqlite::Connection::open(path(name)).unwrap();
        let sql = "SELECT count(*), sum(gold), sum(ver) FROM wallet";
        db.query_row(sql, [], |row| <(i64, i64, i64)>::try_from(row)).unwrap()
    };
    assert_eq!(sums("game.db"), sums("bare.db"));
    assert_eq!(sums("bare.db").2, 20_000 + 50 * 500);
}

#[test]
fn subject_and_reference_take_turns_and_medians_count() {
    let order = std::cell::RefCell::new(String::new());
    let mut values = [3.0, 1.0, 2.0].into_iter();
    let measured = in_turns(
        3,
        || {
            order.borrow_mut().push('A');
            Ok(values.next().unwrap_or(0.0))
        },
        || {
            order.borrow_mut().push('B');
            Ok(4.0)
        },
    )
    .unwrap();
    assert_eq!(order.into_inner(), "ABABAB");
    assert_eq!(measured, Measured { subject: 2.0, reference: 4.0 });
    assert!(median(&mut []).abs() < f64::EPSILON);
}

#[test]
fn a_row_says_whether_its_target_is_met() {
    let measured = Measured { subject: 50.0, reference: 100.0 };
    assert!(Row::ratio("a", "x/s", measured, 0.5).ok);
    let missed = Row::ratio("a", "x/s", measured, 0.6);
    assert!(!missed.ok);
    assert!(line(&missed).ends_with("MISSED"));
    let plain = Row::plain("b", "s", 1.5, None);
    assert!(plain.ok);
    let json = serde_json::to_value(&plain).unwrap();
    assert_eq!(
        json,
        serde_json::json!({ "name": "b", "value": 1.5, "reference": null, "ratio": null, "target": null, "ok": true })
    );
}

#[test]
fn figures_are_short_when_small_and_grouped_when_large() {
    assert_eq!(figure(1.234), "1.23");
    assert_eq!(figure(123.4), "123");
    assert_eq!(figure(1_234_567.0), "1,234,567");
}

#[test]
fn calls_and_the_bare_ping_pong_all_come_back_alone_and_many_at_once() {
    let end = || crate::clock::now() + SHORT;
    let (mut bench, mut bare) = (calls::Bench::start().unwrap(), PingPong::start(88).unwrap());
    assert!(calls::DEPTH as u64 <= bench.run(calls::DEPTH, end()).unwrap());
    assert!(calls::DEPTH as u64 <= bare.run(calls::DEPTH, end()).unwrap());
    let mut times = Vec::new();
    bench.alone(10, |time| times.push(time)).unwrap();
    bare.alone(10, |time| times.push(time)).unwrap();
    assert_eq!(times.len(), 20);
}

#[test]
fn two_tiers_answer_a_twentieth_more_reads_than_one_of_the_same_bytes() {
    let measured = cache::measure(10_000, 30_000);
    let (one, two) = (&measured.one, &measured.two);
    println!("one tier {:.3}, two {:.3} ({:.3} deflated)", one.hits, two.hits, two.cold);
    assert!(one.hits * 1.05 <= two.hits, "{} and {}", one.hits, two.hits);
    assert!(one.rows * 2 < two.rows, "{} and {}", one.rows, two.rows);
}
