//! What an operator may choose about the gateway: raw as written, then checked. Defaults exist once, here
//! and in `logic::limits`.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use proto::epoch::LinkKey;
use serde::Deserialize;

use crate::logic::{admission::AdmissionLimits, limits::ClientLimits};

/// The section `[gateway]` as written. Sizes in bytes, times in milliseconds, as the names say.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "DEFAULT_TOML carries the description of each key")]
pub struct RawConfig {
    pub listen: SocketAddr,
    pub processes: u8,
    pub threads: usize,
    pub insecure: bool,
    pub tls_certificate: String,
    pub tls_key: String,
    pub allowed_origins: Vec<String>,
    pub max_connections: usize,
    pub max_per_address: u32,
    pub max_new_per_address_per_s: u32,
    pub max_half_done: usize,
    pub max_half_done_per_block: u32,
    pub limit_loopback: bool,
    pub packets_per_s: u32,
    pub packets_burst: u32,
    pub outbox_soft_bytes: usize,
    pub outbox_hard_bytes: usize,
    pub outbox_grace_ms: u64,
    pub handshake_ms: u64,
    pub ping_idle_ms: u64,
    pub silence_ms: u64,
    pub park_ms: u64,
    pub game_link: String,
}

impl Default for RawConfig {
    fn default() -> Self {
        let limits = ClientLimits::default();
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7000)),
            processes: 1,
            threads: 0,
            insecure: false,
            tls_certificate: String::new(),
            tls_key: String::new(),
            allowed_origins: Vec::new(),
            max_connections: 20_000,
            max_per_address: 256,
            max_new_per_address_per_s: 50,
            max_half_done: 2_000,
            max_half_done_per_block: 20,
            limit_loopback: false,
            packets_per_s: limits.packets_per_s,
            packets_burst: limits.packets_burst,
            outbox_soft_bytes: limits.outbox_soft_bytes,
            outbox_hard_bytes: limits.outbox_hard_bytes,
            outbox_grace_ms: limits.outbox_grace_ms,
            handshake_ms: limits.handshake_ms,
            ping_idle_ms: limits.ping_idle_ms,
            silence_ms: limits.silence_ms,
            park_ms: limits.park_ms,
            game_link: String::new(),
        }
    }
}

/// What `ding config` prints for this section.
pub const DEFAULT_TOML: &str = r#"[gateway]
# Where clients connect. Port 0 takes a free one.
# listen = "127.0.0.1:7000"
# Gateways that `ding up` starts, all on that address: 1 to 8.
# processes = 1
# I/O threads of each; 0: one for every two cores, of all gateways together, at least one.
# threads = 0
# Listen beyond loopback without a certificate.
# insecure = false
# Certificate chain and key, PEM files; read again when they change. Empty: no TLS.
# tls_certificate = ""
# tls_key = ""
# Origins from which browsers may connect, like "https://play.example.org"; empty: the host they connect to.
# allowed_origins = []
# Connections in all, and from one address. (live)
# max_connections = 20000
# max_per_address = 256
# New connections a second from one address (IPv6: one /64); twice as many at once. (live)
# max_new_per_address_per_s = 50
# Connections that have not logged in yet: in all (beyond, the oldest makes room), and from one /24 (IPv4) or /64 (IPv6).
# max_half_done = 2000
# max_half_done_per_block = 20
# Count connections from loopback addresses per address, too.
# limit_loopback = false
# What a client may send: packets a second (one more for each KiB), and how many may be saved up. (live)
# packets_per_s = 200
# packets_burst = 400
# Bytes waiting for one client: from soft on what may be dropped is; at hard, or after grace above soft, it is closed.
# outbox_soft_bytes = 425984
# outbox_hard_bytes = 524288
# outbox_grace_ms = 10000
# From connecting to credentials.
# handshake_ms = 5000
# A silent client is pinged, and closed.
# ping_idle_ms = 15000
# silence_ms = 45000
# For how long clients are kept while game is away; 0: they are closed at once.
# park_ms = 600000
# The socket at which game is reached, where something stands between; empty: run/game.link in the data folder.
# game_link = ""
"#;

