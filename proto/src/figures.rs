//! How a process counts what one number cannot say: how long something takes, as counts in fixed buckets, and
//! whether its loop still turns. Names no figure, and reads no clock.

#[cfg(test)]
mod tests;

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// The bounds that metrics show, microseconds, inclusive: each is one of [`FINE_US`].
pub const BOUNDS_US: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000, 10_000_000,
];

/// Upper bounds of the buckets in which is counted, microseconds, inclusive: from one to the next it is at most half as
/// much again, from 100 on a quarter. A last bucket takes what is longer.
pub const FINE_US: [u64; FINE] = fine();

/// Steps of each power of ten, in hundredths.
const STEPS: [u64; 15] = [100, 125, 150, 175, 200, 250, 300, 350, 400, 450, 500, 600, 700, 800, 900];
const BELOW_100: [u64; 8] = [10, 15, 20, 30, 40, 50, 60, 80];
/// From 100 µs to 10 s.
const DECADES: usize = 5;
const FROM_10_S: [u64; 5] = [10_000_000, 15_000_000, 20_000_000, 30_000_000, 60_000_000];
const FINE: usize = BELOW_100.len() + DECADES * STEPS.len() + FROM_10_S.len();
const BUCKETS: usize = FINE + 1;

const fn fine() -> [u64; FINE] {
    let mut bounds = [0; FINE];
    let mut at = 0;
    while at < BELOW_100.len() {
        bounds[at] = BELOW_100[at];
        at += 1;
    }
    let (mut decade, mut unit) = (0, 1);
    while decade < DECADES {
        let mut step = 0;
        while step < STEPS.len() {
            bounds[at] = STEPS[step] * unit;
            (at, step) = (at + 1, step + 1);
        }
        (decade, unit) = (decade + 1, unit * 10);
    }
    let mut last = 0;
    while last < FROM_10_S.len() {
        bounds[at] = FROM_10_S[last];
        (at, last) = (at + 1, last + 1);
    }
    bounds
}

const _: () = {
    // The bucket is found by halving.
    let mut index = 1;
    while index < FINE_US.len() {
        assert!(FINE_US[index - 1] < FINE_US[index]);
        index += 1;
    }
};

/// How long things took, counted by one owner. Counts only grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// Of each bucket alone, in the order of [`FINE_US`].
    pub counts: [u64; BUCKETS],
    /// All of them together, microseconds.
    pub sum_us: u64,
}

impl Default for Distribution {
    fn default() -> Self {
        Self { counts: [0; BUCKETS], sum_us: 0 }
    }
}

impl Distribution {
    /// Counts one.
    pub fn observe(&mut self, took: Duration) {
        let took_us = micros(took);
        self.counts[bucket(took_us)] += 1;
        self.sum_us = self.sum_us.saturating_add(took_us);
    }

    /// How many were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How many took at most so long; the bound is one of [`FINE_US`].
    #[must_use]
    pub fn up_to(&self, bound_us: u64) -> u64 {
        self.counts
            .iter()
            .zip(FINE_US)
            .take_while(|(_, bound)| *bound <= bound_us)
            .map(|(count, _)| count)
            .sum()
    }

    /// What was counted since it was as `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut since = Self { sum_us: self.sum_us.saturating_sub(earlier.sum_us), ..Self::default() };
        for ((count, now), before) in since.counts.iter_mut().zip(&self.counts).zip(&earlier.counts) {
            *count = now.saturating_sub(*before);
        }
        since
    }

    /// How long so many of a thousand took at most, microseconds, as exact as the buckets are fine: within one, all are
    /// taken to lie evenly. Nothing where nothing was counted.
    #[must_use]
    pub fn quantile_us(&self, permille: u64) -> Option<u64> {
        let rank = (self.count() * permille).div_ceil(1_000).max(1);
        let (mut below, mut from_us) = (0, 0);
        for (&count, until_us) in self.counts.iter().zip(FINE_US) {
            if rank <= below + count {
                return Some(from_us + (until_us - from_us) * (rank - below) / count);
            }
            (below, from_us) = (below + count, until_us);
        }
        (0 < self.count()).then_some(from_us)
    }
}

/// The same, read by others while it is counted.
#[derive(Debug)]
pub struct Histogram {
    counts: [AtomicU64; BUCKETS],
    sum_us: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: [const { AtomicU64::new(0) }; BUCKETS], sum_us: AtomicU64::new(0) }
    }
}

impl Histogram {
    /// Counts one.
    pub fn observe(&self, took: Duration) {
        let took_us = micros(took);
        self.counts[bucket(took_us)].fetch_add(1, Relaxed);
        self.sum_us.fetch_add(took_us, Relaxed);
    }

    /// Shows what its one owner counted; not to be mixed with [`Self::observe`].
    pub fn show(&self, owned: &Distribution) {
        for (shown, &count) in self.counts.iter().zip(&owned.counts) {
            shown.store(count, Relaxed);
        }
        self.sum_us.store(owned.sum_us, Relaxed);
    }

    /// As it is now; what is counted meanwhile may be in it or not.
    #[must_use]
    pub fn read(&self) -> Distribution {
        let mut read = Distribution { sum_us: self.sum_us.load(Relaxed), ..Distribution::default() };
        for (count, shown) in read.counts.iter_mut().zip(&self.counts) {
            *count = shown.load(Relaxed);
        }
        read
    }
}

/// When a loop turned last, said by that loop and read by others.
#[derive(Debug, Default)]
pub struct Beat {
    first: OnceLock<Instant>,
    since_first_ms: AtomicU64,
}

impl Beat {
    /// The loop turns. Time does not go back.
    pub fn turn(&self, now: Instant) {
        let first = self.first.get_or_init(|| now);
        let ms = now.saturating_duration_since(*first).as_millis();
        self.since_first_ms.store(u64::try_from(ms).unwrap_or(u64::MAX), Relaxed);
    }

    /// Its last turn, to the millisecond below; nothing before the first.
    #[must_use]
    pub fn last(&self) -> Option<Instant> {
        let first = self.first.get()?;
        first.checked_add(Duration::from_millis(self.since_first_ms.load(Relaxed)))
    }
}

fn bucket(took_us: u64) -> usize {
    FINE_US.partition_point(|&bound| bound < took_us)
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
