//! Rows as of the last record received: those not yet applied, and those kept because game holds them or
//! memory allows. One database snapshot with this laid over it is the world as game last wrote it.
//!
//! Must stay true: every row that a record changed is in here until the database has it *and* no read that
//! began before that is still out. Dropping any other row costs a read, never the truth. Where memory ends, rows
//! that wait go to a disk and are in here all the same.

mod born;
mod cold;
mod cover;
mod kept;
mod room;
pub mod saved;
mod scan;
mod span;
pub mod spill;
#[cfg(test)]
mod tests;
mod tiers;
mod under;

use std::collections::{BTreeMap, VecDeque};

use proto::{
    entry::{row_gold, row_goods},
    ids::Lsn,
    link::Value,
    tables::Table,
};

use self::{
    cold::{Cold, Place},
    cover::Cover,
    spill::{SpillError, SpillPlace, Spilled},
};
pub use self::{
    kept::KEPT,
    scan::{Page, ScanEnd},
    span::Span,
    under::ReadTicket,
};
use super::{
    decode::Checked,
    row::{Action, Change, Row, RowKey, StoredRow, row_bytes},
};

/// See the module.
#[derive(Debug)]
pub struct Overlay {
    tables: Vec<Rows>,
    /// Rows that the database may not have, once each, by the record that made them wait.
    unsettled: VecDeque<(Lsn, Table, RowKey)>,
    /// Of them those that the database has and that stay for an older state of theirs on disk.
    shadowing: VecDeque<(Table, RowKey)>,
    /// Those that left memory.
    spilled: Option<Spilled>,
    /// Rows that could be dropped, each once, the longest unused first.
    settled: VecDeque<(Table, RowKey)>,
    /// Of those the ones that are kept deflated.
    cold: Option<Cold>,
    hits: Hits,
    /// So many packs were looked at in a row of which the writer holds every row.
    all_held: usize,
    /// For each `applied` at which reads began, how many are out.
    reads: BTreeMap<Lsn, usize>,
    applied: Lsn,
    /// The last record taken in.
    last: Lsn,
    /// Rows pinned in this generation are what the writer holds.
    generation: u32,
    unsettled_bytes: usize,
    unsettled_bytes_max: usize,
    settled_bytes: usize,
    settled_bytes_max: usize,
    /// Of the rows of tables that are kept, which count neither there nor there.
    kept_bytes: usize,
    kept_bytes_max: usize,
}

#[derive(Debug, Default)]
struct Rows {
    rows: BTreeMap<RowKey, Entry>,
    /// None of them is in `rows`, and the database has them.
    cold: BTreeMap<RowKey, Place>,
    cover: Cover,
    /// What will be covered once all that another process saved is in here.
    coming: Cover,
    /// All of them stay in memory.
    is_kept: bool,
}

impl Rows {
    /// A row went that the database has.
    fn lost(&mut self, table: Table, key: &RowKey, row: Option<&[Value]>) {
        self.cover.lost(table, key, row);
        self.coming.lost(table, key, row);
    }
}

#[derive(Clone, Debug)]
struct Entry {
    ver: u64,
    /// Nothing: deleted.
    row: Option<Row>,
    bytes: usize,
    /// The record that changed it last; 0: only read.
    changed: Lsn,
    unsettled: bool,
    /// Stands in the queue of settled rows.
    queued: bool,
    used: bool,
    generation: u32,
    /// An older state of it may be on disk, in this run or one before it; 0: none is.
    shadow: u32,
}

/// How rows that were asked for by key were answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// Rows as they are.
    pub hot: u64,
    /// Rows that were deflated.
    pub cold: u64,
    /// Rows that wait for the database, on disk.
    pub disk: u64,
    /// Rows that are known not to be there.
    pub absent: u64,
    /// The database had to be asked.
    pub missed: u64,
    /// Rows that the writer held and that went all the same: no room for all that it holds.
    pub held_lost: u64,
}

/// What is known of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// It is this.
    Row(StoredRow),
    /// It does not exist.
    Absent,
    /// Only the database can tell.
    Unknown,
}

/// A change that does not fit the row that it is made to: a mistake of game, never journalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {lsn} changes a row of {table} from a version or an amount that it does not have")]
pub struct Mismatch {
    /// The record.
    pub lsn: Lsn,
    /// The table.
    pub table: &'static str,
}

/// What stood before some writes, to take them back.
#[derive(Debug, Default)]
pub struct Undo(Vec<(Table, RowKey, Option<Entry>)>);

impl Overlay {
    /// Over a database that has everything up to `applied`.
    #[must_use]
    pub fn new(applied: Lsn, settled_bytes_max: usize) -> Self {
        Self {
            tables: Table::ALL.iter().map(|_| Rows::default()).collect(),
            unsettled: VecDeque::new(),
            shadowing: VecDeque::new(),
            spilled: None,
            settled: VecDeque::new(),
            cold: None,
            hits: Hits::default(),
            all_held: 0,
            reads: BTreeMap::new(),
            applied,
            last: applied,
            generation: 1,
            unsettled_bytes: 0,
            unsettled_bytes_max: usize::MAX,
            settled_bytes: 0,
            settled_bytes_max,
            kept_bytes: 0,
            kept_bytes_max: usize::MAX,
        }
    }

