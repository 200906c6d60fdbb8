//! What only a file can do to us.

use std::time::Duration;

use dbfront::{
    RawConfig, RawStore,
    store::{Cursor, Database, Query, StoreError, schema, sqlite::Sqlite},
};
use proto::{
    ids::{Epoch, Lsn},
    tables::Table,
};
use rusqlite::Connection;
use tempfile::tempdir;

use crate::{
    game::{Game, opening},
    home::{Home, is_full},
    needs::{Need, are_met},
    server::Server,
    tmpfs::Tmpfs,
    world::{World, row, wallet},
};

fn connection(home: &Home) -> Connection {
    let Home::File(folder) = home else { panic!("a file") };
    Connection::open(folder.path().join("game.db")).expect("opens")
}

#[test]
fn a_table_that_was_changed_by_hand_is_refused_by_the_column() {
    let home = Home::file();
    let world = World::new(home.database());
    home.sql("ALTER TABLE wallet RENAME COLUMN gold TO coins");
    let error = world.database.connect().err().expect("refused");
    assert_eq!(error.code(), "DB_UNSAFE_SETTINGS");
    assert!(error.to_string().contains("coins"), "{error}");
}

#[test]
fn a_file_of_version_1_is_migrated_with_its_rows() {
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
    old.execute_batch(schema::SCRIPTS[0].sqlite).expect("runs");
    old.execute_batch(
        "INSERT INTO journal_cursor VALUES (1, zeroblob(16), 9, zeroblob(16), 0, 0, 1);
         INSERT INTO wallet VALUES (1, 10, 4); INSERT INTO account_name VALUES ('a', 1, 1)",
    )
    .expect("rows");
    drop(old);

    let database = Sqlite::new(path);
    let code = |error: StoreError| error.code();
    assert_eq!(database.connect().err().map(code), Some("SCHEMA_TOO_OLD"));
    assert_eq!(database.migrate(), Ok(schema::LAST - 1));
    assert_eq!(database.migrate(), Ok(0));
    let cursor = database.connect().and_then(|mut store| store.cursor()).expect("a cursor");
    assert_eq!((cursor.lsn, cursor.schema), (Lsn(9), schema::LAST));
    let scan = |table| Query::Scan { table, prefix: vec![], after: vec![], rows_max: 9 };
    let mut reader = database.connect_reader().expect("connects");
    let snapshot = reader.read(&[scan(Table::Wallet), scan(Table::Name), scan(Table::Item)]).expect("rows");
    assert_eq!(snapshot.answers[0], [Some(row(1, 10, 4))]);
    assert_eq!(snapshot.answers[1].len(), 1);
    assert_eq!(snapshot.answers[2], []);
}

#[test]
fn settings_that_lose_commits_are_refused() {
    let home = Home::file();
    let World { database, store, .. } = World::new(home.database());
    drop(store);
    connection(&home).pragma_update(None, "journal_mode", "DELETE").expect("set");
    assert_eq!(database.connect().err().map(|error| error.code()), Some("DB_UNSAFE_SETTINGS"));
}

#[test]
fn the_lock_of_another_process_passes() {
    let home = Home::file();
    let mut world = World::new(home.database());
    let lock = connection(&home);
    lock.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let error = world.apply(vec![wallet(1, 1, 10, 1)]).expect_err("locked out");
    assert!(error.passes(), "{error}");
    lock.execute_batch("ROLLBACK").expect("unlocked");
    world.reconnect();
    world.apply(vec![wallet(1, 1, 10, 1)]).expect("applied");
}

#[test]
fn a_file_whose_disk_is_full_has_everything_once_when_there_is_space() {
    if !are_met(&[Need::Namespaces]) {
        return;
    }
    let data = tempdir().expect("a folder");
    let place = data.path().join("disk");
    let disk = Tmpfs::mount(&place, 24).expect("mounted");
    let file = place.join("game.db");
    let store = RawStore { url: format!("sqlite:{}", file.display()), ..RawStore::default() };
    let raw = RawConfig { segment_bytes: 4 << 20, ..RawConfig::default() };
    let config = raw.check(store, data.path()).expect("sound");
    let server = Server::start_over(Sqlite::new(file.clone()), config).expect("starts");
    let mut game = Game::begin(&server.config.link_path, 7);
    let mut lsn = 0;
    for _ in 0..if is_full() { 20 } else { 3 } {
        let filled = disk.fill().expect("filled");
        assert!(0 < filled);
        let tries = server.figure("apply_retries");
        for _ in 0..50 {
            let records: Vec<_> = (lsn + 1..=lsn + 100).map(|account| opening(account, 1)).collect();
            game.turn(lsn + 1, &records);
            lsn += 100;
            game.until_durable(lsn);
        }
        let is_refused = |server: &Server| tries < server.figure("apply_retries");
        assert!(server.until(Duration::from_secs(60), is_refused), "there was space");
        disk.free().expect("freed");
        game.until_applied(lsn);
    }
    server.stop();
    let found = Connection::open(&file).expect("opens");
    let count = |sql: &str| found.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a number");
    let lsn = i64::try_from(lsn).expect("small");
    assert_eq!([count("SELECT COUNT(*) FROM wallet"), count("SELECT SUM(gold) FROM wallet")], [lsn, lsn]);
}

#[test]
fn a_log_without_its_file_is_never_played_into_the_next_one() {
    let home = Home::file();
    let Home::File(folder) = &home else { panic!("it is a file") };
    let log = folder.path().join("game.db-wal");
    let first = Cursor {
        journal: [1; 16],
        lsn: Lsn(0),
        chain: [0; 16],
        game_epoch: Epoch(0),
        dbf_epoch: 0,
        schema: 0,
    };
    let database = home.database();
    let code = |done: Result<(), StoreError>| done.map_err(|error| error.code());
    std::fs::write(&log, "of another").expect("written");
    assert_eq!(code(database.prepare(first)), Err("DB_UNSAFE_SETTINGS"));
    std::fs::remove_file(&log).expect("gone");
    assert_eq!(code(database.prepare(first)), Ok(()));
    std::fs::write(&log, "of another").expect("written");
    assert_eq!(code(database.publish()), Err("DB_UNSAFE_SETTINGS"));
    assert_eq!(std::fs::read(&log).expect("kept"), b"of another");
    std::fs::remove_file(&log).expect("gone");
    assert_eq!(code(database.publish()), Ok(()));
}
