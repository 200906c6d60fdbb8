//! Backups that are asked for while dbfront serves: the handle between whoever asks, the thread that makes them one
//! at a time, and retention, which keeps what they need. Knows no file.

use std::{
    path::PathBuf,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use proto::{
    ids::Lsn,
    link::{BackupRequest, BackupResponse},
};

use crate::logic::mark::Mark;

/// See the module.
#[derive(Debug, Default)]
pub struct Backups {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Somebody makes them.
    is_open: bool,
    /// Of the last one that was taken on.
    number: u64,
    ordered: Option<PathBuf>,
    is_running: bool,
    last: Option<Result<Summary, Failed>>,
    /// The first record that the one that is being made needs.
    pin: Option<Lsn>,
    mark: Option<Mark>,
}

/// One that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The record at which its world stands.
    pub cursor: Lsn,
    /// Its last record.
    pub last: Lsn,
    /// Of all its files.
    pub bytes: u64,
    /// What is wrong beside it, though it is whole: a stable name and words.
    pub warning: Option<String>,
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Stable.
    pub code: &'static str,
    /// For people.
    pub text: String,
}

/// How one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not done.
    Running,
    /// Done.
    Ended(Result<Summary, Failed>),
    /// A later one has come since, or an earlier process made it.
    Unknown,
}

impl Backups {
    /// Asks for one; returns its number.
    ///
    /// # Errors
    /// `BACKUP_RUNNING`, `BACKUP_STOPPED` while nobody makes any.
    pub fn begin(&self, folder: PathBuf) -> Result<u64, Failed> {
        let mut state = self.lock();
        let refused = |code, text: &str| Err(Failed { code, text: text.to_owned() });
        if !state.is_open {
            return refused("BACKUP_STOPPED", "dbfront does not serve yet, or not any more");
        }
        if state.is_running {
            return refused("BACKUP_RUNNING", "another one is being made; `ding status` shows how far it is");
        }
        state.number += 1;
        state.is_running = true;
        state.ordered = Some(folder);
        let number = state.number;
        drop(state);
        self.changed.notify_all();
        Ok(number)
    }

    /// How one is, after waiting for its end, but not longer than this.
    #[must_use]
    pub fn standing(&self, number: u64, patience: Duration) -> Standing {
        let state = self.lock();
        let is_on = |state: &mut State| state.number == number && state.is_running;
        let waited = self.changed.wait_timeout_while(state, patience, is_on);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match &state.last {
            _ if state.number != number => Standing::Unknown,
            _ if state.is_running => Standing::Running,
            Some(last) => Standing::Ended(last.clone()),
            None => Standing::Unknown,
        }
    }

    /// Begins one, or tells how one is, as [`Self::standing`].
    ///
    /// # Errors
    /// Why it could not begin, or how it ended.
    pub fn answer(&self, request: &BackupRequest, patience: Duration) -> Result<BackupResponse, Failed> {
        if !request.folder.is_empty() {
            let number = self.begin(request.folder.as_str().into())?;
            return Ok(BackupResponse { number, ..BackupResponse::default() });
        }
        let number = request.number;
        match self.standing(number, patience) {
            Standing::Running => Ok(BackupResponse { number, ..BackupResponse::default() }),
            Standing::Ended(made) => {
                let Summary { cursor, last, bytes, warning } = made?;
                let warning = warning.unwrap_or_default();
                Ok(BackupResponse { number, done: true, cursor: cursor.0, last: last.0, bytes, warning })
            }
            Standing::Unknown => Err(Failed {
                code: "BACKUP_STOPPED",
                text: "nobody knows it any more: another one was begun, or dbfront was".to_owned(),
            }),
        }
    }

    /// From here on they are made.
    pub fn open(&self, mark: Option<Mark>) {
        let mut state = self.lock();
        state.is_open = true;
        state.mark = mark;
    }

    /// No more; the one that is being made is given up.
    pub fn close(&self) {
        self.lock().is_open = false;
        self.changed.notify_all();
    }

    /// Whether they are made.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.lock().is_open
    }

    /// The next one to make, if one is asked for in so much time.
    #[must_use]
    pub fn next(&self, patience: Duration) -> Option<PathBuf> {
        let is_idle = |state: &mut State| state.is_open && state.ordered.is_none();
        let waited = self.changed.wait_timeout_while(self.lock(), patience, is_idle);
        waited.unwrap_or_else(PoisonError::into_inner).0.ordered.take()
    }

    /// The one that was begun has ended.
    pub fn ended(&self, result: Result<Summary, Failed>) {
        let mut state = self.lock();
        state.is_running = false;
        state.pin = None;
        state.last = Some(result);
        drop(state);
        self.changed.notify_all();
    }

    /// The one that is being made needs the journal from this record on.
    pub fn pin(&self, from: Lsn) {
        self.lock().pin = Some(from);
    }

    /// The one that is being made needs it no more: it was given up.
    pub fn unpin(&self) {
        self.lock().pin = None;
    }

    /// The last backup, as far as the journal is kept for it.
    #[must_use]
    pub fn mark(&self) -> Option<Mark> {
        self.lock().mark
    }

    /// Another last backup, or none.
    pub fn set_mark(&self, mark: Option<Mark>) {
        self.lock().mark = mark;
    }

    /// The first record that any of them needs.
    #[must_use]
    pub fn pinned_from(&self, now_ms: u64) -> Option<Lsn> {
        let state = self.lock();
        let marked = state.mark.and_then(|mark| mark.pins(now_ms));
        state.pin.into_iter().chain(marked).min()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change leaves it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_made_at_a_time_and_only_while_somebody_makes_them() {
        let backups = Backups::default();
        let code = |begun: Result<u64, Failed>| begun.map_err(|failed| failed.code);
        assert_eq!(code(backups.begin("a".into())), Err("BACKUP_STOPPED"));
        backups.open(None);
        assert_eq!(backups.next(Duration::ZERO), None);
        assert_eq!(code(backups.begin("a".into())), Ok(1));
        assert_eq!(code(backups.begin("b".into())), Err("BACKUP_RUNNING"));
        assert_eq!(backups.next(Duration::MAX), Some("a".into()));
        assert_eq!(backups.standing(1, Duration::ZERO), Standing::Running);
        assert_eq!(backups.standing(2, Duration::MAX), Standing::Unknown);
        let made = Ok(Summary { cursor: Lsn(3), last: Lsn(4), bytes: 5, warning: None });
        backups.ended(made.clone());
        assert_eq!(backups.standing(1, Duration::MAX), Standing::Ended(made));
        assert_eq!(code(backups.begin("b".into())), Ok(2));
        assert_eq!(backups.standing(1, Duration::MAX), Standing::Unknown);
        backups.close();
        assert_eq!(code(backups.begin("c".into())), Err("BACKUP_STOPPED"));
    }

    #[test]
    fn what_is_being_made_and_what_was_made_last_pin_the_older_of_both() {
        let backups = Backups::default();
        assert_eq!(backups.pinned_from(0), None);
        backups.pin(Lsn(9));
        assert_eq!(backups.pinned_from(0), Some(Lsn(9)));
        backups.set_mark(Some(Mark { lsn: 4, made_ms: 0 }));
        assert_eq!(backups.pinned_from(0), Some(Lsn(5)));
        assert_eq!(backups.pinned_from(u64::MAX), Some(Lsn(9)));
        backups.ended(Err(Failed { code: "BACKUP_FAILED", text: String::new() }));
        assert_eq!((backups.pinned_from(0), backups.pinned_from(u64::MAX)), (Some(Lsn(5)), None));
    }
}
