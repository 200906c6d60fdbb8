//! What is found in hands, whole hands of three players at a table that is made here, and what they must
//! notice.

mod table;

use std::time::Duration;

use client::doudizhu::{DEALT, LANDLORD, OVER, PLAYED, TABLE};
use proto::client::{DoudizhuDealt, DoudizhuLandlord, DoudizhuPlayed};
use rand_core::SeedableRng as _;

use self::table::{StubTable, shuffled};
use super::{
    finder::{Plain, rank},
    *,
};

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Cards by their ranks, a suit each as far as they go; `x` and `X` are the jokers.
fn cards(text: &str) -> Vec<u8> {
    let mut cards: Vec<u8> = Vec::new();
    for letter in text.chars().filter(|letter| *letter != ' ') {
        let number = u8::try_from("3456789TJQKA2xX".find(letter).expect("a rank")).expect("few");
        let held = u8::try_from(cards.iter().filter(|card| rank(**card) == number).count()).expect("few");
        cards.push(if number < 13 { 4 * number + held } else { 39 + number });
    }
    cards
}

#[test]
fn sets_of_cards_are_what_the_protocol_says() {
    let plain = |each, length, wings, wing_cards, top| {
        Some(Figure::Plain(Plain { each, length, wings, wing_cards, top }))
    };
    for (text, figure) in [
        ("3", plain(1, 1, 0, 0, 0)),
        ("AA", plain(2, 1, 0, 0, 11)),
        ("222 x", plain(3, 1, 1, 1, 12)),
        ("222 33", plain(3, 1, 1, 2, 12)),
        ("TJQKA", plain(1, 5, 0, 0, 11)),
        ("334455", plain(2, 3, 0, 0, 2)),
        ("333444 55", plain(3, 2, 2, 1, 1)),
        ("333444 5566", plain(3, 2, 2, 2, 1)),
        ("333444555666", plain(3, 4, 0, 0, 3)),
        ("3333 44", plain(4, 1, 2, 1, 0)),
        ("3333 4422", plain(4, 1, 2, 2, 0)),
        ("3333", Some(Figure::Bomb(0))),
        ("xX", Some(Figure::Bomb(14))),
        ("JQKA2", None),
        ("333444 xX", None),
        ("333444 5555", None),
        ("33334444", None),
        ("3333 xX", None),
        ("333444 777", None),
        ("3456", None),
        ("3344", None),
        ("AAA222", None),
        ("34", None),
    ] {
        assert_eq!(Figure::of(&cards(text)), figure, "{text}");
    }
}

#[test]
fn whatever_figure_a_small_hand_holds_is_found_in_it() {
    let mut rng = rng(1);
    for _ in 0..150 {
        // Of few ranks, so that there is something in it.
        let first = u8::try_from(rng.next_u32() % 10).expect("few");
        let deck = shuffled(&mut rng).into_iter().filter(|card| (first..first + 5).contains(&rank(*card)));
        let mut hand: Vec<u8> = deck.take(9).collect();
        hand.sort_unstable();
        let subsets = (1_u32..1 << hand.len()).map(|bits| {
            (0..hand.len()).filter(|at| bits & (1 << at) != 0).map(|at| hand[at]).collect::<Vec<u8>>()
        });
        let mut figures: Vec<Figure> = subsets.filter_map(|cards| Figure::of(&cards)).collect();
        figures.sort_by_key(|figure| format!("{figure:?}"));
        figures.dedup();
        let found = plays(&hand, None);
        for figure in &figures {
            assert!(found.iter().any(|cards| Figure::of(cards) == Some(*figure)), "{figure:?} in {hand:?}");
        }
        for over in figures {
            let beating = plays(&hand, Some(over));
            assert!(beating.iter().all(|cards| cards.iter().all(|card| hand.contains(card))));
            assert!(beating.iter().all(|cards| Figure::of(cards).is_some_and(|figure| figure.beats(over))));
        }
    }
}

#[test]
fn three_players_play_whole_hands_and_are_told_the_same_end() {
    let mut results = std::collections::BTreeSet::new();
    for seed in 0..60 {
        let mut table = StubTable::new(seed);
        let ends = table.play_out();
        assert!(ends.windows(2).all(|two| two[0].told == two[1].told));
        assert_eq!(ends.iter().map(|end| end.gold).sum::<i64>(), 0);
        assert!(ends.iter().enumerate().all(|(at, end)| table.players[at].may_bring(end.gold)));
        results.insert(ends[0].told.split(' ').next().unwrap_or_default().to_owned());
    }
    assert!(results.contains("landlord") && results.contains("farmers"), "{results:?}");
}

#[test]
fn a_player_who_comes_back_after_a_gap_plays_on() {
    for seed in 100..110 {
        let mut table = StubTable::new(seed);
        table.gap_one_in = 5;
        assert_eq!(table.play_out().len(), 3);
    }
}

