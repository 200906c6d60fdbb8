//! How many bytes of the journal the database does not have: each turn's, until it is applied. Exact to a grain,
//! so that an hour of turns takes little memory.

use std::collections::VecDeque;

use proto::ids::Lsn;

/// See the module.
#[derive(Debug)]
pub struct Meter {
    /// Up to which record, and how many bytes were taken by its end, oldest first.
    marks: VecDeque<(Lsn, u64)>,
    /// Bytes ever taken, and records.
    taken: u64,
    records: u64,
    /// Of the bytes applied, to a grain.
    applied: u64,
    last: Lsn,
    applied_lsn: Lsn,
    /// The database went back: up to this record it lacks so many bytes a record.
    again: Option<(Lsn, u64)>,
    grain: u64,
}

impl Meter {
    /// Nothing waits; `budget_bytes` says how exact it has to be.
    #[must_use]
    pub fn new(applied: Lsn, budget_bytes: u64) -> Self {
        Self {
            marks: VecDeque::new(),
            taken: 0,
            records: 0,
            applied: 0,
            last: applied,
            applied_lsn: applied,
            again: None,
            grain: (budget_bytes / MARKS_MAX).max(1),
        }
    }

    /// A turn that ends with this record came into the journal.
    pub fn take(&mut self, last: Lsn, bytes: u64) {
        self.taken += bytes;
        self.records += last.0.saturating_sub(self.last.0);
        self.last = self.last.max(last);
        let before = self.marks.len().checked_sub(2).and_then(|index| self.marks.get(index));
        let before = before.map_or(self.applied, |(_, until)| *until);
        match self.marks.back_mut() {
            Some(newest) if self.taken - before <= self.grain => *newest = (last, self.taken),
            _ => self.marks.push_back((last, self.taken)),
        }
    }

    /// The database has everything up to here. It may go back (reliability D3): then what it lacks is estimated
    /// by what a record took so far.
    pub fn apply(&mut self, lsn: Lsn) {
        if lsn < self.applied_lsn {
            let until = self.again.map_or(self.applied_lsn, |(until, _)| until);
            let mean = self.taken.checked_div(self.records).unwrap_or(RECORD_BYTES);
            self.again = Some((until, mean));
        }
        self.again = self.again.filter(|(until, _)| lsn < *until);
        while let Some((_, until)) = self.marks.pop_front_if(|(last, _)| *last <= lsn) {
            self.applied = until;
        }
        self.applied_lsn = lsn;
    }

    /// Bytes that wait.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        let again = self.again.map_or(0, |(until, mean)| (until.0 - self.applied_lsn.0).saturating_mul(mean));
        self.taken - self.applied + again
    }
}

/// How finely the budget is measured.
const MARKS_MAX: u64 = 65_536;
/// What a record takes where none was seen.
const RECORD_BYTES: u64 = 256;
