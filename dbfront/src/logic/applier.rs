//! What the database is asked to do next, and what follows from its answer. Owns the order of applying:
//! whole frames, one batch at a time, from the cursor on. Knows no connection and no thread.

#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use proto::ids::Lsn;

use super::{backoff::Backoff, coalesce::coalesce, decode::Frame};
use crate::store::{ApplyBatch, Cursor, StoreError};

/// See the module.
#[derive(Debug)]
pub struct Applier {
    /// Where the database stands as far as was proven.
    cursor: Cursor,
    /// The batch that was tried last, until its outcome is known.
    trying: Option<Cursor>,
    held: VecDeque<Frame>,
    limits: BatchLimits,
    /// Frames in the next batch at most; halved in search of a poisonous record.
    frames_max: usize,
    backoff: Backoff,
    paused: Option<&'static str>,
}

/// How much one transaction takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLimits {
    /// Records.
    pub records_max: u64,
    /// Bytes of records.
    pub bytes_max: usize,
}

/// What to do after a failure.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// Open a new connection then, read its cursor, go on.
    Retry {
        /// When.
        at: Instant,
    },
    /// Applying pauses at a record that the database refuses; tried again then, in case its schema was mended.
    Paused {
        /// When.
        at: Instant,
    },
    /// Nothing that time mends: the process stops by the error's name.
    Stop,
}

/// What a new connection's cursor means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Where it was left.
    Same,
    /// The batch whose commit had no answer is in.
    Applied {
        /// Up to here.
        lsn: Lsn,
    },
    /// The database went back (B6): what was held is forgotten, frames are needed again from after the cursor,
    /// and the driver has yet to compare its chain with the journal's.
    WentBack {
        /// To here.
        lsn: Lsn,
    },
}

impl Applier {
    /// From a cursor that was just read.
    #[must_use]
    pub fn new(cursor: Cursor, limits: BatchLimits, seed: u64) -> Self {
        Self {
            cursor,
            trying: None,
            held: VecDeque::new(),
            limits,
            frames_max: usize::MAX,
            backoff: Backoff::new(seed),
            paused: None,
        }
    }

    /// Whether frames are wanted.
    #[must_use]
    pub fn is_hungry(&self) -> bool {
        self.held.is_empty()
    }

    /// How much at a time.
    #[must_use]
    pub fn limits(&self) -> BatchLimits {
        self.limits
    }

    /// Frames that follow what is held.
    ///
    /// # Panics
    /// If they do not: a mistake of ours that must not reach the database.
    pub fn feed(&mut self, frames: Vec<Frame>) {
        for frame in frames {
            let follows = self.held.back().map_or(self.cursor.lsn, |held| held.last).next();
            assert_eq!(frame.first, follows, "frames are applied in order");
            self.held.push_back(frame);
        }
    }

    /// The next transaction, if anything is held. The frames stay held until [`Self::worked`].
    ///
    /// # Errors
    /// [`StoreError::Divergence`] if the records contradict each other.
    pub fn batch(&mut self) -> Result<Option<ApplyBatch>, StoreError> {
        let (mut records, mut bytes, mut frames) = (0, 0, 0);
        for frame in self.held.iter().take(self.frames_max) {
            records += frame.records();
            bytes += frame.bytes;
            if frames != 0 && (self.limits.records_max < records || self.limits.bytes_max < bytes) {
                break;
            }
            frames += 1;
        }
        let taken = &self.held.make_contiguous()[..frames];
        let Some(last) = taken.last() else {
            return Ok(None);
        };
        let to = Cursor { lsn: last.last, chain: last.chain, game_epoch: last.epoch, ..self.cursor };
        let tables = coalesce(taken)?;
        self.trying = Some(to);
        Ok(Some(ApplyBatch { from: self.cursor, to, tables, careful: self.frames_max == 1 }))
    }

    /// The batch is committed: up to where.
    pub fn worked(&mut self) -> Lsn {
        if let Some(to) = self.trying.take() {
            self.cursor = to;
            while self.held.front().is_some_and(|frame| frame.last <= to.lsn) {
                self.held.pop_front();
            }
        }
        // Back to full batches step by step: the poison, if it is still ahead, is found in as many steps again.
        self.frames_max = self.frames_max.saturating_mul(2);
        self.backoff.worked();
        self.paused = None;
        self.cursor.lsn
    }

    /// The batch, or opening a connection, failed. The connection must be dropped.
    pub fn failed(&mut self, error: &StoreError, now: Instant) -> Verdict {
        match error {
            StoreError::Transient { .. } | StoreError::Unknown { .. } => {
                Verdict::Retry { at: self.backoff.failed(now) }
            }
            StoreError::Packet { .. } | StoreError::Poison { .. } => {
                let tried = self.tried_frames();
                if 1 < tried || self.frames_max != 1 {
                    self.frames_max = (tried / 2).max(1);
                    return Verdict::Retry { at: now };
                }
                if error.passes() {
                    // A new connection is told how much it takes by then.
                    return Verdict::Retry { at: self.backoff.failed(now) };
                }
                self.paused = Some(error.code());
                Verdict::Paused { at: now + PAUSE }
            }
            StoreError::CursorMoved
            | StoreError::Divergence { .. }
            | StoreError::Unsafe { .. }
            | StoreError::MigrationDirty { .. }
            | StoreError::SchemaTooOld { .. }
            | StoreError::SchemaTooNew { .. } => Verdict::Stop,
        }
    }

    fn tried_frames(&self) -> usize {
        let Some(to) = self.trying else { return 0 };
        self.held.iter().take_while(|frame| frame.last <= to.lsn).count()
    }

    /// A new connection says where the database stands: the only truth about the batch before it (X3, X5).
    ///
    /// # Errors
    /// [`StoreError::CursorMoved`] if somebody else applies, or it is another database.
    pub fn connected(&mut self, found: Cursor) -> Result<Standing, StoreError> {
        let mine = found.journal == self.cursor.journal && found.dbf_epoch == self.cursor.dbf_epoch;
        if !mine {
            return Err(StoreError::CursorMoved);
        }
        if self.trying.is_some_and(|to| same_place(&to, &found)) {
            return Ok(Standing::Applied { lsn: self.worked() });
        }
        self.trying = None;
        if same_place(&self.cursor, &found) {
            return Ok(Standing::Same);
        }
        if self.cursor.lsn <= found.lsn {
            return Err(StoreError::CursorMoved);
        }
        self.cursor = found;
        self.held.clear();
        Ok(Standing::WentBack { lsn: found.lsn })
    }

    /// Where the database stands as far as was proven.
    #[must_use]
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// The name of what it pauses for.
    #[must_use]
    pub fn paused(&self) -> Option<&'static str> {
        self.paused
    }

    /// The waiting that follows failures.
    #[must_use]
    pub fn backoff(&self) -> &Backoff {
        &self.backoff
    }
}

fn same_place(left: &Cursor, right: &Cursor) -> bool {
    left.lsn == right.lsn && left.chain == right.chain
}

/// Between two tries of a record that the database refuses.
const PAUSE: Duration = Duration::from_secs(30);
