//! What staff sees of open rooms, and what it says to one of them. Knows no staff log: its row lies in the unit of work
//! already, and becomes true with what the room does.

use std::{cmp::Reverse, collections::BinaryHeap};

use proto::{
    client::RoomInfo,
    ids::RoomId,
    kinds::KindDef,
    link::{RoomOrder, StaffRoomAsk, StaffRoomInfo, StaffRoomKind, StaffRoomSeat, StaffRoomTimer},
    room::{Signal, input::What},
    turn::TxnId,
};

use super::{
    Hosted,
    calling::{Failed, subject},
    seats::name,
};
use crate::logic::{event::Now, rooms::watch::Calling, staff::RoomPage, tx::Halt, world::World};

impl World {
    pub(in crate::logic) fn is_room_open(&self, id: RoomId) -> bool {
        self.hosting.rooms.contains_key(&id)
    }

    /// The next so many open rooms of a kind in some order, and whether there are no further ones. The room of a page's
    /// end may be closed by now.
    pub(in crate::logic) fn rooms_page(&self, wish: &RoomPage, count: usize) -> (Vec<RoomId>, bool) {
        let index = &self.hosting.index;
        let kind = self.registry.rooms().iter().position(|kind| kind.name == wish.kind);
        if kind.is_none() && !wish.kind.is_empty() {
            return (Vec::new(), true);
        }
        let mut page: Vec<RoomId> = match wish.order {
            RoomOrder::Oldest => index.after(kind, wish.after).take(count + 1).collect(),
            RoomOrder::Newest => index.before(kind, wish.after).take(count + 1).collect(),
            RoomOrder::MostMembers => {
                let place = |id: &RoomId| {
                    let members = self.hosting.rooms.get(id).map_or(0, |hosted| hosted.run.members().len());
                    (Reverse(members), *id)
                };
                let from = (Reverse(wish.members as usize), wish.after);
                let is_next = |place: &(Reverse<usize>, RoomId)| wish.after.0 == 0 || from < *place;
                // One pass over all, however far the page is, which keeps no more than a page.
                let mut best = BinaryHeap::new();
                for place in index.after(kind, RoomId(0)).map(|id| place(&id)).filter(is_next) {
                    best.push(place);
                    if count + 1 < best.len() {
                        best.pop();
                    }
                }
                best.into_sorted_vec().into_iter().map(|(_, id)| id).collect()
            }
        };
        let is_last = page.len() <= count;
        page.truncate(count);
        (page, is_last)
    }

    /// What kinds there are here, and how many of each are open.
    pub(in crate::logic) fn room_kinds(&self) -> Vec<StaffRoomKind> {
        let kinds = self.registry.rooms().iter().enumerate();
        let kinds = kinds.map(|(index, kind)| StaffRoomKind {
            name: kind.name.to_owned(),
            open: u32::try_from(self.hosting.index.count(index)).unwrap_or(u32::MAX),
            secrets: kind.has_secrets,
        });
        kinds.collect()
    }

    /// A room as its line in a list; none: it is not open, or not any more.
    pub(in crate::logic) fn oversee(&mut self, id: RoomId, now: Now) -> Option<StaffRoomInfo> {
        let RoomInfo { room, name, members, players, players_max, label, .. } = self.room_info(id, now)?;
        let hosted = self.hosting.rooms.get(&id)?;
        let kind = &self.registry.rooms()[hosted.kind];
        Some(StaffRoomInfo {
            room,
            name,
            members,
            players,
            players_max,
            label,
            age_ms: hosted.at_ms(&self.hosting.clocks, now.instant),
            inputs: hosted.run.inputs(),
            keeps: hosted.kept.is_some(),
            pot: hosted.run.stakes().values().sum(),
            kind: kind.name.to_owned(),
            secrets: kind.has_secrets,
            ..StaffRoomInfo::default()
        })
    }

    /// A room in a line for the staff log, without asking the room itself: it may be the one that breaks. Empty: it is not open.
    pub(in crate::logic) fn room_told(&self, id: RoomId) -> String {
        let Some(hosted) = self.hosting.rooms.get(&id) else { return String::new() };
        let (members, players) = (hosted.run.members().len(), hosted.run.players());
        let pot: i64 = hosted.run.stakes().values().sum();
        let name = name(self.registry.rooms()[hosted.kind].name, hosted.number);
        format!("{name}: {members} members, {players} of them play, {pot} gold in the pot")
    }

