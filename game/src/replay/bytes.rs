//! A replay as a file: the message as it is encoded, deflated behind a mark where that makes it shorter.

use proto::{
    deflate::{Deflater, InflateError, Inflater},
    prescan::Budget,
    room::Replay,
    wire::{self, DecodeError},
};

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

/// Why a file is no replay.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Larger than [`FILE_BYTES_MAX`].
    #[error("{0} bytes, at most {FILE_BYTES_MAX} are read")]
    TooLarge(usize),
    /// Behind the mark.
    #[error(transparent)]
    Inflate(#[from] InflateError),
    /// Not the message.
    #[error(transparent)]
    Message(#[from] DecodeError),
}

/// Of a replay, inflated: a million inputs of a hundred bytes and more.
pub const FILE_BYTES_MAX: usize = 128 * 1024 * 1024;

/// No message begins so: it would be field 8 of a wire type that there is not.
const MAGIC: &[u8; 8] = b"DINGRPL1";
/// For what we wrote ourselves.
pub(super) const BUDGET: Budget = Budget { depth: 8, fields: 1 << 26, repeated: 1 << 21 };
