//! The bare way to keep rows: one upsert of many rows a transaction, each commit flushed, on a file of SQLite and on a
//! server. No versions, no cursor.

use std::path::Path;

use mysql_async::{Conn, OptsBuilder, Params, Statement, prelude::Queryable};
use rusqlite::{Connection, params_from_iter};
use tokio::runtime::Runtime;

use crate::error::Error;

/// A wallet after its change: account, gold, version.
pub type Wallet = (i64, i64, i64);

/// Wallets in a file.
pub struct File {
    db: Connection,
}

impl File {
    /// A new file.
    ///
    /// # Errors
    /// [`Error::Sqlite`].
    pub fn create(path: &Path) -> Result<Self, Error> {
        let what = "creating the reference database";
        let db = Connection::open(path).map_err(Error::sqlite(what))?;
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE wallet (account INTEGER PRIMARY KEY, gold INTEGER NOT NULL, ver INTEGER NOT NULL)",
        )
        .map_err(Error::sqlite(what))?;
        Ok(Self { db })
    }

    /// Keeps these, durable when it returns.
    ///
    /// # Errors
    /// [`Error::Sqlite`].
    pub fn upsert(&mut self, wallets: &[Wallet]) -> Result<(), Error> {
        let sql = format!(
            "INSERT INTO wallet VALUES {} ON CONFLICT (account) DO UPDATE SET gold = excluded.gold, \
             ver = excluded.ver",
            marks(wallets.len())
        );
        let run = || {
            let transaction = self.db.unchecked_transaction()?;
            let values = wallets.iter().flat_map(|(account, gold, ver)| [account, gold, ver]);
            transaction.prepare_cached(&sql)?.execute(params_from_iter(values))?;
            transaction.commit()
        };
        run().map_err(Error::sqlite("upserting"))
    }
}

/// Wallets on a server.
pub struct Server {
    runtime: Runtime,
    conn: Conn,
    statement: Option<(usize, Statement)>,
}

impl Server {
    /// A new database on the server of MariaDB at this port.
    ///
    /// # Errors
    /// [`Error::Mysql`].
    pub fn create(port: u16, password: &str) -> Result<Self, Error> {
        let what = "creating the reference database";
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(Error::io(what))?;
        let options = OptsBuilder::default()
            .ip_or_hostname("127.0.0.1")
            .tcp_port(port)
            .user(Some("ding"))
            .pass(Some(password))
            .prefer_socket(false);
        let conn = runtime.block_on(async {
            let mut conn = Conn::new(options).await?;
            conn.query_drop(
                "CREATE DATABASE ding_bare; USE ding_bare; CREATE TABLE wallet (account BIGINT NOT NULL PRIMARY KEY, \
                 gold BIGINT NOT NULL, ver BIGINT NOT NULL) ENGINE = InnoDB",
            )
            .await?;
            Ok(conn)
        });
        Ok(Self { conn: conn.map_err(Error::mysql(what))?, runtime, statement: None })
    }

    /// Keeps these, durable when it returns.
    ///
    /// # Errors
    /// [`Error::Mysql`].
    pub fn upsert(&mut self, wallets: &[Wallet]) -> Result<(), Error> {
        let Self { runtime, conn, statement } = self;
        let values = wallets.iter().flat_map(|&(account, gold, ver)| [account, gold, ver]);
        let values = Params::Positional(values.map(Into::into).collect());
        let run = async {
            let prepared = match statement.take() {
                Some((rows, prepared)) if rows == wallets.len() => prepared,
                _ => {
                    let sql = format!(
                        "INSERT INTO wallet VALUES {} ON DUPLICATE KEY UPDATE gold = VALUES(gold), ver = VALUES(ver)",
                        marks(wallets.len())
                    );
                    conn.prep(sql).await?
                }
            };
            conn.query_drop("START TRANSACTION").await?;
            conn.exec_drop(&prepared, values).await?;
            *statement = Some((wallets.len(), prepared));
            conn.query_drop("COMMIT").await
        };
        runtime.block_on(run).map_err(Error::mysql("upserting"))
    }
}

fn marks(rows: usize) -> String {
    vec!["(?, ?, ?)"; rows].join(", ")
}
