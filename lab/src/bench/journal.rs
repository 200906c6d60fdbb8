//! dbfront's own journal on a real folder beside bare positioned writes: groups of records, each group
//! one turn, durable before the next.
//!
//! The reference overwrites one file that was written before its clock started, so the figure with a
//! target times our appends and commits alone, too. What a segment costs besides (the next one written
//! full of zeros, settled ones unlinked, after the answers have left) is in the `_sustained` row.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use dbfront::{
    driver::files::Files,
    logic::{
        frame::Identity,
        journal::{Journal, JournalConfig, JournalError, Keep, TurnFrame},
    },
};
use proto::{
    ids::{AccountId, Epoch},
    turn::{TxnId, put_entry},
};

use super::{Row, Setting, rounds};
use crate::{bare::disk::Disk, clock, error::Error};

pub(super) fn run(setting: &mut Setting<'_>) -> Result<(), Error> {
    let groups = [("journal_200b_group100", 100), ("journal_200b_group1000", 1_000)];
    for (name, group) in groups {
        if setting.wants(name) {
            let folder = tempfile::tempdir().map_err(Error::io("making a journal folder"))?;
            let mut bench = Bench::create(folder.path(), group, FILE_BYTES)?;
            let (warm, window) = (setting.pace.warm, setting.pace.window);
            let mut bare = Disk::preallocate(&folder.path().join("bare"), FILE_BYTES)?;
            let record = [0x5a; RECORD_BYTES];
            let mut sustained = Vec::new();
            let measured = rounds::in_turns(
                setting.pace.rounds,
                || {
                    let rates = Rates::of(group, warm, window, || bench.append())?;
                    sustained.push(rates.sustained_per_s);
                    Ok(rates.durable_per_s)
                },
                || Ok(Rates::of(group, warm, window, || bare.append(&record, group))?.durable_per_s),
            )?;
            setting.row(Row::ratio(name, "records/s", measured, TARGET));
            let sustained = rounds::median(&mut sustained);
            let name = format!("{name}_sustained");
            setting.row(Row::plain(&name, "records/s", sustained, Some(measured.reference)));
        }
    }
    Ok(())
}

/// The real journal and the turn that it is given again and again.
pub(super) struct Bench {
    journal: Journal<Files>,
    body: Vec<u8>,
    count: u32,
}

impl Bench {
    pub(super) fn create(folder: &Path, group: usize, segment_bytes: u64) -> Result<Self, Error> {
        let files =
            Files::create(&folder.join("journal")).map_err(|error| Error::Journal(error.to_string()))?;
        let config = JournalConfig { segment_bytes, keep_ms: 0, keep_bytes: 0 };
        let identity = Identity { journal_uuid: [1; 16], world_hash: [2; 16] };
        let mut journal = Journal::init(files, config, identity, 1).map_err(failed)?;
        journal.begin_epoch(EPOCH, 1, 1).map_err(failed)?;
        let mut body = Vec::new();
        for cseq in 1..=group as u64 {
            put_entry(&mut body, TxnId { account: AccountId(1), cseq }, &[0x5a; RECORD_BYTES]);
        }
        Ok(Self { journal, body, count: u32::try_from(group).unwrap_or(u32::MAX) })
    }

    /// One group, durable at the time that this tells, and then what dbfront does after its answers have
    /// left.
    pub(super) fn append(&mut self) -> Result<Instant, Error> {
        let Self { journal, body, count } = self;
        let first_lsn = journal.tail().last_lsn.next();
        let turn = TurnFrame { first_lsn, count: *count, epoch: EPOCH, wall_ms: 1, body };
        journal.append(&turn).map_err(failed)?;
        let durable = journal.commit().map_err(failed)?;
        let durable_at = clock::now();
        journal.prepare().map_err(failed)?;
        // Nothing is applied here, so everything counts as applied: the disk does not fill.
        let keep = Keep { applied: durable.lsn(), pinned_from: None, now_ms: 2 };
        journal.unlink_settled(keep).map_err(failed)?;
        Ok(durable_at)
    }
}

/// Records a second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rates {
    /// Of the time from a group's offer to its durability.
    pub(super) durable_per_s: f64,
    /// Of all time.
    pub(super) sustained_per_s: f64,
}

impl Rates {
    /// Appends groups for a window after a warm-up; `append` tells when its group was durable.
    #[expect(clippy::cast_precision_loss, reason = "counts of a window are far below 2⁵²")]
    pub(super) fn of(
        group: usize,
        warm: Duration,
        window: Duration,
        mut append: impl FnMut() -> Result<Instant, Error>,
    ) -> Result<Self, Error> {
        let begin = clock::now();
        while begin.elapsed() < warm {
            append()?;
        }
        let start = clock::now();
        let mut now = start;
        let mut waiting = Duration::ZERO;
        let mut records = 0;
        while now - start < window {
            waiting += append()? - now;
            records += group;
            now = clock::now();
        }
        let per_s = |time: Duration| records as f64 / time.as_secs_f64().max(1e-9);
        Ok(Self { durable_per_s: per_s(waiting), sustained_per_s: per_s(now - start) })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "shaped for map_err")]
fn failed(error: JournalError) -> Error {
    Error::Journal(error.to_string())
}

const RECORD_BYTES: usize = 200;
const FILE_BYTES: u64 = 64 << 20;
const EPOCH: Epoch = Epoch(1);
const TARGET: f64 = 0.5;
