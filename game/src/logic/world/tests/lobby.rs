//! Rooms that are made, listed, and found by rating, through the world.

mod matched;

use proto::{
    client::{ArenaOptions, RoomMatch},
    ids::AccountId,
    kinds::{self as wire_kinds, KindDef, Lane},
    wire,
};

use super::*;
use crate::{
    registry::Registry,
    room::{
        Journal, Message, Opening, Outcome, Refusal, Room, RoomCtx, RoomKind, Snapshot, Tick, command, told,
    },
};

/// Two play it, for a stake, and one of them says that it has won. It outlives its process.
#[derive(serde::Serialize, serde::Deserialize)]
struct Duel {
    stake: i64,
    /// Over when so many have come; 0: it is not.
    ends_with: usize,
    players: Vec<AccountId>,
}

const WIN: u32 = 2_100;
const SEEN: u32 = 2_101;

impl RoomKind for Duel {
    const NAME: &'static str = "duel";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Never;
    const MEMBERS_MAX: usize = 3;
    const PLAYERS_MAX: usize = 2;
    const KINDS: &'static [KindDef] =
        &[command(WIN, "duel_win", 0, 1), told(SEEN, "duel_seen", 64, Lane::MustArrive)];
    const MATCH_PLAYERS: Option<usize> = Some(2);

    fn open(opening: &Opening<'_>) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(opening.options).map_err(|_| Refusal("bad_options"))?;
        if text == "panic" {
            panic!("as told");
        }
        if let Some(ends_with) = text.strip_prefix("ends-with-") {
            let ends_with = ends_with.parse().map_err(|_| Refusal("bad_options"))?;
            return Ok(Self { stake: 0, ends_with, players: Vec::new() });
        }
        let stake = if text.is_empty() { 0 } else { text.parse().map_err(|_| Refusal("bad_options"))? };
        Ok(Self { stake, ends_with: 0, players: Vec::new() })
    }
}

impl Room for Duel {
    fn join(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) -> Result<(), Refusal> {
        if !ctx.is_player(member) {
            return Ok(());
        }
        if self.stake != 0 {
            ctx.stake(member, self.stake)?;
        }
        self.players.push(member);
        ctx.broadcast(SEEN, b"one more");
        if self.players.len() == self.ends_with {
            ctx.send(member, SEEN, b"too late");
            ctx.finish(Outcome { text: "at once".to_owned(), places: Vec::new() });
        }
        Ok(())
    }

    fn leave(&mut self, _: &mut RoomCtx<'_>, member: AccountId) {
        self.players.retain(|player| *player != member);
    }

    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        if self.players.len() != 2 {
            return Err(Refusal("alone"));
        }
        let place = |player: &AccountId| (*player, if *player == message.from { 1 } else { 2 });
        let (places, pot) = (self.players.iter().map(place).collect(), ctx.pot());
        if pot != 0 {
            ctx.settle(&[(message.from, pot)])?;
        }
        ctx.finish(Outcome { text: "won".to_owned(), places });
        Ok(())
    }

    fn view(&self, _: AccountId, snapshot: &mut Snapshot<'_>) {
        snapshot.packet(SEEN, format!("{} here", self.players.len()).as_bytes());
    }

    fn label(&self) -> String {
        format!("for {}", self.stake)
    }
}

fn registry() -> Registry {
    let mut registry = Registry::bundled();
    registry.register::<Duel>().unwrap();
    registry
}

fn duels() -> Play {
    Play::with_rooms(idle(), registry)
}

#[test]
fn a_room_is_made_under_the_lowest_number_that_is_free() {
    check_with(
        duels(),
        "ana logs in
         bo logs in
         ana opens echo
         bo opens echo
         ana leaves
         ana opens echo
         bo opens echo
         ana leaves
         ana opens nothing
         ana opens duel x
         ana opens echo",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok, in echo#1, 1 members
         bo 1: ok, in echo#2, 1 members
         ana 2: ok
         ana 3: ok, in echo#1, 1 members
         bo 2: rejected already_in_room
         ana 4: ok
         ana 5: rejected no_such_room
         ana 6: rejected bad_options
         ana 7: ok, in echo#1, 1 members",
    );
}

