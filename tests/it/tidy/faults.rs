//! docs/FAULTS.md never promises a test that is not there, and no fault is forgotten: each has a row or stands here.

use std::collections::BTreeSet;

use super::{Source, assert_none, rust};
use crate::support::{read, root};

/// Not yet tested, or not as often as it should be. Whoever tests one takes it out and writes its row.
const NOT_YET: &[(&str, &str)] = &[];
const LAST: u32 = 83;
/// Tests of a crate may stand in the files of another place: the package `ding` is the top.
const CRATES: &[(&str, &str)] = &[
    ("ding", ""),
    ("proto", "proto/"),
    ("gateway", "gateway/"),
    ("game", "game/"),
    ("dbfront", "dbfront/"),
    ("admin", "admin/"),
    ("client", "client/"),
    ("bot", "bot/"),
    ("lab", "lab/"),
];

struct Row {
    fault: String,
    tests: Vec<String>,
}

fn rows() -> Vec<Row> {
    let text = read(&root().join("docs/FAULTS.md"));
    let lines = text.lines().filter(|line| line.starts_with("| F"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            assert_eq!(cells.len(), 6, "six columns: {line}");
            assert!(cells.iter().all(|cell| !cell.is_empty()), "an empty cell: {line}");
            let tests = cells[3].split('`').skip(1).step_by(2).map(str::to_owned).collect();
            Row { fault: cells[0].to_owned(), tests }
        })
        .collect()
}

/// Whether a file of that crate and module has this test.
pub(super) fn is_test(sources: &[Source], name: &str) -> bool {
    let parts: Vec<&str> = name.split("::").collect();
    let [first, modules @ .., function] = parts.as_slice() else { return false };
    let Some((_, folder)) = CRATES.iter().find(|(name, _)| name == first) else { return false };
    let starts = format!("fn {function}(");
    sources.iter().any(|source| {
        let stem = source.path.trim_end_matches(".rs");
        let mut places = stem.strip_prefix(folder).into_iter().flat_map(|rest| rest.split('/'));
        modules.iter().all(|module| places.any(|place| place == *module))
            && source.text.match_indices(&starts).any(|(at, _)| {
                let before = source.text[..at].trim_end_matches("async ").trim_end();
                before
                    .lines()
                    .rev()
                    .take_while(|line| line.trim_start().starts_with("#["))
                    .any(|line| line.contains("test"))
            })
    })
}

#[test]
fn every_fault_has_a_row_whose_tests_are_there_or_stands_on_the_list() {
    let sources = rust();
    let (mut findings, mut seen) = (Vec::new(), BTreeSet::new());
    for row in rows() {
        if row.tests.is_empty() {
            findings.push(format!("{} names no test", row.fault));
        }
        for test in row.tests.iter().filter(|test| !is_test(&sources, test)) {
            findings.push(format!("{}: there is no test {test}", row.fault));
        }
        if !seen.insert(row.fault.clone()) {
            findings.push(format!("{} has two rows", row.fault));
        }
    }
    for (fault, _) in NOT_YET {
        if !seen.insert((*fault).to_owned()) {
            findings.push(format!("{fault} is on the list twice, or has a row"));
        }
    }
    let all: BTreeSet<String> = (1..=LAST).map(|n| format!("F{n:02}")).collect();
    findings.extend(all.difference(&seen).map(|fault| format!("{fault} is nowhere")));
    findings.extend(seen.difference(&all).map(|fault| format!("{fault} is no fault")));
    assert_none("docs/FAULTS.md", &findings);
}

#[test]
fn a_test_that_is_not_there_is_not_found() {
    let sources = rust();
    let here = "ding::it::tidy::faults::a_test_that_is_not_there_is_not_found";
    assert!(is_test(&sources, here));
    for wrong in [
        "ding::it::tidy::faults::is_test",
        "ding::it::attacks::a_test_that_is_not_there_is_not_found",
        "dbfront::it::tidy::faults::a_test_that_is_not_there_is_not_found",
        "nobody::it::tidy::faults::a_test_that_is_not_there_is_not_found",
        "a_test_that_is_not_there_is_not_found",
    ] {
        assert!(!is_test(&sources, wrong), "{wrong}");
    }
}
