//! The way into rooms besides joining one by name: making one, seeing which are open, being brought together with
//! others of about the own rating. Knows no room from inside.

mod matching;
pub(crate) mod rating;

use proto::{
    client::{RatingRead, RoomCreate, RoomList, RoomListed, RoomMatch},
    wire,
};

use super::{
    delivery::ConnKey,
    event::Now,
    tx::{Call, Halt, decode},
    world::World,
};

impl World {
    /// The command `room_create`. No kind of room is made by number yet.
    pub(super) fn room_create(&mut self, _: ConnKey, call: &Call<'_>, _: Now) -> Result<(), Halt> {
        let RoomCreate { .. } = decode(call.body)?;
        Err(Halt::Reject("no_such_room"))
    }

    /// The command `room_list`. No room is listed yet.
    pub(super) fn room_list(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let RoomList { .. } = decode(call.body)?;
        self.in_tx(key, None, now, |tx| {
            tx.answer(call, &wire::encode(&RoomListed::default()));
            Ok(())
        })?;
        self.commit_command(key, call, now)
    }

    /// The command `room_match`. No kind of room has a quick match yet.
    pub(super) fn room_match(&mut self, _: ConnKey, call: &Call<'_>, _: Now) -> Result<(), Halt> {
        let RoomMatch { .. } = decode(call.body)?;
        Err(Halt::Reject("no_quick_match"))
    }

    /// The command `room_match_cancel`. Nobody waits yet.
    pub(super) fn room_match_cancel(&mut self, _: ConnKey, _: &Call<'_>, _: Now) -> Result<(), Halt> {
        Err(Halt::Reject("not_waiting"))
    }

    /// The command `rating_read`. No kind of room counts yet.
    pub(super) fn rating_read(&mut self, _: ConnKey, call: &Call<'_>, _: Now) -> Result<(), Halt> {
        let RatingRead { .. } = decode(call.body)?;
        Err(Halt::Reject("no_such_room"))
    }
}
