//! The file in which a cache outlives its process: a head that says to which moment of which world it belongs, sections
//! of rows, those used last first, and a digest over all of it. Knows bytes, no file.
//!
//! Must stay true: bytes that are not exactly what was written, or that belong to any other moment, give nothing.

#[cfg(test)]
mod tests;

use proto::{
    deflate::{Deflater, Inflater},
    limits::LINK_RECORD_BYTES_MAX,
    tables::Table,
};

use super::{
    overlay::saved::{PORTION_BYTES, SavedRange, SavedRow},
    packing::{key_of, put_key, put_number, put_row, take_number, take_row},
    row::{RowKey, StoredRow},
};
use crate::store::Cursor;

/// The moment that a saved cache belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Of the world's name.
    pub world: [u8; 16],
    /// Where the database stands, and whoever applied to it last.
    pub cursor: Cursor,
    /// Changes when anybody writes into the database, where that can be seen.
    pub stamp: [u8; 16],
}

/// Why a saved cache is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Something else lies there.
    #[error("it is no saved cache")]
    Foreign,
    /// Of a build that writes it otherwise.
    #[error("its format is {got}, this build reads {FORMAT}")]
    OtherFormat {
        /// What it says.
        got: u32,
    },
    /// Not what was written, or not all of it.
    #[error("it is damaged")]
    Damaged,
    /// More than is ever written.
    #[error("it has more than {FILE_BYTES_MAX} bytes")]
    TooLong,
    /// Of another world.
    #[error("it belongs to another world")]
    OtherWorld,
    /// Of another journal.
    #[error("it belongs to another journal")]
    OtherJournal,
    /// The database stands elsewhere, or somebody else applied to it since.
    #[error("the database is not where it was when it was saved")]
    OtherCursor,
    /// The cursor is where it was, but somebody wrote.
    #[error("somebody wrote into the database since")]
    Touched,
}

impl Unfit {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Foreign => "foreign",
            Self::OtherFormat { .. } => "other_format",
            Self::Damaged => "damaged",
            Self::TooLong => "too_long",
            Self::OtherWorld => "other_world",
            Self::OtherJournal => "other_journal",
            Self::OtherCursor => "other_cursor",
            Self::Touched => "touched",
        }
    }
}

/// Makes the bytes of a file, piece by piece.
pub struct Writer {
    out: Vec<u8>,
    hasher: blake3::Hasher,
    deflater: Deflater,
    rows: u64,
    bytes: u64,
}

impl Writer {
    /// Begins with the head.
    #[must_use]
    pub fn new(moment: &Moment) -> Self {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&FORMAT.to_le_bytes());
        put_moment(&mut out, moment);
        let (hasher, deflater) = (blake3::Hasher::new(), Deflater::default());
        Self { out, hasher, deflater, rows: 0, bytes: 0 }
    }

    /// Some rows, those used last first. Says whether more may come.
    pub fn rows(&mut self, rows: &[SavedRow]) -> bool {
        let mut raw = Vec::new();
        for SavedRow { table, found, is_held } in rows {
            put_number(&mut raw, u64::from(*table as u32) << 1 | u64::from(*is_held));
            put_row(&mut raw, found.ver, Some(&found.row));
        }
        self.rows += rows.len() as u64;
        self.section(ROWS, &raw);
        self.rows < ROWS_MAX && self.bytes() < BYTES_MAX
    }

    /// The ranges of which every row is among those that were put in.
    pub fn ranges(&mut self, ranges: &[SavedRange]) {
        for ranges in ranges.chunks(RANGES_A_SECTION) {
            let mut raw = Vec::new();
            for SavedRange { table, after, upto } in ranges {
                put_number(&mut raw, u64::from(*table as u32));
                put_bound(&mut raw, after.as_ref());
                put_bound(&mut raw, upto.as_ref());
            }
            self.section(RANGES, &raw);
        }
    }

    fn section(&mut self, kind: u8, raw: &[u8]) {
        let begin = self.out.len();
        self.out.extend_from_slice(&[kind, 0, 0, 0, 0]);
        if self.deflater.deflate(raw, &mut self.out) {
            self.out[begin] |= DEFLATED;
        } else {
            self.out.extend_from_slice(raw);
        }
        let stored = u32::try_from(self.out.len() - begin - SECTION_HEAD_BYTES).unwrap_or(u32::MAX);
        self.out[begin + 1..begin + SECTION_HEAD_BYTES].copy_from_slice(&stored.to_le_bytes());
    }

    /// What is to be written, since this was asked last.
    pub fn take(&mut self) -> Vec<u8> {
        let out = std::mem::take(&mut self.out);
        self.hasher.update(&out);
        self.bytes += out.len() as u64;
        out
    }

    /// Nothing more comes: the last bytes.
    #[must_use]
    pub fn end(mut self) -> Vec<u8> {
        self.out.push(END);
        let mut out = self.take();
        out.extend_from_slice(self.hasher.finalize().as_bytes());
        out
    }

    /// Rows put in.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.rows
    }

    /// Bytes of all that was put in.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes + self.out.len() as u64
    }
}

