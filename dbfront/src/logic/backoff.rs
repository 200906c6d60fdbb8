//! How long to wait before the next try of something that fails for a while: doubling, capped, spread.

use std::time::{Duration, Instant};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    tries: u32,
    since: Option<Instant>,
    spread: u64,
}

impl Backoff {
    /// `seed`: any number, so that several processes do not knock in step.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { tries: 0, since: None, spread: seed | 1 }
    }

    /// It failed: when to try again.
    pub fn failed(&mut self, now: Instant) -> Instant {
        self.since.get_or_insert(now);
        let base = FIRST.saturating_mul(1 << self.tries.min(16)).min(MAX);
        self.tries = self.tries.saturating_add(1);
        // xorshift64: any spread will do.
        self.spread ^= self.spread << 13;
        self.spread ^= self.spread >> 7;
        self.spread ^= self.spread << 17;
        let quarter = u64::try_from(base.as_micros() / 4).unwrap_or(u64::MAX).max(1);
        now + base - Duration::from_micros(self.spread % quarter)
    }

    /// It worked.
    pub fn worked(&mut self) {
        self.tries = 0;
        self.since = None;
    }

    /// Since when it has been failing.
    #[must_use]
    pub fn failing_since(&self) -> Option<Instant> {
        self.since
    }

    /// Tries since it last worked.
    #[must_use]
    pub fn tries(&self) -> u32 {
        self.tries
    }
}

const FIRST: Duration = Duration::from_millis(20);
/// The longest pause between two tries.
pub const MAX: Duration = Duration::from_secs(5);
/// Failing for so long raises an alarm.
pub const ALARM_AFTER: Duration = Duration::from_secs(30);
