//! A process that reads its settings again, and the words in which keys are said to be live.

use std::cell::Cell;

use super::*;
use crate::{exit::Failure, live, load::load};

fn reading(own: &[&str]) -> Result<(tempfile::TempDir, Reading), Failure> {
    let folder = tempfile::tempdir().expect("a folder");
    let source = Source { data: folder.path().to_owned(), config: None, set: Vec::new() };
    let loaded = load(&source)?;
    Ok((folder, Reading::new(&source, &loaded, own)))
}

#[test]
fn keys_that_are_live_say_so_where_they_are_described_and_no_others() {
    let mut said: Vec<String> = held::known(&roles::default_toml())
        .into_iter()
        .filter(|known| known.is_live)
        .map(|known| known.key)
        .collect();
    let mut held = roles::live_keys();
    said.sort();
    held.sort();
    assert_eq!(said, held);
}

#[test]
fn every_default_that_is_told_is_the_one_that_is_printed() {
    for known in held::known(&roles::default_toml()) {
        let table: toml::Table = toml::from_str(&format!("v = {}", known.default)).expect("TOML");
        assert_eq!(held::shown(&table["v"]), known.default, "{}", known.key);
    }
}

#[test]
fn a_process_tells_of_its_own_sections_and_its_log() {
    let (_folder, reading) = reading(&["game", "metrics.game"]).expect("right");
    let told = reading.told().settings;
    let has = |key: &str| told.iter().any(|setting| setting.key == key);
    assert!(has("game.tick_ms") && has("metrics.game") && has("log.level"));
    assert!(!has("gateway.listen") && !has("metrics.gateway") && !has("store.url"));
}

#[test]
fn what_is_live_is_gone_by_at_once_and_a_file_that_is_wrong_changes_nothing() {
    let (folder, reading) = reading(&["game"]).expect("right");
    let gone_by = Cell::new(0);
    let go_by = |config: &Config| {
        gone_by.set(config.game.world.chat_per_s);
        Ok(())
    };
    live::write(folder.path(), "[game]\nchat_per_s = 2\n").expect("written");
    std::fs::write(folder.path().join("ding.toml"), "[game]\ntick_ms = 100\nchat_per_s = 3\n")
        .expect("written");
    let told = reading.again(go_by).expect("right");
    assert_eq!((told.changed, gone_by.get()), (vec!["game.chat_per_s".to_owned()], 2));
    let waiting: Vec<&str> =
        told.settings.iter().filter(|one| one.waiting).map(|one| one.key.as_str()).collect();
    assert_eq!(waiting, ["game.tick_ms"]);
    live::write(folder.path(), "[game]\nchat_per_s = 0\n").expect("written");
    let (code, text) = reading.again(|_| panic!("nothing to go by")).expect_err("wrong");
    assert_eq!(code, "settings_wrong");
    assert!(text.contains("live.toml:2"), "{text}");
    assert!(text.lines().count() == 1 && !text.contains('|'), "place and text, no line of the file: {text}");
    assert_eq!(reading.told().settings, told.settings);
}
