//! Typed encoding and decoding of messages: the only user of prost outside generated code.

use prost::Message;

use crate::{
    client, kinds,
    packet::{Packet, put_field_bytes, take_bytes, take_varint, varint_bytes},
    prescan::{Budget, PrescanError, Shaped, prescan},
};

/// Why a body was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Too costly or not protobuf.
    #[error(transparent)]
    Prescan(#[from] PrescanError),
    /// Protobuf, but not this message (a wrong wire type, invalid UTF-8).
    #[error("not a {0}")]
    Message(&'static str),
}

/// Decodes a message within a budget.
///
/// # Errors
/// See [`DecodeError`]. The text never repeats what the sender wrote.
pub fn decode<M: Message + Default + Shaped>(bytes: &[u8], budget: Budget) -> Result<M, DecodeError> {
    prescan(bytes, M::SHAPE, budget)?;
    M::decode(bytes).map_err(|_| DecodeError::Message(M::SHAPE.name))
}

/// A message of a game's own schema, as its author's build makes it with prost; every message is one. Those of
/// Ding's own schema are decoded with [`decode`], which bounds what that costs: here it is bounded by the frame in which
/// the bytes came, so it is for what a server says to its clients.
pub trait Typed: Sized {
    /// Encoded.
    fn to_body(&self) -> Vec<u8>;

    /// Decoded.
    ///
    /// # Errors
    /// [`DecodeError::Message`].
    fn from_body(body: &[u8]) -> Result<Self, DecodeError>;
}

impl<M: Message + Default> Typed for M {
    fn to_body(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    fn from_body(body: &[u8]) -> Result<Self, DecodeError> {
        M::decode(body).map_err(|_| DecodeError::Message(std::any::type_name::<M>()))
    }
}

/// Encodes a message.
pub fn encode<M: Message>(message: &M) -> Vec<u8> {
    message.encode_to_vec()
}

/// Bytes that it takes.
pub fn encoded_len<M: Message>(message: &M) -> usize {
    message.encoded_len()
}

/// Appends a packet with this message as its body; `head.body` must be empty.
pub fn put<M: Message>(out: &mut Vec<u8>, head: Packet<'_>, message: &M) {
    head.put_with(message.encoded_len(), out, |out| {
        message.encode_raw(out);
    });
}

/// Appends an OK answer with raw bytes as its result, without building an [`client::Answer`].
pub fn put_answer_ok(out: &mut Vec<u8>, re: u64, result: &[u8]) {
    let bytes = if result.is_empty() { 0 } else { 1 + varint_bytes(result.len() as u64) + result.len() };
    Packet { kind: kinds::ANSWER, re, ..Packet::default() }
        .put_with(bytes, out, |out| put_field_bytes(out, 4, result));
}

/// Appends an answer that says no.
pub fn put_answer_no(out: &mut Vec<u8>, re: u64, status: client::Status, error: &str, retry_after_ms: u32) {
    let answer = client::Answer {
        status: status.into(),
        error: error.to_owned(),
        retry_after_ms,
        ..Default::default()
    };
    put(out, Packet { kind: kinds::ANSWER, re, ..Packet::default() }, &answer);
}

/// An answer read in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AnswerRef<'a> {
    /// `client::Status` as a number.
    pub status: u64,
    /// The result's bytes.
    pub result: &'a [u8],
    /// The error code's bytes, UTF-8 if the server is ours.
    pub error: &'a [u8],
    /// Milliseconds.
    pub retry_after_ms: u64,
}

impl<'a> AnswerRef<'a> {
    /// Reads the body of an `ANSWER` packet without copying its result.
    ///
    /// # Errors
    /// [`DecodeError::Message`].
    pub fn decode(body: &'a [u8]) -> Result<Self, DecodeError> {
        read_answer(body).ok_or(DecodeError::Message("Answer"))
    }
}

fn read_answer(mut bytes: &[u8]) -> Option<AnswerRef<'_>> {
    let mut answer = AnswerRef::default();
    while !bytes.is_empty() {
        match take_varint(&mut bytes).ok()? {
            0x08 => answer.status = take_varint(&mut bytes).ok()?,
            0x12 => answer.error = take_bytes(&mut bytes).ok()?,
            0x18 => answer.retry_after_ms = take_varint(&mut bytes).ok()?,
            0x22 => answer.result = take_bytes(&mut bytes).ok()?,
            _ => return None,
        }
    }
    Some(answer)
}

/// Appends a `Close` packet.
pub fn put_close(out: &mut Vec<u8>, reason: crate::close::CloseReason, retry_after_ms: u32) {
    let close = client::Close { code: reason as u32, name: reason.name().to_owned(), retry_after_ms };
    put(out, Packet { kind: kinds::CLOSE, ..Packet::default() }, &close);
}

/// Appends a signal or an uncounted packet with a number for its body (ping, pong).
pub fn put_plain(out: &mut Vec<u8>, kind: u32, body: &[u8]) {
    Packet { kind, body, ..Packet::default() }.put(out);
}
