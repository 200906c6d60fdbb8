//! The map's file: its size, its walls, and what stands where, with references to the other tables.

use std::collections::BTreeMap;

use proto::limits::MAP_EDGE_MM_MAX;

use super::{
    files::Text,
    problem::Problem,
    table::{Place as Written, Row, read_file},
};
use crate::logic::map::{
    ground::{Draft, EDGE_MM, Flaw, Ground, Part, Place, Placed},
    walls::Wall,
};

/// What was read, and where each part of it stands.
struct Read {
    draft: Draft,
    width: Written,
    height: Written,
    view: Written,
    speed: Written,
    walls: Vec<Written>,
    wall: Written,
    spawns: Vec<Written>,
    spawn: Written,
    monsters: Vec<Written>,
    shops: Vec<Written>,
}

/// The map; `has_monster` and `has_shop` know the numbers of their tables.
pub(super) fn map(
    text: &Text,
    has_monster: impl Fn(u32) -> bool,
    has_shop: impl Fn(u32) -> bool,
    problems: &mut Vec<Problem>,
) -> Option<Ground> {
    let known = problems.len();
    let read = read_file(&text.name, &text.content, problems, read)??;
    // A spawn point that could not be read is not missing as well.
    let is_read = known == problems.len();
    let things = [
        (&read.draft.monsters, &read.monsters, &has_monster as &dyn Fn(u32) -> bool, "monster"),
        (&read.draft.shops, &read.shops, &has_shop, "shop"),
    ];
    for (list, written, is_there, what) in things {
        for (placed, written) in list.iter().zip(written).filter(|(placed, _)| !is_there(placed.number)) {
            problems.push(written.problem(format!("no {what} has the number {}", placed.number)));
        }
    }
    if !is_read {
        return None;
    }
    match Ground::new(read.draft.clone()) {
        Ok(ground) => Some(ground),
        Err(flaws) => {
            problems.extend(flaws.into_iter().map(|flaw| read.problem(&flaw)));
            None
        }
    }
}

fn read(file: &mut Row<'_>) -> Option<Read> {
    let number = file.number("number", 1..=NUMBER_MAX);
    let width_mm = file.number("width_mm", EDGE_MM);
    let height_mm = file.number("height_mm", EDGE_MM);
    let view_mm = file.number("view_mm", EDGE_MM);
    let speed_mm_s = file.number("speed_mm_per_s", 1..=Ground::SPEED_MM_S_MAX);
    let respawn_ms = file.number_or("respawn_ms", 0..=RESPAWN_MS_MAX, RESPAWN_MS);
    let xs = 0..=width_mm.unwrap_or(MAP_EDGE_MM_MAX);
    let ys = 0..=height_mm.unwrap_or(MAP_EDGE_MM_MAX);
    let walls = file.rows("wall", Ground::WALLS_MAX, |row| {
        let x = row.range("x_mm", xs.clone());
        let y = row.range("y_mm", ys.clone());
        let (x, y) = (x?, y?);
        let wall = Wall { west_mm: *x.start(), east_mm: *x.end(), south_mm: *y.start(), north_mm: *y.end() };
        Some((wall, row.place("x_mm")))
    });
    let spawns = file.rows("spawn", Ground::SPAWNS_MAX, |row| {
        let x_mm = row.number("x_mm", xs.clone());
        let y_mm = row.number("y_mm", ys.clone());
        Some((Place { x_mm: x_mm?, y_mm: y_mm? }, row.place("x_mm")))
    });
    let mut placed = |key| {
        file.rows(key, Ground::PLACED_MAX, |row| {
            let number = row.number("number", 1..=NUMBER_MAX);
            let x_mm = row.number("x_mm", xs.clone());
            let y_mm = row.number("y_mm", ys.clone());
            let count = row.number_or("count", 1..=Ground::COUNT_MAX, 1);
            let within_mm = row.number_or("within_mm", 0..=MAP_EDGE_MM_MAX, 0);
            let at = Place { x_mm: x_mm?, y_mm: y_mm? };
            let placed = Placed { number: number?, at, count: count?, within_mm: within_mm? };
            Some((placed, row.place("number")))
        })
    };
    let (monsters, shops) = (placed("monster"), placed("shop"));
    let (walls, wall_places) = walls.into_iter().unzip();
    let (spawns, spawn_places) = spawns.into_iter().unzip();
    let (monsters, monster_places) = monsters.into_iter().unzip();
    let (shops, shop_places) = shops.into_iter().unzip();
    Some(Read {
        draft: Draft {
            number: number?,
            width_mm: width_mm?,
            height_mm: height_mm?,
            view_mm: view_mm?,
            speed_mm_s: speed_mm_s?,
            respawn_ms: respawn_ms?,
            walls,
            spawns,
            monsters,
            shops,
        },
        width: file.place("width_mm"),
        height: file.place("height_mm"),
        view: file.place("view_mm"),
        speed: file.place("speed_mm_per_s"),
        walls: wall_places,
        wall: file.place("wall"),
        spawns: spawn_places,
        spawn: file.place("spawn"),
        monsters: monster_places,
        shops: shop_places,
    })
}

impl Read {
    fn problem(&self, flaw: &Flaw) -> Problem {
        let of = |list: &[Written], index: usize, all: &Written| list.get(index).unwrap_or(all).clone();
        let written = match flaw.part {
            Part::Width => self.width.clone(),
            Part::Height => self.height.clone(),
            Part::View => self.view.clone(),
            Part::Speed => self.speed.clone(),
            Part::Walls => self.wall.clone(),
            Part::Wall(index) => of(&self.walls, index, &self.wall),
            Part::Spawns => self.spawn.clone(),
            Part::Spawn(index) => of(&self.spawns, index, &self.spawn),
            Part::Monster(index) => of(&self.monsters, index, &self.spawn),
            Part::Shop(index) => of(&self.shops, index, &self.spawn),
        };
        written.problem(flaw.problem.as_str())
    }
}

/// What a file's table knows of a number: also one whose row is wrong, which has been told.
pub(super) fn knows<T>(table: Option<&BTreeMap<u32, T>>) -> impl Fn(u32) -> bool {
    move |number| table.is_none_or(|table| table.contains_key(&number))
}

const NUMBER_MAX: u32 = 1_000_000;
/// Of a character that died.
const RESPAWN_MS: u32 = 5_000;
const RESPAWN_MS_MAX: u32 = 3_600_000;
