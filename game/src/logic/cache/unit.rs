//! What is known of one unit: its one row or none, or all rows of its set in key order.

use std::cell::Cell;

use proto::{ids::Lsn, link::Row as StoredRow};

use super::Cached;

/// A row that is here.
#[derive(Clone, Debug)]
pub(crate) struct Held<R> {
    pub(crate) row: R,
    pub(crate) ver: u64,
    /// Changed since, by what no record carries yet.
    unsaved: bool,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Unit<R> {
    rows: Rows<R>,
    /// The last record that wrote it.
    written: Lsn,
    /// Suspended commands that need it.
    pins: u32,
    touched: Cell<bool>,
}

/// Most units are single rows, which need no memory of their own.
#[derive(Debug)]
enum Rows<R> {
    Single(Option<Held<R>>),
    Set(Vec<Held<R>>),
}

impl<R: Cached> Unit<R> {
    /// One without rows.
    pub(super) fn empty() -> Self {
        let rows = if R::IS_SET { Rows::Set(Vec::new()) } else { Rows::Single(None) };
        Self { rows, written: Lsn(0), pins: 0, touched: Cell::new(true) }
    }

    /// With these rows, if they are its own.
    pub(super) fn of_stored<'a>(of: &R::Of, stored: impl Iterator<Item = &'a StoredRow>) -> Option<Self> {
        let mut unit = Self::empty();
        for stored in stored {
            let row = R::from_values(&stored.row)?;
            let key = row.key();
            if R::of(&key) != of || stored.ver == 0 || unit.find(&key).is_some() {
                return None;
            }
            unit.put(&key, Held { row, ver: stored.ver, unsaved: false });
        }
        Some(unit)
    }

    /// All its rows, in key order.
    pub(crate) fn rows(&self) -> &[Held<R>] {
        match &self.rows {
            Rows::Single(row) => row.as_slice(),
            Rows::Set(rows) => rows,
        }
    }

    pub(crate) fn find(&self, key: &R::Key) -> Option<&Held<R>> {
        let rows = self.rows();
        rows.binary_search_by_key(key, |held| held.row.key()).ok().map(|at| &rows[at])
    }

    fn find_mut(&mut self, key: &R::Key) -> Option<&mut Held<R>> {
        let rows = match &mut self.rows {
            Rows::Single(row) => row.as_mut_slice(),
            Rows::Set(rows) => rows,
        };
        let at = rows.binary_search_by_key(key, |held| held.row.key()).ok()?;
        Some(&mut rows[at])
    }

    pub(super) fn row_mut(&mut self, key: &R::Key) -> Option<&mut R> {
        let held = self.find_mut(key)?;
        held.unsaved = true;
        Some(&mut held.row)
    }

    pub(super) fn write(&mut self, key: &R::Key, row: Option<R>, written: Lsn) {
        self.written = written;
        match row {
            Some(row) => {
                let ver = self.find(key).map_or(0, |held| held.ver) + 1;
                self.put(key, Held { row, ver, unsaved: false });
            }
            None => match &mut self.rows {
                Rows::Single(held) => *held = None,
                Rows::Set(rows) => rows.retain(|held| held.row.key() != *key),
            },
        }
    }

    fn put(&mut self, key: &R::Key, new: Held<R>) {
        match &mut self.rows {
            Rows::Single(held) => *held = Some(new),
            Rows::Set(rows) => match rows.binary_search_by_key(key, |held| held.row.key()) {
                Ok(at) => rows[at] = new,
                Err(at) => rows.insert(at, new),
            },
        }
    }

    pub(super) fn is_needed(&self, applied: Lsn) -> bool {
        0 < self.pins || applied < self.written
    }

    pub(super) fn is_unsaved(&self) -> bool {
        self.unsaved().next().is_some()
    }

    /// Rows of which no record carries all.
    pub(crate) fn unsaved(&self) -> impl Iterator<Item = &R> {
        self.rows().iter().filter(|held| held.unsaved).map(|held| &held.row)
    }

    pub(super) fn touch(&self) {
        self.touched.set(true);
    }

    /// Whether it was used since this was asked last.
    pub(super) fn second_chance(&self) -> bool {
        self.touched.replace(false)
    }

    /// Suspended commands that need it.
    #[cfg(test)]
    pub(crate) fn pins(&self) -> u32 {
        self.pins
    }

    pub(super) fn pin(&mut self) {
        self.pins += 1;
    }

    pub(super) fn unpin(&mut self) {
        self.pins = self.pins.saturating_sub(1);
    }
}
