//! The records of one turn as they travel from game to dbfront and lie in the journal's frame: the same
//! bytes, so that the checksum that game computed is the one that recovery checks. docs/JOURNAL.md.
//!
//! ```text
//! 0  u32 payload bytes   4  u32 crc32c(bytes 8 … end of payload)   8  txn: u64 account, u64 cseq   24  payload
//! ```

#[cfg(test)]
mod tests;

use std::fmt;

use crate::{
    ids::AccountId,
    limits::{RECORD_BYTES_MAX, TURN_RECORDS_MAX},
};

/// Bytes before a record's payload.
pub const ENTRY_HEADER_BYTES: usize = 24;

/// Whose command a record is the effect of; unique in a journal where `cseq` is not 0 (reliability I6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TxnId {
    /// The account; 0 for the system.
    pub account: AccountId,
    /// Its command; 0 for a login and other effects without one.
    pub cseq: u64,
}

/// The operation number: it follows a command through the logs of all processes.
impl fmt::Display for TxnId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.account, self.cseq)
    }
}

/// One record in the buffer it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Whose.
    pub txn: TxnId,
    /// An encoded `link::Record`.
    pub payload: &'a [u8],
    /// CRC-32C of transaction and payload.
    pub crc: u32,
}

/// A turn that is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TurnError {
    /// Ends inside a record.
    #[error("record {index} is cut")]
    Cut {
        /// From 0.
        index: usize,
    },
    /// A payload above the bound.
    #[error("record {index} has {bytes} bytes")]
    TooLarge {
        /// From 0.
        index: usize,
        /// Declared.
        bytes: usize,
    },
    /// Not what was written.
    #[error("record {index} fails its checksum")]
    Checksum {
        /// From 0.
        index: usize,
    },
    /// Nothing, or more records than a turn may have.
    #[error("a turn of {0} records")]
    Count(usize),
}

/// Appends one record.
///
/// # Panics
/// If the payload is above [`RECORD_BYTES_MAX`]: game refuses such an event before it executes it.
pub fn put_entry(out: &mut Vec<u8>, txn: TxnId, payload: &[u8]) {
    assert!(payload.len() <= RECORD_BYTES_MAX, "a record of {} bytes", payload.len());
    let start = out.len();
    out.extend_from_slice(&u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&txn.account.0.to_le_bytes());
    out.extend_from_slice(&txn.cseq.to_le_bytes());
    out.extend_from_slice(payload);
    let crc = crc32c::crc32c(&out[start + 8..]);
    out[start + 4..start + 8].copy_from_slice(&crc.to_le_bytes());
}

/// All records of a turn, each checked.
///
/// # Errors
/// See [`TurnError`].
pub fn entries(turn: &[u8]) -> Result<Vec<Entry<'_>>, TurnError> {
    let mut found = Vec::new();
    let mut rest = turn;
    while !rest.is_empty() {
        let index = found.len();
        if index == TURN_RECORDS_MAX {
            return Err(TurnError::Count(index + 1));
        }
        let (entry, after) = take_entry(rest, index)?;
        found.push(entry);
        rest = after;
    }
    if found.is_empty() { Err(TurnError::Count(0)) } else { Ok(found) }
}

fn take_entry(bytes: &[u8], index: usize) -> Result<(Entry<'_>, &[u8]), TurnError> {
    let cut = TurnError::Cut { index };
    let word = |at: usize| bytes.get(at..at + 4)?.first_chunk().copied().map(u32::from_le_bytes);
    let long = |at: usize| bytes.get(at..at + 8)?.first_chunk().copied().map(u64::from_le_bytes);
    let length = word(0).ok_or(cut)? as usize;
    if length > RECORD_BYTES_MAX {
        return Err(TurnError::TooLarge { index, bytes: length });
    }
    let crc = word(4).ok_or(cut)?;
    let txn = TxnId { account: AccountId(long(8).ok_or(cut)?), cseq: long(16).ok_or(cut)? };
    let end = ENTRY_HEADER_BYTES + length;
    let checked = bytes.get(8..end).ok_or(cut)?;
    if crc32c::crc32c(checked) != crc {
        return Err(TurnError::Checksum { index });
    }
    Ok((Entry { txn, payload: &bytes[ENTRY_HEADER_BYTES..end], crc }, &bytes[end..]))
}
