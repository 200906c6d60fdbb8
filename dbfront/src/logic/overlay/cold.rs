//! Rows that were not used lately, many to a pack and deflated: a fraction of their size, for some microseconds to
//! read one. Knows which rows are in which pack, not why they are kept.

use std::collections::VecDeque;

use proto::{
    deflate::{Deflater, Inflater},
    tables::Table,
};
use rustc_hash::FxHashMap;

use crate::logic::{
    packing::{put_row, take_row},
    row::{Row, RowKey, StoredRow},
};

/// Where a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pack: u32,
    at: u16,
    /// As of an entry in memory.
    pub(super) generation: u32,
}

/// A row on its way in, or to another pack.
#[derive(Debug)]
pub(super) struct Cooling {
    pub(super) table: Table,
    pub(super) key: RowKey,
    pub(super) ver: u64,
    pub(super) row: Row,
    pub(super) generation: u32,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Cold {
    packs: FxHashMap<u32, Pack>,
    /// The oldest first; some of them are gone.
    order: VecDeque<u32>,
    begun: u32,
    /// Of which more than half is gone.
    thin: Vec<u32>,
    bytes: usize,
    deflater: Deflater,
    inflater: Inflater,
    /// The pack that was read last, for the next row is often its neighbor.
    open: Open,
}

#[derive(Debug)]
struct Pack {
    table: Table,
    bytes: Box<[u8]>,
    is_deflated: bool,
    rows: u16,
    live: u16,
}

#[derive(Debug, Default)]
struct Open {
    /// 0: none.
    pack: u32,
    bytes: Vec<u8>,
    /// Where each row begins.
    begins: Vec<usize>,
}

impl Cold {
    /// Packs, and places within the maps of rows.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Of that the packs, counted anew.
    #[cfg(test)]
    pub(super) fn pack_bytes(&self) -> usize {
        self.packs.values().map(|pack| PACK_BYTES + pack.bytes.len()).sum()
    }

    /// How many packs there are.
    pub(super) fn count(&self) -> usize {
        self.packs.len()
    }

    /// Packs rows of one table, in order of their keys, and gives each its place.
    pub(super) fn pack(&mut self, rows: &[Cooling]) -> Vec<Place> {
        let Some(table) = rows.first().map(|row| row.table) else { return Vec::new() };
        let mut raw = Vec::new();
        for row in rows {
            put_row(&mut raw, row.ver, Some(&row.row));
            self.bytes += place_bytes(&row.key);
        }
        let mut deflated = Vec::new();
        let is_deflated = self.deflater.deflate(&raw, &mut deflated);
        let bytes: Box<[u8]> = if is_deflated { deflated.as_slice().into() } else { raw.as_slice().into() };
        self.begun = self.begun.wrapping_add(1).max(1);
        self.bytes += PACK_BYTES + bytes.len();
        let count = u16::try_from(rows.len()).unwrap_or(u16::MAX);
        let pack = Pack { table, bytes, is_deflated, rows: count, live: count };
        self.packs.insert(self.begun, pack);
        self.order.push_back(self.begun);
        if 2 * self.packs.len() + PACK_ROWS_MAX < self.order.len() {
            self.order.retain(|number| self.packs.contains_key(number));
        }
        let places = rows.iter().zip(0..count);
        places.map(|(row, at)| Place { pack: self.begun, at, generation: row.generation }).collect()
    }

    fn open(&mut self, number: u32) -> Option<()> {
        if self.open.pack == number {
            return Some(());
        }
        self.open.pack = 0;
        let pack = self.packs.get(&number)?;
        if pack.is_deflated {
            self.inflater.inflate(&pack.bytes, usize::MAX, &mut self.open.bytes).ok()?;
        } else {
            self.open.bytes.clear();
            self.open.bytes.extend_from_slice(&pack.bytes);
        }
        self.open.begins.clear();
        let mut rest = self.open.bytes.as_slice();
        while !rest.is_empty() {
            self.open.begins.push(self.open.bytes.len() - rest.len());
            take_row(&mut rest)?;
        }
        self.open.pack = number;
        Some(())
    }

    fn row(&mut self, place: Place) -> Option<StoredRow> {
        self.open(place.pack)?;
        let begin = *self.open.begins.get(usize::from(place.at))?;
        let (ver, row) = take_row(&mut self.open.bytes.get(begin..)?)?;
        Some(StoredRow { ver, row: row? })
    }

    /// The row at a place that is still taken.
    pub(super) fn read(&mut self, place: Place) -> StoredRow {
        self.row(place).expect("a pack gives back what this process put into it")
    }

    /// A row is not there any more.
    pub(super) fn leave(&mut self, key: &RowKey, place: Place) {
        self.bytes -= place_bytes(key);
        let Some(pack) = self.packs.get_mut(&place.pack) else { return };
        pack.live -= 1;
        if pack.live == 0 {
            self.drop_pack(place.pack);
        } else if pack.live == pack.rows / 2 {
            self.thin.push(place.pack);
        }
    }

    fn drop_pack(&mut self, number: u32) {
        if let Some(pack) = self.packs.remove(&number) {
            self.bytes -= PACK_BYTES + pack.bytes.len();
        }
    }

    /// The oldest pack.
    pub(super) fn oldest(&mut self) -> Option<u32> {
        while let Some(number) = self.order.pop_front() {
            if self.packs.contains_key(&number) {
                return Some(number);
            }
        }
        None
    }

    /// All packs, the youngest first.
    pub(super) fn youngest_first(&self) -> Vec<u32> {
        self.order.iter().rev().filter(|number| self.packs.contains_key(number)).copied().collect()
    }

    /// It stays, as the youngest.
    pub(super) fn renew(&mut self, number: u32) {
        self.order.push_back(number);
    }

    /// A pack that is worth making again with others.
    pub(super) fn thin(&mut self) -> Option<u32> {
        self.thin.pop()
    }

    /// Whether so many are that they fill new ones.
    pub(super) fn has_many_thin(&self) -> bool {
        THIN_MAX <= self.thin.len()
    }

    /// All rows that were put into a pack and the places that they had; who knows the keys knows which are still there.
    pub(super) fn rows(&mut self, number: u32) -> Option<(Table, Vec<(StoredRow, u16)>)> {
        let (table, rows) = self.packs.get(&number).map(|pack| (pack.table, pack.rows))?;
        let row = |at| (self.read(Place { pack: number, at, generation: 0 }), at);
        Some((table, (0..rows).map(row).collect()))
    }

    /// Whether a place is this one.
    pub(super) fn is_at(place: Place, number: u32, at: u16) -> bool {
        place.pack == number && place.at == at
    }
}

/// What a place takes in a map, with its part of the map's nodes.
pub(super) fn place_bytes(key: &RowKey) -> usize {
    (size_of::<RowKey>() + size_of::<Place>()) * 3 / 2 + key.bytes() + 16
}

/// A pack without its bytes: in a map, in the order, from the allocator.
const PACK_BYTES: usize = size_of::<Pack>() * 2 + 32;
/// Thin packs at a time.
const THIN_MAX: usize = 16;
/// Rows of a pack: more deflate better, and each read of one inflates all.
pub(super) const PACK_ROWS_MAX: usize = 64;
