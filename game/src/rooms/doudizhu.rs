//! Dou Dizhu for three: a hand is bid for, played, and paid. Who sits where, whose time is over, and what
//! goes to the pot; the hand itself is in [`hand`], what sets of cards are in [`combos`].
//!
//! Whoever sits down pays their stake, and has it back if they rise. The hand begins when the third sits
//! down. From then on it is played to its end: the server plays for whoever is away, has left, or did nothing
//! in their time, and if all three have left it plays on at once.

pub mod cards;
pub mod combos;
pub mod hand;
pub mod plays;
pub mod rules;
mod told;

#[cfg(test)]
mod tests;

use std::time::Duration;

use proto::{
    client::{DoudizhuAuto, DoudizhuBid, DoudizhuDelayed, DoudizhuHints, DoudizhuPlay},
    ids::AccountId,
    kinds::{KindDef, Lane},
    prescan::Budget,
    wire::{self, DecodeError},
};
use serde::{Deserialize, Serialize};

use self::{
    cards::Card,
    hand::{AutoMove, Bidden, Hand, SEATS, SeatIndex},
    rules::Rules,
};
use super::refund_others;
use crate::room::{
    Journal, Message, Opening, Outcome, Refusal, Room, RoomCtx, RoomKind, Snapshot, Tick, TimerId, command,
    told,
};

/// Command: `DoudizhuBid`.
pub const BID: u32 = 1_060;
/// Command: `DoudizhuPlay`.
pub const PLAY: u32 = 1_061;
/// Command without a body.
pub const PASS: u32 = 1_062;
/// Command: `DoudizhuAuto`.
pub const AUTO: u32 = 1_063;
/// Command without a body; its result is a `DoudizhuHints`.
pub const HINT: u32 = 1_064;
/// From the server: `DoudizhuTable`.
pub const TABLE: u32 = 1_065;
/// From the server: `DoudizhuSeated`.
pub const SEATED: u32 = 1_066;
/// From the server: `DoudizhuDealt`.
pub const DEALT: u32 = 1_067;
/// From the server: `DoudizhuTurn`.
pub const TURN: u32 = 1_068;
/// From the server: `DoudizhuBade`.
pub const BADE: u32 = 1_069;
/// From the server: `DoudizhuLandlord`.
pub const LANDLORD: u32 = 1_070;
/// From the server: `DoudizhuPlayed`.
pub const PLAYED: u32 = 1_071;
/// From the server: `DoudizhuOver`.
pub const OVER: u32 = 1_072;
/// From the server: `DoudizhuDelayed`.
pub const DELAYED: u32 = 1_073;

/// The room.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Doudizhu {
    rules: Rules,
    /// At most three, in the order of play.
    seats: Vec<Seat>,
    game: Option<Game>,
    /// False in rooms of before this was so: there all pay when the third sits down, for what such a room
    /// heard is heard again.
    #[serde(default)]
    pays_at_once: bool,
}

/// Somebody who plays.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Seat {
    account: AccountId,
    presence: Presence,
    /// The server plays for them: they said so, or let their time pass.
    auto: bool,
    /// In the pot.
    stake: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Presence {
    Here,
    Away,
    Left,
}

/// A hand under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Game {
    /// From 1.
    deal: u32,
    hand: Hand,
    /// When the turn is over for somebody who is there, by the room's clock.
    until_ms: u64,
}

impl RoomKind for Doudizhu {
    const NAME: &'static str = "doudizhu";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Never;
    const MEMBERS_MAX: usize = SEATS + 29;
    const PLAYERS_MAX: usize = SEATS;
    const KINDS: &'static [KindDef] = &[
        command(BID, "doudizhu_bid", 8, 1),
        command(PLAY, "doudizhu_play", 32, 1),
        command(PASS, "doudizhu_pass", 0, 1),
        command(AUTO, "doudizhu_auto", 8, 1),
        command(HINT, "doudizhu_hint", 0, 4),
        told(TABLE, "doudizhu_table", 512, Lane::MustArrive),
        told(SEATED, "doudizhu_seated", 64, Lane::MustArrive),
        told(DEALT, "doudizhu_dealt", 64, Lane::MustArrive),
        told(TURN, "doudizhu_turn", 16, Lane::MustArrive),
        told(BADE, "doudizhu_bade", 16, Lane::MustArrive),
        told(LANDLORD, "doudizhu_landlord", 16, Lane::MustArrive),
        told(PLAYED, "doudizhu_played", 64, Lane::MustArrive),
        told(OVER, "doudizhu_over", 64, Lane::MustArrive),
        told(DELAYED, "doudizhu_delayed", 64, Lane::MustArrive),
    ];
    const MATCH_PLAYERS: Option<usize> = Some(SEATS);
    const HAS_SECRETS: bool = true;

    fn open(opening: &Opening<'_>) -> Result<Self, Refusal> {
        Ok(Self { rules: Rules::parse(opening.options)?, seats: Vec::new(), game: None, pays_at_once: true })
    }
}

