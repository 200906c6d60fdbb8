//! The reading half of recovery: walks from the cursor's segment to the end and says what is there. Changes
//! nothing, so it is also what a check of a journal may run.

use proto::ids::{Epoch, Lsn};

use super::{
    CursorPosition, Expected, RecoveryError, RecoveryReport, disk_error,
    listing::{Listing, is_half_made},
    table::{End, Follows, Proof, Verdict, decide},
};
use crate::failpoint::point;
use crate::logic::{
    amend::Amendments,
    disk::Disk,
    frame::{FRAME_HEADER_BYTES, FrameHeader, FrameKind, Identity, frame_bytes},
    scan::{self, HowEnded},
    segment::{HeaderError, Remainder, SEGMENT_HEADER_BYTES, SegmentHeader, Window, segment_name},
    walk::{Ended, Place, Step, Walk, continues},
};

/// What was found.
#[derive(Debug)]
pub struct Examination {
    /// Whose journal.
    pub identity: Identity,
    /// The last good record.
    pub last_lsn: Lsn,
    /// The last writer's.
    pub epoch: Epoch,
    /// Everything up to here is known to have been durable.
    pub proven: Lsn,
    /// Oldest record in a sound segment.
    pub oldest_lsn: Lsn,
    /// The last stop was clean.
    pub clean: bool,
    /// Segments that were read frame by frame.
    pub segments_walked: u32,
    /// What is in them.
    pub counted: Counted,
    /// Replacements of records in them.
    pub amendments: Amendments,
    pub(super) listing: Listing,
    /// The last segment of history.
    pub(super) last: SegmentHeader,
    /// Where its good frames end.
    pub(super) end: Place,
    /// From here to `end` is readable and not known durable.
    pub(super) unproven_from: Place,
    /// End of the last byte behind `end` that is not zero; 0 if there is none.
    pub(super) torn_to: u64,
    /// Segments behind the last one without a sound header.
    pub(super) behind: Vec<Behind>,
}

/// What was read and is sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Of any kind, a SEAL at the end of the last segment, too.
    pub frames: u64,
    /// Those that hold records.
    pub turns: u64,
    /// In them.
    pub records: u64,
    /// Of all frames and of the segments' headers.
    pub bytes: u64,
}

impl Counted {
    fn frame(&mut self, header: &FrameHeader) {
        self.frames += 1;
        self.turns += u64::from(header.kind == FrameKind::Data);
        self.records += u64::from(header.count);
        self.bytes += header.frame_bytes() as u64;
    }

    fn seal(&mut self) {
        self.frames += 1;
        self.bytes += frame_bytes(0) as u64;
    }
}

/// A file behind the last sound segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Behind {
    pub(super) number: u64,
    /// End of its last byte that is not zero.
    pub(super) used_to: u64,
    /// Something of history may have been written to it; else it is a spare, zeros or blanked.
    pub(super) begun: bool,
}

impl Examination {
    /// Bytes behind the last good frame that a recovery cuts off.
    #[must_use]
    pub fn cut_bytes(&self) -> u64 {
        self.torn_to.saturating_sub(self.end.offset)
    }

    /// Where the frames end, if every one of the journal was read and nothing lies behind the last.
    #[must_use]
    pub fn end_of_all(&self) -> Option<scan::End> {
        let is_all = self.listing.sound.len() == self.segments_walked as usize && self.cut_bytes() == 0;
        let how = if self.clean { HowEnded::Sealed } else { HowEnded::Open };
        let Place { offset, tail } = self.end;
        is_all.then_some(scan::End { segment: self.last.number, offset, tail, how })
    }

    pub(super) fn report(&self) -> RecoveryReport {
        let behind = u32::try_from(self.behind.len()).unwrap_or(u32::MAX);
        let unsound = u32::try_from(self.listing.unsound.len()).unwrap_or(u32::MAX);
        RecoveryReport {
            clean: self.clean,
            segments_walked: self.segments_walked,
            turns: self.counted.turns,
            proven: self.proven,
            copied_bytes: self.end.offset - self.unproven_from.offset,
            cut_bytes: self.cut_bytes(),
            quarantined: None,
            ignored: unsound - behind,
        }
    }
}

