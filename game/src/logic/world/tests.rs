//! Scripts about players, by subject.

mod admission;
mod asks;
mod characters;
mod comebacks;
mod commands;
mod endings;
mod fights;
mod goods;
mod hands;
mod limits;
mod lobby;
mod logins;
mod mail;
mod mailing;
mod map;
mod matches;
mod misses;
mod payloads;
mod players;
mod pruning;
mod random;
mod release;
mod renewal;
mod replays;
mod rooms;
mod scarcity;
mod secrets;
mod sets;
mod shadows;
mod speaking;
mod standing;
mod states;
mod store;
mod switching;
mod talking;
mod tickets;
mod ticking;
mod trades;
mod turns;
mod unheard;
mod watching;

use crate::logic::{
    event::WorldConfig,
    testing::{Play, check, check_with},
};

/// A world that keeps rows of so many accounts, and does nothing of itself.
fn with_cache_of(cache_accounts_max: usize) -> Play {
    Play::new(WorldConfig { cache_accounts_max, ..idle() })
}

/// Nothing is loaded, and nothing looked through.
fn idle() -> WorldConfig {
    let never = std::time::Duration::ZERO;
    WorldConfig { preload: false, reports_kept: never, replays_kept: never, ..WorldConfig::default() }
}
