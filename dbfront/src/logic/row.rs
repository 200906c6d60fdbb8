//! Rows as dbfront moves them: decoded once, shared by reference between overlay and applier, and keys
//! that order as the database orders them. Knows no records and no SQL.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use proto::{
    ids::Lsn,
    limits::SCAN_ROWS_MAX,
    link::{Value, value::V},
    tables::{ColumnKind, Table, TableDef},
};

/// All columns of a row but its version, or the key columns of a deleted one.
pub type Row = Arc<[Value]>;

/// A row's key. Within one table all keys are of one variant, and compare as the database compares them:
/// numbers as numbers, text as bytes, column by column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    /// One number.
    Int(i64),
    /// Anything else, encoded so that bytes compare as the columns do.
    Bytes(Arc<[u8]>),
}

impl RowKey {
    /// The key of a row, or of a key's columns alone.
    #[must_use]
    pub fn of(def: &TableDef, row: &[Value]) -> Self {
        let key = &row[..def.key_columns.min(row.len())];
        if let [Value { v: Some(V::Int(number)) }] = key {
            return Self::Int(*number);
        }
        Self::Bytes(encode(key).into())
    }

    /// Bounds of all keys that begin with these columns, fewer than a key has: they come after the first bound
    /// and up to the second. Neither is a key.
    #[must_use]
    pub fn range_of(prefix: &[Value]) -> (Self, Self) {
        let first = encode(prefix);
        let mut last = first.clone();
        // The first byte says what the first column is, so there is one to count up.
        while last.pop_if(|byte| *byte == u8::MAX).is_some() {}
        if let Some(byte) = last.last_mut() {
            *byte += 1;
        }
        (Self::Bytes(first.into()), Self::Bytes(last.into()))
    }

    /// Heap bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Int(_) => 0,
            Self::Bytes(bytes) => bytes.len() + 16,
        }
    }
}

/// Column by column, each with its kind and so that none is the beginning of another.
fn encode(columns: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(columns.len() * 9);
    for value in columns {
        match &value.v {
            None => bytes.push(0),
            Some(V::Int(number)) => {
                bytes.push(1);
                bytes.extend_from_slice(&(number ^ i64::MIN).to_be_bytes());
            }
            Some(V::Text(text)) => put_ended(&mut bytes, text.as_bytes()),
            Some(V::Blob(blob)) => put_ended(&mut bytes, blob),
        }
    }
    bytes
}

/// Zero bytes are escaped and the end is two of them, so that a prefix sorts before what it begins.
fn put_ended(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(2);
    for &byte in bytes {
        out.push(byte);
        if byte == 0 {
            out.push(0xff);
        }
    }
    out.extend_from_slice(&[0, 0]);
}

/// So many rows of a table, as large as they may be, are read at a time: what is found has to be in memory at once.
#[must_use]
pub fn rows_at_once(def: &TableDef) -> usize {
    let bytes = def.columns.iter().map(|column| match column.kind {
        ColumnKind::Int { .. } => size_of::<i64>(),
        ColumnKind::Text { max } | ColumnKind::Blob { max } => max,
    });
    (READ_BYTES_MAX / bytes.sum::<usize>().max(1)).clamp(1, SCAN_ROWS_MAX)
}

/// Of rows read at a time.
const READ_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a change does to its row.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The whole row after it.
    Upsert(Row),
    /// The key columns.
    Delete(Row),
    /// A whole row of an append-only table.
    Append(Row),
}

/// One mutation of one record.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its record.
    pub lsn: Lsn,
    /// Its table.
    pub table: Table,
    /// Its row.
    pub key: RowKey,
    /// The row's version after it; 0 for an append.
    pub ver: u64,
    /// What it does.
    pub action: Action,
}

/// A row as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRow {
    /// Its version; 0 in append-only tables.
    pub ver: u64,
    /// Its columns.
    pub row: Row,
}

/// Memory that a row takes, for budgets: an estimate that errs upwards.
#[must_use]
pub fn row_bytes(row: &[Value]) -> usize {
    let heap: usize = row
        .iter()
        .map(|value| match &value.v {
            None | Some(V::Int(_)) => 0,
            Some(V::Text(text)) => text.len() + 16,
            Some(V::Blob(blob)) => blob.len() + 48,
        })
        .sum();
    heap + size_of_val(row) + 32
}
