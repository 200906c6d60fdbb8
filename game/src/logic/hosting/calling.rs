//! What rooms hear, and what becomes of what they say: commands and signals, ticks and timers, and snapshots for whoever
//! fell behind. Time of durable rooms stands still while nothing more may be journalled.

use std::time::Duration;

use proto::{
    client::Notice,
    ids::{AccountId, GroupId, RoomId},
    kinds::{self, Lane},
    level::Level,
    packet::Packet,
    room::{self, Input, input::What},
    wire,
};

use super::{Caller, DURABLE, Due, Hosted, PASSING};
use crate::{
    logic::{
        delivery::ConnKey,
        event::Now,
        rooms::{
            purse::{NoGold, Purpose, Purse},
            run::{Hands, Stopped},
            watch::{Calling, Subject},
        },
        tx::Halt,
        world::World,
    },
    registry::Registered,
    room::{Refusal, TimerId},
};

/// Why a call of a room had no effect.
pub(in crate::logic) enum Failed {
    /// It said no.
    Refused(Refusal),
    /// It cannot go on and is closed, under this name.
    Broken(&'static str),
}

impl Failed {
    pub(super) fn refused(code: &'static str) -> Self {
        Self::Refused(Refusal(code))
    }

    pub(in crate::logic) fn halt(self) -> Halt {
        match self {
            Self::Refused(Refusal(code)) | Self::Broken(code) => Halt::Reject(code),
        }
    }
}

/// What follows from what a room has heard.
pub(super) struct Heard {
    pub(super) is_over: bool,
    has_dealt: bool,
}

impl World {
    /// Lets a room hear something. What it said is in `outputs` until [`Self::take_effects`]; a command's record, and one
    /// that moves gold, is made here. A room that cannot go on is closed, and only it.
    pub(super) fn call_room(
        &mut self,
        id: RoomId,
        what: What,
        caller: Option<Caller<'_>>,
        now: Now,
    ) -> Result<(), Failed> {
        self.outputs.clear();
        self.work.clear();
        if matches!(what, What::Message(_)) && self.is_save_urgent(id) && !self.may_write() {
            return Err(Failed::refused("rooms_stand_still"));
        }
        let Heard { is_over, has_dealt } = self.call_unwritten(id, what, caller, now)?;
        if self.hosting.rooms.get(&id).is_some_and(|hosted| hosted.kept.is_some()) {
            if is_over {
                self.end_match(id, caller, now)?;
            } else if caller.is_some_and(|caller| caller.call.cseq != 0) || has_dealt {
                self.write_input(id, caller, now)?;
            } else if self.is_save_urgent(id) && self.may_write() {
                // Before the turn ends: what one hears in it has a bound.
                self.write_input(id, None, now)?;
            }
        }
        Ok(())
    }

    /// Whether a room has to be saved before it hears much more.
    pub(super) fn is_save_urgent(&self, id: RoomId) -> bool {
        self.hosting.rooms.get(&id).and_then(|hosted| hosted.kept.as_ref()).is_some_and(|kept| kept.is_full())
    }

    /// The same without any record: gold that it moved is in the unit of work, which the caller has begun.
    pub(super) fn call_unwritten(
        &mut self,
        id: RoomId,
        what: What,
        caller: Option<Caller<'_>>,
        now: Now,
    ) -> Result<Heard, Failed> {
        let clocks = &self.hosting.clocks;
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else {
            return Err(Failed::refused("not_in_room"));
        };
        let at_ms = hosted.at_ms(clocks, now.instant);
        let subject = subject(id, &self.registry.rooms()[hosted.kind], hosted.number);
        let re = caller.map_or(0, |caller| caller.call.cseq);
        let purpose = Purpose {
            lsn: self.pipeline.next(),
            room: id.0,
            caller: caller.map(|caller| caller.call.account).unwrap_or_default(),
            cseq: re,
            wall_ms: now.wall_ms,
        };
        let mut purse = Purse { cache: &self.cache, work: &mut self.work, purpose, has_dealt: false };
        let bank: &mut dyn crate::logic::rooms::bank::Bank =
            if hosted.kept.is_some() { &mut purse } else { &mut NoGold };
        let mut hands = Hands { out: &mut self.outputs, effects: &mut self.hosting.effects, bank, re };
        let run = &mut hosted.run;
        let heard = self.watch.hear(&subject, &Calling::Hear(&what), || run.apply(&what, at_ms, &mut hands));
        let has_dealt = purse.has_dealt;
        match heard {
            Ok(()) => {}
            Err(Stopped::Refused(refusal)) => return Err(Failed::Refused(refusal)),
            Err(Stopped::Closed(broken)) => {
                let name = broken.name;
                self.break_room(id, broken, Some((what, at_ms)), now);
                return Err(Failed::Broken(name));
            }
        }
        let is_over = run.outcome().is_some();
        self.hosting.touched.insert(id);
        if let Some(kept) = &mut hosted.kept {
            let outcomes = self.hosting.effects.outcomes.iter().map(|code| (*code).to_owned()).collect();
            let input = Input { at_ms, outcomes, what: Some(what) };
            kept.heard(&input);
            self.shadow(id, &input);
        } else if is_over {
            self.hosting.kicks.clear();
        }
        Ok(Heard { is_over, has_dealt })
    }

