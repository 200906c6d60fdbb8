//! All of a journal, frame by frame from its oldest segment or a record on, for whoever looks at it from outside:
//! damage is named, not decided about. Reads beside the writer, which may add to the end and take away at the front.

#[cfg(test)]
mod tests;

use std::io;

use proto::ids::Lsn;

use super::{
    amend::Amendments,
    disk::Disk,
    frame::{FRAME_HEADER_BYTES, FrameHeader, FrameKind, Identity},
    reader::sound_headers,
    segment::{SegmentHeader, Window, segment_name},
    walk::{Ended, Place, Step, Tail, Walk, continues},
};

/// What comes next.
#[derive(Clone, Copy, Debug)]
pub enum Seen {
    /// A segment begins.
    Segment(SegmentHeader),
    /// A sound frame in its place. A SEAL is the last of its segment.
    Frame {
        /// Its header.
        header: FrameHeader,
        /// Where it lies.
        offset: u64,
    },
    /// Here the next frame should be, and something else is; the scan goes on with the next segment.
    Wrong(Wrong),
    /// The writer took this segment away while it was read; the scan goes on with the next one.
    Gone {
        /// Its number.
        segment: u64,
        /// The first record that was not read of it.
        lsn: Lsn,
    },
    /// There is nothing more for now.
    End(End),
}

/// A place where history breaks off although it goes on somewhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Number of the segment.
    pub segment: u64,
    /// Byte in it.
    pub offset: u64,
    /// The record that should follow.
    pub lsn: Lsn,
    /// What is there instead.
    pub what: &'static str,
}

/// Where the last segment's frames end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// Number of the segment.
    pub segment: u64,
    /// Byte in it.
    pub offset: u64,
    /// History up to there.
    pub tail: Tail,
    /// How.
    pub how: HowEnded,
}

/// How the last segment's frames end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowEnded {
    /// With a SEAL: the last stop was clean.
    Sealed,
    /// With zeros: a writer is at work, or was stopped uncleanly.
    Open,
    /// With bytes that are not the next frame: a torn end, damage, or what a writer is writing just now.
    Torn {
        /// What is wrong with them.
        what: &'static str,
        /// End of the last byte that is not zero.
        used_to: u64,
        /// The last record of which a sound frame behind them says that it was durable; 0 without one.
        durable: Lsn,
    },
}

/// See the module.
#[derive(Debug)]
pub struct Scanner {
    identity: Identity,
    segment: SegmentHeader,
    walk: Walk,
    /// The segment is still to be told.
    begins: bool,
    /// Its SEAL was told.
    sealed: bool,
    /// It was told to end: what was read ahead may be older than what a writer has written there since.
    is_stale: bool,
}

/// Every replacement of a record that lies behind record `after`.
///
/// # Errors
/// The disk's.
pub fn amendments_after<D: Disk>(disk: &mut D, after: Lsn) -> io::Result<Amendments> {
    let mut amendments = Amendments::default();
    let Some(mut scanner) = Scanner::open(disk, after.next())? else { return Ok(amendments) };
    loop {
        match scanner.next(disk)? {
            Seen::Frame { header, offset } if header.kind == FrameKind::Amend => {
                amendments.read(scanner.body(disk, &header, offset)?);
            }
            Seen::End(_) => return Ok(amendments),
            Seen::Frame { .. } | Seen::Segment(_) | Seen::Wrong(_) | Seen::Gone { .. } => {}
        }
    }
}

impl Scanner {
    /// Before the first frame of the segment that can hold record `from`, or of the oldest one; nothing where no
    /// segment has a sound header. Whose journal it is, the last segment says.
    ///
    /// # Errors
    /// The disk's.
    pub fn open<D: Disk>(disk: &mut D, from: Lsn) -> io::Result<Option<Self>> {
        let headers = sound_headers(disk, None)?;
        let Some(identity) = headers.last().map(|header| header.identity) else { return Ok(None) };
        let ours: Vec<SegmentHeader> =
            headers.into_iter().filter(|header| header.identity == identity).collect();
        let index = ours.iter().rposition(|header| header.first_lsn <= from).unwrap_or(0);
        let Some(segment) = ours.get(index).copied() else { return Ok(None) };
        let walk = Walk::begin(&segment, ours.get(index + 1));
        Ok(Some(Self { identity, segment, walk, begins: true, sealed: false, is_stale: false }))
    }

    /// Whose journal.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// The segment in which it stands.
    #[must_use]
    pub fn segment(&self) -> &SegmentHeader {
        &self.segment
    }

    /// History up to where it stands.
    #[must_use]
    pub fn tail(&self) -> Tail {
        self.walk.place().tail
    }

