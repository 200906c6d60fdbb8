//! A chain of lines, and every way to tamper with it but cutting off its end.

use std::net::Ipv4Addr;

use serde_json::json;

use super::*;

fn deed(target: &str) -> Deed {
    Deed {
        at_ms: 1_700_000_000_000,
        by: "anna".to_owned(),
        address: Ipv4Addr::LOCALHOST.into(),
        role: Role::Operator,
        action: "player.ban",
        target: target.to_owned(),
        reason: "spam\n{\"n\":9}".to_owned(),
        before: Value::Null,
        after: json!({ "banned_until_ms": "for_ever" }),
        outcome: "ok".to_owned(),
    }
}

fn chain(count: usize) -> Vec<String> {
    let mut chain = Chain::default();
    (0..count)
        .map(|n| {
            let (line, next) = chain.line(deed(&n.to_string()));
            chain = next;
            line
        })
        .collect()
}

fn holds(lines: &[String]) -> bool {
    let mut chain = Chain::default();
    lines.iter().all(|line| chain.follow(line))
}

#[test]
fn lines_are_one_line_each_and_make_a_chain() {
    let lines = chain(5);
    assert!(holds(&lines) && lines.iter().all(|line| !line.contains('\n')));
    let last = parse(&lines[4]).expect("a line");
    assert_eq!((last.n, last.target.as_str(), last.reason.as_str()), (5, "4", "spam\n{\"n\":9}"));
}

#[test]
fn whoever_changes_a_line_takes_one_out_or_swaps_two_breaks_it() {
    let lines = chain(6);
    for at in 0..5 {
        let mut changed = lines.clone();
        changed[at] = changed[at].replace("anna", "bert");
        assert!(!holds(&changed), "changed {at}");
        let mut without = lines.clone();
        without.remove(at);
        assert!(!holds(&without), "without {at}");
        let mut swapped = lines.clone();
        swapped.swap(at, at + 1);
        assert!(!holds(&swapped), "swapped {at}");
    }
}

#[test]
fn what_is_too_long_is_cut_and_the_chain_holds() {
    let long = Deed {
        reason: "ä".repeat(1_000),
        before: Value::String("x".repeat(VALUE_BYTES_MAX)),
        ..deed(&"y".repeat(1_000))
    };
    let (text, mut after) = Chain::default().line(long);
    assert!(text.len() < LINE_BYTES_MAX);
    let line = parse(&text).expect("a line");
    assert_eq!((line.reason.len(), line.before), (TEXT_BYTES_MAX, json!("too long")));
    assert!(after.follow(&after.clone().line(deed("7")).0));
}
