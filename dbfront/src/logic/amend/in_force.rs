//! The record that is applied under a number, read from the journal: as game wrote it, or what replaced it last. That one
//! memory and all later records follow from. Reads beside a writer; which records may be replaced, it does not know.

#[cfg(test)]
mod tests;

use proto::{
    ids::Lsn,
    link::Record,
    prescan::Budget,
    turn::{TxnId, entries},
    wire,
};

use super::{Amendment, Amendments};
use crate::logic::{
    decode::BadTurn,
    disk::Disk,
    frame::FrameKind,
    reader::ReadError,
    scan::{End, HowEnded, Scanner, Seen},
};

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct InForce {
    /// What is applied.
    pub record: Record,
    /// CRC-32C of the record as game wrote it, as in its turn: what every replacement of it names, the second one too.
    pub replaces: u32,
    /// Whose command it is the effect of.
    pub txn: TxnId,
}

/// Why nobody can say what is in force.
#[derive(Debug, thiserror::Error)]
pub enum InForceError {
    /// It is not there, or history breaks off behind it, where a replacement may lie.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is not a record.
    #[error(transparent)]
    Record(#[from] BadTurn),
}

/// Record `lsn`, which is in the journal, as it is applied. Reads to the journal's end, for a replacement lies anywhere
/// behind its record.
///
/// # Errors
/// See [`InForceError`].
pub fn in_force<D: Disk>(disk: &mut D, lsn: Lsn) -> Result<InForce, InForceError> {
    let missing = ReadError::Missing { lsn };
    let mut scanner = Scanner::open(disk, lsn).map_err(ReadError::Disk)?.ok_or(missing)?;
    let mut turn = None;
    let mut amendments = Amendments::default();
    loop {
        match scanner.next(disk).map_err(ReadError::Disk)? {
            Seen::Frame { header, offset } => {
                let is_its = (header.first_lsn..=header.last_lsn()).contains(&lsn);
                match header.kind {
                    FrameKind::Data if is_its => {
                        let body = scanner.body(disk, &header, offset).map_err(ReadError::Disk)?;
                        turn = Some((header.first_lsn, body.to_vec()));
                    }
                    FrameKind::Amend => {
                        let body = scanner.body(disk, &header, offset).map_err(ReadError::Disk)?;
                        let amendment = Amendment::parse(body).filter(|amendment| amendment.lsn == lsn);
                        amendment.into_iter().for_each(|amendment| amendments.add(amendment));
                    }
                    FrameKind::Data | FrameKind::Epoch | FrameKind::Mark | FrameKind::Seal => {}
                }
            }
            Seen::Segment(_) => {}
            Seen::Wrong(wrong) => return Err(ReadError::Damaged { lsn: wrong.lsn }.into()),
            Seen::Gone { lsn, .. } => return Err(ReadError::Missing { lsn }.into()),
            // Acknowledged records lie behind it.
            Seen::End(End { how: HowEnded::Torn { durable, .. }, tail, .. }) if tail.last_lsn < durable => {
                return Err(ReadError::Damaged { lsn: tail.last_lsn.next() }.into());
            }
            Seen::End(_) => break,
        }
    }
    let (first, body) = turn.ok_or(ReadError::Missing { lsn })?;
    let found = entries(&body).map_err(BadTurn::Turn)?;
    let index = usize::try_from(lsn.0 - first.0).unwrap_or(usize::MAX);
    let entry = *found.get(index).ok_or(ReadError::Missing { lsn })?;
    let applied = amendments.instead(lsn, entry).map_err(|_| BadTurn::Foreign { lsn })?;
    let record =
        wire::decode(applied.payload, Budget::LINK).map_err(|error| BadTurn::Record { lsn, error })?;
    Ok(InForce { record, replaces: entry.crc, txn: entry.txn })
}