#[test]
fn the_list_says_who_is_in_a_room_and_whether_there_is_a_seat() {
    check_with(
        duels(),
        "ana logs in
         bo logs in
         cid logs in
         cid lists rooms
         ana opens duel 7
         cid lists rooms
         bo joins duel#1
         cid joins duel#1
         cid lists rooms
         cid watches duel#1
         cid lists rooms
         cid lists rooms echo
         cid lists rooms nothing",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         cid is in: gen 1, last 0, ok 0
         cid 1: ok, []
         ana 1: ok, in duel#1, 1 members
         ana sees 2101 one more
         ana sees ana here
         ana sees 2101 1 here
         cid 2: ok, [duel#1 1 1/2 open `for 7`]
         ana sees bo here
         bo 1: ok, 2 members
         ana sees 2101 one more
         bo sees 2101 one more
         bo sees ana here
         bo sees bo here
         bo sees 2101 2 here
         cid 3: rejected room_full
         cid 4: ok, [duel#1 2 2/2 full `for 7`]
         ana sees cid here
         bo sees cid here
         cid 5: ok, 3 members
         cid sees ana here
         cid sees bo here
         cid sees cid here
         cid sees 2101 2 here
         cid 6: ok, [duel#1 3 2/2 full `for 7`]
         cid 7: ok, []
         cid 8: rejected no_such_room",
    );
}

#[test]
fn a_page_of_the_list_has_sixty_four_rooms_and_says_that_there_are_more() {
    let mut play = duels();
    let rooms = |play: &Play, echoes: bool| {
        let line = play.people.transcript.last().unwrap().clone();
        (line.matches(if echoes { "echo" } else { "duel" }).count(), line.ends_with("and more"))
    };
    for nth in 0..65 {
        play.run(&format!("p{nth} connects from 10.{nth}.0.1"));
        play.run(&format!("p{nth} logs in"));
        play.run(&format!("p{nth} opens {}", if nth == 7 { "duel" } else { "echo" }));
        if nth == 63 {
            play.run("p0 lists rooms");
            assert_eq!(rooms(&play, true), (63, false));
        }
    }
    play.run("p0 lists rooms");
    assert_eq!((rooms(&play, true), rooms(&play, false)), ((63, true), (1, true)));
    play.run("p0 lists rooms echo");
    assert_eq!(rooms(&play, true), (64, false));
    play.run("p0 lists rooms duel");
    assert_eq!(rooms(&play, false), (1, false));
}

#[test]
fn what_cannot_be_played_is_refused_before_anybody_waits_for_it() {
    let mut play = duels();
    play.run(
        "ana logs in
         ana waits no more
         ana wants to play echo
         ana wants to play nothing
         ana wants to play duel x
         ana wants to play duel panic
         ana opens echo
         ana wants to play duel",
    );
    let long = wire::encode(&RoomMatch { kind: "duel".to_owned(), options: vec![b'1'; 1_025].into() });
    play.command("ana", wire_kinds::ROOM_MATCH, &long);
    play.command("ana", wire_kinds::ROOM_CREATE, &long);
    play.turn();
    assert_eq!(
        play.people.transcript.split_off(1),
        [
            "ana 1: rejected not_waiting",
            "ana 2: rejected no_quick_match",
            "ana 3: rejected no_such_room",
            "ana 4: rejected bad_options",
            "ana 5: rejected room_failed",
            "ana 6: ok, in echo#1, 1 members",
            "ana 7: rejected already_in_room",
            "ana 8: rejected bad_body",
            "ana 9: rejected bad_body",
        ]
    );
    assert_eq!(play.world.figures().panics, 1);
}

#[test]
fn whoever_enters_a_room_or_is_gone_waits_no_more() {
    let mut play = duels();
    let waiting = |play: &Play| play.world.figures().matches_waiting;
    play.run(
        "ana logs in
         bo logs in
         cid logs in
         ana wants to play duel
         bo wants to play duel 5
         cid wants to play duel 6",
    );
    assert_eq!(waiting(&play), 3);
    play.run("ana joins echo");
    assert_eq!(waiting(&play), 2);
    play.run("bo drops");
    assert_eq!(waiting(&play), 1);
    play.run("cid logs in");
    assert_eq!(waiting(&play), 0, "a newer session has asked for nothing");
}

#[test]
fn whoever_is_away_when_it_is_matched_is_told_when_it_comes_back() {
    let mut play = Play::with_rooms_and_grace(idle(), registry);
    play.run(
        "ana logs in
         bo logs in
         ana wants to play duel
         ana drops
         bo wants to play duel
         ana resumes",
    );
    assert_eq!(
        play.people.transcript.split_off(2),
        [
            "ana 1: ok, rated 1500, 1 wait",
            "bo 1: ok, rated 1500, 2 wait",
            "bo is matched in duel#1",
            "bo sees 2101 one more",
            "bo sees ana here",
            "bo sees bo here",
            "bo sees 2101 2 here",
            "bo sees ana away",
            "ana resumes: last 1, missed 7",
            "ana is matched in duel#1",
            "ana sees 2101 one more",
            "ana sees 2101 one more",
            "ana sees ana here",
            "ana sees bo here",
            "ana sees 2101 2 here",
            "ana sees ana away",
            "bo sees ana here",
            "ana sees ana here",
        ]
    );
}

#[test]
fn a_match_outlives_its_process_and_who_waited_for_one_waits_no_more() {
    let mut play = duels();
    play.run(
        "ana logs in
         bo logs in
         cid logs in
         ana wants to play duel
         bo wants to play duel
         cid wants to play duel
         game dies",
    );
    let seen = play.people.transcript.len();
    play.run(
        "ana logs in
         cid logs in
         cid waits no more
         ana lists rooms
         bo logs in
         ana commands 2100
         bo reads rating duel",
    );
    assert_eq!(
        play.people.transcript.split_off(seen),
        [
            "ana is in: gen 3, last 0, ok 0",
            "ana is back in duel#1",
            "ana sees ana here",
            "ana sees bo here",
            "ana sees 2101 2 here",
            "cid is in: gen 3, last 0, ok 0",
            "cid 1: rejected not_waiting",
            "ana 1: ok, [duel#1 2 2/2 full `for 0`]",
            "bo is in: gen 3, last 0, ok 0",
            "bo is back in duel#1",
            "bo sees ana here",
            "bo sees bo here",
            "bo sees 2101 2 here",
            "ana 2: ok",
            "ana is out of the room: finished",
            "bo is out of the room: finished",
            "bo 1: ok, rated 1484 after 1",
        ]
    );
}

#[test]
fn a_match_is_as_many_as_its_options_say() {
    let mut play = duels();
    let wants = |play: &mut Play, name: &str, players: u32| {
        play.run(&format!("{name} logs in"));
        let options = ArenaOptions { players, ..ArenaOptions::default() };
        let wish = RoomMatch { kind: "arena".to_owned(), options: wire::encode(&options).into() };
        play.command(name, wire_kinds::ROOM_MATCH, &wire::encode(&wish));
        play.turn();
        play.run("pass 31000");
    };
    let matched = |play: &Play| {
        let is_matched = |line: &&String| line.contains("is matched in arena");
        play.people.transcript.iter().filter(is_matched).count()
    };
    wants(&mut play, "ana", 3);
    wants(&mut play, "bo", 3);
    wants(&mut play, "cid", 0);
    assert_eq!(matched(&play), 0, "two of three, and one of two");
    wants(&mut play, "dora", 3);
    assert_eq!(matched(&play), 3, "{:#?}", play.people.transcript);
    wants(&mut play, "eve", 2);
    assert_eq!(matched(&play), 3, "the same by other words is another wish");
    wants(&mut play, "fay", 0);
    assert_eq!(matched(&play), 5);
    play.run("eve lists rooms arena");
    assert!(play.people.transcript.last().is_some_and(|line| line.contains("3 fight")), "it has begun");
}

#[test]
fn wishes_that_nobody_shares_keep_nobody_else_from_a_match() {
    let mut play = duels();
    for nth in 0..64 {
        play.run(&format!("p{nth} connects from 10.{nth}.0.1\np{nth} logs in"));
        play.run(&format!("p{nth} wants to play duel {}", nth + 1));
    }
    play.people.transcript.clear();
    play.run("ana logs in\nbo logs in\nana wants to play duel\nbo wants to play duel");
    let matched = |play: &Play, name: &str| {
        play.people.transcript.iter().any(|line| line.starts_with(&format!("{name} is matched")))
    };
    assert!(matched(&play, "ana") && matched(&play, "bo"), "{:#?}", play.people.transcript);
    assert!(!play.people.transcript.iter().any(|line| line.starts_with('p')), "nobody had to go for that");
    play.run("cid logs in\ncid wants to play duel 900");
    assert_eq!(
        play.people.transcript.split_off(play.people.transcript.len() - 2),
        ["p0 is out of the room: wish_crowded_out", "cid 1: ok, rated 1500, 1 wait"]
    );
    play.run("p0 waits no more");
    assert!(play.people.transcript.last().is_some_and(|line| line.ends_with("rejected not_waiting")));
}
