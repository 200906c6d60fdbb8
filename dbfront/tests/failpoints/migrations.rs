//! A migration that is killed at each of its steps, on a file and on a server: the next one ends it, and tables and rows
//! are as if nobody had been killed (F46).

use std::{
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

use dbfront::{
    RawConfig, RawStore,
    config::Config,
    look::{self, Before},
    store::{self, hours},
};
use proto::tables::Table;
use rusqlite::Connection;
use tempfile::tempdir;

use crate::{
    mariadb::Mariadb,
    needs::{is_met, tier},
};

const NAME: &str = "migrations::migrates_when_another_test_has_started_this_one";
const DATA: &str = "DBFRONT_MIGRATES_DATA";
const URL: &str = "DBFRONT_MIGRATES_URL";
const DATABASE: &str = "ding_migrates";

fn config(data: &Path, url: &str) -> Config {
    let store = RawStore { url: url.to_owned(), ..RawStore::default() };
    RawConfig::default().check(store, data).expect("sound")
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how a test binary that was started again knows it")]
fn migrates_when_another_test_has_started_this_one() {
    let Some(data) = std::env::var_os(DATA) else { return };
    let url = std::env::var(URL).expect("a place");
    dbfront::failpoint::arm();
    look::migrate(&config(Path::new(&data), &url), Before::Nothing).expect("migrated");
}

/// Statements on a world past us, the tables and rows that are in it, and where it is.
struct World<'a> {
    data: &'a Path,
    url: String,
    quote: char,
    sql: &'a dyn Fn(&str),
    dump: &'a dyn Fn() -> Vec<String>,
}

impl World<'_> {
    /// What the first version would have left.
    fn downgrade(&self) {
        const FIRST: [Table; 4] = [Table::Account, Table::Name, Table::Wallet, Table::Ledger];
        let quote = self.quote;
        let later = Table::ALL.iter().filter(|table| !FIRST.contains(table));
        for name in later.map(|table| table.def().name).chain([hours::TABLE]) {
            (self.sql)(&format!("DROP TABLE IF EXISTS {quote}{name}{quote}"));
        }
        (self.sql)("DELETE FROM migration WHERE number > 1");
        (self.sql)("UPDATE journal_cursor SET schema_version = 1");
    }

    fn migrate_and_die(&self, at: &str) -> ExitStatus {
        let itself = std::env::current_exe().expect("a running test");
        let mut command = Command::new(itself);
        command.args(["--exact", NAME, "--nocapture", "--test-threads=1"]);
        command.env(DATA, self.data).env(URL, &self.url).env("FAILPOINTS", at);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().expect("it starts")
    }

    fn killed_at_each_step(&self) {
        let config = config(self.data, &self.url);
        assert!(look::init(&config).expect("founded"));
        (self.sql)("INSERT INTO wallet (account, gold, ver) VALUES (1, 70, 3), (2, 80, 4)");
        (self.sql)("INSERT INTO account_name (name_key, account, ver) VALUES ('ana', 1, 1)");
        let expected = (self.dump)();
        let is_full = tier().as_deref() == Some("full");
        let mut deaths = 0;
        for point in ["migrate.begun", "migrate.statement", "migrate.versioned", "migrate.finished"] {
            let each = if is_full || point != "migrate.statement" { 1 } else { 3 };
            for skipped in (0..).step_by(each) {
                self.downgrade();
                let at = format!("{point}={skipped}*off->return(kill)");
                let ended = self.migrate_and_die(&at);
                if ended.success() {
                    break;
                }
                assert_eq!(ended.signal(), Some(9), "{at}");
                deaths += 1;
                // What is half done is no world, unless all was done.
                let code = store::open(&config.store).connect().err().map(|error| error.code());
                let is_named = matches!(code, None | Some("MIGRATION_DIRTY" | "SCHEMA_TOO_OLD"));
                assert!(is_named, "{at}: {code:?}");
                // A server may not have noticed yet that the one before is gone.
                while let Err(error) = look::migrate(&config, Before::Nothing) {
                    assert!(error.to_string().contains("somebody else changes"), "{at}: {error}");
                }
                assert_eq!((self.dump)(), expected, "{at}");
                drop(store::open(&config.store).connect().unwrap_or_else(|error| panic!("{at}: {error}")));
            }
        }
        println!("{deaths} deaths");
        assert!(9 < deaths, "{deaths}");
    }
}

#[test]
fn a_migration_of_a_file_that_is_killed_at_each_step_is_ended_by_the_next() {
    let data = tempdir().expect("a folder");
    let path = data.path().join("game.db");
    let open = || Connection::open(&path).expect("a database");
    let dump = || {
        let connection = open();
        let mut all = Vec::new();
        for query in [
            "SELECT name || ': ' || sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name",
            "SELECT number || ' ' || name || ' ' || finished FROM migration ORDER BY number",
            "SELECT lsn || ' ' || schema_version FROM journal_cursor",
            "SELECT account || ' ' || gold || ' ' || ver FROM wallet ORDER BY account",
            "SELECT name_key || ' ' || account || ' ' || ver FROM account_name",
        ] {
            let mut statement = connection.prepare(query).expect("a statement");
            let rows = statement.query_map([], |row| row.get::<_, String>(0)).expect("rows");
            all.extend(rows.map(|row| row.expect("a row")));
        }
        all
    };
    let sql = |text: &str| open().execute_batch(text).expect("runs");
    let url = RawStore::default().url;
    World { data: data.path(), url, quote: '"', sql: &sql, dump: &dump }.killed_at_each_step();
}

#[test]
fn a_migration_on_a_server_that_is_killed_at_each_step_is_ended_by_the_next() {
    if !is_met(Mariadb::missing(), true) {
        return;
    }
    let folder = tempdir().expect("a folder");
    let template = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mariadb");
    let mariadb = Mariadb::start(folder.path(), &template, &[]).expect("it starts");
    let run = |text: &str| mariadb.sql(&format!("USE {DATABASE}; {text}")).expect("runs");
    let dump = || {
        let of = format!("WHERE TABLE_SCHEMA = '{DATABASE}'");
        let found = run(&format!(
            "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLLATION_NAME \
             FROM information_schema.COLUMNS {of} ORDER BY 1, ORDINAL_POSITION; \
             SELECT TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME \
             FROM information_schema.STATISTICS {of} ORDER BY 1, 2, 3; \
             SELECT TABLE_NAME, ENGINE, TABLE_COLLATION FROM information_schema.TABLES {of} ORDER BY 1; \
             SELECT number, name, finished FROM migration ORDER BY 1; \
             SELECT lsn, schema_version FROM journal_cursor; \
             SELECT account, gold, ver FROM wallet ORDER BY 1; SELECT name_key, account, ver FROM account_name"
        ));
        found.lines().map(str::to_owned).collect()
    };
    let sql = |text: &str| drop(run(text));
    let data = folder.path().join("world");
    std::fs::create_dir(&data).expect("made");
    let url = mariadb.url(DATABASE);
    World { data: &data, url, quote: '`', sql: &sql, dump: &dump }.killed_at_each_step();
}
