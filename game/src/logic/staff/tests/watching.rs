//! Rooms found among many, and one watched: in which order they are listed, what they heard, what is due, what is asked.

use std::time::Duration;

use proto::{
    kinds::{KindDef, Lane},
    link::{RoomOrder, StaffRoomHeard, StaffRoomInfo, StaffRoomList, StaffRoomShow, staff_request::What},
};
use serde::{Deserialize, Serialize};

use super::*;
use crate::{
    registry::Registry,
    room::{Journal, Message, Opening, Refusal, Room, RoomCtx, RoomKind, Tick, TimerId, command, told},
    rooms::echo::Echo,
};

/// Does what it is told: a timer, or a question.
#[derive(Default, Serialize, Deserialize)]
struct Bell(u32);

const DO: u32 = 2_210;
const ASK: u32 = 2_211;

impl RoomKind for Bell {
    const NAME: &'static str = "bell";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Never;
    const MEMBERS_MAX: usize = 4;
    const PLAYERS_MAX: usize = 2;
    const HAS_SECRETS: bool = true;
    const KINDS: &'static [KindDef] =
        &[command(DO, "bell_do", 1_024, 1), told(ASK, "bell_ask", 1_024, Lane::MustArrive)];

    fn open(_: &Opening<'_>) -> Result<Self, Refusal> {
        Ok(Self::default())
    }
}

impl Room for Bell {
    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        self.0 += 1;
        match message.body {
            b"ring" => ctx.set_timer(TimerId(7), Duration::from_secs(30)),
            b"ask" => drop(ctx.ask(message.from, ASK, b"?", Duration::from_secs(20))),
            b"no" => return Err(Refusal("no")),
            _ => {}
        }
        Ok(())
    }
}

fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.register::<Bell>().unwrap();
    registry.register::<Echo>().unwrap();
    registry
}

fn play() -> Play {
    Play::with_rooms(WorldConfig { preload: false, ..WorldConfig::default() }, registry)
}

fn list(play: &mut Play, wish: StaffRoomList) -> (Vec<StaffRoomInfo>, bool) {
    play.staff(What::RoomList(wish));
    play.turn();
    let heard = play.staff_heard.last().unwrap();
    (heard.rooms.clone(), heard.done)
}

fn names(rooms: &[StaffRoomInfo]) -> Vec<&str> {
    rooms.iter().map(|room| room.name.as_str()).collect()
}

/// Echo 1 has one member, echo 2 three, echo 3 two, a bell one.
fn many() -> Play {
    let mut play = play();
    let rooms = [
        ("a", "echo#1"),
        ("b", "echo#2"),
        ("c", "echo#2"),
        ("d", "echo#2"),
        ("e", "echo#3"),
        ("f", "echo#3"),
        ("g", "bell"),
    ];
    for (name, room) in rooms {
        play.run(&format!("{name} logs in\n{name} joins {room}"));
    }
    play
}

#[test]
fn rooms_are_listed_oldest_or_newest_first_or_the_fullest_and_by_kind() {
    let mut play = many();
    let wish = |order: RoomOrder, kind: &str| StaffRoomList {
        order: order.into(),
        kind: kind.to_owned(),
        ..StaffRoomList::default()
    };
    let (rooms, done) = list(&mut play, wish(RoomOrder::Oldest, ""));
    assert_eq!((names(&rooms), done), (vec!["echo#1", "echo#2", "echo#3", "bell"], true));
    let (rooms, _) = list(&mut play, wish(RoomOrder::Newest, ""));
    assert_eq!(names(&rooms), ["bell", "echo#3", "echo#2", "echo#1"]);
    let (rooms, _) = list(&mut play, wish(RoomOrder::MostMembers, ""));
    assert_eq!(
        names(&rooms),
        ["echo#2", "echo#3", "echo#1", "bell"],
        "of two that are as full the older first"
    );
    let (rooms, _) = list(&mut play, wish(RoomOrder::MostMembers, "echo"));
    assert_eq!(names(&rooms), ["echo#2", "echo#3", "echo#1"]);
    assert_eq!(list(&mut play, wish(RoomOrder::Newest, "nothing")), (Vec::new(), true));
}

#[test]
fn each_order_is_paged_without_a_gap_and_the_first_page_says_which_kinds_there_are() {
    for order in [RoomOrder::Oldest, RoomOrder::Newest, RoomOrder::MostMembers] {
        let mut play = play();
        for n in 1..=70 {
            play.run(&format!("p{n} connects from 10.0.0.{n}\np{n} logs in\np{n} joins echo#{n}"));
        }
        for n in 1..=9 {
            play.run(&format!("q{n} connects from 10.0.1.{n}\nq{n} logs in\nq{n} joins echo#{}", 7 * n));
        }
        let (mut seen, mut after, mut members) = (Vec::new(), 0, 0);
        loop {
            let wish = StaffRoomList { after, members, order: order.into(), ..StaffRoomList::default() };
            let (rooms, done) = list(&mut play, wish);
            let kinds = &play.staff_heard.last().unwrap().room_kinds;
            assert_eq!(kinds.is_empty(), after != 0, "once");
            if after == 0 {
                let told: Vec<_> =
                    kinds.iter().map(|kind| (kind.name.as_str(), kind.open, kind.secrets)).collect();
                assert_eq!(told, [("bell", 0, true), ("echo", 70, false)]);
            }
            seen.extend(rooms.iter().map(|room| (room.members, room.room)));
            if done {
                break;
            }
            (members, after) = seen.last().copied().unwrap();
        }
        let mut wanted = seen.clone();
        match order {
            RoomOrder::Oldest => wanted.sort_by_key(|(_, id)| *id),
            RoomOrder::Newest => wanted.sort_by_key(|(_, id)| std::cmp::Reverse(*id)),
            RoomOrder::MostMembers => wanted.sort_by_key(|(members, id)| (std::cmp::Reverse(*members), *id)),
        }
        wanted.dedup();
        assert_eq!((seen.len(), &seen), (70, &wanted), "{order:?}");
    }
}

