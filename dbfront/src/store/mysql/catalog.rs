//! Compares the server's own description of our tables with the one definition (A5): engine, names, order,
//! types, lengths, NULL, collations, keys.

use std::collections::HashMap;

use proto::tables::{ColumnKind, Table, TableDef};

use super::{
    failure::away,
    session::{self, Session},
};
use crate::store::{StoreError, hours};

/// A column as the catalog has it.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    name: String,
    /// Without the width of numbers, which one server tells and the other does not.
    kind: String,
    nullable: bool,
    /// Empty for what is not text.
    collation: String,
    /// From 1 within the primary key; 0: not part of it.
    key: i64,
}

/// Refuses a database whose tables are not the definition's, with all that differs.
pub(super) fn check(session: &mut Session) -> Result<(), StoreError> {
    let mut wrong = Vec::new();
    for (name, engine) in engines(session)? {
        if !engine.eq_ignore_ascii_case("InnoDB") {
            wrong.push(format!("{name} is of engine {engine}: ALTER TABLE `{name}` ENGINE = InnoDB"));
        }
    }
    let mut tables = columns(session)?;
    for table in Table::ALL {
        let def = table.def();
        let (found, expected) = (tables.remove(def.name).unwrap_or_default(), expected(def));
        if found == expected {
            continue;
        }
        let column = found.iter().zip(&expected).find(|(found, expected)| found != expected);
        wrong.push(match column {
            Some((found, expected)) => format!("table {}: {found:?} instead of {expected:?}", def.name),
            None => {
                format!("table {}: {} columns instead of {}", def.name, found.len(), expected.len())
            }
        });
    }
    if wrong.is_empty() { Ok(()) } else { Err(StoreError::Unsafe { what: wrong.join("; ") }) }
}

/// Engines of our tables, those of the journal's position and of migrations too.
fn engines(session: &mut Session) -> Result<Vec<(String, String)>, StoreError> {
    let sql = "SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() \
               ORDER BY TABLE_NAME";
    let rows = session.rows(sql, Vec::new()).map_err(|error| away(&error))?;
    let is_ours = |name: &str| {
        ["journal_cursor", "migration", hours::TABLE].contains(&name)
            || Table::ALL.iter().any(|table| table.def().name == name)
    };
    let pairs = rows.iter().map(|row| (session::text(row, 0), session::text(row, 1)));
    Ok(pairs.filter(|(name, _)| is_ours(name)).collect())
}

/// Of every table, in one question: each costs the server a look into all of its tables' files.
fn columns(session: &mut Session) -> Result<HashMap<String, Vec<Found>>, StoreError> {
    let sql = "SELECT c.TABLE_NAME, c.COLUMN_NAME, c.COLUMN_TYPE, c.IS_NULLABLE, COALESCE(c.COLLATION_NAME, ''), \
               COALESCE(k.SEQ_IN_INDEX, 0) \
               FROM information_schema.COLUMNS c LEFT JOIN information_schema.STATISTICS k \
               ON k.TABLE_SCHEMA = DATABASE() AND k.TABLE_NAME = c.TABLE_NAME \
               AND k.COLUMN_NAME = c.COLUMN_NAME AND k.INDEX_NAME = 'PRIMARY' \
               WHERE c.TABLE_SCHEMA = DATABASE() ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION";
    let rows = session.rows(sql, Vec::new()).map_err(|error| away(&error))?;
    let mut tables: HashMap<String, Vec<Found>> = HashMap::new();
    for row in &rows {
        tables.entry(session::text(row, 0)).or_default().push(Found {
            name: session::text(row, 1),
            kind: without_width(&session::text(row, 2)),
            nullable: session::text(row, 3) == "YES",
            collation: session::text(row, 4),
            key: session::int(row, 5).unwrap_or(0),
        });
    }
    Ok(tables)
}

/// `bigint(20)` as `bigint`.
fn without_width(kind: &str) -> String {
    match kind.split_once('(') {
        Some((number, rest)) if number.ends_with("int") => {
            format!("{number}{}", rest.split_once(')').map_or("", |(_, rest)| rest))
        }
        _ => kind.to_owned(),
    }
}

fn expected(def: &TableDef) -> Vec<Found> {
    let mut expected: Vec<Found> = def
        .columns
        .iter()
        .zip(1..)
        .map(|(column, number)| {
            let is_key = usize::try_from(number).is_ok_and(|number| number <= def.key_columns);
            let (kind, collation) = match column.kind {
                ColumnKind::Int { .. } => ("bigint".to_owned(), ""),
                // Keys are equal where their bytes are; the definition's bound is in bytes, the column's of
                // other text in characters, which are no fewer.
                ColumnKind::Text { max } if is_key => (format!("varbinary({max})"), ""),
                ColumnKind::Text { max } => (format!("varchar({max})"), "utf8mb4_bin"),
                // A row of a table may not be wider, but for what lies outside of it; the definition bounds that.
                ColumnKind::Blob { max } if usize::from(u16::MAX) < max => ("mediumblob".to_owned(), ""),
                ColumnKind::Blob { max } => (format!("varbinary({max})"), ""),
            };
            Found {
                name: column.name.to_owned(),
                kind,
                nullable: column.nullable,
                collation: collation.to_owned(),
                key: if is_key { number } else { 0 },
            }
        })
        .collect();
    if !def.append {
        let (name, kind, collation) = ("ver".to_owned(), "bigint".to_owned(), String::new());
        expected.push(Found { name, kind, nullable: false, collation, key: 0 });
    }
    expected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_servers_words_for_a_type_are_the_same() {
        for (told, kind) in [
            ("bigint(20)", "bigint"),
            ("bigint", "bigint"),
            ("bigint(20) unsigned", "bigint unsigned"),
            ("varchar(64)", "varchar(64)"),
        ] {
            assert_eq!(without_width(told), kind);
        }
    }
}
