//! Messages of rooms as types: what a game's own schema defines, sent and answered without a byte in sight.

use proto::{client::RoomAsk, wire::Typed};

use super::{error::Error, handle::Client};
use crate::logic::types::Outcome;

/// Rooms. `Q` and `A` are messages of the game's own schema; what a room tells without being asked is read with
/// [`crate::Push::read`].
impl Client {
    /// A command of the room's, and its result as a message. For no longer than one wants to wait:
    /// `tokio::time::timeout(time, player.room_call(…))`; see [`Self::command`] for what becomes of it then.
    ///
    /// ```text
    /// let Outcome::Ok(shown) = player.room_call::<_, Board>(MOVE, &Move { from: 12, to: 28 }).await? else { … };
    /// ```
    ///
    /// # Errors
    /// See [`Self::command`]; [`crate::Violation::Body`] if the result is no such message.
    pub async fn room_call<Q: Typed, A: Typed>(&self, kind: u32, request: &Q) -> Result<Outcome<A>, Error> {
        let outcome = self.command(kind, &request.to_body()).await?;
        outcome.read(kind, A::from_body)
    }

    /// A signal of the room's: no answer, the newest wins.
    ///
    /// # Errors
    /// See [`Self::signal`].
    pub async fn room_signal<Q: Typed>(&self, kind: u32, signal: &Q) -> Result<(), Error> {
        self.signal(kind, &signal.to_body()).await
    }

    /// Answers what the room asked ([`crate::Push::Asked`]) with a message; [`Self::answer`] does it with bytes, and refuses.
    /// After `wait_ms`, or when the room has closed, it is rejected with `no_such_ask`.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn room_answer<A: Typed>(&self, ask: &RoomAsk, answer: &A) -> Result<Outcome, Error> {
        self.answer(ask, Some(&answer.to_body())).await
    }
}
