//! Scripts about players, by subject.

mod characters;
mod commands;
mod fights;
mod goods;
mod logins;
mod mail;
mod map;
mod misses;
mod payloads;
mod random;
mod release;
mod renewal;
mod rooms;
mod scarcity;
mod sets;
mod states;
mod store;
mod talking;
mod trades;
mod unheard;

use crate::logic::{
    event::WorldConfig,
    testing::{Play, check, check_with},
};

/// A world that keeps rows of so many accounts.
fn with_cache_of(cache_accounts_max: usize) -> Play {
    Play::new(WorldConfig { preload: false, cache_accounts_max, ..WorldConfig::default() })
}
