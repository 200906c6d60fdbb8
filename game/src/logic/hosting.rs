//! The rooms that are open: who is in which, their timers and ticks, and what becomes of one that panics.
//! A room is open from its first member to its last.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    time::{Duration, Instant},
};

use bytes::Bytes;
use proto::{
    client::{RoomJoin, RoomJoined, RoomLeft},
    ids::{AccountId, GroupId, RoomId},
    kinds::{self, Lane},
    packet::Packet,
    room::{self, input::What},
    wire,
};
use rand_chacha::rand_core::Rng as _;
use rustc_hash::FxHashMap;

use super::{
    delivery::ConnKey,
    event::Now,
    release::Step,
    rooms::{
        bank::Bank,
        run::{Hands, RoomRun, Stopped},
        watch::{Calling, Subject},
    },
    running::session,
    sessions::command_rate,
    tx::{Call, Halt, decode},
    world::World,
};
use crate::{
    registry::Registered,
    room::{Deal, Effects, Opening, Refusal, Tick, TimerId},
};

/// All open rooms.
#[derive(Default)]
pub(crate) struct Hosting {
    rooms: FxHashMap<RoomId, Hosted>,
    /// By kind of room and number. Randomly keyed: clients choose the numbers.
    by_name: HashMap<(usize, u32), RoomId>,
    /// By latest-wins group.
    by_group: FxHashMap<GroupId, RoomId>,
    made: u64,
    /// What comes due: one tick of each room, and its timers, each once.
    due: BTreeSet<(Instant, RoomId, Due)>,
    kicks: VecDeque<(RoomId, AccountId)>,
    effects: Effects,
}

/// An open room.
struct Hosted {
    run: RoomRun,
    /// Index into the registry.
    kind: usize,
    number: u32,
    groups: RoomGroups,
    opened: Instant,
    ticks: bool,
    tick: Duration,
    tick_at: Instant,
    timers: BTreeMap<TimerId, Instant>,
}

/// The groups in which a room's members are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoomGroups {
    pub(crate) must_arrive: GroupId,
    pub(crate) latest_wins: GroupId,
}

/// What comes due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Tick,
    Timer(TimerId),
}

/// A room without gold.
struct NoBank;

impl Bank for NoBank {
    fn deal(&mut self, _deal: &Deal, _stakes: &BTreeMap<AccountId, i64>) -> Result<(), Refusal> {
        Err(Refusal("no_gold_here"))
    }
}

/// Why a call of a room had no effect.
enum Failed {
    /// It said no.
    Refused(Refusal),
    /// It panicked and is closed.
    Broken,
}

impl Hosting {
    /// Open rooms at a time.
    const ROOMS_MAX: usize = 10_000;

    pub(crate) fn len(&self) -> usize {
        self.rooms.len()
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.due.first().map(|(at, ..)| *at)
    }

    fn pop_due(&mut self, now: Instant) -> Option<(RoomId, Due)> {
        if now < self.next_deadline()? {
            return None;
        }
        self.due.pop_first().map(|(_, room, due)| (room, due))
    }
}

impl World {
    /// The command `room_join`.
    pub(super) fn join_room(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let RoomJoin { room, .. } = decode(call.body)?;
        let (kind, number) = self.room_name(&room)?;
        if session(&mut self.conns, key).is_none_or(|session| session.room.is_some()) {
            return Err(Halt::Reject("already_in_room"));
        }
        let id = self.room_open(kind, number, now)?;
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else { return Err(Halt::Reject("internal")) };
        if self.registry.rooms()[kind].members_max <= hosted.run.members().len() {
            return Err(Halt::Reject("room_full"));
        }
        let groups = hosted.groups;
        let joins = room::Member { account: call.account.0, player: true, here: true, ..Default::default() };
        if let Err(failed) = self.call_room(id, 0, now, What::Join(joins)) {
            self.close_if_empty(id);
            return Err(failed.halt());
        }
        let members = self.hosting.rooms.get(&id).map_or(0, |hosted| hosted.run.members().len());
        if let Some(session) = session(&mut self.conns, key) {
            session.room = Some(id);
        }
        self.delivery.step(Step::Subscribe { conn: key, group: groups.must_arrive }, &[]);
        self.delivery.subscribe(key, groups.latest_wins);
        let joined = RoomJoined {
            room: id.0,
            members: u32::try_from(members).unwrap_or(u32::MAX),
            ..RoomJoined::default()
        };
        let mut answer = Vec::new();
        wire::put_answer_ok(&mut answer, call.cseq, &wire::encode(&joined));
        let send = Step::Send { to: key, lane: Lane::MustArrive, is_answer: true };
        self.delivery.step(send, &answer);
        self.take_effects(id, None, now);
        self.refresh(key, groups.latest_wins, now);
        Ok(())
    }

