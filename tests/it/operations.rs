//! What a day of operation brings: a stop under load, a log that nobody takes, memory that is refused, clocks that
//! jump. Nothing that was answered is lost, and the next start is one like any other.

use std::{path::PathBuf, process::Stdio, time::Duration};

use lab::needs::{Need, are_met};
use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::support::{
    Tier,
    bots::{Bots, judge},
    raw::Raw,
    read,
    stack::{Role, Stack},
};

#[test]
fn a_stop_under_load_loses_nothing_and_takes_no_longer_than_promised() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, log) = (folder.path().join("d"), folder.path().join("told.jsonl"));
    let (tier, mut stack) = (Tier::current(), Stack::start_in(&data, &[]));
    let listen = stack.listen.to_string();
    let rounds = tier.pick(2, 10);
    let each = Duration::from_secs(tier.pick(3, 5));
    let bots = Bots::start_until_enough(stack.listen, 40, log.clone());
    for _ in 0..rounds {
        let mut told = Raw::connect(stack.listen);
        told.guest();
        bots.on(each);
        let began = ding::clock::now();
        let ended = stack.stop();
        let took = ding::clock::now().saturating_duration_since(began);
        assert_eq!(ended.status.code(), Some(0), "{}", ended.log);
        println!("stopped in {took:?}");
        assert!(took < Duration::from_secs(10), "{took:?}");
        assert_ne!(told.close_name(), "eof", "everybody is told");
        stack = Stack::start_in(&data, &["--listen", &listen]);
    }
    bots.good();
    assert!(stack.stop().status.success());
    judge(&data.join("game.db"), &[log]);
}

#[test]
fn a_log_that_nobody_reads_or_that_finds_no_space_changes_nothing() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    for log in [Stdio::from(writer), Stdio::from(full)] {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, told) = (folder.path().join("d"), folder.path().join("told.jsonl"));
        let stack = Stack::start_logging(&data, &["--set", "log.level=debug"], &[], log);
        let bots = Bots::start_until_enough(stack.listen, 20, told.clone());
        for role in Role::STOP_ORDER {
            bots.on(Duration::from_secs(1));
            // Whoever starts it again has something to say about it.
            stack.kill(role);
        }
        bots.good();
        assert!(stack.stop().status.success());
        judge(&data.join("game.db"), &[told]);
    }
}

#[test]
fn a_process_that_gets_no_more_memory_ends_or_refuses_and_nothing_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, log) = (folder.path().join("d"), folder.path().join("told.jsonl"));
    let stack = Stack::start_in(&data, &[]);
    let each = Duration::from_secs(Tier::current().pick(3, 10));
    let bots = Bots::start_until_enough(stack.listen, 30, log.clone());
    for role in Role::STOP_ORDER {
        bots.on(each);
        let pid = stack.pid(role);
        let status = read(std::path::Path::new(&format!("/proc/{pid}/status")));
        let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).expect("a size");
        let kib: u64 = size.trim().trim_end_matches(" kB").parse().expect("a number");
        let limit = Rlimit { current: Some(kib * 1024), maximum: None };
        let process = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id");
        prlimit(Some(process), Resource::As, limit).expect("ours");
        // Somebody new, for whom there is no memory: in or not, but never wrong.
        let crowd: Vec<Raw> = (0..200).map(|_| Raw::connect(stack.listen)).collect();
        bots.on(Duration::from_secs(1));
        drop(crowd);
        // The next one has no such limit.
        stack.kill(role);
        println!("{}: no more than {kib} KiB", role.name());
    }
    bots.good();
    assert!(stack.stop().status.success());
    judge(&data.join("game.db"), &[log]);
}

/// The library that moves the clock of a program.
fn faketime() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.flatten();
    folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1")).find(|path| path.exists())
}

#[test]
fn a_wall_clock_that_jumps_or_began_in_1970_moves_no_deadline_and_no_gold() {
    if !are_met(&[Need::Program("faketime", "faketime")]) {
        return;
    }
    let library = faketime().expect("it comes with the program");
    let folder = tempfile::tempdir().expect("a folder");
    let (data, now) = (folder.path().join("d"), folder.path().join("now"));
    let set = |what: &str| std::fs::write(&now, format!("{what}\n")).expect("written");
    let variables = [
        ("LD_PRELOAD", library.as_path()),
        ("FAKETIME_TIMESTAMP_FILE", now.as_path()),
        ("FAKETIME_NO_CACHE", std::path::Path::new("1")),
        ("FAKETIME_DONT_FAKE_MONOTONIC", std::path::Path::new("1")),
    ];
    let each = Duration::from_secs(Tier::current().pick(3, 20));
    let mut logs = Vec::new();
    // While it runs; then a machine without a clock of its own, which comes to its time later.
    for (round, jumps) in [["+0", "-1h", "+1d"], ["@1970-01-01 00:00:10", "+0", "-1h"]].iter().enumerate() {
        set(jumps[0]);
        let stack = Stack::start_logging(&data, &[], &variables, Stdio::piped());
        let log = folder.path().join(format!("told{round}.jsonl"));
        let bots = Bots::start_until_enough(stack.listen, 20, log.clone());
        for jump in jumps {
            set(jump);
            bots.on(each);
        }
        let report = bots.good();
        assert_eq!(report.reconnects, 0, "nobody was thrown out");
        let ended = stack.stop();
        assert_eq!(ended.status.code(), Some(0), "{}", ended.log);
        assert!(round == 0 || ended.log.contains("\"1970-01-01T"), "the clock was moved: {}", ended.log);
        logs.push(log);
    }
    judge(&data.join("game.db"), &logs);
}
