//! Chess: two play, others look on. Rules and notation are those of FIDE and UCI, clocks are the room's time, and stakes
//! go to the winner. A model of a board game that survives its server: all that happens is in its state.
//!
//! Time that passes while a player's connection is gone is the player's own. Time that the server is gone is nobody's.

mod clock;
mod ending;
mod game;
mod line;
mod position;
mod side;
mod terms;
#[cfg(test)]
mod tests;

use proto::{
    client::{ChessMove, ChessMoved, ChessOffer, ChessOver, ChessSide, ChessState},
    ids::AccountId,
    kinds::{KindDef, Lane},
    prescan::Budget,
    wire,
};
use rand_chacha::rand_core::Rng as _;
use serde::{Deserialize, Serialize};

use self::{
    ending::Ending,
    game::{Act, Game, Player},
    side::{Each, Side},
    terms::Terms,
};
use super::refund_others;
use crate::room::{
    Journal, Limits, Message, Opening, Outcome, Refusal, Room, RoomCtx, RoomKind, Snapshot, Tick, TimerId,
    command, told,
};

/// Command: `ChessMove`.
pub const MOVE: u32 = 1_040;
/// Command: offers a draw.
pub const DRAW_OFFER: u32 = 1_041;
/// Command: takes the other side's offer.
pub const DRAW_ACCEPT: u32 = 1_042;
/// Command: does not.
pub const DRAW_DECLINE: u32 = 1_043;
/// Command: the position on the board has been there three times, or fifty moves of both were quiet.
pub const DRAW_CLAIM: u32 = 1_044;
/// Command: gives up.
pub const RESIGN: u32 = 1_045;
/// Command: ends a game that counts for nothing yet.
pub const ABORT: u32 = 1_046;
/// From the server: `ChessState`.
pub const STATE: u32 = 1_050;
/// From the server: `ChessMoved`.
pub const MOVED: u32 = 1_051;
/// From the server: `ChessOffer`.
pub const OFFER: u32 = 1_052;
/// From the server: `ChessOver`.
pub const OVER: u32 = 1_053;

/// The room.
#[derive(Debug, Serialize, Deserialize)]
pub struct Chess {
    terms: Terms,
    stage: Stage,
    /// Its time when it last heard anything that changed it: a view is of then.
    heard_ms: u64,
}

/// What is true of a room depends on this.
#[derive(Debug, Serialize, Deserialize)]
enum Stage {
    /// For two players; who is there has put up the stake.
    Waiting {
        first: Option<AccountId>,
    },
    Playing(Box<Game>),
    Over(Box<Game>, Ending),
}

impl RoomKind for Chess {
    const NAME: &'static str = "chess";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Never;
    const MEMBERS_MAX: usize = 66;
    const PLAYERS_MAX: usize = 2;
    const MATCH_PLAYERS: Option<usize> = Some(2);
    const LIMITS: Limits = Limits { state_bytes: STATE_BYTES_MAX, ..Limits::DEFAULT };
    const KINDS: &'static [KindDef] = &[
        command(MOVE, "chess_move", 16, 1),
        command(DRAW_OFFER, "chess_draw_offer", 0, 1),
        command(DRAW_ACCEPT, "chess_draw_accept", 0, 1),
        command(DRAW_DECLINE, "chess_draw_decline", 0, 1),
        command(DRAW_CLAIM, "chess_draw_claim", 0, 1),
        command(RESIGN, "chess_resign", 0, 1),
        command(ABORT, "chess_abort", 0, 1),
        told(STATE, "chess_state", 16 * 1024, Lane::MustArrive),
        told(MOVED, "chess_moved", 64, Lane::MustArrive),
        told(OFFER, "chess_offer", 32, Lane::MustArrive),
        told(OVER, "chess_over", 128, Lane::MustArrive),
    ];

    fn open(opening: &Opening<'_>) -> Result<Self, Refusal> {
        let terms = Terms::read(opening.options)?;
        Ok(Self { terms, stage: Stage::Waiting { first: None }, heard_ms: 0 })
    }
}

