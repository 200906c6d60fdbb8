//! The list of what is personal against the list of tables.

use super::*;
use crate::tables::{ColumnKind, ReportRow, Row as _, int, text};

#[test]
fn every_table_has_its_line_and_none_has_two() {
    let mut lines: Vec<Table> = PERSONAL.iter().map(|personal| personal.table).collect();
    lines.sort();
    let mut tables = Table::ALL.to_vec();
    tables.sort();
    assert_eq!(lines, tables, "a new table says in proto/src/personal.rs what it holds about people");
}

#[test]
fn every_column_that_a_line_names_is_there() {
    for personal in PERSONAL {
        let def = personal.table.def();
        let column = |name: &str| def.columns.iter().find(|column| column.name == name);
        for name in personal.secret {
            assert!(column(name).is_some_and(|column| column.nullable), "{}.{name}", def.name);
        }
        let ids: &[&str] = match personal.found {
            Found::Columns(columns) => columns,
            Found::Prefix(_) => {
                // A scan of one owner begins below the greatest key of the owner before.
                for key in &def.columns[..def.key_columns] {
                    assert!(matches!(key.kind, ColumnKind::Int { .. }), "{}.{}", def.name, key.name);
                }
                &[def.columns[0].name]
            }
            Found::Nobody => &[],
        };
        for name in ids {
            let is_id =
                column(name).is_some_and(|column| matches!(column.kind, ColumnKind::Int { min: 0, .. }));
            assert!(is_id, "{}.{name} is no id", def.name);
        }
    }
}

/// Text is what people write: a column for it is a reason to think.
#[test]
fn rows_that_are_kept_hold_no_text() {
    for personal in PERSONAL.iter().filter(|personal| personal.erased == Erased::Kept) {
        for column in personal.table.def().columns {
            let is_text = matches!(column.kind, ColumnKind::Text { .. } | ColumnKind::Blob { .. });
            // The name of a switch is nobody's.
            let is_known =
                KEPT_TEXT.contains(&column.name) || (personal.table, column.name) == (Table::Switch, "name");
            assert!(!is_text || is_known, "{:?}.{}", personal.table, column.name);
        }
    }
}

/// Text of machines and of staff in rows that are kept, and matches, which know people by their numbers.
const KEPT_TEXT: &[&str] = &[
    "key", "staff", "deed", "reason", "kind", "options", "seed", "state", "inputs", "outcome", "players",
    "asked", "was", "became", "wish",
];

#[test]
fn a_row_is_found_by_the_columns_that_name_people_and_by_no_other() {
    let ledger = of(Table::Ledger).unwrap();
    let row: Vec<Value> = [9, 0, 4, 5, 7, 2, 3, 1].map(int).into();
    assert!(ledger.names(&row, &[4]) && ledger.names(&row, &[1, 5]));
    assert!(!ledger.names(&row, &[9, 7, 2, 3]));
}

#[test]
fn what_a_login_is_compared_with_is_taken_out() {
    let account = of(Table::Account).unwrap();
    let names: Vec<&str> = Table::Account.def().columns.iter().map(|column| column.name).collect();
    let mut row: Vec<Value> = names.iter().map(|name| text(name)).collect();
    account.redact(&mut row);
    for (name, value) in names.into_iter().zip(row) {
        assert_eq!(value.v.is_none(), name.contains("secret") || name.contains("password"), "{name}");
    }
}

#[test]
fn whoever_is_reported_reads_what_is_said_and_not_by_whom() {
    let report = of(Table::Report).unwrap();
    let row = |account, by_account| {
        let (name, reason, evidence) = ("Bea".to_owned(), "spam".to_owned(), String::new());
        ReportRow { account, by_account, name, reason, evidence, wall_ms: 1 }.values()
    };
    let mut about = row(7, 8);
    assert!(report.names(&about, &[7]) && report.names(&about, &[8]) && !report.names(&about, &[9]));
    report.hide(&mut about, &[7, 70]);
    assert_eq!(about[1].v, None);
    assert_eq!((&about[0], &about[2..]), (&row(7, 8)[0], &row(7, 8)[2..]));
    let mut own = row(7, 8);
    report.hide(&mut own, &[8, 80]);
    assert_eq!(own, row(7, 8), "what it reported itself it knows");
    for personal in PERSONAL {
        let columns = personal.table.def().columns;
        let hides = personal.hides.into_iter().flat_map(|(own, other)| [own, other]);
        let absent: Vec<&str> =
            hides.filter(|name| columns.iter().all(|column| column.name != *name)).collect();
        assert!(absent.is_empty(), "{absent:?}");
    }
}