fn watch(play: &mut Play, name: &str) -> StaffRoomInfo {
    play.run(&format!("staff watches room {name}"));
    play.staff_heard.last().unwrap().rooms[0].clone()
}

fn heard(room: &StaffRoomInfo) -> Vec<(u64, &str, u64)> {
    room.heard.iter().map(|heard| (heard.number, heard.what.as_str(), heard.account)).collect()
}

#[test]
fn a_watched_room_shows_what_it_heard_since_it_was_saved_and_what_it_hears_then() {
    let mut play = play();
    play.run("ana logs in\nana joins bell\nana commands 2210 hello");
    let ana = play.people.person("ana").account;
    let room = watch(&mut play, "bell");
    assert_eq!(heard(&room), [(2, "message", ana), (1, "join", ana)], "the newest first");
    let said: &StaffRoomHeard = &room.heard[0];
    assert_eq!((said.name.as_str(), &said.body[..], said.body_bytes), ("bell_do", &b"hello"[..], 5));
    play.run("pass 500\nana commands 2210 ring\nana commands 2210 no\nana drops");
    let room = watch(&mut play, "bell");
    assert_eq!(
        heard(&room)[..2],
        [(4, "away", ana), (3, "message", ana)],
        "what it refused it has not heard"
    );
    assert_eq!(room.heard[1].at_ms, 500);
}

#[test]
fn a_timer_is_shown_with_what_remains_of_it() {
    let mut play = play();
    play.run("ana logs in\nana joins bell\nana commands 2210 ring\npass 12000");
    let room = watch(&mut play, "bell");
    assert_eq!(room.timers.iter().map(|timer| (timer.id, timer.left_ms)).collect::<Vec<_>>(), [(7, 18_000)]);
    play.run("pass 18000");
    let room = watch(&mut play, "bell");
    assert!(room.timers.is_empty());
    assert_eq!((room.heard[0].what.as_str(), room.heard[0].of), ("timer", 7));
    assert!(room.secrets && room.kind == "bell");
}

#[test]
fn a_question_is_shown_with_who_is_asked_and_how_long_it_waits() {
    let mut play = play();
    play.run("ana logs in\nana joins bell\nana commands 2210 ask\npass 5000");
    let ana = play.people.person("ana").account;
    let asks = watch(&mut play, "bell").asks;
    let asks: Vec<_> = asks.iter().map(|ask| (ask.account, ask.name.as_str(), ask.left_ms)).collect();
    assert_eq!(asks, [(ana, "bell_ask", 15_000)]);
    play.run("pass 15000");
    let room = watch(&mut play, "bell");
    assert_eq!((room.asks.len(), room.heard[0].what.as_str()), (0, "unanswered"));
}

#[test]
fn what_a_long_message_says_is_cut_and_only_the_newest_are_kept() {
    let mut play = play();
    play.run(&format!(
        "ana logs in\nana joins bell\nstaff watches room bell\nana commands 2210 {}",
        "x".repeat(300)
    ));
    let room = watch(&mut play, "bell");
    assert_eq!((room.heard[0].body.len(), room.heard[0].body_bytes), (128, 300));
    for _ in 0..80 {
        play.run("ana commands 2210 a\npass 100");
    }
    let room = watch(&mut play, "bell");
    assert_eq!((room.heard.len(), room.heard[0].number, room.heard[63].number), (64, 82, 19));
}

#[test]
fn a_room_at_which_nobody_looks_keeps_nothing_and_no_more_than_sixteen_are_watched() {
    let mut play = play();
    for n in 1..=17 {
        play.run(&format!(
            "p{n} connects from 10.0.0.{n}\np{n} logs in\np{n} joins echo#{n}\nstaff watches room echo#{n}"
        ));
    }
    play.run("p1 echoes hi\np17 echoes hi");
    let (first, last) = (watch(&mut play, "echo#1"), watch(&mut play, "echo#17"));
    assert!(first.heard[0].what == "message" && last.heard.is_empty());
    play.run("pass 11000");
    assert!(watch(&mut play, "echo#1").heard.is_empty(), "it was forgotten");
    play.staff(What::RoomShow(StaffRoomShow { room: first.room, watch: false }));
    play.turn();
    assert!(play.staff_heard.last().unwrap().rooms[0].heard.is_empty());
}
