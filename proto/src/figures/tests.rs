//! Buckets at their edges, and a beat over time.

use super::*;

#[test]
fn a_bound_is_in_its_own_bucket_and_what_is_longer_in_the_next() {
    for (index, &bound_us) in BOUNDS_US.iter().enumerate() {
        for (took_us, bucket) in [(bound_us, index), (bound_us + 1, index + 1)] {
            let mut owned = Distribution::default();
            owned.observe(Duration::from_micros(took_us));
            assert_eq!(owned.counts[bucket], 1, "{took_us} µs");
            assert_eq!((owned.count(), owned.sum_us), (1, took_us));
        }
    }
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
