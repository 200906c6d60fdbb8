//! What must be true, told apart from the code that is tested: every record that game made, in order, replayed in
//! plain maps; what was promised to whom; and what the database holds beside it.

mod ledger;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use proto::{
    ids::{Epoch, Lsn},
    turn::{TxnId, entries},
};

use self::ledger::Ledger;
use super::database::Database;

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Of reliability §4.1: I1 … I14; or `stop`, `panic`, `liveness`.
    pub rule: &'static str,
    /// What happened.
    pub what: String,
}

pub(super) fn wrong<T>(rule: &'static str, what: String) -> Result<T, Wrong> {
    Err(Wrong { rule, what })
}

/// One record as game made it.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) epoch: Epoch,
    pub(super) txn: TxnId,
    pub(super) payload: Bytes,
    /// A crash must not take it back once it was seen.
    pub(super) is_value: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Truth {
    /// By position, from 1; of the writer whose epoch it is.
    made: Vec<Made>,
    by_txn: BTreeMap<(u64, u64), Lsn>,
    epoch: Epoch,
    /// The highest epoch that dbfront granted to anybody.
    pub(super) granted: Epoch,
    /// The highest position that any dbfront told anybody to be durable.
    acked: Lsn,
    /// Positions up to here are stated as durable in the journal itself: damage to them cannot be taken for a torn
    /// tail. What was acknowledged beyond is the hole that reliability §2.12 names.
    proven: Lsn,
    /// The highest position of which a player saw an effect that must not vanish.
    shown: Lsn,
    /// The effect of all that was made.
    head: Ledger,
    /// The effect of what the database must hold.
    stored: Ledger,
    stored_lsn: Lsn,
}

impl Truth {
    /// A game was granted an epoch over everything up to here: what its predecessor made beyond is lost for good.
    pub(super) fn begin(&mut self, epoch: Epoch, durable: Lsn) -> Result<(), Wrong> {
        if epoch <= self.epoch {
            return wrong("I8", format!("epoch {epoch} was granted after {}", self.epoch));
        }
        let made = self.last();
        if made < durable {
            return wrong("I2", format!("the journal ends at {durable}, only {made} records were made"));
        }
        if durable < self.acked || durable < self.shown {
            let (acked, shown) = (self.acked, self.shown);
            return wrong(
                "I1",
                format!("a new game begins at {durable}; {acked} was durable, {shown} was seen"),
            );
        }
        self.epoch = epoch;
        if durable < made {
            let keep = usize::try_from(durable.0).unwrap_or(usize::MAX);
            for lost in self.made.drain(keep..) {
                self.by_txn.remove(&(lost.txn.account.0, lost.txn.cseq));
            }
            self.head = self.replayed(durable)?;
        }
        Ok(())
    }

    /// A game hands out a turn, for the first time or again.
    pub(super) fn turn(&mut self, epoch: Epoch, first: Lsn, bytes: &Bytes) -> Result<(), Wrong> {
        if epoch != self.epoch {
            // Of a game that is over and does not know: nobody may ever see it.
            return Ok(());
        }
        let Ok(found) = entries(bytes) else { return wrong("I2", format!("turn {first} is none")) };
        for (lsn, entry) in (first.0..).map(Lsn).zip(found) {
            if lsn <= self.last() {
                let known = self.at(lsn).map(|made| &made.payload[..]);
                if known != Some(entry.payload) {
                    return wrong("I14", format!("record {lsn} was sent again with other bytes"));
                }
                continue;
            }
            if lsn != self.last().next() {
                return wrong("I14", format!("record {lsn} came after {}", self.last()));
            }
            let TxnId { account, cseq } = entry.txn;
            if cseq != 0 && self.by_txn.insert((account.0, cseq), lsn).is_some() {
                return wrong("I6", format!("command {cseq} of {account} happened twice, again at {lsn}"));
            }
            let is_value = self.head.apply(lsn, entry.payload)?;
            let payload = bytes.slice_ref(entry.payload);
            self.made.push(Made { epoch, txn: entry.txn, payload, is_value });
        }
        Ok(())
    }

    /// The position of a command's record.
    pub(super) fn of(&self, account: u64, cseq: u64) -> Option<Lsn> {
        self.by_txn.get(&(account, cseq)).copied()
    }

