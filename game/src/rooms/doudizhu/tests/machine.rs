//! Whole hands of players who do anything at any time, right and wrong: what is wrong is refused by its name
//! and changes nothing, gold is kept, and nobody hears a card that is not theirs to know.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::{
    watch::{look, look_at_hint},
    *,
};
use crate::rooms::doudizhu::{
    combos::classify,
    hand::Stage,
    plays::{plays, take},
};

/// A table, and what is true outside it.
struct Machine {
    table: Table<Doudizhu>,
    /// As it was after the last step.
    room: Doudizhu,
    rng: ChaCha8Rng,
    here: Vec<u64>,
    away: Vec<u64>,
}

/// Of all accounts, what they begin with.
const GOLD: i64 = 1_000;
const PLAYERS: [u64; 3] = [1, 2, 3];
const ONLOOKERS: [u64; 2] = [7, 8];
const STRANGER: u64 = 9;

impl Machine {
    fn new(seed: u64) -> Self {
        let options = DoudizhuOptions { base: 3, cap: 24, turn_ms: 5_000, ..Default::default() };
        let mut table = Table::open(&wire::encode(&options), seed).expect("the options are right");
        for account in PLAYERS.into_iter().chain(ONLOOKERS).chain([STRANGER]) {
            table.set_gold(account, GOLD);
        }
        let room = table.room();
        Self { table, room, rng: ChaCha8Rng::seed_from_u64(seed), here: Vec::new(), away: Vec::new() }
    }

    /// One step, and a look at what all heard in it.
    fn step<R>(&mut self, step: impl FnOnce(&mut Table<Doudizhu>) -> R) -> R {
        let came = step(&mut self.table);
        let after = self.table.room();
        let before = std::mem::replace(&mut self.room, after);
        for member in PLAYERS.into_iter().chain(ONLOOKERS).chain([STRANGER]) {
            let heard = self.table.heard(member);
            let looked = look(member, &before, &self.room, &heard);
            assert_eq!(looked, Ok(()), "{heard:?}");
        }
        assert_eq!(self.table.closed(), None);
        assert_eq!(self.table.gold_in_all(), GOLD * 6);
        came
    }

