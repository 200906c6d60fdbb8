//! A world in one file of SQLite: what a backup holds, whichever database it is of. Tables and columns are taken as
//! the file has them, so that one of an earlier schema can be read and written too. Knows no other database.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use proto::{link::Value, tables::ColumnKind};
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};

use super::{
    Cursor,
    archive::CopyError,
    schema::LAST,
    sqlite::{self, sql::Bound, sql::Found},
};

/// See the module.
pub struct WorldFile {
    connection: Connection,
    path: PathBuf,
}

/// A table of the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTable {
    /// Its name.
    pub name: String,
    /// Its columns in order; the key's come first.
    pub columns: Vec<FileColumn>,
    /// How many of them are the key.
    pub key_columns: usize,
}

/// A column, whose bounds are not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileColumn {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub kind: ColumnKind,
}

impl WorldFile {
    /// A new file with the tables of this schema and nothing in them.
    ///
    /// # Errors
    /// `Full`, `File`.
    pub fn create(path: &Path, schema: u32) -> Result<Self, CopyError> {
        let mut connection = blank(path)?;
        sqlite::migrate::run_to(&mut connection, schema, &mut |_| true)?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// One that is there, to be read.
    ///
    /// # Errors
    /// `File`.
    pub fn open(path: &Path) -> Result<Self, CopyError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|error| of_file(&error))?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Brings a copy that may be changed to this build's schema.
    ///
    /// # Errors
    /// `SCHEMA_TOO_NEW`, `Full`, `File`.
    pub fn migrate(path: &Path) -> Result<(), CopyError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(|error| of_file(&error))?;
        sqlite::migrate::run_to(&mut connection, LAST, &mut |_| true)?;
        connection.close().map_err(|(_, error)| of_file(&error))
    }

    /// What was copied page by page says that it has a log beside it: folds that away, and makes the file durable.
    ///
    /// # Errors
    /// `Full`, `File`.
    pub fn fold(path: &Path) -> Result<(), CopyError> {
        let run = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(path, flags)?;
            connection.pragma_update(None, "journal_mode", "DELETE")?;
            connection.close().map_err(|(_, error)| error)
        };
        run().map_err(|error| of_file(&error))?;
        sync(path)
    }

    /// Where it stands.
    ///
    /// # Errors
    /// It is no world.
    pub fn cursor(&self) -> Result<Cursor, CopyError> {
        Ok(sqlite::read_cursor(&self.connection)?)
    }

    /// Says where it stands.
    ///
    /// # Errors
    /// `Full`, `File`.
    pub fn put_cursor(&self, cursor: &Cursor) -> Result<(), CopyError> {
        sqlite::insert_cursor(&self.connection, cursor).map(drop).map_err(|error| of_file(&error))
    }

    /// The first words of SQLite's own check, if it finds damage.
    ///
    /// # Errors
    /// `File`.
    pub fn damage(&self) -> Result<Option<String>, CopyError> {
        let words = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        let words = words.map_err(|error| of_file(&error))?;
        Ok((words != "ok").then_some(words))
    }

    /// All tables of the world but the cursor's and the migrations'.
    ///
    /// # Errors
    /// `File`.
    pub fn tables(&self) -> Result<Vec<FileTable>, CopyError> {
        let read = || {
            let mut names = self.connection.prepare(
                "SELECT name FROM sqlite_schema WHERE type = 'table' \
                 AND name NOT IN ('journal_cursor', 'migration') AND name NOT LIKE 'sqlite%' ORDER BY name",
            )?;
            let names = names.query_map([], |row| row.get::<_, String>(0))?;
            names.map(|name| table(&self.connection, name?)).collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| of_file(&error))
    }

    /// Rows in key order: those after this key, or the first ones.
    ///
    /// # Errors
    /// `File`.
    pub fn rows(
        &self,
        table: &FileTable,
        after: Option<&[Value]>,
        rows_max: usize,
    ) -> Result<Vec<Vec<Value>>, CopyError> {
        let keys = table.names(table.key_columns);
        let condition = match after {
            None => String::new(),
            Some(key) => format!(" WHERE ({keys}) > ({})", marks(key.len())),
        };
        let all = table.names(table.columns.len());
        let sql = format!("SELECT {all} FROM \"{}\"{condition} ORDER BY {keys} LIMIT {rows_max}", table.name);
        let read = || {
            let mut statement = self.connection.prepare_cached(&sql)?;
            let values = after.unwrap_or_default().iter().map(Bound);
            let width = table.columns.len();
            let rows = statement.query_map(params_from_iter(values), |row| {
                (0..width).map(|index| Ok(row.get::<_, Found>(index)?.0)).collect()
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| of_file(&error))
    }

    /// Puts rows in, all at once.
    ///
    /// # Errors
    /// `Full`, `File`.
    pub fn insert(&mut self, table: &FileTable, rows: &[Vec<Value>]) -> Result<(), CopyError> {
        let width = table.columns.len();
        let sql =
            format!("INSERT INTO \"{}\" ({}) VALUES ({})", table.name, table.names(width), marks(width));
        let mut write = || {
            let transaction = self.connection.transaction()?;
            {
                let mut statement = transaction.prepare_cached(&sql)?;
                for row in rows {
                    statement.execute(params_from_iter(row.iter().map(Bound)))?;
                }
            }
            transaction.commit()
        };
        write().map_err(|error| of_file(&error))
    }

    /// Makes it whole and durable.
    ///
    /// # Errors
    /// `Full`, `File`.
    pub fn finish(self) -> Result<(), CopyError> {
        self.connection.close().map_err(|(_, error)| of_file(&error))?;
        sync(&self.path)
    }
}

impl FileTable {
    fn names(&self, count: usize) -> String {
        let names: Vec<String> =
            self.columns[..count].iter().map(|column| format!("\"{}\"", column.name)).collect();
        names.join(", ")
    }

    /// The key of one of its rows.
    #[must_use]
    pub fn key<'a>(&self, row: &'a [Value]) -> &'a [Value] {
        &row[..self.key_columns.min(row.len())]
    }
}

