//! Where a client frame ends. Header: 4 bytes little-endian; bits 0–23 body length, bit 24 deflated,
//! bits 25–26 lane, the rest zero. "Need more" is not an error. Knows no packets and no sockets.

#[cfg(test)]
mod tests;

use crate::{close::CloseReason, kinds::Lane, limits::FRAME_HEADER_BYTES};

/// A frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bytes of body that follow, 1 to 2²⁴ − 1.
    pub body_bytes: usize,
    /// The body is `u32 LE inflated length` and raw deflate.
    pub deflated: bool,
    /// See [`Lane`].
    pub lane: Lane,
}

/// A header that ends the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The reserved bits are not zero.
    #[error("reserved bits {0:#04x} in a frame header")]
    ReservedBits(u8),
    /// A frame of nothing.
    #[error("empty frame")]
    Empty,
    /// Longer than this side accepts; refused before any byte of it is stored.
    #[error("frame of {body_bytes} bytes, at most {max}")]
    TooLarge {
        /// Declared.
        body_bytes: usize,
        /// Accepted.
        max: usize,
    },
}

impl FrameError {
    /// The name under which the connection is closed.
    #[must_use]
    pub fn reason(self) -> CloseReason {
        match self {
            Self::ReservedBits(_) | Self::Empty => CloseReason::BadFrame,
            Self::TooLarge { .. } => CloseReason::FrameTooLarge,
        }
    }
}

impl Header {
    /// The four bytes.
    ///
    /// # Panics
    /// If the body is empty or longer than 24 bits tell: our own mistake.
    #[must_use]
    pub fn encode(self) -> [u8; FRAME_HEADER_BYTES] {
        let length = u32::try_from(self.body_bytes).unwrap_or(u32::MAX);
        assert!(length > 0 && length < 1 << 24, "a frame of {length} bytes");
        let bits = length | u32::from(self.deflated) << 24 | (self.lane as u32) << 25;
        bits.to_le_bytes()
    }

    /// Reads four bytes; `max` bounds the body.
    ///
    /// # Errors
    /// See [`FrameError`].
    pub fn decode(bytes: [u8; FRAME_HEADER_BYTES], max: usize) -> Result<Self, FrameError> {
        let bits = u32::from_le_bytes(bytes);
        let flags = bytes[3];
        if flags & !0b111 != 0 {
            return Err(FrameError::ReservedBits(flags));
        }
        let body_bytes = (bits & 0x00ff_ffff) as usize;
        if body_bytes == 0 {
            return Err(FrameError::Empty);
        }
        if body_bytes > max {
            return Err(FrameError::TooLarge { body_bytes, max });
        }
        Ok(Self { body_bytes, deflated: flags & 1 != 0, lane: Lane::from_bits(flags >> 1) })
    }
}

/// Appends a whole frame.
pub fn put_frame(out: &mut Vec<u8>, lane: Lane, deflated: bool, body: &[u8]) {
    out.extend_from_slice(&Header { body_bytes: body.len(), deflated, lane }.encode());
    out.extend_from_slice(body);
}

/// Cuts a byte stream into frames. Holds memory only while a frame is partial: whole frames are handed
/// out as slices of the input.
#[derive(Debug, Default)]
pub struct FrameBuf {
    /// The beginning of one frame, header included; empty between frames.
    partial: Vec<u8>,
}

impl FrameBuf {
    /// Bytes kept of an unfinished frame.
    #[must_use]
    pub fn partial_bytes(&self) -> usize {
        self.partial.len()
    }

    /// Takes bytes as they came and calls `on_frame` for each whole frame, in order; the rest is kept.
    /// `max` bounds each body and may change between calls (a handshake has a smaller one).
    ///
    /// # Errors
    /// The first bad header, or what `on_frame` returns; after either the stream has no meaning and the
    /// buffer must be dropped.
    pub fn feed<E: From<FrameError>>(
        &mut self,
        mut input: &[u8],
        max: usize,
        mut on_frame: impl FnMut(Header, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        while !input.is_empty() {
            input = self.feed_one(input, max, &mut on_frame)?;
        }
        Ok(())
    }

    /// As [`FrameBuf::feed`], but stops after one whole frame and returns the bytes after it, so that
    /// a caller can change `max`, or stop, between two frames of one read.
    ///
    /// # Errors
    /// As [`FrameBuf::feed`].
    pub fn feed_one<'a, E: From<FrameError>>(
        &mut self,
        input: &'a [u8],
        max: usize,
        on_frame: impl FnOnce(Header, &[u8]) -> Result<(), E>,
    ) -> Result<&'a [u8], E> {
        if input.is_empty() {
            return Ok(input);
        }
        let rest = if self.partial.is_empty() {
            let Some((header, body, rest)) = split(input, max)? else {
                self.partial.extend_from_slice(input);
                self.check(max);
                return Ok(&[]);
            };
            on_frame(header, body)?;
            rest
        } else {
            let rest = self.complete(input, max)?;
            let Some((header, body, _)) = split(&self.partial, max)? else {
                debug_assert!(rest.is_empty());
                return Ok(rest);
            };
            on_frame(header, body)?;
            self.partial.clear();
            // An idle connection keeps no buffer.
            self.partial.shrink_to(0);
            rest
        };
        self.check(max);
        Ok(rest)
    }

    /// Moves from `input` what the partial frame still lacks; returns what is left.
    fn complete<'a>(&mut self, mut input: &'a [u8], max: usize) -> Result<&'a [u8], FrameError> {
        if self.partial.len() < FRAME_HEADER_BYTES {
            input = self.take(input, FRAME_HEADER_BYTES);
        }
        if let Some(&header) = self.partial.first_chunk() {
            let header = Header::decode(header, max)?;
            input = self.take(input, FRAME_HEADER_BYTES + header.body_bytes);
        }
        Ok(input)
    }

    fn take<'a>(&mut self, input: &'a [u8], until: usize) -> &'a [u8] {
        let wanted = until.saturating_sub(self.partial.len()).min(input.len());
        let (taken, rest) = input.split_at(wanted);
        self.partial.extend_from_slice(taken);
        rest
    }

    fn check(&self, max: usize) {
        assert!(self.partial.len() < FRAME_HEADER_BYTES + max);
    }
}

type Split<'a> = Option<(Header, &'a [u8], &'a [u8])>;

/// The first whole frame of `input` and what follows it; nothing if it is not whole yet.
fn split(input: &[u8], max: usize) -> Result<Split<'_>, FrameError> {
    let Some((&header, rest)) = input.split_first_chunk() else {
        return Ok(None);
    };
    let header = Header::decode(header, max)?;
    if rest.len() < header.body_bytes {
        return Ok(None);
    }
    let (body, rest) = rest.split_at(header.body_bytes);
    Ok(Some((header, body, rest)))
}
