//! What a game that is built on Ding sees of it: the contract of rooms, their registry, and the game as one value.
//! Knows no command.

pub use game::{Registry, registry::RegistryError, replay, room, table};

use bot::{Actor, Failed, Script};

/// A game: its rooms, and what its bots can play.
#[derive(Debug)]
pub struct Game {
    pub(crate) registry: Registry,
    pub(crate) scripts: Vec<Script>,
}

impl Game {
    /// With these rooms, and no scenario of its own.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        Self { registry, scripts: Vec::new() }
    }

    /// Adds what `bot run NAME` plays: `play` is called again and again for each player. A name of Ding's own scenarios
    /// stays theirs; `about` is its line in the help.
    #[must_use]
    pub fn scenario(
        mut self,
        name: &'static str,
        about: &'static str,
        play: impl AsyncFn(&mut Actor) -> Result<(), Failed> + Copy + 'static,
    ) -> Self {
        self.scripts.push(Script::new(name, about, play));
        self
    }
}

impl From<Registry> for Game {
    fn from(registry: Registry) -> Self {
        Self::new(registry)
    }
}
