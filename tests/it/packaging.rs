//! The units for systemd: read as strictly as systemd does, by systemd itself where it is, and held to the named
//! stops of the manual.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use clap::Parser;
use ding::{args::Cli, exit::Exit};

use crate::support::{read, root};

const SERVICES: [&str; 4] = ["ding", "ding-dbfront", "ding-game", "ding-gateway"];

/// Of each section, its keys and values.
type Unit = BTreeMap<String, BTreeMap<String, String>>;

fn parse(name: &str) -> Unit {
    let mut unit = Unit::new();
    let mut section = String::new();
    for line in read(&root().join("packaging/systemd").join(name)).lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(head) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            head.clone_into(&mut section);
            assert!(unit.insert(section.clone(), BTreeMap::new()).is_none(), "{name}: [{section}] twice");
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{name}: not a setting: {line}"));
        assert!(key.chars().all(|c| c.is_ascii_alphanumeric()), "{name}: {line}");
        let keys = unit.get_mut(&section).unwrap_or_else(|| panic!("{name}: outside a section: {line}"));
        assert!(keys.insert(key.to_owned(), value.to_owned()).is_none(), "{name}: {key} twice");
    }
    unit
}

fn services() -> impl Iterator<Item = (&'static str, Unit)> {
    SERVICES.into_iter().map(|name| (name, parse(&format!("{name}.service"))))
}

#[test]
fn every_unit_starts_a_command_that_there_is_as_a_user_who_may_little() {
    for (name, unit) in services() {
        let service = &unit["Service"];
        let command = Cli::try_parse_from(service["ExecStart"].split(' '));
        assert!(command.is_ok(), "{name}: {}", command.expect_err("checked"));
        for (key, value) in [
            ("Type", "exec"),
            ("User", "ding"),
            ("Restart", "on-failure"),
            ("KillSignal", "SIGTERM"),
            ("NoNewPrivileges", "yes"),
            ("ProtectSystem", "strict"),
            ("StateDirectoryMode", "0700"),
        ] {
            assert_eq!(service.get(key).map(String::as_str), Some(value), "{name}: {key}");
        }
        let files: u64 = service["LimitNOFILE"].parse().expect("a number");
        assert!(20_000 + 256 <= files, "{name}: fewer open files than players by default");
        assert!(unit["Unit"].contains_key("StartLimitBurst"), "{name}: some stops share a code with others");
    }
    let up = &parse("ding.service")["Service"];
    assert_eq!((up["KillMode"].as_str(), up["OOMPolicy"].as_str()), ("mixed", "continue"));
    let target = parse("ding.target");
    let wanted: BTreeSet<&str> = target["Unit"]["Wants"].split(' ').collect();
    assert_eq!(wanted, BTreeSet::from(["ding-dbfront.service", "ding-game.service", "ding-gateway.service"]));
}

/// Each named stop's column `again` in the manual.
fn named_stops() -> Vec<(String, String)> {
    let manual = read(&root().join("docs/OPERATING.md"));
    let section = manual.split("\n## Named stops\n").nth(1).expect("a section");
    let section = section.split("\n## ").next().expect("its text");
    let mut stops = Vec::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let names = cells[0].trim_start_matches("| ").split(", ");
        stops.extend(names.map(|name| (name.trim_matches('`').to_owned(), cells[2].trim().to_owned())));
    }
    assert!(30 < stops.len(), "{stops:?}");
    stops
}

#[test]
fn a_stop_that_no_restart_mends_is_not_restarted() {
    let mut again: BTreeMap<u8, BTreeSet<String>> = BTreeMap::new();
    let mut stays: BTreeMap<u8, BTreeSet<String>> = BTreeMap::new();
    for (name, word) in named_stops() {
        let code = Exit::of_stop(&name).code();
        if word.starts_with("no") {
            stays.entry(code).or_default().insert(name);
        } else if word == "again" || word == "once" {
            again.entry(code).or_default().insert(name);
        }
    }
    for (name, unit) in services() {
        let prevented: BTreeSet<u8> = unit["Service"]["RestartPreventExitStatus"]
            .split(' ')
            .map(|code| code.parse().expect("a code"))
            .collect();
        for (code, stops) in &stays {
            let only = !again.contains_key(code);
            assert!(!only || prevented.contains(code), "{name} would start again after {code}: {stops:?}");
        }
        for code in &prevented {
            // Its holder has gone by the time systemd starts the next; what is left is somebody else's claim.
            let restarted: Vec<_> =
                again.get(code).into_iter().flatten().filter(|stop| *stop != "WRITER_EXISTS").collect();
            assert!(restarted.is_empty(), "{name} would stay down after {code}: {restarted:?}");
        }
    }
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        // Not everybody who builds this has it; the tests above read the same files.
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let names = SERVICES.map(|name| format!("{name}.service"));
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--man=no"]);
    for name in names.iter().map(String::as_str).chain(["ding.target"]) {
        // It looks whether the program is there.
        let text = read(&root().join("packaging/systemd").join(name));
        let path = folder.path().join(name);
        std::fs::write(&path, text.replace("/usr/bin/ding", env!("CARGO_BIN_EXE_ding"))).expect("written");
        verify.arg(path);
    }
    let output = verify.output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("ding")).collect();
    assert!(output.status.success() && ours.is_empty(), "{said}");
}
