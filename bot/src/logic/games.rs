//! Games that players play in rooms, and how a player comes into one, out of it and back after a gap. Every game is a
//! [`Game`]: told what its room says, asked what to do. Knows no sockets, and no rules of any game.

mod kind;
mod parlor;
mod seat;
#[cfg(test)]
mod tests;

use std::{fmt, time::Instant};

use client::Outcome;
use rand_chacha::ChaCha8Rng;

pub use self::{
    kind::{Choices, GameKind},
    parlor::{GameFigures, Parlor},
    seat::{Errand, Seat, Todo},
};
use crate::logic::world::Finding;

/// One match as one of its players sees it: made when the player sits down, thrown away when the room is left.
pub trait Game: fmt::Debug {
    /// A packet of the room's own kinds. After a gap the room shows all anew, as to somebody who comes.
    ///
    /// # Errors
    /// What must not be.
    fn hear(&mut self, kind: u32, body: &[u8], now: Instant) -> Result<(), Finding>;

    /// What to do now. Asked whenever nothing is on its way, so one command at a time; signals may come in between.
    fn next(&mut self, mood: Mood, now: Instant, rng: &mut ChaCha8Rng) -> Option<Act>;

    /// When [`Self::next`] has something to do, if nothing is heard before.
    fn wake_at(&self) -> Option<Instant>;

    /// The answer to the command that it asked for last.
    ///
    /// # Errors
    /// A refusal that the rules do not explain.
    fn answered(&mut self, kind: u32, outcome: &Outcome) -> Result<(), Finding>;

    /// The session did not go on: whatever was on its way may have happened or not, and all will be shown anew.
    fn interrupted(&mut self);

    /// How it ended, once that is told.
    fn end(&self) -> Option<End>;

    /// Whether the own gold can be so much more than before, stakes paid and won together, after an end that was not
    /// heard.
    fn may_bring(&self, gold: i64) -> bool;
}

/// What a player wants of its match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// To play it.
    Play,
    /// To end it soon by the rules: the run is over.
    Hurry,
}

/// Something a player does in its room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Of the room's own kinds.
    pub kind: u32,
    /// The message, encoded.
    pub body: Vec<u8>,
    /// It has no answer.
    pub is_signal: bool,
}

/// How a match ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// What every player of it must be told alike, `1-0 checkmate`; its first word is counted in the report.
    pub told: String,
    /// What it brought to this player, stakes paid and won together.
    pub gold: i64,
}
