//! Ways that lead past a wall and ways that do not.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::*;

fn at(x_mm: i64, y_mm: i64) -> Place {
    Place { x_mm, y_mm }
}

fn wall(west_mm: i64, south_mm: i64, east_mm: i64, north_mm: i64) -> Wall {
    Wall { west_mm, south_mm, east_mm, north_mm }
}

#[test]
fn a_way_through_a_wall_or_along_its_border_is_blocked_and_one_beside_it_is_not() {
    let wall = wall(10, 10, 20, 30);
    for (from, to, blocked) in [
        (at(0, 20), at(40, 20), true),
        (at(0, 20), at(9, 20), false),
        (at(0, 20), at(10, 20), true),
        (at(15, 20), at(15, 20), true),
        (at(20, 0), at(20, 40), true),
        (at(21, 0), at(21, 40), false),
        (at(0, 0), at(40, 40), true),
        // Past a corner, as near as whole numbers go, and through it.
        (at(0, 19), at(19, 0), false),
        (at(0, 20), at(20, 0), true),
        (at(0, 40), at(40, 45), false),
    ] {
        assert_eq!(wall.touches(from, to), blocked, "{from:?} to {to:?}");
        assert_eq!(wall.touches(to, from), blocked, "{to:?} to {from:?}");
    }
}

#[test]
fn between_two_walls_that_touch_there_is_no_gap() {
    let walls = Walls::new(vec![wall(0, 10, 20, 20), wall(20, 10, 40, 20)], 100, 100);
    assert!(walls.blocks(at(20, 0), at(20, 40)));
}

#[test]
fn looking_by_place_finds_the_same_walls_as_looking_at_all() {
    const EDGE_MM: i64 = 100_000;
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut number = |max: i64| i64::from(rng.next_u32()) % max;
    let all: Vec<Wall> = (0..100)
        .map(|_| {
            let (west, south) = (number(90_000), number(90_000));
            wall(west, south, west + 1 + number(9_999), south + 1 + number(9_999))
        })
        .collect();
    let walls = Walls::new(all.clone(), EDGE_MM, EDGE_MM);
    let mut blocked = 0;
    for _ in 0..5_000 {
        let from = at(number(EDGE_MM + 1), number(EDGE_MM + 1));
        let near = |mm: i64, by: i64| (mm + by).clamp(0, EDGE_MM);
        let to = at(near(from.x_mm, number(20_000) - 10_000), near(from.y_mm, number(20_000) - 10_000));
        let expected = all.iter().any(|wall| wall.touches(from, to));
        assert_eq!(walls.blocks(from, to), expected, "{from:?} to {to:?}");
        blocked += u32::from(expected);
    }
    assert!((500..4_500).contains(&blocked), "{blocked}: both are tried");
}
