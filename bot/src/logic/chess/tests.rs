//! What a player of chess makes of what its room tells, right and wrong.

use proto::client::ChessSide;
use rand_core::SeedableRng as _;

use super::*;

const ANA: u64 = 10;
const BEN: u64 = 11;
const CHOICES: Choices = Choices { think: Duration::ZERO, stake: 5 };
const START: &str = "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1";

/// Two players and what their room would say.
struct Play {
    players: [ChessPlayer; 2],
    rng: ChaCha8Rng,
    now: Instant,
}

fn state() -> ChessState {
    let side = |account| Some(ChessSide { account, rating: 1_500 });
    ChessState {
        options: Some(expected(CHOICES)),
        white: side(ANA),
        black: side(BEN),
        fen: START.to_owned(),
        white_ms: 120_000,
        black_ms: 120_000,
        ..ChessState::default()
    }
}

impl Play {
    fn new() -> Self {
        let players = [ANA, BEN].map(|account| ChessPlayer::new(account, CHOICES));
        Self { players, rng: ChaCha8Rng::seed_from_u64(5), now: tokio::time::Instant::now().into_std() }
    }

    fn begun() -> Self {
        let mut play = Self::new();
        assert_eq!(play.tell(STATE, &encode(&state())), [Ok(()), Ok(())]);
        play
    }

    fn tell(&mut self, kind: u32, body: &[u8]) -> [Result<(), Finding>; 2] {
        let now = self.now;
        self.players.each_mut().map(|player| player.hear(kind, body, now))
    }

    fn told(&mut self, kind: u32, body: &[u8]) -> [Result<(), &'static str>; 2] {
        self.tell(kind, body).map(|told| told.map_err(|finding| finding.code))
    }

    fn moved(&mut self, ply: u32, uci: &str, white_ms: u64, black_ms: u64) -> [Result<(), &'static str>; 2] {
        self.told(MOVED, &encode(&ChessMoved { ply, uci: uci.to_owned(), white_ms, black_ms }))
    }

    fn over(&mut self, result: &str, reason: &str, winner: u64) -> [Result<(), &'static str>; 2] {
        let over = ChessOver {
            result: result.to_owned(),
            reason: reason.to_owned(),
            winner,
            ..ChessOver::default()
        };
        self.told(OVER, &encode(&over))
    }
}

#[test]
fn two_players_move_by_turns_until_one_ends_it_by_the_rules() {
    let lengths: Vec<u32> = (0..8).map(whole_game).collect();
    assert!(lengths.iter().any(|plies| 40 < *plies), "{lengths:?}");
    assert!(lengths.iter().all(|plies| *plies < 250), "{lengths:?}");
}

/// Half-moves of a game that two players have played to its end.
fn whole_game(seed: u64) -> u32 {
    let mut play = Play::begun();
    play.rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut ply, mut acts) = (0, Vec::new());
    let end = 'game: loop {
        for at in 0..2 {
            let Some(act) = play.players[at].next(Mood::Play, play.now, &mut play.rng) else { continue };
            acts.push(act.kind);
            let accounts = [ANA, BEN];
            match act.kind {
                MOVE => {
                    ply += 1;
                    let uci = decode::<ChessMove>(&act.body, Budget::CLIENT).expect("a move").uci;
                    let left = |moves: u64| 120_000 + INCREMENT_MS * moves;
                    let [white, black] = [u64::from(ply).div_ceil(2), u64::from(ply) / 2].map(left);
                    assert_eq!(play.moved(ply, &uci, white, black), [Ok(()), Ok(())], "{uci}");
                    let board = &play.players[0].board;
                    if board.some_move(0).is_none() {
                        let result = ["1-0", "0-1"][at];
                        break 'game if board.explains(result, "checkmate") {
                            play.over(result, "checkmate", accounts[at])
                        } else {
                            play.over("1/2-1/2", "stalemate", 0)
                        };
                    }
                }
                DRAW_OFFER | DRAW_DECLINE => {
                    let by = if act.kind == DRAW_OFFER { accounts[at] } else { accounts[1 - at] };
                    let offer = ChessOffer { by, declined: act.kind == DRAW_DECLINE };
                    assert_eq!(play.told(OFFER, &encode(&offer)), [Ok(()), Ok(())]);
                }
                DRAW_ACCEPT => break 'game play.over("1/2-1/2", "agreement", 0),
                DRAW_CLAIM => break 'game play.over("1/2-1/2", "threefold", 0),
                ABORT => break 'game play.over("*", "aborted", 0),
                RESIGN => {
                    let result = ["0-1", "1-0"][at];
                    break 'game play.over(result, "resignation", accounts[1 - at]);
                }
                kind => panic!("{kind}"),
            }
            let kind = act.kind;
            assert_eq!(play.players[at].answered(kind, &Outcome::Ok(bytes::Bytes::new())), Ok(()));
        }
        assert!(acts.len() < 1_000, "it never ends");
    };
    assert_eq!(end, [Ok(()), Ok(())]);
    let ends = play.players.each_ref().map(|player| player.end().expect("it is over"));
    assert_eq!(ends[0].told, ends[1].told);
    assert_eq!(ends[0].gold + ends[1].gold, 0);
    ply
}

