//! Tables at which people come, bid, play, go and come back.

mod combinations;
mod hands;
mod machine;
mod reference;
mod scores;
mod stakes;
mod watch;

use std::time::Duration;

use proto::{
    client::{DoudizhuBid, DoudizhuOptions, DoudizhuOver, DoudizhuPlay, DoudizhuTable},
    prescan::Budget,
    wire,
};

use super::*;
use crate::table::Table;

/// With these options, and three players: 1, 2 and 3.
fn table(options: &DoudizhuOptions, seed: u64) -> Table<Doudizhu> {
    let mut table = Table::open(&wire::encode(options), seed).expect("the options are right");
    for player in 1..=3 {
        table.set_gold(player, 1_000);
    }
    for player in 1..=3 {
        table.join(player).expect("there is a seat");
    }
    table
}

/// A usual one whose first bidder bids three points: it is the landlord, and leads.
fn begun(seed: u64) -> (Table<Doudizhu>, u64) {
    let mut table = table(&DoudizhuOptions::default(), seed);
    let landlord = on_turn(&table);
    bid(&mut table, landlord, 3).expect("a bid is right");
    (table, landlord)
}

/// Whose turn it is, by account.
fn on_turn(table: &Table<Doudizhu>) -> u64 {
    let room = table.room();
    let game = room.game.as_ref().expect("a hand is under way");
    room.seats[game.hand.turn()].account.0
}

fn hand_of(table: &Table<Doudizhu>, account: u64) -> Vec<u8> {
    let room = table.room();
    let seat = room.seat_of(AccountId(account)).expect("they sit");
    cards::numbers(room.game.as_ref().expect("a hand is under way").hand.cards_of(seat))
}

fn bid(table: &mut Table<Doudizhu>, from: u64, points: u32) -> Result<Vec<u8>, Refusal> {
    table.say(from, BID, &wire::encode(&DoudizhuBid { points }))
}

fn play(table: &mut Table<Doudizhu>, from: u64, cards: &[u8]) -> Result<Vec<u8>, Refusal> {
    table.say(from, PLAY, &wire::encode(&DoudizhuPlay { cards: cards.to_vec().into() }))
}

/// The last table that an account was shown, and forgets what else it heard.
fn shown(table: &mut Table<Doudizhu>, account: u64) -> DoudizhuTable {
    let heard = table.heard(account);
    let (_, body) = heard.iter().rev().find(|(kind, _)| *kind == TABLE).expect("it was shown a table");
    wire::decode(body, Budget::LINK).expect("it is one")
}

/// How the hand ended, as an account heard it.
fn over(table: &mut Table<Doudizhu>, account: u64) -> DoudizhuOver {
    let heard = table.heard(account);
    let (_, body) = heard.iter().find(|(kind, _)| *kind == OVER).expect("it is over");
    wire::decode(body, Budget::LINK).expect("it is one")
}

#[test]
fn the_hand_begins_when_the_third_sits_down() {
    let mut table = table(&DoudizhuOptions { base: 10, cap: 12, ..Default::default() }, 1);
    assert_eq!(table.label(), "base 10, bidding");
    for player in 1..=3 {
        assert_eq!(table.gold(player), 880);
        assert_eq!(table.staked(player), 120);
        assert_eq!(hand_of(&table, player).len(), 17);
        let heard = table.heard(player);
        assert_eq!(heard.iter().filter(|(kind, _)| *kind == DEALT).count(), 1);
    }
    assert_eq!(table.come(4, 1_500, true), Err(Refusal("room_full")));
    assert_eq!(table.spectate(4), Ok(()));
    let seen = shown(&mut table, 4);
    assert_eq!((seen.you, seen.hand.len(), seen.seats.len()), (0, 0, 3));
}

#[test]
fn a_room_with_options_that_cannot_be_is_not_opened() {
    for options in [
        DoudizhuOptions { base: -1, ..Default::default() },
        DoudizhuOptions { base: 1_000_001, ..Default::default() },
        DoudizhuOptions { free: true, base: 1, ..Default::default() },
        DoudizhuOptions { cap: 7, ..Default::default() },
        DoudizhuOptions { cap: 4, ..Default::default() },
        DoudizhuOptions { cap: 1_538, ..Default::default() },
        DoudizhuOptions { turn_ms: 999, ..Default::default() },
        DoudizhuOptions { turn_ms: 120_001, ..Default::default() },
    ] {
        let opened = Table::<Doudizhu>::open(&wire::encode(&options), 1);
        assert_eq!(opened.err(), Some(Refusal("bad_options")), "{options:?}");
    }
    assert_eq!(Table::<Doudizhu>::open(&[0xff], 1).err(), Some(Refusal("bad_options")));
}

