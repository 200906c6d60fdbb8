//! What rooms hear, and what becomes of what they say, and snapshots for whoever fell behind. What durable rooms miss of
//! their members while they stand still they hear later. When that is is in `hosting/standing.rs`, when what is due in
//! `hosting/due.rs`.

use proto::{
    ids::{AccountId, GroupId, RoomId},
    room::{Input, input::What},
};

use super::Caller;
use crate::{
    logic::{
        delivery::ConnKey,
        event::Now,
        rooms::{
            purse::{NoGold, Purpose, Purse},
            run::{Hands, Stopped},
            watch::{Calling, Lasts, Subject},
        },
        tx::Halt,
        world::World,
    },
    registry::Registered,
    room::Refusal,
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
        if self.hosting.watched.has(id) {
            let kinds = self.registry.rooms()[hosted.kind].kinds;
            let input = (hosted.run.inputs(), at_ms, &what);
            self.hosting.watched.hears(id, input, kinds, &self.hosting.effects.outcomes);
        }
        self.hosting.touched.insert(id);
        if let Some(kept) = &mut hosted.kept {
            let outcomes = self.hosting.effects.outcomes.iter().map(|code| (*code).to_owned()).collect();
            let input = Input { at_ms, outcomes, what: Some(what) };
            kept.heard(&input);
            self.shadow(id, &input);
        }
        if is_over {
            // All are out.
            self.hosting.effects.kicks.clear();
        }
        Ok(Heard { is_over, has_dealt })
    }

    /// Makes what a room asked for true, and lets what it said go.
    pub(super) fn take_effects(&mut self, id: RoomId, caller: Option<ConnKey>, now: Now) {
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        let groups = hosted.groups;
        let is_over = hosted.run.outcome().is_some();
        self.take_kicks(id);
        self.deliver(caller, Some(groups));
        self.tell_asks(id, now);
        if is_over {
            self.close_finished(id, now);
        } else {
            self.arrange(id, now);
        }
    }

    /// Those whom a room puts out leave it when what is at hand is done.
    pub(super) fn take_kicks(&mut self, id: RoomId) {
        let Some(hosted) = self.hosting.rooms.get(&id) else { return };
        // Whoever is no member of this room may be one of another.
        let is_member = |account: &AccountId| hosted.run.members().contains_key(account);
        let kicks = self.hosting.effects.kicks.drain(..).filter(is_member);
        self.hosting.kicks.extend(kicks.map(|account| (id, account)));
    }

    /// Lets a room hear what nobody waits for an answer to. A durable one that stands still hears it when it goes on.
    /// False: it has not heard it.
    pub(super) fn tell_room(&mut self, id: RoomId, what: What, caller: Option<Caller<'_>>, now: Now) -> bool {
        let Some(hosted) = self.hosting.rooms.get(&id) else { return false };
        let is_heard = hosted.kept.is_none() || self.durable_rooms_hear();
        let mut what = what;
        if let What::Leave(account) | What::Away(account) | What::Back(account) = what {
            let account = AccountId(account);
            let is_here = hosted.run.members().get(&account).map(|member| member.is_here);
            let late = self.hosting.late.remove(&(id, account));
            if is_here.is_none() {
                return false;
            }
            match (late, &what) {
                // Whoever has left does not come back.
                (Some(left @ What::Leave(_)), _) => what = left,
                // It went and came back, or the other way round, and the room need not know.
                (_, What::Away(_)) if is_here == Some(false) => return false,
                (_, What::Back(_)) if is_here == Some(true) => return false,
                _ => {}
            }
            if !is_heard {
                self.hosting.late.insert((id, account), what);
                return false;
            }
        }
        if !is_heard || self.call_room(id, what, caller, now).is_err() {
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

    /// What rooms that do not tick said latest-wins leaves with the turn.
    pub(in crate::logic) fn flush_rooms(&mut self, now: Now) {
        let later = std::mem::take(&mut self.hosting.touched_later);
        self.hosting.touched.extend(later);
        for id in std::mem::take(&mut self.hosting.touched) {
            let Some(hosted) = self.hosting.rooms.get(&id) else { continue };
            let (groups, ticks) = (hosted.groups, hosted.tick_at.is_some());
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

/// A room as its watch knows it.
pub(super) fn subject(room: RoomId, kind: &Registered, number: u32) -> Subject {
    let lasts = if kind.is_durable() { Lasts::Room } else { Lasts::No };
    Subject { room, kind: kind.name, number, lasts, limit: kind.limits.handler }
}
