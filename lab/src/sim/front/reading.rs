//! The thread that reads the database, as `dbfront::driver::reader_thread`: all questions in one snapshot.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Instant,
};

use dbfront::{
    driver::messages::Event,
    logic::{backoff::Backoff, reads::Ask, row::StoredRow},
    store::{Query, Reader as _, Snapshot, StoreError},
};

use super::Ended;
use crate::sim::{around::Around, database, lie::Lie};

/// See the module.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) asks: VecDeque<Ask>,
    waiting: Vec<Ask>,
    reader: Option<database::Reading>,
    backoff: Backoff,
    again_at: Option<Instant>,
    /// The database has less than was applied.
    pub(super) doubts: bool,
    /// An answer that was read and not told yet: others may be applied meanwhile.
    read: Option<Snapshot>,
    /// What a planted mistake read first.
    kept: BTreeMap<String, Vec<Option<StoredRow>>>,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            asks: VecDeque::new(),
            waiting: Vec::new(),
            reader: None,
            backoff: Backoff::new(0x5bd1_e995),
            again_at: None,
            doubts: false,
            read: None,
            kept: BTreeMap::new(),
        }
    }
}

impl Reading {
    pub(super) fn step(&mut self, events: &mut VecDeque<Event>, around: &mut Around) -> Result<bool, Ended> {
        let now = around.clock.now();
        if let Some(snapshot) = self.read.take() {
            for (ask, rows) in self.waiting.drain(..).zip(snapshot.answers) {
                events.push_back(Event::Read { id: ask.id, found: Some((snapshot.lsn, rows)) });
            }
            return Ok(true);
        }
        self.waiting.extend(self.asks.drain(..));
        for expired in self.waiting.extract_if(.., |ask| ask.deadline <= now) {
            events.push_back(Event::Read { id: expired.id, found: None });
        }
        if self.again_at.is_some_and(|at| now < at) || self.waiting.is_empty() {
            return Ok(false);
        }
        self.again_at = None;
        match self.ask(around) {
            Ok(snapshot) => {
                self.backoff.worked();
                self.read = Some(snapshot);
            }
            Err(error) => {
                around.tell("dbfront", format_args!("reading fails: {error}"));
                self.reader = None;
                self.again_at = Some(self.backoff.failed(now));
            }
        }
        Ok(true)
    }

    fn ask(&mut self, around: &Around) -> Result<Snapshot, StoreError> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => self.reader.insert(around.database.connect_reader()?),
        };
        let queries: Vec<Query> = self.waiting.iter().map(|ask| ask.query.clone()).collect();
        let mut snapshot = reader.read(&queries)?;
        if around.lie == Some(Lie::SnapshotIsKept) {
            for (query, answer) in queries.iter().zip(&mut snapshot.answers) {
                let kept = self.kept.entry(format!("{query:?}"));
                answer.clone_from(kept.or_insert_with(|| answer.clone()));
            }
        }
        let is_careless = around.lie == Some(Lie::OverlayIsForgotten);
        if !is_careless && self.waiting.iter().any(|ask| snapshot.lsn < ask.lsn_min) {
            self.doubts = true;
            return Err(StoreError::Transient { detail: "it is behind what it once had".to_owned() });
        }
        Ok(snapshot)
    }
}
