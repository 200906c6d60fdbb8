//! Section `[console]`: where pages are, and under which names. Reads no file.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use serde::Deserialize;

use crate::logic::gifts::Limits;

/// The section as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawConfig {
    /// An address of this machine, or nothing for no console.
    pub listen: Option<String>,
    /// Chain of certificates, PEM; nothing: no TLS.
    pub certificate: String,
    /// Its key, PEM.
    pub key: String,
    /// Names under which staff comes.
    pub hosts: Vec<String>,
    /// Gold that one member gives away alone within a day.
    pub grant_alone_max: Option<u64>,
    /// The same of items.
    pub items_alone_max: Option<u64>,
}

/// The section as `ding config` prints it.
pub const DEFAULT_TOML: &str = "\
[console]
# Where `ding up` shows the console: an address of this machine alone, or with a certificate any, or \"\" for none. Port 0
# takes a free one.
# listen = \"127.0.0.1:7080\"
# Certificate chain and key, PEM files; read again when they change. Empty: HTTP without TLS.
# certificate = \"\"
# key = \"\"
# Names under which browsers come, with a port where it is not the one above: \"console.example.org\". Requests under
# other names than these, the address and localhost are refused.
# hosts = []
# What one member of the staff may give away alone within 24 hours: gold, and items. For more a second one has to
# agree. (live)
# grant_alone_max = 100000
# items_alone_max = 100
";

/// The section, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Nothing: there is no console.
    pub listen: Option<SocketAddr>,
    /// Nothing: HTTP, on this machine alone.
    pub tls: Option<TlsFiles>,
    /// Names under which it is asked, beside its address and localhost.
    pub hosts: Vec<String>,
    /// What one member of the staff gives away alone within a day.
    pub alone: Limits,
}

/// PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, the console's own certificate first.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl Config {
    /// At this address, without TLS or further names.
    #[must_use]
    pub fn plain(listen: SocketAddr) -> Self {
        Self { listen: Some(listen), tls: None, hosts: Vec::new(), alone: ALONE }
    }
}

/// When nobody says how much.
pub const ALONE: Limits = Limits { gold: 100_000, things: 100 };

/// Where a console is when nobody says where.
pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), PORT);

impl RawConfig {
    /// Keys that change while the console runs.
    pub const LIVE: &[&str] = &["grant_alone_max", "items_alone_max"];

    /// Checks it.
    ///
    /// # Errors
    /// A text that names the key.
    pub fn check(self) -> Result<Config, String> {
        let listen: Option<SocketAddr> = match self.listen.as_deref() {
            None => Some(DEFAULT_LISTEN),
            Some("") => None,
            Some(text) => Some(text.parse().map_err(|_| {
                format!("console.listen: an address:port as in {DEFAULT_LISTEN}, or empty, not {text:?}")
            })?),
        };
        let tls = match (self.certificate.is_empty(), self.key.is_empty()) {
            (true, true) => None,
            (false, false) => Some(TlsFiles { certificate: self.certificate.into(), key: self.key.into() }),
            _ => {
                return Err(
                    "console.certificate and console.key belong together: set both or none".to_owned()
                );
            }
        };
        if let Some(wrong) = self.hosts.iter().find(|host| !is_host(host)) {
            return Err(format!(
                "console.hosts: a name as browsers send it, as in console.example.org, not {wrong:?}"
            ));
        }
        if HOSTS_MAX < self.hosts.len() {
            return Err(format!("console.hosts: {HOSTS_MAX} names at most"));
        }
        if let Some(listen) = listen.filter(|listen| !listen.ip().is_loopback()) {
            if tls.is_none() {
                return Err(format!(
                    "console.listen: CONSOLE_WITHOUT_TLS: {listen} can be reached from other machines, and passwords \
                     would travel in the clear. Set console.certificate and console.key, or listen at {DEFAULT_LISTEN} \
                     and come by ssh -L {PORT}:{DEFAULT_LISTEN}"
                ));
            }
            if listen.ip().is_unspecified() && self.hosts.is_empty() {
                return Err(format!(
                    "console.hosts: CONSOLE_WITHOUT_HOSTS: at {listen} the console has no name of its own. Say under \
                     which names browsers come, as in [\"console.example.org\"]"
                ));
            }
        }
        let alone = Limits {
            gold: self.grant_alone_max.unwrap_or(ALONE.gold),
            things: self.items_alone_max.unwrap_or(ALONE.things),
        };
        Ok(Config { listen, tls, hosts: self.hosts, alone })
    }
}

/// A name or an address, with a port or without, as it stands in a request.
fn is_host(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    !text.is_empty() && text.len() <= HOST_BYTES_MAX && text.bytes().all(is_letter)
}

const PORT: u16 = 7080;
const HOSTS_MAX: usize = 16;
const HOST_BYTES_MAX: usize = 260;

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(listen: &str) -> RawConfig {
        RawConfig { listen: Some(listen.to_owned()), ..RawConfig::default() }
    }

    fn check(listen: &str) -> Result<Option<SocketAddr>, String> {
        raw(listen).check().map(|config| config.listen)
    }

    fn certified(listen: &str, hosts: &[&str]) -> RawConfig {
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        RawConfig { certificate: "chain.pem".to_owned(), key: "key.pem".to_owned(), hosts, ..raw(listen) }
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

    #[test]
    fn with_a_certificate_it_listens_anywhere_under_names_that_are_told() {
        assert!(certified("192.0.2.1:7080", &[]).check().is_ok_and(|config| config.tls.is_some()));
        assert!(certified("0.0.0.0:443", &["console.example.org"]).check().is_ok());
        let nameless = certified("0.0.0.0:7080", &[]).check().expect_err("refused");
        assert!(nameless.starts_with("console.hosts: CONSOLE_WITHOUT_HOSTS: "), "{nameless}");
        for wrong in ["", "https://console.example.org", "console.example.org/", "a b"] {
            let text = certified("127.0.0.1:0", &[wrong]).check().expect_err("refused");
            assert!(text.starts_with("console.hosts: "), "{text}");
        }
        let half = RawConfig { key: String::new(), ..certified("127.0.0.1:0", &[]) };
        assert!(half.check().is_err_and(|text| text.contains("console.key")));
    }
}
