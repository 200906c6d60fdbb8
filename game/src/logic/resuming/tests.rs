//! Who goes on with a session, and what comes then.

use std::time::Duration;

use proto::{
    client::Resume,
    kinds,
    link_io::{Op, Record},
    packet::Packet,
    wire,
};

use crate::logic::{
    event::WorldConfig,
    testing::{Play, check_with, people::Person},
};

fn play() -> Play {
    Play::with_grace(WorldConfig { preload: false, ..WorldConfig::default() })
}

#[test]
fn a_session_goes_on_with_another_connection_and_misses_nothing() {
    check_with(
        play(),
        "ana logs in
         bo logs in
         ana says one
         ana drops
         bo says two
         bo pays ana 5
         bo says three
         ana resumes
         ana says four",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok
         ana hears ana: one
         bo hears ana: one
         bo 1: ok
         bo hears bo: two
         bo 2: ok, 995 gold
         bo 3: ok
         bo hears bo: three
         ana resumes: last 1, missed 3
         ana hears bo: two
         ana is paid 5 by bo, has 1005
         ana hears bo: three
         ana 2: ok
         bo hears ana: four
         ana hears ana: four",
    );
}

#[test]
fn what_got_lost_on_the_way_comes_again_once_and_in_order() {
    let mut play = play();
    play.run("ana logs in\nana says one\nana says two\nana drops");
    let before = play.people.transcript.len();
    for received in [2, 3, 4] {
        // It never saw what came after these.
        play.people.person("ana").answers.retain(|cseq, _| *cseq <= received / 2);
        play.run(&format!("ana resumes with {received}\nana drops"));
    }
    play.run("ana resumes with 1");
    assert_eq!(
        play.people.transcript[before..],
        [
            "ana resumes: last 2, missed 2",
            "ana 2: ok",
            "ana hears ana: two",
            "ana resumes: last 2, missed 1",
            "ana hears ana: two",
            "ana resumes: last 2, missed 0",
            "ana does not resume: gap",
        ]
    );
}

#[test]
fn an_answer_that_waits_for_the_disk_finds_its_way_to_the_new_connection() {
    check_with(
        play(),
        "ana logs in
         bo logs in
         hold syncs
         ana pays bo 7
         ana drops
         ana resumes
         ana drops
         ana resumes
         let syncs",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana resumes: last 1, missed 0
         ana resumes: last 1, missed 0
         ana 1: ok, 993 gold
         bo is paid 7 by ana, has 1007",
    );
}

#[test]
fn the_old_token_works_until_the_new_one_has_arrived() {
    check_with(
        play(),
        "ana logs in
         ana drops
         ana resumes
         ana resumes with the old token
         ana says one
         ana resumes with the old token
         ana resumes",
        "ana is in: gen 1, last 0, ok 0
         ana resumes: last 0, missed 0
         an older connection is closed: superseded
         ana resumes: last 0, missed 0
         ana 1: ok
         ana hears ana: one
         ana does not resume: bad
         an older connection is closed: superseded
         ana resumes: last 1, missed 0",
    );
}

#[test]
fn wrong_and_foreign_tokens_change_nothing_for_the_owner_until_there_were_too_many() {
    let four = "eve resumes as ana\n".repeat(4);
    let refused = "eve does not resume: bad\n".repeat(4);
    check_with(
        play(),
        &format!(
            "ana logs in
             eve logs in
             ana drops
             {four}
             ana resumes
             eve resumes as ana
             ana says here
             ana drops
             ana resumes"
        ),
        &format!(
            "ana is in: gen 1, last 0, ok 0
             eve is in: gen 1, last 0, ok 0
             {refused}
             ana resumes: last 0, missed 0
             eve does not resume: bad
             ana 1: ok
             ana hears ana: here
             ana does not resume: bad"
        ),
    );
}

#[test]
fn who_tries_the_token_before_again_and_again_has_guessed_nothing() {
    let tries = "ana resumes with the old token\n".repeat(7);
    let refused = "ana does not resume: bad\n".repeat(7);
    check_with(
        play(),
        &format!(
            "ana logs in
             ana resumes
             ana says one
             {tries}
             ana resumes"
        ),
        &format!(
            "ana is in: gen 1, last 0, ok 0
             an older connection is closed: superseded
             ana resumes: last 0, missed 0
             ana 1: ok
             ana hears ana: one
             {refused}
             an older connection is closed: superseded
             ana resumes: last 1, missed 0"
        ),
    );
}

#[test]
fn the_fifth_wrong_token_is_noted_once() {
    let mut play = play();
    play.run("ana logs in\neve logs in\nana drops");
    for guess in 1..=7 {
        play.run("eve resumes as ana");
        let noted = play.guessed.len();
        assert_eq!(noted, usize::from(5 <= guess), "after {guess}");
    }
    play.run("ana resumes");
    assert_eq!(play.guessed.len(), 1, "its owner comes too late, and has guessed nothing");
}

