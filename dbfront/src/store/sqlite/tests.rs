//! A real database file: what a batch does, what it refuses, and that coalescing changes nothing but pace.

use std::{collections::BTreeMap, sync::Arc};

use proto::{
    link::{Value, value::V},
    tables::{ItemRow, LedgerRow, Row as _, Table, WalletRow, int, text},
};
use tempfile::{TempDir, tempdir};

use super::*;
use crate::{
    logic::{
        coalesce::coalesce,
        decode::Frame,
        row::{Action, Change, Row, RowKey, StoredRow},
    },
    store::{ApplyBatch, Query},
};

struct World {
    folder: TempDir,
    database: Sqlite,
    store: Box<dyn Store>,
    cursor: Cursor,
}

fn first_cursor() -> Cursor {
    let game_epoch = Epoch(0);
    Cursor { journal: [7; 16], lsn: Lsn(0), chain: [0; 16], game_epoch, dbf_epoch: 0, schema: 0 }
}

impl World {
    fn new() -> Self {
        let folder = tempdir().expect("a folder");
        let database = Sqlite::new(folder.path().join("game.db"));
        database.prepare(first_cursor()).expect("prepared");
        assert_eq!(database.presence(), Ok(Presence::Prepared));
        database.publish().expect("published");
        let mut store = database.connect().expect("connects");
        let seen = store.cursor().expect("a cursor");
        let cursor = store.begin_term(&seen).expect("a term");
        Self { folder, database, store, cursor }
    }

    /// The next records, one change each, as one batch.
    fn batch(&self, changes: Vec<Change>) -> ApplyBatch {
        let first = self.cursor.lsn.next();
        let last = changes.last().map_or(first, |change| change.lsn);
        let frame = Frame { first, last, epoch: Epoch(1), chain: [1; 16], bytes: 1, changes: changes.into() };
        let to = Cursor { lsn: last, chain: chain(last), game_epoch: Epoch(1), ..self.cursor };
        let tables = coalesce(&[frame]).expect("records that follow each other");
        ApplyBatch { from: self.cursor, to, tables, careful: false }
    }

    fn apply(&mut self, changes: Vec<Change>) -> Result<(), StoreError> {
        let batch = self.batch(changes);
        self.store.apply(&batch)?;
        self.cursor = batch.to;
        Ok(())
    }

    fn all(&self, table: Table) -> Vec<StoredRow> {
        let mut reader = self.database.connect_reader().expect("connects");
        let scan = Query::Scan { table, prefix: vec![], after: vec![], rows_max: usize::MAX };
        let mut snapshot = reader.read(&[scan]).expect("rows");
        assert_eq!(snapshot.lsn, self.cursor.lsn);
        snapshot.answers.remove(0).into_iter().flatten().collect()
    }

    fn sql(&self, sql: &str) {
        let connection = Connection::open(self.folder.path().join("game.db")).expect("opens");
        connection.execute_batch(sql).expect("runs");
    }
}

fn chain(lsn: Lsn) -> [u8; 16] {
    u128::from(lsn.0).to_le_bytes()
}

fn wallet(lsn: u64, account: u64, gold: i64, ver: u64) -> Change {
    change(lsn, Table::Wallet, ver, Action::Upsert(WalletRow { account, gold }.values().into()))
}

fn delete(lsn: u64, account: i64, ver: u64) -> Change {
    change(lsn, Table::Wallet, ver, Action::Delete(Arc::from([int(account)])))
}

fn ledger(lsn: u64, n: u32) -> Change {
    let row = LedgerRow { lsn, n, from_account: 1, to_account: 2, amount: 3, reason: 2, cseq: 4, wall_ms: 5 };
    change(lsn, Table::Ledger, 0, Action::Append(row.values().into()))
}

fn change(lsn: u64, table: Table, ver: u64, action: Action) -> Change {
    let row: &Row = match &action {
        Action::Upsert(row) | Action::Delete(row) | Action::Append(row) => row,
    };
    let key = RowKey::of(table.def(), row);
    Change { lsn: Lsn(lsn), table, key, ver, action }
}

