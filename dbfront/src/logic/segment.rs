//! One file of the journal: its name, its header, and reading through it frame by frame. Knows nothing of other
//! segments. docs/JOURNAL.md draws the header; a test holds that table to the constants here.

#[cfg(test)]
mod tests;

use std::io;

use proto::ids::{Epoch, Lsn};

use super::{
    disk::{self, Disk},
    frame::{
        Chain, FRAME_ALIGN, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, FRAME_MAGIC, FrameError, FrameHeader,
        FrameSeed, FrameView, Identity, chain_at, long, parse_frame, put_long, put_word, word,
    },
};

/// First bytes of a segment, "DINGJRNL".
pub const SEGMENT_MAGIC: [u8; 8] = *b"DINGJRNL";
/// Version of the file format.
pub const SEGMENT_FORMAT: u16 = 1;
/// Made from a settled segment: behind its last frame lie older ones.
pub const FLAG_RECYCLED: u16 = 1;
/// Bytes of the header; the first frame begins here.
pub const SEGMENT_HEADER_BYTES: usize = 4096;
/// Largest segment that is made.
pub const SEGMENT_BYTES_MAX: u64 = 1 << 30;
/// How a segment's name ends.
pub const SEGMENT_SUFFIX: &str = ".seg";

/// Where each header field begins; the checksum covers everything before it, zeros included.
pub mod field {
    /// 8 bytes, [`super::SEGMENT_MAGIC`].
    pub const MAGIC: usize = 0;
    /// u16, [`super::SEGMENT_FORMAT`].
    pub const FORMAT: usize = 8;
    /// u16, [`super::FLAG_RECYCLED`] or 0.
    pub const FLAGS: usize = 10;
    /// u32, [`super::SEGMENT_HEADER_BYTES`].
    pub const HEADER_BYTES: usize = 12;
    /// 16 bytes.
    pub const JOURNAL_UUID: usize = 16;
    /// 16 bytes.
    pub const WORLD_HASH: usize = 32;
    /// u64, the number in the file's name.
    pub const NUMBER: usize = 48;
    /// u64, LSN of the first record that this segment can hold.
    pub const FIRST_LSN: usize = 56;
    /// u64, where this segment replaces earlier ones; 0 if it only follows them.
    pub const SUPERSEDES_FROM: usize = 64;
    /// u64, the highest LSN known durable when this was written.
    pub const DURABLE_LSN: usize = 72;
    /// u64, the writer's epoch so far.
    pub const EPOCH: usize = 80;
    /// u64, the writer's instance so far.
    pub const INSTANCE: usize = 88;
    /// 16 bytes, chain before the first frame.
    pub const PREVIOUS_CHAIN: usize = 96;
    /// 16 bytes, chain of the last DATA frame before.
    pub const PREVIOUS_DATA_CHAIN: usize = 112;
    /// u64, milliseconds since 1970.
    pub const CREATED_MS: usize = 128;
    /// 16 bytes, which build wrote it.
    pub const BUILD_ID: usize = 136;
    /// 16 bytes, of a restored journal's first segment: the journal that it goes on from; else zeros.
    pub const PARENT_UUID: usize = 152;
    /// u64, the last record that came from there.
    pub const PARENT_LSN: usize = 168;
    /// 16 bytes, the chain there.
    pub const PARENT_CHAIN: usize = 176;
    /// u64, where somebody accepted a loss: the first record of the parent that is in no journal; else 0.
    pub const LOST_FROM: usize = 192;
    /// u64, the last one that is known.
    pub const LOST_TO: usize = 200;
    /// u32, CRC-32C of all bytes before.
    pub const CRC: usize = 4092;
}

/// A checked segment header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Whose.
    pub identity: Identity,
    /// The number in its name.
    pub number: u64,
    /// LSN of the first record that it can hold.
    pub first_lsn: Lsn,
    /// Where it replaces earlier segments (J5).
    pub supersedes_from: Option<Lsn>,
    /// Known durable when it was written.
    pub durable_lsn: Lsn,
    /// Writer's epoch before its first frame.
    pub epoch: Epoch,
    /// Writer's instance before its first frame.
    pub instance: u64,
    /// Chain before its first frame.
    pub previous_chain: Chain,
    /// Chain of the last DATA frame before its first one.
    pub previous_data_chain: Chain,
    /// Milliseconds since 1970.
    pub created_ms: u64,
    /// See [`FLAG_RECYCLED`].
    pub recycled: bool,
    /// In the first segment of a journal that goes on from another one.
    pub parent: Option<Parent>,
}

