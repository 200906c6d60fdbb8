//! Compares the database's own description of its tables with the one definition (A5).

use proto::tables::{ColumnKind, Table, TableDef};
use rusqlite::Connection;

use super::away;
use crate::store::StoreError;

/// A column as the catalog has it.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    name: String,
    kind: String,
    not_null: bool,
    /// From 1 within the primary key; 0: not part of it.
    key: u32,
}

/// Refuses a database whose tables are not the definition's: names, order, types, NULL, keys.
pub(super) fn check(connection: &Connection) -> Result<(), StoreError> {
    for table in Table::ALL {
        let def = table.def();
        let found = columns(connection, def).map_err(|error| away(&error))?;
        let expected = expected(def);
        if found != expected {
            let column = found.iter().zip(&expected).find(|(found, expected)| found != expected);
            let what = match column {
                Some((found, expected)) => format!("{found:?} instead of {expected:?}"),
                None => format!("{} columns instead of {}", found.len(), expected.len()),
            };
            return Err(StoreError::Unsafe { what: format!("table {}: {what}", def.name) });
        }
    }
    Ok(())
}

fn expected(def: &TableDef) -> Vec<Found> {
    let key_columns: Vec<&str> = def.columns[..def.key_columns].iter().map(|column| column.name).collect();
    let mut expected: Vec<Found> = def
        .columns
        .iter()
        .zip(1..)
        .map(|(column, number)| Found {
            name: column.name.to_owned(),
            kind: match column.kind {
                ColumnKind::Int { .. } => "INTEGER",
                ColumnKind::Text { .. } => "TEXT",
                ColumnKind::Blob { .. } => "BLOB",
            }
            .to_owned(),
            not_null: !column.nullable,
            key: if key_columns.contains(&column.name) { number } else { 0 },
        })
        .collect();
    if !def.append {
        expected.push(Found { name: "ver".into(), kind: "INTEGER".into(), not_null: true, key: 0 });
    }
    expected
}

fn columns(connection: &Connection, def: &TableDef) -> rusqlite::Result<Vec<Found>> {
    let mut statement =
        connection.prepare("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1) ORDER BY cid")?;
    let rows = statement.query_map([def.name], |row| {
        Ok(Found { name: row.get(0)?, kind: row.get(1)?, not_null: row.get(2)?, key: row.get(3)? })
    })?;
    rows.collect()
}