fn row(account: u64, gold: i64, ver: u64) -> StoredRow {
    StoredRow { ver, row: WalletRow { account, gold }.values().into() }
}

#[test]
fn the_migrated_catalog_is_the_one_definition() {
    let world = World::new();
    let connection = Connection::open(world.folder.path().join("game.db")).expect("opens");
    catalog::check(&connection).expect("the same");
    migrate::check(&connection).expect("complete");
    world.sql("ALTER TABLE wallet RENAME COLUMN gold TO coins");
    let error = world.database.connect().err().expect("refused");
    assert_eq!(error.code(), "DB_UNSAFE_SETTINGS");
    assert!(error.to_string().contains("coins"), "{error}");
}

#[test]
fn migrations_that_are_missing_unfinished_or_newer_have_names() {
    let world = World::new();
    let code = || world.database.connect().err().map(|error| error.code());
    assert_eq!(world.database.migrate(), Ok(0));
    world.sql("INSERT INTO migration VALUES (99, 'later', 1)");
    assert_eq!(world.database.migrate().map_err(|error| error.code()), Err("SCHEMA_TOO_NEW"));
    world.sql("DELETE FROM migration WHERE number = 99; UPDATE migration SET finished = 0");
    assert_eq!(code(), Some("MIGRATION_DIRTY"));
    world.sql("DELETE FROM migration");
    assert_eq!(code(), Some("SCHEMA_TOO_OLD"));
}

#[test]
fn a_database_of_version_1_is_migrated_with_its_rows() {
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("game.db");
    let old = Connection::open(&path).expect("opens");
    old.pragma_update(None, "journal_mode", "WAL").expect("set");
    // What the first version's runner left.
    old.execute_batch(
        "CREATE TABLE migration (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, \
         finished INTEGER NOT NULL) STRICT; INSERT INTO migration VALUES (1, 'first_tables', 1);",
    )
    .expect("runs");
    old.execute_batch(migrate::MIGRATIONS[0].1).expect("runs");
    insert_cursor(&old, &Cursor { lsn: Lsn(9), schema: 1, ..first_cursor() }).expect("a row");
    old.execute_batch("INSERT INTO wallet VALUES (1, 10, 4); INSERT INTO account_name VALUES ('a', 1, 1)")
        .expect("rows");
    drop(old);

    let database = Sqlite::new(path);
    let code = |error: StoreError| error.code();
    assert_eq!(database.connect().err().map(code), Some("SCHEMA_TOO_OLD"));
    assert_eq!(database.migrate(), Ok(migrate::LAST - 1));
    assert_eq!(database.migrate(), Ok(0));
    let cursor = database.connect().and_then(|mut store| store.cursor()).expect("a cursor");
    assert_eq!((cursor.lsn, cursor.schema), (Lsn(9), migrate::LAST));
    let scan = |table| Query::Scan { table, prefix: vec![], after: vec![], rows_max: 9 };
    let mut reader = database.connect_reader().expect("connects");
    let snapshot = reader.read(&[scan(Table::Wallet), scan(Table::Name), scan(Table::Item)]).expect("rows");
    assert_eq!(snapshot.answers[0], [Some(row(1, 10, 4))]);
    assert_eq!(snapshot.answers[1].len(), 1);
    assert_eq!(snapshot.answers[2], []);
}

#[test]
fn settings_that_lose_commits_are_refused() {
    let world = World::new();
    drop(world.store);
    let connection = Connection::open(world.folder.path().join("game.db")).expect("opens");
    connection.pragma_update(None, "journal_mode", "DELETE").expect("set");
    drop(connection);
    assert_eq!(world.database.connect().err().map(|error| error.code()), Some("DB_UNSAFE_SETTINGS"));
}

