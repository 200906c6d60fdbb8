//! A whole dbfront over a server that stands still, locks, lets nobody in or has no space: what game sends becomes
//! durable all the while, and afterwards everything is in once.

use std::{path::PathBuf, sync::mpsc, time::Duration};

use dbfront::{RawConfig, RawStore, config::Config, look};
use proto::{
    limits::MAIL_TEXT_BYTES_MAX,
    link::Mutation,
    tables::{MailRow, Row as _, Table},
};

use crate::{
    game::{Game, opening, pay, record},
    home::{DATABASE, Server as Mariadb, is_full},
    server::Server,
};

/// A dbfront, its database server, and a game that pays from one account to the other.
struct Whole {
    mariadb: Mariadb,
    dbfront: Server,
    game: Game,
    lsn: u64,
    paid: i64,
}

const GOLD: i64 = 1_000_000;
/// For everything that is looked at until it is so.
const BOUND: Duration = Duration::from_secs(60);

impl Whole {
    fn start(options: &[&str]) -> Option<Self> {
        Mariadb::start(options).map(Self::over)
    }

    fn over(mariadb: Mariadb) -> Self {
        let url = mariadb.mariadb.url(DATABASE);
        let config = config(&mariadb, &url);
        assert!(look::init(&config).expect("founded"));
        let dbfront = Server::start_over(mariadb.mysql_at(&url), config).expect("starts");
        let mut game = Game::begin(&dbfront.config.link_path, 7);
        game.turn(1, &[opening(1, GOLD), opening(2, 0)]);
        game.until_applied(2);
        Self { mariadb, dbfront, game, lsn: 2, paid: 0 }
    }

    /// One coin more, durable.
    fn pay(&mut self) {
        self.lsn += 1;
        let (one, two, ver) = (GOLD - self.paid, self.paid, self.lsn - 1);
        self.game.turn(self.lsn, &[pay(self.lsn, (1, one, ver), (2, two, ver), 1)]);
        self.paid += 1;
        self.game.until_durable(self.lsn);
    }

    /// So many wallets more, with a coin each, durable.
    fn open(&mut self, wallets: u64) {
        let first = self.lsn + 1;
        self.lsn += wallets;
        let records: Vec<_> = (first..=self.lsn).map(|account| opening(account, 1)).collect();
        self.game.turn(first, &records);
        self.game.until_durable(self.lsn);
    }

    /// Pays now and then for so long; says how often.
    fn pay_for(&mut self, long: Duration) -> u64 {
        let (_never, clock) = mpsc::channel::<()>();
        let (step, began) = (Duration::from_millis(50), self.lsn);
        for _ in 0..long.as_millis() / step.as_millis() {
            self.pay();
            let _ = clock.recv_timeout(step);
        }
        self.lsn - began
    }

    /// What is paid meanwhile becomes durable and is not applied; says how often that was tried.
    fn refused_for_a_while(&mut self) -> i64 {
        let (applied, tries) = (self.dbfront.figure("lsn_applied"), self.dbfront.figure("apply_retries"));
        self.pay_for(Duration::from_secs(1));
        // The first of them is the connection that was killed.
        self.until("refused", |dbfront| tries + 2 <= dbfront.figure("apply_retries"));
        assert_eq!(self.dbfront.figure("lsn_applied"), applied);
        self.dbfront.figure("apply_retries") - tries
    }

    fn until(&self, what: &str, is_so: impl FnMut(&Server) -> bool) {
        assert!(self.dbfront.until(BOUND, is_so), "never so: {what}");
    }

    /// A dbfront in place of this one, which is stopped, that goes where it is told.
    fn restarted_at(self, url: &str) -> Self {
        let Self { mariadb, dbfront, game, lsn, paid } = self;
        drop(game);
        dbfront.stop();
        let config = config(&mariadb, url);
        let dbfront = Server::start_over(mariadb.mysql_at(url), config).expect("starts");
        let game = Game::begin(&dbfront.config.link_path, 8);
        Self { mariadb, dbfront, game, lsn, paid }
    }

