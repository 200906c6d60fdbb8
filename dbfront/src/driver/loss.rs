//! Going on without records that are lost: where a start is refused because the journal is gone, old or damaged, a
//! person may say so, naming the last record that is lost. The database is brought to the last record that can be
//! read, what is left of the journal is set aside, and another journal goes on from there. Cut off anywhere, no start
//! takes what is there for a world, and the same command goes on.

mod error;
mod look;

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use proto::ids::{Epoch, Lsn};

pub use self::{error::LossError, look::Loss};
use self::{
    error::io_at,
    look::{Found, look},
};
use super::{
    backup::mark_path as backup_mark_path,
    clock,
    files::{Files, LOST_PREFIX},
    replay::{Way, replay},
    start::{journal_config, random, refuse_half_restored, world_hash},
};
use crate::{
    config::Config,
    error::Error,
    logic::{
        frame::{Chain, Identity},
        journal::{Descent, Journal, TurnFrame},
        loss::{Decision, epoch_after},
        manifest::hex,
        recovery::{CursorPosition, LOCK_NAME, check_cursor},
        scan::amendments_after,
    },
    store::{self, ApplyBatch, Cursor, Founding, Store, archive::Archive},
};

/// Who decides, and why.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// For the staff log.
    pub author: &'a str,
    /// Likewise, at most 128 bytes.
    pub reason: &'a str,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The last record that the world keeps.
    pub kept: Lsn,
    /// The journal that goes on.
    pub journal: [u8; 16],
    /// Where what is left of the old one lies.
    pub aside: PathBuf,
}

/// Says what would be lost; changes nothing.
///
/// # Errors
/// `LOSS_NONE` where a start goes on; `LOSS_UNFINISHED`; the named stop of a start where this is no way out of it.
pub fn assess(config: &Config) -> Result<Loss, LossError> {
    refuse_half_restored(config)?;
    refuse_half_accepted(config)?;
    Ok(look(config, &*store::open(&config.store))?.loss)
}

/// Goes on without the records up to `to`, which must be the last one that is lost.
///
/// # Errors
/// As [`assess`]; `LOSS_OTHER` if others are lost; whatever disk and database say: then the same call goes on.
pub fn accept(config: &Config, to: Lsn, signed: Signed<'_>) -> Result<Accepted, LossError> {
    accept_by_steps(config, to, signed, &mut |_| true)
}

