//! Combinations against what the rules say of them.

use std::collections::BTreeMap;

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::reference;
use crate::rooms::doudizhu::{
    cards::{self, Card, Counts, RANKS},
    combos::{Combo, Shape, classify},
    plays::{plays, take},
};

/// Cards by their ranks, as people write them; `x` and `X` are the jokers.
fn of(text: &str) -> Counts {
    let mut counts = [0; RANKS];
    for letter in text.chars().filter(|letter| *letter != ' ') {
        counts["3456789TJQKA2xX".find(letter).expect("a rank")] += 1;
    }
    counts
}

fn is(text: &str) -> Option<Shape> {
    classify(&of(text)).map(|combo| combo.shape)
}

#[test]
fn every_shape_is_known() {
    for (text, shape) in [
        ("3", Shape::Solo),
        ("X", Shape::Solo),
        ("22", Shape::Pair),
        ("AAA", Shape::Trio),
        ("AAA x", Shape::TrioSolo),
        ("AAA 22", Shape::TrioPair),
        ("34567", Shape::Straight(5)),
        ("3456789TJQKA", Shape::Straight(12)),
        ("334455", Shape::Pairs(3)),
        ("33445566778899TTJJQQ", Shape::Pairs(10)),
        ("KKKAAA", Shape::Plane(2)),
        ("333444555666777888", Shape::Plane(6)),
        ("KKKAAA 2x", Shape::PlaneSolos(2)),
        ("333444 55", Shape::PlaneSolos(2)),
        ("333444555666777 8899x", Shape::PlaneSolos(5)),
        ("333444 5566", Shape::PlanePairs(2)),
        ("333444555666 778899TT", Shape::PlanePairs(4)),
        ("3333 4x", Shape::FourSolos),
        ("3333 44", Shape::FourSolos),
        ("3333 4422", Shape::FourPairs),
        ("2222", Shape::Bomb),
        ("xX", Shape::Rocket),
    ] {
        assert_eq!(is(text), Some(shape), "{text}");
    }
}

#[test]
fn what_customs_differ_in_is_decided() {
    for text in [
        "JQKA2",
        "3456",
        "3344",
        "QQKKAA22",
        "AAA222",
        "222 xX",
        "333 xX",
        "3333 xX",
        "333444 xX",
        "3333 555",
        "333444 555 666 3",
        "3333 444 5",
        "33334444",
        "333444 5555",
        "333444555 777",
        "3333 4444 55",
        "333 445",
        "33 4",
        "333444 556",
        "333555",
        "333555 67",
        "3xX",
        "",
        "33344",
    ] {
        let expected = if text == "33344" { Some(Shape::TrioPair) } else { None };
        assert_eq!(is(text), expected, "{text}");
    }
}

#[test]
fn only_more_of_the_same_bombs_and_the_rocket_beat() {
    let combo = |text| classify(&of(text)).expect("a combination");
    for (higher, lower) in [
        ("4", "3"),
        ("X", "x"),
        ("2", "A"),
        ("444 3", "333 X"),
        ("45678", "34567"),
        ("444555 37", "333444 2X"),
        ("3333", "3456789TJQKA"),
        ("3333", "4444 55"),
        ("4444", "3333"),
        ("xX", "2222"),
        ("xX", "2"),
    ] {
        assert!(combo(higher).beats(combo(lower)), "{higher} beats {lower}");
        assert!(!combo(lower).beats(combo(higher)), "{lower} does not beat {higher}");
    }
    for (one, other) in
        [("4", "33"), ("456789", "34567"), ("444 5", "333"), ("4444 55", "3333 4455"), ("3", "3")]
    {
        assert!(!combo(one).beats(combo(other)) && !combo(other).beats(combo(one)), "{one}, {other}");
    }
}

#[test]
fn small_hands_hold_exactly_the_combinations_of_the_definitions() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut seen: BTreeMap<Shape, u32> = BTreeMap::new();
    let mut before: Option<Combo> = None;
    for _ in 0..3_000 {
        let hand = small_hand(&mut rng);
        let all = reference::all(&hand);
        assert_eq!(plays(&hand, None).into_iter().map(swap).collect::<BTreeMap<_, _>>(), all, "{hand:?}");
        assert_eq!(plays(&hand, None).len(), all.len(), "each is found once: {hand:?}");
        for combo in all.values() {
            *seen.entry(combo.shape).or_default() += 1;
        }
        if let Some(over) = before {
            let beating: BTreeMap<_, _> = all
                .iter()
                .filter(|(_, ours)| reference::beats(**ours, over))
                .map(|(a, b)| (*a, *b))
                .collect();
            let ours = plays(&hand, Some(over));
            assert!(ours.iter().all(|(combo, _)| combo.beats(over)));
            assert_eq!(
                ours.into_iter().map(swap).collect::<BTreeMap<_, _>>(),
                beating,
                "{hand:?} over {over:?}"
            );
        }
        let chosen = all.values().nth(below(&mut rng, all.len()));
        before = chosen.copied();
    }
    for shape in
        [Shape::Rocket, Shape::FourPairs, Shape::PlaneSolos(2), Shape::PlanePairs(2), Shape::Pairs(4)]
    {
        assert!(10 < seen.get(&shape).copied().unwrap_or(0), "{shape:?} was hardly tried: {seen:?}");
    }
}

