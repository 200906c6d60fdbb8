//! Open rooms under the eyes of staff: what it sees of them, how it ends one, what it says to one, and what of that is there
//! after a crash.

use proto::{
    kinds::{self, KindDef, Lane},
    limits::{ROOM_SIGNAL_BODY_BYTES_MAX, ROOM_SIGNAL_BYTES_MAX},
    link::{StaffRoomInfo, StaffRoomSay, staff_request::What},
    tables::{ReplayRow, RoomEntryRow, RoomRow, RoomStakeRow, StaffChangeRow, StaffLogRow, WalletRow},
};
use rand_chacha::rand_core::Rng as _;
use serde::{Deserialize, Serialize};

use super::*;
use crate::{
    registry::Registry,
    replay::{Verified, from_bytes, verify},
    room::{Journal, Message, Opening, Outcome, Refusal, Room, RoomCtx, RoomKind, Tick, command, told},
    rooms::echo::Echo,
};

/// Remembers what it was told, by players and by staff.
#[derive(Default, Serialize, Deserialize)]
struct Jar {
    lines: Vec<String>,
}

const DO: u32 = 2_200;
const SEEN: u32 = 2_201;

impl RoomKind for Jar {
    const NAME: &'static str = "jar";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Never;
    const MEMBERS_MAX: usize = 4;
    const PLAYERS_MAX: usize = 2;
    const KINDS: &'static [KindDef] =
        &[command(DO, "jar_do", 1_024, 1), told(SEEN, "jar_seen", 1_024, Lane::MustArrive)];

    fn open(_: &Opening<'_>) -> Result<Self, Refusal> {
        Ok(Self::default())
    }
}

impl Jar {
    fn note(&mut self, ctx: &mut RoomCtx<'_>, line: String) {
        ctx.broadcast(SEEN, line.as_bytes());
        self.lines.push(line);
    }
}

impl Room for Jar {
    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        let text = String::from_utf8_lossy(message.body).into_owned();
        match text.split_once(':') {
            Some(("stake", gold)) => ctx.stake(message.from, gold.parse().map_err(|_| Refusal("number"))?)?,
            Some(("fat", count)) => {
                self.lines.push("é".repeat(count.parse().map_err(|_| Refusal("number"))?));
                return Ok(());
            }
            _ => {}
        }
        self.note(ctx, text);
        Ok(())
    }

    fn staff(&mut self, ctx: &mut RoomCtx<'_>, signal: &str, body: &[u8]) -> Result<(), Refusal> {
        match signal {
            "note" => self.note(ctx, format!("staff: {}", String::from_utf8_lossy(body))),
            "draw" => {
                let drawn = ctx.rng().next_u32();
                self.note(ctx, format!("drawn {drawn}"));
            }
            "share" => ctx.settle(&[])?,
            "over" => ctx.finish(Outcome { text: "by staff".to_owned(), places: Vec::new() }),
            "panic" => panic!("as told"),
            _ => return Err(Refusal("not_in_this_jar")),
        }
        Ok(())
    }

    fn label(&self) -> String {
        format!("{} lines", self.lines.len())
    }
}

fn jars() -> Registry {
    let mut registry = Registry::new();
    registry.register::<Jar>().unwrap();
    registry.register::<Echo>().unwrap();
    registry
}

fn play() -> Play {
    Play::with_rooms(WorldConfig { preload: false, ..WorldConfig::default() }, jars)
}

/// Ana and Bo have staked, and Cy looks on.
fn staked() -> Play {
    let mut play = play();
    play.run("ana logs in\nbo logs in\ncy logs in\nana joins jar#7\nbo joins jar#7\ncy looks on at jar#7");
    play.run("ana commands 2200 stake:400\nbo commands 2200 stake:300");
    play.people.transcript.clear();
    play
}

/// What staff was told of one room last.
fn shown(play: &mut Play, name: &str) -> StaffRoomInfo {
    play.run(&format!("staff shows room {name}"));
    play.staff_heard.last().unwrap().rooms[0].clone()
}

fn last(play: &Play) -> &str {
    play.people.transcript.last().map_or("", String::as_str)
}

/// All gold there is, in wallets and pots.
fn gold(play: &Play) -> i64 {
    let wallets: i64 = play.store.rows::<WalletRow>().iter().map(|row| row.gold).sum();
    wallets + play.store.rows::<RoomStakeRow>().iter().map(|row| row.gold).sum::<i64>()
}

fn deeds(play: &Play) -> Vec<String> {
    play.store.rows::<StaffLogRow>().into_iter().map(|row| row.deed).collect()
}

