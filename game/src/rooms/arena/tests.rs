//! Arenas at a table, with scripts: who comes and goes, what a fight does, and whose the stakes are.

mod fights;
mod random;
mod seen;
mod stakes;

use std::time::Duration;

use proto::{
    client::{ArenaEnded, ArenaOptions, ArenaState, ArenaSteer},
    prescan::Budget,
    wire,
};

use super::*;
use crate::table::Table;

type Heard = Vec<(u32, Vec<u8>)>;

fn opened(players: u32, kills: u32, limit_s: u32, stake: u32) -> Table<Arena> {
    let options = ArenaOptions { players, kills, limit_s, stake };
    Table::open(&wire::encode(&options), 7).expect("the options are right")
}

/// A match of two that has begun: the first stands in the lower left corner, the second in the upper right.
fn duel() -> Table<Arena> {
    let mut table = opened(2, 1, 0, 0);
    for account in [1, 2] {
        table.join(account).expect("there is room");
    }
    table
}

const STILL: ArenaSteer = ArenaSteer { go_x: 0, go_y: 0, aim_x: 0, aim_y: 0, fire: false };

fn steer(table: &mut Table<Arena>, account: u64, steer: ArenaSteer) -> Result<(), Refusal> {
    table.say(account, ARENA_STEER, &wire::encode(&steer)).map(drop)
}

fn ticks(table: &mut Table<Arena>, count: u32) {
    table.pass(Duration::from_millis(50) * count);
}

fn all<M: Told>(heard: &Heard, kind: u32) -> Vec<M> {
    heard.iter().filter(|(one, _)| *one == kind).map(|(_, body)| M::read(body)).collect()
}

/// What members are told.
trait Told: Sized {
    fn read(body: &[u8]) -> Self;
}

macro_rules! told {
    ($($message:ident),*) => {
        $(impl Told for proto::client::$message {
            fn read(body: &[u8]) -> Self {
                wire::decode(body, Budget::CLIENT).expect("it is that message")
            }
        })*
    };
}
told!(ArenaBegun, ArenaEnded, ArenaGathering, ArenaKilled, ArenaState, ArenaView);

/// Where a fighter stands.
fn at(table: &Table<Arena>, slot: usize) -> (i32, i32) {
    let Vector(x, y) = table.room().fight.fighters[slot].at;
    (x, y)
}

/// Brings both of a duel to the left edge, the second 20 m above the first at most, aiming at each other.
fn face(table: &mut Table<Arena>) {
    steer(table, 2, ArenaSteer { go_x: -1_000, ..STILL }).expect("it plays");
    steer(table, 1, ArenaSteer { go_y: 1_000, aim_y: 1_000, ..STILL }).expect("it plays");
    ticks(table, 60);
    steer(table, 1, ArenaSteer { aim_y: 1_000, ..STILL }).expect("it plays");
    ticks(table, 44);
    steer(table, 2, STILL).expect("it plays");
    assert_eq!((at(table, 0), at(table, 1)), ((2_000, 17_000), (2_000, 28_000)));
}

#[test]
fn a_match_begins_when_as_many_are_there_as_it_wants() {
    let mut table = opened(3, 0, 0, 0);
    for account in [1, 2] {
        table.join(account).expect("there is room");
    }
    ticks(&mut table, 100);
    assert!(!table.room().fight.has_begun());
    assert_eq!(table.label(), "2 of 3 wait");
    table.join(3).expect("there is room");
    assert!(table.room().fight.has_begun());
    assert_eq!(table.label(), "3 fight, 180 s left");
    let heard = table.heard(1);
    let gathered = all::<proto::client::ArenaGathering>(&heard, ARENA_GATHERING);
    assert_eq!(gathered.last().map(|gathering| gathering.players.clone()), Some(vec![1, 2, 3]));
    assert_eq!(heard.iter().filter(|(kind, _)| *kind == ARENA_BEGUN).count(), 1);
    assert_eq!(table.join(4), Err(Refusal("already_begun")));
    assert_eq!(table.spectate(4), Ok(()), "who looks on may come at any time");
}

#[test]
fn whoever_is_away_does_not_count_as_there_and_is_in_it_all_the_same() {
    let mut table = opened(2, 0, 0, 0);
    table.join(1).expect("there is room");
    table.away(1).expect("it is a member");
    table.join(2).expect("there is room");
    assert!(!table.room().fight.has_begun(), "one of two is away");
    table.back(1).expect("it is a member");
    assert!(table.room().fight.has_begun());

    let mut table = opened(2, 0, 0, 0);
    table.join(1).expect("there is room");
    table.away(1).expect("it is a member");
    table.join(2).expect("there is room");
    table.join(3).expect("there is room");
    assert!(table.room().fight.has_begun());
    assert_eq!(table.room().fight.fighters.len(), 3);
}

#[test]
fn an_arena_to_which_nobody_comes_ends_after_half_an_hour() {
    let mut table = opened(2, 0, 0, 50);
    table.set_gold(1, 100);
    table.join(1).expect("it has the gold");
    table.pass(Duration::from_secs(29 * 60));
    assert!(table.is_open());
    table.pass(Duration::from_secs(60));
    assert_eq!(table.outcome().map(|outcome| outcome.text.as_str()), Some("nobody came"));
    assert!(table.outcome().is_some_and(|outcome| outcome.places.is_empty()));
    assert_eq!((table.gold(1), table.staked(1)), (100, 0), "the stake came back");
    let ended = all::<ArenaEnded>(&table.heard(1), ARENA_ENDED);
    assert_eq!(ended.iter().map(|ended| ended.reason.as_str()).collect::<Vec<_>>(), ["nobody_came"]);
}

