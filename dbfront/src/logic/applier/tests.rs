//! A model database that fails at every step in every way, and an applier that must not notice.

use std::{collections::BTreeMap, sync::Arc};

use proto::{
    ids::Epoch,
    tables::{Table, int},
};

use super::*;
use crate::logic::{
    backlog::{Backlog, Taken},
    row::{Action, Change, Row, RowKey},
};

/// What the database does with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Works,
    /// Rolled back, and says so.
    Fails,
    /// Committed, and the answer is lost.
    CommitsSilently,
    /// Not committed, and the answer is lost.
    ForgetsSilently,
}

/// Rows and a cursor; a record for account 13 is poison while `poison` is set.
#[derive(Debug)]
struct Model {
    rows: BTreeMap<i64, (i64, u64)>,
    cursor: Cursor,
    poison: bool,
    largest: u64,
}

impl Model {
    fn new() -> Self {
        Self { rows: BTreeMap::new(), cursor: origin(), poison: false, largest: 0 }
    }

    fn apply(&mut self, batch: &ApplyBatch, fate: Fate) -> Result<(), StoreError> {
        let detail = || "model".to_owned();
        assert_eq!(batch.from, self.cursor, "the applier knows where the database stands");
        let mut rows = self.rows.clone();
        for table in &batch.tables {
            for change in table.inserts.iter().chain(&table.updates) {
                let (account, gold) = cells(&change.row);
                if self.poison && account == 13 {
                    return Err(StoreError::Poison { lsn: change.lsn, table: "wallet", detail: detail() });
                }
                let base = rows.insert(account, (gold, change.ver)).map_or(0, |(_, ver)| ver);
                assert_eq!(base, change.base, "account {account}");
            }
        }
        match fate {
            Fate::Fails => return Err(StoreError::Transient { detail: detail() }),
            Fate::ForgetsSilently => return Err(StoreError::Unknown { detail: detail() }),
            Fate::Works | Fate::CommitsSilently => {}
        }
        self.largest = self.largest.max(batch.to.lsn.0 - batch.from.lsn.0);
        self.rows = rows;
        self.cursor = batch.to;
        if fate == Fate::CommitsSilently { Err(StoreError::Unknown { detail: detail() }) } else { Ok(()) }
    }
}

fn origin() -> Cursor {
    let game_epoch = Epoch(1);
    Cursor { journal: [1; 16], lsn: Lsn(0), chain: [0; 16], game_epoch, dbf_epoch: 1, schema: 1 }
}

fn cells(row: &Row) -> (i64, i64) {
    match (&row[0].v, &row[1].v) {
        (Some(proto::link::value::V::Int(account)), Some(proto::link::value::V::Int(gold))) => {
            (*account, *gold)
        }
        _ => panic!("a wallet"),
    }
}

/// Frames of one to three records; record n sets account n % 7 to n, record 30 the poisonous one.
fn journal() -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut vers: BTreeMap<i64, u64> = BTreeMap::new();
    let mut lsn = 1;
    while lsn <= 60 {
        let last = lsn + lsn % 3;
        let changes: Vec<Change> = (lsn..=last)
            .map(|lsn| {
                let number = i64::try_from(lsn).expect("small");
                let account = if lsn == 30 { 13 } else { number % 7 };
                let ver = vers.entry(account).or_default();
                *ver += 1;
                let row: Row = Arc::from([int(account), int(number)]);
                let key = RowKey::Int(account);
                let action = Action::Upsert(row);
                Change { lsn: Lsn(lsn), table: Table::Wallet, key, ver: *ver, action }
            })
            .collect();
        let chain = u128::from(last).to_le_bytes();
        let (first, last) = (Lsn(lsn), Lsn(last));
        frames.push(Frame { first, last, epoch: Epoch(1), chain, bytes: 10, changes: changes.into() });
        lsn = last.0 + 1;
    }
    frames
}

const LIMITS: BatchLimits = BatchLimits { records_max: 10, bytes_max: 100 };

#[expect(clippy::disallowed_methods, reason = "there is no other way to make an Instant")]
fn start() -> Instant {
    Instant::now()
}

/// What the store's thread does, step for step; `fate` of each try in turn.
fn drive(model: &mut Model, applier: &mut Applier, backlog: &mut Backlog, fate: &mut dyn FnMut() -> Fate) {
    let frames = journal();
    let now = start();
    loop {
        if applier.is_hungry() {
            match backlog.take(LIMITS.records_max, LIMITS.bytes_max) {
                Taken::Frames(frames) => applier.feed(frames),
                Taken::Journal { from } => {
                    let again: Vec<Frame> =
                        frames.iter().filter(|frame| from <= frame.first).take(3).cloned().collect();
                    backlog.read_up_to(again.last().expect("it is durable").last);
                    applier.feed(again);
                }
                Taken::Nothing => return,
            }
        }
        let Some(batch) = applier.batch().expect("no contradiction") else { continue };
        let Err(error) = model.apply(&batch, fate()) else {
            assert_eq!(applier.worked(), model.cursor.lsn);
            continue;
        };
        if applier.failed(&error, now) == (Verdict::Paused { at: now + PAUSE }) {
            return;
        }
        match applier.connected(model.cursor).expect("nobody else applies") {
            Standing::Same | Standing::Applied { .. } => {}
            Standing::WentBack { lsn } => backlog.rewind(lsn.next()),
        }
    }
}

fn full_backlog() -> Backlog {
    let mut backlog = Backlog::new(usize::MAX, Lsn(0), Lsn(0));
    journal().into_iter().for_each(|frame| backlog.offer(frame));
    backlog
}