    /// The command `room_leave`.
    pub(super) fn leave_own_room(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let room = session(&mut self.conns, key).and_then(|session| session.room.take());
        let room = room.ok_or(Halt::Reject("not_in_room"))?;
        let mut answer = Vec::new();
        wire::put_answer_ok(&mut answer, call.cseq, &[]);
        self.leave_room(key, call.account, room, now);
        let send = Step::Send { to: key, lane: Lane::MustArrive, is_answer: true };
        self.delivery.step(send, &answer);
        Ok(())
    }

    /// A member's command of a room's kind.
    pub(super) fn room_message(
        &mut self,
        key: ConnKey,
        kind: u32,
        call: &Call<'_>,
        now: Now,
    ) -> Result<(), Halt> {
        let room = session(&mut self.conns, key).and_then(|session| session.room);
        let of_kind = self.kinds.get(&kind).and_then(|(_, room)| *room);
        let hosted = room.and_then(|room| self.hosting.rooms.get(&room));
        let (Some(id), true) = (room, hosted.is_some_and(|hosted| Some(hosted.kind) == of_kind)) else {
            return Err(Halt::Reject("not_in_room"));
        };
        let message =
            room::Message { account: call.account.0, kind, body: Bytes::copy_from_slice(call.body) };
        self.call_room(id, call.cseq, now, What::Message(message)).map_err(Failed::halt)?;
        if call.cseq != 0 && !self.outputs.has_answer() {
            self.outputs.answer_ok(call.cseq, &[]);
        }
        self.take_effects(id, Some(key), now);
        Ok(())
    }

    /// A signal: of the map, or of a room. What is over the budget or out of place is dropped.
    pub(super) fn on_signal(&mut self, key: ConnKey, cost: u32, packet: Packet<'_>, now: Now) {
        self.figures.signals += 1;
        let rate = command_rate(&self.config);
        let Some(session) = session(&mut self.conns, key) else { return };
        let account = session.account;
        let is_paid = session.commands.take(cost, rate, now.instant).is_ok();
        if is_paid && packet.kind == kinds::MOVE {
            self.on_move(key, account, packet.body, now);
        } else if is_paid && self.delivery.has_room() {
            let call = Call { account, cseq: 0, body: packet.body };
            // A refused signal has no answer.
            let _refused = self.room_message(key, packet.kind, &call, now);
        }
    }

    /// A member left, or its connection did. The session no longer names the room.
    pub(super) fn leave_room(&mut self, key: ConnKey, account: AccountId, id: RoomId, now: Now) {
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else { return };
        let groups = hosted.groups;
        self.delivery.step(Step::Unsubscribe { conn: key, group: groups.must_arrive }, &[]);
        self.delivery.unsubscribe(key, groups.latest_wins);
        if self.call_room(id, 0, now, What::Leave(account.0)).is_ok() {
            self.take_effects(id, None, now);
            self.close_if_empty(id);
        }
    }

    /// Puts out whom rooms have kicked, and whom those who left then kicked.
    pub(super) fn settle_kicks(&mut self, now: Now) {
        while let Some((id, account)) = self.hosting.kicks.pop_front() {
            let Some(key) = self.online.get(&account).copied() else { continue };
            let Some(session) = session(&mut self.conns, key) else { continue };
            if session.room == Some(id) {
                session.room = None;
                self.leave_room(key, account, id, now);
                self.tell_left(key, id, "kicked");
            }
        }
    }

    /// Sends a member a snapshot of a latest-wins group, at once.
    pub(super) fn refresh(&mut self, key: ConnKey, group: GroupId, now: Now) {
        if self.refresh_map(key, group, now) {
            return;
        }
        let Some(id) = self.hosting.by_group.get(&group).copied() else { return };
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let mut bytes = Vec::new();
        let subject = subject(id, &self.registry.rooms()[hosted.kind], hosted.number);
        match self.watch.look(&subject, &Calling::Snapshot, || hosted.run.snapshot(&mut bytes)) {
            Ok(()) => self.delivery.refreshed(key, group, &bytes),
            Err(_) => self.break_room(id),
        }
    }