/// Checked: what the gateway runs with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Other gateways of the same installation listen there too.
    pub is_shared: bool,
    /// Game's Unix socket.
    pub link: PathBuf,
    /// Gateways of this installation.
    pub processes: u8,
    /// I/O threads; 0: one for every two cores, of all gateways together.
    pub threads: usize,
    /// Certificate and key.
    pub tls: Option<TlsFiles>,
    /// Origins from which browsers may connect; empty: the host they connect to.
    pub allowed_origins: Vec<String>,
    /// Who may connect.
    pub admission: AdmissionLimits,
    /// What each client may cost.
    pub client: ClientLimits,
    /// By which game proves its epoch; none: it need not.
    pub link_key: Option<LinkKey>,
}

/// What of it may change while the gateway runs. As in [`RawConfig`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "DEFAULT_TOML carries the description of each key")]
pub struct Live {
    pub max_connections: usize,
    pub max_per_address: u32,
    pub max_new_per_address_per_s: u32,
    pub packets_per_s: u32,
    pub packets_burst: u32,
}

impl Config {
    /// What of it may change while the gateway runs.
    #[must_use]
    pub fn live(&self) -> Live {
        Live {
            max_connections: self.admission.connections_max,
            max_per_address: self.admission.per_address_max,
            max_new_per_address_per_s: self.admission.new_per_address_per_s,
            packets_per_s: self.client.packets_per_s,
            packets_burst: self.client.packets_burst,
        }
    }
}

/// PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// A configuration that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Passwords would cross the network in the clear.
    #[error(
        "gateway.listen = {0} is reachable from other machines and has no certificate: set tls_certificate \
         and tls_key, or insecure = true if something in front of it encrypts"
    )]
    Insecure(SocketAddr),
    /// One of two.
    #[error("gateway.tls_certificate and gateway.tls_key belong together: set both or none")]
    HalfTls,
    /// Out of its range.
    #[error("gateway.{key} = {got} is outside {min} to {max}")]
    Range {
        /// The key.
        key: &'static str,
        /// As written.
        got: u64,
        /// Allowed.
        min: u64,
        /// Allowed.
        max: u64,
    },
    /// Two that contradict each other.
    #[error("gateway.{less} must be less than gateway.{more}")]
    Order {
        /// The key that should be smaller.
        less: &'static str,
        /// The key that should be larger.
        more: &'static str,
    },
}

impl RawConfig {
    /// Keys that change while the gateway runs.
    pub const LIVE: &[&str] = &[
        "max_connections",
        "max_per_address",
        "max_new_per_address_per_s",
        "packets_per_s",
        "packets_burst",
    ];

