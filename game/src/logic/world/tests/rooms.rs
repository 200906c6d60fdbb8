//! Rooms through the world: joins, messages, ticks, panics.

use std::time::Duration;

use proto::{
    ids::AccountId,
    kinds::{KindDef, Lane},
    limits::LINK_DOWN_LATEST_BYTES,
};

use super::*;
use crate::{
    logic::{event::Event, testing::LINK},
    registry::Registry,
    room::{
        Journal, Limits, Message, Opening, Refusal, Room, RoomCtx, RoomKind, Tick, TimerId, command, told,
    },
};

/// A room that does what it is told, panics included.
#[derive(Default, serde::Serialize, serde::Deserialize)]
struct Puppet {
    left: Vec<AccountId>,
}

const DO: u32 = 2_000;
const SEEN: u32 = 2_001;

impl RoomKind for Puppet {
    const NAME: &'static str = "puppet";
    const JOURNAL: Journal = Journal::Nothing;
    const TICK: Tick = Tick::Every(Duration::from_millis(50));
    const MEMBERS_MAX: usize = 2;
    const LIMITS: Limits = Limits { inputs: 20, ..Limits::DEFAULT };
    const KINDS: &'static [KindDef] =
        &[command(DO, "puppet", 1_024, 1), told(SEEN, "puppet_seen", 1_024, Lane::MustArrive)];

    fn open(_: &Opening<'_>) -> Result<Self, Refusal> {
        Ok(Self::default())
    }
}

impl Room for Puppet {
    fn leave(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        self.left.push(member);
        ctx.broadcast(SEEN, b"somebody left");
    }

    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        match message.body {
            b"panic" => {
                ctx.broadcast(SEEN, b"never seen");
                panic!("as told")
            }
            b"refuse" => {
                ctx.broadcast(SEEN, b"never seen");
                return Err(Refusal("as_told"));
            }
            b"kick-me" => ctx.kick(message.from),
            b"remind" => ctx.set_timer(TimerId(1), Duration::from_millis(500)),
            b"forget" => ctx.cancel_timer(TimerId(1)),
            b"twice" => {
                ctx.answer(b"one");
                ctx.answer(b"two");
            }
            b"time" => ctx.answer(ctx.time().as_millis().to_string().as_bytes()),
            b"timers" => (0..100).for_each(|id| ctx.set_timer(TimerId(id), Duration::from_secs(1))),
            b"count" => ctx.answer(ctx.member_count().to_string().as_bytes()),
            _ => {}
        }
        Ok(())
    }

    fn timer(&mut self, ctx: &mut RoomCtx<'_>, timer: TimerId) {
        ctx.broadcast(SEEN, format!("timer {}", timer.0).as_bytes());
    }
}

fn puppets() -> Play {
    // The panic of a puppet is part of the test, its message is not part of the output.
    Play::with_rooms(idle(), || {
        let mut registry = Registry::bundled();
        registry.register::<Puppet>().unwrap();
        registry
    })
}

#[test]
fn an_echo_comes_back_to_its_sender_and_an_echo_to_all_reaches_all() {
    check(
        "ana logs in
         bo logs in
         ana joins echo
         bo joins echo
         ana echoes hi
         ana echoes all hello
         bo leaves
         ana echoes all alone
         bo echoes hi",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok, 1 members
         bo 1: ok, 2 members
         ana 2: ok, hi
         ana 3: ok
         ana hears ana echo hello
         bo hears ana echo hello
         bo 2: ok
         ana 4: ok
         ana hears ana echo alone
         bo 3: rejected not_in_room",
    );
}

#[test]
fn rooms_of_one_kind_are_told_apart_by_number() {
    check(
        "ana logs in
         bo logs in
         ana joins echo#1
         bo joins echo#2
         ana echoes all one
         bo joins echo#1
         bo leaves
         bo joins echo#1
         bo leaves
         bo leaves
         bo joins nowhere
         bo joins echo#x",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok, 1 members
         bo 1: ok, 1 members
         ana 2: ok
         ana hears ana echo one
         bo 2: rejected already_in_room
         bo 3: ok
         bo 4: ok, 2 members
         bo 5: ok
         bo 6: rejected not_in_room
         bo 7: rejected no_such_room
         bo 8: rejected no_such_room",
    );
}

