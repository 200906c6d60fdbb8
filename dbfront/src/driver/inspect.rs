//! A journal from outside, beside a running dbfront or without one: what is there, whether every byte of it is right,
//! and all that is in it. Takes no lock and changes nothing.

#[cfg(test)]
mod tests;

use std::{io, ops::ControlFlow, time::Duration};

use proto::ids::Lsn;

use super::{files::Files, start::world_hash};
use crate::{
    config::Config,
    error::Error,
    logic::{
        amend::in_force::{InForce, InForceError, in_force},
        disk::Disk,
        frame::{Chain, FrameHeader, Identity},
        reader::sound_headers,
        recovery::{Counted, CursorPosition, Examination, Expected, RecoveryError, examine},
        scan::{End, HowEnded, Scanner, Seen, Wrong},
        segment::{SEGMENT_HEADER_BYTES, SegmentHeader, segment_name},
    },
    store::{self, Cursor, Presence},
};

/// What is in a journal's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalInfo {
    /// Whose.
    pub identity: Identity,
    /// It is of the configured world.
    pub is_ours: bool,
    /// Oldest first.
    pub segments: Vec<SegmentInfo>,
    /// Where it ends.
    pub end: End,
    /// Known durable by what lies in the files: beside a writer up to 50 ms behind what was acknowledged.
    pub durable: Lsn,
}

/// One file of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentInfo {
    /// What it says of itself.
    pub header: SegmentHeader,
    /// The last record in it; before its first one if it holds none.
    pub last_lsn: Lsn,
    /// Of the file, with what is not written yet.
    pub bytes: u64,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Files that were read.
    pub segments: u64,
    /// Sound frames.
    pub frames: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes that were read and checked.
    pub bytes: u64,
    /// Files that a writer took away meanwhile.
    pub gone: u64,
    /// Where the frames end.
    pub end: Option<End>,
    /// The first wrong place.
    pub wrong: Option<Wrong>,
    /// Where the database stands; nothing: it was not to be asked.
    pub cursor: Option<Lsn>,
    /// What a start would do.
    pub start: Start,
}

/// What a start would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// Go on after the last record.
    GoesOn {
        /// That one.
        last: Lsn,
        /// The last stop was clean.
        clean: bool,
        /// Bytes behind it that were never acknowledged and would be cut off.
        cut_bytes: u64,
    },
    /// Stop.
    Stops {
        /// By this name.
        code: &'static str,
        /// What it would say.
        text: String,
    },
}

/// A place in the journal and what is there, for [`each`].
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// A segment begins.
    Segment(&'a SegmentHeader),
    /// A frame.
    Frame {
        /// Number of its segment.
        segment: u64,
        /// Byte in it.
        offset: u64,
        /// Its header.
        header: &'a FrameHeader,
        /// Its body.
        body: &'a [u8],
    },
    /// The next frame is not where it should be.
    Wrong(Wrong),
    /// A segment went while it was read.
    Gone {
        /// Its number.
        segment: u64,
        /// The first record that was not read.
        lsn: Lsn,
    },
    /// The end.
    End(End),
}

/// Looks at all headers and through the last segment.
///
/// # Errors
/// `JOURNAL_ABSENT`, `JOURNAL_FAILED`.
pub fn info(config: &Config) -> Result<JournalInfo, Error> {
    let mut disk = Files::open_to_read(&config.journal_folder)?;
    let mut scanner = open(&mut disk, Lsn(u64::MAX))?;
    let mut durable = Lsn(0);
    let end = loop {
        match scanner.next(&mut disk).map_err(failed)? {
            Seen::Segment(header) => durable = durable.max(header.durable_lsn),
            Seen::Frame { header, .. } => durable = durable.max(header.durable_lsn),
            Seen::Wrong(_) | Seen::Gone { .. } => {}
            Seen::End(end) => break end,
        }
    };
    let identity = scanner.identity();
    let headers = sound_headers(&mut disk, Some(&identity)).map_err(failed)?;
    let mut segments = Vec::with_capacity(headers.len());
    for (index, header) in headers.iter().enumerate() {
        let bytes = match disk.len(&segment_name(header.number)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other.map_err(failed)?,
        };
        let next = headers.get(index + 1).map(|next| Lsn(next.first_lsn.0.saturating_sub(1)));
        segments.push(SegmentInfo { header: *header, last_lsn: next.unwrap_or(end.tail.last_lsn), bytes });
    }
    let is_ours = identity.world_hash == world_hash(&config.world);
    Ok(JournalInfo { identity, is_ours, segments, end, durable })
}

