//! The envelope around each message between client and server, read and written in place.
//!
//! This is protobuf's `Packet` of `schema/client.proto` in length-delimited form, by hand: the gateway
//! and game pass millions of envelopes a second, and a borrowed body spares an allocation each. A test
//! compares it with prost's reading of the same bytes.

#[cfg(test)]
mod tests;

use crate::close::CloseReason;

/// One packet whose body is still in the buffer it came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What the body is; see [`crate::kinds`].
    pub kind: u32,
    /// Number of a client's command, 0 for none.
    pub cseq: u64,
    /// The command that this answers, 0 for none.
    pub re: u64,
    /// Must-arrive packets that the client has received.
    pub ack: u64,
    /// The message, encoded.
    pub body: &'a [u8],
}

/// Bytes that are not a packet. Always the sender's fault; carries where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// A varint longer than ten bytes or cut off.
    #[error("bad varint in an envelope")]
    Varint,
    /// A length that points outside the frame.
    #[error("length outside the frame")]
    Length,
    /// A field with a wire type that it cannot have, a group, or a kind above 32 bits.
    #[error("field {0} with a wrong wire type or value")]
    Field(u64),
}

impl PacketError {
    /// The name under which the connection is closed.
    #[must_use]
    pub fn reason(self) -> CloseReason {
        CloseReason::BadPacket
    }
}

/// Walks the packets of one frame's body.
#[derive(Clone, Debug)]
pub struct Packets<'a> {
    rest: &'a [u8],
}

impl<'a> Packets<'a> {
    /// Over a whole, inflated frame body.
    #[must_use]
    pub fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }
}

impl<'a> Iterator for Packets<'a> {
    type Item = Result<Packet<'a>, PacketError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let packet = take_bytes(&mut self.rest).and_then(Packet::decode);
        if packet.is_err() {
            self.rest = &[];
        }
        Some(packet)
    }
}

impl<'a> Packet<'a> {
    /// Reads one envelope without its length. Unknown fields are skipped, of repeated ones the last wins.
    ///
    /// # Errors
    /// See [`PacketError`].
    pub fn decode(mut bytes: &'a [u8]) -> Result<Self, PacketError> {
        let mut packet = Self::default();
        while !bytes.is_empty() {
            let key = take_varint(&mut bytes)?;
            let field = key >> 3;
            if key > u64::from(u32::MAX) {
                return Err(PacketError::Field(field));
            }
            match (field, key & 7) {
                (1, 0) => {
                    let kind = take_varint(&mut bytes)?;
                    packet.kind = u32::try_from(kind).map_err(|_| PacketError::Field(1))?;
                }
                (2, 0) => packet.cseq = take_varint(&mut bytes)?,
                (3, 0) => packet.re = take_varint(&mut bytes)?,
                (4, 0) => packet.ack = take_varint(&mut bytes)?,
                (5, 2) => packet.body = take_bytes(&mut bytes)?,
                (0..=5, _) => return Err(PacketError::Field(field)),
                (_, 0) => drop(take_varint(&mut bytes)?),
                (_, 1) => skip(&mut bytes, 8)?,
                (_, 2) => drop(take_bytes(&mut bytes)?),
                (_, 5) => skip(&mut bytes, 4)?,
                _ => return Err(PacketError::Field(field)),
            }
        }
        Ok(packet)
    }

    /// Bytes of the envelope without its length.
    #[must_use]
    pub fn encoded_bytes(&self) -> usize {
        let number = |value: u64| if value == 0 { 0 } else { 1 + varint_bytes(value) };
        let body =
            if self.body.is_empty() { 0 } else { 1 + varint_bytes(self.body.len() as u64) + self.body.len() };
        number(self.kind.into()) + number(self.cseq) + number(self.re) + number(self.ack) + body
    }

    /// Appends length and envelope.
    pub fn put(&self, out: &mut Vec<u8>) {
        put_varint(out, self.encoded_bytes() as u64);
        for (field, value) in [(1, u64::from(self.kind)), (2, self.cseq), (3, self.re), (4, self.ack)] {
            put_uint(out, field, value);
        }
        put_field_bytes(out, 5, self.body);
    }

    /// Appends length and envelope of a packet whose body `fill` writes: `body_bytes` is its exact size.
    ///
    /// # Panics
    /// If `fill` writes another number of bytes: our own mistake.
    pub fn put_with(&self, body_bytes: usize, out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
        debug_assert!(self.body.is_empty());
        let field = if body_bytes == 0 { 0 } else { 1 + varint_bytes(body_bytes as u64) + body_bytes };
        put_varint(out, (self.encoded_bytes() + field) as u64);
        for (field, value) in [(1, u64::from(self.kind)), (2, self.cseq), (3, self.re), (4, self.ack)] {
            put_uint(out, field, value);
        }
        if body_bytes > 0 {
            out.push(5 << 3 | 2);
            put_varint(out, body_bytes as u64);
            let start = out.len();
            fill(out);
            assert_eq!(out.len() - start, body_bytes, "a body's announced size");
        }
    }
}

/// Bytes of a base-128 varint.
#[must_use]
pub fn varint_bytes(value: u64) -> usize {
    ((70 - (value | 1).leading_zeros() as usize) / 7).max(1)
}

/// Appends a base-128 varint.
pub fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Appends a number field unless it is zero, as proto3 does. `field` ≤ 15.
pub fn put_uint(out: &mut Vec<u8>, field: u8, value: u64) {
    if value != 0 {
        out.push(field << 3);
        put_varint(out, value);
    }
}

/// Appends a bytes field unless it is empty. `field` ≤ 15.
pub fn put_field_bytes(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    if !bytes.is_empty() {
        out.push(field << 3 | 2);
        put_varint(out, bytes.len() as u64);
        out.extend_from_slice(bytes);
    }
}

/// Takes a varint off the front.
///
/// # Errors
/// [`PacketError::Varint`].
pub fn take_varint(bytes: &mut &[u8]) -> Result<u64, PacketError> {
    let mut value = 0u64;
    for (index, &byte) in bytes.iter().enumerate().take(10) {
        let low = u64::from(byte & 0x7f);
        if index == 9 && byte > 1 {
            return Err(PacketError::Varint);
        }
        value |= low << (7 * index);
        if byte < 0x80 {
            *bytes = &bytes[index + 1..];
            return Ok(value);
        }
    }
    Err(PacketError::Varint)
}

/// Takes a length and that many bytes off the front.
///
/// # Errors
/// [`PacketError::Varint`], [`PacketError::Length`].
pub fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], PacketError> {
    let length = take_varint(bytes)?;
    let length = usize::try_from(length).map_err(|_| PacketError::Length)?;
    if length > bytes.len() {
        return Err(PacketError::Length);
    }
    let (taken, rest) = bytes.split_at(length);
    *bytes = rest;
    Ok(taken)
}

fn skip(bytes: &mut &[u8], count: usize) -> Result<(), PacketError> {
    *bytes = bytes.get(count..).ok_or(PacketError::Length)?;
    Ok(())
}
