//! A player of an arena: what it sees of the fight, whether that can be, and what it does next: it goes for the nearest
//! and fires. How it comes into a room and back is not its matter, and no clock is.

mod aim;
mod kinds;
mod sight;
#[cfg(test)]
mod tests;

use proto::{
    client::{
        ArenaBegun, ArenaEnded, ArenaGathering, ArenaKilled, ArenaOptions, ArenaState, ArenaSteer, ArenaView,
    },
    prescan::Budget,
    wire::{DecodeError, decode, encode},
};
use rand_core::Rng;

use self::{aim::Aim, sight::Sight};
use crate::logic::world::Finding;

/// One match as one player lives it.
#[derive(Debug)]
pub struct Gladiator {
    account: u64,
    /// Of each player.
    stake: u32,
    sight: Sight,
    aim: Aim,
    /// What it was told at the end.
    ended: Option<ArenaEnded>,
}

impl Gladiator {
    /// The name of its rooms' kind.
    pub const ROOM: &'static str = "arena";

    /// How a run's rooms are opened: for duels that are soon over, about so much gold of each player.
    #[must_use]
    pub fn options(stake: u32) -> Vec<u8> {
        encode(&ArenaOptions { players: 2, kills: 3, limit_s: LIMIT_S, stake })
    }

    /// Before it is shown anything.
    #[must_use]
    pub fn new(account: u64, stake: u32) -> Self {
        Self { account, stake, sight: Sight::default(), aim: Aim::default(), ended: None }
    }

    /// News of the room.
    ///
    /// # Errors
    /// The first of what cannot be.
    pub fn told(&mut self, kind: u32, body: &[u8]) -> Result<(), Finding> {
        let mut found = Vec::new();
        let read = self.read(kind, body, &mut found);
        if let Err(error) = read {
            found.push(Finding::new("arena_garbled", format!("kind {kind}: {error}")));
        }
        found.into_iter().next().map_or(Ok(()), Err)
    }

    fn read(&mut self, kind: u32, body: &[u8], found: &mut Vec<Finding>) -> Result<(), DecodeError> {
        match kind {
            kinds::VIEW => self.sight.view(decode::<ArenaView>(body, Budget::CLIENT)?, found),
            kinds::GATHERING => drop(decode::<ArenaGathering>(body, Budget::CLIENT)?),
            kinds::BEGUN => self.sight.begin(&decode::<ArenaBegun>(body, Budget::CLIENT)?, found),
            kinds::STATE => self.sight.hear(&decode::<ArenaState>(body, Budget::CLIENT)?, found),
            kinds::KILLED => self.sight.killed(&decode::<ArenaKilled>(body, Budget::CLIENT)?, found),
            kinds::ENDED => {
                let ended = decode::<ArenaEnded>(body, Budget::CLIENT)?;
                self.sight.judge(&ended, self.account, found);
                self.ended = Some(ended);
            }
            _ => found.push(Finding::new("arena_stray", format!("kind {kind}"))),
        }
        Ok(())
    }

    /// Its server may be another one, or has forgotten what this player saw.
    pub fn lose(&mut self) {
        self.sight.lose();
        self.aim = Aim::default();
    }

    /// What it says next, each few ticks, as kind and body; none: nothing yet.
    pub fn says(&mut self, rng: &mut impl Rng) -> Option<(u32, Vec<u8>)> {
        self.steer(rng).map(|steer| (kinds::STEER, encode(&steer)))
    }

    fn steer(&mut self, rng: &mut impl Rng) -> Option<ArenaSteer> {
        if self.ended.is_some() {
            return None;
        }
        self.aim.next(&self.sight, self.account, rng)
    }

    /// How the match ended, the same words for everybody, and what it brought to this player, its stake paid.
    #[must_use]
    pub fn outcome(&self) -> Option<(String, i64)> {
        let ended = self.ended.as_ref()?;
        let row = |one: &proto::client::ArenaPlace| {
            format!(" {}:{}:{}:{}", one.place, one.account, one.kills, one.deaths)
        };
        let told = ended.places.iter().map(row).fold(ended.reason.clone(), |told, row| told + &row);
        let own = ended.places.iter().find(|place| place.account == self.account);
        // Nobody's stake is kept where there are no places.
        Some((told, own.map_or(0, |place| place.gold - i64::from(self.stake))))
    }

    /// Whether the own gold can be so much more than before, if the end was not heard.
    #[must_use]
    pub fn could_bring(&self, gold: i64) -> bool {
        let stake = i64::from(self.stake);
        (-stake..=stake * OTHERS_MAX).contains(&gold)
    }
}

const LIMIT_S: u32 = 20;
/// Whose stakes one can win, in an arena of as many as there can be.
const OTHERS_MAX: i64 = 15;
