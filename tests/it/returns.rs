//! Nobody is thrown out: processes are killed under playing bots, who count what they hear and judge every answer.
//!
//! `DING_TIER=full` plays the figures that docs/PROMISES.md names, with a release build.

use std::time::{Duration, Instant};

use bot::{Options, Report, Scenario};

use crate::support::{
    BOUND, Tier,
    bots::{Bots, judge, judge_tables},
    seed,
    stack::{Role, Stack, signal},
};
use rustix::process::Signal;

/// What a run is like.
struct Run<'a> {
    what: &'a str,
    players: u32,
    scenario: Scenario,
    /// Arguments of `ding up`.
    up: &'a [&'a str],
    strikes: u32,
    /// Between two strikes, and before the first.
    pause: Duration,
}

/// Bots play while `strike` happens again and again; returns what they found. Payments are judged by the tables.
fn play(run: &Run<'_>, mut strike: impl FnMut(&Stack, u32)) -> (Report, Stack) {
    let mut arguments = vec!["--set", "game.guests_per_address_per_hour=1000000"];
    arguments.extend(run.up);
    let stack = Stack::start(&arguments);
    let log = stack.data().join("told.jsonl");
    let mut options = Options::new(stack.listen.to_string());
    options.scenario = run.scenario;
    options.players = run.players;
    options.ramp = Duration::from_millis(u64::from(run.players) * 2);
    options.reconnect = true;
    // World chat is heard by all: a crowd that talks like a village would say more a second than a session keeps.
    options.rates.chat_per_s = options.rates.chat_per_s.min(LINES_PER_S / f64::from(run.players));
    options.answer_limit = Duration::from_secs(300);
    options.seed = seed();
    options.payment_log = (run.scenario == Scenario::Pay).then(|| log.clone());
    let bots = Bots::play_until_enough(options);
    for nth in 0..run.strikes {
        bots.on(run.pause);
        stack.until_all_are_in(run.players);
        strike(&stack, nth);
    }
    let report = bots.well();
    println!("{}", row(run, &report));
    assert_eq!((report.comebacks.packets_missing, report.comebacks.packets_doubled), (0, 0));
    assert_eq!(report.fates.unknown, 0, "every fate is known");
    let database = stack.data().join("game.db");
    if run.scenario == Scenario::Pay {
        assert_eq!(report.gold.conserved, Some(true));
        judge(&database, &[log]);
    } else {
        judge_tables(&database);
    }
    (report, stack)
}

fn row(run: &Run<'_>, report: &Report) -> String {
    let back = &report.comebacks;
    let ms = |us: u64| us / 1_000;
    format!(
        "| {} | {} | {} | {} | {} | {} | {} ms | {} ms | {} ms |",
        run.what,
        run.players,
        run.strikes,
        back.sockets_lost,
        back.resumes + back.resets,
        back.packets_missing + back.packets_doubled,
        ms(back.pause_p50_us),
        ms(back.pause_p99_us),
        ms(back.pause_max_us),
    )
}

/// Kills it and waits until it serves again.
fn kill(role: Role) -> impl FnMut(&Stack, u32) {
    move |stack, _| stack.kill_and_wait(role)
}

fn kills() -> u32 {
    Tier::current().pick(3, 10)
}

/// In full so long that whoever is killed again is started at once: a supervisor waits before the next try of one that
/// keeps dying.
fn pause() -> Duration {
    Duration::from_secs(Tier::current().pick(3, 12))
}

fn players() -> u32 {
    Tier::current().pick(60, 1_000)
}

#[test]
fn no_socket_is_lost_when_game_dies_and_every_fate_is_known_and_true() {
    let run = Run {
        what: "game",
        players: players(),
        scenario: Scenario::Pay,
        up: &[],
        strikes: kills(),
        pause: pause(),
    };
    let (report, stack) = play(&run, kill(Role::Game));
    assert_eq!(report.comebacks.sockets_lost, 0);
    let expected = u64::from(run.players) * u64::from(run.strikes);
    assert!(expected <= report.comebacks.resets, "each is told each time: {:?}", report.comebacks);
    assert!(stack.stop().status.success());
}

#[test]
fn a_world_goes_on_when_game_dies_under_it() {
    let run = Run {
        what: "game, under a world",
        players: players(),
        scenario: Scenario::World,
        up: &[],
        strikes: kills(),
        pause: pause(),
    };
    let (report, stack) = play(&run, kill(Role::Game));
    assert_eq!(report.comebacks.sockets_lost, 0);
    assert!(stack.stop().status.success());
}

#[test]
fn whose_gateway_dies_resumes_on_another_and_misses_nothing() {
    let run = Run {
        what: "one of three gateways",
        players: players(),
        scenario: Scenario::Pay,
        up: &["--gateways", "3"],
        strikes: kills(),
        pause: pause(),
    };
    let (report, stack) = play(&run, kill(Role::Gateway));
    let back = &report.comebacks;
    assert!(0 < back.sockets_lost, "somebody was on it");
    assert!(back.sockets_lost * 999 <= back.resumes * 1_000, "99.9 % resume: {back:?}");
    assert!(stack.stop().status.success());
}

