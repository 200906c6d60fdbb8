//! Bundles: of each durable room that could not go on a file in the data folder, which `ding replay FILE` plays to the same
//! end. A thread of its own writes them: the logic thread waits for no disk. Of many the newest stay.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    thread,
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use proto::{ids::RoomId, room::Replay};

use crate::replay;

/// Where bundles go to be written. Dropping it lets the thread end once it has written what waits.
#[derive(Debug)]
pub(super) struct Bundles {
    waiting: Sender<(RoomId, Replay)>,
}

impl Bundles {
    /// Begins the thread, which writes into this folder.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn start(folder: PathBuf) -> io::Result<Self> {
        let (waiting, bundles) = bounded(WAITING_MAX);
        thread::Builder::new().name("game-bundles".to_owned()).spawn(move || write_all(&folder, &bundles))?;
        Ok(Self { waiting })
    }

    /// Takes one to be written. False: too many wait, and this one is given up.
    pub(super) fn offer(&self, room: RoomId, bundle: Replay) -> bool {
        match self.waiting.try_send((room, bundle)) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }
}

fn write_all(folder: &Path, bundles: &Receiver<(RoomId, Replay)>) {
    for (room, bundle) in bundles {
        match write(folder, room, &bundle) {
            Ok(path) => tracing::info!(event = "room.bundle", room = room.0, path = %path.display()),
            Err(error) => tracing::warn!(event = "room.bundle_failed", room = room.0, %error),
        }
    }
}

fn write(folder: &Path, room: RoomId, bundle: &Replay) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{room}.{EXTENSION}"));
    let half = path.with_extension("half");
    let mut file = fs::File::create(&half)?;
    file.write_all(&replay::to_bytes(bundle))?;
    file.sync_all()?;
    fs::rename(&half, &path)?;
    trim(folder)?;
    Ok(path)
}

/// Keeps the newest. Ids of rooms grow, so the lowest are the oldest.
fn trim(folder: &Path) -> io::Result<()> {
    let mut rooms: Vec<u64> = fs::read_dir(folder)?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let is_bundle = path.extension()? == EXTENSION;
            path.file_stem().filter(|_| is_bundle)?.to_str()?.parse().ok()
        })
        .collect();
    rooms.sort_unstable();
    rooms.truncate(rooms.len().saturating_sub(KEPT_MAX));
    rooms.into_iter().try_for_each(|room| fs::remove_file(folder.join(format!("{room}.{EXTENSION}"))))
}

const EXTENSION: &str = "replay";
/// Bundles that wait to be written.
const WAITING_MAX: usize = 16;
/// Bundles in the folder.
const KEPT_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_hundred_stay_and_each_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let bundle = |room| Replay { format: 1, room, kind: "chess".to_owned(), ..Replay::default() };
        for room in 1..=103 {
            write(folder.path(), RoomId(room), &bundle(room)).unwrap();
        }
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(names.len(), KEPT_MAX);
        assert!(!folder.path().join("3.replay").exists() && folder.path().join("4.replay").exists());
        let file = fs::read(folder.path().join("103.replay")).unwrap();
        assert_eq!(replay::from_bytes(&file).unwrap(), bundle(103));
    }
}
