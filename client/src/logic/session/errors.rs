//! What a caller of a session did wrong, or what the server did not do. Knows no packets.

/// Why a command was not queued: the caller's doing, the connection lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// Not at this stage.
    #[error("not possible while {stage}")]
    OutOfTurn {
        /// The connection's.
        stage: &'static str,
    },
    /// The oldest command without an answer is 64 back.
    #[error("64 commands without an answer")]
    WindowFull,
    /// The socket takes no more, and signals wait; the next will be newer.
    #[error("signals wait to be sent")]
    SignalsFull,
    /// A kind that the server does not take, or not as this.
    #[error("the server takes no such command or signal: kind {kind}")]
    UnknownKind {
        /// As given.
        kind: u32,
    },
    /// A body above the kind's bound.
    #[error("kind {kind} takes a body of at most {max} bytes, not {bytes}")]
    BodyTooLarge {
        /// As given.
        kind: u32,
        /// As given.
        bytes: usize,
        /// The server's bound.
        max: usize,
    },
}

impl CommandError {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutOfTurn { .. } => "command.out_of_turn",
            Self::WindowFull => "command.window_full",
            Self::SignalsFull => "command.signals_full",
            Self::UnknownKind { .. } => "command.unknown_kind",
            Self::BodyTooLarge { .. } => "command.body_too_large",
        }
    }
}

/// Nothing was heard for 45 s, not even a pong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server is silent")]
pub struct Silent;