    /// Something wrong is said, and refused by this name. The table itself looks whether anything has
    /// changed.
    fn wrong(&mut self, from: u64, kind: u32, body: &[u8], name: &'static str) {
        assert_eq!(self.table.say(from, kind, body), Err(Refusal(name)), "kind {kind} of {from}");
        for member in PLAYERS.into_iter().chain(ONLOOKERS).chain([STRANGER]) {
            assert!(self.table.heard(member).is_empty(), "nobody hears of it");
        }
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.rng.next_u64()).expect("64 bits") % end.max(1)
    }

    fn one_of(&mut self, accounts: &[u64]) -> Option<u64> {
        let at = self.below(accounts.len());
        accounts.get(at).copied()
    }

    /// Until the hand is over.
    fn play_out(&mut self, carefulness: usize) {
        for player in PLAYERS {
            self.say_wrong_things();
            self.step(|table| table.join(player)).expect("there is a seat");
            self.here.push(player);
        }
        for _ in 0..2_000 {
            if !self.table.is_open() {
                return;
            }
            if self.below(carefulness) == 0 {
                self.say_wrong_things();
            }
            match self.below(24) {
                0 => self.come_and_go(),
                1 => self.step(|table| table.pass(Duration::from_millis(1_500))),
                2 => self.let_play(),
                3 if self.below(4) == 0 => self.table.crash(),
                _ => self.move_rightly(),
            }
        }
        panic!("it does not end");
    }

    fn come_and_go(&mut self) {
        let deed = self.below(6);
        let (here, away) = (self.here.clone(), self.away.clone());
        match deed {
            0 | 1 => {
                let Some(account) = self.one_of(&here) else { return };
                self.step(|table| table.away(account)).expect("they are here");
                self.here.retain(|other| *other != account);
                self.away.push(account);
            }
            2 | 3 => {
                let Some(account) = self.one_of(&away) else { return };
                self.step(|table| table.back(account)).expect("they are away");
                self.away.retain(|other| *other != account);
                self.here.push(account);
            }
            4 => {
                let both: Vec<u64> = here.into_iter().chain(away).collect();
                let Some(account) = self.one_of(&both) else { return };
                self.step(|table| table.leave(account)).expect("they are members");
                self.here.retain(|other| *other != account);
                self.away.retain(|other| *other != account);
            }
            _ => {
                let all: Vec<u64> = PLAYERS.into_iter().chain(ONLOOKERS).collect();
                let free: Vec<u64> =
                    all.into_iter().filter(|one| !here.contains(one) && !away.contains(one)).collect();
                let Some(account) = self.one_of(&free) else { return };
                let plays = PLAYERS.contains(&account) && self.below(3) != 0;
                let came =
                    self.step(|table| if plays { table.join(account) } else { table.spectate(account) });
                came.expect("it is their seat, or there is a place to look on from");
                self.here.push(account);
            }
        }
    }

    fn let_play(&mut self) {
        let room = self.room.clone();
        let on = self.below(2) == 0;
        let players: Vec<u64> =
            PLAYERS.into_iter().filter(|one| room.own_seat(AccountId(*one)).is_some()).collect();
        let Some(account) = self.one_of(&players) else { return };
        let body = wire::encode(&DoudizhuAuto { on });
        self.step(|table| table.say(account, AUTO, &body)).expect("they may");
    }

    /// Whoever's turn it is does something that the rules allow, if they are there.
    fn move_rightly(&mut self) {
        let room = self.room.clone();
        let Some(game) = &room.game else { return };
        let turn = room.seats[game.hand.turn()];
        if turn.presence == Presence::Left {
            return self.step(|table| table.pass(Duration::from_millis(1_500)));
        }
        let account = turn.account.0;
        let Some(playing) = game.hand.playing() else {
            let points = u32::try_from(self.below(4)).expect("few");
            let bade = self.step(|table| bid(table, account, points));
            assert!(matches!(bade, Ok(_) | Err(Refusal("bid_too_low"))), "{bade:?}");
            return;
        };
        let held = game.hand.cards_of(game.hand.turn());
        let may = plays(&cards::counts(held), playing.to_beat());
        if self.below(8) == 0 {
            let hint = self.step(|table| table.say(account, HINT, &[])).expect("it is their turn");
            let hinted = look_at_hint(account, &room, &hint);
            assert_eq!(hinted.len(), may.len().min(HINTS_MAX));
        }
        if may.is_empty() || (playing.lead.is_some() && self.below(4) == 0) {
            return drop(
                self.step(|table| table.say(account, PASS, &[])).expect("there is something to pass on"),
            );
        }
        // Half of the time something long, so that hands end in many ways.
        let at = if self.below(2) == 0 {
            may.len() - 1 - self.below(may.len().min(12))
        } else {
            self.below(may.len())
        };
        let mut chosen = cards::numbers(&take(held, &may[at].1));
        chosen.reverse();
        self.step(|table| play(table, account, &chosen)).expect("it is among what may be played");
    }

    /// Everything that is wrong now, each by its name.
    fn say_wrong_things(&mut self) {
        let room = self.room.clone();
        let members = self.table.members();
        for from in PLAYERS.into_iter().chain(ONLOOKERS).chain([STRANGER]) {
            if !members.contains(&from) {
                self.wrong(from, PASS, &[], "not_in_room");
            } else if let Some(seat) = room.own_seat(AccountId(from)) {
                self.say_wrong_things_from(&room, from, seat);
            } else {
                for kind in [BID, PLAY, PASS, AUTO, HINT, 1_089] {
                    self.wrong(from, kind, &[], "not_a_player");
                }
            }
        }
        if room.game.is_some() {
            let said = self.step(|table| table.join(STRANGER));
            assert!(matches!(said, Err(Refusal("hand_has_begun" | "room_full"))), "{said:?}");
        }
    }

    fn say_wrong_things_from(&mut self, room: &Doudizhu, from: u64, seat: SeatIndex) {
        let one_card = wire::encode(&DoudizhuPlay { cards: vec![0].into() });
        self.wrong(from, 1_089, &[], "unknown_kind");
        for kind in [BID, PLAY, AUTO] {
            self.wrong(from, kind, &[0x0a, 0xff], "bad_body");
        }
        for cards in [vec![], vec![54], vec![3, 3], vec![255], (0..=54).collect::<Vec<u8>>()] {
            let body = wire::encode(&DoudizhuPlay { cards: cards.into() });
            self.wrong(from, PLAY, &body, "bad_cards");
        }
        let Some(game) = &room.game else {
            self.wrong(from, BID, &[], "not_bidding");
            [PASS, AUTO, HINT].into_iter().for_each(|kind| self.wrong(from, kind, &[], "not_playing"));
            return self.wrong(from, PLAY, &one_card, "not_playing");
        };
        let is_turn = game.hand.turn() == seat;
        match game.hand.stage() {
            Stage::Bidding { bids, .. } => {
                [PASS, HINT].into_iter().for_each(|kind| self.wrong(from, kind, &[], "not_playing"));
                self.wrong(from, PLAY, &one_card, "not_playing");
                let highest = bids.iter().copied().max().unwrap_or(0);
                for points in 0..6 {
                    let name = match points {
                        _ if !is_turn => "not_your_turn",
                        4.. => "bad_bid",
                        1.. if points <= highest => "bid_too_low",
                        _ => continue,
                    };
                    self.wrong(from, BID, &wire::encode(&DoudizhuBid { points }), name);
                }
            }
            Stage::Playing(playing) => {
                self.wrong(from, BID, &[], "not_bidding");
                let held = game.hand.cards_of(seat);
                if !is_turn {
                    [PASS, HINT].into_iter().for_each(|kind| self.wrong(from, kind, &[], "not_your_turn"));
                    let body = wire::encode(&DoudizhuPlay { cards: cards::numbers(&held[..1]).into() });
                    return self.wrong(from, PLAY, &body, "not_your_turn");
                }
                if playing.lead.is_none() {
                    self.wrong(from, PASS, &[], "must_lead");
                }
                for _ in 0..8 {
                    self.play_wrongly(from, held, playing);
                }
            }
        }
    }

    /// Any cards, if they are wrong.
    fn play_wrongly(&mut self, from: u64, held: &[Card], playing: &hand::Playing) {
        let deck: Vec<Card> = cards::deck().collect();
        let source = if self.below(4) == 0 { &deck } else { held };
        let number = 1 + self.below(5);
        let mut chosen: Vec<Card> = (0..number).map(|_| source[self.below(source.len())]).collect();
        chosen.sort_unstable();
        chosen.dedup();
        let combo = classify(&cards::counts(&chosen));
        let name = match (combo, playing.to_beat()) {
            _ if !chosen.iter().all(|card| held.contains(card)) => "cards_not_held",
            (None, _) => "no_combination",
            (Some(combo), Some(lead)) if !combo.beats(lead) => "does_not_beat",
            _ => return,
        };
        let body = wire::encode(&DoudizhuPlay { cards: cards::numbers(&chosen).into() });
        self.wrong(from, PLAY, &body, name);
    }
}

