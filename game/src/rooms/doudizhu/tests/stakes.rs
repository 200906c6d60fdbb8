//! Gold: taken when somebody sits down, given back when they rise before the hand, and shared out in the end.

use proto::{
    client::{DoudizhuDealt, DoudizhuDelayed, DoudizhuSeated, DoudizhuTurn},
    limits::GOLD_MAX,
    room::{self, input::What},
};

use super::*;
use crate::{
    logic::{
        outputs::Outputs,
        rooms::{
            bank::Remembered,
            run::{Hands, RoomRun},
        },
    },
    registry::Registered,
    room::Effects,
};

#[test]
fn nobody_sits_down_without_the_stake_at_whichever_seat() {
    for seat in 1..=3 {
        let mut table = Table::<Doudizhu>::open(&[], 1).expect("opens");
        (1..seat).for_each(|player| table.join(player).expect("there is a seat"));
        table.set_gold(seat, 47);
        assert_eq!(table.join(seat), Err(Refusal("not_enough_gold")), "seat {seat}");
        assert_eq!((table.gold(seat), table.staked(seat)), (47, 0));
        table.set_gold(seat, 48);
        table.freeze(9);
        assert_eq!(table.join(9), Err(Refusal("wealth_frozen")));
        assert_eq!(table.join(seat), Ok(()));
        assert_eq!((table.gold(seat), table.staked(seat)), (0, 48));
        let seated = table.heard(seat).into_iter().rfind(|(kind, _)| *kind == SEATED).expect("it is told").1;
        let seated: DoudizhuSeated = wire::decode(&seated, Budget::LINK).expect("of a seat");
        assert_eq!(seated.is.expect("which is taken").stake, 48);
    }
}

#[test]
fn before_the_hand_begins_anybody_may_rise_and_has_the_stake_back() {
    let mut table = Table::<Doudizhu>::open(&[], 1).expect("opens");
    (1..=2).for_each(|player| table.join(player).expect("there is a seat"));
    table.leave(1).expect("they sit");
    assert_eq!((table.gold(1), table.staked(1), table.staked(2)), (1_000, 0, 48));
    assert_eq!(table.label(), "base 1, 1 of 3");
    table.crash();
    (3..=4).for_each(|player| table.join(player).expect("there is a seat"));
    assert!(table.room().game.is_some());
}

#[test]
fn of_three_who_are_matched_nobody_sits_if_one_cannot_pay() {
    for poor in 1..=3 {
        let mut table = Table::<Doudizhu>::open(&[], 1).expect("opens");
        (1..=4).for_each(|player| table.set_gold(player, 1_000));
        table.set_gold(poor, 47);
        assert_eq!(table.matched(&[1, 2, 3]), Err((poor, Refusal("not_enough_gold"))));
        assert_eq!((table.members(), table.label().as_str()), (vec![], "base 1, 0 of 3"));
        assert_eq!(table.gold_in_all(), 3_047);
        let others: Vec<u64> = (1..=4).filter(|player| *player != poor).collect();
        assert!(others.iter().all(|player| table.gold(*player) == 1_000 && table.heard(*player).is_empty()));
        assert_eq!(table.matched(&others), Ok(()));
        assert!(table.room().game.is_some());
    }
}

#[test]
fn three_who_are_matched_hear_the_deal_and_whose_turn_it_is() {
    let mut table = Table::<Doudizhu>::open(&[], 1).expect("opens");
    table.matched(&[1, 2, 3]).expect("all can pay");
    for player in 1..=3 {
        let heard = table.heard(player);
        let of = |wanted: u32| heard.iter().filter(move |(kind, _)| *kind == wanted).collect::<Vec<_>>();
        let dealt: DoudizhuDealt = wire::decode(&of(DEALT)[0].1, Budget::LINK).expect("it is one");
        let turn: DoudizhuTurn = wire::decode(&of(TURN)[0].1, Budget::LINK).expect("it is one");
        assert_eq!((dealt.hand.len(), turn.wait_ms, turn.seat), (17, 20_000, dealt.first));
        assert_eq!((of(TABLE).len(), heard.last().map(|(kind, _)| *kind)), (1, Some(TABLE)));
    }
}

/// Hears what an older version heard and was told of its deals.
fn hear_again(run: &mut RoomRun, account: u64, outcomes: &[&str]) {
    let outcomes: Vec<String> = outcomes.iter().map(|code| (*code).to_owned()).collect();
    let (mut bank, mut out) = (Remembered::new(&outcomes), Outputs::default());
    let mut effects = Effects::default();
    let mut hands = Hands { out: &mut out, effects: &mut effects, bank: &mut bank, re: 0 };
    let joins = room::Member { account, rating: 1_500, player: true, here: true };
    assert_eq!(run.apply(&What::Join(joins), 0, &mut hands), Ok(()));
    assert!(!bank.is_short && bank.left() == 0, "it deals as it did then");
}

