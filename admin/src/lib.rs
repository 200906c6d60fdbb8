//! The console: pages in a browser that show what the processes do, and change it safely. Asks gateway, game and dbfront
//! over their control sockets and is none of them: it knows no database, no journal, no player's socket.
//!
//! [`Console::open`] takes the address and its own folder, [`Console::run`] serves until it is told to stop; [`look`] and
//! [`running`] say from outside what is in that folder and who serves. `logic/` decides, `driver/` reaches the world.

mod config;
mod driver;
mod error;
mod logic;

use std::{ffi::OsString, fmt, os::unix::net::UnixStream, path::PathBuf, sync::Arc, time::Duration};

pub use config::{Config, DEFAULT_LISTEN, DEFAULT_TOML, RawConfig, TlsFiles};
pub use driver::{Audit, Look, Running, Standing, audit, look, running};
pub use error::Error;

use driver::{Certificate, Served};
pub use logic::gifts::Limits;
use proto::link::{LogResponse, SettingsResponse};

/// What a console is told of its installation.
#[derive(Clone, Debug)]
pub struct About {
    /// The data folder.
    pub data: PathBuf,
    /// Places that processes have, whether there is one or not.
    pub seats: Vec<Seat>,
    /// What a refusal of game's says, by its code.
    pub explain: fn(&str) -> Option<String>,
    /// What a packet said, as a line for people.
    pub told: fn(&[u8]) -> String,
    /// Program and first arguments that play a stored match again, in a process of its own: its number, the data folder and
    /// which steps are wanted follow, and lines of JSON come back.
    pub again: Vec<OsString>,
    /// The process that the console is in.
    pub own: Own,
    /// The program that checks everything about gold and things, with its arguments: it answers with JSON. Nothing: none.
    pub check: Vec<std::ffi::OsString>,
    /// What it goes by, and where what staff sets is kept.
    pub settings: Arc<dyn Settings>,
}

/// The settings of the process that a console is in, and the layer of all processes' settings that the console writes. May
/// read and write files, and is called where that is no harm.
pub trait Settings: fmt::Debug + Send + Sync {
    /// What this process goes by.
    fn told(&self) -> SettingsResponse;

    /// The same, read again first.
    ///
    /// # Errors
    /// A stable name, and what is wrong: nothing has changed.
    fn again(&self) -> Result<SettingsResponse, Wrong>;

    /// How much staff gives alone, as of the last reading.
    fn alone(&self) -> Limits;

    /// Keeps this value for a key, or nothing of the console's own, for every process that reads its settings from now on.
    ///
    /// # Errors
    /// A stable name, and why: nothing has changed, unless it is `not_put_back`.
    fn keep(&self, key: &str, value: Option<&str>) -> Result<Kept, Wrong>;

    /// Takes back what [`Self::keep`] did last.
    ///
    /// # Errors
    /// `not_put_back`, and why: what was kept may hold from the next start on.
    fn put_back(&self, kept: &Kept) -> Result<(), Wrong>;

    /// The keys for which the console's layer has a value.
    fn kept(&self) -> Vec<String>;
}

/// A stable name, and words for people.
pub type Wrong = (&'static str, String);

/// What has become of a key in all layers together, as this process reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Value, as TOML, and origin.
    pub before: (String, &'static str),
    /// The same.
    pub after: (String, &'static str),
    /// What the layer was, whole.
    pub was: String,
}

/// The process that a console is in, as far as it is asked like the others.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    /// `up` or `admin`.
    pub name: &'static str,
    /// What it logged after the line of this number, so many lines at most.
    pub tail: fn(u64, usize) -> LogResponse,
    /// Logs at a level for a while, because of somebody; or says by which name not.
    pub raise: fn(&str, Duration, &str) -> Result<(), &'static str>,
}

/// A place that one process at a time has.
#[derive(Clone, Debug)]
pub struct Seat {
    /// `game`, `gateway-2` …
    pub name: &'static str,
    /// Of which kind: `gateway`, `game` or `dbfront`.
    pub role: &'static str,
    /// Where it can be asked.
    pub socket: PathBuf,
    /// Shown even if nobody was ever there.
    pub is_needed: bool,
}

/// A console that has its address and its folder, and answers nobody yet.
#[derive(Debug)]
pub struct Console(Served);

impl Console {
    /// Takes the address and the folder `console` below the data folder, and reads what is there.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn open(config: Config, about: About) -> Result<Self, Error> {
        Served::open(config, about).map(Self)
    }

    /// Where pages are, as a browser is told.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Where the first owner is made, while there is no staff. Whoever has it is the owner: it is shown to the person who
    /// started the console, and to nobody else.
    #[must_use]
    pub fn setup_link(&self) -> Option<String> {
        self.0.setup_link()
    }

    /// Serves until `stop` ends.
    ///
    /// # Errors
    /// What the system refused.
    pub fn run(self, stop: UnixStream) -> Result<(), Error> {
        self.0.run(stop)
    }
}

/// Whether a console could be served with these.
///
/// # Errors
/// `BAD_CERTIFICATE`: it could not.
pub fn check_certificate(files: &TlsFiles) -> Result<(), Error> {
    Certificate::load(files.clone()).map(drop)
}