/// The same, asking after each step that a crash could come behind whether to go on.
///
/// # Errors
/// As [`accept`]; `LOSS_UNFINISHED` where it was told not to.
pub fn accept_by_steps(
    config: &Config,
    to: Lsn,
    signed: Signed<'_>,
    goes_on: &mut dyn FnMut(&'static str) -> bool,
) -> Result<Accepted, LossError> {
    refuse_half_restored(config)?;
    let mut step = |name| match goes_on(name) {
        true => Ok(()),
        false => Err(unfinished(config, to)),
    };
    let database = store::open(&config.store);
    let mut decision = match read_decision(config)? {
        Some(decision) if decision.to == to.0 => decision,
        Some(decision) => return Err(unfinished(config, Lsn(decision.to)).into()),
        None => {
            let decision = decide(config, &*database, to, signed)?;
            write_decision(config, &decision)?;
            decision
        }
    };
    step("decided")?;
    of_this_world(config, &*database, &decision)?;
    let disk = Files::create(&config.journal_folder).map_err(Error::from)?;
    let aside = aside(config, &decision);
    if !decision.is_aside {
        set_aside(&config.journal_folder, &aside)?;
        step("aside")?;
        decision.is_aside = true;
        write_decision(config, &decision)?;
    }
    step("told aside")?;
    let journal = begin(config, disk, &decision)?;
    step("begun")?;
    follow(&*database, &decision, journal)?;
    step("followed")?;
    // Of a journal that is none any more.
    remove_if_there(&backup_mark_path(config))?;
    remove_if_there(&mark_path(config))?;
    Ok(Accepted { kept: Lsn(decision.kept), journal, aside })
}

/// Before anything goes: somebody may have put another world here since it was decided.
fn of_this_world(config: &Config, database: &dyn Archive, decision: &Decision) -> Result<(), LossError> {
    let follows = Some(database.look_at_cursor().map_err(Error::from)?.journal);
    let parent = decision.parent().map(|parent| parent.journal_uuid);
    if follows == parent || follows == decision.journal_uuid() {
        return Ok(());
    }
    Err(LossError::OtherWorld { path: mark_path(config) })
}

/// Of a world that is not here any more.
pub(super) fn forget(config: &Config) -> io::Result<()> {
    let path = mark_path(config);
    for path in [path.with_extension("new"), path, backup_mark_path(config)] {
        crate::store::sqlite::remove_if_there(&path)?;
    }
    Ok(())
}

/// What an acceptance left half done must not be taken for a world.
///
/// # Errors
/// `LOSS_UNFINISHED`.
pub fn refuse_half_accepted(config: &Config) -> Result<(), Error> {
    match read_decision(config) {
        Ok(None) => Ok(()),
        Ok(Some(decision)) => Err(unfinished(config, Lsn(decision.to))),
        Err(LossError::Refused(error)) => Err(error),
        Err(error) => {
            let source = io::Error::other(error.to_string());
            Err(Error::Io { what: "looking for an unfinished acceptance of loss", source })
        }
    }
}

/// There while it is not done.
#[must_use]
pub fn mark_path(config: &Config) -> PathBuf {
    config.journal_folder.with_file_name("loss.unfinished")
}

fn unfinished(config: &Config, to: Lsn) -> Error {
    Error::LossUnfinished { mark: mark_path(config), to }
}

/// What is lost is what was named; then the database gets what can be read.
fn decide(
    config: &Config,
    database: &dyn Archive,
    to: Lsn,
    signed: Signed<'_>,
) -> Result<Decision, LossError> {
    let Found { loss, cursor, epoch, disk } = look(config, database)?;
    if loss.to != to {
        return Err(LossError::Other { asked: to, from: loss.from, to: loss.to });
    }
    let mut decision = Decision {
        stop: loss.stop.to_owned(),
        kept: loss.kept.0,
        chain: hex(&cursor.chain),
        from: loss.from.0,
        to: to.0,
        parent: hex(&cursor.journal),
        journal: hex(&random::<16>()?),
        epoch: epoch_after(epoch.max(cursor.game_epoch)).0,
        author: signed.author.to_owned(),
        reason: signed.reason.to_owned(),
        wall_ms: clock::wall_ms(),
        is_aside: false,
    };
    // Before anything is changed.
    decision.turn().map_err(LossError::Words)?;
    if let Some(mut disk) = disk.filter(|_| cursor.lsn < loss.kept) {
        let stands = bring(config, database, &mut disk, loss.kept)?;
        decision.chain = hex(&stands.chain);
    }
    Ok(decision)
}

/// Applies what can be read of the old journal.
fn bring(config: &Config, database: &dyn Archive, disk: &mut Files, kept: Lsn) -> Result<Cursor, LossError> {
    let (mut store, cursor) = term(database)?;
    let identity = Identity { journal_uuid: cursor.journal, world_hash: world_hash(&config.world) };
    let position = CursorPosition { lsn: cursor.lsn, chain: Chain(cursor.chain) };
    let mut reader = check_cursor(disk, identity, kept, position).map_err(Error::from)?;
    let amendments = amendments_after(disk, cursor.lsn).map_err(io_at(&config.journal_folder))?;
    let way = Way { config, amendments: &amendments, last: kept, to: kept };
    let stands = replay(disk, &mut reader, &mut *store, cursor, way)?;
    store.checkpoint().map_err(Error::from)?;
    Ok(stands)
}

/// The database, of which from here on no other dbfront applies to.
fn term(database: &dyn Archive) -> Result<(Box<dyn Store>, Cursor), LossError> {
    if database.founding() == Founding::AtStart {
        database.migrate().map_err(Error::from)?;
    }
    let mut store = database.connect().map_err(Error::from)?;
    let cursor = store.cursor().and_then(|seen| store.begin_term(&seen)).map_err(Error::from)?;
    Ok((store, cursor))
}

/// The new journal, whole and sealed. What an earlier try made of it goes: nobody has used it.
fn begin(config: &Config, disk: Files, decision: &Decision) -> Result<[u8; 16], LossError> {
    let folder = &config.journal_folder;
    for name in own_files(folder)? {
        fs::remove_file(folder.join(&name)).map_err(io_at(folder.join(&name)))?;
    }
    sync_folder(folder)?;
    let broken = || LossError::Mark { path: mark_path(config) };
    let (Some(journal_uuid), Some(parent)) = (decision.journal_uuid(), decision.parent()) else {
        return Err(broken());
    };
    let identity = Identity { journal_uuid, world_hash: world_hash(&config.world) };
    let (epoch, wall_ms) = (Epoch(decision.epoch), decision.wall_ms);
    let descent = Descent { parent, epoch };
    let made = Journal::init_after(disk, journal_config(config), identity, descent, wall_ms);
    let mut journal = made.map_err(Error::from)?;
    let body = decision.turn().map_err(LossError::Words)?;
    let epoch = Epoch(epoch.0 + 1);
    let turn = TurnFrame { first_lsn: parent.lsn.next(), count: 1, epoch, wall_ms, body: &body };
    // Nobody's instance: no writer goes on in this epoch.
    journal.begin_epoch(epoch, 0, wall_ms).map_err(Error::from)?;
    journal.append(&turn).map_err(Error::from)?;
    journal.commit().map_err(Error::from)?;
    journal.seal(wall_ms).map_err(Error::from)?;
    Ok(journal_uuid)
}

/// From here on the database follows the new journal.
fn follow(database: &dyn Archive, decision: &Decision, journal: [u8; 16]) -> Result<(), LossError> {
    if database.look_at_cursor().map_err(Error::from)?.journal == journal {
        return Ok(());
    }
    let (mut store, from) = term(database)?;
    let to = Cursor { journal, ..from };
    if from.lsn.0 != decision.kept {
        return Err(Error::from(store::StoreError::CursorMoved).into());
    }
    let batch = ApplyBatch { from, to, tables: Vec::new(), careful: false };
    store.apply(&batch).map_err(Error::from)?;
    store.checkpoint().map_err(Error::from)?;
    Ok(())
}

fn aside(config: &Config, decision: &Decision) -> PathBuf {
    config.journal_folder.join(format!("{LOST_PREFIX}{}", decision.journal))
}

/// Every file of the old journal into a folder beside them, on the same disk.
fn set_aside(folder: &Path, aside: &Path) -> Result<(), LossError> {
    use std::os::unix::fs::DirBuilderExt as _;
    match fs::DirBuilder::new().mode(0o700).create(aside) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(io_at(aside)(error)),
        _ => {}
    }
    for name in own_files(folder)? {
        fs::rename(folder.join(&name), aside.join(&name)).map_err(io_at(folder.join(&name)))?;
    }
    sync_folder(aside)?;
    sync_folder(folder)
}

