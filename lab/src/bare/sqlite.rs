//! The bare way to pay: one `BEGIN … COMMIT` a payment on SQLite with `synchronous=FULL` and a
//! write-ahead log: two wallets updated, one ledger row inserted.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::error::Error;

/// A database of a few wallets.
pub struct Payments {
    db: Connection,
    /// At least two.
    accounts: i64,
    paid: i64,
}

impl Payments {
    /// A new database with wallets for accounts 1 to `accounts`.
    ///
    /// # Errors
    /// [`Error::Sqlite`].
    pub fn create(path: &Path, accounts: i64) -> Result<Self, Error> {
        let what = "creating the reference database";
        let db = Connection::open(path).map_err(Error::sqlite(what))?;
        db.execute_batch(SCHEMA).map_err(Error::sqlite(what))?;
        for account in 1..=accounts {
            db.execute("INSERT INTO wallet VALUES (?1, 1000000000)", params![account])
                .map_err(Error::sqlite(what))?;
        }
        Ok(Self { db, accounts, paid: 0 })
    }

    /// Pays one gold at a time, each payment durable before the next begins, until `done` says so;
    /// returns how many. Payers take turns, payees are scattered.
    ///
    /// # Errors
    /// [`Error::Sqlite`].
    pub fn pay_until(&mut self, done: impl FnMut() -> bool) -> Result<u64, Error> {
        let before = self.paid;
        self.pay(done).map_err(Error::sqlite("paying"))?;
        Ok((self.paid - before).unsigned_abs())
    }

    fn pay(&mut self, mut done: impl FnMut() -> bool) -> Result<(), rusqlite::Error> {
        let mut begin = self.db.prepare("BEGIN IMMEDIATE")?;
        let mut take =
            self.db.prepare("UPDATE wallet SET gold = gold - 1 WHERE account = ?1 AND 1 <= gold")?;
        let mut give = self.db.prepare("UPDATE wallet SET gold = gold + 1 WHERE account = ?1")?;
        let mut note = self.db.prepare("INSERT INTO ledger VALUES (?1, 0, ?2, ?3, 1, 2, ?1, 0)")?;
        let mut commit = self.db.prepare("COMMIT")?;
        while !done() {
            self.paid += 1;
            let from = self.paid % self.accounts;
            let scattered = ((self.paid * 40_503) >> 4) % (self.accounts - 1);
            let to = (from + 1 + scattered) % self.accounts;
            begin.execute([])?;
            take.execute(params![from + 1])?;
            give.execute(params![to + 1])?;
            note.execute(params![self.paid, from + 1, to + 1])?;
            commit.execute([])?;
        }
        Ok(())
    }

    /// Payments so far, and gold in all wallets.
    ///
    /// # Errors
    /// [`Error::Sqlite`].
    pub fn totals(&self) -> Result<(i64, i64), Error> {
        let what = "adding up the reference database";
        let rows = self.db.query_row("SELECT count(*) FROM ledger", [], |row| row.get(0));
        let gold = self.db.query_row("SELECT sum(gold) FROM wallet", [], |row| row.get(0));
        Ok((rows.map_err(Error::sqlite(what))?, gold.map_err(Error::sqlite(what))?))
    }
}

/// The ledger has the columns of the real one.
const SCHEMA: &str = "
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE wallet (account INTEGER PRIMARY KEY, gold INTEGER NOT NULL);
CREATE TABLE ledger (
    lsn INTEGER NOT NULL, n INTEGER NOT NULL, from_account INTEGER NOT NULL, to_account INTEGER NOT NULL,
    amount INTEGER NOT NULL, reason INTEGER NOT NULL, cseq INTEGER NOT NULL, wall_ms INTEGER NOT NULL,
    PRIMARY KEY (lsn, n)
) WITHOUT ROWID;
";