#[test]
fn rooms_are_listed_in_pages_by_id_and_the_last_page_says_so() {
    let mut play = play();
    for n in 1..=40 {
        play.run(&format!("p{n} connects from 10.0.0.{n}\np{n} logs in\np{n} joins echo#{n}"));
    }
    play.run("ana logs in\nana joins jar\nstaff lists rooms\nstaff lists more rooms");
    assert_eq!(
        play.people.transcript[play.people.transcript.len() - 2..],
        ["staff: 32 rooms, more", "staff: 9 rooms"]
    );
    let pages = &play.staff_heard[play.staff_heard.len() - 2..];
    let rooms: Vec<&StaffRoomInfo> = pages.iter().flat_map(|page| &page.rooms).collect();
    assert!(rooms.windows(2).all(|two| two[0].room < two[1].room));
    let names: Vec<&str> = rooms.iter().map(|room| room.name.as_str()).collect();
    assert_eq!((names[0], names[31], names[40]), ("echo#1", "echo#32", "jar"));
    assert!(rooms.iter().all(|room| room.members == 1 && room.seats.is_empty() && room.state.is_empty()));
    assert_eq!((rooms[0].keeps, rooms[40].keeps), (false, true));
    play.run("staff lists more rooms");
    assert!(play.staff_heard.last().unwrap().rooms.is_empty() && play.staff_heard.last().unwrap().done);
    assert_eq!(deeds(&play), [""; 0], "who only looks leaves nothing behind");
}

#[test]
fn a_room_is_shown_with_its_seats_its_pot_its_age_and_its_state() {
    let mut play = staked();
    play.run("bo drops\npass 5000");
    let room = shown(&mut play, "jar#7");
    assert_eq!((room.name.as_str(), room.label.as_str(), room.keeps), ("jar#7", "2 lines", true));
    assert_eq!((room.members, room.players, room.players_max, room.pot), (3, 2, 2, 700));
    // Three came, two staked, one went.
    assert_eq!((room.inputs, room.age_ms), (6, 5_000));
    let mut seats: Vec<_> =
        room.seats.iter().map(|seat| (seat.player, seat.here, seat.stake, seat.gone)).collect();
    seats.sort_unstable();
    assert_eq!(seats, [(false, true, 0, false), (true, false, 300, false), (true, true, 400, false)]);
    assert_eq!(room.state, "{\"lines\":[\"stake:400\",\"stake:300\"]}");
    assert_eq!(room.state_bytes, room.state.len() as u64);
    play.run("ana leaves");
    let room = shown(&mut play, "jar#7");
    let left: Vec<i64> = room.seats.iter().filter(|seat| seat.gone).map(|seat| seat.stake).collect();
    assert_eq!((left, room.members), (vec![400], 2), "its stake has not left");
}

#[test]
fn a_long_state_is_cut_between_two_characters() {
    for odd in ["", "x"] {
        let mut play = play();
        play.run(&format!(
            "ana logs in\nana joins jar\nana commands 2200 {odd}\nana commands 2200 fat:20000"
        ));
        let room = shown(&mut play, "jar");
        assert!((32 * 1024 - 1..=32 * 1024).contains(&room.state.len()), "{}", room.state.len());
        assert!(40_000 < room.state_bytes && room.state.ends_with('é'));
    }
}

#[test]
fn a_room_that_is_closed_gives_stakes_back_tells_its_members_and_leaves_a_replay() {
    let mut play = staked();
    play.run("hold syncs\nstaff closes room jar#7");
    assert_eq!(play.people.transcript, [""; 0], "nobody is told what is not durable");
    play.run("sync");
    play.people.transcript.sort();
    let told = ["ana", "bo", "cy"].map(|name| format!("{name} is out of the room: closed_by_staff"));
    assert_eq!(play.people.transcript, [&told[..], &["staff: ok, a guest".to_owned()]].concat());
    play.run("let syncs\nana reads wallet");
    assert!(last(&play).ends_with("ok, 1000 gold"), "{}", last(&play));
    assert_eq!(gold(&play), 3_000);
    assert!(play.store.rows::<RoomStakeRow>().is_empty() && play.store.rows::<RoomEntryRow>().is_empty());
    assert!(play.store.rows::<RoomRow>().is_empty());
    assert!(play.broken.is_empty() && play.world.figures().rooms_broken == 0, "it is not broken");
    let replay = play.store.rows::<ReplayRow>().remove(0);
    assert_eq!((replay.outcome.as_str(), replay.inputs), ("closed_by_staff", 5));
    assert_eq!(deeds(&play), [format!("room_close {}", replay.id)]);
    let row = &play.store.rows::<StaffLogRow>()[0];
    assert_eq!((row.staff.as_str(), row.lsn), ("script", play.staff_heard.last().unwrap().lsn));

    let fetch = proto::client::ReplayFetch { replay: replay.id, part: 0 };
    play.command("cy", kinds::REPLAY_FETCH, &proto::wire::encode(&fetch));
    play.turn();
    let fetched = from_bytes(&play.people.fetched).expect("a match");
    assert_eq!(verify(&jars(), &fetched), Ok(Verified::Same { hash: replay.hash.0 }));
    play.run("game dies");
    assert_eq!(play.world.figures().rooms, 0);
    play.run("staff closes room jar#7\nana logs in\nana joins jar#7");
    assert!(play.people.transcript.contains(&"staff: room_not_open".to_owned()));
    let seen = play.people.transcript.join("\n");
    assert!(seen.contains(": ok, 1 members\nana sees ana here"), "its number is free: {seen}");
}

