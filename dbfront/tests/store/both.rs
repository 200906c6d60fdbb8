//! What holds on every database: what a batch does, what is refused, and that coalescing changes nothing but
//! pace.

use std::{collections::BTreeMap, sync::Arc};

use dbfront::{
    logic::row::{Action, Row, StoredRow},
    store::{ApplyBatch, Cursor, Presence, Query, StoreError, schema::LAST},
};
use proto::{
    ids::Lsn,
    link::{Value, value::V},
    tables::{ItemRow, LedgerRow, Row as _, Table, int, text},
};

use crate::{
    home::Home,
    world::{World, change, delete, first_cursor, gone, ledger, made, row, thing, wallet},
};

macro_rules! on_both {
    ($($name:ident,)*) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                super::$name(&crate::home::Home::file());
            })*
        }

        mod mysql {
            $(#[test]
            fn $name() {
                if let Some(home) = crate::home::Home::server() {
                    super::$name(&home);
                }
            })*
        }
    };
}

on_both! {
    a_refused_value_is_poison_with_the_records_number,
    many_rows_at_once_are_as_exact_as_one,
    migrations_that_are_missing_unfinished_or_newer_have_names,
    what_was_prepared_and_never_published_is_made_again,
    rows_and_cursor_move_together_or_not_at_all,
    only_who_knows_the_cursor_and_has_the_last_term_applies,
    values_of_every_kind_come_back_by_key_and_in_order,
    the_last_rows_of_a_log_come_first_and_page_by_page,
    the_rows_of_one_owner_come_alone_in_key_order_and_page_by_page,
    what_changes_hands_and_comes_back_stands_where_it_was_in_one_batch_or_in_several,
    coalesced_batches_leave_what_records_one_by_one_would,
}

fn migrations_that_are_missing_unfinished_or_newer_have_names(home: &Home) {
    let world = World::new(home.database());
    let code = || world.database.connect().err().map(|error| error.code());
    assert_eq!(world.database.migrate(), Ok(0));
    home.sql("INSERT INTO migration VALUES (99, 'later', 1)");
    assert_eq!(world.database.migrate().map_err(|error| error.code()), Err("SCHEMA_TOO_NEW"));
    home.sql("DELETE FROM migration WHERE number = 99; UPDATE migration SET finished = 0");
    assert_eq!(code(), Some("MIGRATION_DIRTY"));
    home.sql("DELETE FROM migration");
    assert_eq!(code(), Some("SCHEMA_TOO_OLD"));
}

fn what_was_prepared_and_never_published_is_made_again(home: &Home) {
    let database = home.database();
    assert_eq!(database.presence(), Ok(Presence::Absent));
    database.prepare(first_cursor()).expect("prepared");
    let other = Cursor { journal: [8; 16], ..first_cursor() };
    database.prepare(other).expect("prepared again");
    database.publish().expect("published");
    assert_eq!(database.presence(), Ok(Presence::Present));
    let cursor = database.connect().and_then(|mut store| store.cursor()).expect("a cursor");
    assert_eq!(cursor, Cursor { schema: LAST, ..other });
}

fn rows_and_cursor_move_together_or_not_at_all(home: &Home) {
    let mut world = World::new(home.database());
    world.apply(vec![wallet(1, 1, 10, 1), wallet(2, 2, 20, 1), ledger(2, 0)]).expect("applied");
    assert_eq!(world.all(Table::Wallet), [row(1, 10, 1), row(2, 20, 1)]);

    let wrong = [
        (vec![wallet(3, 1, 11, 3)], 3),
        (vec![wallet(3, 9, 11, 2)], 3),
        (vec![wallet(3, 1, 11, 1)], 3),
        (vec![delete(3, 1, 3)], 3),
        (vec![delete(3, 9, 2)], 3),
        (vec![wallet(3, 1, 11, 2), wallet(4, 2, 9, 5)], 4),
    ];
    for (changes, lsn) in wrong {
        let expected = StoreError::Divergence { lsn: Lsn(lsn), table: "wallet" };
        assert_eq!(world.apply(changes), Err(expected));
        // As after any error: another connection, and the cursor says that nothing happened.
        world.reconnect();
        assert_eq!(world.store.cursor(), Ok(world.cursor));
        assert_eq!(world.all(Table::Wallet), [row(1, 10, 1), row(2, 20, 1)]);
    }
}

