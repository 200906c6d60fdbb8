//! How what durable rooms hear comes into the journal: a command, or what moves gold, with its effects in one record at
//! once; ticks, timers and signals of a turn in one record at its end; from time to time the room itself.

use std::collections::BTreeMap;

use bytes::Bytes;
use proto::{
    ids::RoomId,
    limits::ROOM_OUTCOME_BYTES_MAX,
    room::State,
    tables::{ReplayRow, RoomClockRow},
    turn::TxnId,
    wire,
};

use super::{Caller, DURABLE, calling::Failed, closing::playing};
use crate::logic::{
    event::Now,
    rooms::{
        counted::players,
        kept::replay_row,
        run::{Broken, hash},
        watch::Calling,
    },
    running::session,
    tx::Halt,
    work::of_room::Stands,
    world::World,
};

impl World {
    /// A record of what a room just heard and of all that it did in it.
    pub(super) fn write_input(
        &mut self,
        id: RoomId,
        caller: Option<Caller<'_>>,
        now: Now,
    ) -> Result<(), Failed> {
        let is_full = self.is_save_urgent(id);
        if let Err(broken) = self.put_heard(id, is_full) {
            let name = broken.name;
            self.break_room(id, broken, None, now);
            return Err(Failed::Broken(name));
        }
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else { return Ok(()) };
        let Some(kept) = &mut hosted.kept else { return Ok(()) };
        kept.put_stakes(hosted.run.stakes(), &mut self.work);
        self.commit_room(id, caller, now)?;
        self.shadow_saved(id, is_full);
        Ok(())
    }

    /// Rows of what a room has heard: an entry, or the room as it is now.
    ///
    /// # Errors
    /// It cannot be saved.
    fn put_heard(&mut self, id: RoomId, saves: bool) -> Result<(), Broken> {
        if saves {
            let state = self.state_of(id)?;
            self.put_save(id, &state);
        } else if let Some(hosted) = self.hosting.rooms.get_mut(&id)
            && let Some(kept) = &mut hosted.kept
        {
            kept.put_entry(hosted.run.inputs(), &mut self.work);
        }
        Ok(())
    }

    /// A room that was saved is looked over from what was: what it keeps outside its state is not in that.
    fn shadow_saved(&mut self, id: RoomId, is_saved: bool) {
        if is_saved && self.hosting.rooms.get(&id).is_some_and(|hosted| hosted.shadow.is_some()) {
            self.begin_shadow(id);
        }
    }

    /// Whether a record of what a room hears can be made now.
    pub(super) fn may_write(&self) -> bool {
        self.pipeline.has_room() && !self.scarcity.is_frozen()
    }

    /// What is in the unit of work becomes a record. A room whose record cannot be made is closed.
    fn commit_room(&mut self, id: RoomId, caller: Option<Caller<'_>>, now: Now) -> Result<(), Failed> {
        let numbers = caller.filter(|caller| caller.call.cseq != 0).and_then(|Caller { key, call }| {
            let session = session(&mut self.conns, key)?;
            Some((call.account, call.cseq, session.numbers.with_ok(call.cseq)))
        });
        let txn = numbers.map_or_else(TxnId::default, |(account, cseq, _)| TxnId { account, cseq });
        let numbered = numbers.map_or(Ok(()), |(account, _, numbers)| {
            self.work.change_account(&self.cache, account, |row| numbers.store(row))
        });
        let made = numbered.and_then(|()| self.commit(txn, now));
        let kept = self.hosting.rooms.get_mut(&id).and_then(|hosted| hosted.kept.as_mut());
        match (made, kept) {
            (Ok(()), Some(kept)) => {
                kept.committed();
                Ok(())
            }
            (Ok(()), None) => Ok(()),
            (Err(halt), kept) => {
                kept.into_iter().for_each(|kept| kept.dropped());
                let detail = match halt {
                    Halt::Reject(code) | Halt::Later { error: code, .. } => code,
                    Halt::Barred(_) | Halt::Miss | Halt::Hash(_) => "halted",
                };
                let broken = Broken { name: "room_failed", detail: format!("its record: {detail}") };
                self.break_room(id, broken, None, now);
                Err(Failed::Broken("room_failed"))
            }
        }
    }

