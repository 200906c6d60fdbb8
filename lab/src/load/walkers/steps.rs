//! One walker's way: to its place as fast as the map allows, then about it at a walking pace, ten moves a
//! second. Each position tells in its last bits which move it is. Knows no server.

use super::plan::{Point, SPEED_MM_S};

/// Moves a second, as the bots' scenario `walk`.
pub const MOVES_PER_S: u32 = 10;

/// One walker.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    at: Point,
    place: Point,
    edge_mm: i32,
    /// Length that is saved up for the way to its place.
    reach_mm: i32,
    seq: u32,
    heading: usize,
    until_turn: u32,
    random: u64,
}

impl Steps {
    /// Stands there, on a map of this edge.
    #[must_use]
    pub fn new(at: Point, edge_mm: i32, seed: u64) -> Self {
        Self { at, place: at, edge_mm, random: seed, ..Self::default() }
    }

    /// Where it stands.
    #[must_use]
    pub fn at(&self) -> Point {
        self.at
    }

    /// Belongs there from now on.
    pub fn go_to(&mut self, place: Point) {
        self.place = place;
        self.reach_mm = REACH_MM_FIRST;
    }

    /// Whether it has come to its place.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.reach_mm == 0
    }

    /// The next move.
    pub fn advance(&mut self) -> (u32, Point) {
        self.seq += 1;
        let to = if self.is_there() { self.stroll() } else { self.approach() };
        let inside = |mm: i32| mm.clamp(0, self.edge_mm - SEQS);
        let seq = i32::try_from(self.seq % SEQS.cast_unsigned()).unwrap_or(0);
        self.at = Point { x_mm: inside(to.x_mm) / SEQS * SEQS + seq, y_mm: inside(to.y_mm) };
        (self.seq, self.at)
    }

    /// Which of the last moves leads to a point: its number modulo [`SEQS`].
    #[must_use]
    pub fn slot(at: Point) -> usize {
        usize::try_from(at.x_mm % SEQS).unwrap_or(0)
    }

    fn approach(&mut self) -> Point {
        let (dx, dy) = (self.place.x_mm - self.at.x_mm, self.place.y_mm - self.at.y_mm);
        let square = i64::from(dx) * i64::from(dx) + i64::from(dy) * i64::from(dy);
        let far_mm = i32::try_from(square.isqrt()).unwrap_or(i32::MAX);
        if far_mm <= self.reach_mm {
            self.reach_mm = 0;
            return self.place;
        }
        let part = |mm: i32| {
            i32::try_from(i64::from(mm) * i64::from(self.reach_mm) / i64::from(far_mm)).unwrap_or(0)
        };
        let to = Point { x_mm: self.at.x_mm + part(dx), y_mm: self.at.y_mm + part(dy) };
        self.reach_mm = REACH_MM;
        to
    }

    /// A random walk that turns back where it would leave its surroundings.
    fn stroll(&mut self) -> Point {
        if self.until_turn == 0 {
            self.turn();
        }
        self.until_turn -= 1;
        let (x, y) = HEADINGS[self.heading];
        let to = Point { x_mm: self.at.x_mm + x * STEP_MM / 5, y_mm: self.at.y_mm + y * STEP_MM / 5 };
        let is_near =
            |mm: i32, place: i32| (mm - place).abs() <= AROUND_MM && (0..self.edge_mm).contains(&mm);
        if is_near(to.x_mm, self.place.x_mm) && is_near(to.y_mm, self.place.y_mm) {
            return to;
        }
        self.until_turn = 0;
        self.at
    }

    fn turn(&mut self) {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let draw = usize::try_from(self.random >> 33).unwrap_or(0);
        self.heading = draw % HEADINGS.len();
        self.until_turn = 5 + u32::try_from(draw / HEADINGS.len() % 40).unwrap_or(0);
    }
}

/// So many moves are told apart by their positions.
pub const SEQS: i32 = 64;
/// A move at 4.8 m/s, four fifths of what the bundled map allows.
const STEP_MM: i32 = 480;
/// A walker stays as near as this to its place.
const AROUND_MM: i32 = 25_000;
/// The map lets save up more than a second and a half of its speed, and this is the first move.
const REACH_MM_FIRST: i32 = 150_000;
/// Each further one.
const REACH_MM: i32 = 7_000;
/// Parts of five, so that every step has the same length.
const HEADINGS: [(i32, i32); 12] = [
    (5, 0),
    (4, 3),
    (3, 4),
    (0, 5),
    (-3, 4),
    (-4, 3),
    (-5, 0),
    (-4, -3),
    (-3, -4),
    (0, -5),
    (3, -4),
    (4, -3),
];

const _: () = {
    // What the map allows for long, and at once to somebody new.
    assert!(REACH_MM.cast_unsigned() * MOVES_PER_S < SPEED_MM_S / 4 * 3);
    assert!(REACH_MM_FIRST.cast_unsigned() < SPEED_MM_S / 5 * 8);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walker_gets_to_its_place_and_stays_about_it() {
        let place = Point { x_mm: 500_000, y_mm: 20_000 };
        let mut steps = Steps::new(Point { x_mm: 25_000, y_mm: 25_000 }, 800_000, 7);
        steps.go_to(place);
        let mut count = 0;
        while !steps.is_there() {
            steps.advance();
            count += 1;
        }
        assert!(count < 100, "{count}");
        let mut moved = 0;
        let mut before = steps.at;
        for _ in 0..10_000 {
            let (seq, at) = steps.advance();
            assert_eq!(Steps::slot(at), seq as usize % 64);
            assert!((at.x_mm - place.x_mm).abs() <= AROUND_MM + 2 * SEQS, "{at:?}");
            assert!((0..800_000).contains(&at.y_mm));
            assert!((at.x_mm - before.x_mm).abs() + (at.y_mm - before.y_mm).abs() <= 2 * STEP_MM);
            moved += u32::from((at.y_mm, at.x_mm / SEQS) != (before.y_mm, before.x_mm / SEQS));
            before = at;
        }
        assert!(moved > 9_000, "{moved}");
    }
}
