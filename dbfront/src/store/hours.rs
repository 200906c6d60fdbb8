//! What a batch's lines of the ledger add up to by hour and reason. A database that applies the batch adds it to its table
//! `gold_hour` in the same transaction: so the table is the ledger's sums, whatever dies when. Knows no database.

use std::collections::BTreeMap;

use proto::tables::{LedgerRow, Row as _, Table};

use super::ApplyBatch;

/// Which sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HourKey {
    /// The hour's begin, milliseconds since 1970.
    pub hour_ms: i64,
    /// A [`Reason`](proto::tables::Reason).
    pub reason: i64,
}

/// The sums of one reason in one hour. Each stops at the highest number that a column holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HourSum {
    /// Gold that came into the world.
    pub gold_in: i64,
    /// Gold that left it.
    pub gold_out: i64,
    /// Gold that went from one holder to another.
    pub gold_moved: i64,
    /// Lines of the ledger.
    pub lines: i64,
}

impl HourSum {
    /// One line more.
    fn add(&mut self, line: &LedgerRow) {
        let sum = match (line.from_account, line.to_account) {
            (0, 0) => None,
            (0, _) => Some(&mut self.gold_in),
            (_, 0) => Some(&mut self.gold_out),
            (_, _) => Some(&mut self.gold_moved),
        };
        if let Some(sum) = sum {
            *sum = sum.saturating_add(line.amount);
        }
        self.lines += 1;
    }
}

/// The sums of a batch, in the order of their keys.
#[must_use]
pub fn of(batch: &ApplyBatch) -> BTreeMap<HourKey, HourSum> {
    let ledgers = batch.tables.iter().filter(|changes| changes.table == Table::Ledger);
    let lines = ledgers.flat_map(|changes| &changes.appends);
    let mut sums: BTreeMap<HourKey, HourSum> = BTreeMap::new();
    for line in lines.filter_map(|change| LedgerRow::from_values(&change.row)) {
        sums.entry(key(&line)).or_default().add(&line);
    }
    sums
}

fn key(line: &LedgerRow) -> HourKey {
    let wall_ms = i64::try_from(line.wall_ms).unwrap_or(i64::MAX);
    HourKey { hour_ms: wall_ms - wall_ms % HOUR_MS, reason: line.reason.into() }
}

/// An hour.
pub const HOUR_MS: i64 = 3_600_000;
/// The table.
pub const TABLE: &str = "gold_hour";
