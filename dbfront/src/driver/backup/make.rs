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
        manifest::{MANIFEST_FORMAT, Manifest, ManifestCursor, ManifestFile, SEGMENTS_NAME, WORLD_NAME, hex},
        mark::Mark,
        parts::parts,
        recovery::{CursorPosition, Expected, examine},
        segment::segment_name,
    },
    store::{
        self, Presence,
        archive::{Copied, Watch},
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
    /// What is wrong beside it, though it is whole: a stable name and words.
    pub warning: Option<String>,
}

/// What a backup is made of.
pub struct Sources<'a> {
    /// Of the world.
    pub config: &'a Config,
    /// Which kind its database is of.
    pub kind: &'static str,
    /// Copies the world into the backup's file of it.
    pub world: Copying<'a>,
    /// The last durable record, asked when the world is copied.
    pub durable: &'a mut dyn FnMut(&WorldFile) -> Result<Lsn, BackupError>,
    /// Asked when all of it is copied: whether it is still wanted.
    pub finish: &'a mut dyn FnMut() -> bool,
}

/// Copies the world into what is being built.
pub type Copying<'a> = &'a mut dyn FnMut(&Building, Watch<'_>) -> Result<ManifestFile, BackupError>;

/// Makes one into a folder that is absent or empty.
///
/// # Errors
/// See [`BackupError`]; nothing is left then.
pub fn make(target: &Path, sources: Sources<'_>, watch: Watch<'_>) -> Result<Made, BackupError> {
    let Sources { config, kind, world, durable, finish } = sources;
    let made_ms = clock::wall_ms();
    let building = Building::begin(target)?;
    let path = building.path(WORLD_NAME);
    let mut copied = Copied::default();
    let mut first = |step: Copied| {
        copied = step;
        watch(step)
    };
    let mut files = vec![world(&building, &mut first)?];

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
    if !finish() {
        return Err(BackupError::Stopped);
    }
    building.finish(&manifest)?;
    let bytes = manifest.bytes();
    Ok(Made { folder: target.to_owned(), cursor: cursor.lsn, last: through, bytes, warning: None })
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
    let mut world = |building: &Building, watch: Watch<'_>| {
        let path = building.path(WORLD_NAME);
        database.copy_to(&path, watch).map_err(copy_at(&path))?;
        hash(&path, WORLD_NAME, &mut |_| true)
    };
    let finish = &mut || true;
    let sources = Sources { config, kind: database.kind(), world: &mut world, durable: &mut durable, finish };
    let made = make(target, sources, &mut |_| true)?;
    let marked = write_mark(config, Mark { lsn: made.cursor.0, made_ms: clock::wall_ms() });
    Ok(Made { warning: marked.err().map(|error| unmarked(&error)), ..made })
}

/// The backup is whole all the same.
pub fn unmarked(error: &BackupError) -> String {
    format!(
        "BACKUP_UNMARKED: {error}; the backup is whole, but the next start does not keep the journal since"
    )
}
