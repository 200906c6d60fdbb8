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

/// Upper bounds of the buckets, microseconds, inclusive. A last bucket takes what is longer.
pub const BOUNDS_US: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000, 10_000_000,
];

const BUCKETS: usize = BOUNDS_US.len() + 1;

const _: () = {
    // The bucket is found by halving.
    let mut index = 1;
    while index < BOUNDS_US.len() {
        assert!(BOUNDS_US[index - 1] < BOUNDS_US[index]);
        index += 1;
    }
};

/// How long things took, counted by one owner. Counts only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// Of each bucket alone, in the order of [`BOUNDS_US`].
    pub counts: [u64; BUCKETS],
    /// All of them together, microseconds.
    pub sum_us: u64,
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
}

/// The same, read by others while it is counted.
#[derive(Debug, Default)]
pub struct Histogram {
    counts: [AtomicU64; BUCKETS],
    sum_us: AtomicU64,
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
    BOUNDS_US.partition_point(|&bound| bound < took_us)
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
