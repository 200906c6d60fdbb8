//! A map as its designer drew it, checked: whoever holds one need not look again. Knows no file.

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
    /// Nobody passes or stands in these.
    pub walls: Vec<Wall>,
    /// Where characters begin; at least one.
    pub spawns: Vec<Place>,
    /// Monsters, by the names of their own table.
    pub monsters: Vec<Placed>,
    /// Shops, by the names of theirs.
    pub shops: Vec<Placed>,
}

/// Something of another table that stands on the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its name there.
    pub what: String,
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
    /// Of one entry.
    pub const COUNT_MAX: u32 = 1_000;
    /// A character runs as fast as this: 100 m/s.
    pub const SPEED_MM_S_MAX: i64 = 100_000;

    /// # Errors
    /// The first [`Flaw`], in the order of [`Draft`]'s fields.
    pub fn new(draft: Draft) -> Result<Self, Flaw> {
        let Draft { number, width_mm, height_mm, view_mm, speed_mm_s, .. } = draft;
        between(Part::Width, width_mm, EDGE_MM_MIN, MAP_EDGE_MM_MAX)?;
        between(Part::Height, height_mm, EDGE_MM_MIN, MAP_EDGE_MM_MAX)?;
        between(Part::View, view_mm, EDGE_MM_MIN, MAP_EDGE_MM_MAX)?;
        between(Part::Speed, speed_mm_s, 1, Self::SPEED_MM_S_MAX)?;
        let cells = Grid::cells_of(width_mm, height_mm, view_mm);
        if CELLS_MAX < cells {
            let problem = format!("so short a view cuts the map into {cells} cells, at most {CELLS_MAX}");
            return Err(Flaw { part: Part::View, problem });
        }
        at_most(Part::Walls, draft.walls.len(), Self::WALLS_MAX)?;
        for (index, wall) in draft.walls.iter().enumerate() {
            let is_right = wall.west_mm < wall.east_mm && wall.south_mm < wall.north_mm;
            let is_inside = 0 <= wall.west_mm
                && 0 <= wall.south_mm
                && wall.east_mm <= width_mm
                && wall.north_mm <= height_mm;
            if !is_right || !is_inside {
                let problem = "a wall has a size and lies on the map".to_owned();
                return Err(Flaw { part: Part::Wall(index), problem });
            }
        }
        let walls = Walls::new(draft.walls, width_mm, height_mm);
        let free = |part, at: Place| {
            let is_on = (0..=width_mm).contains(&at.x_mm) && (0..=height_mm).contains(&at.y_mm);
            if !is_on {
                return Err(Flaw { part, problem: "this is not on the map".to_owned() });
            }
            if walls.blocks(at, at) {
                return Err(Flaw { part, problem: "this is in a wall".to_owned() });
            }
            Ok(())
        };
        if draft.spawns.is_empty() {
            return Err(Flaw { part: Part::Spawns, problem: "a map has at least one".to_owned() });
        }
        at_most(Part::Spawns, draft.spawns.len(), Self::SPAWNS_MAX)?;
        for (index, spawn) in draft.spawns.iter().enumerate() {
            free(Part::Spawn(index), *spawn)?;
        }
        let lists: [(&[Placed], fn(usize) -> Part); 2] =
            [(&draft.monsters, Part::Monster), (&draft.shops, Part::Shop)];
        for (list, part) in lists {
            at_most(part(0), list.len(), Self::PLACED_MAX)?;
            for (index, placed) in list.iter().enumerate() {
                free(part(index), placed.at)?;
                between(part(index), placed.count.into(), 1, Self::COUNT_MAX.into())?;
                between(part(index), placed.within_mm, 0, MAP_EDGE_MM_MAX)?;
            }
        }
        let Draft { spawns, monsters, shops, .. } = draft;
        // Checked above.
        let speed_mm_s = u32::try_from(speed_mm_s).unwrap_or(1);
        Ok(Self { number, width_mm, height_mm, view_mm, speed_mm_s, walls, spawns, monsters, shops })
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

    /// Monsters, by name.
    #[must_use]
    pub fn monsters(&self) -> &[Placed] {
        &self.monsters
    }

    /// Shops, by name.
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
            walls: Walls::new(Vec::new(), edge_mm, edge_mm),
            spawns: vec![middle],
            monsters: Vec::new(),
            shops: Vec::new(),
        }
    }
}

fn between(part: Part, got: i64, min: i64, max: i64) -> Result<(), Flaw> {
    if (min..=max).contains(&got) {
        return Ok(());
    }
    Err(Flaw { part, problem: format!("allowed are {min} to {max}, in millimeters where it is a length") })
}

fn at_most(part: Part, got: usize, max: usize) -> Result<(), Flaw> {
    if got <= max { Ok(()) } else { Err(Flaw { part, problem: format!("{got} of them, at most {max}") }) }
}

/// Of a map, and of a view: a meter.
const EDGE_MM_MIN: i64 = 1_000;
