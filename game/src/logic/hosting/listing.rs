//! The list of open rooms, and new ones under numbers of the server's choice.

use proto::{
    client::{RoomCreate, RoomInfo, RoomList, RoomListed},
    ids::{AccountId, RoomId},
    limits::{OPTIONS_BYTES_MAX, ROOM_PAGE_MAX},
    wire,
};

use super::{Caller, calling::subject, seats::name};
use crate::logic::{
    delivery::ConnKey,
    event::Now,
    rooms::watch::Calling,
    tx::{Call, Halt, decode},
    world::World,
};

impl World {
    /// The command `room_create`. Nobody is counted for the rooms that they made: each open room has a member, and an
    /// account is a member of one room, so nobody can hold more than that open.
    pub(in crate::logic) fn room_create(
        &mut self,
        key: ConnKey,
        call: &Call<'_>,
        now: Now,
    ) -> Result<(), Halt> {
        let RoomCreate { kind, options, spectate } = decode(call.body)?;
        if OPTIONS_BYTES_MAX < options.len() {
            return Err(Halt::Reject("bad_body"));
        }
        let kind = self.room_kind(&kind)?;
        let number = self.hosting.index.lowest_free(kind);
        self.enter_room(Caller { key, call }, kind, (number, &options), !spectate, now)
    }

    /// The command `room_list`.
    pub(in crate::logic) fn room_list(
        &mut self,
        key: ConnKey,
        call: &Call<'_>,
        now: Now,
    ) -> Result<(), Halt> {
        let RoomList { kind, after } = decode(call.body)?;
        let kind = if kind.is_empty() { None } else { Some(self.room_kind(&kind)?) };
        let mut page: Vec<RoomId> =
            self.hosting.index.after(kind, RoomId(after)).take(ROOM_PAGE_MAX + 1).collect();
        let more = ROOM_PAGE_MAX < page.len();
        page.truncate(ROOM_PAGE_MAX);
        let rooms = page.into_iter().filter_map(|id| self.room_info(id, now)).collect();
        self.in_tx(key, None, now, |tx| {
            tx.answer(call, &wire::encode(&RoomListed { rooms, more }));
            Ok(())
        })?;
        self.commit_command(key, call, now)
    }

    /// The room in which an account has a seat that is kept; 0: it has none.
    pub(in crate::logic) fn kept_seat(&self, account: AccountId) -> u64 {
        self.hosting.seated.get(&account).map_or(0, |id| id.0)
    }

    /// A room as clients are told of it; none: it is not open, or broke when it was asked for its label.
    pub(super) fn room_info(&mut self, id: RoomId, now: Now) -> Option<RoomInfo> {
        let hosted = self.hosting.rooms.get(&id)?;
        let registered = &self.registry.rooms()[hosted.kind];
        let subject = subject(id, registered, hosted.number);
        let label = match self.watch.look(&subject, &Calling::Label, || hosted.run.label()) {
            Ok(label) => label,
            Err(broken) => {
                self.break_room(id, broken, None, now);
                return None;
            }
        };
        let (members, players) = (hosted.run.members().len(), hosted.run.players());
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Some(RoomInfo {
            room: id.0,
            name: name(registered.name, hosted.number),
            members: count(members),
            players: count(players),
            players_max: count(registered.players_max),
            label,
            open: players < registered.players_max && members < registered.members_max,
        })
    }
}
