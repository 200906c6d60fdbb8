//! A world out of a backup, at its last record or an earlier one, where there is none: under another journal, so
//! that what lived on elsewhere is never taken for it. Cut off anywhere, no start takes what is there for a world,
//! and the same command begins again.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use proto::ids::Lsn;

use super::{
    check::{Checked, check},
    error::{BackupError, copy_at, io_at},
    folder::{parent, remove_if_there, sync_folder},
};
use crate::{
    config::Config,
    driver::{
        clock,
        files::Files,
        loss,
        replay::{Way, replay},
        start::{journal_config, random, world_hash},
    },
    error::Error,
    logic::{
        frame::{Chain, Identity},
        journal::{Descent, Journal},
        manifest::{SEGMENTS_NAME, WORLD_NAME},
        reader::Reader,
        recovery::{Expected, LOCK_NAME, RecoveryError, examine},
        scan::amendments_after,
        segment::{Parent, segment_number},
    },
    store::{self, Cursor, Presence, archive::Archive, schema::LAST, world_file::WorldFile},
};

/// A world that was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Its last record.
    pub lsn: Lsn,
    /// Its new journal.
    pub journal: [u8; 16],
    /// The journal that it comes from.
    pub parent: [u8; 16],
    /// For people: which store, where.
    pub store: String,
}

/// There while a restore is not done: whoever finds it must not start.
#[must_use]
pub fn restore_mark(config: &Config) -> PathBuf {
    config.journal_folder.with_file_name("restore.unfinished")
}

/// Restores up to record `to`, or to the last one.
///
/// # Errors
/// `Occupied` where there is a world, `OutOfRange`, whatever [`check`] finds; see [`BackupError`].
pub fn restore(config: &Config, folder: &Path, to: Option<Lsn>) -> Result<Restored, BackupError> {
    let backup = check(folder)?;
    if backup.manifest.world != config.world {
        return Err(BackupError::OtherWorld { world: backup.manifest.world });
    }
    let (first, last) = (backup.cursor.lsn, Lsn(backup.manifest.last_lsn));
    let to = to.unwrap_or(last);
    if to < first || last < to {
        return Err(BackupError::OutOfRange { asked: to.0, first: first.0, last: last.0 });
    }
    let database = store::open(&config.store);
    let disk = make_room(config, &*database)?;

    let journal: [u8; 16] = random()?;
    let loaded = load(config, folder, &backup, &*database, journal)?;
    let cursor = apply(config, folder, &backup, &*database, loaded, to)?;

    let identity = Identity { journal_uuid: journal, world_hash: world_hash(&config.world) };
    let from = Parent {
        journal_uuid: backup.cursor.journal,
        lsn: cursor.lsn,
        chain: Chain(cursor.chain),
        lost: None,
    };
    let descent = Descent { parent: from, epoch: cursor.game_epoch };
    let made = Journal::init_after(disk, journal_config(config), identity, descent, clock::wall_ms())?;
    let _locked = made.seal(clock::wall_ms())?;
    // From here on a start would finish it: it finds a whole journal and a database that is only not published.
    let mark = restore_mark(config);
    fs::remove_file(&mark).map_err(io_at(&mark))?;
    sync_folder(parent(&mark))?;
    database.publish()?;
    Ok(Restored { lsn: cursor.lsn, journal, parent: backup.cursor.journal, store: database.describe() })
}

/// An empty folder under its lock and an empty database, with the mark that says what is going on. What an earlier
/// try left goes; anything else stays, and is refused.
fn make_room(config: &Config, database: &dyn Archive) -> Result<Files, BackupError> {
    let mark = restore_mark(config);
    let is_again = mark.try_exists().map_err(io_at(&mark))?;
    let mut disk = Files::create(&config.journal_folder).map_err(Error::from)?;
    if is_again {
        // The mark is of a try that never came so far: somebody has put a world here since.
        if database.presence()? == Presence::Present {
            return Err(BackupError::Occupied { what: database.describe() });
        }
        database.discard()?;
        clear_journal(config)?;
    }
    let expected = Expected { journal_uuid: None, world_hash: world_hash(&config.world) };
    match examine(&mut disk, &expected, None) {
        Err(RecoveryError::Absent) => {}
        Ok(_) | Err(_) => {
            return Err(BackupError::Occupied { what: config.journal_folder.display().to_string() });
        }
    }
    if !database.is_blank()? {
        return Err(BackupError::Occupied { what: database.describe() });
    }
    if !is_again {
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&mark)?;
            file.write_all(b"A restore into this folder is not done: run `ding restore` again.\n")?;
            file.sync_all()
        };
        write().map_err(io_at(&mark))?;
    }
    // What is written down about the world that was here is not about this one.
    loss::forget(config).map_err(io_at(&mark))?;
    sync_folder(parent(&mark))?;
    Ok(disk)
}

/// Only after the mark was found: all that lies there then is of an earlier try.
fn clear_journal(config: &Config) -> Result<(), BackupError> {
    let folder = &config.journal_folder;
    for entry in fs::read_dir(folder).map_err(io_at(folder))? {
        let name = entry.map_err(io_at(folder))?.file_name();
        let text = name.to_string_lossy();
        if text != LOCK_NAME && segment_number(&text).is_some() {
            fs::remove_file(folder.join(&name)).map_err(io_at(folder.join(&name)))?;
        }
    }
    sync_folder(folder)
}

/// The backup's world into the database, at this build's schema.
fn load(
    config: &Config,
    folder: &Path,
    backup: &Checked,
    database: &dyn Archive,
    journal: [u8; 16],
) -> Result<Cursor, BackupError> {
    let mut path = folder.join(WORLD_NAME);
    let current = config.journal_folder.with_file_name("restore.db");
    remove_if_there(&current)?;
    if backup.cursor.schema != LAST {
        // Never in the backup itself.
        fs::copy(&path, &current).map_err(io_at(&current))?;
        WorldFile::migrate(&current).map_err(copy_at(&current))?;
        path.clone_from(&current);
    }
    let loaded = database.load(&path, journal, &mut |_| true).map_err(copy_at(&path))?;
    remove_if_there(&current)?;
    Ok(loaded)
}

/// The records from the cursor to `to`, as dbfront applies them.
fn apply(
    config: &Config,
    folder: &Path,
    backup: &Checked,
    database: &dyn Archive,
    loaded: Cursor,
    to: Lsn,
) -> Result<Cursor, BackupError> {
    let mut disk = Files::open_to_read(&folder.join(SEGMENTS_NAME)).map_err(Error::from)?;
    let mut reader = Reader::open(&mut disk, backup.identity, loaded.lsn)?;
    // Also those that were written after `to`: without them the records that they replace go nowhere.
    let behind = amendments_after(&mut disk, loaded.lsn);
    let amendments = behind.map_err(io_at(folder.join(SEGMENTS_NAME)))?;
    let mut store = database.connect_prepared()?;
    let last = Lsn(backup.manifest.last_lsn);
    let way = Way { config, amendments: &amendments, last, to };
    let cursor = replay(&mut disk, &mut reader, &mut *store, loaded, way)?;
    store.checkpoint()?;
    Ok(cursor)
}
