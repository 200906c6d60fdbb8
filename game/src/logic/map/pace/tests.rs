//! Nobody honest is refused, nobody is faster than others.

use std::collections::VecDeque;

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::*;
use crate::logic::testing::start;

const SPEED_MM_S: u32 = 6_000;

fn at(x_mm: i64, y_mm: i64) -> Place {
    Place { x_mm, y_mm }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn two_seconds_and_a_meter_are_saved_up_and_no_more() {
    let start = start();
    let mut pace = Pace::new(SPEED_MM_S, start);
    let later = start + Duration::from_secs(3_600);
    assert_eq!(pace.go(at(0, 0), at(13_001, 0), later), Err(TooFast));
    assert_eq!(pace.go(at(0, 0), at(13_000, 0), later), Ok(()));
    assert_eq!(pace.go(at(0, 0), at(0, 1), later), Err(TooFast));
    assert_eq!(pace.go(at(0, 0), at(0, 6), later + ms(1)), Ok(()));
}

#[test]
fn a_refused_claim_costs_nothing() {
    let start = start();
    let mut pace = Pace::new(SPEED_MM_S, start);
    for _ in 0..100 {
        assert_eq!(pace.go(at(0, 0), at(1_000_000, 9_000_000), start), Err(TooFast));
    }
    assert_eq!(pace.go(at(0, 0), at(12_000, 5_000), start), Ok(()));
}

#[test]
fn many_small_steps_are_no_shorter_than_they_are() {
    let start = start();
    let mut pace = Pace::new(SPEED_MM_S, start);
    let steps = (0..20_000).take_while(|_| pace.go(at(0, 0), at(1, 1), start).is_ok()).count();
    // 13 m in steps of √2 mm, each rounded up to 1.415 mm.
    assert_eq!(steps, 9_187);
}

/// Whatever is claimed, in any 10 s the accepted way is at most what the speed gives in 10 s and the burst.
#[test]
fn no_sequence_of_claims_is_faster_than_the_speed_over_any_ten_seconds() {
    const WINDOW_US: u64 = 10_000_000;
    let most_nm = u64::from(SPEED_MM_S) * WINDOW_US + burst_nm(SPEED_MM_S);
    let start = start();
    for seed in 0..200 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut number = |max: u32| rng.next_u32() % max;
        let mut pace = Pace::new(SPEED_MM_S, start);
        let (mut us, mut place) = (0_u64, at(5_000_000, 5_000_000));
        let mut window: VecDeque<(u64, u64)> = VecDeque::new();
        let (mut sum_nm, mut accepted) = (0, 0);
        for _ in 0..2_000 {
            us += match number(4) {
                0 => 0,
                1 => u64::from(number(1_000)),
                2 => u64::from(number(200_000)),
                _ if number(50) == 0 => u64::from(number(6_000_000)),
                _ => u64::from(number(50_000)),
            };
            let reach = [3, 700, 1_500, 20_000][number(4) as usize];
            let step = |mm: i64, by: u32| mm + i64::from(by) - i64::from(reach);
            let to = at(step(place.x_mm, number(2 * reach + 1)), step(place.y_mm, number(2 * reach + 1)));
            if pace.go(place, to, start + Duration::from_micros(us)).is_ok() {
                let (dx, dy) = (place.x_mm.abs_diff(to.x_mm), place.y_mm.abs_diff(to.y_mm));
                // Rounded down, and to a thousandth of what the budget counts in.
                let square_nm = u128::from(dx * dx + dy * dy) * u128::from(NM_PER_MM * NM_PER_MM);
                let length_nm = u64::try_from(square_nm.isqrt()).unwrap();
                place = to;
                sum_nm += length_nm;
                window.push_back((us, length_nm));
                accepted += 1;
            }
            while let Some((_, length_nm)) = window.pop_front_if(|(at_us, _)| *at_us + WINDOW_US < us) {
                sum_nm -= length_nm;
            }
            assert!(sum_nm <= most_nm, "seed {seed}: {sum_nm} nm in 10 s, at most {most_nm}");
        }
        assert!(100 < accepted, "seed {seed}: {accepted}");
    }
}

/// At full speed all the time, each packet delayed by anything up to 2 s, in order as a stream is.
#[test]
fn an_honest_client_with_any_jitter_is_never_refused() {
    let start = start();
    for seed in 0..100 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut number = |max: u64| u64::from(rng.next_u32()) % max;
        let mut pace = Pace::new(SPEED_MM_S, start);
        let (mut sent_us, mut came_us) = (0, 0);
        let mut place = at(5_000_000, 5_000_000);
        let mut to_the = (5, 0);
        for step in 0..3_000 {
            let took_us = 90_000 + number(20_000);
            sent_us += took_us;
            if number(20) == 0 {
                let of_five = [(5, 0), (3, 4), (-4, 3), (0, 5), (-5, 0), (-3, -4), (4, -3), (0, -5)];
                to_the = of_five[usize::try_from(number(8)).unwrap()];
            }
            // As long as the speed allows, to whole millimetres.
            let fifth_mm = i64::try_from(u64::from(SPEED_MM_S) * took_us / 5_000_000).unwrap();
            let to = at(place.x_mm + to_the.0 * fifth_mm, place.y_mm + to_the.1 * fifth_mm);
            let delay_us = if number(10) == 0 { number(2_000_001) } else { number(50_000) };
            came_us = (sent_us + delay_us).max(came_us);
            let came = start + Duration::from_micros(came_us);
            assert_eq!(pace.go(place, to, came), Ok(()), "seed {seed}, step {step}");
            place = to;
        }
    }
}

#[test]
fn two_seconds_of_silence_and_then_the_whole_path_at_once_are_forgiven_again_and_again() {
    let start = start();
    let mut pace = Pace::new(SPEED_MM_S, start);
    let mut x_mm = 0;
    for burst in 1..=100 {
        for _ in 0..20 {
            assert_eq!(pace.go(at(x_mm, 0), at(x_mm + 600, 0), start + ms(burst * 2_000)), Ok(()));
            x_mm += 600;
        }
    }
}

#[test]
fn the_slowest_and_the_fastest_fill_without_overflow() {
    let start = start();
    let ages = Duration::from_secs(100 * 365 * 24 * 3_600);
    for speed in [1, 100_000] {
        let mut pace = Pace::new(speed, start);
        let most = i64::from(speed) * 2 + 1_000;
        assert_eq!(pace.go(at(0, 0), at(most, 0), start + ages), Ok(()), "{speed}");
        assert_eq!(pace.go(at(0, 0), at(1, 0), start + ages), Err(TooFast), "{speed}");
    }
}
