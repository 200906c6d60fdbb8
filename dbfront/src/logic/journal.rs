//! The journal as its writer sees it: turns go in, a [`Durable`] comes out of one sync for all of them. Knows no
//! database and no link; what lay there before is `recovery`'s subject. docs/JOURNAL.md.

mod amend;
mod begin;
mod error;
mod retention;
mod spare;
#[cfg(test)]
mod tests;

use std::{collections::VecDeque, io};

use proto::{
    ids::{Epoch, Lsn},
    limits::{TURN_BYTES_MAX, TURN_RECORDS_MAX},
};

use self::spare::Spare;
pub use self::{
    begin::Descent,
    error::JournalError,
    retention::{Keep, Unlinked},
    spare::Prepared,
};
pub(super) use self::{
    error::{failed, lost},
    retention::KeptSegment,
    spare::create_whole,
};
use super::{
    disk::{self, Disk},
    frame::{Chain, FrameKind, Identity, NewFrame, count_entries, frame_bytes, put_frame},
    segment::{SEGMENT_BYTES_MAX, SEGMENT_HEADER_BYTES, SegmentHeader, segment_name, terminator_end},
    walk::Tail,
};
use crate::failpoint::point;

/// What an operator may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalConfig {
    /// Bytes of a segment file, from [`SEGMENT_BYTES_MIN`] to [`SEGMENT_BYTES_MAX`].
    pub segment_bytes: u64,
    /// A settled segment older than this goes, milliseconds.
    pub keep_ms: u64,
    /// Settled segments go, oldest first, while there are more bytes than this.
    pub keep_bytes: u64,
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, keep_ms: 48 * 3_600_000, keep_bytes: 8 << 30 }
    }
}

/// Smallest segment: for tests. Turns that do not fit a segment are refused.
pub const SEGMENT_BYTES_MIN: u64 = SEGMENT_HEADER_BYTES as u64 + 512;

/// One turn to append.
#[derive(Clone, Copy, Debug)]
pub struct TurnFrame<'a> {
    /// Must be the next LSN.
    pub first_lsn: Lsn,
    /// Records in `body`.
    pub count: u32,
    /// Must be the current epoch.
    pub epoch: Epoch,
    /// Milliseconds since 1970.
    pub wall_ms: u64,
    /// `proto::turn` entries, kept byte for byte; their checksums are the caller's to check.
    pub body: &'a [u8],
}

/// Where a turn lies in history; not yet durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FramePosition {
    /// Its last record.
    pub last_lsn: Lsn,
    /// The chain with it, for the database's cursor.
    pub chain: Chain,
}

/// Proof that the disk was asked and said yes: only [`Journal::commit`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Durable {
    lsn: Lsn,
}

impl Durable {
    /// This record and every one before it survive (reliability D1).
    #[must_use]
    pub fn lsn(self) -> Lsn {
        self.lsn
    }
}

/// The writing end. Made by [`Journal::init`] once in a journal's life and by `recover` ever after.
#[derive(Debug)]
pub struct Journal<D: Disk> {
    disk: D,
    config: JournalConfig,
    identity: Identity,
    tail: Tail,
    durable: Lsn,
    /// Oldest first; the last one is written to.
    segments: VecDeque<KeptSegment>,
    /// Files that recovery found unreadable and unneeded, by number.
    strays: Vec<u64>,
    /// Files were unlinked and the folder not synced since.
    unlinked: bool,
    current: Current,
    spare: Spare,
    /// Frames since the last write; lies at `current.written_to`.
    pending: Vec<u8>,
    poisoned: bool,
}

/// The segment that is written to.
#[derive(Debug)]
struct Current {
    name: String,
    capacity: u64,
    /// Everything before is in the file.
    written_to: u64,
    /// Written and not synced.
    dirty: bool,
    /// Its header is durable.
    begun: bool,
    /// Records since the last frame that states all of them durable.
    unmarked: bool,
}

