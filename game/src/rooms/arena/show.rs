//! What members are told of an arena, as messages. Decides nothing.

use proto::{
    client::{
        ArenaBegun, ArenaEnded, ArenaFighter, ArenaGathering, ArenaKilled, ArenaPlace, ArenaRules, ArenaShot,
        ArenaState, ArenaView, ArenaWall,
    },
    wire,
};

use super::{
    ending::{Place, Reason},
    field,
    fight::{self, Changes, Fight, Fighter, Kill, Shot},
    options::Rules,
};

/// Body of `arena_view`.
pub(super) fn view(rules: &Rules, fight: &Fight, left_ms: u32) -> Vec<u8> {
    wire::encode(&ArenaView { rules: Some(rules_of(rules)), state: Some(whole(fight, left_ms)) })
}

/// Body of `arena_gathering`.
pub(super) fn gathering(rules: &Rules, fight: &Fight) -> Vec<u8> {
    let players = fight.fighters.iter().map(|fighter| fighter.account.0).collect();
    wire::encode(&ArenaGathering { players, wanted: rules.players })
}

/// Body of `arena_begun`.
pub(super) fn begun(fight: &Fight, left_ms: u32) -> Vec<u8> {
    wire::encode(&ArenaBegun { state: Some(whole(fight, left_ms)) })
}

/// Body of `arena_state`: all of it.
pub(super) fn state(fight: &Fight, left_ms: u32) -> Vec<u8> {
    wire::encode(&whole(fight, left_ms))
}

/// Body of `arena_state`: what a tick made otherwise.
pub(super) fn changes(fight: &Fight, changes: &Changes, left_ms: u32) -> Vec<u8> {
    let fighters = (0_u32..).zip(&fight.fighters);
    let changed = fighters.filter(|(slot, _)| changes.fighters & (1 << slot) != 0);
    wire::encode(&ArenaState {
        tick: fight.tick,
        whole: false,
        left_ms,
        fighters: changed.map(|(slot, one)| fighter(slot, one, fight.tick)).collect(),
        shots: changes.begun.iter().map(shot).collect(),
        gone: changes.gone.clone(),
    })
}

/// Body of `arena_killed`.
pub(super) fn killed(fight: &Fight, kill: Kill, kills: u32) -> Vec<u8> {
    wire::encode(&ArenaKilled { tick: fight.tick, slot: kill.slot, by: kill.by, kills })
}

/// Body of `arena_ended`.
pub(super) fn ended(reason: Reason, places: &[Place]) -> Vec<u8> {
    let place = |place: &Place| ArenaPlace {
        account: place.account.0,
        place: place.place,
        kills: place.kills,
        deaths: place.deaths,
        gold: place.gold,
    };
    wire::encode(&ArenaEnded { reason: reason.name().to_owned(), places: places.iter().map(place).collect() })
}

fn whole(fight: &Fight, left_ms: u32) -> ArenaState {
    let fighters = (0_u32..).zip(&fight.fighters);
    ArenaState {
        tick: fight.tick,
        whole: true,
        left_ms,
        fighters: fighters
            .map(|(slot, one)| ArenaFighter { account: one.account.0, ..fighter(slot, one, fight.tick) })
            .collect(),
        shots: fight.shots.iter().map(shot).collect(),
        gone: Vec::new(),
    }
}

fn fighter(slot: u32, fighter: &Fighter, tick: u32) -> ArenaFighter {
    ArenaFighter {
        slot,
        account: 0,
        x: length(fighter.at.0),
        y: length(fighter.at.1),
        aim_x: fighter.aim.0,
        aim_y: fighter.aim.1,
        hp: fighter.hp(),
        kills: fighter.kills,
        deaths: fighter.deaths,
        safe: fighter.is_safe(tick),
        left: fighter.has_left(),
    }
}

fn shot(shot: &Shot) -> ArenaShot {
    ArenaShot {
        id: shot.id,
        slot: shot.slot,
        x: length(shot.at.0),
        y: length(shot.at.1),
        step_x: shot.step.0,
        step_y: shot.step.1,
    }
}

fn rules_of(rules: &Rules) -> ArenaRules {
    let wall = |wall: &field::Wall| ArenaWall {
        x: length(wall.corner.0),
        y: length(wall.corner.1),
        width: length(wall.size.0),
        height: length(wall.size.1),
    };
    ArenaRules {
        players: rules.players,
        kills: rules.kills,
        limit_s: rules.limit_s,
        stake: rules.stake,
        side: length(field::SIDE),
        walls: field::WALLS.iter().map(wall).collect(),
        radius: length(fight::RADIUS),
        step: length(fight::STEP),
        shot_step: length(fight::SHOT_STEP),
        shot_ticks: fight::SHOT_TICKS,
        reload_ticks: fight::RELOAD_TICKS,
        hp_max: fight::HP_MAX,
        damage: fight::DAMAGE,
        dead_ticks: fight::DEAD_TICKS,
        safe_ticks: fight::SAFE_TICKS,
    }
}

/// What is on the field is not left of it or below it.
fn length(millimetres: i32) -> u32 {
    u32::try_from(millimetres).unwrap_or(0)
}
