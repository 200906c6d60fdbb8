//! What rooms ask their members, and what these answer. An answer is heard as a command of the room is: in one record with
//! its effects and the command's number. Knows no ask from inside.

use bytes::Bytes;
use proto::{
    client::{RoomAnswer, RoomAsk, RoomAskOver},
    ids::{AccountId, RoomId},
    kinds::{self, Lane},
    packet::Packet,
    room::{self, input::What},
    wire,
};

use super::{Caller, Hosted, calling::Failed};
use crate::{
    logic::{
        delivery::ConnKey,
        event::Now,
        release::Step,
        rooms::run::Waiting,
        running::session,
        tx::{Call, Halt, decode},
        world::World,
    },
    room::{ANSWER_BYTES_MAX, AskId},
};

impl World {
    /// The command `room_answer`: to what the caller's room asks of the caller, while it does.
    pub(in crate::logic) fn answer_room(
        &mut self,
        key: ConnKey,
        call: &Call<'_>,
        now: Now,
    ) -> Result<(), Halt> {
        let RoomAnswer { id: ask, body, refused, room } = decode(call.body)?;
        if ANSWER_BYTES_MAX < body.len() {
            return Err(Halt::Reject("answer_too_large"));
        }
        let is_in = session(&mut self.conns, key).and_then(|session| session.room);
        let is_meant = |id: &RoomId| room == 0 || room == id.0;
        let id = is_in.filter(is_meant).ok_or(NO_SUCH_ASK)?;
        let hosted = self.hosting.rooms.get(&id).ok_or(NO_SUCH_ASK)?;
        let waiting = hosted.run.asks().get(&AskId(ask)).ok_or(NO_SUCH_ASK)?;
        // What is late has no answer, whether the room has heard of that yet or not.
        let is_late = waiting.until_ms <= hosted.at_ms(&self.hosting.clocks, now.instant);
        if waiting.member != call.account || is_late {
            return Err(NO_SUCH_ASK);
        }
        if hosted.kept.is_some() {
            self.durable_rooms_may()?;
        }
        let body = if refused { Bytes::new() } else { body };
        let what = What::Answered(room::Answered { ask, given: !refused, body });
        self.call_room(id, what, Some(Caller { key, call }), now).map_err(Failed::halt)?;
        if !self.outputs.has_answer() {
            self.outputs.answer_ok(call.cseq, &[]);
        }
        self.take_effects(id, Some(key), now);
        Ok(())
    }

    /// What a room has just taken back of what it asked, and what it has just asked, of members who are there; except
    /// whoever sees it with all the rest.
    pub(super) fn tell_asks(&mut self, id: RoomId, now: Now) {
        let over = std::mem::take(&mut self.hosting.effects.asks_over);
        let asked = std::mem::take(&mut self.hosting.effects.asks);
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let at_ms = hosted.at_ms(&self.hosting.clocks, now.instant);
        let mut told = Vec::with_capacity(over.len() + asked.len());
        for (ask, member) in over {
            let mut bytes = Vec::new();
            let over = RoomAskOver { id: ask.0, room: id.0 };
            wire::put(&mut bytes, Packet { kind: kinds::ROOM_ASK_OVER, ..Packet::default() }, &over);
            told.push((member, bytes));
        }
        for asked in asked {
            let Some(waiting) = hosted.run.asks().get(&asked.id) else { continue };
            let mut bytes = Vec::new();
            put_ask(&mut bytes, id, (asked.id, waiting), at_ms);
            told.push((waiting.member, bytes));
        }
        let (sees_soon, group) = (self.hosting.sees_soon, hosted.groups.must_arrive);
        for (member, bytes) in told.into_iter().filter(|(member, _)| Some(*member) != sees_soon) {
            let Some(key) = self.online.get(&member).copied() else { continue };
            if session(&mut self.conns, key).is_none_or(|session| session.room != Some(id)) {
                continue;
            }
            self.delivery.step(Step::Flush { group }, &[]);
            self.delivery.step(Step::Send { to: key, lane: Lane::MustArrive, is_answer: false }, &bytes);
        }
    }
}

impl Hosted {
    /// All that is asked of a member at this time of the room, as it is told.
    pub(super) fn put_asks_of(&self, bytes: &mut Vec<u8>, id: RoomId, member: AccountId, at_ms: u64) {
        for (ask, waiting) in self.run.asks().iter().filter(|(_, waiting)| waiting.member == member) {
            put_ask(bytes, id, (*ask, waiting), at_ms);
        }
    }
}

fn put_ask(bytes: &mut Vec<u8>, room: RoomId, (ask, waiting): (AskId, &Waiting), at_ms: u64) {
    let wait_ms = u32::try_from(waiting.until_ms.saturating_sub(at_ms)).unwrap_or(u32::MAX);
    let (kind, body) = (waiting.kind, waiting.body.clone().into());
    let ask = RoomAsk { id: ask.0, kind, body, wait_ms, room: room.0 };
    wire::put(bytes, Packet { kind: kinds::ROOM_ASK, ..Packet::default() }, &ask);
}

const NO_SUCH_ASK: Halt = Halt::Reject("no_such_ask");
