//! What a set of cards is, and which of two beats the other. Knows no hands and no players. Suits do not
//! count.
//!
//! The rules, where customs differ. A set of cards is one combination at most:
//! - A chain (straight, pair straight, plane) has no 2 and no joker in it.
//! - The cards that go with a trio, a plane or a four are of no rank of it, never both jokers, and never
//!   three or four of one rank.
//! - Two solos may be of one rank; pairs may not: those two would be a four. The two jokers are no pair.
//! - A four with two beats a lower one only, and is no bomb.

use super::cards::{BIG_JOKER, Counts, RANKS, SMALL_JOKER, TWO};

/// What kind of combination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// One card.
    Solo,
    /// Two of a rank.
    Pair,
    /// Three of a rank.
    Trio,
    /// And one other.
    TrioSolo,
    /// And a pair.
    TrioPair,
    /// So many in a row, at least 5.
    Straight(u8),
    /// So many pairs in a row, at least 3.
    Pairs(u8),
    /// So many trios in a row, at least 2.
    Plane(u8),
    /// And as many others.
    PlaneSolos(u8),
    /// And as many pairs.
    PlanePairs(u8),
    /// Four of a rank and two others.
    FourSolos,
    /// Four of a rank and two pairs.
    FourPairs,
    /// Four of a rank: beats all but higher ones and the rocket.
    Bomb,
    /// Both jokers: beats all.
    Rocket,
}

/// A combination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Combo {
    /// What kind.
    pub shape: Shape,
    /// Its highest rank, not counting what goes with it.
    pub rank: u8,
}

impl Combo {
    /// Whether it may be played upon the other.
    #[must_use]
    pub fn beats(self, other: Self) -> bool {
        match (self.shape, other.shape) {
            (ours, theirs) if ours == theirs => other.rank < self.rank,
            (Shape::Rocket, _) => true,
            (Shape::Bomb, theirs) => theirs != Shape::Rocket,
            _ => false,
        }
    }

    /// Whether it doubles what is played for.
    #[must_use]
    pub fn is_bomb(self) -> bool {
        matches!(self.shape, Shape::Bomb | Shape::Rocket)
    }
}

/// What these cards are together; none: nothing that may be played.
#[must_use]
pub fn classify(counts: &Counts) -> Option<Combo> {
    if is_rocket(counts) {
        return Some(Combo { shape: Shape::Rocket, rank: BIG_JOKER });
    }
    let ones = ranks(counts, 1);
    let twos = ranks(counts, 2);
    let trios = ranks(counts, 3);
    let fours = ranks(counts, 4);
    match (fours.as_slice(), trios.as_slice()) {
        ([], []) => even(&ones, &twos),
        ([], trios) => with_trios(counts, trios, &ones, &twos),
        ([four], []) => with_four(counts, *four, &ones, &twos),
        _ => None,
    }
}

/// Solos or pairs only.
fn even(ones: &[u8], twos: &[u8]) -> Option<Combo> {
    let (shape, rank) = match (ones, twos) {
        ([rank], []) => (Shape::Solo, *rank),
        ([], [rank]) => (Shape::Pair, *rank),
        ([.., last], []) if 5 <= ones.len() && is_chain(ones) => (Shape::Straight(length(ones)), *last),
        ([], [.., last]) if 3 <= twos.len() && is_chain(twos) => (Shape::Pairs(length(twos)), *last),
        _ => return None,
    };
    Some(Combo { shape, rank })
}

fn with_trios(counts: &Counts, trios: &[u8], ones: &[u8], twos: &[u8]) -> Option<Combo> {
    let rank = *trios.last()?;
    let is_plane = 1 < trios.len();
    if (is_plane && !is_chain(trios)) || has_both_jokers(counts) {
        return None;
    }
    let (trio, solos, pairs) = (trios.len(), ones.len() + 2 * twos.len(), twos.len());
    let shape = match (is_plane, solos) {
        (false, 0) => Shape::Trio,
        (true, 0) => Shape::Plane(length(trios)),
        (false, 1) => Shape::TrioSolo,
        (true, solos) if solos == trio => Shape::PlaneSolos(length(trios)),
        (_, _) if pairs != trio || !ones.is_empty() => return None,
        (false, _) => Shape::TrioPair,
        (true, _) => Shape::PlanePairs(length(trios)),
    };
    Some(Combo { shape, rank })
}

fn with_four(counts: &Counts, rank: u8, ones: &[u8], twos: &[u8]) -> Option<Combo> {
    let shape = match (ones.len(), twos.len()) {
        (0, 0) => Shape::Bomb,
        (2, 0) if !has_both_jokers(counts) => Shape::FourSolos,
        (0, 1) => Shape::FourSolos,
        (0, 2) => Shape::FourPairs,
        _ => return None,
    };
    Some(Combo { shape, rank })
}

/// Both jokers and nothing else.
fn is_rocket(counts: &Counts) -> bool {
    has_both_jokers(counts) && counts.iter().sum::<u8>() == 2
}

fn has_both_jokers(counts: &Counts) -> bool {
    counts[usize::from(SMALL_JOKER)] == 1 && counts[usize::from(BIG_JOKER)] == 1
}

/// Ranks of which there are exactly so many, in order.
fn ranks(counts: &Counts, number: u8) -> Vec<u8> {
    (0_u8..).zip(counts).filter(|(_, count)| **count == number).map(|(rank, _)| rank).collect()
}

/// One after the other, below the 2.
fn is_chain(ranks: &[u8]) -> bool {
    ranks.windows(2).all(|pair| pair[0] + 1 == pair[1]) && ranks.last().is_some_and(|last| *last < TWO)
}

fn length(ranks: &[u8]) -> u8 {
    u8::try_from(ranks.len()).expect("there are 15 ranks")
}

const _: () = assert!(RANKS == 15);
