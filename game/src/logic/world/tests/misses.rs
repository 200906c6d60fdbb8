//! Rows outside the cache: runs that end and begin again.

use std::time::Duration;

use super::*;
use crate::logic::{delivery::ConnKey, running::Order, tx::Halt};

const THREE_PLAYERS: &str = "ana logs in\nbo logs in\ncy logs in\n";
const THREE_ARE_IN: &str = "ana is in: gen 1, last 0, ok 0
     bo is in: gen 1, last 0, ok 0
     cy is in: gen 1, last 0, ok 0\n";

#[test]
fn a_cache_of_one_account_is_slow_but_right() {
    for accounts in 1..=2 {
        check_with(
            with_cache_of(accounts),
            &format!(
                "{THREE_PLAYERS}
                 bo drops
                 cy drops
                 ana pays bo 1
                 ana pays cy 2
                 ana pays bo 4
                 bo logs in
                 bo reads wallet"
            ),
            &format!(
                "{THREE_ARE_IN}
                 ana 1: ok, 999 gold
                 ana 2: ok, 997 gold
                 ana 3: ok, 993 gold
                 bo is in: gen 3, last 0, ok 0
                 bo 1: ok, 1005 gold"
            ),
        );
    }
}

#[test]
fn rows_that_nobody_needs_are_released_and_read_again() {
    let mut play = with_cache_of(1);
    play.run(&format!("{THREE_PLAYERS}\nbo drops\ncy drops\npass 100"));
    assert!(!play.store.released.is_empty());
    assert_eq!(play.world.figures().accounts_cached, 1, "the one who is online stays");
    let misses = play.world.figures().misses;
    play.run("ana pays bo 1");
    assert!(misses < play.world.figures().misses);
    assert_eq!(play.store.gold(play.people.all["bo"].account), 1_001);
}

#[test]
fn rows_with_writes_that_are_not_applied_stay() {
    let mut play = with_cache_of(1);
    play.run(&format!("hold applies\n{THREE_PLAYERS}\nbo drops\ncy drops\npass 100"));
    assert_eq!(play.world.figures().accounts_cached, 3);
    play.run("let applies\npass 100\npass 100");
    assert_eq!(play.world.figures().accounts_cached, 1);
}

#[test]
fn later_commands_of_a_session_wait_behind_a_miss_and_others_do_not() {
    check_with(
        with_cache_of(1),
        &format!(
            "{THREE_PLAYERS}
             cy drops
             pass 100
             hold reads
             ana pays cy 1
             ana says after
             ana reads wallet
             bo says first
             note now the rows
             let reads"
        ),
        &format!(
            "{THREE_ARE_IN}
             bo 1: ok
             ana hears bo: first
             bo hears bo: first
             note now the rows
             ana 1: ok, 999 gold
             ana 2: ok
             ana 3: ok, 999 gold
             ana hears ana: after
             bo hears ana: after"
        ),
    );
}

#[test]
fn a_command_whose_rows_do_not_come_is_told_to_come_back() {
    check_with(
        with_cache_of(1),
        &format!(
            "{THREE_PLAYERS}
             cy drops
             pass 100
             hold reads
             ana pays cy 1
             ana reads wallet
             rows fail
             let reads
             ana pays cy 1"
        ),
        &format!(
            "{THREE_ARE_IN}
             ana 1: later store_away
             ana 2: ok, 1000 gold
             ana 3: ok, 999 gold"
        ),
    );
}

