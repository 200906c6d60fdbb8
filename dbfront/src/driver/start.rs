//! From whatever lies in the data folder to a journal that may be written, a database that stands where it
//! should, and the rows between the two in memory.

use std::{io::Read as _, os::unix::net::UnixStream, sync::atomic::Ordering::Relaxed, time::Duration};

use proto::ids::{Epoch, Lsn};

use super::{
    backup::restore_mark,
    clock,
    files::{Files, FilesError},
    loss::refuse_half_accepted,
    saved::{self, SavedFile},
};
use crate::{
    config::Config,
    error::Error,
    failpoint::point,
    logic::{
        amend::Amendments,
        decode::decode_frame,
        frame::{Chain, Identity},
        intake::Position,
        journal::{Journal, JournalConfig},
        levels::meter::Meter,
        overlay::{KEPT, Overlay},
        reader::Reader,
        recovery::{CursorPosition, Expected, Recovered, RecoveryError, RecoveryOptions, examine, recover},
        row::{StoredRow, rows_at_once},
    },
    metrics::{Metrics, Phase},
    store::{Cursor, Database, Founding, Presence, Query, Store, StoreError, spill::SpillFolder},
};

/// Everything that the threads begin with.
pub struct Started {
    /// The writing end.
    pub journal: Journal<Files>,
    /// Whose.
    pub identity: Identity,
    /// The connection that applies.
    pub store: Box<dyn Store>,
    /// Where the database stands.
    pub cursor: Cursor,
    /// Where journal and database stand, for the intake.
    pub position: Position,
    /// With every row that the journal has and the database has not.
    pub overlay: Overlay,
    /// With the bytes of all that.
    pub meter: Meter,
    /// The journal, before the first turn to apply.
    pub place: Reader,
    /// For reading it.
    pub disk: Files,
    /// Replacements of records that the database may not have.
    pub amendments: Amendments,
    /// What the process before kept for reads.
    pub saved: Option<SavedFile>,
}

/// Opens everything; nothing if the end was asked for meanwhile.
///
/// # Errors
/// Any of the named stops.
pub fn start(
    config: &Config,
    database: &dyn Database,
    stop: &UnixStream,
    metrics: &Metrics,
) -> Result<Option<Started>, Error> {
    loop {
        match try_to_start(config, database, stop, metrics)? {
            Try::Started(started) => return Ok(Some(*started)),
            Try::AskedToStop => return Ok(None),
            // All that was read since was compared with where it stood.
            Try::Moved { from, to } => {
                tracing::error!(event = "store.regressed", %from, lsn = %to, "DB_REGRESSED: beginning anew");
            }
        }
    }
}

enum Try {
    Started(Box<Started>),
    AskedToStop,
    /// The database lost commits while it was away in between.
    Moved {
        from: Lsn,
        to: Lsn,
    },
}

