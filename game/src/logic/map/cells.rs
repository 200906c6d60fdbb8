//! The squares into which a map is cut, who is in which, and which of them one hears. Knows no group.

#[cfg(test)]
mod tests;

use std::ops::Deref;

use super::ground::{Ground, Place};

/// A square of the map: column + row · columns, from the south-west corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell(pub u32);

/// At most as many cells as 9: a cell and those around it, or some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cells {
    cells: [Cell; 9],
    len: u8,
}

/// The squares of one map.
///
/// An avatar stays in its cell until it is a tenth of an edge beyond the border, so that walking along a border
/// changes nothing. Two who see each other may therefore both be a tenth outside of their cells; an edge is
/// so long that the nine cells still reach as far as the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    columns: u32,
    rows: u32,
    cell_mm: i64,
}

impl Grid {
    /// Of a checked map.
    #[must_use]
    pub fn new(ground: &Ground) -> Self {
        let cell_mm = edge(ground.view_mm());
        Self { columns: count(ground.width_mm(), cell_mm), rows: count(ground.height_mm(), cell_mm), cell_mm }
    }

    /// Into how many cells such a map would be cut.
    #[must_use]
    pub fn cells_of(width_mm: i64, height_mm: i64, view_mm: i64) -> u64 {
        let cell_mm = edge(view_mm);
        u64::from(count(width_mm, cell_mm)) * u64::from(count(height_mm, cell_mm))
    }

    /// Edge of a cell, at least 1.25 times the view.
    #[must_use]
    pub fn cell_mm(&self) -> i64 {
        self.cell_mm
    }

    /// West to east.
    #[must_use]
    pub fn columns(&self) -> u32 {
        self.columns
    }

    /// South to north.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.columns * self.rows
    }

    /// Never: a map has at least one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell in which a point of the map lies.
    #[must_use]
    pub fn at(&self, at: Place) -> Cell {
        let column = place(at.x_mm, self.cell_mm).min(self.columns - 1);
        let row = place(at.y_mm, self.cell_mm).min(self.rows - 1);
        Cell(column + row * self.columns)
    }

    /// The cell of an avatar that was in `home` and is at this point now.
    #[must_use]
    pub fn home(&self, home: Cell, at: Place) -> Cell {
        let corner = self.corner(home);
        let border = self.cell_mm / BORDER_PART;
        let stays = |from: i64, mm: i64| (from - border..=from + self.cell_mm + border).contains(&mm);
        if stays(corner.x_mm, at.x_mm) && stays(corner.y_mm, at.y_mm) { home } else { self.at(at) }
    }

    /// The south-west corner of a cell.
    #[must_use]
    pub fn corner(&self, cell: Cell) -> Place {
        let (column, row) = self.column_row(cell);
        Place { x_mm: i64::from(column) * self.cell_mm, y_mm: i64::from(row) * self.cell_mm }
    }

    /// Whether an avatar of this cell can be so near to a point.
    #[must_use]
    pub fn is_near(&self, cell: Cell, at: Place, within_mm: i64) -> bool {
        let corner = self.corner(cell);
        let reach = within_mm + self.cell_mm / BORDER_PART;
        let is_near = |from: i64, mm: i64| (from - reach..=from + self.cell_mm + reach).contains(&mm);
        is_near(corner.x_mm, at.x_mm) && is_near(corner.y_mm, at.y_mm)
    }

    /// The cells that an avatar in this one hears: it and those around it.
    #[must_use]
    pub fn heard(&self, cell: Cell) -> Cells {
        let (column, row) = self.column_row(cell);
        let mut heard = Cells::NONE;
        for y in row.saturating_sub(1)..=(row + 1).min(self.rows - 1) {
            for x in column.saturating_sub(1)..=(column + 1).min(self.columns - 1) {
                heard.push(Cell(x + y * self.columns));
            }
        }
        heard
    }

    fn column_row(&self, cell: Cell) -> (u32, u32) {
        (cell.0 % self.columns, cell.0 / self.columns)
    }
}

impl Cells {
    /// None.
    pub const NONE: Self = Self { cells: [Cell(0); 9], len: 0 };

    /// Those that are not among `others`.
    #[must_use]
    pub fn without(&self, others: &Self) -> Self {
        let mut left = Self::NONE;
        self.iter().filter(|cell| !others.contains(cell)).for_each(|cell| left.push(*cell));
        left
    }

    fn push(&mut self, cell: Cell) {
        self.cells[usize::from(self.len)] = cell;
        self.len += 1;
    }
}

impl Deref for Cells {
    type Target = [Cell];
    fn deref(&self) -> &[Cell] {
        &self.cells[..usize::from(self.len)]
    }
}

/// Each side of a pair may be a tenth outside: 1 − 2/10 of an edge reaches as far as the view.
fn edge(view_mm: i64) -> i64 {
    (view_mm * 5 + 3) / 4
}

fn count(mm: i64, cell_mm: i64) -> u32 {
    u32::try_from((mm + cell_mm - 1) / cell_mm).unwrap_or(u32::MAX).max(1)
}

fn place(mm: i64, cell_mm: i64) -> u32 {
    u32::try_from(mm / cell_mm).unwrap_or(0)
}

/// Of one map. Each has two groups.
pub const CELLS_MAX: u64 = 65_536;
/// Share of an edge by which one has to be outside to be in another cell.
const BORDER_PART: i64 = 10;
