//! What an arena is opened with, checked once.

use proto::{client::ArenaOptions, prescan::Budget, wire};
use serde::{Deserialize, Serialize};

use crate::room::Refusal;

/// The rules of one match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rules {
    /// So many connected players begin it.
    pub(super) players: u32,
    /// So many kills of one fighter end it.
    pub(super) kills: u32,
    /// Seconds; then it ends in any case.
    pub(super) limit_s: u32,
    /// Gold of each player; 0: it is not about gold.
    pub(super) stake: u32,
}

impl Rules {
    /// From a room's options.
    ///
    /// # Errors
    /// `bad_options`.
    pub(super) fn parse(options: &[u8]) -> Result<Self, Refusal> {
        let wanted: ArenaOptions = wire::decode(options, Budget::CLIENT).map_err(|_| BAD_OPTIONS)?;
        let or = |given: u32, usual: u32| if given == 0 { usual } else { given };
        let rules = Self {
            players: or(wanted.players, 2),
            kills: or(wanted.kills, 10),
            limit_s: or(wanted.limit_s, 180),
            stake: wanted.stake,
        };
        let is_right = (2..=PLAYERS_MAX).contains(&rules.players)
            && (1..=KILLS_MAX).contains(&rules.kills)
            && (LIMIT_S_MIN..=LIMIT_S_MAX).contains(&rules.limit_s)
            && rules.stake <= STAKE_MAX;
        if is_right { Ok(rules) } else { Err(BAD_OPTIONS) }
    }
}

const BAD_OPTIONS: Refusal = Refusal("bad_options");
/// Fighters of a match.
pub(super) const PLAYERS_MAX: u32 = 16;
const KILLS_MAX: u32 = 50;
const LIMIT_S_MIN: u32 = 10;
const LIMIT_S_MAX: u32 = 600;
const STAKE_MAX: u32 = 1_000_000;
