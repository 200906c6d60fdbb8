//! What staff sees of the map: how many are in each part of it, and single ones of one part, both without walking through
//! more than so many. Changes nothing, and knows no account.

use super::{AvatarKey, Cell, Field, Place, index};
use crate::logic::map::cells::Grid;

/// How many are in a square of some cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Column + row · columns, from the south-west corner.
    pub number: u32,
    /// Players' characters.
    pub players: u32,
    /// All others.
    pub monsters: u32,
}

/// A part of the map, its borders included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its south-west corner.
    pub from: Place,
    /// Its north-east corner.
    pub to: Place,
}

impl Part {
    fn holds(&self, at: Place) -> bool {
        (self.from.x_mm..=self.to.x_mm).contains(&at.x_mm)
            && (self.from.y_mm..=self.to.y_mm).contains(&at.y_mm)
    }
}

/// One avatar as staff sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its key, for whoever knows more of it.
    pub key: AvatarKey,
    /// Its number in packets.
    pub number: u32,
    /// Its character; a monster's own id.
    pub character: u64,
    /// As shown.
    pub name: String,
    /// From 1; 0 for a monster.
    pub level: u32,
    /// Its number among the designers' monsters; 0: a player's character.
    pub monster: u32,
    /// Where it is.
    pub at: Place,
    /// Of 100; 0: dead.
    pub life: u8,
}

/// Which cells a walk takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wanted {
    /// Players' characters; else all others.
    players: bool,
}

impl Field {
    /// Cells along the edge of a tile, so that the map has at most [`TILES_MAX`] of them.
    #[must_use]
    pub fn tile_cells(&self) -> u32 {
        let (columns, rows) = (self.grid.columns(), self.grid.rows());
        let tiles = |edge: u32| u64::from(columns.div_ceil(edge)) * u64::from(rows.div_ceil(edge));
        (1..=columns.max(rows)).find(|edge| tiles(*edge) <= TILES_MAX).unwrap_or(1)
    }

    /// Tiles west to east.
    #[must_use]
    pub fn tile_columns(&self) -> u32 {
        self.grid.columns().div_ceil(self.tile_cells())
    }

    /// Every tile in which somebody is, in order of their numbers, as of the last tick.
    #[must_use]
    pub fn tiles(&self) -> Vec<Tile> {
        let (edge, wide) = (self.tile_cells(), self.tile_columns());
        let (columns, rows) = (self.grid.columns(), self.grid.rows());
        let mut tiles = Vec::new();
        let mut row_of = vec![(0, 0); wide as usize];
        for south in (0..rows).step_by(edge as usize) {
            row_of.fill((0, 0));
            for y in south..(south + edge).min(rows) {
                for x in 0..columns {
                    let square = &self.squares[index(Cell(x + y * columns))];
                    let (players, all) = &mut row_of[(x / edge) as usize];
                    *players += square.players;
                    *all += count(square.members.len());
                }
            }
            let first = south / edge * wide;
            let tiles_of = (first..).zip(&row_of).filter(|(_, (_, all))| *all != 0);
            tiles.extend(tiles_of.map(|(number, (players, all))| Tile {
                number,
                players: *players,
                monsters: all - players,
            }));
        }
        tiles
    }

    /// Who is in this part: players' characters first, at most [`SEEN_MAX`]; and whether there may be more.
    #[must_use]
    pub fn seen(&self, part: Part) -> (Vec<Seen>, bool) {
        let (mut seen, mut looks) = (Vec::new(), LOOKS_MAX);
        let is_all = [true, false]
            .into_iter()
            .all(|players| self.look_for(Wanted { players }, part, &mut looks, &mut seen));
        (seen, !is_all)
    }

    /// Whether it came to the end of the part.
    fn look_for(&self, wanted: Wanted, part: Part, looks: &mut usize, seen: &mut Vec<Seen>) -> bool {
        for cell in cells(&self.grid, part) {
            let square = &self.squares[index(cell)];
            let players = square.players as usize;
            let is_there = if wanted.players { 0 < players } else { players < square.members.len() };
            if !is_there {
                continue;
            }
            for key in &square.members {
                if *looks == 0 {
                    return false;
                }
                *looks -= 1;
                let Some(avatar) = self.avatars.get(*key).filter(|avatar| !avatar.is_gone) else { continue };
                if (avatar.looks.monster == 0) != wanted.players || !part.holds(avatar.at) {
                    continue;
                }
                if SEEN_MAX <= seen.len() {
                    return false;
                }
                let looks = &avatar.looks;
                seen.push(Seen {
                    key: *key,
                    number: avatar.number,
                    character: looks.character,
                    name: looks.name.clone(),
                    level: looks.level,
                    monster: looks.monster,
                    at: avatar.at,
                    life: avatar.life,
                });
            }
        }
        true
    }
}

/// The cells of which somebody can be in a part: an avatar may be a little outside of its cell.
fn cells(grid: &Grid, part: Part) -> impl Iterator<Item = Cell> + use<> {
    let (columns, rows) = (grid.columns(), grid.rows());
    let reach = grid.cell_mm() / 10 + 1;
    let near = |at: Place, by: i64| Place { x_mm: (at.x_mm + by).max(0), y_mm: (at.y_mm + by).max(0) };
    let (from, to) = (grid.at(near(part.from, -reach)).0, grid.at(near(part.to, reach)).0);
    let (ys, xs) = (from / columns..=(to / columns).min(rows - 1), from % columns..=to % columns);
    ys.flat_map(move |y| xs.clone().map(move |x| Cell(x + y * columns)))
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// Of one answer. The walk over the cells is one pass over the largest map's.
pub const TILES_MAX: u64 = 4_096;
/// Single ones of one answer.
pub const SEEN_MAX: usize = 1_024;
/// Avatars that one answer looks at, those that it leaves out included.
const LOOKS_MAX: usize = 16_384;
