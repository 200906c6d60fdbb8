//! What the journal asks of a disk, and what a disk owes it. Knows no paths and no operating system:
//! `driver/files.rs` is the real one, [`super::model_disk`] the one that forgets and fails on request.

use std::io;

/// A flat folder of files.
///
/// The list of operations is complete (reliability J7): the journal reaches storage through nothing else, so a
/// simulated disk that gets these ten right is a complete one.
///
/// Obligations of every implementation:
/// - Reads see all earlier writes of this process, synced or not.
/// - After [`sync`](Disk::sync) returned `Ok`, every byte written to that file before the call, and its length,
///   survives a loss of power. After it returned `Err` nothing is known about those bytes, and a later `Ok` says
///   nothing about them either.
/// - A file's name survives only after [`sync_dir`](Disk::sync_dir) returned `Ok`; so does its absence after an
///   unlink. After a rename and before that, a crash may leave the old name, the new one, both or neither.
/// - Two operations on different names never disturb each other.
pub trait Disk {
    /// All names in the folder, in any order.
    ///
    /// # Errors
    /// Whatever the folder answers.
    fn list(&mut self) -> io::Result<Vec<String>>;

    /// Makes an empty file.
    ///
    /// # Errors
    /// `AlreadyExists` if the name is taken, `StorageFull` without space.
    fn create(&mut self, name: &str) -> io::Result<()>;

    /// Writes at `offset`, growing the file where needed (bytes in between read as zero), and says how many bytes
    /// it took: fewer than given is normal, 0 is not.
    ///
    /// # Errors
    /// `StorageFull` without space; anything else leaves the bytes in an unknown state.
    fn write_at(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<usize>;

    /// Makes everything written to the file durable.
    ///
    /// # Errors
    /// Any error means that the bytes may be gone although they can still be read.
    fn sync(&mut self, name: &str) -> io::Result<()>;

    /// Makes creates, renames and unlinks durable.
    ///
    /// # Errors
    /// Any error means that none of them is known to be.
    fn sync_dir(&mut self) -> io::Result<()>;

    /// Reads at `offset` and says how many bytes it filled; 0 only at the end of the file.
    ///
    /// # Errors
    /// `NotFound`, or what the device answers.
    fn read_at(&mut self, name: &str, offset: u64, bytes: &mut [u8]) -> io::Result<usize>;

    /// Bytes in the file.
    ///
    /// # Errors
    /// `NotFound`, or what the device answers.
    fn len(&mut self, name: &str) -> io::Result<u64>;

    /// Cuts the file to `bytes`.
    ///
    /// # Errors
    /// `NotFound`, or what the device answers.
    fn truncate(&mut self, name: &str, bytes: u64) -> io::Result<()>;

    /// Removes the file.
    ///
    /// # Errors
    /// `NotFound`, or what the folder answers.
    fn unlink(&mut self, name: &str) -> io::Result<()>;

    /// Gives the file another name. Never in the commit path (J1).
    ///
    /// # Errors
    /// `NotFound`, `AlreadyExists` if `to` is taken, or what the folder answers.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
}

impl<D: Disk> Disk for &mut D {
    fn list(&mut self) -> io::Result<Vec<String>> {
        (**self).list()
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        (**self).create(name)
    }

    fn write_at(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        (**self).write_at(name, offset, bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        (**self).sync(name)
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        (**self).sync_dir()
    }

    fn read_at(&mut self, name: &str, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(name, offset, bytes)
    }

    fn len(&mut self, name: &str) -> io::Result<u64> {
        (**self).len(name)
    }

    fn truncate(&mut self, name: &str, bytes: u64) -> io::Result<()> {
        (**self).truncate(name, bytes)
    }

    fn unlink(&mut self, name: &str) -> io::Result<()> {
        (**self).unlink(name)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        (**self).rename(from, to)
    }
}

/// Fills `bytes` from `offset` as far as the file goes; says how many it filled.
///
/// # Errors
/// See [`Disk::read_at`].
pub fn read_full<D: Disk>(disk: &mut D, name: &str, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match disk.read_at(name, offset + filled as u64, &mut bytes[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Writes all of `bytes`, however short the single writes are.
///
/// # Errors
/// The first error that is not an interruption; then any prefix may have been written. `WriteZero` from a disk
/// that takes nothing.
pub fn write_full<D: Disk>(disk: &mut D, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
    let mut written = 0;
    while written < bytes.len() {
        match disk.write_at(name, offset + written as u64, &bytes[written..]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(taken) => written += taken,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
