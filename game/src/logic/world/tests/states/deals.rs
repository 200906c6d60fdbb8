//! Trades as the manual tells them, written down once more: what speaks against each command, and what it comes
//! to. Shares no code with the trades of the game.

use std::time::{Duration, Instant};

use proto::{
    client::{TradeAccept, TradeAnswer, TradeAsk, TradeCancel, TradeOffer},
    kinds,
    limits::{GOLD_MAX, ITEM_QUANTITY_MAX},
    prescan::Budget,
    tables::{ItemRow, Place},
    wire,
};
use sha2::{Digest, Sha256};

use super::{life::Life, look::Look};

/// One item on the table: id, kind, quantity.
pub(super) type Thing = (u64, u32, u32);

/// One side of a trade: who asked, or who was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) account: u64,
    pub(super) character: u64,
    pub(super) gold: i64,
    /// In order of ids.
    pub(super) things: Vec<Thing>,
    pub(super) has_accepted: bool,
}

/// A trade that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Deal {
    pub(super) id: u64,
    /// Answered with yes.
    pub(super) is_open: bool,
    pub(super) revision: u32,
    pub(super) sides: [Side; 2],
    pub(super) answer_until: Instant,
}

impl Deal {
    /// As docs/PROTOCOL.md has it.
    pub(super) fn hash(&self) -> Vec<u8> {
        let mut bytes = b"ding trade v1\n".to_vec();
        bytes.extend(self.id.to_le_bytes());
        bytes.extend(self.revision.to_le_bytes());
        for side in &self.sides {
            bytes.extend(side.character.to_le_bytes());
            bytes.extend(side.gold.to_le_bytes());
            bytes.extend(u32::try_from(side.things.len()).unwrap().to_le_bytes());
            for (item, kind, quantity) in &side.things {
                bytes.extend(item.to_le_bytes());
                bytes.extend(kind.to_le_bytes());
                bytes.extend(quantity.to_le_bytes());
            }
        }
        Sha256::digest(&bytes).to_vec()
    }

    pub(super) fn side_of(&self, character: u64) -> Option<usize> {
        self.sides.iter().position(|side| side.character == character)
    }
}

/// All trades that go on.
#[derive(Clone, Debug, Default)]
pub(super) struct Deals {
    pub(super) all: Vec<Deal>,
    last: u64,
}

/// What a command of a trade comes to, if nothing speaks against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comes {
    /// The table changes, or nothing does.
    ToTalk,
    /// What is on the table changes hands.
    ToExchange,
}

macro_rules! read {
    ($message:ident, $body:expr) => {
        match wire::decode::<$message>($body, Budget::CLIENT) {
            Ok(message) => message,
            Err(_) => return (vec!["bad_body"], Comes::ToTalk),
        }
    };
}

impl Deals {
    pub(super) fn of(&self, character: u64) -> Option<&Deal> {
        self.all.iter().find(|deal| deal.side_of(character).is_some())
    }

    /// Everything that speaks against it.
    pub(super) fn objections(
        &self,
        look: &Look<'_>,
        life: &Life,
        (account, kind, body): (u64, u32, &[u8]),
    ) -> (Vec<&'static str>, Comes) {
        let me = life.plays(account);
        let own = |id: u64| me.and_then(|me| self.of(me)).filter(|deal| deal.id == id);
        let (mut no, mut comes) = (Vec::new(), Comes::ToTalk);
        let mut object = |is_so: bool, name| {
            if is_so {
                no.push(name);
            }
        };
        object(look.is_dead(account), "character_dead");
        match kind {
            kinds::TRADE_ASK => {
                let TradeAsk { character } = read!(TradeAsk, body);
                let other = life.player_of(character);
                object(me.is_some_and(|me| self.of(me).is_some()), "in_trade");
                object(self.of(character).is_some(), "they_trade");
                object(me == Some(character) || other == Some(account), "own_trade");
                object(other.is_none(), "they_are_away");
                object(other.is_some_and(|other| look.is_dead(other)), "they_are_dead");
                object(other.is_some_and(|other| look.has_blocked(other, account)), "they_refuse");
                object(other.is_some_and(|other| look.are_apart(account, other)), "too_far");
            }
            kinds::TRADE_ANSWER => {
                let TradeAnswer { trade, .. } = read!(TradeAnswer, body);
                object(own(trade).is_none(), "no_trade");
                let is_asked = |deal: &Deal| !deal.is_open && deal.side_of(me.unwrap()) == Some(1);
                object(own(trade).is_some_and(|deal| !is_asked(deal)), "nothing_to_answer");
            }
            kinds::TRADE_OFFER => {
                let offer = read!(TradeOffer, body);
                object(own(offer.trade).is_none(), "no_trade");
                object(own(offer.trade).is_some_and(|deal| !deal.is_open), "trade_not_open");
                object(!(0..=GOLD_MAX).contains(&offer.gold), "bad_amount");
                object(look.gold(account) < offer.gold, "not_enough_gold");
                object(16 < offer.items.len(), "too_many_items");
                for (index, thing) in offer.items.iter().enumerate() {
                    let is_twice = offer.items[..index].iter().any(|other| other.item == thing.item);
                    object(is_twice, "offered_twice");
                    let row = me.and_then(|me| look.item(me, thing.item));
                    object(row.is_none(), "no_such_item");
                    let Some(row) = row else { continue };
                    object(row.place != Place::Bag as u32, "item_worn");
                    let is_quantity = (1..=ITEM_QUANTITY_MAX).contains(&thing.quantity);
                    object(!is_quantity || thing.quantity < row.quantity, "bad_quantity");
                    object(row.quantity < thing.quantity, "not_enough_items");
                }
            }
            kinds::TRADE_ACCEPT => {
                let accept = read!(TradeAccept, body);
                let deal = own(accept.trade);
                object(deal.is_none(), "no_trade");
                if let Some(deal) = deal {
                    let side = deal.side_of(me.unwrap()).unwrap();
                    let is_exact = accept.revision == deal.revision && accept.hash == deal.hash();
                    let is_nothing = |side: &Side| side.gold == 0 && side.things.is_empty();
                    object(!deal.is_open, "trade_not_open");
                    object(look.are_apart(deal.sides[0].account, deal.sides[1].account), "too_far");
                    object(!is_exact, "offer_changed");
                    object(deal.sides.iter().all(is_nothing), "nothing_offered");
                    object(deal.sides[side].has_accepted, "already_accepted");
                    if no.is_empty() && deal.sides[1 - side].has_accepted {
                        comes = Comes::ToExchange;
                        no = cannot_be(look, &deal.sides);
                    }
                }
            }
            kinds::TRADE_CANCEL => {
                let TradeCancel { trade } = read!(TradeCancel, body);
                object(own(trade).is_none(), "no_trade");
            }
            _ => panic!("{kind} is not about trades"),
        }
        if me.is_none() { (vec!["not_in_world"], Comes::ToTalk) } else { (no, comes) }
    }

