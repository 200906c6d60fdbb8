//! Open rooms under the eyes of staff: listed, shown, ended, spoken to. What was done is in one record with the row of the
//! staff log; what was refused left neither. Knows no room from inside: that is `hosting/overseen.rs`.

use proto::{ids::RoomId, link::StaffResponse, room::Signal};

use super::{Ask, RoomPage, StaffError};
use crate::logic::{event::Now, tx::Halt, world::World};

impl World {
    /// The next page, without asking any room beyond it.
    pub(super) fn staff_room_list(&mut self, wish: &RoomPage, now: Now) -> StaffResponse {
        let (page, is_last) = self.rooms_page(wish, PAGE_ROOMS);
        // One that breaks when it is asked for its label is not open any more.
        let rooms = page.into_iter().filter_map(|id| self.oversee(id, now)).collect();
        let room_kinds = if wish.after.0 == 0 { self.room_kinds() } else { Vec::new() };
        StaffResponse { rooms, done: is_last, room_kinds, ..StaffResponse::default() }
    }

    pub(super) fn staff_room_show(
        &mut self,
        room: RoomId,
        is_watch: bool,
        now: Now,
    ) -> Result<StaffResponse, Halt> {
        let mut shown = self.oversee_whole(room, now)?.ok_or(StaffError::NoSuchRoom)?;
        if is_watch {
            shown.heard = self.watch_room(room, now);
        }
        Ok(StaffResponse { rooms: vec![shown], ..StaffResponse::default() })
    }

    /// Its members are told when it is durable, and so is staff.
    pub(super) fn staff_room_close(
        &mut self,
        ask: &Ask,
        room: RoomId,
        now: Now,
    ) -> Result<StaffResponse, Halt> {
        if !self.is_room_open(room) {
            return Err(StaffError::NoSuchRoom.into());
        }
        self.work.clear();
        self.outputs.clear();
        self.keep_on_room(ask, room, (self.room_told(room), CLOSED.to_owned()), now);
        self.close_by_staff(room, now)?;
        Ok(StaffResponse::default())
    }

    /// What the room refuses it has not heard, and staff is told its name for that.
    pub(super) fn staff_room_say(
        &mut self,
        ask: &Ask,
        room: RoomId,
        signal: &Signal,
        now: Now,
    ) -> Result<StaffResponse, Halt> {
        if !self.is_room_open(room) {
            return Err(StaffError::NoSuchRoom.into());
        }
        self.room_may_hear_staff(room)?;
        self.work.clear();
        self.outputs.clear();
        let hears = format!("hears {} {}", signal.name, String::from_utf8_lossy(&signal.body));
        self.keep_on_room(ask, room, (self.room_told(room), hears), now);
        self.tell_by_staff(room, signal, now)?;
        Ok(StaffResponse::default())
    }
}

const CLOSED: &str = "closed";
/// Rooms of one answer: some hundred bytes each.
const PAGE_ROOMS: usize = 32;
