//! A world with its settings, wherever its database is: commands of `ding` on it, its journal as the dump says it, its
//! rows beside what a model makes of records, and its end by `kill -9`.

use std::path::{Path, PathBuf};

use lab::{
    chaos::payments,
    checker::{
        audit,
        invariants::{Evidence, dump, judge, model::Journal, rows::Rows, told},
        scratch,
    },
    mariadb::{Mariadb, PASSWORD},
};
use rusqlite::Connection;
use rustix::process::Signal;

use super::stack::{Role, Stack, run, signal};

/// See the module.
pub struct World {
    /// Its folder.
    pub data: PathBuf,
    settings: Vec<String>,
    /// Of a database on a server.
    url: Option<String>,
}

impl World {
    /// In a file in its folder.
    pub fn in_a_file(data: PathBuf) -> Self {
        Self { data, settings: Vec::new(), url: None }
    }

    /// In a database `ding_…` on a server.
    pub fn on_a_server(data: PathBuf, server: &Mariadb, database: &str) -> Self {
        let secret = data.with_extension("password");
        std::fs::write(&secret, format!("{PASSWORD}\n")).expect("written");
        let only_ours = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&secret, only_ours).expect("set");
        let url = format!("store.url=mysql://ding@127.0.0.1:{}/{database}", server.port());
        let secret = format!("store.password_file={}", secret.display());
        Self { data, settings: vec![url, secret], url: Some(server.url(database)) }
    }

    fn arguments<'a>(&'a self, words: &[&'a str]) -> Vec<&'a str> {
        let mut all = words.to_vec();
        all.extend(["--data", self.data.to_str().expect("UTF-8")]);
        all.extend(self.settings.iter().flat_map(|setting| ["--set", setting.as_str()]));
        all
    }

    /// Runs a command on it; what it said, and its exit code.
    pub fn ding(&self, words: &[&str]) -> (String, Option<i32>) {
        let output = run(&self.arguments(words));
        (String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(), output.status.code())
    }

    /// The same, which must go well.
    pub fn does(&self, words: &[&str]) -> String {
        let (said, code) = self.ding(words);
        assert_eq!(code, Some(0), "ding {words:?}: {said}");
        said
    }

    /// Founded, and served.
    pub fn start(&self) -> Stack {
        if self.url.is_some() {
            self.does(&["init"]);
        }
        let settings: Vec<&str> = self.settings.iter().flat_map(|setting| ["--set", setting]).collect();
        Stack::start_in(&self.data, &settings)
    }

    /// A file with all tables: its own, or a copy.
    pub fn tables(&self, scrap: &Path) -> PathBuf {
        let Some(url) = &self.url else { return self.data.join("game.db") };
        let file = scrap.join(format!("{}.tables", self.data.file_name().expect("a name").display()));
        let _ = std::fs::remove_file(&file);
        scratch::copy(url, &file).expect("rows");
        file
    }

    /// What its database shows by now, beside whoever writes to it.
    pub fn deeds(&self, scrap: &Path) -> Deeds {
        let tables = Connection::open(self.tables(scrap)).expect("a database");
        tables.busy_timeout(super::BOUND).expect("set");
        let count = |sql: &str| {
            tables.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a count").cast_unsigned()
        };
        Deeds { paid: count(PAID), trades: count(TRADES) }
    }

    /// All records that its journal has.
    pub fn journal(&self) -> Journal {
        let output = run(&self.arguments(&["journal", "dump"]));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        dump::read(output.stdout.as_slice()).expect("a dump")
    }

    /// Row by row what these records leave, every rule kept, and every payment in it that was told to be by then.
    /// Of each log only what was told up to a record is of this world; what came later is lost with the world before.
    pub fn judged(&self, journal: &Journal, logs: &[(&Path, u64)], scrap: &Path) -> Judged {
        let tables = self.tables(scrap);
        let rows = Rows::read(&tables).expect("rows");
        let cursor = rows.cursor;
        let mut journal = journal.clone();
        journal.records.retain(|record| record.lsn <= cursor);
        assert_eq!(journal.records.last().map(|record| record.lsn), Some(cursor));
        let told: Vec<bot::Payment> = logs
            .iter()
            .flat_map(|(log, last)| {
                let told = told::payments(log).expect("a log").into_iter();
                told.filter(|payment| payment.lsn <= cursor.min(*last))
            })
            .collect();
        let lines = told.iter().map(|payment| serde_json::to_string(payment).expect("JSON") + "\n");
        let log = scrap.join("told until then.jsonl");
        std::fs::write(&log, lines.collect::<String>()).expect("written");
        let evidence = Evidence {
            told: told.iter().map(told::Op::from).collect(),
            journal: Some(journal),
            rows,
            audit: audit::audit(&tables).expect("tables"),
            payments: payments::judge_told(&tables, &log).expect("a log").verdict,
            ..Evidence::default()
        };
        let judgment = judge(&evidence);
        println!("{} at record {cursor}:\n{judgment}", self.data.display());
        assert!(judgment.is_clean() && evidence.audit.is_clean(), "{judgment}");
        Judged { cursor, paid: told.len(), trades: evidence.audit.counts.trades }
    }
}

/// What there was to judge.
pub struct Judged {
    /// Where the world stands.
    pub cursor: u64,
    /// Payments in it that payers were told of.
    pub paid: usize,
    /// Trades in it.
    pub trades: u64,
}

/// What players did to each other.
pub struct Deeds {
    /// Payments.
    pub paid: u64,
    /// Trades.
    pub trades: u64,
}

/// Ends all of it as a power cut would, `ding up` first, so that it starts nobody again.
pub fn kill_all(stack: &Stack) {
    let pids = Role::STOP_ORDER.map(|role| stack.pid(role));
    signal(stack.up_pid(), Signal::KILL);
    pids.into_iter().for_each(|pid| signal(pid, Signal::KILL));
    stack.wait_for_children();
}

/// By the reasons as they are stored.
const PAID: &str = "SELECT count(*) FROM ledger WHERE reason = 2";
const TRADES: &str = "SELECT count(*) FROM
    (SELECT lsn FROM ledger WHERE reason = 6 UNION SELECT lsn FROM goods_log WHERE reason = 6)";
