//! Why there is no backup, or no world out of one. Each has a stable name.

use std::{io, path::PathBuf};

use crate::{
    error::Error,
    logic::{journal::JournalError, reader::ReadError, recovery::RecoveryError},
    store::{StoreError, archive::CopyError},
};

/// See the module. Its text says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Something is there already.
    #[error("{} is not empty; name a folder that does not exist", .0.display())]
    NotEmpty(PathBuf),
    /// No space for the copy; what was made of it is gone again.
    #[error("no space is left for {}; nothing of this backup is kept", .0.display())]
    DiskFull(PathBuf),
    /// The system refuses.
    #[error("{}: {source}", path.display())]
    Io {
        /// A file or folder of the backup.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
    /// The end was asked for first; what was made is gone again.
    #[error("it was stopped before it was whole; nothing of it is kept")]
    Stopped,
    /// Nothing went on for so long.
    #[error("nothing of it went on for {seconds} s: look at the disk that {} is on, and at the database; nothing of it is kept", folder.display())]
    Stalled {
        /// The backup's.
        folder: PathBuf,
        /// So long.
        seconds: u64,
    },
    /// One that was given up before still waits for its disk.
    #[error("an earlier one still hangs in {}: nothing is made before that disk answers", .0.display())]
    Hanging(PathBuf),
    /// The journal would have no room for going on.
    #[error(
        "the journal's disk became too full while it was made; make room, then again: nothing of it is kept"
    )]
    NoRoom,
    /// Another one is not done.
    #[error("a backup is being made already; `ding status` shows how far it is")]
    Running,
    /// There is nothing to back up.
    #[error("there is no world yet")]
    NoWorld,
    /// A folder that is no backup, or one that was never finished.
    #[error("{} is no backup: it has no manifest of one", .0.display())]
    Absent(PathBuf),
    /// Not what its manifest says.
    #[error("the backup is damaged: {what}; use another one")]
    Damaged {
        /// What differs.
        what: String,
    },
    /// Written by a later version.
    #[error("{what}: written by a later version; use that one")]
    TooNew {
        /// What cannot be read.
        what: String,
    },
    /// Not the configured world.
    #[error("this is a backup of the world {world:?}: set dbfront.world to that name")]
    OtherWorld {
        /// The backup's.
        world: String,
    },
    /// A record that the backup cannot go to.
    #[error("record {asked} is not in it: it goes to any record from {first} to {last}")]
    OutOfRange {
        /// Where to.
        asked: u64,
        /// The world's file stands there.
        first: u64,
        /// The segments end there.
        last: u64,
    },
    /// There is a world where the backup should go.
    #[error("{what} is not empty: a world is restored only where there is none")]
    Occupied {
        /// Folder or database.
        what: String,
    },
    /// As any start would be refused.
    #[error(transparent)]
    Refused(#[from] Error),
}

impl BackupError {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotEmpty(_) => "BACKUP_NOT_EMPTY",
            Self::DiskFull(_) => "BACKUP_DISK_FULL",
            Self::Io { .. } => "BACKUP_FAILED",
            Self::Stopped => "BACKUP_STOPPED",
            Self::Stalled { .. } | Self::Hanging(_) => "BACKUP_STALLED",
            Self::NoRoom => "BACKUP_GIVEN_UP",
            Self::Running => "BACKUP_RUNNING",
            Self::NoWorld => "BACKUP_NO_WORLD",
            Self::Absent(_) => "BACKUP_ABSENT",
            Self::Damaged { .. } => "BACKUP_DAMAGED",
            Self::TooNew { .. } => "SCHEMA_TOO_NEW",
            Self::OtherWorld { .. } => "BACKUP_OF_OTHER_WORLD",
            Self::OutOfRange { .. } => "RESTORE_OUT_OF_RANGE",
            Self::Occupied { .. } => "RESTORE_NOT_EMPTY",
            Self::Refused(error) => error.code(),
        }
    }
}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<ReadError> for BackupError {
    fn from(error: ReadError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<RecoveryError> for BackupError {
    fn from(error: RecoveryError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<JournalError> for BackupError {
    fn from(error: JournalError) -> Self {
        Self::Refused(error.into())
    }
}

/// What the system says of a file of the backup.
pub(super) fn io_at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.into();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => BackupError::DiskFull(path),
        _ => BackupError::Io { path, source },
    }
}

/// What a database says of a copy to or from a file of the backup.
pub(super) fn copy_at(path: impl Into<PathBuf>) -> impl FnOnce(CopyError) -> BackupError {
    let path = path.into();
    move |error| match error {
        CopyError::Store(error) => error.into(),
        CopyError::Full => BackupError::DiskFull(path),
        CopyError::Stopped => BackupError::Stopped,
        CopyError::File { detail } => BackupError::Io { path, source: io::Error::other(detail) },
    }
}