#[test]
fn any_set_of_cards_is_what_the_definitions_say() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let (mut combinations, mut nothing) = (0, 0);
    for _ in 0..8_000 {
        let counts = nearly_a_combination(&mut rng);
        let readings = reference::readings(&counts);
        assert!(readings.len() < 2, "{counts:?} is {readings:?}");
        assert_eq!(classify(&counts), readings.first().copied(), "{counts:?}");
        if readings.is_empty() { nothing += 1 } else { combinations += 1 }
    }
    assert!(1_000 < combinations && 1_000 < nothing, "{combinations} {nothing}");
}

#[test]
fn whole_hands_hold_nothing_but_combinations() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for _ in 0..30 {
        let mut deck: Vec<Card> = cards::deck().collect();
        let hand: Vec<Card> = (0..20).map(|_| deck.swap_remove(below(&mut rng, deck.len()))).collect();
        let all = plays(&cards::counts(&hand), None);
        assert!(15 <= all.len());
        for (combo, counts) in all {
            assert_eq!(classify(&counts), Some(combo));
            let taken = take(&hand, &counts);
            assert_eq!(cards::counts(&taken), counts);
            assert!(taken.iter().all(|card| hand.contains(card)));
        }
    }
}

/// At most eleven cards of a few ranks that lie side by side, of which the jokers may be two: dense in
/// combinations.
fn small_hand(rng: &mut ChaCha8Rng) -> Counts {
    let width = 2 + below(rng, 5);
    let first = below(rng, RANKS + 1 - width);
    let mut hand = [0; RANKS];
    for _ in 0..4 + below(rng, 8) {
        let rank = if below(rng, 8) == 0 { below(rng, RANKS) } else { first + below(rng, width) };
        let most = if rank < 13 { 4 } else { 1 };
        hand[rank] = (hand[rank] + 1).min(most);
    }
    hand
}

/// A combination of any size, or one card more, less or other than one.
fn nearly_a_combination(rng: &mut ChaCha8Rng) -> Counts {
    let each = 1 + below(rng, 4);
    let length = if below(rng, 4) == 0 { 1 } else { 1 + below(rng, 12 / each) };
    let first = below(rng, 13 - length.min(12));
    let mut counts = [0; RANKS];
    counts[first..first + length].fill(u8::try_from(each).expect("at most four"));
    let wing = below(rng, 3);
    for _ in 0..if each < 3 { 0 } else { length.max(each - 2) * wing.min(1) } {
        let rank = below(rng, RANKS);
        counts[rank] += u8::try_from(wing).expect("at most two");
    }
    if below(rng, 3) == 0 {
        counts[below(rng, RANKS)] += 1;
    }
    if below(rng, 6) == 0 {
        counts[below(rng, RANKS)] = 0;
    }
    for (rank, count) in counts.iter_mut().enumerate() {
        *count = (*count).min(if rank < 13 { 4 } else { 1 });
    }
    counts
}

fn below(rng: &mut ChaCha8Rng, end: usize) -> usize {
    usize::try_from(rng.next_u64()).expect("64 bits") % end.max(1)
}

fn swap((combo, counts): (Combo, Counts)) -> (Counts, Combo) {
    (counts, combo)
}

#[test]
fn numbers_that_are_no_cards_are_refused() {
    assert_eq!(cards::parse(&[]), None);
    assert_eq!(cards::parse(&[54]), None);
    assert_eq!(cards::parse(&[3, 3]), None);
    assert_eq!(cards::parse(&[9; 55]), None);
    let parsed = cards::parse(&[53, 0, 52]).expect("three cards");
    assert_eq!(cards::numbers(&parsed), [0, 52, 53]);
    assert_eq!(parsed.iter().map(|card| card.rank()).collect::<Vec<_>>(), [0, 13, 14]);
}
