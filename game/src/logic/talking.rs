//! Chat that depends on who is in the world, and where: to those near, to one character. Knows no rule about what may
//! be said.

use proto::{kinds, packet::Packet, wire};

use super::{
    commands::chat,
    delivery::ConnKey,
    event::Now,
    tx::{Call, Halt},
    world::World,
};

impl World {
    /// `chat_near`.
    pub(super) fn chat_near(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let heard = self.in_tx(key, None, now, |tx| chat::near(tx, call))?;
        self.commit_command(key, call, now)?;
        let mut bytes = Vec::new();
        wire::put(&mut bytes, Packet { kind: kinds::CHAT_NEAR_HEARD, ..Packet::default() }, &heard);
        self.tell_near(call.account, &bytes);
        Ok(())
    }

    /// `chat_private`. It is said to a character, not to its account: another one that it plays hears nothing.
    pub(super) fn chat_private(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let (owner, to) = self.in_tx(key, None, now, |tx| chat::private(tx, call))?;
        if !self.roaming.is_played(owner) || self.roaming.who(owner) != Some(to) {
            return Err(Halt::Reject("not_online"));
        }
        self.commit_command(key, call, now)
    }
}
