//! Rows in memory: which are here, which may go. They come and go in units: a single row, or the whole set of
//! rows of one owner. Game is the only writer, so a unit that is here is the truth, also about what does not
//! exist. Knows no handler; which tables there are, and their list, is [`super::held`]'s.
//!
//! A unit stays while somebody needs it: while a write to it is not applied, while it holds what no record
//! carries yet, while its account is logged in, while a suspended command has read it or waits for it. The others
//! go by second chance once there are more than the bound, and dbfront is told that it may forget them too.

mod unit;

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

use proto::{
    ids::{AccountId, Lsn},
    link::{Key, Release, Row as StoredRow, Value},
    tables::Row,
};

pub(crate) use self::unit::{Held, Unit};
use super::held::{Cache, UnitKey};

/// A row that can be kept in memory: of a table that is read back by key.
pub(crate) trait Cached: Row + Clone + 'static {
    /// Its key.
    type Key: Clone + Ord + 'static;
    /// What names the unit that it comes and goes with: its key, or its owner.
    type Of: Clone + Eq + Hash + UnitId + 'static;
    /// Units are sets of one owner, not single rows.
    const IS_SET: bool;

    fn key(&self) -> Self::Key;
    fn key_values(key: &Self::Key) -> Vec<Value>;
    fn of(key: &Self::Key) -> &Self::Of;
    fn unit_key(of: &Self::Of) -> UnitKey;
    /// Whose unit it is, if it is to stay while that account is logged in.
    fn account(of: &Self::Of) -> Option<AccountId>;
    fn table(cache: &Cache) -> &TableCache<Self>;
    fn table_mut(cache: &mut Cache) -> &mut TableCache<Self>;
}

/// A table whose rows are read as the set of their owner.
pub(crate) trait CachedSet: Cached<Of = u64> {}

/// What names a unit: the first column of its rows' keys.
pub(crate) trait UnitId {
    /// As a column.
    fn value(&self) -> Value;
    /// If it is one of [`super::ids`].
    fn id(&self) -> Option<u64>;
}

impl UnitId for u64 {
    fn value(&self) -> Value {
        proto::tables::int(self.cast_signed())
    }
    fn id(&self) -> Option<u64> {
        Some(*self)
    }
}

impl UnitId for String {
    fn value(&self) -> Value {
        proto::tables::text(self)
    }
    fn id(&self) -> Option<u64> {
        None
    }
}

/// When a unit may go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrimRules {
    /// Units of one table; sets also go beyond [`SET_ROWS_MEAN`] times as many rows.
    pub(crate) units_max: usize,
    pub(crate) applied: Lsn,
}

/// Units of one table.
#[derive(Debug)]
pub(crate) struct TableCache<R: Cached> {
    /// Clients choose keys, also of rows that do not exist: randomly keyed, so that they cannot choose collisions.
    units: HashMap<R::Of, Unit<R>>,
    /// Each unit once; the front is looked at next.
    clock: VecDeque<R::Of>,
    rows: usize,
    /// Every row of the table is here: what is not here does not exist.
    is_whole: bool,
}

impl<R: Cached> Default for TableCache<R> {
    fn default() -> Self {
        Self { units: HashMap::new(), clock: VecDeque::new(), rows: 0, is_whole: false }
    }
}

impl<R: Cached> TableCache<R> {
    /// A unit, if it is here.
    pub(crate) fn unit(&self, of: &R::Of) -> Option<&Unit<R>> {
        let unit = self.units.get(of)?;
        unit.touch();
        Some(unit)
    }

    /// A row, if its unit is here and it exists.
    pub(crate) fn find(&self, key: &R::Key) -> Option<&Held<R>> {
        self.unit(R::of(key))?.find(key)
    }

    /// All of its rows have come: none of them goes any more.
    pub(super) fn keep_whole(&mut self) {
        self.is_whole = true;
    }

    /// Whether a row that is not here does not exist.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The row itself, for changes that no record carries: a crash may take them, forgetting the row must
    /// not. Its key, its gold and what makes it goods stay as they are.
    pub(crate) fn row_mut(&mut self, key: &R::Key) -> Option<&mut R> {
        self.units.get_mut(R::of(key))?.row_mut(key)
    }

