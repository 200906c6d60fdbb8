//! One batch, one transaction: the cursor by compare-and-set, then rows many at a time, each with its version
//! in the statement, counted (X1, X2, X6).

use mysql_async::Value as Bound;
use proto::tables::TableDef;

use super::{
    failure::{away, describe, refused},
    session::{Number, Session},
    sql,
};
use crate::{
    failpoint::point,
    logic::row::RowKey,
    store::{ApplyBatch, RowChange, StoreError, TableChanges},
};

/// See [`crate::store::Store::apply`]. Whatever goes wrong, the transaction is rolled back here: some errors
/// leave it open with half of its statements done, some end it and leave the rest to commit one by one (X3).
pub(super) fn apply(session: &mut Session, id: Number, batch: &ApplyBatch) -> Result<(), StoreError> {
    let result = apply_rows(session, id, batch);
    let Err(failed) = result else {
        // What it answers is no promise either way: the cursor will tell (X5).
        point!("apply.commit");
        return match session.run("COMMIT") {
            Ok(_) => {
                point!("apply.committed");
                Ok(())
            }
            Err(error) => Err(StoreError::Unknown { detail: describe(&error) }),
        };
    };
    // On a connection that is gone there is nothing to roll back, and the server does it.
    let rolled_back = session.run("ROLLBACK");
    Err(match failed {
        Failed::Known(error) => error,
        Failed::Miscounted { def, chunk } => {
            rolled_back.map_err(|error| away(&error))?;
            diverged(session, def, &chunk)
        }
    })
}

enum Failed {
    Known(StoreError),
    /// One of these rows is not in the version that it must have.
    Miscounted {
        def: &'static TableDef,
        chunk: Vec<RowChange>,
    },
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Known(error)
    }
}

fn apply_rows(session: &mut Session, id: Number, batch: &ApplyBatch) -> Result<(), Failed> {
    session.run("START TRANSACTION").map_err(|error| away(&error))?;
    point!("apply.begin");
    move_cursor(session, id, batch)?;
    point!("apply.cursor");
    let most = if batch.careful { 1 } else { CHUNK_ROWS_MAX };
    for table in &batch.tables {
        apply_table(session, table, most)?;
    }
    Ok(())
}

fn move_cursor(session: &mut Session, id: Number, batch: &ApplyBatch) -> Result<(), StoreError> {
    let (from, to) = (&batch.from, &batch.to);
    let changed = session
        .exec(
            "UPDATE `journal_cursor` SET `lsn` = ?, `chain_hash` = ?, `game_epoch` = ?, `journal_uuid` = ? \
             WHERE `id` = ? AND `lsn` = ? AND `chain_hash` = ? AND `journal_uuid` = ? AND `dbf_epoch` = ?",
            vec![
                to.lsn.0.into(),
                to.chain.into(),
                to.game_epoch.0.into(),
                to.journal.into(),
                id.into(),
                from.lsn.0.into(),
                from.chain.into(),
                from.journal.into(),
                from.dbf_epoch.into(),
            ],
        )
        .map_err(|error| away(&error))?;
    if changed == 1 { Ok(()) } else { Err(StoreError::CursorMoved) }
}

