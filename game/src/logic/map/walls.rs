//! The walls of a map, and whether a straight way leads through one. Knows no character.

#[cfg(test)]
mod tests;

use super::ground::Place;

/// A rectangle that nobody enters, its border included: between two walls that touch there is no gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wall {
    /// Its western edge.
    pub west_mm: i64,
    /// Its southern edge.
    pub south_mm: i64,
    /// Its eastern edge, beyond the western.
    pub east_mm: i64,
    /// Its northern edge, beyond the southern.
    pub north_mm: i64,
}

/// All walls, found by where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walls {
    all: Vec<Wall>,
    /// For each bin, which walls touch it.
    bins: Vec<Vec<u32>>,
    columns: usize,
    bin_mm: i64,
}

impl Walls {
    /// `all` lie within the map.
    pub(super) fn new(all: Vec<Wall>, width_mm: i64, height_mm: i64) -> Self {
        let bin_mm = (width_mm.max(height_mm) / BINS_PER_EDGE + 1).max(BIN_MM_MIN);
        let columns = index(width_mm, bin_mm) + 1;
        let rows = index(height_mm, bin_mm) + 1;
        let mut walls = Self { bins: vec![Vec::new(); columns * rows], all: Vec::new(), columns, bin_mm };
        for (number, wall) in (0..).zip(&all) {
            let corner = Place { x_mm: wall.west_mm, y_mm: wall.south_mm };
            let other = Place { x_mm: wall.east_mm, y_mm: wall.north_mm };
            for bin in walls.bins_between(corner, other) {
                walls.bins[bin].push(number);
            }
        }
        Self { all, ..walls }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Wall] {
        &self.all
    }

    /// Whether the straight way between two points of the map touches a wall.
    #[must_use]
    pub fn blocks(&self, from: Place, to: Place) -> bool {
        if self.all.is_empty() {
            return false;
        }
        let mut bins = self.bins_between(from, to);
        bins.any(|bin| self.bins[bin].iter().any(|wall| self.all[*wall as usize].touches(from, to)))
    }

    /// All bins of the rectangle between two points. A way is short beside a bin: it is one, or a few.
    fn bins_between(&self, a: Place, b: Place) -> impl Iterator<Item = usize> + use<> {
        let (columns, bin_mm) = (self.columns, self.bin_mm);
        let xs = index(a.x_mm.min(b.x_mm), bin_mm)..=index(a.x_mm.max(b.x_mm), bin_mm);
        let ys = index(a.y_mm.min(b.y_mm), bin_mm)..=index(a.y_mm.max(b.y_mm), bin_mm);
        ys.flat_map(move |y| xs.clone().map(move |x| y * columns + x))
    }
}

impl Wall {
    /// Whether it and a straight way have a point in common: no line parts them, neither along an edge of the
    /// wall nor along the way.
    #[must_use]
    pub fn touches(&self, from: Place, to: Place) -> bool {
        let is_beside = from.x_mm.max(to.x_mm) < self.west_mm
            || self.east_mm < from.x_mm.min(to.x_mm)
            || from.y_mm.max(to.y_mm) < self.south_mm
            || self.north_mm < from.y_mm.min(to.y_mm);
        if is_beside {
            return false;
        }
        let (dx, dy) = (to.x_mm - from.x_mm, to.y_mm - from.y_mm);
        let side = |x_mm: i64, y_mm: i64| dx * (y_mm - from.y_mm) - dy * (x_mm - from.x_mm);
        let corners = [
            side(self.west_mm, self.south_mm),
            side(self.west_mm, self.north_mm),
            side(self.east_mm, self.south_mm),
            side(self.east_mm, self.north_mm),
        ];
        corners.iter().any(|side| *side <= 0) && corners.iter().any(|side| 0 <= *side)
    }
}

fn index(mm: i64, bin_mm: i64) -> usize {
    usize::try_from(mm / bin_mm).unwrap_or(0)
}

/// Bins along the longer edge of the map at most.
const BINS_PER_EDGE: i64 = 256;
/// 8 m.
const BIN_MM_MIN: i64 = 8_000;
