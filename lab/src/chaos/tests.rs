//! The plan and the reading of `ding up`'s lines. The test itself runs with real processes, in `tests/it`.

use std::time::Duration;

use super::{
    Target,
    market::Deeds,
    plan,
    stack::{Role, players, serves},
};

use crate::checker::audit::Told;

const SLOT: Duration = Duration::from_secs(5);

#[test]
fn a_plan_hits_every_target_as_often_as_asked_and_repeats_by_its_seed() {
    let kills = plan(10, SLOT, 7);
    assert_eq!(kills.len(), 40);
    for target in Target::EVERY {
        assert_eq!(kills.iter().filter(|kill| kill.target == target).count(), 10, "{target}");
    }
    assert!(kills.iter().all(|kill| kill.after < SLOT));
    assert_eq!(kills.iter().filter(|kill| kill.stall.is_some()).count(), 20);
    assert_eq!(kills, plan(10, SLOT, 7));
    assert_ne!(kills, plan(10, SLOT, 8));
}

#[test]
fn the_lines_of_ding_up_are_read_and_others_are_not() {
    assert_eq!(serves("  ok  game     pid 4711     accounts 3      12 ms"), Some((Role::Game, 4711)));
    assert_eq!(
        players("  Players   127.0.0.1:40123   TCP and WebSocket on one port").as_deref(),
        Some("127.0.0.1:40123")
    );
    for noise in ["", "ok", "  ok  admin pid 1", "  ok  game up 3", "Ready in 0.3 s."] {
        assert_eq!(serves(noise), None, "{noise}");
        assert_eq!(players(noise), None, "{noise}");
    }
}

#[test]
fn what_players_were_told_is_said_by_deed_with_the_reasons_of_what_was_refused() {
    let told = |deed: &str, outcome: &str, code: &str, count| Told {
        deed: deed.into(),
        outcome: outcome.into(),
        code: code.into(),
        count,
    };
    let told = [
        told("shop_buy", "ok", "", 7),
        told("shop_buy", "rejected", "bag_full", 2),
        told("shop_buy", "rejected", "not_enough_gold", 1),
        told("mail_send", "happened", "", 1),
    ];
    assert_eq!(
        Deeds(&told).to_string(),
        "mail_send 1 told done; shop_buy 7 OK, 3 refused (bag_full 2, not_enough_gold 1)"
    );
}