#[test]
fn hands_of_people_who_come_and_go_are_played_to_their_end() {
    let (mut landlords, mut farmers, mut nobody) = (0, 0, 0);
    for seed in 0..60 {
        let mut machine = Machine::new(seed);
        machine.play_out(1_000);
        let outcome = machine.table.outcome().expect("it is over");
        match outcome.places.iter().filter(|(_, place)| *place == 1).count() {
            0 => nobody += 1,
            1 => landlords += 1,
            _ => farmers += 1,
        }
        let gold: i64 = PLAYERS.into_iter().map(|player| machine.table.gold(player)).sum();
        assert_eq!(gold, 3 * GOLD, "all of the pot has gone to whom it belongs");
    }
    assert!(5 < landlords && 5 < farmers && nobody < 20, "{landlords} {farmers} {nobody}");
}

#[test]
fn whatever_is_wrong_is_refused_by_its_name_in_every_state() {
    for seed in 1_000..1_005 {
        Machine::new(seed).play_out(3);
    }
}

#[test]
fn the_watch_sees_a_card_that_is_not_its_listeners() {
    let (table, landlord) = begun(1);
    let room = table.room();
    let other = 1 + landlord % 3;
    let hand = hand_of(&table, other);
    let stolen = proto::client::DoudizhuDealt { hand: hand.clone().into(), ..Default::default() };
    assert!(look(landlord, &room, &room, &[(DEALT, wire::encode(&stolen))]).is_err());
    assert!(look(other, &room, &room, &[(DEALT, wire::encode(&stolen))]).is_ok());
    let played = DoudizhuTable { played: hand.clone().into(), ..Default::default() };
    assert!(look(landlord, &room, &room, &[(TABLE, wire::encode(&played))]).is_err());
    let claimed =
        proto::client::DoudizhuPlayed { seat: 1, cards: hand[..1].to_vec().into(), ..Default::default() };
    assert!(look(landlord, &room, &room, &[(PLAYED, wire::encode(&claimed))]).is_err());
    assert!(look(landlord, &room, &room, &[(1_024, Vec::new())]).is_err());
    assert!(look(landlord, &room, &room, &[(TURN, vec![0x7a, 1, 5])]).is_err(), "a field that nobody knows");
}
