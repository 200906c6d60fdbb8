//! Commands about the own characters.

use proto::{
    client::{CharCreate, CharDelete, CharEnter, CharRestore, Character, Characters, Entered},
    kinds::{CHAR_CREATE, CHAR_DELETE, CHAR_ENTER, CHAR_LEAVE, CHAR_LIST, CHAR_RESTORE},
    wire::{decode, encode},
};

use super::{error::Error, handle::Client};
use crate::logic::{echo::FROM_SERVER, types::Outcome};

impl Client {
    /// The own characters, and which of them is in the world.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn characters(&self) -> Result<Outcome<Characters>, Error> {
        let outcome = self.command(CHAR_LIST, &[]).await?;
        outcome.read(CHAR_LIST, |body| decode(body, FROM_SERVER))
    }

    /// Makes one more character; its name is nobody else's.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn create_character(&self, name: &str) -> Result<Outcome<Character>, Error> {
        self.about_character(CHAR_CREATE, &encode(&CharCreate { name: name.to_owned() })).await
    }

    /// Deletes a character; until `gone_ms` it can be restored.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn delete_character(&self, character: u64) -> Result<Outcome<Character>, Error> {
        self.about_character(CHAR_DELETE, &encode(&CharDelete { character })).await
    }

    /// Brings a deleted character back.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn restore_character(&self, character: u64) -> Result<Outcome<Character>, Error> {
        self.about_character(CHAR_RESTORE, &encode(&CharRestore { character })).await
    }

    /// Into the world with a character.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn enter(&self, character: u64) -> Result<Outcome<Entered>, Error> {
        let outcome = self.command(CHAR_ENTER, &encode(&CharEnter { character })).await?;
        outcome.read(CHAR_ENTER, |body| decode(body, FROM_SERVER))
    }

    /// Out of the world.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn leave_world(&self) -> Result<Outcome, Error> {
        self.command(CHAR_LEAVE, &[]).await
    }

    async fn about_character(&self, kind: u32, body: &[u8]) -> Result<Outcome<Character>, Error> {
        let outcome = self.command(kind, body).await?;
        outcome.read(kind, |body| decode(body, FROM_SERVER))
    }
}
