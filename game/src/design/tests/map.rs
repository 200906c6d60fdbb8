//! Mistakes in the map's file, with the words that designers read.

use super::*;
use crate::logic::map::ground::{Place, Placed};

/// Replaces the map's file.
#[track_caller]
fn maps_tell(content: &str, expected: &[&str]) {
    let folder = Folder::new();
    folder.write("map", content);
    assert_eq!(folder.told(), expected);
}

const SIZE: &str = "number = 1\nwidth_mm = 50000\nheight_mm = 40000\nview_mm = 9000\nspeed_mm_per_s = 6000\n";

#[test]
fn the_bundled_map_has_walls_and_places_to_begin() {
    let design = load(None).unwrap();
    let map = design.map();
    assert_eq!((map.width_mm(), map.height_mm()), (500_000, 500_000));
    assert!(3 <= map.spawns().len() && !map.monsters().is_empty() && !map.shops().is_empty());
    let wall = Place { x_mm: 230_500, y_mm: 240_000 };
    assert!(!map.is_free(wall) && map.is_free(map.spawns()[0]));
}

#[test]
fn a_map_says_what_was_written() {
    let folder = Folder::new();
    folder.add(
        "map",
        "[[wall]]\nx_mm = [10, 20]\ny_mm = [30, 40]\n[[monster]]\nnumber = 1\nx_mm = 5\ny_mm = 6\ncount = 7\n\
         within_mm = 800\n[[shop]]\nnumber = 1\nx_mm = 9\ny_mm = 9\n",
    );
    let design = folder.load().unwrap();
    let map = design.map();
    assert_eq!((map.number(), map.view_mm(), map.speed_mm_s()), (1, 9_000, 6_000));
    assert_eq!(map.spawns(), [Place { x_mm: 1, y_mm: 2 }]);
    let rats = Placed { number: 1, at: Place { x_mm: 5, y_mm: 6 }, count: 7, within_mm: 800 };
    assert_eq!(map.monsters(), [rats]);
    assert_eq!((map.shops()[0].count, map.shops()[0].within_mm), (1, 0));
    assert!(map.walls().blocks(Place { x_mm: 15, y_mm: 0 }, Place { x_mm: 15, y_mm: 99 }));
}

#[test]
fn a_map_has_a_size_a_view_a_speed_and_somewhere_to_begin() {
    maps_tell(
        "",
        &[
            "map.toml:1: number: missing",
            "map.toml:1: width_mm: missing",
            "map.toml:1: height_mm: missing",
            "map.toml:1: view_mm: missing",
            "map.toml:1: speed_mm_per_s: missing",
        ],
    );
    maps_tell(SIZE, &["map.toml:1: spawn: a map has at least one"]);
    maps_tell(
        "number = 1\nwidth_mm = 10000001\nheight_mm = 40000.5\nview_mm = 999\nspeed_mm_per_s = 0\nname = \"x\"\n",
        &[
            "map.toml:2: width_mm: 10000001: allowed are 1000 to 10000000",
            "map.toml:3: height_mm: expected a whole number, found float",
            "map.toml:4: view_mm: 999: allowed are 1000 to 10000000",
            "map.toml:5: speed_mm_per_s: 0: allowed are 1 to 100000",
            "map.toml:6: name: unknown; there are: number, width_mm, height_mm, view_mm, speed_mm_per_s, respawn_ms, wall, spawn, monster, shop",
        ],
    );
    maps_tell(
        &(SIZE.replace("50000", "5000000").replace("40000", "4000000").replace("9000", "1000")
            + "[[spawn]]\nx_mm = 1\ny_mm = 1\n"),
        &["map.toml:4: view_mm: so short a view cuts the map into 12800000 cells, at most 65536"],
    );
}

#[test]
fn walls_lie_on_the_map_and_nothing_stands_in_one() {
    let wall = "[[wall]]\nx_mm = [10, 20]\ny_mm = [30, 40]\n";
    maps_tell(
        &(SIZE.to_owned() + wall + "[[wall]]\nx_mm = [20, 10]\ny_mm = [0, 40001]\n[[spawn]]\nx_mm = 50001\n"),
        &[
            "map.toml:10: wall.x_mm: the least, 20, is more than the most, 10",
            "map.toml:11: wall.y_mm: 40001: allowed are 0 to 40000",
            "map.toml:13: spawn.x_mm: 50001: allowed are 0 to 50000",
            "map.toml:12: spawn.y_mm: missing",
        ],
    );
    maps_tell(
        &(SIZE.to_owned()
            + wall
            + "[[spawn]]\nx_mm = 20\ny_mm = 30\n[[monster]]\nnumber = 1\nx_mm = 15\ny_mm = 35\n"),
        &["map.toml:10: spawn.x_mm: this is in a wall", "map.toml:13: monster.number: this is in a wall"],
    );
}

#[test]
fn monsters_and_shops_are_of_their_tables() {
    let folder = Folder::new();
    folder.add(
        "map",
        "[[monster]]\nnumber = 2\nx_mm = 5\ny_mm = 6\n[[shop]]\nnumber = 3\nx_mm = 5\ny_mm = 6\ncount = 0\n\
         [[shop]]\nnumber = 3\nx_mm = 5\ny_mm = 6\n",
    );
    assert_eq!(
        folder.told(),
        [
            "map.toml:17: shop.count: 0: allowed are 1 to 1000",
            "map.toml:10: monster.number: no monster has the number 2",
            "map.toml:19: shop.number: no shop has the number 3",
        ]
    );
}

#[test]
fn a_reload_may_move_monsters_and_not_the_ground() {
    let folder = Folder::new();
    let current = folder.load().unwrap();
    folder.add("map", "[[monster]]\nnumber = 1\nx_mm = 5\ny_mm = 6\n");
    assert!(reload(folder.temp.path(), &current).is_ok());
    folder.add("map", "[[wall]]\nx_mm = [10, 20]\ny_mm = [30, 40]\n");
    let told = reload(folder.temp.path(), &current).unwrap_err();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].text, "size, view, speed, walls and spawn points change only at a start");
}

#[test]
fn a_map_has_so_many_monsters_and_no_more() {
    let folder = Folder::new();
    for _ in 0..11 {
        folder.add("map", "[[monster]]\nnumber = 1\nx_mm = 1\ny_mm = 1\ncount = 1000\n");
    }
    let told = folder.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].ends_with("with these there are 11000 monsters, at most 10000"), "{told:?}");
}
