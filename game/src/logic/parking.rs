//! Commands and logins that wait for rows or for a hash, and which read or hash each waits for. Knows no
//! handler and no answer.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Instant,
};

use proto::{
    ids::AccountId,
    ids::RoomId,
    limits::{READ_KEYS_MAX, RPC_IN_FLIGHT_MAX, SCAN_ROWS_MAX},
    link::{Get, Key, ReadRequest, Scan, read_request::What},
    tables::Table,
};
use rustc_hash::FxHashMap;
use slotmap::Key as _;

use super::{
    delivery::ConnKey,
    event::{HashJobId, HashResult, Read, ReadTag},
    held::{Cache, UnitKey},
    mailing::Slice,
    pruning::replays::Old,
    renewal::Renewal,
    secret::Secret,
    staff,
};

/// Names a suspended command or login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ParkId(u64);

/// A command or login that has to run again from its start.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) waiter: Waiter,
    /// Runs so far.
    pub(crate) runs: u32,
    /// Rows that stay in memory for it.
    pub(crate) pins: Vec<UnitKey>,
    pub(crate) hash: Option<HashResult>,
    /// The hash that this waits for; lives as long.
    pub(crate) wants: Option<(HashJobId, Arc<()>)>,
    /// The position in the queue that a login was told.
    pub(crate) told: Option<u32>,
    /// The stored hash that a password is being compared with.
    pub(crate) compared: Option<String>,
    /// Rows that it still waits for.
    pub(crate) waits_for: usize,
}

impl Parked {
    /// Whose next run it is, and what it begins with.
    pub(crate) fn again(self) -> (Waiter, Before) {
        let Self { waiter, runs, pins, hash, compared, .. } = self;
        (waiter, Before { runs, pins, hash, compared })
    }
}

/// What earlier runs leave to the next.
#[derive(Debug)]
pub(crate) struct Before {
    /// How many there were.
    pub(crate) runs: u32,
    /// Rows that stayed in memory for this one.
    pub(crate) pins: Vec<UnitKey>,
    pub(crate) hash: Option<HashResult>,
    /// With which stored hash a password was compared: it may have been changed meanwhile.
    pub(crate) compared: Option<String>,
}

/// What runs again.
#[derive(Debug)]
pub(crate) enum Waiter {
    /// A client's command or login.
    Client {
        conn: ConnKey,
        kind: u32,
        /// 0 for a login.
        cseq: u64,
        /// May hold a password.
        body: Secret<Vec<u8>>,
    },
    /// A request of staff.
    Staff(Box<staff::Call>),
    /// A password that is hashed again, for nobody.
    Renewal(Box<Renewal>),
    /// Old reports of an account, which go, for nobody.
    Pruning(AccountId),
    /// Some letters of one to many, for nobody.
    Mailing(Box<Slice>),
    /// A match that ended long ago, which goes, for nobody.
    OldReplay(Box<Old>),
    /// The last record of a room that is over.
    Room(RoomId),
    /// Rooms, of which this process has read that they are there.
    Rooms,
}

impl Waiter {
    /// Whose connection; of staff and nobody none.
    pub(crate) fn conn(&self) -> ConnKey {
        match self {
            Self::Client { conn, .. } => *conn,
            Self::Staff(_)
            | Self::Renewal(_)
            | Self::Pruning(_)
            | Self::Mailing(_)
            | Self::OldReplay(_)
            | Self::Room(_)
            | Self::Rooms => ConnKey::null(),
        }
    }
}

/// A read: single rows of one table, or one set.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) keys: Vec<UnitKey>,
    /// When whoever waits for them is told to come back, however often the link was lost meanwhile.
    deadline: Instant,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Parking {
    parked: FxHashMap<ParkId, Parked>,
    /// Rows on their way, and who waits for each. Randomly keyed: clients choose the keys.
    wanted: HashMap<UnitKey, Vec<ParkId>>,
    reads: FxHashMap<ReadTag, Asked>,
    /// Reads whose link was lost: asked again when it is back, unless their time is over first.
    aside: Vec<Asked>,
    hashes: FxHashMap<HashJobId, ParkId>,
    made: u64,
}

impl Parking {
    /// Commands and logins that may wait at a time.
    pub(crate) const PARKED_MAX: usize = 16_384;
    /// Runs of one command or login.
    pub(crate) const RUNS_MAX: u32 = 8;
    /// Reads that wait for the link to come back: as many as can be under way when it is lost.
    const ASIDE_MAX: usize = RPC_IN_FLIGHT_MAX;

    pub(crate) fn has_room(&self) -> bool {
        self.parked.len() < Self::PARKED_MAX
    }

    pub(crate) fn len(&self) -> usize {
        self.parked.len()
    }

    /// Lets it wait for rows. The reads that this takes are added to `reads`: rows that are on their way
    /// already are not asked for twice.
    pub(crate) fn park_for_rows(
        &mut self,
        mut parked: Parked,
        missing: &[UnitKey],
        deadline: Instant,
        reads: &mut Vec<Read>,
    ) -> ParkId {
        let id = ParkId(self.take_number());
        let mut fresh = Vec::new();
        for key in missing {
            let waiting = self.wanted.entry(key.clone()).or_default();
            if waiting.contains(&id) {
                continue;
            }
            if waiting.is_empty() {
                fresh.push(key.clone());
            }
            waiting.push(id);
            parked.waits_for += 1;
        }
        self.ask(&fresh, deadline, reads);
        self.parked.insert(id, parked);
        id
    }

