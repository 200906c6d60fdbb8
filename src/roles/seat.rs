//! Kinds of processes, and the places they have in an installation: one each, and up to eight gateways.

/// One of the three kinds of processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Holds the players' sockets.
    Gateway,
    /// Holds rules and state.
    Game,
    /// Holds journal and database.
    Dbfront,
}

impl Role {
    /// Who needs nobody comes first.
    pub const START_ORDER: [Self; 3] = [Self::Dbfront, Self::Game, Self::Gateway];
    /// Who gives work to others comes first.
    pub const STOP_ORDER: [Self; 3] = [Self::Gateway, Self::Game, Self::Dbfront];

    /// As in commands, settings and file names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Game => "game",
            Self::Dbfront => "dbfront",
        }
    }
}

/// A place that one process at a time has: its lock, its sockets and its name in the log go by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seat {
    role: Role,
    /// From 0; above it only gateways.
    index: u8,
}

impl Seat {
    /// The only dbfront.
    pub const DBFRONT: Self = Self { role: Role::Dbfront, index: 0 };
    /// The only game.
    pub const GAME: Self = Self { role: Role::Game, index: 0 };
    /// The first gateway.
    pub const GATEWAY: Self = Self { role: Role::Gateway, index: 0 };
    /// Gateways of one installation.
    pub const GATEWAYS_MAX: u8 = 8;

    /// The gateway with this number, from 1; nothing beyond the last.
    #[must_use]
    pub fn gateway(number: u8) -> Option<Self> {
        let index = number.checked_sub(1).filter(|index| *index < Self::GATEWAYS_MAX)?;
        Some(Self { role: Role::Gateway, index })
    }

    /// Everybody of an installation with so many gateways; who needs nobody comes first.
    #[must_use]
    pub fn all(gateways: u8) -> Vec<Self> {
        let gateways = (1..=gateways).filter_map(Self::gateway);
        [Self::DBFRONT, Self::GAME].into_iter().chain(gateways).collect()
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all(Self::GATEWAYS_MAX).into_iter().find(|seat| seat.name() == name)
    }

    /// Of which kind.
    #[must_use]
    pub fn role(self) -> Role {
        self.role
    }

    /// From 1; the only one of its kind is the first.
    #[must_use]
    pub fn number(self) -> u8 {
        self.index + 1
    }

    /// As in the log, the files and `ding status`: a first one by its kind alone.
    #[must_use]
    pub fn name(self) -> &'static str {
        match (self.role, self.index) {
            (Role::Gateway, index) => GATEWAYS[usize::from(index)],
            (role, _) => role.name(),
        }
    }
}

impl From<Role> for Seat {
    fn from(role: Role) -> Self {
        Self { role, index: 0 }
    }
}

const GATEWAYS: [&str; Seat::GATEWAYS_MAX as usize] =
    ["gateway", "gateway-2", "gateway-3", "gateway-4", "gateway-5", "gateway-6", "gateway-7", "gateway-8"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seat_has_a_name_of_its_own_and_is_found_by_it() {
        let all = Seat::all(Seat::GATEWAYS_MAX);
        assert_eq!(all.len(), 10);
        for seat in &all {
            assert_eq!(Seat::named(seat.name()), Some(*seat));
        }
        assert_eq!(Seat::named("gateway-1"), None);
        assert_eq!(Seat::named("gateway-9"), None);
        assert_eq!(Seat::gateway(0), None);
        assert_eq!(Seat::gateway(1), Some(Role::Gateway.into()));
        assert_eq!(Seat::gateway(9), None);
    }
}
