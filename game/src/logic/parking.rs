//! Commands and logins that wait for rows or for a hash, and which read or hash each waits for. Knows no
//! handler and no answer.

use std::sync::{Arc, Weak};

use proto::{
    limits::READ_KEYS_MAX,
    link::{Get, Key, ReadRequest, read_request::What},
    tables::{AccountRow, NameRow, Row, WalletRow},
};
use rustc_hash::FxHashMap;

use super::{
    cache::{Cache, Cached, RowKey},
    delivery::ConnKey,
    event::{HashJobId, HashResult, ReadTag},
    secret::Secret,
};

/// Names a suspended command or login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ParkId(u64);

/// A command or login that has to run again from its start.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) conn: ConnKey,
    pub(crate) kind: u32,
    /// 0 for a login.
    pub(crate) cseq: u64,
    /// May hold a password.
    pub(crate) body: Secret<Vec<u8>>,
    /// Runs so far.
    pub(crate) runs: u32,
    /// Rows that stay in memory for it.
    pub(crate) pins: Vec<RowKey>,
    pub(crate) hash: Option<HashResult>,
    /// Lives as long as this waits for a hash.
    pub(crate) wants: Option<Arc<()>>,
    /// Rows that it still waits for.
    pub(crate) waits_for: usize,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Parking {
    parked: FxHashMap<ParkId, Parked>,
    /// Rows on their way, and who waits for each.
    wanted: FxHashMap<RowKey, Vec<ParkId>>,
    reads: FxHashMap<ReadTag, Vec<RowKey>>,
    hashes: FxHashMap<HashJobId, ParkId>,
    made: u64,
}

impl Parking {
    /// Commands and logins that may wait at a time.
    pub(crate) const PARKED_MAX: usize = 16_384;
    /// Hashes that may wait at a time (reliability V14).
    pub(crate) const HASHES_MAX: usize = 256;
    /// Runs of one command or login.
    pub(crate) const RUNS_MAX: u32 = 8;

    pub(crate) fn has_room(&self) -> bool {
        self.parked.len() < Self::PARKED_MAX
    }

    pub(crate) fn hash_has_room(&self) -> bool {
        self.hashes.len() < Self::HASHES_MAX
    }

    /// Hashes that wait or are being computed.
    pub(crate) fn hashes(&self) -> usize {
        self.hashes.len()
    }

    pub(crate) fn len(&self) -> usize {
        self.parked.len()
    }

    /// Lets it wait for rows. The reads that this takes are added to `reads`: rows that are on their way
    /// already are not asked for twice.
    pub(crate) fn park_for_rows(
        &mut self,
        mut parked: Parked,
        missing: &[RowKey],
        reads: &mut Vec<(ReadTag, ReadRequest)>,
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
        for (table, key_values) in TABLES {
            let of_table = |key: &&RowKey| key_values(key).is_some();
            let keys: Vec<RowKey> = fresh.iter().filter(of_table).cloned().collect();
            for chunk in keys.chunks(READ_KEYS_MAX) {
                let tag = ReadTag(self.take_number());
                let keys = chunk.iter().filter_map(key_values).map(|key| Key { key }).collect();
                let get = Get { table: *table, keys };
                reads.push((tag, ReadRequest { what: Some(What::Get(get)) }));
                self.reads.insert(tag, chunk.to_vec());
            }
        }
        self.parked.insert(id, parked);
        id
    }

    /// Lets it wait for a hash.
    pub(crate) fn park_for_hash(&mut self, mut parked: Parked) -> (ParkId, HashJobId, Weak<()>) {
        let id = ParkId(self.take_number());
        let job = HashJobId(self.take_number());
        let wants = Arc::new(());
        let wanted = Arc::downgrade(&wants);
        parked.wants = Some(wants);
        self.parked.insert(id, parked);
        self.hashes.insert(job, id);
        (id, job, wanted)
    }

    /// The rows of a read; nothing for one that is not ours.
    pub(crate) fn read_done(&mut self, tag: ReadTag) -> Option<Vec<RowKey>> {
        self.reads.remove(&tag)
    }

    /// A row has come and is in memory, or never will: pins it for whoever waited for it. Returns those
    /// who wait for nothing more.
    pub(crate) fn row_came(&mut self, key: &RowKey, cache: &mut Cache) -> Vec<ParkId> {
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

    /// Ends the wait: to run it again, or because nobody waits for it any more. Its rows are unpinned by
    /// whoever is done with it.
    pub(crate) fn take(&mut self, id: ParkId) -> Option<Parked> {
        self.parked.remove(&id)
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

type KeyValues = fn(&RowKey) -> Option<Vec<proto::link::Value>>;

/// Each table's keys as values; none for a key of another table.
const TABLES: &[(u32, KeyValues)] = &[
    (AccountRow::DEF.table as u32, |key| match key {
        RowKey::Account(key) => Some(AccountRow::key_values(key)),
        RowKey::Name(_) | RowKey::Wallet(_) => None,
    }),
    (NameRow::DEF.table as u32, |key| match key {
        RowKey::Name(key) => Some(NameRow::key_values(key)),
        RowKey::Account(_) | RowKey::Wallet(_) => None,
    }),
    (WalletRow::DEF.table as u32, |key| match key {
        RowKey::Wallet(key) => Some(WalletRow::key_values(key)),
        RowKey::Account(_) | RowKey::Name(_) => None,
    }),
];
