//! Rows in memory: which are here, which are on their way, which may go. Game is the only writer, so a
//! row that is here is the truth, whether found or known to be absent. Knows no handler.
//!
//! A row stays while somebody needs it: while a write to it is not applied, while it holds what no record
//! carries yet, while its account is logged in, while a suspended command has read it or waits for it. The others go by second chance once there
//! are more than the bound, and dbfront is told that it may forget them too.

use std::{
    cell::Cell,
    collections::{HashMap, VecDeque},
    hash::Hash,
};

use proto::{
    ids::{AccountId, Lsn},
    link::{Key, Release, Row as StoredRow, Value},
    tables::{AccountRow, NameRow, RestrictionRow, Row, WalletRow, int, text},
};

/// A row that can be kept in memory: of a table that is read back by key.
pub(crate) trait Cached: Row + Clone {
    /// Its key.
    type Key: Clone + Eq + Hash;

    fn key(&self) -> Self::Key;
    fn key_values(key: &Self::Key) -> Vec<Value>;
    fn row_key(key: &Self::Key) -> RowKey;
    /// Whose row it is, if it is an account's.
    fn owner(key: &Self::Key) -> Option<AccountId>;
    /// Gold in it.
    fn gold(&self) -> i64 {
        0
    }
    fn table(cache: &Cache) -> &TableCache<Self>;
    fn table_mut(cache: &mut Cache) -> &mut TableCache<Self>;
}

/// A key of any table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RowKey {
    Account(u64),
    Name(String),
    Wallet(u64),
    Restriction(u64),
}

/// All rows in memory.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    accounts: TableCache<AccountRow>,
    names: TableCache<NameRow>,
    wallets: TableCache<WalletRow>,
    restrictions: TableCache<RestrictionRow>,
}

impl Cache {
    /// Keeps a row until [`Self::unpin`]; nothing if it is not here.
    pub(crate) fn pin(&mut self, key: &RowKey) {
        match key {
            RowKey::Account(key) => self.accounts.pin(key),
            RowKey::Name(key) => self.names.pin(key),
            RowKey::Wallet(key) => self.wallets.pin(key),
            RowKey::Restriction(key) => self.restrictions.pin(key),
        }
    }

    pub(crate) fn unpin(&mut self, key: &RowKey) {
        match key {
            RowKey::Account(key) => self.accounts.unpin(key),
            RowKey::Name(key) => self.names.unpin(key),
            RowKey::Wallet(key) => self.wallets.unpin(key),
            RowKey::Restriction(key) => self.restrictions.unpin(key),
        }
    }

    pub(crate) fn holds(&self, key: &RowKey) -> bool {
        match key {
            RowKey::Account(key) => self.accounts.slots.contains_key(key),
            RowKey::Name(key) => self.names.slots.contains_key(key),
            RowKey::Wallet(key) => self.wallets.slots.contains_key(key),
            RowKey::Restriction(key) => self.restrictions.slots.contains_key(key),
        }
    }

    /// Takes in what the store said about a row that is not here. False: not a row of that table.
    pub(crate) fn fill(&mut self, key: &RowKey, stored: Option<&StoredRow>) -> bool {
        match key {
            RowKey::Account(key) => self.accounts.fill(key, stored),
            RowKey::Name(key) => self.names.fill(key, stored),
            RowKey::Wallet(key) => self.wallets.fill(key, stored),
            RowKey::Restriction(key) => self.restrictions.fill(key, stored),
        }
    }

    /// Forgets rows beyond the bound; what was forgotten goes to `releases`. Bounded work. Returns accounts
    /// that could go but for what no record carries.
    pub(crate) fn trim(
        &mut self,
        rules: &TrimRules,
        online: impl Fn(AccountId) -> bool,
        releases: &mut Vec<Release>,
    ) -> Vec<u64> {
        let unsaved = trim_table(&mut self.accounts, rules, &online, releases);
        trim_table(&mut self.names, rules, &online, releases);
        trim_table(&mut self.wallets, rules, &online, releases);
        trim_table(&mut self.restrictions, rules, &online, releases);
        unsaved
    }

