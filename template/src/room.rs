//! Nim: two players, one heap, each takes 1 to 3 stones in turn, and whoever takes the last one wins both stakes. Knows
//! no network, no clock and no database.

#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, time::Duration};

use ding::room::{
    AccountId, Answer, AskId, Journal, KindDef, Lane, Message, Opening, Outcome, Refusal, Rng as _,
    Room, RoomCtx, RoomKind, Snapshot, Tick, TimerId, command, told,
};
use prost::Message as _;
use serde::{Deserialize, Serialize};

use crate::messages::{Board, Draw, Options, Over, Take};

// docs: kinds
/// Command: `Take`.
pub const TAKE: u32 = 2_000;
/// From the server: `Board`.
pub const BOARD: u32 = 2_001;
/// Command: shall we leave it at a draw? `Draw`.
pub const DRAW: u32 = 2_002;
/// From the server, a question to the other player: `Draw`, and so is the answer.
pub const DRAW_ASKED: u32 = 2_003;
/// From the server: `Over`.
pub const OVER: u32 = 2_004;
// docs: end

// docs: state
/// A table. What serde makes of this is saved, and is all there is.
#[derive(Debug, Serialize, Deserialize)]
pub struct Nim {
    stones: u32,
    stake: i64,
    /// In the order of their coming; the match has begun when there are two.
    seats: Vec<AccountId>,
    /// From 1; 0: it has not begun.
    turn: u32,
    /// Whose turn it is, among `seats`.
    mover: usize,
    away: BTreeSet<AccountId>,
    /// A draw that was offered and not answered: who was asked.
    offer: Option<(AccountId, AskId)>,
}
// docs: end

// docs: kind
impl RoomKind for Nim {
    const NAME: &'static str = "nim";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Never;
    const MEMBERS_MAX: usize = 20;
    const PLAYERS_MAX: usize = 2;
    const MATCH_PLAYERS: Option<usize> = Some(2);
    const KINDS: &'static [KindDef] = &[
        command(TAKE, "nim_take", 16, 1),
        told(BOARD, "nim_board", 128, Lane::MustArrive),
        command(DRAW, "nim_draw", 16, 2),
        told(DRAW_ASKED, "nim_draw_asked", 16, Lane::MustArrive),
        told(OVER, "nim_over", 32, Lane::MustArrive),
    ];

    fn open(opening: &Opening<'_>) -> Result<Self, Refusal> {
        let options = Options::decode(opening.options).map_err(|_| Refusal("bad_options"))?;
        let stones = if options.stones == 0 {
            21
        } else {
            options.stones
        };
        let stake = if options.stake == 0 {
            10
        } else {
            options.stake
        };
        if !(5..=100).contains(&stones) || !(1..=1_000).contains(&stake) {
            return Err(Refusal("bad_options"));
        }
        let (seats, away) = (Vec::new(), BTreeSet::new());
        Ok(Self {
            stones,
            stake,
            seats,
            turn: 0,
            mover: 0,
            away,
            offer: None,
        })
    }
}
// docs: end

impl Room for Nim {
    // docs: join
    fn join(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) -> Result<(), Refusal> {
        if !ctx.is_player(member) {
            return Ok(());
        }
        // Refused without the gold; nothing has changed yet, as it must be.
        ctx.stake(member, self.stake)?;
        self.seats.push(member);
        if let [first, second] = self.seats[..] {
            self.mover = usize::from(ctx.rng().next_u32().is_multiple_of(2));
            ctx.cancel_timer(ALONE);
            debug_assert_ne!(first, second, "nobody is twice in a room");
            self.next_turn(ctx);
        } else {
            ctx.set_timer(ALONE, ALONE_TIME);
        }
        Ok(())
    }
    // docs: end

    // docs: leave
    fn leave(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        self.away.remove(&member);
        match self.other(member) {
            Some(other) => self.win(ctx, other, "the other one left"),
            None => {
                self.seats.retain(|seat| *seat != member);
                // A wallet that is too full for it: the stake is given back when the room closes, or is the house's.
                let _ = ctx.refund(member);
            }
        }
    }
    // docs: end

    // docs: away
    fn away(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        self.away.insert(member);
        self.show(ctx);
    }

    fn back(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        self.away.remove(&member);
        self.show(ctx);
    }

    fn view(&self, _member: AccountId, snapshot: &mut Snapshot<'_>) {
        snapshot.packet(BOARD, &self.board().encode_to_vec());
    }
    // docs: end