    /// Ticks and timers that are due. Each tick at most once, however late. While no more output may wait for
    /// durability, the rooms' time stands still: what they say by themselves would have no bound.
    pub(super) fn run_due(&mut self, now: Now) {
        while let Some((id, due)) = self.hosting.pop_due(now.instant) {
            let Some(hosted) = self.hosting.rooms.get_mut(&id) else { continue };
            let groups = hosted.groups;
            let may_speak = self.delivery.has_room();
            match due {
                Due::Tick => {
                    hosted.tick_at = now.instant + hosted.tick;
                    self.hosting.due.insert((hosted.tick_at, id, Due::Tick));
                    if may_speak && hosted.ticks {
                        if self.call_room(id, 0, now, What::Tick(true)).is_err() {
                            continue;
                        }
                        self.take_effects(id, None, now);
                    }
                    for key in self.delivery.tick(groups.latest_wins) {
                        self.refresh(key, groups.latest_wins, now);
                    }
                }
                Due::Timer(timer) if may_speak => {
                    hosted.timers.remove(&timer);
                    if self.call_room(id, 0, now, What::Timer(timer.0)).is_ok() {
                        self.take_effects(id, None, now);
                    }
                }
                Due::Timer(timer) => {
                    let at = now.instant + hosted.tick;
                    hosted.timers.insert(timer, at);
                    self.hosting.due.insert((at, id, Due::Timer(timer)));
                }
            }
        }
    }

    /// A room has one name: the bare one is number 0, and a number has no leading zero or sign.
    fn room_name(&self, name: &str) -> Result<(usize, u32), Halt> {
        const UNKNOWN: Halt = Halt::Reject("no_such_room");
        let (kind, number) = match name.split_once('#') {
            None => (name, 0),
            Some((kind, digits)) => {
                let number: u32 = digits.parse().map_err(|_| UNKNOWN)?;
                if number == 0 || number.to_string() != digits {
                    return Err(Halt::Reject("room_number"));
                }
                (kind, number)
            }
        };
        let kind = self.registry.rooms().iter().position(|room| room.name == kind).ok_or(UNKNOWN)?;
        Ok((kind, number))
    }

    fn room_open(&mut self, kind: usize, number: u32, now: Now) -> Result<RoomId, Halt> {
        if let Some(id) = self.hosting.by_name.get(&(kind, number)) {
            return Ok(*id);
        }
        if Hosting::ROOMS_MAX <= self.hosting.rooms.len() {
            return Err(Halt::Later { error: "too_many_rooms", retry_after_ms: 5_000 });
        }
        let registered = &self.registry.rooms()[kind];
        let mut seed = [0; 32];
        self.rng.fill_bytes(&mut seed);
        let id = RoomId(self.hosting.made + 1);
        let subject = subject(id, registered, number);
        let opening = Opening { number, options: &[] };
        let opened = self
            .watch
            .hear(&subject, &Calling::Open(opening.options), || RoomRun::open(registered, &opening, seed));
        let run = match opened {
            Ok(run) => run,
            Err(Stopped::Refused(Refusal(code))) => return Err(Halt::Reject(code)),
            Err(Stopped::Closed(_)) => {
                self.figures.panics += 1;
                return Err(Halt::Reject("room_failed"));
            }
        };
        let (ticks, tick) = match registered.tick {
            Tick::Never => (false, self.config.tick),
            Tick::World => (true, self.config.tick),
            Tick::Every(time) => (true, time),
        };
        let groups = RoomGroups {
            must_arrive: self.delivery.group(Lane::MustArrive),
            latest_wins: self.delivery.group(Lane::LatestWins),
        };
        self.hosting.made = id.0;
        // Eight phases, so that not all rooms tick in the same turn.
        let phase = u32::try_from(id.0 % 8).unwrap_or(0);
        let hosted = Hosted {
            run,
            kind,
            number,
            groups,
            opened: now.instant,
            ticks,
            tick,
            tick_at: now.instant + tick + tick / 8 * phase,
            timers: BTreeMap::new(),
        };
        self.hosting.due.insert((hosted.tick_at, id, Due::Tick));
        self.hosting.rooms.insert(id, hosted);
        self.hosting.by_name.insert((kind, number), id);
        self.hosting.by_group.insert(groups.latest_wins, id);
        Ok(id)
    }