/// Looks at the journal from the cursor on, or all of it without one.
///
/// # Errors
/// Every stop of recovery but `Full`.
pub fn examine<D: Disk>(
    disk: &mut D,
    expected: &Expected,
    cursor: Option<CursorPosition>,
) -> Result<Examination, RecoveryError> {
    let listing = Listing::read(disk, expected)?;
    point!("recovery.listed");
    let Some(last) = listing.sound.last().copied() else { return Err(nothing_sound(disk, &listing)) };
    let mut start = first_needed(&listing, cursor)?;
    let mut evidence = Evidence::gather(disk, &listing, cursor)?;
    loop {
        match Walker::new(&listing, start, cursor, &mut evidence).walk(disk) {
            // Without a cursor nobody knows what is settled: an unlinked segment may be back after a power loss,
            // alone. What follows the gap is whole in itself, and the cursor is compared when it is known.
            Err(RecoveryError::MissingSegment { .. })
                if cursor.is_none() && start + 1 < listing.sound.len() =>
            {
                start += 1;
            }
            Err(error) => return Err(error),
            Ok(walked) => {
                let unproven_from = match walked.clean {
                    true => walked.end,
                    false => unproven_from(disk, &last, evidence.proven_in_last())?,
                };
                return Ok(Examination {
                    identity: last.identity,
                    last_lsn: walked.end.tail.last_lsn,
                    epoch: walked.end.tail.epoch,
                    proven: evidence.proven(),
                    oldest_lsn: listing.sound[start].first_lsn,
                    clean: walked.clean,
                    segments_walked: u32::try_from(listing.sound.len() - start).unwrap_or(u32::MAX),
                    counted: walked.counted,
                    amendments: walked.amendments,
                    last,
                    end: walked.end,
                    unproven_from,
                    torn_to: walked.torn_to,
                    behind: evidence.behind,
                    listing,
                });
            }
        }
    }
}

fn nothing_sound<D: Disk>(disk: &mut D, listing: &Listing) -> RecoveryError {
    for &number in &listing.unsound {
        match is_half_made(disk, number) {
            Ok(true) => {}
            Ok(false) => return RecoveryError::CorruptAcked { lsn: Lsn(1), proven: Lsn(0) },
            Err(source) => return RecoveryError::Disk { step: "reading a half-made segment", source },
        }
    }
    RecoveryError::Absent
}

/// The last segment that begins at or before the record after the cursor.
fn first_needed(listing: &Listing, cursor: Option<CursorPosition>) -> Result<usize, RecoveryError> {
    let Some(cursor) = cursor else { return Ok(0) };
    let from = listing.sound.iter().rposition(|header| header.first_lsn <= cursor.lsn.next());
    match (from, listing.sound.first()) {
        (Some(from), _) => Ok(from),
        (None, Some(oldest)) if listing.unsound.iter().any(|&number| number < oldest.number) => {
            Err(RecoveryError::CorruptAcked { lsn: cursor.lsn.next(), proven: oldest.durable_lsn })
        }
        (None, oldest) => {
            let oldest = oldest.map_or(Lsn(1), |oldest| oldest.first_lsn);
            Err(RecoveryError::TooShort { oldest, cursor: cursor.lsn })
        }
    }
}

/// Who said what is durable.
#[derive(Debug)]
struct Evidence {
    cursor: Lsn,
    /// Headers: written after the segments before them were synced.
    headers: Lsn,
    /// Frames of the last segment and what lies behind it: written after that segment itself was synced to there.
    frames: Lsn,
    behind: Vec<Behind>,
}

impl Evidence {
    fn gather<D: Disk>(
        disk: &mut D,
        listing: &Listing,
        cursor: Option<CursorPosition>,
    ) -> Result<Self, RecoveryError> {
        let mut evidence = Self {
            cursor: cursor.map_or(Lsn(0), |cursor| cursor.lsn),
            headers: listing.sound.iter().map(|header| header.durable_lsn).max().unwrap_or_default(),
            frames: Lsn(0),
            behind: Vec::new(),
        };
        let Some(last) = listing.sound.last() else { return Ok(evidence) };
        for &number in listing.unsound.iter().filter(|&&number| number > last.number) {
            let mut window = Window::new(segment_name(number));
            let found = window.remainder(disk, 0, last.identity.seed());
            let found = found.map_err(disk_error("reading a segment behind the last"))?;
            evidence.hear(&found, number)?;
            let spare = found.used_to == 0 || is_blanked(disk, &mut window, &found, last)?;
            evidence.behind.push(Behind { number, used_to: found.used_to, begun: !spare });
        }
        Ok(evidence)
    }