/// What recovery found and made, for [`Journal::assemble`].
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) identity: Identity,
    pub(super) tail: Tail,
    pub(super) segments: VecDeque<KeptSegment>,
    pub(super) strays: Vec<u64>,
    pub(super) written_to: u64,
}

impl<D: Disk> Journal<D> {
    /// # Panics
    /// If there is no segment.
    pub(super) fn assemble(disk: D, config: JournalConfig, parts: Parts) -> Self {
        let last = parts.segments.back().expect("a journal has a segment to write to");
        let current = Current {
            name: segment_name(last.number),
            capacity: last.bytes,
            written_to: parts.written_to,
            dirty: false,
            begun: true,
            unmarked: parts.tail.last_lsn.0 > 0,
        };
        let next = parts.strays.iter().copied().max().unwrap_or(0).max(last.number) + 1;
        Self {
            disk,
            config,
            identity: parts.identity,
            durable: parts.tail.last_lsn,
            tail: parts.tail,
            segments: parts.segments,
            strays: parts.strays,
            unlinked: false,
            current,
            spare: Spare::planned(next),
            pending: Vec::new(),
            poisoned: false,
        }
    }

    /// Appends one turn behind the last. It is not durable, and may not be in the file, before the next
    /// [`commit`](Self::commit).
    ///
    /// # Errors
    /// On any error the turn was not taken. After `Full` it may be offered again.
    pub fn append(&mut self, turn: &TurnFrame<'_>) -> Result<FramePosition, JournalError> {
        self.usable()?;
        point!("journal.append");
        let expected = self.tail.last_lsn.next();
        if turn.first_lsn != expected {
            return Err(JournalError::OutOfOrder { expected, got: turn.first_lsn });
        }
        if turn.epoch != self.tail.epoch {
            return Err(JournalError::Fenced { current: self.tail.epoch, got: turn.epoch });
        }
        if turn.body.len() > TURN_BYTES_MAX || turn.count as usize > TURN_RECORDS_MAX {
            return Err(JournalError::TooLarge { bytes: turn.body.len() });
        }
        if turn.count == 0 || count_entries(turn.body) != Some(turn.count) {
            return Err(JournalError::Miscounted { stated: turn.count });
        }
        self.put(&Put {
            kind: FrameKind::Data,
            count: turn.count,
            epoch: turn.epoch,
            wall_ms: turn.wall_ms,
            body: turn.body,
        })?;
        self.tail.last_lsn = Lsn(self.tail.last_lsn.0 + u64::from(turn.count));
        self.tail.data_chain = self.tail.chain;
        self.current.unmarked = true;
        Ok(FramePosition { last_lsn: self.tail.last_lsn, chain: self.tail.chain })
    }

    /// Writes what was appended and syncs it: one write, one sync, however many turns. Without anything appended
    /// it only says again what it said before.
    ///
    /// # Errors
    /// `Full`: nothing is lost, repeat it. `Failed`, `Poisoned`: nothing appended since the last success is known
    /// to be durable, ever.
    pub fn commit(&mut self) -> Result<Durable, JournalError> {
        self.usable()?;
        self.write_pending()?;
        if self.current.dirty {
            point!("journal.sync");
            let synced = self.disk.sync(&self.current.name);
            self.poison_on(synced.map_err(lost), "syncing turns")?;
            point!("journal.synced");
            self.current.dirty = false;
            self.current.begun = true;
        }
        self.durable = self.tail.last_lsn;
        Ok(Durable { lsn: self.durable })
    }