/// Where a restored journal comes from, or one that goes on from a loss that somebody accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The journal that was backed up, or lost.
    pub journal_uuid: [u8; 16],
    /// The last record that was taken from it.
    pub lsn: Lsn,
    /// Its chain there.
    pub chain: Chain,
    /// Its records that are in no journal, where somebody accepted that.
    pub lost: Option<Lost>,
}

/// Records that are in no journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The first; above the last where none is known.
    pub from: Lsn,
    /// The last that is known.
    pub to: Lsn,
}

/// Why the first bytes of a file are not a header of this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// Nothing but zeros, or no bytes: never begun.
    Blank,
    /// Anything else that fails its checksum.
    Damaged,
    /// Sound, of a later format.
    Newer {
        /// Which.
        format: u16,
    },
}

impl SegmentHeader {
    /// The header's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![0; SEGMENT_HEADER_BYTES];
        out[..8].copy_from_slice(&SEGMENT_MAGIC);
        out[field::FORMAT..field::FORMAT + 2].copy_from_slice(&SEGMENT_FORMAT.to_le_bytes());
        let flags = if self.recycled { FLAG_RECYCLED } else { 0 };
        out[field::FLAGS..field::FLAGS + 2].copy_from_slice(&flags.to_le_bytes());
        put_word(&mut out, field::HEADER_BYTES, 4096);
        out[field::JOURNAL_UUID..field::JOURNAL_UUID + 16].copy_from_slice(&self.identity.journal_uuid);
        out[field::WORLD_HASH..field::WORLD_HASH + 16].copy_from_slice(&self.identity.world_hash);
        put_long(&mut out, field::NUMBER, self.number);
        put_long(&mut out, field::FIRST_LSN, self.first_lsn.0);
        put_long(&mut out, field::SUPERSEDES_FROM, self.supersedes_from.unwrap_or_default().0);
        put_long(&mut out, field::DURABLE_LSN, self.durable_lsn.0);
        put_long(&mut out, field::EPOCH, self.epoch.0);
        put_long(&mut out, field::INSTANCE, self.instance);
        out[field::PREVIOUS_CHAIN..field::PREVIOUS_CHAIN + 16].copy_from_slice(&self.previous_chain.0);
        let data_chain = &self.previous_data_chain.0;
        out[field::PREVIOUS_DATA_CHAIN..field::PREVIOUS_DATA_CHAIN + 16].copy_from_slice(data_chain);
        put_long(&mut out, field::CREATED_MS, self.created_ms);
        out[field::BUILD_ID..field::BUILD_ID + BUILD_ID.len()].copy_from_slice(BUILD_ID);
        if let Some(parent) = &self.parent {
            out[field::PARENT_UUID..field::PARENT_UUID + 16].copy_from_slice(&parent.journal_uuid);
            put_long(&mut out, field::PARENT_LSN, parent.lsn.0);
            out[field::PARENT_CHAIN..field::PARENT_CHAIN + 16].copy_from_slice(&parent.chain.0);
            if let Some(Lost { from, to }) = parent.lost {
                put_long(&mut out, field::LOST_FROM, from.0);
                put_long(&mut out, field::LOST_TO, to.0);
            }
        }
        let crc = crc32c::crc32c(&out[..field::CRC]);
        put_word(&mut out, field::CRC, crc);
        out
    }

    /// Reads what the file's first bytes are; fewer than a header if the file is shorter.
    ///
    /// # Errors
    /// See [`HeaderError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        if is_zero(bytes) {
            return Err(HeaderError::Blank);
        }
        let Some(bytes) = bytes.first_chunk::<SEGMENT_HEADER_BYTES>() else {
            return Err(HeaderError::Damaged);
        };
        if bytes[..8] != SEGMENT_MAGIC || word(bytes, field::CRC) != crc32c::crc32c(&bytes[..field::CRC]) {
            return Err(HeaderError::Damaged);
        }
        let format = u16::from_le_bytes([bytes[field::FORMAT], bytes[field::FORMAT + 1]]);
        if format != SEGMENT_FORMAT {
            return Err(HeaderError::Newer { format });
        }
        let flags = u16::from_le_bytes([bytes[field::FLAGS], bytes[field::FLAGS + 1]]);
        let supersedes_from = long(bytes, field::SUPERSEDES_FROM);
        let lost = Lost { from: Lsn(long(bytes, field::LOST_FROM)), to: Lsn(long(bytes, field::LOST_TO)) };
        let parent = Parent {
            journal_uuid: chain_at(bytes, field::PARENT_UUID).0,
            lsn: Lsn(long(bytes, field::PARENT_LSN)),
            chain: chain_at(bytes, field::PARENT_CHAIN),
            lost: (lost.from.0 != 0).then_some(lost),
        };
        Ok(Self {
            identity: Identity {
                journal_uuid: chain_at(bytes, field::JOURNAL_UUID).0,
                world_hash: chain_at(bytes, field::WORLD_HASH).0,
            },
            number: long(bytes, field::NUMBER),
            first_lsn: Lsn(long(bytes, field::FIRST_LSN)),
            supersedes_from: (supersedes_from != 0).then_some(Lsn(supersedes_from)),
            durable_lsn: Lsn(long(bytes, field::DURABLE_LSN)),
            epoch: Epoch(long(bytes, field::EPOCH)),
            instance: long(bytes, field::INSTANCE),
            previous_chain: chain_at(bytes, field::PREVIOUS_CHAIN),
            previous_data_chain: chain_at(bytes, field::PREVIOUS_DATA_CHAIN),
            created_ms: long(bytes, field::CREATED_MS),
            recycled: flags & FLAG_RECYCLED != 0,
            parent: (parent.journal_uuid != [0; 16]).then_some(parent),
        })
    }

    /// Reads a file's header.
    ///
    /// # Errors
    /// Outer: the disk's. Inner: see [`HeaderError`].
    pub fn read<D: Disk>(disk: &mut D, name: &str) -> io::Result<Result<Self, HeaderError>> {
        let mut bytes = vec![0; SEGMENT_HEADER_BYTES];
        let filled = disk::read_full(disk, name, 0, &mut bytes)?;
        Ok(Self::parse(&bytes[..filled]))
    }
}

