//! What the journal has of a durable room and what it lacks, and the rows by which it gets it. Knows no other room, no
//! connection and no pipeline: rows go into a unit of work, and what they make true is true once that is committed.

use std::collections::BTreeMap;

use bytes::Bytes;
use proto::{
    ids::{AccountId, RoomId},
    limits::{CLIENT_FRAME_BYTES_MAX, ROOM_INPUTS_BYTES_MAX, ROOM_SAVE_INPUTS_MAX},
    room::{Entry, Input},
    tables::{ReplayChunkRow, ReplayRow, RoomEntryRow, RoomRow, RoomStakeRow},
    wire,
};

use crate::logic::work::{Work, of_room::Stands};

/// What never changes of a room.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) id: RoomId,
    pub(crate) kind: &'static str,
    pub(crate) number: u32,
    pub(crate) options: Bytes,
    pub(crate) seed: [u8; 32],
    /// Milliseconds since 1970.
    pub(crate) opened_ms: u64,
    /// By the clock of rooms.
    pub(crate) opened_at: u64,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) facts: Facts,
    /// Of its row; 0: there is none yet.
    ver: u64,
    /// The state that its row has, packed, and how many inputs led to it.
    saved: Bytes,
    saved_inputs: u64,
    /// By the room's own time.
    saved_at: u64,
    /// What it heard since, as the field of an [`Entry`].
    since: Vec<u8>,
    /// All that it ever heard.
    inputs: u64,
    /// From here on it is in no record.
    pending_from: usize,
    /// The number of the first input that is in no record.
    pending_first: u64,
    /// Keys of the entries since it was saved.
    entries: Vec<u64>,
    /// Replay chunks so far.
    chunks: u32,
    /// Its stakes, with their rows' versions.
    stakes: BTreeMap<AccountId, (i64, u64)>,
    /// What the rows in the unit of work at hand make of it.
    next: Option<Next>,
}

/// See [`Kept::next`].
#[derive(Debug, Default)]
struct Next {
    stakes: Option<BTreeMap<AccountId, (i64, u64)>>,
    row: Option<(Bytes, u64, u64)>,
    entry: Option<u64>,
    is_saved: bool,
}

impl Kept {
    /// Of a room that was just opened, with its state then.
    pub(crate) fn new(facts: Facts, saved: Bytes) -> Self {
        Self {
            facts,
            ver: 0,
            saved,
            saved_inputs: 0,
            saved_at: 0,
            since: Vec::new(),
            inputs: 0,
            pending_from: 0,
            pending_first: 1,
            entries: Vec::new(),
            chunks: 0,
            stakes: BTreeMap::new(),
            next: None,
        }
    }

    /// Of one whose rows were read.
    pub(crate) fn again(
        facts: Facts,
        row: (&RoomRow, u64),
        saved_at: u64,
        entries: &[RoomEntryRow],
        stakes: BTreeMap<AccountId, (i64, u64)>,
    ) -> Self {
        let (row, ver) = row;
        let mut kept = Self { ver, chunks: row.chunks, stakes, ..Self::new(facts, row.state.clone()) };
        (kept.saved_inputs, kept.inputs) = (row.inputs, row.inputs);
        kept.saved_at = saved_at;
        kept.pending_first = row.inputs + 1;
        for entry in entries {
            kept.entries.push(entry.first);
        }
        kept
    }

    /// It heard this, which is in no record.
    pub(crate) fn heard(&mut self, input: &Input) {
        self.since.extend_from_slice(&wire::encode(&Entry { first: 0, inputs: vec![input.clone()] }));
        self.inputs += 1;
    }

    /// How much it heard, without what it broke by.
    pub(crate) fn inputs(&self) -> u64 {
        self.inputs
    }

    /// What it heard so far is in records: it was read from them.
    pub(crate) fn is_read(&mut self, inputs: u64) {
        self.pending_from = self.since.len();
        self.pending_first = inputs + 1;
    }

