//! Greetings and turns as tables: who is let in, and what is taken.

use proto::{
    ids::AccountId,
    link::{Flow, Mutation, Op, Record},
    tables::{Reason, Row as _, Table, WalletRow},
    turn::{TxnId, put_entry},
};

use super::*;

fn intake() -> Intake {
    Intake::new(Position { epoch: Epoch(4), instance: 7, stored_epoch: Epoch(2), durable: Lsn(10) })
}

fn hello() -> LinkHello {
    LinkHello { schema: RECORD_SCHEMA, ..handshake::hello(Role::Game, 7) }
}

fn opening(account: u64, gold: i64) -> Record {
    let mutation = Mutation {
        table: Table::Wallet as u32,
        op: Op::Upsert.into(),
        ver: 1,
        row: WalletRow { account, gold }.values(),
        ..Mutation::default()
    };
    let flows = vec![Flow { reason: Reason::Start as u32, amount: gold }];
    Record {
        schema: RECORD_SCHEMA,
        value: true,
        flows,
        mutations: vec![mutation],
        wall_ms: 1,
        ..Record::default()
    }
}

fn turn(records: &[Record]) -> Vec<u8> {
    let mut out = Vec::new();
    for record in records {
        put_entry(&mut out, TxnId { account: AccountId(1), cseq: 1 }, &proto::wire::encode(record));
    }
    out
}

#[test]
fn who_comes_is_let_in_by_epoch_instance_and_who_is_there() {
    let alive = Some(PresentWriter { instance: 7, is_silent: false });
    let silent = Some(PresentWriter { instance: 7, is_silent: true });
    let other = |hello: LinkHello| LinkHello { instance: 8, ..hello };
    let holds = LinkHello { epoch: 4, durable_seen: 10, ..hello() };
    let table: [(LinkHello, Option<PresentWriter>, Result<Greeting, &str>); 16] = [
        (hello(), None, Ok(Greeting::Grant { epoch: Epoch(5) })),
        (holds.clone(), None, Ok(Greeting::Continue)),
        (holds.clone(), alive, Ok(Greeting::Continue)),
        (hello(), alive, Ok(Greeting::Grant { epoch: Epoch(5) })),
        (other(hello()), alive, Err("WRITER_EXISTS")),
        (other(hello()), silent, Ok(Greeting::Grant { epoch: Epoch(5) })),
        (LinkHello { takeover: true, ..other(hello()) }, alive, Ok(Greeting::Grant { epoch: Epoch(5) })),
        (other(holds.clone()), None, Err("FENCED")),
        (LinkHello { epoch: 3, ..hello() }, None, Err("FENCED")),
        (LinkHello { durable_seen: 13, held_from: 11, ..holds.clone() }, None, Ok(Greeting::Continue)),
        (LinkHello { durable_seen: 13, held_from: 9, ..holds.clone() }, None, Ok(Greeting::Continue)),
        (LinkHello { durable_seen: 13, held_from: 12, ..holds.clone() }, None, Err("JOURNAL_REGRESSION")),
        // Its grant was durable once: the journal is from before.
        (LinkHello { epoch: 5, held_from: 11, ..holds.clone() }, None, Err("JOURNAL_REGRESSION")),
        (LinkHello { durable_seen: 11, ..holds }, None, Err("JOURNAL_REGRESSION")),
        (LinkHello { schema: RECORD_SCHEMA + 1, ..hello() }, None, Err("SCHEMA_TOO_NEW")),
        (LinkHello { schema: 0, ..hello() }, None, Err("SCHEMA_TOO_OLD")),
    ];
    for (hello, present, expected) in table {
        let answer = intake().greet(&hello, present).map_err(|refusal| refusal.code());
        assert_eq!(answer, expected, "{hello:?} while {present:?}");
    }
}

#[test]
fn a_new_epoch_is_above_that_of_journal_and_database() {
    let at = Position { epoch: Epoch(1), instance: 0, stored_epoch: Epoch(9), durable: Lsn(0) };
    assert_eq!(Intake::new(at).greet(&hello(), None), Ok(Greeting::Grant { epoch: Epoch(10) }));
}

#[test]
fn turns_are_taken_once_in_order_and_compared_when_they_come_again() {
    let (mut intake, mut overlay) = (intake(), Overlay::new(Lsn(10), usize::MAX));
    let pair = turn(&[opening(1, 5), opening(2, 6)]);
    let single = turn(&[opening(3, 7)]);
    let mut offer = |first: u64, epoch: u64, turn: &[u8]| {
        let taken = intake.turn(&mut overlay, Lsn(first), Epoch(epoch), turn);
        taken.map(|accepted| accepted.map(|accepted| accepted.count)).map_err(|refusal| refusal.code())
    };
    assert_eq!(offer(12, 4, &pair), Err("DIVERGENCE"), "a gap");
    assert_eq!(offer(11, 3, &pair), Err("FENCED"));
    assert_eq!(offer(11, 5, &pair), Err("FENCED"));
    assert_eq!(offer(11, 4, &pair[..pair.len() - 1]), Err("TURN_BROKEN"));
    assert_eq!(offer(11, 4, &[]), Err("TURN_BROKEN"));
    assert_eq!(offer(11, 4, &vec![0; TURN_BYTES_MAX + 1]), Err("TURN_BROKEN"));
    assert_eq!(offer(11, 4, &pair), Ok(Some(2)));
    assert_eq!(offer(11, 4, &pair), Ok(None), "the same again");
    assert_eq!(offer(13, 4, &single), Ok(Some(1)));
    assert_eq!(offer(11, 4, &pair), Ok(None), "still known");
    assert_eq!(offer(12, 4, &turn(&[opening(2, 6)])), Ok(None), "cut otherwise");
    assert_eq!(offer(11, 4, &single), Err("DIVERGENCE"), "other bytes");
    assert_eq!(offer(13, 4, &turn(&[opening(3, 7), opening(4, 1)])), Err("DIVERGENCE"), "half new");
    assert_eq!(offer(10, 4, &single), Err("DIVERGENCE"), "too old to compare");
    assert_eq!(offer(14, 4, &turn(&[Record { flows: vec![], ..opening(9, 5) }])), Err("NACK_INVARIANT"));
    assert_eq!(offer(14, 4, &turn(&[opening(3, 7)])), Err("NACK_INVARIANT"), "it is there already");
    assert_eq!(offer(14, 4, &turn(&[opening(4, 7)])), Ok(Some(1)));
    assert_eq!((intake.received_lsn(), intake.durable_lsn()), (Lsn(14), Lsn(10)));
}
