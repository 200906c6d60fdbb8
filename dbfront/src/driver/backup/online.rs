//! The thread that has backups made while players play, one at a time, each by a thread of its own that it watches and
//! gives up: where nothing goes on, and where the journal would have no room any more. It also looks after the last
//! one's mark, which keeps the journal.

#[cfg(test)]
mod tests;

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering::Relaxed},
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use proto::ids::Lsn;

use super::{
    copier::Copier,
    course::Course,
    error::{BackupError, io_at},
    folder::{parent, remove_if_there, sync_folder},
    make::{Made, unmarked},
};
use crate::{
    backups::{Failed, Summary},
    config::Config,
    driver::{backlog_cell::BacklogCell, clock},
    logic::mark::{Mark, Room},
    metrics::Metrics,
    store,
};

/// See the module.
pub struct BackupThread {
    config: Config,
    backlog: Arc<BacklogCell>,
    metrics: Arc<Metrics>,
    /// One in which nothing goes on is given up after so long.
    patience: Duration,
    /// The one that was given up and has not ended: its disk does not answer.
    hanging: Option<Hanging>,
    /// Told to nobody but this process so far.
    unmarked: Option<Mark>,
}

struct Hanging {
    folder: PathBuf,
    thread: JoinHandle<()>,
}

impl BackupThread {
    /// For this world, whose store's thread is reached by the backlog.
    #[must_use]
    pub fn new(config: Config, backlog: Arc<BacklogCell>, metrics: Arc<Metrics>) -> Self {
        Self { config, backlog, metrics, patience: STALLED_AFTER, hanging: None, unmarked: None }
    }

    /// Has backups made until dbfront ends.
    pub fn run(mut self) {
        if let Some(staged) = store::open(&self.config.store).staging()
            && let Err(error) = remove_if_there(&staged)
        {
            tracing::warn!(event = "backup.left", %error, "what an earlier process was copying stays");
        }
        while self.metrics.backups.is_open() {
            let patience = if self.unmarked.is_some() { MARK_AGAIN } else { LOOK };
            match self.metrics.backups.next(patience) {
                Some(folder) => self.one(&folder),
                None => {
                    self.mark_again();
                    self.look_after_mark();
                }
            }
        }
        self.mark_again();
    }

    fn one(&mut self, folder: &Path) {
        tracing::info!(event = "backup.begun", folder = %folder.display());
        self.metrics.looks.backup_began(folder.display().to_string(), clock::wall_ms());
        let (config, backlog, metrics) = (self.config.clone(), self.backlog.clone(), self.metrics.clone());
        let target = folder.to_owned();
        let made =
            self.watched(folder, move |course| Copier { config, backlog, metrics, course }.make(&target));
        self.metrics.backup_bytes.store(0, Relaxed);
        self.metrics.backup_bytes_total.store(0, Relaxed);
        let result = match made {
            Ok(Made { cursor, last, bytes, .. }) => {
                let warning = self.mark(Mark { lsn: cursor.0, made_ms: clock::wall_ms() });
                self.metrics.backups_made.fetch_add(1, Relaxed);
                let (folder, from, to) = (folder.display(), cursor.0, last.0);
                tracing::info!(event = "backup.made", %folder, cursor = from, last = to, bytes);
                Ok(Summary { cursor, last, bytes, warning })
            }
            Err(Failed { code, text }) => {
                self.metrics.backups_failed.fetch_add(1, Relaxed);
                tracing::error!(event = "backup.failed", folder = %folder.display(), code, text);
                Err(Failed { code, text })
            }
        };
        self.metrics.looks.backup_ended(|told| {
            told.ended_ms = clock::wall_ms();
            match &result {
                Ok(Summary { cursor, last, bytes, warning }) => {
                    (told.is_made, told.records, told.bytes) = (true, (*cursor, *last), *bytes);
                    told.wrong = warning.clone().unwrap_or_default();
                }
                Err(Failed { code, text }) => told.wrong = format!("{code}: {text}"),
            }
        });
        self.metrics.backups.ended(result);
    }

    /// Has one made by another thread; returns when that has ended or is given up.
    fn watched(
        &mut self,
        folder: &Path,
        make: impl FnOnce(Arc<Course>) -> Result<Made, BackupError> + Send + 'static,
    ) -> Result<Made, Failed> {
        if let Some(hanging) = self.hanging.take_if(|hanging| !hanging.thread.is_finished()) {
            let error = BackupError::Hanging(hanging.folder.clone());
            self.hanging = Some(hanging);
            return Err(failed(&error));
        }
        self.hanging = None;
        // Before anything is copied: the world will stand there or later.
        self.metrics.backups.pin(Lsn(self.metrics.lsn_applied.load(Relaxed) + 1));
        let course = Arc::new(Course::default());
        let (ended_in, ended) = bounded(1);
        let theirs = course.clone();
        let work = move || {
            // Without a receiver it was given up.
            let _ = ended_in.send(make(theirs).map_err(|error| failed(&error)));
        };
        let thread = thread::Builder::new().name("copier".to_owned()).spawn(work);
        let thread = thread.map_err(|source| failed(&io_at(folder)(source)))?;
        let (made, has_ended) = self.watch(folder, &course, &ended);
        if has_ended {
            // It has nothing left to do: the next one finds no trace of it, however soon it comes.
            drop(thread.join());
        } else {
            self.hanging = Some(Hanging { folder: folder.to_owned(), thread });
        }
        made
    }