    /// It heard something that is in no record.
    pub(crate) fn is_pending(&self) -> bool {
        self.pending_from < self.since.len()
    }

    /// Whether it is time to save it, at this many inputs and this time of its own.
    pub(crate) fn is_save_due(&self, inputs: u64, at_ms: u64) -> bool {
        let heard = inputs - self.saved_inputs;
        let is_old = SAVE_MS <= at_ms.saturating_sub(self.saved_at);
        0 < heard && (is_old || self.is_full())
    }

    /// Whether it has heard so much since that it is to be saved before it hears more: a row has no room for it.
    pub(crate) fn is_full(&self) -> bool {
        SAVE_BYTES <= self.since.len() || SAVE_INPUTS <= self.inputs - self.saved_inputs
    }

    /// Whether it has a row.
    pub(crate) fn is_stored(&self) -> bool {
        self.ver != 0
    }

    pub(crate) fn stakes(&self) -> impl Iterator<Item = (AccountId, i64)> {
        self.stakes.iter().map(|(account, (gold, _))| (*account, *gold))
    }

    /// What it heard since it was saved, as the field of an [`Entry`]; the state then, packed.
    pub(crate) fn since(&self) -> (&[u8], &Bytes) {
        (&self.since, &self.saved)
    }

    /// Inputs that the parts of its replay have so far, and how many parts there are.
    pub(crate) fn stored(&self) -> (u64, u32) {
        (self.saved_inputs, self.chunks)
    }

    /// What it heard since the last record: its row too, if it has none.
    pub(crate) fn put_entry(&mut self, inputs: u64, work: &mut Work) {
        self.next = Some(Next::default());
        if self.ver == 0 {
            let (saved, saved_inputs, saved_at) = (self.saved.clone(), self.saved_inputs, self.saved_at);
            self.put_row(saved, (saved_inputs, saved_at), self.chunks, work);
        }
        if self.is_pending() {
            let first = self.pending_first;
            let mut bytes = wire::encode(&Entry { first, inputs: Vec::new() });
            bytes.extend_from_slice(&self.since[self.pending_from..]);
            let row = RoomEntryRow { room: self.facts.id.0, first, inputs: bytes.into() };
            work.put_of_room(&row, Stands::default());
            self.next().entry = Some(inputs + 1);
        }
    }

    /// Its stakes as they are now.
    pub(crate) fn put_stakes(&mut self, now: &BTreeMap<AccountId, i64>, work: &mut Work) {
        let mut next = BTreeMap::new();
        let room = self.facts.id.0;
        for (account, gold) in now {
            let (before, ver) = self.stakes.get(account).copied().unwrap_or((0, 0));
            if before == *gold {
                next.insert(*account, (before, ver));
                continue;
            }
            let row = RoomStakeRow { room, account: account.0, gold: *gold };
            work.put_of_room(&row, Stands { ver, gold: before });
            next.insert(*account, (*gold, ver + 1));
        }
        for (account, (gold, ver)) in self.stakes.iter().filter(|(account, _)| !now.contains_key(account)) {
            work.delete_of_room::<RoomStakeRow>([room, account.0], Stands { ver: *ver, gold: *gold });
        }
        self.next().stakes = Some(next);
    }

    /// Its state as it is now, packed; what led to it becomes a part of its replay, and its entries go.
    pub(crate) fn put_save(
        &mut self,
        state: Bytes,
        (inputs, at_ms): (u64, u64),
        chunk: Option<Bytes>,
        work: &mut Work,
    ) {
        let mut chunks = self.chunks;
        if let Some(bytes) = chunk {
            let row = ReplayChunkRow { replay: self.facts.id.0, n: chunks, inputs: bytes };
            work.put_of_room(&row, Stands::default());
            chunks += 1;
        }
        self.put_row(state, (inputs, at_ms), chunks, work);
        self.delete_entries(work);
        self.next().is_saved = true;
    }

    /// Parts of its replay, with the one in the unit of work at hand.
    pub(crate) fn chunks_next(&self) -> u32 {
        let is_saved = self.next.as_ref().is_some_and(|next| next.is_saved);
        self.chunks + u32::from(is_saved && !self.since.is_empty())
    }

