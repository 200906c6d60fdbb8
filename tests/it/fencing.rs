//! Two games or two dbfronts by mistake, and processes that stand still: one writes, whoever lost its place ends under
//! a name, and what players were answered stays true.

use std::{path::Path, time::Duration};

use bot::{Options, Report, Scenario};
use lab::checker::audit;
use rustix::process::Signal;

use crate::support::{
    Tier,
    alone::Alone,
    bots::Bots,
    stack::{Role, Stack, run, signal},
};

/// Bots that pay each other and come back whenever they have to, while something is done.
fn play(stack: &Stack, meanwhile: impl FnOnce(&Bots)) -> Report {
    let mut options = Options::new(stack.listen.to_string());
    options.scenario = Scenario::Pay;
    options.players = PLAYERS;
    options.reconnect = true;
    // As long as anything stands still, and then some.
    (options.answer_limit, options.reconnect_limit) = (BOTS_PATIENCE, BOTS_PATIENCE);
    let bots = Bots::play_until_enough(options);
    meanwhile(&bots);
    bots.right()
}

/// I8: no record of an epoch after one of a later epoch. Returns the epochs.
fn epochs(data: &Path) -> Vec<u64> {
    let dump = run(&["journal", "dump", "--data", data.to_str().expect("UTF-8")]);
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    let lines = String::from_utf8(dump.stdout).expect("UTF-8");
    let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let records = lines.filter(|line| line["type"] == "record");
    let of =
        |line: serde_json::Value| line["epoch"].as_str().and_then(|text| text.parse().ok()).expect("one");
    let mut epochs: Vec<u64> = records.map(of).collect();
    assert!(epochs.is_sorted(), "an older epoch writes after a later one");
    epochs.dedup();
    epochs
}

fn audit(data: &Path) {
    let audit = audit::audit(&data.join("game.db")).expect("tables");
    assert!(audit.is_clean(), "{audit}");
}

#[test]
fn of_two_games_one_writes_and_a_takeover_ends_the_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, other) = (folder.path().join("d"), folder.path().join("e"));
    let stack = Stack::start_in(&data, &[]);
    let path = data.to_str().expect("UTF-8");
    let metrics = ["--set", "metrics.game=off"];
    let beside = run(&[&["game", "--data", path], &metrics[..]].concat());
    assert_eq!(beside.status.code(), Some(75), "the folder is taken");
    assert!(String::from_utf8_lossy(&beside.stderr).contains("ROLE_RUNNING"));
    let link = format!("game.dbfront_link={}", data.join("run/dbfront.link").display());
    let elsewhere = ["game", "--data", other.to_str().expect("UTF-8"), "--set", &link];
    let elsewhere = run(&[&elsewhere[..], &metrics[..]].concat());
    assert_eq!(elsewhere.status.code(), Some(75), "the writer is alive");
    assert!(String::from_utf8_lossy(&elsewhere.stderr).contains("WRITER_EXISTS"));

    let mut second = None;
    let report = play(&stack, |bots| {
        bots.on(Duration::from_secs(1));
        let before = stack.log.count();
        let taking = Alone::start(&[&["game", "--data", path, "--takeover"], &metrics[..]].concat());
        stack.log.wait_for(before, &["\"child.down\"", "FENCED"]);
        taking.log.wait_for(0, &["\"ready\""]);
        second = Some(taking);
    });
    assert!(0 < report.players_done);
    second.expect("it was started").stop();
    let _ = stack.stop();
    assert_eq!(epochs(&data), [1, 2]);
    audit(&data);
}

#[test]
fn a_game_that_stood_still_while_another_took_over_ends_within_a_second_of_going_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let stack = Stack::start_in(&data, &[]);
    let stood = Tier::current().pick(Duration::from_secs(5), Duration::from_secs(60));
    let mut second = None;
    play(&stack, |bots| {
        bots.on(Duration::from_secs(1));
        let (before, first) = (stack.log.count(), stack.pid(Role::Game));
        signal(first, Signal::STOP);
        let path = data.to_str().expect("UTF-8");
        let taking = Alone::start(&["game", "--data", path, "--takeover", "--set", "metrics.game=off"]);
        taking.log.wait_for(0, &["\"ready\""]);
        bots.on(stood);
        let up = stack.log.count();
        signal(first, Signal::CONT);
        stack.log.wait_for(up, &["\"child.down\"", "FENCED"]);
        // Whoever went on has not taken the other's door with it.
        stack.log.wait_for(before, &["\"gateway\"", "\"link.up\"", "\"epoch\":2"]);
        second = Some(taking);
    });
    second.expect("it was started").stop();
    let _ = stack.stop();
    assert_eq!(epochs(&data), [1, 2]);
    audit(&data);
}

#[test]
fn each_process_may_stand_still_for_a_while_and_go_on() {
    let stood = Tier::current().pick(Duration::from_secs(5), Duration::from_secs(60));
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let stack = Stack::start_in(&data, &[]);
    let pids = Role::START_ORDER.map(|role| stack.pid(role));
    play(&stack, |bots| {
        // All of them are in.
        bots.on(Duration::from_secs(4));
        for pid in pids {
            bots.on(Duration::from_secs(1));
            signal(pid, Signal::STOP);
            bots.on(stood);
            signal(pid, Signal::CONT);
            bots.on(Duration::from_secs(1));
        }
    });
    assert_eq!(Role::START_ORDER.map(|role| stack.pid(role)), pids, "nobody ended");
    assert!(stack.stop().status.success());
    assert_eq!(epochs(&data), [1], "the writer stayed the writer");
    audit(&data);
}

/// Bots of a run.
const PLAYERS: u32 = 20;
/// They come in, come back, drain and check.
const BOTS_PATIENCE: Duration = Duration::from_secs(120);
