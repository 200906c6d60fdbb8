//! Records on the links between our processes: a fixed binary header and a payload, many to a batch,
//! one write a turn. All integers little-endian. docs/PROTOCOL.md has the table of records.
//!
//! ```text
//! 0  u32 payload bytes   4  u8 op   5  u8 lane   6  u16 ttl_ms   8  u64 a   16  u64 b   24  payload
//! ```

#[cfg(test)]
mod tests;

use crate::{kinds::Lane, limits::LINK_RECORD_BYTES_MAX};

/// Bytes of a record's header.
pub const RECORD_HEADER_BYTES: usize = 24;

macro_rules! ops {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// What a link record is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op { $($(#[$doc])* $name = $code,)* }

        impl Op {
            /// The op with this code.
            #[must_use]
            #[inline]
            pub fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

ops! {
    /// Both ways, first: `link::LinkHello`.
    Hello = 1;
    /// Its answer: `link::LinkWelcome`.
    Welcome = 2;
    /// Either way when idle; a: any number.
    Ping = 3;
    /// Its echo.
    Pong = 4;
    /// A call: a: its id, b: deadline in milliseconds from now, payload: the request.
    Call = 5;
    /// What came of it: a: the id, b: 0 or an `rpc::Failure`, payload: the response.
    Reply = 6;
    /// Nobody waits for a call any more: a: its id. From [`crate::limits::LINK_PROTOCOL_CALLS`] on.
    Cancel = 7;

    /// Gateway → game. a: connection, b: port · 2⁸ + transport, payload: 16-byte IPv6 (mapped) address.
    Opened = 10;
    /// Gateway → game. a: connection, payload: packets of a frame, length-delimited, checked.
    Packets = 11;
    /// Gateway → game. a: connection, b: `CloseReason`.
    Closed = 12;
    /// Gateway → game. a: connection, b: group: the client has drained, send a snapshot.
    Refresh = 13;
    /// Gateway → game, first after a welcome. a: connection, b: account, payload: [`Seat`] and the 16-byte address: a client
    /// that an earlier game admitted.
    Seated = 14;
    /// Gateway → game, first after a welcome. a: connection, b: [`GREETED_LOGS_IN`], [`GREETED_RESUMES`] or 0, payload: 16-byte
    /// address: a client that said hello to an earlier game.
    Greeted = 15;

    /// Game → gateway. a: connection, payload: packets for one client.
    Send = 20;
    /// Game → gateway. b: group, payload: packets for all members.
    Publish = 21;
    /// Game → gateway. a: connection, b: group.
    Subscribe = 22;
    /// Game → gateway. a: connection, b: group.
    Unsubscribe = 23;
    /// Game → gateway. a: connection, b: group, payload: packets of a snapshot; lifts the withholding.
    Refreshed = 24;
    /// Game → gateway. a: connection, b: account, payload: from version 2 on its [`Seat`]: its credentials were accepted,
    /// pre-login limits end; or it was [`Op::Seated`], and has its seat again.
    Admit = 25;
    /// Game → gateway. a: connection, b: `CloseReason`, payload: packets to send before.
    Close = 26;

    /// Game → dbfront. a: first LSN, b: epoch, payload: `turn`: one journal frame's records.
    Turn = 30;
    /// Dbfront → game. a: every LSN up to this is durable.
    Durable = 31;
    /// Dbfront → game. a: every LSN up to this is applied.
    Applied = 32;
    /// Dbfront → game. a: the LSN concerned, payload: name of a stop, space, text. The link closes.
    Refused = 33;
    /// Dbfront → game. a: `level::Level`, b: commands of value a second that may be executed, 0: any number.
    Level = 34;
}

/// One record in the buffer it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it is.
    pub op: Op,
    /// `Send`, `Publish`: the lane.
    pub lane: Lane,
    /// `Send`, `Publish` of the expiring lane: milliseconds to live, 0 elsewhere.
    pub ttl_ms: u16,
    /// See [`Op`].
    pub a: u64,
    /// See [`Op`].
    pub b: u64,
    /// See [`Op`].
    pub payload: &'a [u8],
}

impl<'a> Record<'a> {
    /// A record of the must-arrive lane.
    #[must_use]
    pub fn new(op: Op, a: u64, b: u64, payload: &'a [u8]) -> Self {
        Self { op, lane: Lane::MustArrive, ttl_ms: 0, a, b, payload }
    }

    /// Appends header and payload.
    ///
    /// # Panics
    /// If the payload is longer than [`LINK_RECORD_BYTES_MAX`]: our own mistake.
    #[inline]
    pub fn put(&self, out: &mut Vec<u8>) {
        put_header(out, *self, self.payload.len());
        out.extend_from_slice(self.payload);
    }
}

/// Appends a header alone, for a payload of `payload_bytes` that the caller writes next.
///
/// # Panics
/// As [`Record::put`].
#[inline]
pub fn put_header(out: &mut Vec<u8>, head: Record<'_>, payload_bytes: usize) {
    assert!(payload_bytes <= LINK_RECORD_BYTES_MAX, "a link record of {payload_bytes} bytes");
    let mut header = [0u8; RECORD_HEADER_BYTES];
    header[..4].copy_from_slice(&length(payload_bytes).to_le_bytes());
    header[4] = head.op as u8;
    header[5] = head.lane as u8;
    header[6..8].copy_from_slice(&head.ttl_ms.to_le_bytes());
    header[8..16].copy_from_slice(&head.a.to_le_bytes());
    header[16..].copy_from_slice(&head.b.to_le_bytes());
    out.extend_from_slice(&header);
}

/// Writes the length of a record whose header stands at `start` and whose payload is the rest of `out`.
///
/// # Panics
/// As [`Record::put`].
pub fn close_record(out: &mut [u8], start: usize) {
    let payload_bytes = out.len() - start - RECORD_HEADER_BYTES;
    assert!(payload_bytes <= LINK_RECORD_BYTES_MAX, "a link record of {payload_bytes} bytes");
    out[start..start + 4].copy_from_slice(&length(payload_bytes).to_le_bytes());
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// `b` of [`Op::Greeted`]: a login of the client has no answer.
pub const GREETED_LOGS_IN: u64 = 1;
/// `b` of [`Op::Greeted`]: a resume of the client has none.
pub const GREETED_RESUMES: u64 = 2;

/// Which of an account's connections has its session: of two, the greater one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    /// Grows with each login.
    pub session_gen: u32,
    /// Grows each time the session is resumed on another connection.
    pub attach: u32,
}

impl Seat {
    /// Bytes of one.
    pub const BYTES: usize = 8;

    /// As it travels.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..4].copy_from_slice(&self.session_gen.to_le_bytes());
        bytes[4..].copy_from_slice(&self.attach.to_le_bytes());
        bytes
    }

    /// The one at the front of a payload and what follows it; nothing if that is too short.
    #[must_use]
    pub fn take(payload: &[u8]) -> Option<(Self, &[u8])> {
        let (&[g0, g1, g2, g3, a0, a1, a2, a3], rest) = payload.split_first_chunk::<{ Self::BYTES }>()?;
        let session_gen = u32::from_le_bytes([g0, g1, g2, g3]);
        Some((Self { session_gen, attach: u32::from_le_bytes([a0, a1, a2, a3]) }, rest))
    }
}

