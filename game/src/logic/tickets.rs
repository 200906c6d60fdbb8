//! Tickets: what logs an account in without a password, for a while and until its next login. Nobody remembers them:
//! a seal says that they were given, and the account's row whether they still hold. Knows no connection and no row.

#[cfg(test)]
mod tests;

use proto::{
    epoch::{SealKey, SealKind},
    ids::AccountId,
    limits::{SESSION_LIFE_MS, TICKET_BYTES_MAX},
};

/// What a ticket says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) account: AccountId,
    /// Of the login that gave it: whether it still holds is [`super::generation::Generation`]'s.
    pub(crate) session_gen: u32,
    /// Milliseconds since 1970.
    expires_ms: u64,
}

impl Ticket {
    /// Bytes of one.
    pub(crate) const BYTES: usize = SAID_BYTES + SealKey::SEAL_BYTES;

    /// For a login that is made now.
    pub(crate) fn new(account: AccountId, session_gen: u32, wall_ms: u64) -> Self {
        Self { account, session_gen, expires_ms: wall_ms.saturating_add(SESSION_LIFE_MS) }
    }

    /// As it travels.
    pub(crate) fn seal(&self, key: &SealKey) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::BYTES);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.account.0.to_le_bytes());
        bytes.extend_from_slice(&self.session_gen.to_le_bytes());
        bytes.extend_from_slice(&self.expires_ms.to_le_bytes());
        let seal = key.seal(SealKind::Ticket, &bytes);
        bytes.extend_from_slice(&seal);
        bytes
    }

    /// The one that travelled, if its seal is right and its time is not over.
    pub(crate) fn open(bytes: &[u8], key: &SealKey, wall_ms: u64) -> Option<Self> {
        let (said, seal) = bytes.split_first_chunk::<SAID_BYTES>()?;
        if !key.is_seal(SealKind::Ticket, said, seal) {
            return None;
        }
        let (&[version], rest) = said.split_first_chunk()?;
        let (account, rest) = rest.split_first_chunk()?;
        let (session_gen, rest) = rest.split_first_chunk()?;
        let ticket = Self {
            account: AccountId(u64::from_le_bytes(*account)),
            session_gen: u32::from_le_bytes(*session_gen),
            expires_ms: u64::from_le_bytes(*rest.first_chunk()?),
        };
        (version == VERSION && wall_ms < ticket.expires_ms).then_some(ticket)
    }
}

/// Of the bytes that follow; another one is sealed by another build.
const VERSION: u8 = 2;
const SAID_BYTES: usize = 1 + 8 + 4 + 8;
const _: () = assert!(Ticket::BYTES <= TICKET_BYTES_MAX);
