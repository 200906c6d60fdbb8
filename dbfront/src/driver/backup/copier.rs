//! The thread that makes one backup: the only one that touches the disk that the backup is on, which may hang. The
//! world of a file comes through the applying connection into the backup itself where that is on the database's disk,
//! and into a copy beside the database where it is not.

#[cfg(test)]
mod tests;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use proto::ids::Lsn;

use super::{
    course::Course,
    error::{BackupError, copy_at, io_at},
    folder::{Building, hash, remove_if_there},
    make::{Made, Sources, make},
};
use crate::{
    config::Config,
    driver::backlog_cell::BacklogCell,
    logic::manifest::{ManifestFile, WORLD_NAME},
    metrics::{Metrics, gauge},
    store::{
        self, StoreError,
        archive::{Archive, Copied, CopyError, Watch},
        world_file::WorldFile,
    },
};

/// See the module.
pub struct Copier {
    /// Of the world.
    pub config: Config,
    /// The way to the store's thread.
    pub backlog: Arc<BacklogCell>,
    /// Figures.
    pub metrics: Arc<Metrics>,
    /// Whether it is still wanted.
    pub course: Arc<Course>,
}

/// For the store's thread: copy the world into this file.
#[derive(Debug)]
pub struct CopyOrder {
    /// The new file.
    pub file: PathBuf,
    /// Hears of each step.
    pub course: Arc<Course>,
    /// What came of it; nothing: not through this connection. Dropped: there was no connection.
    pub answer: Sender<Option<Result<(), CopyError>>>,
}

impl Copier {
    /// Makes it.
    ///
    /// # Errors
    /// See [`BackupError`]; nothing is left then.
    pub fn make(&self, folder: &Path) -> Result<Made, BackupError> {
        let metrics = &self.metrics;
        let archive = store::open(&self.config.store);
        let mut world = |building: &Building, watch: Watch<'_>| self.world(&*archive, building, watch);
        let mut durable = |_: &WorldFile| Ok(Lsn(metrics.lsn_durable.load(Relaxed)));
        let mut finish = || self.course.finish();
        let sources = Sources {
            config: &self.config,
            kind: archive.kind(),
            world: &mut world,
            durable: &mut durable,
            finish: &mut finish,
        };
        make(folder, sources, &mut |copied| {
            show(metrics, copied);
            self.goes_on()
        })
    }

    fn goes_on(&self) -> bool {
        self.course.beat() && self.metrics.backups.is_open()
    }

    fn world(
        &self,
        archive: &dyn Archive,
        building: &Building,
        watch: Watch<'_>,
    ) -> Result<ManifestFile, BackupError> {
        let path = building.path(WORLD_NAME);
        let Some(beside) = archive.staging() else {
            archive.copy_to(&path, watch).map_err(copy_at(&path))?;
            return hash(&path, WORLD_NAME, &mut |_| self.goes_on());
        };
        remove_if_there(&beside)?;
        // Looked at first: whoever applies and the journal need that disk.
        if !archive.has_room_beside()? {
            return Err(BackupError::DiskFull(beside));
        }
        let is_here = building.is_beside(&beside)?;
        let staged = Staged { path: if is_here { &path } else { &beside }, goes: !is_here };
        match self.through_store(staged.path) {
            Some(copied) => copied.map_err(copy_at(staged.path))?,
            None => {
                return Err(BackupError::Refused(StoreError::Transient { detail: ELSEWHERE.into() }.into()));
            }
        }
        WorldFile::fold(staged.path).map_err(copy_at(staged.path))?;
        if is_here {
            return hash(&path, WORLD_NAME, &mut |_| self.goes_on());
        }
        let bytes = fs::metadata(staged.path).map_err(io_at(staged.path))?.len();
        let mut copied = Copied { bytes, bytes_total: bytes * 2 };
        building.copy(staged.path, WORLD_NAME, bytes, &mut |more| {
            copied.bytes += more;
            watch(copied)
        })
    }

    /// Through the connection that applies, if the database is of that kind.
    fn through_store(&self, file: &Path) -> Option<Result<(), CopyError>> {
        let (answer_in, answer) = bounded(1);
        let course = self.course.clone();
        self.backlog.order(CopyOrder { file: file.to_owned(), course, answer: answer_in });
        loop {
            match answer.recv_timeout(SYNC) {
                Ok(answer) => return answer,
                // The thread that was asked may have ended before it looked.
                Err(RecvTimeoutError::Timeout)
                    if !self.metrics.backups.is_open() || self.course.is_over() =>
                {
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
}

/// A file that goes when it is not needed any more, unless it is the backup's own.
struct Staged<'a> {
    path: &'a Path,
    goes: bool,
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        if self.goes {
            // What cannot be removed now is removed by the next one.
            let _ = fs::remove_file(self.path);
        }
    }
}

/// How far it is, for `ding status`.
pub fn show(metrics: &Metrics, copied: Copied) {
    let size = |bytes: u64| gauge(usize::try_from(bytes).unwrap_or(usize::MAX));
    metrics.backup_bytes.store(size(copied.bytes), Relaxed);
    metrics.backup_bytes_total.store(size(copied.bytes_total), Relaxed);
}

const ELSEWHERE: &str = "the database is not copied through the connection that applies";
/// Between two syncs of a copy that grows.
const SYNC: Duration = Duration::from_millis(200);
