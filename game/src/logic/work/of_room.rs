//! Rows of rooms in a unit of work. They are in no cache: whoever runs a room knows how its rows stand, for it alone
//! writes them, and says so with each change. Knows no room, and whether what it is told is so dbfront checks.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use proto::{
    link::{Mutation, Op},
    tables::{ReplayChunkRow, ReplayRow, RoomClockRow, RoomEntryRow, RoomRow, RoomStakeRow, Row, Table, int},
};

use super::Work;

/// A row that a room keeps of itself.
pub(crate) trait OfRoom: Row {
    /// Its key; the second number is 0 where the table has only one.
    fn key(&self) -> [u64; 2];
}

impl OfRoom for RoomRow {
    fn key(&self) -> [u64; 2] {
        [self.id, 0]
    }
}

impl OfRoom for RoomEntryRow {
    fn key(&self) -> [u64; 2] {
        [self.room, self.first]
    }
}

impl OfRoom for RoomStakeRow {
    fn key(&self) -> [u64; 2] {
        [self.room, self.account]
    }
}

impl OfRoom for ReplayRow {
    fn key(&self) -> [u64; 2] {
        [self.id, 0]
    }
}

impl OfRoom for ReplayChunkRow {
    fn key(&self) -> [u64; 2] {
        [self.replay, self.n.into()]
    }
}

impl OfRoom for RoomClockRow {
    fn key(&self) -> [u64; 2] {
        [self.id, 0]
    }
}

/// How a row stands before a unit of work: as the last record left it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stands {
    /// Its version; 0: there is none.
    pub(crate) ver: u64,
    /// Its gold, 0 in a table without gold.
    pub(crate) gold: i64,
}

/// What becomes of them, each once, by table and key.
#[derive(Debug, Default)]
pub(super) struct RoomRows(BTreeMap<(Table, [u64; 2]), Mutation>);

impl RoomRows {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Moves them out.
    pub(super) fn take(&mut self, out: &mut Vec<Mutation>) {
        out.extend(std::mem::take(&mut self.0).into_values());
    }
}

impl Work {
    /// Makes or changes a row of a room, also one that this work has changed or taken away: `before` is how it stood
    /// before the whole work. Its version is `before.ver + 1` once the work is a record.
    pub(crate) fn put_of_room<R: OfRoom>(&mut self, row: &R, before: Stands) {
        let (ver, gold_before) = (before.ver + 1, before.gold);
        let table = R::DEF.table as u32;
        let (op, values) = (Op::Upsert.into(), row.values());
        let mutation = Mutation { table, op, ver, row: values, gold_before, ..Mutation::default() };
        self.of_rooms.0.insert((R::DEF.table, row.key()), mutation);
    }

    /// Takes a row of a room away, see [`Self::put_of_room`]; one that only this work has made was never there.
    pub(crate) fn delete_of_room<R: OfRoom>(&mut self, key: [u64; 2], before: Stands) {
        if before.ver == 0 {
            self.of_rooms.0.remove(&(R::DEF.table, key));
            return;
        }
        let (ver, gold_before) = (before.ver + 1, before.gold);
        let (table, op) = (R::DEF.table as u32, Op::Delete.into());
        let values = key[..R::DEF.key_columns].iter().map(|id| int(id.cast_signed())).collect();
        let mutation = Mutation { table, op, ver, row: values, gold_before, ..Mutation::default() };
        self.of_rooms.0.insert((R::DEF.table, key), mutation);
    }
}
