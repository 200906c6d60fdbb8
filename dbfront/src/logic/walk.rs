//! One step after the other through a segment's frames, checking that each belongs where it lies: its place in
//! the order, its epoch, its chain. Decides nothing about what an end means; that is `recovery`'s table.

use std::io;

use proto::ids::{Epoch, Lsn};

use super::{
    amend::Amendment,
    disk::Disk,
    frame::{Chain, FrameError, FrameHeader, FrameKind, FrameSeed},
    segment::{Remainder, SEGMENT_HEADER_BYTES, SegmentHeader, Window, segment_name},
};

/// Where history stands after a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Last record.
    pub last_lsn: Lsn,
    /// Chain with the last frame of any kind.
    pub chain: Chain,
    /// Chain of the last DATA frame: the one that a cursor keeps.
    pub data_chain: Chain,
    /// The writer's.
    pub epoch: Epoch,
    /// The writer.
    pub instance: u64,
}

impl Tail {
    /// Before the first frame of a segment.
    #[must_use]
    pub fn at_start_of(header: &SegmentHeader) -> Self {
        Self {
            last_lsn: Lsn(header.first_lsn.0.saturating_sub(1)),
            chain: header.previous_chain,
            data_chain: header.previous_data_chain,
            epoch: header.epoch,
            instance: header.instance,
        }
    }

    /// After `frame`, or `None` if that frame cannot come next.
    #[must_use]
    pub fn after(&self, frame: &FrameHeader, body: &[u8]) -> Option<Self> {
        let follows = match frame.kind {
            FrameKind::Data => frame.first_lsn == self.last_lsn.next() && frame.epoch == self.epoch,
            FrameKind::Epoch => frame.first_lsn == self.last_lsn && frame.epoch > self.epoch,
            FrameKind::Mark => frame.first_lsn == self.last_lsn && frame.epoch == self.epoch,
            FrameKind::Seal => {
                let proves_all = frame.durable_lsn == self.last_lsn;
                frame.first_lsn == self.last_lsn && frame.epoch == self.epoch && proves_all
            }
            FrameKind::Amend => {
                let is_of_the_past =
                    Amendment::parse(body).is_some_and(|amendment| amendment.lsn <= self.last_lsn);
                frame.first_lsn == self.last_lsn && frame.epoch == self.epoch && is_of_the_past
            }
        };
        if !follows || frame.chain_after(self.chain) != frame.chain {
            return None;
        }
        let data_chain = if frame.kind == FrameKind::Data { frame.chain } else { self.data_chain };
        let instance = match (frame.kind, body.first_chunk()) {
            (FrameKind::Epoch, Some(instance)) => u64::from_le_bytes(*instance),
            // What the writer has in memory followed from the record that is replaced: its epoch is not continued.
            (FrameKind::Amend, _) => 0,
            _ => self.instance,
        };
        Some(Self {
            last_lsn: frame.last_lsn(),
            chain: frame.chain,
            data_chain,
            epoch: frame.epoch,
            instance,
        })
    }
}

/// How a segment's frames end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With a SEAL.
    Sealed,
    /// With zeros, with the end of the file, or where a later segment takes over. In a recycled segment older
    /// frames may lie behind the zeros.
    Zeros,
    /// With bytes that are not the next frame.
    Damaged(Remainder),
    /// With a sound frame that this version cannot read.
    Newer,
}

/// One step.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// The frame at `offset` comes next.
    Frame {
        /// Its header.
        header: FrameHeader,
        /// Where it lies.
        offset: u64,
    },
    /// There is none.
    End(Ended),
}

/// A place in one segment.
#[derive(Debug)]
pub struct Walk {
    window: Window,
    seed: FrameSeed,
    /// In a recycled segment: what a sound frame stays below if it was here before.
    stale_below: Option<Lsn>,
    takes_over: Option<SegmentHeader>,
    at: Place,
}

