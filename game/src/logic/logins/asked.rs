//! What a login's packet asks for, read once a run. Knows no row.

use proto::{
    client::{LoginPassword, LoginSecret, LoginTicket, Register},
    kinds,
};

use crate::logic::{
    names::canonical,
    secret::Secret,
    tx::{Halt, decode},
};

/// One of the ways in.
pub(super) enum Asked {
    NewGuest,
    Secret(LoginSecret),
    Ticket(LoginTicket),
    Register { name: String, password: Secret },
    Password(Tried),
}

/// A name and its password.
pub(super) struct Tried {
    /// As accounts are found by it; empty for all that cannot be names.
    pub(super) name_key: String,
    pub(super) password: Secret,
}

impl Asked {
    /// Of a kind that is a login's.
    pub(super) fn read(kind: u32, body: &[u8]) -> Result<Self, Halt> {
        Ok(match kind {
            kinds::LOGIN_GUEST => Self::NewGuest,
            kinds::LOGIN_SECRET => Self::Secret(decode(body)?),
            kinds::LOGIN_TICKET => Self::Ticket(decode(body)?),
            kinds::REGISTER => {
                let Register { name, password } = decode(body)?;
                Self::Register { name, password: Secret::new(password) }
            }
            _ => {
                let LoginPassword { name, password } = decode(body)?;
                let name_key = canonical(&name).map_or_else(|_| String::new(), |name| name.key().to_owned());
                Self::Password(Tried { name_key, password: Secret::new(password) })
            }
        })
    }

    /// The name and password that are compared with stored ones.
    pub(super) fn tried(&self) -> Option<&Tried> {
        match self {
            Self::Password(tried) => Some(tried),
            Self::NewGuest | Self::Secret(_) | Self::Ticket(_) | Self::Register { .. } => None,
        }
    }

    /// It makes an account.
    pub(super) fn is_new(&self) -> bool {
        match self {
            Self::NewGuest | Self::Register { .. } => true,
            Self::Secret(_) | Self::Ticket(_) | Self::Password(_) => false,
        }
    }
}
