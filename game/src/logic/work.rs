//! What a unit of work has read and changed so far, and the record that comes of it. Knows no handler and no table
//! by name: [`super::held`] lists them.

pub(crate) mod of_room;

use proto::{
    entry::{row_gold, row_goods},
    ids::{AccountId, Lsn},
    limits::{RECORD_BYTES_MAX, RECORD_SCHEMA},
    link::{Flow, GoodsFlow, Mutation, Op, Record, value::V},
    prescan::{Budget, Shaped as _, prescan},
    tables::{AccountRow, Row, Table},
};

use self::of_room::RoomRows;
use super::{
    cache::{Cached, UnitId},
    held::{AllChanges, Cache, UnitKey},
    ids::Ids,
    tx::Halt,
};

/// What becomes of one row.
#[derive(Debug)]
pub(crate) enum Change<R: Cached> {
    /// It is this now.
    Put(R),
    /// It is gone.
    Delete(R::Key),
}

impl<R: Cached> Change<R> {
    pub(crate) fn key(&self) -> R::Key {
        match self {
            Self::Put(row) => row.key(),
            Self::Delete(key) => key.clone(),
        }
    }

    /// The row after it.
    pub(crate) fn row(&self) -> Option<&R> {
        match self {
            Self::Put(row) => Some(row),
            Self::Delete(_) => None,
        }
    }
}

/// A table whose rows a unit of work can change.
pub(crate) trait Changes: Cached {
    fn changes(all: &AllChanges) -> &Vec<Change<Self>>;
    fn changes_mut(all: &mut AllChanges) -> &mut Vec<Change<Self>>;
}

/// A line of the books, see [`Work::lines`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct BookLine {
    /// A [`proto::tables::Reason`].
    pub(crate) reason: u32,
    /// The holder that gives; 0: nobody.
    pub(crate) from: u64,
    /// The holder that takes; 0: nobody.
    pub(crate) to: u64,
}

/// A handler changes what it has not read: how it stood nobody knows.
#[derive(Debug)]
pub(crate) struct NotRead;

/// See the module. Reused from one unit of work to the next.
#[derive(Debug, Default)]
pub(crate) struct Work {
    changes: AllChanges,
    of_rooms: RoomRows,
    pub(super) appends: Vec<Mutation>,
    pub(super) flows: Vec<Flow>,
    pub(super) goods: Vec<GoodsFlow>,
    /// Nothing of value: a crash may take it back after it was seen.
    pub(super) is_progress: bool,
    /// Units that it has read: they stay while it is suspended.
    pub(crate) touched: Vec<UnitKey>,
    /// Units that it has to wait for.
    pub(crate) missing: Vec<UnitKey>,
    /// Units of ids that it took: there is nothing in them but what it puts there.
    pub(super) fresh: Vec<UnitKey>,
}

impl Work {
    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.changes.clear();
        self.of_rooms.clear();
        self.appends.clear();
        self.flows.clear();
        self.goods.clear();
        self.is_progress = false;
        self.touched.clear();
        self.missing.clear();
        self.fresh.clear();
    }

    /// Whether it leaves a record.
    pub(crate) fn is_written(&self) -> bool {
        !(self.changes.is_empty()
            && self.of_rooms.is_empty()
            && self.appends.is_empty()
            && self.flows.is_empty()
            && self.goods.is_empty())
    }

    /// Adds a row to an append-only table.
    pub(crate) fn append<R: Row>(&mut self, row: &R) {
        let (table, op, row) = (R::DEF.table as u32, Op::Append.into(), row.values());
        self.appends.push(Mutation { table, op, row, ..Mutation::default() });
    }

    /// Lines that it adds to the books of gold and goods: why, and between which holders.
    pub(crate) fn lines(&self) -> impl Iterator<Item = BookLine> {
        self.appends.iter().filter_map(|line| {
            let columns = match Table::from_code(line.table) {
                Some(Table::Ledger) => LEDGER_LINE,
                Some(Table::GoodsLog) => GOODS_LINE,
                _ => return None,
            };
            let cell = |column: usize| match line.row.get(column)?.v {
                Some(V::Int(value)) => Some(value),
                _ => None,
            };
            let [reason, from, to] = columns.map(|column| cell(column).unwrap_or(0));
            let reason = u32::try_from(reason).unwrap_or(0);
            Some(BookLine { reason, from: from.cast_unsigned(), to: to.cast_unsigned() })
        })
    }

    /// Lines that it has added so far: with the record's position it names the next one. What was before a deed of staff and
    /// is since bears the number of the deed's line.
    pub(crate) fn appended(&self) -> u32 {
        let lines = self.appends.iter().filter(|row| row.table != Table::StaffChange as u32);
        u32::try_from(lines.count()).unwrap_or(u32::MAX)
    }

    /// The change of a row, if it makes one.
    pub(super) fn change<R: Changes>(&self, key: &R::Key) -> Option<&Change<R>> {
        R::changes(&self.changes).iter().find(|change| change.key() == *key)
    }

    /// All changes of rows of one unit.
    pub(super) fn changes_of<R: Changes>(&self, of: &R::Of) -> impl Iterator<Item = &Change<R>> {
        R::changes(&self.changes).iter().filter(move |change| R::of(&change.key()) == of)
    }

    /// Changes a row.
    pub(crate) fn put<R: Changes>(&mut self, row: R) {
        self.set(Change::Put(row));
    }

    /// Takes a row away, also one that this work has put there. One that is not there stays so.
    pub(crate) fn delete<R: Changes>(&mut self, key: &R::Key) {
        self.set(Change::<R>::Delete(key.clone()));
    }

    fn set<R: Changes>(&mut self, new: Change<R>) {
        let key = new.key();
        let changes = R::changes_mut(&mut self.changes);
        match changes.iter_mut().find(|change| change.key() == key) {
            Some(change) => *change = new,
            None => changes.push(new),
        }
    }

    /// Changes an account's row, which is in the work or in memory.
    pub(crate) fn change_account(
        &mut self,
        cache: &Cache,
        account: AccountId,
        change: impl FnOnce(&mut AccountRow),
    ) -> Result<(), Halt> {
        let row = match self.change::<AccountRow>(&account.0) {
            Some(change) => change.row(),
            None => AccountRow::table(cache).find(&account.0).map(|held| &held.row),
        };
        let mut row = row.cloned().ok_or(Halt::Reject("internal"))?;
        change(&mut row);
        self.put(row);
        Ok(())
    }

    /// The record of it.
    ///
    /// # Errors
    /// See [`NotRead`].
    pub(crate) fn record(&mut self, cache: &Cache, ids: &Ids, wall_ms: u64) -> Result<Record, NotRead> {
        let mut mutations = Vec::with_capacity(MUTATIONS);
        self.changes.mutations(cache, ids, &mut mutations)?;
        self.of_rooms.take(&mut mutations);
        mutations.append(&mut self.appends);
        let flows = std::mem::take(&mut self.flows);
        let goods = std::mem::take(&mut self.goods);
        Ok(Record { schema: RECORD_SCHEMA, value: !self.is_progress, flows, mutations, wall_ms, goods })
    }

    /// Makes its rows the truth.
    pub(crate) fn apply(&mut self, cache: &mut Cache, lsn: Lsn) {
        for key in self.fresh.drain(..) {
            cache.fill(&key, std::iter::empty());
        }
        self.changes.apply(cache, lsn);
    }
}