    pub(crate) fn accounts(&self) -> usize {
        self.accounts.slots.len()
    }
}

/// When a row may go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrimRules {
    pub(crate) rows_max: usize,
    pub(crate) applied: Lsn,
}

/// Rows of one table.
#[derive(Debug)]
pub(crate) struct TableCache<R: Cached> {
    /// Clients choose keys, also of rows that do not exist: randomly keyed, so that they cannot choose collisions.
    slots: HashMap<R::Key, Slot<R>>,
    /// Each slot once; the front is looked at next.
    clock: VecDeque<R::Key>,
    /// Every row of the table is here: what is not here does not exist.
    is_whole: bool,
}

/// What is known of one key.
#[derive(Debug)]
pub(crate) struct Slot<R> {
    /// None: there is no such row.
    pub(crate) row: Option<R>,
    /// 0 if there is none.
    pub(crate) ver: u64,
    /// The last record that wrote it.
    written: Lsn,
    /// Changed since, by what no record carries yet.
    unsaved: bool,
    /// Suspended commands that need it.
    pins: u32,
    touched: Cell<bool>,
}

impl<R> Slot<R> {
    fn new(row: Option<R>, ver: u64, written: Lsn) -> Self {
        Self { row, ver, written, unsaved: false, pins: 0, touched: Cell::new(true) }
    }
}

impl<R: Cached> Default for TableCache<R> {
    fn default() -> Self {
        Self { slots: HashMap::new(), clock: VecDeque::new(), is_whole: false }
    }
}

impl<R: Cached> TableCache<R> {
    pub(crate) fn find(&self, key: &R::Key) -> Option<&Slot<R>> {
        let slot = self.slots.get(key)?;
        slot.touched.set(true);
        Some(slot)
    }

    /// All of its rows have come: none of them goes any more.
    pub(crate) fn keep_whole(&mut self) {
        self.is_whole = true;
    }

    /// Whether a row that is not here does not exist.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The row itself, for changes that no record carries: a crash may take them, forgetting the row must
    /// not.
    pub(crate) fn row_mut(&mut self, key: &R::Key) -> Option<&mut R> {
        let slot = self.slots.get_mut(key)?;
        slot.unsaved = true;
        slot.row.as_mut()
    }

    /// The write of a committed record.
    pub(crate) fn write(&mut self, row: R, ver: u64, written: Lsn) {
        let key = row.key();
        if let Some(slot) = self.slots.get_mut(&key) {
            debug_assert!(slot.ver + 1 == ver);
            slot.row = Some(row);
            slot.ver = ver;
            slot.written = written;
            slot.unsaved = false;
            return;
        }
        debug_assert!(ver == 1);
        self.insert(key, Slot::new(Some(row), ver, written));
    }

    fn fill(&mut self, key: &R::Key, stored: Option<&StoredRow>) -> bool {
        if self.slots.contains_key(key) {
            return true;
        }
        let (row, ver) = match stored {
            None => (None, 0),
            Some(stored) => match R::from_values(&stored.row) {
                Some(row) if row.key() == *key => (Some(row), stored.ver),
                _ => return false,
            },
        };
        self.insert(key.clone(), Slot::new(row, ver, Lsn(0)));
        true
    }

    /// A page of a scan: rows that are here already stay as they are.
    pub(crate) fn fill_row(&mut self, stored: &StoredRow) -> Option<R::Key> {
        let key = R::from_values(&stored.row)?.key();
        self.fill(&key, Some(stored)).then_some(key)
    }

    fn insert(&mut self, key: R::Key, slot: Slot<R>) {
        self.clock.push_back(key.clone());
        self.slots.insert(key, slot);
    }

    fn pin(&mut self, key: &R::Key) {
        if let Some(slot) = self.slots.get_mut(key) {
            slot.pins += 1;
        }
    }