fn only_who_knows_the_cursor_and_has_the_last_term_applies(home: &Home) {
    let mut world = World::new(home.database());
    world.apply(vec![wallet(1, 1, 10, 1)]).expect("applied");
    let stale = [
        Cursor { lsn: Lsn(0), ..world.cursor },
        Cursor { chain: [9; 16], ..world.cursor },
        Cursor { journal: [9; 16], ..world.cursor },
    ];
    for from in stale {
        let batch = ApplyBatch { from, ..world.batch(vec![wallet(2, 1, 9, 2)]) };
        assert_eq!(world.store.apply(&batch), Err(StoreError::CursorMoved));
    }
    let mut other = world.database.connect().expect("connects");
    let seen = other.cursor().expect("a cursor");
    other.begin_term(&seen).expect("a term");
    assert_eq!(world.apply(vec![wallet(2, 1, 9, 2)]), Err(StoreError::CursorMoved));
    assert_eq!(world.store.begin_term(&world.cursor.clone()), Err(StoreError::CursorMoved));
    assert_eq!(world.all(Table::Wallet), [row(1, 10, 1)]);
}

fn values_of_every_kind_come_back_by_key_and_in_order(home: &Home) {
    let mut world = World::new(home.database());
    let name = |key: &str| -> Row { Arc::from([text(key), int(5)]) };
    let account: Row = Arc::from([
        int(1),
        Value { v: None },
        Value { v: Some(V::Blob(vec![0, 255].into())) },
        text("ü\0"),
        int(0),
        int(i64::MAX),
        int(-1),
        int(0),
    ]);
    world
        .apply(vec![
            change(1, Table::Account, 1, Action::Upsert(account.clone())),
            change(2, Table::Name, 1, Action::Upsert(name("b"))),
            change(3, Table::Name, 1, Action::Upsert(name("a"))),
            change(4, Table::Name, 1, Action::Upsert(name("é"))),
        ])
        .expect("applied");
    let mut reader = world.database.connect_reader().expect("connects");
    let snapshot = reader
        .read(&[
            Query::Get { table: Table::Account, keys: vec![vec![int(2)], vec![int(1)]] },
            Query::Scan { table: Table::Name, prefix: vec![], after: vec![text("a")], rows_max: 1 },
            Query::Scan { table: Table::Name, prefix: vec![], after: vec![text("b")], rows_max: 9 },
        ])
        .expect("rows");
    let stored = |row: Row| Some(StoredRow { ver: 1, row });
    assert_eq!(snapshot.answers[0], [None, stored(account)]);
    assert_eq!(snapshot.answers[1], [stored(name("b"))]);
    assert_eq!(snapshot.answers[2], [stored(name("é"))]);
}

fn the_last_rows_of_a_log_come_first_and_page_by_page(home: &Home) {
    let mut world = World::new(home.database());
    world.apply(vec![ledger(1, 0), ledger(1, 1)]).expect("applied");
    world.apply(vec![ledger(2, 0), ledger(3, 0)]).expect("applied");
    let mut reader = world.database.connect_reader().expect("connects");
    let mut keys = |before: Vec<Value>, rows_max| -> Vec<(u64, u32)> {
        let latest = Query::Latest { table: Table::Ledger, before, rows_max };
        let snapshot = reader.read(&[latest]).expect("rows");
        let rows = snapshot.answers[0].iter().flatten();
        rows.map(|row| LedgerRow::from_values(&row.row).expect("a line"))
            .map(|row| (row.lsn, row.n))
            .collect()
    };
    assert_eq!(keys(vec![], 2), [(3, 0), (2, 0)]);
    assert_eq!(keys(vec![int(2), int(0)], 9), [(1, 1), (1, 0)]);
    assert_eq!(keys(vec![int(1), int(1)], 9), [(1, 0)]);
    assert_eq!(keys(vec![int(1), int(0)], 9), []);
}

