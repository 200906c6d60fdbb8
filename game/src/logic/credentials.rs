//! Credentials: how a guest's secret is made and compared, and what a password must be. Hashing a password takes
//! tens of milliseconds and is the driver's; what is here is cheap and pure.

mod common;
#[cfg(test)]
mod tests;

use proto::{
    epoch::{SealKey, SealKind},
    limits::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN},
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::secret::Secret;

/// What a guest comes back with: 256 bits that nobody guesses, stored only as a hash.
pub type GuestSecret = Secret<[u8; GUEST_SECRET_BYTES]>;

/// The one of an account that was made then, milliseconds since 1970. It is made from a key that seals nothing else and
/// that game alone has, so that it can be sent again where the first time may not have arrived.
#[must_use]
pub fn guest_secret(key: &SealKey, account: u64, created_ms: u64) -> GuestSecret {
    let mut said = [0; 16];
    said[..8].copy_from_slice(&account.to_le_bytes());
    // Of two worlds that come of one backup, the same account may be somebody else's.
    said[8..].copy_from_slice(&created_ms.to_le_bytes());
    Secret::new(key.seal(SealKind::GuestSecret, &said))
}

/// What is stored of a secret. One round is enough: nobody guesses 256 random bits.
#[must_use]
pub fn secret_hash(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// Whether somebody's secret is the one stored, in a time that does not depend on either. With nothing
/// stored (no such account, or one with a password) the same work is done, and the answer is no.
#[must_use]
pub fn secret_matches(secret: &[u8], stored_hash: Option<&[u8]>) -> bool {
    let hash = secret_hash(secret);
    let equal = bool::from(hash.as_slice().ct_eq(stored_hash.unwrap_or(&[0; 32])));
    equal && stored_hash.is_some() && secret.len() == GUEST_SECRET_BYTES
}

/// Why a password is not taken (reliability V17). No rule says what it must be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Fewer than eight characters.
    #[error("a password has at least {PASSWORD_CHARS_MIN} characters")]
    TooShort,
    /// More than 256 bytes.
    #[error("a password has at most {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    /// On the list that is tried first.
    #[error("this password is among the most common ones")]
    Common,
    /// The account's name, or it and little more.
    #[error("a password is not made from the name")]
    Name,
}

impl PasswordError {
    /// Stable: travels in `LoginRefused.name`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::Common => "password_common",
            Self::Name => "password_is_name",
        }
    }
}

/// Checks a new password exactly as it was typed: it is neither trimmed nor cut.
///
/// # Errors
/// See [`PasswordError`].
pub fn check_password(password: &str, name_key: &str) -> Result<(), PasswordError> {
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordError::TooLong);
    }
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(PasswordError::TooShort);
    }
    let lower = password.to_lowercase();
    if is_monotonous(&lower) || common::is_common(&lower) {
        return Err(PasswordError::Common);
    }
    let beside_name = lower.replacen(name_key, "", 1);
    if beside_name.len() < lower.len() && beside_name.chars().count() < BESIDE_NAME_CHARS_MIN {
        return Err(PasswordError::Name);
    }
    Ok(())
}

/// Whether a password that somebody wants to log in with can be one at all: saves the hash.
#[must_use]
pub fn may_be_password(password: &str) -> bool {
    (1..=PASSWORD_BYTES_MAX).contains(&password.len())
}

/// One character over and over.
fn is_monotonous(password: &str) -> bool {
    let mut chars = password.chars();
    chars.next().is_none_or(|first| chars.all(|c| c == first))
}

/// Bytes of a guest's secret.
pub const GUEST_SECRET_BYTES: usize = SealKey::SEAL_BYTES;
const BESIDE_NAME_CHARS_MIN: usize = 4;
