//! One connection with a loop of its own, driven by whoever calls. Each request is waited for: at most for so
//! long, after which the connection is of no use any more, or for ever.

use std::{future::Future, time::Duration};

use mysql_async::{
    Conn, DriverError, OptsBuilder, Params, Result, Row, SslOpts, Value,
    prelude::{Query as _, Queryable as _},
};
use tokio::runtime::Runtime;

use crate::store::place::{Address, Tls};

/// How small numbers of ours are bound.
pub(super) type Number = i64;

/// See the module.
pub(super) struct Session {
    /// Nothing only while it is dropped.
    conn: Option<Conn>,
    runtime: Runtime,
    /// For one request; none: for ever.
    patience: Option<Duration>,
}

impl Session {
    /// Connects, to the server alone if no database is named, and makes the session's settings ours.
    pub(super) fn open(address: &Address, database: Option<&str>) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let options = options(address, database);
        let conn = runtime.block_on(in_time(Some(PATIENCE), Conn::new(options)))?;
        let mut session = Self { conn: Some(conn), runtime, patience: Some(PATIENCE) };
        for sql in SETTINGS {
            session.run(sql)?;
        }
        Ok(session)
    }

    /// No request is given up from here on.
    pub(super) fn wait_for_ever(&mut self) {
        self.patience = None;
    }

    /// Runs statements without parameters. Returns how many rows the last one changed.
    pub(super) fn run(&mut self, sql: &str) -> Result<u64> {
        self.request(async |conn| {
            conn.query_drop(sql).await?;
            Ok(conn.affected_rows())
        })
    }

    /// Runs a statement; returns how many rows it changed.
    pub(super) fn exec(&mut self, sql: &str, values: Vec<Value>) -> Result<u64> {
        self.request(async |conn| {
            conn.exec_drop(sql, Params::Positional(values)).await?;
            Ok(conn.affected_rows())
        })
    }

    /// What a query finds.
    pub(super) fn rows(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
        self.request(async |conn| {
            if values.is_empty() {
                return sql.fetch(conn).await;
            }
            conn.exec(sql, Params::Positional(values)).await
        })
    }

    /// Whether the database has a table.
    pub(super) fn has_table(&mut self, name: &str) -> Result<bool> {
        let sql =
            "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?";
        Ok(!self.rows(sql, vec![name.into()])?.is_empty())
    }

    fn request<T>(&mut self, ask: impl AsyncFnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let Some(conn) = &mut self.conn else { return Err(DriverError::ConnectionClosed.into()) };
        self.runtime.block_on(in_time(self.patience, ask(conn)))
    }
}

/// Says goodbye, or the server would log a client that vanished.
impl Drop for Session {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            // Broken or late: the socket closes either way.
            let _ = self.runtime.block_on(in_time(Some(GOODBYE), conn.disconnect()));
        }
    }
}

async fn in_time<T>(patience: Option<Duration>, work: impl Future<Output = Result<T>>) -> Result<T> {
    let Some(patience) = patience else { return work.await };
    let late = || std::io::Error::new(std::io::ErrorKind::TimedOut, "no answer in time");
    tokio::time::timeout(patience, work).await.unwrap_or_else(|_| Err(late().into()))
}

fn options(address: &Address, database: Option<&str>) -> OptsBuilder {
    let ssl = match &address.tls {
        Tls::Off => None,
        Tls::Public => Some(SslOpts::default()),
        Tls::Authority(path) => Some(
            SslOpts::default().with_root_certs(vec![path.clone().into()]).with_disable_built_in_roots(true),
        ),
    };
    OptsBuilder::default()
        .ip_or_hostname(address.host.clone())
        .tcp_port(address.port)
        .user(Some(address.user.clone()))
        .pass(Some(address.password.reveal()).filter(|password| !password.is_empty()))
        .db_name(database)
        .ssl_opts(ssl)
        // Where the operator said, not where the server thinks that it is faster.
        .prefer_socket(false)
        .tcp_keepalive(Some(KEEPALIVE))
        .stmt_cache_size(STATEMENTS_MAX)
}

/// A whole number in a row.
pub(super) fn int(row: &Row, column: usize) -> Option<i64> {
    match row.as_ref(column)? {
        Value::Int(number) => Some(*number),
        Value::UInt(number) => i64::try_from(*number).ok(),
        // Without parameters the server sends text.
        Value::Bytes(text) => std::str::from_utf8(text).ok()?.parse().ok(),
        _ => None,
    }
}

/// Text or bytes in a row.
pub(super) fn bytes(row: &Row, column: usize) -> Option<&[u8]> {
    match row.as_ref(column)? {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

/// Text in a row; empty where there is none.
pub(super) fn text(row: &Row, column: usize) -> String {
    bytes(row, column).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
}

/// What the server's own settings must not decide. A session that breaks off while it holds locks loses them
/// after `wait_timeout`; without it a server that does not notice would keep them for hours.
const SETTINGS: &[&str] = &[
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', autocommit = 1, wait_timeout = 60, \
     innodb_lock_wait_timeout = 2, lock_wait_timeout = 30",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
];
/// For a connection, and for each request while nothing is lost by giving up.
const PATIENCE: Duration = Duration::from_secs(10);
/// For the server to hear that we leave.
const GOODBYE: Duration = Duration::from_millis(100);
/// A peer that vanished is noticed after so long and some probes.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// Ten sizes of three statements a table, more than are ever in use.
const STATEMENTS_MAX: usize = 512;
