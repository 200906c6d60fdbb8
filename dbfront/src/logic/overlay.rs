//! Rows as of the last record received: those not yet applied, and those kept because game holds them or
//! memory allows. One database snapshot with this laid over it is the world as game last wrote it.
//!
//! Must stay true: every row that a record changed is in here until the database has it *and* no read that
//! began before that is still out. Dropping any other row costs a read, never the truth.

mod cover;
mod span;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, VecDeque},
    mem,
    ops::Bound,
};

use proto::{
    entry::{row_gold, row_goods},
    ids::Lsn,
    tables::Table,
};

use self::cover::Cover;
pub use self::span::Span;
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
    /// Rows that could be dropped, each once, the longest unused first.
    settled: VecDeque<(Table, RowKey)>,
    /// For each `applied` at which reads began, how many are out.
    reads: BTreeMap<Lsn, usize>,
    applied: Lsn,
    /// Rows pinned in this generation are what the writer holds.
    generation: u32,
    unsettled_bytes: usize,
    settled_bytes: usize,
    settled_bytes_max: usize,
}

#[derive(Debug, Default)]
struct Rows {
    rows: BTreeMap<RowKey, Entry>,
    cover: Cover,
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

/// Some rows in key order.
#[derive(Debug, PartialEq)]
pub struct Page {
    /// The rows.
    pub rows: Vec<StoredRow>,
    /// Nothing comes after them.
    pub done: bool,
}

impl Overlay {
    /// Over a database that has everything up to `applied`.
    #[must_use]
    pub fn new(applied: Lsn, settled_bytes_max: usize) -> Self {
        Self {
            tables: Table::ALL.iter().map(|_| Rows::default()).collect(),
            unsettled: VecDeque::new(),
            settled: VecDeque::new(),
            reads: BTreeMap::new(),
            applied,
            generation: 1,
            unsettled_bytes: 0,
            settled_bytes: 0,
            settled_bytes_max,
        }
    }

    /// What is known of a row; it counts as held by the writer from now on.
    pub fn look(&mut self, table: Table, key: &RowKey) -> Known {
        let generation = self.generation;
        let rows = self.rows(table);
        let Some(entry) = rows.rows.get_mut(key) else {
            return if rows.cover.has(key) { Known::Absent } else { Known::Unknown };
        };
        entry.used = true;
        entry.generation = generation;
        match &entry.row {
            Some(row) => Known::Row(StoredRow { ver: entry.ver, row: row.clone() }),
            None => Known::Absent,
        }
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
        let rows = self.rows(change.table);
        let known = match rows.rows.get(&change.key) {
            Some(entry) => entry.row.as_ref().map(|row| (entry.ver, row)),
            None if rows.cover.has(&change.key) => None,
            None => {
                undo.0.push((change.table, change.key.clone(), None));
                self.put(change);
                return Ok(());
            }
        };
        let def = change.table.def();
        let ver = known.map_or(0, |(ver, _)| ver);
        let gold = known.map_or(Some(0), |(_, row)| row_gold(def, row));
        let goods = known.and_then(|(_, row)| row_goods(def, row));
        let fits = ver + 1 == change.ver
            && checked.gold.is_none_or(|(before, _)| gold == Some(before))
            && checked.goods_before == goods;
        if !fits {
            return Err(mismatch);
        }
        let before = rows.rows.get(&change.key).cloned();
        undo.0.push((change.table, change.key.clone(), before));
        self.put(change);
        Ok(())
    }

    /// Takes a change in that was checked before: one from the journal.
    pub fn put(&mut self, change: &Change) {
        let row = match &change.action {
            Action::Append(_) => return,
            Action::Upsert(row) => Some(row.clone()),
            Action::Delete(_) => None,
        };
        let bytes = ENTRY_BYTES + change.key.bytes() + row.as_deref().map_or(0, row_bytes);
        let generation = self.generation;
        let rows = &mut self.tables[slot(change.table)].rows;
        let old = rows.get(&change.key).map(|entry| (entry.bytes, entry.unsettled, entry.queued));
        let entry = Entry {
            ver: change.ver,
            row,
            bytes,
            changed: change.lsn,
            unsettled: true,
            queued: old.is_some_and(|(_, _, queued)| queued),
            used: true,
            generation,
        };
        self.unsettled_bytes += bytes;
        match old {
            Some((old_bytes, true, _)) => self.unsettled_bytes -= old_bytes,
            Some((old_bytes, false, _)) => self.settled_bytes -= old_bytes,
            None => {}
        }
        if !old.is_some_and(|(_, unsettled, _)| unsettled) {
            self.unsettled.push_back((change.lsn, change.table, change.key.clone()));
        }
        rows.insert(change.key.clone(), entry);
    }

