//! Very many rooms at once: chess in all of them with a move every two seconds, and rooms in which somebody waits. What
//! each costs game in memory is printed and bounded. Knows nothing of what rooms keep there.
//!
//! `DING_TIER=full` plays the figures that docs/PROMISES.md names, with a release build.

use std::{
    sync::mpsc::{RecvTimeoutError, sync_channel},
    time::{Duration, Instant},
};

use proto::{
    client::{ChessMove, ChessOptions, RoomCreate, RoomJoin, RoomJoined, Status},
    kinds::{ROOM_CREATE, ROOM_JOIN},
    prescan::Budget,
    wire,
};

use crate::support::{
    Tier,
    player::Player,
    stack::{Role, Stack},
};

fn stack() -> Stack {
    Stack::start(&SETTINGS.map(|setting| ["--set", setting]).concat())
}

fn players(stack: &Stack, many: usize) -> Vec<Player> {
    (0..many).map(|_| Player::guest(stack.listen)).collect()
}

/// Opens a room in which it waits; its name.
fn opens(player: &mut Player) -> String {
    let options = ChessOptions { base_s: Some(3_600), opener: 1, ..ChessOptions::default() };
    let create = RoomCreate {
        kind: "chess".to_owned(),
        options: wire::encode(&options).into(),
        ..RoomCreate::default()
    };
    let joined = player.ok(ROOM_CREATE, &wire::encode(&create));
    wire::decode::<RoomJoined>(&joined, Budget::CLIENT).expect("a room").name
}

/// What game has in memory once all is written down that is under way.
fn resident_kib(stack: &Stack) -> u64 {
    stack.until("all is stored", || stack.figure(Role::Game, "inflight_records") == 0);
    stack.resident_kib(Role::Game)
}

/// What a room costs, held to a bound.
fn judge(what: &str, rooms: usize, before_kib: u64, after_kib: u64, bytes_max: u64) {
    let bytes = after_kib.saturating_sub(before_kib) * 1_024 / u64::try_from(rooms).expect("a count");
    println!("| {rooms} {what} | {before_kib} KiB before | {after_kib} KiB | {bytes} bytes a room |");
    assert!(bytes <= bytes_max, "{bytes} bytes a room, at most {bytes_max}");
}

#[test]
fn rooms_in_which_somebody_waits_cost_little_memory() {
    let rooms = Tier::current().pick(300, 5_000);
    let stack = stack();
    let mut all = players(&stack, rooms);
    let before = resident_kib(&stack);
    all.iter_mut().for_each(|player| drop(opens(player)));
    assert_eq!(stack.figure(Role::Game, "rooms"), i64::try_from(rooms).expect("a count"));
    judge("idle rooms", rooms, before, resident_kib(&stack), IDLE_BYTES_MAX);
    // Each still answers.
    assert!(all.iter_mut().all(|player| 0 < player.gold()));
    assert!(stack.stop().status.success());
}

#[test]
fn chess_is_played_in_very_many_rooms_at_once_and_every_move_is_answered() {
    let tier = Tier::current();
    let (rooms, plies) = (tier.pick(100, 2_000), tier.pick(6, 30));
    let stack = stack();
    let mut tables: Vec<[Player; 2]> = Vec::new();
    for _ in 0..rooms {
        tables.push([Player::guest(stack.listen), Player::guest(stack.listen)]);
    }
    let before = resident_kib(&stack);
    for [white, black] in &mut tables {
        let room = opens(white);
        black.ok(ROOM_JOIN, &wire::encode(&RoomJoin { room, spectate: false }));
    }
    assert_eq!(stack.figure(Role::Game, "rooms"), i64::try_from(rooms).expect("a count"));
    judge("rooms with two players", rooms, before, resident_kib(&stack), PLAYED_BYTES_MAX);

    let began = now();
    let mut took = Vec::new();
    for (ply, uci) in (0_u32..).zip(moves()).take(plies) {
        wait_until(began + EVERY * ply);
        let asked = now();
        let body = wire::encode(&ChessMove { uci });
        let side = usize::from(ply % 2 == 1);
        tables.iter_mut().for_each(|table| table[side].sends(MOVE, &body));
        for table in &mut tables {
            let answer = table[side].is_answered().expect("it plays");
            assert_eq!(answer.status(), Status::Ok, "{}", answer.error);
        }
        took.push(now().duration_since(asked));
    }
    let all = now().duration_since(began);
    let slowest = took.iter().max().expect("a move");
    println!(
        "{} moves in {rooms} rooms within {all:?}, all answered; {rooms} at once took at most {slowest:?}",
        rooms * plies
    );
    judge("rooms after these moves", rooms, before, resident_kib(&stack), PLAYED_BYTES_MAX);
    assert!(all <= EVERY * u32::try_from(plies).expect("a count") + LATE_MAX, "{all:?}");
    assert!(stack.stop().status.success());
}

/// Legal from the beginning, both sides in turn: all pawns one step and then another.
fn moves() -> impl Iterator<Item = String> {
    let steps = [["2", "3", "7", "6"], ["3", "4", "6", "5"]];
    steps.into_iter().flat_map(|[from, to, black_from, black_to]| {
        ('a'..='h').flat_map(move |file| {
            [format!("{file}{from}{file}{to}"), format!("{file}{black_from}{file}{black_to}")]
        })
    })
}

fn wait_until(then: Instant) {
    let (_sender, clock) = sync_channel::<()>(0);
    let left = then.saturating_duration_since(now());
    assert_eq!(clock.recv_timeout(left), Err(RecvTimeoutError::Timeout));
}

fn now() -> Instant {
    ding::clock::now()
}

/// Whoever waits says nothing for long; the memory of a password's hash is given back only in a quiet moment.
const SETTINGS: [&str; 10] = [
    "game.argon2_memory_kib=1024",
    "game.argon2_passes=1",
    "game.guests_per_address_per_hour=1000000",
    "game.logins_per_s_min=5000",
    "game.logins_per_s_max=10000",
    "gateway.ping_idle_ms=600000",
    "gateway.silence_ms=3600000",
    "gateway.max_connections=20000",
    "gateway.max_per_address=20000",
    "gateway.max_new_per_address_per_s=100000",
];
/// Between two moves in a room.
const EVERY: Duration = Duration::from_secs(2);
/// For a busy machine, all moves together: what is shown is that none is left behind, not how fast it is.
const LATE_MAX: Duration = Duration::from_secs(60);
/// Of a room with one member, and what is kept for it elsewhere: three times what is seen, for memory comes in pages and
/// is given back late.
const IDLE_BYTES_MAX: u64 = 12 * 1_024;
/// Of a room with two members and a game of some moves with all that it heard since it was saved, likewise.
const PLAYED_BYTES_MAX: u64 = 32 * 1_024;
const MOVE: u32 = 1_040;
