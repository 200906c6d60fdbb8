//! The rooms that are open: who is in which, and how one comes in and out. What rooms hear is in `hosting/calling.rs`,
//! when they hear it by themselves in `hosting/due.rs`, what they ask in `hosting/asks.rs`, what the journal gets of it in
//! `hosting/writing.rs`, how they end in `hosting/closing.rs`, when they stand still in `hosting/standing.rs`, how they come back after a crash in `hosting/recovering.rs`,
//! and whoever lost its connection to `hosting/seats.rs`.

mod asks;
mod calling;
mod closing;
mod due;
mod index;
mod listing;
mod matched;
mod opening;
mod overseen;
mod recovering;
mod seats;
mod shadow;
mod standing;
mod watched;
mod writing;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    time::Instant,
};

use bytes::Bytes;
use proto::{
    client::{RoomJoin, RoomJoined},
    ids::{AccountId, GroupId, RoomId},
    kinds::{self, Lane},
    limits::RATING_START,
    packet::Packet,
    room::{self, input::What},
    tables::{RatingRow, WalletRow},
    wire,
};
use rustc_hash::FxHashMap;

pub(in crate::logic) use self::matched::Unmatched;
pub(crate) use self::recovering::{ROOM_TABLES, Recovery};
use self::{calling::Failed, closing::Ending, index::Index, seats::Change};
use super::{
    delivery::ConnKey,
    event::{BrokenRoom, Diverged, Now},
    held::UnitKey,
    release::Step,
    rooms::{clock::RoomClock, kept::Kept, packed::Packer, run::RoomRun},
    running::session,
    sessions::command_rate,
    tx::{Call, Halt, decode},
    world::World,
};
use crate::room::Effects;

/// All open rooms.
#[derive(Default)]
pub(crate) struct Hosting {
    rooms: FxHashMap<RoomId, Hosted>,
    index: Index,
    /// By kind of room and number. Randomly keyed: clients choose the numbers.
    by_name: HashMap<(usize, u32), RoomId>,
    /// By latest-wins group.
    by_group: FxHashMap<GroupId, RoomId>,
    /// Who has a seat in a durable room, whether its connection is there or not.
    seated: FxHashMap<AccountId, RoomId>,
    /// Of rooms that a crash leaves nothing of, and of durable ones.
    clocks: [RoomClock; 2],
    /// What comes due by each clock: one tick of a room, and one moment for all else.
    due: [BTreeSet<(u64, RoomId, Due)>; 2],
    /// Of one of them, what this turn looks at: empty between turns.
    due_now: Vec<(u64, RoomId, Due)>,
    kicks: VecDeque<(RoomId, AccountId)>,
    /// Durable rooms that heard something which is in no record, and rooms whose latest-wins output leaves with this turn.
    touched: BTreeSet<RoomId>,
    /// Of the former, those for whose record there was no room.
    touched_later: BTreeSet<RoomId>,
    /// What durable rooms are to hear of their members once they may go on.
    late: BTreeMap<(RoomId, AccountId), What>,
    /// Rooms that are over and whose last record is not made.
    ending: BTreeMap<RoomId, Ending>,
    /// The one of them that was looked at last.
    ending_last: RoomId,
    /// What the driver is to know of rooms that were closed as broken.
    broken: Vec<BrokenRoom>,
    diverged: Vec<Diverged>,
    /// Those that staff watches.
    watched: watched::Watched,
    /// What was read of rooms while the world loads.
    recovery: Recovery,
    /// Rooms that came back, some of whose members may not have, and until when these are waited for.
    returned: BTreeSet<RoomId>,
    returned_until: Option<Instant>,
    /// Is about to be shown all of its room: what it was just asked too.
    sees_soon: Option<AccountId>,
    effects: Effects,
    packer: Packer,
    /// The row of the clock: its version, and when the next one is due by the clock.
    beat: (u64, u64),
    /// What the rows of durable rooms took when it was last added up, and what opened since.
    stored: Option<(Instant, usize)>,
    undurable: standing::Undurable,
    /// They stand still since then, and whether members were told so.
    stands: Option<(Instant, bool)>,
}

