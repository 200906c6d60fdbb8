//! Counts and latencies of a run, one row for each thing that players do. Knows no players.

mod deed;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Duration};

pub use self::deed::Deed;
use crate::{logic::times::Times, report::CommandFigures};

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Done.
    Ok,
    /// Refused.
    Rejected,
    /// Refused for now.
    RetryLater,
    /// The connection ended before an answer.
    Unanswered,
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    deed: Deed,
    sent: u64,
    unsent: u64,
    endings: [u64; 4],
    /// Answers that refused, by name.
    refusals: BTreeMap<String, u64>,
    /// Answers that put off, by name.
    delays: BTreeMap<String, u64>,
    /// From the intended moment to the answer, whatever it says.
    latency: Times,
}

/// All rows.
#[derive(Clone, Debug)]
pub struct Stats {
    rows: [Row; Deed::ALL.len()],
}

impl Default for Stats {
    fn default() -> Self {
        let row = |deed| Row {
            deed,
            sent: 0,
            unsent: 0,
            endings: [0; 4],
            refusals: BTreeMap::new(),
            delays: BTreeMap::new(),
            latency: Times::default(),
        };
        Self { rows: Deed::ALL.map(row) }
    }
}

impl Stats {
    /// It left.
    pub fn sent(&mut self, deed: Deed) {
        self.row(deed).sent += 1;
    }

    /// It was meant, and never left: its time had come too late, or no connection was there.
    pub fn unsent(&mut self, deed: Deed, count: u64) {
        self.row(deed).unsent += count;
    }

    /// It ended, so long after it was meant to leave.
    pub fn ended(&mut self, deed: Deed, ending: Ending, latency: Duration) {
        let row = self.row(deed);
        row.endings[ending as usize] += 1;
        if ending != Ending::Unanswered {
            row.latency.record(latency);
        }
    }

    /// It was refused by this name.
    pub fn refused(&mut self, deed: Deed, code: &str) {
        count(&mut self.row(deed).refusals, bounded(code));
    }

    /// It was put off by this name.
    pub fn put_off(&mut self, deed: Deed, code: &str) {
        count(&mut self.row(deed).delays, bounded(code));
    }

    /// Commands answered OK.
    #[must_use]
    pub fn ok_total(&self) -> u64 {
        self.rows.iter().filter(|row| row.deed.is_command()).map(|row| row.endings[0]).sum()
    }

    /// The rows in which something happened, as figures; rates over `elapsed`.
    #[must_use]
    pub fn figures(&self, elapsed: Duration) -> Vec<CommandFigures> {
        let used = |row: &&Row| row.sent + row.unsent > 0;
        self.rows.iter().filter(used).map(|row| row.figures(elapsed)).collect()
    }

    fn row(&mut self, deed: Deed) -> &mut Row {
        &mut self.rows[deed as usize]
    }
}

impl Row {
    fn figures(&self, elapsed: Duration) -> CommandFigures {
        let [ok, rejected, retry_later, unanswered] = self.endings;
        CommandFigures {
            name: self.deed.name().to_owned(),
            sent: self.sent,
            unsent: self.unsent,
            ok,
            rejected,
            retry_later,
            unanswered,
            refusals: self.refusals.clone(),
            delays: self.delays.clone(),
            ok_per_s: rate(ok, elapsed),
            p50_us: self.latency.at_us(0.5),
            p90_us: self.latency.at_us(0.9),
            p99_us: self.latency.at_us(0.99),
            p999_us: self.latency.at_us(0.999),
            max_us: self.latency.max_us(),
        }
    }
}

/// A name of the server, fit for a key.
#[must_use]
pub fn bounded(name: &str) -> String {
    let fit = |&letter: &char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
    name.chars().filter(fit).take(NAME_CHARS_MAX).collect()
}

/// One more of this name; beyond so many names only `other`.
pub fn count(counts: &mut BTreeMap<String, u64>, name: String) {
    let name = if counts.len() < NAMES_MAX || counts.contains_key(&name) { name } else { "other".to_owned() };
    *counts.entry(name).or_default() += 1;
}

/// So many in such a time, a second, to a tenth.
#[must_use]
pub fn rate(count: u64, elapsed: Duration) -> f64 {
    let seconds = elapsed.as_secs_f64();
    // Counts of a run are far below 2⁵², where a float would round them.
    if seconds > 0.0 { (count as f64 / seconds * 10.0).round() / 10.0 } else { 0.0 }
}

const NAMES_MAX: usize = 64;
const NAME_CHARS_MAX: usize = 40;
