//! Whose journal, whose database: two dbfronts by mistake, a journal of another world or of a clone that lived on, and a
//! database that is older than what is kept. On a file and on a server.

use std::{fs, path::Path};

use dbfront::{
    RawConfig, RawStore,
    config::Config,
    look,
    store::{Database, sqlite::Sqlite},
};
use tempfile::tempdir;

use crate::{
    game::{Game, opening, pay},
    home::{DATABASE, Server as Mariadb},
    server::{Server, config, file},
};

fn config_at(data: &Path, world: &str, url: &str) -> Config {
    fs::create_dir_all(data).expect("made");
    let raw = RawConfig { segment_bytes: 4 << 20, world: world.to_owned(), ..RawConfig::default() };
    raw.check(RawStore { url: url.to_owned(), ..RawStore::default() }, data).expect("sound")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for file in fs::read_dir(from).expect("a folder") {
        let file = file.expect("a file");
        if file.path().is_file() {
            fs::copy(file.path(), to.join(file.file_name())).expect("copied");
        }
    }
}

/// What a start says instead of serving.
fn refused(database: impl Database + 'static, config: Config) -> &'static str {
    Server::start_over(database, config).err().expect("a named stop").code()
}

/// F57, F27, F30 in one story, for they differ in the folder alone.
fn strangers<D: Database + 'static>(top: &Path, url: &str, database: impl Fn() -> D) {
    let own = config_at(&top.join("own"), "main", url);
    look::init(&own).expect("founded");
    let server = Server::start_over(database(), own.clone()).expect("starts");
    let mut game = Game::begin(&own.link_path, 7);
    game.turn(1, &[opening(1, 100), opening(2, 50)]);
    game.until_applied(2);

    // E1: the same folder.
    assert_eq!(refused(database(), own.clone()), "WRITER_EXISTS");
    // M3: a journal of another world, and one of another founding.
    for world in ["other", "main"] {
        let elsewhere = top.join(format!("another {world}"));
        let founded = config_at(&elsewhere, world, "sqlite:game.db");
        assert!(look::init(&founded).expect("founded"));
        let foreign = config_at(&elsewhere, world, url);
        assert_eq!(refused(database(), foreign), "WRONG_JOURNAL", "{world}");
    }
    game.turn(3, &[pay(3, (1, 100, 2), (2, 50, 2), 10)]);
    game.until_applied(3);
    assert_eq!(game.all_gold(10), [(1, 90), (2, 60)], "the database was not touched");

    // E2: a copy of the folder, beside the first one.
    let clone = config_at(&top.join("clone"), "main", url);
    copy(&own.journal_folder, &clone.journal_folder);
    let second = Server::start_over(database(), clone.clone()).expect("starts");
    game.turn(4, &[pay(4, (1, 90, 3), (2, 60, 3), 10)]);
    assert_eq!(game.until_refused(), "DB_FENCED");
    assert_eq!(server.end().expect_err("a named stop").code(), "DB_FENCED");
    let mut game = Game::begin(&clone.link_path, 8);
    game.turn(4, &[pay(4, (1, 90, 3), (2, 60, 3), 25)]);
    game.until_applied(4);
    assert_eq!(game.all_gold(10), [(1, 65), (2, 85)]);
    second.stop();

    // M4: the first folder has another record 4 than the database.
    assert_eq!(refused(database(), own), "WRONG_JOURNAL");
    let second = Server::start_over(database(), clone).expect("and the right one starts");
    second.stop();
}

#[test]
fn who_has_another_journal_than_the_database_is_refused_or_fenced_on_a_file() {
    let top = tempdir().expect("a folder");
    let path = top.path().join("own/game.db");
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    strangers(top.path(), &format!("sqlite:{}", path.display()), || Sqlite::new(path.clone()));
}

#[test]
fn who_has_another_journal_than_the_database_is_refused_or_fenced_on_a_server() {
    let Some(mariadb) = Mariadb::start(&[]) else { return };
    let url = mariadb.mariadb.url(DATABASE);
    strangers(&mariadb.folder().join("data"), &url, || mariadb.mysql_at(&url));
}

#[test]
fn a_database_older_than_what_is_kept_is_refused() {
    let data = tempdir().expect("a folder");
    let config = Config { keep_bytes: 4 << 20, ..config(data.path()) };
    let start = || Server::start_with(config.clone());
    let server = start().expect("starts");
    let mut game = Game::begin(&config.link_path, 7);
    game.turn(1, &[opening(1, 1_000_000), opening(2, 0)]);
    game.until_applied(2);
    server.stop();
    let backup = data.path().join("backup");
    fs::copy(file(&config), &backup).expect("copied");

    // Longer than is kept: turns of many records fill some files of the journal.
    let mut lsn = 2;
    for _ in 0..4 {
        let server = start().expect("starts");
        let mut game = Game::begin(&config.link_path, 8);
        for _ in 0..40 {
            let records: Vec<_> = (lsn + 1..=lsn + 1_000).map(|account| opening(account, 1)).collect();
            game.turn(lsn + 1, &records);
            lsn += 1_000;
        }
        game.until_applied(lsn);
        server.stop();
    }
    let server = start().expect("starts");
    assert!(server.until(std::time::Duration::from_secs(60), |server| {
        server.figure("journal_kept_bytes") <= 12 << 20
    }));
    server.stop();
    fs::copy(&backup, file(&config)).expect("restored");
    assert_eq!(start().err().expect("a named stop").code(), "JOURNAL_TOO_SHORT");
}
