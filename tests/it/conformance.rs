//! A client in another language, made from `docs/PROTOCOL.md` and the schema alone, against real processes:
//! `tests/conformance`. What no client can do to a server it asks for here. Knows nothing of what it says.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use lab::needs::{Need, are_met, is_met};

use crate::support::{
    lines::Lines,
    root,
    stack::{Role, Stack},
};

/// Where `./check` puts the interpreter with what `requirements.txt` names.
fn python() -> PathBuf {
    root().join("target/python/bin/python")
}

/// Runs it with these words against a server of its own; whatever it prints is shown if it fails.
fn conforms(words: &[&str], settings: &[&str]) {
    let missing = (!python().exists()).then(|| "no target/python: ./check makes it".to_owned());
    if !are_met(&[Need::Program("protoc", "protobuf-compiler")]) || !is_met(missing, true) {
        return;
    }
    let stack = Stack::start(settings);
    let mut command = Command::new(python());
    command.args(["-B", "run.py", &stack.listen.to_string()]).args(words);
    command.current_dir(root().join("tests/conformance"));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let asked = Lines::of(child.stdout.take().expect("piped"));
    let told = Lines::of(child.stderr.take().expect("piped"));
    let mut answers = child.stdin.take().expect("piped");
    let mut answered = 0;
    while let Some(line) = asked.next(answered) {
        answered += 1;
        match line.as_str() {
            "please kill game" => stack.kill(Role::Game),
            "please kill gateway" => stack.kill_and_wait(Role::Gateway),
            other => panic!("nobody can {other}:\n{}", told.text()),
        }
        writeln!(answers, "done").expect("Python listens");
    }
    let status = child.wait().expect("it ends");
    assert!(status.success(), "{}\n{}", told.whole(), stack.log.text());
    println!("{}", told.whole());
}

#[test]
fn a_stranger_talks_with_the_server_from_the_page_alone() {
    conforms(&["test_page", "test_conversation", "test_limits"], &["--set", "gateway.handshake_ms=5000"]);
}

#[test]
fn a_stranger_whose_connection_died_comes_back_and_has_missed_nothing() {
    conforms(&["test_return"], &[]);
}

#[test]
fn a_stranger_who_stays_away_too_long_has_to_log_in() {
    conforms(&["test_expiry"], &["--set", "game.resume_grace_ms=1000"]);
}

#[test]
fn a_stranger_outlives_game_and_gateway_and_knows_what_happened() {
    conforms(&["test_death"], &[]);
}

#[test]
fn a_stranger_talks_over_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("made");
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("chain.pem"), made.cert.pem()).expect("written");
    std::fs::write(path("key.pem"), made.signing_key.serialize_pem()).expect("written");
    let certificate = format!("gateway.tls_certificate={}", path("chain.pem"));
    let key = format!("gateway.tls_key={}", path("key.pem"));
    conforms(&[&path("chain.pem"), "test_tls"], &["--set", &certificate, "--set", &key]);
}