#[test]
fn a_room_has_one_name_however_its_number_could_be_written() {
    check(
        "ana logs in
         ana joins echo#007
         ana joins echo#+7
         ana joins echo#0
         ana joins echo#4294967296
         ana joins echo#",
        "ana is in: gen 1, last 0, ok 0
         ana 1: rejected room_number
         ana 2: rejected room_number
         ana 3: rejected room_number
         ana 4: rejected no_such_room
         ana 5: rejected no_such_room",
    );
}

#[test]
fn of_several_waves_only_the_newest_is_seen_and_at_the_tick() {
    check(
        "ana logs in
         bo logs in
         ana joins echo
         bo joins echo
         pass 1000
         ana waves a
         ana waves b
         bo waves c
         note before the tick
         pass 100
         pass 100
         ana waves d
         pass 100",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok, 1 members
         bo 1: ok, 2 members
         note before the tick
         ana sees ana b, bo c
         bo sees ana b, bo c
         ana sees ana d
         bo sees ana d",
    );
}

#[test]
fn who_enters_gets_a_snapshot_and_so_does_who_asks_for_one() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run(
        "ana logs in
         ana joins echo
         ana waves a
         pass 1000
         bo logs in
         bo joins echo",
    );
    let conn = play.people.all["bo"].conn.unwrap();
    let groups: Vec<_> = play.people.groups.keys().copied().collect();
    for group in groups {
        play.record(proto::link_io::Record::new(proto::link_io::Op::Refresh, conn.0, group.0, &[]));
    }
    check_with(
        play,
        "note asked",
        "ana is in: gen 1, last 0, ok 0
         ana 1: ok, 1 members
         ana sees ana a
         bo is in: gen 1, last 0, ok 0
         bo 1: ok, 2 members
         bo sees ana a
         note asked
         bo sees ana a",
    );
}

#[test]
fn a_full_link_gets_no_waves_but_a_snapshot_once_it_has_drained() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run("ana logs in\nana joins echo\npass 1000");
    play.event(Event::LinkBacklog { link: LINK, bytes: LINK_DOWN_LATEST_BYTES + 1 });
    play.run("ana waves a\npass 1000\nana waves b\npass 1000\nana reads wallet");
    play.run("note still full\nana waves c\npass 1000");
    play.event(Event::LinkBacklog { link: LINK, bytes: LINK_DOWN_LATEST_BYTES });
    check_with(
        play,
        "note drained\nana waves d\npass 1000",
        "ana is in: gen 1, last 0, ok 0
         ana 1: ok, 1 members
         ana 2: ok, 1000 gold
         note still full
         note drained
         ana sees ana c
         ana sees ana d",
    );
}

#[test]
fn a_room_that_panics_is_closed_alone_and_its_members_play_on() {
    check_with(
        puppets(),
        "ana logs in
         bo logs in
         ana joins puppet
         bo joins puppet#1
         ana commands 2000 panic
         ana commands 2000 count
         bo commands 2000 count
         ana joins puppet
         ana commands 2000 count
         ana reads wallet",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok, 1 members
         ana sees ana here
         bo 1: ok, 1 members
         bo sees bo here
         ana is out of the room: room_failed
         ana 2: rejected room_failed
         ana 3: rejected not_in_room
         bo 2: ok, 1
         ana 4: ok, 1 members
         ana sees ana here
         ana 5: ok, 1
         ana 6: ok, 1000 gold",
    );
}

#[test]
fn a_refusal_takes_back_what_the_room_had_said() {
    check_with(
        puppets(),
        "ana logs in\nana joins puppet\nana commands 2000 refuse\nana commands 2000 twice",
        "ana is in: gen 1, last 0, ok 0
         ana 1: ok, 1 members
         ana sees ana here
         ana 2: rejected as_told
         ana 3: ok, two",
    );
}

#[test]
fn a_kicked_member_is_out_and_the_others_hear_of_it() {
    check_with(
        puppets(),
        "ana logs in
         bo logs in
         cy logs in
         ana joins puppet
         bo joins puppet
         cy joins puppet
         ana commands 2000 kick-me
         ana commands 2000 count
         cy joins puppet",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         cy is in: gen 1, last 0, ok 0
         ana 1: ok, 1 members
         ana sees ana here
         ana sees bo here
         bo 1: ok, 2 members
         bo sees ana here
         bo sees bo here
         cy 1: rejected room_full
         ana 2: ok
         ana is out of the room: kicked
         bo sees 2001 somebody left
         bo sees ana gone
         ana 3: rejected not_in_room
         bo sees cy here
         cy 2: ok, 2 members
         cy sees bo here
         cy sees cy here",
    );
}

