//! The process that holds every client's socket: cuts frames, bounds them, relays them to game, and fans
//! out what game says. Knows no rule and no truth: kill it and only sockets are lost.

pub mod config;
pub mod driver;
pub mod error;
pub mod logic;
pub mod look;
pub mod metrics;

pub use config::{Config, DEFAULT_TOML, RawConfig};
pub use driver::{
    orders::Orders,
    run::{Ready, run, run_with},
};
pub use error::Error;
pub use metrics::Metrics;
