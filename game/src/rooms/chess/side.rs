//! White and black, and a value of each. Knows no board.

use serde::{Deserialize, Serialize};

/// Whose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Side {
    White,
    Black,
}

impl Side {
    pub(super) const BOTH: [Self; 2] = [Self::White, Self::Black];

    pub(super) fn other(self) -> Self {
        match self {
            Self::White => Self::Black,
            Self::Black => Self::White,
        }
    }
}

/// One of each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Each<T> {
    pub(super) white: T,
    pub(super) black: T,
}

impl<T> Each<T> {
    pub(super) fn of(&self, side: Side) -> &T {
        match side {
            Side::White => &self.white,
            Side::Black => &self.black,
        }
    }

    pub(super) fn of_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::White => &mut self.white,
            Side::Black => &mut self.black,
        }
    }
}
