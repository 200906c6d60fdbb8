//! When rooms have something to do by themselves: ticks, timers, asks whose time is over, and the end of a room in which
//! nobody is. In one turn each room hears what was due when the turn began, and of what falls due again at once only so
//! much that its neighbors go on. Knows no record.

use proto::{
    ids::RoomId,
    room::{self, input::What},
};

use super::{DURABLE, Due, Hosted, PASSING};
use crate::{
    logic::{event::Now, world::World},
    room::TimerId,
};

impl World {
    /// Ticks, timers and asks that are due. Each tick at most once, however late. While no more output may wait for
    /// durability nothing is: what rooms say by themselves would have no bound. What durable rooms may not do for want
    /// of room in the journal stays due.
    pub(in crate::logic) fn run_due(&mut self, now: Now) {
        if !self.delivery.has_room() {
            self.put_off(now);
            return;
        }
        let mut turn = std::mem::take(&mut self.hosting.due_now);
        for clock in [PASSING, DURABLE] {
            if !self.hosting.clocks[clock].is_going() {
                continue;
            }
            let at_ms = self.hosting.clocks[clock].at_ms(now.instant);
            let due = self.hosting.due[clock].iter().take_while(|(due_ms, ..)| *due_ms <= at_ms);
            turn.extend(due.copied());
            for entry in turn.drain(..) {
                if clock == DURABLE && !self.durable_rooms_hear() {
                    break;
                }
                if !self.hosting.due[clock].remove(&entry) {
                    // Something before it in this turn closed the room, or made it due at another time.
                    continue;
                }
                let (_, id, due) = entry;
                match due {
                    Due::Tick => self.tick_room(id, at_ms, now),
                    Due::Wake => self.wake_room(id, now),
                    Due::Deserted => self.abandon(id, now),
                }
            }
        }
        self.hosting.due_now = turn;
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
                Due::Tick => hosted.tick_at = Some(later),
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
        hosted.tick_at = Some(at_ms + tick);
        self.hosting.due[clock].insert((at_ms + tick, id, Due::Tick));
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
        for _ in 0..WAKES_PER_TURN {
            let Some(hosted) = self.hosting.rooms.get(&id) else { return };
            let at_ms = hosted.at_ms(&self.hosting.clocks, now.instant);
            let Some((_, what)) = hosted.next_due().filter(|(due_ms, _)| *due_ms <= at_ms) else { break };
            if !self.tell_room(id, what, None, now) {
                break;
            }
        }
        // A timer of no time is due again at once, and waits for the next millisecond: turns would follow one another
        // without a pause.
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let at_ms = self.hosting.clocks[hosted.clock()].at_ms(now.instant);
        self.arrange_from(id, at_ms + 1, now);
    }

    /// Notes when a room's next tick, timer or ask is due, and whether anybody is there.
    pub(super) fn arrange(&mut self, id: RoomId, now: Now) {
        self.arrange_from(id, 0, now);
    }

    /// The same, with the next timer or ask no earlier than at this by its clock.
    fn arrange_from(&mut self, id: RoomId, from_ms: u64, now: Now) {
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else { return };
        let clock = hosted.clock();
        let next = hosted.next_due().map(|(at_ms, _)| from_ms.max(hosted.opened_at + at_ms));
        if hosted.wake_at != next {
            if let Some(before) = std::mem::replace(&mut hosted.wake_at, next) {
                self.hosting.due[clock].remove(&(before, id, Due::Wake));
            }
            if let Some(next) = next {
                self.hosting.due[clock].insert((next, id, Due::Wake));
            }
        }
        match (hosted.tick, hosted.tick_at) {
            (Some(tick), None) if hosted.run.ticks() => {
                let first = hosted.opened_at + hosted.run.at_ms() + tick;
                hosted.tick_at = Some(first);
                self.hosting.due[clock].insert((first, id, Due::Tick));
            }
            (_, Some(next)) if !hosted.run.ticks() => {
                hosted.tick_at = None;
                self.hosting.due[clock].remove(&(next, id, Due::Tick));
            }
            _ => {}
        }
        self.arrange_desertion(id, now);
    }

    /// A durable room came back: all that it waits for is due by the clock as it shows now, its next tick in its phase.
    pub(super) fn arrange_again(&mut self, id: RoomId, now: Now) {
        let now_ms = self.hosting.clocks[DURABLE].at_ms(now.instant);
        let Some(hosted) = self.hosting.rooms.get_mut(&id) else { return };
        if let (Some(tick), Some(before)) = (hosted.tick, hosted.tick_at) {
            self.hosting.due[DURABLE].remove(&(before, id, Due::Tick));
            let first = now_ms + first_tick(id, tick);
            hosted.tick_at = Some(first);
            self.hosting.due[DURABLE].insert((first, id, Due::Tick));
        }
        self.arrange(id, now);
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
}

impl Hosted {
    /// What a room waits for besides its tick: a timer, an ask whose time is over or whose member has left.
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

/// How long after it began, or came back, a room's first tick is due. Eight phases, so that not all rooms tick in the
/// same turn.
pub(super) fn first_tick(id: RoomId, tick: u64) -> u64 {
    tick + tick / 8 * (id.0 % 8)
}

/// Of what is due one room hears so much in a turn; the rest waits for the next.
const WAKES_PER_TURN: usize = 64;
/// While too much waits, a room without a tick waits so long.
const PUT_OFF_MS: u64 = 100;
/// A durable room whose players are all away for so long is closed.
const DESERTED_MS: u64 = 600_000;
