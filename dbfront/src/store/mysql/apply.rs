//! One batch, one transaction: the cursor by compare-and-set, then rows many at a time, each with its version
//! in the statement, counted (X1, X2, X6).

use mysql_async::Value as Bound;
use proto::{
    link::{Value, value::V},
    tables::TableDef,
};

use super::{
    failure::{away, describe, refused},
    pieces::{Filling, statement_rows},
    session::{Number, Session},
    sql,
};
use crate::{
    failpoint::point,
    logic::row::{RowKey, row_bytes},
    store::{
        ApplyBatch, RowChange, StoreError, TableChanges,
        hours::{self, HourKey, HourSum},
    },
};

/// See [`crate::store::Store::apply`]. Whatever goes wrong, the transaction is rolled back here: some errors
/// leave it open with half of its statements done, some end it and leave the rest to commit one by one (X3).
/// `cramped`: bytes of a packet, where they are few.
pub(super) fn apply(
    session: &mut Session,
    id: Number,
    batch: &ApplyBatch,
    cramped: Option<usize>,
) -> Result<(), StoreError> {
    let result = apply_rows(session, id, batch, cramped);
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
            // One by one where packets are small: it is the last thing that this process does.
            let pieces = chunk.chunks(if cramped.is_some() { 1 } else { chunk.len() });
            diverged(session, def, &chunk, pieces)
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

fn apply_rows(
    session: &mut Session,
    id: Number,
    batch: &ApplyBatch,
    cramped: Option<usize>,
) -> Result<(), Failed> {
    session.run("START TRANSACTION").map_err(|error| away(&error))?;
    point!("apply.begin");
    move_cursor(session, id, batch)?;
    point!("apply.cursor");
    let rows = if batch.careful { 1 } else { CHUNK_ROWS_MAX };
    for table in &batch.tables {
        apply_table(session, table, Most { rows, packet: cramped })?;
    }
    Ok(add_hours(session, batch)?)
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

/// What the batch's ledger adds to the sums of its hours: numbers only, spelled out, for the server need not keep a
/// statement for each count of them.
fn add_hours(session: &mut Session, batch: &ApplyBatch) -> Result<(), StoreError> {
    let sums: Vec<String> = hours::of(batch)
        .into_iter()
        .map(|(HourKey { hour_ms, reason }, HourSum { gold_in, gold_out, gold_moved, lines })| {
            format!("({hour_ms}, {reason}, {gold_in}, {gold_out}, {gold_moved}, {lines})")
        })
        .collect();
    for chunk in sums.chunks(HOURS_MAX) {
        let sql = format!("{ADD_HOURS} {} {SUMMED}", chunk.join(", "));
        session.run(&sql).map_err(|error| away(&error))?;
    }
    Ok(())
}

/// Of one statement.
#[derive(Clone, Copy)]
struct Most {
    rows: usize,
    /// Bytes, where they are fewer than [`pieces`](super::pieces) has in mind.
    packet: Option<usize>,
}

fn apply_table(session: &mut Session, changes: &TableChanges, most: Most) -> Result<(), Failed> {
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
            let mut size = statement_rows(rest, most.rows, Filling::Some, |change| row_bytes(&change.row));
            if let Some(packet) = most.packet {
                size = within(packet, def, kind, rest, size)?;
            }
            let (chunk, after) = rest.split_at(size.min(rest.len()));
            run_chunk(session, def, kind, chunk, size)?;
            rest = after;
        }
    }
    Ok(())
}

/// As many of these rows as fit a packet.
fn within(
    packet: usize,
    def: &'static TableDef,
    kind: Kind,
    rows: &[RowChange],
    mut size: usize,
) -> Result<usize, StoreError> {
    loop {
        let bytes = packet_bytes(def, kind, &rows[..size.min(rows.len())], size);
        if bytes < packet {
            return Ok(size);
        }
        if size == 1 {
            return Err(StoreError::Packet { lsn: rows[0].lsn, table: def.name, bytes, most: packet });
        }
        size /= 2;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Delete,
    Insert,
    Update,
    Append,
}

impl Kind {
    fn sql(self, def: &TableDef, rows: usize) -> String {
        match self {
            Self::Delete => sql::delete(def, rows),
            Self::Insert | Self::Append => sql::insert(def, rows),
            Self::Update => sql::update(def, rows),
        }
    }
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
    let counts = if kind == Kind::Update { 2 } else { 1 };
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
    let changed = session.exec(&kind.sql(def, size), values).map_err(|error| refused(&error, def, first))?;
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

/// Bytes of the longer of the two packets that a statement takes: its words, or its values.
fn packet_bytes(def: &TableDef, kind: Kind, chunk: &[RowChange], size: usize) -> usize {
    let values = |change: &RowChange| -> usize {
        let of = |value: &Value| match &value.v {
            None | Some(V::Int(_)) => 0,
            Some(V::Text(text)) => text.len(),
            Some(V::Blob(blob)) => blob.len(),
        };
        change.row.iter().map(|value| of(value) + VALUE_BYTES).sum::<usize>() + VALUE_BYTES
    };
    let all = (0..size).filter_map(|index| chunk.get(index).or(chunk.last()));
    HEADER_BYTES + kind.sql(def, size).len().max(all.map(values).sum())
}

/// Which of these rows is not in the version that it must have, asked after the transaction is gone.
fn diverged<'a>(
    session: &mut Session,
    def: &'static TableDef,
    chunk: &[RowChange],
    pieces: impl Iterator<Item = &'a [RowChange]>,
) -> StoreError {
    let mut found = Vec::new();
    for piece in pieces {
        let keys = piece.iter().map(|change| key(def, change));
        let values = keys.flat_map(|key| key.iter().map(sql::bound).collect::<Vec<_>>()).collect();
        match session.rows(&sql::get(def, piece.len()), values) {
            Ok(mut rows) => found.append(&mut rows),
            Err(error) => return away(&error),
        }
    }
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

const ADD_HOURS: &str =
    "INSERT INTO `gold_hour` (`hour_ms`, `reason`, `gold_in`, `gold_out`, `gold_moved`, `lines`) VALUES";
/// A sum that is more than a number becomes the highest one, for it must not stop who applies.
const SUMMED: &str = "ON DUPLICATE KEY UPDATE \
    `gold_in` = LEAST(CAST(`gold_in` AS DECIMAL(20, 0)) + VALUES(`gold_in`), 9223372036854775807), \
    `gold_out` = LEAST(CAST(`gold_out` AS DECIMAL(20, 0)) + VALUES(`gold_out`), 9223372036854775807), \
    `gold_moved` = LEAST(CAST(`gold_moved` AS DECIMAL(20, 0)) + VALUES(`gold_moved`), 9223372036854775807), \
    `lines` = `lines` + VALUES(`lines`)";
/// Hours and reasons of one statement.
const HOURS_MAX: usize = 64;
/// Rows of one statement.
const CHUNK_ROWS_MAX: usize = 512;
/// Of a value, beside a text: its kind, whether it is there, its length or the number itself.
const VALUE_BYTES: usize = 12;
/// Of a packet.
const HEADER_BYTES: usize = 64;
