//! Moves in and out of notation, and what the rules say of single positions.

use std::collections::BTreeSet;

use cozy_chess::Board;

use crate::rooms::chess::{
    position::{Standing, can_mate, key, read, standing, write},
    side::Side,
};

fn board(fen: &str) -> Board {
    fen.parse().expect("a position")
}

/// Games of so many half-moves from here, each move written and read again.
fn perft(board: &Board, depth: u32) -> u64 {
    let mut moves = Vec::new();
    board.generate_moves(|of_piece| {
        moves.extend(of_piece);
        false
    });
    let mut count = 0;
    for played in moves {
        let uci = write(board, played);
        assert_eq!(read(board, &uci), Some(played), "{uci} in {board}");
        count += if depth == 1 {
            1
        } else {
            let mut next = board.clone();
            next.play(played);
            perft(&next, depth - 1)
        };
    }
    count
}

const KIWIPETE: &str = "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1";

#[test]
fn all_games_of_four_half_moves_are_as_many_as_everybody_counts() {
    assert_eq!(perft(&Board::default(), 4), 197_281);
}

#[test]
fn a_position_with_every_kind_of_move_is_counted_as_everybody_counts_it() {
    assert_eq!(perft(&board(KIWIPETE), 3), 97_862);
    assert_eq!(perft(&board("8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1"), 4), 43_238);
    assert_eq!(perft(&board("rnbq1k1r/pp1Pbppp/2p5/8/2B5/8/PPP1NnPP/RNBQK2R w KQ - 1 8"), 3), 62_379);
}

#[test]
fn of_all_that_can_be_written_only_the_legal_moves_are_read() {
    let squares: Vec<String> =
        ('1'..='8').flat_map(|rank| ('a'..='h').map(move |file| format!("{file}{rank}"))).collect();
    for fen in
        [KIWIPETE, "r3k2r/P6P/8/1pP5/8/8/p6p/R3K2R w KQkq b6 0 1", "4k3/8/8/8/8/8/4r3/R3K2R w KQ - 0 1"]
    {
        let board = board(fen);
        let mut legal = BTreeSet::new();
        board.generate_moves(|of_piece| {
            legal.extend(of_piece.into_iter().map(|played| write(&board, played)));
            false
        });
        let mut seen = BTreeSet::new();
        for from in &squares {
            for to in &squares {
                for promotion in ["", "n", "b", "r", "q", "k", "p"] {
                    let uci = format!("{from}{to}{promotion}");
                    if read(&board, &uci).is_some() {
                        seen.insert(uci);
                    }
                }
            }
        }
        assert_eq!(seen, legal, "{fen}");
    }
}

#[test]
fn what_is_written_in_another_way_is_no_move() {
    let castles = board("r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1");
    for uci in ["e1g1", "e1c1", "e1f1", "a1a8"] {
        assert!(read(&castles, uci).is_some(), "{uci}");
    }
    for uci in
        ["e1h1", "e1a1", "O-O", "E1G1", "e1g1q", "e1g1 ", " e1g1", "", "e1", "0000", "e1é1", "e9e8", "e1e1"]
    {
        assert!(read(&castles, uci).is_none(), "{uci}");
    }
}

#[test]
fn positions_are_the_same_if_the_same_can_be_played_in_them() {
    let after_double_step = "rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq e3 0 1";
    let without = "rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq - 4 3";
    assert_eq!(key(&board(after_double_step)), key(&board(without)), "nobody could take it");
    let takes = "rnbqkb1r/ppp1pppp/5n2/3pP3/8/8/PPPP1PPP/RNBQKBNR w KQkq d6 0 3";
    let too_late = "rnbqkb1r/ppp1pppp/5n2/3pP3/8/8/PPPP1PPP/RNBQKBNR w KQkq - 4 5";
    assert_ne!(key(&board(takes)), key(&board(too_late)), "it can be taken only now");
    let castles = "r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1";
    let has_moved = "r3k2r/8/8/8/8/8/8/R3K2R w KQk - 0 1";
    assert_ne!(key(&board(castles)), key(&board(has_moved)));
    let pinned = "4r1k1/8/8/3pP3/8/8/8/4K3 w - d6 0 1";
    let pinned_later = "4r1k1/8/8/3pP3/8/8/8/4K3 w - - 0 1";
    assert_eq!(key(&board(pinned)), key(&board(pinned_later)), "the pawn that would take may not move");
}

#[test]
fn who_could_still_mate() {
    for (fen, white, black) in [
        ("4k3/8/8/8/8/8/8/4K3 w - - 0 1", false, false),
        ("4k3/8/8/8/8/8/8/4KN2 w - - 0 1", false, false),
        ("4k3/8/8/8/8/8/8/4KB2 w - - 0 1", false, false),
        ("4k3/8/8/8/8/8/8/3NKN2 w - - 0 1", true, false),
        ("4k3/8/8/8/8/8/8/3BKN2 w - - 0 1", true, false),
        ("4k3/8/8/8/8/8/8/2B1KB2 w - - 0 1", true, false),
        ("2b1k3/8/8/8/8/8/8/4KB2 w - - 0 1", false, false),
        ("4kb2/8/8/8/8/8/8/4KB2 w - - 0 1", true, true),
        ("4kn2/8/8/8/8/8/8/4KN2 w - - 0 1", true, true),
        ("4kq2/8/8/8/8/8/8/4KN2 w - - 0 1", false, true),
        ("4kp2/8/8/8/8/8/8/4KN2 w - - 0 1", true, true),
        ("4k3/8/8/8/8/8/4P3/4K3 w - - 0 1", true, false),
        ("4k3/8/8/8/8/8/8/4KR2 w - - 0 1", true, false),
        ("4kr2/8/8/8/8/8/8/4KB2 w - - 0 1", false, true),
    ] {
        let position = board(&fen.replace("4kp2/8", "4k3/5p2"));
        let can = (can_mate(&position, Side::White), can_mate(&position, Side::Black));
        assert_eq!(can, (white, black), "{fen}");
        assert_eq!(standing(&position) == Standing::Dead, !white && !black, "{fen}");
    }
}

#[test]
fn mate_and_stalemate_are_told_apart() {
    assert_eq!(standing(&board("7k/5KQ1/8/8/8/8/8/8 b - - 0 1")), Standing::Mate);
    assert_eq!(standing(&board("7k/5K2/6Q1/8/8/8/8/8 b - - 0 1")), Standing::Stalemate);
    assert_eq!(standing(&board("7k/5K2/8/6Q1/8/8/8/8 b - - 0 1")), Standing::Open);
}
