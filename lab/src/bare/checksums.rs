//! The bare scan: all files of a folder from their first byte to their last, with a CRC-32C of each piece and a hash of
//! its first bytes, and no idea of what they mean.

use std::{fs::File, io::Read as _, path::Path, path::PathBuf};

use crate::{clock, error::Error};

/// A folder's files, by name, and the piece in which they are summed.
pub struct Checksums {
    files: Vec<PathBuf>,
    piece: usize,
    buffer: Vec<u8>,
    /// Of everything, so that nothing of it can be left out.
    sum: u32,
}

impl Checksums {
    /// # Errors
    /// [`Error::Io`].
    pub fn of(folder: &Path, piece: usize) -> Result<Self, Error> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(Error::io("listing the journal"))? {
            files.push(entry.map_err(Error::io("listing the journal"))?.path());
        }
        files.sort();
        let pieces = (BUFFER_BYTES / piece).max(1);
        Ok(Self { files, piece, buffer: vec![0; pieces * piece], sum: 0 })
    }

    /// Megabytes a second.
    ///
    /// # Errors
    /// [`Error::Io`].
    #[expect(clippy::cast_precision_loss, reason = "a journal's bytes are far below 2⁵²")]
    pub fn read(&mut self) -> Result<f64, Error> {
        let began = clock::now();
        let mut bytes = 0;
        for path in &self.files {
            let mut file = File::open(path).map_err(Error::io("opening a segment"))?;
            loop {
                let filled = file.read(&mut self.buffer).map_err(Error::io("reading a segment"))?;
                if filled == 0 {
                    break;
                }
                for piece in self.buffer[..filled].chunks(self.piece) {
                    let head = &piece[..piece.len().min(HASHED_BYTES)];
                    let hash = blake3::hash(head);
                    self.sum = crc32c::crc32c_append(self.sum ^ u32::from(hash.as_bytes()[0]), piece);
                }
                bytes += filled;
            }
        }
        Ok(bytes as f64 / 1e6 / began.elapsed().as_secs_f64().max(f64::MIN_POSITIVE))
    }

    /// Of all that was read so far.
    #[must_use]
    pub fn sum(&self) -> u32 {
        self.sum
    }
}

/// Read at once, about.
const BUFFER_BYTES: usize = 256 * 1024;
/// Of each piece, as of a turn of the journal.
const HASHED_BYTES: usize = 72;
