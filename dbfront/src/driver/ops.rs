//! Commands on their way through this process, for the log: their records durable, then applied. Only while
//! the log shows `debug`; else a look at its level. Knows what is in no record.

use std::collections::VecDeque;

use proto::{
    ids::Lsn,
    turn::{TxnId, entries},
};

/// See the module.
#[derive(Debug, Default)]
pub struct Ops {
    /// Not applied yet, by position; the first so many are durable.
    waiting: VecDeque<(Lsn, TxnId)>,
    durable: usize,
}

impl Ops {
    /// A turn was taken in, of which `first` is the first new record.
    pub fn received(&mut self, turn_first: Lsn, first: Lsn, payload: &[u8]) {
        // The level may be raised while this runs.
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let Ok(found) = entries(payload) else { return };
        for (lsn, entry) in (turn_first.0..).map(Lsn).zip(found) {
            if first <= lsn && entry.txn.cseq != 0 && self.waiting.len() < WAITING_MAX {
                self.waiting.push_back((lsn, entry.txn));
            }
        }
    }

    /// Everything up to here is durable.
    pub fn durable(&mut self, lsn: Lsn) {
        while let Some((at, op)) = self.waiting.get(self.durable).filter(|(at, _)| *at <= lsn) {
            tracing::debug!(event = "op.durable", op = %op, lsn = at.0);
            self.durable += 1;
        }
    }

    /// Everything up to here is in the database.
    pub fn applied(&mut self, lsn: Lsn) {
        while 0 < self.durable
            && let Some((at, op)) = self.waiting.pop_front_if(|(at, _)| *at <= lsn)
        {
            tracing::debug!(event = "op.applied", op = %op, lsn = at.0);
            self.durable -= 1;
        }
    }
}

/// Commands that are followed at a time; with a database that is behind, later ones are not.
const WAITING_MAX: usize = 65_536;
