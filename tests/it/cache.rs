//! What dbfront keeps for reads, from one `ding up` to the next.

use std::time::Duration;

use crate::support::{
    bots::{Bots, judge},
    stack::{Role, Stack, run},
};

/// So little memory of game's own that it asks dbfront for rows again and again.
const FEW: &[&str] = &["--set", "game.cache_accounts_max=3"];

/// What game asked dbfront to read, and of that what the database had to be asked for.
fn asked(stack: &Stack) -> (i64, i64) {
    (stack.figure(Role::Dbfront, "reads"), stack.figure(Role::Dbfront, "reads_of_store"))
}

fn play(stack: Stack, told: &std::path::Path) -> Stack {
    Bots::start(stack.listen, 20, Duration::from_secs(3), told.to_owned()).good();
    let (all, missed) = asked(&stack);
    println!("{missed} of {all} reads went to the database");
    stack
}

#[test]
fn a_world_that_is_stopped_and_started_finds_its_cache_and_one_that_is_killed_does_without() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let told = ["first", "warm", "cold"].map(|name| folder.path().join(name));
    let saved = data.join("cache.saved");
    let mut stack = play(Stack::start_in(&data, FEW), &told[0]);
    let stopped = run(&["stop", "--data", data.to_str().expect("UTF-8")]);
    assert!(stopped.status.success(), "{stopped:?}");
    let ended = stack.ended();
    assert!(ended.log.contains("\"cache.saved\""), "{}", ended.log);
    assert!(saved.exists());

    let mut stack = Stack::start_in(&data, FEW);
    let (_, warm) = stack.log.wait_for(0, &["\"cache.warm\""]);
    assert!(warm.contains("\"is_whole\":true"), "{warm}");
    assert!(!saved.exists(), "taken");
    assert!(20 < stack.figure(Role::Dbfront, "warmed_rows"));
    // What game asks for now is in memory, all of it.
    let before = asked(&stack);
    stack.kill_and_wait(Role::Game);
    stack = play(stack, &told[1]);
    let after = asked(&stack);
    assert!(before.0 < after.0, "game asks again");
    assert_eq!(after.1, before.1, "nothing had to be read from the database");
    stack.kill_up();
    drop(stack);
    assert!(saved.exists(), "its processes ended in order");
    std::fs::remove_file(&saved).expect("there");

    let stack = play(Stack::start_in(&data, FEW), &told[2]);
    assert_eq!(stack.figure(Role::Dbfront, "warmed_rows"), 0);
    stack.kill(Role::Dbfront);
    stack.log.wait_for(0, &["\"child.back\"", "\"dbfront\""]);
    assert!(!saved.exists(), "a kill saves nothing");
    assert_eq!(stack.figure(Role::Dbfront, "warmed_rows"), 0);
    assert!(stack.stop().status.success());
    judge(&data.join("game.db"), &told);
}
