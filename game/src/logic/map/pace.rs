//! How far a character may go: a budget of length that fills with time, so that a client whose packets were
//! held up is not refused, and one that cheats is no faster than others. Knows no map.
//!
//! With speed v, any accepted claims of any window of time T have together at most the length
//! v · T + v · [`SAVED_MS`] + [`SLACK_MM`]; over time that is v. A client that goes at most v, and whose
//! claims are delayed by anything from 0 to [`SAVED_MS`] each, is never refused.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use super::ground::Place;

/// One character's budget, full at first.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    speed_mm_s: u32,
    /// Nanometres, which are what a speed in mm/s gives in each microsecond.
    saved_nm: u64,
    filled_at: Instant,
}

/// The way is longer than the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooFast;

impl Pace {
    /// `speed_mm_s` is at most [`super::ground::Ground::SPEED_MM_S_MAX`].
    #[must_use]
    pub fn new(speed_mm_s: u32, now: Instant) -> Self {
        Self { speed_mm_s, saved_nm: burst_nm(speed_mm_s), filled_at: now }
    }

    /// Takes a straight way out of the budget.
    ///
    /// # Errors
    /// It is longer: then nothing was taken.
    pub fn go(&mut self, from: Place, to: Place, now: Instant) -> Result<(), TooFast> {
        self.fill(now);
        let (dx, dy) = (from.x_mm.abs_diff(to.x_mm), from.y_mm.abs_diff(to.y_mm));
        let left_mm = self.saved_nm / NM_PER_MM;
        // Far more than the budget; then the square below cannot overflow.
        if left_mm < dx || left_mm < dy {
            return Err(TooFast);
        }
        let length_nm = length_um(dx, dy) * NM_PER_UM;
        self.saved_nm = self.saved_nm.checked_sub(length_nm).ok_or(TooFast)?;
        Ok(())
    }

    fn fill(&mut self, now: Instant) {
        let us = now.saturating_duration_since(self.filled_at).as_micros();
        let us = u64::try_from(us).unwrap_or(u64::MAX).min(FILL_US_MAX);
        let fresh = us * u64::from(self.speed_mm_s);
        self.saved_nm = self.saved_nm.saturating_add(fresh).min(burst_nm(self.speed_mm_s));
        // What is less than a microsecond is not forgotten.
        self.filled_at = if us == FILL_US_MAX { now } else { self.filled_at + Duration::from_micros(us) };
    }
}

/// Micrometres, rounded up.
fn length_um(dx_mm: u64, dy_mm: u64) -> u64 {
    let square = (dx_mm * dx_mm + dy_mm * dy_mm) * UM_PER_MM * UM_PER_MM;
    let root = square.isqrt();
    root + u64::from(root * root < square)
}

/// The most that can be saved up.
fn burst_nm(speed_mm_s: u32) -> u64 {
    u64::from(speed_mm_s) * SAVED_MS * 1_000 + SLACK_MM * NM_PER_MM
}

/// Of this much time the length may be saved up, milliseconds.
pub const SAVED_MS: u64 = 2_000;
/// And this much more, for clocks that do not run alike and places that are whole millimetres.
pub const SLACK_MM: u64 = 1_000;

const UM_PER_MM: u64 = 1_000;
const NM_PER_UM: u64 = 1_000;
const NM_PER_MM: u64 = 1_000_000;
/// Beyond it the budget is full at any speed: even one of 1 mm/s has filled its slack.
const FILL_US_MAX: u64 = 2_000_000_000;

const _: () = {
    let fastest_mm = super::ground::Ground::SPEED_MM_S_MAX.cast_unsigned() * SAVED_MS / 1_000 + SLACK_MM;
    // The square of the longest way, in micrometres, fits.
    assert!(fastest_mm < u32::MAX as u64 / UM_PER_MM / 2);
    assert!(FILL_US_MAX * super::ground::Ground::SPEED_MM_S_MAX.cast_unsigned() < u64::MAX / 2);
};