/// An open room.
pub(super) struct Hosted {
    run: RoomRun,
    /// Index into the registry.
    kind: usize,
    number: u32,
    groups: RoomGroups,
    /// By its clock.
    opened_at: u64,
    /// Between two ticks of the room, milliseconds; none: it has none.
    tick: Option<u64>,
    /// When the next one is; none: it has none, or needs none now.
    tick_at: Option<u64>,
    /// When something else of it is due, if anything is.
    wake_at: Option<u64>,
    /// Of a durable one.
    kept: Option<Box<Kept>>,
    /// Plays along, of some durable ones.
    shadow: Option<Box<RoomRun>>,
    /// Whose wallets are kept in memory for it.
    pinned: BTreeSet<AccountId>,
    /// No player is there: it is closed then, by its clock.
    deserted_at: Option<u64>,
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
    Wake,
    Deserted,
}

/// A command to a room: whose connection, and what.
#[derive(Clone, Copy)]
pub(super) struct Caller<'a> {
    key: ConnKey,
    call: &'a Call<'a>,
}

impl Hosting {
    /// Open rooms at a time.
    const ROOMS_MAX: usize = 10_000;

    pub(crate) fn len(&self) -> usize {
        self.rooms.len()
    }

    /// When the next of them has something to do.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let of = |clock: usize| self.clocks[clock].instant_of(self.due[clock].first()?.0);
        let beat = self.clocks[DURABLE].instant_of(self.beat.1).filter(|_| self.has_durable());
        // Nobody is away from a room that stands still.
        let returned = self.returned_until.filter(|_| self.clocks[DURABLE].is_going());
        [of(PASSING), of(DURABLE), beat, returned, self.stands_at()].into_iter().flatten().min()
    }

    /// Rooms that were closed as broken since this was last asked.
    pub(crate) fn broken(&mut self) -> &mut Vec<BrokenRoom> {
        &mut self.broken
    }

    /// Rooms that went another way since this was last asked.
    pub(crate) fn diverged(&mut self) -> &mut Vec<Diverged> {
        &mut self.diverged
    }

    fn has_durable(&self) -> bool {
        !self.seated.is_empty()
    }

    /// An account has no seat in this room any more; one that it has in another it keeps.
    fn unseat(&mut self, account: AccountId, id: RoomId) {
        if self.seated.get(&account) == Some(&id) {
            self.seated.remove(&account);
        }
    }
}

impl Hosted {
    fn clock(&self) -> usize {
        if self.kept.is_some() { DURABLE } else { PASSING }
    }

    /// Its own time.
    fn at_ms(&self, clocks: &[RoomClock; 2], now: Instant) -> u64 {
        clocks[self.clock()].at_ms(now).saturating_sub(self.opened_at)
    }
}

impl World {
    /// The command `room_join`.
    pub(super) fn join_room(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let RoomJoin { room, spectate } = decode(call.body)?;
        let (kind, number) = self.room_name(&room)?;
        self.enter_room(Caller { key, call }, kind, (number, &[]), !spectate, now)
    }

    /// Somebody comes into the room of this number, which opens with these options if it is not.
    pub(super) fn enter_room(
        &mut self,
        caller: Caller<'_>,
        kind: usize,
        (number, options): (u32, &[u8]),
        plays: bool,
        now: Now,
    ) -> Result<(), Halt> {
        let Caller { key, call } = caller;
        if session(&mut self.conns, key).is_none_or(|session| session.room.is_some()) {
            return Err(Halt::Reject("already_in_room"));
        }
        let rating = self.may_enter(key, call.account, kind, now)?;
        let id = self.room_open(kind, number, options, now)?;
        let entered = self.seat_in_room(id, call.account, (rating, plays), Some(caller), now);
        if let Err(failed) = entered {
            self.close_if_empty(id, now);
            return Err(failed.halt());
        }
        // Before it hears the room: it is told of itself with all the others.
        self.tell_member(id, call.account, Change::Is);
        self.show_in(key, id, Some(call.cseq), now);
        Ok(())
    }

