//! A player of an arena: what it sees of the fight, whether that can be, and what it does next: it goes for the nearest
//! and fires. How it comes into a room and back is not its matter, and no clock is.

mod aim;
mod kinds;
mod sight;
#[cfg(test)]
mod tests;

use std::time::Instant;

use client::Outcome;
use proto::{
    client::{
        ArenaBegun, ArenaEnded, ArenaGathering, ArenaKilled, ArenaOptions, ArenaState, ArenaSteer, ArenaView,
    },
    prescan::Budget,
    wire::{DecodeError, decode, encode},
};
use rand_chacha::ChaCha8Rng;

use self::{aim::Aim, sight::Sight};
use crate::logic::{
    games::{Act, Choices, End, Game, Mood},
    world::Finding,
};

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
    /// How a run's rooms are opened: for fights of so many that are soon over.
    #[must_use]
    pub fn options(choices: Choices, seats: usize) -> Vec<u8> {
        let players = u32::try_from(seats).unwrap_or(0);
        encode(&ArenaOptions { players, kills: 3, limit_s: LIMIT_S, stake: stake(choices) })
    }

    /// Before it is shown anything.
    #[must_use]
    pub fn new(account: u64, choices: Choices) -> Self {
        let stake = stake(choices);
        Self { account, stake, sight: Sight::default(), aim: Aim::default(), ended: None }
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

    fn steer(&mut self, rng: &mut ChaCha8Rng) -> Option<ArenaSteer> {
        if self.ended.is_some() {
            return None;
        }
        self.aim.next(&self.sight, self.account, rng)
    }
}

impl Game for Gladiator {
    fn hear(&mut self, kind: u32, body: &[u8], _now: Instant) -> Result<(), Finding> {
        let mut found = Vec::new();
        if let Err(error) = self.read(kind, body, &mut found) {
            found.push(Finding::new("arena_garbled", format!("kind {kind}: {error}")));
        }
        // The first is the cause of the others, if there are any.
        found.into_iter().next().map_or(Ok(()), Err)
    }

    fn next(&mut self, mood: Mood, _now: Instant, rng: &mut ChaCha8Rng) -> Option<Act> {
        match mood {
            Mood::Play => {
                let body = encode(&self.steer(rng)?);
                Some(Act { kind: kinds::STEER, body, is_signal: true })
            }
            // Whoever leaves has lost.
            Mood::Hurry => None,
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        // Twenty times a second it hears something.
        None
    }

    fn answered(&mut self, kind: u32, _outcome: &Outcome) -> Result<(), Finding> {
        Err(Finding::new("arena_stray", format!("an answer to kind {kind}")))
    }

    fn interrupted(&mut self) {
        self.sight.lose();
        self.aim = Aim::default();
    }

    fn end(&self) -> Option<End> {
        let ended = self.ended.as_ref()?;
        let row = |one: &proto::client::ArenaPlace| {
            format!(" {}:{}:{}:{}", one.place, one.account, one.kills, one.deaths)
        };
        let told = ended.places.iter().map(row).fold(ended.reason.clone(), |told, row| told + &row);
        let own = ended.places.iter().find(|place| place.account == self.account);
        // Nobody's stake is kept where there are no places.
        Some(End { told, gold: own.map_or(0, |place| place.gold - i64::from(self.stake)) })
    }

    fn may_bring(&self, gold: i64) -> bool {
        let stake = i64::from(self.stake);
        let others = i64::try_from(SEATS_MOST - 1).unwrap_or(0);
        (-stake..=stake * others).contains(&gold)
    }
}

fn stake(choices: Choices) -> u32 {
    u32::try_from(choices.stake).unwrap_or(0)
}

/// Of a run's fights, the most that are in one.
pub const SEATS_MOST: usize = 4;
const LIMIT_S: u32 = 20;
