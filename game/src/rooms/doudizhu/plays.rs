//! All that may be played from a hand, made from the shapes rather than by looking through subsets. Knows no
//! players.

use super::{
    cards::{BIG_JOKER, Card, Counts, RANKS, SMALL_JOKER, TWO},
    combos::{Combo, Shape},
};

/// All plays from this hand that beat `over`, or all there are; each set of ranks once, the lowest shapes and
/// ranks first.
#[must_use]
pub fn plays(hand: &Counts, over: Option<Combo>) -> Vec<(Combo, Counts)> {
    let mut found = Vec::new();
    for shape in shapes() {
        if over.is_some_and(|over| over.shape != shape && !matches!(shape, Shape::Bomb | Shape::Rocket)) {
            continue;
        }
        let parts = Parts::of(shape);
        for first in 0..=BIG_JOKER + 1 - parts.length {
            let rank = if shape == Shape::Rocket { BIG_JOKER } else { first + parts.length - 1 };
            let combo = Combo { shape, rank };
            let Some(body) = parts.body(hand, first) else { continue };
            if over.is_none_or(|over| combo.beats(over)) {
                let mut wings = Wings { hand, body: &body, parts, found: Vec::new() };
                wings.choose(0, parts.wings, body);
                found.extend(wings.found.into_iter().map(|counts| (combo, counts)));
            }
        }
    }
    found
}

/// So many of each rank out of a hand, the lowest suits first; it has them.
#[must_use]
pub fn take(hand: &[Card], counts: &Counts) -> Vec<Card> {
    let mut left = *counts;
    let wanted = |card: &&Card| {
        let left = &mut left[usize::from(card.rank())];
        let is_wanted = 0 < *left;
        *left = left.saturating_sub(1);
        is_wanted
    };
    hand.iter().filter(wanted).copied().collect()
}

fn shapes() -> impl Iterator<Item = Shape> {
    use Shape::{
        Bomb, FourPairs, FourSolos, Pair, Pairs, Plane, PlanePairs, PlaneSolos, Rocket, Solo, Straight, Trio,
        TrioPair, TrioSolo,
    };
    [Solo, Pair, Trio, TrioSolo, TrioPair]
        .into_iter()
        .chain((5..=12).map(Straight))
        .chain((3..=10).map(Pairs))
        .chain((2..=6).map(Plane))
        .chain((2..=5).map(PlaneSolos))
        .chain((2..=4).map(PlanePairs))
        .chain([FourSolos, FourPairs, Bomb, Rocket])
}

/// What a shape is made of.
#[derive(Clone, Copy, Debug)]
struct Parts {
    /// So many of each rank.
    each: u8,
    /// So many ranks.
    length: u8,
    /// What goes with it: so many …
    wings: u8,
    /// … of so many cards.
    wing_cards: u8,
}

impl Parts {
    fn of(shape: Shape) -> Self {
        let (each, length, wings, wing_cards) = match shape {
            Shape::Solo => (1, 1, 0, 0),
            Shape::Pair => (2, 1, 0, 0),
            Shape::Trio => (3, 1, 0, 0),
            Shape::TrioSolo => (3, 1, 1, 1),
            Shape::TrioPair => (3, 1, 1, 2),
            Shape::Straight(length) => (1, length, 0, 0),
            Shape::Pairs(length) => (2, length, 0, 0),
            Shape::Plane(length) => (3, length, 0, 0),
            Shape::PlaneSolos(length) => (3, length, length, 1),
            Shape::PlanePairs(length) => (3, length, length, 2),
            Shape::FourSolos => (4, 1, 2, 1),
            Shape::FourPairs => (4, 1, 2, 2),
            Shape::Bomb => (4, 1, 0, 0),
            Shape::Rocket => (1, 2, 0, 0),
        };
        Self { each, length, wings, wing_cards }
    }

    /// Its ranks from `first` on, if the hand has them and they may be in a row.
    fn body(self, hand: &Counts, first: u8) -> Option<Counts> {
        let end = first + self.length;
        let is_rocket = self.each == 1 && self.length == 2;
        if if is_rocket { first != SMALL_JOKER } else { 1 < self.length && TWO < end } {
            return None;
        }
        let mut body = [0; RANKS];
        for rank in usize::from(first)..usize::from(end) {
            if hand[rank] < self.each {
                return None;
            }
            body[rank] = self.each;
        }
        Some(body)
    }
}

/// Chooses what goes with a body.
struct Wings<'a> {
    hand: &'a Counts,
    body: &'a Counts,
    parts: Parts,
    found: Vec<Counts>,
}

impl Wings<'_> {
    /// `wings` more from this rank on.
    fn choose(&mut self, rank: usize, wings: u8, chosen: Counts) {
        if wings == 0 {
            if self.parts.wings == 0 || chosen[usize::from(SMALL_JOKER)] + chosen[usize::from(BIG_JOKER)] < 2
            {
                self.found.push(chosen);
            }
            return;
        }
        if rank == RANKS {
            return;
        }
        let most = match (self.body[rank], self.parts.wing_cards) {
            (0, 1) => self.hand[rank].min(2),
            (0, _) => self.hand[rank] / 2,
            _ => 0,
        };
        // One pair of a rank at most, and two solos.
        let most = if self.parts.wing_cards == 2 { most.min(1) } else { most };
        for number in (0..=most.min(wings)).rev() {
            let mut with = chosen;
            with[rank] += number * self.parts.wing_cards;
            self.choose(rank + 1, wings - number, with);
        }
    }
}
