//! The database locked, gone or alone: the journal goes on, what is in memory is served, and nothing is
//! founded over something that was there.

use std::{fs, os::unix::net::UnixStream};

use dbfront::store::sqlite::Sqlite;
use proto::rpc::Failure;
use rusqlite::Connection;
use tempfile::tempdir;

use crate::{
    game::{Game, get, opening, pay},
    server::{Server, config, file},
    switch::Switch,
};

/// Holds the write lock of a database until it is dropped.
fn lock(path: &std::path::Path) -> Connection {
    let connection = Connection::open(path).expect("a database");
    connection.busy_timeout(std::time::Duration::from_secs(30)).expect("a timeout");
    connection.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    connection
}

#[test]
fn while_another_locks_the_database_turns_become_durable_and_are_read_back() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100), opening(2, 50)]);
    game.until_applied(2);

    let lock = lock(file(&server.config));
    let (mut one, mut two) = (100, 50);
    for n in 0..50 {
        let lsn = 3 + n;
        game.turn(lsn, &[pay(lsn, (1, one, 2 + n), (2, two, 2 + n), 1)]);
        (one, two) = (one - 1, two + 1);
    }
    game.until_durable(52);
    assert_eq!(game.gold(&[1, 2]), [Some(50), Some(100)]);
    assert_eq!(game.applied, 2);
    drop(lock);
    game.until_applied(52);
    assert_eq!(game.gold(&[1, 2]), [Some(50), Some(100)]);
    server.stop();
}

#[test]
fn unknown_rows_wait_for_the_database_until_their_deadline_and_known_ones_do_not() {
    let data = tempdir().expect("a folder");
    let config = config(data.path());
    let switch = Switch::new(Sqlite::new(file(&config).to_owned()));
    let server = Server::start_over(switch.clone(), config.clone()).expect("starts");
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100), opening(2, 50)]);
    game.until_applied(2);
    server.stop();

    // Nothing is in memory without what the stop saved.
    fs::remove_file(&config.cache_file).expect("saved");
    let server = Server::start_over(switch.clone(), config).expect("starts");
    let mut game = Game::begin(&server.config.link_path, 8);
    switch.set_away(true);
    assert_eq!(game.read(get(&[1]), 200), Err(Failure::Deadline as u64));
    game.turn(3, &[opening(3, 5)]);
    game.until_durable(3);
    assert_eq!(game.gold(&[3]), [Some(5)]);
    switch.set_away(false);
    assert_eq!(game.all_gold(2), [(1, 100), (2, 50), (3, 5)]);
    game.until_applied(3);
    drop(game);

    // Now it is, and a killed game loads again while the database is away.
    switch.set_away(true);
    let mut game = Game::begin(&server.config.link_path, 9);
    assert_eq!(game.all_gold(2), [(1, 100), (2, 50), (3, 5)]);
    assert_eq!(game.gold(&[2, 4]), [Some(50), None], "and what is not there is known not to be");
    switch.set_away(false);
    server.stop();
}

#[test]
fn a_journal_without_its_database_and_the_reverse_are_named() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100)]);
    game.until_durable(1);
    server.stop();
    let config = config(data.path());
    let aside = data.path().join("aside");

    fs::rename(file(&config), &aside).expect("moved");
    let error = Server::start_with(config.clone()).err().expect("refused");
    assert_eq!(error.code(), "DATABASE_MISSING", "{error}");
    fs::rename(&aside, file(&config)).expect("moved back");

    fs::rename(&config.journal_folder, &aside).expect("moved");
    let error = Server::start_with(config.clone()).err().expect("refused");
    assert_eq!(error.code(), "JOURNAL_MISSING", "{error}");
    let _ = fs::remove_dir(&config.journal_folder);
    fs::rename(&aside, &config.journal_folder).expect("moved back");

    let server = Server::start(data.path());
    assert_eq!(server.ready.journal_lsn, 1);
    let second = Server::start_with(config).err().expect("refused");
    assert_eq!(second.code(), "WRITER_EXISTS", "{second}");
    server.stop();
}

#[test]
fn a_stop_before_anything_is_there_ends_well() {
    let data = tempdir().expect("a folder");
    let (stop, theirs) = UnixStream::pair().expect("a pair");
    drop(stop);
    let ready = Box::new(|_| ());
    dbfront::run(config(data.path()), theirs, std::sync::Arc::default(), ready).expect("a good end");
}
