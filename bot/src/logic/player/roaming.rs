//! A player on the map: the way onto it, its steps, and what it is told of others.

use std::time::Instant;

use bytes::Bytes;
use client::Outcome;
use proto::{
    client::{CellState, CharCreate, CharEnter, Character, Characters, Entered, MoveRefused},
    kinds::{CELL_STATE, CHAR_CREATE, CHAR_ENTER, CHAR_LIST, MOVE, MOVE_REFUSED},
    prescan::Budget,
    wire::{decode, encode},
};

use crate::logic::{
    player::{Ask, Order, Player, What},
    stats::Deed,
    talk::Person,
    world::{Finding, World},
};

impl Player {
    /// What brings it onto the map: its character, made if there is none.
    pub(super) fn map_question(&self, world: &World) -> (u32, Vec<u8>, What) {
        match self.character {
            None => (CHAR_LIST, Vec::new(), What::Characters),
            Some(NO_CHARACTER) => {
                let name = world.name('w', self.id);
                (CHAR_CREATE, encode(&CharCreate { name }), What::Create)
            }
            Some(character) => (CHAR_ENTER, encode(&CharEnter { character }), What::Enter),
        }
    }

    /// The result of a command that brings it into the world, after which it asks on; without one it is known what
    /// follows.
    pub(super) fn on_way_in(&mut self, outcome: Outcome, now: Instant, world: &mut World) -> Option<Bytes> {
        self.asks.map = Ask::Wanted;
        match outcome {
            Outcome::Ok(result) => return Some(result),
            Outcome::RetryLater { after_ms, .. } => self.ask_again(after_ms, now),
            Outcome::Rejected(code) => {
                self.asks.map = Ask::Had;
                world.found(self.id, Finding::new("enter_refused", code));
            }
        }
        None
    }

    /// An answer on that way.
    pub(super) fn on_map_answer(&mut self, what: &What, outcome: Outcome, now: Instant, world: &mut World) {
        let Some(result) = self.on_way_in(outcome, now, world) else { return };
        let read = match what {
            What::Characters => decode::<Characters>(&result, BUDGET).map(|list| {
                let first = list.characters.iter().find(|one| one.gone_ms == 0);
                self.character = Some(first.map_or(NO_CHARACTER, |one| one.id));
            }),
            What::Create => decode::<Character>(&result, BUDGET).map(|made| self.character = Some(made.id)),
            _ => decode::<Entered>(&result, BUDGET).map(|entered| {
                self.asks.map = Ask::Had;
                let again = std::mem::replace(&mut self.has_walked, true);
                if let (Some(Character { id, name, .. }), Some(facts)) = (entered.character, &entered.map) {
                    world.talk.enter(self.id, Person { character: id, name, avatar: facts.avatar });
                }
                match entered.map {
                    None => world.found(self.id, Finding::new("enter_garbled", "no map".to_owned())),
                    Some(facts) => {
                        self.walk.begin(now);
                        for state in self.walk.enter(facts, again, &mut world.atlas) {
                            self.on_cell(state, now, world);
                        }
                    }
                }
            }),
        };
        if let Err(error) = read {
            self.asks.map = Ask::Had;
            world.found(self.id, Finding::new("enter_garbled", error.to_string()));
        }
        self.advance_settled(world);
    }

    /// The next step, which was meant to leave at `due`.
    pub(super) fn step(&mut self, due: Instant, world: &mut World) -> Option<Order> {
        if !self.walk.is_due(due) {
            return None;
        }
        let step = self.walk.step(self.move_period, &mut self.rng)?;
        let avatar = self.walk.avatar()?;
        let to = crate::logic::atlas::Point { x_mm: step.x_mm, y_mm: step.y_mm };
        world.atlas.sent(avatar, to, due);
        self.walk.sent(due);
        world.stats.sent(Deed::Move);
        Some(Order { kind: MOVE, body: encode(&step), sent: None })
    }

    /// News of the map.
    pub(super) fn on_map_push(&mut self, kind: u32, body: &[u8], now: Instant, world: &mut World) {
        match kind {
            CELL_STATE => match decode::<CellState>(body, BUDGET) {
                Ok(state) => self.on_cell(state, now, world),
                Err(error) => world.found(self.id, Finding::new("cell_garbled", error.to_string())),
            },
            MOVE_REFUSED => match decode::<MoveRefused>(body, BUDGET) {
                Ok(refused) => {
                    world.rejected(Deed::Move, &refused.reason);
                    let told = self.walk.refused(&refused, now, &mut world.atlas);
                    world.check(self.id, told);
                }
                Err(error) => world.found(self.id, Finding::new("cell_garbled", error.to_string())),
            },
            _ => {}
        }
    }

    fn on_cell(&mut self, state: CellState, now: Instant, world: &mut World) {
        let mut found = Vec::new();
        self.walk.hear(state, now, &mut world.atlas, &mut world.stats, &mut found);
        found.into_iter().for_each(|finding| world.found(self.id, finding));
    }

    /// Everybody stands still: compares what it sees with where all are.
    pub(super) fn judge_map(&self, world: &mut World) {
        let mut found = Vec::new();
        self.walk.judge(&world.atlas, &mut found);
        found.into_iter().for_each(|finding| world.found(self.id, finding));
    }
}

/// The account has none yet. No id is 0.
const NO_CHARACTER: u64 = 0;
/// A packet of a crowded cell.
const BUDGET: Budget = Budget { depth: 4, fields: 1 << 12, repeated: 1 << 12 };
