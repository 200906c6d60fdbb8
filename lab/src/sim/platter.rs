//! The disk under the journal: the model that dbfront's own tests use, with faults drawn for each call. One disk,
//! two users: whoever writes the journal and whoever reads it.

use std::{cell::RefCell, io, rc::Rc};

use dbfront::logic::{
    disk::Disk,
    model_disk::{self, ModelDisk, SECTOR_BYTES},
};

use super::{
    fault::{FaultKind, Faults},
    lie::Lie,
};

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Platter(Rc<RefCell<State>>);

#[derive(Debug)]
struct State {
    disk: ModelDisk,
    faults: Faults,
    lie: Option<Lie>,
    /// The crash inside a call was one of the whole machine.
    is_power_lost: bool,
}

impl Platter {
    pub(super) fn new(faults: Faults, lie: Option<Lie>) -> Self {
        Self(Rc::new(RefCell::new(State { disk: ModelDisk::new(), faults, lie, is_power_lost: false })))
    }

    /// The process ended inside a call: nothing of it runs any more. Says whether its machine went with it.
    pub(super) fn died(&self) -> Option<bool> {
        let state = self.0.borrow();
        state.disk.is_dead().then_some(state.is_power_lost)
    }

    /// The process is started again on what is there.
    pub(super) fn after_kill(&self) {
        let mut state = self.0.borrow_mut();
        state.disk = state.disk.after_kill();
    }

    /// The same after a loss of power; `seed` chooses what survived of what was not synced.
    pub(super) fn after_power_loss(&self, seed: u64) {
        let mut state = self.0.borrow_mut();
        let names: Vec<String> = state.disk.files().into_iter().map(|(name, _)| name).collect();
        if seed != 0 && names.iter().any(|name| 1 < state.disk.unsynced_pieces(name)) {
            state.faults.count(FaultKind::DiskTorn);
        }
        state.disk = state.disk.after_power_loss(seed);
        state.is_power_lost = false;
    }

    /// One bit of what was written turns over; says where.
    pub(super) fn rot(&self) -> Option<(String, usize)> {
        let mut state = self.0.borrow_mut();
        let files = state.disk.files();
        let at = usize::try_from(state.faults.below(files.len() as u64)).ok()?;
        let (name, bytes) = files.into_iter().nth(at)?;
        let end = bytes.iter().rposition(|byte| *byte != 0)? + 1;
        let bit = usize::try_from(state.faults.below(end as u64 * 8)).ok()?;
        state.disk.flip(&name, bit);
        Some((name, bit))
    }

    /// Of a lie: takes the last bytes of the newest segment away.
    pub(super) fn cut_tail(&self) {
        let mut state = self.0.borrow_mut();
        let Some((name, mut bytes)) =
            state.disk.files().into_iter().rfind(|(name, _)| name.ends_with(".seg"))
        else {
            return;
        };
        let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let from = end.saturating_sub(TAIL_BYTES).max(4_096.min(end));
        bytes[from..end].fill(0);
        state.disk.plant(&name, &bytes);
    }

    /// Rolls the dice for a call that changes something.
    fn before(&self, length: usize) {
        let mut state = self.0.borrow_mut();
        if state.disk.is_dead() {
            return;
        }
        let faults = state.faults.clone();
        let kind = if faults.strikes(FaultKind::CrashInCall) {
            model_disk::FaultKind::Crash
        } else if faults.strikes(FaultKind::PowerLostInCall) {
            state.is_power_lost = true;
            model_disk::FaultKind::Crash
        } else if faults.strikes(FaultKind::DiskIo) {
            model_disk::FaultKind::Io
        } else if faults.strikes(FaultKind::DiskFull) {
            model_disk::FaultKind::Full
        } else if length != 0 && faults.strikes(FaultKind::DiskInterrupted) {
            model_disk::FaultKind::Interrupted
        } else if 1 < length && faults.strikes(FaultKind::DiskShort) {
            let bytes = 1 + faults.below(length as u64 - 1);
            model_disk::FaultKind::Short(usize::try_from(bytes).unwrap_or(1))
        } else if length != 0 && faults.lies(FaultKind::DiskLost) {
            model_disk::FaultKind::Lost
        } else if length != 0 && faults.lies(FaultKind::DiskMisdirected) {
            let away = SECTOR_BYTES << faults.below(3);
            model_disk::FaultKind::Misdirected(away)
        } else {
            return;
        };
        state.disk.fail_next(kind);
    }

    fn lies(&self, lie: Lie) -> bool {
        self.0.borrow().lie == Some(lie)
    }

    fn disk<T>(&self, call: impl FnOnce(&mut ModelDisk) -> T) -> T {
        call(&mut self.0.borrow_mut().disk)
    }
}

impl Disk for Platter {
    fn list(&mut self) -> io::Result<Vec<String>> {
        self.disk(Disk::list)
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        self.before(0);
        self.disk(|disk| disk.create(name))
    }

    fn write_at(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.before(bytes.len());
        self.disk(|disk| disk.write_at(name, offset, bytes))
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        if self.lies(Lie::SyncIsForgotten) {
            return if self.disk(|disk| disk.is_dead()) { Err(io::Error::other("dead")) } else { Ok(()) };
        }
        self.before(0);
        let synced = self.disk(|disk| disk.sync(name));
        let is_swallowed = self.lies(Lie::SyncErrorIsSwallowed) && self.died().is_none();
        if is_swallowed { Ok(()) } else { synced }
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        if self.lies(Lie::FolderSyncIsForgotten) {
            return if self.disk(|disk| disk.is_dead()) { Err(io::Error::other("dead")) } else { Ok(()) };
        }
        self.before(0);
        self.disk(Disk::sync_dir)
    }

    fn read_at(&mut self, name: &str, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.disk(|disk| disk.read_at(name, offset, bytes))
    }

    fn len(&mut self, name: &str) -> io::Result<u64> {
        self.disk(|disk| disk.len(name))
    }

    fn truncate(&mut self, name: &str, bytes: u64) -> io::Result<()> {
        self.before(0);
        self.disk(|disk| disk.truncate(name, bytes))
    }

    fn unlink(&mut self, name: &str) -> io::Result<()> {
        self.before(0);
        self.disk(|disk| disk.unlink(name))
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.before(0);
        self.disk(|disk| disk.rename(from, to))
    }
}

/// What a lie takes off the end.
const TAIL_BYTES: usize = 700;
