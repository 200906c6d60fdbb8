//! Matches that are over: listed, fetched, and shown again to whoever wants to look on, as one saw it who did then.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use proto::{
    client::{ReplayFetch, ReplayList, ReplayWatch},
    kinds,
    rpc::Failure,
    tables::{ReplayChunkRow, ReplayRow, Row},
    wire,
};

use super::{
    matches::{books, last},
    *,
};
use crate::{
    logic::rooms::watch::{Calling, Lasts, RoomWatch, Subject},
    registry::Registry,
    replay::{Verified, from_bytes, verify},
};

/// Ana and Bo have played, and Cy has looked on from the start; what Cy heard.
fn played(play: &mut Play) -> Vec<String> {
    play.run("ana logs in\nbo logs in\ncy logs in");
    again(play, "book#7")
}

fn again(play: &mut Play, room: &str) -> Vec<String> {
    play.run(&format!("cy looks on at {room}\nana joins {room}\nbo joins {room}"));
    play.people.transcript.clear();
    play.run("ana commands 2100 stake:100\npass 2000\nbo commands 2100 roll\npass 1000\nana commands 2100 a");
    play.run("ana commands 2100 remind:1000\npass 3000\nbo commands 2100 win-not\nana commands 2100 finish");
    let heard = heard(play, "cy sees 2101 ");
    assert!(5 < heard.len(), "{heard:?}");
    heard
}

/// The rest of all lines that begin so.
fn heard(play: &Play, begin: &str) -> Vec<String> {
    play.people.transcript.iter().filter_map(|line| line.strip_prefix(begin)).map(str::to_owned).collect()
}

fn id(play: &Play) -> u64 {
    play.store.rows::<ReplayRow>().last().map_or(0, |row| row.id)
}

fn watch(play: &mut Play, name: &str, speed: u32, from_ms: u64) {
    let replay = id(play);
    play.command(name, kinds::REPLAY_WATCH, &wire::encode(&ReplayWatch { replay, speed, from_ms }));
    play.turn();
}

fn fetch(play: &mut Play, name: &str, replay: u64, part: u32) {
    play.command(name, kinds::REPLAY_FETCH, &wire::encode(&ReplayFetch { replay, part }));
    play.turn();
}

fn pass(play: &mut Play, ms: u64) {
    (0..ms / 10).for_each(|_| play.pass(std::time::Duration::from_millis(10)));
}

const WATCHED: &str = "cy is shown 2101 ";
const OVER: &str = "cy has seen it all: as told, as then";

#[test]
fn a_match_is_watched_as_it_was_heard_at_any_speed_and_ends_as_it_ended() {
    for speed in [1, 2, 16] {
        let mut play = books();
        let then = played(&mut play);
        let took = play.store.rows::<ReplayRow>()[0].ended_ms - play.store.rows::<ReplayRow>()[0].opened_ms;
        assert!((6_000..7_000).contains(&took));
        play.people.transcript.clear();
        watch(&mut play, "cy", speed, 0);
        assert!(play.people.transcript[0].ends_with(": ok"), "the answer comes first");
        pass(&mut play, took / u64::from(speed) - 200);
        assert!(!play.people.transcript.iter().any(|line| line == OVER), "at {speed} ×");
        pass(&mut play, 1_000);
        let seen = heard(&play, WATCHED);
        assert_eq!(seen[0], "0 lines", "what there is to see at the beginning");
        assert_eq!(seen[1..], then);
        assert_eq!(last(&play), OVER);
    }
}

#[test]
fn what_was_before_the_moment_from_which_one_wants_to_see_is_not_shown() {
    let mut play = books();
    let then = played(&mut play);
    play.people.transcript.clear();
    watch(&mut play, "cy", 16, 2_500);
    pass(&mut play, 1_000);
    let seen = heard(&play, WATCHED);
    assert_eq!(seen[0], "2 lines");
    assert_eq!(seen[1..], then[2..]);
    play.people.transcript.clear();
    watch(&mut play, "cy", 16, u64::MAX);
    pass(&mut play, 1_000);
    assert_eq!(heard(&play, WATCHED), [format!("{} lines", then.len())], "all of it was before that");
    assert_eq!(last(&play), OVER);
}

