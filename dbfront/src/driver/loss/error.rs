//! Why nothing is given up. Each reason has a stable name.

use std::{io, path::PathBuf};

use proto::{entry::EntryError, ids::Lsn};

use crate::error::Error;

/// See the module. Its text says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum LossError {
    /// A start goes on.
    #[error("nothing is lost: a start goes on after record {last}")]
    Nothing {
        /// The journal's.
        last: Lsn,
    },
    /// Somebody named another record.
    #[error("records {from} to {to} are lost, not those to {asked}: read what the command without it says")]
    Other {
        /// By whoever accepts.
        asked: Lsn,
        /// The first that is in no journal.
        from: Lsn,
        /// The last one known.
        to: Lsn,
    },
    /// Author or reason are too long.
    #[error("the reason has at most 128 bytes, the name of whoever decides at most 64: {0}")]
    Words(EntryError),
    /// What was written down of an acceptance cannot be read.
    #[error("{} is damaged: restore a backup, or report this", path.display())]
    Mark {
        /// Where it lies.
        path: PathBuf,
    },
    /// What was written down of an acceptance is of another journal than the database's.
    #[error("{} is of another world than the database: if a world was put here since, remove that file", path.display())]
    OtherWorld {
        /// Where it lies.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("{}: {source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
    /// As any start would be refused, and this is no way out of it.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl LossError {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Nothing { .. } => "LOSS_NONE",
            Self::Other { .. } => "LOSS_OTHER",
            Self::Words(_) => "LOSS_WORDS",
            Self::Mark { .. } | Self::OtherWorld { .. } => "LOSS_UNFINISHED",
            Self::Io { .. } => "IO_FAILED",
            Self::Refused(error) => error.code(),
        }
    }
}

/// What the system says of a file or folder.
pub(super) fn io_at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> LossError {
    let path = path.into();
    move |source| LossError::Io { path, source }
}
