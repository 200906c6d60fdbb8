//! A disk in memory that forgets what was not synced and fails on request, for the tests of everything that
//! stands on [`Disk`]. Pure: the same seed gives the same loss.
//!
//! It is as mean as [`Disk`]'s obligations allow: without a sync any subset of sectors may survive, names live
//! and die apart from their files, and bytes whose sync failed stay readable and are never made durable by a later
//! sync (they were marked clean).

mod fault;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, io};

use self::fault::Met;
pub use self::fault::{Fault, FaultKind, Random};
use super::disk::Disk;

/// What a write that survives only in part is cut at.
pub const SECTOR_BYTES: usize = 512;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct ModelDisk {
    files: BTreeMap<u64, File>,
    /// Name to file, as this process sees it.
    names: BTreeMap<String, u64>,
    /// Name to file, as it would be found after a loss of power.
    names_synced: BTreeMap<String, u64>,
    /// Names created (`Some`) or unlinked since; a rename is one of each, and a loss may take either.
    names_pending: Vec<(String, Option<u64>)>,
    files_made: u64,
    calls: u64,
    faults: Vec<Fault>,
    dead: bool,
    /// Bytes of all files together, at most; `None`: no bound.
    capacity: Option<u64>,
}

#[derive(Clone, Debug, Default)]
struct File {
    seen: Vec<u8>,
    synced: Vec<u8>,
    pending: Vec<Change>,
    /// Changes whose sync failed.
    doomed: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => {
                if content.len() < offset + bytes.len() {
                    set_length(content, offset + bytes.len());
                }
                content[*offset..offset + bytes.len()].copy_from_slice(bytes);
            }
            Self::Truncate(length) => set_length(content, *length),
        }
    }

    /// What of it reached the platter.
    fn apply_some(&self, content: &mut Vec<u8>, mut keep: impl FnMut() -> bool) {
        match self {
            Self::Write { offset, bytes } => {
                for (offset, sector) in sectors(*offset, bytes) {
                    if keep() {
                        Self::Write { offset, bytes: sector.to_vec() }.apply(content);
                    }
                }
            }
            Self::Truncate(_) => {
                if keep() {
                    self.apply(content);
                }
            }
        }
    }

    /// In how many pieces it may be torn.
    fn pieces(&self) -> usize {
        match self {
            Self::Write { offset, bytes } => sectors(*offset, bytes).count(),
            Self::Truncate(_) => 1,
        }
    }
}

/// Many times as fast as `resize` where nothing is optimized, as in tests.
fn set_length(content: &mut Vec<u8>, length: usize) {
    content.truncate(length);
    let missing = length - content.len();
    content.extend_from_slice(&vec![0; missing]);
}

/// What of `bytes`, written at `offset`, lies in each sector of the file.
fn sectors(offset: usize, bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let head = bytes.len().min((SECTOR_BYTES - offset % SECTOR_BYTES) % SECTOR_BYTES);
    let (head, rest) = bytes.split_at(head);
    let begins = offset + head.len();
    let rest = rest.chunks(SECTOR_BYTES).enumerate();
    std::iter::once((offset, head))
        .filter(|(_, head)| !head.is_empty())
        .chain(rest.map(move |(index, sector)| (begins + index * SECTOR_BYTES, sector)))
}

impl ModelDisk {
    /// An empty disk without faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault; calls count from 1.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// The next changing call goes wrong, before any fault that was planned for it.
    pub fn fail_next(&mut self, kind: FaultKind) {
        self.faults.retain(|fault| self.calls < fault.at_call || fault.for_ever);
        self.faults.insert(0, Fault { at_call: self.calls + 1, for_ever: false, kind });
    }

    /// Bounds the bytes of all files together.
    #[must_use]
    pub fn with_capacity(mut self, bytes: u64) -> Self {
        self.capacity = Some(bytes);
        self
    }

    /// Changes the bound, as someone who deletes other files would.
    pub fn set_capacity(&mut self, bytes: Option<u64>) {
        self.capacity = bytes;
    }