impl Room for Doudizhu {
    fn join(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) -> Result<(), Refusal> {
        if !ctx.is_player(member) {
            self.tell_turn(ctx, Some(member));
            return Ok(());
        }
        if let Some(seat) = self.seat_of(member) {
            self.come_back(ctx, seat);
            return Ok(());
        }
        if self.game.is_some() || self.seats.len() == SEATS {
            return Err(Refusal("hand_has_begun"));
        }
        let is_full = self.seats.len() + 1 == SEATS;
        let begins = if self.pays_at_once {
            self.pay(ctx, member)?;
            is_full
        } else {
            is_full && self.stake_all(ctx, member)?
        };
        let stake = if self.pays_at_once { ctx.staked(member) } else { 0 };
        self.seats.push(Seat { account: member, presence: Presence::Here, auto: false, stake });
        self.tell_seat(ctx, self.seats.len() - 1);
        if begins {
            for seat in &mut self.seats {
                seat.stake = ctx.staked(seat.account);
            }
            self.deal(ctx, 1);
        }
        Ok(())
    }

    fn leave(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        let Some(seat) = self.own_seat(member) else { return };
        if self.game.is_none() {
            self.seats.remove(seat);
            // Without room for it in the wallet it stays in the pot, until there is or the room closes.
            let _kept = ctx.refund(member);
            return told::rose(ctx, seat);
        }
        self.go(ctx, seat, Presence::Left);
        if self.seats.iter().all(|seat| seat.presence == Presence::Left) {
            while self.game.is_some() {
                self.auto_move(ctx);
            }
        }
    }

    fn away(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        if let Some(seat) = self.own_seat(member) {
            self.go(ctx, seat, Presence::Away);
        }
    }

    fn back(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        match self.own_seat(member) {
            Some(seat) => self.come_back(ctx, seat),
            None => self.tell_turn(ctx, Some(member)),
        }
    }

    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        let seat = self.own_seat(message.from).ok_or(Refusal("not_a_player"))?;
        match message.kind {
            BID => {
                let bid: DoudizhuBid = wire::decode(message.body, Budget::CLIENT).map_err(bad_body)?;
                self.bid(ctx, seat, bid.points)?;
            }
            PLAY => {
                let play: DoudizhuPlay = wire::decode(message.body, Budget::CLIENT).map_err(bad_body)?;
                self.play(ctx, seat, &cards::parse(&play.cards).ok_or(Refusal("bad_cards"))?)?;
            }
            PASS => self.pass(ctx, seat)?,
            AUTO => {
                let auto: DoudizhuAuto = wire::decode(message.body, Budget::CLIENT).map_err(bad_body)?;
                self.game.as_ref().ok_or(Refusal("not_playing"))?;
                self.set_auto(ctx, seat, auto.on);
                return Ok(());
            }
            HINT => {
                let game = self.game.as_ref().ok_or(Refusal("not_playing"))?;
                let plays = game.hand.hint(seat, HINTS_MAX)?;
                let plays = plays.iter().map(|cards| cards::numbers(cards).into()).collect();
                ctx.answer(&wire::encode(&DoudizhuHints { plays }));
                return Ok(());
            }
            _ => return Err(Refusal("unknown_kind")),
        }
        self.wake(ctx, seat);
        Ok(())
    }

    fn timer(&mut self, ctx: &mut RoomCtx<'_>, _timer: TimerId) {
        let Some(game) = &self.game else { return };
        let turn = game.hand.turn();
        if !self.is_played_for(turn) {
            self.seats[turn].auto = true;
            self.tell_seat(ctx, turn);
        }
        self.auto_move(ctx);
    }

    fn view(&self, member: AccountId, snapshot: &mut Snapshot<'_>) {
        snapshot.packet(TABLE, &wire::encode(&self.table(member)));
    }

    fn label(&self) -> String {
        let base = self.rules.base;
        match &self.game {
            None => format!("base {base}, {} of {SEATS}", self.seats.len()),
            Some(game) if game.hand.playing().is_some() => format!("base {base}, playing"),
            Some(_) => format!("base {base}, bidding"),
        }
    }
}

impl Doudizhu {
    fn seat_of(&self, member: AccountId) -> Option<SeatIndex> {
        self.seats.iter().position(|seat| seat.account == member)
    }