#[test]
fn the_highest_bid_is_the_landlord_and_gets_the_three_cards() {
    let mut table = table(&DoudizhuOptions::default(), 3);
    let first = on_turn(&table);
    bid(&mut table, first, 1).expect("right");
    let second = on_turn(&table);
    assert_eq!(bid(&mut table, second, 1), Err(Refusal("bid_too_low")));
    bid(&mut table, second, 2).expect("right");
    let third = on_turn(&table);
    bid(&mut table, third, 0).expect("right");
    assert_eq!(on_turn(&table), second);
    assert_eq!(hand_of(&table, second).len(), 20);
    let room = table.room();
    let playing = room.game.as_ref().and_then(|game| game.hand.playing()).expect("it has begun");
    assert_eq!(playing.points, 2);
    assert_eq!(table.label(), "base 1, playing");
}

#[test]
fn if_nobody_bids_it_is_dealt_again_three_times() {
    let mut table = table(&DoudizhuOptions::default(), 4);
    for deal in 1..=4 {
        assert_eq!(table.room().game.expect("a hand").deal, deal);
        for _ in 0..3 {
            let from = on_turn(&table);
            bid(&mut table, from, 0).expect("right");
            if !table.is_open() {
                break;
            }
        }
    }
    let outcome = table.outcome().expect("it is over");
    assert!(outcome.places.is_empty());
    for player in 1..=3 {
        assert_eq!((table.gold(player), table.staked(player)), (1_000, 0));
    }
    assert_eq!(over(&mut table, 1), DoudizhuOver::default());
}

#[test]
fn nobody_has_to_do_anything_and_it_ends() {
    let (mut table, landlord) = begun(5);
    table.pass(Duration::from_millis(19_999));
    assert_eq!(hand_of(&table, landlord).len(), 20);
    let lowest = hand_of(&table, landlord)[0];
    table.pass(Duration::from_millis(1));
    assert!(!hand_of(&table, landlord).contains(&lowest));
    table.pass(Duration::from_secs(2 * 20 + 60 * 2));
    let places = &table.outcome().expect("it is over").places;
    assert!(
        places.contains(&(AccountId(landlord), 1)),
        "the landlord leads its lowest card each time: {places:?}"
    );
    assert_eq!(table.gold_in_all(), 3_000);
    // Three points, and spring for two who never played.
    assert_eq!(table.gold(landlord), 1_012);
}

#[test]
fn who_comes_back_sees_their_cards_and_has_what_is_left_of_their_time() {
    let (mut table, landlord) = begun(6);
    table.pass(Duration::from_secs(5));
    table.away(landlord).expect("they were there");
    table.pass(Duration::from_secs(1));
    let held = hand_of(&table, landlord);
    table.heard(landlord);
    table.back(landlord).expect("they were away");
    let heard = table.heard(landlord);
    let (_, turn) = heard.iter().rev().find(|(kind, _)| *kind == TURN).expect("whose turn it is");
    let turn: proto::client::DoudizhuTurn = wire::decode(turn, Budget::LINK).expect("it is one");
    assert_eq!(turn.wait_ms, 14_000);
    let (kind, last) = heard.last().expect("the table");
    assert_eq!(*kind, TABLE);
    let seen: DoudizhuTable = wire::decode(last, Budget::LINK).expect("it is one");
    assert_eq!(seen.hand, held);
    assert_eq!(seen.seats[seen.you as usize - 1].account, landlord);
    table.pass(Duration::from_millis(13_999));
    assert_eq!(hand_of(&table, landlord).len(), 20);
    table.pass(Duration::from_millis(1));
    assert_eq!(hand_of(&table, landlord).len(), 19);
}

#[test]
fn the_server_plays_soon_for_whoever_is_away_and_stops_when_they_are_back() {
    let (mut table, landlord) = begun(7);
    table.away(landlord).expect("they were there");
    table.pass(Duration::from_millis(1_500));
    assert_eq!(hand_of(&table, landlord).len(), 19);
    assert_ne!(on_turn(&table), landlord);
    table.back(landlord).expect("they were away");
    for _ in 0..2 {
        let next = on_turn(&table);
        table.say(next, PASS, &[]).expect("right");
    }
    assert_eq!(on_turn(&table), landlord);
    table.pass(Duration::from_millis(19_999));
    assert_eq!(hand_of(&table, landlord).len(), 19);
}

