//! How far a character may go: a budget of length that fills with time, so that a client whose packets were
//! held up is not refused, and one that cheats is no faster than the map allows. Knows no map.
//!
//! With a map's speed v: the accepted claims of any 10 s together are never longer than v · 10 s, however they come.
//! So that this holds with a budget that can be saved up, it fills a little slower than v: whoever goes at
//! [`steady_mm_s`], and whose claims are delayed by anything from 0 to 2 s each, is never refused; faster is
//! a sprint, which ends. `docs/decisions/0016-speed-is-bounded-over-ten-seconds.md` says why.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use super::ground::Place;

/// One character's budget, full at first.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    speed_mm_s: u32,
    /// Picometres: a speed in mm/s gives a thousand for each in every microsecond.
    saved_pm: u64,
    filled_at: Instant,
}

/// The way is longer than the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooFast;

impl Pace {
    /// `speed_mm_s` is at most [`super::ground::Ground::SPEED_MM_S_MAX`].
    #[must_use]
    pub fn new(speed_mm_s: u32, now: Instant) -> Self {
        Self { speed_mm_s, saved_pm: burst_pm(speed_mm_s), filled_at: now }
    }

    /// Takes a straight way out of the budget.
    ///
    /// # Errors
    /// It is longer: then nothing was taken.
    pub fn go(&mut self, from: Place, to: Place, now: Instant) -> Result<(), TooFast> {
        self.fill(now);
        let (dx, dy) = (from.x_mm.abs_diff(to.x_mm), from.y_mm.abs_diff(to.y_mm));
        let left_mm = self.saved_pm / PM_PER_MM;
        // Far more than the budget; then the square below cannot overflow.
        if left_mm < dx || left_mm < dy {
            return Err(TooFast);
        }
        let length_pm = length_um(dx, dy) * PM_PER_UM;
        self.saved_pm = self.saved_pm.checked_sub(length_pm).ok_or(TooFast)?;
        Ok(())
    }

    fn fill(&mut self, now: Instant) {
        let us = now.saturating_duration_since(self.filled_at).as_micros();
        let us = u64::try_from(us).unwrap_or(u64::MAX).min(FILL_US_MAX);
        let fresh = us * u64::from(self.speed_mm_s) * FILL_PER_MILLE;
        self.saved_pm = self.saved_pm.saturating_add(fresh).min(burst_pm(self.speed_mm_s));
        // What is less than a microsecond is not forgotten.
        self.filled_at = if us == FILL_US_MAX { now } else { self.filled_at + Duration::from_micros(us) };
    }
}

/// What may be kept up for ever on a map of this speed.
#[must_use]
pub fn steady_mm_s(speed_mm_s: u32) -> u32 {
    u32::try_from(u64::from(speed_mm_s) * STEADY_PER_MILLE / 1_000).unwrap_or(u32::MAX)
}

/// Micrometres, rounded up.
fn length_um(dx_mm: u64, dy_mm: u64) -> u64 {
    let square = (dx_mm * dx_mm + dy_mm * dy_mm) * UM_PER_MM * UM_PER_MM;
    let root = square.isqrt();
    root + u64::from(root * root < square)
}

/// The most that can be saved up.
fn burst_pm(speed_mm_s: u32) -> u64 {
    u64::from(speed_mm_s) * SAVED_MS * 1_000_000
}

/// What may be kept up for ever, of a thousand parts of the map's speed: a client's walk.
const STEADY_PER_MILLE: u64 = 800;
/// What the budget gains, of the same: more than a walk takes, for clocks that do not run alike and places that are
/// whole millimetres.
const FILL_PER_MILLE: u64 = 830;
/// Of this much time at the map's speed the length may be saved up, milliseconds.
const SAVED_MS: u64 = 1_700;
/// Over so long the bound is exact, milliseconds.
const WINDOW_MS: u64 = 10_000;
/// So long a packet may be held up, milliseconds.
const DELAY_MS: u64 = 2_000;

const UM_PER_MM: u64 = 1_000;
const PM_PER_UM: u64 = 1_000_000;
const PM_PER_MM: u64 = 1_000_000_000;
/// Beyond it the budget is full at any speed.
const FILL_US_MAX: u64 = 10_000_000;
/// An empty budget is full after it.
pub const FULL_WITHIN: Duration = Duration::from_micros(FILL_US_MAX);

const _: () = {
    // Whatever was saved up, and all that comes in the window, are no more than the speed gives in it.
    assert!(WINDOW_MS * FILL_PER_MILLE + SAVED_MS * 1_000 <= WINDOW_MS * 1_000);
    // What a walk covers while its packets are held up has been saved up before.
    assert!(DELAY_MS * STEADY_PER_MILLE <= SAVED_MS * 1_000);
    assert!(STEADY_PER_MILLE < FILL_PER_MILLE);
    assert!(SAVED_MS * 1_000 * 1_000 <= FILL_US_MAX * FILL_PER_MILLE);
    let speed_mm_s_max = super::ground::Ground::SPEED_MM_S_MAX.cast_unsigned();
    // The square of the longest way, in micrometres, fits.
    assert!(speed_mm_s_max * SAVED_MS / 1_000 < u32::MAX as u64 / UM_PER_MM / 2);
    assert!(FILL_US_MAX * speed_mm_s_max * FILL_PER_MILLE < u64::MAX / 2);
};