    /// What a room heard in this turn by itself. Without room in the pipeline it waits for a later turn.
    pub(super) fn write_pending(&mut self, id: RoomId, now: Now) {
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let (inputs, at_ms) = (hosted.run.inputs(), hosted.run.at_ms());
        let Some(kept) = &hosted.kept else { return };
        let is_due = kept.is_save_due(inputs, at_ms);
        if !is_due && !kept.is_pending() {
            return;
        }
        if !self.may_write() {
            self.hosting.touched_later.insert(id);
            return;
        }
        self.work.clear();
        self.outputs.clear();
        if let Err(broken) = self.put_heard(id, is_due) {
            return self.break_room(id, broken, None, now);
        }
        self.work.is_progress = true;
        // What became of the room it is told where it is closed.
        let _closed = self.commit_room(id, None, now);
        self.shadow_saved(id, is_due);
    }

    /// A room's state as it is now.
    pub(super) fn state_of(&mut self, id: RoomId) -> Result<State, Broken> {
        let Some(hosted) = self.hosting.rooms.get(&id) else {
            return Err(Broken { name: "room_failed", detail: String::new() });
        };
        let subject = super::calling::subject(id, &self.registry.rooms()[hosted.kind], hosted.number);
        self.watch.look(&subject, &Calling::Save, || hosted.run.state())
    }

    fn put_save(&mut self, id: RoomId, state: &State) {
        let packer = &mut self.hosting.packer;
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else { return };
        let Some(kept) = &mut hosted.kept else { return };
        let since = kept.since().0;
        let chunk = (!since.is_empty()).then(|| Bytes::from(packer.pack(since)));
        let packed = packer.pack(&wire::encode(state)).into();
        kept.put_save(packed, (state.inputs, state.at_ms), chunk, &mut self.work);
    }

    /// The last record of a match: what ended it, its state then, its replay. What is left to do for its players is done
    /// by [`super::closing`] with another.
    pub(super) fn end_match(
        &mut self,
        id: RoomId,
        caller: Option<Caller<'_>>,
        now: Now,
    ) -> Result<(), Failed> {
        let state = match self.state_of(id) {
            Ok(state) => state,
            Err(broken) => {
                let name = broken.name;
                self.break_room(id, broken, None, now);
                return Err(Failed::Broken(name));
            }
        };
        // Stakes that no wallet had room for leave the world with the room.
        self.keep_stakes(id, now);
        self.put_save(id, &state);
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else { return Ok(()) };
        let outcome = hosted.run.outcome().cloned().unwrap_or_default();
        // All in whose lists it will be: by them it is found there when it is old.
        let players = players(&outcome, playing(&hosted.run)).into_iter().map(|account| account.0).collect();
        let Some(kept) = &mut hosted.kept else { return Ok(()) };
        kept.put_stakes(&BTreeMap::new(), &mut self.work);
        let end = Replay {
            hash: hash(&state),
            outcome: outcome.text,
            players,
            inputs: state.inputs,
            chunks: kept.chunks_next(),
        };
        self.work.put_of_room(&replay_row(&kept.facts, end.row(now)), Stands::default());
        self.commit_room(id, caller, now)
    }

    /// The clock of durable rooms, each second while there are any: a crash gives nobody back more than that.
    pub(in crate::logic) fn beat_rooms(&mut self, now: Now) {
        let clock = &self.hosting.clocks[DURABLE];
        let at_ms = clock.at_ms(now.instant);
        let (ver, due_ms) = self.hosting.beat;
        let is_due = clock.is_going() && self.hosting.has_durable() && due_ms <= at_ms;
        if !is_due || !self.pipeline.has_room() {
            return;
        }
        self.hosting.beat.1 = at_ms + BEAT_MS;
        self.work.clear();
        self.outputs.clear();
        let row = RoomClockRow { id: 0, at_ms, wall_ms: now.wall_ms };
        self.work.put_of_room(&row, Stands { ver, gold: 0 });
        self.work.is_progress = true;
        if self.commit(TxnId::default(), now).is_ok() {
            self.hosting.beat.0 = ver + 1;
        }
    }
}

/// How a match ended, for its row.
pub(super) struct Replay {
    pub(super) hash: u64,
    pub(super) outcome: String,
    pub(super) players: Vec<u64>,
    pub(super) inputs: u64,
    pub(super) chunks: u32,
}

impl Replay {
    pub(super) fn row(self, now: Now) -> ReplayRow {
        ReplayRow {
            id: 0,
            kind: String::new(),
            number: 0,
            options: Bytes::new(),
            seed: Bytes::new(),
            opened_ms: 0,
            ended_ms: now.wall_ms,
            inputs: self.inputs,
            chunks: self.chunks,
            hash: proto::tables::Bits(self.hash),
            outcome: cut(&self.outcome),
            players: serde_json::to_string(&self.players).unwrap_or_default(),
        }
    }
}

/// What a column of words takes.
pub(super) fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(ROOM_OUTCOME_BYTES_MAX)].to_owned()
}

const BEAT_MS: u64 = 1_000;
