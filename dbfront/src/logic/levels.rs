//! How much room there is for what game writes while the database does not take it: a level with hysteresis, for
//! how long at the current rate, and how many commands of value a second the database keeps up with. Knows no
//! clock, disk or link; a driver looks and tells.
//!
//! reliability B1, B2, Y5; DESIGN §5 “Pace”.

pub mod age;
mod course;
pub mod meter;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use proto::{ids::Lsn, level::Level};

use self::course::Course;

/// See the module.
#[derive(Debug)]
pub struct Levels {
    bounds: Bounds,
    level: Level,
    cause: Cause,
    /// Since when this level holds.
    since: Instant,
    /// Since when a look would have allowed a lower one.
    better_since: Option<Instant>,
    /// Since when the database has not taken anything for a reason of its own.
    away_since: Option<Instant>,
    course: Course,
    pace: Option<u32>,
}

/// What room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of the journal that may wait for the database.
    pub budget_bytes: u64,
    /// Of one file of the journal: so much the disk has to have free for the next one.
    pub segment_bytes: u64,
    /// Files that nothing pins go when there are more bytes of them.
    pub keep_bytes: u64,
    /// Of rows that the database does not have, on disk.
    pub spill_bytes: u64,
}

/// What is seen at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Signals {
    /// The last durable record.
    pub durable: Lsn,
    /// The last record in the database.
    pub applied: Lsn,
    /// Bytes of the journal that the database does not have.
    pub unapplied_bytes: u64,
    /// Bytes of all files of the journal.
    pub kept_bytes: u64,
    /// Free on the journal's disk; nothing: not known.
    pub free_bytes: Option<u64>,
    /// Rows that the database does not have and memory has no room for, on disk.
    pub spilled_bytes: u64,
    /// Nor has the disk.
    pub is_memory_full: bool,
    /// A file of the journal can be neither made nor extended.
    pub is_full: bool,
    /// How the database does.
    pub store: StoreHealth,
    /// For so long what was received has waited to become durable.
    pub sync_waits: Duration,
}

/// How the database does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreHealth {
    /// It takes what it is given.
    Answers,
    /// It does not answer.
    Away,
    /// It refuses a record (reliability §2.8).
    Poisoned,
    /// It takes less at once than a start demands.
    Cramped,
}

/// Why the level is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// There is nothing to say.
    Nothing,
    /// A file of the journal cannot be extended.
    NoSpace,
    /// The journal's disk is nearly full.
    Disk,
    /// The database lacks much of the journal.
    Behind,
    /// Rows that the database lacks fill the room that is for them.
    Rows,
    /// Files that are kept, for a backup or a room, take more than the budget.
    Kept,
    /// The database is away.
    StoreAway,
    /// The database refuses a record.
    Poison,
    /// The database takes less at once than a start demands.
    Packet,
    /// The journal's disk is slow.
    SlowSync,
}

impl Cause {
    /// Stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::NoSpace => "no_space",
            Self::Disk => "disk",
            Self::Behind => "behind",
            Self::Rows => "rows",
            Self::Kept => "kept",
            Self::StoreAway => "store_away",
            Self::Poison => "poison",
            Self::Packet => "packet",
            Self::SlowSync => "slow_sync",
        }
    }

    /// What whoever runs this should do.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::NoSpace | Self::Disk => "make room on the journal's disk",
            Self::Behind | Self::StoreAway => "bring the database back, or make it faster",
            Self::Rows => "bring the database back; more room for rows: dbfront.spill_bytes",
            Self::Kept => "make a new backup, so that older files may go",
            Self::Poison => "mend the table that the log names; applying goes on by itself",
            Self::Packet => "set the database's max_allowed_packet to 4194304 or more",
            Self::SlowSync => "look at the journal's disk and who else writes to it",
        }
    }
}

/// What a look came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// In force.
    pub level: Level,
    /// Its reason.
    pub cause: Cause,
    /// Since when it holds.
    pub since: Instant,
    /// How much of the room is used, in thousandths: 1,000 and more is all of it.
    pub used_permille: u64,
    /// How long there is room if it goes on like this; nothing: it does not fill.
    pub room: Option<Duration>,
    /// Commands of value a second that may be executed; nothing: any number.
    pub pace: Option<u32>,
}

impl Levels {
    /// With all room there is.
    #[must_use]
    pub fn new(bounds: Bounds, now: Instant) -> Self {
        Self {
            bounds,
            level: Level::Green,
            cause: Cause::Nothing,
            since: now,
            better_since: None,
            away_since: None,
            course: Course::default(),
            pace: None,
        }
    }

    /// Looks again; to be called some times a second.
    pub fn look(&mut self, seen: &Signals, now: Instant) -> Reading {
        self.away_since = match seen.store {
            StoreHealth::Away => self.away_since.or(Some(now)),
            StoreHealth::Answers | StoreHealth::Poisoned | StoreHealth::Cramped => None,
        };
        self.course.see(seen, now);
        self.settle(seen, now);
        self.pace = self.next_pace(seen);
        let left = self.left(seen);
        Reading {
            level: self.level,
            cause: self.cause,
            since: self.since,
            used_permille: self.used_permille(seen),
            room: self.course.growth_per_s().map(|growth| Duration::from_secs(left / growth)),
            pace: self.pace,
        }
    }