#[test]
fn a_player_in_a_hurry_acts_at_once() {
    let mut table = StubTable::new(7);
    table.mood = Mood::Hurry;
    table.play_out();
}

/// What the first player finds wrong with this, once there is a landlord.
fn finds<M: Fn(&StubTable) -> (u32, Vec<u8>)>(change: M) -> Option<&'static str> {
    let mut table = StubTable::new(11);
    table.begin();
    let (kind, body) = change(&table);
    table.players[0]
        .hear(kind, &body, tokio::time::Instant::now().into_std())
        .err()
        .map(|finding| finding.code)
}

#[test]
fn cards_that_are_not_to_be_known_are_found() {
    let hand_of_other = |table: &StubTable| table.hands[1].clone();
    let dealt = |table: &StubTable| DoudizhuTable { hand: hand_of_other(table).into(), ..table.view(0) };
    assert_eq!(finds(|table| (TABLE, encode(&table.view(0)))), None);
    assert_eq!(finds(|table| (TABLE, encode(&dealt(table)))), Some("hidden_card"));
    let lead = |table: &StubTable| DoudizhuTable {
        lead: 2,
        lead_cards: hand_of_other(table)[..1].to_vec().into(),
        ..table.view(0)
    };
    assert_eq!(finds(|table| (TABLE, encode(&lead(table)))), Some("hidden_card"));
    let more = |table: &StubTable| DoudizhuDealt {
        hand: [&table.hands[0][..17], &hand_of_other(table)[..1]].concat().into(),
        ..Default::default()
    };
    assert_eq!(finds(|table| (DEALT, encode(&more(table)))), Some("hidden_card"));
    let field =
        |table: &StubTable| [encode(&table.view(0)), vec![0x82, 0x01, 1, hand_of_other(table)[0]]].concat();
    assert_eq!(finds(|table| (TABLE, field(table))), Some("hidden_card"));
    assert_eq!(finds(|_| (1_089, Vec::new())), Some("room_garbled"));
}

#[test]
fn plays_that_the_rules_do_not_know_are_found() {
    let played = |seat: u32, cards: Vec<u8>| {
        (PLAYED, encode(&DoudizhuPlayed { seat, cards: cards.into(), cards_left: 19, factor: 3 }))
    };
    let turn = |table: &StubTable| table.turn + 1;
    assert_eq!(finds(|table| played(turn(table) % 3 + 1, vec![0])), Some("turn_wrong"));
    assert_eq!(finds(|table| played(turn(table), Vec::new())), Some("play_illegal"));
    let of_another =
        |table: &StubTable| table.hands[usize::from(table.turn == 0)].iter().copied().take(1).collect();
    assert_eq!(finds(|table| played(turn(table), of_another(table))), Some("hidden_card"));
    let bottom = |table: &StubTable| DoudizhuLandlord {
        seat: 1,
        points: 3,
        bottom: table.hands[0][..3].to_vec().into(),
    };
    assert_eq!(finds(|table| (LANDLORD, encode(&bottom(table)))), Some("hidden_card"));
}

#[test]
fn gold_that_does_not_add_up_is_found() {
    let over = DoudizhuOver {
        landlord: 1,
        landlord_won: true,
        factor: 3,
        change: vec![6, -3, -3],
        ..Default::default()
    };
    assert_eq!(finds(|_| (OVER, encode(&over))), Some("settlement"));
    let mut table = StubTable::new(12);
    let right = table.play_until_over();
    for wrong in [
        DoudizhuOver { factor: right.factor + 1, ..right.clone() },
        DoudizhuOver { landlord_won: !right.landlord_won, ..right.clone() },
        DoudizhuOver { change: vec![0, 0, 0], ..right.clone() },
        DoudizhuOver { bombs: right.bombs + 1, ..right.clone() },
        DoudizhuOver { landlord: 0, ..right.clone() },
    ] {
        let said = table.players[0].on_over(&wrong);
        assert_eq!(said.err().map(|finding| finding.code), Some("settlement"), "{wrong:?}");
    }
    assert_eq!(table.players[0].on_over(&right), Ok(()));
}

#[test]
fn a_refusal_is_explained_by_a_turn_that_is_over_and_by_nothing_else() {
    let mut table = StubTable::new(13);
    table.begin();
    let at = table.turn as usize;
    let now = tokio::time::Instant::now().into_std();
    let player = &mut table.players[at];
    player.think = Duration::ZERO;
    while player.next(Mood::Hurry, now, &mut rng(1)).is_some_and(|act| act.kind != PLAY) {}
    let refused = Outcome::Rejected("not_your_turn".to_owned());
    assert_eq!(player.answered(PLAY, &refused).err().map(|finding| finding.code), Some("room_refused"));
    player.on_turn(DoudizhuTurn { seat: table.turn % 3 + 1, wait_ms: 1 });
    player.on_turn(DoudizhuTurn { seat: (table.turn + 1) % 3 + 1, wait_ms: 1 });
    assert_eq!(player.answered(PLAY, &refused), Ok(()));
}
