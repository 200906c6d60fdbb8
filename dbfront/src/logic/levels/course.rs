//! How it went in the last minute: how fast what waits for the database grew, and how fast the database took it.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use proto::ids::Lsn;

use super::{Signals, StoreHealth};

/// See the module. At most a sample a second.
#[derive(Debug, Default)]
pub(super) struct Course {
    samples: VecDeque<Sample>,
    /// Thousandths of a record a second that the database took while there was something to take.
    applied_milli_per_s: u64,
    /// Milliseconds of that measure.
    measured_ms: u64,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Instant,
    unapplied_bytes: u64,
    applied: Lsn,
    /// It took as much as it could: there was more, and it answered.
    is_busy: bool,
}

impl Course {
    /// Takes a sample, if the last one is a second old.
    pub(super) fn see(&mut self, seen: &Signals, now: Instant) {
        let is_busy =
            matches!(seen.store, StoreHealth::Answers | StoreHealth::Cramped) && seen.applied < seen.durable;
        if let Some(last) = self.samples.back() {
            let time = now.saturating_duration_since(last.at);
            if time < EVERY {
                return;
            }
            let took = seen.applied.0.saturating_sub(last.applied.0);
            // A second that went without a commit between two that were busy counts, too: batches are large.
            if last.is_busy && is_busy {
                self.measure(took, u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
            }
        }
        let Signals { unapplied_bytes, applied, .. } = *seen;
        self.samples.push_back(Sample { at: now, unapplied_bytes, applied, is_busy });
        while SAMPLES_MAX < self.samples.len() {
            self.samples.pop_front();
        }
    }

    fn measure(&mut self, records: u64, ms: u64) {
        let milli_per_s = records.saturating_mul(1_000_000) / ms.max(1);
        // The first seconds weigh as much as there are of them.
        let ms = ms.min(SMOOTHED_OVER_MS);
        let all_ms = (self.measured_ms + ms).min(SMOOTHED_OVER_MS);
        let before = self.applied_milli_per_s.saturating_mul(all_ms - ms);
        self.applied_milli_per_s = before.saturating_add(milli_per_s.saturating_mul(ms)) / all_ms.max(1);
        self.measured_ms = all_ms;
    }

    /// Records a second that the database takes when there are some; nothing until that is known.
    pub(super) fn applied_per_s(&self) -> Option<u64> {
        (MEASURED_MS <= self.measured_ms).then_some(self.applied_milli_per_s / 1_000)
    }

    /// Bytes a second by which what waits grew; nothing: it did not.
    pub(super) fn growth_per_s(&self) -> Option<u64> {
        let (first, last) = (self.samples.front()?, self.samples.back()?);
        let seconds = last.at.saturating_duration_since(first.at).as_secs();
        let grown = last.unapplied_bytes.checked_sub(first.unapplied_bytes)?;
        grown.checked_div(seconds).filter(|per_s| 0 < *per_s)
    }
}

const EVERY: Duration = Duration::from_secs(1);
/// Of a minute.
const SAMPLES_MAX: usize = 61;
const SMOOTHED_OVER_MS: u64 = 10_000;
/// So much has to be measured before anything is concluded.
const MEASURED_MS: u64 = 3_000;