    /// Keeps at most so many bytes of rows that the database may not have in memory, and of the others so many on
    /// disk.
    #[must_use]
    pub fn spilling(self, memory_bytes_max: usize, place: Box<dyn SpillPlace>, disk_bytes_max: u64) -> Self {
        let spilled = Some(Spilled::new(place, disk_bytes_max));
        Self { unsettled_bytes_max: memory_bytes_max, spilled, ..self }
    }

    /// Keeps most of the rows that the database has deflated, many more of them in as many bytes.
    #[must_use]
    pub fn deflating(self) -> Self {
        Self { cold: Some(Cold::default()), ..self }
    }

    /// What is known of a row; it counts as held by the writer from now on.
    pub fn look(&mut self, table: Table, key: &RowKey) -> Known {
        let is_cold = self.tables[slot(table)].cold.contains_key(key);
        let (known, is_on_disk) = self.find(table, key);
        let hits = &mut self.hits;
        *match known {
            Known::Row(_) if is_cold => &mut hits.cold,
            Known::Row(_) if is_on_disk => &mut hits.disk,
            Known::Row(_) => &mut hits.hot,
            Known::Absent => &mut hits.absent,
            Known::Unknown => &mut hits.missed,
        } += 1;
        known
    }

    /// The same for one that was looked for before.
    pub fn look_again(&mut self, table: Table, key: &RowKey) -> Known {
        self.find(table, key).0
    }

    /// And whether that was on disk.
    fn find(&mut self, table: Table, key: &RowKey) -> (Known, bool) {
        self.warm(table, key);
        let generation = self.generation;
        let rows = &mut self.tables[slot(table)];
        let Some(entry) = rows.rows.get_mut(key) else {
            return match self.spilled.as_mut().and_then(|spilled| spilled.find(table, key)) {
                Some((ver, Some(row))) => (Known::Row(StoredRow { ver, row }), true),
                Some((_, None)) => (Known::Absent, true),
                None if rows.cover.has(key) => (Known::Absent, false),
                None => (Known::Unknown, false),
            };
        };
        entry.used = true;
        entry.generation = generation;
        let known = match &entry.row {
            Some(row) => Known::Row(StoredRow { ver: entry.ver, row: row.clone() }),
            None => Known::Absent,
        };
        (known, false)
    }

    /// The record that changed a row last; nothing if memory cannot tell.
    #[must_use]
    pub fn changed(&self, table: Table, key: &RowKey) -> Option<Lsn> {
        self.tables[slot(table)].rows.get(key).map(|entry| entry.changed).filter(|lsn| lsn.0 != 0)
    }

    /// Takes a change in, if it fits what is known of its row.
    ///
    /// # Errors
    /// [`Mismatch`]; the caller takes back the turn's earlier changes with [`Self::take_back`].
    pub fn write(&mut self, checked: &Checked, undo: &mut Undo) -> Result<(), Mismatch> {
        let change = &checked.change;
        let mismatch = Mismatch { lsn: change.lsn, table: change.table.def().name };
        if matches!(change.action, Action::Append(_)) {
            return Ok(());
        }
        self.warm(change.table, &change.key);
        let rows = &self.tables[slot(change.table)];
        let entry = rows.rows.get(&change.key);
        let (known, shadow) = match (entry, &mut self.spilled) {
            (Some(entry), _) => (Some((entry.ver, entry.row.clone())), entry.shadow),
            (None, Some(spilled)) => match spilled.find(change.table, &change.key) {
                Some(found) => (Some(found), spilled.newest()),
                None => (None, 0),
            },
            (None, None) => (None, 0),
        };
        let known = match known {
            Some((ver, row)) => row.map(|row| (ver, row)),
            None if rows.cover.has(&change.key) => None,
            None => {
                undo.0.push((change.table, change.key.clone(), None));
                self.put_over(change, shadow);
                return Ok(());
            }
        };
        let def = change.table.def();
        let ver = known.as_ref().map_or(0, |(ver, _)| *ver);
        let gold = known.as_ref().map_or(Some(0), |(_, row)| row_gold(def, row));
        let goods = known.as_ref().and_then(|(_, row)| row_goods(def, row));
        let fits = ver + 1 == change.ver
            && checked.gold.is_none_or(|(before, _)| gold == Some(before))
            && checked.goods_before == goods;
        if !fits {
            return Err(mismatch);
        }
        undo.0.push((change.table, change.key.clone(), entry.cloned()));
        self.put_over(change, shadow);
        Ok(())
    }

    /// Takes a change in that was checked before: one from the journal.
    pub fn put(&mut self, change: &Change) {
        self.forget_cold(change.table, &change.key);
        let newest = self.spilled.as_ref().map_or(0, Spilled::newest);
        let entry = self.tables[slot(change.table)].rows.get(&change.key);
        let shadow = entry.map_or(newest, |entry| entry.shadow);
        self.put_over(change, shadow);
    }