    /// The next thing. After [`Seen::End`], before which is whatever was there when this was asked, it may be asked again: a
    /// writer may have gone on.
    ///
    /// # Errors
    /// The disk's.
    pub fn next<D: Disk>(&mut self, disk: &mut D) -> io::Result<Seen> {
        if std::mem::take(&mut self.begins) {
            return Ok(Seen::Segment(self.segment));
        }
        loop {
            let seen = match self.look(disk) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return self.gone(disk),
                other => other?,
            };
            if let Some(seen) = seen {
                return Ok(seen);
            }
        }
    }

    /// Nothing: what seemed to be the end is not any more.
    fn look<D: Disk>(&mut self, disk: &mut D) -> io::Result<Option<Seen>> {
        if self.sealed {
            return self.leave(disk, Ended::Sealed);
        }
        if std::mem::take(&mut self.is_stale) {
            self.walk.refresh();
        }
        match self.walk.advance(disk)? {
            Some(Step::Frame { header, offset }) => Ok(Some(Seen::Frame { header, offset })),
            Some(Step::End(Ended::Sealed)) => self.seal(disk),
            Some(Step::End(ended)) => self.leave(disk, ended),
            None => {
                let ended = self.instead(disk)?;
                self.leave(disk, ended)
            }
        }
    }

    /// What is there where no frame was. A writer may go on here while the rest of the file is looked through: what it writes
    /// then is no damage, and to follow it could take as long as it writes.
    fn instead<D: Disk>(&mut self, disk: &mut D) -> io::Result<Ended> {
        let ended = self.walk.instead(disk)?;
        Ok(if self.goes_on(disk)? { Ended::Zeros } else { ended })
    }

    /// Whether there is a frame by now.
    fn goes_on<D: Disk>(&mut self, disk: &mut D) -> io::Result<bool> {
        let place = self.walk.place();
        self.walk.refresh();
        let step = self.walk.advance(disk)?;
        self.walk.return_to(place);
        Ok(matches!(step, Some(Step::Frame { .. } | Step::End(Ended::Sealed))))
    }

    /// The body of the frame that was seen last.
    ///
    /// # Errors
    /// The disk's.
    pub fn body<D: Disk>(&mut self, disk: &mut D, header: &FrameHeader, offset: u64) -> io::Result<&[u8]> {
        self.walk.bytes(disk, offset + FRAME_HEADER_BYTES as u64, header.body_bytes)
    }

    fn seal<D: Disk>(&mut self, disk: &mut D) -> io::Result<Option<Seen>> {
        self.sealed = true;
        let offset = self.walk.place().offset;
        let bytes = self.walk.bytes(disk, offset, FRAME_HEADER_BYTES)?;
        match FrameHeader::parse(bytes, self.identity.seed()) {
            Ok(header) => Ok(Some(Seen::Frame { header, offset })),
            Err(_) => self.leave(disk, Ended::Sealed),
        }
    }

    /// The frames of this segment ended: what that means depends on the next one. Nothing: they go on by now.
    fn leave<D: Disk>(&mut self, disk: &mut D, ended: Ended) -> io::Result<Option<Seen>> {
        let Place { offset, tail } = self.walk.place();
        let headers = sound_headers(disk, Some(&self.identity))?;
        if !headers.contains(&self.segment) {
            return self.gone(disk).map(Some);
        }
        let later = headers.iter().position(|header| header.number > self.segment.number);
        let follows = later.is_some_and(|later| continues(&headers[later], &tail));
        let (segment, lsn) = (self.segment.number, tail.last_lsn.next());
        if follows {
            return Ok(Some(self.enter(&headers, later)));
        }
        // Its writer filled it, and began the next one, since its frames seemed to end.
        if later.is_some() && ended != Ended::Sealed && self.goes_on(disk)? {
            return Ok(None);
        }
        let what = match ended {
            Ended::Sealed | Ended::Zeros => "the records up to the next segment are missing",
            Ended::Damaged(_) => self.diagnosis(disk)?,
            Ended::Newer => "a frame of a later version",
        };
        if later.is_some() {
            let _ = self.enter(&headers, later);
            self.begins = true;
            return Ok(Some(Seen::Wrong(Wrong { segment, offset, lsn, what })));
        }
        // A writer may go on exactly here.
        self.is_stale = true;
        let how = match ended {
            Ended::Sealed => HowEnded::Sealed,
            Ended::Zeros => HowEnded::Open,
            Ended::Damaged(remainder) => {
                HowEnded::Torn { what, used_to: remainder.used_to, durable: remainder.durable_lsn }
            }
            Ended::Newer => HowEnded::Torn { what, used_to: offset, durable: lsn },
        };
        Ok(Some(Seen::End(End { segment, offset, tail, how })))
    }

    fn gone<D: Disk>(&mut self, disk: &mut D) -> io::Result<Seen> {
        let (segment, tail) = (self.segment.number, self.tail());
        let lsn = tail.last_lsn.next();
        let headers = sound_headers(disk, Some(&self.identity))?;
        let later = headers.iter().position(|header| header.number > segment);
        if later.is_none() {
            return Err(io::ErrorKind::NotFound.into());
        }
        if let Seen::Segment(next) = self.enter(&headers, later)
            && continues(&next, &tail)
        {
            return Ok(Seen::Segment(next));
        }
        // Told after this.
        self.begins = true;
        Ok(Seen::Gone { segment, lsn })
    }

    fn enter(&mut self, headers: &[SegmentHeader], index: Option<usize>) -> Seen {
        if let Some(next) = index.and_then(|index| headers.get(index)) {
            let after = index.and_then(|index| headers.get(index + 1));
            self.walk = Walk::begin(next, after);
            self.segment = *next;
            self.sealed = false;
            self.is_stale = false;
        }
        Seen::Segment(self.segment)
    }

    fn diagnosis<D: Disk>(&self, disk: &mut D) -> io::Result<&'static str> {
        use super::frame::FrameError;
        let Place { offset, tail } = self.walk.place();
        let mut window = Window::new(segment_name(self.segment.number));
        Ok(match window.frame(disk, offset, self.identity.seed())? {
            Err(FrameError::Magic) => "no frame begins here",
            Err(FrameError::HeaderChecksum) => "a frame's header fails its checksum",
            Err(FrameError::Field(_)) => "a frame of a later version",
            Err(FrameError::Cut) => "a frame is cut",
            Err(FrameError::Body) => "a frame's body or its end fails its checksum",
            Ok(frame) if frame.header.chain_after(tail.chain) != frame.header.chain => {
                "a sound frame that breaks the chain"
            }
            Ok(_) => "a sound frame that is not the next in order",
        })
    }
}
