//! What nobody may do at the table of a trade, with oneself, or with the trades of others.

use proto::{
    client::{TradeAccept, TradeAnswer, TradeAsk, TradeOffer, TradeThing},
    kinds::{TRADE_ACCEPT, TRADE_ANSWER, TRADE_ASK, TRADE_OFFER},
    limits::GOLD_MAX,
    wire::encode,
};

use super::{Around, Codes, NOBODY, foreign_item, probe};
use crate::logic::{
    market::{bag::BAG, errand::Todo},
    stats::Deed,
};

/// Trades with oneself, with nobody, with who is far away, and those of others.
pub(super) fn away(around: &Around<'_>, wish: u32) -> Option<Todo> {
    let merchant = around.merchant;
    let ask = |character: u64, codes: Codes| {
        probe(TRADE_ASK, encode(&TradeAsk { character }), Deed::TradeAsk, codes)
    };
    let foreign = || {
        let is_idle = merchant.haggle.is_none();
        let owner =
            around.fair.find(wish / 8, around.player, |stall| stall.trade != 0).filter(|_| is_idle)?;
        around.fair.look(owner).map(|stall| stall.trade)
    };
    match wish % 6 {
        0 => Some(ask(merchant.character, &["own_trade"])),
        1 => Some(ask(merchant.twin()?.0, &["they_are_away"])),
        2 => Some(ask(NOBODY, &["they_are_away"])),
        3 if merchant.haggle.is_none() => {
            let stranger = around.fair.look(around.fair.stranger(wish / 8, around.player)?)?.character;
            // It may have lost its connection meanwhile.
            Some(ask(stranger, &["too_far", "they_are_away"]))
        }
        4 => {
            // A number is given out anew when the game process starts anew: it may be that of a question to this very
            // player, which is not open yet.
            let accept = TradeAccept { trade: foreign()?, revision: 1, hash: vec![7; 32].into() };
            Some(probe(TRADE_ACCEPT, encode(&accept), Deed::TradeAccept, &["no_trade", "trade_not_open"]))
        }
        _ => {
            let body = encode(&TradeOffer { trade: foreign()?, gold: 1, items: Vec::new() });
            Some(probe(TRADE_OFFER, body, Deed::TradeOffer, &["no_trade", "trade_not_open"]))
        }
    }
}

/// Offers of what is not there, answers and accepts that make no sense. The other side may end the trade meanwhile.
pub(super) fn at_table(around: &Around<'_>, wish: u32) -> Option<Todo> {
    let haggle = around.merchant.haggle.as_ref()?;
    let shown = &haggle.open()?.shown;
    let trade = haggle.trade;
    let offer = |gold: i64, items: Vec<(u64, u32)>, codes: Codes| {
        let items = items.into_iter().map(|(item, quantity)| TradeThing { item, quantity }).collect();
        let body = encode(&TradeOffer { trade, gold, items });
        Some(probe(TRADE_OFFER, body, Deed::TradeOffer, codes).of(trade))
    };
    let accept = |codes: Codes| {
        let accept = TradeAccept { trade, revision: shown.revision, hash: shown.hash.clone() };
        Some(probe(TRADE_ACCEPT, encode(&accept), Deed::TradeAccept, codes).of(trade))
    };
    let mine = around.merchant.bag.items().find(|item| item.place == BAG);
    let mine = mine.map(|item| (item.id, item.quantity));
    match wish % 10 {
        0 => offer(-1, Vec::new(), &["bad_amount", "no_trade"]),
        1 => offer(i64::MAX, Vec::new(), &["bad_amount", "no_trade"]),
        2 => offer(GOLD_MAX, Vec::new(), &["not_enough_gold", "no_trade"]),
        3 => offer(0, vec![(foreign_item(around, wish)?, 1)], &["no_such_item", "no_trade"]),
        4 => offer(0, (1..=17).map(|item| (item, 1)).collect(), &["too_many_items", "no_trade"]),
        5 => offer(0, vec![mine?, mine?], &["offered_twice", "no_trade"]),
        // A part of it, which may be none at all.
        6 => offer(0, vec![(mine?.0, mine?.1 - 1)], &["bad_quantity", "no_trade"]),
        7 => offer(0, vec![(mine?.0, mine?.1 + 1)], &["not_enough_items", "no_trade"]),
        8 => {
            let body = encode(&TradeAnswer { trade, yes: true });
            Some(probe(TRADE_ANSWER, body, Deed::TradeAnswer, &["nothing_to_answer", "no_trade"]).of(trade))
        }
        _ if haggle.may_be_made() => accept(&["already_accepted", "offer_changed", "no_trade"]),
        _ if shown.revision == 0 => accept(&["nothing_offered", "offer_changed", "no_trade"]),
        _ => None,
    }
}
