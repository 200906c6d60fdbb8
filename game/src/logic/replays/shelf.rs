//! Matches that were read, as long as somebody looks at them and a while longer, within a bound of bytes; and those that
//! are being read, with whoever waits for them. Knows no world: rows are handed in.

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use proto::{
    ids::AccountId,
    limits::{REPLAY_PART_BYTES_MAX, ROOM_INPUTS_BYTES_MAX},
    prescan::Budget,
    room::{Entry, Input, Replay},
    tables::ReplayRow,
    wire,
};

use crate::{
    logic::{event::ReadTag, rooms::packed::Packer},
    replay::FORMAT,
};

/// A match, all of it.
#[derive(Debug)]
pub(crate) struct Stored {
    row: ReplayRow,
    /// A `room::Replay`, as it is encoded, in pieces: what is before its inputs, those of each chunk, what is after them.
    pieces: Vec<Bytes>,
}

impl Stored {
    fn new(row: ReplayRow, chunks: Vec<Bytes>) -> Self {
        let before = Replay {
            format: FORMAT,
            room: row.id,
            kind: row.kind.clone(),
            number: row.number,
            options: row.options.clone(),
            seed: row.seed.clone(),
            opened_wall_ms: row.opened_ms,
            ..Replay::default()
        };
        let after = Replay { hash: row.hash.0, outcome: row.outcome.clone(), ..Replay::default() };
        let mut pieces = vec![Bytes::from(wire::encode(&before))];
        pieces.extend(chunks);
        pieces.push(Bytes::from(wire::encode(&after)));
        Self { row, pieces }
    }

    pub(crate) fn row(&self) -> &ReplayRow {
        &self.row
    }

    /// As a file.
    pub(crate) fn bytes(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }

    /// How many parts it has as it is fetched.
    pub(crate) fn parts(&self) -> u32 {
        u32::try_from(self.bytes().div_ceil(REPLAY_PART_BYTES_MAX)).unwrap_or(u32::MAX)
    }

    /// One of them, from 0.
    pub(crate) fn part(&self, part: u32) -> Option<Vec<u8>> {
        if self.parts() <= part {
            return None;
        }
        let mut skip = usize::try_from(part).ok()? * REPLAY_PART_BYTES_MAX;
        let mut body = Vec::with_capacity(REPLAY_PART_BYTES_MAX);
        for piece in &self.pieces {
            let from = skip.min(piece.len());
            let to = piece.len().min(from + REPLAY_PART_BYTES_MAX - body.len());
            body.extend_from_slice(&piece[from..to]);
            skip -= from;
        }
        Some(body)
    }

    /// What it heard, chunk by chunk; none: there are no more.
    pub(crate) fn inputs(&self, chunk: usize) -> Option<Vec<Input>> {
        let last = self.pieces.len().checked_sub(2)?;
        let piece = self.pieces.get(1..=last)?.get(chunk)?;
        // It was encoded here.
        Some(wire::decode::<Replay>(piece, BUDGET).ok()?.inputs)
    }
}

/// A match that is being read.
#[derive(Debug)]
struct Reading {
    /// Of the read that is under way.
    tag: ReadTag,
    row: Option<ReplayRow>,
    chunks: Vec<Bytes>,
    inputs: u64,
    bytes: usize,
    waiting: Vec<AccountId>,
}

#[derive(Debug)]
struct Shelved {
    stored: Arc<Stored>,
    used_at: Instant,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    whole: BTreeMap<u64, Shelved>,
    readings: BTreeMap<u64, Reading>,
    packer: Packer,
}

/// Why a match cannot be read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It is not what was written.
    Damaged,
    /// It would not leave room for any other.
    TooLarge,
    /// Others are looked at.
    Full,
}

impl Shelf {
    /// A match, if it is here.
    pub(crate) fn find(&mut self, replay: u64, now: Instant) -> Option<Arc<Stored>> {
        let shelved = self.whole.get_mut(&replay)?;
        shelved.used_at = now;
        Some(Arc::clone(&shelved.stored))
    }

    /// Somebody waits for it, if it is being read.
    pub(crate) fn wait(&mut self, replay: u64, account: AccountId) -> bool {
        let Some(reading) = self.readings.get_mut(&replay) else { return false };
        if !reading.waiting.contains(&account) {
            reading.waiting.push(account);
        }
        true
    }

    /// Whether one more can be read.
    pub(crate) fn may_read(&self) -> bool {
        self.readings.len() < READINGS_MAX
    }

    /// Its row is on its way.
    pub(crate) fn begin(&mut self, replay: u64, account: AccountId, tag: ReadTag) {
        let (row, chunks, waiting) = (None, Vec::new(), vec![account]);
        self.readings.insert(replay, Reading { tag, row, chunks, inputs: 0, bytes: 0, waiting });
    }

