//! Which segments are still needed, and the end of those that are not: whole ones only, oldest first (J6). One
//! that goes for want of room may become the next segment (`spare`); one that goes by its age never does, for
//! its records are to be gone.

use std::collections::VecDeque;

use proto::ids::Lsn;

use super::{Journal, JournalError, lost};
use crate::{
    failpoint::point,
    logic::{
        disk::Disk,
        segment::{SegmentHeader, segment_name},
    },
    looks::Segment,
};

/// A segment of which the journal knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::logic) struct KeptSegment {
    pub(in crate::logic) number: u64,
    pub(in crate::logic) first_lsn: Lsn,
    pub(in crate::logic) created_ms: u64,
    pub(in crate::logic) bytes: u64,
    /// Made by this process: every frame in it is part of history, and below its end nothing else ever was.
    pub(in crate::logic) made_here: bool,
}

impl KeptSegment {
    pub(in crate::logic) fn found(header: &SegmentHeader, bytes: u64) -> Self {
        Self { made_here: false, ..Self::made(header, bytes) }
    }

    pub(in crate::logic) fn made(header: &SegmentHeader, bytes: u64) -> Self {
        let SegmentHeader { number, first_lsn, created_ms, .. } = *header;
        Self { number, first_lsn, created_ms, bytes, made_here: true }
    }
}

/// Why a settled segment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// Older than `keep_ms`.
    Old,
    /// More than `keep_bytes` together.
    Surplus,
}

/// What must stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// The database's cursor: everything after it stays.
    pub applied: Lsn,
    /// The first record that a backup mark or a live room needs; it and everything after it stays.
    pub pinned_from: Option<Lsn>,
    /// Milliseconds since 1970.
    pub now_ms: u64,
}

/// What went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unlinked {
    /// Files.
    pub segments: u32,
    /// Their bytes.
    pub bytes: u64,
}

impl<D: Disk> Journal<D> {
    /// Unlinks the oldest segments that are settled (wholly at or below the cursor, and either older than
    /// `keep_ms` or over `keep_bytes` together) and that nothing pins. One of them may become the next segment
    /// instead, as in [`prepare`](Self::prepare).
    ///
    /// # Errors
    /// `Full`, from disks that need space to free some: repeat it. `Failed`, `Poisoned`.
    pub fn unlink_settled(&mut self, keep: Keep) -> Result<Unlinked, JournalError> {
        self.usable()?;
        let mut gone = Unlinked::default();
        // First, while every older segment is durably gone: a blank one between two sound ones looks like damage.
        self.recycle_settled(keep)?;
        while let Some((oldest, _)) = self.first_settled(keep) {
            point!("retention.unlink");
            let unlinked = self.disk.unlink(&segment_name(oldest.number));
            self.poison_on(unlinked, "unlinking a settled segment")?;
            point!("retention.unlinked");
            self.segments.pop_front();
            self.unlinked = true;
            gone.segments += 1;
            gone.bytes += oldest.bytes;
        }
        let oldest_kept = self.segments.front().map_or(0, |segment| segment.number);
        while let Some(index) = self.strays.iter().position(|&number| number < oldest_kept) {
            let unlinked = self.disk.unlink(&segment_name(self.strays[index]));
            self.poison_on(unlinked, "unlinking a stray segment")?;
            self.strays.swap_remove(index);
            self.unlinked = true;
        }
        if self.unlinked {
            let synced = self.disk.sync_dir();
            self.poison_on(synced.map_err(lost), "syncing the folder")?;
            point!("retention.synced");
            self.unlinked = false;
        }
        Ok(gone)
    }

    /// Oldest record that can still be read.
    #[must_use]
    pub fn oldest_lsn(&self) -> Lsn {
        self.segments.front().map_or(Lsn(1), |segment| segment.first_lsn)
    }

    /// How many segments there are, and each, the newest first.
    pub fn kept(&self) -> (usize, impl Iterator<Item = Segment> + '_) {
        let newest = self.segments.iter().rev().map(|kept| Segment {
            number: kept.number,
            first: kept.first_lsn,
            created_ms: kept.created_ms,
            bytes: kept.bytes,
        });
        (self.segments.len(), newest)
    }

    /// Bytes of all segments, the preallocated rest included.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum::<u64>() + self.spare.bytes
    }

    pub(super) fn first_settled(&self, keep: Keep) -> Option<(KeptSegment, Settled)> {
        let oldest = *self.segments.front()?;
        let next = self.segments.get(1)?;
        // Until its header is durable, the one before is all that a start could go by.
        if self.segments.len() == 2 && !self.current.begun {
            return None;
        }
        let applied = next.first_lsn <= keep.applied.next();
        let unpinned = keep.pinned_from.is_none_or(|pinned| next.first_lsn <= pinned);
        let old = keep.now_ms.saturating_sub(next.created_ms) > self.config.keep_ms;
        let many = total(&self.segments) > self.config.keep_bytes;
        let why = match (old, many) {
            (true, _) => Settled::Old,
            (false, true) => Settled::Surplus,
            (false, false) => return None,
        };
        (applied && unpinned).then_some((oldest, why))
    }
}

fn total(segments: &VecDeque<KeptSegment>) -> u64 {
    segments.iter().map(|segment| segment.bytes).sum()
}
