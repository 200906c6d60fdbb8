//! Commands about chat beyond a line to everyone: near, to one alone, what was said before; whom not to hear, and
//! whom staff should look at.

use proto::{
    client::{Blocks, ChatBlock, ChatLines, ChatNear, ChatPrivate, ChatReport},
    kinds::{CHAT_BLOCK, CHAT_HISTORY, CHAT_NEAR, CHAT_PRIVATE, CHAT_REPORT},
    wire::{decode, encode},
};

use super::{error::Error, handle::Client};
use crate::logic::{blocks::BlockList, echo::FROM_SERVER, types::Outcome};

/// Who is meant: somebody by the name of a character, or an account. It is the account that is meant either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom<'a> {
    /// The name of one of its characters.
    Character(&'a str),
    /// Its number, as in a line that was heard.
    Account(u64),
}

impl Client {
    /// A line for all who are near the own character.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn say_near(&self, text: &str) -> Result<Outcome, Error> {
        self.command(CHAT_NEAR, &encode(&ChatNear { text: text.to_owned() })).await
    }

    /// A line for one character alone.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn whisper(&self, to: &str, text: &str) -> Result<Outcome, Error> {
        let line = ChatPrivate { to: to.to_owned(), text: text.to_owned() };
        self.command(CHAT_PRIVATE, &encode(&line)).await
    }

    /// What was said to everyone lately, oldest first; see [`BlockList::without_hidden`].
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn chat_history(&self) -> Result<Outcome<ChatLines>, Error> {
        let outcome = self.command(CHAT_HISTORY, &[]).await?;
        outcome.read(CHAT_HISTORY, |body| decode(body, FROM_SERVER))
    }

    /// Whom the player does not want to hear: to be asked for after each login, for the list outlives it.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn blocks(&self) -> Result<Outcome<BlockList>, Error> {
        self.change_blocks(ChatBlock::default()).await
    }

    /// Does not want to hear somebody any more. The list as it is now.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn block(&self, whom: Whom<'_>) -> Result<Outcome<BlockList>, Error> {
        let (character, account) = whom.parts();
        self.change_blocks(ChatBlock { character, account, lift: false }).await
    }

    /// Wants to hear somebody again. The list as it is now.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn unblock(&self, whom: Whom<'_>) -> Result<Outcome<BlockList>, Error> {
        let (character, account) = whom.parts();
        self.change_blocks(ChatBlock { character, account, lift: true }).await
    }

    /// Tells staff of somebody, with a reason of up to 256 bytes.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn report(&self, whom: Whom<'_>, reason: &str) -> Result<Outcome, Error> {
        let (character, account) = whom.parts();
        let report = ChatReport { character, account, reason: reason.to_owned() };
        self.command(CHAT_REPORT, &encode(&report)).await
    }

    async fn change_blocks(&self, change: ChatBlock) -> Result<Outcome<BlockList>, Error> {
        let outcome = self.command(CHAT_BLOCK, &encode(&change)).await?;
        outcome.read(CHAT_BLOCK, |body| decode::<Blocks>(body, FROM_SERVER).map(BlockList::new))
    }
}

impl Whom<'_> {
    fn parts(self) -> (String, u64) {
        match self {
            Self::Character(name) => (name.to_owned(), 0),
            Self::Account(account) => (String::new(), account),
        }
    }
}