#[test]
fn a_connection_has_five_tries() {
    let mut play = play();
    play.run("eve connects");
    for _ in 0..5 {
        let resume = Resume { session: vec![3; 16].into(), token: vec![4; 32].into(), received: 0 };
        play.packet("eve", kinds::RESUME, 0, &wire::encode(&resume));
        play.turn();
    }
    let refused = "eve does not resume: restarted";
    assert_eq!(
        play.people.transcript,
        [refused; 5].into_iter().chain(["eve is closed: too_many_logins"]).collect::<Vec<_>>()
    );
}

#[test]
fn nobody_waits_for_ever_and_each_end_has_its_name() {
    let mut play = play();
    let other = "ana logs in\nbo logs in\nana drops\npass 119999\nana resumes\nana drops\npass 120000";
    play.run(other);
    assert_eq!((play.world.figures().sessions, play.world.figures().sessions_away), (1, 0));
    play.run("ana resumes\nana logs in\nbo drops\nana drops");
    let superseded = play.people.person("bo").clone();
    play.run("bo logs in\nbo drops");
    play.people.person("bo").session = superseded.session;
    play.run("bo resumes\ngame dies\nana resumes");
    let seen: Vec<&str> = play.people.transcript.iter().map(String::as_str).collect();
    assert_eq!(
        seen,
        [
            "ana is in: gen 1, last 0, ok 0",
            "bo is in: gen 1, last 0, ok 0",
            "ana resumes: last 0, missed 0",
            "ana does not resume: expired",
            "ana is in: gen 3, last 0, ok 0",
            "bo is in: gen 3, last 0, ok 0",
            "bo does not resume: superseded",
            "ana does not resume: restarted",
        ]
    );
}

#[test]
fn a_session_ends_for_ever_twelve_hours_after_its_login() {
    let mut play = play();
    play.run("ana logs in");
    for _ in 0..12 {
        play.run("ana drops\nana resumes");
        play.pass(Duration::from_secs(3_600));
    }
    play.run("ana drops\nana resumes");
    assert_eq!(play.people.transcript.last().unwrap(), "ana does not resume: expired");
}

#[test]
fn a_room_and_the_map_keep_the_place_and_are_shown_anew() {
    let mut play = play();
    play.run(
        "ana logs in
         bo logs in
         ana joins echo
         bo joins echo
         ana enters the map at 5000 5000
         bo enters the map at 6000 5000
         pass 100
         ana drops
         bo echoes all hello
         bo waves high
         bo moves 1 to 6100 5000
         pass 30000",
    );
    assert_eq!(play.world.figures().avatars, 2, "longer than the ten seconds of one that nobody waits for");
    let before = play.people.transcript.len();
    play.run("ana resumes\npass 100\nbo moves 2 to 6200 5000\npass 100");
    let seen: Vec<&str> = play.people.transcript[before..]
        .iter()
        .map(String::as_str)
        .filter(|line| line.starts_with("ana"))
        .collect();
    assert_eq!(seen[0], "ana resumes: last 1, missed 1", "{seen:?}");
    assert_eq!(seen[1], "ana hears bo echo hello");
    assert!(seen[2..].iter().any(|line| line.contains("bo high")), "{seen:?}");
    assert!(
        seen[2..].iter().any(|line| line.contains("whole") && line.contains("bo is at 6100 5000")),
        "{seen:?}"
    );
    assert!(seen.last().unwrap().contains("moved to 6200 5000"), "{seen:?}");
    play.run("ana moves 1 to 5100 5000\npass 100");
    assert!(play.people.transcript.last().unwrap().contains("moved to 5100 5000"), "it walks again");
}

#[test]
fn what_is_missed_beyond_the_ring_is_a_gap() {
    for lines in [512, 513] {
        let mut play = play();
        play.run("ana logs in\nbo logs in\nana joins echo\nbo joins echo\nana drops");
        for _ in 0..lines {
            play.run("bo echoes all x\npass 50");
        }
        play.run("ana resumes");
        let seen = play.people.transcript.iter().rev().find(|line| line.contains(" resume")).unwrap();
        let expected =
            if lines == 512 { "ana resumes: last 1, missed 512" } else { "ana does not resume: gap" };
        assert_eq!(seen, expected);
    }
}

#[test]
fn a_resume_that_was_held_up_does_not_take_the_session_from_a_later_connection() {
    let mut play = play();
    play.run("ana logs in\nana drops");
    let Person { session, token, .. } = play.people.person("ana").clone();
    play.run("ana connects");
    let held_up = play.people.person("ana").conn;
    play.run("ana resumes");
    let later = std::mem::replace(&mut play.people.person("ana").conn, held_up);
    let resume = Resume { session: session.into(), token: token.into(), received: 0 };
    play.packet("ana", kinds::RESUME, 0, &wire::encode(&resume));
    play.turn();
    play.people.person("ana").conn = later;
    play.run("ana says here");
    assert_eq!(
        play.people.transcript[1..],
        ["ana resumes: last 0, missed 0", "ana does not resume: bad", "ana 1: ok", "ana hears ana: here"]
    );
}

