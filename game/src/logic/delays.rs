//! Whoever plays learns when what they did is not safe on disk for seconds, and when it is again.

use std::time::{Duration, Instant};

use super::{event::Now, world::World};

/// How long output has been waiting for the disk without any of it getting there.
#[derive(Debug, Default)]
pub(crate) struct Delays {
    /// Since then nothing became durable, and something waits.
    since: Option<Instant>,
    /// Players know.
    is_told: bool,
}

impl Delays {
    /// Something became durable.
    pub(super) fn progress(&mut self) {
        self.since = None;
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.since.filter(|_| !self.is_told).map(|since| since + LONG)
    }
}

impl World {
    /// Tells players of a delay, once, and of its end.
    pub(super) fn delays_due(&mut self, now: Now) {
        let waits = 0 < self.delivery.waiting_bytes();
        if !waits {
            self.delays.since = None;
        }
        let since = match (waits, self.delays.since) {
            (true, None) => *self.delays.since.insert(now.instant),
            (_, since) => since.unwrap_or(now.instant),
        };
        let is_long = LONG <= now.instant.saturating_duration_since(since);
        if is_long && !self.delays.is_told {
            self.delays.is_told = true;
            self.tell_everybody(
                "save_delayed",
                "Saving takes longer than usual. Nothing is lost; answers come late.",
            );
        } else if self.delays.is_told && !is_long {
            self.delays.is_told = false;
            self.tell_everybody("saves_again", "Everything is saved again.");
        }
    }
}

/// Nobody notices less (reliability §3).
const LONG: Duration = Duration::from_secs(3);
