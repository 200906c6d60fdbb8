//! A player of chess: quick and legal moves without any plan, now and then a draw or a resignation, and an eye on all that
//! the room says. Knows the rules from its own board, and no other player's mind.

mod board;
mod kinds;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use client::Outcome;
use proto::{
    client::{ChessMove, ChessMoved, ChessOffer, ChessOptions, ChessOver, ChessState},
    prescan::Budget,
    wire::{DecodeError, decode, encode},
};
use rand_chacha::ChaCha8Rng;
use rand_core::Rng as _;

use self::{
    board::{Known, Side},
    kinds::{
        ABORT, DRAW_ACCEPT, DRAW_CLAIM, DRAW_DECLINE, DRAW_OFFER, MOVE, MOVED, OFFER, OVER, RESIGN, STATE,
    },
};
use crate::logic::{
    games::{Act, Choices, End, Game, Mood},
    world::Finding,
};

/// See the module.
#[derive(Debug)]
pub struct ChessPlayer {
    account: u64,
    choices: Choices,
    board: Known,
    /// Accounts of white and black, once both are there.
    players: Option<[u64; 2]>,
    /// As told last, and when.
    clocks_ms: [u64; 2],
    clocks_at: Option<Instant>,
    /// Whose offer of a draw is open.
    offered_by: u64,
    /// What was sent for the position on the board, and not seen yet.
    has_acted: bool,
    /// It makes up its mind until then.
    think_until: Option<Instant>,
    /// From which half-move on it may offer a draw again.
    offer_from: usize,
    /// From which half-move on it wants no more.
    bored_from: usize,
    end: Option<End>,
}

impl ChessPlayer {
    /// How a run's rooms are opened.
    #[must_use]
    pub fn options(choices: Choices) -> Vec<u8> {
        encode(&expected(choices))
    }

    /// Before the room has shown anything.
    #[must_use]
    pub fn new(account: u64, choices: Choices) -> Self {
        Self {
            account,
            choices,
            board: Known::default(),
            players: None,
            clocks_ms: [0; 2],
            clocks_at: None,
            offered_by: 0,
            has_acted: false,
            think_until: None,
            offer_from: 0,
            // The same match ends for both at different lengths, and matches at many.
            bored_from: 40 + usize::try_from(account % 7).unwrap_or(0) * 16,
            end: None,
        }
    }

    fn side(&self) -> Option<Side> {
        let [white, black] = self.players?;
        match self.account {
            account if account == white => Some(Side::White),
            account if account == black => Some(Side::Black),
            _ => None,
        }
    }

    fn is_turn(&self) -> bool {
        self.side() == Some(self.board.to_move())
    }

    fn on_state(&mut self, state: &ChessState, now: Instant) -> Result<(), Finding> {
        let expected = expected(self.choices);
        if state.options != Some(expected) {
            return Err(Finding::new("chess_options", format!("{:?}, not {expected:?}", state.options)));
        }
        let (Some(white), Some(black)) = (state.white, state.black) else { return Ok(()) };
        let players = [white.account, black.account];
        if self.players.is_some_and(|known| known != players) || !players.contains(&self.account) {
            let detail = format!("{players:?} after {:?}, as {} sees it", self.players, self.account);
            return Err(Finding::new("chess_players", detail));
        }
        self.players = Some(players);
        self.board.show(&state.moves, &state.fen)?;
        self.on_clocks([state.white_ms, state.black_ms], None, now)?;
        self.offered_by = state.offered_by;
        self.has_acted = false;
        self.think_until = None;
        Ok(())
    }

    fn on_moved(&mut self, moved: &ChessMoved, now: Instant) -> Result<(), Finding> {
        let mover = self.board.to_move();
        self.board.play(&moved.uci, moved.ply)?;
        self.on_clocks([moved.white_ms, moved.black_ms], Some(mover), now)?;
        if self.players.map(|players| players[mover as usize]) != Some(self.offered_by) {
            self.offered_by = 0;
        }
        self.has_acted = false;
        self.think_until = None;
        Ok(())
    }