/// A room that a version saved in which all pay when the third sits down.
fn older() -> RoomRun {
    let kind = Registered::of::<Doudizhu>();
    let Ok(run) = RoomRun::open(&kind, &Opening { number: 1, options: &[] }, [7; 32]) else {
        panic!("opens")
    };
    let mut state = run.state().expect("it can be saved");
    let mut json: serde_json::Value = serde_json::from_slice(&state.room).expect("it is JSON");
    json.as_object_mut().and_then(|fields| fields.remove("pays_at_once")).expect("a newer one says so");
    state.room = serde_json::to_vec(&json).expect("it is JSON").into();
    RoomRun::load(&kind, &state).expect("it can be read")
}

#[test]
fn what_a_room_of_an_older_version_heard_is_heard_again_as_it_was() {
    let mut run = older();
    hear_again(&mut run, 1, &[]);
    hear_again(&mut run, 2, &[]);
    hear_again(&mut run, 3, &["", "", ""]);
    assert!(run.stakes().values().eq(&[48, 48, 48]));
    let mut run = older();
    hear_again(&mut run, 1, &[]);
    hear_again(&mut run, 2, &[]);
    hear_again(&mut run, 3, &["", "", "not_enough_gold", "", ""]);
    assert!(run.stakes().is_empty() && run.kicked().eq([AccountId(2)]));
}

#[test]
fn in_a_room_of_an_older_version_whoever_cannot_pay_any_more_is_named() {
    let delayed = DoudizhuDelayed { account: 2, name: "not_enough_gold".to_owned() };
    let mut run = older();
    hear_again(&mut run, 1, &[]);
    hear_again(&mut run, 2, &[]);
    let outcomes = ["", "", "not_enough_gold", "", ""].map(str::to_owned);
    let (mut bank, mut out) = (Remembered::new(&outcomes), Outputs::default());
    let mut effects = Effects::default();
    let mut hands = Hands { out: &mut out, effects: &mut effects, bank: &mut bank, re: 0 };
    let joins = room::Member { account: 3, rating: 1_500, player: true, here: true };
    run.apply(&What::Join(joins), 0, &mut hands).expect("there is a seat");
    let mut told = Vec::new();
    wire::put_plain(&mut told, DELAYED, &wire::encode(&delayed));
    assert!(out.iter().any(|(_, bytes)| bytes == told));
}

/// What each has in the end, and what each would have without a full wallet; the server plays.
fn played_out(full: &[u64], frozen: &[u64]) -> (Vec<i64>, Vec<i64>, i64) {
    let (mut table, _) = begun(5);
    full.iter().for_each(|player| table.set_gold(*player, GOLD_MAX));
    frozen.iter().for_each(|player| table.freeze(*player));
    table.pass(Duration::from_secs(3_600));
    assert!(table.outcome().is_some());
    let over = over(&mut table, 1);
    let left = (1..=3).map(|player| table.staked(player)).sum();
    ((1..=3).map(|player| table.gold(player)).collect(), over.change, left)
}

#[test]
fn whoever_has_a_full_wallet_keeps_nobody_from_what_is_theirs() {
    for mask in 0_u8..8 {
        let full: Vec<u64> = (1..=3).filter(|player| mask & (1 << (player - 1)) != 0).collect();
        let (gold, change, left) = played_out(&full, &[]);
        for player in 1..=3_u64 {
            let at = usize::try_from(player).expect("few") - 1;
            let theirs = if full.contains(&player) { GOLD_MAX } else { 1_000 + change[at] };
            assert_eq!(gold[at], theirs, "{player} of {full:?} full");
        }
        assert_eq!(left, 0, "what fits nowhere is the house's: {full:?}");
    }
}

#[test]
fn what_is_frozen_has_its_share_for_that_was_won_before() {
    for frozen in 1..=3 {
        let (gold, change, left) = played_out(&[], &[frozen]);
        let theirs: Vec<i64> = change.iter().map(|change| 1_000 + change).collect();
        assert_eq!((gold, left), (theirs, 0), "{frozen}");
    }
}

#[test]
fn who_rose_with_a_full_wallet_has_the_stake_back_when_the_others_share_theirs() {
    let mut table = Table::<Doudizhu>::open(&[], 6).expect("opens");
    (1..=4).for_each(|player| table.set_gold(player, 1_000));
    table.join(4).expect("there is a seat");
    table.set_gold(4, GOLD_MAX);
    table.leave(4).expect("they sit");
    assert_eq!((table.gold(4), table.staked(4)), (GOLD_MAX, 48));
    table.set_gold(4, 952);
    table.matched(&[1, 2, 3]).expect("all can pay");
    let landlord = on_turn(&table);
    bid(&mut table, landlord, 3).expect("a bid is right");
    table.pass(Duration::from_secs(3_600));
    assert_eq!((table.gold(4), table.staked(4), table.gold_in_all()), (1_000, 0, 4_000));
}

#[test]
fn who_rose_with_a_full_wallet_sits_down_again_for_the_stake_that_is_there() {
    let mut table = Table::<Doudizhu>::open(&[], 6).expect("opens");
    table.join(1).expect("there is a seat");
    table.set_gold(1, GOLD_MAX);
    table.leave(1).expect("they sit");
    table.join(1).expect("there is a seat");
    assert_eq!((table.gold(1), table.staked(1)), (GOLD_MAX, 48));
}
