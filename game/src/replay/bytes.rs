//! A replay as a file: the message as it is encoded, deflated behind a mark where that makes it shorter.

use proto::{
    deflate::{Deflater, InflateError, Inflater},
    prescan::Budget,
    room::{Entry, Input, Replay, State},
    wire::{self, DecodeError},
};

use crate::logic::rooms::packed::Packer;

/// As a file.
#[must_use]
pub fn to_bytes(replay: &Replay) -> Vec<u8> {
    let plain = wire::encode(replay);
    let mut file = MAGIC.to_vec();
    if Deflater::default().deflate(&plain, &mut file) { file } else { plain }
}

/// From a file.
///
/// # Errors
/// See [`Unreadable`].
pub fn from_bytes(file: &[u8]) -> Result<Replay, Unreadable> {
    let mut inflated = Vec::new();
    let plain = match file.strip_prefix(MAGIC) {
        None => file,
        Some(body) => {
            Inflater::default().inflate(body, FILE_BYTES_MAX, &mut inflated)?;
            &inflated
        }
    };
    if FILE_BYTES_MAX < plain.len() {
        return Err(Unreadable::TooLarge(plain.len()));
    }
    Ok(wire::decode(plain, BUDGET)?)
}

/// What a match heard, of the parts in which it is stored, in their order.
///
/// # Errors
/// See [`Unreadable`].
pub fn inputs<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Result<Vec<Input>, Unreadable> {
    let (mut packer, mut inputs, mut bytes) = (Packer::default(), Vec::new(), 0);
    for chunk in chunks {
        let plain = packer.unpack(chunk, FILE_BYTES_MAX).ok_or(Unreadable::Packed)?;
        bytes += plain.len();
        if FILE_BYTES_MAX < bytes {
            return Err(Unreadable::TooLarge(bytes));
        }
        inputs.extend(wire::decode::<Entry>(&plain, BUDGET)?.inputs);
    }
    Ok(inputs)
}

/// A saved state, as a message or as it is stored.
pub(super) fn state(bytes: &[u8]) -> Result<State, Unreadable> {
    // No message begins with field 0, as what is stored does.
    let packed = bytes.first().is_some_and(|first| *first < 8);
    if !packed {
        return Ok(wire::decode(bytes, BUDGET)?);
    }
    let plain = Packer::default().unpack(bytes, FILE_BYTES_MAX).ok_or(Unreadable::Packed)?;
    Ok(wire::decode(&plain, BUDGET)?)
}

/// Why a file is no replay.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Larger than [`FILE_BYTES_MAX`].
    #[error("{0} bytes, at most {FILE_BYTES_MAX} are read")]
    TooLarge(usize),
    /// Behind the mark.
    #[error(transparent)]
    Inflate(#[from] InflateError),
    /// Neither plain nor deflated, or too large.
    #[error("a stored part cannot be unpacked")]
    Packed,
    /// Not the message.
    #[error(transparent)]
    Message(#[from] DecodeError),
}

/// Of a replay, inflated: a million inputs of a hundred bytes and more.
pub const FILE_BYTES_MAX: usize = 128 * 1024 * 1024;

/// No message begins so: it would be field 8 of a wire type that there is not.
const MAGIC: &[u8; 8] = b"DINGRPL1";
/// For what we wrote ourselves.
const BUDGET: Budget = Budget { depth: 8, fields: 1 << 26, repeated: 1 << 21 };
