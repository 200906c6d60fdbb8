//! What is lost: why a start is refused, the last record that the world can keep, and those that are in no journal.
//! Changes nothing.

use proto::ids::{Epoch, Lsn};

use super::{LossError, error::io_at};
use crate::{
    config::Config,
    driver::{
        files::{Files, FilesError},
        start::{journal_missing, world_hash},
    },
    error::Error,
    logic::{
        disk::Disk,
        frame::{Chain, Identity},
        reader::{ReadError, Reader},
        recovery::{CursorPosition, Expected, RecoveryError, examine},
        scan::{HowEnded, Scanner, Seen},
    },
    store::{Cursor, Presence, archive::Archive},
};

/// What would be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The named stop of a start.
    pub stop: &'static str,
    /// What it says.
    pub text: String,
    /// The last record that the database has.
    pub applied: Lsn,
    /// The last one that it can be brought to: the world goes on from there.
    pub kept: Lsn,
    /// The first record that is in no journal. The database has what it did if it is not above `kept`.
    pub from: Lsn,
    /// The last one that is known of those; below `from` where none is known.
    pub to: Lsn,
}

/// The same, and what is needed to go on without it.
pub(super) struct Found {
    pub(super) loss: Loss,
    pub(super) cursor: Cursor,
    /// The highest that is seen in the journal.
    pub(super) epoch: Epoch,
    /// The journal's folder under its lock, if there is one.
    pub(super) disk: Option<Files>,
}

/// Under the journal's lock.
pub(super) fn look(config: &Config, database: &dyn Archive) -> Result<Found, LossError> {
    if database.presence().map_err(Error::from)? != Presence::Present {
        let (database, journal) = (database.describe(), config.journal_folder.clone());
        return Err(Error::DatabaseMissing { database, journal }.into());
    }
    let cursor = database.look_at_cursor().map_err(Error::from)?;
    let mut disk = match Files::open(&config.journal_folder) {
        Ok(disk) => Some(disk),
        Err(FilesError::Absent(_)) => None,
        Err(error) => return Err(Error::from(error).into()),
    };
    let identity = Identity { journal_uuid: cursor.journal, world_hash: world_hash(&config.world) };
    let expected = Expected { journal_uuid: Some(cursor.journal), world_hash: identity.world_hash };
    let position = CursorPosition { lsn: cursor.lsn, chain: Chain(cursor.chain) };
    let examined = match &mut disk {
        Some(disk) => examine(disk, &expected, Some(position)),
        None => Err(RecoveryError::Absent),
    };
    let refused = match examined {
        Ok(found) => return Err(LossError::Nothing { last: found.last_lsn }),
        Err(error) => error,
    };
    let (mut seen, mut reached) = (Highest::default(), cursor.lsn);
    if let Some(disk) = &mut disk {
        seen = all_seen(disk).map_err(io_at(&config.journal_folder))?;
        reached = reached.max(reach(disk, identity, cursor.lsn)?);
    }
    let (kept, from, to) = match &refused {
        RecoveryError::BehindDb { last, .. } => (cursor.lsn, last.next(), cursor.lsn),
        RecoveryError::Absent => (cursor.lsn, Lsn(1), cursor.lsn),
        RecoveryError::TooShort { oldest, .. } => {
            let before = Lsn(oldest.0.saturating_sub(1));
            (cursor.lsn, cursor.lsn.next(), seen.last.max(before))
        }
        RecoveryError::CorruptAcked { lsn, proven } => (reached, *lsn, seen.last.max(*proven).max(reached)),
        RecoveryError::MissingSegment { from, to } => (reached, *from, seen.last.max(*to).max(reached)),
        RecoveryError::Disk { .. }
        | RecoveryError::Full { .. }
        | RecoveryError::UnknownFile { .. }
        | RecoveryError::Renamed { .. }
        | RecoveryError::WrongJournal { .. }
        | RecoveryError::TooNew { .. } => return Err(Error::from(refused).into()),
    };
    let error = match refused {
        RecoveryError::Absent => journal_missing(config, database),
        other => other.into(),
    };
    let loss = Loss { stop: error.code(), text: error.to_string(), applied: cursor.lsn, kept, from, to };
    Ok(Found { loss, cursor, epoch: seen.epoch, disk })
}

/// The highest of what any sound header says.
#[derive(Clone, Copy, Default)]
struct Highest {
    last: Lsn,
    epoch: Epoch,
}

impl Highest {
    fn hear(&mut self, last: Lsn, epoch: Epoch) {
        self.last = self.last.max(last);
        self.epoch = self.epoch.max(epoch);
    }
}

fn all_seen<D: Disk>(disk: &mut D) -> std::io::Result<Highest> {
    let mut seen = Highest::default();
    let Some(mut scanner) = Scanner::open(disk, Lsn(0))? else { return Ok(seen) };
    loop {
        match scanner.next(disk)? {
            Seen::Segment(header) => {
                let before = Lsn(header.first_lsn.0.saturating_sub(1));
                seen.hear(before.max(header.durable_lsn), header.epoch);
            }
            Seen::Frame { header, .. } => seen.hear(header.last_lsn(), header.epoch),
            Seen::Wrong(_) | Seen::Gone { .. } => {}
            Seen::End(end) => {
                if let HowEnded::Torn { durable, .. } = end.how {
                    seen.hear(durable, end.tail.epoch);
                }
                return Ok(seen);
            }
        }
    }
}

/// The last record after `after` that is sound and follows without a gap.
fn reach(disk: &mut Files, identity: Identity, after: Lsn) -> Result<Lsn, LossError> {
    let mut reader = match Reader::open(disk, identity, after) {
        Ok(reader) => reader,
        Err(error @ ReadError::Disk(_)) => return Err(Error::from(error).into()),
        Err(ReadError::Missing { .. } | ReadError::Damaged { .. }) => return Ok(after),
    };
    loop {
        match reader.read(disk, Lsn(u64::MAX), READ_BYTES) {
            Ok(_) => {}
            Err(error @ ReadError::Disk(_)) => return Err(Error::from(error).into()),
            Err(ReadError::Missing { .. } | ReadError::Damaged { .. }) => return Ok(reader.tail().last_lsn),
        }
    }
}

/// Of the journal at a time.
const READ_BYTES: usize = 8 << 20;