    /// It is over: its row goes, and all that stands for it; with the parts of a replay that nobody will look at.
    pub(crate) fn put_end(&mut self, keeps_replay: bool, work: &mut Work) {
        self.delete_entries(work);
        let id = self.facts.id.0;
        if self.ver != 0 {
            work.delete_of_room::<RoomRow>([id, 0], Stands { ver: self.ver, gold: 0 });
        }
        for n in (0..self.chunks).filter(|_| !keeps_replay) {
            work.delete_of_room::<ReplayChunkRow>([id, n.into()], WRITTEN_ONCE);
        }
    }

    /// The last part of its replay; how many there are then.
    pub(crate) fn put_last_chunk(&mut self, chunk: Bytes, work: &mut Work) -> u32 {
        let row = ReplayChunkRow { replay: self.facts.id.0, n: self.chunks, inputs: chunk };
        work.put_of_room(&row, Stands::default());
        self.chunks + 1
    }

    fn delete_entries(&self, work: &mut Work) {
        for first in &self.entries {
            work.delete_of_room::<RoomEntryRow>([self.facts.id.0, *first], WRITTEN_ONCE);
        }
    }

    fn put_row(&mut self, state: Bytes, (inputs, at_ms): (u64, u64), chunks: u32, work: &mut Work) {
        let facts = &self.facts;
        let row = RoomRow {
            id: facts.id.0,
            kind: facts.kind.to_owned(),
            number: facts.number,
            options: facts.options.clone(),
            seed: Bytes::copy_from_slice(&facts.seed),
            opened_ms: facts.opened_ms,
            opened_at: facts.opened_at,
            inputs,
            chunks,
            state: state.clone(),
        };
        work.put_of_room(&row, Stands { ver: self.ver, gold: 0 });
        self.next().row = Some((state, inputs, at_ms));
    }

    fn next(&mut self) -> &mut Next {
        self.next.get_or_insert_default()
    }

    /// The rows are in a record.
    pub(crate) fn committed(&mut self) {
        let Some(Next { stakes, row, entry, is_saved }) = self.next.take() else { return };
        if let Some(stakes) = stakes {
            self.stakes = stakes;
        }
        if let Some(first) = entry {
            self.entries.push(self.pending_first);
            self.pending_first = first;
            self.pending_from = self.since.len();
        }
        if let Some((state, inputs, at_ms)) = row {
            self.ver += 1;
            (self.saved, self.saved_inputs, self.saved_at) = (state, inputs, at_ms);
            if is_saved {
                self.chunks += u32::from(!self.since.is_empty());
                self.since.clear();
                self.entries.clear();
                self.pending_from = 0;
                self.pending_first = inputs + 1;
            }
        }
    }

    /// They are not.
    pub(crate) fn dropped(&mut self) {
        self.next = None;
    }
}

/// The row of a match that is over.
pub(crate) fn replay_row(facts: &Facts, end: ReplayRow) -> ReplayRow {
    ReplayRow {
        id: facts.id.0,
        kind: facts.kind.to_owned(),
        number: facts.number,
        options: facts.options.clone(),
        seed: Bytes::copy_from_slice(&facts.seed),
        opened_ms: facts.opened_ms,
        ..end
    }
}

/// Of a row that is never changed.
const WRITTEN_ONCE: Stands = Stands { ver: 1, gold: 0 };
/// A state is saved after so much of the room's time,
const SAVE_MS: u64 = 60_000;
/// or so many inputs,
const SAVE_INPUTS: u64 = ROOM_SAVE_INPUTS_MAX as u64;
/// or so many bytes of them.
const SAVE_BYTES: usize = 128 * 1024;

const _: () = {
    // The one that makes it due, and one that fails before it is saved, fit beside them.
    assert!(SAVE_BYTES + CLIENT_FRAME_BYTES_MAX < ROOM_INPUTS_BYTES_MAX);
};
