//! How much the journal takes, and how much is free on its disk, asked now and then on a thread that may wait for it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

use crate::{logic::segment::segment_number, metrics::Metrics};

/// See the module.
#[derive(Debug)]
pub struct Space {
    folder: PathBuf,
    metrics: Arc<Metrics>,
    asked: Option<(Instant, JoinHandle<()>)>,
}

impl Space {
    /// Of the disk under this folder.
    #[must_use]
    pub fn new(folder: PathBuf, metrics: Arc<Metrics>) -> Self {
        Self { folder, metrics, asked: None }
    }

    /// Asks, unless that was done a moment ago or has no answer yet.
    pub fn look(&mut self, now: Instant) {
        if self.asked.as_ref().is_some_and(|(at, answer)| now < *at + EVERY || !answer.is_finished()) {
            return;
        }
        let (folder, metrics) = (self.folder.clone(), Arc::clone(&self.metrics));
        let ask = tokio::task::spawn_blocking(move || {
            // Not known: the level goes by what was known last.
            if let Ok(free) = free(&folder) {
                metrics
                    .journal_free_bytes
                    .store(i64::try_from(free).unwrap_or(i64::MAX).saturating_add(1), Relaxed);
            }
        });
        self.asked = Some((now, ask));
    }
}

/// Bytes that are free under this folder.
pub(super) fn free(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Files of a journal, and bytes of them.
///
/// # Errors
/// The system's.
pub fn segments(folder: &Path) -> io::Result<(usize, u64)> {
    let (mut files, mut bytes) = (0, 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if segment_number(&entry.file_name().to_string_lossy()).is_some() {
            files += 1;
            // One that was settled and unlinked meanwhile has none.
            bytes += entry.metadata().map_or(0, |meta| meta.len());
        }
    }
    Ok((files, bytes))
}

const EVERY: Duration = Duration::from_secs(1);
