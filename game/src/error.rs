//! Why the game process ends other than by being asked to.

use std::{fmt, io, path::PathBuf};

use crate::{design::Problem, logic::event::NamedStop};

/// The end of [`crate::run`]. Each has a stable code and says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Designers' tables that cannot be played by.
    #[error("the designers' tables are wrong:{}", Lines(.0))]
    Design(Vec<Problem>),
    /// The operating system gave no thread, runtime or random bytes.
    #[error("starting {what} failed: {source}; check the limits of this user (threads, open files)")]
    Start {
        /// What.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// The socket for gateways could not be opened.
    #[error("listening on {path} failed: {source}; check who owns the data folder")]
    Listen {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Going on would harm what is stored: memory is thrown away, the journal has the truth.
    #[error("{0}; what dbfront acknowledged is safe: see this name in docs/OPERATING.md")]
    Stop(#[from] NamedStop),
    /// Dbfront will not have this process as its writer.
    #[error("dbfront refuses this game process: {code}: {detail}; see this name in docs/OPERATING.md")]
    Refused {
        /// A name of reliability §2.12.
        code: &'static str,
        /// Dbfront's words.
        detail: String,
    },
    /// A part of this process panicked: a bug of ours. No half of a state is served on.
    #[error("{part} panicked; nothing acknowledged is lost, start again and report the message above")]
    Panicked {
        /// Which part.
        part: &'static str,
    },
    /// Asked to stop, and not all records became durable in time. Nothing is corrupt: what had no answer
    /// may be lost, as in a crash.
    #[error("stopped with {records} records not durable after {waited_s} s; is dbfront running?")]
    StopUnfinished {
        /// How many.
        records: u64,
        /// Seconds.
        waited_s: u64,
    },
}

impl Error {
    /// Stable: exit codes, `ding up` and dashboards key on it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Design(_) => "BAD_DESIGN",
            Self::Start { .. } => "START_FAILED",
            Self::Listen { .. } => "LISTEN_FAILED",
            Self::Stop(stop) => stop.code(),
            Self::Refused { code, .. } => code,
            Self::Panicked { .. } => "PANICKED",
            Self::StopUnfinished { .. } => "STOP_UNFINISHED",
        }
    }
}

/// Each on a line of its own.
struct Lines<'a>(&'a [Problem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|problem| write!(out, "\n  {problem}"))
    }
}
