//! A token bucket: so much a second, so much saved up. Knows no clock.

use std::time::{Duration, Instant};

/// How fast a bucket fills and how much it holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// Tokens a second, at least 1.
    pub(crate) per_s: u32,
    /// Tokens at most.
    pub(crate) burst: u32,
}

/// A bucket, full at first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    /// In thousandths of a token.
    milli: u64,
    filled_at: Instant,
}

impl Bucket {
    pub(crate) fn full(rate: Rate, now: Instant) -> Self {
        Self { milli: u64::from(rate.burst) * 1_000, filled_at: now }
    }

    /// Takes `cost` tokens, or all that it holds where that is less: what costs more would be refused for ever.
    ///
    /// # Errors
    /// How long it takes until there are as many.
    pub(crate) fn take(&mut self, cost: u32, rate: Rate, now: Instant) -> Result<(), Duration> {
        self.fill(rate, now);
        let cost = u64::from(cost.min(rate.burst)) * 1_000;
        match self.milli.checked_sub(cost) {
            Some(left) => {
                self.milli = left;
                Ok(())
            }
            None => Err(Duration::from_millis((cost - self.milli).div_ceil(u64::from(rate.per_s.max(1))))),
        }
    }

    fn fill(&mut self, rate: Rate, now: Instant) {
        let us = now.saturating_duration_since(self.filled_at).as_micros();
        let fresh = u64::try_from(us).unwrap_or(u64::MAX).saturating_mul(rate.per_s.into()) / 1_000;
        // Less than a thousandth is not filled in yet, and its time is not forgotten.
        if 0 < fresh {
            self.milli = self.milli.saturating_add(fresh).min(u64::from(rate.burst) * 1_000);
            self.filled_at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_followed_by_the_rate() {
        let start = crate::logic::testing::start();
        let rate = Rate { per_s: 50, burst: 100 };
        let mut bucket = Bucket::full(rate, start);
        assert!((0..100).all(|_| bucket.take(1, rate, start).is_ok()));
        assert_eq!(bucket.take(1, rate, start), Err(Duration::from_millis(20)));
        assert_eq!(bucket.take(1, rate, start + Duration::from_millis(20)), Ok(()));
        let later = start + Duration::from_secs(60);
        assert!((0..100).all(|_| bucket.take(1, rate, later).is_ok()));
        assert!(bucket.take(1, rate, later).is_err(), "no more than the burst is saved up");
    }

    #[test]
    fn what_costs_more_than_the_burst_takes_all_of_it_and_is_not_refused_for_ever() {
        let start = crate::logic::testing::start();
        let rate = Rate { per_s: 1, burst: 2 };
        let mut bucket = Bucket::full(rate, start);
        assert_eq!(bucket.take(25, rate, start), Ok(()));
        let wait = bucket.take(25, rate, start).expect_err("empty");
        assert_eq!(wait, Duration::from_secs(2));
        assert_eq!(bucket.take(25, rate, start + wait), Ok(()), "as it was told");
    }
}
