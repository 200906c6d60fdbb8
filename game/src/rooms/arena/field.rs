//! The field of an arena: lengths, directions, walls and where a life begins. Millimetres, whole numbers.
//! Knows nothing of who fights on it.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

/// A place or a direction, millimetres or thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Vector(pub(super) i32, pub(super) i32);

impl Vector {
    pub(super) fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self(self.0 - other.0, self.1 - other.1)
    }

    /// `numerator` of `denominator` parts of it, toward 0.
    pub(super) fn part(self, numerator: i32, denominator: i32) -> Self {
        Self(self.0 * numerator / denominator, self.1 * numerator / denominator)
    }

    /// Of components of at most [`REACH_MAX`].
    pub(super) fn square(self) -> i32 {
        self.0 * self.0 + self.1 * self.1
    }

    /// Rounded down.
    pub(super) fn length(self) -> i32 {
        // A square is not negative.
        self.square().isqrt()
    }

    pub(super) fn is_zero(self) -> bool {
        self == Self(0, 0)
    }

    /// A direction of [`UNIT`] at most, each component of which is.
    pub(super) fn shortened(self) -> Self {
        let length = self.length();
        if length <= UNIT { self } else { self.part(UNIT, length) }
    }

    /// As far as `length` in this direction, which is not 0.
    pub(super) fn stretched(self, length: i32) -> Self {
        // A short direction is measured finely, or (1, 1) would be as long as (1, 0).
        let [x, y] = [self.0, self.1].map(|component| i64::from(component) * FINE);
        let own = (x * x + y * y).isqrt().max(1);
        let part = |fine: i64| i32::try_from(fine * i64::from(length) / own).unwrap_or(length);
        Self(part(x), part(y))
    }
}

/// A rectangle that nobody passes, from its lower left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wall {
    pub(super) corner: Vector,
    pub(super) size: Vector,
}

impl Wall {
    /// Whether a place is in it, or nearer to it than `margin` in either direction.
    fn holds(self, place: Vector, margin: i32) -> bool {
        let Vector(x, y) = place.minus(self.corner);
        -margin < x && x < self.size.0 + margin && -margin < y && y < self.size.1 + margin
    }
}

/// Whether something that reaches `margin` around itself can be there.
pub(super) fn is_free(place: Vector, margin: i32) -> bool {
    let is_in = |at: i32| (margin..=SIDE - margin).contains(&at);
    is_in(place.0) && is_in(place.1) && WALLS.iter().all(|wall| !wall.holds(place, margin))
}

/// Where something of this size comes to that goes `step`: walls take the part of it that leads into them.
pub(super) fn walked(from: Vector, step: Vector, margin: i32) -> Vector {
    let along_x = from.plus(Vector(step.0, 0));
    let at = if is_free(along_x, margin) { along_x } else { from };
    let along_y = at.plus(Vector(0, step.1));
    if is_free(along_y, margin) { along_y } else { at }
}

/// The place for a new life that is farthest from the nearest of these, the first of equals.
pub(super) fn lonely_start(others: &[Vector]) -> Vector {
    let nearest = |start: Vector| others.iter().map(|other| start.minus(*other).square()).min().unwrap_or(0);
    STARTS.iter().copied().rev().max_by_key(|start| nearest(*start)).unwrap_or(STARTS[0])
}

/// Where the `index`-th of `count` fighters begins: spread evenly along the edge.
pub(super) fn first_start(index: usize, count: usize) -> Vector {
    STARTS[index * STARTS.len() / count.max(1) % STARTS.len()]
}

/// Of the field.
pub(super) const SIDE: i32 = 30_000;
/// A direction's full length.
pub(super) const UNIT: i32 = 1_000;
/// Into so many parts a unit is divided where its length is measured.
const FINE: i64 = 1_000;
/// Of a component of the difference of two places: its square twice over is an `i32`.
const REACH_MAX: i32 = SIDE;
const _: () = assert!(REACH_MAX <= i32::MAX / 2 / REACH_MAX);

/// Four pillars.
pub(super) const WALLS: [Wall; 4] =
    [pillar(9_000, 9_000), pillar(19_000, 9_000), pillar(9_000, 19_000), pillar(19_000, 19_000)];

const fn pillar(x: i32, y: i32) -> Wall {
    Wall { corner: Vector(x, y), size: Vector(2_000, 2_000) }
}

/// Around the field, beginning in its lower left corner, against the clock.
const STARTS: [Vector; 16] = [
    Vector(2_000, 2_000),
    Vector(8_500, 2_000),
    Vector(15_000, 2_000),
    Vector(21_500, 2_000),
    Vector(28_000, 2_000),
    Vector(28_000, 8_500),
    Vector(28_000, 15_000),
    Vector(28_000, 21_500),
    Vector(28_000, 28_000),
    Vector(21_500, 28_000),
    Vector(15_000, 28_000),
    Vector(8_500, 28_000),
    Vector(2_000, 28_000),
    Vector(2_000, 21_500),
    Vector(2_000, 15_000),
    Vector(2_000, 8_500),
];