#[test]
fn what_was_prepared_and_never_published_is_made_again() {
    let folder = tempdir().expect("a folder");
    let database = Sqlite::new(folder.path().join("game.db"));
    assert_eq!(database.presence(), Ok(Presence::Absent));
    database.prepare(first_cursor()).expect("prepared");
    let other = Cursor { journal: [8; 16], ..first_cursor() };
    database.prepare(other).expect("prepared again");
    database.publish().expect("published");
    assert_eq!(database.presence(), Ok(Presence::Present));
    let cursor = database.connect().and_then(|mut store| store.cursor()).expect("a cursor");
    assert_eq!(cursor, Cursor { schema: migrate::LAST, ..other });
}

#[test]
fn rows_and_cursor_move_together_or_not_at_all() {
    let mut world = World::new();
    world.apply(vec![wallet(1, 1, 10, 1), wallet(2, 2, 20, 1), ledger(2, 0)]).expect("applied");
    assert_eq!(world.all(Table::Wallet), [row(1, 10, 1), row(2, 20, 1)]);

    let wrong = [
        (vec![wallet(3, 1, 11, 3)], 3),
        (vec![wallet(3, 9, 11, 2)], 3),
        (vec![wallet(3, 1, 11, 1)], 3),
        (vec![delete(3, 1, 3)], 3),
        (vec![delete(3, 9, 2)], 3),
        (vec![wallet(3, 1, 11, 2), wallet(4, 2, 9, 5)], 4),
    ];
    for (changes, lsn) in wrong {
        let expected = StoreError::Divergence { lsn: Lsn(lsn), table: "wallet" };
        assert_eq!(world.apply(changes), Err(expected));
        // As after any error: another connection, and the cursor says that nothing happened.
        world.store = world.database.connect().expect("connects");
        assert_eq!(world.store.cursor(), Ok(world.cursor));
        assert_eq!(world.all(Table::Wallet), [row(1, 10, 1), row(2, 20, 1)]);
    }
}

#[test]
fn only_who_knows_the_cursor_and_has_the_last_term_applies() {
    let mut world = World::new();
    world.apply(vec![wallet(1, 1, 10, 1)]).expect("applied");
    let stale = [
        Cursor { lsn: Lsn(0), ..world.cursor },
        Cursor { chain: [9; 16], ..world.cursor },
        Cursor { journal: [9; 16], ..world.cursor },
    ];
    for from in stale {
        let batch = ApplyBatch { from, ..world.batch(vec![wallet(2, 1, 9, 2)]) };
        assert_eq!(world.store.apply(&batch), Err(StoreError::CursorMoved));
    }
    let mut other = world.database.connect().expect("connects");
    let seen = other.cursor().expect("a cursor");
    other.begin_term(&seen).expect("a term");
    assert_eq!(world.apply(vec![wallet(2, 1, 9, 2)]), Err(StoreError::CursorMoved));
    assert_eq!(world.store.begin_term(&world.cursor.clone()), Err(StoreError::CursorMoved));
    assert_eq!(world.all(Table::Wallet), [row(1, 10, 1)]);
}

#[test]
fn a_lock_passes_and_a_refused_value_is_poison_with_the_records_number() {
    let mut world = World::new();
    let lock = Connection::open(world.folder.path().join("game.db")).expect("opens");
    lock.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let error = world.apply(vec![wallet(1, 1, 10, 1)]).expect_err("locked out");
    assert!(error.passes(), "{error}");
    lock.execute_batch("ROLLBACK").expect("unlocked");
    world.apply(vec![wallet(1, 1, 10, 1)]).expect("applied");

    // A check that the definition does not know, as a hand-made change of the table would bring.
    world.sql("CREATE TRIGGER no_zero BEFORE UPDATE ON wallet WHEN NEW.gold = 0 BEGIN SELECT RAISE(ABORT, 'no'); END");
    let error = world.apply(vec![wallet(2, 2, 10, 1), wallet(3, 1, 0, 2)]).expect_err("refused");
    assert!(matches!(error, StoreError::Poison { lsn: Lsn(3), table: "wallet", .. }), "{error}");

    world.sql("DROP TRIGGER no_zero; INSERT INTO ledger VALUES (3, 0, 1, 1, 1, 1, 1, 1)");
    let changes = vec![ledger(2, 0), ledger(3, 0), ledger(4, 0)];
    let careful = ApplyBatch { careful: true, ..world.batch(changes) };
    world.store = world.database.connect().expect("connects");
    let error = world.store.apply(&careful).expect_err("refused");
    assert!(matches!(error, StoreError::Poison { lsn: Lsn(3), table: "ledger", .. }), "{error}");
}

