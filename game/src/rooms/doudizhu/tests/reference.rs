//! The combinations once more, by their definitions and with no thought of speed: what the rules say of a row
//! of ranks.

use std::collections::BTreeMap;

use crate::rooms::doudizhu::{
    cards::{Counts, RANKS},
    combos::{Combo, Shape},
};

/// All ways to read these cards: one, or none.
pub(super) fn readings(counts: &Counts) -> Vec<Combo> {
    let ranks = row(counts);
    let mut found = Vec::new();
    let last = *ranks.last().unwrap_or(&0);
    let mut add = |is: bool, shape: Shape, rank: u8| {
        if is {
            found.push(Combo { shape, rank });
        }
    };
    add(ranks.len() == 1, Shape::Solo, last);
    add(ranks.len() == 2 && same(&ranks), Shape::Pair, last);
    add(ranks.len() == 3 && same(&ranks), Shape::Trio, last);
    add(ranks.len() == 4 && same(&ranks), Shape::Bomb, last);
    add(ranks == [13, 14], Shape::Rocket, last);
    add(5 <= ranks.len() && in_a_row(&ranks), Shape::Straight(small(ranks.len())), last);
    let pairs: Vec<&[u8]> = ranks.chunks(2).collect();
    let of_pairs: Vec<u8> = pairs.iter().map(|pair| pair[0]).collect();
    let is_pairs = pairs.iter().all(|pair| pair.len() == 2 && same(pair));
    add(3 <= pairs.len() && is_pairs && in_a_row(&of_pairs), Shape::Pairs(small(pairs.len())), last);
    for first in (0..small(RANKS)).filter(|rank| 3 <= counts[usize::from(*rank)]) {
        if let Some(rest) = without(&ranks, &[first; 4]) {
            add(rest.len() == 2 && are_solos(&rest, &[first]), Shape::FourSolos, first);
            add(rest.len() == 4 && are_pairs(&rest), Shape::FourPairs, first);
        }
        for end in first + 1..=small(RANKS) {
            let of_trios: Vec<u8> = (first..end).collect();
            let trios: Vec<u8> = of_trios.iter().flat_map(|rank| [*rank; 3]).collect();
            let Some(rest) = without(&ranks, &trios) else { break };
            let number = of_trios.len();
            if number == 1 {
                add(rest.len() == 1 && are_solos(&rest, &of_trios), Shape::TrioSolo, first);
                add(rest.len() == 2 && are_pairs(&rest), Shape::TrioPair, first);
            } else if in_a_row(&of_trios) {
                let (length, rank) = (small(number), end - 1);
                add(rest.is_empty(), Shape::Plane(length), rank);
                add(rest.len() == number && are_solos(&rest, &of_trios), Shape::PlaneSolos(length), rank);
                add(rest.len() == 2 * number && are_pairs(&rest), Shape::PlanePairs(length), rank);
            }
        }
    }
    found
}

/// Whether one is played upon the other.
pub(super) fn beats(ours: Combo, theirs: Combo) -> bool {
    let height = |combo: Combo| match combo.shape {
        Shape::Rocket => 2,
        Shape::Bomb => 1,
        _ => 0,
    };
    height(theirs) < height(ours) || (ours.shape == theirs.shape && theirs.rank < ours.rank)
}

/// All sets of ranks that can be taken out of these, with the one way to read each.
pub(super) fn all(hand: &Counts) -> BTreeMap<Counts, Combo> {
    let mut found = BTreeMap::new();
    let mut chosen = [0; RANKS];
    loop {
        let readings = readings(&chosen);
        assert!(readings.len() < 2, "{chosen:?} is {readings:?}");
        found.extend(readings.first().map(|combo| (chosen, *combo)));
        // The next one, as an odometer turns.
        let Some(at) = (0..RANKS).find(|at| chosen[*at] < hand[*at]) else { return found };
        chosen[at] += 1;
        chosen[..at].fill(0);
    }
}

/// Each rank as often as it is there, in order.
fn row(counts: &Counts) -> Vec<u8> {
    (0_u8..).zip(counts).flat_map(|(rank, count)| vec![rank; usize::from(*count)]).collect()
}

/// The others; none: these are not among them.
fn without(ranks: &[u8], taken: &[u8]) -> Option<Vec<u8>> {
    let mut rest = ranks.to_vec();
    for rank in taken {
        let at = rest.iter().position(|other| other == rank)?;
        rest.remove(at);
    }
    Some(rest)
}

/// Anything but a rank of the body, both jokers, or three of a rank.
fn are_solos(rest: &[u8], body: &[u8]) -> bool {
    let often = |rank: &u8| rest.iter().filter(|other| *other == rank).count();
    let are_both_jokers = rest.contains(&13) && rest.contains(&14);
    rest.iter().all(|rank| !body.contains(rank) && often(rank) <= 2) && !are_both_jokers
}

/// Each of another rank: no four is two pairs.
fn are_pairs(rest: &[u8]) -> bool {
    let pairs: Vec<&[u8]> = rest.chunks(2).collect();
    pairs.iter().all(|pair| pair.len() == 2 && same(pair)) && pairs.windows(2).all(|two| two[0] != two[1])
}

fn same(ranks: &[u8]) -> bool {
    ranks.windows(2).all(|pair| pair[0] == pair[1])
}

/// Without a 2 and without jokers.
fn in_a_row(ranks: &[u8]) -> bool {
    ranks.windows(2).all(|pair| pair[0] + 1 == pair[1]) && ranks.iter().all(|rank| *rank < 12)
}

fn small(number: usize) -> u8 {
    u8::try_from(number).expect("few")
}
