//! How many logins a second are begun: more while turns are short, half as many as soon as they are long; and how many it
//! were in truth, which is what waiting times are told from. Knows no queue and no clock.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use crate::logic::budget::{Bucket, Rate};

/// Between which bounds the pace is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Logins a second, at least 1.
    pub(crate) per_s_min: u32,
    /// See `per_s_min`.
    pub(crate) per_s_max: u32,
    /// What a turn may take.
    pub(crate) turn: Duration,
}

/// See the module. It begins at its upper bound.
#[derive(Debug)]
pub(crate) struct Pace {
    bounds: Bounds,
    per_s: u32,
    /// It was halved, and has not come back to the upper bound.
    is_slowed: bool,
    bucket: Option<Bucket>,
    measured: Option<Measured>,
}

/// What was begun while others waited.
#[derive(Clone, Copy, Debug)]
struct Measured {
    since: Instant,
    begun: u64,
    /// Thousandths of a login, a second.
    milli_per_s: u64,
}

impl Pace {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self { bounds, per_s: bounds.per_s_max, is_slowed: false, bucket: None, measured: None }
    }

    /// Goes by other bounds from now on: at once at the upper one, unless long turns had slowed it.
    pub(crate) fn take_bounds(&mut self, bounds: Bounds) {
        let Bounds { per_s_min, per_s_max, .. } = bounds;
        self.per_s = if self.is_slowed { self.per_s.clamp(per_s_min, per_s_max) } else { per_s_max };
        self.is_slowed &= self.per_s < per_s_max;
        self.bounds = bounds;
    }

    /// Logins a second that may begin now.
    pub(crate) fn per_s(&self) -> u32 {
        self.per_s
    }

    pub(crate) fn is_slowed(&self) -> bool {
        self.is_slowed
    }

    /// How long the turns of the last second took: all but one of a hundred not longer than this.
    pub(crate) fn on_turns(&mut self, took: Duration) {
        let Bounds { per_s_min, per_s_max, turn } = self.bounds;
        if turn * LONG_PERCENT / 100 < took {
            self.is_slowed |= per_s_min < self.per_s;
            self.per_s = (self.per_s / 2).max(per_s_min);
        } else if took < turn * SHORT_PERCENT / 100 {
            let more = (per_s_max / STEPS).max(1);
            self.per_s = self.per_s.saturating_add(more).min(per_s_max);
            self.is_slowed &= self.per_s < per_s_max;
        }
    }

    /// Begins one login.
    ///
    /// # Errors
    /// When the next one may begin.
    pub(crate) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        // What a few turns' worth is may begin in one, so that the queue need not be looked at for each login.
        let rate = Rate { per_s: self.per_s, burst: (self.per_s / BURSTS_PER_S).max(1) };
        let bucket = self.bucket.get_or_insert_with(|| Bucket::full(rate, now));
        bucket.take(1, rate, now).map_err(|wait| now + wait.max(BETWEEN))?;
        if let Some(measured) = &mut self.measured {
            measured.begun += 1;
        }
        Ok(())
    }

    /// Measures while somebody waits, from the time that this began.
    pub(crate) fn measure(&mut self, is_waiting: bool, now: Instant) {
        if !is_waiting {
            self.measured = None;
            return;
        }
        let at_first = Measured { since: now, begun: 0, milli_per_s: u64::from(self.per_s) * 1_000 };
        let measured = self.measured.get_or_insert(at_first);
        let ms = u64::try_from(now.saturating_duration_since(measured.since).as_millis()).unwrap_or(u64::MAX);
        if 1_000 <= ms {
            let seen = measured.begun * 1_000_000 / ms;
            measured.milli_per_s = (measured.milli_per_s + seen) / 2;
            (measured.since, measured.begun) = (now, 0);
        }
    }

    /// How long whoever is at this position will wait, milliseconds; 0: nobody knows.
    pub(crate) fn wait_ms(&self, position: u32) -> u32 {
        let allowed = u64::from(self.per_s) * 1_000;
        let milli_per_s = self.measured.map_or(allowed, |measured| measured.milli_per_s.min(allowed));
        let ms = (u64::from(position) * 1_000_000).checked_div(milli_per_s).unwrap_or(0);
        u32::try_from(ms).unwrap_or(u32::MAX)
    }
}

/// Of what a turn may take.
const SHORT_PERCENT: u32 = 60;
/// See [`SHORT_PERCENT`].
const LONG_PERCENT: u32 = 90;
/// From nothing to the upper bound in so many seconds of short turns.
const STEPS: u32 = 20;
const BURSTS_PER_S: u32 = 4;
/// While somebody waits, logins begin in groups, not sooner than so long after one another.
const BETWEEN: Duration = Duration::from_millis(10);