    /// All is applied, and the server itself says the same as the journal.
    fn end(mut self) {
        self.game.until_applied(self.lsn);
        self.dbfront.stop();
        let found = self
            .mariadb
            .sql("SELECT account, gold, ver FROM wallet ORDER BY account; SELECT COUNT(*) FROM ledger");
        let (left, ver, rows) = (GOLD - self.paid, self.lsn - 1, self.lsn - 2);
        assert_eq!(found, format!("1\t{left}\t{ver}\n2\t{}\t{ver}\n{rows}\n", self.paid));
    }
}

fn config(mariadb: &Mariadb, url: &str) -> Config {
    let data: PathBuf = mariadb.folder().join("data folder");
    std::fs::create_dir_all(&data).expect("made");
    let raw = RawConfig { segment_bytes: 4 << 20, ..RawConfig::default() };
    let store = RawStore { url: url.to_owned(), ..RawStore::default() };
    raw.check(store, &data).expect("sound")
}

#[test]
fn a_server_that_stands_still_for_long_holds_up_nothing_and_has_everything_once_afterwards() {
    let Some(mut whole) = Whole::start(&[]) else { return };
    let long = Duration::from_secs(if is_full() { 120 } else { 10 });
    // Nothing is on its way to it or back.
    let applied = i64::try_from(whole.lsn).expect("few");
    whole.until("all is applied", |dbfront| dbfront.figure("lsn_applied") == applied);
    whole.mariadb.mariadb.signal("STOP").expect("it runs");
    let turns = whole.pay_for(long);
    assert_eq!(whole.dbfront.figure("lsn_applied"), applied, "it stood still");
    assert!(100 <= turns, "{turns} turns became durable meanwhile");
    whole.mariadb.mariadb.signal("CONT").expect("it runs");
    println!("{turns} turns in {long:?}; {} tries failed", whole.dbfront.figure("apply_retries"));
    whole.end();
}

#[test]
fn a_deadlock_in_every_batch_costs_a_try_each_and_no_record() {
    let Some(mut whole) = Whole::start(&[]) else { return };
    let rounds = if is_full() { 50 } else { 8 };
    let mut person = whole.mariadb.mariadb.connect().expect("a client");
    // Who has changed more wins.
    let changes: Vec<String> = (100..400).map(|account| format!("({account}, 1, 1)")).collect();
    let lock = format!(
        "USE {DATABASE}; START TRANSACTION; INSERT INTO wallet VALUES {}; \
         SELECT * FROM wallet WHERE account = 2 FOR UPDATE",
        changes.join(", ")
    );
    let deadlocks = |whole: &Whole| whole.mariadb.sql(DEADLOCKS).trim().parse::<u64>().expect("a number");
    let before = deadlocks(&whole);
    for round in 1..=rounds {
        person.run(&lock).expect("locked");
        whole.pay();
        assert!((0..LOOKS).any(|_| whole.mariadb.sql(WAITS).trim() != "0"), "nobody waits");
        person.run("UPDATE journal_cursor SET dbf_epoch = dbf_epoch").expect("done");
        whole.until("a try failed", |dbfront| round <= dbfront.figure("apply_retries"));
        person.run("ROLLBACK").expect("unlocked");
        whole.game.until_applied(whole.lsn);
    }
    let found = deadlocks(&whole) - before;
    println!("{found} deadlocks, {} tries failed", whole.dbfront.figure("apply_retries"));
    assert!(rounds <= i64::try_from(found).expect("a count"), "{found}");
    whole.end();
}

const WAITS: &str = "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS \
                     WHERE VARIABLE_NAME = 'INNODB_ROW_LOCK_CURRENT_WAITS'";
const DEADLOCKS: &str = "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS \
                         WHERE VARIABLE_NAME = 'INNODB_DEADLOCKS'";
/// Each is a process of its own that asks.
const LOOKS: usize = 1_000;