#[test]
fn values_of_every_kind_come_back_by_key_and_in_order() {
    let mut world = World::new();
    let name = |key: &str| -> Row { Arc::from([text(key), int(5)]) };
    let account: Row = Arc::from([
        int(1),
        Value { v: None },
        Value { v: Some(V::Blob(vec![0, 255].into())) },
        text("ü\0"),
        int(0),
        int(i64::MAX),
        int(-1),
        int(0),
    ]);
    world
        .apply(vec![
            change(1, Table::Account, 1, Action::Upsert(account.clone())),
            change(2, Table::Name, 1, Action::Upsert(name("b"))),
            change(3, Table::Name, 1, Action::Upsert(name("a"))),
            change(4, Table::Name, 1, Action::Upsert(name("é"))),
        ])
        .expect("applied");
    let mut reader = world.database.connect_reader().expect("connects");
    let snapshot = reader
        .read(&[
            Query::Get { table: Table::Account, keys: vec![vec![int(2)], vec![int(1)]] },
            Query::Scan { table: Table::Name, prefix: vec![], after: vec![text("a")], rows_max: 1 },
            Query::Scan { table: Table::Name, prefix: vec![], after: vec![text("b")], rows_max: 9 },
        ])
        .expect("rows");
    let stored = |row: Row| Some(StoredRow { ver: 1, row });
    assert_eq!(snapshot.answers[0], [None, stored(account)]);
    assert_eq!(snapshot.answers[1], [stored(name("b"))]);
    assert_eq!(snapshot.answers[2], [stored(name("é"))]);
}

#[test]
fn the_last_rows_of_a_log_come_first_and_page_by_page() {
    let mut world = World::new();
    world.apply(vec![ledger(1, 0), ledger(1, 1)]).expect("applied");
    world.apply(vec![ledger(2, 0), ledger(3, 0)]).expect("applied");
    let mut reader = world.database.connect_reader().expect("connects");
    let mut keys = |before: Vec<Value>, rows_max| -> Vec<(u64, u32)> {
        let latest = Query::Latest { table: Table::Ledger, before, rows_max };
        let snapshot = reader.read(&[latest]).expect("rows");
        let rows = snapshot.answers[0].iter().flatten();
        rows.map(|row| LedgerRow::from_values(&row.row).expect("a line"))
            .map(|row| (row.lsn, row.n))
            .collect()
    };
    assert_eq!(keys(vec![], 2), [(3, 0), (2, 0)]);
    assert_eq!(keys(vec![int(2), int(0)], 9), [(1, 1), (1, 0)]);
    assert_eq!(keys(vec![int(1), int(1)], 9), [(1, 0)]);
    assert_eq!(keys(vec![int(1), int(0)], 9), []);
}

fn thing(holder: u64, id: u64, quantity: u32) -> ItemRow {
    ItemRow { holder, id, kind: 1, quantity, place: 1, slot: 0 }
}

fn made(lsn: u64, item: &ItemRow, ver: u64) -> Change {
    change(lsn, Table::Item, ver, Action::Upsert(item.values().into()))
}

fn gone(lsn: u64, item: &ItemRow, ver: u64) -> Change {
    change(lsn, Table::Item, ver, Action::Delete(item.values()[..2].into()))
}

