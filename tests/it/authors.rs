//! A game of somebody's own, from `ding new` on: built as a project outside this one, with a target folder inside ours so
//! that most of what it is made of is there already.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use crate::support::{SEED_VARIABLE, TIER_VARIABLE, root, stack::run};

/// Where this build's programs are: `target/debug`.
fn programs() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_ding")).parent().expect("a folder").to_owned()
}

/// Cargo on a project, without the network, sharing what was compiled for us.
fn cargo(project: &Path, arguments: &[&str]) -> Output {
    let target = programs().parent().expect("a target folder").to_owned();
    let mut command = Command::new(env!("CARGO"));
    command.arg(arguments[0]).arg("--offline").args(&arguments[1..]);
    command.current_dir(project).env("CARGO_TARGET_DIR", target).env("CARGO_INCREMENTAL", "0");
    // What Cargo has told to this process is about another package.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_")
            || name.starts_with("CARGO_MANIFEST_")
            || name.starts_with("NEXTEST")
        {
            command.env_remove(name);
        }
    }
    command.env_remove(TIER_VARIABLE).env_remove(SEED_VARIABLE).env_remove("RUSTC_WORKSPACE_WRAPPER");
    command.stdin(Stdio::null()).output().expect("cargo runs")
}

/// Both outputs, for whoever reads why it failed.
fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

#[test]
fn a_new_game_is_a_project_that_builds_and_whose_matches_are_played_rightly() {
    // Always in the same place, so that what was built of it is found again.
    let project = programs().join("authors").join("my-game");
    if project.exists() {
        std::fs::remove_dir_all(&project).expect("nobody else's");
    }
    let top = root().to_str().expect("UTF-8").to_owned();
    let written = run(&["new", project.to_str().expect("UTF-8"), "--ding", &top]);
    assert!(written.status.success(), "{}", said(&written));
    assert!(said(&written).contains("cargo test"), "{}", said(&written));

    let tested = cargo(&project, &["test"]);
    assert!(tested.status.success(), "{}", said(&tested));
    let text = said(&tested);
    let passed = text.lines().find(|line| line.starts_with("test result: ok.")).expect("tests ran");
    assert!(passed.contains(" 7 passed"), "{text}");
    assert!(!text.contains("warning: unused"), "{text}");
}