fn try_to_start(
    config: &Config,
    database: &dyn Database,
    stop: &UnixStream,
    metrics: &Metrics,
) -> Result<Try, Error> {
    refuse_half_restored(config)?;
    refuse_half_accepted(config)?;
    let stamp = saved::stamp(&config.store);
    let world_hash = world_hash(&config.world);
    let wait = Some(Wait { stop, metrics });
    let Some(presence) = waiting(wait, || database.presence())? else { return Ok(Try::AskedToStop) };
    let disk = match presence {
        Presence::Present => Files::open(&config.journal_folder).map_err(|error| match error {
            FilesError::Absent(_) => journal_missing(config, database),
            error => error.into(),
        })?,
        Presence::Absent | Presence::Prepared => {
            let asked = Asked::ByStart(database.founding());
            let Some(disk) = found(config, database, presence, asked, wait)? else {
                return Ok(Try::AskedToStop);
            };
            disk
        }
    };
    // Under the journal's lock: nobody else of ours is at this database now.
    if database.founding() == Founding::AtStart {
        let Some(migrated) = waiting(wait, || database.migrate())? else { return Ok(Try::AskedToStop) };
        if migrated != 0 {
            tracing::info!(event = "store.migrated", migrations = migrated);
        }
    }
    let connected = waiting(wait, || {
        let mut store = database.connect()?;
        let cursor = store.cursor()?;
        Ok((store, cursor))
    })?;
    let Some((mut store, seen)) = connected else { return Ok(Try::AskedToStop) };
    let options = RecoveryOptions {
        journal: journal_config(config),
        expected: Expected { journal_uuid: Some(seen.journal), world_hash },
        cursor: Some(CursorPosition { lsn: seen.lsn, chain: Chain(seen.chain) }),
        wall_ms: clock::wall_ms(),
    };
    let recovered = match with_space(config, disk, &options, Wait { stop, metrics }) {
        Ok(Some(recovered)) => recovered,
        Ok(None) => return Ok(Try::AskedToStop),
        Err(Error::Recovery(RecoveryError::Absent)) => return Err(journal_missing(config, database)),
        Err(error) => return Err(error),
    };
    let report = &recovered.report;
    tracing::info!(
        event = "journal.recovered",
        clean = report.clean,
        durable = recovered.durable.0,
        applied = seen.lsn.0,
        copied_bytes = report.copied_bytes,
        cut_bytes = report.cut_bytes,
        quarantined = report.quarantined,
    );
    point!("recovery.term");
    let mut expected = seen;
    let term = waiting(wait, || match store.begin_term(&expected) {
        // It may have happened, or somebody else's: what begins once more from there is ours for certain.
        Err(error) if error.passes() => {
            store = database.connect()?;
            expected = store.cursor()?;
            Err(error)
        }
        other => other,
    })?;
    let Some(cursor) = term else { return Ok(Try::AskedToStop) };
    if (cursor.journal, cursor.lsn, cursor.chain) != (seen.journal, seen.lsn, seen.chain) {
        return Ok(Try::Moved { from: seen.lsn, to: cursor.lsn });
    }
    // Not before: until now nothing is other than it was.
    let saved = saved::take(config, seen, stamp);
    let mut disk = Files::open_to_read(&config.journal_folder)?;
    let failed = |source| Error::Io { what: "clearing the folder for rows that wait", source };
    let spill = SpillFolder::open(&config.spill_folder).map_err(failed)?;
    let mut overlay = Overlay::new(cursor.lsn, config.cache_bytes)
        .deflating()
        .spilling(config.overlay_bytes, Box::new(spill), config.spill_bytes)
        .keeping(config.rooms_bytes);
    let Some(kept) = waiting(wait, || keep(&mut overlay, database, cursor.lsn))? else {
        return Ok(Try::AskedToStop);
    };
    if let Some(to) = kept {
        return Ok(Try::Moved { from: cursor.lsn, to });
    }
    let mut place = recovered.after_cursor;
    let amendments = recovered.amendments;
    let mut meter = Meter::new(cursor.lsn, config.journal_budget_bytes);
    load(&mut overlay, &mut meter, &mut disk, &mut place, recovered.durable, &amendments)?;
    point!("recovery.loaded");
    // The store's thread begins where this began.
    let place = Reader::open(&mut disk, recovered.identity, cursor.lsn)?;
    metrics.lsn_received.store(recovered.durable.0, Relaxed);
    metrics.lsn_durable.store(recovered.durable.0, Relaxed);
    metrics.lsn_applied.store(cursor.lsn.0, Relaxed);
    let position = Position {
        epoch: recovered.epoch,
        instance: recovered.instance,
        stored_epoch: cursor.game_epoch,
        durable: recovered.durable,
    };
    let (journal, identity) = (recovered.journal, recovered.identity);
    Ok(Try::Started(Box::new(Started {
        journal,
        identity,
        store,
        cursor,
        position,
        overlay,
        meter,
        place,
        disk,
        amendments,
        saved,
    })))
}

