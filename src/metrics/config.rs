//! Section `[metrics]`: where each role shows its metrics and its health.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

use crate::roles::Role;

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
# Where each process shows /metrics, /live and /ready over HTTP, or \"off\". Port 0 takes a free one. A further
# gateway on this machine takes the next free of 7091, 7101 and so on.
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
    /// Where this role listens.
    #[must_use]
    pub fn of(&self, role: Role) -> Listen {
        match role {
            Role::Gateway => self.gateway,
            Role::Game => self.game,
            Role::Dbfront => self.dbfront,
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