    /// What has to be true and in memory before an account comes into a room of this kind; its rating there.
    pub(super) fn may_enter(
        &mut self,
        key: ConnKey,
        account: AccountId,
        kind: usize,
        now: Now,
    ) -> Result<i32, Halt> {
        let registered = &self.registry.rooms()[kind];
        if !registered.is_durable() {
            return Ok(rating_of(None));
        }
        let game = registered.game();
        self.durable_rooms_may()?;
        let rating = self.in_tx(key, None, now, |tx| {
            tx.want::<WalletRow>(&[account.0]);
            tx.want::<RatingRow>(&[account.0]);
            tx.row::<WalletRow>(&account.0)?;
            Ok(rating_of(tx.row::<RatingRow>(&(account.0, game))?.as_ref()))
        })?;
        // Once it has all that it waits for, so that it is counted once.
        self.durable_rooms_may_begin(now)?;
        Ok(rating)
    }

    /// Makes an account a member; what it is told follows with [`Self::show_in`].
    pub(super) fn seat_in_room(
        &mut self,
        id: RoomId,
        account: AccountId,
        (rating, plays): (i32, bool),
        caller: Option<Caller<'_>>,
        now: Now,
    ) -> Result<(), Failed> {
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else {
            return Err(Failed::refused("no_such_room"));
        };
        let registered = &self.registry.rooms()[hosted.kind];
        let players_are_full = plays && registered.players_max <= hosted.run.players();
        // Whoever looks on may come and go; half of what a room may hear in its life is for those who play.
        let is_spent = !plays && hosted.kept.is_some() && registered.limits.inputs / 2 <= hosted.run.inputs();
        if players_are_full || is_spent || registered.members_max <= hosted.run.members().len() {
            return Err(Failed::refused("room_full"));
        }
        let is_pinned = registered.is_durable() && hosted.pinned.insert(account);
        if is_pinned {
            self.cache.pin(&UnitKey::Wallet(account.0));
        }
        let joins = room::Member { account: account.0, rating, player: plays, here: true };
        if let Err(failed) = self.call_room(id, What::Join(joins), caller, now) {
            // With a room that broke this goes when its last record is made.
            if let Some(hosted) = self.hosting.rooms.get_mut(&id).filter(|_| is_pinned) {
                hosted.pinned.remove(&account);
                self.cache.unpin(&UnitKey::Wallet(account.0));
            }
            return Err(failed);
        }
        if self.hosting.rooms.get(&id).is_some_and(|hosted| hosted.kept.is_some()) {
            self.hosting.seated.insert(account, id);
        }
        Ok(())
    }

    /// A member begins to hear its room, and sees all that is to be seen; with the answer to its command, if it is one.
    pub(super) fn show_in(&mut self, key: ConnKey, id: RoomId, re: Option<u64>, now: Now) {
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let groups = hosted.groups;
        let Some(account) = session(&mut self.conns, key).map(|session| session.account) else { return };
        self.hear_room(key, account, id, groups);
        if let Some(re) = re {
            let joined = self.joined(id, account);
            let mut answer = Vec::new();
            wire::put_answer_ok(&mut answer, re, &wire::encode(&joined));
            let send = Step::Send { to: key, lane: Lane::MustArrive, is_answer: true };
            self.delivery.step(send, &answer);
        }
        self.hosting.sees_soon = Some(account);
        self.take_effects(id, None, now);
        self.hosting.sees_soon = None;
        self.show_room(key, account, id, now);
        self.refresh(key, groups.latest_wins, now);
    }

    /// What a room says to all its members this one hears from now on.
    fn hear_room(&mut self, key: ConnKey, account: AccountId, id: RoomId, groups: RoomGroups) {
        let Some(session) = session(&mut self.conns, key) else { return };
        session.room = Some(id);
        self.lobby.leave(account);
        self.delivery.step(Step::Subscribe { conn: key, group: groups.must_arrive }, &[]);
        self.delivery.subscribe(key, groups.latest_wins);
    }