    /// Makes `instance` the writer: from here on only turns of `epoch` are taken. Durable on return; after `Full`
    /// the same call may be repeated.
    ///
    /// # Errors
    /// `Fenced` unless the epoch is higher than the last; else as [`commit`](Self::commit).
    pub fn begin_epoch(&mut self, epoch: Epoch, instance: u64, wall_ms: u64) -> Result<(), JournalError> {
        self.usable()?;
        let begun = epoch == self.tail.epoch && instance == self.tail.instance;
        if !begun {
            if epoch <= self.tail.epoch {
                return Err(JournalError::Fenced { current: self.tail.epoch, got: epoch });
            }
            point!("journal.epoch");
            let body = instance.to_le_bytes();
            self.put(&Put { kind: FrameKind::Epoch, count: 0, epoch, wall_ms, body: &body })?;
            self.tail.epoch = epoch;
            self.tail.instance = instance;
        }
        self.commit().map(|_| ())
    }

    /// States in the file that everything is durable, for a quiet moment after records (50 ms): from then on
    /// damage to them is told apart from a torn tail. Says whether there was anything to state.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn mark(&mut self, wall_ms: u64) -> Result<bool, JournalError> {
        self.commit()?;
        if !self.wants_mark() || !self.fits(frame_bytes(0)) {
            return Ok(false);
        }
        point!("journal.mark");
        self.put(&Put { kind: FrameKind::Mark, count: 0, epoch: self.tail.epoch, wall_ms, body: &[] })?;
        self.current.unmarked = false;
        self.commit()?;
        Ok(true)
    }

    /// Whether [`mark`](Self::mark) has something to state.
    #[must_use]
    pub fn wants_mark(&self) -> bool {
        self.current.unmarked
    }

    /// Ends the journal's use cleanly: the next start has nothing to copy. Gives the disk back.
    ///
    /// # Errors
    /// As [`commit`](Self::commit); the next start then recovers as after a crash.
    pub fn seal(mut self, wall_ms: u64) -> Result<D, JournalError> {
        self.commit()?;
        point!("journal.seal");
        // Room for it is kept by `fits`, and everything before it is durable: that is what a SEAL says.
        self.put_here(&Put { kind: FrameKind::Seal, count: 0, epoch: self.tail.epoch, wall_ms, body: &[] });
        self.commit()?;
        Ok(self.disk)
    }

    /// Where history stands, durable or not.
    #[must_use]
    pub fn tail(&self) -> &Tail {
        &self.tail
    }

    /// The last record that a [`commit`](Self::commit) covered.
    #[must_use]
    pub fn durable(&self) -> Lsn {
        self.durable
    }

    /// Whose journal it is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Bytes of frames that no write has taken yet.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.pending.len()
    }

    /// As it is now.
    #[cfg(test)]
    pub(crate) fn disk(&self) -> &D {
        &self.disk
    }

    /// Gives the disk up without a word, as a crash would.
    #[must_use]
    pub fn into_disk(self) -> D {
        self.disk
    }

    fn put(&mut self, frame: &Put<'_>) -> Result<(), JournalError> {
        let bytes = frame_bytes(frame.body.len());
        if !self.fits(bytes) {
            if bytes as u64 + SEGMENT_HEADER_BYTES as u64 + SEAL_BYTES > self.segment_bytes() {
                return Err(JournalError::TooLarge { bytes: frame.body.len() });
            }
            self.rotate(frame.wall_ms)?;
        } else if self.pending.len() >= PENDING_BYTES_MAX {
            self.write_pending()?;
        }
        self.put_here(frame);
        Ok(())
    }

    fn put_here(&mut self, frame: &Put<'_>) {
        let first_lsn = match frame.kind {
            FrameKind::Data => self.tail.last_lsn.next(),
            FrameKind::Epoch | FrameKind::Mark | FrameKind::Seal | FrameKind::Amend => self.tail.last_lsn,
        };
        let new = NewFrame {
            kind: frame.kind,
            first_lsn,
            count: frame.count,
            epoch: frame.epoch,
            durable_lsn: self.durable,
            wall_ms: frame.wall_ms,
            body: frame.body,
        };
        self.tail.chain = put_frame(&mut self.pending, &new, self.tail.chain, self.identity.seed());
    }

    fn fits(&self, bytes: usize) -> bool {
        let end = self.current.written_to + (self.pending.len() + bytes) as u64;
        end + SEAL_BYTES <= self.current.capacity
    }

    fn segment_bytes(&self) -> u64 {
        self.config.segment_bytes.clamp(SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX)
    }

    /// Goes on in the next segment. Everything in this one is synced first, so that only the newest segment ever
    /// holds bytes that a crash may take.
    fn rotate(&mut self, wall_ms: u64) -> Result<(), JournalError> {
        point!("rotate.begin");
        self.finish_spare()?;
        self.commit()?;
        point!("rotate.begun");
        let Spare { number, recycled, .. } = self.spare;
        let new = NewSegment { number, supersedes: false, recycled, created_ms: wall_ms };
        let header = header_after(self.identity, &self.tail, new);
        self.pending.extend_from_slice(&header.encode());
        self.segments.push_back(KeptSegment::made(&header, self.spare.bytes));
        self.current = Current {
            name: segment_name(number),
            capacity: self.spare.bytes,
            written_to: 0,
            dirty: false,
            begun: false,
            unmarked: self.current.unmarked,
        };
        self.spare = Spare::planned(number + 1);
        Ok(())
    }

    /// What a full disk did not take stays pending, and the next try writes it again to the same place. Each write
    /// ends with zeros where the next header would stand: older frames may lie behind.
    fn write_pending(&mut self) -> Result<(), JournalError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let frames = self.pending.len();
        let end = self.current.written_to + frames as u64;
        let zeros = terminator_end(end).min(self.current.capacity) - end;
        self.pending.resize(frames + usize::try_from(zeros).unwrap_or(0), 0);
        point!("journal.write");
        point!("journal.half", after self.write_half());
        let written =
            disk::write_full(&mut self.disk, &self.current.name, self.current.written_to, &self.pending);
        self.pending.truncate(frames);
        self.poison_on(written, "writing turns")?;
        point!("journal.written");
        self.current.written_to = end;
        self.current.dirty = true;
        self.pending.clear();
        Ok(())
    }

    /// As a process leaves it that ends within the write.
    #[cfg(feature = "failpoints")]
    fn write_half(&mut self) {
        let half = &self.pending[..self.pending.len() / 2];
        let _ = disk::write_full(&mut self.disk, &self.current.name, self.current.written_to, half);
    }

    fn usable(&self) -> Result<(), JournalError> {
        if self.poisoned { Err(JournalError::Poisoned) } else { Ok(()) }
    }

    fn poison_on<T>(&mut self, result: io::Result<T>, step: &'static str) -> Result<T, JournalError> {
        result.map_err(failed(step)).inspect_err(|error| match error {
            JournalError::Full { .. } => {}
            _ => self.poisoned = true,
        })
    }
}

/// A frame without its place.
struct Put<'a> {
    kind: FrameKind,
    count: u32,
    epoch: Epoch,
    wall_ms: u64,
    body: &'a [u8],
}

/// A segment to begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewSegment {
    pub(super) number: u64,
    pub(super) supersedes: bool,
    pub(super) recycled: bool,
    pub(super) created_ms: u64,
}

/// The header of a segment that goes on at `tail`, all of which is durable.
pub(super) fn header_after(identity: Identity, tail: &Tail, new: NewSegment) -> SegmentHeader {
    let first_lsn = tail.last_lsn.next();
    SegmentHeader {
        identity,
        number: new.number,
        first_lsn,
        supersedes_from: new.supersedes.then_some(first_lsn),
        durable_lsn: tail.last_lsn,
        epoch: tail.epoch,
        instance: tail.instance,
        previous_chain: tail.chain,
        previous_data_chain: tail.data_chain,
        created_ms: new.created_ms,
        recycled: new.recycled,
        parent: None,
    }
}

/// Kept free at a segment's end for its SEAL.
const SEAL_BYTES: u64 = frame_bytes(0) as u64;
/// Appended bytes that are written out before more are taken.
const PENDING_BYTES_MAX: usize = 4 << 20;
