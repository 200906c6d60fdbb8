//! How much room the data folder's disk has, and how long it takes to keep something for sure.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
    time::Duration,
};

use super::facts::Disk;
use crate::clock;

/// Looks, and tries some writes in a file that is gone at once.
#[must_use]
pub fn look(folder: &Path) -> Option<Disk> {
    let space = rustix::fs::statvfs(folder).ok()?;
    Some(Disk {
        free_bytes: space.f_bavail.saturating_mul(space.f_frsize),
        bytes: space.f_blocks.saturating_mul(space.f_frsize),
        sync_us: sync_us(folder),
    })
}

/// The median. As the journal does: written over room that is there, so that only data are synced.
fn sync_us(folder: &Path) -> Option<u64> {
    let path = folder.join(format!(".doctor-{}", std::process::id()));
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).ok()?;
    // It lives as long as it is open: nothing is left behind, whatever ends this process.
    fs::remove_file(&path).ok()?;
    let block = [0x5a; BLOCK_BYTES];
    for number in 0..TRIES_MAX {
        file.write_all_at(&block, number * BLOCK_BYTES as u64).ok()?;
    }
    file.sync_all().ok()?;
    let until = clock::now() + TIME_MAX;
    let mut times = Vec::new();
    for number in 0..TRIES_MAX {
        let began = clock::now();
        file.write_all_at(&block, number * BLOCK_BYTES as u64).ok()?;
        file.sync_data().ok()?;
        let ended = clock::now();
        times.push(ended.saturating_duration_since(began));
        if until <= ended {
            break;
        }
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2)?;
    u64::try_from(median.as_micros()).ok()
}

const BLOCK_BYTES: usize = 4096;
const TRIES_MAX: u64 = 100;
const TIME_MAX: Duration = Duration::from_secs(2);
