//! A database that somebody touched by hand, restored, took over, or left far behind.

use std::fs;

use dbfront::store::{Database, sqlite::Sqlite};
use rusqlite::Connection;
use tempfile::tempdir;

use crate::{
    game::{Game, get, opening, pay, record, wallet},
    server::{Server, config, file},
    switch::Switch,
};

fn sql(server: &Server, sql: &str) {
    let connection = Connection::open(file(&server.config)).expect("a database");
    connection.busy_timeout(std::time::Duration::from_secs(30)).expect("a timeout");
    connection.execute_batch(sql).expect("runs");
}

#[test]
fn a_row_changed_by_hand_is_divergence_and_game_hears_it() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100), opening(2, 50)]);
    game.until_applied(2);
    sql(&server, "UPDATE wallet SET gold = 1000000, ver = 2 WHERE account = 1");
    game.turn(3, &[pay(3, (1, 100, 2), (2, 50, 2), 30)]);
    assert_eq!(game.until_refused(), "DIVERGENCE");
    assert_eq!(game.durable, 3, "it was durable before the database was asked");
    assert_eq!(server.end().expect_err("a named stop").code(), "DIVERGENCE");
}

#[test]
fn a_second_dbfront_on_the_same_database_ends_the_first() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 7);
    let mut other = Sqlite::new(file(&server.config).to_owned()).connect().expect("connects");
    let seen = other.cursor().expect("a cursor");
    other.begin_term(&seen).expect("a term");
    game.turn(1, &[opening(1, 100)]);
    assert_eq!(game.until_refused(), "DB_FENCED", "which is no end of game's");
    assert_eq!(server.end().expect_err("a named stop").code(), "DB_FENCED");
}

#[test]
fn a_record_that_the_database_refuses_pauses_applying_and_nothing_else() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100), opening(2, 50)]);
    game.until_applied(2);
    sql(
        &server,
        "CREATE TRIGGER poor BEFORE UPDATE ON wallet WHEN NEW.gold = 0 BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    game.turn(3, &[pay(3, (1, 100, 2), (2, 50, 2), 10)]);
    game.turn(4, &[pay(4, (1, 90, 3), (2, 60, 3), 90)]);
    let bound = std::time::Duration::from_secs(30);
    assert!(server.until(bound, |server| server.metrics.state() == "applying_paused_POISON"));
    game.turn(5, &[pay(5, (2, 150, 4), (1, 0, 4), 5)]);
    game.until_durable(5);
    assert_eq!(game.gold(&[1, 2]), [Some(5), Some(145)]);
    server.stop();
    let connection = Connection::open(file(&config(data.path()))).expect("a database");
    connection.execute_batch("DROP TRIGGER poor").expect("mended");
    drop(connection);
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 9);
    game.until_applied(5);
    assert_eq!(game.all_gold(10), [(1, 5), (2, 145)]);
    server.stop();
}

#[test]
fn a_database_restored_from_an_older_copy_is_filled_from_the_journal() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100), opening(2, 50)]);
    game.until_applied(2);
    server.stop();
    let config = config(data.path());
    let backup = data.path().join("backup");
    fs::copy(file(&config), &backup).expect("copied");

    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 8);
    game.turn(3, &[pay(3, (1, 100, 2), (2, 50, 2), 30)]);
    game.until_applied(3);
    server.stop();
    fs::copy(&backup, file(&config)).expect("restored");

    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 9);
    game.until_applied(3);
    assert_eq!(game.all_gold(10), [(1, 70), (2, 80)]);
    server.stop();
}

#[test]
fn a_database_that_went_back_while_it_was_away_is_said_and_filled_from_the_journal() {
    let data = tempdir().expect("a folder");
    let config = config(data.path());
    let switch = Switch::new(Sqlite::new(file(&config).to_owned()));
    let server = Server::start_over(switch.clone(), config).expect("starts");
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100), opening(2, 50)]);
    game.until_applied(2);
    sql(&server, "CREATE TABLE aside AS SELECT * FROM journal_cursor");
    game.turn(3, &[pay(3, (1, 100, 2), (2, 50, 2), 30)]);
    game.until_applied(3);

    switch.set_away(true);
    game.turn(4, &[pay(4, (1, 70, 3), (2, 80, 3), 10)]);
    let bound = std::time::Duration::from_secs(30);
    assert!(server.until(bound, |server| server.figure("apply_retries") != 0));
    sql(
        &server,
        "DELETE FROM ledger WHERE lsn = 3;
         UPDATE wallet SET gold = 100, ver = 1 WHERE account = 1;
         UPDATE wallet SET gold = 50, ver = 1 WHERE account = 2;
         DELETE FROM journal_cursor; INSERT INTO journal_cursor SELECT * FROM aside",
    );
    switch.set_away(false);
    while game.applied == 3 {
        game.hear().expect("the link stays");
    }
    assert_eq!(game.applied, 2, "what retention and game go by went back, too");
    game.until_applied(4);
    assert_eq!(game.gold(&[1, 2]), [Some(60), Some(90)]);
    server.stop();
}

