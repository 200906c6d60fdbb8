//! An export over a real control socket of a game that is a script.

use std::sync::{Arc, Mutex};

use proto::{
    limits::{CHARACTERS_KEPT_MAX, MAILBOX_MAX},
    link::{ControlResponse, Row, StaffResponse, control_request, staff_request::What},
    tables::int,
};

use super::*;
use crate::{control::server::listen_with, data::DataFolder, roles::Role};

/// Ids as a world has them that is in its millionth term.
const FIRST: u64 = 1_000_000 << 32;
const CHARACTERS: usize = 4;
const _: () = assert!(CHARACTERS <= CHARACTERS_KEPT_MAX);

/// A row of which only these columns say anything.
fn row(table: Table, named: &[(&str, u64)]) -> Row {
    let columns = table.def().columns.iter();
    let cells = columns.map(|column| match named.iter().find(|(name, _)| *name == column.name) {
        Some((_, id)) => int(id.cast_signed()),
        None => Cell::default(),
    });
    Row { ver: 1, row: cells.collect() }
}

fn characters() -> Vec<Row> {
    (1..=CHARACTERS as u64).map(|n| row(Table::Character, &[("account", FIRST), ("id", FIRST + n)])).collect()
}

fn letters() -> Vec<Row> {
    let one = |of, n| row(Table::Mail, &[("to_character", FIRST + of), ("id", FIRST + 1_000 * of + n)]);
    (1..=CHARACTERS as u64).flat_map(|of| (0..MAILBOX_MAX as u64).map(move |n| one(of, n))).collect()
}

#[test]
fn who_has_hundreds_of_letters_is_exported_whole() {
    let temp = tempfile::tempdir().expect("a folder");
    let socket = DataFolder::existing(temp.path()).control_socket(Role::Game);
    std::fs::create_dir_all(socket.parent().expect("a folder")).expect("made");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let asked_here = Arc::clone(&asked);
    let _door = listen_with(
        &socket,
        Arc::new(move |request, _, _| {
            let Some(control_request::What::Staff(request)) = request.what else { panic!("{request:?}") };
            let found = StaffResponse { account: FIRST, done: true, ..StaffResponse::default() };
            let staff = match request.what {
                Some(What::Rows(rows)) => {
                    let table = Table::from_code(rows.table).expect("a table");
                    asked_here.lock().expect("whole").push((table, rows.ids.clone()));
                    let line = row(Table::Ledger, &[("lsn", 9), ("from_account", FIRST)]);
                    let rows = match table {
                        Table::Character => characters(),
                        Table::Mail => letters(),
                        Table::Ledger if rows.ids.contains(&(FIRST + 1_000)) => vec![line],
                        _ => Vec::new(),
                    };
                    StaffResponse { rows, ..found }
                }
                _ => found,
            };
            Ok(ControlResponse { staff: Some(staff), ..ControlResponse::default() })
        }),
    )
    .expect("listening");
    let export = person(&Game::of(temp.path()), "somebody").expect("exported");
    let tables = &export["tables"];
    assert_eq!(tables["mail"].as_array().map(Vec::len), Some(CHARACTERS * MAILBOX_MAX));
    assert_eq!(tables["ledger"].as_array().map(Vec::len), Some(1));
    let asked = asked.lock().expect("whole");
    let ledger: Vec<usize> =
        asked.iter().filter(|(table, _)| *table == Table::Ledger).map(|(_, ids)| ids.len()).collect();
    assert_eq!(ledger.iter().sum::<usize>(), 1 + CHARACTERS * (1 + MAILBOX_MAX), "everything of it");
    assert_eq!(ledger[0], IDS_MAX, "as many as a request may name");
}
