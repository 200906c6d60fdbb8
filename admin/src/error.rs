//! Why there is no console. Requests that are refused are [`crate::driver`]'s.

use std::{io, net::SocketAddr, path::PathBuf};

/// What keeps a console from serving.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else listens there.
    #[error(
        "somebody else listens at {0}: another ding up? Choose another address: --set console.listen=ADDR"
    )]
    AddressInUse(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen at {address}: {error}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// The system's word.
        error: io::Error,
    },
    /// Another console has the folder.
    #[error("another console of this data folder runs")]
    Running,
    /// It cannot be served with.
    #[error("{path}: {what}; console.certificate and console.key must be a matching pair of PEM files")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Its list of staff is not one.
    #[error("{path} is no list of staff: {what}. Put a copy back, or move it away to begin without staff")]
    Staff {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A file, a thread or a socket.
    #[error("{path}: {error}")]
    Io {
        /// Which.
        path: PathBuf,
        /// The system's word.
        error: io::Error,
    },
}

impl Error {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AddressInUse(_) => "ADDRESS_IN_USE",
            Self::Listen { .. } => "LISTEN_FAILED",
            Self::Running => "CONSOLE_RUNNING",
            Self::Certificate { .. } => "BAD_CERTIFICATE",
            Self::Staff { .. } => "CONSOLE_STAFF",
            Self::Io { .. } => "IO",
        }
    }
}
