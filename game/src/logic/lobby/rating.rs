//! What a match does to the ratings of its players: Elo's, whole numbers only, so that every machine and every
//! replay comes to the same. Knows no account, no row and no room.
//!
//! Two players: what was scored less what was expected, times [`K_NEW`] or [`K`] as FIDE does it (Handbook B.02, 8.1.2
//! and 8.3). More of them: each has played each other one, and the mean of these counts. The sum of all ratings is not
//! kept: new players move faster.

use proto::limits::RATING_MAX;

/// One player of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Before it, from 0 to 10,000.
    pub(crate) rating: i32,
    /// That count, before it.
    pub(crate) games: u64,
    /// 1 is the best, the same is a draw.
    pub(crate) place: u32,
}

/// The ratings after a match, from 0 to 10,000, in the same order. One who played alone keeps theirs.
pub(crate) fn after(standings: &[Standing]) -> Vec<i32> {
    let rated = |(at, own): (usize, &Standing)| {
        let others = standings.iter().enumerate().filter(|(other, _)| *other != at);
        let (mut sum, mut count) = (0_i64, 0_i64);
        for (_, other) in others {
            sum += scored(own.place, other.place) - expected(own.rating, other.rating);
            count += 1;
        }
        let k = if own.games < NEW_GAMES { K_NEW } else { K };
        let change = if count == 0 { 0 } else { rounded(k * sum, PERCENT * count) };
        let most = i64::from(RATING_MAX);
        let new = i64::from(own.rating).saturating_add(change).clamp(0, most);
        i32::try_from(new).unwrap_or(own.rating)
    };
    standings.iter().enumerate().map(rated).collect()
}

/// Of a hundred.
fn scored(own: u32, other: u32) -> i64 {
    match own.cmp(&other) {
        std::cmp::Ordering::Less => PERCENT,
        std::cmp::Ordering::Equal => PERCENT / 2,
        std::cmp::Ordering::Greater => 0,
    }
}

/// What one is expected to score against another, of a hundred.
fn expected(own: i32, other: i32) -> i64 {
    let distance = own.abs_diff(other);
    let above_half = EXPECTED.iter().take_while(|most| **most < distance).count();
    let of_stronger = PERCENT / 2 + i64::try_from(above_half).unwrap_or(PERCENT / 2);
    if other <= own { of_stronger } else { PERCENT - of_stronger }
}

/// To the nearest, halves away from zero.
fn rounded(sum: i64, by: i64) -> i64 {
    (sum * 2 + sum.signum() * by) / (by * 2)
}

const PERCENT: i64 = 100;
/// How much one match moves whoever is new.
const K_NEW: i64 = 32;
/// And everybody else.
const K: i64 = 16;
/// Matches after which one is not new any more.
const NEW_GAMES: u64 = 30;
/// FIDE's table of scoring probabilities: up to how great a distance the stronger is expected to score 50, 51 … 99 of
/// a hundred; beyond the last all.
const EXPECTED: [u32; 50] = [
    3, 10, 17, 25, 32, 39, 46, 53, 61, 68, 76, 83, 91, 98, 106, 113, 121, 129, 137, 145, 153, 162, 170, 179,
    188, 197, 206, 215, 225, 235, 245, 256, 267, 278, 290, 302, 315, 328, 344, 357, 374, 391, 411, 432, 456,
    484, 517, 559, 619, 735,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(rating: i32, games: u64, place: u32) -> Standing {
        Standing { rating, games, place }
    }

    #[test]
    fn whoever_beats_an_equal_gains_half_of_what_a_match_can_bring() {
        let new = [standing(1_500, 0, 1), standing(1_500, 29, 2)];
        assert_eq!(after(&new), [1_516, 1_484]);
        let old = [standing(1_500, 30, 2), standing(1_500, 1_000, 1)];
        assert_eq!(after(&old), [1_492, 1_508]);
    }

    #[test]
    fn a_new_player_moves_twice_as_far_as_an_old_one() {
        assert_eq!(after(&[standing(1_500, 30, 1), standing(1_500, 0, 2)]), [1_508, 1_484]);
    }

    #[test]
    fn a_draw_moves_the_stronger_down_and_the_weaker_up_and_equals_not_at_all() {
        assert_eq!(after(&[standing(1_700, 50, 1), standing(1_500, 50, 1)]), [1_696, 1_504]);
        assert_eq!(after(&[standing(1_600, 5, 1), standing(1_600, 50, 1)]), [1_600, 1_600]);
    }

    #[test]
    fn whoever_wins_as_expected_gains_little_and_an_upset_moves_much() {
        assert_eq!(after(&[standing(2_000, 99, 1), standing(1_500, 99, 2)]), [2_001, 1_499]);
        assert_eq!(after(&[standing(2_000, 99, 2), standing(1_500, 99, 1)]), [1_985, 1_515]);
        assert_eq!(after(&[standing(9_000, 0, 1), standing(100, 0, 2)]), [9_000, 100]);
    }

    #[test]
    fn of_many_each_has_played_each_other_and_the_mean_counts() {
        let three = [standing(1_500, 99, 1), standing(1_500, 99, 2), standing(1_500, 99, 3)];
        assert_eq!(after(&three), [1_508, 1_500, 1_492]);
        // One against two, as a landlord loses: both who won are first.
        let landlord = [standing(1_500, 0, 2), standing(1_500, 0, 1), standing(1_500, 0, 1)];
        assert_eq!(after(&landlord), [1_484, 1_508, 1_508]);
    }

    #[test]
    fn ratings_stay_within_their_bounds() {
        assert_eq!(after(&[standing(0, 0, 2), standing(0, 0, 1)]), [0, 16]);
        assert_eq!(after(&[standing(10_000, 0, 1), standing(10_000, 0, 2)]), [10_000, 9_984]);
        assert_eq!(after(&[standing(i32::MAX, u64::MAX, 1), standing(i32::MIN, 0, 2)]), [10_000, 0]);
    }

    #[test]
    fn whoever_played_alone_keeps_their_rating_and_nobody_is_nobody() {
        assert_eq!(after(&[standing(1_234, 7, 1)]), [1_234]);
        assert_eq!(after(&[]), Vec::<i32>::new());
    }

    #[test]
    fn what_two_expect_makes_up_a_hundred_and_grows_with_the_distance() {
        for distance in 0..2_000 {
            let (strong, weak) = (expected(3_000 + distance, 3_000), expected(3_000, 3_000 + distance));
            assert_eq!(strong + weak, 100, "{distance}");
            assert!(strong >= expected(3_000 + distance - 1, 3_000).max(50), "{distance}");
            // Elo's curve, from which FIDE's table is nowhere further than this.
            let curve = 100.0 / (1.0 + 10_f64.powf(-f64::from(distance) / 400.0));
            let off = (f64::from(i32::try_from(strong).unwrap()) - curve).abs();
            assert!(off < 2.0, "{distance}: {strong}, the curve says {curve}");
        }
    }

    #[test]
    fn a_better_place_is_never_worth_less() {
        for others in [[2, 3], [3, 2], [2, 2], [3, 3]] {
            for rating in (0..=10_000).step_by(250) {
                let at = |place| {
                    let [a, b] = others;
                    after(&[standing(rating, 9, place), standing(1_500, 9, a), standing(2_500, 9, b)])[0]
                };
                assert!(at(3) <= at(2) && at(2) <= at(1) && rating <= at(1), "{rating} {others:?}");
            }
        }
    }
}
