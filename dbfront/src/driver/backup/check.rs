//! Whether a backup is what its manifest says: every byte by its hash, the world by its own check and its cursor,
//! the journal frame by frame from there to its end.

use std::{fs, path::Path};

use proto::ids::Lsn;

use super::{
    error::{BackupError, copy_at, io_at},
    folder::{hash, manifest},
};
use crate::{
    driver::{files::Files, start::world_hash},
    error::Error,
    logic::{
        frame::{Chain, Identity},
        manifest::{Manifest, SEGMENTS_NAME, WORLD_NAME},
        recovery::{CursorPosition, check_cursor},
    },
    store::{Cursor, schema::LAST, world_file::WorldFile},
};

/// A backup that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Where its world stands.
    pub cursor: Cursor,
    /// Whose records its segments hold.
    pub identity: Identity,
    /// Turns from the cursor to its last record.
    pub turns: u64,
}

/// Checks all of it.
///
/// # Errors
/// `Absent`, `Damaged`, `TooNew`, `Io`.
pub fn check(folder: &Path) -> Result<Checked, BackupError> {
    let manifest = manifest(folder)?;
    let damaged = |what: String| BackupError::Damaged { what };
    let cursor = manifest.cursor().ok_or_else(|| damaged("the manifest's cursor is none".to_owned()))?;
    if LAST < cursor.schema {
        return Err(BackupError::TooNew { what: format!("the backup has schema {}", cursor.schema) });
    }
    let listed = list(folder)?;
    if let Some(name) = listed.iter().find(|name| manifest.files.iter().all(|file| file.name != **name)) {
        return Err(damaged(format!("{name} is not of it")));
    }
    for file in &manifest.files {
        if !listed.contains(&file.name) {
            return Err(damaged(format!("{} is missing", file.name)));
        }
        let path = folder.join(&file.name);
        let found = match hash(&path, &file.name, &mut |_| true) {
            Ok(found) => found,
            Err(BackupError::Io { source, .. }) => {
                return Err(damaged(format!("{} cannot be read: {source}", file.name)));
            }
            Err(error) => return Err(error),
        };
        if found != *file {
            return Err(damaged(format!("{} is not what was written", file.name)));
        }
    }
    let path = folder.join(WORLD_NAME);
    let world = WorldFile::open(&path).map_err(copy_at(&path))?;
    if let Some(words) = world.damage().map_err(copy_at(&path))? {
        return Err(damaged(format!("{WORLD_NAME}: {words}")));
    }
    if world.cursor().map_err(copy_at(&path))? != cursor {
        return Err(damaged(format!("{WORLD_NAME} does not stand where the manifest says")));
    }
    let identity = Identity { journal_uuid: cursor.journal, world_hash: world_hash(&manifest.world) };
    let turns = walk(folder, identity, &cursor, Lsn(manifest.last_lsn))
        .map_err(|error| damaged(format!("{SEGMENTS_NAME}: {error}")))?;
    Ok(Checked { manifest, cursor, identity, turns })
}

/// The world's file and all in the segments' folder, which is read whole.
fn list(folder: &Path) -> Result<Vec<String>, BackupError> {
    let mut names = Vec::new();
    let segments = folder.join(SEGMENTS_NAME);
    for entry in fs::read_dir(&segments).map_err(io_at(&segments))? {
        let name = entry.map_err(io_at(&segments))?.file_name();
        names.push(format!("{SEGMENTS_NAME}/{}", name.to_string_lossy()));
    }
    if folder.join(WORLD_NAME).is_file() {
        names.push(WORLD_NAME.to_owned());
    }
    Ok(names)
}

fn walk(folder: &Path, identity: Identity, cursor: &Cursor, last: Lsn) -> Result<u64, Error> {
    let mut disk = Files::open_to_read(&folder.join(SEGMENTS_NAME))?;
    let position = CursorPosition { lsn: cursor.lsn, chain: Chain(cursor.chain) };
    let mut reader = check_cursor(&mut disk, identity, last, position)?;
    let mut turns = 0;
    loop {
        let read = reader.read(&mut disk, last, READ_BYTES)?;
        if read.is_empty() {
            return Ok(turns);
        }
        turns += read.len() as u64;
    }
}

/// Of the journal at a time.
const READ_BYTES: usize = 4 << 20;
