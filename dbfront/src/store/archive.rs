//! A whole world out of a database into one file, and from such a file into a database, whatever kind either is of.
//! The file is always the same: SQLite with the world's tables (`world_file`). Knows no journal and no folder.

use std::path::{Path, PathBuf};

use super::{ApplyBatch, Cursor, Store, StoreError, inspect::Inspect};
use crate::failpoint::point;

/// A database whose world can be copied and brought back.
pub trait Archive: Inspect {
    /// For the manifest of a backup.
    fn kind(&self) -> &'static str;

    /// Copies the world as it stands at one moment into a new file, beside whoever applies. Takes flat memory.
    ///
    /// # Errors
    /// See [`CopyError`]. The file is then not whole.
    fn copy_to(&self, file: &Path, watch: Watch<'_>) -> Result<(), CopyError>;

    /// Where a copy is kept that goes to another disk, so that whoever applies waits for no disk but the database's
    /// own. Nothing: a copy goes through a connection of its own, and nobody waits for it.
    fn staging(&self) -> Option<PathBuf> {
        None
    }

    /// Whether there is room for a copy beside the database.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn has_room_beside(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    /// Whether nothing at all would be lost by loading a world here.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn is_blank(&self) -> Result<bool, StoreError>;

    /// Forgets a world that was loaded or prepared and never published.
    ///
    /// # Errors
    /// `Unsafe` if it holds a published world; see [`StoreError`].
    fn discard(&self) -> Result<(), StoreError>;

    /// Fills the database with the world in `file`, at this build's schema, as a follower of `journal`. It is not
    /// yet visible as a world. Returns where it stands.
    ///
    /// # Errors
    /// See [`CopyError`]; what was done until then is for [`Self::discard`].
    fn load(&self, file: &Path, journal: [u8; 16], watch: Watch<'_>) -> Result<Cursor, CopyError>;

    /// Migrates as [`Database::migrate`](super::Database::migrate), without a copy before, and asks after each step
    /// that a crash could come behind whether to go on.
    ///
    /// # Errors
    /// `Transient` where it was told not to; see [`StoreError`].
    fn migrate_by_steps(&self, goes_on: &mut dyn FnMut(Step) -> bool) -> Result<u32, StoreError>;

    /// The applying connection to what was loaded and not published.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn connect_prepared(&self) -> Result<Box<dyn Store>, StoreError>;
}

/// What a migration has just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which migration.
    pub number: u32,
    /// What of it.
    pub done: Done,
}

/// A part of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is marked as begun.
    Begun,
    /// So many of its statements ran.
    Statements(usize),
    /// The cursor says its schema.
    Versioned,
    /// It is marked as finished.
    Finished,
}

/// Asked after each step.
pub(super) type GoesOn<'a> = &'a mut dyn FnMut(Step) -> bool;

/// Goes on or says why not.
pub(super) fn ask(goes_on: GoesOn<'_>, number: u32, done: Done) -> Result<(), StoreError> {
    match done {
        Done::Begun => {
            point!("migrate.begun");
        }
        Done::Statements(_) => {
            point!("migrate.statement");
        }
        Done::Versioned => {
            point!("migrate.versioned");
        }
        Done::Finished => {
            point!("migrate.finished");
        }
    }
    let detail = || "it was told to stop within a migration".to_owned();
    if goes_on(Step { number, done }) { Ok(()) } else { Err(StoreError::Transient { detail: detail() }) }
}

/// How far a copy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// So far.
    pub bytes: u64,
    /// In all, as far as anybody can say; it may grow.
    pub bytes_total: u64,
}

/// Hears how far a copy is, after each little step, and says whether it goes on.
pub type Watch<'a> = &'a mut dyn FnMut(Copied) -> bool;

/// Applies one batch through the connection that copies.
pub type Applying<'a> = &'a mut dyn FnMut(&ApplyBatch) -> Result<(), StoreError>;

/// Between two steps of a copy: says whether it goes on.
pub type Interlude<'a> = &'a mut dyn FnMut(Applying<'_>, Copied) -> bool;

/// Why there is no copy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No space where the copy goes.
    #[error("no space is left for the copy")]
    Full,
    /// The copy cannot be written or read.
    #[error("the file of the copy: {detail}")]
    File {
        /// What SQLite or the system says.
        detail: String,
    },
    /// Whoever watched said so.
    #[error("it was stopped")]
    Stopped,
}