    /// Lets a room hear something. One that cannot go on is closed, and only it.
    fn call_room(&mut self, id: RoomId, re: u64, now: Now, what: What) -> Result<(), Failed> {
        self.outputs.clear();
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else { return Err(Failed::Broken) };
        let at_ms = now.instant.saturating_duration_since(hosted.opened).as_millis();
        let mut hands =
            Hands { out: &mut self.outputs, effects: &mut self.hosting.effects, bank: &mut NoBank, re };
        let at_ms = u64::try_from(at_ms).unwrap_or(u64::MAX);
        let subject = subject(id, &self.registry.rooms()[hosted.kind], hosted.number);
        let run = &mut hosted.run;
        match self.watch.hear(&subject, &Calling::Hear(&what), || run.apply(&what, at_ms, &mut hands)) {
            Ok(()) => Ok(()),
            Err(Stopped::Refused(refusal)) => Err(Failed::Refused(refusal)),
            Err(Stopped::Closed(_)) => {
                self.break_room(id);
                Err(Failed::Broken)
            }
        }
    }

    /// Makes what a room asked for true.
    fn take_effects(&mut self, id: RoomId, caller: Option<ConnKey>, now: Now) {
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else { return };
        for (timer, after) in self.hosting.effects.timers.drain(..) {
            if let Some(at) = hosted.timers.remove(&timer) {
                self.hosting.due.remove(&(at, id, Due::Timer(timer)));
            }
            if let Some(after) = after {
                let at = now.instant + after;
                hosted.timers.insert(timer, at);
                self.hosting.due.insert((at, id, Due::Timer(timer)));
            }
        }
        for account in self.hosting.effects.kicks.drain(..) {
            self.hosting.kicks.push_back((id, account));
        }
        let groups = hosted.groups;
        self.deliver(caller, Some(groups));
    }

    /// Closes a room that cannot go on: its members are in no room any more.
    fn break_room(&mut self, id: RoomId) {
        self.figures.panics += 1;
        self.outputs.clear();
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let groups = hosted.groups;
        let members: Vec<AccountId> = hosted.run.members().keys().copied().collect();
        for account in members {
            let Some(key) = self.online.get(&account).copied() else { continue };
            let Some(session) = session(&mut self.conns, key) else { continue };
            if session.room == Some(id) {
                session.room = None;
                self.delivery.step(Step::Unsubscribe { conn: key, group: groups.must_arrive }, &[]);
                self.delivery.unsubscribe(key, groups.latest_wins);
                self.tell_left(key, id, "room_failed");
            }
        }
        self.close_room(id);
    }

    /// Tells a player that it is out of a room without having left it.
    fn tell_left(&mut self, key: ConnKey, room: RoomId, reason: &str) {
        let left = RoomLeft { room: room.0, reason: reason.to_owned() };
        let mut bytes = Vec::new();
        wire::put(&mut bytes, Packet { kind: kinds::ROOM_LEFT, ..Packet::default() }, &left);
        self.delivery.step(Step::Send { to: key, lane: Lane::MustArrive, is_answer: false }, &bytes);
    }

    fn close_if_empty(&mut self, id: RoomId) {
        if self.hosting.rooms.get(&id).is_some_and(|hosted| hosted.run.members().len() == 0) {
            self.close_room(id);
        }
    }

    fn close_room(&mut self, id: RoomId) {
        let Some(hosted) = self.hosting.rooms.remove(&id) else { return };
        let Hosted { kind, number, groups, tick_at, timers, .. } = hosted;
        self.hosting.due.remove(&(tick_at, id, Due::Tick));
        for (timer, at) in timers {
            self.hosting.due.remove(&(at, id, Due::Timer(timer)));
        }
        self.hosting.by_name.remove(&(kind, number));
        self.hosting.by_group.remove(&groups.latest_wins);
        self.delivery.step(Step::End { group: groups.must_arrive }, &[]);
        self.delivery.end_group(groups.latest_wins);
    }
}

/// A room as its watch knows it.
fn subject(room: RoomId, kind: &Registered, number: u32) -> Subject {
    Subject { room, kind: kind.name, number, is_durable: kind.is_durable(), limit: kind.limits.handler }
}

impl Failed {
    fn halt(self) -> Halt {
        match self {
            Self::Refused(Refusal(code)) => Halt::Reject(code),
            Self::Broken => Halt::Reject("room_failed"),
        }
    }
}
