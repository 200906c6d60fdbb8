//! Events of the log are names that others rely on: each line has one, and the manual lists them all with their
//! levels and processes, and no others.

use std::collections::{BTreeMap, BTreeSet};

use super::{assert_none, rust};
use crate::support::{read, root};

/// Levels and processes by event.
type Events = BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>;

/// A folder, and whose log its lines are in.
const PROCESSES: &[(&str, &str)] = &[
    ("src/up", "up"),
    ("src/console.rs", "up"),
    ("src/grants", "game"),
    ("src/", "each"),
    ("admin/src", "console"),
    ("gateway/src", "gateway"),
    ("game/src", "game"),
    ("dbfront/src", "dbfront"),
];
const LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace"];

#[test]
fn the_manual_lists_every_event_of_the_log_and_no_other() {
    let (logged, listed) = (logged(), listed());
    assert!(40 < logged.len(), "{logged:?}");
    let show =
        |(event, about): (&String, &(BTreeSet<String>, BTreeSet<String>))| format!("{event} {about:?}");
    let missing: Vec<String> =
        logged.iter().filter(|(event, about)| listed.get(*event) != Some(about)).map(show).collect();
    let gone: Vec<String> =
        listed.iter().filter(|(event, _)| !logged.contains_key(*event)).map(show).collect();
    assert_none("events that docs/OPERATING.md does not list so", &missing);
    assert_none("events of docs/OPERATING.md that nobody logs", &gone);
}

#[test]
fn every_line_of_the_log_begins_with_its_event() {
    let mut findings = Vec::new();
    for source in rust() {
        if source.is_test() || !source.is_in(&["src/", "admin/src", "gateway/src", "game/src", "dbfront/src"])
        {
            continue;
        }
        let code = source.code();
        for level in LEVELS {
            for rest in code.split(&format!("tracing::{level}!(")).skip(1) {
                let name =
                    rest.trim_start().strip_prefix("event = \"").and_then(|rest| rest.split('"').next());
                let is_name = |name: &str| {
                    name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == '.') && name.len() <= 24
                };
                if !name.is_some_and(is_name) {
                    let line = rest.lines().next().unwrap_or_default();
                    findings.push(format!("{}: tracing::{level}!({line}", source.path));
                }
            }
        }
    }
    assert_none("lines of the log without an event of small letters first", &findings);
}

fn logged() -> Events {
    let mut events = Events::new();
    for source in rust() {
        let process = PROCESSES.iter().find(|(folder, _)| source.path.starts_with(folder));
        let Some((_, process)) = process.filter(|_| !source.is_test()) else { continue };
        let code = source.code();
        for level in LEVELS {
            for rest in code.split(&format!("tracing::{level}!(")).skip(1) {
                let Some(rest) = rest.trim_start().strip_prefix("event = \"") else { continue };
                let event = rest.split('"').next().unwrap_or_default().to_owned();
                let (levels, processes) = events.entry(event).or_default();
                levels.insert((*level).to_owned());
                processes.insert((*process).to_owned());
            }
        }
    }
    events
}

fn listed() -> Events {
    let manual = read(&root().join("docs/OPERATING.md"));
    let section = manual.split("\n### Events\n").nth(1).expect("a section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut events = Events::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let words = |cell: &str| cell.split(", ").map(str::to_owned).collect();
        let [event, levels, processes, about] = cells.as_slice() else { panic!("not a row: {row}") };
        assert!(!about.is_empty(), "{row}");
        let before = events.insert(event.trim_matches('`').to_owned(), (words(levels), words(processes)));
        assert!(before.is_none(), "{event} twice");
    }
    events
}
