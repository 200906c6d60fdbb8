//! The lines of a script, and of the transcript, that are about fights, and a map to fight on.

use std::sync::Arc;

use proto::{
    client::{Attack, Attacked, Died, Hit, Looted, Respawned},
    kinds,
    packet::Packet,
    wire,
};

use super::{
    Play, bundled,
    people::{People, read},
};
use crate::logic::{
    design::Design,
    event::{Event, WorldConfig},
    map::ground::{Place, Placed},
};

/// The bundled tables, with these monsters on the map.
pub(crate) fn design_with(placed: Vec<Placed>) -> Arc<Design> {
    Arc::new(bundled().with_monsters(placed))
}

/// So many of a kind around a place.
pub(crate) fn placed(number: u32, (x_mm, y_mm): (i64, i64), count: u32, within_mm: i64) -> Placed {
    Placed { number, at: Place { x_mm, y_mm }, count, within_mm }
}

impl Play {
    /// A play on a map with these monsters.
    pub(crate) fn with_monsters(config: WorldConfig, placed: Vec<Placed>) -> Self {
        let mut play = Self::new(config);
        play.event(Event::Design(design_with(placed)));
        play.turn();
        play.turn();
        play
    }

    /// A player's line.
    pub(super) fn fight_does(&mut self, name: &str, does: &[&str]) {
        match *does {
            ["strikes", avatar] => {
                let body = Attack { avatar: avatar.parse().unwrap() };
                self.command(name, kinds::ATTACK, &wire::encode(&body));
            }
            ["respawns"] => self.command(name, kinds::RESPAWN, &[]),
            _ => self.mail_does(name, does),
        }
    }
}

impl People {
    pub(super) fn is_of_fight(&self, kind: u32) -> bool {
        [kinds::HIT, kinds::DIED, kinds::LOOTED].contains(&kind)
    }

    /// How an OK is shown.
    pub(super) fn fight_answer(&mut self, kind: u32, result: &[u8]) -> String {
        if kind == kinds::ATTACK {
            let Attacked { damage, life, .. } = read(result);
            format!("ok, {damage}, {life} % left")
        } else {
            let Respawned { x_mm, y_mm, hp } = read(result);
            format!("ok, at {x_mm} {y_mm}, hp {hp}")
        }
    }

    pub(super) fn fight_news(&mut self, name: &str, packet: Packet<'_>) -> String {
        match packet.kind {
            kinds::HIT => {
                let Hit { by, whom, damage, life } = read(packet.body);
                format!("{name} sees {by} hit {whom}: {damage}, {life} % left")
            }
            kinds::DIED => {
                let Died { by, respawn_ms, .. } = read(packet.body);
                format!("{name} is dead by {by}, for {respawn_ms} ms")
            }
            _ => {
                let looted: Looted = read(packet.body);
                let things = |things: &[proto::client::LootThing]| {
                    let things = things.iter().map(|thing| format!("{} of {}", thing.quantity, thing.kind));
                    things.collect::<Vec<_>>().join(", ")
                };
                let left = if looted.left.is_empty() { "" } else { ", leaves " };
                let (took, left_there) = (things(&looted.things), things(&looted.left));
                format!("{name} gets {} gold [{took}]{left}{left_there}", looted.gold)
            }
        }
    }
}