#[test]
fn the_token_that_a_client_has_for_certain_is_never_lost_however_often_nothing_was_heard() {
    let mut play = play();
    play.run("ana logs in\nana drops");
    let first = play.people.person("ana").token.clone();
    for _ in 0..12 {
        // What it is sent gets lost each time.
        play.run("ana resumes\nana drops");
        play.people.person("ana").token.clone_from(&first);
    }
    play.run("ana resumes\nana drops");
    let last = play.people.person("ana").token.clone();
    play.people.person("ana").token.clone_from(&first);
    play.run("ana resumes\nana drops");
    play.people.person("ana").token = last;
    play.run("ana resumes\nana says here\nana drops");
    play.people.person("ana").token.clone_from(&first);
    play.run("ana resumes");
    let lines = &play.people.transcript;
    assert_eq!(lines.iter().filter(|line| line.contains("resumes: last")).count(), 15);
    assert_eq!(lines.last().unwrap(), "ana does not resume: bad", "a later one was heard");
}

#[test]
fn what_comes_in_one_frame_with_a_resume_is_said_by_the_session() {
    let mut play = play();
    play.run("ana logs in\nana drops");
    let Person { session, token, .. } = play.people.person("ana").clone();
    play.run("ana connects");
    let mut packets = Vec::new();
    let resume = wire::encode(&Resume { session: session.into(), token: token.into(), received: 0 });
    Packet { kind: kinds::RESUME, body: &resume, ..Packet::default() }.put(&mut packets);
    Packet { kind: kinds::WALLET_READ, cseq: 1, ..Packet::default() }.put(&mut packets);
    let conn = play.people.person("ana").conn.unwrap();
    play.people.person("ana").sent.insert(1, kinds::WALLET_READ);
    play.record(Record::new(Op::Packets, conn.0, 0, &packets));
    play.turn();
    assert_eq!(play.people.transcript[1..], ["ana resumes: last 0, missed 0", "ana 1: ok, 1000 gold"]);
}

#[test]
fn what_waited_for_rows_when_the_connection_went_is_done_as_it_was_asked_for() {
    let mut play =
        Play::with_grace(WorldConfig { preload: false, cache_accounts_max: 1, ..WorldConfig::default() });
    play.run("ana logs in\nana makes Ida\nana enters with Ida\nbo logs in\nhold reads");
    play.run("ana reads mail\nana drops\nlet reads\nana resumes");
    let refused = play.people.transcript.iter().find(|line| line.contains("not_in_world"));
    assert_eq!(refused, None, "{:?}", play.people.transcript);
}

#[test]
fn a_crowd_with_full_rings_takes_turns_and_everybody_comes_back() {
    let config = WorldConfig { preload: false, guests_per_address_per_hour: 1_000, ..WorldConfig::default() };
    let mut play = Play::with_grace(config);
    let people: Vec<String> = (0..90).map(|nth| format!("p{nth}")).collect();
    for name in &people {
        play.run(&format!("{name} logs in\npass 200\n{name} joins echo\n{name} drops"));
    }
    play.run("bo logs in\nbo joins echo");
    let line = "x".repeat(3_900);
    for _ in 0..30 {
        play.run(&format!("bo echoes all {line}\npass 500"));
    }
    // All of them in one turn: ten megabytes and more.
    for name in &people {
        play.resume(name, |_| {});
    }
    play.turn();
    let back = |play: &Play| play.people.transcript.iter().filter(|line| line.contains("missed 30")).count();
    let (first, mut turns) = (back(&play), 0);
    while back(&play) < people.len() && turns < 20 {
        play.pass(Duration::from_millis(5));
        turns += 1;
    }
    let last = back(&play);
    assert!(first < last && last == people.len(), "{first} at once, {last} at last");
    assert_eq!(play.world.figures().sessions_away, 0);
}

#[test]
fn nobody_comes_too_late_for_the_time_that_game_itself_slept() {
    let mut play = play();
    play.run("ana logs in\nana enters the map at 250000 250000\nana drops\npass 119000\ngame sleeps 3600000");
    assert_eq!(play.world.figures().avatars, 1, "it stands there still");
    play.run("ana resumes");
    assert!(play.people.person("ana").is_in, "her resume had waited to be read");
    play.run("ana drops\npass 60000\ngame sleeps 3600000\npass 59999\nnote not yet\npass 1\nana resumes");
    assert_eq!(play.people.transcript.last().unwrap(), "ana does not resume: expired");
    assert_eq!(play.world.figures().avatars, 0);
}
