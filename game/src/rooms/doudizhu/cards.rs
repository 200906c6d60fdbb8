//! The 54 cards, and how many of each rank are in a hand. Knows no combinations.

use serde::{Deserialize, Serialize};

/// A card: 4 × rank + suit, the jokers 52 and 53.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Card(u8);

impl Card {
    /// The card of this number, 0 to 53.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (number < CARDS).then_some(Self(number))
    }

    /// Its number.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    /// 0 is a 3, 11 an ace, then [`TWO`], [`SMALL_JOKER`], [`BIG_JOKER`].
    #[must_use]
    pub fn rank(self) -> u8 {
        match self.0 {
            53 => BIG_JOKER,
            number => number / 4,
        }
    }
}

/// All 54, in their order.
pub fn deck() -> impl Iterator<Item = Card> {
    (0..CARDS).map(Card)
}

/// Cards from their numbers, in order.
///
/// # Errors
/// None, or a number twice or of no card: nothing.
#[must_use]
pub fn parse(numbers: &[u8]) -> Option<Vec<Card>> {
    if numbers.is_empty() || usize::from(CARDS) < numbers.len() {
        return None;
    }
    let mut cards = numbers.iter().map(|number| Card::new(*number)).collect::<Option<Vec<Card>>>()?;
    cards.sort_unstable();
    cards.windows(2).all(|pair| pair[0] != pair[1]).then_some(cards)
}

/// Their numbers, as on the wire.
#[must_use]
pub fn numbers(cards: &[Card]) -> Vec<u8> {
    cards.iter().map(|card| card.number()).collect()
}

/// How many of each rank.
pub type Counts = [u8; RANKS];

/// How many of each rank these are.
#[must_use]
pub fn counts(cards: &[Card]) -> Counts {
    let mut counts = [0; RANKS];
    for card in cards {
        counts[usize::from(card.rank())] += 1;
    }
    counts
}

/// Ranks, jokers included.
pub const RANKS: usize = 15;
/// Above the ace, and in no chain.
pub const TWO: u8 = 12;
/// One card.
pub const SMALL_JOKER: u8 = 13;
/// One card, the highest.
pub const BIG_JOKER: u8 = 14;
const CARDS: u8 = 54;