/// Where the zeros end that are written behind a last frame that ends at `offset`: at the end of a page, for a
/// page is written whole or read first, with room for the next frame's header before. The file's end may come
/// sooner.
#[must_use]
pub fn terminator_end(offset: u64) -> u64 {
    (offset + FRAME_HEADER_BYTES as u64).next_multiple_of(PAGE_BYTES)
}

/// The name of segment `number`.
#[must_use]
pub fn segment_name(number: u64) -> String {
    format!("{number:016x}{SEGMENT_SUFFIX}")
}

/// The number of a segment's name; `None` if it is not one.
#[must_use]
pub fn segment_number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SEGMENT_SUFFIX)?;
    let number = u64::from_str_radix(digits, 16).ok()?;
    (segment_name(number) == name).then_some(number)
}

/// A file read through a buffer, so that a frame costs no call of its own.
#[derive(Debug)]
pub struct Window {
    name: String,
    begins_at: u64,
    bytes: Vec<u8>,
    /// The file ends where `bytes` do.
    ended: bool,
}

impl Window {
    /// On the file `name`; reads nothing yet.
    #[must_use]
    pub fn new(name: String) -> Self {
        Self { name, begins_at: 0, bytes: Vec::new(), ended: false }
    }

    /// Forgets what was read, for a file that is still written to.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ended = false;
    }

    /// Up to `wanted` bytes from `offset`; fewer only at the end of the file.
    ///
    /// # Errors
    /// The disk's.
    pub fn get<D: Disk>(&mut self, disk: &mut D, offset: u64, wanted: usize) -> io::Result<&[u8]> {
        let have = self.begins_at + self.bytes.len() as u64;
        if offset < self.begins_at || (offset + wanted as u64 > have && !self.ended) {
            self.fill(disk, offset, wanted.max(READ_AHEAD_BYTES))?;
        }
        let from = usize::try_from(offset - self.begins_at).unwrap_or(usize::MAX).min(self.bytes.len());
        Ok(&self.bytes[from..self.bytes.len().min(from.saturating_add(wanted))])
    }

    fn fill<D: Disk>(&mut self, disk: &mut D, offset: u64, bytes: usize) -> io::Result<()> {
        self.clear();
        let rest = usize::try_from(disk.len(&self.name)?.saturating_sub(offset)).unwrap_or(usize::MAX);
        self.bytes.resize(bytes.min(rest), 0);
        self.begins_at = offset;
        match disk::read_full(disk, &self.name, offset, &mut self.bytes) {
            Ok(filled) => {
                self.bytes.truncate(filled);
                self.ended = filled == rest;
                Ok(())
            }
            Err(error) => {
                self.clear();
                Err(error)
            }
        }
    }

    /// The whole frame at `offset`, checked; not whether it belongs there.
    ///
    /// # Errors
    /// Outer: the disk's. Inner: see [`FrameError`].
    pub fn frame<D: Disk>(
        &mut self,
        disk: &mut D,
        offset: u64,
        seed: FrameSeed,
    ) -> io::Result<Result<FrameView<'_>, FrameError>> {
        let header = self.get(disk, offset, FRAME_HEADER_BYTES)?;
        match FrameHeader::parse(header, seed) {
            Ok(header) => Ok(parse_frame(self.get(disk, offset, header.frame_bytes())?, seed)),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Whether a last frame that ends at `offset` was ended with zeros, as every write does.
    ///
    /// # Errors
    /// The disk's.
    pub fn is_terminated<D: Disk>(&mut self, disk: &mut D, offset: u64) -> io::Result<bool> {
        let wanted = usize::try_from(terminator_end(offset) - offset).unwrap_or(usize::MAX);
        Ok(is_zero(self.get(disk, offset, wanted)?))
    }

    /// What lies from `offset` to the end of the file, where no frame is expected.
    ///
    /// # Errors
    /// The disk's.
    pub fn remainder<D: Disk>(
        &mut self,
        disk: &mut D,
        offset: u64,
        seed: FrameSeed,
    ) -> io::Result<Remainder> {
        let mut found = Remainder::default();
        let mut at = offset;
        loop {
            let chunk = self.get(disk, at, READ_AHEAD_BYTES)?;
            let length = chunk.len();
            if !is_zero(chunk) {
                let last = chunk.iter().rposition(|&byte| byte != 0).unwrap_or(0);
                found.used_to = at + last as u64 + 1;
                for place in frame_beginnings(at, chunk) {
                    found.look_at(FrameHeader::parse(self.get(disk, place, FRAME_HEADER_BYTES)?, seed));
                }
            }
            if length < READ_AHEAD_BYTES {
                return Ok(found);
            }
            at += READ_AHEAD_BYTES as u64;
        }
    }
}

