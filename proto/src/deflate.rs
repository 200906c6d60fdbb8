//! Compression of one frame by itself, and its bounded reversal. The only user of flate2.
//!
//! A deflated body is the inflated length (u32, little-endian) and a raw deflate stream that ends
//! exactly at the body's end. Stateless, so that one encoding serves a whole audience.

#[cfg(test)]
mod tests;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::limits::DEFLATE_BYTES_MIN;

/// One compression context, about 300 KiB: one a thread, never one a connection.
#[derive(Debug)]
pub struct Deflater {
    context: Compress,
}

impl Default for Deflater {
    fn default() -> Self {
        Self { context: Compress::new(Compression::fast(), false) }
    }
}

impl Deflater {
    /// Appends `body` deflated to `out` and says true, if it is long enough and at least 10 % shorter so;
    /// else leaves `out` as it was.
    pub fn deflate(&mut self, body: &[u8], out: &mut Vec<u8>) -> bool {
        if body.len() < DEFLATE_BYTES_MIN {
            return false;
        }
        let start = out.len();
        let worth_bytes = body.len() - body.len() / 10;
        let Ok(inflated) = u32::try_from(body.len()) else {
            return false;
        };
        out.extend_from_slice(&inflated.to_le_bytes());
        // Room for any body, so that the stream always ends: the library cannot reset a context whose
        // stream was abandoned for want of room (it panics some streams later, a test shows it).
        let room_bytes = body.len() + body.len() / 7 + 64;
        out.resize(start + LENGTH_BYTES + room_bytes, 0);
        self.context.reset();
        let status = self.context.compress(body, &mut out[start + LENGTH_BYTES..], FlushCompress::Finish);
        if !matches!(status, Ok(Status::StreamEnd)) {
            *self = Self::default();
            out.truncate(start);
            return false;
        }
        let written = usize::try_from(self.context.total_out()).unwrap_or(usize::MAX);
        let is_worth_it = LENGTH_BYTES + written <= worth_bytes;
        out.truncate(if is_worth_it { start + LENGTH_BYTES + written } else { start });
        is_worth_it
    }
}

/// Why a body was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InflateError {
    /// Shorter than its own length field.
    #[error("deflated body of {0} bytes")]
    Short(usize),
    /// Declares more than is accepted; nothing was inflated.
    #[error("would inflate to {declared} bytes, at most {max}")]
    TooLarge {
        /// By the body itself.
        declared: usize,
        /// Accepted.
        max: usize,
    },
    /// Not a deflate stream, or one that ends before or after what was declared.
    #[error("deflate stream does not give what was declared")]
    Mismatch,
}

/// One decompression context, about 40 KiB: one a thread.
#[derive(Debug)]
pub struct Inflater {
    context: Decompress,
}

impl Default for Inflater {
    fn default() -> Self {
        Self { context: Decompress::new(false) }
    }
}

impl Inflater {
    /// Replaces the content of `out` by the inflated body. Never writes more than `max` bytes, whatever
    /// the stream holds.
    ///
    /// # Errors
    /// See [`InflateError`]; `out` is then empty.
    pub fn inflate(&mut self, body: &[u8], max: usize, out: &mut Vec<u8>) -> Result<(), InflateError> {
        out.clear();
        let Some((&length, stream)) = body.split_first_chunk() else {
            return Err(InflateError::Short(body.len()));
        };
        let declared = u32::from_le_bytes(length) as usize;
        if declared > max {
            return Err(InflateError::TooLarge { declared, max });
        }
        self.context.reset(false);
        out.resize(declared, 0);
        let status = self.context.decompress(stream, out, FlushDecompress::Finish);
        let exact = matches!(status, Ok(Status::StreamEnd))
            && self.context.total_in() == stream.len() as u64
            && self.context.total_out() == declared as u64;
        if exact {
            Ok(())
        } else {
            out.clear();
            Err(InflateError::Mismatch)
        }
    }
}

const LENGTH_BYTES: usize = 4;