#[test]
fn timers_ring_once_unless_they_are_canceled() {
    check_with(
        puppets(),
        "ana logs in
         ana joins puppet
         pass 250
         ana commands 2000 time
         ana commands 2000 remind
         pass 400
         ana commands 2000 remind
         pass 400
         note not yet
         pass 100
         ana commands 2000 remind
         ana commands 2000 forget
         pass 1000",
        "ana is in: gen 1, last 0, ok 0
         ana 1: ok, 1 members
         ana sees ana here
         ana 2: ok, 250
         ana 3: ok
         ana 4: ok
         note not yet
         ana sees 2001 timer 1
         ana 5: ok
         ana 6: ok",
    );
}

#[test]
fn a_room_with_too_many_timers_is_closed() {
    check_with(
        puppets(),
        "ana logs in\nana joins puppet\nana commands 2000 timers\nana commands 2000 count",
        "ana is in: gen 1, last 0, ok 0
         ana 1: ok, 1 members
         ana sees ana here
         ana is out of the room: ROOM_TIMERS
         ana 2: rejected ROOM_TIMERS
         ana 3: rejected not_in_room",
    );
}

#[test]
fn a_room_closes_with_its_last_member() {
    let mut play = puppets();
    play.run("ana logs in\nana joins puppet\nbo logs in\nbo joins echo");
    assert_eq!(play.world.figures().rooms, 2);
    play.run("ana leaves\nbo drops");
    assert_eq!(play.world.figures().rooms, 0);
    assert_eq!(play.world.next_deadline(), None, "a closed room does not tick");
}

/// A room that talks by itself, without end.
#[derive(serde::Serialize, serde::Deserialize)]
struct Parrot;

const PARROTED: u32 = 2_002;

impl RoomKind for Parrot {
    const NAME: &'static str = "parrot";
    const JOURNAL: Journal = Journal::Nothing;
    const TICK: Tick = Tick::Every(Duration::from_millis(50));
    const MEMBERS_MAX: usize = 2;
    const KINDS: &'static [KindDef] = &[told(PARROTED, "parroted", 1_024, Lane::MustArrive)];

    fn open(_: &Opening<'_>) -> Result<Self, Refusal> {
        Ok(Self)
    }
}

impl Room for Parrot {
    fn message(&mut self, _: &mut RoomCtx<'_>, _: Message<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    fn tick(&mut self, ctx: &mut RoomCtx<'_>) {
        ctx.set_timer(TimerId(1), Duration::ZERO);
        ctx.broadcast(PARROTED, &[b'x'; 64 * 1024]);
    }

    fn timer(&mut self, ctx: &mut RoomCtx<'_>, _: TimerId) {
        ctx.broadcast(PARROTED, &[b'y'; 64 * 1024]);
    }
}

#[test]
fn a_room_that_keeps_nothing_goes_on_beyond_the_inputs_that_a_durable_one_may_hear() {
    let mut play = puppets();
    play.run("ana logs in\nana joins puppet");
    (0..40).for_each(|_| play.run("ana commands 2000 count\npass 50"));
    assert_eq!(play.people.transcript.last().unwrap(), "ana 41: ok, 1");
}

#[test]
fn while_nothing_becomes_durable_what_rooms_say_by_themselves_waits_within_a_bound() {
    let mut play = Play::with_rooms(WorldConfig { preload: false, ..WorldConfig::default() }, || {
        let mut registry = Registry::bundled();
        registry.register::<Parrot>().unwrap();
        registry
    });
    play.run("ana logs in\nbo logs in\nana joins parrot\nhold syncs\nana pays bo 1");
    (0..1_000).for_each(|_| play.pass(Duration::from_millis(50)));
    let waiting = play.world.figures().release_bytes;
    assert!((60 << 20..66 << 20).contains(&waiting), "{waiting} bytes wait");
    play.run("let syncs\npass 50");
    assert_eq!(play.world.figures().release_bytes, 0);
    let heard = play.people.transcript.len();
    play.run("pass 50");
    assert!(heard < play.people.transcript.len(), "the room's time goes on");
}
