//! What a player of an arena makes of what it is told, and what it does about it.

use std::time::Duration;

use proto::{
    client::{ArenaFighter, ArenaPlace, ArenaRules, ArenaShot, ArenaWall},
    wire::Typed,
};
use rand_chacha::rand_core::SeedableRng as _;

use super::*;

const CHOICES: Choices = Choices { think: Duration::ZERO, stake: 10 };

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn rules() -> ArenaRules {
    ArenaRules {
        players: 2,
        kills: 1,
        limit_s: 60,
        stake: 10,
        side: 30_000,
        walls: vec![ArenaWall { x: 9_000, y: 9_000, width: 2_000, height: 2_000 }],
        radius: 400,
        step: 250,
        shot_step: 1_000,
        shot_ticks: 20,
        reload_ticks: 10,
        hp_max: 100,
        damage: 25,
        dead_ticks: 40,
        safe_ticks: 20,
    }
}

fn fighter(slot: u32, x: u32, y: u32) -> ArenaFighter {
    let account = if slot == 0 { 7 } else { 9 };
    ArenaFighter { slot, account, x, y, aim_x: 1_000, hp: 100, ..ArenaFighter::default() }
}

fn tick(tick: u32, fighters: &[ArenaFighter]) -> ArenaState {
    ArenaState { tick, left_ms: 50_000, fighters: fighters.to_vec(), ..ArenaState::default() }
}

/// Account 7 at 5 m, 20 m; account 9 8 m east of it; at tick 2.
struct Scene {
    gladiator: Gladiator,
    found: Vec<Finding>,
    rng: ChaCha8Rng,
}

impl Scene {
    fn new() -> Self {
        let mut scene = Self {
            gladiator: Gladiator::new(7, CHOICES),
            found: Vec::new(),
            rng: ChaCha8Rng::seed_from_u64(1),
        };
        let all =
            ArenaState { whole: true, ..tick(1, &[fighter(0, 5_000, 20_000), fighter(1, 13_000, 20_000)]) };
        scene.hear(kinds::VIEW, &ArenaView { rules: Some(rules()), state: Some(ArenaState::default()) });
        scene.hear(kinds::BEGUN, &ArenaBegun { state: Some(all.clone()) });
        scene.hear(kinds::STATE, &ArenaState { tick: 2, ..all });
        assert_eq!(scene.codes(), [""; 0]);
        scene
    }

    fn hear<M: Typed>(&mut self, kind: u32, message: &M) {
        self.found.extend(self.gladiator.hear(kind, &message.to_body(), now()).err());
    }

    fn state(&mut self, state: &ArenaState) {
        self.hear(kinds::STATE, state);
    }

    fn steer(&mut self) -> Option<ArenaSteer> {
        self.gladiator.steer(&mut self.rng)
    }

    fn codes(&self) -> Vec<&str> {
        self.found.iter().map(|finding| finding.code).collect()
    }
}

/// What is found when this comes at tick 3.
fn found(state: &ArenaState) -> Vec<String> {
    let mut scene = Scene::new();
    scene.state(state);
    scene.codes().into_iter().map(str::to_owned).collect()
}

#[test]
fn it_goes_for_the_nearest_and_fires_when_that_is_in_reach() {
    let mut scene = Scene::new();
    let wanted = scene.steer().expect("it sees somebody");
    assert_eq!(wanted, ArenaSteer { go_x: 1_000, go_y: 0, aim_x: 1_000, aim_y: 0, fire: true });
    assert_eq!(scene.steer(), None, "not each tick");
    for now in 3..=6 {
        scene.state(&tick(now, &[fighter(0, 5_000 + (now - 2) * 250, 20_000)]));
    }
    assert!(scene.steer().is_some());
    assert_eq!(scene.codes(), [""; 0]);
}

#[test]
fn whoever_is_out_of_reach_or_safe_is_not_fired_at() {
    let mut scene = Scene::new();
    scene.state(&tick(3, &[ArenaFighter { safe: true, ..fighter(1, 13_000, 20_000) }]));
    assert!(scene.steer().is_some_and(|wanted| !wanted.fire));
    let mut scene = Scene::new();
    let far = ArenaFighter { deaths: 1, ..fighter(1, 28_000, 20_000) };
    scene.state(&tick(3, &[far]));
    assert!(scene.steer().is_some_and(|wanted| !wanted.fire && wanted.go_x == 1_000));
}

