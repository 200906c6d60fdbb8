//! Section `[metrics]`: where each role shows its metrics and its health.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

use super::GATEWAY_PORTS_APART;
use crate::roles::{Role, Seat};

/// The section as it is written; an address, or `off`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawConfig {
    /// Of gateway.
    pub gateway: Option<String>,
    /// Of game.
    pub game: Option<String>,
    /// Of dbfront.
    pub dbfront: Option<String>,
}

/// The section as `ding config` prints it.
pub const DEFAULT_TOML: &str = "\
[metrics]
# Where each process shows /metrics, /live and /ready over HTTP, or \"off\". Port 0 takes a free one. Each further
# gateway has a port that is higher by ten; at the default address, the next of those that is free.
# gateway = \"127.0.0.1:7081\"
# game = \"127.0.0.1:7082\"
# dbfront = \"127.0.0.1:7083\"
";

/// The section, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    gateway: Listen,
    game: Listen,
    dbfront: Listen,
}

/// Where one role listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// Nowhere.
    Off,
    /// There.
    At {
        /// Port 0: a free one.
        address: SocketAddr,
        /// Somebody wrote it down: then it must work.
        is_chosen: bool,
    },
}

impl RawConfig {
    /// Checks it.
    ///
    /// # Errors
    /// A text for each wrong key, which names it.
    pub fn check(&self) -> Result<Config, String> {
        Ok(Config {
            gateway: listen("gateway", self.gateway.as_deref(), PORT_GATEWAY)?,
            game: listen("game", self.game.as_deref(), PORT_GAME)?,
            dbfront: listen("dbfront", self.dbfront.as_deref(), PORT_DBFRONT)?,
        })
    }
}

impl Config {
    /// The same, if so many gateways find ports.
    ///
    /// # Errors
    /// A text that names the key.
    pub fn for_gateways(self, gateways: u8) -> Result<Self, String> {
        let beyond = u16::from(gateways.saturating_sub(1)) * GATEWAY_PORTS_APART;
        match self.gateway {
            Listen::At { address, .. } if u16::MAX - beyond < address.port() => {
                Err(format!("metrics.gateway: {gateways} gateways need ports up to {beyond} above {address}"))
            }
            _ => Ok(self),
        }
    }

    /// Where the process of this seat listens: a further gateway above the first, unless port 0 takes a free one.
    #[must_use]
    pub fn of(&self, seat: impl Into<Seat>) -> Listen {
        let seat = seat.into();
        let first = match seat.role() {
            Role::Gateway => self.gateway,
            Role::Game => self.game,
            Role::Dbfront => self.dbfront,
        };
        match first {
            Listen::At { mut address, is_chosen } if address.port() != 0 => {
                let above = u16::from(seat.number() - 1) * GATEWAY_PORTS_APART;
                address.set_port(address.port().saturating_add(above));
                Listen::At { address, is_chosen }
            }
            other => other,
        }
    }
}

fn listen(key: &str, written: Option<&str>, port: u16) -> Result<Listen, String> {
    let default = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match written {
        None => Ok(Listen::At { address: default, is_chosen: false }),
        Some("off") => Ok(Listen::Off),
        Some(text) => match text.parse() {
            // Said or not, a default is a wish: what `ding config` prints without its # changes nothing.
            Ok(address) => Ok(Listen::At { address, is_chosen: address != default }),
            Err(_) => Err(format!("metrics.{key}: an address:port as in {default}, or off, not {text:?}")),
        },
    }
}

/// Of the first gateway on a machine.
pub const PORT_GATEWAY: u16 = 7081;
const PORT_GAME: u16 = 7082;
const PORT_DBFRONT: u16 = 7083;
