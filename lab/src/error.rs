//! What can go wrong in the lab, by name, with what to look at next.

use std::{io, path::PathBuf};

/// A bench, reference or chaos run that did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Arguments that the lab does not know.
    #[error("{0}")]
    Usage(String),
    /// A system call failed.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// By the system.
        #[source]
        source: io::Error,
    },
    /// A process did not become ready, or ended before it was told to.
    #[error("{role} {what}; its last lines:\n{tail}")]
    Process {
        /// Which.
        role: String,
        /// What happened.
        what: String,
        /// What it wrote last.
        tail: String,
    },
    /// The load engine met a wrong, missing or late reply.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// SQLite said no.
    #[error("SQLite while {what}: {source}")]
    Sqlite {
        /// What was being done.
        what: &'static str,
        /// By SQLite.
        #[source]
        source: rusqlite::Error,
    },
    /// A database server said no, or is gone.
    #[error("the database server while {what}: {source}")]
    Mysql {
        /// What was being done.
        what: &'static str,
        /// By the server, or on the way to it.
        #[source]
        source: mysql_async::Error,
    },
    /// A store of dbfront failed under the bench.
    #[error("the store under test: {0}")]
    Store(String),
    /// A rule of the audit could not be asked.
    #[error("SQLite, asked for {rule}: {source}")]
    Rule {
        /// Its name.
        rule: &'static str,
        /// By SQLite.
        #[source]
        source: rusqlite::Error,
    },
    /// A journal of dbfront failed under the bench.
    #[error("the journal under test: {0}")]
    Journal(String),
    /// A file that should hold something else.
    #[error("{path}: {what}")]
    Content {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Something expected within its bound did not come.
    #[error("waited {seconds} s for {what}")]
    Late {
        /// For what.
        what: String,
        /// How long.
        seconds: u64,
    },
}

impl Error {
    /// Stable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Usage(_) => "USAGE",
            Self::Io { .. } => "IO",
            Self::Process { .. } => "PROCESS",
            Self::Load(error) => error.code(),
            Self::Sqlite { .. } | Self::Rule { .. } => "SQLITE",
            Self::Mysql { .. } => "MYSQL",
            Self::Store(_) => "STORE",
            Self::Journal(_) => "JOURNAL",
            Self::Content { .. } => "CONTENT",
            Self::Late { .. } => "LATE",
        }
    }

    /// For `map_err`: a failed system call while doing `what`.
    pub(crate) fn io(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, source }
    }

    /// For `map_err`: a failed statement while doing `what`.
    pub(crate) fn sqlite(what: &'static str) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| Self::Sqlite { what, source }
    }

    /// For `map_err`: a failed statement on a server while doing `what`.
    pub(crate) fn mysql(what: &'static str) -> impl FnOnce(mysql_async::Error) -> Self {
        move |source| Self::Mysql { what, source }
    }
}

/// What the load engine refuses to count.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A socket failed.
    #[error("load: {0}")]
    Io(#[from] io::Error),
    /// The server closed a connection.
    #[error("load: connection {index} was closed: {reason}")]
    Closed {
        /// Which.
        index: usize,
        /// The server's name for it.
        reason: String,
    },
    /// A reply that is not what was asked for.
    #[error("load: connection {index}: {what}")]
    WrongReply {
        /// Which.
        index: usize,
        /// What is wrong.
        what: String,
    },
    /// Nothing came any more.
    #[error("load: {missing} replies missing after {seconds} s without one")]
    Missing {
        /// How many.
        missing: u64,
        /// The bound.
        seconds: u64,
    },
}

impl LoadError {
    /// Stable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "LOAD_IO",
            Self::Closed { .. } => "LOAD_CLOSED",
            Self::WrongReply { .. } => "LOAD_WRONG_REPLY",
            Self::Missing { .. } => "LOAD_MISSING",
        }
    }
}
