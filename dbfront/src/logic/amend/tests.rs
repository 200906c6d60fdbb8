//! Bodies of AMEND frames, and which replacement may stand for which record.

use proto::{
    ids::AccountId,
    limits::RECORD_SCHEMA,
    link::{Flow, Mutation, Op, Record},
    tables::{LedgerRow, Reason, Row as _, StaffLogRow, Table, WalletRow},
    turn::{TxnId, put_entry},
    wire,
};

use super::{
    review::{Signature, Unfit, review, signed},
    *,
};
use crate::logic::{journal_script::amendment_of, row::RowKey};

#[test]
fn a_body_reads_as_it_was_written_and_no_cut_or_flipped_one_reads_as_another() {
    let amendment = amendment_of(Lsn(300));
    let body = amendment.encode();
    assert_eq!(Amendment::parse(&body).as_ref(), Some(&amendment));
    for length in 0..body.len() {
        assert_eq!(Amendment::parse(&body[..length]), None, "cut to {length}");
    }
    for bit in 0..body.len() * 8 {
        let mut flipped = body.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        // A frame's own checksum covers it all; what still reads here says something else.
        assert_ne!(Amendment::parse(&flipped).as_ref(), Some(&amendment), "bit {bit}");
    }
    let longer = [body, vec![0]].concat();
    assert_eq!(Amendment::parse(&longer), None);
}

#[test]
fn the_last_replacement_of_a_record_counts_and_only_for_that_record() {
    let first = amendment_of(Lsn(5));
    let second = Amendment { reason: "better".to_owned(), ..first.clone() };
    let mut amendments = Amendments::default();
    amendments.add(first);
    amendments.add(second.clone());
    assert_eq!(amendments.iter().collect::<Vec<_>>(), [&second]);

    let body = crate::logic::journal_script::body(5, 2);
    let found = entries(&body).expect("two records");
    assert_eq!(amendments.instead(Lsn(5), found[0]).map(|entry| entry.payload), Ok(&b"instead"[..]));
    assert_eq!(amendments.instead(Lsn(6), found[1]), Ok(found[1]));
    assert_eq!(amendments.instead(Lsn(5), found[1]), Err(Foreign), "another history");
}

fn wallet(account: u64, ver: u64, before: i64, gold: i64) -> Mutation {
    Mutation {
        table: Table::Wallet as u32,
        op: Op::Upsert.into(),
        ver,
        row: WalletRow { account, gold }.values(),
        gold_before: before,
        ..Mutation::default()
    }
}

fn line(n: u32, amount: i64) -> Mutation {
    let row = LedgerRow {
        lsn: 9,
        n,
        from_account: 1,
        to_account: 2,
        amount,
        reason: Reason::Pay as u32,
        cseq: 4,
        wall_ms: 5,
    };
    Mutation { table: Table::Ledger as u32, op: Op::Append.into(), row: row.values(), ..Mutation::default() }
}

fn record(mutations: Vec<Mutation>) -> Record {
    Record { schema: RECORD_SCHEMA, value: true, mutations, wall_ms: 5, ..Record::default() }
}

/// Account 1 pays 30 to account 2.
fn payment() -> Record {
    record(vec![wallet(1, 4, 100, 70), wallet(2, 7, 50, 80), line(0, 30)])
}

fn nobody(_: Table, _: &RowKey) -> bool {
    false
}

fn only_account_2(table: Table, key: &RowKey) -> bool {
    table == Table::Wallet && *key == RowKey::Int(2)
}

#[test]
fn other_values_of_the_same_rows_are_fit_if_they_conserve() {
    let smaller = record(vec![wallet(1, 4, 100, 90), wallet(2, 7, 50, 60), line(0, 10)]);
    assert_eq!(review(&payment(), &smaller, nobody), Ok(()));
    let made_up = record(vec![wallet(1, 4, 100, 90), wallet(2, 7, 50, 80), line(0, 10)]);
    assert!(matches!(review(&payment(), &made_up, nobody), Err(Unfit::Entry(_))));
    let mut stated = made_up.clone();
    stated.flows.push(Flow { reason: Reason::Staff as u32, amount: 20 });
    assert_eq!(review(&payment(), &stated, nobody), Ok(()), "stated, it is the operator's word");
    assert_eq!(review(&payment(), &record(vec![]), nobody), Ok(()), "and nothing at all conserves");
}

#[test]
fn rows_versions_and_amounts_before_are_those_of_the_record() {
    for (other, index) in [
        (record(vec![wallet(3, 4, 100, 100)]), 0),
        (record(vec![wallet(1, 5, 100, 100)]), 0),
        (record(vec![wallet(1, 4, 90, 90)]), 0),
        (record(vec![wallet(1, 4, 100, 100), wallet(1, 4, 100, 100)]), 1),
        (record(vec![wallet(1, 4, 100, 100), line(1, 30)]), 1),
    ] {
        let refused = review(&payment(), &other, nobody).expect_err("another row");
        assert!(matches!(refused, Unfit::OtherRow { index: at, .. } if at == index), "{refused}");
    }
}

#[test]
fn what_later_records_build_on_stays() {
    let without = record(vec![]);
    let refused = review(&payment(), &without, only_account_2).expect_err("needed");
    assert_eq!(refused, Unfit::Needed { index: 1, table: "wallet" });
    let smaller = record(vec![wallet(1, 4, 100, 90), wallet(2, 7, 50, 60), line(0, 10)]);
    let refused = review(&payment(), &smaller, only_account_2).expect_err("built on");
    assert_eq!((refused, refused.code()), (Unfit::Amount { index: 1, table: "wallet" }, "amend.amount"));
    let mut other_line = payment();
    other_line.mutations[2] = line(0, 29);
    assert_eq!(review(&payment(), &other_line, |_, _| true), Ok(()), "nothing builds on a line of a log");
}

#[test]
fn a_row_that_changes_twice_in_a_record_changes_twice_or_not_at_all() {
    let twice = record(vec![wallet(1, 4, 100, 70), wallet(1, 5, 70, 100)]);
    assert_eq!(review(&twice, &twice, |_, _| true), Ok(()));
    assert_eq!(review(&twice, &record(vec![]), nobody), Ok(()));
    let once = record(vec![wallet(1, 4, 100, 100)]);
    assert!(matches!(review(&twice, &once, nobody), Err(Unfit::OtherRow { .. })));
}

#[test]
fn who_and_why_are_a_line_of_the_staff_log_in_the_same_record() {
    let by = Signature { author: "ada (uid 7)", reason: "too long a name", wall_ms: 77 };
    let payload = signed(Lsn(9), payment(), by).expect("small");
    let signed: Record = wire::decode(&payload, proto::prescan::Budget::LINK).expect("a record");
    let row = StaffLogRow::from_values(&signed.mutations[3].row).expect("a line");
    assert_eq!((row.lsn, row.n, row.deed.as_str(), row.wall_ms), (9, 1, "amend", 77));
    assert_eq!((row.staff.as_str(), row.reason.as_str()), ("ada (uid 7)", "too long a name"));
    let mut entry = Vec::new();
    put_entry(&mut entry, TxnId { account: AccountId(1), cseq: 4 }, &payload);
    let amendment = Amendment {
        lsn: Lsn(9),
        replaces: 1,
        author: by.author.to_owned(),
        reason: by.reason.to_owned(),
        entry: entry.into(),
    };
    assert_eq!(Amendment::parse(&amendment.encode()), Some(amendment));
}