/// All but the lock and what was set aside before.
fn own_files(folder: &Path) -> Result<Vec<std::ffi::OsString>, LossError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(io_at(folder))? {
        let entry = entry.map_err(io_at(folder))?;
        if entry.file_name() != LOCK_NAME && entry.file_type().map_err(io_at(folder))?.is_file() {
            names.push(entry.file_name());
        }
    }
    Ok(names)
}

fn read_decision(config: &Config) -> Result<Option<Decision>, LossError> {
    let path = mark_path(config);
    match fs::read(&path) {
        Ok(bytes) => Decision::parse(&bytes).map(Some).ok_or(LossError::Mark { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_at(path)(error)),
    }
}

fn write_decision(config: &Config, decision: &Decision) -> Result<(), LossError> {
    let path = mark_path(config);
    let new = path.with_extension("new");
    let write = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(decision.encode().as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &path)
    };
    write().map_err(io_at(&path))?;
    sync_folder(parent(&path))
}

fn remove_if_there(path: &Path) -> Result<(), LossError> {
    crate::store::sqlite::remove_if_there(path).map_err(io_at(path))?;
    sync_folder(parent(path))
}

fn parent(path: &Path) -> &Path {
    super::backup::folder::parent(path)
}

fn sync_folder(path: &Path) -> Result<(), LossError> {
    fs::File::open(path).and_then(|folder| folder.sync_all()).map_err(io_at(path))
}
