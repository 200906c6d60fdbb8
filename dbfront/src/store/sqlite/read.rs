//! Reads: all queries of a call in one snapshot, together with the cursor as it stood then.

use std::sync::Arc;

use proto::{link::Value, tables::TableDef};
use rusqlite::{Connection, Statement, TransactionBehavior};

use super::{
    away, read_cursor,
    sql::{self, Bound, Found},
};
use crate::{
    logic::row::StoredRow,
    store::{Query, Reader, Snapshot, StoreError},
};

/// The reading connection.
pub(super) struct SqliteReader {
    pub(super) connection: Connection,
}

impl Reader for SqliteReader {
    fn read(&mut self, queries: &[Query]) -> Result<Snapshot, StoreError> {
        let snapshot = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Deferred)
            .map_err(|error| away(&error))?;
        // A deferred transaction has its snapshot from its first read on: this one.
        let lsn = read_cursor(&snapshot)?.lsn;
        let answers = queries
            .iter()
            .map(|query| match query {
                Query::Get { table, keys } => get(&snapshot, table.def(), keys),
                Query::Scan { table, prefix, after, rows_max } => {
                    scan(&snapshot, table.def(), prefix, after, *rows_max)
                }
                Query::Latest { table, before, rows_max } => {
                    latest(&snapshot, table.def(), before, *rows_max)
                }
            })
            .collect::<rusqlite::Result<_>>()
            .map_err(|error| away(&error))?;
        Ok(Snapshot { lsn, answers })
    }
}

fn get(
    connection: &Connection,
    def: &TableDef,
    keys: &[Vec<Value>],
) -> rusqlite::Result<Vec<Option<StoredRow>>> {
    let mut statement = connection.prepare_cached(&sql::get(def))?;
    keys.iter()
        .map(|key| {
            bind(&mut statement, key, 1)?;
            let mut rows = statement.raw_query();
            rows.next()?.map(|row| stored_row(def, row)).transpose()
        })
        .collect()
}

fn scan(
    connection: &Connection,
    def: &TableDef,
    prefix: &[Value],
    after: &[Value],
    rows_max: usize,
) -> rusqlite::Result<Vec<Option<StoredRow>>> {
    let mut statement = connection.prepare_cached(&sql::scan(def, prefix.len(), after.is_empty()))?;
    statement.raw_bind_parameter(1, i64::try_from(rows_max).unwrap_or(i64::MAX))?;
    bind(&mut statement, prefix, 2)?;
    bind(&mut statement, after.get(prefix.len()..).unwrap_or_default(), 2 + prefix.len())?;
    all_rows(&mut statement, def)
}

fn latest(
    connection: &Connection,
    def: &TableDef,
    before: &[Value],
    rows_max: usize,
) -> rusqlite::Result<Vec<Option<StoredRow>>> {
    let mut statement = connection.prepare_cached(&sql::latest(def, before.is_empty()))?;
    statement.raw_bind_parameter(1, i64::try_from(rows_max).unwrap_or(i64::MAX))?;
    bind(&mut statement, before, 2)?;
    all_rows(&mut statement, def)
}

fn all_rows(statement: &mut Statement<'_>, def: &TableDef) -> rusqlite::Result<Vec<Option<StoredRow>>> {
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        found.push(Some(stored_row(def, row)?));
    }
    Ok(found)
}

fn bind(statement: &mut Statement<'_>, values: &[Value], first: usize) -> rusqlite::Result<()> {
    for (index, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(first + index, Bound(value))?;
    }
    Ok(())
}

fn stored_row(def: &TableDef, row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredRow> {
    let width = def.columns.len();
    let values: Vec<Value> =
        (0..width).map(|index| Ok(row.get::<_, Found>(index)?.0)).collect::<rusqlite::Result<_>>()?;
    Ok(StoredRow { ver: row.get::<_, i64>(width)?.cast_unsigned(), row: Arc::from(values) })
}
