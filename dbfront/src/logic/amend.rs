//! Reviewed replacements of records that the database refuses for good (reliability §2.8): the body of an AMEND frame,
//! and those that are in force. The record that is replaced stays in the journal. Knows no file and no database.

pub mod in_force;
pub mod review;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use bytes::Bytes;
use proto::{
    ids::Lsn,
    limits::{STAFF_BYTES_MAX, STAFF_REASON_BYTES_MAX},
    turn::{Entry, entries},
};

use super::frame::{long, put_long, put_word, word};

/// Where each field of the body begins; author, reason and the replacement follow each other.
pub mod field {
    /// u64, the record that is replaced.
    pub const LSN: usize = 0;
    /// u32, CRC-32C of that record, as in its own turn.
    pub const REPLACES: usize = 8;
    /// u16, bytes of the author.
    pub const AUTHOR_BYTES: usize = 12;
    /// u16, bytes of the reason.
    pub const REASON_BYTES: usize = 14;
    /// Author, reason, then one record as in a turn.
    pub const TEXT: usize = 16;
}

/// One replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// The record that is replaced.
    pub lsn: Lsn,
    /// CRC-32C of that record: of no other one is this a replacement.
    pub replaces: u32,
    /// Who signs for it; at most [`STAFF_BYTES_MAX`].
    pub author: String,
    /// Why; at most [`STAFF_REASON_BYTES_MAX`].
    pub reason: String,
    /// One `proto::turn` record.
    pub entry: Bytes,
}

impl Amendment {
    /// The body of its frame.
    ///
    /// # Panics
    /// If author or reason are longer than they may be.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        assert!(self.author.len() <= STAFF_BYTES_MAX && self.reason.len() <= STAFF_REASON_BYTES_MAX);
        let mut out = vec![0; field::TEXT];
        put_long(&mut out, field::LSN, self.lsn.0);
        put_word(&mut out, field::REPLACES, self.replaces);
        let lengths = [(field::AUTHOR_BYTES, &self.author), (field::REASON_BYTES, &self.reason)];
        for (at, text) in lengths {
            let bytes = u16::try_from(text.len()).expect("bounded above");
            out[at..at + 2].copy_from_slice(&bytes.to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        out.extend_from_slice(&self.entry);
        out
    }

    /// What a body says; nothing if it is none, bit for bit.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<Self> {
        let head = body.first_chunk::<{ field::TEXT }>()?;
        let length = |at: usize| usize::from(u16::from_le_bytes([head[at], head[at + 1]]));
        let (author, reason) = (length(field::AUTHOR_BYTES), length(field::REASON_BYTES));
        if author > STAFF_BYTES_MAX || reason > STAFF_REASON_BYTES_MAX {
            return None;
        }
        let rest = &body[field::TEXT..];
        let text = |from: usize, bytes: usize| {
            std::str::from_utf8(rest.get(from..from + bytes)?).ok().map(str::to_owned)
        };
        let (author, reason, entry) = (text(0, author)?, text(author, reason)?, rest.get(author + reason..)?);
        let lsn = Lsn(long(head, field::LSN));
        let is_one = entries(entry).is_ok_and(|found| found.len() == 1);
        (lsn.0 != 0 && is_one).then(|| Self {
            lsn,
            replaces: word(head, field::REPLACES),
            author,
            reason,
            entry: Bytes::copy_from_slice(entry),
        })
    }
}

/// Those in force, by record: of several for one record the last. As many as were journalled after the cursor, each by a
/// person's deed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amendments(BTreeMap<Lsn, Amendment>);

/// A replacement of another record than the one that is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign;

impl Amendments {
    /// One that comes later in the journal than those before.
    pub fn add(&mut self, amendment: Amendment) {
        self.0.insert(amendment.lsn, amendment);
    }

    /// The one in the body of an AMEND frame, which comes later in the journal than those before.
    pub fn read(&mut self, body: &[u8]) {
        // A frame without one is no frame.
        Amendment::parse(body).into_iter().for_each(|one| self.add(one));
    }

    /// The one for this record.
    #[must_use]
    pub fn of(&self, lsn: Lsn) -> Option<&Amendment> {
        self.0.get(&lsn)
    }

    /// Oldest record first.
    pub fn iter(&self) -> impl Iterator<Item = &Amendment> {
        self.0.values()
    }

    /// The record that is applied under this number.
    ///
    /// # Errors
    /// [`Foreign`]: history and replacement do not belong together.
    pub fn instead<'a>(&'a self, lsn: Lsn, entry: Entry<'a>) -> Result<Entry<'a>, Foreign> {
        let Some(amendment) = self.0.get(&lsn) else { return Ok(entry) };
        if amendment.replaces != entry.crc {
            return Err(Foreign);
        }
        // Parsed when it was read or made.
        entries(&amendment.entry).ok().and_then(|found| found.first().copied()).ok_or(Foreign)
    }
}
