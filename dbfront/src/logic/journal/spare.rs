//! The next segment, ready before it is needed: appends then change no file's length, and a full disk is met
//! outside the commit path. It is a settled segment under a new name where there is one to spare, for overwriting
//! costs a half or less of making; else a new file, written full of zeros and synced.

use super::{
    Journal, JournalError, Keep, failed, lost,
    retention::{KeptSegment, Settled},
};
use crate::{
    failpoint::point,
    logic::{
        disk::{self, Disk},
        segment::{SEGMENT_HEADER_BYTES, segment_name},
    },
};

/// How far the next segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// The current one is not half full.
    NotYet,
    /// Call again after the next commit.
    Growing,
    /// It waits for its turn.
    Ready,
}

/// See [`Journal::prepare`].
#[derive(Debug)]
pub(super) struct Spare {
    pub(super) number: u64,
    /// Length when whole; 0 before it is begun.
    pub(super) bytes: u64,
    written: u64,
    whole: bool,
    /// It was a settled segment.
    pub(super) recycled: bool,
}

impl Spare {
    pub(super) fn planned(number: u64) -> Self {
        Self { number, bytes: 0, written: 0, whole: false, recycled: false }
    }

    fn of_settled(number: u64, bytes: u64) -> Self {
        Self { number, bytes, written: bytes, whole: true, recycled: true }
    }
}

impl<D: Disk> Journal<D> {
    /// Makes the next segment ready while this one fills, for after each commit when its answers have left. Most
    /// calls do nothing. If the oldest segment is settled and over `keep_bytes`, one call blanks and renames it; else
    /// one in a while writes and syncs 4 MiB of zeros.
    ///
    /// # Errors
    /// `Full`: commits go on until the current segment is full. Else as [`commit`](Self::commit).
    pub fn prepare(&mut self, keep: Keep) -> Result<Prepared, JournalError> {
        self.usable()?;
        let half = self.current.capacity / 2;
        let used = self.current.written_to + self.pending.len() as u64;
        if self.spare.whole {
            return Ok(Prepared::Ready);
        }
        if used < half {
            return Ok(Prepared::NotYet);
        }
        self.recycle_settled(keep)?;
        // Whole when the current one is three quarters full; in steps, for each costs a sync.
        let target = (used - half).saturating_mul(4).max(1).next_multiple_of(STEP_BYTES);
        self.grow_spare(target)?;
        Ok(if self.spare.whole { Prepared::Ready } else { Prepared::Growing })
    }

    /// Makes the next segment of the oldest one, if that goes for want of room and the next is not begun.
    ///
    /// Only of one that this process made: what recovery found may hold a branch that was cut off, and may be
    /// shorter. So each frame in a recycled segment lies below the first record of every segment that is kept, which
    /// is how a frame that was here before is told from one that is missing its predecessor.
    pub(super) fn recycle_settled(&mut self, keep: Keep) -> Result<(), JournalError> {
        let Some((oldest, Settled::Surplus)) = self.first_settled(keep) else { return Ok(()) };
        if self.spare.bytes > 0 || !oldest.made_here || oldest.bytes != self.segment_bytes() {
            return Ok(());
        }
        match self.rename_blank(oldest, self.spare.number) {
            Ok(()) => {
                self.segments.pop_front();
                self.spare = Spare::of_settled(self.spare.number, oldest.bytes);
                Ok(())
            }
            // Some disks can be too full even for that: it is unlinked in its turn.
            Err(JournalError::Full { .. }) => {
                self.segments.iter_mut().take(1).for_each(|oldest| oldest.made_here = false);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// The order is the safety: without its old header it is no segment under either name, and it must never be
    /// found with that header under the new one.
    fn rename_blank(&mut self, old: KeptSegment, number: u64) -> Result<(), JournalError> {
        let from = segment_name(old.number);
        point!("recycle.blank");
        let blank = disk::write_full(&mut self.disk, &from, 0, &[0; SEGMENT_HEADER_BYTES]);
        self.poison_on(blank, "blanking a settled segment")?;
        point!("recycle.blanked");
        let synced = self.disk.sync(&from);
        self.poison_on(synced.map_err(lost), "syncing a blanked segment")?;
        point!("recycle.synced");
        let renamed = self.disk.rename(&from, &segment_name(number));
        self.poison_on(renamed, "renaming a settled segment")?;
        point!("recycle.renamed");
        let synced = self.disk.sync_dir();
        self.poison_on(synced.map_err(lost), "syncing the folder")?;
        point!("recycle.ready");
        Ok(())
    }

    pub(super) fn finish_spare(&mut self) -> Result<(), JournalError> {
        self.grow_spare(u64::MAX)
    }

    fn grow_spare(&mut self, target: u64) -> Result<(), JournalError> {
        if self.spare.whole {
            return Ok(());
        }
        let name = segment_name(self.spare.number);
        if self.spare.bytes == 0 {
            point!("spare.create");
            let created = self.disk.create(&name);
            self.poison_on(created, "creating a segment")?;
            point!("spare.created");
            self.spare.bytes = self.segment_bytes();
        }
        let target = target.min(self.spare.bytes);
        if self.spare.written < target {
            let zeroed = write_zeros(&mut self.disk, &name, self.spare.written, target);
            self.poison_on(zeroed, "preallocating a segment")?;
            point!("spare.zeroed");
            let synced = self.disk.sync(&name);
            self.poison_on(synced.map_err(lost), "syncing a preallocated segment")?;
            self.spare.written = target;
        }
        if self.spare.written == self.spare.bytes {
            point!("spare.synced");
            let synced = self.disk.sync_dir();
            self.poison_on(synced.map_err(lost), "syncing the folder")?;
            point!("spare.ready");
            self.spare.whole = true;
        }
        Ok(())
    }
}

/// Makes a file of `bytes` zeros, durable with its directory entry.
pub(in crate::logic) fn create_whole<D: Disk>(
    disk: &mut D,
    name: &str,
    bytes: u64,
) -> Result<(), JournalError> {
    disk.create(name).map_err(failed("creating a segment"))?;
    write_zeros(disk, name, 0, bytes).map_err(failed("preallocating a segment"))?;
    disk.sync(name).map_err(lost).map_err(failed("syncing a preallocated segment"))?;
    disk.sync_dir().map_err(lost).map_err(failed("syncing the folder"))
}

fn write_zeros<D: Disk>(disk: &mut D, name: &str, from: u64, to: u64) -> std::io::Result<()> {
    let zeros = vec![0; usize::try_from((to - from).min(ZEROS_BYTES)).unwrap_or(0)];
    let mut at = from;
    while at < to {
        let wanted = usize::try_from((to - at).min(ZEROS_BYTES)).unwrap_or(0);
        disk::write_full(disk, name, at, &zeros[..wanted])?;
        at += wanted as u64;
    }
    Ok(())
}

/// Zeros written and synced in one call of `prepare`.
const STEP_BYTES: u64 = 4 << 20;
/// Zeros written with one call of the disk.
const ZEROS_BYTES: u64 = 1 << 20;
