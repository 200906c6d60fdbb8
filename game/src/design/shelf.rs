//! The way in for new tables while the process runs: they are read and judged on the asker's thread, and
//! handed to the logic thread, which goes by them from its next turn on.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crossbeam_channel::bounded;

use super::{problem::Problem, reload};
use crate::{driver::Inputs, logic::design::Design};

/// Where a running game's tables come from. Cloned for whoever asks it to read them again.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    held: Arc<Mutex<Option<Held>>>,
}

/// Two who ask at once come one after the other: the second is compared with what the first brought.
#[derive(Debug)]
struct Held {
    folder: Option<PathBuf>,
    current: Arc<Design>,
    inputs: Inputs,
}

/// Why play goes on by the old tables.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReloadError {
    /// The game has not started, or stops.
    #[error("the game does not run yet, or not any more")]
    Away,
    /// There is no folder.
    #[error("the tables inside the program are in force; name a folder: game.design")]
    NoFolder,
    /// They are wrong, or an item was taken away.
    #[error("{} problems", .0.len())]
    Wrong(Vec<Problem>),
    /// They are right and on their way, but the logic thread has not said that it goes by them.
    #[error("the game is too busy to say that it goes by them; it will")]
    Late,
}

impl ReloadError {
    /// Every [`Self::code`].
    pub const CODES: [&'static str; 4] = ["design_away", "design_no_folder", "design_wrong", "design_late"];

    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Away => "design_away",
            Self::NoFolder => "design_no_folder",
            Self::Wrong(_) => "design_wrong",
            Self::Late => "design_late",
        }
    }
}

impl Shelf {
    /// The game begins to play by these.
    pub(crate) fn open(&self, folder: Option<PathBuf>, current: Arc<Design>, inputs: Inputs) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(Held { folder, current, inputs });
    }

    /// Reads the folder again. Play goes by its tables when this returns them, and all at once.
    ///
    /// # Errors
    /// See [`ReloadError`]; but for [`ReloadError::Late`], nothing has changed.
    pub fn reload(&self, patience: Duration) -> Result<Arc<Design>, ReloadError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_mut().ok_or(ReloadError::Away)?;
        let folder = held.folder.as_deref().ok_or(ReloadError::NoFolder)?;
        let next = Arc::new(reload(folder, &held.current).map_err(ReloadError::Wrong)?);
        let (done, is_done) = bounded(1);
        if !held.inputs.design(Arc::clone(&next), done) {
            return Err(ReloadError::Away);
        }
        held.current = Arc::clone(&next);
        is_done.recv_timeout(patience).map_err(|_| ReloadError::Late)?;
        Ok(next)
    }
}
