//! What staff may do: four roles, each of which may all that the ones before it may. A role as a type is what a
//! handler asks for ([`super::admit`]). Knows no route.

use serde::{Deserialize, Serialize};

/// Of a member of the staff, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Looks after players: messages, kicks, mutes.
    Support,
    /// Changes the world: bans, grants, rooms.
    Operator,
    /// Decides who is staff.
    Owner,
}

impl Role {
    /// All, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Support, Self::Operator, Self::Owner];

    /// Stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Support => "support",
            Self::Operator => "operator",
            Self::Owner => "owner",
        }
    }
}

/// A role as a type: what a handler needs at least.
pub trait Least: Send + 'static {
    /// As a value.
    const ROLE: Role;
}

/// At least [`Role::Viewer`].
#[derive(Clone, Copy, Debug)]
pub struct Viewer;
/// At least [`Role::Support`].
#[derive(Clone, Copy, Debug)]
pub struct Support;
/// At least [`Role::Operator`].
#[derive(Clone, Copy, Debug)]
pub struct Operator;
/// [`Role::Owner`].
#[derive(Clone, Copy, Debug)]
pub struct Owner;

impl Least for Viewer {
    const ROLE: Role = Role::Viewer;
}
impl Least for Support {
    const ROLE: Role = Role::Support;
}
impl Least for Operator {
    const ROLE: Role = Role::Operator;
}
impl Least for Owner {
    const ROLE: Role = Role::Owner;
}
