//! dbfront's figures: written by its threads, read by whoever asks.

use std::{
    sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed},
    time::Instant,
};

use crate::{backups::Backups, looks::Looks};
use proto::{
    figures::{Beat, Distribution, Histogram},
    link::Figure,
};

use crate::logic::levels::StoreHealth;

/// See the module. Counters only grow.
#[derive(Debug, Default)]
pub struct Metrics {
    /// The last record received.
    pub lsn_received: AtomicU64,
    /// The last durable record.
    pub lsn_durable: AtomicU64,
    /// The last applied record.
    pub lsn_applied: AtomicU64,
    /// The writer's epoch.
    pub epoch: AtomicU64,
    /// A game is connected and may write: 0 or 1.
    pub writers: AtomicI64,
    /// Durable records that wait in memory to be applied.
    pub backlog_bytes: AtomicI64,
    /// Journal syncs that made records durable.
    pub commits: AtomicU64,
    /// Journal bytes.
    pub journal_bytes: AtomicU64,
    /// Database transactions.
    pub apply_batches: AtomicU64,
    /// Rows that they changed, after coalescing.
    pub apply_rows: AtomicU64,
    /// Tries that failed.
    pub apply_retries: AtomicU64,
    /// The record that the database refuses; 0: none.
    pub poison_lsn: AtomicU64,
    /// Rows in overlay and cache.
    pub overlay_rows: AtomicI64,
    /// Rows that the database may not have, in memory.
    pub overlay_bytes: AtomicI64,
    /// Rows of those that are on disk, older states of some of them included.
    pub spilled_rows: AtomicI64,
    /// What they take there.
    pub spilled_bytes: AtomicI64,
    /// Rows of running matches.
    pub rooms_bytes: AtomicI64,
    /// Rows kept for reads.
    pub cache_bytes: AtomicI64,
    /// Of that deflated rows.
    pub cache_cold_bytes: AtomicI64,
    /// How many those are.
    pub cache_cold_rows: AtomicI64,
    /// Rows that an earlier process had kept for reads.
    pub warmed_rows: AtomicU64,
    /// Rows asked for by key that were there as they are.
    pub hits_hot: AtomicU64,
    /// That were there deflated.
    pub hits_cold: AtomicU64,
    /// That were on disk, waiting for the database.
    pub hits_disk: AtomicU64,
    /// That were known not to be there.
    pub hits_absent: AtomicU64,
    /// For which the database had to be asked.
    pub misses: AtomicU64,
    /// Rows that game holds and that went for want of room.
    pub held_lost: AtomicU64,
    /// Calls answered.
    pub reads: AtomicU64,
    /// Calls that needed the database.
    pub reads_of_store: AtomicU64,
    /// Links and turns refused.
    pub refusals: AtomicU64,
    /// How much room there is, 0 green to 4 black.
    pub level: AtomicI64,
    /// Since when, milliseconds since 1970; 0: since the start.
    pub level_since_ms: AtomicI64,
    /// How much of the room is used, in thousandths.
    pub journal_used_permille: AtomicI64,
    /// For how many seconds there is room at the current rate; -1: it does not fill.
    pub journal_left_s: AtomicI64,
    /// Records of the journal that the database does not have.
    pub unsaved_records: AtomicI64,
    /// Bytes of them.
    pub unsaved_bytes: AtomicI64,
    /// For how long the oldest record waits that is not durable.
    pub durable_lag_ms: AtomicI64,
    /// For how long the oldest durable record waits that is not applied.
    pub applied_lag_ms: AtomicI64,
    /// Commands of value a second that game may execute; 0: any number.
    pub pace: AtomicI64,
    /// Files of the journal.
    pub journal_kept_bytes: AtomicU64,
    /// Free on the journal's disk, and one more; 0 until that is known.
    pub journal_free_bytes: AtomicI64,
    /// Bytes copied of the backup that is being made; 0 without one.
    pub backup_bytes: AtomicI64,
    /// Of about so many.
    pub backup_bytes_total: AtomicI64,
    /// Backups made.
    pub backups_made: AtomicU64,
    /// Backups that failed.
    pub backups_failed: AtomicU64,
    /// The record at which the last backup's world stands, while the journal is kept since; else 0.
    pub backup_lsn: AtomicU64,
    /// Times that the journal since a backup was given up for want of room.
    pub backup_chains_broken: AtomicU64,
    /// Those who ask for backups and those who make them.
    pub backups: Backups,
    /// For those who look closer.
    pub looks: Looks,
    /// Each write and sync of the journal.
    pub journal_sync: Histogram,
    /// Each database transaction.
    pub apply_batch: Histogram,
    /// The loop that serves game.
    pub beat: Beat,
    phase: AtomicU8,
    applying: AtomicU8,
}

