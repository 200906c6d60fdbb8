//! The process that holds all state in memory, runs the rules and the rooms, and writes only through
//! dbfront. [`logic`] decides, a driver moves bytes; rooms are plugins against [`room`].

mod config;
pub mod design;
mod driver;
mod error;
pub mod failpoint;
pub mod logic;
mod metrics;
mod panics;
pub mod registry;
pub mod replay;
pub mod room;
pub mod rooms;
pub mod staff;
pub mod table;

use std::{os::unix::net::UnixStream, sync::Arc};

pub use config::{Config, ConfigError, DEFAULT_TOML, HashCost, RawConfig};
pub use error::Error;
pub use metrics::Metrics;
pub use registry::Registry;

/// What is known when players may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Accounts in memory.
    pub accounts_loaded: u64,
    /// In which this process writes.
    pub epoch: u64,
}

/// On `stop`: end as soon as all is durable, and leave the clients to a successor, as a crash would.
pub const HAND_OVER: u8 = b'h';

/// Runs the process until it is asked to stop: [`HAND_OVER`] or anything else on `stop`, or its end. `ready` is called once,
/// when the world is loaded and gateways may connect. `desk` answers staff from then on.
///
/// # Errors
/// See [`Error`]. After one, nothing that was acknowledged is lost, and nothing more may be served.
pub fn run(
    registry: Registry,
    config: Config,
    stop: UnixStream,
    metrics: Arc<Metrics>,
    desk: &staff::Desk,
    ready: Box<dyn FnOnce(Ready) + Send>,
) -> Result<(), Error> {
    #[cfg(feature = "failpoints")]
    failpoint::arm();
    driver::run(registry, config, stop, metrics, desk, ready)
}