    fn hear(&mut self, found: &Remainder, number: u64) -> Result<(), RecoveryError> {
        if found.newer {
            return Err(newer(number));
        }
        self.frames = self.frames.max(found.durable_lsn);
        Ok(())
    }

    fn proof_of(&self, lsn: Lsn) -> Proof {
        if lsn <= self.headers.max(self.frames) {
            Proof::Journal
        } else if lsn <= self.cursor {
            Proof::Cursor
        } else {
            Proof::None
        }
    }

    fn proven(&self) -> Lsn {
        self.headers.max(self.frames).max(self.cursor)
    }

    fn proven_in_last(&self) -> Lsn {
        self.frames.max(self.cursor)
    }
}

/// From one segment to the next.
struct Walker<'a> {
    sound: &'a [SegmentHeader],
    unsound: &'a [u64],
    start: usize,
    cursor: Option<CursorPosition>,
    evidence: &'a mut Evidence,
    counted: Counted,
    amendments: Amendments,
}

struct Walked {
    end: Place,
    clean: bool,
    torn_to: u64,
    counted: Counted,
    amendments: Amendments,
}

impl<'a> Walker<'a> {
    fn new(
        listing: &'a Listing,
        start: usize,
        cursor: Option<CursorPosition>,
        evidence: &'a mut Evidence,
    ) -> Self {
        let (sound, unsound) = (&listing.sound[..], &listing.unsound[..]);
        Self {
            sound,
            unsound,
            start,
            cursor,
            evidence,
            counted: Counted::default(),
            amendments: Amendments::default(),
        }
    }

    fn walk<D: Disk>(mut self, disk: &mut D) -> Result<Walked, RecoveryError> {
        let mut index = self.start;
        loop {
            let next = self.sound.get(index + 1);
            let mut walk = Walk::begin(&self.sound[index], next);
            self.counted.bytes += SEGMENT_HEADER_BYTES as u64;
            let ended = self.walk_segment(disk, &mut walk, index)?;
            let end = walk.place();
            let (ending, torn_to) = match ended {
                Ended::Sealed => (End::Sealed, 0),
                Ended::Zeros => (End::Zeros, 0),
                Ended::Damaged(remainder) => (End::Damaged, remainder.used_to),
                Ended::Newer => return Err(newer(self.sound[index].number)),
            };
            let missing = end.tail.last_lsn.next();
            let verdict = decide(ending, self.follows(index, &end), self.evidence.proof_of(missing));
            let clean = match verdict {
                Verdict::GoOn => {
                    index += 1;
                    continue;
                }
                Verdict::CleanEnd => true,
                Verdict::UncleanEnd | Verdict::CutTail => false,
                Verdict::CorruptAcked
                | Verdict::MissingSegment
                | Verdict::WrongJournal
                | Verdict::BehindDb => {
                    return Err(self.refusal(verdict, index, missing));
                }
            };
            return Ok(Walked { end, clean, torn_to, counted: self.counted, amendments: self.amendments });
        }
    }

    fn walk_segment<D: Disk>(
        &mut self,
        disk: &mut D,
        walk: &mut Walk,
        index: usize,
    ) -> Result<Ended, RecoveryError> {
        let last = index + 1 == self.sound.len();
        loop {
            let before = walk.place();
            let step = walk.step(disk).map_err(disk_error("reading frames"))?;
            self.check_chain(&before, &walk.place(), index)?;
            match step {
                Step::Frame { header, offset } => {
                    self.counted.frame(&header);
                    if header.kind == FrameKind::Amend {
                        let body = offset + FRAME_HEADER_BYTES as u64;
                        let body = walk.bytes(disk, body, header.body_bytes);
                        self.amendments.read(body.map_err(disk_error("reading frames"))?);
                    }
                    if last {
                        self.evidence.frames = self.evidence.frames.max(header.durable_lsn);
                    }
                }
                Step::End(Ended::Sealed) => {
                    if last {
                        self.counted.seal();
                        self.evidence.frames = self.evidence.frames.max(before.tail.last_lsn);
                    }
                    return Ok(Ended::Sealed);
                }
                Step::End(Ended::Damaged(remainder)) => {
                    if last {
                        self.evidence.hear(&remainder, self.sound[index].number)?;
                    }
                    return Ok(Ended::Damaged(remainder));
                }
                Step::End(ended) => return Ok(ended),
            }
        }
    }

