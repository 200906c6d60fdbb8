//! One frame of the journal: a turn of records or a control mark, its checksums and its link in the chain over
//! history. Knows no files. docs/JOURNAL.md draws the bytes; a test holds that table to the constants here.

#[cfg(test)]
mod tests;

use proto::{
    ids::{Epoch, Lsn},
    limits::{RECORD_SCHEMA, TURN_BYTES_MAX, TURN_RECORDS_MAX},
    turn::ENTRY_HEADER_BYTES,
};

use super::amend::Amendment;

/// First bytes of every frame, "DFR1" little-endian.
pub const FRAME_MAGIC: u32 = 0x3152_4644;
/// Bytes before the body.
pub const FRAME_HEADER_BYTES: usize = 80;
/// Bytes after the padded body: the header's checksum and the frame's length again.
pub const FRAME_TRAILER_BYTES: usize = 8;
/// Frames begin at multiples of this.
pub const FRAME_ALIGN: usize = 8;
/// Body of a frame.
pub const FRAME_BODY_BYTES_MAX: usize = TURN_BYTES_MAX;
/// A whole frame.
pub const FRAME_BYTES_MAX: usize = frame_bytes(FRAME_BODY_BYTES_MAX);
/// Body of an EPOCH frame: the writer's instance.
pub const EPOCH_BODY_BYTES: usize = 8;

/// Body of an AMEND frame without author and reason, and with an empty record.
const AMEND_BODY_BYTES_MIN: usize = super::amend::field::TEXT + ENTRY_HEADER_BYTES;

/// Where each header field begins. The chain covers what lies before it, the checksum what lies before it.
pub mod field {
    /// u32, [`super::FRAME_MAGIC`].
    pub const MAGIC: usize = 0;
    /// u32, bytes of the whole frame.
    pub const FRAME_BYTES: usize = 4;
    /// u8, [`super::FrameKind`].
    pub const KIND: usize = 8;
    /// u8, 0.
    pub const FLAGS: usize = 9;
    /// u16, version of the records' logical format.
    pub const SCHEMA: usize = 10;
    /// u32, bytes of the body without padding.
    pub const BODY_BYTES: usize = 12;
    /// u64, LSN of the first record; in a control frame the last LSN before it.
    pub const FIRST_LSN: usize = 16;
    /// u64.
    pub const EPOCH: usize = 24;
    /// u64, the highest LSN known durable when this was written (J4).
    pub const DURABLE_LSN: usize = 32;
    /// u64, milliseconds since 1970.
    pub const WALL_MS: usize = 40;
    /// u32, records; 0 in a control frame.
    pub const COUNT: usize = 48;
    /// u32, CRC-32C of the body.
    pub const BODY_CRC: usize = 52;
    /// 16 bytes.
    pub const CHAIN: usize = 56;
    /// u32, CRC-32C of the journal's identity and all header bytes before.
    pub const HEADER_CRC: usize = 72;
    /// u32, 0.
    pub const RESERVED: usize = 76;
}

/// The first 16 bytes of a BLAKE3 over everything up to and with a frame: equal chains are equal histories.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Chain(pub [u8; 16]);

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Which journal and which world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Random, made once by `init`.
    pub journal_uuid: [u8; 16],
    /// Hash of the operator's name for the world.
    pub world_hash: [u8; 16],
}

impl Identity {
    /// Checksum state that every frame's header starts from, so that another journal's frame is never valid here.
    #[must_use]
    pub fn seed(&self) -> FrameSeed {
        FrameSeed(crc32c::crc32c_append(crc32c::crc32c(&self.journal_uuid), &self.world_hash))
    }
}

/// See [`Identity::seed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameSeed(u32);

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FrameKind {
    /// The records of one turn.
    Data,
    /// A new writer; the body is its instance.
    Epoch,
    /// Nothing but a newer `durable_lsn`.
    Mark,
    /// The last frame of a clean segment, written when all before it is durable.
    Seal,
    /// A reviewed replacement of an earlier record, see [`super::amend`]. It ends the writer's epoch.
    Amend,
}