fn table(connection: &Connection, name: String) -> rusqlite::Result<FileTable> {
    let mut columns = connection.prepare("SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid")?;
    let mut key_columns = 0;
    let columns = columns.query_map([&name], |row| {
        let kind = match row.get::<_, String>(1)?.as_str() {
            "TEXT" => ColumnKind::Text { max: usize::MAX },
            "BLOB" => ColumnKind::Blob { max: usize::MAX },
            _ => ColumnKind::Int { min: i64::MIN, max: i64::MAX },
        };
        key_columns += usize::from(row.get::<_, u32>(2)? != 0);
        Ok(FileColumn { name: row.get(0)?, kind })
    })?;
    let columns = columns.collect::<rusqlite::Result<_>>()?;
    Ok(FileTable { name, columns, key_columns })
}

fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// A new file that is nobody else's: nothing in it counts before it is finished, so it needs no journal.
pub(super) fn blank(path: &Path) -> Result<Connection, CopyError> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| of_io(&error))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.pragma_update(None, "journal_mode", "OFF")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        Ok(connection)
    };
    open().map_err(|error: rusqlite::Error| of_file(&error))
}

fn sync(path: &Path) -> Result<(), CopyError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|error| of_io(&error))
}

pub(super) fn of_file(error: &rusqlite::Error) -> CopyError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => CopyError::Full,
        _ => CopyError::File { detail: sqlite::describe(error) },
    }
}

pub(super) fn of_io(error: &io::Error) -> CopyError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => CopyError::Full,
        kind => CopyError::File { detail: kind.to_string() },
    }
}

/// A copy is written from front to back: what it holds in memory serves nobody.
const CACHE_KIB: i64 = 2 * 1024;
