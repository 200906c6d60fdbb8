//! Whoever plays learns when what they did is not safe on disk for seconds, and when it is again.

use std::time::{Duration, Instant};

use super::{event::Now, world::World};

/// How long output has been waiting for the disk without any of it getting there.
#[derive(Debug, Default)]
pub(crate) struct Delays {
    /// Since then nothing became durable, and something waits.
    since: Option<Instant>,
    /// From then on nothing has waited for long.
    calm: Option<Instant>,
    /// Players know.
    is_told: bool,
}

impl Delays {
    /// Something became durable.
    pub(super) fn progress(&mut self) {
        self.since = None;
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        match self.calm.filter(|_| self.is_told) {
            Some(calm) => Some(calm + LONG),
            None => self.since.filter(|_| !self.is_told).map(|since| since + LONG),
        }
    }
}

impl World {
    /// Tells players of a delay, once, and of its end: when nothing waits, or nothing has waited for long for a while.
    pub(super) fn delays_due(&mut self, now: Now) {
        let waits = 0 < self.delivery.waiting_bytes();
        if !waits {
            self.delays.since = None;
        }
        let since = match (waits, self.delays.since) {
            (true, None) => *self.delays.since.insert(now.instant),
            (_, since) => since.unwrap_or(now.instant),
        };
        let waited = now.instant.saturating_duration_since(since);
        if SHORT < waited {
            self.delays.calm = None;
        } else {
            self.delays.calm.get_or_insert(now.instant);
        }
        let is_calm =
            self.delays.calm.is_some_and(|calm| LONG <= now.instant.saturating_duration_since(calm));
        if !self.delays.is_told && LONG <= waited {
            self.delays.is_told = true;
            let text = "Saving takes longer than usual. Nothing is lost; answers come late.";
            self.tell_everybody("save_delayed", text);
        } else if self.delays.is_told && (!waits || is_calm) {
            self.delays.is_told = false;
            self.tell_everybody("saves_again", "Everything is saved again.");
        }
    }
}

/// As long as a disk may take on any day.
const SHORT: Duration = Duration::from_millis(500);
/// Nobody notices less (reliability §3).
const LONG: Duration = Duration::from_secs(3);
