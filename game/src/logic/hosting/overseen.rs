//! What staff sees of open rooms, and what it says to one of them. Knows no staff log: its row lies in the unit of work
//! already, and becomes true with what the room does.

use proto::{
    client::RoomInfo,
    ids::RoomId,
    link::{StaffRoomInfo, StaffRoomSeat},
    room::{Signal, input::What},
    turn::TxnId,
};

use super::{
    Hosted,
    calling::{Failed, subject},
};
use crate::logic::{event::Now, rooms::watch::Calling, tx::Halt, world::World};

impl World {
    pub(in crate::logic) fn is_room_open(&self, id: RoomId) -> bool {
        self.hosting.rooms.contains_key(&id)
    }

    /// The next so many open rooms by id, and whether there are no further ones.
    pub(in crate::logic) fn rooms_after(&self, after: RoomId, count: usize) -> (Vec<RoomId>, bool) {
        let mut page: Vec<RoomId> = self.hosting.index.after(None, after).take(count + 1).collect();
        let is_last = page.len() <= count;
        page.truncate(count);
        (page, is_last)
    }

    /// A room as its line in a list; none: it is not open, or not any more.
    pub(in crate::logic) fn oversee(&mut self, id: RoomId, now: Now) -> Option<StaffRoomInfo> {
        let RoomInfo { room, name, members, players, players_max, label, .. } = self.room_info(id, now)?;
        let hosted = self.hosting.rooms.get(&id)?;
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
            ..StaffRoomInfo::default()
        })
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

const STORE_BUSY: Halt = Halt::Later { error: "store_busy", retry_after_ms: 1_000 };
/// Of a room's state in an answer, which is one control message.
const STATE_SHOWN_BYTES: usize = 32 * 1024;
/// Seats in it.
const SEATS_SHOWN: usize = 256;