#[test]
fn connections_that_are_killed_or_idle_for_too_long_are_made_anew() {
    let Some(mut whole) = Whole::start(&[]) else { return };
    let rounds = if is_full() { 50 } else { 10 };
    for _ in 0..rounds {
        whole.mariadb.sql("KILL USER ding");
        whole.pay();
        whole.game.until_applied(whole.lsn);
    }
    assert!(0 < whole.dbfront.figure("apply_retries"), "killed ones were used");
    // A server that lets nobody be silent for long: our sessions ask for more when they begin.
    whole.mariadb.mariadb.sql("SET GLOBAL wait_timeout = 1, GLOBAL interactive_timeout = 1").expect("set");
    whole.mariadb.sql("KILL USER ding");
    whole.pay();
    whole.game.until_applied(whole.lsn);
    let tries = whole.dbfront.figure("apply_retries");
    let (_never, silence) = mpsc::channel::<()>();
    let _ = silence.recv_timeout(Duration::from_millis(2_500));
    whole.pay();
    whole.game.until_applied(whole.lsn);
    assert_eq!(whole.dbfront.figure("apply_retries"), tries, "the connection was still there");
    whole.end();
}

#[test]
fn a_server_that_is_read_only_now_and_then_has_everything_once() {
    let Some(mut whole) = Whole::start(&[]) else { return };
    for _ in 0..if is_full() { 20 } else { 3 } {
        whole.mariadb.sql("SET GLOBAL read_only = 1");
        whole.refused_for_a_while();
        whole.mariadb.sql("SET GLOBAL read_only = 0");
        whole.game.until_applied(whole.lsn);
    }
    whole.end();
}

#[test]
fn who_is_let_in_no_more_keeps_a_journal_until_the_password_is_right_or_there_is_room() {
    let Some(mut whole) = Whole::start(&["--max-connections=10"]) else { return };
    // Nobody but the operator, who has one more.
    whole.mariadb.sql("KILL USER ding");
    let mut crowd: Vec<_> = (0..10).map(|_| whole.mariadb.mariadb.connect().expect("a client")).collect();
    for person in &mut crowd {
        person.run("SELECT 1").expect("let in");
    }
    let refused = whole.refused_for_a_while();
    drop(crowd);
    whole.game.until_applied(whole.lsn);

    whole.mariadb.sql("ALTER USER 'ding'@'127.0.0.1' IDENTIFIED BY 'changed meanwhile'; KILL USER ding");
    let denied = whole.refused_for_a_while();
    // It is read at a start: the operator writes the new one and starts dbfront again.
    let port = whole.mariadb.mariadb.port();
    let mut whole =
        whole.restarted_at(&format!("mysql://ding:changed%20meanwhile@127.0.0.1:{port}/{DATABASE}"));
    whole.pay();
    println!("{refused} times no room, {denied} times no access");
    whole.end();
}

#[test]
fn a_server_whose_disk_is_full_goes_on_when_there_is_space() {
    let Some(mariadb) = Mariadb::start_on(96, &[]) else { return };
    let mut whole = Whole::over(mariadb);
    for round in 0..if is_full() { 10 } else { 2 } {
        let disk = whole.mariadb.disk.as_ref().expect("its own");
        let filled = disk.fill().expect("filled");
        assert!(0 < filled);
        // New rows need pages, and there are none.
        let (tries, applied) = (whole.dbfront.figure("apply_retries"), whole.dbfront.figure("lsn_applied"));
        for _ in 0..200 {
            whole.open(100);
        }
        whole.until("refused", |dbfront| tries < dbfront.figure("apply_retries"));
        let is_gone = whole.mariadb.mariadb.sql("SELECT 1").is_err();
        println!(
            "round {round}: full at {filled} bytes more; applied {applied} to {}, {} tries failed, server gone: {is_gone}",
            whole.dbfront.figure("lsn_applied"),
            whole.dbfront.figure("apply_retries") - tries,
        );
        whole.mariadb.disk.as_ref().expect("its own").free().expect("freed");
        if is_gone {
            whole.mariadb.mariadb.kill();
            whole.mariadb.mariadb.run().expect("it starts again");
        }
        whole.game.until_applied(whole.lsn);
    }
    let opened = whole.lsn - 2;
    whole.dbfront.stop();
    let found = whole.mariadb.sql("SELECT COUNT(*), SUM(gold) FROM wallet WHERE 2 < account");
    assert_eq!(found, format!("{opened}\t{opened}\n"));
}

