//! Places where a test can let dbfront or game die or fail are in no build but those that ask for them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::{read, root};

fn places(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path: PathBuf = entry.expect("an entry").path();
        if path.is_dir() {
            places(&path, found);
        } else if !path.ends_with("failpoint.rs") {
            let text = read(&path);
            let names = text.split("point!(\"").skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(names.map(str::to_owned));
        }
    }
}

#[test]
fn a_default_build_holds_no_failpoint() {
    let mut names = BTreeSet::new();
    places(&root().join("dbfront/src"), &mut names);
    places(&root().join("game/src"), &mut names);
    assert!(names.len() > 60 && names.contains("journal.half") && names.contains("store.half"), "{names:?}");
    let program = std::fs::read(env!("CARGO_BIN_EXE_ding")).expect("the program");
    // One pass over many megabytes: each name has a dot, and few places have one.
    let known = "journal.recovered".to_owned();
    names.insert(known.clone());
    let mut held = BTreeSet::new();
    for (at, _) in program.iter().enumerate().filter(|(_, byte)| **byte == b'.') {
        for name in &names {
            let dot = name.find('.').expect("each has one");
            let begins = at.wrapping_sub(dot);
            if program.get(begins..).is_some_and(|rest| rest.starts_with(name.as_bytes())) {
                held.insert(name);
            }
        }
    }
    assert_eq!(
        held,
        BTreeSet::from([&known]),
        "names are found where they are, and those of failpoints are not"
    );
}

#[test]
fn the_crate_of_failpoints_is_in_no_default_build() {
    let tree = |more: &[&str]| {
        let arguments = ["tree", "--workspace", "--locked", "-e", "normal,build", "--prefix", "none"];
        let cargo = Command::new(env!("CARGO")).args(arguments).args(more).current_dir(root()).output();
        let cargo = cargo.expect("cargo runs");
        assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
        let text = String::from_utf8(cargo.stdout).expect("text");
        assert!(text.lines().any(|line| line.starts_with("dbfront v")), "{text}");
        text.lines().any(|line| line.starts_with("fail v"))
    };
    assert!(!tree(&[]));
    assert!(tree(&["--features", "failpoints"]), "it would be seen if it were there");
}
