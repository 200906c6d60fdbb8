//! What members see of a fight: the changes of its ticks add up to all of it.

use std::collections::BTreeMap;

use proto::client::{ArenaBegun, ArenaFighter, ArenaShot, ArenaView};

use super::*;

/// All that a client knows.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Seen {
    tick: u32,
    fighters: BTreeMap<u32, ArenaFighter>,
    shots: BTreeMap<u32, ArenaShot>,
}

impl Seen {
    pub(super) fn whole(state: &ArenaState) -> Self {
        assert!(state.whole);
        let fighters =
            state.fighters.iter().map(|one| (one.slot, ArenaFighter { account: 0, ..*one })).collect();
        let shots = state.shots.iter().map(|shot| (shot.id, *shot)).collect();
        Self { tick: state.tick, fighters, shots }
    }

    pub(super) fn hear(&mut self, state: &ArenaState) {
        assert_eq!(state.tick, self.tick + 1, "none was left out");
        if state.whole {
            return *self = Self::whole(state);
        }
        self.tick = state.tick;
        for shot in self.shots.values_mut() {
            shot.x = shot.x.wrapping_add_signed(shot.step_x);
            shot.y = shot.y.wrapping_add_signed(shot.step_y);
        }
        for id in &state.gone {
            assert!(self.shots.remove(id).is_some(), "shot {id} was there");
        }
        self.fighters.extend(state.fighters.iter().map(|one| (one.slot, *one)));
        self.shots.extend(state.shots.iter().map(|shot| (shot.id, *shot)));
    }
}

/// What it would see that sees all of it now.
pub(super) fn now(table: &Table<Arena>) -> Seen {
    let room = table.room();
    let body = show::state(&room.fight, room.left_ms);
    Seen::whole(&wire::decode::<ArenaState>(&body, Budget::CLIENT).expect("it is a state"))
}

#[test]
fn the_changes_of_all_ticks_add_up_to_what_is() {
    let mut table = duel();
    table.heard(9);
    table.spectate(9).expect("there is room");
    let view = all::<ArenaView>(&table.heard(9), ARENA_VIEW).pop().expect("it is shown all");
    assert!(view.rules.is_some_and(|rules| rules.players == 2 && rules.walls.len() == 4));
    let mut seen = Seen::whole(&view.state.expect("all of it"));
    let begun = all::<ArenaBegun>(&table.heard(1), ARENA_BEGUN).pop().expect("it began");
    assert_eq!(Seen::whole(&begun.state.expect("all of it")), seen);
    steer(&mut table, 1, ArenaSteer { go_x: 700, go_y: 300, aim_x: 5, aim_y: 9, fire: true })
        .expect("it plays");
    steer(&mut table, 2, ArenaSteer { go_x: -1_000, go_y: -1_000, aim_x: -1, aim_y: 0, fire: true })
        .expect("it plays");
    let mut whole = Vec::new();
    for _ in 0..150 {
        ticks(&mut table, 1);
        for state in states(&table.heard(9)) {
            whole.extend(state.whole.then_some(state.tick));
            seen.hear(&state);
        }
        assert_eq!(seen, now(&table));
    }
    assert_eq!(whole, [2, 102], "the first tick is all of it, for it may arrive before the beginning");
}

#[test]
fn somebody_who_comes_back_sees_all_of_it() {
    let mut table = duel();
    ticks(&mut table, 30);
    table.away(1).expect("it is a member");
    ticks(&mut table, 30);
    table.heard(1);
    table.back(1).expect("it is a member");
    let view = all::<ArenaView>(&table.heard(1), ARENA_VIEW).pop().expect("it is shown all");
    let state = view.state.expect("all of it");
    assert_eq!((state.tick, state.left_ms), (61, 177_000));
    assert_eq!(state.fighters.iter().map(|one| one.account).collect::<Vec<_>>(), [1, 2]);
}