    /// Whether that record is one of value.
    pub(super) fn is_value(&self, lsn: Lsn) -> bool {
        self.at(lsn).is_some_and(|made| made.is_value)
    }

    /// Dbfront told somebody that everything up to here is durable.
    pub(super) fn acked(&mut self, lsn: Lsn) {
        self.acked = self.acked.max(lsn);
    }

    /// A player sees the effect of a record.
    pub(super) fn shown(&mut self, lsn: Lsn, who: &str) -> Result<(), Wrong> {
        if self.acked < lsn {
            return wrong("I1", format!("{who} saw record {lsn}, durable was only {}", self.acked));
        }
        self.shown = self.shown.max(lsn);
        Ok(())
    }

    pub(super) fn last(&self) -> Lsn {
        Lsn(self.made.len() as u64)
    }

    pub(super) fn last_acked(&self) -> Lsn {
        self.acked
    }

    pub(super) fn at(&self, lsn: Lsn) -> Option<&Made> {
        self.made.get(usize::try_from(lsn.0.checked_sub(1)?).ok()?)
    }

    /// The journal states that everything up to here is durable.
    pub(super) fn proven(&mut self, lsn: Lsn) {
        self.proven = self.proven.max(lsn);
    }

    /// Dbfront has recovered its journal up to here. `has_lied`: the disk did not keep what it had promised. Says
    /// whether all is there.
    pub(super) fn recovered(&self, durable: Lsn, has_lied: bool) -> Result<bool, Wrong> {
        if has_lied && self.proven <= durable && durable < self.acked {
            return Ok(false);
        }
        if durable < self.acked {
            return wrong("I1", format!("recovery ends at {durable}, {} was told to be durable", self.acked));
        }
        if self.last() < durable {
            return wrong(
                "I2",
                format!("recovery ends at {durable}, only {} records were made", self.last()),
            );
        }
        Ok(true)
    }

    /// A record as the journal has it.
    pub(super) fn journalled(&self, lsn: Lsn, epoch: Epoch, txn: TxnId, payload: &[u8]) -> Result<(), Wrong> {
        let Some(made) = self.at(lsn) else {
            return wrong("I2", format!("the journal has record {lsn}, which was never made"));
        };
        if made.epoch != epoch {
            return wrong(
                "I8",
                format!("record {lsn} is of epoch {}, in the journal of {epoch}", made.epoch),
            );
        }
        if made.txn != txn || made.payload[..] != *payload {
            return wrong("I2", format!("record {lsn} is in the journal with other bytes"));
        }
        Ok(())
    }

    /// The database committed: compares what the records since the last time changed.
    pub(super) fn committed(&mut self, database: &Database, lsn: Lsn) -> Result<(), Wrong> {
        if self.acked < lsn && self.last() < lsn {
            return wrong("I2", format!("the database is at {lsn}, only {} records were made", self.last()));
        }
        if lsn < self.stored_lsn {
            self.went_back(lsn)?;
            return self.whole(database);
        }
        let mut touched = BTreeSet::new();
        for next in self.stored_lsn.0 + 1..=lsn.0 {
            let Some(made) = self.at(Lsn(next)) else {
                return wrong("I2", format!("the database has record {next}, which was never made"));
            };
            let payload = made.payload.clone();
            self.stored.apply_touching(Lsn(next), &payload, &mut touched)?;
        }
        self.stored_lsn = lsn;
        database.rows(|rows| self.stored.compare(rows, &touched))
    }

    /// The database came back with less.
    pub(super) fn went_back(&mut self, lsn: Lsn) -> Result<(), Wrong> {
        self.stored = self.replayed(lsn)?;
        self.stored_lsn = lsn;
        Ok(())
    }

    /// Compares all rows.
    pub(super) fn whole(&self, database: &Database) -> Result<(), Wrong> {
        database.rows(|rows| self.stored.compare_all(rows))
    }

    fn replayed(&self, upto: Lsn) -> Result<Ledger, Wrong> {
        let mut ledger = Ledger::default();
        for (lsn, made) in (1..=upto.0).map(Lsn).zip(&self.made) {
            ledger.apply(lsn, &made.payload)?;
        }
        Ok(ledger)
    }
}