    fn put_over(&mut self, change: &Change, shadow: u32) {
        let row = match &change.action {
            Action::Append(_) => return,
            Action::Upsert(row) => Some(row.clone()),
            Action::Delete(_) => None,
        };
        let bytes = ENTRY_BYTES + change.key.bytes() + row.as_deref().map_or(0, row_bytes);
        let generation = self.generation;
        let rows = &self.tables[slot(change.table)].rows;
        let old = rows.get(&change.key);
        let old = old.map(|entry| (entry.row.is_some(), entry.bytes, entry.unsettled, entry.queued));
        let is_there = row.is_some();
        let entry = Entry {
            ver: change.ver,
            row,
            bytes,
            changed: change.lsn,
            unsettled: true,
            queued: old.is_some_and(|(.., queued)| queued),
            used: true,
            generation,
            shadow,
        };
        self.last = self.last.max(change.lsn);
        *self.bytes_of(change.table, is_there, true) += bytes;
        if let Some((was_there, old_bytes, unsettled, _)) = old {
            *self.bytes_of(change.table, was_there, unsettled) -= old_bytes;
        }
        if !old.is_some_and(|(_, _, unsettled, _)| unsettled) {
            self.unsettled.push_back((change.lsn, change.table, change.key.clone()));
        }
        self.rows(change.table).rows.insert(change.key.clone(), entry);
    }

    /// Takes back what was written since `undo` was empty.
    pub fn take_back(&mut self, undo: Undo) {
        for (table, key, before) in undo.0.into_iter().rev() {
            // Its place in the queue of unsettled rows stays and is found void there.
            if let Some(entry) = self.rows(table).rows.remove(&key) {
                *self.bytes_of(table, entry.row.is_some(), entry.unsettled) -= entry.bytes;
            }
            if let Some(entry) = before {
                *self.bytes_of(table, entry.row.is_some(), entry.unsettled) += entry.bytes;
                self.rows(table).rows.insert(key, entry);
            }
        }
    }

    /// The database has everything up to `lsn`.
    pub fn applied(&mut self, lsn: Lsn) {
        self.applied = self.applied.max(lsn);
        self.tend();
    }

    /// The writer no longer holds these rows.
    pub fn release(&mut self, table: Table, key: &RowKey) {
        self.all_held = 0;
        let Rows { rows, cold, .. } = self.rows(table);
        if let Some(entry) = rows.get_mut(key) {
            entry.generation = 0;
        }
        if let Some(place) = cold.get_mut(key) {
            place.generation = 0;
        }
    }

    /// Another writer begins: it holds nothing yet, what the last one held is kept as long as memory allows.
    pub fn new_writer(&mut self) {
        self.generation = self.generation.wrapping_add(1).max(1);
        self.all_held = 0;
    }

    /// Whether more records may come: not while rows wait that neither memory nor disk has room for.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.unsettled_bytes <= self.unsettled_bytes_max
    }

    /// Rows on disk, some of them in an older state, and the bytes that they take there.
    #[must_use]
    pub fn spilled(&self) -> (u64, u64) {
        self.spilled.as_ref().map_or((0, 0), |spilled| (spilled.rows(), spilled.bytes()))
    }

    /// Why rows could not leave memory the last time.
    #[must_use]
    pub fn trouble(&self) -> Option<&SpillError> {
        self.spilled.as_ref().and_then(Spilled::trouble)
    }

    /// Rows could not be read back: what was said since must not be believed, and nothing else can be said.
    #[must_use]
    pub fn broken(&self) -> Option<&SpillError> {
        self.spilled.as_ref().and_then(Spilled::broken)
    }

    /// Bytes of rows in memory that the database may not have.
    #[must_use]
    pub fn unsettled_bytes(&self) -> usize {
        self.unsettled_bytes
    }

    /// Bytes of rows kept to be read, deflated ones included.
    #[must_use]
    pub fn settled_bytes(&self) -> usize {
        self.settled_bytes + self.cold_bytes()
    }

    /// Bytes of those that are deflated, and what it takes to find them.
    #[must_use]
    pub fn cold_bytes(&self) -> usize {
        self.cold.as_ref().map_or(0, Cold::bytes)
    }

    /// How many of them there are.
    #[must_use]
    pub fn cold_rows(&self) -> usize {
        self.tables.iter().map(|rows| rows.cold.len()).sum()
    }

    /// How rows were answered.
    #[must_use]
    pub fn hits(&self) -> Hits {
        self.hits
    }

    /// All rows in memory, deleted ones that wait to be applied included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tables.iter().map(|rows| rows.rows.len() + rows.cold.len()).sum()
    }

    /// Whether it holds no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0 && self.spilled().0 == 0
    }

    fn rows(&mut self, table: Table) -> &mut Rows {
        &mut self.tables[slot(table)]
    }
}

fn slot(table: Table) -> usize {
    Table::ALL.iter().position(|other| *other == table).unwrap_or(0)
}

/// An entry without its row and the heap part of its key.
const ENTRY_BYTES: usize = size_of::<Entry>() + size_of::<RowKey>() * 3;
