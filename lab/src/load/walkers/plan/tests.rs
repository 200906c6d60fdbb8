//! Everybody has others around, a place, and a map that game takes.

use super::*;

/// How many stand in each cell.
fn crowd(plan: &Plan) -> Vec<u32> {
    let mut cells = vec![0; (plan.cells * plan.cells) as usize];
    for place in &plan.places {
        let cell = place.x_mm / CELL_MM + place.y_mm / CELL_MM * i32::try_from(plan.cells).unwrap();
        cells[usize::try_from(cell).unwrap()] += 1;
    }
    cells
}

#[test]
fn everybody_has_others_around_however_many_come() {
    for players in [200, 400, 800, 1_000, 2_000, 5_000] {
        let plan = Plan::new(players);
        let others = super::super::seen::others(&crowd(&plan), plan.cells);
        assert_eq!(plan.places.len(), players as usize);
        assert!(20 <= others.least, "{players}: {others:?}");
        assert!((28.0..40.0).contains(&others.mean), "{players}: {others:?}");
    }
}

#[test]
fn everybody_gets_a_place_of_its_own_and_nobody_has_far_to_go() {
    let plan = Plan::new(1_000);
    let mut random = 1_u64;
    let mut draw = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i32::try_from((random >> 33) % 15).unwrap() * CELL_MM + CELL_MM / 2
    };
    let at: Vec<_> = (0..1_000).map(|_| Point { x_mm: draw(), y_mm: draw() }).collect();
    let mut places = plan.assign(&at);
    let longest = at.iter().zip(&places).map(|(at, place)| far(*at, *place).isqrt()).max();
    assert!(longest < Some(i64::from(4 * CELL_MM)), "{longest:?}");
    let key = |place: &Point| (place.x_mm, place.y_mm);
    let mut all = plan.places;
    all.sort_by_key(key);
    places.sort_by_key(key);
    assert_eq!(places, all);
}

#[test]
fn the_map_is_one_that_game_takes() {
    for players in [1, 200, 5_000] {
        let folder = tempfile::tempdir().unwrap();
        crate::bench::write_design(folder.path(), &Plan::new(players)).unwrap();
        let design = game::design::load(Some(folder.path())).unwrap();
        assert_eq!(i64::from(Plan::new(players).edge_mm()), design.map().width_mm());
    }
}
