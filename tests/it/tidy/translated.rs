//! What the program says of itself in English and the console shows is there in the console's other language too, and is a
//! translation of the English as it is now.

use std::collections::BTreeMap;

use ding::{roles::default_toml, settings::held};
use lab::checker::audit;

use super::assert_none;
use crate::support::{read, root};

#[test]
fn every_setting_is_explained_in_chinese_and_as_its_english_is_now() {
    let known =
        held::known(&default_toml()).into_iter().map(|setting| (setting.key, setting.about)).collect();
    compare("admin/web/src/text/settings.ts", "setting", &known);
}

#[test]
fn every_rule_about_gold_and_things_is_told_in_chinese_and_as_its_english_is_now() {
    let known = audit::rules().map(|rule| (rule.name.to_owned(), rule.says.to_owned())).collect();
    compare("admin/web/src/text/rules.ts", "rule", &known);
}

/// Judges a file of the page by a catalogue of ours: English by key.
fn compare(path: &str, of: &str, catalogue: &BTreeMap<String, String>) {
    assert!(50 < catalogue.len(), "{catalogue:?}");
    let words = words(path, of);
    let mut wrong = Vec::new();
    for (key, says) in catalogue {
        match words.get(key) {
            None => wrong.push(format!("add to {path}: \"{of}.{key}\": [{says:?}, \"…\"],")),
            Some((english, _)) if english != says => {
                wrong.push(format!(
                    "{path} translates other words of {key}: change both, the English is now {says:?}"
                ));
            }
            Some((_, chinese)) if !chinese.chars().any(is_han) => {
                wrong.push(format!("{path} has no Chinese for {key}: {chinese:?}"));
            }
            Some(_) => {}
        }
    }
    let gone = words.keys().filter(|key| !catalogue.contains_key(*key));
    wrong.extend(gone.map(|key| format!("take out of {path}: there is no {of} {key}")));
    assert_none("what the console says in Chinese", &wrong);
}

/// English and Chinese by key, one a line.
fn words(path: &str, of: &str) -> BTreeMap<String, (String, String)> {
    let text = read(&root().join(path));
    let begin = format!("\"{of}.");
    let rows = text.lines().map(str::trim).filter(|line| line.starts_with(&begin));
    let rows = rows.map(|row| {
        let json = format!("{{{}}}", row.trim_end_matches(','));
        let one: Result<BTreeMap<String, (String, String)>, _> = serde_json::from_str(&json);
        let one = one.unwrap_or_else(|error| panic!("{path} has not one a line: {row}: {error}"));
        let (key, words) = one.into_iter().next().expect("one a line");
        (key[of.len() + 1..].to_owned(), words)
    });
    rows.collect()
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}
