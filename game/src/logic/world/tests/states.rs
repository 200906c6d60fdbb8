//! Every kind of message in every state of a session, a trade and a character (reliability F67): refused, with
//! nothing changed, or executed as the models say, or the end of the connection; never half.

mod before;
mod deals;
mod kinds;
mod life;
mod look;
mod random;
mod scenes;
mod shape;
mod watched;

use std::collections::BTreeMap;

use proto::kinds::{self as wire, Class, KindDef};

use self::{
    kinds::{Facts, garbage, has_message, of_clients, says},
    scenes::{Character, Scene, Session},
    shape::Shape,
    watched::{Outcome, Sent, Watched},
};
use super::*;

#[test]
fn every_kind_that_a_client_may_send_has_bodies_here() {
    let watched = Watched::new(with_cache_of(100));
    let facts = Facts::of(&watched, "ana");
    let unknown: Vec<&str> = of_clients(&watched.play)
        .iter()
        .filter(|def| says(&facts, def.kind).is_none())
        .map(|def| def.name)
        .collect();
    assert!(unknown.is_empty(), "say in states/kinds.rs what these can say: {unknown:?}");
}

/// How often each kind came to what.
type Counts = BTreeMap<String, BTreeMap<String, usize>>;

/// Every kind in every scene with this session is executed or refused whole.
fn try_all(session: Session) -> Counts {
    let mut came_to = Counts::new();
    for (nth, scene) in scenes::all().enumerate().filter(|(_, scene)| scene.session == session) {
        let mut stage = Stage::new(scene);
        for def in of_clients(&stage.watched.play).iter().filter(|def| def.class != Class::Control) {
            let some = if session == Session::Plain { 4 } else { 1 };
            for at in chosen(stage.bodies(def).len(), some, nth) {
                // There may be fewer than at first.
                let bodies = stage.bodies(def);
                stage.tries(def, &bodies[at % bodies.len()], &mut came_to);
            }
            for at in chosen(garbage(def).len(), 1, nth) {
                stage.tries(def, &garbage(def)[at], &mut came_to);
            }
            stage.watched.check_rows(&format!("{scene:?}: {}", def.name));
            stage.is_filled_again();
        }
    }
    println!("{session:?}: {came_to:#?}");
    came_to
}

#[test]
fn each_kind_in_each_state_is_executed_or_refused_whole() {
    let came_to = try_all(Session::Plain);
    let is_own = |kind: &&String| wire::BUILT_IN.iter().any(|def| def.name == kind.as_str());
    let was_done = |kind: &&String| came_to[*kind].contains_key("Ok");
    let never: Vec<&String> = came_to.keys().filter(is_own).filter(|kind| !was_done(kind)).collect();
    assert!(came_to.keys().filter(|kind| !is_own(kind)).all(|kind| !was_done(&kind)), "outside of its room");
    // These are for fights, rooms or matches that are over, or have no answer.
    let no_place = ["attack", "move", "replay_fetch", "replay_stop", "replay_watch", "respawn"];
    let no_room = ["room_answer", "room_leave", "room_match", "room_match_cancel"];
    assert_eq!(never, [&no_place[..], &no_room].concat());
}

#[test]
fn so_it_is_for_the_muted() {
    try_all(Session::Muted);
}

#[test]
fn so_it_is_while_no_record_can_be_made() {
    try_all(Session::PipelineFull);
}

#[test]
fn so_it_is_while_the_store_is_away() {
    try_all(Session::StoreAway);
}

#[test]
fn so_it_is_behind_a_command_that_waits_for_rows() {
    try_all(Session::WaitsForRows);
}

#[test]
fn so_it_is_behind_a_command_that_waits_for_a_hash() {
    try_all(Session::WaitsForHash);
}

#[test]
fn so_it_is_for_those_who_send_too_much() {
    try_all(Session::OverBudget);
}

#[test]
fn so_it_is_in_a_room() {
    try_all(Session::InRoom);
}

/// A scene that is set again whenever it has become another one.
struct Stage {
    scene: Scene,
    watched: Watched,
    at_first: Shape,
    /// All that there were at first.
    items: Vec<u64>,
    done: usize,
}

impl Stage {
    fn new(scene: Scene) -> Self {
        let watched = scene.build();
        let items = watched.look().goods().items.into_keys().collect();
        Self { scene, at_first: Shape::of(&watched.play), items, watched, done: 0 }
    }

