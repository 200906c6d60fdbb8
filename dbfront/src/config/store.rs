//! `[store]`: where the database is and what protects the way to it, raw as in the file, then checked.

use std::{
    fs, io,
    net::IpAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::store::place::{Place, Secret, Tls, Url, UrlError};

/// `[store]` as written.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawStore {
    /// See [`DEFAULT_TOML`].
    pub url: String,
    /// See [`DEFAULT_TOML`].
    pub password_file: PathBuf,
    /// See [`DEFAULT_TOML`].
    pub tls_authority: PathBuf,
    /// See [`DEFAULT_TOML`].
    pub insecure: bool,
}

impl Default for RawStore {
    fn default() -> Self {
        Self {
            url: "sqlite:game.db".to_owned(),
            password_file: PathBuf::new(),
            tls_authority: PathBuf::new(),
            insecure: false,
        }
    }
}

/// The URL may hold a password.
impl std::fmt::Debug for RawStore {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RawStore").finish_non_exhaustive()
    }
}

/// What `ding config` prints for this section.
pub const DEFAULT_TOML: &str = r#"[store]
# The database: sqlite:FILE, in the data folder unless absolute, or mysql://USER@HOST:3306/DATABASE (MariaDB too).
# url = "sqlite:game.db"
# File with the password, mode 0600; empty: it stands in the URL as USER:PASSWORD, or there is none.
# password_file = ""
# Authorities (PEM) that the database server's certificate must come from; empty: the public ones. With it TLS is
# used everywhere, without it beyond this machine.
# tls_authority = ""
# Allow a database server on another machine without TLS.
# insecure = false
"#;

/// A `[store]` that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreConfigError {
    /// The URL.
    #[error("store.url {0}")]
    Url(UrlError),
    /// A password for a file, or twice.
    #[error("store.password_file is for mysql:// URLs without a password")]
    Password,
    /// The password's file cannot be used.
    #[error("store.password_file: {path}: {what}")]
    PasswordFile {
        /// Which.
        path: PathBuf,
        /// Why.
        what: String,
    },
    /// An authority for a file.
    #[error("store.{key} is for mysql:// URLs")]
    NotForFiles {
        /// The key.
        key: &'static str,
    },
}

impl RawStore {
    /// Fills in and checks; `data` is the data folder. Reads the password's file.
    ///
    /// # Errors
    /// See [`StoreConfigError`].
    pub fn check(self, data: &Path) -> Result<Place, StoreConfigError> {
        let has_file = !self.password_file.as_os_str().is_empty();
        let has_authority = !self.tls_authority.as_os_str().is_empty();
        let mut address = match Url::parse(&self.url).map_err(StoreConfigError::Url)? {
            Url::Sqlite(_) if has_file => return Err(StoreConfigError::Password),
            Url::Sqlite(_) if has_authority => {
                return Err(StoreConfigError::NotForFiles { key: "tls_authority" });
            }
            Url::Sqlite(_) if self.insecure => return Err(StoreConfigError::NotForFiles { key: "insecure" }),
            Url::Sqlite(file) => return Ok(Place::Sqlite(data.join(file))),
            Url::Mysql(address) => address,
        };
        if has_file {
            if !address.password.reveal().is_empty() {
                return Err(StoreConfigError::Password);
            }
            address.password = read_password(&self.password_file)
                .map_err(|what| StoreConfigError::PasswordFile { path: self.password_file.clone(), what })?;
        }
        address.tls = if has_authority {
            Tls::Authority(self.tls_authority)
        } else if self.insecure || is_here(&address.host) {
            Tls::Off
        } else {
            Tls::Public
        };
        Ok(Place::Mysql(address))
    }
}

/// What everybody on the machine may read is no secret.
fn read_password(path: &Path) -> Result<Secret, String> {
    let read = || -> io::Result<(u32, String)> {
        let mode = fs::metadata(path)?.permissions().mode();
        Ok((mode, fs::read_to_string(path)?))
    };
    let (mode, text) = read().map_err(|error| error.to_string())?;
    if mode & 0o077 != 0 {
        return Err(format!("its mode is {:o}; chmod 600 it", mode & 0o777));
    }
    Ok(Secret::new(text.trim_end_matches(['\n', '\r']).to_owned()))
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(url: &str) -> RawStore {
        RawStore { url: url.to_owned(), ..RawStore::default() }
    }

    fn tls(raw: RawStore) -> Tls {
        match raw.check(Path::new("data")) {
            Ok(Place::Mysql(address)) => address.tls,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_lies_in_the_data_folder_unless_it_is_absolute() {
        let check = |raw: RawStore| raw.check(Path::new("data"));
        assert_eq!(check(RawStore::default()), Ok(Place::Sqlite("data/game.db".into())));
        assert_eq!(check(url("sqlite:/srv/world.db")), Ok(Place::Sqlite("/srv/world.db".into())));
        let odd = RawStore { insecure: true, ..RawStore::default() };
        assert_eq!(check(odd), Err(StoreConfigError::NotForFiles { key: "insecure" }));
    }

    #[test]
    fn beyond_this_machine_a_connection_is_protected_unless_somebody_says_otherwise() {
        for here in ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"] {
            assert_eq!(tls(url(&format!("mysql://a@{here}/d"))), Tls::Off, "{here}");
        }
        assert_eq!(tls(url("mysql://a@10.0.0.9/d")), Tls::Public);
        assert_eq!(tls(RawStore { insecure: true, ..url("mysql://a@10.0.0.9/d") }), Tls::Off);
        let own = RawStore { tls_authority: "ca.pem".into(), ..url("mysql://a@localhost/d") };
        assert_eq!(tls(own), Tls::Authority("ca.pem".into()));
    }

    #[test]
    fn a_password_comes_from_a_private_file_and_is_never_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("password");
        fs::write(&path, "s3cret pass\n").expect("written");
        let raw = |text: &str| RawStore { password_file: path.clone(), ..url(text) };
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
        let open = raw("mysql://a@localhost/d").check(Path::new("data")).expect_err("for everybody");
        assert!(open.to_string().contains("chmod 600"), "{open}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
        let Ok(Place::Mysql(address)) = raw("mysql://a@localhost/d").check(Path::new("data")) else {
            panic!("refused")
        };
        assert_eq!(address.password.reveal(), "s3cret pass");
        assert!(!format!("{address:?} {address}").contains("s3cret"));
        let twice = raw("mysql://a:s3cret@localhost/d");
        assert!(!format!("{twice:?}").contains("s3cret"));
        let twice = twice.check(Path::new("data")).expect_err("two passwords");
        assert_eq!(twice, StoreConfigError::Password);
    }
}
