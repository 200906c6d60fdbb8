//! Looks every 50 ms at calls that run, wait, starve, stop and grow.

use std::time::{Duration, Instant};

use super::{
    super::Why,
    Bounds,
    Doing::{self, Held, Runs, Waits},
    Patience, Sample,
};

/// A call that is looked at, and what its thread has used so far.
struct Story {
    patience: Patience,
    now: Instant,
    processor: Duration,
    resident_bytes: u64,
}

impl Story {
    fn new() -> Self {
        let bounds = Bounds { time: ms(2_000), step: ms(100), memory_bytes: 1_000 };
        let now = crate::driver::instant();
        Self { patience: Patience::new(bounds), now, processor: ms(70_000), resident_bytes: 5_000 }
    }

    /// So much later it has run for so long since the last look.
    fn look(&mut self, later_ms: u64, call: u64, doing: Doing, ran_ms: u64) -> Option<Why> {
        self.now += ms(later_ms);
        self.processor += ms(ran_ms);
        let (processor, resident_bytes) = (self.processor, self.resident_bytes);
        let sample = Sample { doing, processor, resident_bytes };
        self.patience.step(self.now, Some(call), || Some(sample))
    }

    /// Looks until it is given up, and how many that took.
    fn until_given_up(&mut self, doing: Doing, ran_ms: u64) -> Option<(usize, Why)> {
        (1..=1_000).find_map(|count| self.look(50, 1, doing, ran_ms).map(|why| (count, why)))
    }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn a_call_that_runs_for_two_seconds_is_stuck() {
    // The first look only begins to count.
    assert_eq!(Story::new().until_given_up(Runs, 50), Some((41, Why::Stuck)));
}

#[test]
fn a_call_that_waits_for_two_seconds_is_stuck_without_using_the_processor() {
    assert_eq!(Story::new().until_given_up(Waits, 0), Some((41, Why::Stuck)));
}

#[test]
fn a_call_that_gets_a_tenth_of_a_processor_has_ten_times_as_long() {
    assert_eq!(Story::new().until_given_up(Runs, 5), Some((401, Why::Stuck)));
    assert_eq!(Story::new().until_given_up(Runs, 0), None, "it never ran");
}

#[test]
fn a_call_of_a_stopped_process_or_on_a_slow_disk_is_not_stuck() {
    assert_eq!(Story::new().until_given_up(Held, 0), None);
}

#[test]
fn time_in_which_nobody_looked_does_not_count() {
    let mut story = Story::new();
    for _ in 0..19 {
        assert_eq!(story.look(60_000, 1, Waits, 0), None, "stopped for a minute each time");
    }
    assert_eq!(story.look(60_000, 1, Waits, 0), None);
    assert_eq!(story.look(60_000, 1, Waits, 0), Some(Why::Stuck), "twenty steps of 100 ms");
}

#[test]
fn calls_that_return_are_counted_anew() {
    let mut story = Story::new();
    for call in 0..100 {
        for _ in 0..39 {
            assert_eq!(story.look(50, call, Runs, 50), None);
        }
    }
    for _ in 0..39 {
        assert_eq!(story.look(50, 100, Runs, 50), None);
    }
    assert_eq!(story.patience.step(story.now, None, || None), None);
    for _ in 0..39 {
        assert_eq!(story.look(50, 100, Runs, 50), None, "nothing was under way in between");
    }
}

#[test]
fn a_call_during_which_the_process_grows_too_much_is_given_up() {
    let mut story = Story::new();
    assert_eq!(story.look(50, 1, Runs, 50), None);
    story.resident_bytes += 999;
    assert_eq!(story.look(50, 1, Runs, 50), None);
    assert_eq!(story.look(50, 2, Runs, 50), None, "another call begins with what there is");
    story.resident_bytes += 999;
    assert_eq!(story.look(50, 2, Runs, 50), None);
    story.resident_bytes += 1;
    assert_eq!(story.look(50, 2, Runs, 50), Some(Why::Memory));
}

#[test]
fn where_the_system_does_not_tell_time_alone_decides() {
    let mut story = Story::new();
    let mut looks = 0;
    loop {
        looks += 1;
        story.now += ms(50);
        match story.patience.step(story.now, Some(1), || None) {
            None => assert!(looks < 100),
            Some(why) => {
                assert_eq!((looks, why), (41, Why::Stuck));
                return;
            }
        }
    }
}
