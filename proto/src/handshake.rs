//! How a link between our processes opens: who speaks, in which version, with whose consent.

use crate::{
    limits::{LINK_PROTOCOL_MAX, LINK_PROTOCOL_MIN},
    link::LinkHello,
};

/// Who opens a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// A gateway's I/O thread, to game.
    Gateway,
    /// Game, to dbfront.
    Game,
    /// A tool, to any process's control socket.
    Control,
}

impl Role {
    /// As in `LinkHello.role`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Game => "game",
            Self::Control => "control",
        }
    }
}

/// Why a link is refused; its name travels in `LinkWelcome.refused`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// Another kind of process than this socket is for.
    #[error("this socket is for {expected}")]
    Role {
        /// Who may come.
        expected: &'static str,
    },
    /// No version that both speak.
    #[error(
        "the other side speaks link versions {min}–{max}, this one {LINK_PROTOCOL_MIN}–{LINK_PROTOCOL_MAX}"
    )]
    Version {
        /// Theirs.
        min: u32,
        /// Theirs.
        max: u32,
    },
}

impl HandshakeError {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Role { .. } => "WRONG_ROLE",
            Self::Version { .. } => "LINK_VERSION",
        }
    }
}

/// A greeting of ours; the caller adds what its link needs.
#[must_use]
pub fn hello(role: Role, instance: u64) -> LinkHello {
    LinkHello {
        protocol_min: LINK_PROTOCOL_MIN,
        protocol_max: LINK_PROTOCOL_MAX,
        role: role.name().to_owned(),
        instance,
        build: BUILD.to_owned(),
        ..LinkHello::default()
    }
}

/// The version to speak with whoever sent this, if it may come in here.
///
/// # Errors
/// See [`HandshakeError`].
pub fn negotiate(hello: &LinkHello, expected: Role) -> Result<u32, HandshakeError> {
    if hello.role != expected.name() {
        return Err(HandshakeError::Role { expected: expected.name() });
    }
    let version = hello.protocol_max.min(LINK_PROTOCOL_MAX);
    if version < hello.protocol_min.max(LINK_PROTOCOL_MIN) {
        return Err(HandshakeError::Version { min: hello.protocol_min, max: hello.protocol_max });
    }
    Ok(version)
}

/// Version of this build.
pub const BUILD: &str = env!("CARGO_PKG_VERSION");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_meet_or_are_refused_by_name() {
        let mut greeting = hello(Role::Gateway, 1);
        assert_eq!(negotiate(&greeting, Role::Gateway), Ok(LINK_PROTOCOL_MAX));
        assert_eq!(negotiate(&greeting, Role::Game).map_err(|e| e.code()), Err("WRONG_ROLE"));
        greeting.protocol_max = LINK_PROTOCOL_MAX + 5;
        assert_eq!(negotiate(&greeting, Role::Gateway), Ok(LINK_PROTOCOL_MAX));
        greeting.protocol_min = LINK_PROTOCOL_MAX + 1;
        assert_eq!(negotiate(&greeting, Role::Gateway).map_err(|e| e.code()), Err("LINK_VERSION"));
    }
}
