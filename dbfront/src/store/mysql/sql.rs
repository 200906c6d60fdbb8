//! The statements of a table, made from its definition, and values as the server binds and returns them. Names
//! are quoted: some are words of SQL here.

use std::sync::Arc;

use mysql_async::{Row as Found, Value as Bound};
use proto::{
    link::{Value, value::V},
    tables::{ColumnKind, TableDef},
};

use crate::{logic::row::StoredRow, store::RowChange};

/// `INSERT` of so many rows: all columns, then `ver` in keyed tables. One whose key is there is not counted.
pub(super) fn insert(def: &TableDef, rows: usize) -> String {
    let key = def.columns[0].name;
    format!("{} ON DUPLICATE KEY UPDATE `{key}` = `{key}`", values(def, rows))
}

/// `UPDATE` of so many rows, as an insert whose keys are there: all columns, then [`packed`] in place of `ver`.
/// Every row whose stored version is its base changes and counts two; a missing one would count one and leave
/// nonsense, one of another version counts none: the sum tells whether all is well.
pub(super) fn update(def: &TableDef, rows: usize) -> String {
    let is_base = format!("`ver` = VALUES(`ver`) >> {GROWTH_BITS}");
    let set: String = def.columns[def.key_columns..]
        .iter()
        .map(|column| format!("`{0}` = IF({is_base}, VALUES(`{0}`), `{0}`), ", column.name))
        .collect();
    // Last: what stands left of it must still see the stored version.
    format!(
        "{} ON DUPLICATE KEY UPDATE {set}`ver` = IF({is_base}, `ver` + (VALUES(`ver`) & {}), `ver`)",
        values(def, rows),
        (1u64 << GROWTH_BITS) - 1
    )
}

fn values(def: &TableDef, rows: usize) -> String {
    let ver = if def.append { "" } else { ", `ver`" };
    let width = def.columns.len() + usize::from(!def.append);
    let values = vec![format!("({})", vec!["?"; width].join(", ")); rows].join(", ");
    format!("INSERT INTO `{}` ({}{ver}) VALUES {values}", def.name, columns(def))
}

/// Base version and growth in one number, for only columns of the table can be given to an upsert row by row.
/// None: it shrank or stayed, or is beyond what fits; such a row is deleted and made again.
pub(super) fn packed(change: &RowChange) -> Option<i64> {
    let growth =
        change.ver.checked_sub(change.base).filter(|growth| (1..1 << GROWTH_BITS).contains(growth))?;
    let base = Some(change.base).filter(|base| *base < 1 << (63 - GROWTH_BITS))?;
    i64::try_from(base << GROWTH_BITS | growth).ok()
}

/// `DELETE` of so many rows: key columns, then the base version, each.
pub(super) fn delete(def: &TableDef, rows: usize) -> String {
    format!("DELETE FROM `{}` WHERE {}", def.name, any_of(def, rows, " AND `ver` = ?"))
}

/// `SELECT` by so many keys: all columns, then `ver`.
pub(super) fn get(def: &TableDef, keys: usize) -> String {
    format!("SELECT {} FROM `{}` WHERE {}", selected(def), def.name, any_of(def, keys, ""))
}

/// `SELECT` in key order: the columns that the key must begin with; [`beyond`]; the row limit.
pub(super) fn scan(def: &TableDef, prefix: usize, from_start: bool) -> String {
    let after = if from_start { "TRUE".to_owned() } else { beyond(def, prefix, '>') };
    let keys = names(def, def.key_columns);
    let prefix = equal(def, 0..prefix);
    format!("SELECT {} FROM `{}` WHERE {prefix}{after} ORDER BY {keys} LIMIT ?", selected(def), def.name)
}

/// `SELECT` against the key order: [`beyond`] if it does not begin at the end, then the row limit.
pub(super) fn latest(def: &TableDef, from_end: bool) -> String {
    let before = if from_end { "TRUE".to_owned() } else { beyond(def, 0, '<') };
    let last_first: Vec<String> =
        def.columns[..def.key_columns].iter().map(|column| format!("`{}` DESC", column.name)).collect();
    let last_first = last_first.join(", ");
    format!("SELECT {} FROM `{}` WHERE {before} ORDER BY {last_first} LIMIT ?", selected(def), def.name)
}

/// After or before a key, whose first columns are equal anyway: one column more each time. Spelled out, for only
/// so do both servers begin at the right place of the index.
fn beyond(def: &TableDef, prefix: usize, sign: char) -> String {
    let parts: Vec<String> = (prefix..def.key_columns)
        .map(|last| format!("({}`{}` {sign} ?)", equal(def, prefix..last), def.columns[last].name))
        .collect();
    format!("({})", parts.join(" OR "))
}

