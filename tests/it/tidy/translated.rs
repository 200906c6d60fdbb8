//! What the program says of itself in English and the console shows is there in the console's other language too.

use std::collections::BTreeMap;

use ding::{roles::default_toml, settings::held};

use super::assert_none;
use crate::support::{read, root};

/// One setting a line: English, then Chinese.
const WORDS: &str = "admin/web/src/text/settings.ts";

#[test]
fn every_setting_is_explained_in_chinese_and_as_its_english_is_now() {
    let words = words();
    let mut wrong = Vec::new();
    let known = held::known(&default_toml());
    assert!(70 < known.len(), "{known:?}");
    for setting in &known {
        let (key, about) = (&setting.key, &setting.about);
        match words.get(key) {
            None => wrong.push(format!("add to {WORDS}: \"setting.{key}\": [{about:?}, \"…\"],")),
            Some((english, _)) if english != about => wrong.push(format!(
                "{WORDS} translates other words of {key}: change both, the English is now {about:?}"
            )),
            Some((_, chinese)) if !chinese.chars().any(is_han) => {
                wrong.push(format!("{WORDS} has no Chinese for {key}: {chinese:?}"));
            }
            Some(_) => {}
        }
    }
    for key in words.keys().filter(|key| known.iter().all(|setting| setting.key != **key)) {
        wrong.push(format!("take out of {WORDS}: there is no setting {key}"));
    }
    assert_none("settings and their words in the console", &wrong);
}

/// English and Chinese by key.
fn words() -> BTreeMap<String, (String, String)> {
    let text = read(&root().join(WORDS));
    let rows = text.lines().map(str::trim).filter(|line| line.starts_with("\"setting."));
    rows.map(|row| {
        let json = format!("{{{}}}", row.trim_end_matches(','));
        let one: BTreeMap<String, (String, String)> = serde_json::from_str(&json)
            .unwrap_or_else(|error| panic!("{WORDS}, one setting a line: {row}: {error}"));
        let (key, words) = one.into_iter().next().expect("one a line");
        (key.trim_start_matches("setting.").to_owned(), words)
    })
    .collect()
}

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}