    // docs: message
    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        let opponent = self.other(message.from).ok_or(Refusal("not_playing"))?;
        match message.kind {
            TAKE => {
                let take = Take::decode(message.body).map_err(|_| Refusal("bad_body"))?;
                if self.seats[self.mover] != message.from || take.turn != self.turn {
                    return Err(Refusal("not_your_turn"));
                }
                if !(1..=3).contains(&take.stones) || self.stones < take.stones {
                    return Err(Refusal("not_so_many"));
                }
                self.take(ctx, take.stones);
            }
            DRAW if self.offer.is_some() => return Err(Refusal("already_offered")),
            DRAW => {
                let ask = ctx.ask(opponent, DRAW_ASKED, &[], DRAW_TIME);
                self.offer = Some((opponent, ask));
            }
            _ => return Err(Refusal("unknown_kind")),
        }
        Ok(())
    }
    // docs: end

    // docs: answered
    fn answered(&mut self, ctx: &mut RoomCtx<'_>, answer: Answer<'_>) {
        self.offer = None;
        let draw = answer.body.ok().and_then(|body| Draw::decode(body).ok());
        if draw.is_some_and(|draw| draw.agreed) {
            let places = self.seats.iter().map(|seat| (*seat, 1)).collect();
            ctx.broadcast(OVER, &Over::default().encode_to_vec());
            // Whatever is still at stake goes back by itself.
            ctx.finish(Outcome {
                text: "a draw".to_owned(),
                places,
            });
        }
    }
    // docs: end

    // docs: timer
    fn timer(&mut self, ctx: &mut RoomCtx<'_>, timer: TimerId) {
        match timer {
            TURN => self.take(ctx, 1),
            _ => ctx.finish(Outcome {
                text: "nobody came".to_owned(),
                places: Vec::new(),
            }),
        }
    }
    // docs: end

    fn label(&self) -> String {
        format!("{} stones for {} gold", self.stones, self.stake)
    }
}

impl Nim {
    // docs: rules
    fn take(&mut self, ctx: &mut RoomCtx<'_>, stones: u32) {
        let mover = self.seats[self.mover];
        // Whoever was asked for a draw and plays on is asked no more.
        if let Some((_, ask)) = self.offer.take_if(|(asked, _)| *asked == mover) {
            ctx.cancel_ask(ask);
        }
        self.stones -= stones;
        if self.stones == 0 {
            return self.win(ctx, mover, "the last stone");
        }
        self.mover = 1 - self.mover;
        self.next_turn(ctx);
    }

    fn next_turn(&mut self, ctx: &mut RoomCtx<'_>) {
        self.turn += 1;
        ctx.set_timer(TURN, TURN_TIME);
        self.show(ctx);
    }

    fn win(&mut self, ctx: &mut RoomCtx<'_>, winner: AccountId, how: &str) {
        let gold = ctx.pot();
        // A wallet that is too full to win: both get back what they had put in.
        let gold = if ctx.settle(&[(winner, gold)]).is_ok() {
            gold
        } else {
            0
        };
        let places = self
            .seats
            .iter()
            .map(|seat| (*seat, if *seat == winner { 1 } else { 2 }))
            .collect();
        ctx.broadcast(
            OVER,
            &Over {
                winner: winner.0,
                gold,
            }
            .encode_to_vec(),
        );
        ctx.finish(Outcome {
            text: how.to_owned(),
            places,
        });
    }
    // docs: end

    /// Whom one plays with; none: one looks on, or it has not begun.
    fn other(&self, one: AccountId) -> Option<AccountId> {
        match self.seats[..] {
            [first, second] if first == one => Some(second),
            [first, second] if second == one => Some(first),
            _ => None,
        }
    }

    fn board(&self) -> Board {
        let mover = if self.turn == 0 {
            0
        } else {
            self.seats.get(self.mover).map_or(0, |seat| seat.0)
        };
        Board {
            stones: self.stones,
            turn: self.turn,
            players: self.seats.iter().map(|seat| seat.0).collect(),
            mover,
            away: self.away.iter().map(|seat| seat.0).collect(),
        }
    }

    fn show(&self, ctx: &mut RoomCtx<'_>) {
        ctx.broadcast(BOARD, &self.board().encode_to_vec());
    }
}

// docs: times
const TURN: TimerId = TimerId(1);
/// Then one stone is taken for them.
const TURN_TIME: Duration = Duration::from_secs(20);
const ALONE: TimerId = TimerId(2);
/// Then there is no match.
const ALONE_TIME: Duration = Duration::from_secs(300);
const DRAW_TIME: Duration = Duration::from_secs(10);
// docs: end