#[test]
fn one_who_stops_or_leaves_is_shown_no_more() {
    let mut play = books();
    played(&mut play);
    play.command("cy", kinds::REPLAY_STOP, &[]);
    play.turn();
    assert!(last(&play).ends_with("rejected not_watching"), "{}", last(&play));
    watch(&mut play, "cy", 1, 0);
    watch(&mut play, "cy", 1, 0);
    assert!(last(&play).ends_with("rejected already_watching"), "{}", last(&play));
    play.command("cy", kinds::REPLAY_STOP, &[]);
    play.people.transcript.clear();
    pass(&mut play, 8_000);
    assert_eq!(heard(&play, WATCHED), [""; 0]);
    watch(&mut play, "cy", 1, 0);
    play.run("cy drops\ncy logs in");
    play.people.transcript.clear();
    pass(&mut play, 8_000);
    assert_eq!(play.people.transcript, [""; 0]);
    watch(&mut play, "cy", 16, 0);
    pass(&mut play, 1_000);
    assert_eq!(last(&play), OVER, "it can be watched again");
}

#[test]
fn what_is_fetched_is_the_match_and_goes_as_it_went() {
    let mut play = books();
    played(&mut play);
    let replay = id(&play);
    fetch(&mut play, "cy", replay, 0);
    assert!(last(&play).contains("ok, 1 parts"), "{}", last(&play));
    let replay = from_bytes(&play.people.fetched).expect("a match");
    let mut registry = Registry::new();
    registry.register::<super::matches::Book>().expect("one");
    let hash = play.store.rows::<ReplayRow>()[0].hash.0;
    assert_eq!(verify(&registry, &replay), Ok(Verified::Same { hash }));
    assert_eq!(play.people.fetched, wire::encode(&replay));
    let reads = play.store.reads;
    let id = id(&play);
    fetch(&mut play, "bo", id, 1);
    assert!(last(&play).ends_with("rejected no_such_part"), "{}", last(&play));
    assert_eq!(play.store.reads, reads, "it is still there");
}

#[test]
fn matches_are_listed_the_last_first_ones_own_and_those_of_others() {
    let mut play = books();
    played(&mut play);
    again(&mut play, "book#8");
    let list = |play: &mut Play, name: &str, account, before| {
        play.command(name, kinds::REPLAY_LIST, &wire::encode(&ReplayList { account, before }));
        play.turn();
        last(play).split_once("ok, ").map_or("", |(_, list)| list).to_owned()
    };
    assert_eq!(list(&mut play, "ana", 0, 0), "[book as told 1, book as told 1]");
    let ana = play.people.all["ana"].account;
    assert_eq!(list(&mut play, "cy", 0, 0), "[]", "who looks on does not play");
    assert_eq!(list(&mut play, "cy", ana, 0), "[book as told 1, book as told 1]");
    let before = id(&play);
    assert_eq!(list(&mut play, "bo", 0, before), "[book as told 2]");
}

#[test]
fn what_cannot_be_shown_is_refused_by_name() {
    let mut play = books();
    played(&mut play);
    for speed in [0, 17] {
        watch(&mut play, "cy", speed, 0);
        assert!(last(&play).ends_with("rejected bad_speed"), "{}", last(&play));
    }
    for nothing in [0, 1, u64::MAX] {
        fetch(&mut play, "cy", nothing, 0);
        assert!(last(&play).ends_with("rejected no_such_replay"), "{}", last(&play));
    }
    let replay = id(&play);
    play.run("hold reads");
    fetch(&mut play, "cy", replay, 0);
    fetch(&mut play, "cy", replay, 0);
    play.fail_reads(Failure::LinkLost);
    play.run("let reads");
    assert!(play.people.transcript.iter().any(|line| line.ends_with("later store_away")));
    assert!(last(&play).contains("ok, 1 parts"), "the next is asked for anew: {}", last(&play));
}

