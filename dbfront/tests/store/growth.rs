//! What a row of each table that is kept for ever takes on disk, as it is in the list of what bounds tables.

use dbfront::logic::row::Action;
use proto::{
    limits::{GRANT_KEY_BYTES_MAX, NAME_BYTES_MAX},
    link::Value,
    retention::{Bound, RETENTION},
    tables::{
        AccountRow, Bits, DeedKeyRow, GoodsLogRow, GrantKeyRow, LedgerRow, Reason, Row as _, StaffChangeRow,
        StaffLogRow, Table,
    },
};

use crate::{
    home::Home,
    world::{World, change},
};

/// As a world has them that has run for long: its numbers have grown.
const LSN: u64 = 20_000_000_000;
const ACCOUNT: u64 = 1 << 40;
const NOW_MS: u64 = 1_900_000_000_000;

fn row(table: Table, n: u64) -> Vec<Value> {
    let (lsn, account) = (LSN + n, ACCOUNT + n);
    match table {
        Table::Account => AccountRow {
            id: account,
            name: Some(format!("{n:016}")),
            secret_hash: None,
            password: Some("p".repeat(97)),
            session_gen: 1_000,
            cseq_last: 1_000_000,
            cseq_ok: Bits(u64::MAX),
            created_ms: NOW_MS,
        }
        .values(),
        Table::Ledger => LedgerRow {
            lsn,
            n: 0,
            from_account: account,
            to_account: account + 7,
            amount: 1_000_000,
            reason: Reason::Pay as u32,
            cseq: 1_000_000,
            wall_ms: NOW_MS,
        }
        .values(),
        Table::GoodsLog => GoodsLogRow {
            lsn,
            n: 0,
            item: account + 1,
            kind: 1_000,
            quantity: 1_000,
            from_holder: account + 2,
            to_holder: account + 3,
            reason: Reason::Trade as u32,
            account,
            cseq: 1_000_000,
            wall_ms: NOW_MS,
        }
        .values(),
        Table::GrantKey => {
            GrantKeyRow { key: format!("{n:036}"), account, amount: 1_000_000, lsn, wall_ms: NOW_MS }.values()
        }
        Table::DeedKey => {
            DeedKeyRow { key: format!("{n:036}"), account, asked: vec![7; 32].into(), lsn, wall_ms: NOW_MS }
                .values()
        }
        Table::StaffChange => {
            StaffChangeRow { lsn, n: 1, account, was: "w".repeat(80), became: "b".repeat(80) }.values()
        }
        Table::StaffLog => StaffLogRow {
            lsn,
            n: 0,
            staff: "s".repeat(24),
            deed: "maintenance_off".to_owned(),
            account,
            until_ms: Some(NOW_MS),
            reason: "r".repeat(64),
            wall_ms: NOW_MS,
        }
        .values(),
        _ => panic!("say here what a row of {} looks like", table.def().name),
    }
}

#[test]
fn rows_that_are_kept_for_ever_are_no_larger_than_the_list_says() {
    const ROWS: u64 = 4_000;
    let mut found = Vec::new();
    for line in RETENTION {
        let Bound::Ever { row_bytes, .. } = line.bound else { continue };
        let home = Home::file();
        let mut world = World::new(home.database());
        let size = || {
            home.sql("PRAGMA wal_checkpoint(TRUNCATE)");
            let Home::File(folder) = &home else { panic!("a file") };
            std::fs::metadata(folder.path().join("game.db")).expect("a file").len()
        };
        let before = size();
        let first = world.cursor.lsn.0 + 1;
        let changes = (0..ROWS).map(|n| {
            let values = row(line.table, n).into();
            match line.table.def().append {
                true => change(first + n, line.table, 0, Action::Append(values)),
                false => change(first + n, line.table, 1, Action::Upsert(values)),
            }
        });
        world.apply(changes.collect()).expect("applied");
        let is = (size() - before).div_ceil(ROWS);
        // Neither a promise that is broken nor one that says nothing.
        if !(row_bytes / 2..=row_bytes).contains(&is) {
            found.push(format!("{}: {is} bytes a row, the list says {row_bytes}", line.table.def().name));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    const { assert!(36 <= GRANT_KEY_BYTES_MAX && 16 <= NAME_BYTES_MAX, "rows as they are here fit") };
}