    /// The chain that the database kept must be the one of the turn that holds its cursor (M4).
    fn check_chain(&self, before: &Place, after: &Place, index: usize) -> Result<(), RecoveryError> {
        let Some(cursor) = self.cursor.filter(|cursor| cursor.lsn.0 > 0) else { return Ok(()) };
        let starts_there = index == self.start && before.tail.last_lsn == cursor.lsn;
        let holds = before.tail.last_lsn < cursor.lsn && cursor.lsn <= after.tail.last_lsn;
        let differs = (starts_there && before.tail.data_chain != cursor.chain)
            || (holds && after.tail.data_chain != cursor.chain);
        match differs {
            false => Ok(()),
            true => {
                let number = self.sound[index].number;
                Err(RecoveryError::WrongJournal { number, what: "another history than the database's" })
            }
        }
    }

    fn follows(&self, index: usize, end: &Place) -> Follows {
        let this = &self.sound[index];
        let Some(next) = self.sound.get(index + 1) else { return Follows::Nothing };
        let between = |number: &u64| (this.number..next.number).contains(number);
        match () {
            () if continues(next, &end.tail) => Follows::Continues,
            () if next.first_lsn <= end.tail.last_lsn.next() => Follows::OtherHistory,
            () if self.unsound.iter().any(between) => Follows::GapWithDamage,
            () => Follows::Gap,
        }
    }

    fn refusal(&self, verdict: Verdict, index: usize, missing: Lsn) -> RecoveryError {
        let next = self.sound.get(index + 1);
        match verdict {
            Verdict::MissingSegment => {
                let to = next.map_or(missing, |next| Lsn(next.first_lsn.0.saturating_sub(1)));
                RecoveryError::MissingSegment { from: missing, to }
            }
            Verdict::WrongJournal => {
                let number = next.map_or(0, |next| next.number);
                RecoveryError::WrongJournal { number, what: "another history" }
            }
            Verdict::BehindDb => RecoveryError::BehindDb {
                last: Lsn(missing.0 - 1),
                cursor: self.cursor.map_or(missing, |cursor| cursor.lsn),
            },
            Verdict::CorruptAcked
            | Verdict::GoOn
            | Verdict::CleanEnd
            | Verdict::UncleanEnd
            | Verdict::CutTail => {
                RecoveryError::CorruptAcked { lsn: missing, proven: self.evidence.proven() }
            }
        }
    }
}

/// Whether a file behind the `last` segment is a settled one that was made blank to be the next: no header, its own
/// first frame, and nothing that could belong to the last segment or after it.
fn is_blanked<D: Disk>(
    disk: &mut D,
    window: &mut Window,
    found: &Remainder,
    last: &SegmentHeader,
) -> Result<bool, RecoveryError> {
    let step = "reading a segment behind the last";
    let header = window.get(disk, 0, SEGMENT_HEADER_BYTES).map_err(disk_error(step))?;
    let blank = SegmentHeader::parse(header) == Err(HeaderError::Blank);
    let first =
        window.get(disk, SEGMENT_HEADER_BYTES as u64, FRAME_HEADER_BYTES).map_err(disk_error(step))?;
    let first = FrameHeader::parse(first, last.identity.seed());
    Ok(blank && first.is_ok() && found.last_lsn < last.first_lsn)
}

/// After the last turn of `segment` that is known durable there, or its beginning.
fn unproven_from<D: Disk>(
    disk: &mut D,
    segment: &SegmentHeader,
    proven: Lsn,
) -> Result<Place, RecoveryError> {
    let mut walk = Walk::begin(segment, None);
    let mut place = walk.place();
    while let Step::Frame { header, .. } = walk.step(disk).map_err(disk_error("reading frames"))? {
        if header.kind == FrameKind::Data {
            if header.last_lsn() > proven {
                break;
            }
            place = walk.place();
        }
    }
    Ok(place)
}

fn newer(number: u64) -> RecoveryError {
    RecoveryError::TooNew { what: format!("segment {} holds frames of a format", segment_name(number)) }
}
