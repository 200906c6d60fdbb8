//! What a room takes where it is saved, and what it sends.

use rand_chacha::rand_core::SeedableRng as _;

use super::*;

/// A game as long as a room keeps, of moves that end nothing.
fn longest() -> Game {
    let players = Each {
        white: Player { account: AccountId(u64::MAX), rating: 2_000 },
        black: Player { account: AccountId(u64::MAX - 1), rating: 2_000 },
    };
    let mut game = Game::new(players, 10_800_000, 0);
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let mut ending = None;
    while ending.is_none() {
        let mut moves = game.line.quiet_moves();
        if 100 < game.line.quiet_plies() {
            moves.extend(game.line.pawn_moves());
        }
        if moves.is_empty() {
            moves = game.line.legal_moves();
        }
        let at = usize::try_from(rng.next_u32()).expect("it fits") % moves.len();
        let side = game.line.to_move();
        ending = game.act(side, Act::Move(&moves[at]), 180_000, 0).expect("a legal move");
    }
    game
}

#[test]
fn the_longest_game_is_saved_in_less_than_8_kib_and_shown_in_one_packet() {
    let game = longest();
    assert!(1_500 < game.line.plies(), "a game of {} half-moves proves little", game.line.plies());
    let terms = Terms { base_s: 10_800, increment_s: 180, stake: 1_000_000, is_rated: true, opener: None };
    let room = Chess { terms, stage: Stage::Playing(Box::new(game)), heard_ms: u64::MAX };
    let json = serde_json::to_vec(&room).expect("it can be saved");
    assert!(json.len() < 6 * 1024, "{} bytes", json.len());
    let again: Chess = serde_json::from_slice(&json).expect("it reads what it wrote");
    let [Stage::Playing(before), Stage::Playing(after)] = [&room.stage, &again.stage] else { panic!() };
    assert_eq!((before.line.fen(), before.line.uci()), (after.line.fen(), after.line.uci()));
    assert_eq!(
        (before.line.times(), before.line.quiet_plies()),
        (after.line.times(), after.line.quiet_plies())
    );
    let state = wire::encode(&room.state());
    let def = Chess::KINDS.iter().find(|def| def.kind == STATE).expect("it is told");
    assert!(state.len() < def.body_max, "{} bytes", state.len());
}

#[test]
fn a_saved_room_that_is_no_game_is_not_read() {
    let room = Chess::open(&Opening { number: 1, options: &[] }).expect("as usual");
    let json = serde_json::to_string(&room).expect("it can be saved");
    assert!(serde_json::from_str::<Chess>(&json).is_ok());
    for line in ["\"M\"", "\"Mk\"", "\"MM\"", "\"é\"", "\"McQ!\""] {
        assert!(serde_json::from_str::<line::Line>(line).is_err(), "{line}");
    }
    let line: line::Line = serde_json::from_str("\"Mc0k\"").expect("e2e4 e7e5");
    assert_eq!(line.uci(), "e2e4 e7e5");
}
