//! Schedules, run in no time.

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng as _};

use super::*;
use crate::Scenario;

fn schedule(seed: u64) -> Schedule {
    let options =
        Options { duration: Duration::from_secs(60), scenario: Scenario::Small, ..Options::new("") };
    Schedule::new(options.scenario, &options, &mut ChaCha8Rng::seed_from_u64(seed))
}

fn all(mut schedule: Schedule) -> Vec<(Duration, Action)> {
    std::iter::from_fn(|| schedule.take(Duration::from_secs(3_600))).collect()
}

#[test]
fn a_minute_of_mixed_is_sixty_payments_and_twelve_lines_in_order_of_time() {
    let taken = all(schedule(7));
    assert_eq!(taken.iter().filter(|(_, action)| *action == Action::Pay).count(), 60);
    assert_eq!(taken.iter().filter(|(_, action)| *action == Action::Chat).count(), 12);
    assert!(taken.is_sorted_by_key(|(at, _)| *at));
}

#[test]
fn the_same_seed_gives_the_same_times_and_another_seed_others() {
    assert_eq!(all(schedule(7)), all(schedule(7)));
    assert_ne!(all(schedule(7)), all(schedule(8)));
}

#[test]
fn nothing_is_taken_before_its_time_and_what_is_late_keeps_its_time() {
    let mut schedule = schedule(7);
    let (first, _) = schedule.peek().expect("a run has a first intention");
    assert_eq!(schedule.take(first - Duration::from_nanos(1)), None);
    let late = first + Duration::from_secs(30);
    assert_eq!(schedule.take(late).map(|(at, _)| at), Some(first), "the intended time, not the late one");
}

#[test]
fn what_was_not_sent_is_counted_by_kind() {
    let mut schedule = schedule(7);
    while schedule.take(Duration::from_secs(30)).is_some() {}
    let mut dropped = schedule.drop_rest();
    dropped.sort_by_key(|(_, count)| *count);
    assert_eq!(dropped, [(Action::Chat, 6), (Action::Pay, 30)]);
    assert_eq!(schedule.peek(), None);
}
