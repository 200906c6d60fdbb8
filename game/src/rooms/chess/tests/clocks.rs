//! Time: whose it is, when it has run out, and what a crash does to it.

use super::*;
use crate::rooms::chess::{
    clock::Clock,
    ending::{Draw, Victory},
    line::Line,
};

fn blitz() -> ChessOptions {
    ChessOptions { base_s: Some(10), increment_s: Some(2), ..usual() }
}

fn clocks(table: &mut Table<Chess>, account: u64) -> (u64, u64) {
    let state = state(table, account);
    (state.white_ms, state.black_ms)
}

#[test]
fn a_move_takes_its_time_and_brings_the_increment() {
    let mut table = begun(&blitz());
    table.pass(Duration::from_millis(1_250));
    play(&mut table, 0, "e2e4");
    let moved: ChessMoved = read!(&last(&mut table, BEN, MOVED));
    assert_eq!((moved.ply, moved.white_ms, moved.black_ms), (1, 10_750, 10_000));
    table.pass(seconds(3));
    play(&mut table, 1, "e7e5");
    let moved: ChessMoved = read!(&last(&mut table, BEN, MOVED));
    assert_eq!((moved.ply, moved.white_ms, moved.black_ms), (2, 10_750, 9_000));
}

#[test]
fn who_comes_later_sees_the_clocks_as_they_are_then() {
    let mut table = begun(&blitz());
    table.pass(seconds(4));
    table.spectate(EVA).expect("a chair");
    assert_eq!(clocks(&mut table, EVA), (6_000, 10_000));
}

#[test]
fn white_runs_out_of_time_to_the_millisecond() {
    let mut table = begun(&blitz());
    play(&mut table, 0, "e2e4 e7e5");
    table.pass(Duration::from_millis(11_999));
    assert!(table.is_open());
    table.pass(Duration::from_millis(1));
    assert_eq!(ended(&mut table, BEN), end("0-1", "time", BEN));
}

#[test]
fn black_runs_out_of_time() {
    let mut table = begun(&blitz());
    play(&mut table, 0, "e2e4 e7e5 g1f3");
    table.pass(seconds(12));
    assert_eq!(ended(&mut table, ANA), end("1-0", "time", ANA));
}

#[test]
fn time_without_a_connection_is_the_players_own() {
    let mut table = begun(&blitz());
    play(&mut table, 0, "e2e4 e7e5");
    table.away(ANA).expect("a member");
    table.pass(seconds(7));
    table.back(ANA).expect("a member");
    assert_eq!(clocks(&mut table, ANA), (5_000, 12_000));
    table.away(ANA).expect("a member");
    table.pass(seconds(6));
    assert_eq!(ended(&mut table, BEN), end("0-1", "time", BEN));
}

#[test]
fn clocks_and_the_timer_outlive_a_server_that_dies() {
    let mut table = begun(&blitz());
    play(&mut table, 0, "e2e4");
    table.pass(seconds(9));
    table.crash();
    table.pass(Duration::from_millis(999));
    assert!(table.is_open());
    table.spectate(EVA).expect("a chair");
    assert_eq!(clocks(&mut table, EVA), (12_000, 1));
    table.pass(Duration::from_millis(1));
    assert_eq!(ended(&mut table, ANA), end("*", "aborted_time", 0), "black has not moved once");
}

#[test]
fn a_flag_that_falls_before_both_have_moved_costs_nobody_anything() {
    let mut table = begun(&ChessOptions { stake: 100, ..blitz() });
    table.pass(seconds(10));
    assert_eq!(ended(&mut table, BEN), end("*", "aborted_time", 0));
    assert_eq!((table.gold(ANA), table.gold(BEN)), (1_000, 1_000));
    assert!(table.outcome().expect("it is over").places.is_empty());
}

#[test]
fn who_could_never_mate_does_not_win_by_time() {
    for (fen, expected) in [
        ("4k3/8/8/8/8/8/4P3/4K3 w - - 0 40", Ending::Drawn(Draw::TimeWithoutMaterial)),
        ("4kn2/8/8/8/8/8/8/4KQ2 w - - 0 40", Ending::Drawn(Draw::TimeWithoutMaterial)),
        ("4kn2/8/8/8/8/8/4P3/4K3 w - - 0 40", Ending::Won(Side::Black, Victory::Time)),
        ("4k3/5p2/8/8/8/8/8/4KQ2 w - - 0 40", Ending::Won(Side::Black, Victory::Time)),
    ] {
        let mut table = begun(&blitz());
        play(&mut table, 0, "e2e4 e7e5");
        let Stage::Playing(mut game) = table.room().stage else { panic!("it goes on") };
        game.line = Line::at(fen, 78);
        assert_eq!(game.flag_fell(), expected, "{fen}");
    }
}

#[test]
fn nothing_comes_between_the_end_of_time_and_its_timer() {
    let mut table = begun(&blitz());
    play(&mut table, 0, "e2e4 e7e5");
    let Stage::Playing(mut game) = table.room().stage else { panic!("it goes on") };
    for side in Side::BOTH {
        for act in [Act::Move("g1f3"), Act::Offer, Act::Claim, Act::Resign, Act::Abort] {
            assert_eq!(game.act(side, act, 0, 12_000), Err(Refusal("time_is_up")), "{act:?}");
        }
    }
    assert_eq!(game.act(Side::White, Act::Move("g1f3"), 0, 11_999), Ok(None));
}

#[test]
fn a_clock_never_shows_less_than_nothing() {
    let mut clock = Clock::start(1_000, 5_000);
    assert_eq!(clock.left_ms(Side::White, 4_000), 1_000, "time does not run backwards");
    assert_eq!(clock.left_ms(Side::White, 9_000), 0);
    assert!(clock.is_up(6_000) && !clock.is_up(5_999));
    clock.press(100, 5_400);
    assert_eq!((clock.left_ms(Side::White, 9_999), clock.left_ms(Side::Black, 5_500)), (700, 900));
    assert_eq!(clock.flag_in(5_500), Duration::from_millis(900));
}