#[test]
fn a_writer_that_dies_while_it_is_not_read_makes_room_for_the_next() {
    let data = tempdir().expect("a folder");
    let config = dbfront::Config { overlay_bytes: 10_000, spill_bytes: 0, ..config(data.path()) };
    let switch = Switch::new(Sqlite::new(file(&config).to_owned()));
    let server = Server::start_over(switch.clone(), config).expect("starts");
    let mut game = Game::begin(&server.config.link_path, 7);
    switch.set_away(true);
    let records: Vec<_> = (1..=100).map(|n| opening(n, 1)).collect();
    game.turn(1, &records);
    game.until_durable(100);
    let bound = std::time::Duration::from_secs(30);
    assert!(server.until(bound, |server| server.metrics.state() == "overlay_full"));
    drop(game);
    let game = Game::begin(&server.config.link_path, 8);
    assert_eq!((game.welcome.epoch, game.durable), (2, 100));
    switch.set_away(false);
    server.stop();
}

#[test]
fn a_term_is_begun_however_long_another_holds_the_database() {
    let data = tempdir().expect("a folder");
    Server::start(data.path()).stop();
    let config = config(data.path());
    let term = || Sqlite::new(file(&config).to_owned()).connect()?.cursor().map(|cursor| cursor.dbf_epoch);
    let before = term().expect("a cursor");

    let lock = Connection::open(file(&config)).expect("a database");
    lock.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let metrics = std::sync::Arc::new(dbfront::Metrics::default());
    let (stop, theirs) = std::os::unix::net::UnixStream::pair().expect("a pair");
    let (ready_in, ready) = std::sync::mpsc::channel();
    let thread = std::thread::spawn({
        let (config, metrics) = (config.clone(), metrics.clone());
        let ready = Box::new(move |_| ready_in.send(()).expect("the test waits"));
        move || dbfront::run(config, theirs, metrics, ready)
    });
    while metrics.state() != "waiting_for_store" {
        assert!(ready.try_recv().is_err(), "it serves without a term of its own");
        std::thread::yield_now();
    }
    drop(lock);
    ready.recv_timeout(std::time::Duration::from_secs(30)).expect("it serves");
    assert_eq!(term().expect("a cursor"), before + 1);
    drop(stop);
    thread.join().expect("no panic").expect("a good end");
}

#[test]
fn a_game_is_not_read_while_too_many_rows_wait_and_goes_on_when_they_are_applied() {
    let data = tempdir().expect("a folder");
    let config = dbfront::Config { overlay_bytes: 100_000, spill_bytes: 0, ..config(data.path()) };
    let switch = Switch::new(Sqlite::new(file(&config).to_owned()));
    let server = Server::start_over(switch.clone(), config).expect("starts");
    let mut game = Game::begin(&server.config.link_path, 7);
    switch.set_away(true);
    // Few writes, that the socket takes although nobody reads it.
    for turn in 0..10 {
        let records: Vec<_> = (1..=100).map(|n| opening(turn * 100 + n, 1)).collect();
        game.turn(turn * 100 + 1, &records);
    }
    game.until_durable(100);
    let asked = std::time::Duration::from_secs(30);
    assert!(server.until(asked, |server| server.metrics.state() == "overlay_full"));
    assert!(!server.metrics.is_ready(), "it journals nothing");
    switch.set_away(false);
    game.until_durable(1_000);
    game.until_applied(1_000);
    game.turn(1_001, &[record(vec![wallet(1, 1, 0, 2)], -1)]);
    assert!(game.read(get(&[1]), 30_000).is_ok());
    game.until_applied(1_001);
    server.stop();
}