fn the_rows_of_one_owner_come_alone_in_key_order_and_page_by_page(home: &Home) {
    let mut world = World::new(home.database());
    let items: Vec<ItemRow> =
        [(1, 9), (2, 3), (2, 4), (2, 5), (3, 1)].map(|(holder, id)| thing(holder, id, 1)).into();
    let changes = items.iter().zip(1..).map(|(item, lsn)| made(lsn, item, 1)).collect();
    world.apply(changes).expect("applied");
    let mut reader = world.database.connect_reader().expect("connects");
    let mut ids = |holder: i64, after: Option<i64>, rows_max| -> Vec<u64> {
        let after = after.map(|id| vec![int(holder), int(id)]).unwrap_or_default();
        let scan = Query::Scan { table: Table::Item, prefix: vec![int(holder)], after, rows_max };
        let snapshot = reader.read(&[scan]).expect("rows");
        let rows = snapshot.answers[0].iter().flatten();
        rows.map(|row| ItemRow::from_values(&row.row).expect("an item").id).collect()
    };
    assert_eq!(ids(2, None, 9), [3, 4, 5]);
    assert_eq!(ids(2, None, 2), [3, 4]);
    assert_eq!(ids(2, Some(4), 2), [5]);
    assert!(ids(2, Some(5), 2).is_empty());
    assert!(ids(4, None, 2).is_empty());
}

fn what_changes_hands_and_comes_back_stands_where_it_was_in_one_batch_or_in_several(home: &Home) {
    let (a, b) = (thing(1, 7, 5), thing(2, 7, 5));
    // There at version 3; to the other, back, and changed.
    let moves = |from: u64| {
        vec![
            gone(from, &a, 4),
            made(from, &b, 1),
            gone(from + 1, &b, 2),
            made(from + 1, &a, 1),
            made(from + 2, &thing(1, 7, 6), 2),
        ]
    };
    let stored = |item: &ItemRow, ver| StoredRow { ver, row: item.values().into() };
    for size in 1..=3 {
        home.clear();
        let mut world = World::new(home.database());
        world.apply(vec![made(1, &a, 1), made(2, &a, 2), made(3, &a, 3)]).expect("applied");
        let moves = moves(4);
        for lsns in [4, 5, 6].chunks(size) {
            let batch = moves.iter().filter(|change| lsns.contains(&change.lsn.0)).cloned().collect();
            world.apply(batch).expect("applied");
        }
        assert_eq!(world.all(Table::Item), [stored(&thing(1, 7, 6), 2)], "{size} records a batch");
        world.apply(vec![gone(7, &a, 3), made(7, &b, 1)]).expect("applied");
        world.apply(vec![gone(8, &b, 2), made(8, &a, 1)]).expect("applied");
        assert_eq!(world.all(Table::Item), [stored(&a, 1)]);
    }
}

fn coalesced_batches_leave_what_records_one_by_one_would(home: &Home) {
    let mut world = World::new(home.database());
    let mut model: BTreeMap<u64, (i64, u64)> = BTreeMap::new();
    let mut ledgers = 0;
    let mut seed = 1u64;
    let mut random = move |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let mut lsn = 0;
    for round in 0..40 {
        let mut changes = Vec::new();
        for _ in 0..=random(100) {
            lsn += 1;
            let account = random(12);
            let gold = i64::try_from(random(1_000)).expect("small");
            match (model.get(&account).copied(), random(4)) {
                (None, _) => {
                    changes.push(wallet(lsn, account, gold, 1));
                    model.insert(account, (gold, 1));
                }
                (Some((_, ver)), 0) => {
                    changes.push(delete(lsn, i64::try_from(account).expect("small"), ver + 1));
                    model.remove(&account);
                }
                (Some((_, ver)), _) => {
                    changes.push(wallet(lsn, account, gold, ver + 1));
                    model.insert(account, (gold, ver + 1));
                }
            }
            for n in 0..u32::try_from(random(3)).expect("small") {
                changes.push(ledger(lsn, n));
                ledgers += 1;
            }
        }
        world.apply(changes).expect("applied");
        let expected: Vec<_> = model.iter().map(|(&account, &(gold, ver))| row(account, gold, ver)).collect();
        assert_eq!(world.all(Table::Wallet), expected, "round {round}");
        assert_eq!(world.all(Table::Ledger).len(), ledgers, "round {round}");
    }
}