impl FrameKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Data, Self::Epoch, Self::Mark, Self::Seal, Self::Amend];

    /// As in the header.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Data => 1,
            Self::Epoch => 2,
            Self::Mark => 3,
            Self::Seal => 4,
            Self::Amend => 5,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// A frame's header, checked or to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// What it is.
    pub kind: FrameKind,
    /// Version of its records' logical format. The chain covers it, so a header read keeps the one it has.
    pub schema: u16,
    /// Bytes of the body.
    pub body_bytes: usize,
    /// LSN of its first record; of the last one before it in a control frame.
    pub first_lsn: Lsn,
    /// Records in it.
    pub count: u32,
    /// Whose writer.
    pub epoch: Epoch,
    /// Known durable when it was written.
    pub durable_lsn: Lsn,
    /// Milliseconds since 1970 when it was written.
    pub wall_ms: u64,
    /// CRC-32C of the body.
    pub body_crc: u32,
    /// History with this frame.
    pub chain: Chain,
}

/// Why bytes are not a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Does not begin like one.
    #[error("no frame begins here")]
    Magic,
    /// Header damaged or another journal's.
    #[error("the header fails its checksum")]
    HeaderChecksum,
    /// A checked header that contradicts itself or names what this version does not know.
    #[error("the header's {0} is not possible")]
    Field(&'static str),
    /// Longer than the bytes there are.
    #[error("the frame is cut")]
    Cut,
    /// Body, padding or trailer damaged.
    #[error("the body fails its checksum")]
    Body,
}

impl FrameHeader {
    /// LSN after this frame: its last record, or the one it repeats.
    #[must_use]
    pub fn last_lsn(&self) -> Lsn {
        match self.kind {
            FrameKind::Data => Lsn(self.first_lsn.0 + u64::from(self.count) - 1),
            FrameKind::Epoch | FrameKind::Mark | FrameKind::Seal | FrameKind::Amend => self.first_lsn,
        }
    }

    /// Bytes of the whole frame.
    #[must_use]
    pub fn frame_bytes(&self) -> usize {
        frame_bytes(self.body_bytes)
    }

    /// The chain that this header must carry after `previous`. It covers the body through `body_crc`, so that
    /// hashing costs the same for one record and for a thousand.
    #[must_use]
    pub fn chain_after(&self, previous: Chain) -> Chain {
        let mut header = [0; FRAME_HEADER_BYTES];
        self.put_fields(&mut header);
        chain_of(previous, &header)
    }

    /// Reads and checks a header; the body is not looked at. `bytes` begins with it.
    ///
    /// # Errors
    /// See [`FrameError`]; `Cut` if there are fewer than [`FRAME_HEADER_BYTES`].
    pub fn parse(bytes: &[u8], seed: FrameSeed) -> Result<Self, FrameError> {
        let Some(header) = bytes.first_chunk::<FRAME_HEADER_BYTES>() else {
            return Err(FrameError::Cut);
        };
        if word(header, field::MAGIC) != FRAME_MAGIC {
            return Err(FrameError::Magic);
        }
        let crc = crc32c::crc32c_append(seed.0, &header[..field::HEADER_CRC]);
        if word(header, field::HEADER_CRC) != crc {
            return Err(FrameError::HeaderChecksum);
        }
        let kind = FrameKind::from_code(header[field::KIND]).ok_or(FrameError::Field("kind"))?;
        let parsed = Self {
            kind,
            schema: u16::from_le_bytes([header[field::SCHEMA], header[field::SCHEMA + 1]]),
            body_bytes: word(header, field::BODY_BYTES) as usize,
            first_lsn: Lsn(long(header, field::FIRST_LSN)),
            count: word(header, field::COUNT),
            epoch: Epoch(long(header, field::EPOCH)),
            durable_lsn: Lsn(long(header, field::DURABLE_LSN)),
            wall_ms: long(header, field::WALL_MS),
            body_crc: word(header, field::BODY_CRC),
            chain: chain_at(header, field::CHAIN),
        };
        parsed.check(header)?;
        Ok(parsed)
    }