/// Aligned places in `chunk`, which lies at `at`, where a frame might begin.
fn frame_beginnings(at: u64, chunk: &[u8]) -> Vec<u64> {
    let first = at.next_multiple_of(FRAME_ALIGN as u64);
    let skipped = usize::try_from(first - at).unwrap_or(0).min(chunk.len());
    let starts = chunk[skipped..].chunks(FRAME_ALIGN).zip((first..).step_by(FRAME_ALIGN));
    starts
        .filter(|(start, _)| start.starts_with(&FRAME_MAGIC.to_le_bytes()))
        .map(|(_, place)| place)
        .collect()
}

/// Whether there is nothing but zeros: each byte equals its neighbor and the first is 0.
fn is_zero(bytes: &[u8]) -> bool {
    bytes.first().is_none_or(|&first| first == 0 && bytes[1..] == bytes[..bytes.len() - 1])
}

/// See [`Window::remainder`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remainder {
    /// End of the last byte that is not zero; 0 if there is none.
    pub used_to: u64,
    /// Highest `durable_lsn` of a sound header in it.
    pub durable_lsn: Lsn,
    /// Highest last LSN of a sound header in it.
    pub last_lsn: Lsn,
    /// A sound header in it that this version cannot read.
    pub newer: bool,
}

impl Remainder {
    fn look_at(&mut self, header: Result<FrameHeader, FrameError>) {
        match header {
            Ok(header) => {
                self.durable_lsn = self.durable_lsn.max(header.durable_lsn);
                self.last_lsn = self.last_lsn.max(header.last_lsn());
            }
            Err(FrameError::Field(_)) => self.newer = true,
            Err(FrameError::Magic | FrameError::HeaderChecksum | FrameError::Cut | FrameError::Body) => {}
        }
    }
}

/// What a file system writes at least.
const PAGE_BYTES: u64 = 4096;
/// Bytes read at once; a whole frame of the usual size fits many times.
const READ_AHEAD_BYTES: usize = 256 * 1024;
/// Name and version of the writing build, cut to 16 bytes.
const BUILD_ID: &[u8] = concat!("ding ", env!("CARGO_PKG_VERSION")).as_bytes();

const _: () = {
    assert!(field::CRC + 4 == SEGMENT_HEADER_BYTES && SEGMENT_HEADER_BYTES.is_multiple_of(FRAME_ALIGN));
    assert!(BUILD_ID.len() <= 16 && field::BUILD_ID + 16 == field::PARENT_UUID);
    assert!(field::LOST_TO + 8 <= field::CRC);
    assert!(READ_AHEAD_BYTES.is_multiple_of(FRAME_ALIGN));
    assert!((FRAME_BYTES_MAX + SEGMENT_HEADER_BYTES) as u64 <= SEGMENT_BYTES_MAX);
};
