//! Why something with a server did not work, and what may help.

use std::{io, sync::Arc};

use crate::logic::{
    connection::Broken,
    fate::Fate,
    lasting::Cut,
    session::{CommandError, Silent},
    transport::TransportError,
    types::Closed,
    violation::Violation,
};

/// An error of a client. Clonable, because many commands may wait when one connection ends.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers at that address.
    #[error("cannot reach {server}: {cause}; is the server up, is it this address?")]
    Unreachable {
        /// As given.
        server: String,
        /// What the system says.
        cause: Arc<io::Error>,
    },
    /// The address answers, but no welcome came in time.
    #[error("{server} did not say welcome within {ms} ms")]
    ConnectTimeout {
        /// As given.
        server: String,
        /// The limit.
        ms: u64,
    },
    /// A login got no reply in time.
    #[error("no reply to the login within {ms} ms")]
    LoginTimeout {
        /// The limit.
        ms: u64,
    },
    /// Certificates that cannot be used.
    #[error("trust: {0}")]
    Trust(String),
    /// TLS or WebSocket failed.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The socket failed.
    #[error("connection lost: {0}")]
    Io(Arc<io::Error>),
    /// The server broke the protocol.
    #[error("protocol broken by the server: {0}")]
    Violation(#[from] Violation),
    /// The server closed with a reason.
    #[error("closed by the server: {}", .0.name)]
    Closed(Closed),
    /// The server went away without a word.
    #[error("the server went away")]
    Gone,
    /// Nothing was heard for 45 s.
    #[error(transparent)]
    Silent(#[from] Silent),
    /// The login was refused; another may follow on the same connection.
    #[error("login refused: {name}{}{detail}", if .detail.is_empty() { "" } else { ": " })]
    LoginRefused {
        /// Stable code of the server.
        name: String,
        /// For people.
        detail: String,
        /// Milliseconds that the server asks to wait before another try; 0: no wish.
        retry_after_ms: u32,
    },
    /// Asked for something that this stage or the table of kinds does not allow.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The receiver of pushes did not keep up, and one of them must not be lost.
    #[error("pushes are not taken: more than {max} wait")]
    PushesFull {
        /// The bound of [`crate::Options::pushes_max`].
        max: usize,
    },
    /// The game process was restarted, and knows only what was durable.
    #[error("the server was restarted")]
    Reset,
    /// There will be no answer to a command that was sent.
    #[error("no answer to command {cseq}{}: {cause}", fate_text(*.fate))]
    Unanswered {
        /// Its number.
        cseq: u64,
        /// What became of it. None: nobody came back to ask; the first login of the account after this can
        /// tell, see [`crate::Sequence::fate`].
        fate: Option<Fate>,
        /// Why.
        cause: Box<Error>,
    },
}

impl Error {
    /// Stable: reports and tests key on it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::ConnectTimeout { .. } => "connect_timeout",
            Self::LoginTimeout { .. } => "login_timeout",
            Self::Trust(_) => "trust",
            Self::Transport(error) => error.code(),
            Self::Io(_) => "io",
            Self::Violation(violation) => violation.code(),
            Self::Closed(closed) => closed.reason.map_or("closed_unknown", proto::close::CloseReason::name),
            Self::Gone => "gone",
            Self::Silent(_) => "silent",
            Self::LoginRefused { .. } => "login_refused",
            Self::Command(error) => error.code(),
            Self::PushesFull { .. } => "pushes_full",
            Self::Reset => "reset",
            Self::Unanswered { .. } => "unanswered",
        }
    }
}

impl Error {
    /// What the end of a connection, or of an attempt to make one, is to a player that comes back; nothing if this is no
    /// such end, or coming back cannot help.
    #[must_use]
    pub fn cut(&self) -> Option<Cut> {
        match self {
            Self::Closed(closed) => Some(Cut::Closed(closed.clone())),
            Self::Violation(_) => Some(Cut::Broken),
            Self::Unreachable { .. }
            | Self::ConnectTimeout { .. }
            | Self::LoginTimeout { .. }
            | Self::Transport(_)
            | Self::Io(_)
            | Self::Gone
            | Self::Silent(_) => Some(Cut::Lost),
            Self::Trust(_)
            | Self::LoginRefused { .. }
            | Self::Command(_)
            | Self::PushesFull { .. }
            | Self::Reset
            | Self::Unanswered { .. } => None,
        }
    }
}

fn fate_text(fate: Option<Fate>) -> &'static str {
    match fate {
        None => "",
        Some(Fate::Happened) => ", which happened",
        Some(Fate::DidNot) => ", which did not happen",
        Some(Fate::Unknown) => ", of which nobody knows whether it happened",
    }
}

impl From<Broken> for Error {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Transport(error) => error.into(),
            Broken::Violation(violation) => violation.into(),
            Broken::Silent(silent) => silent.into(),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}
