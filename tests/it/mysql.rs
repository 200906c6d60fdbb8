//! A world on a database server, as an operator makes it, and through a crash of the server.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Output,
};

use ding::data::{DataFolder, Lock};
use lab::{mariadb::Mariadb, needs::is_met};

use crate::support::stack::{Role, Stack, run};

/// Each is a process of its own that is asked.
const LOOKS: usize = 4_000;
/// Of the one user on the server.
const PASSWORD: &str = "only for tests";

fn server(folder: &Path) -> Option<Mariadb> {
    if !is_met(Mariadb::missing(), true) {
        return None;
    }
    let template = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mariadb");
    Some(Mariadb::start(folder, &template, &[]).expect("it starts"))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

#[test]
fn a_world_on_a_server_is_founded_by_command_and_played_through_a_crash_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(mut mariadb) = server(folder.path()) else { return };
    let secret = folder.path().join("password");
    std::fs::write(&secret, format!("{PASSWORD}\n")).expect("written");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).expect("set");
    let url = format!("store.url=mysql://ding@127.0.0.1:{}/ding_world", mariadb.port());
    let secret = format!("store.password_file={}", secret.display());
    let settings = ["--set", url.as_str(), "--set", secret.as_str()];
    let data = folder.path().join("d");
    let path = data.to_str().expect("UTF-8");
    let ding = |command: &str| run(&[&[command, "--data", path], &settings[..]].concat());
    let mut all_said = String::new();

    let early = run(&[&["up", "--data", path, "--listen", "127.0.0.1:0"], &settings[..]].concat());
    assert_eq!(early.status.code(), Some(65));
    assert!(said(&early).contains("NOT_FOUNDED") && said(&early).contains("ding init"), "{}", said(&early));
    all_said += &said(&early);
    for word in ["founded", "already"] {
        let init = ding("init");
        assert!(init.status.success() && said(&init).contains(word), "{}", said(&init));
    }

    let stack = Stack::start_in(&data, &settings);
    let server = stack.listen.to_string();
    let mut players = crate::support::stack::ding(&["bot", "run", "pay", "--players", "60"]);
    players.args(["--duration", "10s", "--server", &server]);
    players.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let players = players.spawn().expect("bots start");
    let until = |what: &str, is_so: &dyn Fn(i64, i64) -> bool| {
        let figure = |name| stack.figure(Role::Dbfront, name);
        let looks = (0..LOOKS).any(|_| is_so(figure("lsn_durable"), figure("lsn_applied")));
        assert!(looks, "never so: {what}");
    };
    until("payments are applied", &|_, applied| 90 < applied);
    mariadb.kill();
    let away = stack.figure(Role::Dbfront, "lsn_durable");
    until("payments go on without the database", &|durable, _| away + 60 < durable);
    let bots = players.wait_with_output().expect("bots end");
    assert!(bots.status.success(), "{}", said(&bots));
    // Game loads what dbfront holds for it, and whoever comes plays.
    stack.kill_and_wait(Role::Game);
    assert_eq!(stack.role(Role::Game)["figures"]["accounts_loaded"], 60);
    let killed = stack.figure(Role::Dbfront, "lsn_durable");
    until("the gateway is back", &|_, _| stack.figure(Role::Game, "links") == 1);
    let bots = run(&["bot", "run", "pay", "--players", "20", "--duration", "2s", "--server", &server]);
    let paid = stack.figure(Role::Dbfront, "lsn_durable");
    assert!(killed + 40 < paid, "{killed}, {paid}: {}", said(&bots));
    assert_eq!(stack.role(Role::Dbfront)["state"], "store_away");
    mariadb.run().expect("it starts again");
    until("all is applied", &|durable, applied| durable == applied);
    let gold = mariadb.sql("SELECT SUM(gold), COUNT(*) * 1000 FROM ding_world.wallet").expect("sums");
    let (sum, given) = gold.trim().split_once('\t').expect("two");
    assert_eq!(sum, given, "gold neither appears nor vanishes");

    all_said += &said(&ding("doctor"));
    assert!(all_said.contains("mysql ding@127.0.0.1"), "{all_said}");
    all_said += &stack.status().to_string();
    let ended = stack.stop();
    assert_eq!(ended.status.code(), Some(0), "{}", ended.log);
    all_said += &ended.log;
    assert!(!all_said.contains(PASSWORD), "the password is told");
}

/// What an audit of a world on a server says, and with which code it ends; nothing of it may be left.
fn audit(data: &Path, settings: &[&str]) -> (String, Option<i32>) {
    let path = data.to_str().expect("UTF-8");
    let output = run(&[&["audit", "--data", path], settings].concat());
    for name in ["audit.db", "audit.db-journal", "audit.db-wal"] {
        assert!(!data.join(name).exists(), "{name} is left");
    }
    (said(&output), output.status.code())
}

#[test]
fn an_audit_of_a_world_on_a_server_finds_nothing_beside_players_and_names_what_was_changed_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(mut mariadb) = server(folder.path()) else { return };
    let url = format!("store.url={}", mariadb.url("ding_world"));
    let settings = ["--set", url.as_str()];
    let data = folder.path().join("d");
    let path = data.to_str().expect("UTF-8");

    let (text, code) = audit(&data, &settings);
    assert_eq!(code, Some(65), "nothing is there: {text}");
    assert!(text.contains("BACKUP_NO_WORLD"), "{text}");
    assert!(run(&[&["init", "--data", path], &settings[..]].concat()).status.success());
    let stack = Stack::start_in(&data, &settings);
    let listen = stack.listen.to_string();
    let mut players = crate::support::stack::ding(&["bot", "run", "market", "--players", "20"]);
    players.args(["--duration", "8s", "--server", &listen]);
    players.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut players = players.spawn().expect("bots start");
    let applied = || stack.figure(Role::Dbfront, "lsn_applied");
    assert!((0..LOOKS).any(|_| 50 < applied()), "they play");
    // Whatever lay there is not taken for the copy.
    std::fs::write(data.join("audit.db"), "left by one that was killed").expect("written");
    let mut lines = 0;
    while players.try_wait().expect("bots").is_none() {
        let (text, code) = audit(&data, &settings);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.trim_end().ends_with(" rows: 0 violations"), "{text}");
        lines += 1;
    }
    let bots = players.wait_with_output().expect("bots end");
    assert!(bots.status.success() && 0 < lines, "{lines} audits beside {}", said(&bots));

    let lock = Lock::take(&DataFolder::existing(&data).audit_lock()).expect("it is free");
    let (text, code) = audit(&data, &settings);
    assert_eq!(code, Some(75), "{text}");
    assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
    drop(lock);

    assert!(stack.stop().status.success());
    let (text, code) = audit(&data, &settings);
    assert_eq!(code, Some(0), "{text}");
    mariadb.sql("UPDATE ding_world.wallet SET gold = gold + 1 ORDER BY account LIMIT 1").expect("changed");
    let (text, code) = audit(&data, &settings);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("VIOLATED wallet_off × 1") && text.contains("gold_not_conserved"), "{text}");
    mariadb.kill();
    let (text, code) = audit(&data, &settings);
    assert!(code.is_some_and(|code| code != 0 && code != 1), "{code:?}: {text}");
}
