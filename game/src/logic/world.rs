//! The world: all state of the game, and the one door into it. Knows no socket, file, thread or clock.

use std::time::Instant;

use crate::{
    logic::event::{Event, Now, TurnOut, WorldConfig, WorldFigures},
    registry::Registry,
};

/// All state of the game.
pub struct World {
    config: WorldConfig,
    registry: Registry,
    figures: WorldFigures,
}

impl World {
    /// An empty world; `seed` comes from the operating system: secrets are made from it.
    #[must_use]
    pub fn new(config: WorldConfig, registry: Registry, seed: [u8; 32]) -> Self {
        let _ = seed;
        Self { config, registry, figures: WorldFigures::default() }
    }

    /// Takes one event in. What it causes is in the next [`Self::end_turn`].
    pub fn on_event(&mut self, event: Event<'_>, now: Now) {
        let _ = (event, now, &self.config, &self.registry);
    }

    /// Runs what is due, releases what may leave, and fills `out`, which must be clear.
    pub fn end_turn(&mut self, now: Now, out: &mut TurnOut) {
        let _ = (now, out);
    }

    /// When the next turn is due without any event.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        None
    }

    /// Accounts are loaded and dbfront was reached: players may log in.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        false
    }

    /// Counters and gauges.
    #[must_use]
    pub fn figures(&self) -> WorldFigures {
        self.figures
    }
}
