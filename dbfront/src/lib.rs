//! dbfront: makes what game decided durable in a journal, in order, and applies the journal to the
//! database exactly once. Game loads from here, never from the database.

pub mod backups;
pub mod config;
pub mod driver;
pub mod error;
pub mod failpoint;
pub mod logic;
pub mod metrics;
pub mod store;

use std::{os::unix::net::UnixStream, sync::Arc};

pub use self::{
    config::{Config, ConfigError, DEFAULT_TOML, RawConfig, store::RawStore},
    driver::{backup, inspect, look},
    error::Error,
    metrics::Metrics,
};
use self::{metrics::Phase, store::Database};

/// It serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The journal's last record.
    pub journal_lsn: u64,
    /// Which store, where.
    pub store: String,
}

/// Serves game until `stop` ends or becomes readable, then journals, acknowledges and seals what it has.
///
/// # Errors
/// The named stops, see [`Error`].
pub fn run(
    config: Config,
    stop: UnixStream,
    metrics: Arc<Metrics>,
    ready: Box<dyn FnOnce(Ready) + Send>,
) -> Result<(), Error> {
    let database = store::open(&config.store);
    run_over(database, config, stop, metrics, ready)
}

/// The same over any database.
///
/// # Errors
/// As [`run`].
#[expect(clippy::needless_pass_by_value, reason = "it is the process: it keeps what it is given to its end")]
pub fn run_over(
    database: Arc<dyn Database>,
    config: Config,
    stop: UnixStream,
    metrics: Arc<Metrics>,
    ready: Box<dyn FnOnce(Ready) + Send>,
) -> Result<(), Error> {
    #[cfg(feature = "failpoints")]
    failpoint::arm();
    let Some(started) = driver::start::start(&config, &*database, &stop, &metrics)? else {
        return Ok(());
    };
    let result = driver::threads::run(&config, database, stop, &metrics, started, ready);
    metrics.set_phase(Phase::Stopping);
    result
}
