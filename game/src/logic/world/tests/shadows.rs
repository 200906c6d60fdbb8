//! The shadow check finds rooms that depend on what they were not told, and names the input and the field.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Instant,
};

use proto::kinds::KindDef;
use serde::{Deserialize, Serialize};

use super::*;
use crate::{
    logic::event::WorldConfig,
    registry::Registry,
    room::{Journal, Message, Opening, Refusal, Room, RoomCtx, RoomKind, Tick, command},
};

const DO: u32 = 2_200;

/// A room that does one forbidden thing at a word.
#[derive(Default, Serialize, Deserialize)]
struct Careless {
    said: u32,
    nanos: u64,
    heap: HashMap<u32, u32>,
    #[serde(skip)]
    forgotten: u32,
    sum: u32,
}

/// A clock that nobody gave it.
fn clock() -> u64 {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    #[expect(clippy::disallowed_methods, reason = "it is what the check has to find")]
    let nanos = Instant::now().elapsed().as_nanos();
    u64::try_from(nanos).unwrap_or(0).wrapping_add(CALLS.fetch_add(1, Relaxed))
}

impl RoomKind for Careless {
    const NAME: &'static str = "careless";
    const JOURNAL: Journal = Journal::Inputs;
    const TICK: Tick = Tick::Never;
    const MEMBERS_MAX: usize = 4;
    const KINDS: &'static [KindDef] = &[command(DO, "careless_do", 64, 1)];

    fn open(_: &Opening<'_>) -> Result<Self, Refusal> {
        Ok(Self::default())
    }
}

impl Room for Careless {
    fn message(&mut self, _: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        self.said += 1;
        match message.body {
            b"clock" => self.nanos = clock(),
            b"map" => (0..64).for_each(|key| {
                self.heap.insert(key, key);
            }),
            b"forget" => {
                self.forgotten += 1;
                self.sum += self.forgotten;
            }
            _ => {}
        }
        Ok(())
    }
}

fn careless(shadow_one_in: u32) -> Play {
    let config = WorldConfig { preload: false, shadow_one_in, ..WorldConfig::default() };
    Play::with_rooms(config, || {
        let mut registry = Registry::new();
        registry.register::<Careless>().unwrap();
        registry
    })
}

#[track_caller]
fn finds(script: &str, input: u64, field: &str) {
    let mut play = careless(1);
    play.run(&format!(
        "ana logs in\nana joins careless\nana commands 2200 fine\n{script}\nana commands 2200 fine"
    ));
    assert_eq!(play.diverged.len(), 1, "said once: {:?}", play.diverged);
    let found = &play.diverged[0];
    assert_eq!((found.kind, found.input), ("careless", input));
    assert!(found.field.starts_with(field), "{}", found.field);
    assert_eq!(play.world.figures().rooms_diverged, 1);
    assert_eq!(play.world.figures().rooms, 1, "it plays on");
}

#[test]
fn a_read_of_the_clock_is_found_with_the_field_that_it_went_into() {
    finds("ana commands 2200 clock", 3, "room.nanos: ");
}

#[test]
fn a_map_without_an_order_is_found_by_its_name() {
    finds("ana commands 2200 map", 3, "room.heap, the order: ");
}

#[test]
fn what_is_not_in_the_state_is_found_where_it_first_matters() {
    // The shadow is made when the room opens, and goes along until one is made of what was saved: only what a crash would
    // lose differs then.
    let mut play = careless(1);
    play.run("ana logs in\nana joins careless\nana commands 2200 forget");
    play.run("pass 61000\nana commands 2200 forget");
    assert!(play.diverged.is_empty(), "as it was until then: {:?}", play.diverged);
    play.run("ana commands 2200 forget\nana commands 2200 forget");
    assert_eq!(play.diverged.len(), 1, "said once: {:?}", play.diverged);
    let found = &play.diverged[0];
    assert_eq!((found.kind, found.input), ("careless", 4));
    assert!(found.field.starts_with("room.sum: "), "{}", found.field);
}

#[test]
fn a_room_that_keeps_to_what_it_is_told_is_left_in_peace() {
    let mut play = careless(1);
    play.run("ana logs in\nana joins careless\nana commands 2200 fine\nana leaves\nana joins careless");
    assert!(play.diverged.is_empty());
    let mut play = careless(0);
    play.run("ana logs in\nana joins careless\nana commands 2200 clock");
    assert!(play.diverged.is_empty(), "nobody looks");
}
