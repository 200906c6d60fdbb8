//! Numbered migrations, compiled in, run in order, each marked begun and finished (M1). Changing a table
//! is a new file here, never an edit of an old one.

use rusqlite::{Connection, OptionalExtension, params};

use super::away;
use crate::store::StoreError;

/// All migrations; number is position + 1. Each can be run again after it was cut off.
pub(super) const MIGRATIONS: &[(&str, &str)] = &[
    ("first_tables", include_str!("../schema/sqlite/0001_first_tables.sql")),
    ("characters_and_goods", include_str!("../schema/sqlite/0002_characters_and_goods.sql")),
    ("staff_log", include_str!("../schema/sqlite/0003_staff_log.sql")),
    ("blocks_and_reports", include_str!("../schema/sqlite/0004_blocks_and_reports.sql")),
];

/// The schema that this build needs.
pub(super) const LAST: u32 = 4;

const _: () = assert!(MIGRATIONS.len() == LAST as usize);

/// Runs what is not finished; returns how many.
pub(super) fn run(connection: &mut Connection) -> Result<u32, StoreError> {
    let mut ran = 0;
    connection
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS migration (number INTEGER NOT NULL PRIMARY KEY, \
             name TEXT NOT NULL, finished INTEGER NOT NULL) STRICT",
        )
        .map_err(|error| away(&error))?;
    if let Some(got) = last(connection)?.filter(|&got| LAST < got) {
        return Err(StoreError::SchemaTooNew { got, need: LAST });
    }
    for (number, (name, sql)) in (1..=LAST).zip(MIGRATIONS) {
        if finished(connection, number)? == Some(true) {
            continue;
        }
        run_one(connection, number, name, sql).map_err(|error| away(&error))?;
        ran += 1;
    }
    Ok(ran)
}

/// SQLite undoes a cut-off migration by itself; the mark is for dialects that cannot, and for people.
fn run_one(connection: &mut Connection, number: u32, name: &str, sql: &str) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO migration (number, name, finished) VALUES (?1, ?2, 0) ON CONFLICT DO NOTHING",
        params![number, name],
    )?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(sql)?;
    transaction.execute("UPDATE journal_cursor SET schema_version = ?1", params![number])?;
    transaction.execute("UPDATE migration SET finished = 1 WHERE number = ?1", params![number])?;
    transaction.commit()
}

/// Refuses a database that is not exactly of this build's schema.
pub(super) fn check(connection: &Connection) -> Result<(), StoreError> {
    let got = last(connection)?.unwrap_or(0);
    for number in 1..=got {
        if finished(connection, number)? != Some(true) {
            return Err(StoreError::MigrationDirty { number });
        }
    }
    if got < LAST {
        return Err(StoreError::SchemaTooOld { got, need: LAST });
    }
    if LAST < got {
        return Err(StoreError::SchemaTooNew { got, need: LAST });
    }
    Ok(())
}

/// Which migrations began here, and whether they finished.
pub(super) fn marks(connection: &Connection) -> Result<Vec<(u32, bool)>, StoreError> {
    let read = || {
        let mut statement = connection.prepare("SELECT number, finished FROM migration ORDER BY number")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(|error| away(&error))
}

fn last(connection: &Connection) -> Result<Option<u32>, StoreError> {
    connection
        .query_row("SELECT max(number) FROM migration", [], |row| row.get(0))
        .map_err(|error| away(&error))
}

fn finished(connection: &Connection, number: u32) -> Result<Option<bool>, StoreError> {
    connection
        .query_row("SELECT finished FROM migration WHERE number = ?1", params![number], |row| row.get(0))
        .optional()
        .map_err(|error| away(&error))
}
