//! What is asked for must be wrong, and every way of being wrong is tried.

use std::{collections::BTreeSet, time::Instant};

use proto::{
    client::{Bag, Item, MapFacts, ShopWare, TradeSide, TradeState},
    kinds::{TRADE_ACCEPT, TRADE_OFFER},
};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng as _;

use super::*;
use crate::logic::{
    atlas::Point,
    market::{
        fair::Stall,
        haggle::{Haggle, Plan},
        way::{ShopPlace, Way},
    },
};

/// Player 0 at shop 1, with bread; players 1 near and 2 far away.
fn around(haggle: Option<Haggle>) -> (Merchant, Fair) {
    let shops = [ShopPlace { number: 1, x_mm: 0, y_mm: 0 }, ShopPlace { number: 2, x_mm: 90_000, y_mm: 0 }];
    let mut merchant = Merchant::new(0, &shops);
    merchant.characters = vec![(1_000, "Ana".to_owned()), (1_001, "Ann".to_owned())];
    merchant.character = 1_000;
    let now: Instant = tokio::time::Instant::now().into_std();
    merchant.way = Some(Way::new(&MapFacts::default(), &shops, now));
    merchant.bag.adopt(Bag { items: vec![Item { id: 500, kind: 40, quantity: 3, place: 1, slot: 0 }] });
    merchant.wares.insert(1, vec![ShopWare { kind: 40, buy: Some(4), sell: Some(1) }]);
    merchant.haggle = haggle;
    let mut fair = Fair::new(3, 1);
    for (player, x_mm) in [(0, 0), (1, 1_000), (2, 90_000)] {
        let id = u64::from(player);
        let at = Some(Point { x_mm, y_mm: 0 });
        let name = format!("Player {player}");
        *fair.stall(player) = Stall {
            character: 1_000 + id,
            name,
            at,
            is_free: true,
            item: 500 + id,
            mail: 700 + id,
            trade: id,
        };
    }
    (merchant, fair)
}

fn drawn(haggle: Option<&Haggle>) -> Vec<Todo> {
    let (merchant, fair) = around(haggle.cloned());
    let around = Around { merchant: &merchant, player: 0, account: 77, gold: 100, fair: &fair };
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    (0..4_000).filter_map(|_| draw(&around, &mut rng)).collect()
}

fn codes(todos: &[Todo]) -> BTreeSet<&'static str> {
    todos.iter().filter_map(|todo| todo.dealing.codes.first().copied()).collect()
}

#[test]
fn every_abuse_is_tried_and_named() {
    let idle = codes(&drawn(None));
    let expected = BTreeSet::from([
        "bad_amount",
        "bad_quantity",
        "no_such_account",
        "no_such_character",
        "no_such_item",
        "no_such_mail",
        "no_such_shop",
        "no_trade",
        "not_enough_gold",
        "not_enough_items",
        "not_sold_here",
        "own_account",
        "own_trade",
        "own_wallet",
        "shop_too_far",
        "text_empty",
        "text_too_long",
        "they_are_away",
        "too_far",
        "too_many_items",
    ]);
    assert_eq!(idle, expected);
}

fn drawn_at_table(haggle: &Haggle) -> Vec<Todo> {
    let (merchant, fair) = around(Some(haggle.clone()));
    let around = Around { merchant: &merchant, player: 0, account: 77, gold: 100, fair: &fair };
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    (0..400).filter_map(|_| draw_at_table(&around, &mut rng)).collect()
}

#[test]
fn who_trades_probes_his_own_table_and_nothing_that_the_trade_may_bring() {
    let plan = Plan { agrees: true, offers: 0, waits: false, errs: false, leaves: false };
    let mut haggle = Haggle::asked(9, 1_000, 1_001, plan);
    let side = |character| Some(TradeSide { character, ..TradeSide::default() });
    let shown = TradeState { trade: 9, asker: side(1_001), asked: side(1_000), ..TradeState::default() };
    let _ = haggle.show(shown);
    let mut expected = BTreeSet::from([
        "bad_amount",
        "bad_quantity",
        "no_such_item",
        "not_enough_gold",
        "not_enough_items",
        "nothing_offered",
        "nothing_to_answer",
        "offered_twice",
        "too_many_items",
    ]);
    assert_eq!(codes(&drawn_at_table(&haggle)), expected);
    haggle.accept();
    expected.remove("nothing_offered");
    expected.remove("no_such_item");
    expected.insert("already_accepted");
    assert_eq!(codes(&drawn_at_table(&haggle)), expected, "an item of the other side may be here by then");
    let elsewhere = drawn(Some(&haggle));
    assert!(
        elsewhere.iter().all(|todo| ![TRADE_ACCEPT, TRADE_OFFER].contains(&todo.kind)),
        "of its own trade"
    );
    assert!(!codes(&elsewhere).contains("no_such_item"));
}

#[test]
fn gold_is_tried_at_nothing_below_nothing_and_huge() {
    let amounts: BTreeSet<i64> =
        drawn(None).iter().filter_map(|todo| todo.dealing.deal.as_ref().map(|deal| deal.gold_out)).collect();
    for amount in [0, -1, -5, i64::MIN, GOLD_MAX, GOLD_MAX + 1] {
        assert!(amounts.contains(&amount), "{amount} in {amounts:?}");
    }
}
