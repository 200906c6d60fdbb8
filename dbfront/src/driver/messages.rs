//! What the threads say to each other. Every channel has a bound.

use bytes::Bytes;
use proto::ids::{Epoch, Lsn};

use crate::{
    error::Error,
    logic::{amend::Amendment, reads::Found, row::Change},
};

/// To the journal's thread. Its end is the order to finish.
#[derive(Debug)]
pub enum ToJournal {
    /// A checked turn.
    Turn {
        /// Its first record.
        first: Lsn,
        /// Records.
        count: u32,
        /// The writer's.
        epoch: Epoch,
        /// As it came.
        body: Bytes,
        /// The same, decoded.
        changes: Vec<Change>,
    },
    /// A replacement of an earlier record, after which only a new writer goes on.
    Amend(Amendment),
    /// A new writer.
    Epoch {
        /// Granted to it.
        epoch: Epoch,
        /// Its process.
        instance: u64,
    },
}

/// To the desk.
#[derive(Debug)]
pub enum Event {
    /// Everything up to here survives.
    Durable(Lsn),
    /// An epoch's frame is durable, with everything before it.
    EpochBegun(Epoch),
    /// A replacement is durable.
    Amended,
    /// There was no space for a replacement: nothing of it is in the journal.
    NotAmended,
    /// The database has everything up to here.
    Applied(Lsn),
    /// What came of a question to the database.
    Read {
        /// Which.
        id: u64,
        /// The rows, or nothing if the reader gave up.
        found: Found,
    },
}

/// A thread of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thread {
    /// Writes the journal.
    Journal,
    /// Applies.
    Store,
    /// Reads.
    Reader,
}

impl Thread {
    /// As the system shows it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::Store => "store",
            Self::Reader => "reader",
        }
    }
}

/// A thread has ended.
#[derive(Debug)]
pub struct Ended {
    /// Which.
    pub thread: Thread,
    /// How.
    pub result: Result<(), Error>,
}

/// Turns on their way to the journal: more than a game may have in flight.
pub const TO_JOURNAL_MAX: usize = 2 * proto::limits::INFLIGHT_RECORDS_MAX;
/// Questions on their way to the database: those of a link that is gone and those of its successor.
pub const TO_READER_MAX: usize = 2 * proto::limits::RPC_IN_FLIGHT_MAX;
/// Events that wait for the link's thread; more, and the sender waits.
pub const EVENTS_MAX: usize = 4_096;
