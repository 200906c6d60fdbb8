//! Stands in for the three processes until they are there: each waits for its stop.
#![expect(missing_docs, reason = "goes when the real ones are here")]

macro_rules! standin {
    ($name:ident) => {
        /// Stands in.
        pub mod $name {
            use std::{io::Read, os::unix::net::UnixStream, path::Path, sync::Arc};
            #[derive(Clone, Debug, Default, PartialEq, serde::Deserialize)]
            #[serde(deny_unknown_fields, default)]
            pub struct RawConfig {
                pub listen: Option<std::net::SocketAddr>,
                pub insecure: bool,
            }
            #[derive(Clone, Debug, PartialEq)]
            pub struct Config(pub std::net::SocketAddr);
            pub type ConfigError = String;
            pub const DEFAULT_TOML: &str =
                concat!("[", stringify!($name), "]\n# Where.\n#listen = \"127.0.0.1:7000\"\n");
            impl RawConfig {
                pub fn check(self, _data: &Path) -> Result<Config, ConfigError> {
                    Ok(Config(self.listen.unwrap_or(([127, 0, 0, 1], 0).into())))
                }
            }
            #[derive(Debug)]
            pub struct Ready {
                pub listen: std::net::SocketAddr,
            }
            #[derive(Debug, Default)]
            pub struct Metrics;
            impl Metrics {
                pub fn figures(&self) -> Vec<proto::link::Figure> {
                    vec![]
                }
                pub fn state(&self) -> String {
                    "ready".into()
                }
                pub fn is_ready(&self) -> bool {
                    true
                }
            }
            #[derive(Debug)]
            pub struct Error;
            impl Error {
                pub fn code(&self) -> &'static str {
                    "ADDRESS_IN_USE"
                }
            }
            impl std::fmt::Display for Error {
                fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    out.write_str("in use")
                }
            }
            pub fn run(
                config: Config,
                mut stop: UnixStream,
                _metrics: Arc<Metrics>,
                ready: Box<dyn FnOnce(Ready) + Send>,
            ) -> Result<(), Error> {
                let listener = std::net::TcpListener::bind(config.0).map_err(|_| Error)?;
                ready(Ready { listen: listener.local_addr().map_err(|_| Error)? });
                let _ = stop.read(&mut [0]);
                Ok(())
            }
        }
    };
}
standin!(dbfront);
