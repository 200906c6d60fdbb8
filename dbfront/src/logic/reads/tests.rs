//! Calls answered from memory, from the database, late, and not at all.

use std::{sync::Arc, time::Duration};

use proto::{
    link::{Get, Key, Latest, Scan},
    tables::int,
};

use super::*;

#[expect(clippy::disallowed_methods, reason = "there is no other way to make an Instant")]
fn start() -> Instant {
    Instant::now()
}

struct Desk {
    reads: Reads,
    overlay: Overlay,
    now: Instant,
    calls: u64,
}

impl Desk {
    fn new() -> Self {
        Self { reads: Reads::default(), overlay: Overlay::new(Lsn(0), usize::MAX), now: start(), calls: 0 }
    }

    fn call(&mut self, what: What) -> Vec<Outcome> {
        let payload = wire::encode(&ReadRequest { what: Some(what) });
        self.raw(&payload)
    }

    fn raw(&mut self, payload: &[u8]) -> Vec<Outcome> {
        self.calls += 1;
        let deadline = self.now + Duration::from_millis(100);
        let mut out = Vec::new();
        let call = Call { id: CallId(self.calls), deadline, payload };
        self.reads.call(&mut self.overlay, Lsn(5), call, &mut out);
        out
    }

    fn found(&mut self, id: u64, found: Found) -> Vec<Outcome> {
        let mut out = Vec::new();
        self.reads.found(&mut self.overlay, Lsn(5), id, found, &mut out);
        out
    }
}

fn get(accounts: &[i64]) -> What {
    let keys = accounts.iter().map(|&account| Key { key: vec![int(account)] }).collect();
    What::Get(Get { table: Table::Wallet as u32, keys })
}

fn scan(after: Option<i64>, rows_max: u32) -> What {
    let after = after.map(|after| vec![int(after)]).unwrap_or_default();
    What::Scan(Scan { table: Table::Wallet as u32, after, rows_max, prefix: vec![] })
}

fn stored(account: i64) -> StoredRow {
    StoredRow { ver: 1, row: Arc::from([int(account), int(100 + account)]) }
}

/// Which rows an answer has, and whether it says that it is done.
fn answered(outcomes: &[Outcome]) -> (Vec<Option<Value>>, bool) {
    let [Outcome::Reply { result: Ok(payload), .. }] = outcomes else { panic!("{outcomes:?}") };
    let response: ReadResponse = wire::decode(payload, Budget::LINK).expect("a response");
    let rows = response.rows.into_iter().map(|found| found.row.map(|row| row.row[0].clone())).collect();
    (rows, response.done)
}

fn asked(outcomes: &[Outcome]) -> Ask {
    let [Outcome::Ask(ask)] = outcomes else { panic!("{outcomes:?}") };
    ask.clone()
}

#[test]
fn rows_are_asked_for_once_and_then_known() {
    let mut desk = Desk::new();
    let out = desk.call(get(&[1, 2]));
    let ask = asked(&out);
    let out = desk.found(ask.id, Some((Lsn(0), vec![Some(stored(1)), None])));
    assert_eq!(answered(&out), (vec![Some(int(1)), None], true));
    let out = desk.call(get(&[1]));
    assert_eq!(answered(&out), (vec![Some(int(1))], true));
    let out = desk.call(get(&[1, 2]));
    let Query::Get { keys, .. } = asked(&out).query else { panic!("a get") };
    assert_eq!(keys.len(), 2, "all of them: memory may forget meanwhile");
}

#[test]
fn a_page_that_shows_nothing_goes_on_by_itself() {
    let mut desk = Desk::new();
    let gone = super::super::row::Change {
        lsn: Lsn(1),
        table: Table::Wallet,
        key: RowKey::Int(1),
        ver: 2,
        action: super::super::row::Action::Delete(Arc::from([int(1)])),
    };
    desk.overlay.put(&gone);
    let out = desk.call(scan(None, 1));
    let out = desk.found(asked(&out).id, Some((Lsn(0), vec![Some(stored(1))])));
    let ask = asked(&out);
    assert_eq!(
        ask.query,
        Query::Scan { table: Table::Wallet, prefix: vec![], after: vec![int(1)], rows_max: 1 }
    );
    let out = desk.found(ask.id, Some((Lsn(0), vec![Some(stored(2))])));
    assert_eq!(answered(&out), (vec![Some(int(2))], false));
    let out = desk.call(scan(Some(2), 1));
    let out = desk.found(asked(&out).id, Some((Lsn(0), vec![])));
    assert_eq!(answered(&out), (vec![], true));
    assert_eq!(answered(&desk.call(scan(None, 9))), (vec![Some(int(2))], true), "from memory");
}

#[test]
fn a_call_that_is_given_up_has_no_answer_and_disturbs_no_other() {
    let mut desk = Desk::new();
    let [given_up, other] = [1, 2].map(|account| asked(&desk.call(get(&[account]))));
    desk.reads.cancel(CallId(1));
    desk.reads.cancel(CallId(99));
    assert_eq!(desk.found(given_up.id, Some((Lsn(0), vec![Some(stored(1))]))), []);
    let out = desk.found(other.id, Some((Lsn(0), vec![Some(stored(2))])));
    assert_eq!(answered(&out), (vec![Some(int(2))], true));
}

