//! Rooms that do everything wrong that a room can do: a server with such rooms (`examples/faulty.rs`) loses the one that
//! did it, under a name, and nobody else notices more than one pause.

use std::{
    fs,
    path::PathBuf,
    process::Command,
    sync::mpsc::{RecvTimeoutError, sync_channel},
    time::Duration,
};

use proto::{
    client::{LoggedIn, RoomJoin, RoomLeft, Status},
    kinds,
    prescan::Budget,
    wire,
};
use rustix::process::Signal;
use serde_json::Value;

use crate::support::{
    bots::judge_tables,
    player::Player,
    stack::{Role, Stack, signal},
};

/// The server whose rooms obey: built beside the program under test.
fn faulty() -> PathBuf {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_ding"));
    let folder = program.parent().expect("a folder");
    let faulty = folder.join("examples/faulty");
    assert!(faulty.exists(), "cargo build --example faulty");
    faulty
}

/// Two in the room that will fail, two in another of its kind, two in none.
struct Scene {
    stack: Stack,
    victims: [Player; 2],
    neighbors: [Player; 2],
    others: [Player; 2],
    _folder: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let few = ["--set", MEMORY];
        let stack = Stack::start_program(
            &faulty(),
            &folder.path().join("d"),
            &few,
            &[],
            std::process::Stdio::piped(),
        );
        let two = || [Player::guest(stack.listen), Player::guest(stack.listen)];
        let (mut victims, mut neighbors, others) = (two(), two(), two());
        victims.iter_mut().for_each(|player| join(player, "faulty#1"));
        neighbors.iter_mut().for_each(|player| join(player, "faulty#2"));
        for player in victims.iter_mut().chain(&mut neighbors) {
            player.ok(DO, b"count");
        }
        victims.iter_mut().for_each(|player| drop(player.ok(DO, b"stake")));
        Self { stack, victims, neighbors, others, _folder: folder }
    }

    /// Nobody's answer.
    fn fail(&mut self, word: &[u8]) {
        self.victims[0].sends(DO, word);
    }

    fn everybody(&mut self) -> impl Iterator<Item = &mut Player> {
        self.victims.iter_mut().chain(&mut self.neighbors).chain(&mut self.others)
    }

    /// Notes by their endings.
    fn notes(&self, ending: &str) -> Vec<Value> {
        let folder = fs::read_dir(self.stack.data().join("quarantine")).expect("a folder");
        let paths = folder.map(|entry| entry.expect("an entry").path());
        let notes = paths.filter(|path| path.extension().is_some_and(|found| found == ending));
        notes.map(|path| serde_json::from_slice(&fs::read(path).expect("a note")).expect("JSON")).collect()
    }

    /// Game ends for that reason, is back at once, and everybody has a seat again; returns the note.
    fn ends_game(&mut self, word: &str, why: &str) -> Value {
        let before = self.stack.log.count();
        self.fail(word.as_bytes());
        let why = format!("\"why\":\"{why}\"");
        let (at, line) = self.stack.log.wait_for(before, &["\"room.stuck\"", &why]);
        assert!(line.contains("\"number\":1") && line.contains("\"kind\":\"faulty\""), "{line}");
        let (at, _) = self.stack.log.wait_for(at, &["\"child.restart\"", "\"game\"", "SIGABRT"]);
        self.stack.log.wait_for(at, &["\"room.quarantined\""]);
        self.stack.log.wait_for(at, &["\"child.back\"", "\"game\""]);
        self.everybody().for_each(is_seated_again);
        for player in &mut self.victims {
            assert_eq!(player.known.room, 0, "its room is closed");
            assert_eq!(player.gold(), 1_000, "its stake is back");
        }
        for (count, player) in ["3", "4"].iter().zip(&mut self.neighbors) {
            assert_ne!(player.known.room, 0, "its room goes on");
            assert_eq!(player.ok(DO, b"count"), count.as_bytes(), "where it was");
        }
        self.stack.log.wait_for(at, &["\"room.released\"", "\"is_put_away\":true"]);
        let [to, from] = &mut self.others;
        from.pays(to.known.account, 7);
        to.has_been_paid(1);
        assert_eq!(self.notes("json").len(), 0, "nothing waits to be closed");
        let mut notes = self.notes("done");
        assert_eq!(notes.len(), 1, "{notes:?}");
        notes.remove(0)
    }

    /// It all goes on, and adds up.
    fn ends_well(self) {
        let tables = self.stack.data().join("game.db");
        let ended = self.stack.stop_and(|| judge_tables(&tables));
        assert!(ended.status.success(), "{}", ended.log);
        assert_eq!(ended.log.matches("\"room.stuck\"").count(), 1, "{}", ended.log);
        assert_eq!(ended.log.matches("\"child.restart\"").count(), 1, "{}", ended.log);
    }
}