    fn bodies(&self, def: &KindDef) -> Vec<Vec<u8>> {
        says(&Facts::of(&self.watched, "ana"), def.kind).unwrap_or_default()
    }

    fn tries(&mut self, def: &KindDef, body: &[u8], came_to: &mut Counts) {
        let outcome = tries(&mut self.watched, self.scene, def, body);
        let of_kind = came_to.entry(def.name.to_owned()).or_default();
        *of_kind.entry(format!("{outcome:?}")).or_default() += 1;
        self.is_set_again(&outcome);
    }

    /// What one kind has thrown away or used up is there for the next.
    fn is_filled_again(&mut self) {
        let items = self.watched.look().goods().items;
        if self.items.iter().any(|item| !items.contains_key(item)) {
            *self = Self::new(self.scene);
        }
    }

    fn is_set_again(&mut self, outcome: &Outcome) {
        self.done += usize::from(matches!(outcome, Outcome::Ok | Outcome::Waits));
        if self.scene.session.goes_by() {
            self.scene.bring_session(&mut self.watched);
        }
        let is_same = self.at_first.is_the_scene_of(&Shape::of(&self.watched.play));
        if !is_same || DONE_MAX <= self.done {
            self.watched.check_rows(&format!("{:?}", self.scene));
            *self = Self::new(self.scene);
        }
    }
}

/// Executed commands after which things may have become too few.
const DONE_MAX: usize = 40;

/// Which of so many bodies are tried in the nth scene: all in the tier `full`; else about `some` of them, the first
/// always, and others in each scene.
fn chosen(count: usize, some: usize, nth: usize) -> Vec<usize> {
    let is_full = std::env::var_os("DING_TIER").is_some_and(|tier| tier == "full");
    let is_in =
        |at: &usize| is_full || *at == 0 && 1 < some || (at + nth).is_multiple_of(count.div_ceil(some));
    (0..count).filter(is_in).collect()
}

/// One body in one scene, and what no model has to be asked for.
#[track_caller]
fn tries(watched: &mut Watched, scene: Scene, def: &KindDef, body: &[u8]) -> Outcome {
    let outcome = watched.sends(&Sent { name: "ana", kind: def.kind, cseq: None, body });
    let case = format!("{scene:?}: {} {body:?}: {outcome:?}", def.name);
    let is_done = matches!(outcome, Outcome::Ok | Outcome::Waits);
    if [vec![0xff], vec![0x08], vec![0x0a, 0x7f, 1]].contains(&body.to_vec()) && has_message(def.kind) {
        let is_refused = match &outcome {
            Outcome::Rejected(error) => def.class == Class::Command && error == "bad_body",
            Outcome::Closed(reason) => def.class == Class::Signal && reason == "bad_body",
            Outcome::Later(error) => error == "too_fast",
            Outcome::Silence => scene.session == Session::OverBudget,
            Outcome::Ok | Outcome::Waits => false,
        };
        assert!(is_refused, "{case}");
    }
    if !is_done {
        return outcome;
    }
    assert!(scene.session != Session::OverBudget, "{case}");
    assert!(scene.session != Session::Muted || !SPEAKS.contains(&def.kind), "{case}");
    let is_there = matches!(scene.character, Character::Played | Character::Other | Character::Dead);
    assert!(is_there || !needs_character(def.kind, scene.character), "{case}");
    assert!(scene.character != Character::Dead || !needs_life(def.kind), "{case}");
    outcome
}

/// What the muted do not do.
const SPEAKS: [u32; 4] = [wire::CHAT_SAY, wire::CHAT_NEAR, wire::CHAT_PRIVATE, wire::MAIL_SEND];

/// What nobody does without a character in the world; one that was left standing can be taken out of it.
fn needs_character(kind: u32, character: Character) -> bool {
    let is_goods = (wire::BAG_READ..=wire::MAIL_DELETE).contains(&kind);
    let is_left = character == Character::LeftStanding;
    is_goods || [wire::CHAT_NEAR, wire::CHAT_PRIVATE].contains(&kind) || kind == wire::CHAR_LEAVE && !is_left
}

/// What the dead do not do.
fn needs_life(kind: u32) -> bool {
    (wire::TRADE_ASK..=wire::TRADE_CANCEL).contains(&kind) || [wire::ITEM_USE, wire::ATTACK].contains(&kind)
}
