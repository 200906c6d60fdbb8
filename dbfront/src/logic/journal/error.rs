//! Why the journal did not do it, and how a disk's answer becomes such a reason.

use std::io;

use proto::ids::{Epoch, Lsn};

/// Why the journal did not do it.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The disk failed. From here on the journal refuses everything (Y1).
    #[error(
        "the journal's disk failed at {step}: {source}; restart, and replace the disk if it happens again"
    )]
    Failed {
        /// What was tried.
        step: &'static str,
        /// What the disk said.
        source: io::Error,
    },
    /// The disk failed before.
    #[error("the journal's disk has failed before; restart")]
    Poisoned,
    /// No space. Nothing is lost: the call may be repeated when there is space again.
    #[error("no space for the journal at {step}; free some, it goes on by itself")]
    Full {
        /// What was tried.
        step: &'static str,
    },
    /// A turn that does not come next.
    #[error("the next LSN is {expected}, not {got}")]
    OutOfOrder {
        /// The next.
        expected: Lsn,
        /// Offered.
        got: Lsn,
    },
    /// A writer that is not the current one.
    #[error("epoch {got} is not {current}, the writer's")]
    Fenced {
        /// The writer's.
        current: Epoch,
        /// Offered.
        got: Epoch,
    },
    /// More than a frame or a segment may hold.
    #[error("a turn of {bytes} bytes does not fit")]
    TooLarge {
        /// Of the body.
        bytes: usize,
    },
    /// The records are not as many as stated.
    #[error("a turn said to hold {stated} records holds something else")]
    Miscounted {
        /// By the caller.
        stated: u32,
    },
    /// `init` in a folder that holds a journal.
    #[error("there is a journal here already")]
    Exists,
}

impl JournalError {
    /// Stable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Failed { .. } | Self::Poisoned => "JOURNAL_FAILED",
            Self::Full { .. } => "JOURNAL_FULL",
            Self::OutOfOrder { .. } => "OUT_OF_ORDER",
            Self::Fenced { .. } => "FENCED",
            Self::TooLarge { .. } => "TURN_TOO_LARGE",
            Self::Miscounted { .. } => "TURN_MISCOUNTED",
            Self::Exists => "JOURNAL_EXISTS",
        }
    }
}

/// Names what was tried; a full disk is not a broken one.
pub(in crate::logic) fn failed(step: &'static str) -> impl FnOnce(io::Error) -> JournalError {
    move |source| match source.kind() {
        io::ErrorKind::StorageFull => JournalError::Full { step },
        _ => JournalError::Failed { step, source },
    }
}

/// What a sync did not take is lost, even where the disk says that it was only full: no second try.
pub(in crate::logic) fn lost(source: io::Error) -> io::Error {
    match source.kind() {
        io::ErrorKind::StorageFull => io::Error::other(source),
        _ => source,
    }
}