    fn unpin(&mut self, key: &R::Key) {
        if let Some(slot) = self.slots.get_mut(key) {
            slot.pins = slot.pins.saturating_sub(1);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }
}

fn trim_table<R: Cached>(
    table: &mut TableCache<R>,
    rules: &TrimRules,
    online: &impl Fn(AccountId) -> bool,
    releases: &mut Vec<Release>,
) -> Vec<R::Key> {
    let mut unsaved = Vec::new();
    if table.is_whole {
        return unsaved;
    }
    // A look at a row costs its place in the queue, so a turn looks at no more than this many.
    let mut looks = table.slots.len().saturating_mul(2).min(TRIM_LOOKS_MAX);
    let mut keys = Vec::new();
    while rules.rows_max < table.slots.len() && 0 < looks {
        looks -= 1;
        let Some(key) = table.clock.pop_front() else { break };
        let Some(slot) = table.slots.get(&key) else { continue };
        let is_needed = 0 < slot.pins || rules.applied < slot.written || R::owner(&key).is_some_and(online);
        if is_needed || slot.touched.replace(false) {
            table.clock.push_back(key);
            continue;
        }
        if slot.unsaved {
            unsaved.push(key.clone());
            table.clock.push_back(key);
            continue;
        }
        table.slots.remove(&key);
        keys.push(Key { key: R::key_values(&key) });
    }
    for chunk in keys.chunks(proto::limits::READ_KEYS_MAX) {
        releases.push(Release { table: R::DEF.table as u32, keys: chunk.to_vec() });
    }
    unsaved
}

const TRIM_LOOKS_MAX: usize = 1_024;

impl Cached for AccountRow {
    type Key = u64;

    fn key(&self) -> u64 {
        self.id
    }
    fn key_values(key: &u64) -> Vec<Value> {
        vec![int(key.cast_signed())]
    }
    fn row_key(key: &u64) -> RowKey {
        RowKey::Account(*key)
    }
    fn owner(key: &u64) -> Option<AccountId> {
        Some(AccountId(*key))
    }
    fn table(cache: &Cache) -> &TableCache<Self> {
        &cache.accounts
    }
    fn table_mut(cache: &mut Cache) -> &mut TableCache<Self> {
        &mut cache.accounts
    }
}

impl Cached for NameRow {
    type Key = String;

    fn key(&self) -> String {
        self.name_key.clone()
    }
    fn key_values(key: &String) -> Vec<Value> {
        vec![text(key)]
    }
    fn row_key(key: &String) -> RowKey {
        RowKey::Name(key.clone())
    }
    fn owner(_key: &String) -> Option<AccountId> {
        None
    }
    fn table(cache: &Cache) -> &TableCache<Self> {
        &cache.names
    }
    fn table_mut(cache: &mut Cache) -> &mut TableCache<Self> {
        &mut cache.names
    }
}

impl Cached for WalletRow {
    type Key = u64;

    fn key(&self) -> u64 {
        self.account
    }
    fn key_values(key: &u64) -> Vec<Value> {
        vec![int(key.cast_signed())]
    }
    fn row_key(key: &u64) -> RowKey {
        RowKey::Wallet(*key)
    }
    fn owner(key: &u64) -> Option<AccountId> {
        Some(AccountId(*key))
    }
    fn gold(&self) -> i64 {
        self.gold
    }
    fn table(cache: &Cache) -> &TableCache<Self> {
        &cache.wallets
    }
    fn table_mut(cache: &mut Cache) -> &mut TableCache<Self> {
        &mut cache.wallets
    }
}

impl Cached for RestrictionRow {
    type Key = u64;

    fn key(&self) -> u64 {
        self.account
    }
    fn key_values(key: &u64) -> Vec<Value> {
        vec![int(key.cast_signed())]
    }
    fn row_key(key: &u64) -> RowKey {
        RowKey::Restriction(*key)
    }
    fn owner(key: &u64) -> Option<AccountId> {
        Some(AccountId(*key))
    }
    fn table(cache: &Cache) -> &TableCache<Self> {
        &cache.restrictions
    }
    fn table_mut(cache: &mut Cache) -> &mut TableCache<Self> {
        &mut cache.restrictions
    }
}