/// A letter of the longest text.
fn letter(id: u64) -> proto::link::Record {
    let text = "x".repeat(MAIL_TEXT_BYTES_MAX);
    let row = MailRow {
        to_character: 9,
        id,
        from_character: 0,
        from_name: String::new(),
        subject: String::new(),
        text,
        gold: 0,
        sent_ms: 1,
        read: false,
    };
    let (table, op) = (Table::Mail as u32, proto::link::Op::Upsert.into());
    record(vec![Mutation { table, op, ver: 1, row: row.values(), ..Mutation::default() }], 0)
}

#[test]
fn a_server_that_takes_less_at_once_is_given_pieces_and_what_is_too_long_waits_until_it_takes_more() {
    let Some(mut whole) = Whole::start(&[]) else { return };
    let takes = |whole: &Whole, bytes: u32| {
        whole.mariadb.sql(&format!("SET GLOBAL max_allowed_packet = {bytes}"));
    };
    takes(&whole, 8_192);
    whole.mariadb.sql("KILL USER ding");
    // In one statement five hundred would be longer.
    whole.open(2_000);
    whole.game.until_applied(whole.lsn);
    // The word comes a moment before the state.
    whole.until("in pieces", |dbfront| dbfront.metrics.state() == "applying_in_pieces");
    whole.until("yellow", |dbfront| dbfront.figure("level") == 1);

    takes(&whole, 1_024);
    whole.mariadb.sql("KILL USER ding");
    whole.open(100);
    whole.game.until_applied(whole.lsn);
    let before = whole.dbfront.figure("lsn_applied");
    whole.lsn += 1;
    let turn = [letter(whole.lsn)];
    whole.game.turn(whole.lsn, &turn);
    whole.game.until_durable(whole.lsn);
    whole.until("paused", |dbfront| dbfront.metrics.state() == "applying_paused_PACKET");
    whole.open(50);
    let tries = whole.dbfront.figure("apply_retries");
    whole.until("tried again", |dbfront| tries < dbfront.figure("apply_retries"));
    assert_eq!(whole.dbfront.figure("lsn_applied"), before, "what comes after it waits, too");
    let wallets = whole.lsn - 3;

    takes(&whole, 16_777_216);
    whole.game.until_applied(whole.lsn);
    whole.until("ready", |dbfront| dbfront.metrics.state() == "ready");
    whole.until("green", |dbfront| dbfront.figure("level") == 0);
    whole.dbfront.stop();
    let found = whole.mariadb.sql(
        "SELECT COUNT(*), SUM(gold) FROM wallet WHERE 2 < account; SELECT COUNT(*), SUM(LENGTH(text)) FROM mail",
    );
    assert_eq!(found, format!("{wallets}\t{wallets}\n1\t{MAIL_TEXT_BYTES_MAX}\n"));
}

#[test]
fn a_server_that_takes_more_again_is_given_whole_batches_soon() {
    let Some(mut whole) = Whole::start(&[]) else { return };
    whole.mariadb.sql("SET GLOBAL max_allowed_packet = 8192; KILL USER ding");
    whole.open(1);
    whole.game.until_applied(whole.lsn);
    // The word comes a moment before the state.
    whole.until("in pieces", |dbfront| dbfront.metrics.state() == "applying_in_pieces");
    whole.mariadb.sql("SET GLOBAL max_allowed_packet = 16777216");
    let (_never, clock) = mpsc::channel::<()>();
    let is_whole = (0..400).any(|_| {
        let _ = clock.recv_timeout(Duration::from_millis(50));
        whole.open(1);
        whole.game.until_applied(whole.lsn);
        whole.dbfront.metrics.state() == "ready"
    });
    assert!(is_whole, "{}", whole.dbfront.metrics.state());
    whole.dbfront.stop();
}
