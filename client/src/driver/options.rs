//! What it takes to reach a server, said once and used for many connections.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use rustls::ClientConfig;

use crate::{
    driver::{error::Error, trust},
    logic::transport::{TransportError, TransportKind},
};

/// Whose certificate to believe, for `tls` and `wss`.
#[derive(Clone, Debug)]
pub struct Tls {
    pub(crate) config: Arc<ClientConfig>,
    pub(crate) loopback_only: bool,
}

impl Tls {
    /// Certificates signed by one of these authorities (PEM); a self-signed certificate may be its own.
    ///
    /// # Errors
    /// [`Error::Trust`].
    pub fn roots(pem: &[u8]) -> Result<Self, Error> {
        Ok(Self { config: trust::roots(pem)?, loopback_only: false })
    }

    /// Exactly this certificate (PEM), whatever its names and dates say.
    ///
    /// # Errors
    /// [`Error::Trust`].
    pub fn pinned(pem: &[u8]) -> Result<Self, Error> {
        Ok(Self { config: trust::pinned(pem)?, loopback_only: false })
    }

    /// Any certificate, but only from this machine: for trying things out.
    ///
    /// # Errors
    /// [`Error::Trust`].
    pub fn any_on_loopback() -> Result<Self, Error> {
        Ok(Self { config: trust::anyone()?, loopback_only: true })
    }
}

/// How to reach a server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Options {
    /// `host:port`.
    pub server: String,
    /// The way there.
    pub transport: TransportKind,
    /// Needed for [`TransportKind::Tls`] and [`TransportKind::Wss`].
    pub tls: Option<Tls>,
    /// Name and version of this client, for the operator's eyes; at most 64 bytes are sent.
    pub name: String,
    /// Until the welcome.
    pub connect_timeout: Duration,
    /// Until the outcome of a login, for [`crate::Stream::login`].
    pub login_timeout: Duration,
    /// Pushes and other news that wait for the program, at most; one more that must arrive ends the client with
    /// [`Error::PushesFull`], others are dropped.
    pub pushes_max: usize,
    /// Whether a [`crate::Client`] comes back by itself when its connection has died. A server that restarts its
    /// game over the same connection is followed either way.
    pub reconnect: bool,
    /// For how long it tries, from the moment it was in for the last time.
    pub reconnect_for: Duration,
    /// Whether a [`crate::Client`] that had to begin anew (after a reset or another login) goes back into the
    /// world with the character, and into the room, in which its own commands had brought it, before it sends
    /// anything else.
    pub go_back: bool,
}

impl Options {
    /// Plain TCP to `host:port`, 10 s to connect, 60 s to log in, 4,096 pushes; comes back for 12 h, as long as a
    /// ticket lives, and goes back to where it was.
    #[must_use]
    pub fn new(server: impl Into<String>) -> Self {
        Self {
            server: server.into(),
            transport: TransportKind::Tcp,
            tls: None,
            name: concat!("ding-client ", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            login_timeout: Duration::from_secs(60),
            pushes_max: 4_096,
            reconnect: true,
            reconnect_for: Duration::from_hours(12),
            go_back: true,
        }
    }

    /// The server's name or address without its port.
    #[must_use]
    pub fn host(&self) -> &str {
        let host = self.server.rsplit_once(':').map_or(self.server.as_str(), |(host, _)| host);
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The TLS configuration, if this address may have it.
    pub(crate) fn tls_for(&self, peer: SocketAddr) -> Result<Option<Arc<ClientConfig>>, Error> {
        match &self.tls {
            Some(_) if !self.transport.is_encrypted() => Ok(None),
            Some(tls) if tls.loopback_only && !peer.ip().is_loopback() => {
                Err(Error::Trust(format!("any certificate is accepted only on loopback, not from {peer}")))
            }
            Some(tls) => Ok(Some(tls.config.clone())),
            None if self.transport.is_encrypted() => Err(TransportError::NoTrust.into()),
            None => Ok(None),
        }
    }
}
