//! How long things took, as percentiles to three digits. Knows nothing of what took so long.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Times from a microsecond to an hour; longer ones are an hour.
#[derive(Clone, Debug)]
pub struct Times {
    us: Histogram<u64>,
}

impl Default for Times {
    fn default() -> Self {
        let us = Histogram::new_with_bounds(1, US_MAX, DIGITS)
            .expect("bounds of which the crate asks only low ≥ 1, high ≥ 2 × low, digits ≤ 5");
        Self { us }
    }
}

impl Times {
    /// One more.
    pub fn record(&mut self, time: Duration) {
        self.us.saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1));
    }

    /// Microseconds within which this part of all was over, from 0 to 1; 0 if there were none.
    #[must_use]
    pub fn at_us(&self, quantile: f64) -> u64 {
        if self.us.is_empty() { 0 } else { self.us.value_at_quantile(quantile) }
    }

    /// The longest, in microseconds; 0 if there were none.
    #[must_use]
    pub fn max_us(&self) -> u64 {
        if self.us.is_empty() { 0 } else { self.us.max() }
    }
}

/// An hour: longer than anybody waits.
pub(super) const US_MAX: u64 = 3_600 * 1_000_000;
const DIGITS: u8 = 3;
