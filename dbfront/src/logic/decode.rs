//! Records from bytes to changes, once: checked by double entry on the way, then shared by reference.
//! Knows nothing of what is stored.

use std::sync::Arc;

use proto::{
    entry::{EntryError, check_record, gold_after},
    ids::{Epoch, Lsn},
    link::{self, Goods, Op},
    prescan::Budget,
    tables::Table,
    turn::{self, Entry, TurnError},
    wire::{self, DecodeError},
};

use super::{
    amend::{Amendments, Foreign},
    row::{Action, Change, RowKey},
};

/// A mutation with what it says about the row before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// What it does.
    pub change: Change,
    /// Gold in its row before and after, in tables that hold gold.
    pub gold: Option<(i64, i64)>,
    /// What its row was before, in tables that hold goods and where there was one.
    pub goods_before: Option<Goods>,
}

/// One journal frame's records, decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Its first record.
    pub first: Lsn,
    /// Its last record.
    pub last: Lsn,
    /// Who wrote it.
    pub epoch: Epoch,
    /// The journal's chain hash at its end.
    pub chain: [u8; 16],
    /// Size of its records, which stands for the memory that its changes take.
    pub bytes: usize,
    /// Its changes in order.
    pub changes: Arc<[Change]>,
}

impl Frame {
    /// Records in it.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.last.0 + 1 - self.first.0
    }
}

/// A turn that must not be journalled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTurn {
    /// Not a turn.
    #[error(transparent)]
    Turn(#[from] TurnError),
    /// A record that does not decode.
    #[error("record {lsn}: {error}")]
    Record {
        /// Which.
        lsn: Lsn,
        /// Why.
        error: DecodeError,
    },
    /// A record that breaks a rule by itself.
    #[error("record {lsn}: {error}")]
    Entry {
        /// Which.
        lsn: Lsn,
        /// Which rule.
        error: EntryError,
    },
    /// Its replacement is of another record.
    #[error("the replacement of record {lsn} is one of another record")]
    Foreign {
        /// Which.
        lsn: Lsn,
    },
}

/// Decodes and checks one record.
///
/// # Errors
/// [`BadTurn::Record`] and [`BadTurn::Entry`].
pub fn decode_entry(lsn: Lsn, entry: &Entry<'_>, out: &mut Vec<Checked>) -> Result<(), BadTurn> {
    let record: link::Record =
        wire::decode(entry.payload, Budget::LINK).map_err(|error| BadTurn::Record { lsn, error })?;
    check_record(&record).map_err(|error| BadTurn::Entry { lsn, error })?;
    for mutation in record.mutations {
        let Some(table) = Table::from_code(mutation.table) else { continue };
        let def = table.def();
        let gold = gold_after(def, &mutation).map(|after| (mutation.gold_before, after));
        let goods_before = mutation.goods_before;
        let key = RowKey::of(def, &mutation.row);
        let op = mutation.op();
        let row = Arc::from(mutation.row);
        let action = match op {
            Op::Upsert => Action::Upsert(row),
            Op::Delete => Action::Delete(row),
            Op::Append => Action::Append(row),
        };
        let change = Change { lsn, table, key, ver: mutation.ver, action };
        out.push(Checked { change, gold, goods_before });
    }
    Ok(())
}

/// Decodes a frame that stands in the journal, where only checked records are, with what replaces some of them.
///
/// # Errors
/// See [`BadTurn`]: then the journal was written by something else than this program.
pub fn decode_frame(
    first: Lsn,
    epoch: Epoch,
    chain: [u8; 16],
    records: &[u8],
    amendments: &Amendments,
) -> Result<Frame, BadTurn> {
    let entries = turn::entries(records)?;
    let mut checked = Vec::with_capacity(entries.len() * 4);
    let mut lsn = first;
    for entry in &entries {
        let entry = amendments.instead(lsn, *entry).map_err(|Foreign| BadTurn::Foreign { lsn })?;
        decode_entry(lsn, &entry, &mut checked)?;
        lsn = lsn.next();
    }
    let changes = checked.into_iter().map(|checked| checked.change).collect();
    Ok(Frame { first, last: Lsn(lsn.0 - 1), epoch, chain, bytes: records.len(), changes })
}
