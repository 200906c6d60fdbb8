//! What is kept to be read outlives the process: taken out at an orderly stop, and laid in by the next process as what
//! a read found that began before anything was applied. Knows no file.
//!
//! Must stay true: the rows come from a database that stood exactly where it stood when [`Overlay::warming_began`]
//! was called, and nothing is called covered before every row of it came.

use proto::{ids::Lsn, tables::Table};

use super::{Overlay, ReadTicket, slot, under::Use};
use crate::logic::row::{RowKey, StoredRow, row_bytes};

/// A row that the database has.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedRow {
    /// Its table.
    pub table: Table,
    /// As the database has it.
    pub found: StoredRow,
    /// The writer held it.
    pub is_held: bool,
}

/// Keys of which every row was in memory: after one (none: from the first) up to and with another (none: to the last).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedRange {
    /// Their table.
    pub table: Table,
    /// The key before the first.
    pub after: Option<RowKey>,
    /// The last.
    pub upto: Option<RowKey>,
}

/// Rows that another process saved are coming in. To be handed back.
#[derive(Debug)]
#[must_use]
pub struct Warming {
    ticket: ReadTicket,
    generation: u32,
}

/// Some rows on their way out.
struct Portion<'a> {
    take: &'a mut dyn FnMut(&[SavedRow]) -> bool,
    rows: Vec<SavedRow>,
    bytes: usize,
}

impl Portion<'_> {
    fn put(&mut self, row: SavedRow) -> bool {
        self.bytes += row_bytes(&row.found.row);
        self.rows.push(row);
        self.rows.len() < PORTION_ROWS && self.bytes < PORTION_BYTES || self.send()
    }

    fn send(&mut self) -> bool {
        let is_wanted = self.rows.is_empty() || (self.take)(&self.rows);
        self.rows.clear();
        self.bytes = 0;
        is_wanted
    }
}

impl Overlay {
    /// Nobody writes or reads any more, and the database stands at `cursor`: hands out the rows that it has, in
    /// portions, those used last first, until `take` says that it has enough. Then the ranges of which nothing is
    /// missing among them: none if rows are left, or wait for the database. Nothing at all if memory knows of more than
    /// the database has: it went back.
    pub fn save(mut self, cursor: Lsn, take: &mut dyn FnMut(&[SavedRow]) -> bool) -> Vec<SavedRange> {
        if self.applied != cursor {
            return Vec::new();
        }
        // Nobody hands these back.
        self.reads.clear();
        for _ in 0..SETTLE_TURNS {
            if self.unsettled_bytes == 0 {
                break;
            }
            self.tend();
        }
        let is_settled = self.unsettled_bytes == 0 && self.spilled().0 == 0;
        if !self.hand_out(take) || !is_settled {
            return Vec::new();
        }
        // Rows of tables that are kept were not among them: each start asks the database for all of these.
        let tables = Table::ALL.iter().filter(|table| !self.tables[slot(**table)].is_kept);
        let ranges = |table: &Table| {
            let range = |(after, upto): (Option<&RowKey>, Option<&RowKey>)| SavedRange {
                table: *table,
                after: after.cloned(),
                upto: upto.cloned(),
            };
            self.tables[slot(*table)].cover.ranges().map(range).collect::<Vec<_>>()
        };
        tables.flat_map(ranges).collect()
    }

    fn hand_out(&mut self, take: &mut dyn FnMut(&[SavedRow]) -> bool) -> bool {
        let generation = self.generation;
        let mut portion = Portion { take, rows: Vec::new(), bytes: 0 };
        for (table, key) in self.settled.iter().rev() {
            let entry = self.tables[slot(*table)].rows.get(key).filter(|entry| !entry.unsettled);
            let Some((entry, row)) = entry.and_then(|entry| Some((entry, entry.row.clone()?))) else {
                continue;
            };
            let found = StoredRow { ver: entry.ver, row };
            let is_held = entry.generation == generation;
            if !portion.put(SavedRow { table: *table, found, is_held }) {
                return false;
            }
        }
        let Some(mut packs) = self.cold.take() else { return portion.send() };
        for number in packs.youngest_first() {
            for row in self.unpack(&mut packs, number) {
                let found = StoredRow { ver: row.ver, row: row.row };
                let is_held = row.generation == generation;
                if !portion.put(SavedRow { table: row.table, found, is_held }) {
                    return false;
                }
            }
        }
        portion.send()
    }

    /// Rows of a database that stands where this one stands now will come, and then everything in these ranges is here.
    pub fn warming_began(&mut self) -> Warming {
        Warming { ticket: self.read_began(), generation: self.generation }
    }

    /// Of these ranges every row comes.
    pub fn warm_ranges(&mut self, _: &Warming, ranges: &[SavedRange]) {
        for SavedRange { table, after, upto } in ranges {
            self.tables[slot(*table)].coming.extend(after.as_ref(), upto.as_ref());
        }
    }

    /// Some came, the longest unused first. What is here is newer, or the same.
    pub fn warm_rows(&mut self, warming: &Warming, rows: Vec<SavedRow>) {
        for SavedRow { table, found, is_held } in rows {
            let key = RowKey::of(table.def(), &found.row);
            if !self.knows(table, &key) {
                let generation = if is_held { warming.generation } else { 0 };
                self.put_settled(table, key, found, Use { used: false, generation });
            }
        }
        self.tend();
    }

    /// Whether rows that wait for the database need the room: while others come they stay.
    #[must_use]
    pub fn is_pressed(&self) -> bool {
        self.unsettled_bytes_max / 2 < self.unsettled_bytes || self.spilled().0 != 0
    }

    /// All rows came, or no more do.
    pub fn warming_ended(&mut self, warming: Warming, is_whole: bool) {
        for rows in &mut self.tables {
            let coming = std::mem::take(&mut rows.coming);
            if is_whole {
                rows.cover.join(&coming);
            }
        }
        self.read_ended(warming.ticket);
    }
}

/// Rows handed out at a time.
pub const PORTION_ROWS: usize = 512;
/// Memory of them, but for the last of them.
pub const PORTION_BYTES: usize = 64 * 1024;
/// So often a bounded part of what waits is let go: more than memory has.
const SETTLE_TURNS: usize = 10_000;
