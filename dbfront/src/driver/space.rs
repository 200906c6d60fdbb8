//! How much is free on the journal's disk, asked now and then on a thread that may wait for the disk.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use tokio::task::JoinHandle;

use crate::metrics::Metrics;

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
            if let Ok(stat) = rustix::fs::statvfs(&folder) {
                let free = stat.f_bavail.saturating_mul(stat.f_frsize);
                metrics
                    .journal_free_bytes
                    .store(i64::try_from(free).unwrap_or(i64::MAX).saturating_add(1), Relaxed);
            }
        });
        self.asked = Some((now, ask));
    }
}

const EVERY: Duration = Duration::from_secs(1);
