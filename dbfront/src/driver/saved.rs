//! The saved cache's file: written at an orderly stop, read by a thread of its own after the next start. Whatever is
//! wrong with it is named and costs reads of the database, nothing else.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::{clock, space::free, start::world_hash};
use crate::{
    config::Config,
    logic::{
        overlay::{
            Overlay,
            saved::{SavedRange, SavedRow},
        },
        saved::{FILE_BYTES_MAX, Moment, Saved, Unfit, Writer},
    },
    store::{Cursor, place::Place},
};

/// A saved cache that is in no folder any more.
#[derive(Debug)]
pub struct SavedFile {
    file: File,
    now: Moment,
}

/// What comes of it.
#[derive(Debug)]
pub enum Warmth {
    /// Of these ranges every row comes.
    Ranges(Vec<SavedRange>),
    /// Rows, the longest unused first.
    Rows(Vec<SavedRow>),
    /// All came.
    Whole,
    /// No more come.
    Unfit,
}

/// Changes when somebody writes into the database, if it is a file; a server says nothing like that.
#[must_use]
pub fn stamp(place: &Place) -> [u8; 16] {
    let Place::Sqlite(path) = place else { return [0; 16] };
    let mut beside = path.clone().into_os_string();
    beside.push("-wal");
    let mut hasher = blake3::Hasher::new();
    for path in [path.clone(), PathBuf::from(beside)] {
        // An empty file beside it says as much as none.
        if let Some(about) = fs::metadata(&path).ok().filter(|about| about.len() != 0) {
            for part in [about.len().cast_signed(), about.mtime(), about.mtime_nsec()] {
                hasher.update(&part.to_le_bytes());
            }
        }
    }
    let mut stamp = [0; 16];
    stamp.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    stamp
}

/// Takes the file out of the data folder, for a database that stands where it stood before this process touched it.
/// Should it come back after a power loss, it is of a term that is over.
#[must_use]
pub fn take(config: &Config, seen: Cursor, stamp: [u8; 16]) -> Option<SavedFile> {
    let path = &config.cache_file;
    // Of a stop that was cut off.
    let _ = fs::remove_file(temporary(path));
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(event = "cache.ignored", why = "unreadable", %error);
            return None;
        }
    };
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(event = "cache.ignored", why = "stays", %error);
        return None;
    }
    let now = Moment { world: world_hash(&config.world), cursor: seen, stamp };
    Some(SavedFile { file, now })
}

impl SavedFile {
    /// Reads it through, for as long as somebody takes what it gives.
    pub fn run(self, warmths: &mpsc::Sender<Warmth>) {
        let give = |warmth| warmths.blocking_send(warmth).is_ok();
        let unfit = |why: &str, text: &dyn std::fmt::Display| {
            tracing::warn!(event = "cache.ignored", why, error = %text);
            give(Warmth::Unfit);
        };
        let mut bytes = Vec::new();
        if let Err(error) = self.file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes) {
            return unfit("unreadable", &error);
        }
        let read = |give: &dyn Fn(Warmth) -> bool| -> Result<(), Unfit> {
            let mut saved = Saved::read(&bytes, &self.now)?;
            let mut is_wanted = give(Warmth::Ranges(saved.ranges()));
            while is_wanted && let Some(rows) = saved.next_rows()? {
                is_wanted = give(Warmth::Rows(rows));
            }
            give(Warmth::Whole);
            Ok(())
        };
        if let Err(error) = read(&give) {
            unfit(error.code(), &error);
        }
    }
}

/// Writes what is kept for reads, unless it takes too long: then what was used last.
pub fn save(config: &Config, overlay: Overlay, cursor: Cursor) {
    let began = clock::now();
    // The next start needs room for a file of the journal before it looks here.
    let spare = FILE_BYTES_MAX + config.segment_bytes.saturating_mul(SPARE_SEGMENTS);
    if free(config.cache_file.parent().unwrap_or(Path::new("."))).is_ok_and(|free| free < spare) {
        tracing::warn!(
            event = "cache.not_saved",
            error = "too little space",
            "the next start reads from the database"
        );
        return;
    }
    let moment = Moment { world: world_hash(&config.world), cursor, stamp: stamp(&config.store) };
    match write(&config.cache_file, overlay, &moment, began + SAVE_MAX) {
        Ok(Written { rows, bytes, ranges }) => {
            let ms = u64::try_from(clock::now().saturating_duration_since(began).as_millis());
            tracing::info!(event = "cache.saved", rows, bytes, ranges, ms = ms.unwrap_or(u64::MAX));
        }
        Err(error) => {
            let _ = fs::remove_file(temporary(&config.cache_file));
            tracing::warn!(event = "cache.not_saved", %error, "the next start reads from the database");
        }
    }
}

struct Written {
    rows: u64,
    bytes: u64,
    ranges: usize,
}

fn write(path: &Path, overlay: Overlay, moment: &Moment, until: Instant) -> io::Result<Written> {
    let aside = temporary(path);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    let mut writer = Writer::new(moment);
    let mut failed = None;
    let mut written = 0;
    let ranges = overlay.save(moment.cursor.lsn, &mut |rows| {
        let wants_more = writer.rows(rows);
        // Synced piece by piece: else the disk would have it all at the end, when nobody looks at the time.
        if written + PIECE_BYTES <= writer.bytes() {
            written = writer.bytes();
            failed = file.write_all(&writer.take()).and_then(|()| file.sync_data()).err();
        }
        wants_more && failed.is_none() && clock::now() < until
    });
    if let Some(error) = failed {
        return Err(error);
    }
    writer.ranges(&ranges);
    let rows = writer.count();
    file.write_all(&writer.end())?;
    file.sync_all()?;
    let bytes = file.metadata()?.len();
    fs::rename(&aside, path)?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(Written { rows, bytes, ranges: ranges.len() })
}

fn temporary(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// So long a stop writes at most: with what applying may take, less than a process that stops is given.
const SAVE_MAX: Duration = Duration::from_secs(2);
/// Files of the journal for which there is room beside it.
const SPARE_SEGMENTS: u64 = 3;
/// Between two syncs.
const PIECE_BYTES: u64 = 4 << 20;
/// Portions on their way to the desk.
pub const WARMTHS_MAX: usize = 4;