#[test]
fn an_arena_ticks_only_while_it_fights_and_a_fighter_is_there() {
    let mut table = opened(2, 0, 30, 0);
    table.spectate(9).expect("there is room");
    table.join(1).expect("there is room");
    table.pass(Duration::from_secs(60));
    assert!(!table.ticks());
    assert_eq!(table.replay().inputs.len(), 2, "whoever waits costs the journal nothing");
    table.join(2).expect("there is room");
    assert!(table.ticks());
    ticks(&mut table, 20);
    table.away(1).expect("it is a member");
    ticks(&mut table, 20);
    table.away(2).expect("it is a member");
    assert!(!table.ticks());
    table.crash();
    let then = table.replay().inputs.len();
    table.pass(Duration::from_secs(10));
    assert_eq!(table.replay().inputs.len(), then, "nobody is there to see a tick");
    assert_eq!(table.room().fight.tick, 41);
    table.back(2).expect("it is a member");
    ticks(&mut table, 20);
    assert_eq!(table.room().fight.tick, 61, "it goes on where it was");
    table.away(2).expect("it is a member");
    table.pass(Duration::from_secs(17) - Duration::from_millis(1));
    assert!(table.is_open());
    table.pass(Duration::from_millis(1));
    assert_eq!(table.outcome().map(|outcome| outcome.text.as_str()), Some("the time is over"));
}

#[test]
fn options_out_of_bounds_are_refused_by_name() {
    let usual = ArenaOptions::default();
    for wrong in [
        ArenaOptions { players: 1, ..usual },
        ArenaOptions { players: 17, ..usual },
        ArenaOptions { kills: 51, ..usual },
        ArenaOptions { limit_s: 9, ..usual },
        ArenaOptions { limit_s: 601, ..usual },
        ArenaOptions { stake: 1_000_001, ..usual },
    ] {
        let refused = Table::<Arena>::open(&wire::encode(&wrong), 1).err();
        assert_eq!(refused, Some(Refusal("bad_options")), "{wrong:?}");
    }
    assert_eq!(Table::<Arena>::open(&[0xff], 1).err(), Some(Refusal("bad_options")));
    assert!(Table::<Arena>::open(&[], 1).is_ok());
}

#[test]
fn what_cannot_be_is_refused_by_name_in_every_state() {
    let mut table = opened(2, 0, 0, 0);
    table.join(1).expect("there is room");
    table.spectate(9).expect("there is room");
    assert_eq!(steer(&mut table, 1, STILL), Err(Refusal("not_begun")));
    table.join(2).expect("there is room");
    assert_eq!(steer(&mut table, 9, STILL), Err(Refusal("not_a_player")));
    assert_eq!(steer(&mut table, 77, STILL), Err(Refusal("not_in_room")));
    for beyond in [i32::MIN, -1_001, 1_001, i32::MAX] {
        for wrong in [
            ArenaSteer { go_x: beyond, ..STILL },
            ArenaSteer { go_y: beyond, ..STILL },
            ArenaSteer { aim_x: beyond, ..STILL },
            ArenaSteer { aim_y: beyond, ..STILL },
        ] {
            assert_eq!(steer(&mut table, 1, wrong), Err(Refusal("out_of_range")));
        }
    }
    assert_eq!(table.say(1, ARENA_STEER, &[0xff]), Err(Refusal("bad_body")));
    for kind in [ARENA_VIEW, ARENA_STATE, ARENA_ENDED, 1_089, 1_110] {
        assert_eq!(table.say(1, kind, &[]), Err(Refusal("unknown_kind")));
    }
    assert_eq!(table.staff("stop", &[]), Err(Refusal("unknown_signal")));
}

#[test]
fn who_has_left_a_fight_may_look_on_but_not_play() {
    let mut table = opened(3, 0, 0, 0);
    for account in [1, 2, 3] {
        table.join(account).expect("there is room");
    }
    table.leave(1).expect("it is a member");
    assert_eq!(table.join(1), Err(Refusal("already_begun")));
    table.spectate(1).expect("there is room");
    assert_eq!(steer(&mut table, 1, STILL), Err(Refusal("not_a_player")));
    table.away(1).expect("it is a member");
    table.back(1).expect("it is a member");
    table.leave(1).expect("it is a member");
    assert!(table.is_open(), "two still fight");
}

#[test]
fn a_crash_in_the_middle_of_a_fight_changes_nothing() {
    let mut table = duel();
    face(&mut table);
    steer(&mut table, 1, ArenaSteer { fire: true, ..STILL }).expect("it plays");
    ticks(&mut table, 5);
    table.crash();
    ticks(&mut table, 60);
    assert_eq!(
        table.outcome().map(|outcome| outcome.places.clone()),
        Some(vec![(AccountId(1), 1), (AccountId(2), 2)])
    );
}

fn states(heard: &Heard) -> Vec<ArenaState> {
    all(heard, ARENA_STATE)
}