    /// Changing calls so far: create, write, sync, sync of the folder, truncate, unlink, rename.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// Whether a `Crash` fault has ended this process.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.dead
    }

    /// The process ended (`kill -9`): the next one sees everything that was written. Faults and count start anew.
    #[must_use]
    pub fn after_kill(&self) -> Self {
        Self { faults: Vec::new(), calls: 0, dead: false, ..self.clone() }
    }

    /// The power was lost: of what was not synced, `seed` chooses what survived. Seed 0 keeps nothing of it.
    #[must_use]
    pub fn after_power_loss(&self, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut names = self.names_synced.clone();
        for (name, file) in &self.names_pending {
            if seed == 0 || !random.coin() {
                continue;
            }
            match file {
                Some(file) => names.insert(name.clone(), *file),
                None => names.remove(name),
            };
        }
        let mut files = BTreeMap::new();
        for (id, file) in &self.files {
            let mut content = file.synced.clone();
            if seed != 0 {
                for change in file.doomed.iter().chain(&file.pending) {
                    change.apply_some(&mut content, || random.coin());
                }
            }
            files.insert(*id, File { seen: content.clone(), synced: content, ..File::default() });
        }
        files.retain(|id, _| names.values().any(|kept| kept == id));
        let names_synced = names.clone();
        Self {
            files,
            names,
            names_synced,
            files_made: self.files_made,
            capacity: self.capacity,
            ..Self::default()
        }
    }

    /// Into how many pieces a loss of power may tear what the file's unsynced writes hold.
    #[must_use]
    pub fn unsynced_pieces(&self, name: &str) -> usize {
        let file = self.names.get(name).and_then(|id| self.files.get(id));
        file.map_or(0, |file| file.pending.iter().map(Change::pieces).sum())
    }

    /// The power was lost, and of the file's unsynced writes exactly the pieces survive whose bit is set; nothing
    /// else that was not synced.
    #[must_use]
    pub fn after_torn_write(&self, name: &str, pieces: u64) -> Self {
        let mut left = self.after_power_loss(0);
        let pending = self.names.get(name).and_then(|id| self.files.get(id)).map(|file| &file.pending);
        if let (Some(pending), Ok(file)) = (pending, left.file(name)) {
            let mut bits = (0..u64::BITS).map(|bit| pieces >> bit & 1 == 1);
            for change in pending {
                change.apply_some(&mut file.seen, || bits.next().unwrap_or(false));
            }
            file.synced.clone_from(&file.seen);
        }
        left
    }

    /// A file's bytes, for tests that damage them.
    #[must_use]
    pub fn content(&self, name: &str) -> Option<&[u8]> {
        Some(&self.files.get(self.names.get(name)?)?.seen)
    }

    /// Replaces or makes a file, durable at once, as someone else than the process under test.
    pub fn plant(&mut self, name: &str, bytes: &[u8]) {
        self.files_made += 1;
        let file = File { seen: bytes.to_vec(), synced: bytes.to_vec(), ..File::default() };
        self.files.insert(self.files_made, file);
        self.names.insert(name.to_owned(), self.files_made);
        self.names_synced.insert(name.to_owned(), self.files_made);
    }

    /// Takes a file away, durable at once.
    pub fn remove(&mut self, name: &str) {
        self.names.remove(name);
        self.names_synced.remove(name);
    }

    /// Flips one bit of a file, in what is seen and what is durable.
    pub fn flip(&mut self, name: &str, bit: usize) {
        if let Some(file) = self.names.get(name).and_then(|id| self.files.get_mut(id)) {
            for content in [&mut file.seen, &mut file.synced] {
                if let Some(byte) = content.get_mut(bit / 8) {
                    *byte ^= 1 << (bit % 8);
                }
            }
        }
    }

    /// All names with their bytes, as this process sees them.
    #[must_use]
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let content = |id: &u64| self.files.get(id).map(|file| file.seen.clone()).unwrap_or_default();
        self.names.iter().map(|(name, id)| (name.clone(), content(id))).collect()
    }

    fn used(&self) -> u64 {
        self.names.values().filter_map(|id| self.files.get(id)).map(|file| file.seen.len() as u64).sum()
    }

    fn file(&mut self, name: &str) -> io::Result<&mut File> {
        let id = self.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        self.files.get_mut(id).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Counts a changing call and says what is wrong with it.
    fn meet(&mut self) -> Met {
        self.calls += 1;
        let met = fault::meet(&self.faults, self.calls, self.dead);
        self.dead |= met == Met::Crash;
        met
    }

    fn space_for(&self, name: &str, offset: usize, bytes: usize) -> usize {
        let Some(capacity) = self.capacity else { return bytes };
        let length = self.names.get(name).and_then(|id| self.files.get(id)).map_or(0, |file| file.seen.len());
        let free = usize::try_from(capacity.saturating_sub(self.used())).unwrap_or(usize::MAX);
        // What lies inside the file has its space already.
        bytes.min((length + free).saturating_sub(offset))
    }
}

