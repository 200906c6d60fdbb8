//! Designers' tables from outside: judged without a server, refused at a start, changed while it runs.

use std::path::Path;

use crate::support::{
    root,
    stack::{Stack, run},
};

/// The bundled tables as a folder of one's own.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(root().join("design")).expect("the bundled tables") {
        let path = entry.expect("an entry").path();
        std::fs::copy(&path, folder.path().join(path.file_name().expect("a file"))).expect("copied");
    }
    folder
}

/// Replaces a piece of a table.
fn change(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let before = std::fs::read_to_string(&path).expect("readable");
    assert!(before.contains(from), "{file} has no {from}");
    std::fs::write(path, before.replacen(from, to, 1)).expect("written");
}

#[test]
fn a_folder_is_judged_without_a_server_with_place_and_caret() {
    let folder = folder();
    let path = folder.path().to_str().expect("UTF-8");
    let right = run(&["design", "check", path]);
    let text = String::from_utf8_lossy(&right.stdout).into_owned();
    assert!(right.status.success() && text.ends_with(" shops: all right\n"), "{text}");
    assert_eq!(run(&["design", "check"]).stdout, right.stdout, "as the tables inside the program");

    change(folder.path(), "levels.toml", "xp = 0\n", "xp = true\n");
    change(folder.path(), "shops.toml", "sell = 1\n", "sel = 1\n");
    let wrong = run(&["design", "check", path]);
    let text = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(78), "{text}");
    assert!(text.contains("2 problems"), "{text}");
    let expected = "level.xp: expected a whole number, found boolean\n   |\n 8 | xp = true\n   |      ^^^^";
    assert!(text.contains(&format!("{path}/levels.toml:8:6: {expected}")), "{text}");
    assert!(text.contains("shop.ware.sel: unknown; there are: item, buy, sell"), "{text}");
}

#[test]
fn a_start_with_wrong_tables_is_refused_by_name() {
    let folder = folder();
    std::fs::remove_file(folder.path().join("monsters.toml")).expect("removed");
    let data = folder.path().join("d");
    let setting = format!("game.design={}", folder.path().display());
    let up = run(&["up", "--data", data.to_str().expect("UTF-8"), "--set", &setting]);
    let text = String::from_utf8_lossy(&up.stderr).into_owned();
    assert_eq!(up.status.code(), Some(78), "{text}");
    assert!(text.contains("BAD_DESIGN") && text.contains("monsters.toml"), "{text}");
}

#[test]
fn tables_are_changed_while_the_game_runs_all_of_them_or_none() {
    let folder = folder();
    let setting = format!("game.design={}", folder.path().display());
    let stack = Stack::start(&["--set", &setting]);
    let data = stack.data().to_str().expect("UTF-8").to_owned();
    let reload = || {
        let output = run(&["reload", "--data", &data]);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let (code, text) = reload();
    assert!(code == Some(0) && text.ends_with(" shops: in force\n"), "{text}");

    change(folder.path(), "items.toml", "name = \"Knife\"", "name = \"Good knife\"");
    change(folder.path(), "monsters.toml", "item = 60", "item = 6");
    let (code, text) = reload();
    assert_eq!(code, Some(78), "{text}");
    assert!(text.contains("no item has the number 6") && text.contains("design_wrong"), "{text}");

    change(folder.path(), "monsters.toml", "item = 6\n", "item = 60\n");
    change(folder.path(), "items.toml", "number = 64\n", "number = 65\n");
    change(folder.path(), "monsters.toml", "item = 64\n", "item = 65\n");
    change(folder.path(), "shops.toml", "item = 64\n", "item = 65\n");
    let (code, text) = reload();
    assert_eq!(code, Some(78), "{text}");
    assert!(text.contains("64 (Troll horn) is gone"), "{text}");

    change(folder.path(), "items.toml", "number = 65\n", "number = 64\n");
    change(folder.path(), "monsters.toml", "item = 65\n", "item = 64\n");
    change(folder.path(), "shops.toml", "item = 65\n", "item = 64\n");
    let (code, text) = reload();
    assert_eq!(code, Some(0), "{text}");
    let ended = stack.stop();
    assert_eq!(ended.log.matches("\"design.reloaded\"").count(), 2, "{}", ended.log);
    assert_eq!(run(&["reload", "--data", &data]).status.code(), Some(69));
}

#[test]
fn without_a_folder_only_settings_are_read_again() {
    let stack = Stack::start(&[]);
    let output = run(&["reload", "--data", stack.data().to_str().expect("UTF-8")]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    for process in ["dbfront", "game", "gateway", "up"] {
        assert!(text.contains(&format!("{process}: settings as they were\n")), "{text}");
    }
}