    fn check(&self, header: &[u8; FRAME_HEADER_BYTES]) -> Result<(), FrameError> {
        let body_fits = match self.kind {
            FrameKind::Data => {
                self.body_bytes <= FRAME_BODY_BYTES_MAX && self.body_bytes >= ENTRY_HEADER_BYTES
            }
            FrameKind::Epoch => self.body_bytes == EPOCH_BODY_BYTES,
            FrameKind::Mark | FrameKind::Seal => self.body_bytes == 0,
            FrameKind::Amend => (AMEND_BODY_BYTES_MIN..=FRAME_BODY_BYTES_MAX).contains(&self.body_bytes),
        };
        let count = self.count as usize;
        let count_fits = match self.kind {
            FrameKind::Data => (1..=TURN_RECORDS_MAX).contains(&count) && self.first_lsn.0 >= 1,
            FrameKind::Epoch | FrameKind::Mark | FrameKind::Seal | FrameKind::Amend => count == 0,
        };
        let checks = [
            (body_fits, "body length"),
            (count_fits, "count"),
            (word(header, field::FRAME_BYTES) as usize == self.frame_bytes(), "length"),
            (header[field::FLAGS] == 0, "flags"),
            (u32::from(self.schema) <= RECORD_SCHEMA, "schema"),
            (self.durable_lsn <= self.last_lsn(), "durable LSN"),
        ];
        match checks.into_iter().find(|(fits, _)| !fits) {
            None => Ok(()),
            Some((_, name)) => Err(FrameError::Field(name)),
        }
    }

    fn put_fields(&self, header: &mut [u8; FRAME_HEADER_BYTES]) {
        put_word(header, field::MAGIC, FRAME_MAGIC);
        put_word(header, field::FRAME_BYTES, fits_u32(self.frame_bytes()));
        header[field::KIND] = self.kind.code();
        header[field::FLAGS] = 0;
        header[field::SCHEMA..field::SCHEMA + 2].copy_from_slice(&self.schema.to_le_bytes());
        put_word(header, field::BODY_BYTES, fits_u32(self.body_bytes));
        put_long(header, field::FIRST_LSN, self.first_lsn.0);
        put_long(header, field::EPOCH, self.epoch.0);
        put_long(header, field::DURABLE_LSN, self.durable_lsn.0);
        put_long(header, field::WALL_MS, self.wall_ms);
        put_word(header, field::COUNT, self.count);
        put_word(header, field::BODY_CRC, self.body_crc);
    }
}

/// A frame in the buffer it was read into, whole and checked.
#[derive(Clone, Copy, Debug)]
pub struct FrameView<'a> {
    /// Its header.
    pub header: FrameHeader,
    /// Its body.
    pub body: &'a [u8],
}

/// What a frame to be written says; the rest is computed.
#[derive(Clone, Copy, Debug)]
pub struct NewFrame<'a> {
    /// What it is.
    pub kind: FrameKind,
    /// As in [`FrameHeader::first_lsn`].
    pub first_lsn: Lsn,
    /// Records in `body`.
    pub count: u32,
    /// Whose writer.
    pub epoch: Epoch,
    /// Known durable now.
    pub durable_lsn: Lsn,
    /// Milliseconds since 1970.
    pub wall_ms: u64,
    /// At most [`FRAME_BODY_BYTES_MAX`].
    pub body: &'a [u8],
}

/// Appends a frame and returns the chain with it.
pub fn put_frame(out: &mut Vec<u8>, frame: &NewFrame<'_>, previous: Chain, seed: FrameSeed) -> Chain {
    debug_assert!(frame.body.len() <= FRAME_BODY_BYTES_MAX && out.len().is_multiple_of(FRAME_ALIGN));
    let header = FrameHeader {
        kind: frame.kind,
        schema: SCHEMA_TODAY,
        body_bytes: frame.body.len(),
        first_lsn: frame.first_lsn,
        count: frame.count,
        epoch: frame.epoch,
        durable_lsn: frame.durable_lsn,
        wall_ms: frame.wall_ms,
        body_crc: crc32c::crc32c(frame.body),
        chain: Chain::default(),
    };
    let mut bytes = [0; FRAME_HEADER_BYTES];
    header.put_fields(&mut bytes);
    let chain = chain_of(previous, &bytes);
    bytes[field::CHAIN..field::CHAIN + 16].copy_from_slice(&chain.0);
    let crc = crc32c::crc32c_append(seed.0, &bytes[..field::HEADER_CRC]);
    put_word(&mut bytes, field::HEADER_CRC, crc);
    out.extend_from_slice(&bytes);
    out.extend_from_slice(frame.body);
    out.resize(out.len() + padding(frame.body.len()), 0);
    out.extend_from_slice(&crc.to_le_bytes());
    out.extend_from_slice(&fits_u32(header.frame_bytes()).to_le_bytes());
    chain
}

