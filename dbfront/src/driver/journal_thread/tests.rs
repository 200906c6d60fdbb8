//! A journal whose disk fails at every call in turn: nothing is said durable that was not, and it ends by name.

use bytes::Bytes;
use proto::{
    ids::{AccountId, Epoch},
    turn::{TxnId, put_entry},
};

use super::*;
use crate::logic::{
    amend::Amendment,
    backlog::{Backlog, Taken},
    frame::Identity,
    journal::JournalConfig,
    model_disk::{Fault, FaultKind, ModelDisk},
};

const TURNS: u64 = 6;

fn config() -> JournalConfig {
    JournalConfig { segment_bytes: 8_192, ..JournalConfig::default() }
}

fn identity() -> Identity {
    Identity { journal_uuid: [1; 16], world_hash: [2; 16] }
}

fn turn(lsn: u64) -> ToJournal {
    let mut body = Vec::new();
    put_entry(&mut body, TxnId { account: AccountId(lsn), cseq: 1 }, &[7; 100]);
    ToJournal::Turn { first: Lsn(lsn), count: 1, epoch: Epoch(1), body: Bytes::from(body), changes: vec![] }
}

/// Writes all turns; what was said durable, how it ended, and what applying would get.
fn run(disk: ModelDisk) -> (Lsn, Result<(), Error>, Lsn) {
    let journal = match Journal::init(disk, config(), identity(), 1) {
        Ok(journal) => journal,
        Err(error) => return (Lsn(0), Err(error.into()), Lsn(0)),
    };
    let (to_journal, turns) = crossbeam_channel::unbounded();
    let (events_in, mut events) = mpsc::channel(64);
    let backlog = Arc::new(BacklogCell::new(Backlog::new(1 << 20, Lsn(0), Lsn(0))));
    let thread = JournalThread {
        journal,
        turns,
        backlog: backlog.clone(),
        events: events_in,
        metrics: Arc::default(),
        // A full disk is not waited for.
        stopping: Arc::new(AtomicBool::new(true)),
    };
    to_journal.send(ToJournal::Epoch { epoch: Epoch(1), instance: 9 }).expect("room");
    (1..=TURNS).for_each(|lsn| to_journal.send(turn(lsn)).expect("room"));
    drop(to_journal);
    let result = thread.run();
    let mut said = Lsn(0);
    while let Ok(event) = events.try_recv() {
        if let Event::Durable(lsn) = event {
            said = lsn;
        }
    }
    let limits = crate::logic::applier::BatchLimits { records_max: 1_000, bytes_max: 1 << 20 };
    let given = match backlog.take(limits) {
        Taken::Frames(frames) => frames.last().map_or(Lsn(0), |frame| frame.last),
        Taken::Journal { .. } | Taken::Nothing => Lsn(0),
    };
    (said, result, given)
}

#[test]
fn all_turns_are_said_durable_given_on_and_sealed() {
    let (said, result, given) = run(ModelDisk::new());
    assert!(result.is_ok());
    assert_eq!((said, given), (Lsn(TURNS), Lsn(TURNS)));
}

#[test]
fn a_disk_that_fails_anywhere_ends_it_by_name_and_nothing_unproven_was_said() {
    for kind in [FaultKind::Io, FaultKind::Crash, FaultKind::Full] {
        for at_call in 1.. {
            let fault = Fault { at_call, for_ever: true, kind };
            let (said, result, given) = run(ModelDisk::new().with_fault(fault));
            assert_eq!(said, given, "{kind:?} at call {at_call}");
            match result {
                Ok(()) => {
                    assert_eq!(said, Lsn(TURNS));
                    break;
                }
                Err(error) => {
                    // No space in a sync is a failed sync.
                    let full = kind == FaultKind::Full && error.code() == "JOURNAL_FULL";
                    assert!(full || error.code() == "JOURNAL_FAILED", "{kind:?} at call {at_call}: {error}");
                }
            }
        }
    }
}

