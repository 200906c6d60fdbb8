//! How much room there is for what players do until the database takes it: five levels, from dbfront, which sees
//! the journal, to game, which acts. What each refuses stands in docs/OPERATING.md.

/// How much room there is, best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// Enough.
    #[default]
    Green = 0,
    /// Somebody should look; what may be lost is written less often.
    Yellow = 1,
    /// Nobody new comes in.
    Orange = 2,
    /// Nothing of value is executed.
    Red = 3,
    /// Nothing is written at all, and the world stands still.
    Black = 4,
}

impl Level {
    /// Every level, best first.
    pub const ALL: [Self; 5] = [Self::Green, Self::Yellow, Self::Orange, Self::Red, Self::Black];

    /// Stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Orange => "orange",
            Self::Red => "red",
            Self::Black => "black",
        }
    }

    /// The level with this code, as it travels.
    #[must_use]
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|level| *level as u64 == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_travel_by_their_codes_and_are_ordered() {
        for (code, level) in (0..).zip(Level::ALL) {
            assert_eq!((Level::from_code(code), level as u64), (Some(level), code));
        }
        assert_eq!(Level::from_code(5), None);
        assert!(Level::ALL.is_sorted());
    }
}