/// Plays a crowd whose way in dies again and again, and holds game to the memory that it had when all were in first.
fn crowd(run: &Run<'_>, mut strike: impl FnMut(&Stack)) -> (Report, Stack) {
    let mut before = 0;
    let (report, stack) = play(run, |stack, nth| {
        if nth == 0 {
            before = stack.resident_kib(Role::Game);
        }
        strike(stack);
        stack.until_all_are_in(run.players);
        let grown = stack.resident_kib(Role::Game).saturating_sub(before);
        println!("game has {grown} KiB more than before");
        assert!(grown < GROWTH_KIB_MAX, "{grown} KiB");
    });
    assert_eq!(report.errors.get("login_refused").copied().unwrap_or(0), 0, "{:?}", report.errors);
    (report, stack)
}

#[test]
fn a_crowd_that_comes_back_at_once_finds_its_sessions_and_disturbs_nobody_inside() {
    let run = Run {
        what: "one of two gateways, all return at once",
        players: Tier::current().pick(200, 2_000),
        scenario: Scenario::Small,
        up: &["--gateways", "2"],
        strikes: Tier::current().pick(2, 5),
        pause: pause(),
    };
    let (report, stack) = crowd(&run, |stack| stack.kill_and_wait(Role::Gateway));
    let back = &report.comebacks;
    assert!(back.sockets_lost * 999 <= back.resumes * 1_000, "99.9 % resume: {back:?}");
    assert_eq!(back.resets, 0);
    assert!(stack.stop().status.success());
}

#[test]
fn a_crowd_that_has_to_log_in_again_at_once_waits_its_turn_and_comes_in() {
    let run = Run {
        what: "game and gateway at once, all log in anew",
        players: Tier::current().pick(200, 2_000),
        scenario: Scenario::Small,
        // So that even a small crowd has to wait.
        up: &["--set", "game.logins_per_s_min=50", "--set", "game.logins_per_s_max=400"],
        strikes: Tier::current().pick(1, 3),
        pause: pause(),
    };
    let (report, stack) = crowd(&run, |stack| {
        let before = stack.log.count();
        stack.kill(Role::Game);
        stack.kill(Role::Gateway);
        for role in ["\"game\"", "\"gateway\""] {
            stack.log.wait_for(before, &["\"child.back\"", role]);
        }
    });
    let back = &report.comebacks;
    assert_eq!(back.sockets_lost, u64::from(run.players * run.strikes), "{back:?}");
    assert_eq!(back.resumes_refused.get("restarted").copied(), Some(back.sockets_lost), "{back:?}");
    assert!(stack.stop().status.success());
}

#[test]
fn while_dbfront_is_away_the_world_moves_and_what_is_of_value_waits() {
    let away = Duration::from_secs(Tier::current().pick(6, 60));
    let run = Run {
        what: "dbfront, stopped for long",
        players: Tier::current().pick(40, 200),
        scenario: Scenario::World,
        up: &[],
        strikes: 1,
        pause: away,
    };
    let (report, stack) = play(&run, |stack, _| {
        let pid = stack.pid(Role::Dbfront);
        signal(pid, Signal::STOP);
        let (told, durable) =
            (stack.figure(Role::Game, "cells_told"), stack.figure(Role::Game, "lsn_durable"));
        let (until, bound) = (now() + away, now() + away + BOUND);
        let (mut waits, mut moved) = (0, 0);
        // So long, and until there is both.
        while now() < until || (now() < bound && (waits == 0 || moved == 0)) {
            waits = waits.max(stack.figure(Role::Game, "release_bytes"));
            moved = stack.figure(Role::Game, "cells_told") - told;
        }
        println!("{moved} cells were told of meanwhile, up to {waits} bytes waited");
        assert!(0 < moved, "movement flows");
        assert_eq!(stack.figure(Role::Game, "lsn_durable"), durable, "nothing was saved");
        assert!(0 < waits, "answers of value wait");
        signal(pid, Signal::CONT);
    });
    assert_eq!(report.comebacks.sockets_lost, 0);
    assert!(stack.stop().status.success());
}

#[test]
fn dbfront_may_die_again_and_again_and_nobody_notices() {
    let run = Run {
        what: "dbfront",
        players: players(),
        scenario: Scenario::Pay,
        up: &[],
        strikes: kills(),
        pause: pause(),
    };
    let (report, stack) = play(&run, kill(Role::Dbfront));
    assert_eq!((report.comebacks.sockets_lost, report.comebacks.resets), (0, 0));
    assert!(stack.stop().status.success());
}

#[test]
fn with_many_players_stored_game_is_ready_again_at_once() {
    let stored = Tier::current().pick(500, 10_000);
    let stack = Stack::start(&["--set", "game.guests_per_address_per_hour=1000000"]);
    let mut options = Options::new(stack.listen.to_string());
    options.scenario = Scenario::Pay;
    options.players = stored;
    options.duration = Duration::from_secs(2);
    options.ramp = Duration::from_millis(u64::from(stored));
    options.rates.pay_per_s = 0.1;
    Bots::play(options).good();
    for _ in 0..3 {
        let before = stack.log.count();
        let killed = now();
        stack.kill(Role::Game);
        let (_, line) = stack.log.wait_for(before, &["\"child.back\"", "\"game\""]);
        println!("{stored} stored: ready {:?} after the kill; {line}", now().duration_since(killed));
        assert!(i64::from(stored) <= stack.figure(Role::Game, "accounts_loaded"));
    }
    assert!(stack.stop().status.success());
}

fn now() -> Instant {
    ding::clock::now()
}

/// Of world chat, everybody together.
const LINES_PER_S: f64 = 20.0;
/// Allocators keep what a storm needed once.
const GROWTH_KIB_MAX: u64 = 64 * 1024;
