//! A map as its designer drew it, checked: whoever holds one need not look again. Knows no file.

use std::ops::RangeInclusive;

use proto::limits::MAP_EDGE_MM_MAX;

use super::{
    cells::{CELLS_MAX, Grid},
    walls::{Wall, Walls},
};

/// A point of the map, millimetres from its south-west corner, x to the east.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// To the east.
    pub x_mm: i64,
    /// To the north.
    pub y_mm: i64,
}

impl Place {
    /// Whether another place of the map is at most so far away.
    #[must_use]
    pub fn is_within(self, reach_mm: i64, other: Self) -> bool {
        let (x_mm, y_mm) = (other.x_mm - self.x_mm, other.y_mm - self.y_mm);
        x_mm * x_mm + y_mm * y_mm <= reach_mm * reach_mm
    }
}

impl Place {
    /// The square of the distance.
    #[must_use]
    pub fn square_to(self, other: Self) -> i64 {
        let (dx, dy) = (self.x_mm - other.x_mm, self.y_mm - other.y_mm);
        dx * dx + dy * dy
    }

    /// So far from here towards another place, or that place if it is not as far.
    #[must_use]
    pub fn towards(self, to: Self, length_mm: i64) -> Self {
        let square = self.square_to(to);
        if square <= length_mm * length_mm {
            return to;
        }
        let whole = square.isqrt().max(1);
        let along = |from: i64, to: i64| from + (to - from) * length_mm / whole;
        Self { x_mm: along(self.x_mm, to.x_mm), y_mm: along(self.y_mm, to.y_mm) }
    }
}

/// What its designer wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Names the map in rows.
    pub number: u32,
    /// West to east.
    pub width_mm: i64,
    /// South to north.
    pub height_mm: i64,
    /// Whoever is as near as this is seen.
    pub view_mm: i64,
    /// A character's, a second, at most.
    pub speed_mm_s: i64,
    /// From a character's death until it may begin again, milliseconds.
    pub respawn_ms: u32,
    /// Nobody passes or stands in these.
    pub walls: Vec<Wall>,
    /// Where characters begin; at least one.
    pub spawns: Vec<Place>,
    /// Monsters, by the numbers of their own table.
    pub monsters: Vec<Placed>,
    /// Shops, by the numbers of theirs.
    pub shops: Vec<Placed>,
}

/// Something of another table that stands on the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its number there.
    pub number: u32,
    /// Where, or around where.
    pub at: Place,
    /// How many of it.
    pub count: u32,
    /// How far from there at most.
    pub within_mm: i64,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    number: u32,
    width_mm: i64,
    height_mm: i64,
    view_mm: i64,
    speed_mm_s: u32,
    respawn_ms: u32,
    walls: Walls,
    spawns: Vec<Place>,
    monsters: Vec<Placed>,
    shops: Vec<Placed>,
}

/// What is wrong with a draft.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Flaw {
    /// Of what.
    pub part: Part,
    /// For its designer.
    pub problem: String,
}

/// A part of a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// See [`Draft::width_mm`].
    Width,
    /// See [`Draft::height_mm`].
    Height,
    /// See [`Draft::view_mm`].
    View,
    /// See [`Draft::speed_mm_s`].
    Speed,
    /// All of the walls.
    Walls,
    /// The wall with this index.
    Wall(usize),
    /// All of the spawn points.
    Spawns,
    /// The spawn point with this index.
    Spawn(usize),
    /// The monster with this index.
    Monster(usize),
    /// The shop with this index.
    Shop(usize),
}

impl Ground {
    /// Walls of one map.
    pub const WALLS_MAX: usize = 10_000;
    /// Spawn points of one map.
    pub const SPAWNS_MAX: usize = 1_000;
    /// Entries of monsters, and of shops.
    pub const PLACED_MAX: usize = 10_000;
    /// Monsters of one map, all entries together.
    pub const MONSTERS_MAX: u32 = 10_000;
    /// Of one entry.
    pub const COUNT_MAX: u32 = 1_000;
    /// A character runs as fast as this: 100 m/s.
    pub const SPEED_MM_S_MAX: i64 = 100_000;

