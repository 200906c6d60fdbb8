//! How a game ends, with the names that players and replays are told. Knows no gold and no board.

use serde::{Deserialize, Serialize};

use super::side::Side;

/// The end of a game.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Ending {
    /// By this side.
    Won(Side, Victory),
    Drawn(Draw),
    /// It counts for nothing: fewer than two half-moves were played.
    Aborted(Abort),
}

/// What the loser did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Victory {
    Checkmate,
    Resignation,
    /// Left the room for good.
    Left,
    Time,
}

/// Why nobody won.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Draw {
    Stalemate,
    /// Nobody could mate any more.
    DeadPosition,
    Agreement,
    /// Claimed.
    Threefold,
    /// Claimed.
    FiftyMoves,
    Fivefold,
    SeventyFiveMoves,
    /// Time ran out, and the other side could not have mated.
    TimeWithoutMaterial,
    /// As many moves as a room keeps.
    TooLong,
}

/// Why it counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Abort {
    /// A player's wish.
    Wish,
    /// A player left.
    Left,
    /// A player made no first move in its time.
    Time,
}

impl Ending {
    /// As PGN has it.
    pub(super) fn result(self) -> &'static str {
        match self {
            Self::Won(Side::White, _) => "1-0",
            Self::Won(Side::Black, _) => "0-1",
            Self::Drawn(_) => "1/2-1/2",
            Self::Aborted(_) => "*",
        }
    }

    /// Stable, docs/PROTOCOL.md.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Won(_, Victory::Checkmate) => "checkmate",
            Self::Won(_, Victory::Resignation) => "resignation",
            Self::Won(_, Victory::Left) => "left",
            Self::Won(_, Victory::Time) => "time",
            Self::Drawn(Draw::Stalemate) => "stalemate",
            Self::Drawn(Draw::DeadPosition) => "dead_position",
            Self::Drawn(Draw::Agreement) => "agreement",
            Self::Drawn(Draw::Threefold) => "threefold",
            Self::Drawn(Draw::FiftyMoves) => "fifty_moves",
            Self::Drawn(Draw::Fivefold) => "fivefold",
            Self::Drawn(Draw::SeventyFiveMoves) => "seventy_five_moves",
            Self::Drawn(Draw::TimeWithoutMaterial) => "time_without_material",
            Self::Drawn(Draw::TooLong) => "too_long",
            Self::Aborted(Abort::Wish) => "aborted",
            Self::Aborted(Abort::Left) => "aborted_left",
            Self::Aborted(Abort::Time) => "aborted_time",
        }
    }

    /// Who won.
    pub(super) fn winner(self) -> Option<Side> {
        match self {
            Self::Won(side, _) => Some(side),
            Self::Drawn(_) | Self::Aborted(_) => None,
        }
    }
}