fn join(player: &mut Player, room: &str) {
    player.ok(kinds::ROOM_JOIN, &wire::encode(&RoomJoin { room: room.to_owned(), ..RoomJoin::default() }));
}

/// Game died, and its connection did not: waits for the word of the next one, and answers it.
fn is_seated_again(player: &mut Player) {
    loop {
        let (kind, _, body) = player.raw.next().expect("the connection stays");
        assert_ne!(kind, kinds::CLOSE, "{body:?}");
        if kind == kinds::RESET {
            let known: LoggedIn = wire::decode(&body, Budget::CLIENT).expect("a seat");
            player.raw.received = 0;
            (player.token, player.cseq) = (known.token.to_vec(), known.cseq_last);
            player.known = known;
            player.raw.send_packet(kinds::RESET_TAKEN, 0, &[]);
            return;
        }
    }
}

/// Whether its room still counts.
fn counts(player: &mut Player) -> bool {
    player.sends(DO, b"count");
    player.is_answered().expect("it plays").status() == Status::Ok
}

/// The name under which it is out of its room.
fn left(player: &mut Player) -> String {
    let (_, body) = player.raw.wait_for(kinds::ROOM_LEFT).expect("it plays");
    wire::decode::<RoomLeft>(&body, Budget::CLIENT).expect("a reason").reason
}

#[test]
fn a_call_that_loops_for_ever_ends_game_and_is_noted_with_its_input() {
    let mut scene = Scene::new();
    let who = scene.victims[0].known.account;
    let note = scene.ends_game("loop", "stuck");
    assert_eq!(
        (&note["kind"], &note["number"], &note["durable"]),
        (&"faulty".into(), &1.into(), &true.into())
    );
    let input = &note["input"];
    assert_eq!(
        (&input["what"], &input["account"], &input["number"]),
        (&"message".into(), &who.into(), &DO.into())
    );
    assert_eq!(input["body"], "6c6f6f70", "loop");
    scene.ends_well();
}

#[test]
fn a_timer_that_never_returns_ends_game_too() {
    let mut scene = Scene::new();
    let note = scene.ends_game("loop later", "stuck");
    assert_eq!((&note["input"]["what"], &note["input"]["number"]), (&"timer".into(), &1.into()));
    scene.ends_well();
}

#[test]
fn a_call_that_waits_without_using_the_processor_ends_game_too() {
    let mut scene = Scene::new();
    scene.ends_game("wait", "stuck");
    scene.ends_well();
}

#[test]
fn a_call_that_uses_up_the_stack_ends_game_with_a_note() {
    let mut scene = Scene::new();
    scene.ends_game("recurse", "stack");
    scene.ends_well();
}

#[test]
fn a_call_that_takes_memory_without_end_ends_game_with_a_note() {
    let mut scene = Scene::new();
    scene.ends_game("allocate", "memory");
    scene.ends_well();
}