    /// # Errors
    /// Every [`Flaw`], in the order of [`Draft`]'s fields. Without a size there is nothing to look at the rest in.
    pub fn new(draft: Draft) -> Result<Self, Vec<Flaw>> {
        let Draft { number, width_mm, height_mm, view_mm, speed_mm_s, respawn_ms, walls, .. } = draft;
        let mut flaws = Vec::new();
        between(Part::Width, width_mm, EDGE_MM, &mut flaws);
        between(Part::Height, height_mm, EDGE_MM, &mut flaws);
        between(Part::View, view_mm, EDGE_MM, &mut flaws);
        if !flaws.is_empty() {
            return Err(flaws);
        }
        between(Part::Speed, speed_mm_s, 1..=Self::SPEED_MM_S_MAX, &mut flaws);
        let cells = Grid::cells_of(width_mm, height_mm, view_mm);
        if CELLS_MAX < cells {
            let problem = format!("so short a view cuts the map into {cells} cells, at most {CELLS_MAX}");
            flaws.push(Flaw { part: Part::View, problem });
        }
        at_most(Part::Walls, walls.len(), Self::WALLS_MAX, &mut flaws);
        for (index, wall) in walls.iter().enumerate() {
            let has_size = wall.west_mm <= wall.east_mm && wall.south_mm <= wall.north_mm;
            let is_inside = 0 <= wall.west_mm
                && 0 <= wall.south_mm
                && wall.east_mm <= width_mm
                && wall.north_mm <= height_mm;
            if !has_size || !is_inside {
                let problem = "this wall is not on the map".to_owned();
                flaws.push(Flaw { part: Part::Wall(index), problem });
            }
        }
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let Draft { spawns, monsters, shops, .. } = draft;
        let speed_mm_s = u32::try_from(speed_mm_s).unwrap_or(1);
        let walls = Walls::new(walls, width_mm, height_mm);
        let ground = Self {
            number,
            width_mm,
            height_mm,
            view_mm,
            speed_mm_s,
            respawn_ms,
            walls,
            spawns,
            monsters,
            shops,
        };
        ground.check_things(&mut flaws);
        if flaws.is_empty() { Ok(ground) } else { Err(flaws) }
    }

    /// Whatever stands on the map stands where somebody can stand.
    fn check_things(&self, flaws: &mut Vec<Flaw>) {
        if self.spawns.is_empty() {
            flaws.push(Flaw { part: Part::Spawns, problem: "a map has at least one".to_owned() });
        }
        at_most(Part::Spawns, self.spawns.len(), Self::SPAWNS_MAX, flaws);
        for (index, spawn) in self.spawns.iter().enumerate() {
            self.check_free(Part::Spawn(index), *spawn, flaws);
        }
        self.check_placed(&self.monsters, Part::Monster, flaws);
        self.check_placed(&self.shops, Part::Shop, flaws);
        let mut count = 0;
        for (index, placed) in self.monsters.iter().enumerate() {
            count += u64::from(placed.count);
            if u64::from(Self::MONSTERS_MAX) < count {
                let problem =
                    format!("with these there are {count} monsters, at most {}", Self::MONSTERS_MAX);
                return flaws.push(Flaw { part: Part::Monster(index), problem });
            }
        }
    }

    fn check_placed(&self, list: &[Placed], part: impl Fn(usize) -> Part, flaws: &mut Vec<Flaw>) {
        at_most(part(0), list.len(), Self::PLACED_MAX, flaws);
        for (index, placed) in list.iter().enumerate() {
            self.check_free(part(index), placed.at, flaws);
            between(part(index), placed.count.into(), 1..=Self::COUNT_MAX.into(), flaws);
            between(part(index), placed.within_mm, 0..=MAP_EDGE_MM_MAX, flaws);
        }
    }