/// How far the process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// Reads journal and database.
    Loading = 0,
    /// Serves.
    Ready = 1,
    /// Has no room for the journal, and waits for some.
    JournalFull = 2,
    /// Reads nothing from game until rows are applied.
    OverlayFull = 3,
    /// Finishes.
    Stopping = 4,
    /// Waits for the database before it can serve.
    WaitingForStore = 5,
}

/// How applying goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Applying {
    /// It does.
    Going = 0,
    /// The database is away.
    StoreAway = 1,
    /// The database refuses a record.
    PausedPoison = 2,
    /// It does, in pieces: the database takes less at once than a start demands.
    InPieces = 3,
    /// The database takes so little at once that a row does not fit.
    PausedPacket = 4,
}

impl Metrics {
    /// Every figure by name.
    #[must_use]
    pub fn figures(&self) -> Vec<Figure> {
        let count = |name: &str, value: &AtomicU64| Figure {
            name: name.to_owned(),
            value: i64::try_from(value.load(Relaxed)).unwrap_or(i64::MAX),
        };
        let gauge =
            |name: &str, value: &AtomicI64| Figure { name: name.to_owned(), value: value.load(Relaxed) };
        vec![
            count("lsn_received", &self.lsn_received),
            count("lsn_durable", &self.lsn_durable),
            count("lsn_applied", &self.lsn_applied),
            count("epoch", &self.epoch),
            gauge("writers", &self.writers),
            gauge("backlog_bytes", &self.backlog_bytes),
            count("commits", &self.commits),
            count("journal_bytes", &self.journal_bytes),
            count("apply_batches", &self.apply_batches),
            count("apply_rows", &self.apply_rows),
            count("apply_retries", &self.apply_retries),
            count("poison_lsn", &self.poison_lsn),
            gauge("overlay_rows", &self.overlay_rows),
            gauge("overlay_bytes", &self.overlay_bytes),
            gauge("spilled_rows", &self.spilled_rows),
            gauge("spilled_bytes", &self.spilled_bytes),
            gauge("rooms_bytes", &self.rooms_bytes),
            gauge("cache_bytes", &self.cache_bytes),
            gauge("cache_cold_bytes", &self.cache_cold_bytes),
            gauge("cache_cold_rows", &self.cache_cold_rows),
            count("warmed_rows", &self.warmed_rows),
            count("hits_hot", &self.hits_hot),
            count("hits_cold", &self.hits_cold),
            count("hits_disk", &self.hits_disk),
            count("hits_absent", &self.hits_absent),
            count("misses", &self.misses),
            count("held_lost", &self.held_lost),
            count("reads", &self.reads),
            count("reads_of_store", &self.reads_of_store),
            count("refusals", &self.refusals),
            gauge("level", &self.level),
            gauge("level_since_ms", &self.level_since_ms),
            gauge("journal_used_permille", &self.journal_used_permille),
            gauge("journal_left_s", &self.journal_left_s),
            gauge("unsaved_records", &self.unsaved_records),
            gauge("unsaved_bytes", &self.unsaved_bytes),
            gauge("durable_lag_ms", &self.durable_lag_ms),
            gauge("applied_lag_ms", &self.applied_lag_ms),
            gauge("pace", &self.pace),
            count("journal_kept_bytes", &self.journal_kept_bytes),
            Figure {
                name: "journal_free_bytes".to_owned(),
                value: self.journal_free_bytes.load(Relaxed).saturating_sub(1).max(0),
            },
            gauge("backup_bytes", &self.backup_bytes),
            gauge("backup_bytes_total", &self.backup_bytes_total),
            count("backups", &self.backups_made),
            count("backups_failed", &self.backups_failed),
            count("backup_lsn", &self.backup_lsn),
            count("backup_chains_broken", &self.backup_chains_broken),
        ]
    }

