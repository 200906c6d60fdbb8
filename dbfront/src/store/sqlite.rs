//! The embedded database: one file, WAL with a full sync at each commit, which keeps every commit it
//! acknowledged through a power loss (D4). Knows no journal.

mod apply;
mod archive;
mod books;
mod catalog;
mod inspect;
pub(in crate::store) mod migrate;
mod read;
pub(in crate::store) mod sql;

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use proto::ids::{Epoch, Lsn};
use rusqlite::{Connection, ErrorCode, OpenFlags, params};

use super::{
    Cursor, Database, Founding, Presence, Reader, Store, StoreError,
    archive::{CopyError, Interlude},
    books::Books,
    schema::{self, LAST},
};

/// A database file.
#[derive(Clone, Debug)]
pub struct Sqlite {
    path: PathBuf,
}

impl Sqlite {
    /// The database in this file, which need not exist yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where a database is built before it becomes the world.
    fn prepared_path(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".init");
        name.into()
    }

    /// A log without its file would be played into whatever gets the file's name next.
    fn refuse_strange_log(&self) -> Result<(), StoreError> {
        for suffix in ["-wal", "-journal"] {
            let log = with_suffix(&self.path, suffix);
            if !self.path.try_exists().map_err(io_away)? && log.try_exists().map_err(io_away)? {
                let what = format!("{} lies there without its file: move it to where that is", log.display());
                return Err(StoreError::Unsafe { what });
            }
        }
        Ok(())
    }
}

impl Database for Sqlite {
    fn describe(&self) -> String {
        format!("sqlite {}", self.path.display())
    }

    fn founding(&self) -> Founding {
        Founding::AtStart
    }

    fn presence(&self) -> Result<Presence, StoreError> {
        Ok(if self.path.try_exists().map_err(io_away)? {
            Presence::Present
        } else if self.prepared_path().try_exists().map_err(io_away)? {
            Presence::Prepared
        } else {
            Presence::Absent
        })
    }

    fn prepare(&self, first: Cursor) -> Result<(), StoreError> {
        self.refuse_strange_log()?;
        let path = self.prepared_path();
        for suffix in ["", "-wal", "-shm"] {
            remove_if_there(&with_suffix(&path, suffix)).map_err(io_away)?;
        }
        let mut connection = open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(|error| away(&error))?;
        check_settings(&connection)?;
        migrate::run(&mut connection)?;
        let first = Cursor { schema: LAST, ..first };
        insert_cursor(&connection, &first).map_err(|error| away(&error))?;
        // Everything into the one file: it is about to be renamed.
        checkpoint(&connection)?;
        connection.close().map_err(|(_, error)| away(&error))?;
        File::open(&path).and_then(|file| file.sync_all()).map_err(io_away)
    }

    fn publish(&self) -> Result<(), StoreError> {
        let prepared = self.prepared_path();
        self.refuse_strange_log()?;
        File::open(&prepared).and_then(|file| file.sync_all()).map_err(io_away)?;
        fs::rename(prepared, &self.path).map_err(io_away)?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(io_away)
    }

    fn migrate(&self) -> Result<u32, StoreError> {
        let mut connection = open(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        check_settings(&connection)?;
        let plan = schema::plan(&migrate::marks(&connection)?, |script| script.sqlite)?;
        if plan.stored != 0 && !plan.pending.is_empty() {
            self.keep_before_migration(&connection, plan.stored)?;
        }
        migrate::run(&mut connection)
    }

    fn connect(&self) -> Result<Box<dyn Store>, StoreError> {
        let connection = open(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        check_settings(&connection)?;
        schema::check(&migrate::marks(&connection)?)?;
        catalog::check(&connection)?;
        Ok(Box::new(SqliteStore { connection }))
    }

    fn connect_reader(&self) -> Result<Box<dyn Reader>, StoreError> {
        let connection = open(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "query_only", true).map_err(|error| away(&error))?;
        Ok(Box::new(read::SqliteReader { connection }))
    }

    fn connect_books(&self) -> Result<Box<dyn Books>, StoreError> {
        let connection = open(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "query_only", true).map_err(|error| away(&error))?;
        Ok(Box::new(books::SqliteBooks::open(connection)?))
    }
}

/// The connection that applies.
struct SqliteStore {
    connection: Connection,
}

impl Store for SqliteStore {
    fn cursor(&mut self) -> Result<Cursor, StoreError> {
        read_cursor(&self.connection)
    }

    fn begin_term(&mut self, seen: &Cursor) -> Result<Cursor, StoreError> {
        let changed = self
            .connection
            .execute(
                "UPDATE journal_cursor SET dbf_epoch = dbf_epoch + 1 \
                 WHERE id = 1 AND journal_uuid = ?1 AND dbf_epoch = ?2",
                params![seen.journal, stored(seen.dbf_epoch)],
            )
            .map_err(|error| away(&error))?;
        if changed != 1 {
            return Err(StoreError::CursorMoved);
        }
        self.cursor()
    }

    fn apply(&mut self, batch: &super::ApplyBatch) -> Result<(), StoreError> {
        apply::apply(&self.connection, batch)
    }

    fn checkpoint(&mut self) -> Result<(), StoreError> {
        checkpoint(&self.connection)
    }

    fn copy_to(&mut self, file: &Path, interlude: Interlude<'_>) -> Option<Result<(), CopyError>> {
        let connection = &self.connection;
        Some(archive::copy(connection, file, |copied| {
            interlude(&mut |batch| apply::apply(connection, batch), copied)
        }))
    }
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| away(&error))?;
    let set = || -> rusqlite::Result<()> {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        connection.pragma_update(None, "journal_size_limit", WAL_BYTES_KEPT)
    };
    set().map_err(|error| away(&error))?;
    Ok(connection)
}

/// WAL and a full sync, or nothing that was applied is safe (D4).
fn check_settings(connection: &Connection) -> Result<(), StoreError> {
    let pragma =
        |name| connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
    let mode = pragma("journal_mode").map_err(|error| away(&error))?;
    let synchronous = pragma("synchronous").map_err(|error| away(&error))?;
    if mode != rusqlite::types::Value::Text("wal".into()) {
        return Err(StoreError::Unsafe { what: format!("journal_mode is {mode:?}, not wal") });
    }
    if synchronous != rusqlite::types::Value::Integer(2) {
        return Err(StoreError::Unsafe { what: format!("synchronous is {synchronous:?}, not 2 (FULL)") });
    }
    Ok(())
}

fn checkpoint(connection: &Connection) -> Result<(), StoreError> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(|error| away(&error))
}

