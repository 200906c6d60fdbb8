//! docs/PROMISES.md never names a test that is not there.

use super::{assert_none, faults::is_test, rust};
use crate::support::{read, root};

#[test]
fn every_promise_names_tests_that_are_there() {
    let sources = rust();
    let text = read(&root().join("docs/PROMISES.md"));
    let (mut findings, mut promises) = (Vec::new(), 0);
    for line in text.lines().filter(|line| line.starts_with("| ") && line.contains("::")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 3, "three columns: {line}");
        let tests = cells[1].split('`').skip(1).step_by(2);
        let absent = tests.filter(|test| !is_test(&sources, test));
        findings.extend(absent.map(|test| format!("{}: there is no test {test}", cells[0])));
        promises += 1;
    }
    assert!(promises > 15, "the table is found: {promises} rows");
    assert_none("docs/PROMISES.md", &findings);
}
