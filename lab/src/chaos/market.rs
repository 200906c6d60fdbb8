//! A kill test of a market, told in a paragraph: what the players did, what they were told, what the tables show.

use std::{collections::BTreeMap, fmt};

use crate::checker::audit::Told;

/// What players were told, by what they did.
pub(super) struct Deeds<'a>(pub(super) &'a [Told]);

impl fmt::Display for Deeds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut deeds: BTreeMap<&str, Vec<&Told>> = BTreeMap::new();
        for told in self.0 {
            deeds.entry(&told.deed).or_default().push(told);
        }
        let deeds: Vec<_> = deeds.into_iter().map(|(deed, told)| format!("{deed} {}", one(&told))).collect();
        f.write_str(&deeds.join("; "))
    }
}

fn one(told: &[&Told]) -> String {
    let mut parts = Vec::new();
    for (outcome, words) in WORDS {
        let lines = || told.iter().filter(|told| told.outcome == *outcome);
        let count: u64 = lines().map(|told| told.count).sum();
        let codes: Vec<_> = lines()
            .filter(|told| !told.code.is_empty())
            .map(|told| format!("{} {}", told.code, told.count))
            .collect();
        match (count, codes.is_empty()) {
            (0, _) => {}
            (_, true) => parts.push(format!("{count} {words}")),
            (_, false) => parts.push(format!("{count} {words} ({})", codes.join(", "))),
        }
    }
    parts.join(", ")
}

/// Outcomes of the log, and how people say them.
const WORDS: &[(&str, &str)] = &[
    ("ok", "OK"),
    ("happened", "told done"),
    ("did_not", "told not done"),
    ("unknown", "unknown"),
    ("rejected", "refused"),
    ("retry_later", "retry later"),
];