    /// Of which match this read is, and whether that of its row.
    pub(crate) fn read_of(&self, tag: ReadTag) -> Option<(u64, bool)> {
        let (replay, reading) = self.readings.iter().find(|(_, reading)| reading.tag == tag)?;
        Some((*replay, reading.row.is_none()))
    }

    /// Its row has come, and the first of its chunks are on their way.
    pub(crate) fn row_came(&mut self, replay: u64, row: ReplayRow, tag: ReadTag) {
        let Some(reading) = self.readings.get_mut(&replay) else { return };
        (reading.row, reading.tag) = (Some(row), tag);
    }

    /// Its next chunk, as it is stored.
    ///
    /// # Errors
    /// See [`Unread`].
    pub(crate) fn chunk_came(&mut self, replay: u64, chunk: &[u8]) -> Result<(), Unread> {
        let plain = self.packer.unpack(chunk, CHUNK_BYTES_MAX).ok_or(Unread::Damaged)?;
        let entry: Entry = wire::decode(&plain, BUDGET).map_err(|_| Unread::Damaged)?;
        let count = entry.inputs.len() as u64;
        let piece = Bytes::from(wire::encode(&Replay { inputs: entry.inputs, ..Replay::default() }));
        let Some(reading) = self.readings.get_mut(&replay) else { return Ok(()) };
        if REPLAY_BYTES_MAX < reading.bytes + piece.len() {
            return Err(Unread::TooLarge);
        }
        reading.bytes += piece.len();
        reading.inputs += count;
        reading.chunks.push(piece);
        if self.make_room() { Ok(()) } else { Err(Unread::Full) }
    }

    /// More of its chunks are on their way; after which of them.
    pub(crate) fn go_on(&mut self, replay: u64, tag: ReadTag) {
        if let Some(reading) = self.readings.get_mut(&replay) {
            reading.tag = tag;
        }
    }

    /// All of it has come: it is on the shelf. Who waits for it.
    ///
    /// # Errors
    /// [`Unread::Damaged`]: there are fewer chunks or inputs than there were.
    pub(crate) fn whole(&mut self, replay: u64, now: Instant) -> Result<Vec<AccountId>, Unread> {
        let is_whole = |reading: &Reading| {
            reading.row.as_ref().is_some_and(|row| {
                usize::try_from(row.chunks) == Ok(reading.chunks.len()) && row.inputs == reading.inputs
            })
        };
        if !self.readings.get(&replay).is_some_and(is_whole) {
            return Err(Unread::Damaged);
        }
        let Some(Reading { row: Some(row), chunks, waiting, .. }) = self.readings.remove(&replay) else {
            return Err(Unread::Damaged);
        };
        self.whole.insert(replay, Shelved { stored: Arc::new(Stored::new(row, chunks)), used_at: now });
        Ok(waiting)
    }

    /// It is read no further. Who waits for it.
    pub(crate) fn give_up(&mut self, replay: u64) -> Vec<AccountId> {
        self.readings.remove(&replay).map(|reading| reading.waiting).unwrap_or_default()
    }

    /// What nobody has looked at for a while goes.
    pub(crate) fn tidy(&mut self, now: Instant) {
        let is_used = |shelved: &Shelved| now.saturating_duration_since(shelved.used_at) < KEPT;
        self.whole.retain(|_, shelved| shelved.is_watched() || is_used(shelved));
    }

    /// Bytes of all that is here.
    fn bytes(&self) -> usize {
        let whole = self.whole.values().map(|shelved| shelved.stored.bytes()).sum::<usize>();
        whole + self.readings.values().map(|reading| reading.bytes).sum::<usize>()
    }

    /// What was looked at longest ago goes, until the rest has room.
    fn make_room(&mut self) -> bool {
        while SHELF_BYTES_MAX < self.bytes() {
            let idle = self.whole.iter().filter(|(_, shelved)| !shelved.is_watched());
            let Some(oldest) = idle.min_by_key(|(_, shelved)| shelved.used_at).map(|(id, _)| *id) else {
                return false;
            };
            self.whole.remove(&oldest);
        }
        true
    }
}

impl Shelved {
    fn is_watched(&self) -> bool {
        1 < Arc::strong_count(&self.stored)
    }
}

const _: () = {
    // With one that is being read there is room for another of the same size.
    assert!(2 * REPLAY_BYTES_MAX <= SHELF_BYTES_MAX);
};
/// Of all matches here, inflated.
const SHELF_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Of one match, inflated.
const REPLAY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Of one chunk, inflated: what a room heard between two saves, and what broke it.
const CHUNK_BYTES_MAX: usize = 4 * ROOM_INPUTS_BYTES_MAX;
/// Matches that are read at a time.
const READINGS_MAX: usize = 16;
/// One that nobody watches stays so long: whoever fetches it comes for its next part.
const KEPT: Duration = Duration::from_secs(30);
/// For what we wrote ourselves.
const BUDGET: Budget = Budget { depth: 8, fields: 1 << 20, repeated: 1 << 18 };
