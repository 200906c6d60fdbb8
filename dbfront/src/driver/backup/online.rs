//! The thread that makes backups while players play: the world through the applying connection or one of its own,
//! the journal beside its writer. It also looks after the last one's mark, which keeps the journal.

#[cfg(test)]
mod tests;

use std::{
    fs::{self, File},
    io::{self, Write as _},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use proto::ids::Lsn;

use super::{
    error::{BackupError, io_at},
    folder::{parent, sync_folder},
    make::{Made, Sources, make},
};
use crate::{
    backups::{Failed, Summary},
    config::Config,
    driver::{backlog_cell::BacklogCell, clock},
    logic::{
        mark::{Mark, Room},
        segment::segment_number,
    },
    metrics::{Metrics, gauge},
    store::{
        self, StoreError,
        archive::{Copied, CopyError, Watch},
        world_file::WorldFile,
    },
};

/// See the module.
pub struct BackupThread {
    /// Of the world.
    pub config: Config,
    /// The way to the store's thread.
    pub backlog: Arc<BacklogCell>,
    /// Figures, and the handle of those who ask.
    pub metrics: Arc<Metrics>,
}

/// For the store's thread: copy the world into this file.
#[derive(Debug)]
pub struct CopyOrder {
    /// The new file.
    pub file: PathBuf,
    /// What came of it; nothing: not through this connection. Dropped: there was no connection.
    pub answer: Sender<Option<Result<(), CopyError>>>,
}

impl BackupThread {
    /// Makes backups until dbfront ends.
    pub fn run(self) {
        while self.metrics.backups.is_open() {
            match self.metrics.backups.next(LOOK) {
                Some(folder) => self.one(&folder),
                None => self.look_after_mark(),
            }
        }
    }

    fn one(&self, folder: &Path) {
        tracing::info!(event = "backup.begun", folder = %folder.display());
        let metrics = &self.metrics;
        let made = catch_unwind(AssertUnwindSafe(|| self.make(folder)));
        metrics.backup_bytes.store(0, Relaxed);
        metrics.backup_bytes_total.store(0, Relaxed);
        let result = match made {
            Ok(Ok(Made { cursor, last, bytes, .. })) => {
                metrics.backups_made.fetch_add(1, Relaxed);
                tracing::info!(
                    event = "backup.made",
                    folder = %folder.display(),
                    cursor = cursor.0,
                    last = last.0,
                    bytes
                );
                Ok(Summary { cursor, last, bytes })
            }
            Ok(Err(error)) => Err(Failed { code: error.code(), text: error.to_string() }),
            Err(_) => {
                Err(Failed { code: "PANICKED", text: "a bug of ours; please report the message".to_owned() })
            }
        };
        if let Err(Failed { code, text }) = &result {
            metrics.backups_failed.fetch_add(1, Relaxed);
            tracing::error!(event = "backup.failed", folder = %folder.display(), code, text);
        }
        metrics.backups.ended(result);
    }

    fn make(&self, folder: &Path) -> Result<Made, BackupError> {
        let metrics = &self.metrics;
        // Before anything is copied: the world will stand there or later.
        metrics.backups.pin(Lsn(metrics.lsn_applied.load(Relaxed) + 1));
        let archive = store::open(&self.config.store);
        let mut world = |file: &Path, watch: Watch<'_>| match self.through_store(file) {
            Some(copied) => copied,
            None => archive.copy_to(file, watch),
        };
        let mut durable = |_: &WorldFile| Ok(Lsn(metrics.lsn_durable.load(Relaxed)));
        let sources =
            Sources { config: &self.config, kind: archive.kind(), world: &mut world, durable: &mut durable };
        let made = make(folder, sources, &mut |copied| {
            show(metrics, copied);
            metrics.backups.is_open()
        })?;
        let mark = Mark { lsn: made.cursor.0, made_ms: clock::wall_ms() };
        write_mark(&self.config, mark)?;
        metrics.backups.set_mark(Some(mark));
        metrics.backup_lsn.store(mark.lsn, Relaxed);
        Ok(made)
    }

    /// Through the connection that applies, if the database is of that kind.
    fn through_store(&self, file: &Path) -> Option<Result<(), CopyError>> {
        let (answer_in, answer) = bounded(1);
        self.backlog.order(CopyOrder { file: file.to_owned(), answer: answer_in });
        loop {
            match answer.recv_timeout(SYNC) {
                Ok(answer) => return answer,
                // The thread that was asked may have ended before it looked.
                Err(RecvTimeoutError::Timeout) if !self.metrics.backups.is_open() => {
                    return Some(Err(CopyError::Stopped));
                }
                Err(RecvTimeoutError::Timeout) => {
                    // In small portions: all at once, the journal's syncs would wait behind.
                    let _ = File::open(file).and_then(|file| file.sync_data());
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let detail = "there is no connection to copy through".to_owned();
                    return Some(Err(StoreError::Transient { detail }.into()));
                }
            }
        }
    }

    /// Gives the mark up where the journal takes too much room for it.
    fn look_after_mark(&self) {
        let Some(mark) = self.metrics.backups.mark() else { return };
        // What cannot be measured now is measured at the next look.
        let Ok(room) = room(&self.config) else { return };
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
}

/// How far it is, for `ding status`.
pub fn show(metrics: &Metrics, copied: Copied) {
    let size = |bytes: u64| gauge(usize::try_from(bytes).unwrap_or(usize::MAX));
    metrics.backup_bytes.store(size(copied.bytes), Relaxed);
    metrics.backup_bytes_total.store(size(copied.bytes_total), Relaxed);
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

fn room(config: &Config) -> io::Result<Room> {
    let mut used = 0;
    for entry in fs::read_dir(&config.journal_folder)? {
        let entry = entry?;
        if segment_number(&entry.file_name().to_string_lossy()).is_some() {
            // One that was settled and unlinked meanwhile has none.
            used += entry.metadata().map_or(0, |meta| meta.len());
        }
    }
    let disk = rustix::fs::statvfs(&config.journal_folder)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    Ok(Room { used, free, keep_bytes: config.keep_bytes, keep_ms: config.keep_ms })
}

/// Between two looks at the mark.
const LOOK: Duration = Duration::from_secs(30);
/// Between two syncs of a copy that grows.
const SYNC: Duration = Duration::from_millis(200);
