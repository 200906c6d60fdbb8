//! Commands about rooms, whatever is played in them: in, out, which are open, a quick match, what a room asks.

use proto::{
    client::{
        Rating, RatingRead, RoomAnswer, RoomAsk, RoomCreate, RoomJoin, RoomJoined, RoomList, RoomListed,
        RoomMatch, RoomMatching,
    },
    kinds::{
        RATING_READ, ROOM_ANSWER, ROOM_CREATE, ROOM_JOIN, ROOM_LEAVE, ROOM_LIST, ROOM_MATCH,
        ROOM_MATCH_CANCEL,
    },
    wire::{decode, encode},
};

use super::{error::Error, handle::Client};
use crate::logic::{echo::FROM_SERVER, types::Outcome};

impl Client {
    /// Enters a room as a player: its kind, or `kind#number`.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn join(&self, room: &str) -> Result<Outcome<RoomJoined>, Error> {
        self.enter_room(ROOM_JOIN, &encode(&RoomJoin { room: room.to_owned(), spectate: false })).await
    }

    /// Enters a room to look on.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn spectate(&self, room: &str) -> Result<Outcome<RoomJoined>, Error> {
        self.enter_room(ROOM_JOIN, &encode(&RoomJoin { room: room.to_owned(), spectate: true })).await
    }

    /// Opens a room under a number of the server's choice, and enters it as a player. `options`: as its kind reads
    /// them, at most 1 KiB; empty: as usual.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn room_create(&self, kind: &str, options: &[u8]) -> Result<Outcome<RoomJoined>, Error> {
        let create = RoomCreate { kind: kind.to_owned(), options: options.to_vec().into(), spectate: false };
        self.enter_room(ROOM_CREATE, &encode(&create)).await
    }

    /// Open rooms of a kind, or of all if it is empty: the first 64 after the room of this number; 0: from the first.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn room_list(&self, kind: &str, after: u64) -> Result<Outcome<RoomListed>, Error> {
        let outcome = self.command(ROOM_LIST, &encode(&RoomList { kind: kind.to_owned(), after })).await?;
        outcome.read(ROOM_LIST, |body| decode(body, FROM_SERVER))
    }

    /// Leaves the room, for good.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn leave(&self) -> Result<Outcome, Error> {
        self.command(ROOM_LEAVE, &[]).await
    }

    /// Answers what a room asked ([`crate::Push::Asked`]); at most 4 KiB; none: it is not understood, or no answer is
    /// wanted.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn answer(&self, ask: &RoomAsk, body: Option<&[u8]>) -> Result<Outcome, Error> {
        let refused = body.is_none();
        let body = body.unwrap_or_default().to_vec().into();
        let answer = RoomAnswer { id: ask.id, body, refused, room: ask.room };
        self.command(ROOM_ANSWER, &encode(&answer)).await
    }

    /// Waits for others of about the own rating who want the same; [`crate::Push::RoomMatched`] tells when they are
    /// found. After a [`crate::News::Reset`] or [`crate::News::LoggedInAgain`] it is to be asked for again.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn room_match(&self, kind: &str, options: &[u8]) -> Result<Outcome<RoomMatching>, Error> {
        let wish = RoomMatch { kind: kind.to_owned(), options: options.to_vec().into() };
        let outcome = self.command(ROOM_MATCH, &encode(&wish)).await?;
        outcome.read(ROOM_MATCH, |body| decode(body, FROM_SERVER))
    }

    /// Waits no longer.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn room_match_cancel(&self) -> Result<Outcome, Error> {
        self.command(ROOM_MATCH_CANCEL, &[]).await
    }

    /// The own rating in a kind of room.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn rating(&self, kind: &str) -> Result<Outcome<Rating>, Error> {
        let outcome = self.command(RATING_READ, &encode(&RatingRead { kind: kind.to_owned() })).await?;
        outcome.read(RATING_READ, |body| decode(body, FROM_SERVER))
    }

    async fn enter_room(&self, kind: u32, body: &[u8]) -> Result<Outcome<RoomJoined>, Error> {
        let outcome = self.command(kind, body).await?;
        outcome.read(kind, |body| decode(body, FROM_SERVER))
    }
}