    /// What came of it, and whether its thread is at its end.
    fn watch(
        &self,
        folder: &Path,
        course: &Course,
        ended: &Receiver<Result<Made, Failed>>,
    ) -> (Result<Made, Failed>, bool) {
        let (mut beats, mut since) = (course.beats(), clock::now());
        loop {
            match ended.recv_timeout(WATCH) {
                Ok(made) => return (made, true),
                Err(RecvTimeoutError::Disconnected) => {
                    let text = "a bug of ours; please report the message".to_owned();
                    return (Err(Failed { code: "PANICKED", text }), true);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = clock::now();
            if std::mem::replace(&mut beats, course.beats()) != beats {
                since = now;
            }
            let error = if self.patience <= now.saturating_duration_since(since) {
                BackupError::Stalled { folder: folder.to_owned(), seconds: self.patience.as_secs() }
            } else if !self.metrics.backups.is_open() {
                BackupError::Stopped
            } else if self.is_too_dear() && course.give_up() {
                BackupError::NoRoom
            } else {
                continue;
            };
            let is_copying = course.give_up() || course.is_over();
            if is_copying {
                self.metrics.backups.unpin();
            }
            // It takes away what it has made, if its disk lets it; one that is finishing may still come to its end, and
            // is told as whole only with all of the journal that its mark is to keep.
            let last = ended.recv_timeout(CLEANING);
            self.metrics.backups.unpin();
            let has_ended = !matches!(last, Err(RecvTimeoutError::Timeout));
            return match last {
                Ok(Ok(made)) if !is_copying => (Ok(made), has_ended),
                Ok(_) | Err(_) => (Err(failed(&error)), has_ended),
            };
        }
    }

    /// Whether the journal that is kept for the one that is being made takes too much room.
    fn is_too_dear(&self) -> bool {
        let is_marked = self.metrics.backups.mark().is_some_and(|mark| mark.pins(clock::wall_ms()).is_some());
        self.room().is_some_and(|room| room.ends_a_backup(is_marked))
    }

    /// From here on the journal is kept for this one; says what is wrong with that.
    fn mark(&mut self, mark: Mark) -> Option<String> {
        self.metrics.backups.set_mark(Some(mark));
        self.metrics.backup_lsn.store(mark.lsn, Relaxed);
        let written = write_mark(&self.config, mark);
        self.unmarked = written.is_err().then_some(mark);
        let error = written.err()?;
        tracing::warn!(event = "backup.unmarked", %error, "the backup is whole; this is tried again");
        Some(unmarked(&error))
    }

    fn mark_again(&mut self) {
        let Some(mark) = self.unmarked else { return };
        // One that was given up since is not told any more.
        if self.metrics.backups.mark() != Some(mark) || write_mark(&self.config, mark).is_ok() {
            self.unmarked = None;
        }
    }

    /// Gives the mark up where the journal takes too much room for it.
    fn look_after_mark(&self) {
        let Some(mark) = self.metrics.backups.mark() else { return };
        // What is not known now is known at the next look.
        let Some(room) = self.room() else { return };
        if mark.is_too_dear(clock::wall_ms(), room) {
            tracing::error!(
                event = "backup.chain_broken",
                backup = mark.lsn,
                used = room.used,
                free = room.free,
                "BACKUP_CHAIN_BROKEN: journal since the last backup is given up; make a backup and room"
            );
            self.metrics.backup_chains_broken.fetch_add(1, Relaxed);
            self.metrics.backups.set_mark(None);
            self.metrics.backup_lsn.store(0, Relaxed);
            let _ = fs::remove_file(mark_path(&self.config));
        }
    }

    /// As the journal's thread and the one that asks its disk told last.
    fn room(&self) -> Option<Room> {
        Some(Room {
            used: self.metrics.journal_kept_bytes.load(Relaxed),
            unsaved: u64::try_from(self.metrics.unsaved_bytes.load(Relaxed)).unwrap_or(0),
            free: self.metrics.journal_free()?,
            segment_bytes: self.config.segment_bytes,
            keep_bytes: self.config.keep_bytes,
            keep_ms: self.config.keep_ms,
        })
    }
}

fn failed(error: &BackupError) -> Failed {
    Failed { code: error.code(), text: error.to_string() }
}

/// Where the last backup of this data folder is told.
#[must_use]
pub fn mark_path(config: &Config) -> PathBuf {
    config.journal_folder.with_file_name("backup.mark")
}

/// The last backup, if one is told.
#[must_use]
pub fn read_mark(config: &Config) -> Option<Mark> {
    let bytes = fs::read(mark_path(config)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Tells it for the starts to come.
///
/// # Errors
/// `DiskFull`, `Io`.
pub fn write_mark(config: &Config, mark: Mark) -> Result<(), BackupError> {
    let path = mark_path(config);
    let new = path.with_extension("mark.new");
    let write = || -> io::Result<()> {
        let mut file = File::create(&new)?;
        file.write_all(serde_json::to_string(&mark)?.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &path)
    };
    write().map_err(io_at(&path))?;
    sync_folder(parent(&path))
}

/// Between two looks at the mark.
const LOOK: Duration = Duration::from_secs(30);
/// Between two tries to write it.
const MARK_AGAIN: Duration = Duration::from_secs(1);
/// Between two looks at a backup that is being made.
const WATCH: Duration = Duration::from_millis(250);
/// A backup in which nothing goes on for so long is given up.
const STALLED_AFTER: Duration = Duration::from_secs(20);
/// For what was given up to be taken away.
const CLEANING: Duration = Duration::from_secs(2);