    fn ask(&mut self, keys: &[UnitKey], deadline: Instant, reads: &mut Vec<Read>) {
        let (sets, single): (Vec<&UnitKey>, Vec<&UnitKey>) = keys.iter().partition(|key| key.is_set());
        for key in sets {
            let scan = Scan {
                table: key.table() as u32,
                prefix: vec![key.value()],
                after: Vec::new(),
                rows_max: u32::try_from(SCAN_ROWS_MAX).unwrap_or(u32::MAX),
            };
            self.read(What::Scan(scan), vec![key.clone()], deadline, reads);
        }
        for table in Table::ALL {
            let of_table: Vec<&UnitKey> =
                single.iter().copied().filter(|key| key.table() == *table).collect();
            for chunk in of_table.chunks(READ_KEYS_MAX) {
                let keys = chunk.iter().map(|key| Key { key: vec![key.value()] }).collect();
                let get = Get { table: *table as u32, keys };
                self.read(What::Get(get), chunk.iter().copied().cloned().collect(), deadline, reads);
            }
        }
    }

    fn read(&mut self, what: What, keys: Vec<UnitKey>, deadline: Instant, reads: &mut Vec<Read>) {
        let tag = ReadTag(self.take_number());
        let request = ReadRequest { what: Some(what) };
        reads.push(Read { tag: Some(tag), request, deadline });
        self.reads.insert(tag, Asked { keys, deadline });
    }

    /// Lets it wait for a hash.
    pub(crate) fn park_for_hash(&mut self, mut parked: Parked) -> (ParkId, HashJobId, Weak<()>) {
        let id = ParkId(self.take_number());
        let job = HashJobId(self.take_number());
        let wants = Arc::new(());
        let wanted = Arc::downgrade(&wants);
        parked.wants = Some((job, wants));
        self.parked.insert(id, parked);
        self.hashes.insert(job, id);
        (id, job, wanted)
    }

    /// The read that ended; nothing for one that is not ours.
    pub(crate) fn read_done(&mut self, tag: ReadTag) -> Option<Asked> {
        self.reads.remove(&tag)
    }

    /// The link was lost under a read: whoever waits for it goes on waiting.
    ///
    /// # Errors
    /// Too many wait so.
    pub(crate) fn set_aside(&mut self, asked: Asked) -> Result<(), Asked> {
        if Self::ASIDE_MAX <= self.aside.len() {
            return Err(asked);
        }
        self.aside.push(asked);
        Ok(())
    }

    /// The link is back: the reads that were set aside are asked again.
    pub(crate) fn ask_again(&mut self, reads: &mut Vec<Read>) {
        for Asked { keys, deadline } in std::mem::take(&mut self.aside) {
            self.ask(&keys, deadline, reads);
        }
    }

    /// When [`Self::give_up`] has something to say.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.aside.iter().map(|asked| asked.deadline).min()
    }

    /// The rows set aside whose time is over.
    pub(crate) fn give_up(&mut self, now: Instant) -> Vec<UnitKey> {
        self.aside.extract_if(.., |asked| asked.deadline <= now).flat_map(|asked| asked.keys).collect()
    }

    /// A row has come and is in memory, or never will: pins it for whoever waited for it. Returns those
    /// who wait for nothing more.
    pub(crate) fn row_came(&mut self, key: &UnitKey, cache: &mut Cache) -> Vec<ParkId> {
        let mut ready = Vec::new();
        for id in self.wanted.remove(key).unwrap_or_default() {
            let Some(parked) = self.parked.get_mut(&id) else { continue };
            cache.pin(key);
            if cache.holds(key) {
                parked.pins.push(key.clone());
            }
            parked.waits_for -= 1;
            if parked.waits_for == 0 {
                ready.push(id);
            }
        }
        ready
    }

    /// A hash is done: whose it was, if that still waits.
    pub(crate) fn hash_done(&mut self, job: HashJobId, result: HashResult) -> Option<ParkId> {
        let id = self.hashes.remove(&job)?;
        self.parked.get_mut(&id)?.hash = Some(result);
        Some(id)
    }

    /// Nobody computes it.
    pub(crate) fn hash_gone(&mut self, job: HashJobId) {
        self.hashes.remove(&job);
    }

    /// Who waits for a hash, and the position that it was told.
    pub(crate) fn told(&self, job: HashJobId) -> Option<(ParkId, Option<u32>)> {
        let id = *self.hashes.get(&job)?;
        Some((id, self.parked.get(&id)?.told))
    }

    /// Notes that it is told its position. Returns who is to hear it.
    pub(crate) fn tell(&mut self, id: ParkId, position: u32) -> Option<ConnKey> {
        let parked = self.parked.get_mut(&id)?;
        parked.told = Some(position);
        Some(parked.waiter.conn())
    }

    /// Ends the wait: to run it again, or because nobody waits for it any more. Its rows are unpinned by
    /// whoever is done with it.
    pub(crate) fn take(&mut self, id: ParkId) -> Option<Parked> {
        self.parked.remove(&id)
    }

    /// Which command waits so; none: it is something else.
    pub(crate) fn kind_of(&self, id: ParkId) -> Option<u32> {
        match self.parked.get(&id)?.waiter {
            Waiter::Client { kind, .. } => Some(kind),
            Waiter::Staff(_)
            | Waiter::Renewal(_)
            | Waiter::Pruning(_)
            | Waiter::Mailing(_)
            | Waiter::OldReplay(_)
            | Waiter::Room(_)
            | Waiter::Rooms => None,
        }
    }

    /// A tag for a read that nobody here waits for.
    pub(crate) fn tag(&mut self) -> ReadTag {
        ReadTag(self.take_number())
    }

    fn take_number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }
}