    /// Takes back what was written since `undo` was empty.
    pub fn take_back(&mut self, undo: Undo) {
        for (table, key, before) in undo.0.into_iter().rev() {
            let rows = &mut self.tables[slot(table)].rows;
            // Its place in the queue of unsettled rows stays and is found void there.
            if let Some(entry) = rows.remove(&key) {
                *held(&mut self.unsettled_bytes, &mut self.settled_bytes, &entry) -= entry.bytes;
            }
            if let Some(entry) = before {
                *held(&mut self.unsettled_bytes, &mut self.settled_bytes, &entry) += entry.bytes;
                rows.insert(key, entry);
            }
        }
    }

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
        self.settle();
    }

    /// The database has everything up to `lsn`.
    pub fn applied(&mut self, lsn: Lsn) {
        self.applied = self.applied.max(lsn);
        self.settle();
    }

    /// A row found by a read that is still out; what the overlay knows already is newer or the same.
    pub fn learn(&mut self, table: Table, found: StoredRow) {
        let key = RowKey::of(table.def(), &found.row);
        let bytes = ENTRY_BYTES + key.bytes() + row_bytes(&found.row);
        let generation = self.generation;
        let rows = &mut self.tables[slot(table)].rows;
        if rows.contains_key(&key) {
            return;
        }
        self.settled_bytes += bytes;
        self.settled.push_back((table, key.clone()));
        let entry = Entry {
            ver: found.ver,
            row: Some(found.row),
            bytes,
            changed: Lsn(0),
            unsettled: false,
            queued: true,
            used: true,
            generation,
        };
        rows.insert(key, entry);
    }

    /// A page from memory alone, if all rows of its range are known to be there.
    pub fn page(&mut self, table: Table, span: &Span, rows_max: usize) -> Option<Page> {
        let after = span.after.as_ref();
        let covered = self.rows(table).cover.from(after)?;
        let is_whole = covered.is_none_or(|covered| span.upto.as_ref().is_some_and(|upto| upto <= covered));
        let upto = if is_whole { span.upto.clone() } else { covered.cloned() };
        let page = self.range(table, after, upto.as_ref(), rows_max);
        // Short of what was asked, and the cover ends before the range does: the database has to say.
        (is_whole || !page.done).then_some(page)
    }

    /// Lays what a scan found under the overlay: `end` if it came to the range's end. Gives the page that the
    /// caller of the scan gets; if that is empty and not done, the scan goes on after the last row found.
    pub fn scanned(&mut self, table: Table, span: &Span, found: Vec<StoredRow>, scan: ScanEnd) -> Page {
        let after = span.after.as_ref();
        let last = found.last().map(|row| RowKey::of(table.def(), &row.row));
        for row in found {
            self.learn(table, row);
        }
        let upto = if scan.is_last { span.upto.clone() } else { last };
        self.rows(table).cover.extend(after, upto.as_ref());
        let mut page = self.range(table, after, upto.as_ref(), scan.rows_max);
        page.done = page.done && scan.is_last;
        self.shrink();
        page
    }

    /// Rows after one key up to and with another, as many as asked; `done` if that was all of them.
    fn range(
        &mut self,
        table: Table,
        after: Option<&RowKey>,
        upto: Option<&RowKey>,
        rows_max: usize,
    ) -> Page {
        let generation = self.generation;
        let lower = after.map_or(Bound::Unbounded, Bound::Excluded);
        let upper = upto.map_or(Bound::Unbounded, Bound::Included);
        let mut page = Page { rows: Vec::new(), done: true };
        if after.zip(upto).is_some_and(|(after, upto)| upto <= after) {
            return page;
        }
        let mut bytes = 0;
        for (_, entry) in self.rows(table).rows.range_mut::<RowKey, _>((lower, upper)) {
            let Some(row) = &entry.row else { continue };
            bytes += entry.bytes;
            if page.rows.len() == rows_max || (PAGE_BYTES_MAX < bytes && !page.rows.is_empty()) {
                page.done = false;
                break;
            }
            entry.used = true;
            entry.generation = generation;
            page.rows.push(StoredRow { ver: entry.ver, row: row.clone() });
        }
        page
    }

    /// The writer no longer holds these rows.
    pub fn release(&mut self, table: Table, key: &RowKey) {
        if let Some(entry) = self.rows(table).rows.get_mut(key) {
            entry.generation = 0;
        }
    }

