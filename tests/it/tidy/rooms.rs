//! docs/ROOMS.md has every name under which a room is closed, and the numbers that the code has.

use std::collections::BTreeSet;

use super::{assert_none, rust};
use crate::support::{read, root};

fn section(name: &str) -> String {
    let page = read(&root().join("docs/ROOMS.md"));
    let section = page.split(&format!("\n## {name}\n")).nth(1).expect("a section");
    section.split("\n## ").next().unwrap_or_default().to_owned()
}

#[test]
fn every_name_under_which_a_room_is_closed_is_described() {
    let mut names = BTreeSet::from(
        ["finished", "abandoned", "room_failed", "restarted", "closed_by_staff", "kicked"].map(str::to_owned),
    );
    for source in rust() {
        if source.is_test() || !source.is_in(&["game/src"]) {
            continue;
        }
        let code = source.code();
        let quoted = code.split('"').skip(1).step_by(2);
        let is_name = |text: &&str| {
            text.strip_prefix("ROOM_").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_uppercase()))
        };
        names.extend(quoted.filter(is_name).map(str::to_owned));
    }
    assert!(names.len() >= 14, "{names:?}");
    let text = section("Names under which a room is closed");
    let lost: Vec<String> = names.into_iter().filter(|name| !text.contains(&format!("`{name}`"))).collect();
    assert_none("names not in docs/ROOMS.md", &lost);
}

#[test]
fn every_way_in_which_a_replay_can_differ_is_described() {
    let text = section("Replays");
    let code = read(&root().join("game/src/replay.rs"));
    let body = code.split("pub fn code(&self)").nth(1).expect("the function").split("\n    }\n").next();
    let names = body.unwrap_or_default().split("=> \"").skip(1).filter_map(|rest| rest.split('"').next());
    let names: Vec<&str> = names.collect();
    assert!(names.len() >= 9, "{names:?}");
    let lost: Vec<String> = names
        .iter()
        .filter(|name| !text.contains(&format!("| `{name}` |")))
        .map(ToString::to_string)
        .collect();
    assert_none("names not in docs/ROOMS.md", &lost);
}

/// The number that a constant or a field has, where it is written as a product of numbers, or as a time.
fn number(code: &str, name: &str) -> Option<u64> {
    let is_its = |line: &&str| {
        let line = line.trim();
        line.contains(&format!("const {name}:"))
            || line.starts_with(&format!("{name}: ")) && line.ends_with(',')
    };
    let value = |line: &str| {
        let value = line.rsplit_once(" = ").or_else(|| line.split_once(": ")).map(|(_, value)| value)?;
        let value = value.trim_end_matches([';', ',']);
        let value = value.rsplit_once('(').map_or(value, |(_, inner)| inner).trim_end_matches(')');
        value.split(" * ").map(|part| part.trim().replace('_', "").parse::<u64>().ok()).product()
    };
    code.lines().filter(is_its).find_map(value)
}

#[test]
fn every_limit_has_the_number_of_the_code() {
    let (mut findings, mut seen) = (Vec::new(), 0);
    for row in section("Limits").lines().filter(|row| row.starts_with("| ") && row.contains("src/")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let place: Vec<&str> = cells[3].split('`').skip(1).step_by(2).collect();
        let there = number(&read(&root().join(place[0])), place[1]);
        if there != cells[1].replace(',', "").parse().ok() {
            findings.push(format!("{}: {there:?} in the code, {} here", place[1], cells[1]));
        }
        seen += 1;
    }
    assert!(seen > 15, "the table is found: {seen} rows");
    assert_none("docs/ROOMS.md", &findings);
}
