//! What a start of dbfront does first: to walk through the journal and verify all of it, by the very function that
//! recovery calls, beside a bare read of the same files with the same checksums. What was just written is in the
//! system's memory, for both alike: the disk is not what is measured. To apply what was read is another row (`backlog`).

use std::{path::Path, time::Duration};

use dbfront::{
    driver::files::Files,
    logic::{
        frame::{Chain, frame_bytes},
        recovery::{CursorPosition, Expected, examine},
    },
};
use proto::{ids::Lsn, turn::ENTRY_HEADER_BYTES};

use super::{
    Row, Setting,
    journal::{Bench, IDENTITY, RECORD_BYTES},
    rounds, say,
};
use crate::{bare::checksums::Checksums, clock, error::Error};

pub(super) fn run(setting: &mut Setting<'_>) -> Result<(), Error> {
    if !setting.wants(NAME) {
        return Ok(());
    }
    let folder = tempfile::tempdir().map_err(Error::io("making a journal folder"))?;
    let bytes = if setting.options.quick { QUICK_BYTES } else { FULL_BYTES };
    let written = Written::create(folder.path(), bytes, SEGMENT_BYTES, PATIENCE)?;
    if written.bytes < bytes {
        say(&format!("{NAME:<28} the disk is slow: {} MB are read instead", written.bytes / 1_000_000));
    }
    let mut bare = Checksums::of(&folder.path().join("journal"), FRAME_BYTES)?;
    // Once for each, so that all of it is where the rounds find it.
    written.scan()?;
    bare.read()?;
    let measured = rounds::in_turns(setting.pace.rounds, || written.scan(), || bare.read())?;
    setting.row(Row::at_least(NAME, "MB/s", measured.subject, TARGET_MB_PER_S));
    setting.row(Row::ratio(BARE_NAME, "MB/s", measured, TARGET));
    Ok(())
}

/// A journal that was stopped cleanly, and of which a database has nothing.
pub(super) struct Written<'a> {
    folder: &'a Path,
    last: Lsn,
    /// Of all frames.
    pub(super) bytes: u64,
}

impl<'a> Written<'a> {
    /// About so many bytes of turns of 100 records, or as many as come in that time.
    pub(super) fn create(
        folder: &'a Path,
        bytes: u64,
        segment_bytes: u64,
        patience: Duration,
    ) -> Result<Self, Error> {
        let mut bench = Bench::create(folder, GROUP, segment_bytes)?;
        let began = clock::now();
        let mut written = 0;
        while written < bytes && began.elapsed() < patience {
            bench.append_kept(TURNS)?;
            written += (FRAME_BYTES * TURNS) as u64;
        }
        Ok(Self { folder, last: bench.seal()?, bytes: written })
    }

    /// Megabytes a second.
    pub(super) fn scan(&self) -> Result<f64, Error> {
        let failed = |error: &dyn std::fmt::Display| Error::Journal(error.to_string());
        let mut disk = Files::open_to_read(&self.folder.join("journal")).map_err(|error| failed(&error))?;
        let expected =
            Expected { journal_uuid: Some(IDENTITY.journal_uuid), world_hash: IDENTITY.world_hash };
        let cursor = CursorPosition { lsn: Lsn(0), chain: Chain::default() };
        let began = clock::now();
        let found = examine(&mut disk, &expected, Some(cursor)).map_err(|error| failed(&error))?;
        let seconds = began.elapsed().as_secs_f64();
        if found.last_lsn != self.last || !found.clean {
            let last = found.last_lsn;
            return Err(Error::Journal(format!("{last} is found as the last record, it is {}", self.last)));
        }
        Ok(mb(self.bytes) / seconds.max(f64::MIN_POSITIVE))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a journal's bytes are far below 2⁵²")]
fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

const NAME: &str = "scan_1gb";
const BARE_NAME: &str = "scan_1gb_bare";
const FULL_BYTES: u64 = 1 << 30;
const QUICK_BYTES: u64 = 128 << 20;
/// As dbfront's own, if nobody says otherwise.
const SEGMENT_BYTES: u64 = 64 << 20;
const GROUP: usize = 100;
/// In one sync.
const TURNS: usize = 50;
/// Of one turn.
pub(super) const FRAME_BYTES: usize = frame_bytes(GROUP * (ENTRY_HEADER_BYTES + RECORD_BYTES));
/// For writing it.
const PATIENCE: Duration = Duration::from_secs(60);
const TARGET_MB_PER_S: f64 = 200.0;
/// Of the bare read.
const TARGET: f64 = 0.5;
