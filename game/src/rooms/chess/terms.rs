//! What two players agree on by coming into a room: time, gold, rating. Bounds and usual values are here and nowhere else.

use std::ops::RangeInclusive;

use proto::{client::ChessOptions, prescan::Budget, wire};
use serde::{Deserialize, Serialize};

use super::side::Side;
use crate::room::Refusal;

/// Options that have been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Terms {
    pub(super) base_s: u32,
    pub(super) increment_s: u32,
    /// Of each player; 0: none.
    pub(super) stake: i64,
    pub(super) is_rated: bool,
    /// What the player who comes first plays; none: it is drawn.
    pub(super) opener: Option<Side>,
}

impl Terms {
    /// Of [`ChessOptions`]; nothing: as usual.
    ///
    /// # Errors
    /// `bad_options`, `bad_base`, `bad_increment`, `bad_stake`, `bad_opener`.
    pub(super) fn read(options: &[u8]) -> Result<Self, Refusal> {
        let options: ChessOptions =
            wire::decode(options, Budget::CLIENT).map_err(|_| Refusal("bad_options"))?;
        let base_s = options.base_s.unwrap_or(BASE_S);
        if !BASE_S_RANGE.contains(&base_s) {
            return Err(Refusal("bad_base"));
        }
        let increment_s = options.increment_s.unwrap_or(INCREMENT_S);
        if INCREMENT_S_MAX < increment_s {
            return Err(Refusal("bad_increment"));
        }
        if !(0..=STAKE_MAX).contains(&options.stake) {
            return Err(Refusal("bad_stake"));
        }
        let opener = match options.opener {
            0 => None,
            1 => Some(Side::White),
            2 => Some(Side::Black),
            _ => return Err(Refusal("bad_opener")),
        };
        Ok(Self { base_s, increment_s, stake: options.stake, is_rated: !options.unrated, opener })
    }

    /// All of them, for those who come.
    pub(super) fn options(self) -> ChessOptions {
        ChessOptions {
            base_s: Some(self.base_s),
            increment_s: Some(self.increment_s),
            stake: self.stake,
            unrated: !self.is_rated,
            opener: match self.opener {
                None => 0,
                Some(Side::White) => 1,
                Some(Side::Black) => 2,
            },
        }
    }

    /// For the list of rooms: `300+3 rated, stake 50`.
    pub(super) fn label(self) -> String {
        let Self { base_s, increment_s, stake, .. } = self;
        let rated = if self.is_rated { "rated" } else { "unrated" };
        let stake = if stake == 0 { String::new() } else { format!(", stake {stake}") };
        format!("{base_s}+{increment_s} {rated}{stake}")
    }
}

const BASE_S: u32 = 300;
const INCREMENT_S: u32 = 3;
/// Below, connections decide; above, a room is held for half a day.
const BASE_S_RANGE: RangeInclusive<u32> = 10..=10_800;
const INCREMENT_S_MAX: u32 = 180;
const STAKE_MAX: i64 = 1_000_000;
