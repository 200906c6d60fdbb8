//! dbfront: makes what game decided durable in a journal, in order, and applies the journal to the
//! database exactly once. Game loads from here, never from the database.

pub mod backups;
pub mod config;
pub mod driver;
pub mod error;
pub mod failpoint;
pub mod logic;
pub mod looks;
pub mod metrics;
pub mod store;

use std::{os::unix::net::UnixStream, sync::Arc};

pub use self::{
    config::{Config, ConfigError, DEFAULT_TOML, RawConfig, store::RawStore},
    driver::{
        backup,
        books::BooksError,
        inspect, look, loss,
        orders::{OrderError, Orders, Replacement},
        poison::{Poison, Tried},
    },
    error::Error,
    metrics::Metrics,
};
use self::{driver::links::Outcome, metrics::Phase, store::Database};

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
    run_with(config, stop, metrics, &Orders::default(), ready)
}

/// The same, with an ear for orders of people.
///
/// # Errors
/// As [`run`].
pub fn run_with(
    config: Config,
    stop: UnixStream,
    metrics: Arc<Metrics>,
    orders: &Orders,
    ready: Box<dyn FnOnce(Ready) + Send>,
) -> Result<(), Error> {
    let database = store::open(&config.store);
    run_over_with(database, config, stop, metrics, orders, ready)
}

/// The same over any database.
///
/// # Errors
/// As [`run`].
pub fn run_over(
    database: Arc<dyn Database>,
    config: Config,
    stop: UnixStream,
    metrics: Arc<Metrics>,
    ready: Box<dyn FnOnce(Ready) + Send>,
) -> Result<(), Error> {
    run_over_with(database, config, stop, metrics, &Orders::default(), ready)
}

/// Over any database, with an ear for orders of people. After a record was replaced everything begins again, for what
/// is in memory followed from that record.
///
/// # Errors
/// As [`run`].
#[expect(clippy::needless_pass_by_value, reason = "it is the process: it keeps what it is given to its end")]
pub fn run_over_with(
    database: Arc<dyn Database>,
    config: Config,
    stop: UnixStream,
    metrics: Arc<Metrics>,
    orders: &Orders,
    ready: Box<dyn FnOnce(Ready) + Send>,
) -> Result<(), Error> {
    #[cfg(feature = "failpoints")]
    failpoint::arm();
    let mut ready = Some(ready);
    loop {
        let failed = |source| Error::Io { what: "waiting for the stop", source };
        // The threads wait for it in another way than a start does.
        stop.set_nonblocking(false).map_err(failed)?;
        let theirs = stop.try_clone().map_err(failed)?;
        let Some(started) = driver::start::start(&config, &*database, &stop, &metrics)? else {
            return Ok(());
        };
        let tell = ready.take().unwrap_or_else(|| Box::new(|_| ()));
        let result = driver::threads::run(&config, database.clone(), theirs, &metrics, started, orders, tell);
        let is_again = matches!(result, Ok(Outcome::Amended));
        metrics.set_phase(if is_again { Phase::Loading } else { Phase::Stopping });
        if !is_again {
            return result.map(drop);
        }
        tracing::info!(event = "journal.again", "a record was replaced: everything is read again");
    }
}