/// A file that is whole and belongs here.
#[derive(Debug)]
pub struct Saved<'a> {
    rows: Vec<Section<'a>>,
    ranges: Vec<SavedRange>,
    inflater: Inflater,
    raw: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Section<'a> {
    is_deflated: bool,
    bytes: &'a [u8],
}

impl<'a> Saved<'a> {
    /// Looks at all of a file.
    ///
    /// # Errors
    /// See [`Unfit`].
    pub fn read(bytes: &'a [u8], now: &Moment) -> Result<Self, Unfit> {
        if FILE_BYTES_MAX < bytes.len() as u64 {
            return Err(Unfit::TooLong);
        }
        let rest = bytes.strip_prefix(MAGIC).ok_or(Unfit::Foreign)?;
        let (format, rest) = rest.split_first_chunk().ok_or(Unfit::Damaged)?;
        let got = u32::from_le_bytes(*format);
        if got != FORMAT {
            return Err(Unfit::OtherFormat { got });
        }
        let (body, digest) = bytes.split_last_chunk::<DIGEST_BYTES>().ok_or(Unfit::Damaged)?;
        if blake3::hash(body) != *digest {
            return Err(Unfit::Damaged);
        }
        let sections = rest.len().checked_sub(DIGEST_BYTES).and_then(|end| rest[..end].get(MOMENT_BYTES..));
        let sections = sections.ok_or(Unfit::Damaged)?;
        compare(&rest[..MOMENT_BYTES], now)?;
        let (rows, ranges) = (Vec::new(), Vec::new());
        let mut saved = Self { rows, ranges, inflater: Inflater::default(), raw: Vec::new() };
        saved.index(sections).ok_or(Unfit::Damaged)?;
        Ok(saved)
    }

    fn index(&mut self, mut rest: &'a [u8]) -> Option<()> {
        loop {
            let (&kind, after) = rest.split_first()?;
            if kind == END {
                return after.is_empty().then_some(());
            }
            let (stored, after) = after.split_first_chunk()?;
            let stored = usize::try_from(u32::from_le_bytes(*stored)).ok()?;
            let (bytes, after) = after.split_at_checked(stored)?;
            rest = after;
            let section = Section { is_deflated: kind & DEFLATED != 0, bytes };
            match kind & !DEFLATED {
                ROWS => self.rows.push(section),
                RANGES => {
                    self.open(section)?;
                    let mut raw = self.raw.as_slice();
                    while !raw.is_empty() {
                        self.ranges.push(take_range(&mut raw)?);
                    }
                }
                _ => return None,
            }
        }
    }

    fn open(&mut self, section: Section<'_>) -> Option<()> {
        if section.is_deflated {
            return self.inflater.inflate(section.bytes, SECTION_BYTES_MAX, &mut self.raw).ok();
        }
        self.raw.clear();
        self.raw.extend_from_slice(section.bytes);
        Some(())
    }

    /// The ranges of which every row comes.
    pub fn ranges(&mut self) -> Vec<SavedRange> {
        std::mem::take(&mut self.ranges)
    }

    /// The next rows, the longest unused first; nothing after the last.
    ///
    /// # Errors
    /// [`Unfit::Damaged`]: whoever wrote it did not write rows.
    pub fn next_rows(&mut self) -> Result<Option<Vec<SavedRow>>, Unfit> {
        let Some(section) = self.rows.pop() else { return Ok(None) };
        self.open(section).and_then(|()| take_rows(&self.raw)).map(Some).ok_or(Unfit::Damaged)
    }
}

