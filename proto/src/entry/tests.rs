//! Records that balance and each way of not being one.

mod goods;

use super::*;
use crate::{
    limits::NAME_BYTES_MAX,
    link::Flow,
    tables::{LedgerRow, NameRow, Reason, Row, WalletRow, int, text},
};

fn wallet(account: u64, before: i64, after: i64, ver: u64) -> Mutation {
    Mutation {
        table: Table::Wallet as u32,
        op: Op::Upsert.into(),
        ver,
        row: WalletRow { account, gold: after }.values(),
        gold_before: before,
        goods_before: None,
    }
}

fn ledger() -> Mutation {
    let row = LedgerRow {
        lsn: 9,
        n: 0,
        from_account: 1,
        to_account: 2,
        amount: 5,
        reason: Reason::Pay as u32,
        cseq: 1,
        wall_ms: 7,
    };
    Mutation { table: Table::Ledger as u32, op: Op::Append.into(), row: row.values(), ..Mutation::default() }
}

fn record(mutations: Vec<Mutation>, flows: &[i64]) -> Record {
    let flows = flows.iter().map(|&amount| Flow { reason: Reason::Start as u32, amount }).collect::<Vec<_>>();
    Record { schema: RECORD_SCHEMA, value: true, flows, mutations, wall_ms: 7, goods: vec![] }
}

fn code(record: &Record) -> &'static str {
    check_record(record).map_or_else(|error| error.code(), |()| "ok")
}

#[test]
fn gold_moves_between_players_and_enters_and_leaves_only_by_a_flow() {
    let pay = |to: i64| record(vec![wallet(1, 10, 5, 4), wallet(2, 0, to, 2), ledger()], &[]);
    assert_eq!(code(&pay(5)), "ok");
    assert_eq!(check_record(&pay(6)), Err(EntryError::Unbalanced { moved: 1, stated: 0 }));
    assert_eq!(check_record(&pay(4)), Err(EntryError::Unbalanced { moved: -1, stated: 0 }));

    assert_eq!(code(&record(vec![wallet(1, 0, 1_000, 1)], &[1_000])), "ok");
    assert_eq!(code(&record(vec![wallet(1, 0, 1_000, 1)], &[])), "entry.unbalanced");
    assert_eq!(code(&record(vec![wallet(1, 9, 4, 2)], &[-2, -3])), "ok");
    assert_eq!(code(&record(vec![], &[7])), "entry.unbalanced");
}

#[test]
fn a_deleted_wallet_leaves_its_gold_to_a_flow() {
    let delete = |before| Mutation { op: Op::Delete.into(), row: vec![int(1)], ..wallet(1, before, 0, 3) };
    assert_eq!(code(&record(vec![delete(8)], &[-8])), "ok");
    assert_eq!(code(&record(vec![delete(8)], &[])), "entry.unbalanced");
    assert_eq!(gold_after(Table::Wallet.def(), &delete(8)), Some(0));
    assert_eq!(gold_after(Table::Ledger.def(), &ledger()), None);
}

#[test]
fn every_malformed_mutation_has_a_name() {
    let one = |mutation| record(vec![mutation], &[]);
    let long = NameRow { name_key: "x".repeat(NAME_BYTES_MAX + 1), account: 1 }.values();
    let name = Mutation { table: Table::Name as u32, ver: 1, row: long, ..Mutation::default() };
    let rows = [
        (Mutation { table: 99, ..wallet(1, 0, 0, 1) }, "entry.table"),
        (Mutation { op: 9, ..wallet(1, 0, 0, 1) }, "entry.operation"),
        (Mutation { op: Op::Append.into(), ..wallet(1, 0, 0, 1) }, "entry.operation"),
        (Mutation { op: Op::Upsert.into(), ver: 1, ..ledger() }, "entry.operation"),
        (Mutation { op: Op::Delete.into(), row: vec![text("x")], ..wallet(1, 0, 0, 2) }, "entry.row"),
        (wallet(1, 0, -1, 2), "entry.row"),
        (wallet(1, 0, GOLD_MAX + 1, 2), "entry.row"),
        (name, "entry.row"),
        (wallet(1, 0, 0, 0), "entry.version"),
        (wallet(1, 0, 0, 1 << 63), "entry.version"),
        (Mutation { op: Op::Delete.into(), row: vec![int(1)], ..wallet(1, 0, 0, 1) }, "entry.version"),
        (Mutation { ver: 1, ..ledger() }, "entry.version"),
        (wallet(1, -1, 0, 2), "entry.before"),
        (wallet(1, GOLD_MAX + 1, 0, 2), "entry.before"),
        (wallet(1, 1, 1, 1), "entry.before"),
        (Mutation { gold_before: 1, ..ledger() }, "entry.before"),
    ];
    for (mutation, expected) in rows {
        assert_eq!(code(&one(mutation.clone())), expected, "{mutation:?}");
    }
}

#[test]
fn a_flow_has_a_reason_and_a_cap_and_a_record_a_known_format() {
    let mut bad = record(vec![], &[0]);
    assert_eq!(code(&bad), "ok");
    bad.flows[0].reason = 0;
    assert_eq!(code(&bad), "entry.flow");
    assert_eq!(code(&record(vec![], &[GOLD_MAX + 1, -GOLD_MAX - 1])), "entry.flow");
    for schema in [0, RECORD_SCHEMA + 1] {
        assert_eq!(code(&Record { schema, ..record(vec![], &[]) }), "entry.schema");
    }
    for schema in RECORD_SCHEMA_MIN..=RECORD_SCHEMA {
        assert_eq!(code(&Record { schema, ..record(vec![], &[]) }), "ok");
    }
}

#[test]
fn sums_beyond_sixty_four_bits_still_balance_or_do_not() {
    let many: Vec<_> = (1..=10_000).map(|account| wallet(account, 0, GOLD_MAX, 2)).collect();
    let expected = EntryError::Unbalanced { moved: i128::from(GOLD_MAX) * 10_000, stated: 0 };
    assert_eq!(check_record(&record(many, &[])), Err(expected));
}