/// Reads and checks every byte, and says what a start would do. `ask_store`: with the database's cursor, as a
/// start does. Beside a writer, what seems wrong is looked at again.
///
/// # Errors
/// `JOURNAL_FAILED`, or the database's named stop if it does not pass by itself.
pub fn check(config: &Config, ask_store: bool) -> Result<Checked, Error> {
    let mut tries = TRIES;
    loop {
        tries -= 1;
        let checked = check_once(config, ask_store)?;
        let is_well = checked.wrong.is_none() && matches!(checked.start, Start::GoesOn { .. });
        if is_well || tries == 0 {
            return Ok(checked);
        }
        pause();
    }
}

fn check_once(config: &Config, ask_store: bool) -> Result<Checked, Error> {
    let mut disk = Files::open_to_read(&config.journal_folder)?;
    let standing = if ask_store { standing(config) } else { Standing::NotAsked };
    check_disk(config, &mut disk, standing)
}

/// Reads each byte once where a start would need all of it and finds it right; a wrong place is looked for apart.
fn check_disk<D: Disk>(config: &Config, disk: &mut D, standing: Standing) -> Result<Checked, Error> {
    let mut checked = Checked {
        segments: 0,
        frames: 0,
        records: 0,
        bytes: 0,
        gone: 0,
        end: None,
        wrong: None,
        cursor: match &standing {
            Standing::At(_, cursor) => Some(cursor.lsn),
            Standing::NotAsked | Standing::Absent | Standing::Stops(_) => None,
        },
        start: Start::GoesOn { last: Lsn(0), clean: false, cut_bytes: 0 },
    };
    let examined = examine(disk, &expected(config, &standing), cursor(&standing));
    if let Ok(found) = &examined
        && let Some(end) = found.end_of_all()
    {
        let Counted { frames, records, bytes, .. } = found.counted;
        let segments = u64::from(found.segments_walked);
        checked = Checked { segments, frames, records, bytes, end: Some(end), ..checked };
        checked.start = start(config, examined, standing);
        return Ok(checked);
    }
    checked.start = start(config, examined, standing);
    let scanned = scan(disk, Lsn(0), |_, item| {
        match item {
            Item::Segment(_) => {
                checked.segments += 1;
                checked.bytes += SEGMENT_HEADER_BYTES as u64;
            }
            Item::Frame { header, .. } => {
                checked.frames += 1;
                checked.bytes += header.frame_bytes() as u64;
                checked.records += u64::from(header.count);
            }
            Item::Wrong(wrong) => checked.wrong = checked.wrong.or(Some(wrong)),
            Item::Gone { .. } => checked.gone += 1,
            Item::End(end) => checked.end = Some(end),
        }
        Ok(ControlFlow::Continue(()))
    });
    match scanned {
        // What the start would say of it is in the answer already.
        Err(Error::Recovery(RecoveryError::Absent)) => {}
        other => other?,
    }
    if let (
        Start::Stops { .. },
        None,
        Some(End { segment, offset, tail, how: HowEnded::Torn { what, .. } }),
    ) = (&checked.start, checked.wrong, checked.end)
    {
        checked.wrong = Some(Wrong { segment, offset, lsn: tail.last_lsn.next(), what });
    }
    Ok(checked)
}

