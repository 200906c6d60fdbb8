//! What `ding restore` refuses, each by its name, its words and its exit code; and that it then leaves everything as it
//! was.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::support::{
    stack::{Stack, run},
    worlds::World,
};

/// A world of a few records that does not run, and a backup of it.
struct Made {
    folder: tempfile::TempDir,
    world: World,
    first: u64,
    last: u64,
}

impl Made {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let world = World::in_a_file(folder.path().join("d"));
        let stack = world.start();
        play(&stack);
        // Behind the cursor of a world that runs there may be records; this one's stands at its last.
        let backup = folder.path().join("backup");
        let said = world.does(&["backup", backup.to_str().expect("UTF-8")]);
        assert!(stack.stop().status.success());
        let (_, range) = said.trim().rsplit_once(" from ").expect("a range");
        let (first, last) = range.split_once(" to ").expect("two");
        let number = |text: &str| text.parse().expect("a number");
        Self { first: number(first), last: number(last), folder, world }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn restore(&self, world: &World, more: &[&str]) -> (String, Option<i32>) {
        let backup = self.at("backup");
        world.ding(&[&["restore", backup.to_str().expect("UTF-8")], more].concat())
    }

    /// Into a new folder, which it leaves without a world.
    fn refused(&self, more: &[&str], name: &str, words: &str, exit: i32) {
        let target = World::in_a_file(self.at("target"));
        let (said, code) = self.restore(&target, more);
        assert_eq!(code, Some(exit), "{more:?}: {said}");
        assert!(said.contains(&format!("{name}: ")) && said.contains(words), "{name}, {words}: {said}");
        assert!(!self.at("target/game.db").exists() && !self.at("target/journal").exists(), "{said}");
    }

    /// What is found in the backup itself, by the check of it as well.
    fn found(&self, name: &str, words: &str) {
        self.refused(&[], name, words, 65);
        let backup = self.at("backup");
        let checked = run(&["backup", "check", backup.to_str().expect("UTF-8")]);
        let said = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert_eq!(checked.status.code(), Some(65), "{said}");
        assert!(said.contains(&format!("{name}: ")) && said.contains(words), "{said}");
    }
}

fn play(stack: &Stack) {
    let server = stack.listen.to_string();
    let bots = run(&["bot", "run", "pay", "--players", "4", "--duration", "500ms", "--server", &server]);
    assert!(bots.status.success(), "{}", String::from_utf8_lossy(&bots.stderr));
}

/// All of a folder, byte by byte, but for sockets and locks.
fn bytes(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut found, mut left) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(place) = left.pop() {
        for entry in fs::read_dir(place).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.ends_with("run") {
            } else if path.is_dir() {
                left.push(path);
            } else {
                let all = fs::read(&path).expect("readable");
                found.push((path, all));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_restore_goes_nowhere_where_a_world_is_or_runs_and_changes_nothing_there() {
    let made = Made::new();
    let before = bytes(&made.world.data);
    let (said, code) = made.restore(&made.world, &[]);
    assert_eq!(code, Some(73), "{said}");
    let words = "journal is not empty: a world is restored only where there is none";
    assert!(said.contains("RESTORE_NOT_EMPTY: ") && said.contains(words), "{said}");
    assert_eq!(bytes(&made.world.data), before);
    let stack = made.world.start();
    let (said, code) = made.restore(&made.world, &[]);
    assert_eq!(code, Some(75), "{said}");
    assert!(said.contains("ROLE_RUNNING: dbfront of this data folder runs already"), "{said}");
    assert!(stack.stop().status.success());
}

#[test]
fn a_restore_is_refused_where_the_backup_does_not_go_or_is_of_another_world() {
    let made = Made::new();
    let words = |asked: u64| {
        format!("record {asked} is not in it: it goes to any record from {} to {}", made.first, made.last)
    };
    for asked in [0, made.first - 1, made.last + 1, u64::MAX >> 1] {
        let number = asked.to_string();
        made.refused(&["--to-lsn", &number], "RESTORE_OUT_OF_RANGE", &words(asked), 2);
    }
    let other = ["--set", "dbfront.world=other"];
    made.refused(&other, "BACKUP_OF_OTHER_WORLD", "set dbfront.world to that name", 78);
    let missing = World::in_a_file(made.at("target")).ding(&["restore", "no such folder"]);
    assert!(missing.1 == Some(65) && missing.0.contains("BACKUP_ABSENT: "), "{}", missing.0);
}

#[test]
fn a_backup_with_one_byte_changed_or_a_file_missing_is_refused_with_the_name_of_the_file() {
    let made = Made::new();
    let backup = made.at("backup");
    let segments = fs::read_dir(backup.join("segments")).expect("a folder");
    let mut names: Vec<String> = segments
        .map(|entry| format!("segments/{}", entry.expect("one").file_name().to_string_lossy()))
        .collect();
    names.push("world.db".to_owned());
    assert!(2 <= names.len(), "{names:?}");
    for name in &names {
        let path = backup.join(name);
        let whole = fs::read(&path).expect("readable");
        let mut damaged = whole.clone();
        damaged[whole.len() / 2] ^= 0x10;
        fs::write(&path, damaged).expect("written");
        made.found("BACKUP_DAMAGED", &format!("{name} is not what was written; use another one"));
        fs::remove_file(&path).expect("gone");
        made.found("BACKUP_DAMAGED", &format!("{name} is missing; use another one"));
        fs::write(&path, whole).expect("written");
    }
    fs::write(backup.join("segments/notes"), "mine").expect("written");
    made.found("BACKUP_DAMAGED", "segments/notes is not of it");
    fs::remove_file(backup.join("segments/notes")).expect("gone");

    let path = backup.join("manifest.json");
    let whole = fs::read(&path).expect("readable");
    let digit = |after: &str| {
        let text = String::from_utf8_lossy(&whole);
        text.find(after).expect("there") + after.len()
    };
    // Numbers that would still be numbers: the last record, when it was made.
    for at in [digit("\"last_lsn\": "), digit("\"made_ms\": "), whole.len() / 2] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(&path, damaged).expect("written");
        made.found("BACKUP_DAMAGED", "manifest.json is ");
    }
    let newer = String::from_utf8_lossy(&whole).replacen("\"format\": ", "\"format\": 9", 1);
    fs::write(&path, newer).expect("written");
    made.found("SCHEMA_TOO_NEW", "written by a later version; use that one");
    fs::remove_file(&path).expect("gone");
    made.found("BACKUP_ABSENT", "is no backup: it has no manifest of one");
    fs::write(&path, whole).expect("written");
    let (said, code) = made.restore(&World::in_a_file(made.at("target")), &[]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_restore_that_was_cut_off_lets_nothing_start_until_it_is_done_again() {
    let made = Made::new();
    let target = World::in_a_file(made.at("target"));
    assert_eq!(made.restore(&target, &[]).1, Some(0));
    // As it is found after a crash before the end.
    fs::rename(target.data.join("game.db"), target.data.join("game.db.init")).expect("moved");
    fs::write(target.data.join("restore.unfinished"), "").expect("written");
    for command in ["up", "init", "dbfront"] {
        let (said, code) = target.ding(&[command]);
        assert_eq!(code, Some(65), "{said}");
        assert!(said.contains("RESTORE_UNFINISHED: ") && said.contains("ding restore"), "{said}");
    }
    let (said, code) = made.restore(&target, &[]);
    assert_eq!(code, Some(0), "{said}");
    let stack = target.start();
    play(&stack);
    assert!(stack.stop().status.success());
}
