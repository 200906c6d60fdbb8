//! How long turns take, said to the world about once a second, and to the log when logins are slowed down for it.

use std::time::{Duration, Instant};

use super::Turns;
use crate::logic::event::{Event, Now};

/// Times of turns since they were told last.
#[derive(Debug, Default)]
pub(super) struct Times {
    since: Option<Instant>,
    took: Vec<Duration>,
    is_slowed: bool,
}

impl Times {
    /// A turn ended.
    pub(super) fn note(&mut self, took: Duration) {
        if self.took.len() < TURNS_MAX {
            self.took.push(took);
        }
    }

    /// Once a second: all but the longest of a hundred turns took no longer than this.
    fn p99(&mut self, now: Instant) -> Option<Duration> {
        let since = *self.since.get_or_insert(now);
        if now.saturating_duration_since(since) < EVERY || self.took.is_empty() {
            return None;
        }
        self.since = Some(now);
        let at = (self.took.len() * 99).div_ceil(100) - 1;
        let (_, p99, _) = self.took.select_nth_unstable(at);
        let p99 = *p99;
        self.took.clear();
        Some(p99)
    }
}

impl Turns {
    /// Tells the world, if it is time.
    pub(super) fn tell_times(&mut self, now: Now) {
        let Some(p99) = self.times.p99(now.instant) else { return };
        self.world.on_event(Event::TurnTimes { p99 }, now);
        let slowed_to = self.world.logins_slowed_to();
        if self.times.is_slowed == slowed_to.is_some() {
            return;
        }
        self.times.is_slowed = slowed_to.is_some();
        let turn_p99_ms = u64::try_from(p99.as_millis()).unwrap_or(u64::MAX);
        match slowed_to {
            Some(logins_per_s) => {
                tracing::warn!(event = "logins.slowed", logins_per_s, turn_p99_ms, "turns are long");
            }
            None => tracing::info!(event = "logins.recovered", turn_p99_ms),
        }
    }
}

/// Between two times that it is told.
const EVERY: Duration = Duration::from_secs(1);
/// Turns of a second that are looked at: more than one a millisecond are none under load.
const TURNS_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_a_second_the_longest_but_one_of_a_hundred_is_told() {
        let start = crate::driver::instant();
        let mut times = Times::default();
        assert_eq!(times.p99(start), None);
        for ms in (1..=200).rev() {
            times.note(Duration::from_millis(ms));
        }
        assert_eq!(times.p99(start + EVERY / 2), None);
        assert_eq!(times.p99(start + EVERY), Some(Duration::from_millis(198)));
        assert_eq!(times.p99(start + 2 * EVERY), None, "nothing was noted since");
        times.note(Duration::from_millis(7));
        assert_eq!(times.p99(start + 2 * EVERY), Some(Duration::from_millis(7)));
        for _ in 0..2 * TURNS_MAX {
            times.note(Duration::ZERO);
        }
        assert_eq!(times.took.len(), TURNS_MAX);
    }
}
