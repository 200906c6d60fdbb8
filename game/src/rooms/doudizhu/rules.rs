//! What a hand is played for: the options of a room, and what each seat wins. Knows no cards and no wallets.

use proto::{client::DoudizhuOptions, prescan::Budget, wire};
use serde::{Deserialize, Serialize};

use super::hand::{Playing, SEATS};
use crate::room::Refusal;

/// How this room is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Gold; 0: free.
    pub base: i64,
    /// Nobody loses more than so many times the base; even, for the landlord pays twice.
    pub cap: u32,
    /// For a turn.
    pub turn_ms: u32,
}

impl Rules {
    /// As a room is opened.
    ///
    /// # Errors
    /// `bad_options`.
    pub fn parse(options: &[u8]) -> Result<Self, Refusal> {
        let bad = Refusal("bad_options");
        let options: DoudizhuOptions = wire::decode(options, Budget::CLIENT).map_err(|_| bad)?;
        let base = match (options.free, options.base) {
            (true, 0) => 0,
            (false, 0) => BASE,
            (false, base @ 1..=BASE_MAX) => base,
            _ => return Err(bad),
        };
        let cap = if options.cap == 0 { CAP } else { options.cap };
        let turn_ms = if options.turn_ms == 0 { TURN_MS } else { options.turn_ms };
        let is_right = (CAP_MIN..=CAP_MAX).contains(&cap)
            && cap.is_multiple_of(2)
            && (TURN_MS_MIN..=TURN_MS_MAX).contains(&turn_ms);
        if is_right { Ok(Self { base, cap, turn_ms }) } else { Err(bad) }
    }

    /// For members to see.
    #[must_use]
    pub fn message(&self) -> DoudizhuOptions {
        DoudizhuOptions { free: self.base == 0, base: self.base, cap: self.cap, turn_ms: self.turn_ms }
    }

    /// What each puts into the pot: the most that anybody can lose.
    #[must_use]
    pub fn stake(&self) -> i64 {
        self.base * i64::from(self.cap)
    }

    /// What came of a hand that is won.
    #[must_use]
    pub fn score(&self, playing: &Playing, landlord_won: bool) -> Score {
        let spring = playing.is_spring(landlord_won);
        let factor = (playing.factor() << u32::from(spring)).min(self.cap / 2);
        let gold = self.base * i64::from(factor);
        let of_landlord = if landlord_won { 2 * gold } else { -2 * gold };
        let mut change = [-of_landlord / 2; SEATS];
        change[playing.landlord] = of_landlord;
        Score { spring, factor, change }
    }
}

/// What came of a hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score {
    /// Of either kind.
    pub spring: bool,
    /// What each of the two pays or gets, of the base.
    pub factor: u32,
    /// Of each seat's gold; their sum is 0.
    pub change: [i64; SEATS],
}

const BASE: i64 = 1;
const BASE_MAX: i64 = 1_000_000;
const CAP: u32 = 48;
/// A bid of three points, twice.
const CAP_MIN: u32 = 6;
const CAP_MAX: u32 = 1_536;
const TURN_MS: u32 = 20_000;
const TURN_MS_MIN: u32 = 1_000;
const TURN_MS_MAX: u32 = 120_000;