    fn check_free(&self, part: Part, at: Place, flaws: &mut Vec<Flaw>) {
        let problem = match () {
            () if !self.holds(at) => "this is not on the map",
            () if !self.is_free(at) => "this is in a wall",
            () => return,
        };
        flaws.push(Flaw { part, problem: problem.to_owned() });
    }

    /// Whether characters of one map may stay where they are when it becomes the other: monsters and shops
    /// alone may differ.
    #[must_use]
    pub fn is_same_ground(&self, other: &Self) -> bool {
        let without = |ground: &Self| Self { monsters: Vec::new(), shops: Vec::new(), ..ground.clone() };
        without(self) == without(other)
    }

    /// Names the map in rows.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// West to east.
    #[must_use]
    pub fn width_mm(&self) -> i64 {
        self.width_mm
    }

    /// South to north.
    #[must_use]
    pub fn height_mm(&self) -> i64 {
        self.height_mm
    }

    /// Whoever is as near as this is seen.
    #[must_use]
    pub fn view_mm(&self) -> i64 {
        self.view_mm
    }

    /// A character's, at most.
    #[must_use]
    pub fn speed_mm_s(&self) -> u32 {
        self.speed_mm_s
    }

    /// From a character's death until it may begin again, milliseconds.
    #[must_use]
    pub fn respawn_ms(&self) -> u32 {
        self.respawn_ms
    }

    /// Its walls.
    #[must_use]
    pub fn walls(&self) -> &Walls {
        &self.walls
    }

    /// Where characters begin; never empty.
    #[must_use]
    pub fn spawns(&self) -> &[Place] {
        &self.spawns
    }

    /// Monsters, by number.
    #[must_use]
    pub fn monsters(&self) -> &[Placed] {
        &self.monsters
    }

    /// Shops, by number.
    #[must_use]
    pub fn shops(&self) -> &[Placed] {
        &self.shops
    }

    /// Whether a point lies on the map, its borders included.
    #[must_use]
    pub fn holds(&self, at: Place) -> bool {
        (0..=self.width_mm).contains(&at.x_mm) && (0..=self.height_mm).contains(&at.y_mm)
    }

    /// Whether somebody can stand there.
    #[must_use]
    pub fn is_free(&self, at: Place) -> bool {
        self.holds(at) && !self.walls.blocks(at, at)
    }
}

#[cfg(test)]
impl Ground {
    /// The same with other monsters.
    pub(crate) fn with_monsters(&self, monsters: Vec<Placed>) -> Self {
        Self { monsters, ..self.clone() }
    }
}

impl Default for Ground {
    /// A meadow of 500 m without anything on it.
    fn default() -> Self {
        let edge_mm = 500_000;
        let middle = Place { x_mm: edge_mm / 2, y_mm: edge_mm / 2 };
        Self {
            number: 1,
            width_mm: edge_mm,
            height_mm: edge_mm,
            view_mm: 40_000,
            speed_mm_s: 6_000,
            respawn_ms: 5_000,
            walls: Walls::new(Vec::new(), edge_mm, edge_mm),
            spawns: vec![middle],
            monsters: Vec::new(),
            shops: Vec::new(),
        }
    }
}

fn between(part: Part, got: i64, allowed: RangeInclusive<i64>, flaws: &mut Vec<Flaw>) {
    if !allowed.contains(&got) {
        let problem = format!("{got}: allowed are {} to {}", allowed.start(), allowed.end());
        flaws.push(Flaw { part, problem });
    }
}

fn at_most(part: Part, got: usize, max: usize, flaws: &mut Vec<Flaw>) {
    if max < got {
        flaws.push(Flaw { part, problem: format!("{got} of them, at most {max}") });
    }
}

/// Of a map, and of a view: a meter at least.
pub const EDGE_MM: RangeInclusive<i64> = 1_000..=MAP_EDGE_MM_MAX;
