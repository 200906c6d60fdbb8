//! The bare journal: groups of records, one positioned write and one `fdatasync` each, in place in a
//! file that was written once before.

use std::{fs::File, os::unix::fs::FileExt, path::Path};

use crate::error::Error;

/// A preallocated file and the next place in it.
pub struct Disk {
    file: File,
    bytes: u64,
    at: u64,
    group: Vec<u8>,
}

impl Disk {
    /// Writes `bytes` zeros to a new file and syncs them.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn preallocate(path: &Path, bytes: u64) -> Result<Self, Error> {
        let file = File::create_new(path).map_err(Error::io("creating the reference journal"))?;
        let zeros = vec![0; CHUNK_BYTES];
        let mut at = 0;
        while at < bytes {
            let chunk = usize::try_from(bytes - at).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES));
            file.write_all_at(&zeros[..chunk], at).map_err(Error::io("filling the reference journal"))?;
            at += chunk as u64;
        }
        file.sync_all().map_err(Error::io("syncing the reference journal"))?;
        Ok(Self { file, bytes, at: 0, group: Vec::new() })
    }

    /// Makes `count` copies of `record` durable at once.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn append(&mut self, record: &[u8], count: usize) -> Result<(), Error> {
        self.group.clear();
        for _ in 0..count {
            self.group.extend_from_slice(record);
        }
        let group = self.group.len() as u64;
        if self.bytes < self.at + group {
            self.at = 0;
        }
        self.file.write_all_at(&self.group, self.at).map_err(Error::io("writing the reference journal"))?;
        self.file.sync_data().map_err(Error::io("syncing the reference journal"))?;
        self.at += group;
        Ok(())
    }
}

const CHUNK_BYTES: usize = 1024 * 1024;
