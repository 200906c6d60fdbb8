//! The statements of a table, made from its definition, and values as SQLite binds and returns them.

use bytes::Bytes;
use proto::{
    link::{Value, value::V},
    tables::TableDef,
};
use rusqlite::{
    ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};

/// `INSERT`: all columns, then `ver`; nothing happens if the key is there.
pub(super) fn insert(def: &TableDef) -> String {
    format!(
        "INSERT INTO {} ({}, ver) VALUES ({}) ON CONFLICT DO NOTHING",
        def.name,
        columns(def),
        marks(def.columns.len() + 1, 1)
    )
}

/// `UPDATE`: all columns, then `ver`, then the base version.
pub(super) fn update(def: &TableDef) -> String {
    let set: Vec<String> = (def.key_columns..def.columns.len())
        .map(|index| format!("{} = ?{}", def.columns[index].name, index + 1))
        .collect();
    let ver = def.columns.len() + 1;
    let comma = if set.is_empty() { "" } else { ", " };
    format!(
        "UPDATE {} SET {}{comma}ver = ?{ver} WHERE {} AND ver = ?{}",
        def.name,
        set.join(", "),
        key_is(def),
        ver + 1
    )
}

/// `DELETE`: key columns, then the base version.
pub(super) fn delete(def: &TableDef) -> String {
    format!("DELETE FROM {} WHERE {} AND ver = ?{}", def.name, key_is(def), def.key_columns + 1)
}

/// `INSERT` of so many rows into an append-only table.
pub(super) fn append(def: &TableDef, rows: usize) -> String {
    let width = def.columns.len();
    let values: Vec<String> = (0..rows).map(|row| format!("({})", marks(width, row * width + 1))).collect();
    format!("INSERT INTO {} ({}) VALUES {}", def.name, columns(def), values.join(", "))
}

/// `SELECT` by key: all columns, then `ver`.
pub(super) fn get(def: &TableDef) -> String {
    format!("SELECT {} FROM {} WHERE {}", selected(def), def.name, key_is(def))
}

/// `SELECT` in key order: the row limit first, then the columns that the key must begin with, then the rest of
/// the key to begin after, if any.
pub(super) fn scan(def: &TableDef, prefix: usize, from_start: bool) -> String {
    let mut conditions: Vec<String> =
        (0..prefix).map(|index| format!("{} = ?{}", def.columns[index].name, index + 2)).collect();
    if !from_start {
        let rest: Vec<&str> = def.columns[prefix..def.key_columns].iter().map(|column| column.name).collect();
        conditions.push(format!("({}) > ({})", rest.join(", "), marks(rest.len(), prefix + 2)));
    }
    let condition =
        if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    let keys = names(def, def.key_columns);
    format!("SELECT {} FROM {}{condition} ORDER BY {keys} LIMIT ?1", selected(def), def.name)
}

/// `SELECT` against key order: the row limit first, then the key to begin before, if any.
pub(super) fn latest(def: &TableDef, from_end: bool) -> String {
    let keys = names(def, def.key_columns);
    let condition =
        if from_end { String::new() } else { format!(" WHERE ({keys}) < ({})", marks(def.key_columns, 2)) };
    let last_first: Vec<String> =
        def.columns[..def.key_columns].iter().map(|column| format!("{} DESC", column.name)).collect();
    format!(
        "SELECT {} FROM {}{condition} ORDER BY {} LIMIT ?1",
        selected(def),
        def.name,
        last_first.join(", ")
    )
}

fn selected(def: &TableDef) -> String {
    let ver = if def.append { "0" } else { "ver" };
    format!("{}, {ver}", columns(def))
}

fn columns(def: &TableDef) -> String {
    names(def, def.columns.len())
}

fn names(def: &TableDef, count: usize) -> String {
    let names: Vec<&str> = def.columns[..count].iter().map(|column| column.name).collect();
    names.join(", ")
}

fn marks(count: usize, first: usize) -> String {
    let marks: Vec<String> = (first..first + count).map(|number| format!("?{number}")).collect();
    marks.join(", ")
}

fn key_is(def: &TableDef) -> String {
    let parts: Vec<String> =
        (0..def.key_columns).map(|index| format!("{} = ?{}", def.columns[index].name, index + 1)).collect();
    parts.join(" AND ")
}

/// A value to bind, by reference.
pub(in crate::store) struct Bound<'a>(pub(in crate::store) &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match &self.0.v {
            None => ValueRef::Null,
            Some(V::Int(number)) => ValueRef::Integer(*number),
            Some(V::Text(text)) => ValueRef::Text(text.as_bytes()),
            Some(V::Blob(blob)) => ValueRef::Blob(blob),
        }))
    }
}

/// A value from a column.
pub(in crate::store) struct Found(pub(in crate::store) Value);

impl FromSql for Found {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let v = match value {
            ValueRef::Null => None,
            ValueRef::Integer(number) => Some(V::Int(number)),
            ValueRef::Text(_) => Some(V::Text(value.as_str()?.to_owned())),
            ValueRef::Blob(blob) => Some(V::Blob(Bytes::copy_from_slice(blob))),
            ValueRef::Real(_) => return Err(FromSqlError::InvalidType),
        };
        Ok(Self(Value { v }))
    }
}
