//! What sets of cards are in Dou Dizhu, and which of one's own beat another: written from docs/PROTOCOL.md
//! alone, so that it and the server check each other. Knows no players.

/// What a set of cards is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// A bomb of this rank; the rocket is above all ranks.
    Bomb(u8),
    /// Anything else.
    Plain(Plain),
}

/// Some ranks in a row, so many of each, and what goes with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plain {
    /// Of each rank.
    pub each: u8,
    /// Ranks.
    pub length: u8,
    /// So many others …
    pub wings: u8,
    /// … of so many cards.
    pub wing_cards: u8,
    /// The highest rank.
    pub top: u8,
}

impl Figure {
    /// What these cards are; none: nothing.
    #[must_use]
    pub fn of(cards: &[u8]) -> Option<Self> {
        let counts = counts(cards);
        if cards.len() == 2 && counts[13] + counts[14] == 2 {
            return Some(Self::Bomb(14));
        }
        let each = *counts.iter().max()?;
        let body: Vec<u8> = (0..15).filter(|rank| counts[usize::from(*rank)] == each).collect();
        let (first, top) = (*body.first()?, *body.last()?);
        if each == 4 && cards.len() == 4 {
            return Some(Self::Bomb(top));
        }
        let length = u8::try_from(body.len()).ok()?;
        if 1 < length && (top - first + 1 != length || 11 < top) {
            return None;
        }
        let rest = cards.len().checked_sub(usize::from(each * length))?;
        let pairs = counts.iter().filter(|count| **count == 2).count();
        let has_both_jokers = counts[13] + counts[14] == 2;
        let number = usize::from(if each == 4 { 2 } else { length });
        let (wings, wing_cards) = match each {
            1 | 2 if rest == 0 => (0, 0),
            3 if rest == 0 => (0, 0),
            3 | 4 if rest == number && !has_both_jokers => (number, 1),
            3 | 4 if rest == 2 * number && pairs == number => (number, 2),
            _ => return None,
        };
        let is_long_enough = match each {
            1 => length == 1 || 5 <= length,
            2 => length == 1 || 3 <= length,
            3 => true,
            _ => length == 1,
        };
        let wings = u8::try_from(wings).ok()?;
        is_long_enough.then_some(Self::Plain(Plain { each, length, wings, wing_cards, top }))
    }

    /// Whether it may be played upon the other.
    #[must_use]
    pub fn beats(self, other: Self) -> bool {
        match (self, other) {
            (Self::Bomb(ours), Self::Bomb(theirs)) => theirs < ours,
            (Self::Bomb(_), Self::Plain(_)) => true,
            (Self::Plain(_), Self::Bomb(_)) => false,
            (Self::Plain(ours), Self::Plain(theirs)) => {
                theirs.top < ours.top && Plain { top: 0, ..ours } == Plain { top: 0, ..theirs }
            }
        }
    }
}

/// Some plays from this hand that beat `over`, or some of all: one for each sort, length and rank, with the
/// lowest cards beside; bombs last. None: there is none.
#[must_use]
pub fn plays(hand: &[u8], over: Option<Figure>) -> Vec<Vec<u8>> {
    let counts = counts(hand);
    let mut found = Vec::new();
    for sort in SORTS {
        for length in sort.shortest..=sort.longest {
            for first in 0..=15 - length {
                let wanted = (first..first + length).map(|rank| (rank, sort.each));
                if 1 < length && 12 < first + length {
                    break;
                }
                if wanted.clone().any(|(rank, each)| counts[usize::from(rank)] < each) {
                    continue;
                }
                let wings = if sort.each == 4 { 2 } else { length };
                let Some(wings) = with(&counts, first..first + length, wings, sort.wing_cards) else {
                    continue;
                };
                found.push(take(hand, wanted.chain(wings)));
            }
        }
    }
    if counts[13] + counts[14] == 2 {
        found.push(vec![52, 53]);
    }
    found.retain(|cards| Figure::of(cards).is_some_and(|ours| over.is_none_or(|over| ours.beats(over))));
    found
}

/// The rank of a card.
#[must_use]
pub fn rank(card: u8) -> u8 {
    if card == 53 { 14 } else { card / 4 }
}

struct Sort {
    each: u8,
    shortest: u8,
    longest: u8,
    wing_cards: u8,
}

const fn sort(each: u8, shortest: u8, longest: u8, wing_cards: u8) -> Sort {
    Sort { each, shortest, longest, wing_cards }
}

/// Bombs last.
const SORTS: [Sort; 11] = [
    sort(1, 1, 1, 0),
    sort(2, 1, 1, 0),
    sort(3, 1, 1, 0),
    sort(1, 5, 12, 0),
    sort(2, 3, 10, 0),
    sort(3, 2, 6, 0),
    sort(3, 1, 5, 1),
    sort(3, 1, 4, 2),
    sort(4, 1, 1, 1),
    sort(4, 1, 1, 2),
    sort(4, 1, 1, 0),
];

/// The lowest that may go with these ranks: so many of `cards` each.
fn with(counts: &[u8; 15], body: std::ops::Range<u8>, wings: u8, cards: u8) -> Option<Vec<(u8, u8)>> {
    let mut chosen = Vec::new();
    let mut wanted = if cards == 0 { 0 } else { wings };
    for rank in (0..15).filter(|rank| !body.contains(rank)) {
        let held = counts[usize::from(rank)];
        // The big joker never goes with the small one.
        let number = match cards {
            1 if rank == 14 && chosen.contains(&(13, 1)) => 0,
            1 => held.min(2).min(wanted),
            2 => u8::from(2 <= held).min(wanted),
            _ => 0,
        };
        if 0 < number {
            chosen.push((rank, number * cards));
            wanted -= number;
        }
    }
    (wanted == 0).then_some(chosen)
}

/// So many of each of these ranks.
fn take(hand: &[u8], wanted: impl Iterator<Item = (u8, u8)>) -> Vec<u8> {
    let of = |(wanted, number): (u8, u8)| {
        hand.iter().copied().filter(move |card| rank(*card) == wanted).take(number.into())
    };
    wanted.flat_map(of).collect()
}

fn counts(cards: &[u8]) -> [u8; 15] {
    let mut counts = [0; 15];
    for card in cards {
        counts[usize::from(rank(*card))] += 1;
    }
    counts
}