    /// Where a member plays, whose cards they may see: somebody who left and looks on now has no seat.
    fn own_seat(&self, member: AccountId) -> Option<SeatIndex> {
        self.seat_of(member).filter(|seat| self.seats[*seat].presence != Presence::Left)
    }

    /// Takes a newcomer's stake, unless it is there still from when they sat here before.
    ///
    /// # Errors
    /// Why they cannot pay.
    fn pay(&self, ctx: &mut RoomCtx<'_>, newcomer: AccountId) -> Result<(), Refusal> {
        if self.rules.base == 0 || ctx.staked(newcomer) != 0 {
            return Ok(());
        }
        ctx.stake(newcomer, self.rules.stake())
    }

    /// Takes the stakes of those who sit and of the newcomer; false: one of those who sit could not, is put
    /// out, and the others have theirs back.
    ///
    /// # Errors
    /// Why the newcomer could not.
    fn stake_all(&self, ctx: &mut RoomCtx<'_>, newcomer: AccountId) -> Result<bool, Refusal> {
        if self.rules.base == 0 {
            return Ok(true);
        }
        ctx.stake(newcomer, self.rules.stake())?;
        for (at, seat) in self.seats.iter().enumerate() {
            let Err(Refusal(name)) = ctx.stake(seat.account, self.rules.stake()) else { continue };
            let before = self.seats[..at].iter().map(|seat| seat.account);
            for account in before.chain([newcomer]) {
                // Its wallet had room for it before.
                let _moved = ctx.refund(account);
            }
            let delayed = DoudizhuDelayed { account: seat.account.0, name: name.to_owned() };
            ctx.broadcast(DELAYED, &wire::encode(&delayed));
            ctx.kick(seat.account);
            return Ok(false);
        }
        Ok(true)
    }

    fn deal(&mut self, ctx: &mut RoomCtx<'_>, deal: u32) {
        self.game = Some(Game { deal, hand: Hand::deal(ctx.rng()), until_ms: 0 });
        self.tell_dealt(ctx);
        self.begin_turn(ctx);
    }

    fn bid(&mut self, ctx: &mut RoomCtx<'_>, seat: SeatIndex, points: u32) -> Result<(), Refusal> {
        let game = self.game.as_mut().ok_or(Refusal("not_bidding"))?;
        let bidden = game.hand.bid(seat, points)?;
        let deal = game.deal;
        told::bade(ctx, seat, points);
        match bidden {
            Bidden::Next => self.begin_turn(ctx),
            Bidden::Landlord => {
                self.tell_landlord(ctx);
                self.begin_turn(ctx);
            }
            Bidden::Nobody if deal < DEALS_MAX => self.deal(ctx, deal + 1),
            Bidden::Nobody => self.end(ctx, None),
        }
        Ok(())
    }

    fn play(&mut self, ctx: &mut RoomCtx<'_>, seat: SeatIndex, cards: &[Card]) -> Result<(), Refusal> {
        let game = self.game.as_mut().ok_or(Refusal("not_playing"))?;
        let has_won = game.hand.play(seat, cards)?;
        told::played(ctx, &game.hand, seat, cards);
        if has_won {
            self.end(ctx, Some(seat));
        } else {
            self.begin_turn(ctx);
        }
        Ok(())
    }

    fn pass(&mut self, ctx: &mut RoomCtx<'_>, seat: SeatIndex) -> Result<(), Refusal> {
        let game = self.game.as_mut().ok_or(Refusal("not_playing"))?;
        game.hand.pass(seat)?;
        told::played(ctx, &game.hand, seat, &[]);
        self.begin_turn(ctx);
        Ok(())
    }

    /// The server plays for a seat, or no more.
    fn set_auto(&mut self, ctx: &mut RoomCtx<'_>, seat: SeatIndex, on: bool) {
        self.seats[seat].auto = on;
        self.tell_seat(ctx, seat);
        if self.is_turn_of(seat) {
            self.set_turn_timer(ctx);
        }
    }

    /// What the seat whose turn it is does when it does nothing.
    fn auto_move(&mut self, ctx: &mut RoomCtx<'_>) {
        let Some(game) = &self.game else { return };
        let seat = game.hand.turn();
        let moved = match game.hand.auto_move() {
            AutoMove::Bid => self.bid(ctx, seat, 0),
            AutoMove::Play(cards) => self.play(ctx, seat, &cards),
            AutoMove::Pass => self.pass(ctx, seat),
        };
        assert_eq!(moved, Ok(()), "what is done for somebody is right");
    }

