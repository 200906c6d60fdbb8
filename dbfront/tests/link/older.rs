//! A data folder that an earlier version left: it opens, it is brought up to date, nothing in it is lost.

use std::{fs, path::Path};

use proto::{
    link::{Mutation, Op, Record},
    tables::{RoomStakeRow, Row as _, Table},
};
use rusqlite::Connection;
use tempfile::tempdir;

use crate::{
    game::{Game, opening, pay, record, wallet},
    server::{Server, file},
};

/// Makes of a fresh database what the first version would have left.
const AS_VERSION_1: &str = "
    DROP TABLE restriction; DROP TABLE character; DROP TABLE character_name; DROP TABLE item;
    DROP TABLE goods_log; DROP TABLE mail; DROP TABLE grant_key; DROP TABLE staff_log;
    DROP TABLE chat_block; DROP TABLE report;
    DELETE FROM migration WHERE number > 1;
    UPDATE journal_cursor SET schema_version = 1;
    PRAGMA wal_checkpoint(TRUNCATE);";

/// And what one of the last schema without matches would.
const AS_SCHEMA_4: &str = "
    DROP TABLE room; DROP TABLE room_entry; DROP TABLE room_stake; DROP TABLE replay; DROP TABLE replay_chunk;
    DROP TABLE replay_player; DROP TABLE rating; DROP TABLE room_clock; DROP TABLE staff_note; DROP TABLE deed_key;
    DROP TABLE staff_change; DROP TABLE world_switch; DROP TABLE wealth_freeze; DROP TABLE campaign;
    DROP TABLE gold_hour;
    DELETE FROM migration WHERE number > 4;
    UPDATE journal_cursor SET schema_version = 4;
    PRAGMA wal_checkpoint(TRUNCATE);";

/// As the first version wrote it.
fn of_version_1(record: Record) -> Record {
    Record { schema: 1, ..record }
}

/// Leaves the database of a data folder as it was, with this done to it.
fn downgrade(path: &Path, script: &str) -> Vec<u8> {
    let old = Connection::open(path).expect("opens");
    old.execute_batch(script).expect("runs");
    drop(old);
    fs::read(path).expect("a database")
}

/// The file and no other: what was applied since is in the journal alone.
fn put_back(path: &Path, old: &[u8]) {
    for suffix in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        assert!(!fs::exists(name).expect("a folder"), "folded in at the stop");
    }
    fs::write(path, old).expect("writable");
}

fn schema(path: &Path) -> u32 {
    Connection::open(path)
        .and_then(|found| found.query_row("SELECT schema_version FROM journal_cursor", [], |row| row.get(0)))
        .expect("a cursor")
}

#[test]
fn a_folder_of_the_first_version_is_migrated_and_its_unapplied_records_are_applied() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let path = file(&server.config).to_owned();
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[of_version_1(opening(1, 100))]);
    game.until_applied(1);
    server.stop();
    let old = downgrade(&path, &format!("{AS_SCHEMA_4}{AS_VERSION_1}"));

    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 8);
    let records = [opening(2, 50), pay(3, (1, 100, 2), (2, 50, 2), 30)].map(of_version_1);
    game.turn(2, &records);
    game.until_applied(3);
    server.stop();

    // The database of before: the two records of the first version are in the journal alone.
    put_back(&path, &old);
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 9);
    game.until_applied(3);
    assert_eq!(game.all_gold(1_024), [(1, 70), (2, 80)]);
    server.stop();
    assert_eq!(schema(&path), dbfront::store::schema::LAST);
}

#[test]
fn a_folder_of_the_last_schema_without_matches_is_migrated_and_plays_some() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let path = file(&server.config).to_owned();
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100)]);
    game.until_applied(1);
    server.stop();
    let old = downgrade(&path, AS_SCHEMA_4);

    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 8);
    game.turn(2, &[opening(2, 50), pay(3, (1, 100, 2), (2, 50, 2), 30)]);
    game.until_applied(3);
    server.stop();

    put_back(&path, &old);
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 9);
    let stake = RoomStakeRow { room: 9, account: 1, gold: 20 };
    let mutation = Mutation {
        table: Table::RoomStake as u32,
        op: Op::Upsert.into(),
        ver: 1,
        row: stake.values(),
        ..Mutation::default()
    };
    game.turn(4, &[record(vec![wallet(1, 70, 50, 3), mutation], 0)]);
    game.until_applied(4);
    assert_eq!(game.all_gold(1_024), [(1, 50), (2, 80)]);
    server.stop();
    assert_eq!(schema(&path), dbfront::store::schema::LAST);
    let gold: i64 = Connection::open(&path)
        .and_then(|found| found.query_row("SELECT gold FROM room_stake WHERE room = 9", [], |row| row.get(0)))
        .expect("a stake");
    assert_eq!(gold, 20);
}