impl Room for Chess {
    fn join(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) -> Result<(), Refusal> {
        if ctx.is_player(member) {
            let Stage::Waiting { first } = self.stage else { return Err(Refusal("room_full")) };
            if self.terms.stake > 0 {
                ctx.stake(member, self.terms.stake)?;
            }
            match first {
                None => self.stage = Stage::Waiting { first: Some(member) },
                Some(first) => self.begin(ctx, first, member),
            }
        }
        self.heard_ms = now_ms(ctx);
        Ok(())
    }

    fn leave(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        self.heard_ms = now_ms(ctx);
        match &mut self.stage {
            Stage::Waiting { first } if *first == Some(member) => {
                *first = None;
                // A full wallet: it stays in the pot, and is given back when the room ends.
                let _full = ctx.refund(member);
            }
            Stage::Playing(game) => {
                if let Some(ending) = game.side_of(member).map(|side| game.left(side)) {
                    self.end(ctx, ending);
                }
            }
            Stage::Waiting { .. } | Stage::Over(..) => {}
        }
    }

    fn back(&mut self, ctx: &mut RoomCtx<'_>, _member: AccountId) {
        self.heard_ms = now_ms(ctx);
    }

    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        let played: ChessMove;
        let act = match message.kind {
            MOVE => {
                played = wire::decode(message.body, Budget::CLIENT).map_err(|_| Refusal("bad_body"))?;
                Act::Move(&played.uci)
            }
            DRAW_OFFER => Act::Offer,
            DRAW_ACCEPT => Act::Accept,
            DRAW_DECLINE => Act::Decline,
            DRAW_CLAIM => Act::Claim,
            RESIGN => Act::Resign,
            ABORT => Act::Abort,
            _ => return Err(Refusal("unknown_kind")),
        };
        if !ctx.is_player(message.from) {
            return Err(Refusal("not_a_player"));
        }
        let game = match &mut self.stage {
            Stage::Waiting { .. } => return Err(Refusal("not_started")),
            Stage::Playing(game) => game,
            Stage::Over(..) => return Err(Refusal("game_over")),
        };
        let side = game.side_of(message.from).ok_or(Refusal("not_a_player"))?;
        let now_ms = now_ms(ctx);
        let ending = game.act(side, act, u64::from(self.terms.increment_s) * 1_000, now_ms)?;
        self.heard_ms = now_ms;
        tell(ctx, game, message.from, act, now_ms);
        match ending {
            Some(ending) => self.end(ctx, ending),
            None if message.kind == MOVE => ctx.set_timer(FLAG, game.clock.flag_in(now_ms)),
            None => {}
        }
        Ok(())
    }

    fn timer(&mut self, ctx: &mut RoomCtx<'_>, _flag: TimerId) {
        self.heard_ms = now_ms(ctx);
        let Stage::Playing(game) = &self.stage else { return };
        let ending = game.flag_fell();
        self.end(ctx, ending);
    }

    fn view(&self, _member: AccountId, snapshot: &mut Snapshot<'_>) {
        snapshot.packet(STATE, &wire::encode(&self.state()));
        if let Stage::Over(game, ending) = &self.stage {
            snapshot.packet(OVER, &wire::encode(&over(game, *ending, self.heard_ms)));
        }
    }

    fn label(&self) -> String {
        let terms = self.terms.label();
        match &self.stage {
            Stage::Waiting { .. } => terms,
            Stage::Playing(game) => format!("{terms}, move {}", game.line.plies() / 2 + 1),
            Stage::Over(_, ending) => format!("{terms}, {}", ending.result()),
        }
    }
}

impl Chess {
    fn begin(&mut self, ctx: &mut RoomCtx<'_>, first: AccountId, second: AccountId) {
        let opener =
            self.terms.opener.unwrap_or_else(|| Side::BOTH[usize::from(ctx.rng().next_u32() & 1 == 1)]);
        let [first, second] = [first, second]
            .map(|account| Player { account, rating: ctx.member(account).map_or(0, |member| member.rating) });
        let players = match opener {
            Side::White => Each { white: first, black: second },
            Side::Black => Each { white: second, black: first },
        };
        self.heard_ms = now_ms(ctx);
        let game = Game::new(players, u64::from(self.terms.base_s) * 1_000, self.heard_ms);
        ctx.set_timer(FLAG, game.clock.flag_in(self.heard_ms));
        self.stage = Stage::Playing(Box::new(game));
        // To all, also to one who will watch the replay: it is the only packet that says who plays.
        ctx.broadcast(STATE, &wire::encode(&self.state()));
    }

