//! From whatever a crash left to a journal that may be written again, or to a refusal with a name. It looks
//! first (`examine`, which changes nothing), then repairs; a crash between any two steps of the repair leaves
//! something that the next recovery reads as the same history. docs/JOURNAL.md.

mod examine;
mod listing;
mod repair;
pub mod table;
#[cfg(test)]
mod tests;

use std::io;

use proto::ids::{Epoch, Lsn};

pub(in crate::logic) use self::listing::is_half_made;
pub use self::{
    examine::{Counted, Examination, examine},
    listing::{LOCK_NAME, QUARANTINE_SUFFIX, quarantine_name},
};
use super::{
    amend::Amendments,
    disk::Disk,
    frame::{Chain, Identity},
    journal::{Journal, JournalConfig, JournalError},
    reader::{ReadError, Reader, oldest},
};

/// What the journal must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// From the database's cursor row; `None` while there is no database to ask.
    pub journal_uuid: Option<[u8; 16]>,
    /// Hash of the configured name of the world.
    pub world_hash: [u8; 16],
}

/// The database's cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CursorPosition {
    /// The last record applied.
    pub lsn: Lsn,
    /// Chain of the turn that holds it; not looked at for record 0.
    pub chain: Chain,
}

/// Where recovery writes, and what it writes there.
#[derive(Clone, Copy, Debug)]
pub struct RecoveryOptions {
    /// For the new segment and the journal's life.
    pub journal: JournalConfig,
    /// What the journal must be.
    pub expected: Expected,
    /// `None` while there is no database to ask; [`check_cursor`] is then due later.
    pub cursor: Option<CursorPosition>,
    /// Milliseconds since 1970.
    pub wall_ms: u64,
}

/// A journal that may be written again.
#[derive(Debug)]
pub struct Recovered<D: Disk> {
    /// Goes on in a new segment.
    pub journal: Journal<D>,
    /// Whose.
    pub identity: Identity,
    /// The last record; it and all before it are durable.
    pub durable: Lsn,
    /// The last writer's.
    pub epoch: Epoch,
    /// The last writer.
    pub instance: u64,
    /// Before the turn that holds the record after the cursor; before the oldest turn without one.
    pub after_cursor: Reader,
    /// Replacements of records after the cursor, or of any without one.
    pub amendments: Amendments,
    /// For the log.
    pub report: RecoveryReport,
}

/// What recovery saw and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecoveryReport {
    /// The last stop was clean.
    pub clean: bool,
    /// Segments that were read frame by frame.
    pub segments_walked: u32,
    /// Turns in them.
    pub turns: u64,
    /// The proven watermark: everything up to here was durable before.
    pub proven: Lsn,
    /// Bytes that were readable but not known durable, now copied and synced (J5).
    pub copied_bytes: u64,
    /// Bytes that were never acknowledged and are no frames, cut off the end.
    pub cut_bytes: u64,
    /// Where they were set aside first.
    pub quarantined: Option<String>,
    /// Segments without a sound header that history does not need.
    pub ignored: u32,
}

/// Recovery refuses, with a name.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The disk failed.
    #[error(
        "the journal's disk failed at {step}: {source}; restart, and replace the disk if it happens again"
    )]
    Disk {
        /// What was tried.
        step: &'static str,
        /// What the disk said.
        source: io::Error,
    },
    /// No space for the new segment. Nothing was changed that matters: repeat it.
    #[error("no space for the journal at {step}; free some and start again")]
    Full {
        /// What was tried.
        step: &'static str,
    },
    /// No segment at all, or only what an interrupted `init` left.
    #[error("there is no journal here; `init` makes one if there is no database either")]
    Absent,
    /// A file that is none of ours.
    #[error("{name} does not belong in a journal's folder; move it away")]
    UnknownFile {
        /// Which.
        name: String,
    },
    /// A segment under another one's name.
    #[error("{name} is segment {number} by its header: files were renamed or copied; put them back")]
    Renamed {
        /// The file.
        name: String,
        /// What its header says.
        number: u64,
    },
    /// Acknowledged records are in a file that is not here.
    #[error(
        "records {from} to {to} are missing: bring the segment back, or restore a backup; what is lost otherwise, \
         `ding journal accept-loss` says"
    )]
    MissingSegment {
        /// First that is not here.
        from: Lsn,
        /// Last that is not here.
        to: Lsn,
    },
    /// Acknowledged records are damaged.
    #[error(
        "record {lsn} is damaged and was acknowledged (proven to {proven}): bring back a sound copy, or restore a \
         backup; what is lost otherwise, `ding journal accept-loss` says"
    )]
    CorruptAcked {
        /// First that is damaged.
        lsn: Lsn,
        /// Known durable.
        proven: Lsn,
    },
    /// Another journal, world or history.
    #[error("segment {number} belongs to {what}; check the configured folder")]
    WrongJournal {
        /// Which segment.
        number: u64,
        /// What differs.
        what: &'static str,
    },
    /// The database has applied records that this journal never had (B7).
    #[error(
        "the database stands at {cursor}, the journal ends at {last}: this is an old copy of the journal, bring the \
         newer one; if there is none, `ding journal accept-loss` says what is lost"
    )]
    BehindDb {
        /// Of the journal.
        last: Lsn,
        /// Of the database.
        cursor: Lsn,
    },
    /// The database is older than the oldest kept record (B6).
    #[error(
        "the database stands at {cursor}, the journal begins at {oldest}: restore a newer backup; if there is none, \
         `ding journal accept-loss` says what is lost"
    )]
    TooShort {
        /// Oldest record kept.
        oldest: Lsn,
        /// Of the database.
        cursor: Lsn,
    },
    /// Written by a later version.
    #[error("{what}: written by a later version; start that one")]
    TooNew {
        /// What cannot be read.
        what: String,
    },
}

