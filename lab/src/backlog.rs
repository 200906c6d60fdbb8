//! Memory through a backlog: payments into a real dbfront whose database takes none of them, its resident size
//! beside the count of records that wait; then a kill, a start with all of it, and the database catching up. What is
//! read meanwhile and what is stored at the end are compared with a plain array.

mod link;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use proto::{
    ids::AccountId,
    limits::RECORD_SCHEMA,
    link::{Flow, Mutation, Op, Record},
    tables::{LedgerRow, Reason, Row as _, Table, WalletRow},
    turn::{TxnId, put_entry},
    wire,
};
use rusqlite::Connection;

use self::link::Link;
use crate::{clock, error::Error, process::Process};

/// How much of it.
#[derive(Clone, Debug)]
pub struct BacklogOptions {
    /// The program whose process is measured.
    pub ding: PathBuf,
    /// Records that wait at the end.
    pub records: u64,
    /// Who pays whom, evenly.
    pub accounts: u64,
    /// `dbfront.overlay_bytes`.
    pub overlay_bytes: u64,
    /// `dbfront.cache_bytes`.
    pub cache_bytes: u64,
}

/// One look at the process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// That wait for the database.
    pub records: u64,
    /// Of the process, without what it shares.
    pub resident_bytes: u64,
    /// In the folder for rows that do not fit memory.
    pub spilled_bytes: u64,
    /// Since the start of this part.
    pub seconds: f64,
}

/// What was seen.
#[derive(Clone, Debug)]
pub struct BacklogReport {
    /// With nothing to do.
    pub idle_bytes: u64,
    /// While records came, evenly spread.
    pub growing: Vec<Look>,
    /// The same while they were applied.
    pub draining: Vec<Look>,
    /// The most that the process ever had that started with all of it.
    pub restarted_peak_bytes: u64,
    /// How long it took until that one served.
    pub restarted_s: f64,
    /// Rows that were read while they waited, all of them as written last.
    pub compared: u64,
}

impl BacklogReport {
    /// The most while records came, in the third quarter of them and in the last: by then every queue has been full.
    #[must_use]
    pub fn peaks(&self) -> (u64, u64) {
        let later = &self.growing[self.growing.len() / 2..];
        let (first, second) = later.split_at(later.len() / 2);
        let most = |looks: &[Look]| looks.iter().map(|look| look.resident_bytes).max().unwrap_or(0);
        (most(first), most(second))
    }
}

/// Runs it and says each look with `say`.
///
/// # Errors
/// A process that ends, or a row that is not as it was written last.
pub fn run(options: &BacklogOptions, mut say: impl FnMut(&str)) -> Result<BacklogReport, Error> {
    let folder = tempfile::Builder::new()
        .prefix("ding-backlog-")
        .tempdir()
        .map_err(Error::io("making a data folder"))?;
    let data = folder.path();
    let process = start(options, data)?;
    let idle_bytes = resident_bytes(process.pid(), "RssAnon:")?;
    say(&format!("{:>12} records {:>8} MiB resident, idle", 0, idle_bytes >> 20));
    let lock = lock(&data.join("game.db"))?;
    let mut link = Link::open(data, 1)?;
    let mut world = World::new(options.accounts);
    let mut growing = Vec::new();
    let mut compared = 0;
    let began = clock::now();
    let step = options.records.div_ceil(LOOKS);
    while world.lsn < options.records {
        world.send(&mut link, (world.lsn + step).min(options.records))?;
        compared += world.compare(&mut link)?;
        let look = look(&process, data, world.lsn, began.elapsed())?;
        say(&line(&look, "wait"));
        growing.push(look);
    }
    drop((link, process, lock));

    // Killed, and started with all of it.
    let began = clock::now();
    let process = start(options, data)?;
    let restarted_s = began.elapsed().as_secs_f64();
    let mut link = Link::open(data, 2)?;
    if link.durable != world.lsn {
        return Err(Error::Store(format!("{} records of {} are durable", link.durable, world.lsn)));
    }
    compared += world.compare(&mut link)?;
    let mut draining = Vec::new();
    let (began, mut next) = (clock::now(), 0);
    while link.applied < world.lsn {
        let applied = link.until_more_applied()?;
        if next <= applied {
            next = applied + step;
            let look = look(&process, data, world.lsn - applied, began.elapsed())?;
            say(&line(&look, "still wait"));
            draining.push(look);
        }
    }
    let restarted_peak_bytes = resident_bytes(process.pid(), "VmHWM:")?;
    say(&format!("started again in {restarted_s:.1} s, at most {} MiB resident", restarted_peak_bytes >> 20));
    world.compare_all(&mut link)?;
    drop(link);
    process.stop_by_lifeline(STOP_MAX)?;
    world.compare_stored(&data.join("game.db"))?;
    Ok(BacklogReport { idle_bytes, growing, draining, restarted_peak_bytes, restarted_s, compared })
}