#[test]
fn wherever_game_dies_a_room_is_open_with_its_pot_or_closed_with_its_row_in_the_log() {
    let script = "hold syncs\nana commands 2200 a\nstaff tells room jar#7 note x\nstaff closes room jar#7";
    let mut whole = staked();
    let before = whole.store.journal.len();
    whole.run(script);
    let after = whole.store.journal.len();
    assert_eq!(after - before, 3, "a command, a signal, the end");
    for cut in 0..=3 {
        let mut play = staked();
        play.run(script);
        play.sync(cut);
        play.held.syncs = false;
        play.run("game dies");
        let is_open = play.world.figures().rooms == 1;
        assert_eq!(is_open, cut < 3, "after {cut} records");
        assert_eq!(
            deeds(&play).len(),
            usize::try_from(cut).unwrap().saturating_sub(1),
            "after {cut} records"
        );
        assert_eq!(play.store.rows::<RoomStakeRow>().len(), if is_open { 2 } else { 0 });
        assert_eq!(play.store.rows::<ReplayRow>().len(), usize::from(!is_open));
        assert_eq!(gold(&play), 3_000, "after {cut} records");
    }
}

#[test]
fn a_room_that_keeps_nothing_is_closed_too() {
    let mut play = play();
    play.run("ana logs in\nana joins echo#3");
    let id = shown(&mut play, "echo#3").room;
    play.people.transcript.clear();
    play.run("staff closes room echo#3\nana joins echo#3");
    let expected = ["ana is out of the room: closed_by_staff", "staff: ok, a guest", "ana 2: ok, 1 members"];
    assert_eq!(play.people.transcript, expected);
    assert_eq!(deeds(&play), [format!("room_close {id}")]);
    assert!(play.store.rows::<ReplayRow>().is_empty());
    assert_eq!((play.world.figures().rooms, play.world.figures().rooms_broken), (1, 0));
}

#[test]
fn what_staff_says_is_an_input_that_is_heard_again_after_a_crash() {
    let mut play = staked();
    play.run("hold syncs\nstaff tells room jar#7 note ten minutes left");
    assert_eq!(play.people.transcript, [""; 0], "neither answered nor seen before it is durable");
    play.run("sync\nlet syncs\nstaff tells room jar#7 draw");
    let seen = &play.people.transcript;
    let all = ["ana", "bo", "cy"].map(|name| format!("{name} sees 2201 staff: ten minutes left"));
    assert!(all.iter().all(|line| seen.contains(line)), "{seen:#?}");
    let before = shown(&mut play, "jar#7");
    assert!(before.state.contains("staff: ten minutes left") && before.state.contains("drawn"));
    let id = before.room;
    assert_eq!(deeds(&play), [format!("room_say {id}"), format!("room_say {id}")]);
    play.run("game dies");
    assert_eq!(shown(&mut play, "jar#7").state, before.state);
    assert!(play.diverged.is_empty() && play.world.figures().rooms_recovered == 1);
    play.run("staff tells room jar#7 note again\nstaff closes room jar#7");
    assert_eq!(play.store.rows::<ReplayRow>()[0].inputs, 8);
    let changes: Vec<[String; 2]> =
        play.store.rows::<StaffChangeRow>().into_iter().map(|row| [row.was, row.became]).collect();
    let seen = |play: u32| format!("jar#7: 3 members, {play} of them play, 700 gold in the pot");
    let wanted = ["hears note ten minutes left", "hears draw ", "hears note again", "closed"];
    assert_eq!(changes, wanted.map(|became| [seen(2), became.to_owned()]));
}

