//! What reads see while records come, are applied and are forgotten; every order of these, in a small world.

mod kept;
mod saved;
mod sets;
mod spilled;
mod tiers;

use std::sync::Arc;

use proto::{
    link::{Value, value::V},
    tables::int,
};

use super::*;

fn wallet(lsn: u64, account: i64, gold: i64, ver: u64) -> Checked {
    checked(lsn, account, ver, Action::Upsert(Arc::from([int(account), int(gold)])), None)
}

fn checked(lsn: u64, account: i64, ver: u64, action: Action, gold: Option<(i64, i64)>) -> Checked {
    let key = RowKey::Int(account);
    Checked {
        change: Change { lsn: Lsn(lsn), table: Table::Wallet, key, ver, action },
        gold,
        goods_before: None,
    }
}

fn delete(lsn: u64, account: i64, ver: u64) -> Checked {
    checked(lsn, account, ver, Action::Delete(Arc::from([int(account)])), None)
}

fn write(overlay: &mut Overlay, change: &Checked) {
    overlay.write(change, &mut Undo::default()).expect("it fits");
}

fn stored(account: i64, gold: i64, ver: u64) -> StoredRow {
    StoredRow { ver, row: Arc::from([int(account), int(gold)]) }
}

fn look(overlay: &mut Overlay, account: i64) -> Known {
    overlay.look(Table::Wallet, &RowKey::Int(account))
}

fn scanned(overlay: &mut Overlay, after: Option<i64>, found: Vec<StoredRow>, scan: ScanEnd) -> Page {
    overlay.scanned(Table::Wallet, &Span { after: after.map(RowKey::Int), upto: None }, found, scan)
}

fn page(overlay: &mut Overlay, after: Option<i64>, rows_max: usize) -> Option<Page> {
    overlay.page(Table::Wallet, &Span { after: after.map(RowKey::Int), upto: None }, rows_max)
}

const LAST: ScanEnd = ScanEnd { rows_max: 100, is_last: true };

#[test]
fn a_change_must_fit_the_row_that_is_known() {
    let mut overlay = Overlay::new(Lsn(0), usize::MAX);
    let mut fits = |change: &Checked| overlay.write(change, &mut Undo::default()).is_ok();
    assert!(fits(&wallet(1, 1, 10, 5)), "nothing is known of it");
    assert!(!fits(&wallet(2, 1, 10, 5)));
    assert!(!fits(&wallet(2, 1, 10, 7)));
    let with_gold = |ver, before| Checked { gold: Some((before, 0)), ..wallet(2, 1, 0, ver) };
    assert!(!fits(&with_gold(6, 11)));
    assert!(fits(&with_gold(6, 10)));
    assert!(!fits(&delete(3, 1, 6)));
    assert!(fits(&delete(3, 1, 7)));
    assert!(!fits(&wallet(4, 1, 1, 8)), "it is gone: only an insert fits");
    assert!(fits(&wallet(4, 1, 1, 1)));
}

#[test]
fn a_turn_that_is_refused_leaves_no_trace() {
    let mut overlay = Overlay::new(Lsn(0), usize::MAX);
    write(&mut overlay, &wallet(1, 1, 10, 1));
    overlay.applied(Lsn(1));
    let before = (overlay.len(), overlay.unsettled_bytes(), overlay.settled_bytes());
    let mut undo = Undo::default();
    for change in [wallet(2, 1, 11, 2), wallet(2, 2, 1, 1), wallet(3, 1, 12, 3), delete(4, 2, 2)] {
        overlay.write(&change, &mut undo).expect("it fits");
    }
    overlay.take_back(undo);
    assert_eq!((overlay.len(), overlay.unsettled_bytes(), overlay.settled_bytes()), before);
    assert_eq!(look(&mut overlay, 1), Known::Row(stored(1, 10, 1)));
    assert_eq!(look(&mut overlay, 2), Known::Unknown);
    write(&mut overlay, &wallet(2, 1, 11, 2));
    overlay.applied(Lsn(2));
    assert_eq!(look(&mut overlay, 1), Known::Row(stored(1, 11, 2)));
    assert_eq!(overlay.unsettled_bytes(), 0);
}

