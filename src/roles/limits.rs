//! What of the settings a running role can go by without a restart.

use std::time::Duration;

use game::logic::limits::Limits;

use super::{
    Config, Role,
    live::{Live, Own},
};

impl Live {
    /// Goes by these from now on; a role that does not serve yet, from its start.
    ///
    /// # Errors
    /// `settings_late`, and what that means: it does not yet, and will.
    pub fn go_by(&self, config: &Config, patience: Duration) -> Result<(), (&'static str, String)> {
        let is_done = match self.own() {
            Own::Gateway(_, orders) => {
                orders.limit(config.gateway.live());
                true
            }
            Own::Game(_, desk) => desk.limit(Limits::of(&config.game.world), patience),
            Own::Dbfront(..) => true,
        };
        let late = || ("settings_late", "it is too busy to say that it goes by them; it will".to_owned());
        if is_done { Ok(()) } else { Err(late()) }
    }
}

impl Role {
    /// Sections and keys that are its own.
    #[must_use]
    pub fn own_settings(self) -> &'static [&'static str] {
        match self {
            Self::Gateway => &["gateway", "metrics.gateway"],
            Self::Game => &["game", "metrics.game"],
            Self::Dbfront => &["dbfront", "store", "metrics.dbfront"],
        }
    }
}