#[test]
fn a_deadline_or_a_lost_link_ends_the_waiting_and_the_late_answer_is_dropped() {
    let mut desk = Desk::new();
    let late = asked(&desk.call(get(&[1])));
    let mut out = Vec::new();
    desk.reads.expire(desk.now + Duration::from_millis(99), &mut out);
    assert_eq!(out, []);
    desk.reads.expire(desk.now + Duration::from_millis(100), &mut out);
    assert_eq!(out, [Outcome::Reply { call: CallId(1), result: Err(Failure::Deadline) }]);
    assert_eq!(desk.found(late.id, Some((Lsn(0), vec![Some(stored(1))]))), []);
    assert_eq!(desk.found(late.id, None), [], "only once");

    let lost = asked(&desk.call(get(&[1])));
    desk.reads.link_lost();
    assert_eq!(desk.found(lost.id, Some((Lsn(0), vec![Some(stored(1))]))), []);

    let given_up = asked(&desk.call(get(&[1])));
    let expected = Outcome::Reply { call: CallId(3), result: Err(Failure::Deadline) };
    assert_eq!(desk.found(given_up.id, None), [expected]);
}

#[test]
fn no_more_questions_are_out_than_allowed() {
    let mut desk = Desk::new();
    for _ in 0..RPC_IN_FLIGHT_MAX {
        asked(&desk.call(get(&[1])));
    }
    let [Outcome::Reply { result, .. }] = &desk.call(get(&[1]))[..] else { panic!("an answer") };
    assert_eq!(*result, Err(Failure::Busy));
    let [Outcome::Reply { result, .. }] = &desk.raw(b"nonsense")[..] else { panic!("an answer") };
    assert_eq!(*result, Err(Failure::BadRequest));
}

#[test]
fn the_end_of_a_log_is_always_asked_of_the_database_and_of_other_tables_never() {
    let mut desk = Desk::new();
    let latest = |table: Table, before: &[i64], rows_max| {
        let before = before.iter().map(|&number| int(number)).collect();
        What::Latest(Latest { table: table as u32, before, rows_max })
    };
    for _ in 0..2 {
        let ask = asked(&desk.call(latest(Table::Ledger, &[4, 0], 2)));
        let before = vec![int(4), int(0)];
        assert_eq!(ask.query, Query::Latest { table: Table::Ledger, before, rows_max: 2 });
        let line = |lsn| StoredRow { ver: 0, row: [lsn, 0, 1, 2, 3, 2, 1, 1].map(int).into() };
        let out = desk.found(ask.id, Some((Lsn(4), vec![Some(line(3)), Some(line(2))])));
        assert_eq!(answered(&out), (vec![Some(int(3)), Some(int(2))], false));
    }
    for wrong in [
        latest(Table::Wallet, &[], 2),
        latest(Table::Ledger, &[4], 2),
        latest(Table::Ledger, &[], 0),
        latest(Table::Ledger, &[], 1_025),
    ] {
        let out = desk.call(wrong);
        assert!(matches!(out[..], [Outcome::Reply { result: Err(Failure::BadRequest), .. }]), "{out:?}");
    }
}

#[test]
fn a_set_is_asked_for_once_and_an_owners_rows_alone_are_its() {
    let mut desk = Desk::new();
    let item = |holder, id| StoredRow {
        ver: 1,
        row: Arc::from([int(holder), int(id), int(1), int(1), int(1), int(0)]),
    };
    let scan = |prefix: &[i64], after: &[i64]| {
        let values = |numbers: &[i64]| numbers.iter().map(|&number| int(number)).collect();
        let (prefix, after) = (values(prefix), values(after));
        What::Scan(Scan { table: Table::Item as u32, prefix, after, rows_max: 9 })
    };
    let ask = asked(&desk.call(scan(&[2], &[])));
    let query = Query::Scan { table: Table::Item, prefix: vec![int(2)], after: vec![], rows_max: 9 };
    assert_eq!(ask.query, query);
    let out = desk.found(ask.id, Some((Lsn(0), vec![Some(item(2, 1)), Some(item(2, 8))])));
    assert_eq!(answered(&out), (vec![Some(int(2)); 2], true));
    assert_eq!(answered(&desk.call(scan(&[2], &[]))), (vec![Some(int(2)); 2], true));
    assert_eq!(answered(&desk.call(scan(&[2], &[2, 1]))), (vec![Some(int(2))], true));
    asked(&desk.call(scan(&[1], &[])));
    let nobodys = asked(&desk.call(scan(&[3], &[])));
    assert_eq!(answered(&desk.found(nobodys.id, Some((Lsn(0), vec![])))), (vec![], true));
    assert_eq!(answered(&desk.call(scan(&[3], &[]))), (vec![], true), "known to be empty");

    for (prefix, after) in [(&[2, 1][..], &[][..]), (&[2], &[3, 1]), (&[2], &[2])] {
        let out = desk.call(scan(prefix, after));
        assert!(matches!(out[..], [Outcome::Reply { result: Err(Failure::BadRequest), .. }]), "{out:?}");
    }
}

#[test]
fn a_page_of_large_rows_is_asked_for_with_as_many_as_memory_has_room_for_at_once() {
    let mut desk = Desk::new();
    let wanted = |table: Table, desk: &mut Desk| {
        let rows_max = u32::try_from(SCAN_ROWS_MAX).expect("small");
        let scan = Scan { table: table as u32, prefix: vec![], after: vec![], rows_max };
        match asked(&desk.call(What::Scan(scan))).query {
            Query::Scan { rows_max, .. } => rows_max,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(wanted(Table::Wallet, &mut desk), SCAN_ROWS_MAX);
    assert_eq!(wanted(Table::ReplayChunk, &mut desk), 63, "of 256 KiB each");
}