    /// The write of a committed record: none is a delete. A unit that is not here has no other row.
    pub(crate) fn write(&mut self, key: &R::Key, row: Option<R>, written: Lsn) {
        let of = R::of(key);
        if let Some(unit) = self.units.get_mut(of) {
            self.rows -= unit.rows().len();
            unit.write(key, row, written);
            self.rows += unit.rows().len();
            return;
        }
        let mut unit = Unit::empty();
        unit.write(key, row, written);
        self.insert(of.clone(), unit);
    }

    /// Takes in what the store said about a unit: all its rows. One that is here is newer and stays as it is.
    /// False: not rows of that unit.
    pub(super) fn fill<'a>(&mut self, of: &R::Of, stored: impl Iterator<Item = &'a StoredRow>) -> bool {
        if self.units.contains_key(of) {
            return true;
        }
        let Some(unit) = Unit::of_stored(of, stored) else { return false };
        self.insert(of.clone(), unit);
        true
    }

    /// A page of a scan of a table of single rows: rows that are here already stay as they are. The last one's
    /// key, if all are rows of this table.
    pub(super) fn fill_page<'a>(&mut self, rows: impl Iterator<Item = &'a StoredRow>) -> Option<Vec<Value>> {
        let mut last = None;
        // A page may cut a set.
        for stored in rows.filter(|_| !R::IS_SET) {
            let key = R::from_values(&stored.row)?.key();
            self.fill(R::of(&key), std::iter::once(stored));
            last = Some(R::key_values(&key));
        }
        last
    }

    fn insert(&mut self, of: R::Of, unit: Unit<R>) {
        self.rows += unit.rows().len();
        self.clock.push_back(of.clone());
        self.units.insert(of, unit);
    }

    pub(super) fn pin(&mut self, of: &R::Of) {
        if let Some(unit) = self.units.get_mut(of) {
            unit.pin();
        }
    }

    pub(super) fn unpin(&mut self, of: &R::Of) {
        if let Some(unit) = self.units.get_mut(of) {
            unit.unpin();
        }
    }

    pub(super) fn holds(&self, of: &R::Of) -> bool {
        self.units.contains_key(of)
    }

    /// All units that are here, in no order: for tables of few rows.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&R::Of, &Unit<R>)> {
        self.units.iter()
    }

    /// Rows here.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Units here.
    pub(crate) fn len(&self) -> usize {
        self.units.len()
    }

    fn is_over(&self, rules: &TrimRules) -> bool {
        let rows_max = rules.units_max.saturating_mul(if R::IS_SET { SET_ROWS_MEAN } else { 1 });
        !self.is_whole && (rules.units_max < self.units.len() || rows_max < self.rows)
    }

    /// Forgets units beyond the bound; what was forgotten goes to `releases`. Bounded work. Returns those that
    /// could go but for what no record carries.
    pub(super) fn trim(
        &mut self,
        rules: &TrimRules,
        online: &impl Fn(AccountId) -> bool,
        releases: &mut Vec<Release>,
    ) -> Vec<R::Of> {
        let mut unsaved = Vec::new();
        // A look at a unit costs its place in the queue, so a turn looks at no more than this many.
        let mut looks = self.units.len().saturating_mul(2).min(TRIM_LOOKS_MAX);
        let mut keys = Vec::new();
        while self.is_over(rules) && 0 < looks {
            looks -= 1;
            let Some(of) = self.clock.pop_front() else { break };
            let Some(unit) = self.units.get(&of) else { continue };
            let is_needed = unit.is_needed(rules.applied) || R::account(&of).is_some_and(online);
            if is_needed || unit.second_chance() {
                self.clock.push_back(of);
                continue;
            }
            if unit.is_unsaved() {
                unsaved.push(of.clone());
                self.clock.push_back(of);
                continue;
            }
            self.rows -= unit.rows().len();
            if !R::IS_SET {
                // Also one that does not exist.
                keys.push(Key { key: vec![of.value()] });
            } else {
                keys.extend(unit.rows().iter().map(|held| Key { key: R::key_values(&held.row.key()) }));
            }
            self.units.remove(&of);
        }
        for chunk in keys.chunks(proto::limits::READ_KEYS_MAX) {
            releases.push(Release { table: R::DEF.table as u32, keys: chunk.to_vec() });
        }
        unsaved
    }
}

/// So many rows of sets are kept as if each set had this many; sets of more are fewer.
pub(crate) const SET_ROWS_MEAN: usize = 32;
const TRIM_LOOKS_MAX: usize = 1_024;
