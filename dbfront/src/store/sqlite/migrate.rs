//! Migrations in SQLite: each in a transaction of its own, marked begun before and finished in it (M1).

use rusqlite::{Connection, params};

use super::away;
use crate::store::{
    StoreError,
    archive::{Done, GoesOn, ask},
    schema::{LAST, Mark, Migration, plan},
};

/// Runs what is not finished; returns how many.
pub(super) fn run(connection: &mut Connection) -> Result<u32, StoreError> {
    run_to(connection, LAST, &mut |_| true)
}

/// Runs what is not finished, up to this schema.
pub(in crate::store) fn run_to(
    connection: &mut Connection,
    schema: u32,
    goes_on: GoesOn<'_>,
) -> Result<u32, StoreError> {
    connection
        .execute_batch(
            "CREATE TABLE IF NOT EXISTS migration (number INTEGER NOT NULL PRIMARY KEY, \
             name TEXT NOT NULL, finished INTEGER NOT NULL) STRICT",
        )
        .map_err(|error| away(&error))?;
    let mut ran = 0;
    let pending = plan(&marks(connection)?, |script| script.sqlite)?.pending;
    for migration in pending.into_iter().filter(|migration| migration.number <= schema) {
        run_one(connection, &migration, goes_on)?;
        ran += 1;
    }
    Ok(ran)
}

/// SQLite undoes a cut-off migration by itself; the mark is for people, and as in the other dialect.
fn run_one(
    connection: &mut Connection,
    migration: &Migration,
    goes_on: GoesOn<'_>,
) -> Result<(), StoreError> {
    let &Migration { number, name, sql, .. } = migration;
    let failed = |error: rusqlite::Error| away(&error);
    connection
        .execute(
            "INSERT INTO migration (number, name, finished) VALUES (?1, ?2, 0) ON CONFLICT DO NOTHING",
            params![number, name],
        )
        .map_err(failed)?;
    ask(goes_on, number, Done::Begun)?;
    let transaction = connection.transaction().map_err(failed)?;
    transaction.execute_batch(sql).map_err(failed)?;
    ask(goes_on, number, Done::Statements(1))?;
    transaction.execute("UPDATE journal_cursor SET schema_version = ?1", params![number]).map_err(failed)?;
    ask(goes_on, number, Done::Versioned)?;
    transaction
        .execute("UPDATE migration SET finished = 1 WHERE number = ?1", params![number])
        .map_err(failed)?;
    transaction.commit().map_err(failed)?;
    ask(goes_on, number, Done::Finished)
}

/// Which migrations began here, and whether they finished.
pub(super) fn marks(connection: &Connection) -> Result<Vec<Mark>, StoreError> {
    let read = || {
        let mut statement = connection.prepare("SELECT number, finished FROM migration ORDER BY number")?;
        let rows =
            statement.query_map([], |row| Ok(Mark { number: row.get(0)?, is_finished: row.get(1)? }))?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(|error| away(&error))
}
