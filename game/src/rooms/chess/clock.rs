//! Two clocks of which one runs. Knows the time of the room as it is told it, and no board.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::side::{Each, Side};

/// What each side has left, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Clock {
    /// At [`Self::since_ms`].
    left_ms: Each<u64>,
    /// Whose runs.
    runs: Side,
    /// Since when, by the room's time.
    since_ms: u64,
}

impl Clock {
    /// White's runs from now on.
    pub(super) fn start(base_ms: u64, now_ms: u64) -> Self {
        Self { left_ms: Each { white: base_ms, black: base_ms }, runs: Side::White, since_ms: now_ms }
    }

    /// What is left now; never less than nothing.
    pub(super) fn left_ms(&self, side: Side, now_ms: u64) -> u64 {
        let left_ms = *self.left_ms.of(side);
        if side == self.runs { left_ms.saturating_sub(now_ms.saturating_sub(self.since_ms)) } else { left_ms }
    }

    /// Whether the clock that runs has run out.
    pub(super) fn is_up(&self, now_ms: u64) -> bool {
        self.left_ms(self.runs, now_ms) == 0
    }

    /// Until the clock that runs has run out.
    pub(super) fn flag_in(&self, now_ms: u64) -> Duration {
        Duration::from_millis(self.left_ms(self.runs, now_ms))
    }

    /// Whose runs.
    pub(super) fn runs(&self) -> Side {
        self.runs
    }

    /// The side whose clock runs has moved: the other's runs.
    pub(super) fn press(&mut self, increment_ms: u64, now_ms: u64) {
        let moved = self.runs;
        *self.left_ms.of_mut(moved) = self.left_ms(moved, now_ms) + increment_ms;
        self.runs = moved.other();
        self.since_ms = now_ms;
    }
}
