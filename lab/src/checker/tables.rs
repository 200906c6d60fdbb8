//! The tables as plain SQL reads them. Knows their columns, not the code that writes them.

use std::{collections::BTreeMap, path::Path};

use rusqlite::{Connection, OpenFlags, Row};

use crate::error::Error;

/// All that the checker compares with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// Of the game process whose records were carried out last.
    pub game_epoch: u64,
    /// By id.
    pub accounts: BTreeMap<u64, AccountRow>,
    /// By account.
    pub wallets: BTreeMap<u64, WalletRow>,
    /// In key order.
    pub ledger: Vec<LedgerRow>,
}

/// `account`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountRow {
    /// Grows with each login.
    pub session_gen: u64,
    /// The last command used up.
    pub cseq_last: u64,
    /// Bit i: `cseq_last - i` was answered OK.
    pub cseq_ok: u64,
}

/// `wallet`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WalletRow {
    /// How much.
    pub gold: i64,
    /// Records that wrote it.
    pub ver: u64,
}

/// `ledger`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LedgerRow {
    /// The record.
    pub lsn: u64,
    /// Position in it.
    pub n: u64,
    /// Payer, 0 a faucet.
    pub from: u64,
    /// Payee, 0 a sink.
    pub to: u64,
    /// How much.
    pub amount: i64,
    /// Why.
    pub reason: u64,
    /// The payer's command, 0 for none.
    pub cseq: u64,
}

impl Tables {
    /// Reads a database that nobody writes to any more, without changing it.
    ///
    /// # Errors
    /// [`Error::Sqlite`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let what = "reading the tables to check";
        // Not read-only: a write-ahead log that was left must be replayed to see the last commits.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags).map_err(Error::sqlite(what))?;
        Self::select(&db).map_err(Error::sqlite(what))
    }

    fn select(db: &Connection) -> Result<Self, rusqlite::Error> {
        let game_epoch = db.query_row("SELECT game_epoch FROM journal_cursor", [], |row| number(row, 0))?;
        let accounts = rows(db, "SELECT id, session_gen, cseq_last, cseq_ok FROM account", |row| {
            let account = AccountRow {
                session_gen: number(row, 1)?,
                cseq_last: number(row, 2)?,
                cseq_ok: bits(row, 3)?,
            };
            Ok((number(row, 0)?, account))
        })?;
        let wallets = rows(db, "SELECT account, gold, ver FROM wallet", |row| {
            Ok((number(row, 0)?, WalletRow { gold: row.get(1)?, ver: number(row, 2)? }))
        })?;
        let ledger = rows(
            db,
            "SELECT lsn, n, from_account, to_account, amount, reason, cseq FROM ledger ORDER BY lsn, n",
            |row| {
                Ok(LedgerRow {
                    lsn: number(row, 0)?,
                    n: number(row, 1)?,
                    from: number(row, 2)?,
                    to: number(row, 3)?,
                    amount: row.get(4)?,
                    reason: number(row, 5)?,
                    cseq: number(row, 6)?,
                })
            },
        )?;
        Ok(Self {
            game_epoch,
            accounts: accounts.into_iter().collect(),
            wallets: wallets.into_iter().collect(),
            ledger,
        })
    }
}

fn rows<T>(
    db: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> Result<T, rusqlite::Error>,
) -> Result<Vec<T>, rusqlite::Error> {
    db.prepare(sql)?.query_map([], read)?.collect()
}

/// A count or an id: below zero it is an error of the row, not a large number.
fn number(row: &Row<'_>, column: usize) -> Result<u64, rusqlite::Error> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

fn bits(row: &Row<'_>, column: usize) -> Result<u64, rusqlite::Error> {
    row.get::<_, i64>(column).map(i64::cast_unsigned)
}
