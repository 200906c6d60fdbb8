//! dbfront's own journal on a real folder beside bare positioned writes: groups of records, each group
//! one turn, durable before the next.

use std::{path::Path, time::Duration};

use dbfront::{
    driver::files::Files,
    logic::{
        frame::Identity,
        journal::{Journal, JournalConfig, JournalError, Keep, TurnFrame},
    },
};
use proto::{
    ids::{AccountId, Epoch, Lsn},
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
            let measured = rounds::in_turns(
                setting.pace.rounds,
                || groups_per_s(group, warm, window, || bench.append()),
                || groups_per_s(group, warm, window, || bare.append(&record, group)),
            )?;
            setting.row(Row::ratio(name, "records/s", measured, TARGET));
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
        // As on a busy server: settled segments go for want of room, long before they are old.
        let config = JournalConfig { segment_bytes, keep_bytes: 0, ..JournalConfig::default() };
        let mut journal = Journal::init(files, config, IDENTITY, 1).map_err(failed)?;
        journal.begin_epoch(EPOCH, 1, 1).map_err(failed)?;
        let mut body = Vec::new();
        for cseq in 1..=group as u64 {
            put_entry(&mut body, TxnId { account: AccountId(1), cseq }, &[0x5a; RECORD_BYTES]);
        }
        Ok(Self { journal, body, count: u32::try_from(group).unwrap_or(u32::MAX) })
    }

    /// One group, durable when this returns, and what dbfront does after its answers have left.
    pub(super) fn append(&mut self) -> Result<(), Error> {
        self.put()?;
        let durable = self.journal.commit().map_err(failed)?;
        // Nothing is applied here, so everything counts as applied: the disk does not fill.
        self.tend(durable.lsn())
    }

    /// So many groups in one sync, of which nothing counts as applied: all of them stay.
    pub(super) fn append_kept(&mut self, groups: usize) -> Result<(), Error> {
        for _ in 0..groups {
            self.put()?;
        }
        self.journal.commit().map_err(failed)?;
        self.tend(Lsn(0))
    }

    /// Stops it cleanly; the last record.
    pub(super) fn seal(self) -> Result<Lsn, Error> {
        let last = self.journal.tail().last_lsn;
        self.journal.seal(2).map_err(failed)?;
        Ok(last)
    }

    fn put(&mut self) -> Result<(), Error> {
        let Self { journal, body, count } = self;
        let first_lsn = journal.tail().last_lsn.next();
        let turn = TurnFrame { first_lsn, count: *count, epoch: EPOCH, wall_ms: 1, body };
        journal.append(&turn).map_err(failed)?;
        Ok(())
    }

    fn tend(&mut self, applied: Lsn) -> Result<(), Error> {
        let keep = Keep { applied, pinned_from: None, now_ms: 2 };
        self.journal.prepare(keep).map_err(failed)?;
        self.journal.unlink_settled(keep).map_err(failed)?;
        Ok(())
    }
}

/// Records a second after a warm-up.
#[expect(clippy::cast_precision_loss, reason = "counts of a window are far below 2⁵²")]
pub(super) fn groups_per_s(
    group: usize,
    warm: Duration,
    window: Duration,
    mut append: impl FnMut() -> Result<(), Error>,
) -> Result<f64, Error> {
    let begin = clock::now();
    while begin.elapsed() < warm {
        append()?;
    }
    let start = clock::now();
    let mut records = 0;
    while start.elapsed() < window {
        append()?;
        records += group;
    }
    Ok(records as f64 / start.elapsed().as_secs_f64())
}

#[expect(clippy::needless_pass_by_value, reason = "shaped for map_err")]
fn failed(error: JournalError) -> Error {
    Error::Journal(error.to_string())
}

/// Whose it is.
pub(super) const IDENTITY: Identity = Identity { journal_uuid: [1; 16], world_hash: [2; 16] };
pub(super) const RECORD_BYTES: usize = 200;
const FILE_BYTES: u64 = 64 << 20;
const EPOCH: Epoch = Epoch(1);
const TARGET: f64 = 0.7;
