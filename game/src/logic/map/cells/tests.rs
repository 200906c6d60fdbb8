//! Which cells are heard, and that the border is not crossed back and forth.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::*;

/// 500 m × 500 m, seen 40 m far: cells of 50 m, ten by ten.
fn grid() -> Grid {
    Grid::new(&Ground::default())
}

fn at(x_mm: i64, y_mm: i64) -> Place {
    Place { x_mm, y_mm }
}

#[test]
fn the_nine_cells_around_are_heard_and_fewer_at_the_border_of_the_map() {
    let grid = grid();
    assert_eq!((grid.cell_mm(), grid.columns(), grid.len()), (50_000, 10, 100));
    let heard = |cell: u32| grid.heard(Cell(cell)).iter().map(|cell| cell.0).collect::<Vec<_>>();
    assert_eq!(heard(55), [44, 45, 46, 54, 55, 56, 64, 65, 66]);
    assert_eq!(heard(0), [0, 1, 10, 11]);
    assert_eq!(heard(99), [88, 89, 98, 99]);
    assert_eq!(heard(9), [8, 9, 18, 19]);
}

#[test]
fn a_map_smaller_than_a_cell_is_one() {
    let grid = Grid { columns: 1, rows: 1, cell_mm: 50_000 };
    assert_eq!(grid.heard(Cell(0))[..], [Cell(0)]);
    assert_eq!(grid.at(at(50_000, 50_000)), Cell(0));
}

#[test]
fn a_cell_changes_only_a_tenth_beyond_the_border() {
    let grid = grid();
    let home = grid.at(at(75_000, 75_000));
    assert_eq!(home, Cell(11));
    assert_eq!(grid.home(home, at(105_000, 75_000)), home);
    assert_eq!(grid.home(home, at(105_001, 75_000)), Cell(12));
    assert_eq!(grid.home(home, at(45_000, 45_000)), home);
    assert_eq!(grid.home(home, at(44_999, 45_000)), Cell(0), "then it is the cell in which it lies");
    assert_eq!(grid.home(Cell(12), at(95_000, 75_000)), Cell(12), "and back again a tenth the other way");
}

#[test]
fn the_farthest_points_of_the_map_are_in_its_last_cell() {
    assert_eq!(grid().at(at(500_000, 500_000)), Cell(99));
}

#[test]
fn going_to_the_next_cell_changes_three_of_nine() {
    let grid = grid();
    let (old, new) = (grid.heard(Cell(55)), grid.heard(Cell(56)));
    assert_eq!(new.without(&old)[..], [Cell(47), Cell(57), Cell(67)]);
    assert_eq!(old.without(&new)[..], [Cell(44), Cell(54), Cell(64)]);
    assert!(old.without(&old).is_empty());
}

/// Two random walkers: whenever they are as near as the view, each hears the cell in which the other is.
#[test]
fn whoever_is_within_the_view_is_heard_wherever_both_are() {
    let ground = Ground::default();
    let grid = grid();
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut step = |mm: i64| (mm + i64::from(rng.next_u32() % 20_001) - 10_000).clamp(0, ground.width_mm());
    let mut walkers = [at(250_000, 250_000), at(250_000, 250_000)];
    let mut homes = walkers.map(|walker| grid.at(walker));
    let mut near = 0;
    for round in 0..200_000 {
        for (walker, home) in walkers.iter_mut().zip(&mut homes) {
            *walker = at(step(walker.x_mm), step(walker.y_mm));
            *home = grid.home(*home, *walker);
        }
        if round % 50 == 0 {
            walkers[1] = walkers[0];
            homes[1] = grid.home(homes[1], walkers[1]);
        }
        let (dx, dy) = (walkers[0].x_mm - walkers[1].x_mm, walkers[0].y_mm - walkers[1].y_mm);
        if dx * dx + dy * dy <= ground.view_mm() * ground.view_mm() {
            near += 1;
            assert!(grid.heard(homes[0]).contains(&homes[1]), "{walkers:?}");
            assert!(grid.heard(homes[1]).contains(&homes[0]), "{walkers:?}");
        }
    }
    assert!(10_000 < near);
}