#[test]
fn a_command_runs_at_most_eight_times() {
    let mut play = with_cache_of(1);
    let order = Order { kind: proto::kinds::PAY, cseq: 1, body: &[] };
    let mut before = None;
    for _ in 0..7 {
        let parked = play.world.park(ConnKey::default(), order, before.as_ref(), Halt::Miss, play.now);
        let parked = play.world.parking.take(parked.expect("it may run again"));
        before = parked.map(|parked| parked.again().1);
    }
    match play.world.park(ConnKey::default(), order, before.as_ref(), Halt::Miss, play.now) {
        Err(Halt::Later { error, .. }) => assert_eq!(error, "too_many_misses"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_command_that_waits_for_rows_outlives_any_number_of_lost_links() {
    check_with(
        with_cache_of(1),
        &format!(
            "{THREE_PLAYERS}
             cy drops
             pass 100
             hold reads
             ana pays cy 1
             ana says after
             {}
             note the link stays
             let reads",
            "store goes\npass 200\nstore comes back\n".repeat(9)
        ),
        &format!(
            "{THREE_ARE_IN}
             note the link stays
             ana 1: ok, 999 gold
             ana 2: ok
             ana hears ana: after
             bo hears ana: after"
        ),
    );
}

#[test]
fn what_meets_a_missing_row_while_the_link_is_away_waits_for_it_and_not_for_ever() {
    let mut play = with_cache_of(1);
    play.run(&format!("{THREE_PLAYERS}\nbo drops\ncy drops\npass 100\nstore goes\nana pays cy 1"));
    play.people.transcript.clear();
    let runs = play.world.figures().misses;
    play.run("pass 4000\nbo logs in\npass 999\nnote nobody has run again");
    assert_eq!(play.world.figures().misses - runs, 1, "only bo's login met a missing row");
    assert_eq!(play.world.next_deadline(), Some(play.now.instant + Duration::from_millis(1)));
    play.run("pass 1\npass 4000\nana says here\nstore comes back\nana pays cy 2");
    assert_eq!(play.world.next_deadline(), None);
    check_with(
        play,
        "",
        "note nobody has run again
         ana 1: later store_away
         bo is refused: store_away
         ana 2: ok
         ana hears ana: here
         ana 3: ok, 998 gold",
    );
}

#[test]
fn two_who_need_one_row_ask_for_it_once() {
    let mut play = with_cache_of(1);
    play.run(&format!("{THREE_PLAYERS}\ncy drops\npass 100\nhold reads"));
    let reads = play.store.reads;
    play.run("ana pays cy 1\nbo pays cy 2");
    let per_turn = play.store.reads - reads;
    play.run("let reads");
    assert_eq!(play.store.gold(play.people.all["cy"].account), 1_003);
    assert!(0 < per_turn);
    assert_eq!(play.world.figures().parked, 0);
}

#[test]
fn a_connection_that_ends_takes_its_waiting_commands_along() {
    check_with(
        with_cache_of(1),
        &format!(
            "{THREE_PLAYERS}
             cy drops
             pass 100
             hold reads
             ana pays cy 1
             ana says never
             ana drops
             let reads
             ana logs in
             ana reads wallet"
        ),
        &format!(
            "{THREE_ARE_IN}
             ana is in: gen 3, last 2, ok 0
             ana 3: ok, 1000 gold"
        ),
    );
}

#[test]
fn a_forgotten_account_keeps_the_numbers_that_no_record_carried() {
    for script in ["ana says hi", "ana says hi\nana reads wallet"] {
        let mut play = with_cache_of(1);
        play.run(&format!("{THREE_PLAYERS}\nana pays cy 1\n{script}\nana drops\nbo drops\ncy drops"));
        play.run("pass 100\npass 100\npass 100\ncy logs in\npass 100");
        assert!(play.world.figures().accounts_cached <= 1, "others than cy are forgotten");
        play.people.transcript.clear();
        play.run("ana logs in");
        let used = 1 + script.lines().count();
        let ok = "1".repeat(used);
        check_with(play, "", &format!("ana is in: gen 3, last {used}, ok {ok}"));
    }
}

#[test]
fn numbers_of_forgotten_accounts_wait_for_room_in_the_pipeline() {
    let inflight_records_max = 4;
    let config = WorldConfig { preload: false, cache_accounts_max: 1, ..WorldConfig::default() };
    let mut play = Play::new(WorldConfig { inflight_records_max, ..config });
    play.run(&format!("{THREE_PLAYERS}\nana says hi\nhold syncs"));
    play.run("bo pays cy 1\nbo pays cy 1\nbo pays cy 1\nbo pays cy 1\nana drops\npass 100\npass 100");
    assert_eq!(play.world.figures().inflight_records, 4);
    play.run("let syncs\nbo drops\ncy drops\npass 100\npass 100\npass 100");
    play.people.transcript.clear();
    check_with(play, "ana logs in", "ana is in: gen 3, last 1, ok 1");
}
