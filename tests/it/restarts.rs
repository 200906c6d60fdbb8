//! `ding restart` under real players: processes and their program are replaced, and nobody loses anything by it.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use bot::{Options, Scenario, report::ComebackFigures};

use crate::support::{
    Tier,
    bots::Bots,
    stack::{Role, Seat, Stack, ding, run},
    within_bound,
};

/// What `ding restart` printed, and its exit code.
fn restart(stack: &Stack, what: &str) -> (String, Option<i32>) {
    said(&run(&["restart", what, "--data", stack.data().to_str().expect("UTF-8")]))
}

fn said(output: &Output) -> (String, Option<i32>) {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (String::from_utf8_lossy(&text).into_owned(), output.status.code())
}

fn pids(stack: &Stack, gateways: u8) -> Vec<u32> {
    Seat::all(gateways).into_iter().map(|seat| stack.pid(seat)).collect()
}

/// Players who go on whatever happens, through the restart of these, one after the other.
fn play_through(what: &str, gateways: u8) -> ComebackFigures {
    let gateways = gateways.to_string();
    let stack = Stack::start(&["--gateways", &gateways, "--set", "game.guests_per_address_per_hour=1000000"]);
    let mut options = Options::new(stack.listen.to_string());
    options.scenario = Scenario::Small;
    options.players = players();
    // World chat is heard by all: more a second than this, and nobody resumes within what a session keeps.
    options.rates.chat_per_s = options.rates.chat_per_s.min(20.0 / f64::from(players()));
    options.reconnect = true;
    let playing = Bots::play_until_enough(options);
    playing.on(Duration::from_secs(Tier::current().pick(2, 8)));
    stack.until_all_are_in(players());
    let (text, code) = restart(&stack, what);
    println!("{text}");
    assert_eq!(code, Some(0), "{what}: {text}\n{}", stack.log.text());
    let report = playing.good();
    assert_eq!(stack.status()["ready"], true);
    let ended = stack.stop();
    assert_eq!(ended.status.code(), Some(0), "{}", ended.log);
    assert!(!ended.log.contains("child.kill"), "{}", ended.log);
    let figures = report.comebacks;
    println!("{what} replaced under {} players: {figures:?}", players());
    assert_eq!((figures.packets_missing, figures.packets_doubled), (0, 0), "{figures:?}");
    assert_eq!(figures.resumes_refused.len(), 0, "{figures:?}");
    figures
}

fn players() -> u32 {
    Tier::current().pick(50, 1_000)
}

#[test]
fn players_do_not_notice_that_dbfront_is_replaced() {
    let figures = play_through("dbfront", 1);
    assert_eq!((figures.sockets_lost, figures.resets, figures.resumes), (0, 0, 0), "{figures:?}");
}

#[test]
fn players_keep_their_connections_while_game_is_replaced() {
    let figures = play_through("game", 1);
    assert_eq!((figures.sockets_lost, figures.resets), (0, players().into()), "{figures:?}");
}

#[test]
fn players_go_over_to_another_gateway_while_each_is_replaced() {
    let figures = play_through("gateway", 2);
    assert_eq!(figures.resets, 0, "{figures:?}");
    let all = u64::from(players());
    assert!(all <= figures.moves && all <= figures.resumes, "{figures:?}");
}

#[test]
fn players_play_on_while_everything_is_replaced_in_the_order_of_an_upgrade() {
    let figures = play_through("all", 1);
    let all = u64::from(players());
    assert_eq!(figures.resets, all, "once, with game: {figures:?}");
    assert!(all <= figures.moves && all <= figures.resumes, "{figures:?}");
}

#[test]
fn an_upgrade_replaces_every_process_and_says_so() {
    let stack = Stack::start(&["--gateways", "2"]);
    let before = pids(&stack, 2);
    let (text, code) = restart(&stack, "all");
    assert_eq!(code, Some(0), "{text}\n{}", stack.log.text());
    let after = pids(&stack, 2);
    for (old, new) in before.iter().zip(&after) {
        assert_ne!(old, new);
        assert!(text.contains(&format!("process {old} by {new}")), "{text}");
    }
    assert!(text.contains("pause") && text.contains(" ms"), "{text}");
    let (text, code) = restart(&stack, "gateway-2");
    assert_eq!(code, Some(0), "{text}");
    let last = pids(&stack, 2);
    assert_eq!(last[..3], after[..3]);
    assert_ne!(last[3], after[3]);
    let run = fs::read_dir(stack.data().join("run")).expect("a folder").flatten();
    let left: Vec<_> = run.map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".leaving")), "{left:?}");
    assert_eq!(stack.status()["ready"], true);
    // A replaced process is watched like the one before it.
    stack.kill_and_wait(Role::Game);
    stack.kill_and_wait(Role::Gateway);
    assert_eq!(stack.stop().status.code(), Some(0));
}

