//! What a player of the market does next.

use std::collections::BTreeSet;

use proto::{
    client::{Bag, Item, Letter, MailSend, MapFacts, TradeOffer, TradeSide, TradeState},
    kinds::{MAIL_DELETE, MAIL_LIST, MAIL_SEND, MAIL_TAKE, SHOP_READ, TRADE_ASK, TRADE_OFFER},
    prescan::Budget,
    wire::decode,
};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng as _;

use super::*;
use crate::logic::{
    deal::DealKind,
    market::{
        errand::{Errand, Todo},
        fair::Stall,
        haggle::Plan,
    },
};

fn rng() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(5)
}

fn facts(x_mm: i32) -> MapFacts {
    MapFacts { x_mm, speed_mm_s: 6_000, ..MapFacts::default() }
}

fn way(x_mm: i32) -> Way {
    Way::new(&facts(x_mm), &SHOPS, tokio::time::Instant::now().into_std())
}

const SHOPS: [ShopPlace; 1] = [ShopPlace { number: 1, x_mm: 0, y_mm: 0 }];

/// At the shop, with bread (500) and a knife (501); player 1 stands there too.
fn at_the_shop() -> (Merchant, Fair) {
    let mut merchant = Merchant::new(0, &SHOPS);
    merchant.characters = vec![(1_000, "Ana".to_owned())];
    merchant.character = 1_000;
    assert!(merchant.entered(1_000, way(0)));
    let item = |id, kind, quantity, slot| Item { id, kind, quantity, place: 1, slot };
    merchant.bag.adopt(Bag { items: vec![item(500, 40, 6, 0), item(501, 1, 1, 1)] });
    let mut fair = Fair::new(2, 1);
    merchant.show(&mut fair);
    let at = fair.look(0).and_then(|stall| stall.at);
    *fair.stall(1) = Stall { character: 1_001, name: "Bo".to_owned(), at, is_free: true, ..Stall::default() };
    (merchant, fair)
}

#[test]
fn a_character_far_from_everything_is_left_for_another_and_the_last_one_walks() {
    let mut merchant = Merchant::new(0, &SHOPS);
    for number in 1..=7 {
        merchant.characters.push((number, String::new()));
        assert!(!merchant.entered(number, way(80_000)));
        assert_eq!(merchant.coming, Coming::Leave(None));
    }
    merchant.characters.push((8, String::new()));
    assert!(!merchant.entered(8, way(80_000)));
    assert_eq!(merchant.coming, Coming::Leave(Some(8)), "once more, so that its place is kept");
    assert!(merchant.entered(8, way(80_000)));
    assert!(!merchant.stands());
    let mut fair = Fair::new(2, 1);
    assert!(merchant.ask(50, &mut rng(), &mut fair).is_none(), "who walks does not trade");
}

#[test]
fn who_lost_its_connection_is_seen_by_nobody_and_comes_back_with_the_same_character() {
    let (mut merchant, mut fair) = at_the_shop();
    assert_eq!(fair.partner(0, 1), Some(0));
    merchant.lose(&mut fair);
    assert_eq!((fair.partner(0, 1), fair.anybody(0, 1)), (None, Some(0)));
    assert_eq!(merchant.coming, Coming::Enter(1_000));
}

#[test]
fn what_lies_on_the_table_of_a_trade_is_neither_sent_nor_sold() {
    let (mut merchant, mut fair) = at_the_shop();
    let mut rng = rng();
    let Some(Todo { kind: TRADE_ASK, .. }) = merchant.ask(50, &mut rng, &mut fair) else { panic!("it asks") };
    let haggle = merchant.haggle.as_mut().expect("it trades");
    haggle.begun(3);
    let side = |character| Some(TradeSide { character, ..TradeSide::default() });
    let shown = TradeState { trade: 3, asker: side(1_000), asked: side(1_001), ..TradeState::default() };
    let _ = haggle.show(shown);
    let offered = loop {
        let mut merchant = Merchant { haggle: merchant.haggle.clone(), ..at_the_shop().0 };
        let Some(Todo { kind: TRADE_OFFER, body, .. }) = merchant.trade(50, false, &mut rng) else {
            panic!("it offers first")
        };
        let offer: TradeOffer = decode(&body, Budget::CLIENT).expect("our own");
        assert!(offer.gold % 2 == 0 && offer.gold <= 50);
        if offer.items.len() == 1 {
            break merchant;
        }
    };
    let mut merchant = offered;
    let locked = merchant.haggle.as_ref().expect("it trades").reserved().things;
    for _ in 0..200 {
        let Some(Todo { kind: MAIL_SEND, body, dealing }) = merchant.send(50, &mut rng, &mut fair) else {
            panic!("a letter to Bo")
        };
        let letter: MailSend = decode(&body, Budget::CLIENT).expect("our own");
        assert_eq!(letter.to, "Bo");
        assert!(letter.things.iter().all(|thing| thing.item != locked[0].item), "{letter:?}, {locked:?}");
        let deal = dealing.deal.expect("a letter moves something");
        assert_eq!(
            (deal.deed, deal.gold_out, deal.gives.len()),
            (DealKind::MailSend, letter.gold, letter.things.len())
        );
    }
}

