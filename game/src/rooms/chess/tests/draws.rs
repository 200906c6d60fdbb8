//! Draws: offered, claimed, and those that nobody has to claim.

use super::*;
use crate::rooms::chess::{ending::Draw, line::Line};

/// Hamppe and Meitner, Vienna 1872: two kings' walk that ends in the same three positions again and again.
const FOREVER: &str = "e2e4 e7e5 b1c3 f8c5 c3a4 c5f2 e1f2 d8h4 f2e3 h4f4 e3d3 d7d5 d3c3 f4e4 c3b3 b8a6 a2a3 e4a4 \
                       b3a4 a6c5 a4b4 a7a5 b4c5 g8e7 f1b5 e8d8 b5c6 b7b6 c5b5 e7c6 b5c6 c8b7 c6b5 b7a6 b5c6 a6b7 \
                       c6b5 b7a6 b5c6 a6b7 c6b5 b7a6";

fn claim(table: &mut Table<Chess>, account: u64) -> Result<(), Refusal> {
    table.say(account, DRAW_CLAIM, &[]).map(drop)
}

#[test]
fn the_same_position_three_times_is_a_draw_for_who_claims_it() {
    let mut table = begun(&usual());
    play(&mut table, 0, FOREVER);
    assert_eq!(claim(&mut table, BEN), Err(Refusal("not_your_turn")));
    assert_eq!(claim(&mut table, ANA), Ok(()));
    assert_eq!(ended(&mut table, BEN), end("1/2-1/2", "threefold", 0));
    let places = &table.outcome().expect("it is over").places;
    assert_eq!(*places, [(AccountId(ANA), 1), (AccountId(BEN), 1)]);
}

#[test]
fn twice_is_not_three_times() {
    let mut table = begun(&usual());
    let all_but_four: Vec<&str> = FOREVER.split(' ').take(38).collect();
    play(&mut table, 0, &all_but_four.join(" "));
    assert_eq!(claim(&mut table, ANA), Err(Refusal("no_claim")));
}

#[test]
fn the_same_position_five_times_is_a_draw_without_a_word() {
    let mut table = begun(&usual());
    play(&mut table, 0, "g1f3 g8f6 f3g1 f6g8 g1f3 g8f6 f3g1 f6g8 g1f3 g8f6 f3g1 f6g8 g1f3 g8f6 f3g1");
    assert!(table.is_open());
    table.crash();
    play(&mut table, 15, "f6g8");
    assert_eq!(ended(&mut table, ANA), end("1/2-1/2", "fivefold", 0));
}

/// A king that walks on rows of eight squares, so that positions come again, and a rook that makes them others.
fn quiet_game(plies: usize) -> (Game, Vec<Result<Option<Ending>, Refusal>>) {
    let players = Each { white: Player { account: AccountId(ANA), rating: 0 }, black: Player::default() };
    let mut game = Game::new(players, 1_000, 0);
    game.line = Line::at("8/6k1/8/8/8/8/4P3/R3K2R w KQ - 0 40", 78);
    let mut said = Vec::new();
    for _ in 0..plies {
        let side = game.line.to_move();
        let legal = game.line.quiet_moves();
        // Whatever leads to a position that was there least often.
        let best = legal.into_iter().min_by_key(|uci| {
            let mut next = game.line.clone();
            next.play(next.read(uci).expect("legal"));
            (next.times(), uci.clone())
        });
        said.push(game.act(side, Act::Move(&best.expect("a quiet move")), 0, 0));
    }
    (game, said)
}

#[test]
fn fifty_moves_of_both_without_a_pawn_or_a_capture_are_a_draw_for_who_claims_it() {
    let (mut game, said) = quiet_game(99);
    assert!(said.iter().all(|said| *said == Ok(None)), "{said:?}");
    let side = game.line.to_move();
    assert_eq!(game.act(side, Act::Claim, 0, 0), Err(Refusal("no_claim")));
    let (mut game, said) = quiet_game(100);
    assert!(said.iter().all(|said| *said == Ok(None)), "{said:?}");
    let side = game.line.to_move();
    assert_eq!(game.act(side, Act::Claim, 0, 0), Ok(Some(Ending::Drawn(Draw::FiftyMoves))));
}

#[test]
fn seventy_five_moves_of_both_are_a_draw_without_a_word() {
    let (_, said) = quiet_game(150);
    assert!(said[..149].iter().all(|said| *said == Ok(None)), "{said:?}");
    assert_eq!(said[149], Ok(Some(Ending::Drawn(Draw::SeventyFiveMoves))));
}

