//! Pages of rows in key order, from memory and disk alone or with what the database found laid under them.

use std::{cmp::Ordering, ops::Bound};

use proto::tables::Table;

use super::{Overlay, Rows, Span, slot, spill::Walk};
use crate::logic::row::{RowKey, StoredRow, row_bytes};

/// Some rows in key order.
#[derive(Debug, PartialEq)]
pub struct Page {
    /// The rows.
    pub rows: Vec<StoredRow>,
    /// Nothing comes after them.
    pub done: bool,
}

/// What a scan of the database was asked, and whether it came to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanEnd {
    /// Rows wanted.
    pub rows_max: usize,
    /// The range has no row after those found.
    pub is_last: bool,
}

impl Overlay {
    /// A page without the database, if all rows of its range are known to be there.
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
        let Rows { rows, cold, .. } = &mut self.tables[slot(table)];
        let mut hot = rows.range_mut::<RowKey, _>((lower, upper)).peekable();
        let mut places = cold.range_mut::<RowKey, _>((lower, upper)).peekable();
        let mut disk = self.spilled.as_mut().map(|spilled| spilled.walk(table, after, upto));
        let mut bytes = 0;
        loop {
            let next_hot = hot.peek().map(|(key, _)| (*key, Tier::Hot));
            let next_cold = places.peek().map(|(key, _)| (*key, Tier::Cold));
            let near = next_hot.into_iter().chain(next_cold).min_by_key(|(key, _)| *key);
            let (tier, is_on_disk) = match (near, disk.as_mut().and_then(Walk::peek)) {
                (None, None) => break,
                (None, Some(_)) => (Tier::Disk, true),
                (Some((_, tier)), None) => (tier, false),
                // Memory is newer.
                (Some((key, tier)), Some(apart)) => match key.cmp(apart) {
                    Ordering::Less => (tier, false),
                    Ordering::Equal => (tier, true),
                    Ordering::Greater => (Tier::Disk, true),
                },
            };
            let from_disk = if is_on_disk { disk.as_mut().and_then(Walk::take) } else { None };
            let found = match tier {
                Tier::Disk => from_disk.and_then(|(_, (ver, row))| row.map(|row| StoredRow { ver, row })),
                Tier::Hot => hot.next().and_then(|(_, entry)| {
                    entry.used = true;
                    entry.generation = generation;
                    entry.row.clone().map(|row| StoredRow { ver: entry.ver, row })
                }),
                // It stays there: whoever reads many in a row does not come back for each.
                Tier::Cold => places.next().zip(self.cold.as_mut()).map(|((_, place), packs)| {
                    place.generation = generation;
                    packs.read(*place)
                }),
            };
            let Some(row) = found else { continue };
            bytes += row_bytes(&row.row);
            if page.rows.len() == rows_max || (PAGE_BYTES_MAX < bytes && !page.rows.is_empty()) {
                page.done = false;
                break;
            }
            page.rows.push(row);
        }
        page
    }
}

/// Where a row is.
#[derive(Clone, Copy)]
enum Tier {
    Hot,
    Cold,
    Disk,
}

/// A page ends here, so that it fits one link record; a single row may be larger.
const PAGE_BYTES_MAX: usize = 1024 * 1024;
