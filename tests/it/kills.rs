//! The promise itself: real processes killed with `kill -9` while players pay, judged by a checker that
//! knows the players' own notes and the tables' rows, and shares no code with what it judges.

use std::path::PathBuf;

use lab::chaos::{self, ChaosOptions};

use crate::support::Tier;

#[test]
fn nothing_answered_is_lost_or_doubled_whatever_is_killed() {
    let tier = Tier::current();
    let options = ChaosOptions {
        players: tier.pick(40, 100),
        kills_each: tier.pick(3, 10),
        payments_min: tier.pick(500, 5_000),
        seed: 1,
        ding: PathBuf::from(env!("CARGO_BIN_EXE_ding")),
    };
    let report = chaos::run(&options).expect("the stack comes back after each kill");
    println!("{report}");
    assert!(report.is_good(), "{report}");
}
