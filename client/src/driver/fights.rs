//! Commands of a fight. Which avatars are monsters, and how much life each has, is in the cells' states.

use proto::{
    client::{Attack, Attacked, Respawned},
    kinds,
    wire::{decode, encode},
};

use super::{error::Error, handle::Client};
use crate::logic::{echo::FROM_SERVER, types::Outcome};

/// Fights. What happens in one comes as [`crate::Push::Hit`], [`crate::Push::Died`], [`crate::Push::Looted`] and
/// [`crate::Push::Progress`].
impl Client {
    /// One blow at a monster within reach.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn attack(&self, avatar: u32) -> Result<Outcome<Attacked>, Error> {
        let outcome = self.command(kinds::ATTACK, &encode(&Attack { avatar })).await?;
        outcome.read(kinds::ATTACK, |body| decode(body, FROM_SERVER))
    }

    /// Begins again with the own character, which is dead. Its next move goes on from the place in the answer.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn respawn(&self) -> Result<Outcome<Respawned>, Error> {
        let outcome = self.command(kinds::RESPAWN, &[]).await?;
        outcome.read(kinds::RESPAWN, |body| decode(body, FROM_SERVER))
    }
}