fn equal(def: &TableDef, columns: std::ops::Range<usize>) -> String {
    def.columns[columns].iter().map(|column| format!("`{}` = ? AND ", column.name)).collect()
}

/// Values for [`scan`] and, without a prefix, for [`latest`].
pub(super) fn range_values(prefix: &[Value], beyond: &[Value], rows_max: usize) -> Vec<Bound> {
    let rest = beyond.get(prefix.len()..).unwrap_or_default();
    let mut values: Vec<Bound> = prefix.iter().map(bound).collect();
    for last in 1..=rest.len() {
        values.extend(rest[..last].iter().map(bound));
    }
    values.push(Bound::UInt(u64::try_from(rows_max).unwrap_or(u64::MAX)));
    values
}

fn any_of(def: &TableDef, rows: usize, and: &str) -> String {
    let parts: Vec<String> =
        def.columns[..def.key_columns].iter().map(|column| format!("`{}` = ?", column.name)).collect();
    vec![format!("({}{and})", parts.join(" AND ")); rows].join(" OR ")
}

fn selected(def: &TableDef) -> String {
    let ver = if def.append { "0" } else { "`ver`" };
    format!("{}, {ver}", columns(def))
}

fn columns(def: &TableDef) -> String {
    names(def, def.columns.len())
}

fn names(def: &TableDef, count: usize) -> String {
    let names: Vec<String> = def.columns[..count].iter().map(|column| format!("`{}`", column.name)).collect();
    names.join(", ")
}

/// A value to bind.
pub(super) fn bound(value: &Value) -> Bound {
    match &value.v {
        None => Bound::NULL,
        Some(V::Int(number)) => Bound::Int(*number),
        Some(V::Text(text)) => Bound::Bytes(text.as_bytes().to_vec()),
        Some(V::Blob(blob)) => Bound::Bytes(blob.to_vec()),
    }
}

/// A row that [`get`] or [`scan`] found; nothing if it is not of this table.
pub(super) fn stored_row(def: &TableDef, row: &Found) -> Option<StoredRow> {
    let values: Option<Vec<Value>> = def
        .columns
        .iter()
        .enumerate()
        .map(|(index, column)| found(column.kind, row.as_ref(index)?))
        .collect();
    let ver = super::session::int(row, def.columns.len())?;
    Some(StoredRow { ver: ver.cast_unsigned(), row: Arc::from(values?) })
}

pub(super) fn found(kind: ColumnKind, value: &Bound) -> Option<Value> {
    let v = match (kind, value) {
        (_, Bound::NULL) => None,
        (ColumnKind::Int { .. }, Bound::Int(number)) => Some(V::Int(*number)),
        (ColumnKind::Text { .. }, Bound::Bytes(bytes)) => {
            Some(V::Text(String::from_utf8(bytes.clone()).ok()?))
        }
        (ColumnKind::Blob { .. }, Bound::Bytes(bytes)) => Some(V::Blob(bytes.clone().into())),
        _ => return None,
    };
    Some(Value { v })
}

/// Of the number that carries base and growth: a batch changes a row less than a million times.
const GROWTH_BITS: u32 = 20;

#[cfg(test)]
mod tests {
    use proto::{ids::Lsn, tables::Table};

    use super::*;

    fn change(base: u64, ver: u64) -> RowChange {
        RowChange { lsn: Lsn(1), base, ver, row: Arc::from([]) }
    }

    #[test]
    fn a_version_that_grows_is_one_number_and_any_other_is_none() {
        assert_eq!(packed(&change(3, 4)), Some(3 << 20 | 1));
        assert_eq!(packed(&change((1 << 43) - 1, (1 << 43) + 9)), Some(((1 << 43) - 1) << 20 | 10));
        for (base, ver) in [(4, 4), (4, 1), (1, 2 + (1 << 20)), (1 << 43, (1 << 43) + 1)] {
            assert_eq!(packed(&change(base, ver)), None, "{base} to {ver}");
        }
    }

    #[test]
    fn a_scan_begins_after_a_key_column_by_column() {
        let def = Table::Item.def();
        let sql = scan(def, 0, false);
        assert!(sql.contains("WHERE ((`holder` > ?) OR (`holder` = ? AND `id` > ?)) ORDER BY"), "{sql}");
        let sql = scan(def, 1, false);
        assert!(sql.contains("WHERE `holder` = ? AND ((`id` > ?)) ORDER BY `holder`, `id` LIMIT ?"), "{sql}");
        let sql = scan(def, 1, true);
        assert!(sql.contains("WHERE `holder` = ? AND TRUE ORDER BY"), "{sql}");
    }
}