#[test]
fn where_it_does_not_get_on_it_goes_aside() {
    let mut scene = Scene::new();
    scene.steer();
    for now in 3..=6 {
        scene.state(&tick(now, &[]));
    }
    let wanted = scene.steer().expect("it sees somebody");
    assert_eq!((wanted.go_x, wanted.go_y.abs()), (0, 1_000));
}

#[test]
fn near_its_target_it_goes_around_it_within_what_may_be_said() {
    let mut scene = Scene::new();
    scene.state(&tick(3, &[ArenaFighter { deaths: 1, ..fighter(1, 7_000, 21_000) }]));
    let wanted = scene.steer().expect("it sees somebody");
    assert!([wanted.go_x, wanted.go_y].iter().all(|part| part.abs() <= 1_000), "{wanted:?}");
    assert!(wanted.go_x * wanted.aim_x + wanted.go_y * wanted.aim_y < 0, "not nearer: {wanted:?}");
}

#[test]
fn alone_it_stands_and_after_the_end_it_says_nothing() {
    let mut scene = Scene::new();
    scene.state(&tick(3, &[ArenaFighter { hp: 0, deaths: 1, ..fighter(1, 13_000, 20_000) }]));
    assert_eq!(scene.steer(), Some(ArenaSteer::default()));
    scene.hear(kinds::ENDED, &ArenaEnded { reason: "nobody_came".to_owned(), places: Vec::new() });
    for now in 4..=10 {
        scene.state(&tick(now, &[]));
    }
    assert_eq!(scene.steer(), None);
}

#[test]
fn what_cannot_be_is_found() {
    let at = fighter;
    let shot = ArenaShot { id: 0, slot: 0, x: 5_000, y: 20_000, step_x: 1_000, step_y: 0 };
    let fired = |shot| found(&ArenaState { shots: vec![shot], ..tick(3, &[]) });
    assert_eq!(found(&tick(3, &[at(0, 5_250, 20_000)])), [""; 0]);
    assert_eq!(found(&tick(3, &[at(0, 5_300, 20_000)])), ["arena_too_fast"]);
    assert_eq!(found(&tick(4, &[])), ["arena_gap"]);
    assert_eq!(found(&tick(2, &[at(0, 9_000, 20_000)])), [""; 0], "old news are passed over");
    assert_eq!(found(&tick(3, &[ArenaFighter { deaths: 1, ..at(0, 399, 20_000) }])), ["arena_off_field"]);
    assert_eq!(found(&tick(3, &[ArenaFighter { deaths: 1, ..at(0, 8_700, 10_000) }])), ["arena_off_field"]);
    assert_eq!(found(&tick(3, &[ArenaFighter { hp: 125, ..at(0, 5_000, 20_000) }])), ["arena_health"]);
    assert_eq!(found(&tick(3, &[ArenaFighter { hp: 90, ..at(0, 5_000, 20_000) }])), ["arena_health"]);
    assert_eq!(fired(shot), [""; 0]);
    assert_eq!(fired(ArenaShot { step_y: 300, ..shot }), ["arena_shot_speed"]);
    assert_eq!(fired(ArenaShot { x: 6_000, ..shot }), ["arena_shot_from"]);
    assert_eq!(found(&ArenaState { gone: vec![5], ..tick(3, &[]) }), ["arena_shot_gone"]);
    assert_eq!(found(&ArenaState { left_ms: 60_001, ..tick(3, &[]) }), ["arena_too_long"]);
    let late = ArenaState { whole: true, ..tick(1_203, &[]) };
    assert_eq!(found(&late), ["arena_too_long"]);
}

#[test]
fn who_fires_too_often_and_shots_that_never_end_are_found() {
    let mut scene = Scene::new();
    let shot = ArenaShot { id: 0, slot: 0, x: 5_000, y: 20_000, step_x: 0, step_y: 1_000 };
    scene.state(&ArenaState { shots: vec![shot], ..tick(3, &[]) });
    for now in 4..=11 {
        scene.state(&tick(now, &[]));
    }
    scene.state(&ArenaState { shots: vec![ArenaShot { id: 1, ..shot }], gone: vec![0], ..tick(12, &[]) });
    assert_eq!(scene.codes(), ["arena_fires_often"]);
    for now in 13..=31 {
        scene.state(&tick(now, &[]));
    }
    assert_eq!(scene.codes(), ["arena_fires_often"]);
    scene.state(&tick(32, &[]));
    assert_eq!(scene.codes(), ["arena_fires_often", "arena_shot_old"]);
}