    /// A clock loses what passes and gains its increment, and only the one that ran does.
    fn on_clocks(&mut self, told: [u64; 2], mover: Option<Side>, now: Instant) -> Result<(), Finding> {
        let before = self.clocks_ms;
        let since = self.clocks_at.replace(now);
        self.clocks_ms = told;
        let most_ms = u64::from(BASE_S) * 1_000 + INCREMENT_MS * self.board.plies() as u64;
        let wrong = |why: &str| {
            let detail = format!("{before:?}, then {told:?} at half-move {}: {why}", self.board.plies());
            Err(Finding::new("chess_clock", detail))
        };
        if told.iter().any(|left_ms| most_ms < *left_ms) {
            return wrong("more than there can be");
        }
        let (Some(mover), Some(since)) = (mover, since) else { return Ok(()) };
        let (ran, stood) = (mover as usize, mover.other() as usize);
        if told[stood] != before[stood] {
            // What a view tells of the clock that runs is of the moment of the view.
            return wrong("the clock that stood has changed");
        }
        let Some(used_ms) = (before[ran] + INCREMENT_MS).checked_sub(told[ran]) else {
            return wrong("more than before");
        };
        let passed = now.saturating_duration_since(since) + SLACK;
        if passed < Duration::from_millis(used_ms) { wrong("more time than passed") } else { Ok(()) }
    }

    fn on_over(&mut self, over: &ChessOver) -> Result<(), Finding> {
        let ChessOver { result, reason, winner, .. } = over;
        let told = format!("{result} {reason} {}", self.board.plies());
        let [white, black] = self.players.unwrap_or_default();
        let gold = match *winner {
            0 => 0,
            account if account == self.account => self.choices.stake,
            _ => -self.choices.stake,
        };
        self.end = Some(End { told, gold });
        let is_right = match result.as_str() {
            "1-0" => *winner == white && white != 0,
            "0-1" => *winner == black && black != 0,
            "1/2-1/2" | "*" => *winner == 0,
            _ => false,
        };
        if is_right && self.board.explains(result, reason) {
            return Ok(());
        }
        let detail = format!("{result} {reason} for {winner} of {:?} at {}", self.players, self.board.fen());
        Err(Finding::new("chess_end", detail))
    }

    fn act(&mut self, kind: u32) -> Option<Act> {
        self.has_acted = true;
        Some(Act { kind, body: Vec::new(), is_signal: false })
    }

    fn move_at_random(&mut self, rng: &mut ChaCha8Rng) -> Option<Act> {
        let uci = self.board.some_move(rng.next_u32())?;
        self.has_acted = true;
        Some(Act { kind: MOVE, body: encode(&ChessMove { uci }), is_signal: false })
    }
}

impl Game for ChessPlayer {
    fn hear(&mut self, kind: u32, body: &[u8], now: Instant) -> Result<(), Finding> {
        match kind {
            STATE => self.on_state(&decode(body, Budget::CLIENT).map_err(|error| garbled(&error))?, now),
            MOVED => self.on_moved(&decode(body, Budget::CLIENT).map_err(|error| garbled(&error))?, now),
            OFFER => {
                let offer: ChessOffer = decode(body, Budget::CLIENT).map_err(|error| garbled(&error))?;
                let is_known = self.players.is_some_and(|players| players.contains(&offer.by));
                self.offered_by = if offer.declined { 0 } else { offer.by };
                // Its own offer is told; whoever thinks goes on.
                self.has_acted &= offer.declined || offer.by != self.account;
                if is_known { Ok(()) } else { Err(Finding::new("chess_offer", format!("{offer:?}"))) }
            }
            OVER => self.on_over(&decode(body, Budget::CLIENT).map_err(|error| garbled(&error))?),
            kind => Err(Finding::new("chess_kind", format!("kind {kind}"))),
        }
    }

