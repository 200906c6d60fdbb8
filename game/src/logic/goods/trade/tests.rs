//! Every event in every state of a trade: refused by name with nothing changed, or legal.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::*;
use crate::logic::goods::offer::Thing;

fn trader(number: u64) -> Trader {
    Trader { account: AccountId(number), character: 100 + number }
}

const A: u64 = 101;
const B: u64 = 102;
const C: u64 = 103;

fn gold(gold: i64) -> Offer {
    Offer::new(gold, vec![]).unwrap()
}

fn things(item: u64) -> Offer {
    Offer::new(0, vec![Thing { item, kind: 1, quantity: 1 }]).unwrap()
}

/// Everything that can be asked of trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Ask,
    Open,
    Offer,
    OfferNothing,
    AcceptExact,
    AcceptOld,
    AcceptWrong,
    Cancel,
}

const EVENTS: [Event; 8] = [
    Event::Ask,
    Event::Open,
    Event::Offer,
    Event::OfferNothing,
    Event::AcceptExact,
    Event::AcceptOld,
    Event::AcceptWrong,
    Event::Cancel,
];

/// What an event came to, in words.
fn play(trades: &mut Trades, character: u64, event: Event) -> Result<&'static str, Refusal> {
    let (revision, exact) = match trades.of(character) {
        Some((trade, _)) => match &trade.stage {
            Stage::Open(table) => (table.revision, trade.hash().unwrap().0),
            Stage::Asked => (0, [0; 32]),
        },
        None => (0, [0; 32]),
    };
    match event {
        Event::Ask => {
            let other = if character == A { 2 } else { 1 };
            trades.ask(trader(character - 100), trader(other)).map(|_| "asked")
        }
        Event::Open => trades.open(character).map(|_| "open"),
        Event::Offer => trades.offer(character, gold(5)).map(|_| "offered"),
        Event::OfferNothing => trades.offer(character, Offer::default()).map(|_| "offered"),
        Event::AcceptExact => match trades.check_accept(character, revision, &exact)?.1 {
            Accept::First => trades.accept(character, revision, &exact).map(|_| "first"),
            Accept::Both => trades.done(character).map(|_| "done"),
        },
        Event::AcceptOld => trades.accept(character, revision.wrapping_sub(1), &exact).map(|_| "first"),
        Event::AcceptWrong => trades.accept(character, revision, &[9; 32]).map(|_| "first"),
        Event::Cancel => trades.cancel(character).map(|_| "canceled"),
    }
}

/// A trade of A and B in each state that one can be in.
fn states() -> Vec<(&'static str, Trades)> {
    let until = |events: &[(u64, Event)]| {
        let mut trades = Trades::default();
        for (character, event) in events {
            play(&mut trades, *character, *event).unwrap();
        }
        trades
    };
    let asked = [(A, Event::Ask)];
    let open = [asked[0], (B, Event::Open)];
    let offered = [open[0], open[1], (A, Event::Offer)];
    let by = |who| [offered[0], offered[1], offered[2], (who, Event::AcceptExact)];
    vec![
        ("none", until(&[])),
        ("asked", until(&asked)),
        ("open", until(&open)),
        ("offered", until(&offered)),
        ("accepted by A", until(&by(A))),
        ("accepted by B", until(&by(B))),
    ]
}

fn seen(trades: &Trades) -> Vec<Trade> {
    trades.trades.values().cloned().collect()
}