fn ended(reason: &str, places: [(u64, u32, u32, u32, i64); 2]) -> ArenaEnded {
    let place = |(account, place, kills, deaths, gold)| ArenaPlace { account, place, kills, deaths, gold };
    ArenaEnded { reason: reason.to_owned(), places: places.map(place).to_vec() }
}

#[test]
fn the_end_is_the_sum_of_what_was_told() {
    let kill = ArenaKilled { tick: 9, slot: 1, by: 0, kills: 1 };
    let judged = |kills: &[ArenaKilled], end: ArenaEnded| {
        let mut scene = Scene::new();
        kills.iter().for_each(|kill| scene.hear(kinds::KILLED, kill));
        scene.hear(kinds::ENDED, &end);
        let codes: Vec<String> = scene.codes().into_iter().map(str::to_owned).collect();
        codes
    };
    let right = [(7, 1, 1, 0, 20), (9, 2, 0, 1, 0)];
    assert_eq!(judged(&[kill], ended("kills", right)), [""; 0]);
    assert_eq!(judged(&[], ended("kills", right)), ["arena_kills"], "one was not told");
    assert_eq!(judged(&[kill, kill], ended("kills", right)), ["arena_kills"], "one was told twice");
    assert_eq!(judged(&[kill], ended("time", right)), ["arena_ended"]);
    assert_eq!(judged(&[kill], ended("kills", [right[0], (9, 2, 0, 2, 0)])), ["arena_kills"]);
    assert_eq!(judged(&[kill], ended("kills", [(7, 1, 1, 0, 15), right[1]])), ["arena_gold"]);
    assert_eq!(judged(&[kill], ended("kills", [(9, 1, 0, 1, 20), (7, 2, 1, 0, 0)])), ["arena_ended"]);
    assert_eq!(judged(&[], ended("alone", [(7, 1, 0, 0, 20), (9, 2, 0, 0, 0)])), [""; 0]);
    assert_eq!(
        judged(&[], ended("time", [(8, 1, 0, 0, 10), (9, 1, 0, 0, 10)])).first().map(String::as_str),
        Some("arena_places")
    );
}

#[test]
fn another_server_may_tell_of_an_earlier_tick_and_kills_are_counted_from_its_view() {
    let mut scene = Scene::new();
    scene.state(&tick(3, &[]));
    scene.gladiator.interrupted();
    let again = ArenaState {
        whole: true,
        ..tick(2, &[fighter(0, 5_000, 20_000), ArenaFighter { kills: 1, ..fighter(1, 13_000, 20_000) }])
    };
    scene.state(&again);
    scene.hear(kinds::VIEW, &ArenaView { rules: Some(rules()), state: Some(again) });
    scene.state(&tick(3, &[]));
    scene.hear(kinds::KILLED, &ArenaKilled { tick: 4, slot: 0, by: 1, kills: 2 });
    assert_eq!(scene.codes(), [""; 0]);
}

#[test]
fn everybody_is_told_the_same_end_and_each_its_own_gold() {
    let end = ended("kills", [(7, 1, 1, 0, 20), (9, 2, 0, 1, 0)]);
    let outcomes = [7, 9].map(|account| {
        let mut gladiator = Gladiator::new(account, CHOICES);
        assert_eq!(gladiator.end(), None);
        gladiator.hear(kinds::ENDED, &end.to_body(), now()).expect("it can be");
        gladiator.end().map(|end| (end.told, end.gold)).expect("it is over")
    });
    let told = "kills 1:7:1:0 2:9:0:1".to_owned();
    assert_eq!(outcomes, [(told.clone(), 10), (told, -10)]);
    assert!(Gladiator::new(7, CHOICES).may_bring(-10) && !Gladiator::new(7, CHOICES).may_bring(31));
}

#[test]
fn what_is_no_message_of_the_room_is_found() {
    let code = |kind, body: &[u8]| {
        Gladiator::new(7, CHOICES).hear(kind, body, now()).err().map(|finding| finding.code)
    };
    assert_eq!(code(kinds::STATE, &[0xff]), Some("arena_garbled"));
    assert_eq!(code(kinds::STEER, &[]), Some("arena_stray"));
}
