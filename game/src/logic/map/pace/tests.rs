//! Nobody honest is refused, nobody is faster than others.

use std::collections::VecDeque;

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::*;
use crate::logic::testing::start;

const SPEED_MM_S: u32 = 6_000;
/// Square nanometres.
const NM2_PER_MM2: u128 = 1_000_000_000_000;

fn at(x_mm: i64, y_mm: i64) -> Place {
    Place { x_mm, y_mm }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn so_much_is_saved_up_and_no_more() {
    let start = start();
    let mut pace = Pace::new(SPEED_MM_S, start);
    let later = start + Duration::from_secs(3_600);
    assert_eq!(pace.go(at(0, 0), at(10_201, 0), later), Err(TooFast));
    assert_eq!(pace.go(at(0, 0), at(10_200, 0), later), Ok(()));
    assert_eq!(pace.go(at(0, 0), at(0, 1), later), Err(TooFast));
    assert_eq!(pace.go(at(0, 0), at(0, 4), later + ms(1)), Ok(()));
    assert_eq!(pace.go(at(0, 0), at(0, 1), later + ms(1)), Err(TooFast));
}

#[test]
fn a_refused_claim_costs_nothing() {
    let start = start();
    let mut pace = Pace::new(SPEED_MM_S, start);
    for _ in 0..100 {
        assert_eq!(pace.go(at(0, 0), at(1_000_000, 9_000_000), start), Err(TooFast));
    }
    assert_eq!(pace.go(at(0, 0), at(6_120, 8_160), start), Ok(()));
}

#[test]
fn many_small_steps_are_no_shorter_than_they_are() {
    let start = start();
    let mut pace = Pace::new(SPEED_MM_S, start);
    let steps = (0..20_000).take_while(|_| pace.go(at(0, 0), at(1, 1), start).is_ok()).count();
    // 10.2 m in steps of √2 mm, each rounded up to 1.415 mm.
    assert_eq!(steps, 7_208);
}

/// Whatever is claimed, in any 10 s, both ends included, the accepted way is at most what the speed gives in them.
#[test]
fn no_sequence_of_claims_is_faster_than_the_speed_over_any_ten_seconds() {
    const WINDOW_US: u64 = 10_000_000;
    let most_nm = u64::from(SPEED_MM_S) * WINDOW_US;
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
                let square_nm = u128::from(dx * dx + dy * dy) * NM2_PER_MM2;
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

/// One that always asks for as much as it can get comes to the same: what it saved up, and then the steady rest.
#[test]
fn whoever_takes_all_that_is_given_is_as_fast_as_the_map_allows_over_ten_seconds_and_slower_for_ever() {
    let start = start();
    for claim_ms in [1_u64, 7, 66, 100, 1_000] {
        let mut pace = Pace::new(SPEED_MM_S, start);
        let (mut x_mm, mut went) = (0, Vec::new());
        for now_ms in (0..=60_000).step_by(usize::try_from(claim_ms).unwrap()) {
            // As far as it goes, found by halving.
            let (mut most, mut more) = (0, 16_384);
            while 0 < more {
                let to = at(x_mm + most + more, 0);
                let is_too_far = pace.clone().go(at(x_mm, 0), to, start + ms(now_ms)).is_err();
                most += if is_too_far { 0 } else { more };
                more /= 2;
            }
            assert_eq!(pace.go(at(x_mm, 0), at(x_mm + most, 0), start + ms(now_ms)), Ok(()));
            x_mm += most;
            went.push(x_mm);
        }
        // Both ends of a window belong to it.
        let window = usize::try_from(10_000 / claim_ms).unwrap();
        for (first, last) in went.iter().skip(window).enumerate() {
            let before = if first == 0 { 0 } else { went[first - 1] };
            assert!(last - before <= 60_000, "every {claim_ms} ms: {} mm at claim {first}", last - before);
        }
        let in_a_minute = *went.last().unwrap();
        assert!((290_000..=309_000).contains(&in_a_minute), "every {claim_ms} ms: {in_a_minute}");
    }
}

/// At its steady speed all the time in any direction, each packet delayed by anything up to 2 s, in order as a stream
/// is.
#[test]
fn an_honest_client_with_any_jitter_is_never_refused() {
    let start = start();
    for seed in 0..100 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut number = |max: u64| u64::from(rng.next_u32()) % max;
        let mut pace = Pace::new(SPEED_MM_S, start);
        let steady_mm_s = f64::from(SPEED_MM_S) * 0.8;
        let (mut sent_us, mut came_us) = (0, 0);
        let (mut x, mut y) = (5_000_000.0_f64, 5_000_000.0_f64);
        let mut place = at(5_000_000, 5_000_000);
        let mut angle = 0.0_f64;
        for step in 0..3_000 {
            let took_us = 50_000 + number(100_000);
            sent_us += took_us;
            if number(20) == 0 {
                angle = f64::from(u32::try_from(number(6_283)).unwrap()) / 1_000.0;
            }
            let took_s = f64::from(u32::try_from(took_us).unwrap()) / 1e6;
            x += angle.cos() * steady_mm_s * took_s;
            y += angle.sin() * steady_mm_s * took_s;
            #[expect(clippy::cast_possible_truncation, reason = "places of a map are small")]
            let to = at(x.round() as i64, y.round() as i64);
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
            assert_eq!(pace.go(at(x_mm, 0), at(x_mm + 480, 0), start + ms(burst * 2_000)), Ok(()));
            x_mm += 480;
        }
    }
}

#[test]
fn a_sprint_at_full_speed_lasts_almost_ten_seconds() {
    let start = start();
    let mut pace = Pace::new(SPEED_MM_S, start);
    let mut steps = (1..=1_000).map(|step| pace.go(at(0, 0), at(600, 0), start + ms(step * 100)));
    assert_eq!(steps.position(|step| step.is_err()), Some(95));
}

#[test]
fn the_slowest_and_the_fastest_fill_without_overflow() {
    let start = start();
    let ages = Duration::from_secs(100 * 365 * 24 * 3_600);
    for speed in [10, 100_000] {
        let mut pace = Pace::new(speed, start);
        let most = i64::from(speed) * 17 / 10;
        assert_eq!(pace.go(at(0, 0), at(most, 0), start + ages), Ok(()), "{speed}");
        assert_eq!(pace.go(at(0, 0), at(1, 0), start + ages), Err(TooFast), "{speed}");
    }
}