    /// It was done.
    pub(super) fn done(&mut self, look: &Look<'_>, life: &Life, (account, kind, body): (u64, u32, &[u8])) {
        let me = life.plays(account).unwrap();
        match kind {
            kinds::TRADE_ASK => {
                let TradeAsk { character } = wire::decode(body, Budget::CLIENT).unwrap();
                let other = life.player_of(character).unwrap();
                self.last += 1;
                let side = |account, character| Side { account, character, ..Side::default() };
                self.all.push(Deal {
                    id: self.last,
                    is_open: false,
                    revision: 0,
                    sides: [side(account, me), side(other, character)],
                    answer_until: look.now() + Duration::from_secs(30),
                });
            }
            kinds::TRADE_ANSWER => {
                let TradeAnswer { yes, .. } = wire::decode(body, Budget::CLIENT).unwrap();
                if yes { self.own(me).is_open = true } else { self.end(me) }
            }
            kinds::TRADE_OFFER => {
                let offer: TradeOffer = wire::decode(body, Budget::CLIENT).unwrap();
                let thing =
                    |item: u64| look.item(me, item).map(|row| (row.id, row.kind, row.quantity)).unwrap();
                let mut things: Vec<Thing> = offer.items.iter().map(|one| thing(one.item)).collect();
                things.sort_unstable();
                let deal = self.own(me);
                deal.revision += 1;
                let side = deal.side_of(me).unwrap();
                deal.sides[side].gold = offer.gold;
                deal.sides[side].things = things;
                self.take_back(me);
            }
            kinds::TRADE_ACCEPT => {
                let deal = self.own(me);
                let side = deal.side_of(me).unwrap();
                deal.sides[side].has_accepted = true;
                if deal.sides.iter().all(|side| side.has_accepted) {
                    self.end(me);
                }
            }
            kinds::TRADE_CANCEL => self.end(me),
            _ => panic!("{kind} is not about trades"),
        }
    }

    fn own(&mut self, character: u64) -> &mut Deal {
        self.all.iter_mut().find(|deal| deal.side_of(character).is_some()).unwrap()
    }

    /// Nobody has accepted any more.
    pub(super) fn take_back(&mut self, character: u64) {
        self.own(character).sides.iter_mut().for_each(|side| side.has_accepted = false);
    }

    /// The trade that a character is in is over, if it is in one.
    pub(super) fn end(&mut self, character: u64) {
        self.all.retain(|deal| deal.side_of(character).is_none());
    }

    /// Time has passed, or somebody has walked.
    pub(super) fn come_due(&mut self, look: &Look<'_>) {
        let is_answered = |deal: &Deal| deal.is_open || look.now() < deal.answer_until;
        self.all.retain(|deal| {
            is_answered(deal) && !look.are_apart(deal.sides[0].account, deal.sides[1].account)
        });
    }
}

/// Why what both want cannot be. What is on the table lies in the bags exactly so: nothing else could be done to it.
fn cannot_be(look: &Look<'_>, sides: &[Side; 2]) -> Vec<&'static str> {
    let mut no = Vec::new();
    for (mine, theirs) in [(&sides[0], &sides[1]), (&sides[1], &sides[0])] {
        let gold = look.gold(mine.account);
        if gold < mine.gold {
            no.push("not_enough_gold");
        }
        if GOLD_MAX < gold - mine.gold + theirs.gold {
            no.push("wallet_full");
        }
        if 100 < look.in_bag(mine.character) - mine.things.len() + theirs.things.len() {
            no.push("bag_full");
        }
    }
    no
}

/// What was on the table has changed hands, and nothing else has.
pub(super) fn check_exchange(deal: &Deal, before: &super::look::Goods, after: &super::look::Goods) {
    let [a, b] = &deal.sides;
    let mut expected = before.clone();
    for (from, to) in [(a, b), (b, a)] {
        for (item, kind, quantity) in &from.things {
            let row = expected.items.get_mut(item).unwrap();
            assert_eq!((row.holder, row.kind, row.quantity), (from.character, *kind, *quantity));
            let got = &after.items[item];
            // Where in the bag it comes to lie is not said.
            *row = ItemRow { holder: to.character, place: Place::Bag as u32, slot: got.slot, ..row.clone() };
        }
        *expected.gold.get_mut(&from.account).unwrap() -= from.gold;
        *expected.gold.get_mut(&to.account).unwrap() += from.gold;
    }
    assert_eq!(after, &expected);
}
