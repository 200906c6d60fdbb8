//! A game between two accounts: whose turn it is, what may be done now, and whether that ends it. Knows no packets and no
//! gold; time is told to it.

use proto::ids::AccountId;
use serde::{Deserialize, Serialize};

use super::{
    clock::Clock,
    ending::{Abort, Draw, Ending, Victory},
    line::{Line, PLIES_MAX},
    position::Standing,
    side::{Each, Side},
};
use crate::room::Refusal;

/// Somebody at the board.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Player {
    pub(super) account: AccountId,
    /// When the game began.
    pub(super) rating: i32,
}

/// See the module.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Game {
    pub(super) players: Each<Player>,
    pub(super) line: Line,
    pub(super) clock: Clock,
    /// Whose offer of a draw is open.
    pub(super) offer: Option<Side>,
    /// From which half-move on each side may offer one.
    offers_from: Each<u32>,
}

/// What a player may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act<'a> {
    /// A move in UCI notation.
    Move(&'a str),
    Offer,
    Accept,
    Decline,
    Claim,
    Resign,
    Abort,
}

impl Game {
    /// White's clock runs.
    pub(super) fn new(players: Each<Player>, base_ms: u64, now_ms: u64) -> Self {
        Self {
            players,
            line: Line::new(),
            clock: Clock::start(base_ms, now_ms),
            offer: None,
            offers_from: Each::default(),
        }
    }

    /// Which side an account plays.
    pub(super) fn side_of(&self, account: AccountId) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| self.players.of(*side).account == account)
    }

    /// A player does something. None: the game goes on.
    ///
    /// # Errors
    /// A refusal by a rule; nothing has changed.
    pub(super) fn act(
        &mut self,
        side: Side,
        act: Act<'_>,
        increment_ms: u64,
        now_ms: u64,
    ) -> Result<Option<Ending>, Refusal> {
        // Its timer is due in this very moment: nothing comes in between.
        if self.clock.is_up(now_ms) {
            return Err(Refusal("time_is_up"));
        }
        match act {
            Act::Move(uci) => {
                self.is_turn(side)?;
                let played = self.line.read(uci).ok_or(Refusal("illegal_move"))?;
                self.line.play(played);
                self.clock.press(increment_ms, now_ms);
                self.offer = self.offer.filter(|by| *by == side);
                Ok(self.ended())
            }
            Act::Offer => {
                if self.offer.is_some() {
                    return Err(Refusal("draw_offered"));
                }
                if self.line.plies() < *self.offers_from.of(side) {
                    return Err(Refusal("draw_too_soon"));
                }
                self.offer = Some(side);
                *self.offers_from.of_mut(side) = self.line.plies() + PLIES_BETWEEN_OFFERS;
                Ok(None)
            }
            Act::Accept => {
                self.is_offered_to(side)?;
                Ok(Some(Ending::Drawn(Draw::Agreement)))
            }
            Act::Decline => {
                self.is_offered_to(side)?;
                self.offer = None;
                Ok(None)
            }
            Act::Claim => {
                self.is_turn(side)?;
                if 3 <= self.line.times() {
                    Ok(Some(Ending::Drawn(Draw::Threefold)))
                } else if 2 * 50 <= self.line.quiet_plies() {
                    Ok(Some(Ending::Drawn(Draw::FiftyMoves)))
                } else {
                    Err(Refusal("no_claim"))
                }
            }
            Act::Resign => Ok(Some(Ending::Won(side.other(), Victory::Resignation))),
            Act::Abort if self.counts() => Err(Refusal("too_late")),
            Act::Abort => Ok(Some(Ending::Aborted(Abort::Wish))),
        }
    }

    /// A player has left for good.
    pub(super) fn left(&self, side: Side) -> Ending {
        if self.counts() { Ending::Won(side.other(), Victory::Left) } else { Ending::Aborted(Abort::Left) }
    }

    /// The clock that runs has run out.
    pub(super) fn flag_fell(&self) -> Ending {
        let winner = self.clock.runs().other();
        if !self.counts() {
            Ending::Aborted(Abort::Time)
        } else if self.line.can_mate(winner) {
            Ending::Won(winner, Victory::Time)
        } else {
            Ending::Drawn(Draw::TimeWithoutMaterial)
        }
    }

    /// Both have moved.
    fn counts(&self) -> bool {
        2 <= self.line.plies()
    }

    fn is_turn(&self, side: Side) -> Result<(), Refusal> {
        if self.line.to_move() == side { Ok(()) } else { Err(Refusal("not_your_turn")) }
    }

    fn is_offered_to(&self, side: Side) -> Result<(), Refusal> {
        if self.offer == Some(side.other()) { Ok(()) } else { Err(Refusal("no_draw_offer")) }
    }

    /// What ends it without anybody's word. Mate comes before all counting.
    fn ended(&self) -> Option<Ending> {
        match self.line.standing() {
            Standing::Mate => Some(Ending::Won(self.line.to_move().other(), Victory::Checkmate)),
            Standing::Stalemate => Some(Ending::Drawn(Draw::Stalemate)),
            Standing::Dead => Some(Ending::Drawn(Draw::DeadPosition)),
            Standing::Open if 5 <= self.line.times() => Some(Ending::Drawn(Draw::Fivefold)),
            Standing::Open if 2 * 75 <= self.line.quiet_plies() => {
                Some(Ending::Drawn(Draw::SeventyFiveMoves))
            }
            Standing::Open if PLIES_MAX <= self.line.plies() => Some(Ending::Drawn(Draw::TooLong)),
            Standing::Open => None,
        }
    }
}

/// Between two offers of one side: nobody wins by asking.
const PLIES_BETWEEN_OFFERS: u32 = 10;
