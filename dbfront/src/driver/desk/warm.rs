//! What another process saved comes in while game is served already: a portion a turn, when nothing else is to be done.

use std::{
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

use super::Desk;
use crate::{
    driver::saved::Warmth,
    logic::overlay::{Overlay, saved::Warming},
};

/// How far it is.
pub(super) struct Coming {
    warming: Warming,
    rows: u64,
    until: Instant,
}

impl Desk {
    /// Rows that were saved will come: before anything else is done.
    pub fn begin_warming(&mut self, now: Instant) {
        let warming = self.overlay.warming_began();
        self.coming = Some(Coming { warming, rows: 0, until: now + WARM_MAX });
    }

    /// Whether some are still wanted.
    #[must_use]
    pub fn is_warming(&self) -> bool {
        self.coming.is_some()
    }

    /// Some came, or all did.
    pub fn warm(&mut self, warmth: Warmth) {
        let Some(coming) = &mut self.coming else { return };
        match warmth {
            Warmth::Ranges(ranges) => self.overlay.warm_ranges(&coming.warming, &ranges),
            Warmth::Rows(rows) => {
                let came = rows.len() as u64;
                coming.rows += came;
                self.metrics.warmed_rows.fetch_add(came, Relaxed);
                self.overlay.warm_rows(&coming.warming, rows);
            }
            Warmth::Whole => self.end_warming(true),
            Warmth::Unfit => self.end_warming(false),
        }
    }

    /// Rows that wait for the database stay in memory meanwhile: not for long, and not when there are many.
    pub(super) fn look_at_warming(&mut self, now: Instant) {
        let is_over = self.coming.as_ref().is_some_and(|coming| coming.until <= now);
        if is_over || (self.is_warming() && self.overlay.is_pressed()) {
            self.end_warming(false);
        }
    }

    fn end_warming(&mut self, is_whole: bool) {
        let Some(Coming { warming, rows, .. }) = self.coming.take() else { return };
        self.overlay.warming_ended(warming, is_whole);
        tracing::info!(event = "cache.warm", rows, is_whole);
    }

    /// Nobody is served any more: what is in memory.
    #[must_use]
    pub fn into_overlay(mut self) -> Overlay {
        if let Some(Coming { warming, .. }) = self.coming.take() {
            self.overlay.warming_ended(warming, false);
        }
        self.overlay
    }
}

/// Beyond, the rest is read from the database when it is asked for.
const WARM_MAX: Duration = Duration::from_secs(30);