#[test]
fn a_move_that_is_not_legal_or_not_next_is_found() {
    let mut play = Play::begun();
    assert_eq!(play.moved(1, "e2e5", 122_000, 120_000), [Err("chess_illegal"); 2]);
    assert_eq!(play.moved(2, "e2e4", 122_000, 120_000), [Err("chess_ply"); 2]);
    assert_eq!(play.moved(1, "e2e4", 122_000, 120_000), [Ok(()); 2]);
    assert_eq!(play.moved(1, "e2e4", 122_000, 120_000), [Err("chess_ply"); 2], "told twice");
}

#[test]
fn clocks_that_cannot_be_are_found() {
    for (white_ms, black_ms) in [(122_001, 120_000), (122_000, 119_999), (100_000, 120_000)] {
        let mut play = Play::begun();
        assert_eq!(
            play.moved(1, "e2e4", white_ms, black_ms),
            [Err("chess_clock"); 2],
            "{white_ms} {black_ms}"
        );
    }
    let mut play = Play::begun();
    play.now += Duration::from_secs(30);
    assert_eq!(play.moved(1, "e2e4", 92_000, 120_000), [Ok(()); 2]);
}

#[test]
fn a_view_after_a_gap_must_hold_all_that_was_seen_before() {
    let mut play = Play::begun();
    assert_eq!(play.moved(1, "e2e4", 122_000, 120_000), [Ok(()); 2]);
    for player in &mut play.players {
        player.interrupted();
    }
    assert_eq!(play.told(STATE, &encode(&state())), [Err("chess_moves_lost"); 2]);
    let fen = "rnbqkbnr/pppp1ppp/8/4p3/4P3/8/PPPP1PPP/RNBQKBNR w KQkq e6 0 2";
    let seen = ChessState { moves: "e2e4 e7e5".to_owned(), fen: START.to_owned(), ..state() };
    assert_eq!(play.told(STATE, &encode(&seen)), [Err("chess_position"); 2]);
    let seen = ChessState { fen: fen.to_owned(), ..seen };
    assert_eq!(play.told(STATE, &encode(&seen)), [Ok(()); 2]);
}

#[test]
fn an_end_that_the_position_does_not_explain_is_found() {
    for (result, reason, winner) in [
        ("1-0", "checkmate", ANA),
        ("1/2-1/2", "stalemate", 0),
        ("1/2-1/2", "threefold", 0),
        ("1-0", "resignation", BEN),
        ("0-1", "agreement", BEN),
        ("*", "aborted", ANA),
        ("1-0", "time", ANA),
        ("1-0", "because", ANA),
    ] {
        let mut play = Play::begun();
        assert_eq!(play.over(result, reason, winner), [Err("chess_end"); 2], "{result} {reason}");
    }
    let mut play = Play::begun();
    for (ply, uci) in (1..).zip(["f2f3", "e7e5", "g2g4", "d8h4"]) {
        let left = |moves: u64| 120_000 + INCREMENT_MS * moves;
        let [white, black] = [u64::from(ply).div_ceil(2), u64::from(ply) / 2].map(left);
        assert_eq!(play.moved(ply, uci, white, black), [Ok(()); 2]);
    }
    assert_eq!(play.over("0-1", "checkmate", BEN), [Ok(()); 2]);
    assert_eq!(play.players.each_ref().map(|player| player.end().map(|end| end.gold)), [Some(-5), Some(5)]);
}

#[test]
fn a_mate_is_played_where_there_is_one() {
    let mut play = Play::begun();
    for (ply, uci) in (1..).zip(["f2f3", "e7e5", "g2g4"]) {
        let left = |moves: u64| 120_000 + INCREMENT_MS * moves;
        let [white, black] = [u64::from(ply).div_ceil(2), u64::from(ply) / 2].map(left);
        assert_eq!(play.moved(ply, uci, white, black), [Ok(()); 2]);
    }
    assert_eq!(play.players[1].move_at_random(&mut play.rng).map(|act| act.body), {
        Some(encode(&ChessMove { uci: "d8h4".to_owned() }))
    });
}

#[test]
fn who_has_to_hurry_gives_up_and_only_before_two_moves_aborts() {
    let mut play = Play::new();
    assert_eq!(play.players[0].next(Mood::Hurry, play.now, &mut play.rng), None, "it has not begun");
    let mut play = Play::begun();
    let kind = |play: &mut Play, at: usize| {
        play.players[at].next(Mood::Hurry, play.now, &mut play.rng).map(|act| act.kind)
    };
    assert_eq!(kind(&mut play, 1), Some(ABORT));
    let mut play = Play::begun();
    assert_eq!(play.moved(1, "e2e4", 122_000, 120_000), [Ok(()); 2]);
    assert_eq!(play.moved(2, "e7e5", 122_000, 122_000), [Ok(()); 2]);
    assert_eq!(kind(&mut play, 1), Some(RESIGN));
    assert_eq!(kind(&mut play, 1), None, "once");
}

#[test]
fn a_refusal_that_the_rules_do_not_explain_is_found() {
    let mut play = Play::begun();
    let no = |code: &str| Outcome::Rejected(code.to_owned());
    let player = &mut play.players[0];
    assert!(player.answered(MOVE, &no("illegal_move")).is_err());
    assert!(player.answered(DRAW_CLAIM, &no("no_claim")).is_err());
    assert!(player.answered(MOVE, &no("time_is_up")).is_ok());
    assert!(player.answered(DRAW_OFFER, &no("draw_offered")).is_ok());
}
