//! Which games there are, and with which options players ask for them.

use std::time::Duration;

use crate::logic::{
    arena::{self, Gladiator},
    chess::ChessPlayer,
    doudizhu::DoudizhuPlayer,
    games::Game,
};

/// A game that bots play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GameKind {
    /// For two.
    Chess,
    /// Cards, for three.
    Doudizhu,
    /// A battle, for two to four here.
    Arena,
}

/// What a run chooses for all its games.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices {
    /// Before each move, at most.
    pub think: Duration,
    /// Gold of each player, where the game lets them choose; 0: none.
    pub stake: i64,
}

impl GameKind {
    /// Of the room.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Chess => "chess",
            Self::Doudizhu => "doudizhu",
            Self::Arena => "arena",
        }
    }

    /// Players of a match, the fewest: whoever opens a room waits for all but one of them.
    #[must_use]
    pub fn seats(self) -> usize {
        match self {
            Self::Chess | Self::Arena => 2,
            Self::Doudizhu => 3,
        }
    }

    /// The most that are wished for together by a quick match.
    #[must_use]
    pub fn seats_most(self) -> usize {
        match self {
            Self::Arena => arena::SEATS_MOST,
            Self::Chess | Self::Doudizhu => self.seats(),
        }
    }

    /// With which rooms are opened and matches of so many are wished for: the same for all, so that they find each other.
    #[must_use]
    pub fn options(self, choices: Choices, seats: usize) -> Vec<u8> {
        match self {
            Self::Chess => ChessPlayer::options(choices),
            Self::Doudizhu => DoudizhuPlayer::options(choices),
            Self::Arena => Gladiator::options(choices, seats),
        }
    }

    /// A player of a match that this account has come into.
    #[must_use]
    pub fn begin(self, account: u64, choices: Choices) -> Box<dyn Game> {
        match self {
            Self::Chess => Box::new(ChessPlayer::new(account, choices)),
            Self::Doudizhu => Box::new(DoudizhuPlayer::new(account, choices)),
            Self::Arena => Box::new(Gladiator::new(account, choices)),
        }
    }
}
