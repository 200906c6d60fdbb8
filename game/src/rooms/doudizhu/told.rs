//! What the members of a table are told. One's own cards go to their owner alone: [`Doudizhu::tell_dealt`]
//! and [`Doudizhu::table`] are the only ones to read a hand. Decides nothing.

use proto::{
    client::{
        DoudizhuBade, DoudizhuDealt, DoudizhuLandlord, DoudizhuOver, DoudizhuPhase, DoudizhuPlayed,
        DoudizhuSeat, DoudizhuSeated, DoudizhuTable, DoudizhuTurn,
    },
    ids::AccountId,
    wire,
};

use super::{
    BADE, DEALT, Doudizhu, LANDLORD, OVER, PLAYED, Presence, SEATED, TURN,
    cards::{self, Card},
    hand::{Hand, Playing, SeatIndex, Stage},
    rules::Score,
};
use crate::room::RoomCtx;

impl Doudizhu {
    pub(super) fn tell_seat(&self, ctx: &mut RoomCtx<'_>, seat: SeatIndex) {
        let seated = DoudizhuSeated { seat: number(seat), is: Some(self.seat_message(seat)) };
        ctx.broadcast(SEATED, &wire::encode(&seated));
    }

    /// Whose turn it is, to one or to all; nothing if it is nobody's.
    pub(super) fn tell_turn(&self, ctx: &mut RoomCtx<'_>, to: Option<AccountId>) {
        let Some(game) = &self.game else { return };
        let wait_ms = u32::try_from(self.turn_left_ms(ctx)).unwrap_or(u32::MAX);
        let turn = wire::encode(&DoudizhuTurn { seat: number(game.hand.turn()), wait_ms });
        match to {
            Some(member) => ctx.send(member, TURN, &turn),
            None => ctx.broadcast(TURN, &turn),
        }
    }

    /// To each their own.
    pub(super) fn tell_dealt(&self, ctx: &mut RoomCtx<'_>) {
        let Some(game) = &self.game else { return };
        let members: Vec<AccountId> = ctx.members().map(|member| member.account).collect();
        for member in members {
            let seat = self.own_seat(member);
            let dealt = DoudizhuDealt {
                deal: game.deal,
                hand: seat.map(|seat| cards::numbers(game.hand.cards_of(seat)).into()).unwrap_or_default(),
                first: number(game.hand.turn()),
                stake: self.seats.first().map_or(0, |seat| seat.stake),
            };
            ctx.send(member, DEALT, &wire::encode(&dealt));
        }
    }

    pub(super) fn tell_landlord(&self, ctx: &mut RoomCtx<'_>) {
        let Some(hand) = self.game.as_ref().map(|game| &game.hand) else { return };
        let Some(playing) = hand.playing() else { return };
        let landlord = DoudizhuLandlord {
            seat: number(playing.landlord),
            points: playing.points,
            bottom: cards::numbers(hand.bottom()).into(),
        };
        ctx.broadcast(LANDLORD, &wire::encode(&landlord));
    }

    /// All of it, for this member's eyes.
    pub(super) fn table(&self, member: AccountId) -> DoudizhuTable {
        let you = self.own_seat(member);
        let mut table = DoudizhuTable {
            options: Some(self.rules.message()),
            seats: (0..self.seats.len()).map(|seat| self.seat_message(seat)).collect(),
            you: you.map_or(0, number),
            ..DoudizhuTable::default()
        };
        let Some(game) = &self.game else { return table };
        let hand = &game.hand;
        table.deal = game.deal;
        table.turn = number(hand.turn());
        table.hand = you.map(|seat| cards::numbers(hand.cards_of(seat)).into()).unwrap_or_default();
        match hand.stage() {
            Stage::Bidding { first, bids } => {
                table.set_phase(DoudizhuPhase::DoudizhuBidding);
                table.first = number(*first);
                table.bids.clone_from(bids);
            }
            Stage::Playing(playing) => {
                table.set_phase(DoudizhuPhase::DoudizhuPlaying);
                table.landlord = number(playing.landlord);
                table.bottom = cards::numbers(hand.bottom()).into();
                table.factor = playing.factor();
                table.played = cards::numbers(&playing.played).into();
                if let Some(lead) = &playing.lead {
                    table.lead = number(lead.seat);
                    table.lead_cards = cards::numbers(&lead.cards).into();
                }
            }
        }
        table
    }

    fn seat_message(&self, at: SeatIndex) -> DoudizhuSeat {
        let seat = &self.seats[at];
        let held = self.game.as_ref().map_or(0, |game| game.hand.cards_of(at).len());
        DoudizhuSeat {
            account: seat.account.0,
            cards: few(held),
            away: seat.presence == Presence::Away,
            left: seat.presence == Presence::Left,
            auto: seat.auto,
            stake: seat.stake,
        }
    }
}

/// A seat is empty, and those behind it move up.
pub(super) fn rose(ctx: &mut RoomCtx<'_>, seat: SeatIndex) {
    let rose = DoudizhuSeated { seat: number(seat), is: Some(DoudizhuSeat::default()) };
    ctx.broadcast(SEATED, &wire::encode(&rose));
}

pub(super) fn bade(ctx: &mut RoomCtx<'_>, seat: SeatIndex, points: u32) {
    ctx.broadcast(BADE, &wire::encode(&DoudizhuBade { seat: number(seat), points }));
}

/// None: it passed.
pub(super) fn played(ctx: &mut RoomCtx<'_>, hand: &Hand, seat: SeatIndex, played: &[Card]) {
    let played = DoudizhuPlayed {
        seat: number(seat),
        cards: cards::numbers(played).into(),
        cards_left: few(hand.cards_of(seat).len()),
        factor: hand.playing().map_or(0, Playing::factor),
    };
    ctx.broadcast(PLAYED, &wire::encode(&played));
}

pub(super) fn over(ctx: &mut RoomCtx<'_>, playing: &Playing, landlord_won: bool, score: &Score) {
    let over = DoudizhuOver {
        landlord: number(playing.landlord),
        landlord_won,
        bombs: playing.bombs,
        spring: score.spring,
        factor: score.factor,
        change: score.change.to_vec(),
    };
    ctx.broadcast(OVER, &wire::encode(&over));
}

/// It ends without a landlord.
pub(super) fn nobody(ctx: &mut RoomCtx<'_>) {
    ctx.broadcast(OVER, &wire::encode(&DoudizhuOver::default()));
}

/// As it is on the wire.
fn number(seat: SeatIndex) -> u32 {
    few(seat) + 1
}

fn few(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
