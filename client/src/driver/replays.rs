//! Matches that are over: which somebody has played, all that one heard, and one shown again.

use proto::{
    client::{ReplayFetch, ReplayList, ReplayListed, ReplayPart, ReplayWatch},
    kinds::{REPLAY_FETCH, REPLAY_LIST, REPLAY_STOP, REPLAY_WATCH},
    wire::{decode, encode},
};

use super::{error::Error, handle::Client};
use crate::logic::{echo::FROM_SERVER, types::Outcome};

impl Client {
    /// The last matches of an account, 0: the own one, before the match of this number, 0: from the last; 64 at most.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn replay_list(&self, account: u64, before: u64) -> Result<Outcome<ReplayListed>, Error> {
        let outcome = self.command(REPLAY_LIST, &encode(&ReplayList { account, before })).await?;
        outcome.read(REPLAY_LIST, |body| decode(body, FROM_SERVER))
    }

    /// One part of a match, from 0.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn replay_part(&self, replay: u64, part: u32) -> Result<Outcome<ReplayPart>, Error> {
        let outcome = self.command(REPLAY_FETCH, &encode(&ReplayFetch { replay, part })).await?;
        outcome.read(REPLAY_FETCH, |body| decode(body, FROM_SERVER))
    }

    /// All of a match, as a file that `ding replay FILE` plays: its parts one after the other, 8 MiB at most.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn replay_fetch(&self, replay: u64) -> Result<Outcome<Vec<u8>>, Error> {
        let (mut file, mut part) = (Vec::new(), 0);
        loop {
            match self.replay_part(replay, part).await? {
                Outcome::Ok(ReplayPart { parts, body, .. }) => {
                    file.extend_from_slice(&body);
                    part += 1;
                    // More than these no server has: whatever it says, this ends.
                    if parts.min(PARTS_MAX) <= part {
                        return Ok(Outcome::Ok(file));
                    }
                }
                Outcome::Rejected(code) => return Ok(Outcome::Rejected(code)),
                Outcome::RetryLater { after_ms, code } => return Ok(Outcome::RetryLater { after_ms, code }),
            }
        }
    }

    /// Watches a match from this moment of its room's time on, 1 to 16 times as fast as it was. What its room says comes
    /// as [`crate::Push::ReplaySaid`], its end as [`crate::Push::ReplayEnded`]. After a [`crate::News::Reset`] or
    /// [`crate::News::LoggedInAgain`] it is to be asked for again.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn replay_watch(&self, replay: u64, speed: u32, from_ms: u64) -> Result<Outcome, Error> {
        self.command(REPLAY_WATCH, &encode(&ReplayWatch { replay, speed, from_ms })).await
    }

    /// Watches it no longer.
    ///
    /// # Errors
    /// See [`Self::command`].
    pub async fn replay_stop(&self) -> Result<Outcome, Error> {
        self.command(REPLAY_STOP, &[]).await
    }
}

/// Parts of a match of 9 MiB.
const PARTS_MAX: u32 = 192;