fn take_rows(mut raw: &[u8]) -> Option<Vec<SavedRow>> {
    let mut rows = Vec::new();
    while !raw.is_empty() {
        let head = take_number(&mut raw)?;
        let table = Table::from_code(u32::try_from(head >> 1).ok()?)?;
        let (ver, row) = take_row(&mut raw)?;
        let row = row.filter(|row| !table.def().append && table.def().check(row).is_ok())?;
        rows.push(SavedRow { table, found: StoredRow { ver, row }, is_held: head & 1 != 0 });
    }
    rows.reverse();
    Some(rows)
}

fn take_range(raw: &mut &[u8]) -> Option<SavedRange> {
    let table = Table::from_code(u32::try_from(take_number(raw)?).ok()?)?;
    Some(SavedRange { table, after: take_bound(raw)?, upto: take_bound(raw)? })
}

fn put_bound(out: &mut Vec<u8>, key: Option<&RowKey>) {
    let mut bytes = Vec::new();
    if let Some(key) = key {
        put_key(&mut bytes, key);
    }
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(&bytes);
}

#[expect(clippy::option_option, reason = "there is none, or it cannot be read")]
fn take_bound(raw: &mut &[u8]) -> Option<Option<RowKey>> {
    let length = usize::try_from(take_number(raw)?).ok()?;
    let (bytes, rest) = raw.split_at_checked(length)?;
    *raw = rest;
    if bytes.is_empty() { Some(None) } else { key_of(bytes).map(Some) }
}

fn put_moment(out: &mut Vec<u8>, moment: &Moment) {
    let Cursor { journal, lsn, chain, game_epoch, dbf_epoch, schema } = moment.cursor;
    out.extend_from_slice(&moment.world);
    out.extend_from_slice(&journal);
    out.extend_from_slice(&lsn.0.to_le_bytes());
    out.extend_from_slice(&chain);
    out.extend_from_slice(&game_epoch.0.to_le_bytes());
    out.extend_from_slice(&dbf_epoch.to_le_bytes());
    out.extend_from_slice(&schema.to_le_bytes());
    out.extend_from_slice(&moment.stamp);
}

fn compare(saved: &[u8], now: &Moment) -> Result<(), Unfit> {
    let mut expected = Vec::new();
    put_moment(&mut expected, now);
    let is_same = |range: std::ops::Range<usize>| saved.get(range.clone()) == expected.get(range);
    match () {
        () if !is_same(0..16) => Err(Unfit::OtherWorld),
        () if !is_same(16..32) => Err(Unfit::OtherJournal),
        () if !is_same(32..MOMENT_BYTES - 16) => Err(Unfit::OtherCursor),
        () if saved != expected => Err(Unfit::Touched),
        () => Ok(()),
    }
}

const MAGIC: &[u8] = b"DINGRAM\n";
/// Grows with every change of what stands here or in `packing`.
const FORMAT: u32 = 1;
/// World, cursor, stamp.
const MOMENT_BYTES: usize = 16 + (16 + 8 + 16 + 8 + 8 + 4) + 16;
const DIGEST_BYTES: usize = 32;
const END: u8 = 0;
const ROWS: u8 = 1;
const RANGES: u8 = 2;
/// Added to a section's kind.
const DEFLATED: u8 = 0x80;
/// Kind, stored bytes.
const SECTION_HEAD_BYTES: usize = 5;
const RANGES_A_SECTION: usize = 1_024;
/// No more rows are put in after so many …
const ROWS_MAX: u64 = 4 << 20;
/// … or so many bytes, deflated.
const BYTES_MAX: u64 = 64 << 20;
/// A file of more bytes is none: rows, one portion, ranges.
pub const FILE_BYTES_MAX: u64 = BYTES_MAX + (32 << 20);
/// Of a section, inflated: a portion and a row that does not fit it any more; or ranges, whose keys are short.
const SECTION_BYTES_MAX: usize = PORTION_BYTES + 2 * LINK_RECORD_BYTES_MAX;
