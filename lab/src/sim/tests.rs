//! Runs of the simulator, and that it finds what is planted.

use super::*;
use crate::needs;

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
fn seeds_that_once_found_something_find_nothing_any_more() {
    let lines = include_str!("../../seeds.txt").lines().filter(|line| !line.starts_with('#'));
    for line in lines {
        let mut words = line.split(' ').map_while(|word| word.parse::<u64>().ok());
        let (seed, steps) = (words.next().expect("a seed"), words.next().expect("steps"));
        let steps = u32::try_from(steps).expect("steps");
        let outcome = play(&Options { steps, ..Options::default() }, seed);
        assert_eq!(outcome.wrong, None, "{line}");
    }
}

/// In each of them it is away for an hour at least once; that is what they are chosen for.
#[test]
fn a_database_that_is_away_for_an_hour_is_caught_up_with() {
    let mut found = 0;
    for seed in 0..1_000 {
        let outcome = play(&Options { tells: true, ..Options::default() }, seed);
        assert_eq!(outcome.wrong, None, "seed {seed}");
        let is_long = outcome.story.iter().any(|line| line.ends_with("is away for 3600000 ms"));
        let is_over = outcome.story.iter().any(|line| line.contains("all is at rest"));
        found += u32::from(is_long && is_over);
        if found == 3 {
            return;
        }
    }
    panic!("too few seeds have it: {found}");
}

/// Of the 2,000 of `./check` each a quarter, in short runs; `./check full` plays long ones, and more.
fn quarter(number: u64) {
    let is_full = needs::tier().is_some_and(|tier| tier == "full");
    let (seeds, steps) = if is_full { (5_000, STEPS) } else { (500, 400) };
    let options = Options { steps, ..Options::default() };
    let summary = many(&options, number * seeds..(number + 1) * seeds, 1);
    println!("{summary}");
    let Some((seed, wrong)) = summary.failed.first() else { return };
    panic!(
        "{} seeds found something, first {}: {}\n`ding sim --seed {seed} --steps {steps}` tells it",
        summary.failed.len(),
        wrong.rule,
        wrong.what
    );
}

#[test]
fn whatever_goes_wrong_in_the_first_quarter_no_promise_is_broken() {
    quarter(0);
}

#[test]
fn whatever_goes_wrong_in_the_second_quarter_no_promise_is_broken() {
    quarter(1);
}

#[test]
fn whatever_goes_wrong_in_the_third_quarter_no_promise_is_broken() {
    quarter(2);
}

#[test]
fn whatever_goes_wrong_in_the_last_quarter_no_promise_is_broken() {
    quarter(3);
}

#[test]
fn rows_are_deflated_and_go_to_disk_and_come_back_in_some_of_the_runs() {
    let tiers = (0..60).map(|seed| play(&Options::default(), seed).tiers);
    let (cold, disk) = tiers.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    assert!(0 < cold && 0 < disk, "{cold} rows were read deflated, {disk} were in runs");
    println!("{cold} rows were read deflated, {disk} were in runs");
}

#[test]
fn every_planted_mistake_is_found() {
    let mut missed = Vec::new();
    for &lie in Lie::ALL {
        let options = Options { lie: Some(lie), ..Options::default() };
        let found = (0..SEEDS_TO_FIND).find_map(|seed| play(&options, seed).wrong.map(|wrong| (seed, wrong)));
        match found {
            Some((seed, wrong)) => {
                println!("{}: found by seed {seed}: {} {}", lie.name(), wrong.rule, wrong.what);
            }
            None => missed.push(lie.name()),
        }
    }
    assert!(missed.is_empty(), "not found in {SEEDS_TO_FIND} seeds: {missed:?}");
}

/// A planted mistake is found within so many; without one they find nothing.
const SEEDS_TO_FIND: u64 = 500;