#[test]
fn a_match_of_which_a_part_is_missing_is_damaged() {
    let mut play = books();
    played(&mut play);
    play.run("hold reads");
    let replay = id(&play);
    fetch(&mut play, "cy", replay, 0);
    play.answer_reads_with(|_| {});
    play.turn();
    play.answer_reads_with(|response| response.rows.clear());
    play.turn();
    assert!(last(&play).ends_with("rejected replay_is_damaged"), "{}", last(&play));
    assert!(ReplayChunkRow::DEF.key_columns == 2 && !play.store.rows::<ReplayChunkRow>().is_empty());
}

#[test]
fn only_so_many_watch_at_a_time_and_each_has_its_share() {
    let mut play = books();
    played(&mut play);
    let names: Vec<String> = (0..33).map(|n| format!("w{n}")).collect();
    for name in &names {
        play.run(&format!("{name} logs in"));
        watch(&mut play, name, 16, 0);
    }
    assert!(last(&play).ends_with("later too_many_watchers"), "{}", last(&play));
    pass(&mut play, 1_000);
    let over = play.people.transcript.iter().filter(|line| line.ends_with("as told, as then")).count();
    assert_eq!(over, 32);
}

#[test]
fn a_match_that_a_mistake_of_its_room_ended_ends_by_it_again() {
    let mut play = books();
    play.run("ana logs in\ncy logs in\nana joins book\nana commands 2100 x\nana commands 2100 panic");
    play.people.transcript.clear();
    watch(&mut play, "cy", 16, 0);
    pass(&mut play, 1_000);
    assert_eq!(heard(&play, WATCHED), ["0 lines", "x"]);
    assert_eq!(last(&play), "cy has seen it all: room_failed, as then");
    assert_eq!(play.world.figures().panics, 1, "of the room that was played");
}

#[test]
fn one_who_watches_chess_or_an_arena_from_the_start_sees_who_plays() {
    for (kind, begins, ends) in [("chess", 1_050, "1045"), ("arena", 1_093, "")] {
        let config = WorldConfig { preload: false, ..WorldConfig::default() };
        let mut play = Play::with_rooms(config, Registry::bundled);
        play.run(&format!("ana logs in\nbo logs in\ncy logs in\nana joins {kind}\nbo joins {kind}"));
        play.run(
            if ends.is_empty() { "bo leaves".to_owned() } else { format!("ana commands {ends}") }.as_str(),
        );
        play.people.transcript.clear();
        watch(&mut play, "cy", 16, 0);
        pass(&mut play, 1_000);
        let shown = heard(&play, &format!("cy is shown {begins} "));
        let all = &play.people.transcript;
        assert!(all.last().is_some_and(|line| line.ends_with("as then")), "{all:#?}");
        let begun = if kind == "chess" { &shown[1..] } else { &shown[..] };
        assert_eq!(begun.len(), 1, "{all:#?}");
    }
}

/// Each call takes so long, by the processor's clock.
struct Tired {
    took: Duration,
    calls: Arc<AtomicU32>,
}

impl RoomWatch for Tired {
    fn begin(&self, _: &Subject, _: &Calling<'_>) {}

    fn end(&self) -> Duration {
        self.calls.fetch_add(1, Relaxed);
        self.took
    }
}

#[test]
fn rooms_that_are_slow_to_play_again_leave_the_server_its_time() {
    let mut play = books();
    played(&mut play);
    let calls = Arc::new(AtomicU32::new(0));
    let took = Duration::from_millis(5);
    for name in ["w1", "w2", "w3", "w4"] {
        play.run(&format!("{name} logs in"));
    }
    play.world.watch_rooms(Box::new(Tired { took, calls: Arc::clone(&calls) }));
    for name in ["w1", "w2", "w3", "w4"] {
        watch(&mut play, name, 16, u64::MAX);
    }
    let mut all = 0;
    for _ in 0..100 {
        calls.store(0, Relaxed);
        pass(&mut play, 10);
        let in_turn = calls.load(Relaxed);
        assert!(in_turn <= 5, "{in_turn} calls of 5 ms in one turn");
        all += in_turn;
    }
    assert!(all <= 60, "{all} calls of 5 ms in a second");
    pass(&mut play, 3_000);
    let over = play.people.transcript.iter().filter(|line| line.ends_with("as told, as then")).count();
    assert_eq!(over, 4);
}

#[test]
fn a_match_that_ended_for_it_was_slow_is_not_played_again_here() {
    let mut play = books();
    play.run("ana logs in\ncy logs in\nana joins book\nana commands 2100 x");
    let took = Duration::from_millis(251);
    play.world.watch_rooms(Box::new(Tired { took, calls: Arc::default() }));
    play.run("ana commands 2100 x");
    assert!(play.people.transcript.iter().any(|line| line == "ana is out of the room: ROOM_SLOW"));
    watch(&mut play, "cy", 1, 0);
    assert!(last(&play).ends_with("rejected replay_is_slow"), "{}", last(&play));
    let replay = id(&play);
    fetch(&mut play, "cy", replay, 0);
    assert!(last(&play).contains("ok, 1 parts"), "it can be looked at elsewhere: {}", last(&play));
}

/// Remembers which match was played again.
struct Remembers(Arc<AtomicU64>);

impl RoomWatch for Remembers {
    fn begin(&self, subject: &Subject, _: &Calling<'_>) {
        if subject.lasts == Lasts::Replay {
            self.0.store(subject.room.0, Relaxed);
        }
    }

