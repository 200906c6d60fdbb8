//! Who may sit down, on which terms, and what leaving costs.

use super::*;

#[test]
fn options_are_usual_unless_said() {
    let mut table: Table<Chess> = Table::open(&[], 1).expect("nothing is asked");
    table.join(ANA).expect("a place");
    let state = state(&mut table, ANA);
    let expected = ChessOptions { base_s: Some(300), increment_s: Some(3), ..ChessOptions::default() };
    assert_eq!(state, ChessState { options: Some(expected), ..ChessState::default() });
    assert_eq!(table.label(), "300+3 rated");
}

#[test]
fn options_out_of_bounds_are_refused_by_name() {
    let refused = |options: ChessOptions| Table::<Chess>::open(&wire::encode(&options), 1).err();
    for (options, name) in [
        (ChessOptions { base_s: Some(9), ..usual() }, "bad_base"),
        (ChessOptions { base_s: Some(10_801), ..usual() }, "bad_base"),
        (ChessOptions { base_s: Some(0), ..usual() }, "bad_base"),
        (ChessOptions { increment_s: Some(181), ..usual() }, "bad_increment"),
        (ChessOptions { stake: -1, ..usual() }, "bad_stake"),
        (ChessOptions { stake: 1_000_001, ..usual() }, "bad_stake"),
        (ChessOptions { opener: 3, ..usual() }, "bad_opener"),
    ] {
        assert_eq!(refused(options), Some(Refusal(name)), "{options:?}");
    }
    assert_eq!(Table::<Chess>::open(&[0xff], 1).err(), Some(Refusal("bad_options")));
    for options in [
        ChessOptions { base_s: Some(10), increment_s: Some(0), ..usual() },
        ChessOptions { base_s: Some(10_800), increment_s: Some(180), stake: 1_000_000, ..usual() },
    ] {
        assert_eq!(refused(options), None);
    }
}

#[test]
fn two_play_and_others_look_on_and_may_not_act() {
    let mut table = begun(&usual());
    assert_eq!(table.join(EVA), Err(Refusal("room_full")));
    table.spectate(EVA).expect("a chair");
    for account in [ANA, BEN, EVA] {
        let state = state(&mut table, account);
        let side = |account| Some(ChessSide { account, rating: 1_500 });
        assert_eq!((state.white, state.black), (side(ANA), side(BEN)), "as {account} sees it");
        assert_eq!(state.fen, "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1");
    }
    for kind in [DRAW_OFFER, DRAW_ACCEPT, DRAW_DECLINE, DRAW_CLAIM, RESIGN, ABORT] {
        assert_eq!(table.say(EVA, kind, &[]), Err(Refusal("not_a_player")), "{kind}");
    }
    assert_eq!(say_move(&mut table, EVA, "e2e4"), Err(Refusal("not_a_player")));
    play(&mut table, 0, "e2e4");
    assert_eq!(table.heard(EVA).len(), 1, "and hear every move");
}

#[test]
fn sixty_four_look_on_and_not_one_more() {
    let mut table = begun(&usual());
    for account in 100..164 {
        table.spectate(account).expect("a chair");
    }
    assert_eq!(table.spectate(164), Err(Refusal("room_full")));
}

#[test]
fn nothing_can_be_done_before_it_begins() {
    let mut table = open(&usual());
    table.join(ANA).expect("a place");
    for kind in [DRAW_OFFER, DRAW_ACCEPT, DRAW_DECLINE, DRAW_CLAIM, RESIGN, ABORT] {
        assert_eq!(table.say(ANA, kind, &[]), Err(Refusal("not_started")), "{kind}");
    }
    assert_eq!(say_move(&mut table, ANA, "e2e4"), Err(Refusal("not_started")));
    table.pass(seconds(86_400));
    assert!(table.is_open(), "and no clock runs");
}

#[test]
fn sides_are_drawn_unless_said() {
    let white = |options: &ChessOptions, seed| {
        let mut table: Table<Chess> = Table::open(&wire::encode(options), seed).expect("options");
        table.join(ANA).expect("a place");
        table.join(BEN).expect("a place");
        state(&mut table, ANA).white.expect("it has begun").account
    };
    let drawn: Vec<u64> = (0..32).map(|seed| white(&ChessOptions::default(), seed)).collect();
    assert!(drawn.contains(&ANA) && drawn.contains(&BEN), "{drawn:?}");
    assert!((0..8).all(|seed| white(&usual(), seed) == ANA));
    assert!((0..8).all(|seed| white(&ChessOptions { opener: 2, ..usual() }, seed) == BEN));
}

