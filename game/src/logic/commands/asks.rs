//! What members answer to what their rooms ask. Knows no room from inside.

use proto::client::RoomAnswer;

use crate::logic::{
    delivery::ConnKey,
    event::Now,
    tx::{Call, Halt, decode},
    world::World,
};

impl World {
    /// The command `room_answer`. No room asks anything yet, so nothing can be answered.
    pub(super) fn answer_room(&mut self, _: ConnKey, call: &Call<'_>, _: Now) -> Result<(), Halt> {
        let RoomAnswer { .. } = decode(call.body)?;
        Err(Halt::Reject("no_such_ask"))
    }
}
