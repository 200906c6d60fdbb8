//! Walls, places and directions of the field.

use super::*;
use crate::rooms::arena::fight::{RADIUS, SHOT_STEP, STEP};

#[test]
fn every_life_begins_where_a_fighter_can_stand_and_no_two_first_ones_at_one_place() {
    for start in STARTS {
        assert!(is_free(start, RADIUS), "{start:?}");
    }
    for count in 2..=16 {
        let starts: Vec<Vector> = (0..count).map(|index| first_start(index, count)).collect();
        for (index, start) in starts.iter().enumerate() {
            assert!(!starts[..index].contains(start), "two of {count} begin at {start:?}");
        }
    }
}

#[test]
fn a_new_life_begins_far_from_the_others() {
    assert_eq!(lonely_start(&[Vector(2_000, 2_000)]), Vector(28_000, 28_000));
    assert_eq!(lonely_start(&[]), STARTS[0]);
    let all_but_one: Vec<Vector> = STARTS.into_iter().filter(|start| *start != STARTS[6]).collect();
    assert_eq!(lonely_start(&all_but_one), STARTS[6]);
}

#[test]
fn nobody_walks_out_of_the_field_or_into_a_pillar() {
    assert_eq!(walked(Vector(RADIUS, 5_000), Vector(-STEP, 0), RADIUS), Vector(RADIUS, 5_000));
    assert_eq!(walked(Vector(5_000, SIDE - RADIUS), Vector(0, STEP), RADIUS), Vector(5_000, SIDE - RADIUS));
    let before_pillar = Vector(9_000 - RADIUS, 10_000);
    assert_eq!(walked(before_pillar, Vector(STEP, 0), RADIUS), before_pillar);
    assert_eq!(
        walked(before_pillar, Vector(STEP, 100), RADIUS),
        Vector(9_000 - RADIUS, 10_100),
        "it slides along"
    );
}

#[test]
fn a_shot_passes_no_pillar_and_no_edge() {
    assert!(is_free(Vector(0, 0), 0) && is_free(Vector(SIDE, SIDE), 0));
    assert!(!is_free(Vector(-1, 5_000), 0) && !is_free(Vector(5_000, SIDE + 1), 0));
    assert!(!is_free(Vector(10_000, 10_000), 0));
}

#[test]
fn every_direction_has_one_length() {
    for x in -20..=20 {
        for y in -20..=20 {
            let aim = Vector(x * 50, y * 50);
            for aim in [aim, Vector(x, y)] {
                if aim.is_zero() {
                    continue;
                }
                let length = aim.stretched(SHOT_STEP).length();
                assert!((SHOT_STEP - 2..=SHOT_STEP).contains(&length), "{aim:?}: {length}");
                assert!(aim.shortened().length() <= UNIT, "{aim:?}");
            }
        }
    }
    assert_eq!(Vector(300, -400).shortened(), Vector(300, -400), "a slow walk stays one");
}
