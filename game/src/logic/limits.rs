//! What of a world's settings may change while people play. Knows no file and nobody who changes it.

use super::{event::WorldConfig, world::World};

/// See [`WorldConfig`] for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of WorldConfig carry the description of each")]
pub struct Limits {
    pub players_max: usize,
    pub logins_per_s_min: u32,
    pub logins_per_s_max: u32,
    pub chat_per_s: u32,
    pub commands_per_s: u32,
    pub commands_burst: u32,
    pub guests_per_address_per_hour: u32,
}

impl Limits {
    /// Those of a configuration.
    #[must_use]
    pub fn of(config: &WorldConfig) -> Self {
        Self {
            players_max: config.players_max,
            logins_per_s_min: config.logins_per_s_min,
            logins_per_s_max: config.logins_per_s_max,
            chat_per_s: config.chat_per_s,
            commands_per_s: config.commands_per_s,
            commands_burst: config.commands_burst,
            guests_per_address_per_hour: config.guests_per_address_per_hour,
        }
    }
}

impl World {
    /// From now on. What a session has saved up is cut to the new bound when it is looked at next; whoever plays beyond the
    /// new number of players plays on, and nobody else comes in until there is room.
    pub(super) fn take_limits(&mut self, limits: Limits) {
        let Limits {
            players_max,
            logins_per_s_min,
            logins_per_s_max,
            chat_per_s,
            commands_per_s,
            commands_burst,
            guests_per_address_per_hour,
        } = limits;
        let config = &mut self.config;
        config.players_max = players_max;
        config.logins_per_s_min = logins_per_s_min;
        config.logins_per_s_max = logins_per_s_max;
        config.chat_per_s = chat_per_s;
        config.commands_per_s = commands_per_s;
        config.commands_burst = commands_burst;
        config.guests_per_address_per_hour = guests_per_address_per_hour;
        self.admission.take_limits(&self.config);
    }
}