impl Disk for ModelDisk {
    fn list(&mut self) -> io::Result<Vec<String>> {
        self.alive()?;
        Ok(self.names.keys().cloned().collect())
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        self.meet().before()?;
        if self.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if self.capacity.is_some_and(|capacity| self.used() >= capacity) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.files_made += 1;
        self.files.insert(self.files_made, File::default());
        self.names.insert(name.to_owned(), self.files_made);
        self.names_pending.push((name.to_owned(), Some(self.files_made)));
        Ok(())
    }

    fn write_at(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let met = self.meet();
        let offset = usize::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput)?;
        // A write that a crash or an error cuts short may have reached the file in part.
        let wanted = match met {
            Met::Nothing | Met::Lost | Met::Misdirected(_) => bytes.len(),
            Met::Short(limit) => bytes.len().min(limit),
            Met::Crash | Met::Io => bytes.len() / 2,
            Met::Dead | Met::Full | Met::Interrupted => 0,
        };
        let taken = self.space_for(name, offset, wanted);
        let file = self.file(name)?;
        if taken > 0 {
            let change = Change::Write { offset, bytes: bytes[..taken].to_vec() };
            change.apply(&mut file.seen);
            match met {
                Met::Lost => {}
                Met::Misdirected(away) => {
                    file.pending
                        .push(Change::Write { offset: offset + away, bytes: bytes[..taken].to_vec() });
                }
                _ => file.pending.push(change),
            }
        }
        met.before()?;
        if taken == 0 && !bytes.is_empty() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let met = self.meet();
        let file = self.file(name)?;
        match met {
            Met::Nothing | Met::Short(_) | Met::Lost | Met::Misdirected(_) => {
                for change in file.pending.drain(..) {
                    change.apply(&mut file.synced);
                }
            }
            Met::Io | Met::Full => {
                let pending = std::mem::take(&mut file.pending);
                file.doomed.extend(pending);
            }
            Met::Crash | Met::Dead | Met::Interrupted => {}
        }
        met.before()
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        self.meet().before()?;
        self.names_pending.clear();
        self.names_synced = self.names.clone();
        Ok(())
    }

    fn read_at(&mut self, name: &str, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.alive()?;
        let content = &self.file(name)?.seen;
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
        let read = bytes.len().min(content.len() - from);
        bytes[..read].copy_from_slice(&content[from..from + read]);
        Ok(read)
    }

    fn len(&mut self, name: &str) -> io::Result<u64> {
        self.alive()?;
        Ok(self.file(name)?.seen.len() as u64)
    }

    fn truncate(&mut self, name: &str, bytes: u64) -> io::Result<()> {
        self.meet().before()?;
        let length = usize::try_from(bytes).map_err(|_| io::ErrorKind::InvalidInput)?;
        let file = self.file(name)?;
        set_length(&mut file.seen, length);
        file.pending.push(Change::Truncate(length));
        Ok(())
    }

    fn unlink(&mut self, name: &str) -> io::Result<()> {
        self.meet().before()?;
        self.names.remove(name).ok_or(io::ErrorKind::NotFound)?;
        self.names_pending.push((name.to_owned(), None));
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.meet().before()?;
        if self.names.contains_key(to) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = self.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        self.names.insert(to.to_owned(), file);
        self.names_pending.push((to.to_owned(), Some(file)));
        self.names_pending.push((from.to_owned(), None));
        Ok(())
    }
}

impl ModelDisk {
    fn alive(&self) -> io::Result<()> {
        if self.dead { Met::Dead.before() } else { Ok(()) }
    }
}