/// Whether dbfront takes a record: it was within its bounds before it was executed, or it never is (reliability A2).
pub(super) fn is_taken(payload: &[u8]) -> bool {
    payload.len() <= RECORD_BYTES_MAX
        && (payload.len() <= LINK_PARTS_MAX || prescan(payload, Record::SHAPE, Budget::LINK).is_ok())
}

/// Changes of one table over what is in memory.
pub(super) fn mutations<R: Cached>(
    changes: &[Change<R>],
    cache: &Cache,
    ids: &Ids,
    out: &mut Vec<Mutation>,
) -> Result<(), NotRead> {
    for change in changes {
        let key = change.key();
        let unit = R::table(cache).unit(R::of(&key));
        let is_whole = R::table(cache).is_whole();
        let is_fresh = || R::of(&key).id().is_some_and(|id| id != 0 && ids.is_fresh(id));
        if unit.is_none() && !is_whole && !is_fresh() {
            return Err(NotRead);
        }
        let before = unit.and_then(|unit| unit.find(&key));
        let (op, row) = match (change, before) {
            (Change::Put(row), _) => (Op::Upsert, row.values()),
            (Change::Delete(_), Some(_)) => (Op::Delete, R::key_values(&key)),
            (Change::Delete(_), None) => continue,
        };
        let is_counted = R::DEF.gold.is_some() || R::DEF.goods.is_some();
        let counted = before.filter(|_| is_counted).map(|held| held.row.values());
        out.push(Mutation {
            table: R::DEF.table as u32,
            op: op.into(),
            ver: before.map_or(0, |held| held.ver) + 1,
            row,
            gold_before: counted.as_deref().and_then(|row| row_gold(R::DEF, row)).unwrap_or(0),
            goods_before: counted.as_deref().and_then(|row| row_goods(R::DEF, row)),
        });
    }
    Ok(())
}

/// Makes changes of one table the truth.
pub(super) fn apply<R: Cached>(changes: &mut Vec<Change<R>>, cache: &mut Cache, lsn: Lsn) {
    for change in changes.drain(..) {
        let key = change.key();
        let row = match change {
            Change::Put(row) => Some(row),
            Change::Delete(_) => None,
        };
        R::table_mut(cache).write(&key, row, lsn);
    }
}

/// Where reason, giver and taker are in a line of the books.
const LEDGER_LINE: [usize; 3] = [5, 2, 3];
const GOODS_LINE: [usize; 3] = [7, 5, 6];
/// A message of no more bytes has no more fields and elements than it may have: each takes one at least.
const LINK_PARTS_MAX: usize = Budget::LINK.repeated as usize;
const _: () = assert!(Budget::LINK.repeated <= Budget::LINK.fields);
/// Of a payment: two wallets, the account, a line of the ledger.
const MUTATIONS: usize = 4;
