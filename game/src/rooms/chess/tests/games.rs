//! Whole games that were played once, fed move by move.

use super::*;

struct Played {
    name: &'static str,
    moves: &'static str,
    fen: &'static str,
    /// None: they agreed, or somebody gave up.
    end: Option<(&'static str, &'static str, u64)>,
}

const GAMES: &[Played] = &[
    Played {
        name: "Morphy against two, Paris 1858: white castles long and mates",
        moves: "e2e4 e7e5 g1f3 d7d6 d2d4 c8g4 d4e5 g4f3 d1f3 d6e5 f1c4 g8f6 f3b3 d8e7 b1c3 c7c6 c1g5 b7b5 c3b5 \
                c6b5 c4b5 b8d7 e1c1 a8d8 d1d7 d8d7 h1d1 e7e6 b5d7 f6d7 b3b8 d7b8 d1d8",
        fen: "1n1Rkb1r/p4ppp/4q3/4p1B1/4P3/8/PPP2PPP/2K5 b k - 1 17",
        end: Some(("1-0", "checkmate", ANA)),
    },
    Played {
        name: "Anderssen and Kieseritzky, London 1851",
        moves: "e2e4 e7e5 f2f4 e5f4 f1c4 d8h4 e1f1 b7b5 c4b5 g8f6 g1f3 h4h6 d2d3 f6h5 f3h4 h6g5 h4f5 c7c6 g2g4 \
                h5f6 h1g1 c6b5 h2h4 g5g6 h4h5 g6g5 d1f3 f6g8 c1f4 g5f6 b1c3 f8c5 c3d5 f6b2 f4d6 c5g1 e4e5 b2a1 \
                f1e2 b8a6 f5g7 e8d8 f3f6 g8f6 d6e7",
        fen: "r1bk3r/p2pBpNp/n4n2/1p1NP2P/6P1/3P4/P1P1K3/q5b1 b - - 1 23",
        end: Some(("1-0", "checkmate", ANA)),
    },
    Played {
        name: "Anderssen and Dufresne, Berlin 1852: white castles short",
        moves: "e2e4 e7e5 g1f3 b8c6 f1c4 f8c5 b2b4 c5b4 c2c3 b4a5 d2d4 e5d4 e1g1 d4d3 d1b3 d8f6 e4e5 f6g6 f1e1 \
                g8e7 c1a3 b7b5 b3b5 a8b8 b5a4 a5b6 b1d2 c8b7 d2e4 g6f5 c4d3 f5h5 e4f6 g7f6 e5f6 h8g8 a1d1 h5f3 \
                e1e7 c6e7 a4d7 e8d7 d3f5 d7e8 f5d7 e8f8 a3e7",
        fen: "1r3kr1/pbpBBp1p/1b3P2/8/8/2P2q2/P4PPP/3R2K1 b - - 0 24",
        end: Some(("1-0", "checkmate", ANA)),
    },
    Played {
        name: "Lasker and Thomas, London 1912: a king walks to the other end",
        moves: "d2d4 e7e6 g1f3 f7f5 b1c3 g8f6 c1g5 f8e7 g5f6 e7f6 e2e4 f5e4 c3e4 b7b6 f3e5 e8g8 f1d3 c8b7 d1h5 \
                d8e7 h5h7 g8h7 e4f6 h7h6 e5g4 h6g5 h2h4 g5f4 g2g3 f4f3 d3e2 f3g2 h1h2 g2g1 e1d2",
        fen: "rn3r2/pbppq1p1/1p2pN2/8/3P2NP/6P1/PPPKBP1R/R5k1 b - - 6 18",
        end: Some(("1-0", "checkmate", ANA)),
    },
    Played {
        name: "Gundersen and Faul, Melbourne 1928: mate by en passant",
        moves: "e2e4 e7e6 d2d4 d7d5 e4e5 c7c5 c2c3 c5d4 c3d4 f8b4 b1c3 b8c6 g1f3 g8e7 f1d3 e8g8 d3h7 g8h7 f3g5 \
                h7g6 h2h4 c6d4 d1g4 f7f5 h4h5 g6h6 g5e6 g7g5 h5g6",
        fen: "r1bq1r2/pp2n3/4N1Pk/3pPp2/1b1n2Q1/2N5/PP3PP1/R1B1K2R b KQ - 0 15",
        end: Some(("1-0", "checkmate", ANA)),
    },
    Played {
        name: "Canal and another, Budapest 1934: black castles long",
        moves: "e2e4 d7d5 e4d5 d8d5 b1c3 d5a5 d2d4 c7c6 g1f3 c8g4 c1f4 e7e6 h2h3 g4f3 d1f3 f8b4 f1e2 b8d7 a2a3 \
                e8c8 a3b4 a5a1 e1d2 a1h1 f3c6 b7c6 e2a6",
        fen: "2kr2nr/p2n1ppp/B1p1p3/8/1P1P1B2/2N4P/1PPK1PP1/7q b - - 1 14",
        end: Some(("1-0", "checkmate", ANA)),
    },
    Played {
        name: "Bogoljubov and Alekhine, Hastings 1922: both castle short, and two pawns become queens",
        moves: "d2d4 f7f5 c2c4 g8f6 g2g3 e7e6 f1g2 f8b4 c1d2 b4d2 b1d2 b8c6 g1f3 e8g8 e1g1 d7d6 d1b3 g8h8 b3c3 \
                e6e5 e2e3 a7a5 b2b3 d8e8 a2a3 e8h5 h2h4 f6g4 f3g5 c8d7 f2f3 g4f6 f3f4 e5e4 f1d1 h7h6 g5h3 d6d5 \
                d2f1 c6e7 a3a4 e7c6 d1d2 c6b4 g2h1 h5e8 d2g2 d5c4 b3c4 d7a4 h3f2 a4d7 f1d2 b7b5 f2d1 b4d3 a1a5 \
                b5b4 a5a8 b4c3 a8e8 c3c2 e8f8 h8h7 d1f2 c2c1q d2f1 d3e1 g2h2 c1c4 f8b8 d7b5 b8b5 c4b5 g3g4 e1f3 \
                h1f3 e4f3 g4f5 b5e2 d4d5 h7g8 h4h5 g8h7 e3e4 f6e4 f2e4 e2e4 d5d6 c7d6 f5f6 g7f6 h2d2 e4e2 d2e2 \
                f3e2 g1f2 e2f1q f2f1 h7g7 f1e2 g7f7 e2e3 f7e6 e3e4 d6d5",
        fen: "8/8/4kp1p/3p3P/4KP2/8/8/8 w - - 0 54",
        end: None,
    },
    Played {
        name: "a trap that Lasker showed: a pawn becomes a knight",
        moves: "d2d4 d7d5 c2c4 e7e5 d4e5 d5d4 e2e3 f8b4 c1d2 d4e3 d2b4 e3f2 e1e2 f2g1n e2e1 d8h4 e1d2 b8c6 b4c3 \
                c8g4",
        fen: "r3k1nr/ppp2ppp/2n5/4P3/2P3bq/2B5/PP1K2PP/RN1Q1BnR w kq - 6 11",
        end: None,
    },
    Played {
        name: "the shortest stalemate, after Loyd",
        moves: "e2e3 a7a5 d1h5 a8a6 h5a5 h7h5 h2h4 a6h6 a5c7 f7f6 c7d7 e8f7 d7b7 d8d3 b7b8 d3h7 b8c8 f7g6 c8e6",
        fen: "5bnr/4p1pq/4Qpkr/7p/7P/4P3/PPPP1PP1/RNB1KBNR b KQ - 2 10",
        end: Some(("1/2-1/2", "stalemate", 0)),
    },
];

