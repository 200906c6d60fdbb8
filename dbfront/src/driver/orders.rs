//! Orders of people to a running dbfront, from any thread: about a record that the database refuses, and questions
//! about all gold (`books`). Knows no control socket.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use proto::{
    ids::Lsn,
    limits::{STAFF_BYTES_MAX, STAFF_REASON_BYTES_MAX},
    link::Record,
    prescan::Budget,
    wire,
};
use tokio::sync::mpsc;

use super::{
    backlog_cell::BacklogCell,
    clock,
    desk::{AmendOrder, Refused},
    files::Files,
    poison::{Poison, Tried},
};
use crate::{
    logic::amend::in_force::{InForce, in_force},
    store::Database,
};

/// Handed to [`crate::run_with`], and cloned for whoever asks. Before dbfront serves and after it has ended, nobody
/// answers: [`OrderError::Starting`].
#[derive(Clone, Default)]
pub struct Orders(Arc<Mutex<Option<Way>>>);

impl fmt::Debug for Orders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Orders").finish_non_exhaustive()
    }
}

/// To the threads that serve now.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) backlog: Arc<BacklogCell>,
    pub(super) desk: mpsc::Sender<AmendOrder>,
    pub(super) journal_folder: PathBuf,
    pub(super) database: Arc<dyn Database>,
    /// Held by whoever has a question about all gold and things.
    pub(super) asking: Arc<Mutex<()>>,
}

/// The database, and what is held while it is asked.
pub(super) type WayToBooks = (Arc<dyn Database>, Arc<Mutex<()>>);

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// Nobody serves yet, or any more.
    #[error("dbfront starts or stops: try again")]
    Starting,
    /// The database refuses no record.
    #[error("the database refuses no record")]
    NoPoison,
    /// It refuses another one.
    #[error("the database refuses record {0}, not this one")]
    OtherRecord(Lsn),
    /// It is being tried for longer than anybody waits, or another order is carried out.
    #[error("another order or a try is under way: try again")]
    Busy,
    /// Who or why is missing or too long.
    #[error("who signs has 1 to {STAFF_BYTES_MAX} bytes, why 1 to {STAFF_REASON_BYTES_MAX}")]
    Signature,
    /// Not a record.
    #[error("not a record: {0}")]
    Broken(String),
    /// The replacement may not stand for the record.
    #[error(transparent)]
    Refused(Refused),
    /// The record cannot be read back from the journal.
    #[error("reading the record back: {0}")]
    Journal(String),
    /// The time was over first: it may happen yet.
    #[error("no answer in time: `ding journal poison` shows what became of it")]
    Unknown,
}

impl OrderError {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::NoPoison => "no_poison",
            Self::OtherRecord(_) => "other_record",
            Self::Busy | Self::Refused(Refused::Busy) => "busy",
            Self::Signature => "bad_signature",
            Self::Broken(_) => "bad_record",
            Self::Refused(Refused::Full) => "journal_full",
            Self::Refused(Refused::Unfit(unfit)) => unfit.code(),
            Self::Journal(_) => "journal_unreadable",
            Self::Unknown => "unknown",
        }
    }
}

/// A replacement that somebody wants.
#[derive(Clone, Debug)]
pub struct Replacement {
    /// Of which record.
    pub lsn: Lsn,
    /// An encoded `link::Record`.
    pub record: Vec<u8>,
    /// Who signs for it.
    pub author: String,
    /// Why.
    pub reason: String,
}

impl Orders {
    pub(super) fn open(&self, way: Way) {
        *self.lock() = Some(way);
    }

    pub(super) fn close(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Way>> {
        // Every change leaves a whole way, or none.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To the database, past everybody who applies and reads; nothing while nobody serves.
    pub(super) fn way_to_books(&self) -> Option<WayToBooks> {
        self.lock().as_ref().map(|way| (Arc::clone(&way.database), Arc::clone(&way.asking)))
    }

    fn way(&self) -> Result<Way, OrderError> {
        self.lock().clone().ok_or(OrderError::Starting)
    }

    /// The record that the database refuses, if there is one.
    ///
    /// # Errors
    /// `Starting`.
    pub fn poison(&self) -> Result<Option<Poison>, OrderError> {
        Ok(self.way()?.backlog.poison())
    }

    /// A record as it is applied until now.
    ///
    /// # Errors
    /// `Starting`, `Journal`.
    pub fn in_force(&self, lsn: Lsn) -> Result<InForce, OrderError> {
        look_up(&self.way()?, lsn)
    }

    /// Has the refused record tried at once.
    ///
    /// # Errors
    /// `Starting`, `NoPoison`.
    pub fn retry(&self, patience: Duration) -> Result<Tried, OrderError> {
        self.way()?.backlog.retry(clock::now() + patience).ok_or(OrderError::NoPoison)
    }

    /// Replaces the refused record. On success that is durable; the writer's link has ended, everything is read
    /// again, and the replacement is applied.
    ///
    /// # Errors
    /// Nothing was done, except where it is `Unknown`.
    pub fn amend(&self, wanted: Replacement, patience: Duration) -> Result<(), OrderError> {
        let way = self.way()?;
        let Replacement { lsn, record, author, reason } = wanted;
        let is_named = |text: &str, bytes_max| (1..=bytes_max).contains(&text.len());
        if !is_named(&author, STAFF_BYTES_MAX) || !is_named(&reason, STAFF_REASON_BYTES_MAX) {
            return Err(OrderError::Signature);
        }
        let broken = |error: wire::DecodeError| OrderError::Broken(error.to_string());
        let replacement: Record = wire::decode(&record, Budget::LINK).map_err(broken)?;
        match way.backlog.poison() {
            None => return Err(OrderError::NoPoison),
            Some(poison) if poison.lsn != lsn => return Err(OrderError::OtherRecord(poison.lsn)),
            Some(_) => {}
        }
        let until = clock::now() + patience;
        let hold = way.backlog.hold(lsn, until).ok_or(OrderError::Busy)?;
        let in_force = look_up(&way, lsn)?;
        let (answer, answered) = crossbeam_channel::bounded(1);
        let order = AmendOrder { lsn, in_force, replacement, author, reason, hold, answer };
        way.desk.try_send(order).map_err(|_| OrderError::Busy)?;
        match answered.recv_deadline(until) {
            Ok(done) => done.map_err(OrderError::Refused),
            Err(_) => Err(OrderError::Unknown),
        }
    }
}

/// What is applied under this number until now: not what the threads of now were told when they began, for a database that
/// went back may refuse a record that was replaced before.
fn look_up(way: &Way, lsn: Lsn) -> Result<InForce, OrderError> {
    let failed = |error: &dyn std::fmt::Display| OrderError::Journal(error.to_string());
    let mut disk = Files::open_to_read(&way.journal_folder).map_err(|error| failed(&error))?;
    in_force(&mut disk, lsn).map_err(|error| failed(&error))
}

/// Orders that wait for the desk.
pub(super) const ORDERS_MAX: usize = 4;
