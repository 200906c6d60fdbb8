//! Whose the stakes are when a wallet is full or frozen.

use proto::limits::GOLD_MAX;

use super::*;

#[test]
fn a_winner_with_a_full_wallet_costs_nobody_their_stake() {
    let mut table = begun(&ChessOptions { stake: 250, ..usual() });
    table.set_gold(BEN, GOLD_MAX);
    table.say(ANA, RESIGN, &[]).expect("it is her game");
    assert!(table.outcome().is_some());
    assert_eq!((table.gold(ANA), table.staked(ANA)), (1_000, 0));
    assert_eq!((table.gold(BEN), table.staked(BEN)), (GOLD_MAX, 250));
}

#[test]
fn a_winner_whose_wealth_is_frozen_has_won_all_the_same_and_stakes_no_more() {
    let mut table = begun(&ChessOptions { stake: 250, ..usual() });
    table.freeze(BEN);
    table.say(ANA, RESIGN, &[]).expect("it is her game");
    assert_eq!((table.gold(ANA), table.gold(BEN)), (750, 1_250));
    let mut table = open(&ChessOptions { stake: 250, ..usual() });
    table.freeze(BEN);
    assert_eq!(table.join(BEN), Err(Refusal("wealth_frozen")));
}

#[test]
fn who_left_before_it_began_with_a_full_wallet_has_the_stake_back_in_the_end() {
    let mut table = open(&ChessOptions { stake: 250, ..usual() });
    table.join(EVA).expect("a place");
    table.set_gold(EVA, GOLD_MAX);
    table.leave(EVA).expect("she waits");
    assert_eq!((table.gold(EVA), table.staked(EVA)), (GOLD_MAX, 250));
    table.set_gold(EVA, 750);
    table.matched(&[ANA, BEN]).expect("both can pay");
    table.say(ANA, RESIGN, &[]).expect("it is her game");
    assert_eq!([ANA, BEN, EVA].map(|account| table.gold(account)), [750, 1_250, 1_000]);
}