#[test]
fn stakes_go_to_the_winner() {
    let mut table = begun(&ChessOptions { stake: 250, ..usual() });
    assert_eq!((table.gold(ANA), table.gold(BEN)), (750, 750));
    play(&mut table, 0, "f2f3 e7e5 g2g4 d8h4");
    assert_eq!(ended(&mut table, ANA), end("0-1", "checkmate", BEN));
    assert_eq!((table.gold(ANA), table.gold(BEN)), (750, 1_250));
    let outcome = table.outcome().expect("it is over");
    assert_eq!(outcome.text, "0-1 checkmate");
    assert_eq!(outcome.places, [(AccountId(ANA), 2), (AccountId(BEN), 1)]);
}

#[test]
fn who_cannot_pay_the_stake_does_not_sit_down() {
    let mut table = open(&ChessOptions { stake: 1_001, ..usual() });
    assert_eq!(table.join(ANA), Err(Refusal("not_enough_gold")));
    table.set_gold(BEN, 2_000);
    table.join(BEN).expect("a place");
    assert_eq!(table.join(ANA), Err(Refusal("not_enough_gold")));
    table.spectate(ANA).expect("looking on costs nothing");
    assert_eq!(table.members(), [ANA, BEN]);
    assert_eq!((table.staked(BEN), table.gold(BEN)), (1_001, 999));
}

#[test]
fn who_leaves_before_it_begins_has_the_stake_back_and_the_place_is_free() {
    let mut table = open(&ChessOptions { stake: 100, ..usual() });
    table.join(ANA).expect("a place");
    table.leave(ANA).expect("a member");
    assert_eq!(table.gold(ANA), 1_000);
    assert!(table.is_open());
    table.join(BEN).expect("a place");
    table.join(EVA).expect("a place");
    assert_eq!(state(&mut table, EVA).white, Some(ChessSide { account: BEN, rating: 1_500 }));
}

#[test]
fn who_leaves_later_has_lost() {
    let mut table = begun(&ChessOptions { stake: 100, ..usual() });
    play(&mut table, 0, "e2e4 e7e5");
    table.leave(ANA).expect("a member");
    assert_eq!(ended(&mut table, BEN), end("0-1", "left", BEN));
    assert_eq!((table.gold(ANA), table.gold(BEN)), (900, 1_100));
}

#[test]
fn a_game_can_be_aborted_until_both_have_moved() {
    for (moves, by) in [("", ANA), ("", BEN), ("e2e4", ANA), ("e2e4", BEN)] {
        let mut table = begun(&ChessOptions { stake: 100, ..usual() });
        if !moves.is_empty() {
            play(&mut table, 0, moves);
        }
        table.say(by, ABORT, &[]).expect("not both have moved");
        assert_eq!(ended(&mut table, ANA), end("*", "aborted", 0));
        assert_eq!((table.gold(ANA), table.gold(BEN)), (1_000, 1_000));
        assert!(table.outcome().expect("it is over").places.is_empty());
    }
    let mut table = begun(&usual());
    play(&mut table, 0, "e2e4 e7e5");
    assert_eq!(table.say(ANA, ABORT, &[]), Err(Refusal("too_late")));
    let mut table = begun(&usual());
    table.leave(BEN).expect("a member");
    assert_eq!(ended(&mut table, ANA), end("*", "aborted_left", 0));
}

#[test]
fn a_game_that_is_not_rated_counts_for_nobodys_rating() {
    let mut table = begun(&ChessOptions { unrated: true, ..usual() });
    play(&mut table, 0, "e2e4 e7e5");
    table.say(ANA, RESIGN, &[]).expect("it has begun");
    assert_eq!(ended(&mut table, BEN), end("0-1", "resignation", BEN));
    assert!(table.outcome().expect("it is over").places.is_empty());
}

#[test]
fn one_may_resign_while_the_other_thinks() {
    let mut table = begun(&usual());
    play(&mut table, 0, "e2e4 e7e5");
    table.say(BEN, RESIGN, &[]).expect("it has begun");
    assert_eq!(ended(&mut table, ANA), end("1-0", "resignation", ANA));
    assert_eq!(table.say(ANA, RESIGN, &[]), Err(Refusal("room_finished")));
}

#[test]
fn moves_that_are_none_are_refused_and_change_nothing() {
    let mut table = begun(&usual());
    for (account, uci, name) in [
        (BEN, "e7e5", "not_your_turn"),
        (ANA, "e2e5", "illegal_move"),
        (ANA, "e7e5", "illegal_move"),
        (ANA, "", "illegal_move"),
        (ANA, "e4", "illegal_move"),
        (ANA, "e2e4q", "illegal_move"),
        (9, "e2e4", "not_in_room"),
    ] {
        assert_eq!(say_move(&mut table, account, uci), Err(Refusal(name)), "{account} {uci}");
    }
    assert_eq!(table.say(ANA, MOVE, &[0xff, 0xff]), Err(Refusal("bad_body")));
    assert_eq!(table.say(ANA, 1_047, &[]), Err(Refusal("unknown_kind")));
}