pub(super) fn insert_cursor(connection: &Connection, cursor: &Cursor) -> rusqlite::Result<usize> {
    connection.execute(
        "INSERT INTO journal_cursor (id, journal_uuid, lsn, chain_hash, game_epoch, dbf_epoch, schema_version) \
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            cursor.journal,
            stored(cursor.lsn.0),
            cursor.chain,
            stored(cursor.game_epoch.0),
            stored(cursor.dbf_epoch),
            cursor.schema
        ],
    )
}

pub(super) fn read_cursor(connection: &Connection) -> Result<Cursor, StoreError> {
    let row = connection.prepare_cached(
        "SELECT journal_uuid, lsn, chain_hash, game_epoch, dbf_epoch, schema_version \
         FROM journal_cursor WHERE id = 1",
    );
    let cursor = row.and_then(|mut statement| {
        statement.query_row([], |row| {
            Ok(Cursor {
                journal: row.get(0)?,
                lsn: Lsn(row.get::<_, i64>(1)?.cast_unsigned()),
                chain: row.get(2)?,
                game_epoch: Epoch(row.get::<_, i64>(3)?.cast_unsigned()),
                dbf_epoch: row.get::<_, i64>(4)?.cast_unsigned(),
                schema: row.get(5)?,
            })
        })
    });
    match cursor {
        Ok(cursor) => Ok(cursor),
        Err(rusqlite::Error::QueryReturnedNoRows) => {
            Err(StoreError::Unsafe { what: "it has no cursor row".to_owned() })
        }
        Err(error) => Err(away(&error)),
    }
}

/// Numbers of ours have 63 bits: SQL has no unsigned ones.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// An error outside a row's statement: what passes is waited for, anything else means that this file is
/// not, or no longer, what this build can use.
pub(super) fn away(error: &rusqlite::Error) -> StoreError {
    let detail = describe(error);
    if passes(error) { StoreError::Transient { detail } } else { StoreError::Unsafe { what: detail } }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn io_away(error: io::Error) -> StoreError {
    StoreError::Transient { detail: error.kind().to_string() }
}

/// The list of X4: everything that is not in it does not pass by itself.
fn passes(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::CannotOpen
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::ReadOnly
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted
                | ErrorCode::FileLockingProtocolFailed
        )
    )
}

/// The database's text names columns, never values; anything of ours is described by its kind alone.
pub(super) fn describe(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(code, Some(text)) => format!("{text} ({})", code.extended_code),
        rusqlite::Error::SqliteFailure(code, None) => format!("{code}"),
        rusqlite::Error::QueryReturnedNoRows => "a row is missing".to_owned(),
        _ => "a row or statement is not of the expected form".to_owned(),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Another's lock is waited for here only this long; the caller's back-off does the rest.
const BUSY_TIMEOUT: Duration = Duration::from_millis(50);
/// Three statements a table and a few more, with room for tables to come.
const STATEMENTS_MAX: usize = 256;
/// Pages held by a connection, KiB.
const CACHE_KIB: i64 = 64 * 1024;
/// A checkpoint writes each page once, however often the log has it: rarer is cheaper. 64 MiB of log.
const CHECKPOINT_PAGES: i64 = 16 * 1024;
/// The log is cut to this after a checkpoint, bytes.
const WAL_BYTES_KEPT: i64 = 128 << 20;
