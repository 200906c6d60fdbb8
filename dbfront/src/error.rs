//! Why dbfront ends by itself: the named stops of its kind. A game that fails is no such reason.

use std::{io, path::PathBuf};

use proto::ids::Lsn;

use crate::{
    config::ConfigError,
    driver::files::FilesError,
    logic::{journal::JournalError, overlay::spill::SpillError, reader::ReadError, recovery::RecoveryError},
    store::StoreError,
};

/// See the module. Its text says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A database without its journal: records that were acknowledged may be in no other place.
    #[error(
        "{database} is there, its journal {journal} is not: bring the journal back; if it is lost for good, \
         what the database lacks is lost too, and `ding journal accept-loss` goes on without it"
    )]
    JournalMissing {
        /// The database.
        database: String,
        /// Where the journal should be.
        journal: PathBuf,
    },
    /// A journal without its database.
    #[error(
        "the journal {journal} is there, {database} is not: restore it from a backup, the journal does the rest"
    )]
    DatabaseMissing {
        /// The database.
        database: String,
        /// The journal.
        journal: PathBuf,
    },
    /// No world in a database in which no start founds one.
    #[error("{database} holds no world: is it the right one? `ding init` founds a world there")]
    NotFounded {
        /// The database.
        database: String,
    },
    /// A restore was cut off here.
    #[error(
        "a restore into this data folder was cut off ({} is there): run the same `ding restore` again",
        mark.display()
    )]
    RestoreUnfinished {
        /// What says so.
        mark: PathBuf,
    },
    /// Somebody accepted a loss here, and that was cut off.
    #[error(
        "accepting a loss was cut off ({} is there): run `ding journal accept-loss --lost-to {to}` again",
        mark.display()
    )]
    LossUnfinished {
        /// What says so.
        mark: PathBuf,
        /// The record that the command names.
        to: Lsn,
    },
    /// The journal's folder cannot be had: another dbfront, or the system.
    #[error(transparent)]
    Folder(#[from] FilesError),
    /// The journal cannot be read, or contradicts itself or the database.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal cannot be read back.
    #[error(transparent)]
    ReadBack(#[from] ReadError),
    /// A record in the journal that this program cannot have written.
    #[error("record {lsn} of the journal cannot be understood: start the version that wrote it")]
    Record {
        /// Which, or the first of its turn.
        lsn: u64,
    },
    /// The database must not, or no longer, be used.
    #[error("{source}; {advice}")]
    Store {
        /// What is wrong.
        source: StoreError,
        /// What to do.
        advice: &'static str,
    },
    /// Rows that wait for the database went to disk and do not come back.
    #[error("{0}; the journal has them, the next start reads it: look at the disk if it comes back")]
    Spill(SpillError),
    /// The journal has less than was acknowledged, and nobody has the rest (reliability D2).
    #[error(
        "the journal ends at {durable}, game was told {seen} and has it no more: bring the right journal back, or restore"
    )]
    Regression {
        /// What game was told.
        seen: Lsn,
        /// The journal's end.
        durable: Lsn,
    },
    /// Game sends something else than what is in the journal (reliability D5).
    #[error("record {lsn}: {what}; this is a bug, or two histories: keep the journal and report it")]
    Diverged {
        /// Where.
        lsn: Lsn,
        /// What is wrong.
        what: &'static str,
    },
    /// The socket for game cannot be had.
    #[error("cannot listen on {path}: {source}; look at the folder's owner and rights")]
    Listen {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system refused what the process cannot do without.
    #[error("{what}: {source}; start it again, and look at the limits of the system if it comes back")]
    Io {
        /// Doing what.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// A bug of ours; the panic's own message stands in the log.
    #[error("the {thread} thread panicked; please report the message before this one")]
    Panicked {
        /// Which.
        thread: &'static str,
    },
}

impl Error {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "CONFIG",
            Self::JournalMissing { .. } => "JOURNAL_MISSING",
            Self::DatabaseMissing { .. } => "DATABASE_MISSING",
            Self::NotFounded { .. } => "NOT_FOUNDED",
            Self::RestoreUnfinished { .. } => "RESTORE_UNFINISHED",
            Self::LossUnfinished { .. } => "LOSS_UNFINISHED",
            Self::Folder(error) => error.code(),
            Self::Recovery(error) => error.code(),
            Self::Journal(error) => error.code(),
            Self::ReadBack(error) => error.code(),
            Self::Record { .. } => "RECORD_UNKNOWN",
            Self::Store { source, .. } => source.code(),
            Self::Spill(_) => "SPILL_FAILED",
            Self::Regression { .. } => "JOURNAL_REGRESSION",
            Self::Diverged { .. } => "DIVERGENCE",
            Self::Listen { .. } => "LISTEN_FAILED",
            Self::Io { .. } => "START_FAILED",
            Self::Panicked { .. } => "PANICKED",
        }
    }
}

impl From<StoreError> for Error {
    fn from(source: StoreError) -> Self {
        let advice = match &source {
            StoreError::Transient { .. } | StoreError::Unknown { .. } => "bring it back",
            StoreError::Packet { .. } => "applying goes on by itself then",
            StoreError::Poison { .. } => "mend the table, applying goes on by itself",
            StoreError::CursorMoved => {
                "another dbfront applies to it, or it was exchanged: stop the other one, or restore"
            }
            StoreError::Divergence { .. } => {
                "somebody changed the database by hand, or this is a bug: compare the row with the journal"
            }
            StoreError::Unsafe { .. } => "mend its settings or its tables",
            StoreError::MigrationDirty { .. } | StoreError::SchemaTooOld { .. } => "run `ding migrate`",
            StoreError::SchemaTooNew { .. } => "start the later version",
        };
        Self::Store { source, advice }
    }
}
