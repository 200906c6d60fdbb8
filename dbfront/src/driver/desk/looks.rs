//! What the desk looks at now and then, tells of itself, and cannot go on with.

use std::{mem, sync::atomic::Ordering::Relaxed, time::Instant};

use proto::link_io::Op;

use super::Desk;
use crate::{
    driver::{
        peer::Peer,
        watch::{Standing, Told},
    },
    error::Error,
    logic::intake::{OTHER_BYTES, Refusal},
    metrics::{Phase, gauge},
};

impl Desk {
    /// What game and journal contradict each other in ends both.
    pub(super) fn note(&mut self, refusal: &Refusal) {
        let is_final = match refusal {
            Refusal::Regression { .. } => true,
            Refusal::Divergence { what, .. } => *what == OTHER_BYTES,
            _ => false,
        };
        if is_final {
            self.stop = Some(refusal.clone());
        }
    }

    /// Why this process cannot go on, if it cannot.
    #[must_use]
    pub fn failure(&self) -> Option<Error> {
        let broken = self.overlay.broken().map(|error| Error::Spill(error.clone()));
        broken.or(match self.stop {
            Some(Refusal::Regression { seen, durable }) => Some(Error::Regression { seen, durable }),
            Some(Refusal::Divergence { lsn, what }) => Some(Error::Diverged { lsn, what }),
            _ => None,
        })
    }

    pub(super) fn complain(&mut self) {
        match self.overlay.trouble() {
            Some(error) if !self.troubled => {
                tracing::error!(event = "overlay.no_room", %error, "rows that wait for the database stay in memory");
            }
            None if self.troubled => tracing::info!(event = "overlay.room_again"),
            _ => {}
        }
        self.troubled = self.overlay.trouble().is_some();
        if mem::replace(&mut self.keeps, self.overlay.is_keeping()) && !self.keeps {
            tracing::error!(
                event = "overlay.rooms_full",
                "dbfront.rooms_bytes is too small: a game that is killed waits for the database to find its matches"
            );
        }
    }

    /// How much room there is: game has to know.
    pub(super) fn look(&mut self, now: Instant) {
        let at = Standing {
            received: self.intake.received_lsn(),
            durable: self.intake.durable_lsn(),
            applied: self.applied,
            spilled_bytes: self.overlay.spilled().1,
            is_memory_full: !self.overlay.has_room(),
        };
        if let Some(told) = self.watch.look(at, &self.metrics, now)
            && let Some(writer) = &mut self.writer
        {
            tell(&mut writer.peer, told);
        }
    }

    pub(super) fn show(&self) {
        let (spilled_rows, spilled_bytes) = self.overlay.spilled();
        self.metrics.spilled_rows.store(i64::try_from(spilled_rows).unwrap_or(i64::MAX), Relaxed);
        self.metrics.spilled_bytes.store(i64::try_from(spilled_bytes).unwrap_or(i64::MAX), Relaxed);
        self.metrics.overlay_rows.store(gauge(self.overlay.len()), Relaxed);
        self.metrics.overlay_bytes.store(gauge(self.overlay.unsettled_bytes()), Relaxed);
        self.metrics.rooms_bytes.store(gauge(self.overlay.kept_bytes()), Relaxed);
        self.metrics.cache_bytes.store(gauge(self.overlay.settled_bytes()), Relaxed);
        self.metrics.cache_cold_bytes.store(gauge(self.overlay.cold_bytes()), Relaxed);
        self.metrics.cache_cold_rows.store(gauge(self.overlay.cold_rows()), Relaxed);
        let hits = self.overlay.hits();
        self.metrics.hits_hot.store(hits.hot, Relaxed);
        self.metrics.hits_cold.store(hits.cold, Relaxed);
        self.metrics.hits_disk.store(hits.disk, Relaxed);
        self.metrics.hits_absent.store(hits.absent, Relaxed);
        self.metrics.misses.store(hits.missed, Relaxed);
        self.metrics.held_lost.store(hits.held_lost, Relaxed);
        if self.wants_input() {
            self.metrics.change_phase(Phase::OverlayFull, Phase::Ready);
        } else {
            self.metrics.change_phase(Phase::Ready, Phase::OverlayFull);
        }
    }
}

/// Tells game how much room there is.
pub(super) fn tell(peer: &mut Peer, told: Told) {
    peer.put(Op::Level, told.level as u64, u64::from(told.pace), &[]);
}