fn apply_table(session: &mut Session, changes: &TableChanges, most: usize) -> Result<(), Failed> {
    let def = changes.def();
    let (grown, remade): (Vec<_>, Vec<_>) =
        changes.updates.iter().cloned().partition(|change| sql::packed(change).is_some());
    let mut gone = changes.deletes.clone();
    gone.extend(remade.iter().map(|change| RowChange { row: key(def, change), ..change.clone() }));
    let mut made = changes.inserts.clone();
    made.extend(remade);
    // Deletes first: what a row made room for must have left.
    for (kind, rows) in [
        (Kind::Delete, &gone),
        (Kind::Insert, &made),
        (Kind::Update, &grown),
        (Kind::Append, &changes.appends),
    ] {
        let mut rest = rows.as_slice();
        while !rest.is_empty() {
            let size = statement_rows(rest, most);
            let (chunk, after) = rest.split_at(size.min(rest.len()));
            run_chunk(session, def, kind, chunk, size)?;
            rest = after;
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Delete,
    Insert,
    Update,
    Append,
}

/// A statement of so many rows for as many or a few less: it is filled up with the last one, which changes
/// nothing when it comes again and is not counted.
fn run_chunk(
    session: &mut Session,
    def: &'static TableDef,
    kind: Kind,
    chunk: &[RowChange],
    size: usize,
) -> Result<(), Failed> {
    let (sql, counts) = match kind {
        Kind::Delete => (sql::delete(def, size), 1),
        Kind::Insert | Kind::Append => (sql::insert(def, size), 1),
        Kind::Update => (sql::update(def, size), 2),
    };
    let mut values = Vec::with_capacity(size * (def.columns.len() + 1));
    for change in (0..size).filter_map(|index| chunk.get(index).or(chunk.last())) {
        values.extend(change.row.iter().map(sql::bound));
        match kind {
            Kind::Delete => values.push(change.base.into()),
            Kind::Insert => values.push(change.ver.into()),
            Kind::Update => values.push(sql::packed(change).map_or(Bound::NULL, Bound::Int)),
            Kind::Append => {}
        }
    }
    let first = &chunk[0];
    let changed = session.exec(&sql, values).map_err(|error| refused(&error, def, first))?;
    point!("apply.statement");
    if changed == counts * chunk.len() as u64 {
        return Ok(());
    }
    Err(match kind {
        Kind::Delete | Kind::Insert | Kind::Update => Failed::Miscounted { def, chunk: chunk.to_vec() },
        Kind::Append => {
            let detail = "the key is there already".to_owned();
            StoreError::Poison { lsn: first.lsn, table: def.name, detail }.into()
        }
    })
}

/// Rows of the next statement, a few more than there are at most: powers of two, for each size is a statement that
/// the server keeps.
fn statement_rows(rows: &[RowChange], most: usize) -> usize {
    let up = rows.len().next_power_of_two();
    let is_near = up - rows.len() <= FILLED_UP.max(rows.len() / FILLED_UP_PART);
    let mut size = if is_near { up } else { up / 2 }.clamp(1, most);
    while 1 < size && CHUNK_BYTES_MAX < rows.iter().take(size).map(bytes).sum() {
        size /= 2;
    }
    size
}

fn bytes(change: &RowChange) -> usize {
    crate::logic::row::row_bytes(&change.row)
}

/// Which of these rows is not in the version that it must have, asked after the transaction is gone.
fn diverged(session: &mut Session, def: &'static TableDef, chunk: &[RowChange]) -> StoreError {
    let keys = chunk.iter().map(|change| key(def, change));
    let values = keys.flat_map(|key| key.iter().map(sql::bound).collect::<Vec<_>>()).collect();
    let found = session.rows(&sql::get(def, chunk.len()), values);
    let found = match found {
        Ok(found) => found,
        Err(error) => return away(&error),
    };
    let stored: Vec<(RowKey, u64)> = found
        .iter()
        .filter_map(|row| sql::stored_row(def, row))
        .map(|row| (RowKey::of(def, &row.row), row.ver))
        .collect();
    let ver = |change: &RowChange| {
        let key = RowKey::of(def, &change.row);
        stored.iter().find(|(stored, _)| *stored == key).map_or(0, |(_, ver)| *ver)
    };
    let culprit = chunk.iter().find(|change| ver(change) != change.base).unwrap_or(&chunk[0]);
    StoreError::Divergence { lsn: culprit.lsn, table: def.name }
}

fn key(def: &TableDef, change: &RowChange) -> crate::logic::row::Row {
    change.row[..def.key_columns.min(change.row.len())].into()
}

/// Rows of one statement.
const CHUNK_ROWS_MAX: usize = 512;
/// Of one statement, unless a single row has more.
const CHUNK_BYTES_MAX: usize = 1 << 20;
/// So many rows are filled up for less than another statement costs …
const FILLED_UP: usize = 8;
/// … and so is this part of all rows.
const FILLED_UP_PART: usize = 4;

#[cfg(test)]
mod tests {
    use proto::ids::Lsn;

    use super::*;

    #[test]
    fn statements_come_in_few_sizes_and_are_hardly_filled_up() {
        let rows: Vec<RowChange> =
            (0..3_000).map(|_| RowChange { lsn: Lsn(1), base: 1, ver: 2, row: [].into() }).collect();
        for count in 1..rows.len() {
            let (mut left, mut filled, mut statements) = (count, 0, 0);
            while left != 0 {
                let size = statement_rows(&rows[..left], CHUNK_ROWS_MAX);
                assert!(size.is_power_of_two() && size <= CHUNK_ROWS_MAX, "{left}: {size}");
                filled += size.saturating_sub(left);
                left -= size.min(left);
                statements += 1;
            }
            assert!(filled <= FILLED_UP.max(count / FILLED_UP_PART), "{count}: {filled}");
            assert!(statements <= count / CHUNK_ROWS_MAX + 4, "{count}: {statements}");
            assert_eq!(statement_rows(&rows[..count], 1), 1);
        }
    }
}