/// A link that speaks something else: it is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// An op of no known record.
    #[error("unknown link op {0}")]
    Op(u8),
    /// A payload above the bound.
    #[error("link record of {0} bytes")]
    TooLarge(u32),
}

/// The first whole record of `input` and the bytes it takes; nothing if it is not whole yet.
///
/// # Errors
/// See [`LinkError`].
#[inline]
pub fn take_record(input: &[u8]) -> Result<Option<(Record<'_>, usize)>, LinkError> {
    let Some((header, rest)) = input.split_first_chunk::<RECORD_HEADER_BYTES>() else {
        return Ok(None);
    };
    let [l0, l1, l2, l3, op, lane, t0, t1, a @ .., _, _, _, _, _, _, _, _] = *header;
    let length = u32::from_le_bytes([l0, l1, l2, l3]);
    let bytes = length as usize;
    if bytes > LINK_RECORD_BYTES_MAX {
        return Err(LinkError::TooLarge(length));
    }
    let op = Op::from_code(op).ok_or(LinkError::Op(op))?;
    let Some(payload) = rest.get(..bytes) else {
        return Ok(None);
    };
    let mut b = [0; 8];
    b.copy_from_slice(&header[16..]);
    let record = Record {
        op,
        lane: Lane::from_bits(lane),
        ttl_ms: u16::from_le_bytes([t0, t1]),
        a: u64::from_le_bytes(a),
        b: u64::from_le_bytes(b),
        payload,
    };
    Ok(Some((record, RECORD_HEADER_BYTES + bytes)))
}

/// Bytes of a link as they arrive; whole records are read in place. Bounded by one record and one read.
#[derive(Debug, Default)]
pub struct LinkBuf {
    bytes: Vec<u8>,
    read: usize,
}

impl LinkBuf {
    /// Appends what a read brought.
    pub fn push(&mut self, input: &[u8]) {
        if self.read == self.bytes.len() {
            self.bytes.clear();
            self.read = 0;
        } else if self.read > 64 * 1024 {
            self.bytes.drain(..self.read);
            self.read = 0;
        }
        self.bytes.extend_from_slice(input);
    }

    /// The next whole record.
    ///
    /// # Errors
    /// See [`LinkError`].
    #[expect(clippy::should_implement_trait, reason = "lends from itself, which Iterator cannot")]
    pub fn next(&mut self) -> Result<Option<Record<'_>>, LinkError> {
        match take_record(&self.bytes[self.read..])? {
            None => Ok(None),
            Some((record, used)) => {
                self.read += used;
                Ok(Some(record))
            }
        }
    }

    /// Bytes not yet read as records.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.bytes.len() - self.read
    }
}