fn a_refused_value_is_poison_with_the_records_number(home: &Home) {
    let mut world = World::new(home.database());
    world.apply(vec![wallet(1, 1, 10, 1)]).expect("applied");
    // A check that the definition does not know, as a hand-made change of the table would bring.
    home.sql(home.trigger());
    let error = world.apply(vec![wallet(2, 2, 10, 1), wallet(3, 1, 0, 2)]).expect_err("refused");
    assert!(matches!(error, StoreError::Poison { lsn: Lsn(3), table: "wallet", .. }), "{error}");
    world.reconnect();
    assert_eq!(world.all(Table::Wallet), [row(1, 10, 1)]);

    home.sql("DROP TRIGGER no_zero; INSERT INTO ledger VALUES (3, 0, 1, 1, 1, 1, 1, 1)");
    let changes = vec![ledger(2, 0), ledger(3, 0), ledger(4, 0)];
    let careful = ApplyBatch { careful: true, ..world.batch(changes) };
    let error = world.store.apply(&careful).expect_err("refused");
    assert!(matches!(error, StoreError::Poison { lsn: Lsn(3), table: "ledger", .. }), "{error}");
}

fn many_rows_at_once_are_as_exact_as_one(home: &Home) {
    let mut world = World::new(home.database());
    let gold = |account: u64| i64::try_from(account).expect("small");
    world.apply((1..=700).map(|n| wallet(n, n, gold(n), 1)).collect()).expect("applied");
    // Those of every account divisible by 3 change three times, by 7 go, by 5 go and come back as they were.
    let mut lsn = 700;
    let mut changes = Vec::new();
    let mut change = |change: &dyn Fn(u64) -> dbfront::logic::row::Change| {
        lsn += 1;
        changes.push(change(lsn));
    };
    let mut expected = Vec::new();
    for account in 1..=700 {
        let id = gold(account);
        if account % 7 == 0 {
            change(&|lsn| delete(lsn, id, 2));
        } else if account % 5 == 0 {
            change(&|lsn| delete(lsn, id, 2));
            change(&|lsn| wallet(lsn, account, id, 1));
            expected.push(row(account, id, 1));
        } else if account % 3 == 0 {
            for ver in 2..=4 {
                change(&|lsn| wallet(lsn, account, id * 2, ver));
            }
            expected.push(row(account, id * 2, 4));
        } else {
            change(&|lsn| wallet(lsn, account, -id, 2));
            expected.push(row(account, -id, 2));
        }
    }
    world.apply(changes).expect("applied");
    assert_eq!(world.all(Table::Wallet), expected);

    // One row of hundreds that somebody changed is the one that is named.
    home.sql("UPDATE wallet SET ver = 9 WHERE account = 514");
    let next: Vec<_> = expected.iter().zip(1..).map(|(stored, n)| (n, stored.clone())).collect();
    let culprit = next.iter().find(|(_, stored)| stored.row[0] == int(514)).expect("there").0;
    let changes = next.iter().map(|(n, stored)| {
        let [account, ..] = &*stored.row else { panic!("a wallet") };
        let Some(V::Int(account)) = account.v else { panic!("a number") };
        wallet(lsn + n, account.cast_unsigned(), 7, stored.ver + 1)
    });
    let changes = changes.collect();
    let expected = StoreError::Divergence { lsn: Lsn(lsn + culprit), table: "wallet" };
    assert_eq!(world.apply(changes), Err(expected));
}
