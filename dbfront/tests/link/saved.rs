//! A cache that outlives its process: the next one answers without the database what the one before could answer, and
//! never what is not so any more.

use std::{fs, path::Path, time::Duration};

use dbfront::{Config, store::sqlite::Sqlite};
use proto::rpc::Failure;
use rusqlite::Connection;
use tempfile::tempdir;

use crate::{
    game::{Game, get, opening, pay},
    server::{Server, config, file},
    switch::Switch,
};

const BOUND: Duration = Duration::from_secs(30);

fn start(config: &Config) -> (Server, Switch) {
    let switch = Switch::new(Sqlite::new(file(config).to_owned()));
    (Server::start_over(switch.clone(), config.clone()).expect("starts"), switch)
}

/// A life that plays, is asked for everything and ends in order.
fn first_life(config: &Config) {
    let (server, _) = start(config);
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &(1..=100).map(|account| opening(account, 100)).collect::<Vec<_>>());
    game.turn(101, &[pay(101, (1, 100, 2), (2, 100, 2), 30)]);
    game.until_applied(101);
    assert_eq!(game.all_gold(40).len(), 100);
    server.stop();
    assert!(config.cache_file.exists());
}

/// The next life begins with this many rows.
fn warmed(config: &Config) -> i64 {
    let (server, _) = start(config);
    assert!(!config.cache_file.exists(), "taken, so that it cannot be taken again");
    let mut game = Game::begin(&server.config.link_path, 8);
    // Whatever came: it is the truth.
    assert_eq!(game.gold(&[1, 2, 3, 101]), [Some(70), Some(130), Some(100), None]);
    let rows = server.figure("warmed_rows");
    server.stop();
    rows
}

fn sql(path: &Path, sql: &str) {
    Connection::open(path).expect("a database").execute_batch(sql).expect("runs");
}

#[test]
fn the_next_life_answers_the_same_without_the_database_and_the_one_after_a_kill_asks_it() {
    let data = tempdir().expect("a folder");
    let config = config(data.path());
    first_life(&config);
    let (server, switch) = start(&config);
    switch.set_away(true);
    assert!(server.until(BOUND, |server| server.figure("warmed_rows") == 100));
    let mut game = Game::begin(&server.config.link_path, 8);
    let all = game.all_gold(40);
    assert_eq!((all.len(), all[0], all[1], all[99]), (100, (1, 70), (2, 130), (100, 100)));
    assert_eq!(game.gold(&[1, 2, 101]), [Some(70), Some(130), None]);
    assert!(server.until(BOUND, |server| server.figure("hits_hot") + server.figure("hits_cold") == 2));
    assert_eq!((server.figure("misses"), server.figure("reads_of_store")), (0, 0));

    // A killed process leaves nothing: the third life asks the database.
    let killed = tempdir().expect("a folder");
    copy(data.path(), killed.path());
    switch.set_away(false);
    drop(game);
    server.stop();
    let config = crate::server::config(killed.path());
    let (server, switch) = start(&config);
    switch.set_away(true);
    let mut game = Game::begin(&server.config.link_path, 9);
    assert_eq!(game.read(get(&[1]), 200), Err(Failure::Deadline as u64));
    assert_eq!(server.figure("warmed_rows"), 0);
    switch.set_away(false);
    server.stop();
}

/// As a kill leaves it.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (kind, into) = (entry.file_type().expect("a kind"), to.join(entry.file_name()));
        if kind.is_dir() {
            fs::create_dir_all(&into).expect("made");
            copy(&entry.path(), &into);
        } else if kind.is_file() {
            fs::copy(entry.path(), into).expect("copied");
        }
    }
}

#[test]
fn rows_that_wait_for_the_database_come_from_the_journal_and_the_others_from_what_was_saved() {
    let data = tempdir().expect("a folder");
    let config = config(data.path());
    first_life(&config);
    let (server, switch) = start(&config);
    let mut game = Game::begin(&server.config.link_path, 8);
    assert_eq!(game.all_gold(40).len(), 100);
    switch.set_applying(false);
    game.turn(102, &[pay(102, (1, 70, 3), (3, 100, 2), 20)]);
    game.until_durable(102);
    drop(game);
    server.stop();

    let (server, switch) = start(&config);
    switch.set_applying(false);
    switch.set_away(true);
    assert!(server.until(BOUND, |server| server.figure("warmed_rows") == 98), "two of them wait");
    let mut game = Game::begin(&server.config.link_path, 9);
    assert_eq!(game.gold(&[1, 2, 3, 100]), [Some(50), Some(130), Some(120), Some(100)]);
    // Nobody vouches for what is not there.
    assert_eq!(game.read(get(&[101]), 200), Err(Failure::Deadline as u64));
    switch.set_away(false);
    switch.set_applying(true);
    game.until_applied(102);
    assert_eq!(game.gold(&[1, 3, 101]), [Some(50), Some(120), None]);
    server.stop();
}

#[test]
fn a_saved_cache_of_any_other_moment_is_ignored_and_goes() {
    let data = tempdir().expect("a folder");
    let config = config(data.path());
    first_life(&config);
    let path = &config.cache_file;
    let before = fs::read(path).expect("saved");
    assert_eq!(warmed(&config), 100);
    // The stop after that saved it again. An earlier one belongs to a term that is over.
    let now = fs::read(path).expect("saved");
    fs::write(path, &before).expect("written");
    assert_eq!(warmed(&config), 0);

    for wrong in [&[][..], b"no", &now[..now.len() / 2], &[now.as_slice(), b"!"].concat()] {
        fs::write(path, wrong).expect("written");
        assert_eq!(warmed(&config), 0, "{} bytes", wrong.len());
    }
    fs::remove_file(path).expect("saved");
    fs::create_dir(path).expect("made");
    let (server, _) = start(&config);
    server.stop();
    assert!(path.is_dir(), "a stop that cannot save ends well");
}

#[test]
fn a_database_that_somebody_wrote_into_while_nothing_ran_is_believed() {
    let data = tempdir().expect("a folder");
    let config = config(data.path());
    first_life(&config);
    // As the manual says: with its version.
    sql(file(&config), "UPDATE wallet SET gold = 1000000, ver = ver + 1 WHERE account = 1");
    let (server, _) = start(&config);
    let mut game = Game::begin(&server.config.link_path, 8);
    assert_eq!(game.gold(&[1]), [Some(1_000_000)]);
    assert_eq!(server.figure("warmed_rows"), 0);
    server.stop();
}