/// What each event comes to: by A, by B, by C, who trades with nobody.
#[test]
fn every_event_in_every_state_is_legal_or_refused_by_name_and_then_nothing_has_changed() {
    let mut table = Vec::new();
    for (state, _) in states() {
        for event in EVENTS {
            let outcomes = [A, B, C].map(|who| {
                let found = states().into_iter().find(|(name, _)| *name == state);
                let mut trades = found.unwrap().1;
                let before = seen(&trades);
                let outcome = play(&mut trades, who, event);
                check(&trades);
                if outcome.is_err() {
                    assert_eq!(seen(&trades), before, "{state}, {who}: {event:?}");
                }
                outcome.unwrap_or_else(Refusal::code)
            });
            table.push(format!("{state}: {event:?}: {}", outcomes.join(" ")));
        }
    }
    let expected = "
        none: Ask: asked asked asked
        none: Open: no_trade no_trade no_trade
        none: Offer: no_trade no_trade no_trade
        none: OfferNothing: no_trade no_trade no_trade
        none: AcceptExact: no_trade no_trade no_trade
        none: AcceptOld: no_trade no_trade no_trade
        none: AcceptWrong: no_trade no_trade no_trade
        none: Cancel: no_trade no_trade no_trade
        asked: Ask: in_trade in_trade they_trade
        asked: Open: nothing_to_answer open no_trade
        asked: Offer: trade_not_open trade_not_open no_trade
        asked: OfferNothing: trade_not_open trade_not_open no_trade
        asked: AcceptExact: trade_not_open trade_not_open no_trade
        asked: AcceptOld: trade_not_open trade_not_open no_trade
        asked: AcceptWrong: trade_not_open trade_not_open no_trade
        asked: Cancel: canceled canceled no_trade
        open: Ask: in_trade in_trade they_trade
        open: Open: nothing_to_answer nothing_to_answer no_trade
        open: Offer: offered offered no_trade
        open: OfferNothing: offered offered no_trade
        open: AcceptExact: nothing_offered nothing_offered no_trade
        open: AcceptOld: offer_changed offer_changed no_trade
        open: AcceptWrong: offer_changed offer_changed no_trade
        open: Cancel: canceled canceled no_trade
        offered: Ask: in_trade in_trade they_trade
        offered: Open: nothing_to_answer nothing_to_answer no_trade
        offered: Offer: offered offered no_trade
        offered: OfferNothing: offered offered no_trade
        offered: AcceptExact: first first no_trade
        offered: AcceptOld: offer_changed offer_changed no_trade
        offered: AcceptWrong: offer_changed offer_changed no_trade
        offered: Cancel: canceled canceled no_trade
        accepted by A: Ask: in_trade in_trade they_trade
        accepted by A: Open: nothing_to_answer nothing_to_answer no_trade
        accepted by A: Offer: offered offered no_trade
        accepted by A: OfferNothing: offered offered no_trade
        accepted by A: AcceptExact: already_accepted done no_trade
        accepted by A: AcceptOld: offer_changed offer_changed no_trade
        accepted by A: AcceptWrong: offer_changed offer_changed no_trade
        accepted by A: Cancel: canceled canceled no_trade
        accepted by B: Ask: in_trade in_trade they_trade
        accepted by B: Open: nothing_to_answer nothing_to_answer no_trade
        accepted by B: Offer: offered offered no_trade
        accepted by B: OfferNothing: offered offered no_trade
        accepted by B: AcceptExact: done already_accepted no_trade
        accepted by B: AcceptOld: offer_changed offer_changed no_trade
        accepted by B: AcceptWrong: offer_changed offer_changed no_trade
        accepted by B: Cancel: canceled canceled no_trade
    ";
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(table, expected, "\n{}", table.join("\n"));
}

/// What is true of all trades at any moment.
fn check(trades: &Trades) {
    assert_eq!(trades.of.len(), 2 * trades.trades.len(), "two a trade, and each in one");
    for (id, trade) in &trades.trades {
        assert_eq!(*id, trade.id);
        assert_ne!(trade.traders[0].account, trade.traders[1].account);
        assert_eq!(trades.of.get(&trade.traders[0].character), Some(&(*id, Who::Asker)));
        assert_eq!(trades.of.get(&trade.traders[1].character), Some(&(*id, Who::Asked)));
    }
}

#[test]
fn a_change_clears_the_accept_and_nobody_accepts_what_he_has_not_seen() {
    let mut trades = states().pop().unwrap().1;
    let old = trades.of(A).unwrap().0.clone();
    let Stage::Open(table) = &old.stage else { panic!("open") };
    assert_eq!(table.accepted, Some(Who::Asked));
    let after = trades.offer(A, gold(5)).unwrap().clone();
    let Stage::Open(changed) = &after.stage else { panic!("open") };
    assert_eq!((changed.revision, changed.accepted), (table.revision + 1, None));
    assert_ne!(after.hash(), old.hash(), "also when the same is offered again");
    let exact = old.hash().unwrap().0;
    assert_eq!(trades.accept(A, table.revision, &exact), Err(Refusal::OfferChanged));
    assert_eq!(trades.accept(A, changed.revision, &exact), Err(Refusal::OfferChanged));
}

#[test]
fn nobody_trades_with_himself_whatever_character_he_takes() {
    let mut trades = Trades::default();
    let other_character = Trader { character: 999, ..trader(1) };
    assert_eq!(trades.ask(trader(1), trader(1)), Err(Refusal::OwnTrade));
    assert_eq!(trades.ask(trader(1), other_character), Err(Refusal::OwnTrade));
    assert!(trades.is_empty());
}

#[test]
fn what_is_offered_is_locked_until_the_trade_is_over() {
    let mut trades = Trades::default();
    trades.ask(trader(1), trader(2)).unwrap();
    trades.open(B).unwrap();
    trades.offer(A, things(5)).unwrap();
    assert_eq!((trades.locked(A), trades.locked(B), trades.locked(C)), (vec![5], vec![], vec![]));
    trades.offer(A, things(6)).unwrap();
    assert_eq!(trades.locked(A), [6]);
    trades.cancel(B).unwrap();
    assert_eq!(trades.locked(A), [] as [u64; 0]);
    assert_eq!(trades.ask(trader(3), trader(1)).unwrap().id, 2, "ids are not used again");
}

#[test]
fn a_crowd_that_does_anything_at_any_time_leaves_every_trade_whole() {
    for seed in 0..50 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut trades = Trades::default();
        for _ in 0..400 {
            let character = 101 + rng.next_u64() % 4;
            let event = EVENTS[usize::try_from(rng.next_u64() % 8).unwrap()];
            let before = seen(&trades);
            if play(&mut trades, character, event).is_err() {
                assert_eq!(seen(&trades), before);
            }
            check(&trades);
        }
    }
}