/// What a restore left half done must not be taken for a world, nor founded over.
///
/// # Errors
/// `RESTORE_UNFINISHED`.
pub fn refuse_half_restored(config: &Config) -> Result<(), Error> {
    let mark = restore_mark(config);
    match mark.try_exists() {
        Ok(false) => Ok(()),
        Ok(true) => Err(Error::RestoreUnfinished { mark }),
        Err(source) => Err(Error::Io { what: "looking for an unfinished restore", source }),
    }
}

/// Recovers as soon as there is space for it, or not at all if the end was asked for meanwhile.
fn with_space(
    config: &Config,
    mut disk: Files,
    options: &RecoveryOptions,
    Wait { stop, metrics }: Wait<'_>,
) -> Result<Option<Recovered<Files>>, Error> {
    let mut said = false;
    loop {
        match recover(disk, options) {
            Err(error @ RecoveryError::Full { .. }) => {
                if !std::mem::replace(&mut said, true) {
                    tracing::error!(event = "journal.full", %error);
                    metrics.set_phase(Phase::JournalFull);
                }
            }
            other => {
                if said {
                    tracing::info!(event = "journal.space_again");
                    metrics.set_phase(Phase::Loading);
                }
                return other.map(Some).map_err(Error::from);
            }
        }
        if is_asked_to_stop(stop)? {
            return Ok(None);
        }
        disk = Files::open(&config.journal_folder)?;
    }
}

/// Who wants a world to be founded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A start, which may do so in databases of this kind.
    ByStart(Founding),
    /// Somebody.
    ByCommand,
}

/// Founds a world where there is none; with a database that was prepared and a journal that was made, finishes
/// what a crash cut off. Nothing if the end was asked for meanwhile.
///
/// # Errors
/// Any of the named stops.
pub fn found(
    config: &Config,
    database: &dyn Database,
    presence: Presence,
    asked: Asked,
    wait: Option<Wait<'_>>,
) -> Result<Option<Files>, Error> {
    let world_hash = world_hash(&config.world);
    let mut disk = Files::create(&config.journal_folder)?;
    match examine(&mut disk, &Expected { journal_uuid: None, world_hash }, None) {
        Err(RecoveryError::Absent) if asked == Asked::ByStart(Founding::ByCommand) => {
            return Err(Error::NotFounded { database: database.describe() });
        }
        Err(RecoveryError::Absent) => {}
        Ok(_) if presence == Presence::Prepared => {
            return Ok(waiting(wait, || database.publish())?.map(|()| disk));
        }
        Ok(_) => {
            return Err(Error::DatabaseMissing {
                database: database.describe(),
                journal: config.journal_folder.clone(),
            });
        }
        Err(error) => return Err(error.into()),
    }
    let identity = Identity { journal_uuid: random()?, world_hash };
    let first = Cursor {
        journal: identity.journal_uuid,
        lsn: Lsn(0),
        chain: [0; 16],
        game_epoch: Epoch(0),
        dbf_epoch: 0,
        schema: 0,
    };
    if waiting(wait, || database.prepare(first))?.is_none() {
        return Ok(None);
    }
    point!("found.prepared");
    let journal = Journal::init(disk, journal_config(config), identity, clock::wall_ms())?;
    point!("found.journal");
    let disk = journal.seal(clock::wall_ms())?;
    point!("found.sealed");
    tracing::info!(event = "world.founded", world = config.world, store = database.describe());
    let published = waiting(wait, || database.publish())?;
    point!("found.published");
    Ok(published.map(|()| disk))
}

/// Every row that the database has of tables that are kept; where it stands, if that is elsewhere.
fn keep(overlay: &mut Overlay, database: &dyn Database, lsn: Lsn) -> Result<Option<Lsn>, StoreError> {
    let mut reader = database.connect_reader()?;
    for &table in KEPT {
        let rows_max = rows_at_once(table.def());
        let mut after = Vec::new();
        loop {
            let prefix = Vec::new();
            let found = reader.read(&[Query::Scan { table, prefix, after, rows_max }])?;
            if found.lsn != lsn {
                return Ok(Some(found.lsn));
            }
            let rows: Vec<StoredRow> = found.answers.into_iter().flatten().flatten().collect();
            let is_last = rows.len() < rows_max;
            after = rows.last().map(|row| row.row[..table.def().key_columns].to_vec()).unwrap_or_default();
            overlay.keep(table, rows);
            if is_last || !overlay.is_keeping() {
                break;
            }
        }
        overlay.kept_whole(table);
    }
    Ok(None)
}

