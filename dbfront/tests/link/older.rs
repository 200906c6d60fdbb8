//! A data folder that an earlier version left: it opens, it is brought up to date, nothing in it is lost.

use std::fs;

use proto::link::Record;
use rusqlite::Connection;
use tempfile::tempdir;

use crate::{
    game::{Game, opening, pay},
    server::{Server, file},
};

/// Makes of a fresh database what the first version would have left.
const AS_VERSION_1: &str = "
    DROP TABLE restriction; DROP TABLE character; DROP TABLE character_name; DROP TABLE item;
    DROP TABLE goods_log; DROP TABLE mail; DROP TABLE grant_key; DROP TABLE staff_log;
    DROP TABLE chat_block; DROP TABLE report;
    DROP TABLE room; DROP TABLE room_entry; DROP TABLE room_stake; DROP TABLE replay; DROP TABLE replay_chunk;
    DROP TABLE replay_player; DROP TABLE rating; DROP TABLE room_clock;
    DELETE FROM migration WHERE number > 1;
    UPDATE journal_cursor SET schema_version = 1;
    PRAGMA wal_checkpoint(TRUNCATE);";

/// As the first version wrote it.
fn of_version_1(record: Record) -> Record {
    Record { schema: 1, ..record }
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
    Connection::open(&path).and_then(|old| old.execute_batch(AS_VERSION_1)).expect("runs");
    let old = fs::read(&path).expect("a database");

    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 8);
    let records = [opening(2, 50), pay(3, (1, 100, 2), (2, 50, 2), 30)].map(of_version_1);
    game.turn(2, &records);
    game.until_applied(3);
    server.stop();

    // The database of before: the two records of the first version are in the journal alone.
    for suffix in ["-wal", "-shm"] {
        let mut name = path.clone().into_os_string();
        name.push(suffix);
        assert!(!fs::exists(name).expect("a folder"), "folded in at the stop");
    }
    fs::write(&path, old).expect("writable");
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 9);
    game.until_applied(3);
    assert_eq!(game.all_gold(1_024), [(1, 70), (2, 80)]);
    server.stop();
    let version: u32 = Connection::open(&path)
        .and_then(|found| found.query_row("SELECT schema_version FROM journal_cursor", [], |row| row.get(0)))
        .expect("a cursor");
    assert_eq!(version, 4);
}