#[test]
fn a_shop_is_read_first_and_nothing_is_bought_that_costs_more_than_a_bit() {
    let (mut merchant, _) = at_the_shop();
    let mut rng = rng();
    let Some(Todo { kind: SHOP_READ, .. }) = merchant.shop(1_000, &mut rng) else { panic!("wares first") };
    let ware = |kind, buy| ShopWare { kind, buy: Some(buy), sell: Some(1) };
    merchant.wares.insert(1, vec![ware(40, 4), ware(4, 3_200)]);
    let mut seen = [0; 2];
    for _ in 0..200 {
        let deal = merchant.shop(1_000, &mut rng).and_then(|todo| todo.dealing.deal).expect("it deals");
        if deal.deed == DealKind::ShopSell {
            seen[0] += 1;
            assert_eq!((deal.gives[0].item, deal.gold_in), (500, i64::from(deal.gives[0].quantity)));
        } else {
            seen[1] += 1;
            assert_eq!((deal.gets[0].kind, deal.gold_out), (40, i64::from(deal.gets[0].quantity) * 4));
        }
    }
    assert!(seen.iter().all(|count| 20 < *count), "{seen:?} sold and bought");
    let poor = merchant.shop(0, &mut rng).and_then(|todo| todo.dealing.deal).expect("it sells");
    assert_eq!(poor.deed, DealKind::ShopSell);
}

#[test]
fn letters_are_emptied_then_thrown_away_and_some_are_left() {
    let (mut merchant, _) = at_the_shop();
    let mut rng = rng();
    let letter = |id| Letter { id, gold: 3, ..Letter::default() };
    merchant.sort(&[letter(17), letter(16)]);
    // Now and then it tries what makes no sense before.
    let mut next = |merchant: &mut Merchant| loop {
        let todo = merchant.mail(&mut rng);
        if !todo.as_ref().is_some_and(|todo| matches!(todo.dealing.errand, Errand::Probe { .. })) {
            return todo;
        }
    };
    let Some(Todo { kind: MAIL_TAKE, dealing, .. }) = next(&mut merchant) else { panic!("17 is taken") };
    assert_eq!(dealing.deal.map(|deal| (deal.mail, deal.gold_in)), Some((17, 3)));
    merchant.emptied(letter(17));
    assert_eq!(next(&mut merchant).map(|todo| todo.kind), Some(MAIL_DELETE));
    assert!(next(&mut merchant).is_none(), "16 stays where it is");
    merchant.mail_came(&MailCame { to: 1_000, ..MailCame::default() });
    assert_eq!(next(&mut merchant).map(|todo| todo.kind), Some(MAIL_LIST));
    merchant.sort(&[letter(18), letter(16)]);
    assert_eq!(merchant.todo.len(), 1);
}

#[test]
fn now_and_then_a_full_letter_is_thrown_away_and_an_empty_one_emptied() {
    let (mut merchant, _) = at_the_shop();
    let mut rng = rng();
    let mut codes: BTreeSet<&str> = BTreeSet::new();
    for id in 0..400 {
        merchant.put_back(Letter { id: 17, gold: id % 2, ..Letter::default() });
        let todo = merchant.mail(&mut rng).expect("a letter waits");
        if let Errand::Probe { .. } = todo.dealing.errand {
            codes.extend(todo.dealing.codes);
            assert_eq!(merchant.todo.pop_front().map(|letter| letter.id), Some(17), "it stays");
        }
    }
    assert_eq!(codes.into_iter().collect::<Vec<_>>(), ["mail_empty", "mail_not_empty"]);
}

#[test]
fn at_the_end_a_trade_is_left_unless_it_was_accepted() {
    let (mut merchant, mut fair) = at_the_shop();
    merchant.ask(50, &mut rng(), &mut fair);
    assert!(merchant.trade(50, true, &mut rng()).is_none(), "its question is on its way");
    let plan = Plan { agrees: true, offers: 0, waits: false, errs: false, leaves: false };
    let mut haggle = crate::logic::market::haggle::Haggle::asked(3, 1_000, 1_001, plan);
    merchant.haggle = Some(haggle.clone());
    let told = |todo: Option<Todo>| todo.map(|todo| todo.kind);
    assert_eq!(told(merchant.trade(50, true, &mut rng())), Some(proto::kinds::TRADE_ANSWER));
    let side = |character| Some(TradeSide { character, gold: 1, ..TradeSide::default() });
    let _ =
        haggle.show(TradeState { trade: 3, asker: side(1_001), asked: side(1_000), ..TradeState::default() });
    merchant.haggle = Some(haggle.clone());
    assert_eq!(told(merchant.trade(50, true, &mut rng())), Some(proto::kinds::TRADE_CANCEL));
    haggle.accept();
    merchant.haggle = Some(haggle);
    assert_eq!(told(merchant.trade(50, true, &mut rng())), None);
}