fn start(options: &BacklogOptions, data: &Path) -> Result<Process, Error> {
    let file = data.join("ding.toml");
    std::fs::write(&file, "").map_err(Error::io("writing settings"))?;
    let mut args: Vec<OsString> = vec!["dbfront".into(), "--supervised".into(), "--data".into(), data.into()];
    args.extend(["--config".into(), file.into()]);
    let sizes = [("overlay_bytes", options.overlay_bytes), ("cache_bytes", options.cache_bytes)];
    for (key, bytes) in sizes {
        args.extend(["--set".into(), format!("dbfront.{key}={bytes}").into()]);
    }
    args.extend(["--set".into(), "metrics.dbfront=\"off\"".into()]);
    let mut process = Process::start("dbfront", &options.ding, &args)?;
    process.wait_ready(START_MAX)?;
    Ok(process)
}

/// Holds the write lock of the database until it is dropped.
fn lock(path: &Path) -> Result<Connection, Error> {
    let failed = || Error::sqlite("locking the database");
    let connection = Connection::open(path).map_err(failed())?;
    connection.busy_timeout(Duration::from_secs(30)).map_err(failed())?;
    connection.execute_batch("BEGIN IMMEDIATE").map_err(failed())?;
    Ok(connection)
}

fn look(process: &Process, data: &Path, records: u64, since: Duration) -> Result<Look, Error> {
    let files = std::fs::read_dir(data.join("spill")).into_iter().flatten().flatten();
    let spilled_bytes = files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum();
    let resident_bytes = resident_bytes(process.pid(), "RssAnon:")?;
    Ok(Look { records, resident_bytes, spilled_bytes, seconds: since.as_secs_f64() })
}

fn line(look: &Look, what: &str) -> String {
    format!(
        "{:>12} records {what}: {:>6} MiB resident, {:>6} MiB on disk, {:>7.1} s",
        look.records,
        look.resident_bytes >> 20,
        look.spilled_bytes >> 20,
        look.seconds
    )
}

