//! Buckets at their edges, and a beat over time.

use super::*;

#[test]
fn a_bound_is_in_its_own_bucket_and_what_is_longer_in_the_next() {
    for (index, &bound_us) in FINE_US.iter().enumerate() {
        for (took_us, bucket) in [(bound_us, index), (bound_us + 1, index + 1)] {
            let mut owned = Distribution::default();
            owned.observe(Duration::from_micros(took_us));
            assert_eq!(owned.counts[bucket], 1, "{took_us} µs");
            assert_eq!((owned.count(), owned.sum_us), (1, took_us));
        }
    }
}

#[test]
fn what_metrics_show_is_cut_where_it_is_counted() {
    let mut owned = Distribution::default();
    for bound_us in BOUNDS_US {
        assert!(FINE_US.contains(&bound_us), "{bound_us}");
        owned.observe(Duration::from_micros(bound_us));
        owned.observe(Duration::from_micros(bound_us + 1));
    }
    let shown: Vec<u64> = BOUNDS_US.iter().map(|&bound_us| owned.up_to(bound_us)).collect();
    let expected: Vec<u64> = (0..16).map(|nth| nth * 2 + 1).collect();
    assert_eq!(shown, expected);
}

#[test]
fn a_share_of_what_was_counted_lately_took_at_most_so_long() {
    let mut owned = Distribution::default();
    assert_eq!(owned.quantile_us(500), None);
    owned.observe(Duration::from_secs(3_600));
    assert_eq!(owned.quantile_us(500), Some(60_000_000));
    let before = owned;
    for took_us in 1..=1_000 {
        owned.observe(Duration::from_micros(took_us));
    }
    let lately = owned.since(&before);
    assert_eq!(lately.count(), 1_000);
    for (permille, exact) in [(10, 10), (500, 500), (900, 900), (990, 990), (1_000, 1_000)] {
        let told = lately.quantile_us(permille).expect("something was counted");
        assert!(told.abs_diff(exact) <= 1 + exact / 50, "{permille}: {told}");
    }
    assert_eq!(owned.since(&owned).quantile_us(990), None);
}

#[test]
fn what_is_shown_or_counted_by_many_reads_alike() {
    let (counted, shown) = (Histogram::default(), Histogram::default());
    let mut owned = Distribution::default();
    for took_us in [0, 99, 400, 7_000_000, u64::MAX] {
        let took = Duration::from_micros(took_us);
        if took_us != u64::MAX {
            counted.observe(took);
            owned.observe(took);
        }
        shown.show(&owned);
        assert_eq!(counted.read(), owned);
        assert_eq!(shown.read(), owned);
    }
    owned.observe(Duration::MAX);
    assert_eq!((owned.count(), owned.sum_us), (5, u64::MAX));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "any moment will do")]
fn a_beat_tells_the_last_turn_and_nothing_before_the_first() {
    let (beat, start) = (Beat::default(), Instant::now());
    assert_eq!(beat.last(), None);
    for ms in [0, 0, 17, 86_400_000] {
        let now = start + Duration::from_millis(ms);
        beat.turn(now);
        assert_eq!(beat.last(), Some(now));
    }
}
