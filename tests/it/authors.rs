//! A game of somebody's own, from `ding new` on: built as a project outside this one, with a target folder inside ours so
//! that most of what it is made of is there already.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use crate::support::{
    SEED_VARIABLE, TIER_VARIABLE, read, root,
    stack::{Role, Stack, run},
    within_bound,
};

/// Where this build's programs are: `target/debug`.
fn programs() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_ding")).parent().expect("a folder").to_owned()
}

/// Cargo on a project, without the network, sharing what was compiled for us.
fn cargo(project: &Path, arguments: &[&str]) -> Output {
    let target = programs().parent().expect("a target folder").to_owned();
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(arguments[0]).arg("--offline").args(&arguments[1..]);
    // Ding itself unoptimised, as in our own tests: half as long to build.
    for package in ours() {
        command.args(["--config", &format!("profile.dev.package.{package}.opt-level=0")]);
    }
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

/// Our packages.
fn ours() -> Vec<String> {
    let manifest: toml::Table = toml::from_str(&read(&root().join("Cargo.toml"))).expect("TOML");
    let members = manifest["workspace"]["members"].as_array().expect("a list").iter();
    members.filter_map(|member| member.as_str().map(str::to_owned)).chain(["ding".to_owned()]).collect()
}

/// Both outputs, for whoever reads why it failed.
fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// The new game's program, run to its end.
fn my_game(program: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).env_remove(TIER_VARIABLE).env_remove(SEED_VARIABLE).stdin(Stdio::null());
    within_bound(&format!("my-game {arguments:?}"), move || command.output().expect("it runs"))
}

/// The one line of a block in the tutorial that begins so, about the running server of this game.
fn of_tutorial(begin: &str, program: &Path, data: &str) -> Command {
    let page = read(&root().join("docs/TUTORIAL.md"));
    let line = page.lines().find(|line| line.starts_with(begin)).expect("the tutorial has it");
    let there = format!("'{}' status --data '{data}'", program.display());
    let line = line.replace("cargo run -q --release -- status", &there);
    assert!(line.contains(&there), "{line}");
    let mut command = Command::new("sh");
    command.args(["-c", &line]).env_remove(TIER_VARIABLE).env_remove(SEED_VARIABLE).stdin(Stdio::null());
    command
}

#[test]
fn a_new_game_builds_passes_its_tests_and_is_played_over_the_death_of_its_server() {
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
    let built = cargo(&project, &["build"]);
    assert!(built.status.success(), "{}", said(&built));

    let program = programs().join("my-game");
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let stack = Stack::start_program(&program, &data, &[], &[], Stdio::piped());
    let server = stack.listen.to_string();
    let place = data.to_str().expect("UTF-8").to_owned();
    let mut ready = of_tutorial("until ", &program, &place);
    assert!(within_bound("it is ready", move || ready.status().expect("it runs")).success());
    let mut bots = Command::new(&program);
    bots.args([
        "bot",
        "run",
        "nim",
        "--players",
        "8",
        "--duration",
        "15s",
        "--seed",
        "7",
        "--server",
        &server,
    ]);
    bots.env_remove(TIER_VARIABLE).env_remove(SEED_VARIABLE).stdin(Stdio::null()).stdout(Stdio::piped());
    let bots = bots.spawn().expect("it runs");
    // Whoever has no session yet would not get in while game is dead.
    stack.until_all_are_in(8);
    stack.until("matches are played", || 2 <= stack.figure(Role::Game, "rooms"));
    let (before, pid) = (stack.log.count(), stack.pid(Role::Game));
    let killed = of_tutorial("kill -9 ", &program, &place).output().expect("it runs");
    assert!(killed.status.success(), "{}", said(&killed));
    stack.log.wait_for(before, &["\"child.back\"", "\"game\""]);
    assert_ne!(stack.pid(Role::Game), pid);
    let played = within_bound("bots end", move || bots.wait_with_output().expect("they end"));
    assert!(played.status.success(), "{}\n{}", said(&played), stack.log.text());

    let list = my_game(&program, &["replay", "--list", "--kind", "nim", "--limit", "64", "--data", &place]);
    assert!(list.status.success(), "{}", said(&list));
    let ids: Vec<String> =
        said(&list).lines().skip(1).filter_map(|line| line.split(' ').next().map(str::to_owned)).collect();
    assert!(!ids.is_empty(), "{}", said(&list));
    let mut answered = 0;
    for id in &ids {
        let told = my_game(&program, &["replay", id, "--data", &place]);
        assert!(told.status.success() && said(&told).contains("same hash as then"), "{}", said(&told));
        assert!(said(&told).contains("nim_take") || said(&told).contains("a draw"), "{}", said(&told));
        answered += said(&told).matches(" is answered:").count();
    }
    assert_ne!(answered, 0, "of {} matches in none a draw was offered", ids.len());
    let file = folder.path().join("one.replay");
    let file = file.to_str().expect("UTF-8");
    let stopped = my_game(&program, &["replay", &ids[0], "--to", "2", "--save", file, "--data", &place]);
    assert!(stopped.status.success() && said(&stopped).contains("\"seats\": ["), "{}", said(&stopped));
    assert!(stack.stop().status.success());
    let again = my_game(&program, &["replay", file, "--quiet"]);
    assert!(again.status.success() && said(&again).contains("same hash as then"), "{}", said(&again));
    let elsewhere = run(&["replay", file]);
    assert_eq!(elsewhere.status.code(), Some(65), "{}", said(&elsewhere));
    assert!(said(&elsewhere).contains("no room of the kind `nim`"), "{}", said(&elsewhere));
}
