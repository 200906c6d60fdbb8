//! What a fight does to those in it.

use proto::client::ArenaKilled;

use super::*;

#[test]
fn the_newest_word_counts_and_nobody_is_faster_than_it_may_be() {
    let mut table = duel();
    steer(&mut table, 1, ArenaSteer { go_x: 1_000, ..STILL }).expect("it plays");
    steer(&mut table, 1, ArenaSteer { go_y: 1_000, ..STILL }).expect("it plays");
    ticks(&mut table, 10);
    assert_eq!(at(&table, 0), (2_000, 4_500));
    steer(&mut table, 1, ArenaSteer { go_x: 1_000, go_y: 1_000, ..STILL }).expect("it plays");
    ticks(&mut table, 10);
    assert_eq!(at(&table, 0), (2_000 + 1_760, 4_500 + 1_760), "across it is as fast as along");
}

#[test]
fn who_is_away_stands_still_and_may_be_shot() {
    let mut table = duel();
    face(&mut table);
    steer(&mut table, 2, ArenaSteer { go_x: 1_000, fire: true, ..STILL }).expect("it plays");
    table.away(2).expect("it is a member");
    steer(&mut table, 1, ArenaSteer { fire: true, ..STILL }).expect("it plays");
    ticks(&mut table, 60);
    assert_eq!(table.outcome().map(|outcome| outcome.text.as_str()), Some("enough kills"));
    let end = states(&table.heard(1)).pop().expect("it was told");
    assert!(end.fighters.iter().any(|fighter| fighter.slot == 1 && fighter.hp == 0 && fighter.x == 2_000));
}

#[test]
fn four_hits_are_a_death_and_a_weapon_fires_twice_a_second() {
    let mut table = duel();
    face(&mut table);
    table.heard(1);
    steer(&mut table, 1, ArenaSteer { fire: true, ..STILL }).expect("it plays");
    ticks(&mut table, 100);
    let heard = table.heard(1);
    let states = states(&heard);
    let fired: Vec<u32> = states.iter().flat_map(|state| state.shots.iter().map(|_| state.tick)).collect();
    assert!(fired.windows(2).all(|pair| pair[1] - pair[0] == 10), "{fired:?}");
    let hp: Vec<u32> = states
        .iter()
        .flat_map(|state| &state.fighters)
        .filter(|one| one.slot == 1)
        .map(|one| one.hp)
        .collect();
    assert_eq!(hp, [75, 50, 25, 0]);
    let killed = all::<ArenaKilled>(&heard, ARENA_KILLED);
    assert_eq!(killed.iter().map(|kill| (kill.slot, kill.by, kill.kills)).collect::<Vec<_>>(), [(1, 0, 1)]);
    assert!(!table.is_open(), "one kill was enough");
}

#[test]
fn the_dead_come_back_elsewhere_and_are_safe_for_a_second() {
    let mut table = opened(2, 2, 0, 0);
    for account in [1, 2] {
        table.join(account).expect("there is room");
    }
    face(&mut table);
    steer(&mut table, 1, ArenaSteer { fire: true, ..STILL }).expect("it plays");
    while table.room().fight.fighters[1].deaths == 0 {
        ticks(&mut table, 1);
    }
    steer(&mut table, 2, ArenaSteer { go_x: -1_000, ..STILL }).expect("who is dead says where it will go");
    ticks(&mut table, 39);
    assert_eq!(table.room().fight.fighters[1].hp(), 0);
    ticks(&mut table, 1);
    let room = table.room();
    let [alive, again] = &room.fight.fighters[..] else { panic!("two fight") };
    assert_eq!(again.hp(), 100);
    assert!(again.is_safe(room.fight.tick) && !alive.is_safe(room.fight.tick));
    assert!(alive.at.minus(again.at).length() > 20_000, "{again:?}");
    ticks(&mut table, 20);
    assert!(!table.room().fight.fighters[1].is_safe(table.room().fight.tick));
}

#[test]
fn a_pillar_stops_a_shot_and_so_does_its_age() {
    let mut table = duel();
    steer(&mut table, 1, ArenaSteer { aim_x: 1_000, aim_y: 1_000, fire: true, ..STILL }).expect("it plays");
    ticks(&mut table, 1);
    steer(&mut table, 1, ArenaSteer { aim_x: 1_000, ..STILL }).expect("it plays");
    ticks(&mut table, 20);
    let states_of_it = states(&table.heard(1));
    let gone: Vec<(u32, u32)> =
        states_of_it.iter().flat_map(|state| state.gone.iter().map(|id| (*id, state.tick))).collect();
    // From 2 m to the pillar at 9 m across: 10 m of way, 707 mm of it to the east in a tick.
    assert_eq!(gone, [(0, 12)]);
    steer(&mut table, 1, ArenaSteer { fire: true, ..STILL }).expect("it plays");
    ticks(&mut table, 1);
    steer(&mut table, 1, STILL).expect("it plays");
    ticks(&mut table, 21);
    let gone: Vec<u32> =
        states(&table.heard(1)).iter().filter(|one| !one.gone.is_empty()).map(|one| one.tick).collect();
    assert_eq!(gone, [43], "20 ticks after tick 23");
}

#[test]
fn two_who_kill_each_other_at_once_share_the_first_place() {
    let mut table = duel();
    face(&mut table);
    steer(&mut table, 1, ArenaSteer { fire: true, ..STILL }).expect("it plays");
    steer(&mut table, 2, ArenaSteer { aim_y: -1_000, fire: true, ..STILL }).expect("it plays");
    ticks(&mut table, 100);
    let places = table.outcome().map(|outcome| outcome.places.clone()).unwrap_or_default();
    // The first one's last shot ends the second, whose own is on its way and arrives in the same tick.
    assert_eq!(places.iter().map(|(_, place)| *place).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn a_match_ends_at_its_time_limit() {
    let mut table = opened(2, 0, 10, 0);
    for account in [1, 2] {
        table.join(account).expect("there is room");
    }
    ticks(&mut table, 199);
    assert!(table.is_open());
    assert_eq!(table.label(), "2 fight, 0 s left");
    ticks(&mut table, 1);
    assert_eq!(table.outcome().map(|outcome| outcome.text.as_str()), Some("the time is over"));
}