    /// What a new member is told.
    pub(super) fn joined(&self, id: RoomId, account: AccountId) -> RoomJoined {
        let Some(hosted) = self.hosting.rooms.get(&id) else { return RoomJoined::default() };
        let kind = self.registry.rooms()[hosted.kind].name;
        RoomJoined {
            room: id.0,
            members: u32::try_from(hosted.run.members().len()).unwrap_or(u32::MAX),
            name: seats::name(kind, hosted.number),
            kind: kind.to_owned(),
            player: hosted.run.members().get(&account).is_some_and(|member| member.is_player),
            keeps: hosted.kept.is_some(),
        }
    }

    /// The command `room_leave`.
    pub(super) fn leave_own_room(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let room = session(&mut self.conns, key).and_then(|session| session.room);
        let id = room.ok_or(Halt::Reject("not_in_room"))?;
        if self.hosting.rooms.get(&id).is_some_and(|hosted| hosted.kept.is_some()) {
            self.durable_rooms_may()?;
        }
        if let Some(session) = session(&mut self.conns, key) {
            session.room = None;
        }
        let mut answer = Vec::new();
        wire::put_answer_ok(&mut answer, call.cseq, &[]);
        self.leave_room(key, call.account, id, Some(Caller { key, call }), now);
        let send = Step::Send { to: key, lane: Lane::MustArrive, is_answer: true };
        self.delivery.step(send, &answer);
        Ok(())
    }

    /// A member's command of a room's kind, or its signal.
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
        if hosted.is_some_and(|hosted| hosted.kept.is_some()) {
            if call.cseq != 0 {
                self.durable_rooms_may()?;
            } else if !self.durable_rooms_hear() {
                return Err(Halt::Reject("rooms_stand_still"));
            }
        }
        let body = Bytes::copy_from_slice(call.body);
        let what = What::Message(room::Message { account: call.account.0, kind, body });
        self.call_room(id, what, Some(Caller { key, call }), now).map_err(Failed::halt)?;
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

    /// A member left for good. The session no longer names the room.
    pub(super) fn leave_room(
        &mut self,
        key: ConnKey,
        account: AccountId,
        id: RoomId,
        caller: Option<Caller<'_>>,
        now: Now,
    ) {
        self.hosting.unseat(account, id);
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let groups = hosted.groups;
        self.delivery.step(Step::Unsubscribe { conn: key, group: groups.must_arrive }, &[]);
        self.delivery.unsubscribe(key, groups.latest_wins);
        if self.tell_room(id, What::Leave(account.0), caller, now) {
            self.tell_member(id, account, Change::Gone);
            self.close_if_empty(id, now);
        }
    }

    /// Puts out whom rooms have kicked, and whom those who left then kicked.
    pub(super) fn settle_kicks(&mut self, now: Now) {
        while let Some((id, account)) = self.hosting.kicks.pop_front() {
            let key = self.online.get(&account).copied();
            match key.and_then(|key| session(&mut self.conns, key)) {
                Some(session) if session.room == Some(id) => {
                    session.room = None;
                    let key = key.unwrap_or_default();
                    self.leave_room(key, account, id, None, now);
                    self.tell_left(key, id, "kicked");
                }
                _ => {
                    // It is away: what it would have been told it finds out when it is back.
                    self.hosting.unseat(account, id);
                    if self.tell_room(id, What::Leave(account.0), None, now) {
                        self.tell_member(id, account, Change::Gone);
                        self.close_if_empty(id, now);
                    }
                }
            }
        }
    }
}

/// As rooms know it.
fn rating_of(row: Option<&RatingRow>) -> i32 {
    i32::try_from(row.map_or(RATING_START, |row| row.rating)).unwrap_or(i32::MAX)
}

/// Of [`Hosting::clocks`].
const PASSING: usize = 0;
const DURABLE: usize = 1;