#[test]
fn scans_show_changes_and_hide_what_was_deleted() {
    let mut overlay = Overlay::new(Lsn(0), usize::MAX);
    write(&mut overlay, &wallet(1, 2, 22, 2));
    write(&mut overlay, &delete(2, 4, 2));
    write(&mut overlay, &wallet(3, 5, 55, 1));
    assert_eq!(page(&mut overlay, None, 10), None, "only the database knows the rest");
    let scan = ScanEnd { rows_max: 3, is_last: false };
    let found = vec![stored(1, 1, 1), stored(2, 2, 1), stored(4, 4, 1)];
    let first = scanned(&mut overlay, None, found, scan);
    assert_eq!(first, Page { rows: vec![stored(1, 1, 1), stored(2, 22, 2)], done: false });
    let second =
        scanned(&mut overlay, Some(4), vec![stored(6, 6, 1)], ScanEnd { rows_max: 3, is_last: true });
    assert_eq!(second, Page { rows: vec![stored(5, 55, 1), stored(6, 6, 1)], done: true });

    // From now on memory knows the whole table.
    let all = vec![stored(1, 1, 1), stored(2, 22, 2), stored(5, 55, 1), stored(6, 6, 1)];
    assert_eq!(page(&mut overlay, None, 10), Some(Page { rows: all.clone(), done: true }));
    assert_eq!(page(&mut overlay, Some(2), 1), Some(Page { rows: vec![all[2].clone()], done: false }));
    assert_eq!(look(&mut overlay, 4), Known::Absent);
    assert_eq!(look(&mut overlay, 99), Known::Absent);
    overlay.applied(Lsn(3));
    assert_eq!(page(&mut overlay, None, 10), Some(Page { rows: all, done: true }));
}

#[test]
fn a_page_of_deleted_rows_only_is_empty_and_not_the_end() {
    let mut overlay = Overlay::new(Lsn(0), usize::MAX);
    write(&mut overlay, &delete(1, 1, 2));
    let page = scanned(&mut overlay, None, vec![stored(1, 1, 1)], ScanEnd { rows_max: 1, is_last: false });
    assert_eq!(page, Page { rows: vec![], done: false });
}

#[test]
fn rows_that_the_writer_holds_outlive_those_it_does_not() {
    let mut overlay = Overlay::new(Lsn(0), usize::MAX);
    scanned(&mut overlay, None, (1..=100).map(|account| stored(account, 1, 1)).collect(), LAST);
    let room_for_half = overlay.settled_bytes() / 2;
    for account in (1..=100).filter(|account| account % 4 != 0) {
        overlay.release(Table::Wallet, &RowKey::Int(account));
    }
    overlay.settled_bytes_max = room_for_half;
    overlay.applied(Lsn(1));
    assert!(overlay.settled_bytes() <= room_for_half);
    for account in (1..=100).filter(|account| account % 4 == 0) {
        assert_ne!(look(&mut overlay, account), Known::Unknown, "account {account} is held");
    }
    assert_eq!(page(&mut overlay, None, 10), None, "rows are missing now");
    assert!((1..=100).any(|account| look(&mut overlay, account) == Known::Unknown));

    // A new writer holds nothing: what is least used goes. What is not applied stays in any case.
    overlay.new_writer();
    write(&mut overlay, &wallet(2, 200, 9, 1));
    overlay.settled_bytes_max = 0;
    overlay.applied(Lsn(1));
    assert_eq!((overlay.settled_bytes(), overlay.len()), (0, 1));
    overlay.applied(Lsn(2));
    assert!(overlay.is_empty());
}

/// What can happen next in the small world below.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// The next record comes.
    Record,
    /// The database applies one more record.
    Apply,
    /// That is heard.
    HearApplied,
    /// A read begins: its snapshot is taken later.
    Begin,
    /// Its snapshot is taken.
    Snapshot,
    /// What it found arrives.
    Found,
    /// Everything settled is dropped.
    Evict,
}

