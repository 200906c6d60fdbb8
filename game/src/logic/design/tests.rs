//! Levels one by one, at their edges.

use super::*;

fn levels() -> Levels {
    let level = |xp, hp| Level { xp, hp, attack: 1, defense: 1, hp_per_s: 0 };
    Levels::new(level(0, 50), vec![level(100, 60), level(300, 75)])
}

fn gain(level: u32, xp: u64, hp: u32, more: u64) -> (u32, u64, u32, u32) {
    let Gained { progress, levels } = levels().gain(Progress { level, xp, hp }, more);
    (progress.level, progress.xp, progress.hp, levels)
}

#[test]
fn a_level_is_reached_with_its_last_point_and_makes_one_whole() {
    assert_eq!(gain(1, 0, 20, 99), (1, 99, 20, 0));
    assert_eq!(gain(1, 99, 20, 1), (2, 100, 60, 1));
    assert_eq!(gain(2, 100, 7, 199), (2, 299, 7, 0));
}

#[test]
fn much_at_once_rises_several_levels_and_ends_at_the_last() {
    assert_eq!(gain(1, 0, 1, 300), (3, 300, 75, 2));
    assert_eq!(gain(3, 300, 10, 1_000), (3, 1_300, 10, 0));
    assert_eq!(gain(3, XP_MAX, 10, u64::MAX), (3, XP_MAX, 10, 0));
}

#[test]
fn the_dead_rise_in_level_but_not_from_the_dead() {
    assert_eq!(gain(1, 99, 0, 1), (2, 100, 0, 1));
}

#[test]
fn who_has_more_hit_points_than_the_level_gives_keeps_them() {
    assert_eq!(gain(1, 99, 90, 1), (2, 100, 90, 1));
}

#[test]
fn a_design_that_asks_for_more_takes_no_level_away() {
    assert_eq!(gain(7, 120, 5, 10), (7, 130, 5, 0));
    assert_eq!(levels().at(7), levels().at(3));
    assert_eq!(levels().at(0), levels().at(1));
}

#[test]
fn each_level_says_where_the_next_begins() {
    let levels = levels();
    assert_eq!([1, 2, 3, 9].map(|level| levels.next_xp(level)), [Some(100), Some(300), None, None]);
    assert_eq!(levels.last(), 3);
}
