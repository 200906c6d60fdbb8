//! The map under the eyes of staff: counts that add up, single ones of a part, and bounds that hold.

use proto::link::{StaffMap, StaffMapInfo, staff_request::What};

use super::*;
use crate::logic::{
    map::{
        cell_tick::Looks,
        field::{Field, Part},
        ground::{Draft, Ground, Place},
    },
    testing::{fights::placed, start},
};

const CONFIG: fn() -> WorldConfig = || WorldConfig { preload: false, ..WorldConfig::default() };

/// Ana and Bo in the south-western corner, Cy 150 m from there, and five rats of the design beside Cy.
fn peopled() -> Play {
    let mut play = Play::with_monsters(CONFIG(), vec![placed(1, (160_000, 20_000), 5, 2_000)]);
    play.run(
        "ana logs in\nbo logs in\ncy logs in
         ana enters the map at 20000 20000
         bo enters the map at 30000 20000
         cy enters the map at 150000 20000
         pass 66\npass 66",
    );
    play
}

fn look(play: &mut Play, wish: StaffMap) -> StaffMapInfo {
    play.staff(What::Map(wish));
    play.turn();
    play.staff_heard.last().unwrap().map.clone().unwrap()
}

fn part(west_mm: i64, south_mm: i64, east_mm: i64, north_mm: i64) -> StaffMap {
    StaffMap { ground: false, part: true, west_mm, south_mm, east_mm, north_mm }
}

#[test]
fn every_tile_is_counted_and_the_counts_add_up() {
    let mut play = peopled();
    let info = look(&mut play, StaffMap::default());
    assert_eq!((info.players, info.monsters, info.columns, info.tile_mm), (3, 5, 10, 50_000));
    let (mut players, mut monsters) = (0, 0);
    for tile in info.tiles.chunks(3) {
        players += tile[1];
        monsters += tile[2];
    }
    assert_eq!((players, monsters), (3, 5));
    assert_eq!(info.tiles[..3], [0, 2, 0], "the corner has two players");
    assert_eq!(
        (info.ones.len(), info.more, info.walls.len()),
        (0, false, 0),
        "nothing that was not asked for"
    );
}

#[test]
fn who_is_in_a_part_is_told_with_account_and_place_and_nobody_else() {
    let mut play = peopled();
    let info = look(&mut play, part(0, 0, 40_000, 40_000));
    let seen: Vec<(&str, u64, u32, u32)> =
        info.ones.iter().map(|one| (one.name.as_str(), one.account, one.x_mm, one.y_mm)).collect();
    let (ana, bo) = (play.people.person("ana").account, play.people.person("bo").account);
    assert_eq!(seen, [("ana", ana, 20_000, 20_000), ("bo", bo, 30_000, 20_000)]);
    let info = look(&mut play, part(140_000, 0, 200_000, 40_000));
    assert_eq!(info.ones.len(), 6);
    assert!(info.ones[0].monster == 0 && info.ones[0].name == "cy", "players come first");
    assert!(info.ones[1..].iter().all(|one| one.monster == 1 && one.account == 0 && one.name == "Rat"));
}

#[test]
fn somebody_who_moved_is_where_it_is_and_who_left_is_nowhere() {
    let mut play = peopled();
    play.run("ana moves 1 to 20300 20000\npass 66\nbo leaves the map\npass 66");
    let info = look(&mut play, part(0, 0, 40_000, 40_000));
    let seen: Vec<(&str, u32)> = info.ones.iter().map(|one| (one.name.as_str(), one.x_mm)).collect();
    assert_eq!((seen, info.players), (vec![("ana", 20_300)], 2));
}

#[test]
fn what_never_moves_is_told_when_it_is_asked_for() {
    let mut play = peopled();
    let info = look(&mut play, StaffMap { ground: true, ..StaffMap::default() });
    assert_eq!((info.width_mm, info.height_mm, info.cell_mm), (500_000, 500_000, 50_000));
    assert_eq!(info.walls[..4], [230_000, 269_000, 270_000, 270_000]);
    assert!(!info.spawns.is_empty() && info.spawns.len().is_multiple_of(2));
}

#[test]
fn a_map_is_looked_at_eight_times_a_second_and_no_more() {
    let mut play = peopled();
    play.people.transcript.clear();
    for _ in 0..10 {
        play.staff(What::Map(StaffMap::default()));
        play.turn();
    }
    let refused = |play: &Play| play.staff_heard.iter().filter(|heard| heard.error == "busy").count();
    assert_eq!(refused(&play), 2);
    play.run("pass 1000");
    look(&mut play, StaffMap::default());
    assert_eq!(refused(&play), 2, "another second has its own");
}

#[test]
fn a_part_that_is_none_is_refused() {
    let mut play = peopled();
    play.people.transcript.clear();
    for wrong in [part(-1, 0, 5, 5), part(6, 0, 5, 5), part(0, 6, 5, 5), part(0, 0, i64::MAX, 5)] {
        play.staff(What::Map(wrong));
    }
    assert_eq!(play.people.transcript, ["staff: bad_request"; 4]);
}

/// A square map of so many cells along its edge, 1.25 m each, with a monster in each fourth of them.
fn wide(cells: i64) -> Field {
    let edge = cells * 1_250;
    let draft = Draft {
        number: 9,
        width_mm: edge,
        height_mm: edge,
        view_mm: 1_000,
        speed_mm_s: 1_000,
        respawn_ms: 1,
        walls: Vec::new(),
        spawns: vec![Place::default()],
        monsters: Vec::new(),
        shops: Vec::new(),
    };
    let mut field = Field::new(std::sync::Arc::new(Ground::new(draft).unwrap()));
    let places =
        (0..cells).flat_map(|y| (0..cells).step_by(4).map(move |x| (x * 1_250 + 600, y * 1_250 + 600)));
    for (number, (x_mm, y_mm)) in (1..).zip(places) {
        let looks = Looks { character: number, name: "Rat".to_owned(), level: 0, monster: 1 };
        field.enter(looks, Place { x_mm, y_mm }, start());
    }
    field.tick(&mut Vec::new());
    field
}

#[test]
fn the_largest_map_is_told_in_a_bounded_number_of_tiles_and_ones() {
    let field = wide(256);
    let tiles = field.tiles();
    assert_eq!((field.tile_cells(), field.tile_columns(), tiles.len()), (4, 64, 4_096));
    assert!(tiles.iter().all(|tile| (tile.players, tile.monsters) == (0, 4)));
    let all = Part { from: Place::default(), to: Place { x_mm: 320_000, y_mm: 320_000 } };
    let (seen, more) = field.seen(all);
    assert_eq!((seen.len(), more), (1_024, true));
    let corner = Part { from: Place::default(), to: Place { x_mm: 5_000, y_mm: 5_000 } };
    let (seen, more) = field.seen(corner);
    assert_eq!((seen.len(), more), (4, false));
}

#[test]
fn the_tiles_of_every_shape_of_map_hold_everybody_once() {
    for cells in [1, 3, 64, 65, 100] {
        let field = wide(cells);
        let counted: u32 = field.tiles().iter().map(|tile| tile.monsters).sum();
        assert_eq!(counted as usize, field.len(), "{cells} cells");
        let wide = field.tile_columns();
        assert!(field.tiles().windows(2).all(|two| two[0].number < two[1].number));
        assert!(field.tiles().iter().all(|tile| tile.number < wide * wide), "{cells} cells");
    }
}