/// The program in a place where it can be exchanged.
struct Program {
    folder: tempfile::TempDir,
}

impl Program {
    fn new() -> Self {
        let program = Self { folder: tempfile::tempdir().expect("a folder") };
        program.install();
        program
    }

    fn place(&self) -> PathBuf {
        self.folder.path().join("ding")
    }

    /// The real one.
    fn install(&self) {
        let real = Path::new(env!("CARGO_BIN_EXE_ding"));
        let next = self.folder.path().join("next");
        if fs::hard_link(real, &next).is_err() {
            fs::copy(real, &next).expect("copied");
        }
        fs::rename(next, self.place()).expect("in its place");
    }

    /// A script in its place.
    fn exchange(&self, script: &str) {
        let next = self.folder.path().join("next");
        fs::write(&next, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&next, fs::Permissions::from_mode(0o700)).expect("set");
        fs::rename(next, self.place()).expect("in its place");
    }

    fn start(&self, data: &Path) -> Stack {
        Stack::start_program(&self.place(), data, &[], &[], Stdio::piped())
    }
}

#[test]
fn a_program_or_settings_that_would_not_start_replace_nobody() {
    let program = Program::new();
    let data = program.folder.path().join("d");
    let stack = program.start(&data);
    let before = pids(&stack, 1);
    for (script, why) in [("exit 3", "exit status: 3"), ("echo other 1.0", "is not ding")] {
        program.exchange(script);
        let (text, code) = restart(&stack, "all");
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("RESTART_FAILED") && text.contains(why), "{text}");
    }
    fs::remove_file(program.place()).expect("there");
    let (text, code) = restart(&stack, "game");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("cannot be started"), "{text}");

    program.install();
    fs::write(data.join("ding.toml"), "[game]\nno_such_key = 1\n").expect("written");
    for what in ["dbfront", "game", "gateway"] {
        let (text, code) = restart(&stack, what);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("CONFIG") && text.contains("no_such_key"), "{text}");
    }
    assert_eq!(pids(&stack, 1), before);
    assert_eq!(stack.status()["ready"], true);
    fs::remove_file(data.join("ding.toml")).expect("there");
    let (text, code) = restart(&stack, "game");
    assert_eq!(code, Some(0), "{text}");
    assert_ne!(pids(&stack, 1)[1], before[1]);
    assert_eq!(stack.stop().status.code(), Some(0));
}

#[test]
fn one_restart_at_a_time_and_none_without_a_ding_up() {
    let program = Program::new();
    let data = program.folder.path().join("d");
    let none = run(&["restart", "game", "--data", data.to_str().expect("UTF-8")]);
    let (text, code) = said(&none);
    assert_eq!(code, Some(69), "{text}");
    assert!(text.contains("UP_NOT_RUNNING"), "{text}");

    let stack = program.start(&data);
    // Asked for its version, it says nothing until somebody is at the other end of a pipe.
    let pipe = program.folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("it runs");
    assert!(made.success());
    let real = env!("CARGO_BIN_EXE_ding");
    let asked = format!("if [ \"$1\" = --version ]; then read line < {}; fi", pipe.display());
    program.exchange(&format!("{asked}\nexec {real} \"$@\""));
    let mut first = ding(&["restart", "dbfront", "--data", data.to_str().expect("UTF-8")]);
    let first = first.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    stack.log.wait_for(0, &["\"restart.begin\""]);
    let (text, code) = restart(&stack, "game");
    assert_eq!(code, Some(75), "{text}");
    assert!(text.contains("RESTART_UNDER_WAY"), "{text}");
    within_bound("the program reads", move || fs::write(pipe, "go\n").expect("read"));
    let output = within_bound("the restart ends", move || first.wait_with_output().expect("it ends"));
    let (text, code) = said(&output);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(restart(&stack, "nobody").1, Some(2));
    program.install();
    assert_eq!(stack.stop().status.code(), Some(0));
}
