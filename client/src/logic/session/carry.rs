//! What a session leaves behind when its connection dies: all that the next connection needs to go on with
//! it. Knows no packets.

use std::time::Duration;

use bytes::Bytes;
use proto::{
    client::LoggedIn,
    limits::{RESUME_TOKEN_BYTES, SESSION_ID_BYTES, TICKET_BYTES_MAX},
};

use crate::logic::{types::Secret, violation::Violation, window::Window};

/// A session between two connections; see [`crate::logic::session::Session::carry`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carry {
    /// Whose.
    pub(super) account: u64,
    pub(super) seat: Seat,
    pub(super) received: u64,
    pub(super) window: Window,
}

impl Carry {
    /// How long the server keeps the session when its connection has died.
    #[must_use]
    pub fn grace(&self) -> Duration {
        self.seat.grace
    }

    /// Packets of lane 0 received in this session so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Its commands.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }
}

/// What names a session, and what proves that one may go on with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) session: Bytes,
    pub(super) token: Secret,
    pub(super) grace: Duration,
}

impl Seat {
    /// As a login or a reset gives it; nothing from a server that keeps no sessions.
    pub(super) fn of(logged_in: &LoggedIn) -> Result<Option<Self>, Violation> {
        let LoggedIn { session, token, ticket, grace_ms, .. } = logged_in;
        if ticket.len() > TICKET_BYTES_MAX {
            return Err(Violation::LoginIncomplete { missing: "a ticket of at most 64 bytes" });
        }
        if session.is_empty() && token.is_empty() {
            return Ok(None);
        }
        if session.len() != SESSION_ID_BYTES {
            return Err(Violation::LoginIncomplete { missing: "a session of 16 bytes" });
        }
        let token = read_token(token)?;
        Ok(Some(Self { session: session.clone(), token, grace: Duration::from_millis((*grace_ms).into()) }))
    }
}

/// A token, if it is one.
pub(super) fn read_token(token: &[u8]) -> Result<Secret, Violation> {
    if token.len() != RESUME_TOKEN_BYTES {
        return Err(Violation::LoginIncomplete { missing: "a token of 32 bytes" });
    }
    Ok(Secret(token.to_vec()))
}
