//! Percentiles of known distributions.

use super::*;
use crate::logic::times::US_MAX;

#[test]
fn percentiles_of_one_to_a_thousand_milliseconds_are_what_they_must_be() {
    let mut stats = Stats::default();
    for ms in 1..=1_000 {
        stats.sent(Deed::Pay);
        stats.ended(Deed::Pay, Ending::Ok, Duration::from_millis(ms));
    }
    let figures = stats.figures(Duration::from_secs(10));
    let [pay] = figures.as_slice() else { panic!("one row, not {figures:?}") };
    for (got, ms) in
        [(pay.p50_us, 500), (pay.p90_us, 900), (pay.p99_us, 990), (pay.p999_us, 999), (pay.max_us, 1_000)]
    {
        let wanted = ms * 1_000;
        assert!(got.abs_diff(wanted) * 1_000 <= wanted, "{got} µs for {wanted} µs");
    }
    assert_eq!((pay.ok, pay.name.as_str()), (1_000, "pay"));
    assert!((pay.ok_per_s - 100.0).abs() < f64::EPSILON);
}

#[test]
fn what_got_no_answer_has_no_latency_and_what_was_not_sent_is_told() {
    let mut stats = Stats::default();
    stats.sent(Deed::Chat);
    stats.ended(Deed::Chat, Ending::Unanswered, Duration::from_secs(9));
    stats.unsent(Deed::Echo, 3);
    let figures = stats.figures(Duration::from_secs(1));
    let [chat, echo] = figures.as_slice() else { panic!("two rows, not {figures:?}") };
    assert_eq!((chat.unanswered, chat.max_us, chat.p50_us), (1, 0, 0));
    assert_eq!((echo.sent, echo.unsent), (0, 3));
    assert_eq!(stats.ok_total(), 0);
}

#[test]
fn a_latency_beyond_an_hour_is_an_hour() {
    let mut stats = Stats::default();
    stats.sent(Deed::Login);
    stats.ended(Deed::Login, Ending::Ok, Duration::from_secs(1_000_000));
    let max_us = stats.figures(Duration::ZERO)[0].max_us;
    assert!(max_us.abs_diff(US_MAX) * 1_000 <= US_MAX, "{max_us}");
    assert_eq!(stats.ok_total(), 0, "a login is no command");
}
