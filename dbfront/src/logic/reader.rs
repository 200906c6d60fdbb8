//! Turns out of the journal again, in order: to apply again after a start, and for an applier that fell behind.
//! Reads beside the writer, through a disk of its own. Repairs nothing; what is damaged is said.

#[cfg(test)]
mod tests;

use std::io;

use bytes::Bytes;
use proto::ids::{Epoch, Lsn};

use super::{
    disk::Disk,
    frame::{Chain, FRAME_HEADER_BYTES, FrameHeader, FrameKind, Identity},
    segment::{HeaderError, SegmentHeader, segment_name, segment_number},
    walk::{Ended, Step, Tail, Walk, continues},
};

/// One turn, out of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedFrame {
    /// Its first record.
    pub first_lsn: Lsn,
    /// Its last record.
    pub last_lsn: Lsn,
    /// Whose writer.
    pub epoch: Epoch,
    /// Milliseconds since 1970 when it was written.
    pub wall_ms: u64,
    /// For the cursor, once `last_lsn` or any record of this turn is applied.
    pub chain: Chain,
    /// `proto::turn` entries as they were appended.
    pub body: Bytes,
}

/// Why a turn that was promised cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The disk's.
    #[error("reading the journal failed: {0}")]
    Disk(#[from] io::Error),
    /// No segment goes on there.
    #[error("no segment holds record {lsn}: restore it, or a newer backup of the database")]
    Missing {
        /// The first that is not there.
        lsn: Lsn,
    },
    /// Something else lies there.
    #[error("record {lsn} is damaged: restore a backup")]
    Damaged {
        /// The first that is not readable.
        lsn: Lsn,
    },
}

impl ReadError {
    /// Stable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Disk(_) => "JOURNAL_FAILED",
            Self::Missing { .. } => "MISSING_SEGMENT",
            Self::Damaged { .. } => "CORRUPT_ACKED",
        }
    }
}

/// A place between two turns of the journal.
#[derive(Debug)]
pub struct Reader {
    identity: Identity,
    number: u64,
    walk: Walk,
}

impl Reader {
    /// Before the turn that holds the record after `after`; that turn may begin earlier.
    ///
    /// # Errors
    /// `Missing` if no segment can hold that record, `Disk`.
    pub fn open<D: Disk>(disk: &mut D, identity: Identity, after: Lsn) -> Result<Self, ReadError> {
        let headers = headers(disk, &identity)?;
        let holds = headers.iter().rposition(|header| header.first_lsn <= after.next());
        let Some(index) = holds else { return Err(ReadError::Missing { lsn: after.next() }) };
        let header = &headers[index];
        let walk = Walk::begin(header, headers.get(index + 1));
        let mut reader = Self { identity, number: header.number, walk };
        loop {
            let before = reader.walk.place();
            match reader.walk.step(disk)? {
                Step::Frame { header, .. } if header.last_lsn() > after => {
                    reader.walk.return_to(before);
                    return Ok(reader);
                }
                Step::Frame { .. } => {}
                Step::End(_) => return Ok(reader),
            }
        }
    }

    /// Where it stands: after the last turn that was read.
    #[must_use]
    pub fn tail(&self) -> Tail {
        self.walk.place().tail
    }

    /// Number of the segment in which it stands.
    #[must_use]
    pub fn segment(&self) -> u64 {
        self.number
    }