/// Everything from the segment on that can hold record `from`, oldest first, in memory that does not grow.
/// `take` gets each item and may end it.
///
/// # Errors
/// `JOURNAL_ABSENT`, `JOURNAL_FAILED`, and what `take` answers.
pub fn each(
    config: &Config,
    from: Lsn,
    mut take: impl FnMut(&Identity, Item<'_>) -> io::Result<ControlFlow<()>>,
) -> Result<(), Error> {
    let mut disk = Files::open_to_read(&config.journal_folder)?;
    scan(&mut disk, from, &mut take)
}

/// Record `lsn` as it is applied: as game wrote it, or what replaced it last.
///
/// # Errors
/// `JOURNAL_FAILED`, `MISSING_SEGMENT`, `CORRUPT_ACKED`, `RECORD_UNKNOWN`.
pub fn record(config: &Config, lsn: Lsn) -> Result<InForce, Error> {
    let mut disk = Files::open_to_read(&config.journal_folder)?;
    in_force(&mut disk, lsn).map_err(|error| match error {
        InForceError::Read(error) => error.into(),
        InForceError::Record(_) => Error::Record { lsn: lsn.0 },
    })
}

fn scan<D: Disk>(
    disk: &mut D,
    from: Lsn,
    mut take: impl FnMut(&Identity, Item<'_>) -> io::Result<ControlFlow<()>>,
) -> Result<(), Error> {
    let mut scanner = open(disk, from)?;
    let identity = scanner.identity();
    let mut tries = TRIES;
    loop {
        let seen = scanner.next(disk).map_err(failed)?;
        let is_over = matches!(seen, Seen::End(_));
        let item = match &seen {
            // What a writer is writing just now is whole when it is looked at again; damage stays.
            Seen::End(End { how: HowEnded::Torn { .. }, .. }) if tries != 0 => {
                tries -= 1;
                pause();
                continue;
            }
            Seen::Segment(header) => Item::Segment(header),
            Seen::Frame { header, offset } => {
                tries = TRIES;
                let segment = scanner.segment().number;
                let body = scanner.body(disk, header, *offset).map_err(failed)?;
                Item::Frame { segment, offset: *offset, header, body }
            }
            Seen::Wrong(wrong) => Item::Wrong(*wrong),
            Seen::Gone { segment, lsn } => Item::Gone { segment: *segment, lsn: *lsn },
            Seen::End(end) => Item::End(*end),
        };
        let flow =
            take(&identity, item).map_err(|source| Error::Io { what: "telling what is there", source })?;
        if is_over || flow.is_break() {
            return Ok(());
        }
    }
}

fn open<D: Disk>(disk: &mut D, from: Lsn) -> Result<Scanner, Error> {
    let scanner = Scanner::open(disk, from).map_err(failed)?;
    scanner.ok_or(Error::Recovery(RecoveryError::Absent))
}

/// Where the database stands.
enum Standing {
    /// It is away, or was not asked.
    NotAsked,
    /// There is none.
    Absent,
    /// There, and it follows this journal.
    At([u8; 16], CursorPosition),
    /// It would stop a start.
    Stops(Error),
}

fn standing(config: &Config) -> Standing {
    let database = store::open(&config.store);
    let looked = database.presence().and_then(|presence| match presence {
        Presence::Present => {
            let Cursor { journal, lsn, chain, .. } = database.look_at_cursor()?;
            Ok(Standing::At(journal, CursorPosition { lsn, chain: Chain(chain) }))
        }
        Presence::Prepared => Ok(Standing::NotAsked),
        Presence::Absent => Ok(Standing::Absent),
    });
    match looked {
        Ok(standing) => standing,
        Err(error) if error.passes() => Standing::NotAsked,
        Err(error) => Standing::Stops(error.into()),
    }
}

fn expected(config: &Config, standing: &Standing) -> Expected {
    let journal_uuid = match standing {
        Standing::At(uuid, _) => Some(*uuid),
        Standing::NotAsked | Standing::Absent | Standing::Stops(_) => None,
    };
    Expected { journal_uuid, world_hash: world_hash(&config.world) }
}

fn cursor(standing: &Standing) -> Option<CursorPosition> {
    match standing {
        Standing::At(_, cursor) => Some(*cursor),
        Standing::NotAsked | Standing::Absent | Standing::Stops(_) => None,
    }
}

fn start(config: &Config, examined: Result<Examination, RecoveryError>, standing: Standing) -> Start {
    let stops = |error: &Error| Start::Stops { code: error.code(), text: error.to_string() };
    match (examined, standing) {
        (_, Standing::Stops(error)) => stops(&error),
        (Err(error), _) => stops(&error.into()),
        (Ok(_), Standing::Absent) => stops(&Error::DatabaseMissing {
            database: store::open(&config.store).describe(),
            journal: config.journal_folder.clone(),
        }),
        (Ok(found), Standing::NotAsked | Standing::At(..)) => {
            Start::GoesOn { last: found.last_lsn, clean: found.clean, cut_bytes: found.cut_bytes() }
        }
    }
}

fn failed(source: io::Error) -> Error {
    RecoveryError::Disk { step: "reading the journal", source }.into()
}

/// Long enough for a write that is under way.
fn pause() {
    // Nothing comes on this channel but its time.
    let _ = crossbeam_channel::after(PAUSE).recv();
}

const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);