#[test]
fn games_of_masters_can_be_played_and_lead_where_they_led() {
    for Played { name, moves, fen, end: expected } in GAMES {
        let mut table = begun(&usual());
        table.spectate(EVA).expect("a chair");
        play(&mut table, 0, moves);
        let told: Vec<String> = table
            .heard(EVA)
            .into_iter()
            .filter(|(kind, _)| *kind == MOVED)
            .map(|(_, body)| {
                let moved: ChessMoved = read!(&body);
                moved.uci
            })
            .collect();
        assert_eq!(told.join(" "), *moves, "{name}");
        if expected.is_none() {
            // To see the board once more, as one who comes late does; and a server that died does not change it.
            table.crash();
            assert_eq!(table.spectate(9), Ok(()), "{name}");
            let state = state(&mut table, 9);
            assert_eq!((state.fen.as_str(), state.moves.as_str()), (*fen, *moves), "{name}");
            table.say(ANA, RESIGN, &[]).expect("it is not over");
        }
        let (Stage::Over(game, ending), _) = (table.room().stage, ()) else { panic!("{name}: not over") };
        assert_eq!(game.line.fen(), *fen, "{name}");
        let (result, reason, winner) = expected.unwrap_or(("0-1", "resignation", BEN));
        assert_eq!((ending.result(), ending.code()), (result, reason), "{name}");
        assert_eq!(ended(&mut table, BEN), end(result, reason, winner), "{name}");
    }
}

#[test]
fn every_kind_of_move_is_among_those_games() {
    let all: Vec<&str> = GAMES.iter().flat_map(|game| game.moves.split(' ')).collect();
    for uci in ["e1g1", "e8g8", "e1c1", "e8c8", "h5g6", "c2c1q", "f2g1n"] {
        assert!(all.contains(&uci), "{uci}");
    }
}

#[test]
fn a_whole_match_replays_to_the_same_state_however_often_the_server_dies() {
    let mut table = begun(&ChessOptions { stake: 100, ..usual() });
    for (at, uci) in GAMES[0].moves.split(' ').enumerate() {
        play(&mut table, at, uci);
        if table.is_open() {
            table.pass(Duration::from_millis(1_300));
            table.crash();
        }
    }
    assert_eq!((table.gold(ANA), table.gold(BEN)), (1_100, 900));
}