    /// Another writer begins: it holds nothing yet, what the last one held is kept as long as memory allows.
    pub fn new_writer(&mut self) {
        self.generation = self.generation.wrapping_add(1).max(1);
    }

    /// Bytes of rows that the database may not have.
    #[must_use]
    pub fn unsettled_bytes(&self) -> usize {
        self.unsettled_bytes
    }

    /// Bytes of rows kept to be read.
    #[must_use]
    pub fn settled_bytes(&self) -> usize {
        self.settled_bytes
    }

    /// All rows, deleted ones that wait to be applied included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tables.iter().map(|rows| rows.rows.len()).sum()
    }

    /// Whether it holds no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn rows(&mut self, table: Table) -> &mut Rows {
        &mut self.tables[slot(table)]
    }

    fn settle(&mut self) {
        let horizon =
            self.reads.first_key_value().map_or(self.applied, |(&begun, _)| begun.min(self.applied));
        while self.unsettled.front().is_some_and(|&(lsn, _, _)| lsn <= horizon) {
            let Some((_, table, key)) = self.unsettled.pop_front() else { break };
            let rows = &mut self.tables[slot(table)].rows;
            let Some(entry) = rows.get_mut(&key).filter(|entry| entry.unsettled) else { continue };
            if horizon < entry.changed {
                self.unsettled.push_back((entry.changed, table, key));
                continue;
            }
            self.unsettled_bytes -= entry.bytes;
            if entry.row.is_none() {
                rows.remove(&key);
                continue;
            }
            self.settled_bytes += entry.bytes;
            entry.unsettled = false;
            if !entry.queued {
                entry.queued = true;
                self.settled.push_back((table, key));
            }
        }
        self.shrink();
    }

    /// Drops settled rows until they fit: first those that were not used since they were asked last, then any that
    /// the writer does not hold, then any.
    fn shrink(&mut self) {
        let mut bytes_max = self.settled_bytes_max;
        for spare in [Spare::UsedAndHeld, Spare::Held, Spare::Nothing] {
            if spare == Spare::Nothing && bytes_max < self.settled_bytes {
                // All that is left is held: some more room, so that the next row does not ask them all again.
                bytes_max = self.settled_bytes_max - self.settled_bytes_max / 16;
            }
            for _ in 0..self.settled.len() {
                if self.settled_bytes <= bytes_max {
                    return;
                }
                self.drop_or_spare(spare);
            }
        }
    }

    fn drop_or_spare(&mut self, spare: Spare) {
        let Some((table, key)) = self.settled.pop_front() else { return };
        let Rows { rows, cover } = &mut self.tables[slot(table)];
        let Some(entry) = rows.get_mut(&key) else { return };
        if entry.unsettled {
            entry.queued = false;
            return;
        }
        let is_held = entry.generation == self.generation;
        let is_spared = match spare {
            Spare::UsedAndHeld => is_held || mem::take(&mut entry.used),
            Spare::Held => is_held,
            Spare::Nothing => false,
        };
        if is_spared {
            self.settled.push_back((table, key));
            return;
        }
        self.settled_bytes -= entry.bytes;
        let row = rows.remove(&key).and_then(|entry| entry.row);
        match row.filter(|_| 1 < table.def().key_columns) {
            // It leaves the others of its owner behind, who is read as a whole; other owners' rows stay known.
            Some(row) => {
                let (after, upto) = RowKey::range_of(&row[..1]);
                cover.cut(&after, &upto);
            }
            None => cover.forget(&key),
        }
    }
}

/// Which settled rows stay in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spare {
    UsedAndHeld,
    Held,
    Nothing,
}

/// What a scan of the database was asked, and whether it came to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanEnd {
    /// Rows wanted.
    pub rows_max: usize,
    /// The range has no row after those found.
    pub is_last: bool,
}

fn held<'a>(unsettled: &'a mut usize, settled: &'a mut usize, entry: &Entry) -> &'a mut usize {
    if entry.unsettled { unsettled } else { settled }
}

fn slot(table: Table) -> usize {
    Table::ALL.iter().position(|other| *other == table).unwrap_or(0)
}

/// An entry without its row and the heap part of its key.
const ENTRY_BYTES: usize = size_of::<Entry>() + size_of::<RowKey>() * 3;
/// A page ends here, so that it fits one link record; a single row may be larger.
const PAGE_BYTES_MAX: usize = 1024 * 1024;
