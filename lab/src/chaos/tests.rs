//! The plan and the reading of `ding up`'s lines. The test itself runs with real processes, in `tests/it`.

use super::{
    SLOT, Target, plan,
    stack::{Role, players, serves},
};

#[test]
fn a_plan_hits_every_target_as_often_as_asked_and_repeats_by_its_seed() {
    let kills = plan(10, 7);
    assert_eq!(kills.len(), 40);
    for target in Target::EVERY {
        assert_eq!(kills.iter().filter(|kill| kill.target == target).count(), 10, "{target}");
    }
    assert!(kills.iter().all(|kill| kill.after < SLOT));
    assert_eq!(kills.iter().filter(|kill| kill.stall.is_some()).count(), 20);
    assert_eq!(kills, plan(10, 7));
    assert_ne!(kills, plan(10, 8));
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