    /// Makes what a room asked for true, and lets what it said go.
    pub(super) fn take_effects(&mut self, id: RoomId, caller: Option<ConnKey>, now: Now) {
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let groups = hosted.groups;
        let is_over = hosted.run.outcome().is_some();
        for account in self.hosting.effects.kicks.drain(..) {
            self.hosting.kicks.push_back((id, account));
        }
        self.deliver(caller, Some(groups));
        self.tell_asks(id, now);
        if is_over {
            self.close_finished(id, now);
        } else {
            self.arrange(id, now);
        }
    }

    /// Lets a room hear what nobody waits for an answer to. A durable one that stands still hears it when it goes on.
    /// False: it has not heard it.
    pub(super) fn tell_room(&mut self, id: RoomId, what: What, caller: Option<Caller<'_>>, now: Now) -> bool {
        let Some(hosted) = self.hosting.rooms.get(&id) else { return false };
        if hosted.kept.is_some() && !self.hosting.clocks[DURABLE].is_going() {
            if let What::Leave(account) | What::Away(account) | What::Back(account) = what {
                let last = self.hosting.late.entry((id, AccountId(account))).or_insert_with(|| what.clone());
                // Whoever has left does not come back.
                if !matches!(last, What::Leave(_)) {
                    *last = what;
                }
            }
            return false;
        }
        if self.call_room(id, what, caller, now).is_err() {
            return false;
        }
        self.take_effects(id, None, now);
        true
    }

    /// Sends a member a snapshot of a latest-wins group, at once.
    pub(in crate::logic) fn refresh(&mut self, key: ConnKey, group: GroupId, now: Now) {
        if self.refresh_map(key, group, now) {
            return;
        }
        let Some(id) = self.hosting.by_group.get(&group).copied() else { return };
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let mut bytes = Vec::new();
        let subject = subject(id, &self.registry.rooms()[hosted.kind], hosted.number);
        match self.watch.look(&subject, &Calling::Snapshot, || hosted.run.snapshot(&mut bytes)) {
            Ok(()) => self.delivery.refreshed(key, group, &bytes),
            Err(broken) => self.break_room(id, broken, None, now),
        }
    }

    /// All that a member has to see, for itself alone.
    pub(super) fn view(&mut self, id: RoomId, account: AccountId, now: Now) -> Option<Vec<u8>> {
        let hosted = self.hosting.rooms.get(&id)?;
        let mut bytes = Vec::new();
        let subject = subject(id, &self.registry.rooms()[hosted.kind], hosted.number);
        let seen =
            self.watch.look(&subject, &Calling::View(account), || hosted.run.view(account, &mut bytes));
        match seen {
            Ok(()) => Some(bytes),
            Err(broken) => {
                self.break_room(id, broken, None, now);
                None
            }
        }
    }