    /// How long things take, by name.
    #[must_use]
    pub fn distributions(&self) -> Vec<(&'static str, Distribution)> {
        vec![("journal_sync", self.journal_sync.read()), ("apply_batch", self.apply_batch.read())]
    }

    /// When the loop that serves game turned last; nothing before it serves.
    #[must_use]
    pub fn last_turn(&self) -> Option<Instant> {
        self.beat.last()
    }

    /// One word.
    #[must_use]
    pub fn state(&self) -> String {
        let phase = self.phase.load(Relaxed);
        let word = if phase == Phase::Ready as u8 {
            match self.applying.load(Relaxed) {
                1 => "store_away",
                2 => "applying_paused_POISON",
                3 => "applying_in_pieces",
                4 => "applying_paused_PACKET",
                _ => "ready",
            }
        } else {
            match phase {
                2 => "journal_full",
                3 => "overlay_full",
                4 => "stopping",
                5 => "waiting_for_store",
                _ => "loading",
            }
        };
        word.to_owned()
    }

    /// Whether it journals what game sends: then players get their answers, also while the database is away.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.phase.load(Relaxed) == Phase::Ready as u8
    }

    /// Says how far the process is.
    pub fn set_phase(&self, phase: Phase) {
        self.phase.store(phase as u8, Relaxed);
    }

    /// From one phase to another, unless a third has come.
    pub fn change_phase(&self, from: Phase, to: Phase) {
        // Someone else's phase stands: that is the wish.
        let _ = self.phase.compare_exchange(from as u8, to as u8, Relaxed, Relaxed);
    }

    /// Whether a file of the journal can be neither made nor extended.
    #[must_use]
    pub fn is_journal_full(&self) -> bool {
        self.phase.load(Relaxed) == Phase::JournalFull as u8
    }

    /// Bytes free on the journal's disk, once that is known.
    #[must_use]
    pub fn journal_free(&self) -> Option<u64> {
        u64::try_from(self.journal_free_bytes.load(Relaxed) - 1).ok()
    }

    /// How the database does.
    #[must_use]
    pub fn store_health(&self) -> StoreHealth {
        match self.applying.load(Relaxed) {
            1 => StoreHealth::Away,
            2 => StoreHealth::Poisoned,
            3 | 4 => StoreHealth::Cramped,
            _ => StoreHealth::Answers,
        }
    }

    /// Says how applying goes.
    pub fn set_applying(&self, applying: Applying) {
        self.applying.store(applying as u8, Relaxed);
    }
}

/// A size as a figure.
#[must_use]
pub fn gauge(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_says_what_stands_in_the_way() {
        let metrics = Metrics::default();
        assert_eq!((metrics.state().as_str(), metrics.is_ready()), ("loading", false));
        metrics.set_phase(Phase::Ready);
        assert_eq!((metrics.state().as_str(), metrics.is_ready()), ("ready", true));
        metrics.set_applying(Applying::StoreAway);
        assert_eq!((metrics.state().as_str(), metrics.is_ready()), ("store_away", true));
        metrics.set_applying(Applying::InPieces);
        assert_eq!((metrics.state().as_str(), metrics.is_ready()), ("applying_in_pieces", true));
        metrics.set_applying(Applying::PausedPacket);
        assert_eq!((metrics.state().as_str(), metrics.is_ready()), ("applying_paused_PACKET", true));
        metrics.change_phase(Phase::Ready, Phase::OverlayFull);
        assert_eq!((metrics.state().as_str(), metrics.is_ready()), ("overlay_full", false));
        metrics.change_phase(Phase::OverlayFull, Phase::JournalFull);
        assert_eq!((metrics.state().as_str(), metrics.is_ready()), ("journal_full", false));
        metrics.change_phase(Phase::JournalFull, Phase::OverlayFull);
        metrics.set_phase(Phase::Stopping);
        metrics.change_phase(Phase::OverlayFull, Phase::Ready);
        assert_eq!((metrics.state().as_str(), metrics.is_ready()), ("stopping", false));
    }

    #[test]
    fn names_of_figures_are_unique() {
        let mut names: Vec<_> = Metrics::default().figures().into_iter().map(|figure| figure.name).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
