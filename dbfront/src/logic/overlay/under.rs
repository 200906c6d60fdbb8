//! What reads of the database find is laid under what is newer.

use proto::{ids::Lsn, tables::Table};

use super::{ENTRY_BYTES, Entry, Overlay, Rows, slot};
use crate::logic::row::{RowKey, StoredRow, row_bytes};

/// A read that is out. Must be handed back.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct ReadTicket(Lsn);

impl ReadTicket {
    /// A snapshot is of use only if it has at least this applied.
    #[must_use]
    pub fn applied(&self) -> Lsn {
        self.0
    }
}

/// Of a row that comes in.
#[derive(Clone, Copy)]
pub(super) struct Use {
    pub(super) used: bool,
    pub(super) generation: u32,
}

impl Overlay {
    /// A read of the database begins.
    pub fn read_began(&mut self) -> ReadTicket {
        *self.reads.entry(self.applied).or_default() += 1;
        ReadTicket(self.applied)
    }

    /// It is over, and what it found was laid under the overlay, or was of no use.
    #[expect(clippy::needless_pass_by_value, reason = "a ticket is handed back once")]
    pub fn read_ended(&mut self, ticket: ReadTicket) {
        let ReadTicket(begun) = ticket;
        if let Some(out) = self.reads.get_mut(&begun) {
            *out -= 1;
            if *out == 0 {
                self.reads.remove(&begun);
            }
        }
        self.tend();
    }

    /// A row found by a read that is still out; what the overlay knows already is newer or the same.
    pub fn learn(&mut self, table: Table, found: StoredRow) {
        let key = RowKey::of(table.def(), &found.row);
        if !self.knows(table, &key) {
            let generation = self.generation;
            self.put_settled(table, key, found, Use { used: true, generation });
        }
    }

    /// Whether a row is in here, deleted or not.
    pub(super) fn knows(&mut self, table: Table, key: &RowKey) -> bool {
        let Rows { rows, cold, .. } = &self.tables[slot(table)];
        rows.contains_key(key)
            || cold.contains_key(key)
            || self.spilled.as_mut().is_some_and(|spilled| spilled.find(table, key).is_some())
    }

    /// A row that the database has and that is not in here, as it is.
    pub(super) fn put_settled(&mut self, table: Table, key: RowKey, found: StoredRow, usage: Use) {
        let bytes = ENTRY_BYTES + key.bytes() + row_bytes(&found.row);
        let queued = !self.tables[slot(table)].is_kept;
        let entry = Entry {
            ver: found.ver,
            row: Some(found.row),
            bytes,
            changed: Lsn(0),
            unsettled: false,
            queued,
            used: usage.used,
            generation: usage.generation,
            shadow: 0,
        };
        *self.bytes_of(table, true, false) += bytes;
        if queued {
            self.settled.push_back((table, key.clone()));
        }
        self.tables[slot(table)].rows.insert(key, entry);
    }
}