#[test]
fn whoever_let_their_time_pass_is_played_for_until_they_act() {
    let (mut table, landlord) = begun(8);
    table.pass(Duration::from_secs(20));
    for _ in 0..2 {
        let next = on_turn(&table);
        table.say(next, PASS, &[]).expect("right");
    }
    let lowest = hand_of(&table, landlord)[0];
    play(&mut table, landlord, &[lowest]).expect("in time");
    for _ in 0..2 {
        let next = on_turn(&table);
        table.say(next, PASS, &[]).expect("right");
    }
    table.pass(Duration::from_millis(1_500));
    assert_eq!(hand_of(&table, landlord).len(), 18, "they have their time again");
    table.say(landlord, AUTO, &wire::encode(&DoudizhuAuto { on: true })).expect("they may");
    table.pass(Duration::from_millis(1_500));
    assert_eq!(hand_of(&table, landlord).len(), 17);
}

#[test]
fn a_landlord_whose_time_had_passed_and_who_bids_has_all_of_the_turn() {
    let mut table = table(&DoudizhuOptions::default(), 9);
    let first = on_turn(&table);
    table.say(first, AUTO, &wire::encode(&DoudizhuAuto { on: true })).expect("they may");
    bid(&mut table, first, 3).expect("right");
    table.pass(Duration::from_millis(19_999));
    assert_eq!(hand_of(&table, first).len(), 20);
}

#[test]
fn who_leaves_is_played_for_and_may_sit_down_again() {
    let (mut table, landlord) = begun(10);
    let held = hand_of(&table, landlord);
    table.leave(landlord).expect("they were there");
    table.spectate(landlord).expect("they may look on");
    let seen = shown(&mut table, landlord);
    assert_eq!((seen.you, seen.hand.len()), (0, 0), "whoever looks on sees no cards");
    assert_eq!(play(&mut table, landlord, &held[..1]), Err(Refusal("not_a_player")));
    table.away(landlord).expect("they were there");
    table.back(landlord).expect("they were away");
    table.leave(landlord).expect("they were there");
    assert_eq!(table.join(4), Err(Refusal("hand_has_begun")));
    table.join(landlord).expect("it is their seat");
    assert_eq!(shown(&mut table, landlord).hand, held);
    play(&mut table, landlord, &held[..1]).expect("it is their turn");
}

#[test]
fn whoever_left_still_pays() {
    let (mut table, landlord) = begun(11);
    table.leave(landlord).expect("they were there");
    table.pass(Duration::from_secs(3_600));
    assert!(table.outcome().is_some());
    assert_eq!(table.gold_in_all(), 3_000);
    assert_ne!(table.gold(landlord), 1_000, "somebody has won");
}

#[test]
fn if_all_have_left_it_is_played_out_at_once() {
    let (mut table, _) = begun(12);
    (1..=3).for_each(|player| table.leave(player).expect("they were there"));
    assert!(table.outcome().is_some());
    assert_eq!(table.gold_in_all(), 3_000);
    assert!((1..=3).all(|player| table.staked(player) == 0));
}

#[test]
fn a_free_table_takes_no_gold() {
    let mut table =
        Table::<Doudizhu>::open(&wire::encode(&DoudizhuOptions { free: true, ..Default::default() }), 13)
            .expect("opens");
    for player in 1..=3 {
        table.set_gold(player, 0);
        table.join(player).expect("there is a seat");
    }
    let first = on_turn(&table);
    bid(&mut table, first, 3).expect("right");
    table.pass(Duration::from_secs(3_600));
    assert!(table.outcome().is_some_and(|outcome| outcome.places.len() == 3));
    assert_eq!(over(&mut table, 1).change, [0, 0, 0]);
    assert_eq!(table.gold_in_all(), 0);
}

#[test]
fn a_crash_at_any_moment_changes_nothing() {
    let (mut table, _) = begun(14);
    while table.is_open() {
        table.crash();
        table.pass(Duration::from_millis(1_500));
    }
    assert_eq!(table.gold_in_all(), 3_000);
}