    /// The same with its seats and its state; none: it is not open.
    ///
    /// # Errors
    /// The name under which it was closed, for it broke when it was looked at.
    pub(in crate::logic) fn oversee_whole(
        &mut self,
        id: RoomId,
        now: Now,
    ) -> Result<Option<StaffRoomInfo>, Halt> {
        let Some(mut info) = self.oversee(id, now) else { return Ok(None) };
        let Some(hosted) = self.hosting.rooms.get(&id) else { return Ok(None) };
        info.seats = seats(hosted);
        info.timers = timers(hosted, info.age_ms);
        info.asks = asks(hosted, self.registry.rooms()[hosted.kind].kinds, info.age_ms);
        let subject = subject(id, &self.registry.rooms()[hosted.kind], hosted.number);
        // However long it takes: no room ends because staff looks at it.
        match self.watch.again(&subject, &Calling::Save, || hosted.run.json()) {
            Ok(json) => {
                info.state_bytes = json.len() as u64;
                // JSON is UTF-8.
                info.state = String::from_utf8(json).unwrap_or_default();
                info.state.truncate(info.state.floor_char_boundary(STATE_SHOWN_BYTES));
                Ok(Some(info))
            }
            Err(broken) => {
                let name = broken.name;
                self.break_room(id, broken, None, now);
                Err(Halt::Reject(name))
            }
        }
    }

    /// Whether a room may hear something of staff now, and the record of it be made.
    ///
    /// # Errors
    /// RETRY_LATER.
    pub(in crate::logic) fn room_may_hear_staff(&self, id: RoomId) -> Result<(), Halt> {
        self.scarcity.admits_anything()?;
        if self.hosting.rooms.get(&id).is_some_and(|hosted| hosted.kept.is_some()) {
            return self.durable_rooms_may();
        }
        if self.pipeline.has_room() { Ok(()) } else { Err(STORE_BUSY) }
    }

    /// Lets a room hear a signal of staff: an input like any other, in one record with what lies in the unit of work.
    ///
    /// # Errors
    /// The room's refusal, or the name under which it was closed.
    pub(in crate::logic) fn tell_by_staff(
        &mut self,
        id: RoomId,
        signal: &Signal,
        now: Now,
    ) -> Result<(), Halt> {
        let heard = self.call_unwritten(id, What::Staff(signal.clone()), None, now).map_err(Failed::halt)?;
        let is_kept = self.hosting.rooms.get(&id).is_some_and(|hosted| hosted.kept.is_some());
        let made = match (is_kept, heard.is_over) {
            (true, true) => self.end_match(id, None, now).map_err(Failed::halt),
            (true, false) => self.write_input(id, None, now).map_err(Failed::halt),
            (false, _) => self.commit(TxnId::default(), now),
        };
        // Of a room that was closed for want of its record nothing is left to tell.
        self.take_effects(id, None, now);
        made
    }
}

/// Its members, and who has left without their stakes.
fn seats(hosted: &Hosted) -> Vec<StaffRoomSeat> {
    let (members, stakes) = (hosted.run.members(), hosted.run.stakes());
    let seated = members.values().map(|member| StaffRoomSeat {
        account: member.account.0,
        player: member.is_player,
        here: member.is_here,
        stake: stakes.get(&member.account).copied().unwrap_or(0),
        gone: false,
    });
    let left = stakes.iter().filter(|(account, _)| !members.contains_key(account));
    let left = left.map(|(account, gold)| StaffRoomSeat {
        account: account.0,
        stake: *gold,
        gone: true,
        ..StaffRoomSeat::default()
    });
    // Stakes first, should there be more members than are shown.
    let (staked, other): (Vec<_>, Vec<_>) = left.chain(seated).partition(|seat| seat.stake != 0);
    staked.into_iter().chain(other).take(SEATS_SHOWN).collect()
}

/// When each is due, by the time that the room has now.
fn timers(hosted: &Hosted, now_ms: u64) -> Vec<StaffRoomTimer> {
    let timers = hosted.run.timers();
    let mut timers: Vec<_> = timers
        .map(|(at_ms, id)| StaffRoomTimer { id: id.0, left_ms: at_ms.saturating_sub(now_ms) })
        .collect();
    timers.sort_by_key(|timer| (timer.left_ms, timer.id));
    timers
}

fn asks(hosted: &Hosted, kinds: &[KindDef], now_ms: u64) -> Vec<StaffRoomAsk> {
    let asks = hosted.run.asks().iter();
    let mut asks: Vec<_> = asks
        .map(|(id, asked)| StaffRoomAsk {
            id: id.0,
            account: asked.member.0,
            name: packet_name(kinds, asked.kind),
            left_ms: asked.until_ms.saturating_sub(now_ms),
        })
        .collect();
    asks.sort_by_key(|ask| (ask.left_ms, ask.id));
    asks
}

/// As its kind of room calls it.
pub(super) fn packet_name(kinds: &[KindDef], kind: u32) -> String {
    let known = kinds.iter().find(|def| def.kind == kind);
    known.map_or_else(|| kind.to_string(), |def| def.name.to_owned())
}

const STORE_BUSY: Halt = Halt::Later { error: "store_busy", retry_after_ms: 1_000 };
/// Of a room's state in an answer, which is one control message.
const STATE_SHOWN_BYTES: usize = 32 * 1024;
/// Seats in it.
const SEATS_SHOWN: usize = 256;