    /// The next turns, up to and with record `through`, which must be durable: at least one if there is one, then
    /// as many as fit `bytes_max`. Empty when it stands at `through`.
    ///
    /// # Errors
    /// `Missing`, `Damaged`, `Disk`; it then stands where it stood after the last good turn.
    pub fn read<D: Disk>(
        &mut self,
        disk: &mut D,
        through: Lsn,
        bytes_max: usize,
    ) -> Result<Vec<OwnedFrame>, ReadError> {
        // The writer may have written where this reader once read ahead.
        self.walk.refresh();
        let mut frames: Vec<OwnedFrame> = Vec::new();
        let mut bytes = 0;
        loop {
            let before = self.walk.place();
            if before.tail.last_lsn >= through {
                return Ok(frames);
            }
            let step = match self.walk.step(disk) {
                // Retention may take a segment of which every record was read.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.enter_next(disk, Ended::Zeros, follows)?;
                    continue;
                }
                other => other?,
            };
            match step {
                Step::Frame { header, offset } => {
                    bytes += header.body_bytes;
                    if header.last_lsn() > through || (!frames.is_empty() && bytes > bytes_max) {
                        self.walk.return_to(before);
                        return Ok(frames);
                    }
                    if header.kind == FrameKind::Data {
                        frames.push(self.own(disk, &header, offset)?);
                    }
                }
                Step::End(ended) => self.enter_next(disk, ended, continues)?,
            }
        }
    }

    fn own<D: Disk>(
        &mut self,
        disk: &mut D,
        header: &FrameHeader,
        offset: u64,
    ) -> Result<OwnedFrame, ReadError> {
        let body = self.walk.bytes(disk, offset + FRAME_HEADER_BYTES as u64, header.body_bytes)?;
        Ok(OwnedFrame {
            first_lsn: header.first_lsn,
            last_lsn: header.last_lsn(),
            epoch: header.epoch,
            wall_ms: header.wall_ms,
            chain: header.chain,
            body: Bytes::copy_from_slice(body),
        })
    }

    fn enter_next<D: Disk>(
        &mut self,
        disk: &mut D,
        ended: Ended,
        is_next: fn(&SegmentHeader, &Tail) -> bool,
    ) -> Result<(), ReadError> {
        let tail = self.tail();
        let headers = headers(disk, &self.identity)?;
        let later = headers.iter().position(|header| header.number > self.number && is_next(header, &tail));
        let Some(index) = later else {
            let lsn = tail.last_lsn.next();
            return Err(match ended {
                Ended::Sealed | Ended::Zeros => ReadError::Missing { lsn },
                Ended::Damaged(_) | Ended::Newer => ReadError::Damaged { lsn },
            });
        };
        self.number = headers[index].number;
        self.walk = Walk::begin(&headers[index], headers.get(index + 1));
        Ok(())
    }
}

/// Whether `next` goes on with the record after `tail`, whatever came between them that is none: in a segment that is gone
/// nobody can read that any more.
fn follows(next: &SegmentHeader, tail: &Tail) -> bool {
    next.first_lsn == tail.last_lsn.next() && next.previous_data_chain == tail.data_chain
}

/// The oldest record that a segment can hold; `None` without any segment.
///
/// # Errors
/// `Disk`.
pub fn oldest<D: Disk>(disk: &mut D, identity: &Identity) -> Result<Option<Lsn>, ReadError> {
    Ok(headers(disk, identity)?.first().map(|header| header.first_lsn))
}

pub(super) fn headers<D: Disk>(disk: &mut D, identity: &Identity) -> Result<Vec<SegmentHeader>, ReadError> {
    Ok(sound_headers(disk, Some(identity))?)
}

/// The sound headers of this journal, or of any, in order of their numbers.
///
/// # Errors
/// The disk's.
pub fn sound_headers<D: Disk>(disk: &mut D, identity: Option<&Identity>) -> io::Result<Vec<SegmentHeader>> {
    let is_wanted = |header: &SegmentHeader| identity.is_none_or(|identity| header.identity == *identity);
    let mut numbers: Vec<u64> = disk.list()?.iter().filter_map(|name| segment_number(name)).collect();
    numbers.sort_unstable();
    let mut headers = Vec::with_capacity(numbers.len());
    for number in numbers {
        match SegmentHeader::read(disk, &segment_name(number)) {
            Ok(Ok(header)) if is_wanted(&header) && header.number == number => headers.push(header),
            Ok(Ok(_) | Err(HeaderError::Blank | HeaderError::Damaged | HeaderError::Newer { .. })) => {}
            // Retention may take the oldest one between the listing and this.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(headers)
}