    /// Checks each value and those that depend on each other. `data` is the data folder.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn check(self, data: &Path) -> Result<Config, ConfigError> {
        range("processes", self.processes.into(), 1, PROCESSES_MAX.into())?;
        range("threads", self.threads as u64, 0, 64)?;
        range("max_connections", self.max_connections as u64, 1, 1_000_000)?;
        range("max_per_address", self.max_per_address.into(), 1, 1_000_000)?;
        range("max_new_per_address_per_s", self.max_new_per_address_per_s.into(), 1, 1_000_000)?;
        range("max_half_done", self.max_half_done as u64, 1, 1_000_000)?;
        range("max_half_done_per_block", self.max_half_done_per_block.into(), 1, 1_000_000)?;
        range("packets_per_s", self.packets_per_s.into(), 1, 100_000_000)?;
        range("packets_burst", self.packets_burst.into(), 1, 100_000_000)?;
        range("outbox_soft_bytes", self.outbox_soft_bytes as u64, 1_024, 1 << 30)?;
        range("outbox_hard_bytes", self.outbox_hard_bytes as u64, 2_048, 1 << 30)?;
        range("outbox_grace_ms", self.outbox_grace_ms, 1, 3_600_000)?;
        range("handshake_ms", self.handshake_ms, 10, 600_000)?;
        range("ping_idle_ms", self.ping_idle_ms, 10, 600_000)?;
        range("silence_ms", self.silence_ms, 10, 3_600_000)?;
        range("park_ms", self.park_ms, 0, 86_400_000)?;
        if self.outbox_soft_bytes >= self.outbox_hard_bytes {
            return Err(ConfigError::Order { less: "outbox_soft_bytes", more: "outbox_hard_bytes" });
        }
        if self.ping_idle_ms >= self.silence_ms {
            return Err(ConfigError::Order { less: "ping_idle_ms", more: "silence_ms" });
        }
        let tls = match (self.tls_certificate.is_empty(), self.tls_key.is_empty()) {
            (true, true) => None,
            (false, false) => {
                Some(TlsFiles { certificate: self.tls_certificate.into(), key: self.tls_key.into() })
            }
            (true, false) | (false, true) => return Err(ConfigError::HalfTls),
        };
        if tls.is_none() && !self.insecure && !self.listen.ip().is_loopback() {
            return Err(ConfigError::Insecure(self.listen));
        }
        Ok(Config {
            link_key: None,
            listen: self.listen,
            is_shared: false,
            link: if self.game_link.is_empty() {
                data.join("run").join("game.link")
            } else {
                self.game_link.into()
            },
            processes: self.processes,
            threads: self.threads,
            tls,
            allowed_origins: self.allowed_origins,
            admission: AdmissionLimits {
                connections_max: self.max_connections,
                per_address_max: self.max_per_address,
                new_per_address_per_s: self.max_new_per_address_per_s,
                half_done_per_block_max: self.max_half_done_per_block,
                half_done_max: self.max_half_done,
                limit_loopback: self.limit_loopback,
            },
            client: ClientLimits {
                outbox_soft_bytes: self.outbox_soft_bytes,
                outbox_hard_bytes: self.outbox_hard_bytes,
                outbox_grace_ms: self.outbox_grace_ms,
                handshake_ms: self.handshake_ms,
                ping_idle_ms: self.ping_idle_ms,
                silence_ms: self.silence_ms,
                park_ms: self.park_ms,
                packets_per_s: self.packets_per_s,
                packets_burst: self.packets_burst,
            },
        })
    }
}

/// Gateways of one installation.
pub const PROCESSES_MAX: u8 = 8;

fn range(key: &'static str, got: u64, min: u64, max: u64) -> Result<(), ConfigError> {
    if got < min || max < got {
        return Err(ConfigError::Range { key, got, min, max });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_beyond_loopback_wants_a_certificate_or_a_word() {
        let data = Path::new("data");
        let open = RawConfig { listen: SocketAddr::from(([0, 0, 0, 0], 7000)), ..RawConfig::default() };
        assert_eq!(open.clone().check(data), Err(ConfigError::Insecure(open.listen)));
        assert!(RawConfig { insecure: true, ..open.clone() }.check(data).is_ok());
        let certified =
            RawConfig { tls_certificate: "chain.pem".into(), tls_key: "key.pem".into(), ..open.clone() };
        assert!(certified.check(data).is_ok());
        let half = RawConfig { tls_certificate: "chain.pem".into(), ..RawConfig::default() };
        assert_eq!(half.check(data), Err(ConfigError::HalfTls));
    }

    #[test]
    fn limits_that_contradict_each_other_are_refused_by_name() {
        let soft_over_hard = RawConfig { outbox_soft_bytes: 1 << 20, ..RawConfig::default() };
        assert_eq!(
            soft_over_hard.check(Path::new("data")),
            Err(ConfigError::Order { less: "outbox_soft_bytes", more: "outbox_hard_bytes" })
        );
        let nobody = RawConfig { max_connections: 0, ..RawConfig::default() };
        assert!(matches!(
            nobody.check(Path::new("data")),
            Err(ConfigError::Range { key: "max_connections", got: 0, .. })
        ));
    }
}