/// Every row that the journal has and the database may not have.
fn load(
    overlay: &mut Overlay,
    meter: &mut Meter,
    disk: &mut Files,
    place: &mut Reader,
    durable: Lsn,
    amendments: &Amendments,
) -> Result<(), Error> {
    loop {
        let frames = place.read(disk, durable, LOAD_BYTES)?;
        if frames.is_empty() {
            return Ok(());
        }
        for frame in frames {
            let (first, bytes) = (frame.first_lsn, frame.body.len());
            let frame = decode_frame(first, frame.epoch, frame.chain.0, &frame.body, amendments)
                .map_err(|_| Error::Record { lsn: first.0 })?;
            meter.take(frame.last, u64::try_from(bytes).unwrap_or(u64::MAX));
            frame.changes.iter().for_each(|change| overlay.put(change));
            overlay.accepted(&frame.changes);
            overlay.tend();
        }
    }
}

/// For a database that is away, until the end is asked for.
#[derive(Clone, Copy)]
pub struct Wait<'a> {
    /// Its end or a byte is the order.
    pub stop: &'a UnixStream,
    /// Where it is told.
    pub metrics: &'a Metrics,
}

/// Tries until it works, or once where nobody waits; nothing if the end was asked for meanwhile.
fn waiting<T>(
    wait: Option<Wait<'_>>,
    mut step: impl FnMut() -> Result<T, StoreError>,
) -> Result<Option<T>, Error> {
    let mut said = false;
    loop {
        let (error, Wait { stop, metrics }) = match (step(), wait) {
            (Ok(done), wait) => {
                if let Some(Wait { metrics, .. }) = wait.filter(|_| said) {
                    metrics.set_phase(Phase::Loading);
                }
                return Ok(Some(done));
            }
            (Err(error), Some(wait)) if error.passes() => (error, wait),
            (Err(error), _) => return Err(error.into()),
        };
        if !std::mem::replace(&mut said, true) {
            tracing::warn!(event = "store.waiting", %error);
            metrics.set_phase(Phase::WaitingForStore);
        }
        if is_asked_to_stop(stop)? {
            return Ok(None);
        }
    }
}

/// Waits for that a while.
fn is_asked_to_stop(mut stop: &UnixStream) -> Result<bool, Error> {
    let failed = |source| Error::Io { what: "waiting for the stop", source };
    stop.set_read_timeout(Some(AGAIN)).map_err(failed)?;
    let asked = stop.read(&mut [0]);
    Ok(!asked.is_err_and(|error| {
        matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
    }))
}

/// A database without its journal.
#[must_use]
pub fn journal_missing(config: &Config, database: &dyn Database) -> Error {
    Error::JournalMissing { database: database.describe(), journal: config.journal_folder.clone() }
}

/// What of the configuration a journal needs.
#[must_use]
pub fn journal_config(config: &Config) -> JournalConfig {
    JournalConfig {
        segment_bytes: config.segment_bytes,
        keep_ms: config.keep_ms,
        keep_bytes: config.keep_bytes,
    }
}

/// By which a journal names its world.
#[must_use]
pub fn world_hash(name: &str) -> [u8; 16] {
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(name.as_bytes()).as_bytes()[..16]);
    hash
}

/// From the system's generator.
///
/// # Errors
/// The system's.
pub fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::Io { what: "asking for randomness", source: std::io::Error::other(error) })?;
    Ok(bytes)
}

/// Between two tries of a database that is away at the start.
const AGAIN: Duration = Duration::from_millis(500);
/// Of the journal at a time.
const LOAD_BYTES: usize = 8 << 20;
