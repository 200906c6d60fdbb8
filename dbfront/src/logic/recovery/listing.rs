//! What lies in the journal's folder: segments with sound headers, others, and files that recovery itself left.

use std::io;

use super::{Expected, RecoveryError, disk_error};
use crate::logic::{
    disk::Disk,
    frame::Identity,
    segment::{HeaderError, SEGMENT_HEADER_BYTES, SegmentHeader, Window, segment_name, segment_number},
};

/// Held by the process that writes (E1); never read.
pub const LOCK_NAME: &str = "lock";
/// How the name of a quarantined tail ends.
pub const QUARANTINE_SUFFIX: &str = ".torn";
/// Files in the folder, at most.
pub const FILES_MAX: usize = 1 << 16;

/// The folder, sorted out.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Segments of the expected journal, by number.
    pub(super) sound: Vec<SegmentHeader>,
    /// Numbers of segments whose header is blank or damaged.
    pub(super) unsound: Vec<u64>,
    /// Tails that earlier recoveries set aside, oldest first.
    pub(super) quarantined: Vec<String>,
}

impl Listing {
    /// Reads names and headers; refuses what it does not know.
    pub(super) fn read<D: Disk>(disk: &mut D, expected: &Expected) -> Result<Self, RecoveryError> {
        let mut names = disk.list().map_err(disk_error("listing the folder"))?;
        names.sort_unstable();
        if names.len() > FILES_MAX {
            return Err(RecoveryError::UnknownFile { name: format!("{} files", names.len()) });
        }
        let mut listing = Self::default();
        for name in names {
            if let Some(number) = segment_number(&name) {
                listing.take_segment(disk, number)?;
            } else if is_quarantine(&name) {
                listing.quarantined.push(name);
            } else if name != LOCK_NAME {
                return Err(RecoveryError::UnknownFile { name });
            }
        }
        listing.check_identity(expected)?;
        Ok(listing)
    }

    /// The number after every one in use.
    pub(super) fn next_number(&self) -> u64 {
        let sound = self.sound.last().map_or(0, |header| header.number);
        self.unsound.last().copied().unwrap_or(0).max(sound) + 1
    }

    fn take_segment<D: Disk>(&mut self, disk: &mut D, number: u64) -> Result<(), RecoveryError> {
        let name = segment_name(number);
        match SegmentHeader::read(disk, &name).map_err(disk_error("reading a segment's header"))? {
            Ok(header) if header.number == number => self.sound.push(header),
            Ok(header) => return Err(RecoveryError::Renamed { name, number: header.number }),
            Err(HeaderError::Blank | HeaderError::Damaged) => self.unsound.push(number),
            Err(HeaderError::Newer { format }) => {
                return Err(RecoveryError::TooNew { what: format!("{name} has format {format}") });
            }
        }
        Ok(())
    }

    fn check_identity(&self, expected: &Expected) -> Result<(), RecoveryError> {
        let Some(first) = self.sound.first() else { return Ok(()) };
        let uuid = expected.journal_uuid.unwrap_or(first.identity.journal_uuid);
        let wanted = Identity { journal_uuid: uuid, world_hash: expected.world_hash };
        match self.sound.iter().find(|header| header.identity != wanted) {
            None => Ok(()),
            Some(other) if other.identity.world_hash != wanted.world_hash => {
                Err(RecoveryError::WrongJournal { number: other.number, what: "another world" })
            }
            Some(other) => Err(RecoveryError::WrongJournal { number: other.number, what: "another journal" }),
        }
    }
}

/// The name of the tail cut from segment `number` at `offset`.
#[must_use]
pub fn quarantine_name(number: u64, offset: u64) -> String {
    format!("{number:016x}-{offset:08x}{QUARANTINE_SUFFIX}")
}

fn is_quarantine(name: &str) -> bool {
    let stem = name.strip_suffix(QUARANTINE_SUFFIX).and_then(|stem| stem.split_once('-'));
    let hex = |digits: &str| u64::from_str_radix(digits, 16).ok();
    let Some((Some(number), Some(offset))) = stem.map(|(number, offset)| (hex(number), hex(offset))) else {
        return false;
    };
    quarantine_name(number, offset) == name
}

/// Whether segment `number` was begun and never used: no sound header, and nothing behind it. Files like this are
/// all that an interrupted `init` leaves, and the first recovery after it.
pub(in crate::logic) fn is_half_made<D: Disk>(disk: &mut D, number: u64) -> io::Result<bool> {
    let name = segment_name(number);
    match SegmentHeader::read(disk, &name)? {
        Ok(_) | Err(HeaderError::Newer { .. }) => return Ok(false),
        Err(HeaderError::Blank | HeaderError::Damaged) => {}
    }
    let nobody = Identity { journal_uuid: [0; 16], world_hash: [0; 16] };
    let behind = Window::new(name).remainder(disk, SEGMENT_HEADER_BYTES as u64, nobody.seed())?;
    Ok(behind.used_to == 0)
}