/// A field of the process's status that is given in KiB.
fn resident_bytes(pid: u32, field: &str) -> Result<u64, Error> {
    let path = PathBuf::from(format!("/proc/{pid}/status"));
    let text = std::fs::read_to_string(&path).map_err(Error::io("reading a process's size"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.map(|kib| kib << 10).ok_or_else(|| Error::Content { path, what: format!("has no {field}") })
}

/// What every wallet must hold.
struct World {
    /// Gold and version of each account, the first one's first.
    wallets: Vec<(i64, u64)>,
    lsn: u64,
    seed: u64,
}

impl World {
    fn new(accounts: u64) -> Self {
        Self {
            wallets: Vec::with_capacity(usize::try_from(accounts).unwrap_or(0)),
            lsn: 0,
            seed: 0x9e37_79b9_7f4a_7c15,
        }
    }

    fn random(&mut self, below: usize) -> usize {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        usize::try_from(self.seed % below.max(1) as u64).unwrap_or(0)
    }

    /// Sends records up to this one; all are durable when it returns.
    fn send(&mut self, link: &mut Link, upto: u64) -> Result<(), Error> {
        let mut body = Vec::new();
        while self.lsn < upto {
            let first = self.lsn + 1;
            body.clear();
            while self.lsn < upto && self.lsn + 1 < first + TURN_RECORDS {
                self.lsn += 1;
                let record = self.record();
                put_entry(&mut body, TxnId { account: AccountId(1), cseq: 1 }, &wire::encode(&record));
            }
            link.turn(first, &body)?;
            link.until_durable(self.lsn.saturating_sub(IN_FLIGHT_RECORDS))?;
        }
        link.until_durable(upto)
    }

    /// Accounts first, then payments between two of them.
    fn record(&mut self) -> Record {
        let record = Record { schema: RECORD_SCHEMA, value: true, wall_ms: 1, ..Record::default() };
        if self.wallets.len() < self.wallets.capacity() {
            self.wallets.push((0, 0));
            let mutation = self.add(self.wallets.len() - 1, START_GOLD);
            let flows = vec![Flow { reason: Reason::Start as u32, amount: START_GOLD }];
            return Record { flows, mutations: vec![mutation], ..record };
        }
        let all = self.wallets.len();
        let from = self.random(all);
        let to = (from + 1 + self.random(all - 1)) % all;
        let ledger = LedgerRow {
            lsn: self.lsn,
            n: 0,
            from_account: from as u64 + 1,
            to_account: to as u64 + 1,
            amount: 1,
            reason: Reason::Pay as u32,
            cseq: 1,
            wall_ms: 1,
        };
        let op = Op::Append.into();
        let row = ledger.values();
        let ledger = Mutation { table: Table::Ledger as u32, op, row, ..Mutation::default() };
        let (from, to) = (self.add(from, -1), self.add(to, 1));
        Record { mutations: vec![from, to, ledger], ..record }
    }

    fn add(&mut self, index: usize, amount: i64) -> Mutation {
        let (gold, ver) = &mut self.wallets[index];
        let before = *gold;
        *gold += amount;
        *ver += 1;
        Mutation {
            table: Table::Wallet as u32,
            op: Op::Upsert.into(),
            ver: *ver,
            row: WalletRow { account: index as u64 + 1, gold: *gold }.values(),
            gold_before: before,
            goods_before: None,
        }
    }

    fn check(&self, found: &[(u64, i64, u64)]) -> Result<(), Error> {
        for &(account, gold, ver) in found {
            let index = usize::try_from(account - 1).unwrap_or(usize::MAX);
            if self.wallets.get(index) != Some(&(gold, ver)) {
                let what = format!("account {account} has {gold} gold in version {ver}");
                return Err(Error::Store(what));
            }
        }
        Ok(())
    }

    /// Some wallets by key; returns how many.
    fn compare(&mut self, link: &mut Link) -> Result<u64, Error> {
        let all = self.wallets.len();
        let accounts: Vec<u64> = (0..COMPARED).map(|_| self.random(all) as u64 + 1).collect();
        let found = link.wallets(&accounts)?;
        self.check(&found)?;
        Ok(COMPARED)
    }

    /// All of them, in pages.
    fn compare_all(&self, link: &mut Link) -> Result<(), Error> {
        let (mut count, mut last) = (0, 0);
        loop {
            let (rows, done) = link.page(last)?;
            self.check(&rows)?;
            count += rows.len();
            last = rows.last().map_or(last, |row| row.0);
            if done {
                return self.counted(count);
            }
        }
    }

    fn compare_stored(&self, path: &Path) -> Result<(), Error> {
        let failed = || Error::sqlite("reading what was stored");
        let database = Connection::open(path).map_err(failed())?;
        let mut select = database.prepare("SELECT account, gold, ver FROM wallet").map_err(failed())?;
        let rows = select.query_map([], |row| <(i64, i64, i64)>::try_from(row)).map_err(failed())?;
        let mut count = 0;
        for row in rows {
            let (account, gold, ver) = row.map_err(failed())?;
            self.check(&[(account.cast_unsigned(), gold, ver.cast_unsigned())])?;
            count += 1;
        }
        self.counted(count)?;
        let payments: i64 =
            database.query_row("SELECT count(*) FROM ledger", [], |row| row.get(0)).map_err(failed())?;
        if payments.cast_unsigned() != self.lsn - self.wallets.len() as u64 {
            return Err(Error::Store(format!("{payments} payments are stored")));
        }
        Ok(())
    }

    fn counted(&self, count: usize) -> Result<(), Error> {
        let all = self.wallets.len();
        if count == all { Ok(()) } else { Err(Error::Store(format!("{count} of {all} wallets are there"))) }
    }
}

const LOOKS: u64 = 20;
const TURN_RECORDS: u64 = 500;
const IN_FLIGHT_RECORDS: u64 = 4_000;
const COMPARED: u64 = 200;
const START_GOLD: i64 = 1_000_000;
const START_MAX: Duration = Duration::from_secs(1_800);
const STOP_MAX: Duration = Duration::from_secs(120);
