//! Tables of which every row is in memory: of matches that are running. A game that is killed while the database is away
//! finds them all, for each page of them is answered from here. Their rows neither leave memory for want of room nor go
//! to disk; if they become too many, they are rows like any other from then on.

use std::mem;

use proto::tables::Table;

use super::{Overlay, slot, under::Use};
use crate::logic::row::{RowKey, StoredRow};

impl Overlay {
    /// Keeps all rows of [`KEPT`], as long as they take no more than so many bytes of memory. What the database has of
    /// them has to come by [`Self::keep`] before any record does.
    #[must_use]
    pub fn keeping(self, bytes_max: usize) -> Self {
        self.keeping_of(KEPT, bytes_max)
    }

    /// The same for other tables.
    pub(super) fn keeping_of(mut self, tables: &[Table], bytes_max: usize) -> Self {
        for table in tables {
            self.tables[slot(*table)].is_kept = true;
        }
        self.kept_bytes_max = bytes_max;
        self
    }

    /// Rows that the database has, at the position at which this began.
    pub fn keep(&mut self, table: Table, found: Vec<StoredRow>) {
        for row in found {
            let key = RowKey::of(table.def(), &row.row);
            if !self.knows(table, &key) {
                self.put_settled(table, key, row, Use { used: false, generation: 0 });
            }
        }
        self.give_up_beyond_bound();
    }

    /// These were all that the database has of a table.
    pub fn kept_whole(&mut self, table: Table) {
        if self.tables[slot(table)].is_kept {
            self.tables[slot(table)].cover.extend(None, None);
        }
    }

    /// Whether they are still kept.
    #[must_use]
    pub fn is_keeping(&self) -> bool {
        self.tables.iter().any(|rows| rows.is_kept)
    }

    /// Bytes of them.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        self.kept_bytes
    }

    /// Where the bytes of a row are counted.
    pub(super) fn bytes_of(&mut self, table: Table, is_there: bool, unsettled: bool) -> &mut usize {
        if is_there && self.tables[slot(table)].is_kept {
            &mut self.kept_bytes
        } else if unsettled {
            &mut self.unsettled_bytes
        } else {
            &mut self.settled_bytes
        }
    }

    /// Too many: whatever is known of them stays known as long as there is room for it.
    pub(super) fn give_up_beyond_bound(&mut self) {
        if self.kept_bytes <= self.kept_bytes_max {
            return;
        }
        self.kept_bytes = 0;
        for (table, of_table) in Table::ALL.iter().zip(&mut self.tables) {
            if !mem::take(&mut of_table.is_kept) {
                continue;
            }
            for (key, entry) in of_table.rows.iter_mut().filter(|(_, entry)| entry.row.is_some()) {
                if entry.unsettled {
                    self.unsettled_bytes += entry.bytes;
                    continue;
                }
                self.settled_bytes += entry.bytes;
                entry.queued = true;
                self.settled.push_back((*table, key.clone()));
            }
        }
    }
}

/// Of matches that are running; chunks of their replays are not needed to go on.
pub const KEPT: &[Table] = &[Table::Room, Table::RoomEntry, Table::RoomStake, Table::RoomClock];
