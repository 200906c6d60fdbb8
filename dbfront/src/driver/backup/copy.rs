//! The world in one file, for whoever reads it and throws it away: the same copy as a backup's, of one moment, beside
//! whoever serves. Takes no room that the journal may need. Knows no journal.

use std::path::Path;

use super::{
    error::{BackupError, copy_at, io_at},
    folder::parent,
};
use crate::{
    config::Config,
    store::{
        self, Presence,
        archive::{Copied, CopyError},
    },
};

/// Copies the world into a new file, as long as [`ROOM_LEFT`] stays free on its disk. Whoever asked removes the file,
/// also one that is not whole.
///
/// # Errors
/// `BACKUP_NO_WORLD`, `BACKUP_DISK_FULL`, `BACKUP_FAILED`, or the database's named stop.
pub fn copy_world(config: &Config, file: &Path) -> Result<(), BackupError> {
    copy_leaving(config, file, ROOM_LEFT)
}

/// The same with another room.
///
/// # Errors
/// As [`copy_world`].
pub fn copy_leaving(config: &Config, file: &Path, room_left: u64) -> Result<(), BackupError> {
    let database = store::open(&config.store);
    if database.presence()? != Presence::Present {
        return Err(BackupError::NoWorld);
    }
    let folder = parent(file).to_owned();
    let mut looked = Ok(());
    let mut has_room = |copied: Copied| {
        let rest = copied.bytes_total.saturating_sub(copied.bytes);
        match rustix::fs::statvfs(&folder) {
            Ok(disk) => room_left.saturating_add(rest) <= disk.f_bavail.saturating_mul(disk.f_frsize),
            Err(error) => {
                looked = Err(error);
                false
            }
        }
    };
    // Before the first row is read, and again after each piece: others write to that disk, too.
    if !has_room(Copied::default()) {
        return Err(BackupError::DiskFull(file.to_owned()));
    }
    let copied = database.copy_to(file, &mut has_room);
    looked.map_err(|error| io_at(folder)(error.into()))?;
    copied.map_err(|error| match error {
        CopyError::Stopped => BackupError::DiskFull(file.to_owned()),
        other => copy_at(file)(other),
    })
}

/// What stays free on the disk of the copy, where the journal may be, too: 512 MiB.
pub const ROOM_LEFT: u64 = 512 << 20;