#[test]
fn memory_that_the_system_refuses_ends_game_with_a_note() {
    let mut scene = Scene::new();
    scene.ends_game("allocate at once", "aborted");
    scene.ends_well();
}

#[test]
fn a_panic_within_a_panic_ends_game_with_a_note() {
    let mut scene = Scene::new();
    scene.ends_game("panic twice", "aborted");
    scene.ends_well();
}

#[test]
fn a_game_that_is_killed_in_the_middle_of_a_call_leaves_no_note() {
    let mut scene = Scene::new();
    let before = scene.stack.log.count();
    scene.fail(b"wait");
    scene.stack.log.wait_for(before, &["the room waits"]);
    scene.stack.kill(Role::Game);
    scene.stack.log.wait_for(before, &["\"child.back\"", "\"game\""]);
    assert_eq!([scene.notes("json"), scene.notes("done")].concat().len(), 0);
    scene.everybody().for_each(is_seated_again);
    assert_eq!(scene.stack.stop().log.matches("\"room.stuck\"").count(), 0);
}

#[test]
fn a_game_that_is_stopped_in_the_middle_of_a_call_goes_on_with_it() {
    let mut scene = Scene::new();
    let (game, before) = (scene.stack.pid(Role::Game), scene.stack.log.count());
    scene.fail(b"rest");
    scene.stack.log.wait_for(before, &["the room waits"]);
    signal(game, Signal::STOP);
    // Longer than any call may take.
    let (_sender, clock) = sync_channel::<()>(0);
    assert_eq!(clock.recv_timeout(Duration::from_secs(4)), Err(RecvTimeoutError::Timeout));
    signal(game, Signal::CONT);
    assert_eq!(scene.victims[0].is_answered().expect("it plays").status(), Status::Ok);
    assert_eq!(scene.stack.pid(Role::Game), game);
    assert_eq!(scene.stack.stop().log.matches("\"room.stuck\"").count(), 0);
}

/// What the bundle of a room that panicked holds is executed again to the same panic.
fn breaks_again(stack: &Stack, before: usize) {
    let (_, line) = stack.log.wait_for(before, &["\"room.bundle\""]);
    let line: Value = serde_json::from_str(&line).expect("JSON");
    let replay = Command::new(faulty()).args(["replay", line["path"].as_str().expect("a path")]).output();
    let replay = replay.expect("it runs");
    let story = String::from_utf8_lossy(&[replay.stdout, replay.stderr].concat()).into_owned();
    assert!(replay.status.success(), "{story}");
    for words in ["breaks as then: room_failed", "as it was told", "then, in build"] {
        assert!(story.contains(words), "{words}: {story}");
    }
}

#[test]
fn each_limit_closes_the_room_that_passes_it_by_its_name_and_no_other() {
    let mut scene = Scene::new();
    let cases: [(&[u8], &str); 5] = [
        (b"burn", "ROOM_SLOW"),
        (b"panic", "room_failed"),
        (b"output", "ROOM_OUTPUT"),
        (b"calls", "ROOM_CALLS"),
        (b"state", "ROOM_STATE"),
    ];
    for (word, name) in cases {
        let before = scene.stack.log.count();
        scene.fail(word);
        for player in &mut scene.victims {
            assert_eq!(left(player), name, "{}", String::from_utf8_lossy(word));
            join(player, "faulty#1");
        }
        for player in &mut scene.neighbors {
            player.ok(DO, b"count");
        }
        if name == "room_failed" {
            breaks_again(&scene.stack, before);
        }
    }
    while counts(&mut scene.victims[0]) {}
    assert_eq!(left(&mut scene.victims[1]), "ROOM_INPUTS");
    assert_eq!([scene.notes("json"), scene.notes("done")].concat().len(), 0);
    assert!(scene.stack.stop().status.success());
}

/// By which a call may make game larger, so that a test needs little.
const MEMORY: &str = "game.room_memory_bytes=268435456";
/// Of `examples/faulty.rs`.
const DO: u32 = 1_900;