#[test]
fn a_disk_that_the_journal_itself_fills_has_space_again_when_the_database_catches_up() {
    let config = JournalConfig { keep_bytes: 0, ..config() };
    let disk = ModelDisk::new().with_capacity(4 * config.segment_bytes);
    let journal = Journal::init(disk, config, identity(), 1).expect("space");
    let (to_journal, turns) = crossbeam_channel::unbounded();
    let (events_in, mut events) = mpsc::channel(64);
    let metrics: Arc<Metrics> = Arc::default();
    metrics.set_phase(Phase::Ready);
    let thread = JournalThread {
        journal,
        turns,
        backlog: Arc::new(BacklogCell::new(Backlog::new(1 << 20, Lsn(0), Lsn(0)))),
        events: events_in,
        metrics: metrics.clone(),
        stopping: Arc::default(),
    };
    to_journal.send(ToJournal::Epoch { epoch: Epoch(1), instance: 9 }).expect("room");
    (1..=300).for_each(|lsn| to_journal.send(turn(lsn)).expect("room"));
    drop(to_journal);
    let thread = std::thread::spawn(move || thread.run());
    let mut durable = Lsn(0);
    while metrics.state() != "journal_full" {
        if let Ok(Event::Durable(lsn)) = events.try_recv() {
            durable = lsn;
        }
        std::thread::yield_now();
    }
    while let Ok(event) = events.try_recv() {
        if let Event::Durable(lsn) = event {
            durable = lsn;
        }
    }
    assert!(Lsn(20) < durable && durable < Lsn(300), "{durable}");
    // Nobody makes room but the journal.
    metrics.lsn_applied.store(durable.0, Relaxed);
    while let Some(event) = events.blocking_recv() {
        if let Event::Durable(lsn) = event {
            durable = lsn;
            metrics.lsn_applied.store(lsn.0, Relaxed);
        }
    }
    assert_eq!(durable, Lsn(300));
    thread.join().expect("no panic").expect("a clean end");
    assert_eq!(metrics.state(), "ready");
}

#[test]
fn a_replacement_for_which_there_is_no_space_is_refused_and_waited_for_by_nobody() {
    let (mut made, mut refused) = (0, 0);
    for at_call in 1.. {
        let fault = Fault { at_call, for_ever: true, kind: FaultKind::Full };
        let Ok(journal) = Journal::init(ModelDisk::new().with_fault(fault), config(), identity(), 1) else {
            continue;
        };
        let (to_journal, turns) = crossbeam_channel::unbounded();
        let (events_in, mut events) = mpsc::channel(64);
        let thread = JournalThread {
            journal,
            turns,
            backlog: Arc::new(BacklogCell::new(Backlog::new(1 << 20, Lsn(0), Lsn(0)))),
            events: events_in,
            metrics: Arc::default(),
            stopping: Arc::new(AtomicBool::new(true)),
        };
        to_journal.send(ToJournal::Epoch { epoch: Epoch(1), instance: 9 }).expect("room");
        (1..=TURNS).for_each(|lsn| to_journal.send(turn(lsn)).expect("room"));
        let (author, reason, entry) = ("ada".to_owned(), "why".to_owned(), Bytes::from(vec![7; 3_000]));
        // More than what is left of the segment.
        let amendment = Amendment { lsn: Lsn(3), replaces: 1, author, reason, entry };
        to_journal.send(ToJournal::Amend(amendment)).expect("room");
        drop(to_journal);
        let result = thread.run();
        let mut said = Vec::new();
        while let Ok(event) = events.try_recv() {
            match event {
                Event::Amended => said.push(true),
                Event::NotAmended => said.push(false),
                _ => {}
            }
        }
        match said[..] {
            [true] => made += 1,
            [false] => refused += 1,
            [] => assert!(result.is_err(), "call {at_call}: nobody was told"),
            _ => panic!("call {at_call}: told twice"),
        }
        if result.is_ok() && said == [true] {
            break;
        }
    }
    assert!(0 < made && 0 < refused, "{made} made, {refused} refused");
}
