//! Batches of changed rows through dbfront's own stores, with cursor and versions, beside bare upserts of as many
//! rows: on a file of SQLite and on a private server of MariaDB, every commit flushed.

use std::time::Duration;

use dbfront::{
    RawStore,
    store::{self, ApplyBatch, Cursor, RowChange, Store, StoreError, TableChanges},
};
use proto::{
    ids::{Epoch, Lsn},
    tables::{Row as _, Table, WalletRow},
};

use super::{Row, Setting, journal::groups_per_s, rounds, say};
use crate::{
    bare::upserts::{File, Server, Wallet},
    error::Error,
    mariadb::{Mariadb, PASSWORD},
};

pub(super) fn run(setting: &mut Setting<'_>) -> Result<(), Error> {
    let folder = tempfile::tempdir().map_err(Error::io("making a folder for databases"))?;
    let path = |name: &str| folder.path().join(name);
    if setting.wants(SQLITE) {
        let mut bench = Bench::create(&format!("sqlite:{}", path("game.db").display()))?;
        let mut bare = File::create(&path("bare.db"))?;
        measure(setting, SQLITE, &mut bench, |wallets| bare.upsert(wallets))?;
    }
    if !setting.wants(MARIADB) {
        return Ok(());
    }
    if let Some(why) = Mariadb::missing() {
        say(&format!("{MARIADB:<28} skipped: {why}"));
        return Ok(());
    }
    let home = path("server");
    std::fs::create_dir(&home).map_err(Error::io("making a folder for a server"))?;
    // As a server is set that has a machine of its own, with room for what is changed here.
    let options = ["--innodb-buffer-pool-size=128M", "--innodb-log-file-size=96M"];
    let server = Mariadb::start(&home, &path("template"), &options).map_err(Error::io("starting MariaDB"))?;
    let mut bench = Bench::create(&server.url("ding_world"))?;
    let mut bare = Server::create(server.port(), PASSWORD)?;
    measure(setting, MARIADB, &mut bench, |wallets| bare.upsert(wallets))
}

fn measure(
    setting: &mut Setting<'_>,
    name: &str,
    bench: &mut Bench,
    mut bare: impl FnMut(&[Wallet]) -> Result<(), Error>,
) -> Result<(), Error> {
    let (warm, window) = (setting.pace.warm, setting.pace.window);
    let mut reference = Wallets::new();
    for wallets in Wallets::first() {
        bare(&wallets)?;
    }
    let per_s = |change: &mut dyn FnMut() -> Result<(), Error>, warm: Duration| {
        groups_per_s(ROWS, warm, window, change)
    };
    let measured = rounds::in_turns(
        setting.pace.rounds,
        || per_s(&mut || bench.apply(), warm),
        || per_s(&mut || bare(&reference.next()), warm),
    )?;
    setting.row(Row::ratio(name, "rows/s", measured, TARGET));
    Ok(())
}

/// A world whose wallets change.
pub(super) struct Bench {
    store: Box<dyn Store>,
    cursor: Cursor,
    wallets: Wallets,
}

impl Bench {
    pub(super) fn create(url: &str) -> Result<Self, Error> {
        let raw = RawStore { url: url.to_owned(), ..RawStore::default() };
        let place = raw.check(std::path::Path::new("")).map_err(|error| Error::Store(error.to_string()))?;
        let database = store::open(&place);
        let game_epoch = Epoch(1);
        let (journal, chain) = ([1; 16], [0; 16]);
        let first = Cursor { journal, lsn: Lsn(0), chain, game_epoch, dbf_epoch: 0, schema: 0 };
        database.prepare(first).and_then(|()| database.publish()).map_err(failed)?;
        let mut store = database.connect().map_err(failed)?;
        let cursor = store.cursor().and_then(|seen| store.begin_term(&seen)).map_err(failed)?;
        let mut bench = Self { store, cursor, wallets: Wallets::new() };
        for wallets in Wallets::first() {
            bench.put(&wallets, |changes, rows| changes.inserts = rows, 0)?;
        }
        Ok(bench)
    }

    pub(super) fn apply(&mut self) -> Result<(), Error> {
        let wallets = self.wallets.next();
        self.put(&wallets, |changes, rows| changes.updates = rows, 1)
    }

    /// As one record; `below` is how far a base is below its version, or 0 for none.
    fn put(
        &mut self,
        wallets: &[Wallet],
        place: impl FnOnce(&mut TableChanges, Vec<RowChange>),
        below: u64,
    ) -> Result<(), Error> {
        let lsn = self.cursor.lsn.next();
        let rows = wallets.iter().map(|&(account, gold, ver)| {
            let (account, ver) = (account.cast_unsigned(), ver.cast_unsigned());
            let base = if below == 0 { 0 } else { ver - below };
            RowChange { lsn, base, ver, row: WalletRow { account, gold }.values().into() }
        });
        let mut changes = TableChanges {
            table: Table::Wallet,
            inserts: Vec::new(),
            updates: Vec::new(),
            deletes: Vec::new(),
            appends: Vec::new(),
        };
        place(&mut changes, rows.collect());
        let to = Cursor { lsn, ..self.cursor };
        let batch = ApplyBatch { from: self.cursor, to, tables: vec![changes], careful: false };
        self.store.apply(&batch).map_err(failed)?;
        self.cursor = to;
        Ok(())
    }
}

/// Which change next: scattered, in key order, none twice in a batch.
pub(super) struct Wallets {
    versions: Vec<i64>,
    batch: usize,
}

impl Wallets {
    pub(super) fn new() -> Self {
        Self { versions: vec![1; WALLETS], batch: 0 }
    }

    /// All of them, as they begin.
    pub(super) fn first() -> impl Iterator<Item = Vec<Wallet>> {
        let all: Vec<Wallet> = (0..).take(WALLETS).map(|account| (account, 0, 1)).collect();
        all.chunks(ROWS).map(<[Wallet]>::to_vec).collect::<Vec<_>>().into_iter()
    }

    pub(super) fn next(&mut self) -> Vec<Wallet> {
        self.batch += 1;
        // 41 and the number of wallets have no divisor in common.
        let mut accounts: Vec<usize> =
            (0..ROWS).map(|row| (self.batch * 7_919 + row * 41) % WALLETS).collect();
        accounts.sort_unstable();
        accounts
            .into_iter()
            .map(|account| {
                let ver = &mut self.versions[account];
                *ver += 1;
                (i64::try_from(account).unwrap_or(0), *ver * 3, *ver)
            })
            .collect()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "shaped for map_err")]
fn failed(error: StoreError) -> Error {
    Error::Store(error.to_string())
}

const SQLITE: &str = "apply_sqlite_500";
const MARIADB: &str = "apply_mariadb_500";
const ROWS: usize = 500;
const WALLETS: usize = 20_000;
const TARGET: f64 = 0.7;