/// Reads one whole frame at the start of `bytes` and checks every bit of it, but not whether it belongs here.
///
/// # Errors
/// See [`FrameError`].
pub fn parse_frame(bytes: &[u8], seed: FrameSeed) -> Result<FrameView<'_>, FrameError> {
    let header = FrameHeader::parse(bytes, seed)?;
    let frame = bytes.get(..header.frame_bytes()).ok_or(FrameError::Cut)?;
    let (body, rest) = frame[FRAME_HEADER_BYTES..].split_at(header.body_bytes);
    let (pad, trailer) = rest.split_at(padding(header.body_bytes));
    let trailer_fits = trailer[..4] == frame[field::HEADER_CRC..field::HEADER_CRC + 4]
        && trailer[4..] == frame[field::FRAME_BYTES..field::FRAME_BYTES + 4];
    let rest_is_zero = word(frame, field::RESERVED) == 0 && pad.iter().all(|&byte| byte == 0);
    if !trailer_fits || !rest_is_zero || crc32c::crc32c(body) != header.body_crc {
        return Err(FrameError::Body);
    }
    if header.kind == FrameKind::Data && count_entries(body) != Some(header.count) {
        return Err(FrameError::Field("count"));
    }
    if header.kind == FrameKind::Amend && Amendment::parse(body).is_none() {
        return Err(FrameError::Field("amendment"));
    }
    Ok(FrameView { header, body })
}

/// Records in a body of `proto::turn` entries by their lengths alone; `None` if they do not fill it exactly.
#[must_use]
pub fn count_entries(body: &[u8]) -> Option<u32> {
    let (mut at, mut count) = (0, 0);
    while at < body.len() {
        let length = body.get(at..at + 4)?.first_chunk().copied().map(u32::from_le_bytes)? as usize;
        at = at.checked_add(ENTRY_HEADER_BYTES)?.checked_add(length)?;
        count += 1;
    }
    (at == body.len()).then_some(count)
}

/// Bytes of a frame with a body of `body_bytes`.
#[must_use]
pub const fn frame_bytes(body_bytes: usize) -> usize {
    FRAME_HEADER_BYTES + body_bytes + padding(body_bytes) + FRAME_TRAILER_BYTES
}

const fn padding(body_bytes: usize) -> usize {
    body_bytes.next_multiple_of(FRAME_ALIGN) - body_bytes
}

fn chain_of(previous: Chain, header: &[u8; FRAME_HEADER_BYTES]) -> Chain {
    let mut hashed = [0; 16 + field::CHAIN];
    hashed[..16].copy_from_slice(&previous.0);
    hashed[16..].copy_from_slice(&header[..field::CHAIN]);
    chain_at(blake3::hash(&hashed).as_bytes(), 0)
}

pub(super) fn chain_at(bytes: &[u8], at: usize) -> Chain {
    Chain(*bytes[at..].first_chunk().expect("callers pass offsets of a fixed header"))
}

pub(super) fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(*bytes[at..].first_chunk().expect("callers pass offsets of a fixed header"))
}

pub(super) fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(*bytes[at..].first_chunk().expect("callers pass offsets of a fixed header"))
}

pub(super) fn put_word(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

pub(super) fn put_long(bytes: &mut [u8], at: usize, value: u64) {
    bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

fn fits_u32(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("a frame is bounded by FRAME_BYTES_MAX")
}

/// Of the records that this build writes.
const SCHEMA_TODAY: u16 = {
    let [low, high, rest @ ..] = RECORD_SCHEMA.to_le_bytes();
    assert!(rest[0] == 0 && rest[1] == 0);
    u16::from_le_bytes([low, high])
};

const _: () = {
    // Lengths in the header are 32 bits; a frame is padded to the alignment of the next.
    assert!(FRAME_BYTES_MAX < 1 << 31);
    assert!(
        FRAME_HEADER_BYTES.is_multiple_of(FRAME_ALIGN) && FRAME_TRAILER_BYTES.is_multiple_of(FRAME_ALIGN)
    );
    assert!(field::CHAIN + 16 == field::HEADER_CRC && field::RESERVED + 4 == FRAME_HEADER_BYTES);
};
