//! Runs of the simulator, and that it finds what is planted.

use super::*;

/// Plays these seeds; fails with the first that finds something, and with how to see it.
#[track_caller]
fn find_nothing(seeds: std::ops::Range<u64>) {
    let wrong: Vec<Outcome> =
        seeds.map(|seed| play(&Options::default(), seed)).filter(|outcome| outcome.wrong.is_some()).collect();
    let Some(Outcome { seed, wrong: Some(first), .. }) = wrong.first() else { return };
    let (rule, what, count) = (first.rule, &first.what, wrong.len());
    panic!("{count} seeds failed, first {seed}: {rule}, {what}\n`ding sim --seed {seed}` tells its story");
}

#[test]
fn the_same_seed_tells_the_same_story() {
    for seed in [1, 77, 4_242] {
        let options = Options { tells: true, ..Options::default() };
        let (first, again) = (play(&options, seed), play(&options, seed));
        assert_eq!(first.story, again.story);
        assert_eq!(first.hash, again.hash);
    }
}

#[test]
fn the_first_hundred_seeds_find_nothing_wrong() {
    find_nothing(0..100);
}

#[test]
fn the_second_hundred_seeds_find_nothing_wrong() {
    find_nothing(100..200);
}