/// Between two frames of a segment.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Where the next frame would begin.
    pub offset: u64,
    /// History up to here.
    pub tail: Tail,
}

impl Walk {
    /// At the first frame of `segment`. `next` is the segment after it, if there is one: where that one replaces
    /// this one, the walk ends.
    #[must_use]
    pub fn begin(segment: &SegmentHeader, next: Option<&SegmentHeader>) -> Self {
        Self {
            window: Window::new(segment_name(segment.number)),
            seed: segment.identity.seed(),
            stale_below: segment.recycled.then_some(segment.first_lsn),
            takes_over: next.filter(|next| next.supersedes_from.is_some()).copied(),
            at: Place { offset: SEGMENT_HEADER_BYTES as u64, tail: Tail::at_start_of(segment) },
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        self.at
    }

    /// Back to an earlier place of the same segment.
    pub fn return_to(&mut self, place: Place) {
        self.at = place;
    }

    /// Forgets what was read ahead: the file may have grown.
    pub fn refresh(&mut self) {
        self.window.clear();
    }

    /// Takes the next frame. A SEAL is the end, not a frame.
    ///
    /// # Errors
    /// The disk's.
    pub fn step<D: Disk>(&mut self, disk: &mut D) -> io::Result<Step> {
        match self.advance(disk)? {
            Some(step) => Ok(step),
            None => Ok(Step::End(self.instead(disk)?)),
        }
    }

    /// The same where it is enough to know that the next frame is not there: what is there instead takes reading all that is
    /// left of the file.
    ///
    /// # Errors
    /// The disk's.
    pub fn advance<D: Disk>(&mut self, disk: &mut D) -> io::Result<Option<Step>> {
        let Place { offset, tail } = self.at;
        if self.takes_over.is_some_and(|next| continues(&next, &tail)) {
            return Ok(Some(Step::End(Ended::Zeros)));
        }
        match self.window.frame(disk, offset, self.seed)? {
            Ok(frame) => match tail.after(&frame.header, frame.body) {
                Some(_) if frame.header.kind == FrameKind::Seal => Ok(Some(Step::End(Ended::Sealed))),
                Some(after) => {
                    let header = frame.header;
                    self.at = Place { offset: offset + header.frame_bytes() as u64, tail: after };
                    Ok(Some(Step::Frame { header, offset }))
                }
                None => Ok(None),
            },
            Err(FrameError::Field(_)) => Ok(Some(Step::End(Ended::Newer))),
            Err(FrameError::Magic | FrameError::HeaderChecksum | FrameError::Cut | FrameError::Body) => {
                Ok(None)
            }
        }
    }

    /// What is there where [`advance`](Self::advance) found no frame.
    ///
    /// # Errors
    /// The disk's.
    pub fn instead<D: Disk>(&mut self, disk: &mut D) -> io::Result<Ended> {
        let offset = self.at.offset;
        let terminated = self.window.is_terminated(disk, offset)?;
        let remainder = self.window.remainder(disk, offset, self.seed)?;
        let only_stale = self.stale_below.is_some_and(|below| remainder.last_lsn < below);
        Ok(match remainder {
            Remainder { newer: true, .. } => Ended::Newer,
            Remainder { used_to: 0, .. } => Ended::Zeros,
            _ if terminated && only_stale => Ended::Zeros,
            remainder => Ended::Damaged(remainder),
        })
    }

    /// Bytes of this segment that were walked over.
    ///
    /// # Errors
    /// The disk's.
    pub fn bytes<D: Disk>(&mut self, disk: &mut D, offset: u64, length: usize) -> io::Result<&[u8]> {
        self.window.get(disk, offset, length)
    }
}

/// Whether `next` goes on exactly where `tail` stands.
#[must_use]
pub fn continues(next: &SegmentHeader, tail: &Tail) -> bool {
    next.first_lsn == tail.last_lsn.next() && next.previous_chain == tail.chain
}
