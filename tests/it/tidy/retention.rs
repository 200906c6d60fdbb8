//! Every table is on the list of what bounds it, each bound has a test that is there, and the documents show the list.

use proto::{
    retention::{Bound, RETENTION},
    tables::Table,
};

use super::{assert_none, faults::is_test, rust};
use crate::support::{read, root};

#[test]
fn every_table_says_what_bounds_it_and_which_test_holds_that() {
    let sources = rust();
    let mut findings = Vec::new();
    for table in Table::ALL {
        let lines: Vec<_> = RETENTION.iter().filter(|line| line.table == *table).collect();
        let [line] = lines.as_slice() else {
            findings.push(format!("{} has {} lines", table.def().name, lines.len()));
            continue;
        };
        if !is_test(&sources, line.test) {
            findings.push(format!("{}: there is no test {}", table.def().name, line.test));
        }
    }
    assert_none("proto/src/retention.rs", &findings);
}

#[test]
fn the_list_is_in_the_documents_with_each_bound_and_setting() {
    let text = read(&root().join("docs/OPERATING.md"));
    let section = text.split("\n## What grows\n").nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut findings = Vec::new();
    for line in RETENTION {
        let name = line.table.def().name;
        let row = section.lines().find(|row| row.starts_with(&format!("| `{name}` |"))).unwrap_or_default();
        let setting = line.days.map_or_else(String::new, |days| format!("`{days}`"));
        if !row.contains(&format!("| {} |", line.bound)) || !row.contains(&setting) {
            findings.push(format!("{name}: {}, {setting}, and not: {row}", line.bound));
        }
        if let (Bound::Ever { .. }, Some(days)) = (line.bound, line.days) {
            findings.push(format!("{name} is for ever and for {days}"));
        }
    }
    assert_none("docs/OPERATING.md, what grows", &findings);
}