    /// A player who acts plays for themselves again.
    fn wake(&mut self, ctx: &mut RoomCtx<'_>, seat: SeatIndex) {
        if self.game.is_some() && self.seats[seat].auto {
            self.set_auto(ctx, seat, false);
        }
    }

    fn go(&mut self, ctx: &mut RoomCtx<'_>, seat: SeatIndex, presence: Presence) {
        self.seats[seat].presence = presence;
        self.tell_seat(ctx, seat);
        if self.is_turn_of(seat) {
            self.set_turn_timer(ctx);
        }
    }

    /// They play for themselves again, in what is left of their time.
    fn come_back(&mut self, ctx: &mut RoomCtx<'_>, seat: SeatIndex) {
        self.seats[seat].auto = false;
        self.go(ctx, seat, Presence::Here);
        if !self.is_turn_of(seat) {
            self.tell_turn(ctx, Some(self.seats[seat].account));
        }
    }

    fn is_turn_of(&self, seat: SeatIndex) -> bool {
        self.game.as_ref().is_some_and(|game| game.hand.turn() == seat)
    }

    fn is_played_for(&self, seat: SeatIndex) -> bool {
        self.seats[seat].auto || self.seats[seat].presence != Presence::Here
    }

    fn begin_turn(&mut self, ctx: &mut RoomCtx<'_>) {
        let Some(game) = &mut self.game else { return };
        game.until_ms = now_ms(ctx) + u64::from(self.rules.turn_ms);
        self.set_turn_timer(ctx);
    }

    /// Of the turn at hand: what is left of it, or less for somebody who is not there.
    fn set_turn_timer(&self, ctx: &mut RoomCtx<'_>) {
        ctx.set_timer(TURN_TIMER, Duration::from_millis(self.turn_left_ms(ctx)));
        self.tell_turn(ctx, None);
    }

    fn turn_left_ms(&self, ctx: &RoomCtx<'_>) -> u64 {
        let Some(game) = &self.game else { return 0 };
        let left = game.until_ms.saturating_sub(now_ms(ctx));
        if self.is_played_for(game.hand.turn()) { left.min(AUTO_MS) } else { left }
    }

    /// Somebody has won, or nobody wants to be landlord: the gold goes to whom it belongs, and the room ends.
    fn end(&mut self, ctx: &mut RoomCtx<'_>, winner: Option<SeatIndex>) {
        let Some(game) = self.game.take() else { return };
        ctx.cancel_timer(TURN_TIMER);
        let (Some(playing), Some(winner)) = (game.hand.playing(), winner) else {
            told::nobody(ctx);
            return ctx.finish(Outcome { text: "nobody bids".to_owned(), places: Vec::new() });
        };
        let landlord_won = winner == playing.landlord;
        let score = self.rules.score(playing, landlord_won);
        self.settle(ctx, score.change);
        told::over(ctx, playing, landlord_won, &score);
        let place = |at: SeatIndex| 1 + u32::from((at == playing.landlord) != landlord_won);
        let places = self.seats.iter().enumerate().map(|(at, seat)| (seat.account, place(at))).collect();
        let who = if landlord_won { "the landlord wins" } else { "the farmers win" };
        ctx.finish(Outcome { text: format!("{who} {} times the base", score.factor), places });
    }

    /// Each has its stake and what it won. A share that a wallet has no room for is the house's, so that
    /// nobody keeps a loss from being paid by being full: of the ways to leave shares out, the first that
    /// works.
    fn settle(&self, ctx: &mut RoomCtx<'_>, change: [i64; SEATS]) {
        refund_others(ctx, &self.seats.iter().map(|seat| seat.account).collect::<Vec<_>>());
        for left_out in [0_u8, 1, 2, 4, 3, 5, 6, 7] {
            let shares: Vec<_> = self
                .seats
                .iter()
                .zip(change)
                .enumerate()
                .filter(|(at, (seat, _))| left_out & (1 << at) == 0 && 0 < seat.stake)
                .map(|(_, (seat, change))| (seat.account, seat.stake + change))
                .collect();
            if ctx.settle(&shares).is_ok() {
                return;
            }
        }
    }
}

fn bad_body(_: DecodeError) -> Refusal {
    Refusal("bad_body")
}

fn now_ms(ctx: &RoomCtx<'_>) -> u64 {
    u64::try_from(ctx.time().as_millis()).unwrap_or(u64::MAX)
}

/// Of the turn: there is no other.
const TURN_TIMER: TimerId = TimerId(1);
/// For somebody who is not there.
const AUTO_MS: u64 = 1_500;
/// It is dealt again three times.
const DEALS_MAX: u32 = 4;
const HINTS_MAX: usize = 32;
