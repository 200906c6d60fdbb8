//! How the pace follows the turns, and what waiting times it tells.

use std::time::{Duration, Instant};

use super::{Bounds, Pace};

const MS: Duration = Duration::from_millis(1);

fn pace() -> Pace {
    Pace::new(Bounds { per_s_min: 100, per_s_max: 2_000, turn: 66 * MS })
}

/// Logins that begin in this time, tried each millisecond.
fn begun(pace: &mut Pace, from: Instant, ms: u32) -> usize {
    (0..ms).map(|at| (0..10_000).take_while(|_| pace.take(from + at * MS).is_ok()).count()).sum()
}

#[test]
fn it_begins_at_the_top_halves_with_long_turns_and_comes_back_step_by_step() {
    let mut pace = pace();
    assert_eq!((pace.per_s(), pace.is_slowed()), (2_000, false));
    let mut seen = Vec::new();
    for _ in 0..6 {
        pace.on_turns(60 * MS);
        seen.push(pace.per_s());
    }
    assert_eq!(seen, [1_000, 500, 250, 125, 100, 100]);
    assert!(pace.is_slowed());
    // Between the bounds it stays.
    pace.on_turns(59 * MS);
    pace.on_turns(40 * MS);
    assert_eq!(pace.per_s(), 100);
    for _ in 0..18 {
        pace.on_turns(39 * MS);
    }
    assert_eq!((pace.per_s(), pace.is_slowed()), (1_900, true));
    pace.on_turns(MS);
    assert_eq!((pace.per_s(), pace.is_slowed()), (2_000, false));
    pace.on_turns(MS);
    assert_eq!(pace.per_s(), 2_000);
}

#[test]
fn no_more_begin_than_the_pace_allows_after_a_burst_of_a_quarter_second() {
    let now = crate::logic::testing::start();
    let mut pace = pace();
    assert_eq!(begun(&mut pace, now, 1), 500);
    assert_eq!(begun(&mut pace, now + MS, 1_000), 2_000);
    pace.on_turns(100 * MS);
    let later = now + Duration::from_secs(10);
    assert_eq!(begun(&mut pace, later, 1), 250, "what was saved up at twice the pace is cut");
    assert_eq!(begun(&mut pace, later + MS, 1_000), 1_000);
}

#[test]
fn other_bounds_hold_at_once_and_a_pace_that_was_slowed_comes_back_step_by_step() {
    let now = crate::logic::testing::start();
    let mut pace = pace();
    let bounds = |per_s_min, per_s_max| Bounds { per_s_min, per_s_max, turn: 66 * MS };
    pace.take_bounds(bounds(1, 8));
    assert_eq!((pace.per_s(), begun(&mut pace, now, 1)), (8, 2));
    pace.take_bounds(bounds(100, 4_000));
    assert_eq!((pace.per_s(), pace.is_slowed()), (4_000, false));
    pace.on_turns(60 * MS);
    pace.take_bounds(bounds(100, 6_000));
    assert_eq!((pace.per_s(), pace.is_slowed()), (2_000, true));
    pace.take_bounds(bounds(100, 1_000));
    assert_eq!((pace.per_s(), pace.is_slowed()), (1_000, false));
    pace.on_turns(60 * MS);
    pace.take_bounds(bounds(700, 1_000));
    assert_eq!(pace.per_s(), 700);
}

#[test]
fn whoever_waits_is_looked_at_again_in_groups() {
    let now = crate::logic::testing::start();
    let mut pace = pace();
    begun(&mut pace, now, 1);
    assert_eq!(pace.take(now), Err(now + 10 * MS));
}

#[test]
fn waiting_times_are_told_from_what_was_measured_and_nothing_from_nothing() {
    let now = crate::logic::testing::start();
    let mut pace = pace();
    assert_eq!(pace.wait_ms(2_000), 1_000, "at first as the pace allows");
    pace.measure(true, now);
    assert_eq!(begun(&mut pace, now, 1), 500);
    // There was room for no more than these.
    pace.measure(true, now + Duration::from_secs(1));
    assert_eq!(pace.wait_ms(2_000), 1_600, "the mean of 2,000 and 500 a second");
    for s in 2..40 {
        pace.measure(true, now + Duration::from_secs(s));
    }
    assert_eq!(pace.wait_ms(1), 0, "nobody was let in for long");
    pace.measure(false, now);
    assert_eq!(pace.wait_ms(2_000), 1_000);
}
