//! A database that is away, and memory for a tenth of the rows that wait for it: the rest goes to disk, is read
//! back as it was written last, and reaches the database; a start in the middle of it is no different.

use std::time::Duration;

use dbfront::{Config, store::sqlite::Sqlite};
use tempfile::tempdir;

use crate::{
    game::{Game, opening, record, wallet},
    server::{Server, config, file},
    switch::Switch,
};

const ACCOUNTS: u64 = 3_000;
const TURN: u64 = 100;

/// Each account gets gold, turn by turn.
fn open_all(game: &mut Game) {
    for first in (1..=ACCOUNTS).step_by(100) {
        let records: Vec<_> = (first..first + TURN).map(|account| opening(account, 1_000)).collect();
        game.turn(first, &records);
        game.until_durable(first + TURN - 1);
    }
}

/// Each third account gets some more; returns the last record.
fn add(game: &mut Game, mut lsn: u64) -> u64 {
    for account in (1..=ACCOUNTS).step_by(3) {
        game.turn(lsn, &[record(vec![wallet(account, 1_000, 1_007, 2)], 7)]);
        lsn += 1;
    }
    game.until_durable(lsn - 1);
    lsn - 1
}

fn expected() -> Vec<(u64, i64)> {
    (1..=ACCOUNTS).map(|account| (account, if account % 3 == 1 { 1_007 } else { 1_000 })).collect()
}

#[test]
fn rows_that_wait_beyond_memory_go_to_disk_and_are_served_from_there_until_they_are_applied() {
    let data = tempdir().expect("a folder");
    let config = Config { overlay_bytes: 60_000, ..config(data.path()) };
    let spill = config.spill_folder.clone();
    let switch = Switch::new(Sqlite::new(file(&config).to_owned()));
    let server = Server::start_over(switch.clone(), config).expect("starts");
    let mut game = Game::begin(&server.config.link_path, 7);
    // Memory knows from now on that there are no others.
    assert_eq!(game.all_gold(10), []);
    switch.set_away(true);
    open_all(&mut game);
    let last = add(&mut game, ACCOUNTS + 1);
    let bound = Duration::from_secs(30);
    assert!(server.until(bound, |server| 1_000 < server.figure("spilled_rows")));
    assert!(server.figure("overlay_bytes") < 120_000, "{}", server.figure("overlay_bytes"));
    assert_eq!(game.gold(&[1, 2, ACCOUNTS, ACCOUNTS + 1]), [Some(1_007), Some(1_000), Some(1_000), None]);
    assert_eq!(game.all_gold(700), expected());
    // A wrong version is seen, wherever the row is.
    game.turn(last + 1, &[record(vec![wallet(2, 1_000, 1_001, 9)], 1)]);
    assert_eq!(game.until_refused(), "NACK_INVARIANT");

    switch.set_away(false);
    let mut game = Game::begin(&server.config.link_path, 8);
    game.until_applied(last);
    assert_eq!(game.all_gold(700), expected());
    assert!(server.until(bound, |server| server.figure("spilled_rows") == 0));
    assert!(server.until(bound, |_| std::fs::read_dir(&spill).is_ok_and(|files| files.count() == 0)));
    server.stop();
}

#[test]
fn a_start_with_more_to_apply_than_memory_takes_serves_all_of_it() {
    let data = tempdir().expect("a folder");
    let config = Config { overlay_bytes: 60_000, ..config(data.path()) };
    let switch = Switch::new(Sqlite::new(file(&config).to_owned()));
    let server = Server::start_over(switch.clone(), config.clone()).expect("starts");
    let mut game = Game::begin(&server.config.link_path, 7);
    switch.set_applying(false);
    open_all(&mut game);
    let last = add(&mut game, ACCOUNTS + 1);
    drop(game);
    server.stop();

    let server = Server::start_over(switch.clone(), config).expect("starts");
    let mut game = Game::begin(&server.config.link_path, 8);
    assert_eq!((game.durable, game.applied), (last, 0));
    let bound = Duration::from_secs(30);
    assert!(server.until(bound, |server| 1_000 < server.figure("spilled_rows")));
    assert_eq!(game.all_gold(700), expected());
    switch.set_applying(true);
    game.until_applied(last);
    assert_eq!(game.all_gold(700), expected());
    server.stop();
}
