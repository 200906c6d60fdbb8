//! Bans, mutes, maintenance: who is kept out, for how long, and what survives what.

use super::*;
use crate::logic::{client_version::ClientVersion, staff::Who};

#[test]
fn a_ban_closes_the_session_and_refuses_logins_until_its_time() {
    check(
        "ana logs in
         bo logs in
         staff bans ana for 60000
         ana logs in
         bo says hello
         pass 59000
         ana logs in
         pass 1000
         ana logs in",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana is refused: banned until 1700000060000 (spam)
         ana is closed: banned
         staff: ok, a guest, plays
         ana is refused: banned until 1700000060000 (spam)
         bo 1: ok
         bo hears bo: hello
         ana is refused: banned until 1700000060000 (spam)
         ana is in: gen 5, last 0, ok 0",
    );
}

#[test]
fn a_ban_is_answered_when_it_is_durable_and_outlives_the_process() {
    check(
        "ana registers Anabel with correct-horse
         hold syncs
         staff bans =Anabel
         note not yet
         sync
         game dies
         ana logs in as Anabel with wrong-horse
         ana logs in as Anabel with correct-horse
         staff unbans ana
         sync
         ana logs in as Anabel with correct-horse
         sync",
        "ana is queued at 1
         ana is in: gen 1, last 0, ok 0
         ana is refused: banned (spam)
         ana is closed: banned
         note not yet
         staff: ok, Anabel, plays
         ana is queued at 1
         ana is refused: bad_credentials
         ana is queued at 1
         ana is refused: banned (spam)
         staff: ok, Anabel
         ana is queued at 1
         ana is in: gen 5, last 0, ok 0",
    );
}

#[test]
fn a_ban_that_was_not_durable_when_the_process_died_was_never_answered() {
    check(
        "ana logs in
         hold syncs
         staff bans ana
         game dies
         let syncs
         ana logs in",
        "ana is in: gen 1, last 0, ok 0
         ana is refused: banned (spam)
         ana is closed: banned
         ana is in: gen 3, last 0, ok 0",
    );
}

#[test]
fn who_waits_for_a_hash_while_he_is_banned_does_not_slip_in() {
    check(
        "ana registers Anabel with correct-horse
         ana drops
         hold hashes
         ana logs in as Anabel with correct-horse
         staff bans ana
         let hashes",
        "ana is queued at 1
         ana is in: gen 1, last 0, ok 0
         ana is queued at 1
         staff: ok, Anabel
         ana is refused: banned (spam)",
    );
}

#[test]
fn the_muted_play_on_in_silence_until_their_time() {
    check(
        "ana logs in
         staff mutes ana for 60000
         ana says hello
         ana reads wallet
         pass 60000
         ana says again
         staff mutes ana for 60000
         ana says no
         staff unmutes ana
         ana says yes",
        "ana is in: gen 1, last 0, ok 0
         staff: ok, a guest, plays
         ana 1: rejected muted
         ana 2: ok, 1000 gold
         ana 3: ok
         ana hears ana: again
         staff: ok, a guest, plays
         ana 4: rejected muted
         staff: ok, a guest, plays
         ana 5: ok
         ana hears ana: yes",
    );
}

#[test]
fn after_a_start_nobody_waits_for_the_restrictions_of_the_unrestricted() {
    let mut play = Play::new(WorldConfig::default());
    play.run(
        "ana logs in\nbo logs in\nstaff bans bo\ngame dies\nhold reads\nana logs in\nana says hi\nbo logs in",
    );
    let told = &play.people.transcript[play.people.transcript.len() - 4..];
    let expected =
        ["ana is in: gen 3, last 0, ok 0", "ana 1: ok", "ana hears ana: hi", "bo is refused: banned (spam)"];
    assert_eq!(told, expected);
}

#[test]
fn in_maintenance_only_staff_comes_in_and_who_plays_plays_on() {
    let staff = vec![Who::Name("anabel".to_owned())];
    let config = WorldConfig { preload: false, maintenance_accounts: staff, ..WorldConfig::default() };
    let mut play = Play::new(config);
    play.run(
        "ana registers Anabel with correct-horse
         bo logs in
         ana drops
         staff closes the world
         bo reads wallet
         bo logs in
         cy logs in
         dora registers Dora with correct-horse
         ana logs in as Anabel with correct-horse
         staff opens the world
         cy logs in
         bo logs in
         staff closes the world and kicks
         ana reads wallet",
    );
    let expected = [
        "ana is queued at 1",
        "ana is in: gen 1, last 0, ok 0",
        "bo is in: gen 1, last 0, ok 0",
        "staff: ok, a guest",
        "bo 1: ok, 1000 gold",
        "bo is refused: maintenance (repairs)",
        "cy is refused: maintenance (repairs)",
        "dora is refused: maintenance (repairs)",
        "ana is queued at 1",
        "ana is in: gen 3, last 0, ok 0",
        "staff: ok, a guest",
        "cy is in: gen 1, last 0, ok 0",
        "an older connection is closed: superseded",
        "bo is in: gen 3, last 1, ok 1",
    ];
    let told = &play.people.transcript;
    assert_eq!(told[..expected.len()], expected);
    let mut kicked = told[expected.len()..].to_vec();
    assert_eq!(kicked.split_off(4), ["staff: ok, a guest", "ana 1: ok, 1000 gold"]);
    kicked.sort();
    let told = ["bo is closed: maintenance", "bo is refused: maintenance (repairs)"];
    assert_eq!(kicked[..2], told);
    assert_eq!(kicked[2..], told.map(|line| line.replace("bo", "cy")));
}

#[test]
fn a_world_can_begin_in_maintenance() {
    let maintenance = Some("tomorrow".to_owned());
    let mut play = Play::new(WorldConfig { maintenance, ..WorldConfig::default() });
    play.run("ana logs in\nstaff opens the world\nana logs in");
    let expected =
        ["ana is refused: maintenance (tomorrow)", "staff: ok, a guest", "ana is in: gen 1, last 0, ok 0"];
    assert_eq!(play.people.transcript, expected);
}

#[test]
fn a_client_that_is_too_old_is_told_so() {
    // The script's client says no version.
    let client_version_min = ClientVersion::parse("2.0");
    let mut play = Play::new(WorldConfig { client_version_min, ..WorldConfig::default() });
    play.run("ana connects");
    assert_eq!(play.people.transcript, ["ana is closed: client_too_old"]);
}
