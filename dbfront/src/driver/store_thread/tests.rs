//! A database that went back while nobody looked.

use std::path::Path;

use proto::ids::Epoch;

use super::*;
use crate::{
    logic::{
        applier::BatchLimits,
        backlog::Backlog,
        journal::Journal,
        journal_script::{CONFIG, IDENTITY},
    },
    store::{Cursor, Founding, Presence, Reader},
};

/// Stands at a cursor and takes nothing.
#[derive(Clone, Copy)]
struct Standing(Cursor);

impl Database for Standing {
    fn describe(&self) -> String {
        "a cursor".to_owned()
    }

    fn founding(&self) -> Founding {
        Founding::AtStart
    }

    fn presence(&self) -> Result<Presence, StoreError> {
        Ok(Presence::Present)
    }

    fn prepare(&self, _: Cursor) -> Result<(), StoreError> {
        Err(StoreError::CursorMoved)
    }

    fn publish(&self) -> Result<(), StoreError> {
        Err(StoreError::CursorMoved)
    }

    fn migrate(&self) -> Result<u32, StoreError> {
        Ok(0)
    }

    fn connect(&self) -> Result<Box<dyn Store>, StoreError> {
        Ok(Box::new(*self))
    }

    fn connect_reader(&self) -> Result<Box<dyn Reader>, StoreError> {
        Err(StoreError::CursorMoved)
    }
}

impl Store for Standing {
    fn cursor(&mut self) -> Result<Cursor, StoreError> {
        Ok(self.0)
    }

    fn begin_term(&mut self, _: &Cursor) -> Result<Cursor, StoreError> {
        Err(StoreError::CursorMoved)
    }

    fn apply(&mut self, _: &ApplyBatch) -> Result<(), StoreError> {
        Err(StoreError::CursorMoved)
    }

    fn checkpoint(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Applied up to 90 of `durable`, over a database that stands at 40 and a journal that holds nothing.
fn gone_back(path: &Path, durable: Lsn, metrics: &Arc<Metrics>) -> (StoreThread, mpsc::Receiver<Event>) {
    // Empty: the look itself fails, and what was said before it stays.
    Journal::init(Files::create(path).expect("new"), CONFIG, IDENTITY, 1).expect("empty");
    let at = |lsn: u64| Cursor {
        journal: IDENTITY.journal_uuid,
        lsn: Lsn(lsn),
        chain: [3; 16],
        game_epoch: Epoch(1),
        dbf_epoch: 1,
        schema: 1,
    };
    metrics.lsn_applied.store(90, Relaxed);
    let (events, heard) = mpsc::channel(4);
    let thread = StoreThread {
        database: Arc::new(Standing(at(40))),
        store: None,
        applier: Applier::new(at(90), BatchLimits { records_max: 9, bytes_max: 9 }, 1),
        backlog: Arc::new(BacklogCell::new(Backlog::new(1 << 20, Lsn(90), durable))),
        disk: Files::open_to_read(path).expect("there"),
        identity: IDENTITY,
        events,
        metrics: metrics.clone(),
        place: None,
        amendments: crate::logic::amend::Amendments::default(),
        batch_from: clock::now(),
        widened_at: None,
    };
    (thread, heard)
}

#[test]
fn retention_hears_of_a_database_that_went_back_before_the_journal_is_looked_into() {
    let parent = tempfile::tempdir().expect("a place for tests");
    let metrics = Arc::new(Metrics::default());
    let (mut thread, mut heard) = gone_back(&parent.path().join("journal"), Lsn(95), &metrics);
    let Err(Failed::Final(error)) = thread.connected() else { panic!("no segment holds record 40") };
    assert_eq!(error.code(), "MISSING_SEGMENT");
    assert_eq!(metrics.lsn_applied.load(Relaxed), 40);
    assert!(heard.try_recv().is_err(), "game hears only of what was found");
}

/// Else a game that only reads would wait for ever: nothing is applied again before something new is written.
#[test]
fn a_reader_that_saw_less_has_the_cursor_read_though_nothing_is_to_be_applied() {
    let parent = tempfile::tempdir().expect("a place for tests");
    let metrics = Arc::new(Metrics::default());
    let (mut thread, _heard) = gone_back(&parent.path().join("journal"), Lsn(90), &metrics);
    thread.store = Some(thread.database.connect().expect("there"));
    thread.backlog.doubt();
    let error = thread.run().expect_err("no segment holds record 40");
    assert_eq!(error.code(), "MISSING_SEGMENT");
    assert_eq!(metrics.lsn_applied.load(Relaxed), 40);
}
