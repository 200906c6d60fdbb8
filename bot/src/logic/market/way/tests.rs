//! Ways to a shop over open ground and along walls, with a server that refuses what leads into one.

use super::*;

/// Walks until it is there; walls are rectangles (x least and most, y least and most) that nobody enters.
fn steps(from: (i32, i32), walls: &[(i32, i32, i32, i32)]) -> Option<usize> {
    let shops = [ShopPlace { number: 1, x_mm: 245_000, y_mm: 260_000 }];
    let facts = MapFacts { x_mm: from.0, y_mm: from.1, speed_mm_s: 6_000, ..MapFacts::default() };
    let start = tokio::time::Instant::now().into_std();
    let mut way = Way::new(&facts, &shops, start);
    for number in 0..3_000u32 {
        let now = start + STEP * number;
        if way.is_there() {
            assert_eq!((way.step(now), way.wake_at()), (None, None));
            return usize::try_from(number).ok();
        }
        let before = way.at();
        let step = way.step(now).expect("a step each 100 ms");
        let (dx, dy) = (i64::from(step.x_mm - before.x_mm), i64::from(step.y_mm - before.y_mm));
        assert!(dx * dx + dy * dy <= 480 * 480, "{dx} {dy}");
        let is_in = |&(x0, x1, y0, y1): &(i32, i32, i32, i32)| {
            (x0..=x1).contains(&step.x_mm) && (y0..=y1).contains(&step.y_mm)
        };
        if walls.iter().any(is_in) {
            let Point { x_mm, y_mm } = before;
            let reason = "move_into_wall".to_owned();
            assert_eq!(way.refused(&MoveRefused { seq: step.seq, x_mm, y_mm, reason }), Ok(()));
        }
    }
    None
}

#[test]
fn who_stands_at_a_shop_stays_and_who_does_not_goes_there() {
    assert_eq!(steps((250_000, 250_000), &[]), Some(0));
    assert!(steps((250_000, 200_000), &[]).is_some_and(|steps| steps < 150));
}

#[test]
fn a_wall_is_gone_along_from_every_side() {
    let castle = [
        (230_000, 270_000, 269_000, 270_000),
        (230_000, 231_000, 230_000, 269_000),
        (269_000, 270_000, 230_000, 269_000),
        (231_000, 246_000, 230_000, 231_000),
        (254_000, 269_000, 230_000, 231_000),
        (80_000, 220_000, 400_000, 402_000),
    ];
    for from in [(250_000, 200_000), (130_000, 120_000), (100_000, 440_000)] {
        assert!(steps(from, &castle).is_some_and(|steps| steps < 1_500), "from {from:?}");
    }
}

#[test]
fn a_refusal_for_anything_but_a_wall_is_found() {
    let start = tokio::time::Instant::now().into_std();
    let mut way = Way::new(&MapFacts::default(), &[], start);
    let reason = "move_too_fast".to_owned();
    let found = way.refused(&MoveRefused { seq: 1, x_mm: 7, y_mm: 8, reason }).expect_err("too fast");
    assert_eq!((found.code, way.at()), ("move_refused", Point { x_mm: 7, y_mm: 8 }));
}

#[test]
fn the_others_count_on_a_place_when_the_server_has_answered_what_was_asked_there() {
    let start = tokio::time::Instant::now().into_std();
    let shops = [ShopPlace { number: 1, x_mm: 19_100, y_mm: 0 }];
    let facts = MapFacts { speed_mm_s: 6_000, ..MapFacts::default() };
    let mut way = Way::new(&facts, &shops, start);
    // Asked on the way: the answer says nothing of the step after it.
    way.asks();
    assert!(way.step(start).is_some() && way.is_there());
    way.answered();
    assert!(!way.is_known_there());
    way.asks();
    assert!(!way.is_known_there());
    way.answered();
    assert!(way.is_known_there() && !way.is_unproven());
    // Word of a refusal came late: where it stands now is to be asked again.
    let refused = MoveRefused { seq: 1, x_mm: 200, y_mm: 0, reason: "move_into_wall".to_owned() };
    assert_eq!(way.refused(&refused), Ok(()));
    assert!(!way.is_known_there() && way.is_unproven());
}