impl RecoveryError {
    /// Stable name, as in docs/JOURNAL.md.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Disk { .. } => "JOURNAL_FAILED",
            Self::Full { .. } => "JOURNAL_FULL",
            Self::Absent => "JOURNAL_ABSENT",
            Self::UnknownFile { .. } => "UNKNOWN_FILE",
            Self::Renamed { .. } | Self::MissingSegment { .. } => "MISSING_SEGMENT",
            Self::CorruptAcked { .. } => "CORRUPT_ACKED",
            Self::WrongJournal { .. } => "WRONG_JOURNAL",
            Self::BehindDb { .. } => "JOURNAL_BEHIND_DB",
            Self::TooShort { .. } => "JOURNAL_TOO_SHORT",
            Self::TooNew { .. } => "SCHEMA_TOO_NEW",
        }
    }
}

/// Recovers the journal on `disk`, which nobody else may write to (E1).
///
/// # Errors
/// See [`RecoveryError`]. After an error the call may be repeated: nothing is lost by a recovery that ends early.
pub fn recover<D: Disk>(mut disk: D, options: &RecoveryOptions) -> Result<Recovered<D>, RecoveryError> {
    let found = examine(&mut disk, &options.expected, options.cursor)?;
    let report = found.report();
    repair::repair(disk, options, &found, report)
}

/// Compares a cursor that became known after recovery without one, or went back since (B6, B7, M4), and returns a
/// reader that stands there. `durable` is the journal's.
///
/// # Errors
/// `TooShort`, `BehindDb`, `WrongJournal`, `CorruptAcked`, `Disk`.
pub fn check_cursor<D: Disk>(
    disk: &mut D,
    identity: Identity,
    durable: Lsn,
    cursor: CursorPosition,
) -> Result<Reader, RecoveryError> {
    let CursorPosition { lsn, chain } = cursor;
    if lsn > durable {
        return Err(RecoveryError::BehindDb { last: durable, cursor: lsn });
    }
    match oldest(disk, &identity).map_err(read_error)? {
        Some(oldest) if lsn.next() < oldest => return Err(RecoveryError::TooShort { oldest, cursor: lsn }),
        _ => {}
    }
    let mut reader = Reader::open(disk, identity, lsn).map_err(read_error)?;
    let kept = match reader.tail().last_lsn == lsn {
        true => reader.tail().data_chain,
        // In the middle of a turn: its chain is that of the whole turn.
        false => {
            let turn = reader.read(disk, durable, 0).map_err(read_error)?;
            reader = Reader::open(disk, identity, lsn).map_err(read_error)?;
            turn.first().map_or(Chain::default(), |turn| turn.chain)
        }
    };
    if lsn.0 > 0 && kept != chain {
        let number = reader.segment();
        return Err(RecoveryError::WrongJournal { number, what: "another history than the database's" });
    }
    Ok(reader)
}

fn read_error(error: ReadError) -> RecoveryError {
    match error {
        ReadError::Disk(source) => RecoveryError::Disk { step: "reading frames", source },
        ReadError::Missing { lsn } => RecoveryError::MissingSegment { from: lsn, to: lsn },
        ReadError::Damaged { lsn } => RecoveryError::CorruptAcked { lsn, proven: lsn },
    }
}

fn disk_error(step: &'static str) -> impl FnOnce(io::Error) -> RecoveryError {
    move |source| match source.kind() {
        io::ErrorKind::StorageFull => RecoveryError::Full { step },
        _ => RecoveryError::Disk { step, source },
    }
}

fn journal_error(error: JournalError) -> RecoveryError {
    match error {
        JournalError::Full { step } => RecoveryError::Full { step },
        JournalError::Failed { step, source } => RecoveryError::Disk { step, source },
        other => RecoveryError::Disk { step: "repairing", source: io::Error::other(other) },
    }
}
