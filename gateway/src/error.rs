//! Why the gateway ends by itself. A client or a link that fails is no such reason.

use std::{io, net::SocketAddr, path::PathBuf};

use crate::config::ConfigError;

/// See the module. Its text says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The port cannot be had.
    #[error("cannot listen on {address}: {source}; {}", listen_way_out(source))]
    Listen {
        /// As configured.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The certificate or its key cannot be used.
    #[error(
        "{path}: {what}; gateway.tls_certificate and gateway.tls_key must be a matching pair of PEM files"
    )]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The system refused what an I/O thread cannot do without.
    #[error("{what}: {source}; start it again, and look at the limits of the system if it comes back")]
    Io {
        /// Doing what.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// A bug of ours; the panic's own message stands in the log.
    #[error("an I/O thread panicked; please report the message before this one")]
    Panic,
}

impl Error {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "CONFIG",
            Self::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse => "ADDRESS_IN_USE",
            Self::Listen { .. } => "LISTEN_FAILED",
            Self::Certificate { .. } => "BAD_CERTIFICATE",
            Self::Io { .. } => "IO_FAILED",
            Self::Panic => "PANICKED",
        }
    }
}

fn listen_way_out(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::AddrInUse => "free the port or change gateway.listen",
        io::ErrorKind::AddrNotAvailable => "this machine has no such address: change gateway.listen",
        _ => "change gateway.listen",
    }
}