fn expected() -> BTreeMap<i64, (i64, u64)> {
    let mut rows = BTreeMap::new();
    for change in journal().iter().flat_map(|frame| frame.changes.iter()) {
        let Action::Upsert(row) = &change.action else { continue };
        let (account, gold) = cells(row);
        rows.insert(account, (gold, change.ver));
    }
    rows
}

#[test]
fn a_failure_of_any_kind_at_any_step_changes_nothing() {
    let (mut model, mut applier) = (Model::new(), Applier::new(origin(), LIMITS, 1));
    let mut steps = 0;
    drive(&mut model, &mut applier, &mut full_backlog(), &mut || {
        steps += 1;
        Fate::Works
    });
    assert_eq!(model.rows, expected());
    assert!(5 < steps && model.largest <= 10, "{steps} steps, {} records at most", model.largest);

    for fail_at in 1..=steps {
        for fate in [Fate::Fails, Fate::CommitsSilently, Fate::ForgetsSilently] {
            let (mut model, mut applier) = (Model::new(), Applier::new(origin(), LIMITS, 1));
            let mut step = 0;
            drive(&mut model, &mut applier, &mut full_backlog(), &mut || {
                step += 1;
                if step == fail_at { fate } else { Fate::Works }
            });
            assert_eq!(model.rows, expected(), "{fate:?} at step {fail_at}");
            assert_eq!(model.cursor.lsn, journal().last().expect("frames").last);
        }
    }
}

#[test]
fn a_crash_at_any_step_is_a_new_applier_that_reads_the_cursor() {
    for crash_at in 1..=12 {
        for fate in [Fate::CommitsSilently, Fate::ForgetsSilently] {
            let mut model = Model::new();
            let mut step = 0;
            let (mut applier, mut backlog) = (Applier::new(origin(), LIMITS, 1), full_backlog());
            while applier.is_hungry() {
                let Taken::Frames(frames) = backlog.take(LIMITS.records_max, LIMITS.bytes_max) else { break };
                applier.feed(frames);
                let batch = applier.batch().expect("no contradiction").expect("frames");
                step += 1;
                if step == crash_at {
                    model.apply(&batch, fate).expect_err("a crash");
                    break;
                }
                model.apply(&batch, Fate::Works).expect("works");
                applier.worked();
            }
            let mut applier = Applier::new(model.cursor, LIMITS, 1);
            let last = journal().last().expect("frames").last;
            let mut backlog = Backlog::new(usize::MAX, model.cursor.lsn, last);
            drive(&mut model, &mut applier, &mut backlog, &mut || Fate::Works);
            assert_eq!(model.rows, expected(), "{fate:?} at step {crash_at}");
        }
    }
}

#[test]
fn a_poisonous_record_is_found_by_halving_and_everything_before_it_is_applied() {
    let (mut model, mut applier) = (Model::new(), Applier::new(origin(), LIMITS, 1));
    model.poison = true;
    let mut backlog = full_backlog();
    drive(&mut model, &mut applier, &mut backlog, &mut || Fate::Works);
    assert_eq!(applier.paused(), Some("POISON"));
    let frame = journal().into_iter().find(|frame| Lsn(30) <= frame.last).expect("it is there");
    assert_eq!(model.cursor.lsn.next(), frame.first, "all frames before it");
    assert!(applier.batch().expect("no contradiction").expect("the frame").careful);

    // The table was mended: it goes on by itself.
    model.poison = false;
    drive(&mut model, &mut applier, &mut backlog, &mut || Fate::Works);
    assert_eq!((model.rows, applier.paused()), (expected(), None));
}

#[test]
fn a_database_that_went_back_is_filled_again_from_the_journal() {
    let (mut model, mut applier) = (Model::new(), Applier::new(origin(), LIMITS, 1));
    let mut backlog = full_backlog();
    drive(&mut model, &mut applier, &mut backlog, &mut || Fate::Works);
    model.rows.clear();
    model.cursor = origin();
    assert_eq!(applier.connected(model.cursor), Ok(Standing::WentBack { lsn: Lsn(0) }));
    backlog.rewind(Lsn(1));
    drive(&mut model, &mut applier, &mut backlog, &mut || Fate::Works);
    assert_eq!(model.rows, expected());
}

#[test]
fn a_cursor_that_somebody_else_moved_ends_it() {
    let mut applier = Applier::new(origin(), LIMITS, 1);
    let others = [
        Cursor { dbf_epoch: 2, ..origin() },
        Cursor { journal: [9; 16], ..origin() },
        Cursor { lsn: Lsn(5), ..origin() },
        Cursor { chain: [9; 16], ..origin() },
    ];
    for other in others {
        assert_eq!(applier.connected(other), Err(StoreError::CursorMoved), "{other:?}");
    }
    assert_eq!(applier.failed(&StoreError::CursorMoved, start()), Verdict::Stop);
    assert_eq!(applier.connected(origin()), Ok(Standing::Same));
}

#[test]
fn waiting_grows_to_its_cap_and_starts_over_when_it_works() {
    let now = start();
    let mut applier = Applier::new(origin(), LIMITS, 7);
    let error = StoreError::Transient { detail: String::new() };
    let mut waits = Vec::new();
    for _ in 0..12 {
        let Verdict::Retry { at } = applier.failed(&error, now) else { panic!("it passes") };
        waits.push(at - now);
    }
    assert!(waits[0] <= Duration::from_millis(20), "{waits:?}");
    let cap = crate::logic::backoff::MAX;
    assert!(waits[11] <= cap && cap * 3 / 4 <= waits[11], "{waits:?}");
    assert_eq!(applier.backoff().failing_since(), Some(now));
    applier.worked();
    assert_eq!(applier.backoff().failing_since(), None);
}
