//! Poison (reliability §2.8) on a file: retried, replaced, and replaced again after the database went back or everything was
//! killed.

use std::fs;

use dbfront::{metrics::Phase, store::sqlite::Sqlite};
use rusqlite::Connection;
use tempfile::tempdir;

use crate::{
    game::Game,
    refusing::{
        a_refused_record_is_replaced, amend, begin, poison, refused, replacement, smaller,
        what_is_built_on_stays,
    },
    server::{Server, config, file},
};

const TRIGGER: &str = "CREATE TRIGGER thirteen BEFORE UPDATE ON wallet WHEN NEW.gold = 13 \
                       BEGIN SELECT RAISE(ABORT, 'no'); END";

fn sql(path: &std::path::Path, sql: &str) {
    let connection = Connection::open(path).expect("a database");
    connection.busy_timeout(std::time::Duration::from_secs(30)).expect("a timeout");
    connection.execute_batch(sql).expect("runs");
}

#[test]
fn a_refused_record_is_replaced_in_a_file_and_who_and_why_are_in_the_staff_log() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let path = file(&server.config).to_owned();
    let server = a_refused_record_is_replaced(server, &|text| sql(&path, text), TRIGGER);
    server.stop();
    let database = Connection::open(&path).expect("a database");
    let row = "SELECT lsn, n, staff, deed, reason FROM staff_log";
    let row: (i64, i64, String, String, String) = database
        .query_row(row, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
        .expect("one row");
    let expected = (4, 1, "ada (uid 7)".to_owned(), "amend".to_owned(), "thirteen is refused".to_owned());
    assert_eq!(row, expected);
}

#[test]
fn what_later_records_build_on_stays_and_a_mended_table_is_tried_at_once() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let path = file(&server.config).to_owned();
    what_is_built_on_stays(server, &|text| sql(&path, text), TRIGGER, "DROP TRIGGER thirteen").stop();
}

/// A file, as it lies there at this moment: what SIGKILL leaves of a process.
fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("a kind") {
            kind if kind.is_dir() => copy_folder(&entry.path(), &target),
            kind if kind.is_file() => drop(fs::copy(entry.path(), target).expect("copied")),
            _ => {}
        }
    }
}

#[test]
fn a_replacement_holds_after_a_kill_and_after_the_database_went_back() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let path = file(&server.config).to_owned();
    let mut game = refused(&server, &|text| sql(&path, text), TRIGGER);
    poison(&server);
    // Before the replacement: the database with the cursor before record 3.
    let older = tempdir().expect("a folder");
    copy_folder(data.path(), older.path());
    amend(&server, &replacement(4, &smaller())).expect("fit");
    // Killed as soon as it was said to be durable.
    let killed = tempdir().expect("a folder");
    copy_folder(data.path(), killed.path());
    assert_eq!(game.until_refused(), "AMENDED");
    let epoch = game.welcome.epoch;
    server.stop();

    let again = Server::start(killed.path());
    let old = proto::link::LinkHello { epoch, ..crate::game::greeting(7) };
    assert_eq!(
        Game::knock(&again.config.link_path, &old).welcome.refused,
        "AMENDED",
        "its memory is not true"
    );
    let mut game = begin(&again, 9);
    game.until_applied(5);
    assert_eq!(game.all_gold(10), [(1, 14), (2, 136), (3, 5)]);
    again.stop();

    // The older database with the newer journal: all is applied again, with the replacement.
    let went_back = config(killed.path());
    for suffix in ["", "-wal", "-shm"] {
        let name = |path: &std::path::Path| std::path::PathBuf::from(format!("{}{suffix}", path.display()));
        let _ = fs::remove_file(name(file(&went_back)));
        let saved = name(file(&config(older.path())));
        if saved.exists() {
            fs::copy(saved, name(file(&went_back))).expect("copied");
        }
    }
    let again = Server::start(killed.path());
    let mut game = begin(&again, 10);
    game.until_applied(5);
    assert_eq!(game.all_gold(10), [(1, 14), (2, 136), (3, 5)]);
    again.stop();

    // And in a running one: killed before it was said, nothing is replaced, and the database refuses the record again.
    let before = Server::start(older.path());
    assert_eq!(poison(&before).lsn.0, 4);
    before.stop();
}

#[test]
fn a_stop_while_a_record_is_refused_or_held_ends_well_and_applies_nothing() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let path = file(&server.config).to_owned();
    let game = refused(&server, &|text| sql(&path, text), TRIGGER);
    poison(&server);
    drop(game);
    server.stop();
    let connection = Sqlite::new(path);
    let mut store = dbfront::store::Database::connect(&connection).expect("connects");
    assert_eq!(store.cursor().expect("a cursor").lsn.0, 2);
}

#[test]
fn a_replacement_is_refused_by_name_while_the_journals_disk_is_full_and_nobody_is_sent_away() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let path = file(&server.config).to_owned();
    let mut game = refused(&server, &|text| sql(&path, text), TRIGGER);
    poison(&server);
    // As the journal's thread says it while it waits.
    server.metrics.set_phase(Phase::JournalFull);
    let full = amend(&server, &replacement(4, &smaller())).expect_err("no space");
    assert_eq!(full.code(), "journal_full", "{full}");
    game.turn(6, &[crate::game::opening(4, 6)]);
    game.until_durable(6);
    server.metrics.set_phase(Phase::Ready);
    amend(&server, &replacement(4, &smaller())).expect("there is space");
    assert_eq!(game.until_refused(), "AMENDED");
    let mut next = begin(&server, 9);
    next.until_applied(6);
    assert_eq!(next.all_gold(10), [(1, 14), (2, 136), (3, 5), (4, 6)]);
    server.stop();
}
