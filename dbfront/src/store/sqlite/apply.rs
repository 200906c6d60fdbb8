//! One batch, one transaction: the cursor by compare-and-set, then every row with its version in the
//! statement, counted (X1, X2, X6).

use proto::tables::TableDef;
use rusqlite::{CachedStatement, Connection, Transaction, TransactionBehavior, params};

use super::{
    away, describe, passes,
    sql::{self, Bound},
    stored,
};
use crate::{
    failpoint::point,
    store::{ApplyBatch, RowChange, StoreError, TableChanges, hours},
};

/// See [`crate::store::Store::apply`]. Whatever goes wrong, the transaction is rolled back here.
pub(super) fn apply(connection: &Connection, batch: &ApplyBatch) -> Result<(), StoreError> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
        .map_err(|error| away(&error))?;
    point!("apply.begin");
    move_cursor(&transaction, batch)?;
    point!("apply.cursor");
    for table in &batch.tables {
        apply_table(&transaction, table, batch.careful)?;
    }
    add_hours(&transaction, batch)?;
    point!("apply.commit");
    transaction.commit().map_err(|error| StoreError::Unknown { detail: describe(&error) })?;
    point!("apply.committed");
    Ok(())
}

fn move_cursor(connection: &Connection, batch: &ApplyBatch) -> Result<(), StoreError> {
    let (from, to) = (&batch.from, &batch.to);
    let changed = connection
        .prepare_cached(
            "UPDATE journal_cursor SET lsn = ?1, chain_hash = ?2, game_epoch = ?3, journal_uuid = ?8 \
             WHERE id = 1 AND lsn = ?4 AND chain_hash = ?5 AND journal_uuid = ?6 AND dbf_epoch = ?7",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                stored(to.lsn.0),
                to.chain,
                stored(to.game_epoch.0),
                stored(from.lsn.0),
                from.chain,
                from.journal,
                stored(from.dbf_epoch),
                to.journal,
            ])
        })
        .map_err(|error| away(&error))?;
    if changed == 1 { Ok(()) } else { Err(StoreError::CursorMoved) }
}

fn apply_table(connection: &Connection, changes: &TableChanges, careful: bool) -> Result<(), StoreError> {
    let def = changes.def();
    // Deletes first: a key that was deleted and made again within the batch is one update, but what a
    // row made room for must have left.
    each(connection, def, &sql::delete(def), &changes.deletes, |statement, change| {
        bind_row(statement, change, 1)?;
        statement.raw_bind_parameter(change.row.len() + 1, stored(change.base))
    })?;
    each(connection, def, &sql::insert(def), &changes.inserts, |statement, change| {
        bind_row(statement, change, 1)?;
        statement.raw_bind_parameter(change.row.len() + 1, stored(change.ver))
    })?;
    each(connection, def, &sql::update(def), &changes.updates, |statement, change| {
        bind_row(statement, change, 1)?;
        statement.raw_bind_parameter(change.row.len() + 1, stored(change.ver))?;
        statement.raw_bind_parameter(change.row.len() + 2, stored(change.base))
    })?;
    append_all(connection, def, &changes.appends, careful)
}

/// Runs a statement for each row, which must change exactly one.
fn each(
    connection: &Connection,
    def: &'static TableDef,
    sql: &str,
    changes: &[RowChange],
    bind: impl Fn(&mut CachedStatement<'_>, &RowChange) -> rusqlite::Result<()>,
) -> Result<(), StoreError> {
    let Some(first) = changes.first() else {
        return Ok(());
    };
    let mut statement = connection.prepare_cached(sql).map_err(|error| refused(&error, def, first))?;
    for change in changes {
        let changed = bind(&mut statement, change)
            .and_then(|()| statement.raw_execute())
            .map_err(|error| refused(&error, def, change))?;
        point!("apply.statement");
        if changed != 1 {
            return Err(StoreError::Divergence { lsn: change.lsn, table: def.name });
        }
    }
    Ok(())
}

fn append_all(
    connection: &Connection,
    def: &'static TableDef,
    rows: &[RowChange],
    careful: bool,
) -> Result<(), StoreError> {
    let chunk_rows = if careful { 1 } else { APPEND_ROWS };
    for chunk in rows.chunks(chunk_rows) {
        let run = || {
            let mut statement = connection.prepare_cached(&sql::append(def, chunk.len()))?;
            for (index, change) in chunk.iter().enumerate() {
                bind_row(&mut statement, change, index * def.columns.len() + 1)?;
            }
            statement.raw_execute()
        };
        let changed = run().map_err(|error| refused(&error, def, &chunk[0]))?;
        point!("apply.statement");
        if changed != chunk.len() {
            return Err(StoreError::Divergence { lsn: chunk[0].lsn, table: def.name });
        }
    }
    Ok(())
}

/// What the batch's ledger adds to the sums of its hours.
fn add_hours(connection: &Connection, batch: &ApplyBatch) -> Result<(), StoreError> {
    for (key, sum) in hours::of(batch) {
        connection
            .prepare_cached(ADD_HOUR)
            .and_then(|mut statement| {
                statement.execute(params![
                    key.hour_ms,
                    key.reason,
                    sum.gold_in,
                    sum.gold_out,
                    sum.gold_moved,
                    sum.lines
                ])
            })
            .map_err(|error| away(&error))?;
    }
    Ok(())
}

fn bind_row(statement: &mut CachedStatement<'_>, change: &RowChange, first: usize) -> rusqlite::Result<()> {
    for (index, value) in change.row.iter().enumerate() {
        statement.raw_bind_parameter(first + index, Bound(value))?;
    }
    Ok(())
}

fn refused(error: &rusqlite::Error, def: &'static TableDef, change: &RowChange) -> StoreError {
    let detail = describe(error);
    if passes(error) {
        StoreError::Transient { detail }
    } else {
        StoreError::Poison { lsn: change.lsn, table: def.name, detail }
    }
}

/// A sum that is more than a number becomes the highest one, for it must not stop who applies.
const ADD_HOUR: &str = "INSERT INTO gold_hour (hour_ms, reason, gold_in, gold_out, gold_moved, lines) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (hour_ms, reason) DO UPDATE SET \
    gold_in = min(gold_in + excluded.gold_in, 9223372036854775807), \
    gold_out = min(gold_out + excluded.gold_out, 9223372036854775807), \
    gold_moved = min(gold_moved + excluded.gold_moved, 9223372036854775807), \
    lines = lines + excluded.lines";
/// Rows of one insert. More than these save nothing any more, and each number of rows below is a further
/// statement to prepare.
const APPEND_ROWS: usize = 32;