    fn settle(&mut self, seen: &Signals, now: Instant) {
        let (up, cause) = self.worst(seen, now, 0);
        if self.level < up {
            (self.level, self.cause, self.since, self.better_since) = (up, cause, now, None);
            return;
        }
        // Down only when it is better by a margin, and for a while.
        let (down, why) = self.worst(seen, now, MARGIN_PERMILLE);
        if self.level <= down {
            self.better_since = None;
            if self.level == down {
                self.cause = why;
            }
        } else {
            let better = *self.better_since.get_or_insert(now);
            if HOLDS_AT_LEAST <= now.saturating_duration_since(better) {
                (self.level, self.cause, self.since, self.better_since) = (down, why, now, None);
            }
        }
    }

    /// The worst level that anything asks for, with thresholds lower by a margin.
    fn worst(&self, seen: &Signals, now: Instant, margin: u64) -> (Level, Cause) {
        let away = self.away_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let is_away = if margin == 0 { AWAY_ALARM <= away } else { !away.is_zero() };
        let is_slow = SLOW_SYNC <= seen.sync_waits;
        let when = |is_so: bool, level| if is_so { level } else { Level::Green };
        let asked = [
            (when(seen.is_full, Level::Black), Cause::NoSpace),
            (by_share(self.used_permille(seen), margin), Cause::Behind),
            (self.by_disk(seen, margin), Cause::Disk),
            // Beyond all of it game is not read at all: nothing is lost, and it ends by itself.
            (by_share(self.spilled_permille(seen), margin).min(Level::Red), Cause::Rows),
            (when(seen.store == StoreHealth::Poisoned, Level::Yellow), Cause::Poison),
            (when(seen.store == StoreHealth::Cramped, Level::Yellow), Cause::Packet),
            (when(is_away, Level::Yellow), Cause::StoreAway),
            (when(is_slow, Level::Yellow), Cause::SlowSync),
            (when(self.keeps_much(seen), Level::Yellow), Cause::Kept),
        ];
        let mut worst = (Level::Green, Cause::Nothing);
        for one in asked {
            if worst.0 < one.0 {
                worst = one;
            }
        }
        worst
    }

    fn spilled_permille(&self, seen: &Signals) -> u64 {
        let share = seen.spilled_bytes.saturating_mul(1_000) / self.bounds.spill_bytes.max(1);
        if seen.is_memory_full { share.max(1_000) } else { share }
    }

    /// Something pins more than the budget, and more than would be kept anyway.
    fn keeps_much(&self, seen: &Signals) -> bool {
        let Bounds { budget_bytes, segment_bytes, keep_bytes, .. } = self.bounds;
        // The file in use, the next one, and two that are partly needed.
        let anyway = keep_bytes.saturating_add(segment_bytes.saturating_mul(4));
        budget_bytes.max(anyway) < seen.kept_bytes.saturating_sub(seen.unapplied_bytes)
    }

    /// By what the next files of the journal need.
    fn by_disk(&self, seen: &Signals, margin: u64) -> Level {
        let Some(free) = seen.free_bytes else { return Level::Green };
        let segments = |count: u64| {
            let need = self.bounds.segment_bytes.saturating_mul(count);
            need + need / 1_000 * (margin * 4)
        };
        [(1, Level::Red), (2, Level::Orange), (4, Level::Yellow)]
            .into_iter()
            .find(|(count, _)| free < segments(*count))
            .map_or(Level::Green, |(_, level)| level)
    }

    /// Bytes that may still come: of the budget, and of the disk.
    fn left(&self, seen: &Signals) -> u64 {
        let budget = self.bounds.budget_bytes.saturating_sub(seen.unapplied_bytes);
        seen.free_bytes.map_or(budget, |free| budget.min(free))
    }

    fn used_permille(&self, seen: &Signals) -> u64 {
        let used = seen.unapplied_bytes;
        let all = used.saturating_add(self.left(seen)).max(1);
        if self.bounds.budget_bytes <= used {
            return used.saturating_mul(1_000) / self.bounds.budget_bytes.max(1);
        }
        // 64 bits hold a thousand times any disk there is.
        used.saturating_mul(1_000) / all
    }

    fn next_pace(&self, seen: &Signals) -> Option<u32> {
        let per_s = match (seen.store, self.course.applied_per_s()) {
            (StoreHealth::Answers | StoreHealth::Cramped, Some(per_s)) => per_s,
            // While it is away nothing is paced: the levels rule.
            _ => return None,
        };
        let waiting = seen.durable.0.saturating_sub(seen.applied.0);
        let bound = if self.pace.is_some() { PACE_ENDS } else { PACE_BEGINS };
        let is_behind = per_s.saturating_mul(bound.as_secs()) < waiting;
        is_behind.then(|| u32::try_from(per_s.max(1)).unwrap_or(u32::MAX))
    }
}

/// By the share that is used: B2's thresholds.
fn by_share(permille: u64, margin: u64) -> Level {
    [(999, Level::Black), (900, Level::Red), (700, Level::Orange), (250, Level::Yellow)]
        .into_iter()
        .find(|(bound, _)| bound - margin < permille)
        .map_or(Level::Green, |(_, level)| level)
}

/// So much less has to be used before a level ends.
const MARGIN_PERMILLE: u64 = 50;
/// And for so long.
const HOLDS_AT_LEAST: Duration = Duration::from_secs(3);
/// A database that is away for so long is an alarm (reliability X4).
const AWAY_ALARM: Duration = Duration::from_secs(30);
/// A sync that takes so long is one (reliability Y5).
const SLOW_SYNC: Duration = Duration::from_secs(10);
/// Catching up that would take longer slows down what comes.
const PACE_BEGINS: Duration = Duration::from_secs(60);
/// Until it would take no longer than this.
const PACE_ENDS: Duration = Duration::from_secs(30);
