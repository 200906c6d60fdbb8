//! Stored rows as pages get them: columns by the names that the table gives them, numbers that a browser cannot hold
//! exactly as text, what is secret not at all. Knows no table.

use proto::{
    link::{Value as Cell, value::V},
    personal,
    tables::{ColumnKind, Table},
};
use serde_json::{Map, Value};

use crate::logic::hex;

/// A row as an object. Numbers of columns that may hold more than 53 bits are text, but moments (`…_ms`), which are
/// numbers or `for_ever`.
pub(super) fn json(table: Table, row: &[Cell]) -> Value {
    let secret = personal::of(table).map_or(&[][..], |personal| personal.secret);
    let cells = table.def().columns.iter().zip(row).filter(|(column, _)| !secret.contains(&column.name));
    let cells = cells.map(|(column, cell)| {
        let value = match (&cell.v, column.kind) {
            (None, _) => Value::Null,
            (Some(V::Int(i64::MAX)), _) if column.name.ends_with("_ms") => FOR_EVER.into(),
            (Some(V::Int(number)), _) if column.name.ends_with("_ms") => (*number).into(),
            (Some(V::Int(number)), ColumnKind::Int { max, .. }) if EXACT_MAX < max => {
                number.to_string().into()
            }
            (Some(V::Int(number)), _) => (*number).into(),
            (Some(V::Text(text)), _) => text.clone().into(),
            (Some(V::Blob(blob)), _) => hex::encode(blob).into(),
        };
        (column.name.to_owned(), value)
    });
    Value::Object(cells.collect::<Map<_, _>>())
}

/// One column as a number; 0 where there is none.
pub(super) fn number(table: Table, row: &[Cell], name: &str) -> u64 {
    match cell(table, row, name) {
        Some(V::Int(number)) => u64::try_from(*number).unwrap_or(0),
        _ => 0,
    }
}

/// One column as text; empty where there is none.
pub(super) fn text<'a>(table: Table, row: &'a [Cell], name: &str) -> &'a str {
    match cell(table, row, name) {
        Some(V::Text(text)) => text,
        _ => "",
    }
}

fn cell<'a>(table: Table, row: &'a [Cell], name: &str) -> Option<&'a V> {
    row.get(table.def().columns.iter().position(|column| column.name == name)?)?.v.as_ref()
}

/// A key as it travels to a page and back: numbers joined by points. Only keys of numbers travel so.
pub(super) fn key_text(key: &[Cell]) -> String {
    let parts = key.iter().map(|cell| match cell.v {
        Some(V::Int(number)) => number.to_string(),
        _ => String::new(),
    });
    parts.collect::<Vec<_>>().join(".")
}

/// The same back; nothing for anything else.
pub(super) fn key_of(text: &str, columns: usize) -> Option<Vec<Cell>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let parts = text.split('.').map(|part| part.parse().ok().map(proto::tables::int));
    parts.collect::<Option<Vec<Cell>>>().filter(|key| key.len() == columns)
}

/// Whole numbers that every browser holds.
const EXACT_MAX: i64 = (1 << 53) - 1;
const FOR_EVER: &str = "for_ever";

#[cfg(test)]
mod tests {
    use proto::tables::{AccountRow, RestrictionRow, Row as _};
    use serde_json::json as value;

    use super::*;

    #[test]
    fn ids_are_text_moments_are_numbers_and_secrets_are_nowhere() {
        let account = AccountRow {
            id: u64::MAX >> 1,
            name: Some("<b>Anna</b>".to_owned()),
            secret_hash: None,
            password: Some("$argon2id$…".to_owned()),
            session_gen: 7,
            cseq_last: 9,
            cseq_ok: proto::tables::Bits(0),
            created_ms: 1_700_000_000_000,
        };
        let row = json(Table::Account, &account.values());
        assert_eq!(row["id"], "9223372036854775807");
        assert_eq!((&row["name"], &row["session_gen"]), (&value!("<b>Anna</b>"), &value!(7)));
        assert_eq!(row["created_ms"], value!(1_700_000_000_000_u64));
        assert!(row.get("password").is_none() && row.get("secret_hash").is_none());
        let banned = RestrictionRow {
            account: 5,
            banned_until_ms: Some(i64::MAX.cast_unsigned()),
            ban_reason: None,
            muted_until_ms: None,
        };
        let row = json(Table::Restriction, &banned.values());
        assert_eq!((&row["banned_until_ms"], &row["muted_until_ms"]), (&value!("for_ever"), &Value::Null));
    }

    #[test]
    fn a_place_in_a_table_comes_back_from_a_page() {
        let key = key_of("77.3", 2).expect("a key");
        assert_eq!(key_text(&key), "77.3");
        assert_eq!(key_of("", 2), Some(Vec::new()));
        for wrong in ["77", "77.3.1", "a.b", "77."] {
            assert_eq!(key_of(wrong, 2), None, "{wrong}");
        }
    }
}
