//! What stands in a room's place while its state goes.

use super::run::AnyRoom;
use crate::room::{Message, Refusal, Room, RoomCtx};

/// In place of a room that is on its way out.
pub(super) struct Gone;

impl AnyRoom for Gone {
    fn json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&())
    }
}

impl Room for Gone {
    fn message(&mut self, _ctx: &mut RoomCtx<'_>, _message: Message<'_>) -> Result<(), Refusal> {
        Err(Refusal("not_in_room"))
    }
}
