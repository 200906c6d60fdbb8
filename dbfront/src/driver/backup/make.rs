//! Making a backup: the world first, then the journal's records since, then the manifest.

use std::path::{Path, PathBuf};

use proto::{handshake::BUILD, ids::Lsn};

use super::{
    error::{BackupError, copy_at},
    folder::{Building, hash},
    online::write_mark,
};
use crate::{
    config::Config,
    driver::{clock, files::Files, start::world_hash},
    error::Error,
    logic::{
        frame::{Chain, Identity},
        manifest::{MANIFEST_FORMAT, Manifest, ManifestCursor, SEGMENTS_NAME, WORLD_NAME, hex},
        mark::Mark,
        parts::parts,
        recovery::{CursorPosition, Expected, examine},
        segment::segment_name,
    },
    store::{
        self, Presence,
        archive::{Copied, CopyError, Watch},
        world_file::WorldFile,
    },
};

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Where.
    pub folder: PathBuf,
    /// The record at which its world stands.
    pub cursor: Lsn,
    /// Its last record.
    pub last: Lsn,
    /// Of all its files.
    pub bytes: u64,
}

/// What a backup is made of.
pub struct Sources<'a> {
    /// Of the world.
    pub config: &'a Config,
    /// Which kind its database is of.
    pub kind: &'static str,
    /// Copies the world into a file.
    pub world: &'a mut dyn FnMut(&Path, Watch<'_>) -> Result<(), CopyError>,
    /// The last durable record, asked when the world is copied.
    pub durable: &'a mut dyn FnMut(&WorldFile) -> Result<Lsn, BackupError>,
}

/// Makes one into a folder that is absent or empty.
///
/// # Errors
/// See [`BackupError`]; nothing is left then.
pub fn make(target: &Path, sources: Sources<'_>, watch: Watch<'_>) -> Result<Made, BackupError> {
    let Sources { config, kind, world, durable } = sources;
    let made_ms = clock::wall_ms();
    let building = Building::begin(target)?;
    let path = building.path(WORLD_NAME);
    let mut copied = Copied::default();
    let mut first = |step: Copied| {
        copied = step;
        watch(step)
    };
    world(&path, &mut first).map_err(copy_at(&path))?;

    let file = WorldFile::open(&path).map_err(copy_at(&path))?;
    let cursor = file.cursor().map_err(copy_at(&path))?;
    let through = durable(&file)?;
    drop(file);
    let identity = Identity { journal_uuid: cursor.journal, world_hash: world_hash(&config.world) };
    let mut disk = Files::open_to_read(&config.journal_folder).map_err(Error::from)?;
    let parts = parts(&mut disk, &identity, cursor.lsn, through)?;
    copied.bytes_total = copied.bytes + parts.iter().map(|part| part.bytes).sum::<u64>();
    let mut more = |bytes: u64| {
        copied.bytes += bytes;
        watch(copied)
    };
    let mut files = vec![hash(&path, WORLD_NAME, &mut |_| true)?];
    for part in &parts {
        let name = segment_name(part.number);
        let from = config.journal_folder.join(&name);
        files.push(building.copy(&from, &format!("{SEGMENTS_NAME}/{name}"), part.bytes, &mut more)?);
    }
    let manifest = Manifest {
        format: MANIFEST_FORMAT,
        world: config.world.clone(),
        store: kind.to_owned(),
        made_ms,
        build: BUILD.to_owned(),
        journal: hex(&cursor.journal),
        cursor: ManifestCursor::of(&cursor),
        last_lsn: through.0,
        files,
    };
    building.finish(&manifest)?;
    Ok(Made { folder: target.to_owned(), cursor: cursor.lsn, last: through, bytes: manifest.bytes() })
}

/// Makes one while nobody serves, under the journal's lock.
///
/// # Errors
/// `WRITER_EXISTS` while a dbfront has the folder; see [`BackupError`].
pub fn make_offline(config: &Config, target: &Path) -> Result<Made, BackupError> {
    let database = store::open(&config.store);
    if database.presence()? != Presence::Present {
        return Err(BackupError::NoWorld);
    }
    let mut locked = Files::open(&config.journal_folder).map_err(Error::from)?;
    let mut durable = |world: &WorldFile| {
        let path = config.journal_folder.clone();
        let cursor = world.cursor().map_err(copy_at(path))?;
        let expected = Expected { journal_uuid: Some(cursor.journal), world_hash: world_hash(&config.world) };
        let position = CursorPosition { lsn: cursor.lsn, chain: Chain(cursor.chain) };
        // As the next start would find it.
        Ok(examine(&mut locked, &expected, Some(position))?.last_lsn)
    };
    let mut world = |path: &Path, watch: Watch<'_>| database.copy_to(path, watch);
    let sources = Sources { config, kind: database.kind(), world: &mut world, durable: &mut durable };
    let made = make(target, sources, &mut |_| true)?;
    write_mark(config, Mark { lsn: made.cursor.0, made_ms: clock::wall_ms() })?;
    Ok(made)
}
