//! A room's state as a message, and a room again from it. Knows no row.

use proto::{
    ids::AccountId,
    limits::ROOM_STATE_BYTES_MAX,
    room::{self, State},
    wire,
};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng as _};

use super::{Broken, RoomRun, Waiting, guarded};
use crate::{
    logic::rooms::rows::{ask_row, member, member_row, outcome, outcome_row},
    registry::Registered,
    room::{AskId, TimerId},
};

impl RoomRun {
    /// As it was when it was saved.
    ///
    /// # Errors
    /// It is not a state of this kind of room.
    pub(crate) fn load(kind: &Registered, state: &State) -> Result<Self, Broken> {
        let room = guarded(|| (kind.load)(&state.room))?.map_err(|why| Broken::new("ROOM_STATE", why))?;
        let ticks = guarded(|| room.ticks())?;
        let seed = <[u8; 32]>::try_from(&*state.seed)
            .map_err(|_| Broken::new("ROOM_STATE", "a seed of another size"))?;
        let mut rng = ChaCha8Rng::from_seed(seed);
        rng.set_word_pos(state.drawn.into());
        let account = |id: u64| AccountId(id);
        Ok(Self {
            room,
            limits: kind.limits,
            seed,
            rng,
            members: state.members.iter().map(|one| (account(one.account), member(one))).collect(),
            timers: state.timers.iter().map(|timer| (TimerId(timer.id), timer.at_ms)).collect(),
            asks: state
                .asks
                .iter()
                .map(|ask| {
                    let waiting = Waiting {
                        member: account(ask.account),
                        kind: ask.kind,
                        body: ask.body.to_vec(),
                        until_ms: ask.until_ms,
                    };
                    (AskId(ask.id), waiting)
                })
                .collect(),
            asked: state.asked,
            stakes: state.stakes.iter().map(|stake| (account(stake.account), stake.gold)).collect(),
            kicked: state.kicked.iter().copied().map(account).collect(),
            left: state.left.iter().copied().map(account).collect(),
            inputs: state.inputs,
            at_ms: state.at_ms,
            outcome: state.outcome.as_ref().map(outcome),
            ticks,
        })
    }

    /// It as it is now.
    ///
    /// # Errors
    /// `ROOM_STATE`: it is larger than it may be, or cannot be written.
    pub(crate) fn state(&self) -> Result<State, Broken> {
        let json = self.json()?;
        if self.limits.state_bytes < json.len() {
            let detail = format!("{} bytes, {} are allowed", json.len(), self.limits.state_bytes);
            return Err(Broken::new("ROOM_STATE", detail));
        }
        let state = State {
            at_ms: self.at_ms,
            inputs: self.inputs,
            seed: self.seed.to_vec().into(),
            // A room that draws 2⁶⁴ words does not exist.
            drawn: u64::try_from(self.rng.get_word_pos()).unwrap_or(u64::MAX),
            members: self.members.values().map(member_row).collect(),
            timers: self.timers.iter().map(|(id, at_ms)| room::Timer { id: id.0, at_ms: *at_ms }).collect(),
            asks: self.asks.iter().map(ask_row).collect(),
            asked: self.asked,
            stakes: self
                .stakes
                .iter()
                .map(|(account, gold)| room::Stake { account: account.0, gold: *gold })
                .collect(),
            room: json.into(),
            outcome: self.outcome.as_ref().map(outcome_row),
            left: self.left.iter().map(|account| account.0).collect(),
            kicked: self.kicked.iter().map(|account| account.0).collect(),
        };
        // With who is in it and what it has asked: a byte of the row says how it is packed.
        let whole = wire::encoded_len(&state);
        if ROOM_STATE_BYTES_MAX <= whole {
            return Err(Broken::new(
                "ROOM_STATE",
                format!("{whole} bytes in all, {ROOM_STATE_BYTES_MAX} are stored"),
            ));
        }
        Ok(state)
    }

    /// The room's own state, of whatever size.
    ///
    /// # Errors
    /// `ROOM_STATE`: it cannot be written.
    pub(crate) fn json(&self) -> Result<Vec<u8>, Broken> {
        guarded(|| self.room.json())?.map_err(|why| Broken::new("ROOM_STATE", why.to_string()))
    }
}
