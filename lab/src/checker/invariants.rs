//! The verdict of a chaos run, one line for each invariant I1 to I14 of reliability §4.1: what players were told and
//! when, the journal as records, the tables as rows, how processes ended and what they used. Plain maps and plain SQL;
//! shares nothing with what wrote them.

pub mod dump;
mod judge;
pub mod model;
pub mod rows;
#[cfg(test)]
mod tests;
pub mod told;

use std::{collections::BTreeMap, fmt, time::Duration};

use super::{Verdict, audit::Audit};
pub use judge::judge;
use model::Journal;
use rows::Rows;
use told::Op;

/// All that a verdict is about. What is not there is said not to be judged.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// What every player did and was told.
    pub told: Vec<Op>,
    /// All records from the first one on.
    pub journal: Option<Journal>,
    /// The database.
    pub rows: Rows,
    /// Its audit, beside the log of those who deal.
    pub audit: Audit,
    /// What payers were told, beside the ledger.
    pub payments: Verdict,
    /// What players found wrong at once: stable code and words.
    pub wrong: Vec<(String, String)>,
    /// Players who were checked to the end, of all.
    pub players: (u32, u32),
    /// How processes ended that nobody asked to.
    pub ends: Vec<End>,
    /// What processes used at most.
    pub peaks: Vec<Peak>,
    /// How it came back.
    pub recovery: Option<Recovery>,
    /// Planted secrets and how many files and pages they were looked for in.
    pub canaries: Option<Canaries>,
}

/// A process that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Of which role.
    pub role: String,
    /// Who or what ended it.
    pub cause: Cause,
}

/// See [`End`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// By our signal.
    Ours,
    /// By its own decision: the stable name.
    Named(String),
    /// Neither: what the supervisor says of it.
    Unnamed(String),
}

/// A figure with a bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peak {
    /// Whose and what.
    pub what: String,
    /// At most, of all samples.
    pub seen: u64,
    /// What it may be.
    pub cap: u64,
}

/// After the last fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// Until everything served; nothing: it never did.
    pub ready: Option<Duration>,
    /// What that may take.
    pub bound: Duration,
    /// After the last command, until the database held all of the journal; nothing: it never did.
    pub caught_up: Option<Duration>,
}

/// Secrets that were planted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Canaries {
    /// How many.
    pub planted: u32,
    /// Files and pages they were looked for in.
    pub places: u32,
    /// Where one was found.
    pub leaks: Vec<String>,
}

/// I1 to I14.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub u8);

impl Id {
    /// Every one.
    pub const ALL: [Self; 14] = {
        let mut all = [Self(0); 14];
        let mut n = 1;
        while n <= 14 {
            all[n as usize - 1] = Self(n);
            n += 1;
        }
        all
    };

    /// In a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            1 => "ack-durable",
            2 => "prefix",
            3 => "exactly-once",
            4 => "conservation",
            5 => "atomic",
            6 => "at-most-once",
            7 => "session order",
            8 => "fence",
            9 => "loud",
            10 => "bounded",
            11 => "liveness",
            12 => "no leak",
            13 => "isolation",
            _ => "order witness",
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "I{}", self.0)
    }
}

/// One invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Which.
    pub id: Id,
    /// What was compared, with numbers.
    pub basis: String,
    /// None of it could be looked at.
    pub is_skipped: bool,
    /// Violations.
    pub count: u64,
    /// The first of them.
    pub findings: Vec<String>,
}

/// Every invariant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgment(pub BTreeMap<Id, Judged>);

impl Judgment {
    /// Nothing is violated.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.0.values().all(|judged| judged.count == 0)
    }

    /// Violations of one.
    #[must_use]
    pub fn count(&self, id: u8) -> u64 {
        self.0.get(&Id(id)).map_or(0, |judged| judged.count)
    }

    /// Of an invariant: one more that does not hold.
    pub(crate) fn found(&mut self, id: u8, what: impl FnOnce() -> String) {
        let judged = self.of(id);
        judged.count += 1;
        if judged.findings.len() < FINDINGS_MAX {
            judged.findings.push(what());
        }
    }

    fn of(&mut self, id: u8) -> &mut Judged {
        self.0.entry(Id(id)).or_insert_with(|| Judged {
            id: Id(id),
            basis: String::new(),
            is_skipped: false,
            count: 0,
            findings: Vec::new(),
        })
    }

    fn basis(&mut self, id: u8, basis: String) {
        self.of(id).basis = basis;
    }

    fn skip(&mut self, id: u8, why: &str) {
        let judged = self.of(id);
        why.clone_into(&mut judged.basis);
        judged.is_skipped = true;
    }
}

impl fmt::Display for Judgment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for judged in self.0.values() {
            let Judged { id, basis, is_skipped, count, findings } = judged;
            let word = match (count, is_skipped) {
                (0, false) => "holds".to_owned(),
                (0, true) => "not judged here".to_owned(),
                (count, _) => format!("VIOLATED × {count}"),
            };
            writeln!(f, "{:<4} {:<14} {word}: {basis}", id.to_string(), id.name())?;
            for finding in findings {
                writeln!(f, "       {finding}")?;
            }
        }
        Ok(())
    }
}

/// Violations of an invariant that are spelled out.
const FINDINGS_MAX: usize = 10;
