//! Which lines a dump has.

use proto::{
    ids::{AccountId, Epoch},
    limits::RECORD_SCHEMA,
    link::{Mutation, Op},
    tables::{Row as _, WalletRow},
    turn::{TxnId, put_entry},
};

use super::*;

const IDENTITY: Identity = Identity { journal_uuid: [0xab; 16], world_hash: [1; 16] };

fn dump(wanted: RangeInclusive<u64>, account: Option<u64>) -> Dump<Vec<u8>> {
    Dump { out: Vec::new(), wanted, account, begun: true, failure: None }
}

/// A payment from account 1 to account `to`.
fn body(to: u64) -> Vec<u8> {
    let wallet = |account| Mutation {
        table: Table::Wallet as u32,
        op: Op::Upsert.into(),
        ver: 1,
        row: WalletRow { account, gold: 0 }.values(),
        ..Mutation::default()
    };
    let record =
        Record { schema: RECORD_SCHEMA, mutations: vec![wallet(1), wallet(to)], ..Record::default() };
    let mut body = Vec::new();
    put_entry(&mut body, TxnId { account: AccountId(1), cseq: to }, &wire::encode(&record));
    body
}

fn header(first: u64) -> FrameHeader {
    FrameHeader {
        kind: FrameKind::Data,
        schema: 2,
        body_bytes: 0,
        first_lsn: Lsn(first),
        count: 1,
        epoch: Epoch(1),
        durable_lsn: Lsn(0),
        wall_ms: 5,
        body_crc: 0,
        chain: Default::default(),
    }
}

fn give(dump: &mut Dump<Vec<u8>>, first: u64, body: &[u8]) -> ControlFlow<()> {
    let item = Item::Frame { segment: 1, offset: 4096, header: &header(first), body };
    dump.take(&IDENTITY, item).expect("memory")
}

fn lines(dump: &Dump<Vec<u8>>) -> Vec<Value> {
    let text = std::str::from_utf8(&dump.out).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_frame_comes_before_its_records_and_only_what_was_asked_for_comes() {
    let mut all = dump(2..=3, None);
    let flows: Vec<_> = (1..=4).map(|lsn| give(&mut all, lsn, &body(lsn + 10))).collect();
    assert!(flows[3].is_break() && flows[..3].iter().all(ControlFlow::is_continue));
    let lines = lines(&all);
    let seen: Vec<_> = lines.iter().map(|line| line["type"].as_str().expect("a type")).collect();
    assert_eq!(seen, ["frame", "record", "frame", "record"]);
    assert_eq!((&lines[1]["lsn"], &lines[1]["cseq"]), (&json!("2"), &json!("12")));
    assert_eq!(lines[1]["mutations"][1]["key"], json!(["12"]));
}

#[test]
fn an_account_sees_its_commands_and_what_others_did_to_its_rows() {
    let count = |account| {
        let mut one = dump(0..=u64::MAX, Some(account));
        let _ = give(&mut one, 1, &body(11));
        let _ = give(&mut one, 2, &body(12));
        lines(&one).iter().filter(|line| line["type"] == "record").count()
    };
    assert_eq!((count(1), count(11), count(12), count(13)), (2, 1, 1, 0));
}

#[test]
fn a_record_that_nobody_understands_is_a_line_and_a_failure() {
    let mut one = dump(0..=u64::MAX, None);
    let mut body = Vec::new();
    put_entry(&mut body, TxnId::default(), &[0xff; 9]);
    let _ = give(&mut one, 7, &body);
    assert!(lines(&one)[1]["unreadable"].is_string());
    assert_eq!(one.failure.expect("a failure").exit, Exit::Data);
}
