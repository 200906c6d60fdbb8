//! The map under the eyes of staff: counts of all of it, and single ones of a part, from memory and in the turn that asks.
//! Nothing of it is kept between two looks, and there are only so many a second: a map at which nobody looks costs nothing.

use std::time::{Duration, Instant};

use proto::link::{StaffMapInfo, StaffMapOne, StaffResponse};

use super::{StaffError, ask::Map};
use crate::logic::{
    event::Now,
    map::{
        field::{Seen, Tile},
        ground::Place,
    },
    tx::Halt,
    world::World,
};

/// How often the map was looked at in the second that began then.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Looks {
    began: Option<Instant>,
    count: u32,
}

impl Looks {
    /// Whether one more may be answered.
    fn take(&mut self, now: Instant) -> bool {
        if self.began.is_none_or(|began| began + SECOND <= now) {
            *self = Self { began: Some(now), count: 0 };
        }
        self.count += 1;
        self.count <= LOOKS_PER_SECOND_MAX
    }
}

impl World {
    /// # Errors
    /// [`StaffError::Busy`]: it was looked at [`LOOKS_PER_SECOND_MAX`] times in this second.
    pub(super) fn staff_map(&mut self, wish: Map, now: Now) -> Result<StaffResponse, Halt> {
        if !self.desk.map_looks.take(now.instant) {
            return Err(StaffError::Busy.into());
        }
        let field = &self.roaming.field;
        let (ground, cell_mm) = (field.ground(), field.grid().cell_mm());
        let tiles = field.tiles();
        let mut info = StaffMapInfo {
            map: ground.number(),
            width_mm: length(ground.width_mm()),
            height_mm: length(ground.height_mm()),
            tile_mm: length(cell_mm * i64::from(field.tile_cells())),
            cell_mm: length(cell_mm),
            columns: field.tile_columns(),
            players: tiles.iter().map(|tile| tile.players).sum(),
            monsters: tiles.iter().map(|tile| tile.monsters).sum(),
            tiles: tiles
                .into_iter()
                .flat_map(|Tile { number, players, monsters }| [number, players, monsters])
                .collect(),
            ..StaffMapInfo::default()
        };
        if let Some(part) = wish.part {
            let (seen, more) = field.seen(part);
            info.ones = seen.into_iter().map(|one| self.map_one(one)).collect();
            info.more = more;
        }
        if wish.is_ground {
            let walls = ground.walls().all().iter();
            info.walls = walls
                .flat_map(|wall| [wall.west_mm, wall.south_mm, wall.east_mm, wall.north_mm].map(length))
                .collect();
            info.spawns = ground.spawns().iter().flat_map(|at| place(*at)).collect();
            info.shops = ground.shops().iter().flat_map(|shop| place(shop.at)).collect();
        }
        Ok(StaffResponse { map: Some(info), ..StaffResponse::default() })
    }

    fn map_one(&self, one: Seen) -> StaffMapOne {
        let Seen { key, number, character, name, level, monster, at, life } = one;
        let roamer = self.roaming.roamers.get(key);
        let [x_mm, y_mm] = place(at);
        StaffMapOne {
            avatar: number,
            account: roamer.map_or(0, |roamer| roamer.account.0),
            character,
            name,
            level,
            monster,
            x_mm,
            y_mm,
            life: life.into(),
            away: roamer.is_some_and(|roamer| roamer.conn.is_err()),
        }
    }
}

fn place(at: Place) -> [u32; 2] {
    [at.x_mm, at.y_mm].map(length)
}

/// A length on a map is far within the bounds.
fn length(mm: i64) -> u32 {
    u32::try_from(mm).unwrap_or_default()
}

/// Answers of one second, to all who look together.
const LOOKS_PER_SECOND_MAX: u32 = 8;
const SECOND: Duration = Duration::from_secs(1);