#[test]
fn what_staff_says_may_move_gold_and_may_end_the_match_in_the_same_record() {
    let mut play = staked();
    play.run("staff tells room jar#7 share");
    assert_eq!((gold(&play), shown(&mut play, "jar#7").pot), (2_300, 0), "the house keeps what nobody gets");
    let lsn = play.store.rows::<StaffLogRow>()[0].lsn;
    let ledger = play.store.rows::<proto::tables::LedgerRow>();
    assert_eq!(ledger.last().map(|row| (row.lsn, row.amount)), Some((lsn, 700)));
    play.people.transcript.clear();
    play.run("staff tells room jar#7 over");
    play.people.transcript.sort();
    let told = ["ana", "bo", "cy"].map(|name| format!("{name} is out of the room: finished"));
    assert_eq!(play.people.transcript, [&told[..], &["staff: ok, a guest".to_owned()]].concat());
    assert_eq!(play.store.rows::<ReplayRow>()[0].outcome, "by staff");
    assert!(play.store.rows::<RoomRow>().is_empty());
    assert_eq!(deeds(&play).len(), 2);
}

#[test]
fn a_room_that_keeps_nothing_hears_staff_too() {
    let mut play = play();
    play.run("ana logs in\nana joins echo\nstaff tells room echo announce hello");
    let told = &play.people.transcript[play.people.transcript.len() - 2..];
    assert!(told[0].starts_with("ana hears") && told[0].ends_with("hello"), "{told:?}");
    assert_eq!((told[1].as_str(), deeds(&play).len()), ("staff: ok, a guest", 1));
    play.run("staff tells room echo whisper hello");
    assert_eq!((last(&play), deeds(&play).len()), ("staff: unknown_signal", 1));
}

#[test]
fn what_cannot_be_is_refused_by_name_and_leaves_nothing() {
    let mut play = staked();
    let before = shown(&mut play, "jar#7");
    for (line, told) in [
        ("staff shows room jar#8", "staff: room_not_open"),
        ("staff closes room jar#8", "staff: room_not_open"),
        ("staff tells room jar#8 note", "staff: room_not_open"),
        ("staff tells room jar#7 unheard", "staff: not_in_this_jar"),
    ] {
        play.run(line);
        assert_eq!(last(&play), told, "{line}");
    }
    let say = |signal: String, body: usize| {
        What::RoomSay(StaffRoomSay { room: before.room, signal, body: vec![b'x'; body].into() })
    };
    let long = "x".repeat(ROOM_SIGNAL_BYTES_MAX);
    for (what, told) in [
        (say(String::new(), 0), "staff: bad_request"),
        (say(format!("{long}x"), 0), "staff: bad_request"),
        (say("no\nte".to_owned(), 0), "staff: bad_request"),
        (say("note".to_owned(), ROOM_SIGNAL_BODY_BYTES_MAX + 1), "staff: bad_request"),
        (say(long, ROOM_SIGNAL_BODY_BYTES_MAX), "staff: not_in_this_jar"),
    ] {
        play.staff(what);
        play.turn();
        assert_eq!(last(&play), told);
    }
    let after = shown(&mut play, "jar#7");
    assert_eq!((after.state, after.inputs, deeds(&play).len()), (before.state, before.inputs, 0));
}

#[test]
fn a_room_that_breaks_at_what_staff_says_is_closed_and_staff_is_told_the_name() {
    let mut play = staked();
    play.run("staff tells room jar#7 panic");
    let seen = &play.people.transcript;
    assert!(seen.contains(&"ana is out of the room: room_failed".to_owned()), "{seen:#?}");
    assert!(seen.contains(&"staff: room_failed".to_owned()), "{seen:#?}");
    assert_eq!((gold(&play), play.broken.len()), (3_000, 1));
}

#[test]
fn while_matches_stand_still_a_room_is_told_nothing_and_can_be_closed() {
    let mut play = staked();
    play.run("level red\npass 100\nstaff tells room jar#7 note x");
    assert_eq!(last(&play), "staff: store_busy");
    play.run("staff closes room jar#7");
    assert!(play.people.transcript.contains(&"ana is out of the room: closed_by_staff".to_owned()));
    assert_eq!(gold(&play), 3_000);
    let mut play = staked();
    play.run("level black\npass 100\nstaff closes room jar#7");
    assert!(last(&play).starts_with("staff: "), "{}", last(&play));
    let is_refused = last(&play) != "staff: ok, a guest";
    assert_eq!((is_refused, play.world.figures().rooms), (true, 1), "refused, it goes on: {}", last(&play));
    play.run("level green\npass 100\nana commands 2200 x");
    assert_eq!(last(&play), "cy sees 2201 x");
    play.run("game dies");
    assert!(shown(&mut play, "jar#7").state.ends_with("\"x\"]}"), "it is kept as before");
    play.run(
        "level black\npass 100\nstaff closes room jar#7\nlevel green\npass 100\nstaff closes room jar#7",
    );
    assert!(play.store.rows::<RoomStakeRow>().is_empty() && play.store.rows::<RoomRow>().is_empty());
    assert_eq!((gold(&play), play.store.rows::<ReplayRow>()[0].inputs), (3_000, 6));
    assert_eq!(deeds(&play).len(), 1, "what was refused is not there");
}
