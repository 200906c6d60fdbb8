//! The promise itself: real processes killed with `kill -9` while players pay, judged by a checker that
//! knows the players' own notes and the tables' rows, and shares no code with what it judges.

use std::{path::PathBuf, time::Duration};

use lab::chaos::{self, ChaosOptions, Trial};

use crate::support::{Tier, seed};

#[test]
fn nothing_answered_is_lost_or_doubled_whatever_is_killed() {
    let tier = Tier::current();
    let options = ChaosOptions {
        players: tier.pick(40, 100),
        trial: Trial::Payments { ok_min: tier.pick(500, 5_000) },
        kills_each: tier.pick(3, 10),
        slot: Duration::from_secs(5),
        seed: seed(),
        ding: PathBuf::from(env!("CARGO_BIN_EXE_ding")),
    };
    let report = chaos::run(&options).expect("the stack comes back after each kill");
    println!("{report}");
    assert!(report.is_good(), "{report}");
}

#[test]
fn every_thing_and_every_coin_of_a_market_is_in_one_place_whatever_is_killed() {
    let tier = Tier::current();
    let options = ChaosOptions {
        players: tier.pick(30, 200),
        trial: Trial::Market { deals_min: tier.pick(500, 10_000) },
        kills_each: tier.pick(2, 9),
        slot: Duration::from_secs(5),
        seed: seed(),
        ding: PathBuf::from(env!("CARGO_BIN_EXE_ding")),
    };
    let report = chaos::run(&options).expect("the stack comes back after each kill");
    println!("{report}");
    assert!(report.is_good(), "{report}");
}
