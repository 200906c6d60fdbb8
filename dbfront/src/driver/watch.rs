//! Looks at how much room there is, some times a second: gathers what the threads show, lets the levels judge, tells the
//! log and the figures, and says when game has to hear of it.

use std::{
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

use proto::{ids::Lsn, level::Level};

use super::clock;
use crate::{
    logic::levels::{Bounds, Levels, Reading, Signals, age::Age, meter::Meter},
    metrics::Metrics,
};

/// See the module.
#[derive(Debug)]
pub struct Watch {
    levels: Levels,
    meter: Meter,
    /// Since when something waits to become durable, and after which record.
    unsynced: Option<(Instant, Lsn)>,
    /// For how long records wait for the database.
    unapplied: Age,
    /// What game was told last.
    told: Told,
}

/// What game acts by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// How much room there is.
    pub level: Level,
    /// Commands of value a second, 0 for any number.
    pub pace: u32,
}

/// Where the desk is.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// The last record received.
    pub received: Lsn,
    /// The last durable one.
    pub durable: Lsn,
    /// The last one in the database.
    pub applied: Lsn,
    /// Rows that the database does not have and memory has no room for, on disk.
    pub spilled_bytes: u64,
    /// Nor has the disk.
    pub is_memory_full: bool,
}

impl Watch {
    /// `meter` knows what of the journal waits for the database.
    #[must_use]
    pub fn new(bounds: Bounds, meter: Meter, now: Instant) -> Self {
        Self {
            levels: Levels::new(bounds, now),
            meter,
            unsynced: None,
            unapplied: Age::default(),
            told: Told::default(),
        }
    }

    /// A turn was taken for the journal.
    pub fn taken(&mut self, last: Lsn, bytes: usize) {
        self.meter.take(last, u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// The database has everything up to here, or goes back to it.
    pub fn applied(&mut self, lsn: Lsn) {
        self.meter.apply(lsn);
    }

    /// What game was told last.
    #[must_use]
    pub fn told(&self) -> Told {
        self.told
    }

    /// Looks; says what game has to be told, if that is something new.
    pub fn look(&mut self, at: Standing, metrics: &Metrics, now: Instant) -> Option<Told> {
        let Standing { received, durable, applied, spilled_bytes, is_memory_full } = at;
        self.unsynced = match self.unsynced {
            _ if received <= durable => None,
            Some((since, before)) if before == durable => Some((since, before)),
            _ => Some((now, durable)),
        };
        let sync_waits =
            self.unsynced.map_or(Duration::ZERO, |(since, _)| now.saturating_duration_since(since));
        let seen = Signals {
            durable,
            applied,
            unapplied_bytes: self.meter.waiting(),
            kept_bytes: metrics.journal_kept_bytes.load(Relaxed),
            free_bytes: metrics.journal_free(),
            spilled_bytes,
            is_memory_full,
            is_full: metrics.is_journal_full(),
            store: metrics.store_health(),
            sync_waits,
        };
        let before = self.told.level;
        let read = self.levels.look(&seen, now);
        show(&seen, &read, metrics);
        metrics.durable_lag_ms.store(millis(sync_waits), Relaxed);
        metrics.applied_lag_ms.store(millis(self.unapplied.look(now, durable, applied)), Relaxed);
        if before != read.level {
            metrics.level_since_ms.store(signed(clock::wall_ms()), Relaxed);
            log(before, &seen, &read);
        }
        let told = Told { level: read.level, pace: read.pace.unwrap_or(0) };
        let is_news = told.level != before || is_other_pace(self.told.pace, told.pace);
        is_news.then(|| {
            self.told = told;
            told
        })
    }
}

/// A pace that is a little other is none that game has to hear of.
fn is_other_pace(before: u32, now: u32) -> bool {
    (before == 0) != (now == 0) || before / 10 < before.abs_diff(now)
}

fn show(seen: &Signals, read: &Reading, metrics: &Metrics) {
    let Reading { level, used_permille, room, pace, .. } = *read;
    metrics.level.store(level as i64, Relaxed);
    metrics.journal_used_permille.store(signed(used_permille), Relaxed);
    metrics.journal_left_s.store(room.map_or(-1, |room| signed(room.as_secs())), Relaxed);
    metrics.pace.store(pace.map_or(0, i64::from), Relaxed);
    metrics.unsaved_records.store(signed(seen.durable.0.saturating_sub(seen.applied.0)), Relaxed);
    metrics.unsaved_bytes.store(signed(seen.unapplied_bytes), Relaxed);
}

fn log(before: Level, seen: &Signals, read: &Reading) {
    let (to, from, cause) = (read.level.name(), before.name(), read.cause.name());
    let (used_permille, unsaved_bytes) = (read.used_permille, seen.unapplied_bytes);
    let left_s = read.room.map(|room| room.as_secs());
    let advice = read.cause.advice();
    match read.level {
        Level::Red | Level::Black => {
            tracing::error!(event = "level", to, from, cause, used_permille, unsaved_bytes, left_s, advice);
        }
        Level::Yellow | Level::Orange => {
            tracing::warn!(event = "level", to, from, cause, used_permille, unsaved_bytes, left_s, advice);
        }
        Level::Green => tracing::info!(event = "level", to, from, used_permille, unsaved_bytes),
    }
}

fn millis(waits: Duration) -> i64 {
    i64::try_from(waits.as_millis()).unwrap_or(i64::MAX)
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
