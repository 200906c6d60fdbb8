//! What the hearers of a cell are told: the changes of one tick, or all that is in it, as packets of bounded
//! size. Written once for all who hear it. Knows no avatar beyond its looks, and no group.

#[cfg(test)]
mod tests;

use proto::{
    client::{Appeared, CellState},
    kinds,
    limits::{CELL_APPEARED_MAX, CELL_HURT_MAX, CELL_MOVED_MAX, CELL_VANISHED_MAX},
    packet::Packet,
    wire,
};

use super::{cells::Cell, ground::Place};

/// An avatar as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks {
    /// Its character; unique among all ids.
    pub character: u64,
    /// As shown.
    pub name: String,
    /// From 1; 0 for a monster.
    pub level: u32,
    /// Its number among the designers' monsters; 0: it is a player's character.
    pub monster: u32,
}

/// An avatar as it is just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its number in packets.
    pub avatar: u32,
    /// Where it is.
    pub at: Place,
    /// What it has of its life, of 100; 0: dead.
    pub life: u8,
}

/// Writes one cell after the other. Keeps its memory.
#[derive(Debug, Default)]
pub struct CellWriter {
    state: CellState,
    packet: Vec<u8>,
}

/// One cell being written. It is told when it is dropped into [`Telling::end`].
pub struct Telling<'a, E: FnMut(&[u8])> {
    writer: &'a mut CellWriter,
    corner: Place,
    emit: E,
}

impl CellWriter {
    /// Begins with a cell, whose south-west corner is `corner`. `whole`: a snapshot. Each finished packet goes
    /// to `emit`.
    pub fn cell<E: FnMut(&[u8])>(&mut self, head: Head, corner: Place, emit: E) -> Telling<'_, E> {
        self.state.cell = head.cell.0;
        self.state.tick = head.tick;
        self.state.whole = head.whole;
        Telling { writer: self, corner, emit }
    }
}

/// What all packets of a cell begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which.
    pub cell: Cell,
    /// Of the map's clock.
    pub tick: u32,
    /// A snapshot.
    pub whole: bool,
}

impl<E: FnMut(&[u8])> Telling<'_, E> {
    /// An avatar is here that was not, or that looks different now.
    pub fn appeared(&mut self, looks: &Looks, shape: Shape) {
        let Looks { character, name, level, monster } = looks;
        let (x_mm, y_mm) = self.relative(shape.at);
        let appeared = Appeared {
            avatar: shape.avatar,
            character: *character,
            name: name.clone(),
            level: *level,
            x_mm,
            y_mm,
            monster: *monster,
            life: shape.life.into(),
        };
        self.writer.state.appeared.push(appeared);
        if CELL_APPEARED_MAX <= self.writer.state.appeared.len() {
            self.flush();
        }
    }

    /// An avatar is somewhere else in this cell.
    pub fn moved(&mut self, avatar: u32, at: Place) {
        let (x_mm, y_mm) = self.relative(at);
        self.writer.state.moved.push(avatar);
        self.writer.state.moved_to.extend([x_mm, y_mm]);
        if CELL_MOVED_MAX <= self.writer.state.moved.len() {
            self.flush();
        }
    }

    /// An avatar's life is another.
    pub fn hurt(&mut self, avatar: u32, life: u8) {
        self.writer.state.hurt.push(avatar);
        self.writer.state.hurt_to.push(life.into());
        if CELL_HURT_MAX <= self.writer.state.hurt.len() {
            self.flush();
        }
    }

    /// An avatar is not here any more.
    pub fn vanished(&mut self, avatar: u32) {
        self.writer.state.vanished.push(avatar);
        if CELL_VANISHED_MAX <= self.writer.state.vanished.len() {
            self.flush();
        }
    }

    /// The last packet. A snapshot has at least one, however empty the cell.
    pub fn end(mut self) {
        let CellState { whole, appeared, moved, vanished, hurt, .. } = &self.writer.state;
        if *whole || !(appeared.is_empty() && moved.is_empty() && vanished.is_empty() && hurt.is_empty()) {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let CellWriter { state, packet } = &mut *self.writer;
        packet.clear();
        wire::put(packet, Packet { kind: kinds::CELL_STATE, ..Packet::default() }, state);
        (self.emit)(packet);
        // What follows belongs to it.
        state.whole = false;
        state.appeared.clear();
        state.moved.clear();
        state.moved_to.clear();
        state.vanished.clear();
        state.hurt.clear();
        state.hurt_to.clear();
    }

    fn relative(&self, at: Place) -> (i32, i32) {
        // A map's edge is far below the bounds of an i32 (limits.rs).
        let offset = |mm: i64, corner: i64| i32::try_from(mm - corner).unwrap_or_default();
        (offset(at.x_mm, self.corner.x_mm), offset(at.y_mm, self.corner.y_mm))
    }
}
