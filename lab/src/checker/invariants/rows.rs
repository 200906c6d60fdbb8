//! The rows of a database as plain SQL shows them, table by table, whatever the tables are.

use std::{collections::BTreeMap, path::Path};

use rusqlite::{Connection, OpenFlags, types::Value};

use crate::error::Error;

/// One value. Text and bytes are the same: a server keeps some text as bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// None.
    Null,
    /// A number.
    Int(i64),
    /// Text or bytes.
    Bytes(Vec<u8>),
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// The version of a row that has none: it is never changed.
pub const NO_VER: u64 = 0;

/// A row beside its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// How often it was written; [`NO_VER`] of a log.
    pub ver: u64,
    /// All columns, with those of the key, in the table's order.
    pub cells: Vec<Cell>,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Names, without `ver`.
    pub columns: Vec<String>,
    /// By key.
    pub rows: BTreeMap<Vec<Cell>, Stored>,
}

/// Everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// By name.
    pub tables: BTreeMap<String, Table>,
    /// The record that the database was brought to.
    pub cursor: u64,
}

impl Rows {
    /// Of a file of SQLite that nobody writes to any more.
    ///
    /// # Errors
    /// [`Error::Sqlite`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        let what = "reading every row";
        // Not read-only: a write-ahead log that was left must be replayed to see the last commits.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags).map_err(Error::sqlite(what))?;
        Self::select(&db).map_err(Error::sqlite(what))
    }

    fn select(db: &Connection) -> Result<Self, rusqlite::Error> {
        let cursor: i64 = db.query_row("SELECT lsn FROM journal_cursor", [], |row| row.get(0))?;
        let mut rows = Self { cursor: cursor.cast_unsigned(), ..Self::default() };
        let names: Vec<String> = db
            .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for name in names.into_iter().filter(|name| !OF_THE_STORE.contains(&name.as_str())) {
            rows.tables.insert(name.clone(), table(db, &name)?);
        }
        Ok(rows)
    }
}

fn table(db: &Connection, name: &str) -> Result<Table, rusqlite::Error> {
    let mut columns: Vec<(String, i64)> = db
        .prepare(&format!("PRAGMA table_info(\"{name}\")"))?
        .query_map([], |row| Ok((row.get(1)?, row.get(5)?)))?
        .collect::<Result<_, _>>()?;
    let ver = columns.iter().position(|(column, _)| column == "ver");
    let names: Vec<String> = columns.iter().map(|(column, _)| format!("\"{column}\"")).collect();
    let mut table = Table::default();
    let mut select = db.prepare(&format!("SELECT {} FROM \"{name}\"", names.join(", ")))?;
    let mut found = select.query([])?;
    // Its place in the key, from 1, beside its place in the row.
    let mut keys: Vec<(i64, usize)> = columns
        .iter()
        .enumerate()
        .filter(|(_, (_, place))| *place != 0)
        .map(|(index, (_, place))| (*place, index))
        .collect();
    keys.sort_unstable();
    while let Some(row) = found.next()? {
        let mut cells: Vec<Cell> =
            (0..names.len()).map(|column| row.get(column).map(cell)).collect::<Result<_, _>>()?;
        let key = keys.iter().map(|(_, index)| cells[*index].clone()).collect();
        let ver = match ver.map(|ver| cells.remove(ver)) {
            Some(Cell::Int(ver)) => ver.cast_unsigned(),
            _ => NO_VER,
        };
        table.rows.insert(key, Stored { ver, cells });
    }
    if let Some(ver) = ver {
        columns.remove(ver);
    }
    table.columns = columns.into_iter().map(|(column, _)| column).collect();
    Ok(table)
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Integer(number) => Cell::Int(number),
        Value::Real(number) => Cell::Bytes(number.to_string().into_bytes()),
        Value::Text(text) => Cell::Bytes(text.into_bytes()),
        Value::Blob(bytes) => Cell::Bytes(bytes),
    }
}

/// No record writes to these. What `gold_hour` has to be the audit says: the ledger's sums, its rule `hour_off`.
const OF_THE_STORE: &[&str] = &["journal_cursor", "migration", "schema_migration", "gold_hour"];
