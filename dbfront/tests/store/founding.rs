//! How a world comes to be on a server, and how its tables change: by a command, again after any crash, never
//! among somebody else's tables.

use std::{os::unix::net::UnixStream, sync::Arc};

use dbfront::{
    Config, Error, Metrics, RawConfig, RawStore,
    look::{self, Before},
    store::{
        Database, Presence,
        schema::{LAST, SCRIPTS},
    },
};

use crate::{
    home::{DATABASE, Server},
    world::first_cursor,
};

fn config(server: &Server) -> Config {
    let store = RawStore { url: server.mariadb.url(DATABASE), ..RawStore::default() };
    let data = server.folder().join("data folder");
    std::fs::create_dir_all(&data).expect("made");
    RawConfig { segment_bytes: 4 << 20, ..RawConfig::default() }.check(store, &data).expect("sound")
}

/// Starts, and stops as soon as it serves.
fn start(config: &Config) -> Result<(), Error> {
    let (stop, theirs) = UnixStream::pair().expect("a pair");
    std::fs::create_dir_all(config.link_path.parent().expect("a folder")).expect("made");
    let ready = Box::new(move |_| drop(stop));
    dbfront::run(config.clone(), theirs, Arc::new(Metrics::default()), ready)
}

#[test]
fn only_a_command_founds_a_world_on_a_server() {
    let Some(server) = Server::start(&[]) else { return };
    let config = config(&server);
    let error = start(&config).expect_err("no world");
    assert_eq!(error.code(), "NOT_FOUNDED");
    assert!(error.to_string().contains("ding init"), "{error}");
    assert!(error.to_string().contains("ding_test") && !error.to_string().contains("only"), "{error}");
    assert_eq!(server.database().presence(), Ok(Presence::Absent));

    assert!(look::init(&config).expect("founded"));
    assert!(!look::init(&config).expect("there already"));
    start(&config).expect("serves");
    let found = look::store(&config, std::time::Duration::from_secs(2)).expect("well").expect("a world");
    assert_eq!((found.plan.stored, found.plan.pending.len()), (LAST, 0));
    assert_eq!(look::journal(&config).expect("well").expect("a journal").last_lsn, 0);

    let aside = config.journal_folder.with_extension("aside");
    std::fs::rename(&config.journal_folder, &aside).expect("moved");
    assert_eq!(start(&config).expect_err("refused").code(), "JOURNAL_MISSING");
    assert_eq!(look::init(&config).expect_err("refused").code(), "JOURNAL_MISSING");
    let _ = std::fs::remove_dir_all(&config.journal_folder);
    std::fs::rename(&aside, &config.journal_folder).expect("moved");
    server.sql(&format!("DROP DATABASE {DATABASE}"));
    for error in [start(&config), look::init(&config).map(drop)] {
        assert_eq!(error.expect_err("refused").code(), "DATABASE_MISSING");
    }
}

#[test]
fn a_founding_that_was_cut_off_after_the_journal_is_finished() {
    let Some(server) = Server::start(&[]) else { return };
    let config = config(&server);
    assert!(look::init(&config).expect("founded"));
    server.sql("UPDATE journal_cursor SET id = 0");
    assert_eq!(server.database().presence(), Ok(Presence::Prepared));
    start(&config).expect("serves");
    assert_eq!(server.database().presence(), Ok(Presence::Present));
}

#[test]
fn nothing_is_founded_among_other_tables_or_without_the_right_to() {
    let Some(server) = Server::start(&[]) else { return };
    server
        .mariadb
        .sql(&format!("CREATE DATABASE {DATABASE}; USE {DATABASE}; CREATE TABLE shop (id INT)"))
        .expect("made");
    let error = server.database().prepare(first_cursor()).expect_err("refused");
    assert_eq!(error.code(), "DB_UNSAFE_SETTINGS");
    assert!(error.to_string().contains("`shop`"), "{error}");

    let denied = server.mysql_at(&server.mariadb.url("elsewhere"));
    let error = denied.prepare(first_cursor()).expect_err("refused");
    assert_eq!(error.code(), "DB_UNSAFE_SETTINGS", "{error}");
    assert!(error.to_string().contains("GRANT ALL"), "{error}");
}

#[test]
fn a_migration_that_was_cut_off_anywhere_stops_a_start_and_is_finished_by_the_command() {
    let Some(server) = Server::start(&[]) else { return };
    let config = config(&server);
    let statements = |number: usize| -> Vec<String> {
        let code: String = SCRIPTS[number]
            .mysql
            .lines()
            .filter(|line| !line.starts_with("--"))
            .map(|line| format!("{line}\n"))
            .collect();
        code.split(';').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    };
    // The last migration, cut off after each of its statements.
    let last = SCRIPTS.len() - 1;
    for done in 0..=statements(last).len() {
        let _ = std::fs::remove_dir_all(&config.journal_folder);
        server.mariadb.sql(&format!("DROP DATABASE IF EXISTS {DATABASE}")).expect("gone");
        assert!(look::init(&config).expect("founded"));
        for statement in statements(last) {
            let name = statement.split('`').nth(1).expect("a table");
            server.sql(&format!("DROP TABLE IF EXISTS `{name}`"));
        }
        server.sql(&format!(
            "DELETE FROM migration WHERE number = {LAST}; UPDATE journal_cursor SET schema_version = {}",
            LAST - 1
        ));
        assert_eq!(start(&config).expect_err("refused").code(), "SCHEMA_TOO_OLD");
        server.sql(&format!("INSERT INTO migration VALUES ({LAST}, 'cut off', 0)"));
        for statement in &statements(last)[..done] {
            server.sql(statement);
        }
        let error = start(&config).expect_err("refused");
        assert_eq!(error.code(), "MIGRATION_DIRTY");
        assert!(error.to_string().contains("ding migrate"), "{error}");
        let plan = server.database().plan().expect("a plan");
        assert!(plan.pending.len() == 1 && plan.pending[0].is_begun);
        assert_eq!(
            look::migrate(&config, Before::Nothing).expect("migrated").0,
            1,
            "after {done} statements"
        );
        start(&config).expect("serves");
        assert_eq!(server.database().look_at_cursor().expect("a cursor").schema, LAST);
    }
}
