//! What a hand is worth.

use super::*;
use crate::rooms::doudizhu::hand::Playing;

fn rules(cap: u32) -> Rules {
    Rules { base: 10, cap, turn_ms: 20_000 }
}

fn playing(points: u32, bombs: u32, plays: [u32; SEATS]) -> Playing {
    Playing { landlord: 1, points, lead: None, bombs, plays, played: Vec::new() }
}

#[test]
fn the_landlord_wins_and_loses_twice_what_each_farmer_does() {
    let won = rules(48).score(&playing(2, 0, [3, 9, 4]), true);
    assert_eq!((won.factor, won.spring, won.change), (2, false, [-20, 40, -20]));
    let lost = rules(48).score(&playing(2, 0, [3, 9, 4]), false);
    assert_eq!((lost.factor, lost.change), (2, [20, -40, 20]));
}

#[test]
fn each_bomb_and_each_spring_doubles() {
    assert_eq!(rules(48).score(&playing(1, 3, [1, 5, 1]), true).factor, 8);
    let spring = rules(48).score(&playing(3, 1, [0, 5, 0]), true);
    assert_eq!((spring.factor, spring.spring), (12, true));
    let counter_spring = rules(48).score(&playing(3, 1, [4, 1, 2]), false);
    assert_eq!((counter_spring.factor, counter_spring.spring), (12, true));
    assert!(!rules(48).score(&playing(3, 1, [4, 1, 0]), true).spring, "one of them has played");
    assert!(!rules(48).score(&playing(3, 1, [4, 2, 2]), false).spring, "the landlord has played again");
}

#[test]
fn nobody_loses_more_than_their_stake() {
    for (cap, bombs) in [(6, 0), (6, 1), (48, 4), (1_536, 14)] {
        for landlord_won in [false, true] {
            let score = rules(cap).score(&playing(3, bombs, [1, 2, 3]), landlord_won);
            assert_eq!(score.change.iter().sum::<i64>(), 0);
            assert!(score.change.iter().all(|change| -*change <= rules(cap).stake()), "{score:?}");
        }
    }
    assert_eq!(rules(48).score(&playing(3, 10, [1, 2, 3]), false).change, [240, -480, 240]);
}
