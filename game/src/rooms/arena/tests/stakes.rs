//! Gold: taken at the join, given back at a leave before the match, won in the end.

use proto::limits::GOLD_MAX;

use super::*;

fn staked(players: u32) -> Table<Arena> {
    let mut table = opened(players, 1, 10, 25);
    for account in 1..=u64::from(players) {
        table.set_gold(account, 100);
    }
    table
}

#[test]
fn who_cannot_pay_the_stake_stays_out_and_nobody_elses_moves() {
    let mut table = staked(2);
    table.set_gold(3, 24);
    table.join(1).expect("it has the gold");
    assert_eq!(table.join(3), Err(Refusal("not_enough_gold")));
    assert_eq!((table.gold(1), table.staked(1), table.gold(3)), (75, 25, 24));
    assert_eq!(table.members(), [1]);
    table.spectate(3).expect("looking on costs nothing");
    assert_eq!(table.staked(3), 0);
}

#[test]
fn leaving_before_the_match_gives_the_stake_back() {
    let mut table = staked(3);
    for account in [1, 2] {
        table.join(account).expect("it has the gold");
    }
    table.leave(1).expect("it is a member");
    assert_eq!((table.gold(1), table.staked(1), table.staked(2)), (100, 0, 25));
    table.join(1).expect("it may come again");
    assert_eq!((table.gold(1), table.staked(1)), (75, 25));
}

#[test]
fn leaving_the_fight_leaves_the_stake_to_those_who_stay() {
    let mut table = staked(3);
    for account in [1, 2, 3] {
        table.join(account).expect("it has the gold");
    }
    table.leave(2).expect("it is a member");
    assert_eq!((table.gold(2), table.staked(2)), (75, 25));
    assert!(table.is_open());
    table.leave(3).expect("it is a member");
    let outcome = table.outcome().expect("one is alone");
    assert_eq!(outcome.text, "all others have left");
    assert_eq!(outcome.places, [(AccountId(1), 1), (AccountId(2), 2), (AccountId(3), 2)]);
    assert_eq!([1, 2, 3].map(|account| table.gold(account)), [150, 75, 75]);
    assert_eq!(table.gold_in_all(), 300);
}

#[test]
fn a_draw_shares_the_pot_to_the_last_piece() {
    let mut table = opened(3, 1, 10, 25);
    for account in 1..=4 {
        table.set_gold(account, 100);
    }
    table.join(1).expect("it has the gold");
    table.away(1).expect("it is a member");
    for account in [2, 3, 4] {
        table.join(account).expect("it has the gold");
    }
    table.leave(4).expect("it is a member");
    table.pass(Duration::from_secs(10));
    let ended = all::<ArenaEnded>(&table.heard(2), ARENA_ENDED).pop().expect("it is over");
    assert_eq!(ended.reason, "time");
    let rows: Vec<_> = ended.places.iter().map(|place| (place.account, place.place, place.gold)).collect();
    assert_eq!(rows, [(1, 1, 34), (2, 1, 33), (3, 1, 33), (4, 4, 0)]);
    assert_eq!([1, 2, 3, 4].map(|account| table.gold(account)), [109, 108, 108, 75]);
}

#[test]
fn the_winner_has_all_stakes() {
    let mut table = staked(2);
    for account in [1, 2] {
        table.join(account).expect("it has the gold");
    }
    face(&mut table);
    steer(&mut table, 1, ArenaSteer { fire: true, ..STILL }).expect("it plays");
    ticks(&mut table, 60);
    assert_eq!((table.gold(1), table.gold(2)), (125, 75));
}

/// The second and the third leave the fight of three, and the first has won it.
fn won(table: &mut Table<Arena>) -> ArenaEnded {
    for account in [2, 3] {
        table.leave(account).expect("it is a member");
    }
    all::<ArenaEnded>(&table.heard(1), ARENA_ENDED).pop().expect("it is over")
}

#[test]
fn a_winner_with_a_full_wallet_costs_nobody_their_stake() {
    let mut table = staked(3);
    (1..=3).for_each(|account| table.join(account).expect("it has the gold"));
    table.set_gold(1, GOLD_MAX);
    let ended = won(&mut table);
    assert!(ended.places.iter().all(|place| place.gold == 25), "{ended:?}");
    assert_eq!([1, 2, 3].map(|account| table.gold(account)), [GOLD_MAX, 100, 100]);
    assert_eq!([1, 2, 3].map(|account| table.staked(account)), [25, 0, 0]);
}

#[test]
fn a_winner_whose_wealth_is_frozen_has_won_all_the_same_and_stakes_no_more() {
    let mut table = staked(3);
    (1..=3).for_each(|account| table.join(account).expect("it has the gold"));
    table.freeze(1);
    won(&mut table);
    assert_eq!([1, 2, 3].map(|account| table.gold(account)), [150, 75, 75]);
    let mut table = staked(2);
    table.freeze(1);
    assert_eq!(table.join(1), Err(Refusal("wealth_frozen")));
}

#[test]
fn who_left_before_the_match_with_a_full_wallet_has_the_stake_back_in_the_end() {
    let mut table = staked(3);
    table.set_gold(4, 100);
    table.join(4).expect("it has the gold");
    table.set_gold(4, GOLD_MAX);
    table.leave(4).expect("it is a member");
    assert_eq!((table.gold(4), table.staked(4)), (GOLD_MAX, 25));
    table.set_gold(4, 75);
    table.matched(&[1, 2, 3]).expect("all can pay");
    won(&mut table);
    assert_eq!([1, 2, 3, 4].map(|account| table.gold(account)), [150, 75, 75, 100]);
}