#[test]
fn a_capture_after_which_nobody_can_mate_is_a_draw_without_a_word() {
    let mut table = begun(&usual());
    play(&mut table, 0, "e2e4");
    let Stage::Playing(mut game) = table.room().stage else { panic!("it goes on") };
    game.line = Line::at("4k3/8/8/8/8/8/4q3/4K3 w - - 0 40", 78);
    let said = game.act(Side::White, Act::Move("e1e2"), 0, 0);
    assert_eq!(said, Ok(Some(Ending::Drawn(Draw::DeadPosition))));
}

#[test]
fn a_game_ends_with_the_last_move_that_a_room_keeps() {
    let mut table = begun(&usual());
    play(&mut table, 0, "e2e4");
    let Stage::Playing(mut game) = table.room().stage else { panic!("it goes on") };
    game.line = Line::at("4k3/8/8/8/8/8/4P3/4K3 w - - 0 40", 1_998);
    assert_eq!(game.act(Side::White, Act::Move("e2e3"), 0, 0), Ok(None));
    let said = game.act(Side::Black, Act::Move("e8e7"), 0, 0);
    assert_eq!(said, Ok(Some(Ending::Drawn(Draw::TooLong))));
}

#[test]
fn an_offer_that_is_taken_ends_the_game() {
    let mut table = begun(&ChessOptions { stake: 70, ..usual() });
    table.spectate(EVA).expect("a chair");
    play(&mut table, 0, "e2e4 e7e5");
    assert_eq!(table.say(ANA, DRAW_OFFER, &[]), Ok(vec![]));
    let offer: ChessOffer = read!(&last(&mut table, EVA, OFFER));
    assert_eq!((offer.by, offer.declined), (ANA, false));
    assert_eq!(table.say(ANA, DRAW_ACCEPT, &[]), Err(Refusal("no_draw_offer")), "one's own");
    assert_eq!(table.say(EVA, DRAW_ACCEPT, &[]), Err(Refusal("not_a_player")));
    assert_eq!(table.say(BEN, DRAW_OFFER, &[]), Err(Refusal("draw_offered")));
    assert_eq!(table.say(BEN, DRAW_ACCEPT, &[]), Ok(vec![]));
    assert_eq!(ended(&mut table, EVA), end("1/2-1/2", "agreement", 0));
    assert_eq!((table.gold(ANA), table.gold(BEN)), (1_000, 1_000), "both have their stakes back");
}

#[test]
fn an_offer_outlives_its_authors_move_and_a_crash_and_is_declined_by_the_others_move() {
    let mut table = begun(&usual());
    play(&mut table, 0, "e2e4 e7e5");
    table.say(ANA, DRAW_OFFER, &[]).expect("nothing is offered");
    play(&mut table, 2, "g1f3");
    table.crash();
    table.back(BEN).expect("a member");
    assert_eq!(state(&mut table, BEN).offered_by, ANA);
    play(&mut table, 3, "b8c6");
    assert_eq!(table.say(BEN, DRAW_ACCEPT, &[]), Err(Refusal("no_draw_offer")));
}

#[test]
fn an_offer_is_declined_by_a_word_and_not_made_again_at_once() {
    let mut table = begun(&usual());
    play(&mut table, 0, "e2e4 e7e5");
    table.say(ANA, DRAW_OFFER, &[]).expect("nothing is offered");
    assert_eq!(table.say(ANA, DRAW_DECLINE, &[]), Err(Refusal("no_draw_offer")), "one's own");
    table.say(BEN, DRAW_DECLINE, &[]).expect("it is offered");
    let offer: ChessOffer = read!(&last(&mut table, ANA, OFFER));
    assert_eq!((offer.by, offer.declined), (ANA, true));
    assert_eq!(table.say(ANA, DRAW_OFFER, &[]), Err(Refusal("draw_too_soon")));
    table.say(BEN, DRAW_OFFER, &[]).expect("the other side may");
    play(&mut table, 2, "g1f3 b8c6 f1c4 f8c5 c2c3 g8f6 d2d4 e5d4 c3d4");
    assert_eq!(table.say(ANA, DRAW_OFFER, &[]), Err(Refusal("draw_too_soon")), "nine half-moves later");
    play(&mut table, 11, "c5b4");
    assert_eq!(table.say(ANA, DRAW_OFFER, &[]), Ok(vec![]));
}
