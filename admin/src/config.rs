//! Section `[console]`: where pages are. Reads no file.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

/// The section as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawConfig {
    /// An address of this machine, or nothing for no console.
    pub listen: Option<String>,
}

/// The section as `ding config` prints it.
pub const DEFAULT_TOML: &str = "\
[console]
# Where `ding up` shows the console over HTTP: an address of this machine alone, or \"\" for none. Port 0 takes a free one.
# listen = \"127.0.0.1:7080\"
";

/// The section, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Nothing: there is no console.
    pub listen: Option<SocketAddr>,
}

impl RawConfig {
    /// Checks it.
    ///
    /// # Errors
    /// A text that names the key.
    pub fn check(&self) -> Result<Config, String> {
        let default = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
        let listen: SocketAddr = match self.listen.as_deref() {
            None => default,
            Some("") => return Ok(Config { listen: None }),
            Some(text) => text.parse().map_err(|_| {
                format!("console.listen: an address:port as in {default}, or empty, not {text:?}")
            })?,
        };
        if !listen.ip().is_loopback() {
            return Err(format!(
                "console.listen: CONSOLE_WITHOUT_TLS: {listen} can be reached from other machines, and passwords would \
                 travel in the clear. Listen at {default} and come by ssh -L {PORT}:{default}"
            ));
        }
        Ok(Config { listen: Some(listen) })
    }
}

const PORT: u16 = 7080;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(listen: &str) -> Result<Option<SocketAddr>, String> {
        RawConfig { listen: Some(listen.to_owned()) }.check().map(|config| config.listen)
    }

    #[test]
    fn it_listens_on_this_machine_or_nowhere() {
        let default = RawConfig::default().check().expect("right");
        assert_eq!(default.listen, Some(([127, 0, 0, 1], 7080).into()));
        assert_eq!(check(""), Ok(None));
        assert_eq!(check("[::1]:0").map(|listen| listen.is_some()), Ok(true));
        assert!(check("localhost").is_err_and(|text| text.starts_with("console.listen: ")));
    }

    #[test]
    fn an_address_that_others_reach_is_refused_by_name_without_a_certificate() {
        for open in ["0.0.0.0:7080", "[::]:7080", "192.0.2.1:7080"] {
            let text = check(open).expect_err("refused");
            assert!(text.starts_with("console.listen: CONSOLE_WITHOUT_TLS: "), "{text}");
        }
    }
}