    fn end(&self) -> Duration {
        Duration::ZERO
    }
}

#[test]
fn a_match_that_ended_game_when_it_was_watched_is_not_played_again_by_the_games_after_it() {
    let mut play = books();
    let again = Arc::<AtomicU64>::default();
    play.world.watch_rooms(Box::new(Remembers(Arc::clone(&again))));
    played(&mut play);
    assert_eq!(again.load(Relaxed), 0, "none is");
    watch(&mut play, "cy", 1, 0);
    let replay = id(&play);
    assert_eq!(again.load(Relaxed), replay, "what the watchdog's note would name");
    play.config.stuck_replays = [replay].into();
    for _ in 0..2 {
        play.run("game dies\ncy comes back");
        watch(&mut play, "cy", 1, 0);
        assert!(last(&play).ends_with("rejected replay_is_stuck"), "{}", last(&play));
    }
    fetch(&mut play, "cy", replay, 0);
    assert!(last(&play).contains("ok, 1 parts"), "it can be looked at elsewhere: {}", last(&play));
    play.config.stuck_replays = [replay + 1].into();
    play.run("game dies\ncy comes back");
    watch(&mut play, "cy", 1, 0);
    assert!(!last(&play).contains("rejected"), "others can be watched: {}", last(&play));
}

#[test]
fn a_match_that_is_taken_away_while_somebody_fetches_it_is_refused_by_name() {
    const DAY: u64 = 24 * 3_600;
    let kept = Duration::from_secs(DAY);
    let config = WorldConfig { preload: false, replays_kept: kept, ..WorldConfig::default() };
    let mut play = Play::with_rooms(config, || {
        let mut registry = Registry::new();
        registry.register::<super::matches::Book>().expect("one");
        registry
    });
    play.run("ana logs in\nana joins book");
    for _ in 0..8 {
        play.run("pass 61000\nana commands 2100 x");
    }
    play.run("ana commands 2100 finish");
    let replay = id(&play);
    let chunks = |play: &Play| play.store.rows::<ReplayChunkRow>().len();
    let all = chunks(&play);
    assert!(8 <= all, "{all}");
    fetch(&mut play, "ana", replay, 0);
    assert!(last(&play).contains("ok, 1 parts"), "{}", last(&play));
    play.pass(Duration::from_secs(2 * DAY));
    play.run("cy logs in");
    for _ in 0..400 {
        if chunks(&play) < all {
            break;
        }
        play.pass(Duration::from_secs(1));
    }
    assert!((1..all).contains(&chunks(&play)), "a part of it is gone: {}", chunks(&play));
    fetch(&mut play, "cy", replay, 0);
    assert!(last(&play).ends_with("rejected replay_is_damaged"), "{}", last(&play));
    (0..200).for_each(|_| play.pass(Duration::from_secs(1)));
    fetch(&mut play, "cy", replay, 0);
    assert!(last(&play).ends_with("rejected no_such_replay"), "{}", last(&play));
}
