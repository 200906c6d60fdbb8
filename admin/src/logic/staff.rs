//! The list of staff: names, roles, hashes of passwords, second factors. Changes make another list, so that it is in
//! force only once it is stored. Knows no file.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    hex,
    role::Role,
    secret::Secret,
    totp::{self, SECRET_BYTES},
};

/// One of the staff.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// What it may.
    pub role: Role,
    /// Argon2id in PHC form.
    pub password: String,
    /// The second factor, hexadecimal; none: not set.
    pub totp: Option<String>,
    /// The last step of it that was used.
    pub totp_step: u64,
    /// May not log in.
    pub disabled: bool,
    /// Milliseconds since 1970.
    pub created_ms: u64,
}

/// Hashes and secrets are shown nowhere.
impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member").field("role", &self.role).finish_non_exhaustive()
    }
}

impl Member {
    /// With a first password, and without a second factor.
    #[must_use]
    pub fn new(role: Role, password: String, created_ms: u64) -> Self {
        Self { role, password, totp: None, totp_step: 0, disabled: false, created_ms }
    }

    /// The second factor's secret.
    #[must_use]
    pub fn totp_secret(&self) -> Option<[u8; SECRET_BYTES]> {
        hex::decode(self.totp.as_deref()?)
    }

    /// The step of a right code that was not used before.
    #[must_use]
    pub fn totp_check(&self, code: &Secret, unix_s: u64) -> Option<u64> {
        totp::check(&self.totp_secret()?, code.expose(), unix_s, self.totp_step)
    }
}

/// Everybody, by name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    staff: BTreeMap<String, Member>,
}

/// Why a list is not changed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StaffError {
    /// Not a name.
    #[error("a name has 2 to 32 of a-z, 0-9, '.', '-' and '_', and begins with a letter")]
    BadName,
    /// Too easy to guess, or too long.
    #[error("a password has 12 characters at least and 256 bytes at most, and is not the name")]
    WeakPassword,
    /// Somebody has it.
    #[error("somebody of the staff has this name")]
    NameTaken,
    /// Nobody has it.
    #[error("nobody of the staff has this name")]
    NoSuchStaff,
    /// The list would be left without an owner.
    #[error("somebody has to be the owner: make another one first")]
    LastOwner,
    /// As many as there may be.
    #[error("there are as many staff as there may be")]
    TooMany,
}

impl StaffError {
    /// Stable.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::BadName => "bad_name",
            Self::WeakPassword => "weak_password",
            Self::NameTaken => "name_taken",
            Self::NoSuchStaff => "no_such_staff",
            Self::LastOwner => "last_owner",
            Self::TooMany => "too_many_staff",
        }
    }
}

impl Roster {
    /// Nobody is staff.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.staff.is_empty()
    }

    /// Everybody, by name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Member)> {
        self.staff.iter().map(|(name, member)| (name.as_str(), member))
    }

    /// Who may log in under this name.
    #[must_use]
    pub fn active(&self, name: &str) -> Option<&Member> {
        self.staff.get(name).filter(|member| !member.disabled)
    }

    /// One of them, who may be disabled.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.staff.get(name)
    }

    /// With one more.
    ///
    /// # Errors
    /// See [`StaffError`].
    pub fn with(&self, name: &str, member: Member) -> Result<Self, StaffError> {
        check_name(name)?;
        if self.staff.contains_key(name) {
            return Err(StaffError::NameTaken);
        }
        if STAFF_MAX <= self.staff.len() {
            return Err(StaffError::TooMany);
        }
        let mut next = self.clone();
        next.staff.insert(name.to_owned(), member);
        Ok(next)
    }

    /// With one of them changed.
    ///
    /// # Errors
    /// See [`StaffError`].
    pub fn changed(&self, name: &str, change: impl FnOnce(&mut Member)) -> Result<Self, StaffError> {
        let mut next = self.clone();
        change(next.staff.get_mut(name).ok_or(StaffError::NoSuchStaff)?);
        let has_owner = next.staff.values().any(|member| member.role == Role::Owner && !member.disabled);
        if has_owner { Ok(next) } else { Err(StaffError::LastOwner) }
    }
}

/// Whether somebody may be called so.
///
/// # Errors
/// [`StaffError::BadName`].
pub fn check_name(name: &str) -> Result<(), StaffError> {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_".contains(&byte);
    let is_name = (2..=NAME_BYTES_MAX).contains(&name.len())
        && name.bytes().all(is_part)
        && name.as_bytes()[0].is_ascii_lowercase();
    if is_name { Ok(()) } else { Err(StaffError::BadName) }
}

/// Whether a password may be one.
///
/// # Errors
/// [`StaffError::WeakPassword`].
pub fn check_password(name: &str, password: &Secret) -> Result<(), StaffError> {
    let text = password.expose();
    let is_long = PASSWORD_CHARS_MIN <= text.chars().count() && text.len() <= PASSWORD_BYTES_MAX;
    if is_long && !text.eq_ignore_ascii_case(name) { Ok(()) } else { Err(StaffError::WeakPassword) }
}

/// Members of one list.
pub const STAFF_MAX: usize = 64;
/// With the user's number behind it, it fits the staff log of game.
const NAME_BYTES_MAX: usize = 32;
const PASSWORD_CHARS_MIN: usize = 12;
/// Of a password.
pub const PASSWORD_BYTES_MAX: usize = 256;
const _: () = assert!(NAME_BYTES_MAX + " (uid 4294967295)".len() <= proto::limits::STAFF_BYTES_MAX);