#[test]
fn the_rows_of_one_owner_come_alone_in_key_order_and_page_by_page() {
    let mut world = World::new();
    let items: Vec<ItemRow> =
        [(1, 9), (2, 3), (2, 4), (2, 5), (3, 1)].map(|(holder, id)| thing(holder, id, 1)).into();
    let changes = items.iter().zip(1..).map(|(item, lsn)| made(lsn, item, 1)).collect();
    world.apply(changes).expect("applied");
    let mut reader = world.database.connect_reader().expect("connects");
    let mut ids = |holder: i64, after: Option<i64>, rows_max| -> Vec<u64> {
        let after = after.map(|id| vec![int(holder), int(id)]).unwrap_or_default();
        let scan = Query::Scan { table: Table::Item, prefix: vec![int(holder)], after, rows_max };
        let snapshot = reader.read(&[scan]).expect("rows");
        let rows = snapshot.answers[0].iter().flatten();
        rows.map(|row| ItemRow::from_values(&row.row).expect("an item").id).collect()
    };
    assert_eq!(ids(2, None, 9), [3, 4, 5]);
    assert_eq!(ids(2, None, 2), [3, 4]);
    assert_eq!(ids(2, Some(4), 2), [5]);
    assert_eq!(ids(2, Some(5), 2), []);
    assert_eq!(ids(4, None, 2), []);
}

#[test]
fn what_changes_hands_and_comes_back_stands_where_it_was_in_one_batch_or_in_several() {
    let (a, b) = (thing(1, 7, 5), thing(2, 7, 5));
    // There at version 3; to the other, back, and changed.
    let moves = |from: u64| {
        vec![
            gone(from, &a, 4),
            made(from, &b, 1),
            gone(from + 1, &b, 2),
            made(from + 1, &a, 1),
            made(from + 2, &thing(1, 7, 6), 2),
        ]
    };
    let stored = |item: &ItemRow, ver| StoredRow { ver, row: item.values().into() };
    for size in 1..=3 {
        let mut world = World::new();
        world.apply(vec![made(1, &a, 1), made(2, &a, 2), made(3, &a, 3)]).expect("applied");
        let moves = moves(4);
        for lsns in [4, 5, 6].chunks(size) {
            let batch = moves.iter().filter(|change| lsns.contains(&change.lsn.0)).cloned().collect();
            world.apply(batch).expect("applied");
        }
        assert_eq!(world.all(Table::Item), [stored(&thing(1, 7, 6), 2)], "{size} records a batch");
        world.apply(vec![gone(7, &a, 3), made(7, &b, 1)]).expect("applied");
        world.apply(vec![gone(8, &b, 2), made(8, &a, 1)]).expect("applied");
        assert_eq!(world.all(Table::Item), [stored(&a, 1)]);
    }
}

#[test]
fn coalesced_batches_leave_what_records_one_by_one_would() {
    let mut world = World::new();
    let mut model: BTreeMap<u64, (i64, u64)> = BTreeMap::new();
    let mut ledgers = 0;
    let mut seed = 1u64;
    let mut random = move |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let mut lsn = 0;
    for round in 0..40 {
        let mut changes = Vec::new();
        for _ in 0..=random(100) {
            lsn += 1;
            let account = random(12);
            let gold = i64::try_from(random(1_000)).expect("small");
            match (model.get(&account).copied(), random(4)) {
                (None, _) => {
                    changes.push(wallet(lsn, account, gold, 1));
                    model.insert(account, (gold, 1));
                }
                (Some((_, ver)), 0) => {
                    changes.push(delete(lsn, i64::try_from(account).expect("small"), ver + 1));
                    model.remove(&account);
                }
                (Some((_, ver)), _) => {
                    changes.push(wallet(lsn, account, gold, ver + 1));
                    model.insert(account, (gold, ver + 1));
                }
            }
            for n in 0..u32::try_from(random(3)).expect("small") {
                changes.push(ledger(lsn, n));
                ledgers += 1;
            }
        }
        world.apply(changes).expect("applied");
        let expected: Vec<_> = model.iter().map(|(&account, &(gold, ver))| row(account, gold, ver)).collect();
        assert_eq!(world.all(Table::Wallet), expected, "round {round}");
        assert_eq!(world.all(Table::Ledger).len(), ledgers, "round {round}");
    }
}
