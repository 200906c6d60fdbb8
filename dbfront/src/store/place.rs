//! Where the database is, as the operator writes it: a file, or a server with user, password and what to trust.
//! Knows no database; the password comes out only where a connection is made.

use std::{fmt, path::PathBuf};

/// One database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// A database on a server.
    Mysql(Address),
}

/// A database on a server of MySQL or MariaDB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Name or number.
    pub host: String,
    /// TCP.
    pub port: u16,
    /// Who we are.
    pub user: String,
    /// By which the server knows that.
    pub password: Secret,
    /// Letters, digits, `_`, `-` and `$` only.
    pub database: String,
    /// How the connection is protected.
    pub tls: Tls,
}

/// How a connection to a server is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: the same machine, or somebody said so.
    Off,
    /// The server must prove its name to the usual authorities.
    Public,
    /// The server must prove its name to the authorities in this file, PEM.
    Authority(PathBuf),
}

/// What must not be shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides it.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Shows it, to who connects.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0.is_empty() { "Secret(none)" } else { "Secret(…)" })
    }
}

/// Who, where, which: never the password.
impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, user, database, .. } = self;
        if host.contains(':') {
            write!(out, "{user}@[{host}]:{port}/{database}")
        } else {
            write!(out, "{user}@{host}:{port}/{database}")
        }
    }
}

/// What is wrong with a URL. Shows nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Neither of the two.
    #[error("must be sqlite:FILE or mysql://USER@HOST:PORT/DATABASE")]
    Scheme,
    /// A piece is missing or has characters that it must not have.
    #[error("has no {0}, or one with characters that it must not have")]
    Part(&'static str),
    /// A question mark.
    #[error("has parameters: what can be chosen are the other settings of [store]")]
    Parameters,
}

/// What a URL says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Url {
    /// `sqlite:FILE`.
    Sqlite(PathBuf),
    /// `mysql://USER:PASSWORD@HOST:PORT/DATABASE`, its TLS still [`Tls::Off`].
    Mysql(Address),
}

impl Url {
    /// Reads it.
    ///
    /// # Errors
    /// See [`UrlError`].
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        if let Some(file) = text.strip_prefix("sqlite:") {
            return if file.is_empty() { Err(UrlError::Part("file")) } else { Ok(Self::Sqlite(file.into())) };
        }
        let rest = text.strip_prefix("mysql://").ok_or(UrlError::Scheme)?;
        // A password may hold anything but these, or have it percent-encoded.
        let (who, place) = rest.rsplit_once('@').ok_or(UrlError::Part("user"))?;
        if place.contains('?') {
            return Err(UrlError::Parameters);
        }
        let (user, password) = who.split_once(':').unwrap_or((who, ""));
        let user = decoded(user).filter(|user| !user.is_empty()).ok_or(UrlError::Part("user"))?;
        let password = Secret::new(decoded(password).ok_or(UrlError::Part("password"))?);
        let (server, database) = place.split_once('/').ok_or(UrlError::Part("database"))?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_-$".contains(c);
        if database.is_empty() || DATABASE_BYTES_MAX < database.len() || !database.chars().all(is_name) {
            return Err(UrlError::Part("database"));
        }
        let (host, port) = split_port(server)?;
        let (host, database) = (host.to_owned(), database.to_owned());
        Ok(Self::Mysql(Address { host, port, user, password, database, tls: Tls::Off }))
    }
}

fn split_port(server: &str) -> Result<(&str, u16), UrlError> {
    let (host, port) = match server.strip_prefix('[') {
        Some(inner) => {
            let (host, rest) = inner.split_once(']').ok_or(UrlError::Part("host"))?;
            (host, rest.strip_prefix(':'))
        }
        None => server.split_once(':').map_or((server, None), |(host, port)| (host, Some(port))),
    };
    let is_host = |c: char| c.is_ascii_alphanumeric() || ".-_:".contains(c);
    if host.is_empty() || !host.chars().all(is_host) {
        return Err(UrlError::Part("host"));
    }
    let port = port.map_or(Ok(PORT_DEFAULT), |port| port.parse().map_err(|_| UrlError::Part("port")))?;
    Ok((host, port))
}

/// `%40` and its like as what they stand for.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

const PORT_DEFAULT: u16 = 3306;
/// Of MySQL.
const DATABASE_BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn mysql(text: &str) -> Address {
        match Url::parse(text) {
            Ok(Url::Mysql(address)) => address,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_url_says_who_where_and_which_and_shows_no_password() {
        let address = mysql("mysql://ding:p%40ss%2Fw:rd@db.example.org:3307/ding_main");
        assert_eq!((address.user.as_str(), address.password.reveal()), ("ding", "p@ss/w:rd"));
        assert_eq!(address.to_string(), "ding@db.example.org:3307/ding_main");
        assert!(!format!("{address:?}").contains("ss/w"));
        let plain = mysql("mysql://ding@[::1]/d");
        assert_eq!((plain.host.as_str(), plain.port, plain.password.reveal()), ("::1", 3306, ""));
        assert_eq!(plain.to_string(), "ding@[::1]:3306/d");
        assert_eq!(Url::parse("sqlite:game.db"), Ok(Url::Sqlite("game.db".into())));
    }

    #[test]
    fn what_is_no_place_is_refused_without_repeating_it() {
        let wrong = [
            ("game.db", UrlError::Scheme),
            ("postgres://a:secret@h/d", UrlError::Scheme),
            ("sqlite:", UrlError::Part("file")),
            ("mysql://h/d", UrlError::Part("user")),
            ("mysql://:secret@h/d", UrlError::Part("user")),
            ("mysql://a:secret%4@h/d", UrlError::Part("password")),
            ("mysql://a:secret@h", UrlError::Part("database")),
            ("mysql://a:secret@h/", UrlError::Part("database")),
            ("mysql://a:secret@h/d`", UrlError::Part("database")),
            ("mysql://a:secret@/d", UrlError::Part("host")),
            ("mysql://a:secret@h:x/d", UrlError::Part("port")),
            ("mysql://a:secret@h/d?ssl=1", UrlError::Parameters),
        ];
        for (text, error) in wrong {
            assert_eq!(Url::parse(text), Err(error), "{text}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}
