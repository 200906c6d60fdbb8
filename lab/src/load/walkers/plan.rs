//! How a crowd stands on a map that grows with it: so many in each cell that everybody has others around,
//! at the border too, where fewer cells are heard. Knows no server.

#[cfg(test)]
mod tests;

/// A point of the map, millimeters from its south-west corner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// To the east.
    pub x_mm: i32,
    /// To the north.
    pub y_mm: i32,
}

/// A map and a place for each of its walkers.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Cells along each edge.
    cells: u32,
    places: Vec<Point>,
}

impl Plan {
    /// For so many walkers.
    #[must_use]
    pub fn new(players: u32) -> Self {
        let cells =
            (1..CELLS_MAX).find(|cells| players * SHARE <= DENSITY * weight(*cells)).unwrap_or(CELLS_MAX);
        let whole = u64::from(weight(cells));
        let (mut places, mut rest) = (Vec::new(), 0);
        for row in 0..cells {
            for column in 0..cells {
                rest += u64::from(players) * u64::from(share(row, cells) * share(column, cells));
                while whole <= rest {
                    rest -= whole;
                    places.push(scattered(column, row, places.len()));
                }
            }
        }
        Self { cells, places }
    }

    /// Edge of the map.
    #[must_use]
    pub fn edge_mm(&self) -> i32 {
        i32::try_from(self.cells).unwrap_or(i32::MAX).saturating_mul(CELL_MM)
    }

    /// Cells in a row.
    #[must_use]
    pub fn columns(&self) -> u32 {
        self.cells
    }

    /// A place for each who stands at one of these points, near it: nobody has far to go.
    #[must_use]
    pub fn assign(&self, at: &[Point]) -> Vec<Point> {
        let mut free = self.places.clone();
        let mut places: Vec<Point> = at
            .iter()
            .map(|at| {
                let next = free.iter().enumerate().min_by_key(|(_, place)| far(*at, **place));
                next.map(|(index, _)| index).map_or(*at, |index| free.swap_remove(index))
            })
            .collect();
        // The last ones found only what the others had left: two change places wherever that lessens the sum of
        // their squares, in which the longest way counts most.
        for _ in 0..SWAP_ROUNDS {
            for one in 0..at.len() {
                for two in 0..one {
                    let now = far(at[one], places[one]) + far(at[two], places[two]);
                    if far(at[one], places[two]) + far(at[two], places[one]) < now {
                        places.swap(one, two);
                    }
                }
            }
        }
        places
    }

    /// The designers' `map.toml`: nothing but ground and spawn points all over it. Its speed lets walkers get
    /// to their places quickly; they walk slower.
    #[must_use]
    pub fn map_toml(&self) -> String {
        let edge = self.edge_mm();
        let mut text = format!(
            "number = 1\nwidth_mm = {edge}\nheight_mm = {edge}\nview_mm = {VIEW_MM}\nspeed_mm_per_s = {SPEED_MM_S}\n"
        );
        let rows = self.cells.min(SPAWN_ROWS_MAX);
        let middle = |index: u32| i64::from(edge) * i64::from(2 * index + 1) / i64::from(2 * rows);
        for (row, column) in (0..rows).flat_map(|row| (0..rows).map(move |column| (row, column))) {
            text.push_str(&format!("[[spawn]]\nx_mm = {}\ny_mm = {}\n", middle(column), middle(row)));
        }
        text
    }
}

/// The square of how far it is.
fn far(from: Point, to: Point) -> i64 {
    let (dx, dy) = (i64::from(to.x_mm - from.x_mm), i64::from(to.y_mm - from.y_mm));
    dx * dx + dy * dy
}

/// Somewhere in a cell, unlike the ones before.
fn scattered(column: u32, row: u32, number: usize) -> Point {
    let number = number as u64 + 1;
    // Two fractions of whose multiples no two come near each other soon (the plastic number's powers).
    let part = |step: u64| {
        i32::try_from(number * step % PARTS * CELL_MM.cast_unsigned() as u64 / PARTS).unwrap_or(0)
    };
    let corner = |index: u32| i32::try_from(index).unwrap_or(0) * CELL_MM;
    Point { x_mm: corner(column) + part(754_877), y_mm: corner(row) + part(569_840) }
}

/// Of a row or column: more at the border, where one hears six cells, or four.
fn share(index: u32, cells: u32) -> u32 {
    if index == 0 || index + 1 == cells { SHARE_BORDER } else { SHARE_INNER }
}

fn weight(cells: u32) -> u32 {
    let row: u32 = (0..cells).map(|index| share(index, cells)).sum();
    row * row
}

/// Cells have 1.25 times this edge.
const VIEW_MM: i32 = 40_000;
/// Edge of a cell.
pub const CELL_MM: i32 = VIEW_MM / 4 * 5;
/// As fast as a map allows.
pub const SPEED_MM_S: u32 = 100_000;
const SHARE_INNER: u32 = 5;
const SHARE_BORDER: u32 = 9;
const SHARE: u32 = SHARE_INNER * SHARE_INNER;
/// Walkers of a cell that is not at the border.
const DENSITY: u32 = 4;
const CELLS_MAX: u32 = 200;
const SPAWN_ROWS_MAX: u32 = 31;
const SWAP_ROUNDS: u32 = 3;
const PARTS: u64 = 1_000_000;
