//! Rows of any table as JSON and as text: columns by the names that the table gives them. Knows no table.

use proto::{
    link::{Value as Cell, value::V},
    personal,
    tables::{Table, TableDef},
};
use serde_json::{Map, Value};

use crate::{clock, roles::journal::hex};

/// A row as an object; columns that are shown to nobody are left out.
#[must_use]
pub fn row_json(table: Table, row: &[Cell]) -> Value {
    let cells = shown(table, row).map(|(name, cell)| (name.to_owned(), cell_json(cell)));
    Value::Object(cells.collect::<Map<_, _>>())
}

/// A row as lines of `name value`; what is not there is left out.
#[must_use]
pub fn row_lines(table: Table, row: &[Cell]) -> Vec<(&'static str, String)> {
    let cells = shown(table, row).filter(|(_, cell)| cell.v.is_some());
    cells.map(|(name, cell)| (name, cell_text(name, cell))).collect()
}

/// One column of a row.
#[must_use]
pub fn cell<'a>(def: &TableDef, row: &'a [Cell], name: &str) -> Option<&'a Cell> {
    row.get(def.columns.iter().position(|column| column.name == name)?)
}

/// One column of a row as a number.
#[must_use]
pub fn number(table: Table, row: &[Cell], name: &str) -> u64 {
    match cell(table.def(), row, name).and_then(|cell| cell.v.as_ref()) {
        Some(V::Int(number)) => u64::try_from(*number).unwrap_or(0),
        _ => 0,
    }
}

/// One column of a row as text, empty for NULL.
#[must_use]
pub fn text(table: Table, row: &[Cell], name: &str) -> String {
    cell(table.def(), row, name).map(|cell| cell_text(name, cell)).unwrap_or_default()
}

fn shown(table: Table, row: &[Cell]) -> impl Iterator<Item = (&'static str, &Cell)> {
    let secret = personal::of(table).map_or(&[][..], |personal| personal.secret);
    let cells = table.def().columns.iter().map(|column| column.name).zip(row);
    cells.filter(move |(name, _)| !secret.contains(name))
}

fn cell_json(cell: &Cell) -> Value {
    match &cell.v {
        None => Value::Null,
        Some(V::Int(number)) => (*number).into(),
        Some(V::Text(text)) => text.clone().into(),
        Some(V::Blob(blob)) => hex(blob).into(),
    }
}

fn cell_text(name: &str, cell: &Cell) -> String {
    match &cell.v {
        None => String::new(),
        Some(V::Int(i64::MAX)) if name.ends_with("_ms") => FOR_EVER.to_owned(),
        Some(V::Int(number)) if name.ends_with("_ms") => moment(*number),
        Some(V::Int(number)) => number.to_string(),
        Some(V::Text(text)) => plain(text),
        Some(V::Blob(blob)) => hex(blob),
    }
}

/// Milliseconds since 1970 as a date and time, UTC.
#[must_use]
pub fn moment(ms: i64) -> String {
    clock::utc(std::time::Duration::from_millis(u64::try_from(ms).unwrap_or(0)))
}

/// What players wrote, without what could disturb a terminal.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

/// A moment that never comes.
pub const FOR_EVER: &str = "for ever";

#[cfg(test)]
mod tests {
    use proto::tables::{int, text as words};

    use super::*;

    #[test]
    fn a_row_of_an_account_shows_no_hash_and_cannot_write_to_the_terminal() {
        let def = Table::Account.def();
        let row = def.columns.iter().map(|column| match column.name {
            "id" => int(7),
            "created_ms" => int(951_782_399_000),
            name => words(&format!("{name}\u{1b}[31m")),
        });
        let row: Vec<Cell> = row.collect();
        let value = row_json(Table::Account, &row);
        assert_eq!(value["id"], 7);
        assert!(value.get("password").is_none() && value.get("secret_hash").is_none());
        let lines = row_lines(Table::Account, &row);
        assert!(lines.contains(&("created_ms", "2000-02-28T23:59:59.000Z".to_owned())), "{lines:?}");
        assert!(lines.iter().all(|(_, text)| !text.contains('\u{1b}')), "{lines:?}");
    }
}
