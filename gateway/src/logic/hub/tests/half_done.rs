//! Who makes room when too many are half done: the oldest, and whoever waited in the queue in vain as if it had come now.

use super::{
    super::super::{
        ConnKey,
        limits::{ClientLimits, LOGIN_MS},
    },
    world::{World, check},
};

fn world(script: &str) -> World {
    let mut world = World::new(ClientLimits::default());
    script.lines().for_each(|line| world.step(line.trim()));
    world
}

fn taken(take: impl Fn(&mut World, &mut Vec<ConnKey>), world: &mut World) -> Vec<ConnKey> {
    let mut keys = Vec::new();
    take(world, &mut keys);
    keys
}

const QUEUED: &str = "ana connects
    ana sends hello
    game sends ana control welcome
    ana sends login_guest
    bo connects
    game sends ana control login_queued";

#[test]
fn whoever_waits_its_turn_makes_room_for_nobody_until_its_login_is_refused() {
    let mut world = world(QUEUED);
    let [ana, bo] = ["ana", "bo"].map(|name| world.players[name].key);
    let admitted = |world: &mut World, keys: &mut Vec<ConnKey>| world.hub.take_admitted(keys);
    let relapsed = |world: &mut World, keys: &mut Vec<ConnKey>| world.hub.take_relapsed(keys);
    assert_eq!(taken(admitted, &mut world), [ana]);
    assert_eq!(taken(relapsed, &mut world), []);
    world.step("game sends ana control login_refused");
    assert_eq!((taken(relapsed, &mut world), taken(admitted, &mut world)), (vec![ana], vec![]));
    assert!(!world.hub.client(ana).expect("it stays").is_on_its_way());
    world.step("game sends ana control login_refused");
    assert_eq!(taken(relapsed, &mut world), [], "once");
    let order = [world.hub.take_oldest_half_done(), world.hub.take_oldest_half_done()];
    assert_eq!(order, [Some(bo), Some(ana)], "it came last");
    world.step("game sends ana control login_queued");
    assert_eq!(taken(admitted, &mut world), [ana], "and waits again");
    assert_eq!(world.hub.take_oldest_half_done(), None);
}

#[test]
fn whoever_was_refused_after_a_wait_has_as_long_as_one_that_came_now_and_no_longer() {
    let mut world = world(QUEUED);
    for _ in 0..8 {
        for line in ["30000 ms pass", "ana sends ping", "game sends ana control login_queued"] {
            world.step(line);
        }
    }
    world.step("game sends ana control login_refused");
    world.heard.clear();
    let until_ms = world.now_ms + ClientLimits::default().handshake_ms + LOGIN_MS;
    while world.now_ms + 20_000 < until_ms {
        world.step("20000 ms pass");
        world.step("ana sends ping");
    }
    let rest_ms = until_ms - world.now_ms;
    world.step(&format!("{} ms pass", rest_ms - 1));
    assert!(!world.heard.iter().any(|line| line.contains("close")), "{:?}", world.heard);
    world.step("1 ms pass");
    assert!(
        world.heard.contains(&"ana hears control: close handshake_timeout".to_owned()),
        "{:?}",
        world.heard
    );
}

#[test]
fn a_player_that_is_told_why_it_goes_is_not_half_done() {
    check(
        "bo plays
         game sends bo control login_refused
         bo sends wallet_read",
        "bo hears control: login_refused
         game hears bo wallet_read",
    );
}