    fn end(&mut self, ctx: &mut RoomCtx<'_>, ending: Ending) {
        let before = std::mem::replace(&mut self.stage, Stage::Waiting { first: None });
        let Stage::Playing(game) = before else {
            self.stage = before;
            return;
        };
        ctx.cancel_timer(FLAG);
        ctx.broadcast(OVER, &wire::encode(&over(&game, ending, now_ms(ctx))));
        let accounts = Side::BOTH.map(|side| game.players.of(side).account);
        if let Some(winner) = ending.winner() {
            refund_others(ctx, &accounts);
            let pot = accounts.iter().map(|account| ctx.staked(*account)).sum();
            if pot > 0 {
                // A wallet that cannot hold it: the room's end gives each side its own stake back.
                let _full = ctx.settle(&[(game.players.of(winner).account, pot)]);
            }
        }
        let place = |side: Side| if ending.winner() == Some(side.other()) { 2 } else { 1 };
        let places = match ending {
            Ending::Won(..) | Ending::Drawn(_) if self.terms.is_rated => {
                Side::BOTH.iter().zip(accounts).map(|(side, account)| (account, place(*side))).collect()
            }
            Ending::Won(..) | Ending::Drawn(_) | Ending::Aborted(_) => Vec::new(),
        };
        ctx.finish(Outcome { text: format!("{} {}", ending.result(), ending.code()), places });
        self.stage = Stage::Over(game, ending);
    }

    fn state(&self) -> ChessState {
        let mut state = ChessState { options: Some(self.terms.options()), ..ChessState::default() };
        let (Stage::Playing(game) | Stage::Over(game, _)) = &self.stage else { return state };
        let [white, black] = Side::BOTH.map(|side| {
            let Player { account, rating } = *game.players.of(side);
            Some(ChessSide { account: account.0, rating })
        });
        state.white = white;
        state.black = black;
        state.moves = game.line.uci();
        state.fen = game.line.fen();
        [state.white_ms, state.black_ms] = left_ms(game, self.heard_ms);
        state.offered_by = game.offer.map_or(0, |side| game.players.of(side).account.0);
        state
    }
}

/// Tells all what a player did.
fn tell(ctx: &mut RoomCtx<'_>, game: &Game, from: AccountId, act: Act<'_>, now_ms: u64) {
    match act {
        Act::Move(uci) => {
            let [white_ms, black_ms] = left_ms(game, now_ms);
            let moved = ChessMoved { ply: game.line.plies(), uci: uci.to_owned(), white_ms, black_ms };
            ctx.broadcast(MOVED, &wire::encode(&moved));
        }
        Act::Offer => ctx.broadcast(OFFER, &wire::encode(&ChessOffer { by: from.0, declined: false })),
        Act::Decline => {
            let by = game.side_of(from).map_or(0, |side| game.players.of(side.other()).account.0);
            ctx.broadcast(OFFER, &wire::encode(&ChessOffer { by, declined: true }));
        }
        Act::Accept | Act::Claim | Act::Resign | Act::Abort => {}
    }
}

fn over(game: &Game, ending: Ending, now_ms: u64) -> ChessOver {
    let [white_ms, black_ms] = left_ms(game, now_ms);
    ChessOver {
        result: ending.result().to_owned(),
        reason: ending.code().to_owned(),
        winner: ending.winner().map_or(0, |side| game.players.of(side).account.0),
        white_ms,
        black_ms,
    }
}

fn left_ms(game: &Game, now_ms: u64) -> [u64; 2] {
    Side::BOTH.map(|side| game.clock.left_ms(side, now_ms))
}

fn now_ms(ctx: &RoomCtx<'_>) -> u64 {
    u64::try_from(ctx.time().as_millis()).unwrap_or(u64::MAX)
}

/// The clock that runs has run out.
const FLAG: TimerId = TimerId(1);
/// The longest game takes 4 KiB of it.
const STATE_BYTES_MAX: usize = 8 * 1024;
const _: () = assert!((line::PLIES_MAX as usize) * 2 + 1_024 <= STATE_BYTES_MAX, "the longest game fits");