    fn next(&mut self, mood: Mood, now: Instant, rng: &mut ChaCha8Rng) -> Option<Act> {
        if self.end.is_some() || self.has_acted {
            return None;
        }
        self.side()?;
        if mood == Mood::Hurry {
            return self.act(if self.board.plies() < 2 { ABORT } else { RESIGN });
        }
        let is_bored = self.bored_from <= self.board.plies();
        if self.offered_by != 0 && self.offered_by != self.account {
            let takes = is_bored || rng.next_u32().is_multiple_of(2);
            self.offered_by = 0;
            return self.act(if takes { DRAW_ACCEPT } else { DRAW_DECLINE });
        }
        if !self.is_turn() {
            return None;
        }
        let think_ms = u64::try_from(self.choices.think.as_millis()).unwrap_or(0);
        let until = *self
            .think_until
            .get_or_insert_with(|| now + Duration::from_millis(u64::from(rng.next_u32()) % (think_ms + 1)));
        if now < until {
            return None;
        }
        if self.board.can_claim() && (is_bored || rng.next_u32().is_multiple_of(2)) {
            return self.act(DRAW_CLAIM);
        }
        let wants_draw = is_bored || rng.next_u32().is_multiple_of(OFFER_ONE_IN);
        if wants_draw && self.offer_from <= self.board.plies() && self.offered_by == 0 {
            self.offer_from = self.board.plies() + PLIES_BETWEEN_OFFERS;
            return self.act(DRAW_OFFER);
        }
        let is_tired = self.bored_from + PLIES_OF_PATIENCE <= self.board.plies();
        if is_tired || rng.next_u32().is_multiple_of(RESIGN_ONE_IN) {
            return self.act(if self.board.plies() < 2 { ABORT } else { RESIGN });
        }
        self.move_at_random(rng)
    }

    fn wake_at(&self) -> Option<Instant> {
        if self.end.is_some() || self.has_acted || !self.is_turn() { None } else { self.think_until }
    }

    fn answered(&mut self, kind: u32, outcome: &Outcome) -> Result<(), Finding> {
        let Outcome::Rejected(code) = outcome else {
            if let Outcome::RetryLater { .. } = outcome {
                self.has_acted = false;
            }
            // A decline and an offer leave the move to be made; a move is seen when it is told.
            self.has_acted &= !matches!((kind, outcome), (DRAW_DECLINE | DRAW_OFFER, Outcome::Ok(_)));
            return Ok(());
        };
        self.has_acted = false;
        let is_explained = match (kind, code.as_str()) {
            (_, "time_is_up" | "not_in_room") => {
                // The end is on its way.
                self.has_acted = true;
                true
            }
            (DRAW_OFFER, "draw_offered" | "draw_too_soon") => true,
            (ABORT, "too_late") => true,
            _ => false,
        };
        if is_explained {
            return Ok(());
        }
        Err(Finding::new("chess_refused", format!("kind {kind}: {code} at {}", self.board.fen())))
    }

    fn interrupted(&mut self) {
        // All is shown before anything can be done.
        self.has_acted = true;
        self.clocks_at = None;
    }

    fn end(&self) -> Option<End> {
        self.end.clone()
    }

    fn may_bring(&self, gold: i64) -> bool {
        [-self.choices.stake, 0, self.choices.stake].contains(&gold)
    }
}

fn garbled(error: &DecodeError) -> Finding {
    Finding::new("chess_garbled", error.to_string())
}

fn expected(choices: Choices) -> ChessOptions {
    ChessOptions {
        base_s: Some(BASE_S),
        increment_s: Some(INCREMENT_S),
        stake: choices.stake,
        ..ChessOptions::default()
    }
}

const BASE_S: u32 = 120;
const INCREMENT_S: u32 = 2;
const INCREMENT_MS: u64 = INCREMENT_S as u64 * 1_000;
/// Between two packets less may pass here than passed there: the first of them may have been under way for longer.
const SLACK: Duration = Duration::from_secs(15);
const OFFER_ONE_IN: u32 = 60;
const RESIGN_ONE_IN: u32 = 400;
/// Of one side, as the room counts.
const PLIES_BETWEEN_OFFERS: usize = 10;
/// After it is bored, until it gives up.
const PLIES_OF_PATIENCE: usize = 40;
