//! What a player of the market does about trades.

use proto::{
    client::{Item, TradeAccept, TradeAnswer, TradeAsk, TradeAsked, TradeCancel, TradeOffer, TradeThing},
    kinds::{TRADE_ACCEPT, TRADE_ANSWER, TRADE_ASK, TRADE_CANCEL, TRADE_OFFER},
    wire::encode,
};
use rand_core::Rng;

use super::Merchant;
use crate::logic::{
    deal::{DealKind, Thing},
    market::{
        bag::BAG,
        errand::{Errand, Todo},
        fair::Fair,
        haggle::{Haggle, Offer, Plan, Step},
    },
    payment::PaymentOutcome,
    stats::Deed,
};

impl Merchant {
    /// Asks somebody near to trade; nothing if nobody is, or it trades already.
    pub fn ask(&mut self, gold: i64, rng: &mut impl Rng, fair: &mut Fair) -> Option<Todo> {
        if self.haggle.is_some() || !self.stands() || (gold <= 0 && self.bag.is_empty()) {
            return None;
        }
        let player = fair.partner(rng.next_u32(), self.id)?;
        let with = fair.look(player)?.character;
        let haggle = Haggle::ask(self.character, with, Plan::draw(true, rng));
        self.haggle = Some(haggle.clone());
        let errand = Errand::Ask { haggle: Box::new(haggle) };
        fair.figures.trades_asked += 1;
        // The others act meanwhile: whom one asks may trade with somebody else, or ask at the same time.
        let codes = &["they_trade", "in_trade", "they_are_away"];
        Some(Todo::plain(TRADE_ASK, encode(&TradeAsk { character: with }), errand, codes))
    }

    /// Somebody asks.
    pub fn asked(&mut self, asked: &TradeAsked, rng: &mut impl Rng) {
        self.haggle =
            Some(Haggle::asked(asked.trade, self.character, asked.character, Plan::draw(false, rng)));
    }

    /// What is to be done in the trade, if anything is. `ends`: it is to be ended.
    pub fn trade(&mut self, gold: i64, ends: bool, rng: &mut impl Rng) -> Option<Todo> {
        let haggle = self.haggle.as_ref()?;
        let trade = haggle.trade;
        let step = match haggle.next() {
            Step::Answer(_) if ends => Step::Answer(false),
            _ if ends && !haggle.is_asking() && !haggle.is_over() && !haggle.may_be_made() => Step::Cancel,
            step => step,
        };
        let shown = haggle.open().map(|open| open.shown.clone()).unwrap_or_default();
        let revision = shown.revision;
        let todo = match step {
            Step::Wait => None,
            Step::Answer(yes) => {
                let body = encode(&TradeAnswer { trade, yes });
                Some(Todo::plain(TRADE_ANSWER, body, Errand::Answer, &GONE))
            }
            Step::Offer => {
                let offer = self.draw_offer(gold, rng);
                let thing = |thing: &Thing| TradeThing { item: thing.item, quantity: thing.quantity };
                let items = offer.things.iter().map(thing).collect();
                let body = encode(&TradeOffer { trade, gold: offer.gold, items });
                self.haggle.as_mut()?.offer(offer);
                Some(Todo::plain(TRADE_OFFER, body, Errand::Offer, &GONE))
            }
            Step::Accept => {
                let deal = haggle.deal(DealKind::TradeAccept, PaymentOutcome::Unknown)?;
                let errand = Errand::Accept { revision, makes: haggle.other_accepted() };
                let body = encode(&TradeAccept { trade, revision, hash: shown.hash });
                self.haggle.as_mut()?.accept();
                Some(Todo::plain(TRADE_ACCEPT, body, errand, &CHANGED).deal(deal))
            }
            Step::AcceptOther => {
                let mut hash = shown.hash.to_vec();
                hash.reverse();
                let body = encode(&TradeAccept { trade, revision, hash: hash.into() });
                self.haggle.as_mut()?.erred();
                Some(Todo::plain(TRADE_ACCEPT, body, Errand::Probe { deed: Deed::TradeAccept }, &CHANGED))
            }
            Step::Cancel => {
                let body = encode(&TradeCancel { trade });
                Some(Todo::plain(TRADE_CANCEL, body, Errand::Cancel, &GONE))
            }
        };
        todo.map(|todo| todo.of(trade))
    }

    /// Gold and things; never nothing, if there is something.
    fn draw_offer(&self, gold: i64, rng: &mut impl Rng) -> Offer {
        let mut bag: Vec<Item> =
            self.bag.items().filter(|item| item.place == BAG || item.place == 0).copied().collect();
        let mut things = Vec::new();
        for _ in 0..rng.next_u32() % 4 {
            if bag.is_empty() {
                break;
            }
            things.push(Thing::whole(&bag.swap_remove(rng.next_u32() as usize % bag.len())));
        }
        things.sort_unstable();
        // Who asks gives an even amount, who is asked an odd one: a trade never leaves both as they were.
        let odd = i64::from(!self.haggle.as_ref().is_some_and(Haggle::is_own));
        let wish = i64::from(rng.next_u32() % 5 * 2) + if odd == 1 { 1 } else { 2 };
        let gold = if wish <= gold { wish } else { 0 };
        let with_gold = things.is_empty() || !rng.next_u32().is_multiple_of(3);
        Offer { gold: if with_gold { gold } else { 0 }, things }
    }
}

/// The other side has ended it.
const GONE: [&str; 1] = ["no_trade"];
/// The other side has ended it, or laid something else on the table.
const CHANGED: [&str; 2] = ["offer_changed", "no_trade"];
