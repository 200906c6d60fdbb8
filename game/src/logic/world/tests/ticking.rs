//! Rooms that say whether they need ticks: one that rests costs the journal nothing, and goes on after a crash as it
//! stood.

use std::time::Duration;

use proto::kinds::{KindDef, Lane};
use serde::{Deserialize, Serialize};

use super::{matches::last, *};
use crate::{
    logic::event::WorldConfig,
    registry::Registry,
    room::{Journal, Message, Opening, Refusal, Room, RoomCtx, RoomKind, Tick, command, told},
};

const DO: u32 = 2_300;
const BEAT: u32 = 2_301;

/// Counts its ticks, while it was told to.
#[derive(Default, Serialize, Deserialize)]
struct Metronome {
    runs: bool,
    ticks: u32,
}

impl RoomKind for Metronome {
    const NAME: &'static str = "metronome";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Every(Duration::from_millis(50));
    const MEMBERS_MAX: usize = 4;
    const KINDS: &'static [KindDef] =
        &[command(DO, "metronome_do", 64, 1), told(BEAT, "metronome_beat", 64, Lane::LatestWins)];

    fn open(_: &Opening<'_>) -> Result<Self, Refusal> {
        Ok(Self::default())
    }
}

impl Room for Metronome {
    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        match message.body {
            b"run" => self.runs = true,
            b"rest" => self.runs = false,
            _ => {}
        }
        ctx.broadcast_latest(BEAT, message.body);
        ctx.answer(self.ticks.to_string().as_bytes());
        Ok(())
    }

    fn tick(&mut self, _: &mut RoomCtx<'_>) {
        self.ticks += 1;
    }

    fn ticks(&self) -> bool {
        self.runs
    }
}

fn metronomes() -> Play {
    let config = WorldConfig { preload: false, shadow_one_in: 1, ..WorldConfig::default() };
    Play::with_rooms(config, || {
        let mut registry = Registry::bundled();
        registry.register::<Metronome>().unwrap();
        registry
    })
}

fn counted(play: &mut Play) -> u32 {
    play.run("ana commands 2300 count");
    last(play).rsplit(' ').next().unwrap().parse().unwrap()
}

fn passes(play: &mut Play, turns: u32) {
    (0..turns).for_each(|_| play.run("pass 50"));
}

#[test]
fn a_room_ticks_while_it_says_that_it_needs_to_and_after_a_crash_as_before() {
    let mut play = metronomes();
    play.run("ana logs in\nana joins metronome");
    passes(&mut play, 20);
    assert_eq!(counted(&mut play), 0);
    play.run("ana commands 2300 run");
    passes(&mut play, 20);
    assert_eq!(counted(&mut play), 20);
    play.run("game dies\nana comes back");
    let before = counted(&mut play);
    passes(&mut play, 20);
    let after = counted(&mut play);
    assert!((19..=21).contains(&(after - before)), "{before} {after}");
    play.run("ana commands 2300 rest");
    passes(&mut play, 20);
    let rests = counted(&mut play);
    assert!(rests - after <= 1, "{after} {rests}");
    play.run("game dies\nana comes back");
    passes(&mut play, 20);
    assert_eq!(counted(&mut play), rests);
    assert!(play.diverged.is_empty(), "its shadow hears the same ticks");
}

#[test]
fn what_a_room_that_rests_says_latest_wins_leaves_with_the_turn() {
    let mut play = metronomes();
    play.run("ana logs in\nbo logs in\nana joins metronome\nbo joins metronome\nana commands 2300 hello");
    let heard = play.people.transcript.join("\n");
    assert!(heard.contains("bo sees 2301 hello"), "{heard}");
}

#[test]
fn an_arena_in_which_nobody_plays_yet_costs_the_journal_nothing() {
    let mut play = metronomes();
    play.run("ana logs in\nana joins arena\npass 100");
    let before = play.store.journal.len();
    passes(&mut play, 200);
    let seconds = 10;
    let records = play.store.journal.len() - before;
    assert!(records <= seconds + 1, "the clock of rooms alone, once a second: {records}");
}