    /// Ticks, timers and asks that are due. Each tick at most once, however late. While no more output may wait for
    /// durability nothing is: what rooms say by themselves would have no bound.
    pub(in crate::logic) fn run_due(&mut self, now: Now) {
        if !self.delivery.has_room() {
            self.put_off(now);
            return;
        }
        for clock in [PASSING, DURABLE] {
            if !self.hosting.clocks[clock].is_going() {
                continue;
            }
            let at_ms = self.hosting.clocks[clock].at_ms(now.instant);
            while let Some((_, id, due)) =
                self.hosting.due[clock].first().copied().filter(|(due_ms, ..)| *due_ms <= at_ms)
            {
                self.hosting.due[clock].pop_first();
                match due {
                    Due::Tick => self.tick_room(id, at_ms, now),
                    Due::Wake => self.wake_room(id, now),
                    Due::Deserted => self.abandon(id, now),
                }
            }
        }
    }

    /// What is due is due a little later.
    fn put_off(&mut self, now: Now) {
        let clock = self.hosting.clocks[PASSING];
        let at_ms = clock.at_ms(now.instant);
        while let Some((_, id, due)) =
            self.hosting.due[PASSING].first().copied().filter(|(due_ms, ..)| *due_ms <= at_ms)
        {
            self.hosting.due[PASSING].pop_first();
            let Some(hosted) = self.hosting.rooms.get_mut(&id) else { continue };
            let later = at_ms + hosted.tick.unwrap_or(PUT_OFF_MS);
            match due {
                Due::Tick => hosted.tick_at = later,
                Due::Wake => hosted.wake_at = Some(later),
                Due::Deserted => {}
            }
            self.hosting.due[PASSING].insert((later, id, due));
            if due == Due::Tick {
                let groups = hosted.groups;
                for key in self.delivery.tick(groups.latest_wins) {
                    self.refresh(key, groups.latest_wins, now);
                }
            }
        }
    }

    fn tick_room(&mut self, id: RoomId, at_ms: u64, now: Now) {
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else { return };
        let Some(tick) = hosted.tick else { return };
        let (groups, clock) = (hosted.groups, hosted.clock());
        hosted.tick_at = at_ms + tick;
        self.hosting.due[clock].insert((hosted.tick_at, id, Due::Tick));
        self.tell_room(id, What::Tick(true), None, now);
        for key in self.delivery.tick(groups.latest_wins) {
            self.refresh(key, groups.latest_wins, now);
        }
    }

    /// Timers and asks of a room whose time has come, in its order.
    fn wake_room(&mut self, id: RoomId, now: Now) {
        if let Some(hosted) = self.hosting.rooms.get_mut(&id) {
            hosted.wake_at = None;
        }
        // Not for ever: a timer of no time is due again at once, and waits for the next turn.
        for _ in 0..WAKES_PER_TURN {
            let Some(hosted) = self.hosting.rooms.get(&id) else { return };
            let at_ms = hosted.at_ms(&self.hosting.clocks, now.instant);
            let Some((_, what)) = hosted.next_due().filter(|(due_ms, _)| *due_ms <= at_ms) else { break };
            if !self.tell_room(id, what, None, now) {
                break;
            }
        }
        self.arrange(id, now);
    }

    /// Notes when a room's next timer or ask is due.
    pub(super) fn arrange(&mut self, id: RoomId, now: Now) {
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else { return };
        let clock = hosted.clock();
        let next = hosted.next_due().map(|(at_ms, _)| hosted.opened_at + at_ms);
        if hosted.wake_at != next {
            if let Some(before) = std::mem::replace(&mut hosted.wake_at, next) {
                self.hosting.due[clock].remove(&(before, id, Due::Wake));
            }
            if let Some(next) = next {
                self.hosting.due[clock].insert((next, id, Due::Wake));
            }
        }
        self.arrange_desertion(id, now);
    }

    /// Notes since when nobody who plays a durable room is there.
    fn arrange_desertion(&mut self, id: RoomId, now: Now) {
        let now_ms = self.hosting.clocks[DURABLE].at_ms(now.instant);
        let Some(hosted) = self.hosting.rooms.get_mut(&id).filter(|hosted| hosted.kept.is_some()) else {
            return;
        };
        let is_deserted = !hosted.run.members().values().any(|member| member.is_player && member.is_here);
        if is_deserted == hosted.deserted_at.is_some() {
            return;
        }
        if let Some(before) = hosted.deserted_at.take() {
            self.hosting.due[DURABLE].remove(&(before, id, Due::Deserted));
        } else {
            let at_ms = now_ms + DESERTED_MS;
            hosted.deserted_at = Some(at_ms);
            self.hosting.due[DURABLE].insert((at_ms, id, Due::Deserted));
        }
    }

