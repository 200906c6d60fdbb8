//! The thread that applies, as `dbfront::driver::store_thread`: one connection, one batch at a time.

use std::{collections::VecDeque, time::Instant};

use dbfront::{
    driver::messages::Event,
    logic::{
        amend::Amendments,
        applier::{Applier, Standing, Verdict},
        backlog::{Backlog, Taken},
        decode::decode_frame,
        frame::{Chain, Identity},
        reader::{ReadError, Reader},
        recovery::{CursorPosition, check_cursor},
    },
    store::{Store, StoreError},
};
use proto::ids::Lsn;

use super::{Ended, journalling::Journalling, reading::Reading};
use crate::sim::{around::Around, database::Connection, lie::Lie};

/// See the module.
#[derive(Debug)]
pub(super) struct Storing {
    store: Option<Connection>,
    applier: Applier,
    pub(super) backlog: Backlog,
    identity: Identity,
    place: Option<Reader>,
    again_at: Option<Instant>,
    /// Of a lie: what is believed of the cursor.
    believed: bool,
}

enum Failed {
    Store(StoreError),
    Final(Ended),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Storing {
    pub(super) fn new(
        store: Option<Connection>,
        applier: Applier,
        backlog: Backlog,
        (identity, place): (Identity, Reader),
    ) -> Self {
        Self { store, applier, backlog, identity, place: Some(place), again_at: None, believed: false }
    }

    pub(super) fn step(
        &mut self,
        journalling: &mut Journalling,
        reading: &mut Reading,
        events: &mut VecDeque<Event>,
        around: &mut Around,
    ) -> Result<bool, Ended> {
        let now = around.clock.now();
        if self.again_at.is_some_and(|at| now < at) {
            return Ok(false);
        }
        self.again_at = None;
        if std::mem::take(&mut reading.doubts) {
            self.store = None;
        } else if self.applier.is_hungry() && !self.fetch(around)? {
            return Ok(false);
        }
        let done = self
            .connected(journalling, events, around)
            .and_then(|()| self.apply(journalling, events, around));
        let error = match done {
            Ok(()) => return self.check(around).map(|()| true),
            Err(Failed::Final(ended)) => return Err(ended),
            Err(Failed::Store(error)) => error,
        };
        self.check(around)?;
        around.tell("dbfront", format_args!("applying fails: {error}"));
        self.believed = matches!(error, StoreError::Unknown { .. });
        if around.lie != Some(Lie::ConnectionIsKept) || !is_of_transaction(&error) {
            self.store = None;
        }
        match self.applier.failed(&error, now) {
            Verdict::Stop => Err(Ended::Stop(error.code(), error.to_string())),
            Verdict::Retry { at } | Verdict::Paused { at } => {
                self.again_at = Some(at);
                Ok(true)
            }
        }
    }

    /// Whatever the client was told: what is in the database must be right.
    fn check(&self, around: &mut Around) -> Result<(), Ended> {
        for lsn in around.database.take_committed() {
            around.truth.committed(&around.database, lsn)?;
        }
        Ok(())
    }

    fn fetch(&mut self, around: &mut Around) -> Result<bool, Ended> {
        let limits = self.applier.limits();
        match self.backlog.take(limits.records_max, limits.bytes_max) {
            Taken::Nothing => Ok(false),
            Taken::Frames(frames) => {
                self.applier.feed(frames);
                Ok(true)
            }
            Taken::Journal { from } => {
                let read = |error: ReadError| Ended::Stop(error.code(), error.to_string());
                let (durable, after) = (self.backlog.durable(), Lsn(from.0 - 1));
                let mut disk = around.platter.clone();
                let mut place = match self.place.take() {
                    Some(place) if place.tail().last_lsn == after => place,
                    _ => Reader::open(&mut disk, self.identity, after).map_err(read)?,
                };
                let found = place.read(&mut disk, durable, limits.bytes_max).map_err(read)?;
                self.place = Some(place);
                let mut frames = Vec::with_capacity(found.len());
                for frame in found {
                    let frame = decode_frame(
                        frame.first_lsn,
                        frame.epoch,
                        frame.chain.0,
                        &frame.body,
                        &Amendments::default(),
                    )
                    .map_err(|error| Ended::Stop("RECORD_UNKNOWN", error.to_string()))?;
                    frames.push(frame);
                }
                if let Some(last) = frames.last() {
                    self.backlog.read_up_to(last.last);
                }
                self.applier.feed(frames);
                Ok(!self.applier.is_hungry())
            }
        }
    }

    fn connected(
        &mut self,
        journalling: &mut Journalling,
        events: &mut VecDeque<Event>,
        around: &mut Around,
    ) -> Result<(), Failed> {
        if self.store.is_some() {
            return Ok(());
        }
        let mut store = around.database.connect()?;
        let mut found = store.cursor()?;
        if std::mem::take(&mut self.believed) && around.lie == Some(Lie::ErrorMeansUndone) {
            found = *self.applier.cursor();
        }
        let standing = self.applier.connected(found)?;
        self.store = Some(store);
        match standing {
            Standing::Same => {}
            Standing::Applied { lsn } => applied(lsn, journalling, events, around),
            Standing::WentBack { lsn } => {
                around.tell("dbfront", format_args!("the database went back to {lsn}"));
                journalling.applied = lsn;
                let cursor = CursorPosition { lsn, chain: Chain(found.chain) };
                let mut disk = around.platter.clone();
                let place = check_cursor(&mut disk, self.identity, self.backlog.durable(), cursor)
                    .map_err(|error| Failed::Final(Ended::Stop(error.code(), error.to_string())))?;
                self.place = Some(place);
                self.backlog.rewind(lsn.next());
                applied(lsn, journalling, events, around);
            }
        }
        Ok(())
    }

    fn apply(
        &mut self,
        journalling: &mut Journalling,
        events: &mut VecDeque<Event>,
        around: &mut Around,
    ) -> Result<(), Failed> {
        let Some(store) = &mut self.store else { return Ok(()) };
        let Some(batch) = self.applier.batch()? else { return Ok(()) };
        store.apply(&batch)?;
        let lsn = self.applier.worked();
        applied(lsn, journalling, events, around);
        Ok(())
    }
}

fn applied(lsn: Lsn, journalling: &mut Journalling, events: &mut VecDeque<Event>, around: &mut Around) {
    around.tell("dbfront", format_args!("{lsn} is applied"));
    journalling.applied = lsn;
    events.push_back(Event::Applied(lsn));
}

fn is_of_transaction(error: &StoreError) -> bool {
    matches!(error, StoreError::Transient { detail } if detail.starts_with("12") || detail.starts_with("there"))
}
