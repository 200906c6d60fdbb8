//! Hundreds of hands without a table: all 54 cards are somewhere at any time, and each hand ends.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use crate::rooms::doudizhu::{
    cards::{self, Card},
    combos::classify,
    hand::{Bidden, Hand, Playing, SEATS},
    plays::{plays, take},
};

#[test]
fn hundreds_of_hands_are_played_to_their_end_by_whoever_plays_anything() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let (mut landlords, mut farmers, mut bombs) = (0, 0, 0);
    for _ in 0..400 {
        let mut hand = Hand::deal(&mut rng);
        assert!((0..SEATS).all(|seat| hand.cards_of(seat).len() == 17));
        assert!(hand.bottom().is_empty(), "nobody has seen the three");
        let first = hand.turn();
        assert_eq!(hand.bid(first, 3), Ok(Bidden::Landlord));
        let winner = play_out(&mut hand, &mut rng);
        let playing = hand.playing().expect("it was played");
        let landlord_won = winner == playing.landlord;
        landlords += u32::from(landlord_won);
        farmers += u32::from(!landlord_won);
        bombs += playing.bombs;
        assert!(3 <= playing.factor());
    }
    assert!(50 < landlords && 50 < farmers && 50 < bombs, "{landlords} {farmers} {bombs}");
}

/// Who won.
fn play_out(hand: &mut Hand, rng: &mut ChaCha8Rng) -> usize {
    for _ in 0..500 {
        let seat = hand.turn();
        let held = hand.cards_of(seat).to_vec();
        let to_beat = hand.playing().and_then(Playing::to_beat);
        let may = plays(&cards::counts(&held), to_beat);
        if may.is_empty() || (to_beat.is_some() && below(rng, 5) == 0) {
            hand.pass(seat).expect("there is something to pass on");
            continue;
        }
        let (combo, counts) = may[below(rng, may.len())];
        let chosen = take(&held, &counts);
        assert_eq!(classify(&cards::counts(&chosen)), Some(combo));
        let has_won = hand.play(seat, &chosen).expect("it is among what may be played");
        all_are_somewhere(hand);
        if has_won {
            return seat;
        }
    }
    panic!("it does not end");
}

fn all_are_somewhere(hand: &Hand) {
    let played = hand.playing().map(|playing| playing.played.clone()).unwrap_or_default();
    let held = (0..SEATS).flat_map(|seat| hand.cards_of(seat).to_vec());
    let mut all: Vec<Card> = held.chain(played).collect();
    all.sort_unstable();
    assert!(all.into_iter().eq(cards::deck()));
}

fn below(rng: &mut ChaCha8Rng, end: usize) -> usize {
    usize::try_from(rng.next_u64()).expect("64 bits") % end.max(1)
}
