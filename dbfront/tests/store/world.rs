//! A published world in some database, its applying connection, and records to apply.

use std::sync::Arc;

use dbfront::{
    logic::{
        coalesce::coalesce,
        decode::Frame,
        row::{Action, Change, Row, RowKey, StoredRow},
    },
    store::{ApplyBatch, Cursor, Presence, Query, Store, StoreError, inspect::Inspect},
};
use proto::{
    ids::{Epoch, Lsn},
    link::Value,
    tables::{ItemRow, LedgerRow, Row as _, Table, WalletRow, int},
};

/// See the module.
pub struct World {
    pub database: Arc<dyn Inspect>,
    pub store: Box<dyn Store>,
    pub cursor: Cursor,
}

pub fn first_cursor() -> Cursor {
    let game_epoch = Epoch(0);
    Cursor { journal: [7; 16], lsn: Lsn(0), chain: [0; 16], game_epoch, dbf_epoch: 0, schema: 0 }
}

impl World {
    pub fn new(database: Arc<dyn Inspect>) -> Self {
        database.prepare(first_cursor()).expect("prepared");
        assert_eq!(database.presence(), Ok(Presence::Prepared));
        database.publish().expect("published");
        let mut store = database.connect().expect("connects");
        let seen = store.cursor().expect("a cursor");
        let cursor = store.begin_term(&seen).expect("a term");
        Self { database, store, cursor }
    }

    /// The next records, one change each, as one batch.
    pub fn batch(&self, changes: Vec<Change>) -> ApplyBatch {
        let first = self.cursor.lsn.next();
        let last = changes.last().map_or(first, |change| change.lsn);
        let frame = Frame { first, last, epoch: Epoch(1), chain: [1; 16], bytes: 1, changes: changes.into() };
        let to = Cursor { lsn: last, chain: chain(last), game_epoch: Epoch(1), ..self.cursor };
        let tables = coalesce(&[frame]).expect("records that follow each other");
        ApplyBatch { from: self.cursor, to, tables, careful: false }
    }

    pub fn apply(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        let batch = self.batch(changes);
        self.store.apply(&batch)?;
        self.cursor = batch.to;
        Ok(())
    }

    /// As after any error: another connection.
    pub fn reconnect(&mut self) {
        self.store = self.database.connect().expect("connects");
    }

    /// Rows of a table, if the reader stands where we do.
    pub fn all(&self, table: Table) -> Vec<StoredRow> {
        let mut reader = self.database.connect_reader().expect("connects");
        let scan = Query::Scan { table, prefix: vec![], after: vec![], rows_max: usize::MAX };
        let mut snapshot = reader.read(&[scan]).expect("rows");
        assert_eq!(snapshot.lsn, self.cursor.lsn);
        snapshot.answers.remove(0).into_iter().flatten().collect()
    }
}

fn chain(lsn: Lsn) -> [u8; 16] {
    u128::from(lsn.0).to_le_bytes()
}

pub fn wallet(lsn: u64, account: u64, gold: i64, ver: u64) -> Change {
    change(lsn, Table::Wallet, ver, Action::Upsert(WalletRow { account, gold }.values().into()))
}

pub fn delete(lsn: u64, account: i64, ver: u64) -> Change {
    change(lsn, Table::Wallet, ver, Action::Delete(Arc::from([int(account)])))
}

pub fn ledger(lsn: u64, n: u32) -> Change {
    let row = LedgerRow { lsn, n, from_account: 1, to_account: 2, amount: 3, reason: 2, cseq: 4, wall_ms: 5 };
    change(lsn, Table::Ledger, 0, Action::Append(row.values().into()))
}

pub fn change(lsn: u64, table: Table, ver: u64, action: Action) -> Change {
    let row: &Row = match &action {
        Action::Upsert(row) | Action::Delete(row) | Action::Append(row) => row,
    };
    let key = RowKey::of(table.def(), row);
    Change { lsn: Lsn(lsn), table, key, ver, action }
}

pub fn row(account: u64, gold: i64, ver: u64) -> StoredRow {
    StoredRow { ver, row: WalletRow { account, gold }.values().into() }
}

pub fn thing(holder: u64, id: u64, quantity: u32) -> ItemRow {
    ItemRow { holder, id, kind: 1, quantity, place: 1, slot: 0 }
}

pub fn made(lsn: u64, item: &ItemRow, ver: u64) -> Change {
    change(lsn, Table::Item, ver, Action::Upsert(item.values().into()))
}

pub fn gone(lsn: u64, item: &ItemRow, ver: u64) -> Change {
    let key: Vec<Value> = item.values()[..2].into();
    change(lsn, Table::Item, ver, Action::Delete(key.into()))
}
