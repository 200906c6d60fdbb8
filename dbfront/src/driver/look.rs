//! A look at a data folder from outside, and its founding and migration while nobody serves. Only [`init`] and
//! [`migrate`] change anything.

use std::{path::PathBuf, time::Duration};

use super::{
    backup::{self, BackupError, folder},
    clock,
    files::Files,
    loss::refuse_half_accepted,
    space,
    start::{self, Asked},
};
use crate::{
    config::Config,
    error::Error,
    logic::{
        frame::Chain,
        recovery::{CursorPosition, Expected, RecoveryError, examine},
    },
    store::{self, Founding, Presence, inspect::Wholeness, schema::Plan},
};

/// What is in a journal's folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalLook {
    /// Files of it.
    pub segments: usize,
    /// In them.
    pub bytes: u64,
    /// The last record.
    pub last_lsn: u64,
    /// The last record in the database.
    pub applied_lsn: u64,
}

/// What a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreLook {
    /// For people.
    pub place: String,
    /// Its schema, and what would be migrated.
    pub plan: Plan,
    /// What its own check finds.
    pub wholeness: Wholeness,
}

/// Looks at the database; nothing if there is no world yet.
///
/// # Errors
/// Its named stop.
pub fn store(config: &Config, patience: Duration) -> Result<Option<StoreLook>, Error> {
    let database = store::open(&config.store);
    if database.presence()? != Presence::Present {
        return Ok(None);
    }
    // First: of a broken file the rest may not be readable.
    let wholeness = database.wholeness(patience)?;
    let plan = match &wholeness {
        Wholeness::Broken(_) => Plan { stored: 0, needed: 0, pending: Vec::new() },
        Wholeness::Whole | Wholeness::Unfinished => database.plan()?,
    };
    Ok(Some(StoreLook { place: database.describe(), plan, wholeness }))
}

/// Reads the journal from where the database stands to its end, as a start would; nothing if there is no world
/// yet. Without the lock: beside a writer, what it is just writing is a torn end, which is no damage.
///
/// # Errors
/// Its named stop. Beside a writer it may be one that a second look does not find.
pub fn journal(config: &Config) -> Result<Option<JournalLook>, Error> {
    let database = store::open(&config.store);
    let cursor = match database.presence()? {
        Presence::Present => Some(database.look_at_cursor()?),
        Presence::Prepared | Presence::Absent if !config.journal_folder.is_dir() => return Ok(None),
        Presence::Prepared | Presence::Absent => None,
    };
    let mut disk = Files::open_to_read(&config.journal_folder)?;
    let expected = Expected {
        journal_uuid: cursor.map(|cursor| cursor.journal),
        world_hash: start::world_hash(&config.world),
    };
    let position = cursor.map(|cursor| CursorPosition { lsn: cursor.lsn, chain: Chain(cursor.chain) });
    let found = match examine(&mut disk, &expected, position) {
        Ok(found) => found,
        // Where there is no database either, that is what an interrupted first start leaves.
        Err(RecoveryError::Absent) if cursor.is_none() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Some(cursor) = cursor else {
        return Err(Error::DatabaseMissing {
            database: database.describe(),
            journal: config.journal_folder.clone(),
        });
    };
    let sizes = space::segments(&config.journal_folder);
    let (segments, bytes) =
        sizes.map_err(|source| Error::Io { what: "looking at the journal's folder", source })?;
    Ok(Some(JournalLook { segments, bytes, last_lsn: found.last_lsn.0, applied_lsn: cursor.lsn.0 }))
}

/// What a start would migrate; nothing if there is no database yet.
///
/// # Errors
/// The database's named stop.
pub fn plan(config: &Config) -> Result<Option<Plan>, Error> {
    let database = store::open(&config.store);
    Ok(match database.presence()? {
        Presence::Present => Some(database.plan()?),
        Presence::Prepared | Presence::Absent => None,
    })
}

/// Founds a world where there is none; says whether it did. Does not wait for a database that is away.
///
/// # Errors
/// `WRITER_EXISTS` while a dbfront has the folder, `JOURNAL_MISSING`, `DATABASE_MISSING`, or the database's named
/// stop.
pub fn init(config: &Config) -> Result<bool, Error> {
    start::refuse_half_restored(config)?;
    refuse_half_accepted(config)?;
    let database = store::open(&config.store);
    let presence = database.presence()?;
    if presence == Presence::Present {
        return if config.journal_folder.is_dir() {
            Ok(false)
        } else {
            Err(start::journal_missing(config, &*database))
        };
    }
    start::found(config, &*database, presence, Asked::ByCommand, None)?;
    Ok(true)
}

/// Whether the world is copied before its tables are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// A file beside itself, a world on a server into a backup in the data folder.
    Copy,
    /// Nothing: somebody has a backup.
    Nothing,
}

/// Migrates, under the journal's lock; returns how many migrations ran, and where the backup is, if one was made.
///
/// # Errors
/// `WRITER_EXISTS` while a dbfront has the folder, the database's named stop, or why there is no backup.
pub fn migrate(config: &Config, before: Before) -> Result<(u32, Option<PathBuf>), BackupError> {
    let database = store::open(&config.store);
    let made = match (before, database.founding()) {
        (Before::Copy, Founding::ByCommand) => back_up_before_migration(config, &database.plan()?)?,
        (Before::Copy, Founding::AtStart) | (Before::Nothing, _) => None,
    };
    let _locked = Files::open(&config.journal_folder).map_err(Error::from)?;
    let ran = match before {
        Before::Copy => database.migrate()?,
        Before::Nothing => database.migrate_by_steps(&mut |_| true)?,
    };
    Ok((ran, made))
}

/// A whole backup of the world as it is; not again where a migration was cut off that one was made for.
fn back_up_before_migration(config: &Config, plan: &Plan) -> Result<Option<PathBuf>, BackupError> {
    if plan.pending.is_empty() || plan.stored == 0 {
        return Ok(None);
    }
    let name = format!("before-schema-{}-", plan.stored + 1);
    let data = folder::parent(&config.journal_folder);
    if plan.pending.iter().any(|one| one.is_begun) {
        let failed = |source| Error::Io { what: "looking for a backup", source };
        for entry in std::fs::read_dir(data).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_string_lossy().starts_with(&name) && backup::check(&entry.path()).is_ok()
            {
                return Ok(None);
            }
        }
    }
    let target = data.join(format!("{name}{}", clock::wall_ms()));
    backup::make_offline(config, &target)?;
    Ok(Some(target))
}
