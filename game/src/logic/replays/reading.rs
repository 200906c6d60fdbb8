//! How a match comes to the shelf: its row, then its chunks, a few at a time, so that no turn has much to inflate. Whoever
//! asked for it waits as for any row. Knows no shelf from inside.

use std::sync::Arc;

use proto::{
    ids::AccountId,
    kinds,
    link::{Get, Key, ReadRequest, ReadResponse, Scan, Value, read_request::What},
    rpc,
    tables::{ReplayChunkRow, ReplayRow, Row, Table, int},
};

use super::shelf::{Stored, Unread};
use crate::logic::{
    event::{Now, Read, ReadTag},
    running::{Refusal, session, store_away},
    tx::Halt,
    world::{READ_DEADLINE, World},
};

impl World {
    /// A match that is over, for a command: if it is not here, the command runs again when it is.
    ///
    /// # Errors
    /// It is not here, or cannot be shown.
    pub(super) fn stored_replay(
        &mut self,
        account: AccountId,
        replay: u64,
        now: Now,
    ) -> Result<Arc<Stored>, Halt> {
        if let Some(stored) = self.replays.shelf.find(replay, now.instant) {
            return Ok(stored);
        }
        // It waits for nothing but what is read here.
        self.work.clear();
        if self.replays.shelf.wait(replay, account) {
            return Err(Halt::Miss);
        }
        if i64::try_from(replay).is_err() {
            return Err(no_such_replay());
        }
        if !self.replays.shelf.may_read() {
            return Err(busy());
        }
        let keys = vec![Key { key: vec![int(replay.cast_signed())] }];
        let tag = self.read_replay(What::Get(Get { table: Table::Replay as u32, keys }), now);
        self.replays.shelf.begin(replay, account, tag);
        Err(Halt::Miss)
    }

    fn read_replay(&mut self, what: What, now: Now) -> ReadTag {
        let tag = self.parking.tag();
        let request = ReadRequest { what: Some(what) };
        self.reads.push(Read { tag: Some(tag), request, deadline: now.instant + READ_DEADLINE });
        tag
    }

    fn read_chunks(&mut self, replay: u64, after: Vec<Value>, now: Now) -> ReadTag {
        let prefix = vec![int(replay.cast_signed())];
        let table = Table::ReplayChunk as u32;
        self.read_replay(What::Scan(Scan { table, prefix, after, rows_max: CHUNKS_AT_ONCE }), now)
    }

    /// Of which match a read is, and whether of its row.
    pub(in crate::logic) fn replay_read(&self, tag: ReadTag) -> Option<(u64, bool)> {
        self.replays.shelf.read_of(tag)
    }

    /// A part of it has come, or will not.
    pub(in crate::logic) fn on_replay_rows(
        &mut self,
        (replay, is_row): (u64, bool),
        result: Result<ReadResponse, rpc::Failure>,
        now: Now,
    ) {
        let taken = match result.ok().filter(|found| found.error.is_empty()) {
            None => Err(store_away as Refusal),
            Some(found) if is_row => self.take_replay_row(replay, &found, now),
            Some(found) => self.take_chunks(replay, &found, now),
        };
        match taken {
            Ok(None) => {}
            Ok(Some(waiting)) => self.replay_came(&waiting, None, now),
            Err(refusal) => {
                let waiting = self.replays.shelf.give_up(replay);
                self.replay_came(&waiting, Some(refusal), now);
            }
        }
    }

    fn take_replay_row(
        &mut self,
        replay: u64,
        found: &ReadResponse,
        now: Now,
    ) -> Result<Option<Vec<AccountId>>, Refusal> {
        let row = found.rows.first().filter(|found| found.found).and_then(|found| found.row.as_ref());
        let row = row.and_then(|row| ReplayRow::from_values(&row.row)).ok_or(no_such_replay as Refusal)?;
        if !self.registry.rooms().iter().any(|kind| kind.name == row.kind) {
            return Err(|| Halt::Reject("no_such_room"));
        }
        let tag = self.read_chunks(replay, Vec::new(), now);
        self.replays.shelf.row_came(replay, row, tag);
        Ok(None)
    }

    fn take_chunks(
        &mut self,
        replay: u64,
        found: &ReadResponse,
        now: Now,
    ) -> Result<Option<Vec<AccountId>>, Refusal> {
        let rows = || found.rows.iter().filter_map(|found| found.row.as_ref());
        for row in rows() {
            let chunk = ReplayChunkRow::from_values(&row.row).ok_or(damaged as Refusal)?;
            self.replays.shelf.chunk_came(replay, &chunk.inputs).map_err(refusal)?;
        }
        let last = rows().next_back().map(|row| row.row[..ReplayChunkRow::DEF.key_columns].to_vec());
        match last.filter(|_| !found.done) {
            Some(after) => {
                let tag = self.read_chunks(replay, after, now);
                self.replays.shelf.go_on(replay, tag);
                Ok(None)
            }
            None => self.replays.shelf.whole(replay, now.instant).map(Some).map_err(refusal),
        }
    }

    /// Those who waited for it go on, or are told why not.
    fn replay_came(&mut self, waiting: &[AccountId], refusal: Option<Refusal>, now: Now) {
        for account in waiting {
            let key = self.online.get(account).copied();
            let parked = key.and_then(|key| session(&mut self.conns, key)).and_then(|session| session.parked);
            let waits_here = |kind| matches!(kind, kinds::REPLAY_FETCH | kinds::REPLAY_WATCH);
            if let Some(park) = parked.filter(|park| self.parking.kind_of(*park).is_some_and(waits_here)) {
                self.resume(park, refusal, now);
            }
        }
    }
}

fn refusal(unread: Unread) -> Refusal {
    match unread {
        Unread::Damaged => damaged,
        Unread::TooLarge => || Halt::Reject("replay_too_large"),
        Unread::Full => busy,
    }
}

fn no_such_replay() -> Halt {
    Halt::Reject("no_such_replay")
}

fn damaged() -> Halt {
    Halt::Reject("replay_is_damaged")
}

fn busy() -> Halt {
    Halt::Later { error: "replays_busy", retry_after_ms: BUSY_MS }
}

/// Rows of one read: inflated a megabyte as a rule.
const CHUNKS_AT_ONCE: u32 = 4;
/// Whoever finds no room comes again after this.
const BUSY_MS: u32 = 5_000;
