//! What the console sets: kept, checked with all layers, taken back.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::load::load;

fn folder(file: &str, set: &[&str]) -> (tempfile::TempDir, Source) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("ding.toml"), file).expect("written");
    let set = set.iter().map(|&text| text.to_owned()).collect();
    let source = Source { data: folder.path().to_owned(), config: None, set };
    (folder, source)
}

fn code(kept: Result<Kept, NotKept>) -> (&'static str, String) {
    let error = kept.expect_err("refused");
    (error.code(), error.to_string())
}

#[test]
fn a_value_is_in_force_over_the_file_until_it_is_taken_back() {
    let (folder, source) = folder("[game]\nchat_per_s = 7\n", &[]);
    let kept = keep(&source, "game.chat_per_s", Some(" 2 ")).expect("kept");
    assert_eq!((kept.before.value.as_str(), kept.before.origin), ("7", "file"));
    assert_eq!((kept.after.value.as_str(), kept.after.origin, kept.was.as_str()), ("2", "console", ""));
    let loaded = load(&source).expect("right");
    assert_eq!(loaded.config.game.world.chat_per_s, 2);
    assert_eq!(loaded.said["game.chat_per_s"].origin, "console");
    let mode = std::fs::metadata(path(folder.path())).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let level = keep(&source, "log.level", Some("debug")).expect("a word needs no quotes");
    assert_eq!(level.after.value, "\"debug\"");
    let back = keep(&source, "game.chat_per_s", None).expect("taken back");
    assert_eq!((back.before.value.as_str(), back.after.value.as_str()), ("2", "7"));
    assert_eq!(load(&source).expect("right").config.game.world.chat_per_s, 7);
    assert!(read(folder.path()).expect("there").contains("level = \"debug\""), "the other one stays");
    write(folder.path(), &level.was).expect("put back");
    assert_eq!(load(&source).expect("right").config.game.world.chat_per_s, 2);
}

#[test]
fn what_may_not_be_set_is_refused_by_name_and_nothing_is_written() {
    let (folder, source) =
        folder("[game]\nlogins_per_s_max = 500\n", &["gateway.max_per_address=9", "log.format=text"]);
    let refused = |key: &str, value: Option<&str>| code(keep(&source, key, value));
    assert_eq!(refused("game.chats", Some("1")).0, "unknown_setting");
    assert_eq!(refused("game.tick_ms", Some("50")).0, "needs_restart");
    let (code, text) = refused("gateway.max_per_address", Some("1"));
    assert_eq!(code, "set_elsewhere");
    assert!(text.contains("--set"), "{text}");
    assert_eq!(refused("gateway.max_per_address", None).0, "not_set");
    assert_eq!(refused("game.chat_per_s", None).0, "not_set");
    let bad = |value: &str| refused("game.logins_per_s_min", Some(value));
    assert_eq!(bad("501").1, "game.logins_per_s_min = 501: allowed are 1 to 500");
    assert_eq!(bad("many").0, "bad_value");
    assert_eq!(bad("1\nlogins_per_s_max = 9").0, "bad_value");
    assert_eq!(
        refused("log.level", Some("loud")),
        ("bad_value", "log.level: error, warn, info, debug or trace, not \"loud\"".to_owned())
    );
    assert!(!path(folder.path()).exists());
    std::fs::write(folder.path().join("ding.toml"), "[game]\nchat_per_s = 0\n").expect("written");
    assert_eq!(refused("game.players_max", Some("5")).0, SETTINGS_WRONG);
    assert!(!path(folder.path()).exists());
}

#[test]
fn a_start_names_the_line_of_the_consoles_file_that_is_wrong() {
    let (folder, source) = folder("", &[]);
    write(folder.path(), "[game]\nchat_per_s = 0\n").expect("written");
    let failure = load(&source).expect_err("refused");
    assert!(failure.text.contains("live.toml:2:14"), "{}", failure.text);
}

#[test]
fn what_the_console_set_is_taken_back_also_when_it_is_what_is_wrong() {
    let (folder, source) = folder("", &["gateway.max_per_address=9"]);
    let text = "[game]\nchat_per_s = 0\n[gateway]\nmax_per_address = 3\n[dbfront]\nkeep_hours = 5\n";
    write(folder.path(), text).expect("written");
    let mut set = keys(folder.path());
    set.sort();
    assert_eq!(set, ["dbfront.keep_hours", "game.chat_per_s", "gateway.max_per_address"]);
    assert_eq!(code(keep(&source, "gateway.max_per_address", None)).0, SETTINGS_WRONG, "the rest is wrong");
    keep(&source, "game.chat_per_s", None).expect("the value that no section takes");
    keep(&source, "gateway.max_per_address", None).expect("set by something stronger meanwhile");
    keep(&source, "dbfront.keep_hours", None).expect("one that cannot be changed while a process runs");
    assert_eq!(keys(folder.path()), [""; 0]);
    load(&source).expect("right");
}

#[test]
fn a_folder_that_cannot_be_synced_is_not_told_as_nothing_was_changed() {
    let (folder, _) = folder("", &[]);
    let failed = store(folder.path(), "[game]\n", |_| Err(io::Error::other("no disk"))).expect_err("told");
    assert_eq!(failed.code(), "not_put_back");
    assert!(failed.to_string().contains("is written") && failed.to_string().contains("no disk"), "{failed}");
    assert_eq!(read(folder.path()).expect("there"), "[game]\n");
}