    /// Lets durable rooms go on, or makes them stand still, as there is room for what they do.
    pub(in crate::logic) fn govern_rooms(&mut self, now: Now) {
        if !self.hosting.clocks[PASSING].is_going() {
            self.hosting.clocks[PASSING].go(0, now.instant);
        }
        let may = self.is_ready()
            && self.scarcity.level() < Level::Red
            && self.pipeline.has_room()
            && self.delivery.has_room();
        if may == self.hosting.clocks[DURABLE].is_going() {
            return self.tell_standing(now);
        }
        if may {
            self.hosting.clocks[DURABLE].go(0, now.instant);
            let told = self.hosting.stands.take().is_some_and(|(_, is_told)| is_told);
            if told {
                self.tell_durable("rooms_go_on", "Matches go on.");
            }
            for ((id, _), what) in std::mem::take(&mut self.hosting.late) {
                if self.tell_room(id, what, None, now) {
                    self.close_if_empty(id, now);
                }
            }
        } else {
            self.hosting.clocks[DURABLE].stop(now.instant);
            self.hosting.stands = Some((now.instant, false));
        }
    }

    /// A moment nobody notices; of more, members are told.
    fn tell_standing(&mut self, now: Now) {
        if let Some((since, is_told)) = &mut self.hosting.stands
            && !*is_told
            && STANDS_TOLD <= now.instant.saturating_duration_since(*since)
        {
            *is_told = true;
            self.tell_durable("rooms_stand_still", "Matches stand still for a moment.");
        }
    }

    fn tell_durable(&mut self, name: &str, text: &str) {
        let notice = Notice { name: name.to_owned(), text: text.to_owned() };
        let mut bytes = Vec::new();
        wire::put(&mut bytes, Packet { kind: kinds::NOTICE, ..Packet::default() }, &notice);
        let members: Vec<ConnKey> =
            self.hosting.seated.keys().filter_map(|account| self.online.get(account).copied()).collect();
        for key in members {
            self.delivery.send_now(key, Lane::Control, false, &bytes);
        }
    }

    /// What rooms without a tick said latest-wins leaves with the turn.
    pub(in crate::logic) fn flush_rooms(&mut self, now: Now) {
        let later = std::mem::take(&mut self.hosting.touched_later);
        self.hosting.touched.extend(later);
        for id in std::mem::take(&mut self.hosting.touched) {
            let Some(hosted) = self.hosting.rooms.get(&id) else { continue };
            let (groups, ticks) = (hosted.groups, hosted.tick.is_some());
            if hosted.kept.is_some() {
                self.write_pending(id, now);
            }
            if !ticks {
                for key in self.delivery.tick(groups.latest_wins) {
                    self.refresh(key, groups.latest_wins, now);
                }
            }
        }
    }
}

impl Hosted {
    /// What a room without a tick waits for: a timer, an ask whose time is over or whose member has left.
    fn next_due(&self) -> Option<(u64, What)> {
        let timer = self.run.timers().min().map(|(at_ms, TimerId(id))| (at_ms, What::Timer(id)));
        let is_member = |account| self.run.members().contains_key(account);
        let over = self.run.asks().iter().map(|(id, ask)| {
            let at_ms = if is_member(&ask.member) { ask.until_ms } else { 0 };
            (at_ms, What::Answered(room::Answered { ask: id.0, ..room::Answered::default() }))
        });
        let ask = over.min_by_key(|(at_ms, _)| *at_ms);
        [timer, ask].into_iter().flatten().min_by_key(|(at_ms, _)| *at_ms)
    }
}

/// A room as its watch knows it.
pub(super) fn subject(room: RoomId, kind: &Registered, number: u32) -> Subject {
    Subject { room, kind: kind.name, number, is_durable: kind.is_durable(), limit: kind.limits.handler }
}

/// What is due again at once waits after so many.
const WAKES_PER_TURN: usize = 64;
/// While too much waits, a room without a tick waits so long.
const PUT_OFF_MS: u64 = 100;
/// A durable room whose players are all away for so long is closed.
const DESERTED_MS: u64 = 600_000;
/// Rooms that stand still for so long say so.
const STANDS_TOLD: Duration = Duration::from_secs(1);