const NEXT: [Next; 7] =
    [Next::Record, Next::Apply, Next::HearApplied, Next::Begin, Next::Snapshot, Next::Found, Next::Evict];

/// Two accounts, four records: change, insert, change, delete.
fn records() -> Vec<Checked> {
    vec![wallet(1, 1, 11, 2), wallet(2, 2, 20, 1), wallet(3, 1, 12, 3), delete(4, 2, 2)]
}

/// The world as of a record.
fn world(lsn: usize) -> Vec<StoredRow> {
    let first = [stored(1, 10, 1), stored(1, 11, 2), stored(1, 11, 2), stored(1, 12, 3), stored(1, 12, 3)];
    let second = [None, None, Some(stored(2, 20, 1)), Some(stored(2, 20, 1)), None];
    [Some(first[lsn].clone()), second[lsn].clone()].into_iter().flatten().collect()
}

struct Small {
    overlay: Overlay,
    received: usize,
    applied: usize,
    heard: usize,
    ticket: Option<ReadTicket>,
    snapshot: Option<Vec<StoredRow>>,
}

impl Small {
    fn new() -> Self {
        let overlay = Overlay::new(Lsn(0), usize::MAX);
        Self { overlay, received: 0, applied: 0, heard: 0, ticket: None, snapshot: None }
    }

    /// Does it, unless it cannot happen now.
    fn step(&mut self, next: Next, path: &[Next]) -> bool {
        match next {
            Next::Record if self.received < 4 => {
                write(&mut self.overlay, &records()[self.received]);
                self.received += 1;
            }
            Next::Apply if self.applied < self.received => self.applied += 1,
            Next::HearApplied if self.heard < self.applied => {
                self.heard = self.applied;
                self.overlay.applied(Lsn(self.heard as u64));
            }
            Next::Begin if self.ticket.is_none() => self.ticket = Some(self.overlay.read_began()),
            Next::Snapshot if self.ticket.is_some() && self.snapshot.is_none() => {
                self.snapshot = Some(world(self.applied));
            }
            Next::Found if self.snapshot.is_some() => {
                let (ticket, found) = self.ticket.take().zip(self.snapshot.take()).expect("a read is out");
                let page = scanned(&mut self.overlay, None, found, LAST);
                assert_eq!(page.rows, world(self.received), "{path:?}");
                self.overlay.read_ended(ticket);
            }
            Next::Evict if self.overlay.settled_bytes() > 0 => {
                self.overlay.settled_bytes_max = 0;
                self.overlay.applied(Lsn(self.heard as u64));
                self.overlay.settled_bytes_max = usize::MAX;
            }
            _ => return false,
        }
        if let Some(page) = page(&mut self.overlay, None, 10) {
            assert_eq!(page.rows, world(self.received), "from memory, {path:?}");
        }
        for account in [1, 2] {
            let now = world(self.received).into_iter().find(|row| row.row[0] == int(account));
            match look(&mut self.overlay, account) {
                Known::Row(row) => assert_eq!(Some(row), now, "{path:?}"),
                Known::Absent => assert_eq!(None, now, "{path:?}"),
                Known::Unknown => {}
            }
        }
        true
    }
}

/// Replays a path; nothing if one of its steps cannot happen there.
fn replay(path: &[Next]) -> bool {
    let mut small = Small::new();
    path.iter().all(|&next| small.step(next, path))
}

fn explore(path: &mut Vec<Next>, depth: usize, explored: &mut usize) {
    for next in NEXT {
        path.push(next);
        if replay(path) {
            *explored += 1;
            if path.len() < depth {
                explore(path, depth, explored);
            }
        }
        path.pop();
    }
}

#[test]
fn in_every_order_of_records_applying_reading_and_forgetting_reads_see_the_last_record() {
    let mut explored = 0;
    explore(&mut Vec::new(), 9, &mut explored);
    assert!(10_000 < explored, "{explored} paths");
}
