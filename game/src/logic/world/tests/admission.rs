//! The login queue through the world: who waits, what is said meanwhile, and what becomes of those whose connection goes.

use std::time::Duration;

use proto::{
    epoch::LinkKey,
    ids::{AccountId, ConnId},
    kinds,
    link_io::{Op, Record},
    packet::Packet,
    wire,
};

use super::*;
use crate::logic::{
    event::ConnAt,
    sessions::Stage,
    staff::Who,
    testing::{LINK, Play},
};

/// One login a second, and no more at once.
fn slow() -> WorldConfig {
    WorldConfig {
        logins_per_s_min: 1,
        logins_per_s_max: 1,
        guests_per_address_per_hour: 100_000,
        seal_key: Some(LinkKey::new([1; 32]).seal_key()),
        ..idle()
    }
}

/// Room for one.
fn full() -> WorldConfig {
    WorldConfig { players_max: 1, logins_per_s_max: 2_000, ..slow() }
}

fn play(config: WorldConfig, script: &str, expected: &str) -> Play {
    let mut play = Play::new(config.clone());
    play.run(script);
    let seen = play.people.transcript.clone();
    check_with(play, "", expected);
    let mut again = Play::new(config);
    again.run(script);
    assert_eq!(again.people.transcript, seen);
    again
}

#[test]
fn with_time_and_room_nobody_waits_and_nothing_is_left_to_do() {
    let mut play = Play::new(idle());
    for name in 0..100 {
        play.run(&format!("p{name} connects from loopback\np{name} logs in"));
    }
    assert!(play.people.transcript.iter().all(|line| line.contains(" is in: ")));
    assert_eq!(play.world.figures().logins_begun, 100);
    assert_eq!(play.world.logins_waited().count(), 0);
    assert_eq!(play.world.next_deadline(), None);
}

#[test]
fn logins_come_in_one_after_another_and_hear_where_they_stand() {
    let play = play(
        slow(),
        "ana logs in
         bo logs in
         cy logs in
         dy logs in
         pass 50
         pass 950
         pass 1000
         pass 1000
         bo reads wallet",
        "ana is in: gen 1, last 0, ok 0
         bo is queued at 1
         cy is queued at 2
         dy is queued at 3
         bo is in: gen 1, last 0, ok 0
         cy is in: gen 1, last 0, ok 0
         dy is in: gen 1, last 0, ok 0
         bo 1: ok, 1000 gold",
    );
    assert_eq!(play.people.all["dy"].wait_ms, 3_000);
    assert_eq!(play.world.logins_waited().count(), 3);
    assert_eq!(play.world.next_deadline(), None);
}

#[test]
fn a_position_is_told_again_each_five_seconds_if_it_changed_and_each_minute_if_not() {
    let mut play = Play::new(full());
    play.run("ana logs in\nbo logs in\ncy logs in\npass 50");
    let queued = |play: &Play, name: &str| {
        let told = format!("{name} is queued at ");
        play.people
            .transcript
            .iter()
            .filter_map(|line| line.strip_prefix(&told))
            .collect::<Vec<_>>()
            .join(" ")
    };
    for _ in 0..59 {
        play.run("pass 1000");
    }
    assert_eq!(queued(&play, "cy"), "2");
    play.run("pass 1000\npass 1000");
    assert_eq!(queued(&play, "cy"), "2 2");
    play.run("bo drops\npass 1000\npass 1000\npass 1000");
    assert_eq!(queued(&play, "cy"), "2 2");
    play.run("pass 1000\npass 1000");
    assert_eq!(queued(&play, "cy"), "2 2 1");
    assert_eq!(play.people.all["cy"].wait_ms, 0, "nobody knows when ana goes");
    play.run("ana logs out");
    assert!(play.people.all["cy"].is_in);
}

#[test]
fn who_waits_may_say_nothing_but_that_it_lives() {
    play(
        full(),
        "ana logs in
         bo logs in
         bo sends 3 x
         bo says hi
         cy logs in
         pass 50
         cy logs in",
        "ana is in: gen 1, last 0, ok 0
         bo is queued at 1
         bo is closed: out_of_turn
         cy is queued at 1
         cy is closed: out_of_turn",
    );
}

#[test]
fn a_full_world_lets_the_next_one_in_when_somebody_goes_and_staff_at_once() {
    let mut config = full();
    config.maintenance_accounts = vec![Who::Name("anabel".to_owned())];
    let mut play = Play::new(config);
    play.run("ana registers Anabel with correct-horse\nana logs out\nbo logs in\ncy logs in\npass 50");
    assert!(!play.people.all["cy"].is_in);
    play.run("ana logs in by ticket");
    assert!(play.people.all["ana"].is_in, "{:?}", play.people.transcript);
    assert_eq!(play.world.figures().sessions, 2);
    play.run("ana logs out");
    assert!(!play.people.all["cy"].is_in, "there is still one");
    play.run("bo logs out");
    assert!(play.people.all["cy"].is_in);
}

#[test]
fn staff_comes_into_a_full_world_by_password_too() {
    for who in [Who::Name("anabel".to_owned()), Who::Id(AccountId(0))] {
        let mut play = Play::new(full());
        play.run("ana registers Anabel with correct-horse\nana logs out\nbo logs in\ncy logs in\npass 50");
        let id = AccountId(play.people.all["ana"].account);
        let who = if matches!(who, Who::Id(_)) { Who::Id(id) } else { who };
        play.world.config.maintenance_accounts = vec![who];
        play.run("ana logs in as Anabel with wrong-horse");
        assert_eq!(play.people.transcript.last().unwrap(), "ana is refused: bad_credentials");
        play.run("ana logs in as Anabel with correct-horse");
        assert!(play.people.all["ana"].is_in, "{:?}", play.people.transcript);
        assert!(!play.people.all["cy"].is_in);
        assert_eq!(play.world.figures().sessions, 2);
    }
}

#[test]
fn of_those_who_say_that_they_are_staff_four_at_a_time_are_looked_at_in_a_full_world() {
    let maintenance_accounts = vec![Who::Name("anabel".to_owned())];
    let mut play = Play::new(WorldConfig { maintenance_accounts, players_max: 2, ..full() });
    play.run("ana registers Anabel with correct-horse\nana logs out\nbo logs in\ncy logs in\ndy logs in\nhold hashes");
    for name in 0..10 {
        play.run(&format!(
            "p{name} connects from 203.0.{name}.7\np{name} logs in as Anabel with wrong-horse"
        ));
    }
    play.run("ana logs in as Anabel with correct-horse\npass 50");
    assert_eq!(
        (play.hashes_wanted(), play.world.figures().hashes_waiting),
        (2, 4),
        "as many as are handed out"
    );
    assert_eq!(play.world.figures().logins_waiting_other, 8);
    // What they hold is none of the places of those who come in without it.
    play.run("bo logs out");
    assert!(play.people.all["dy"].is_in, "{:?}", play.people.transcript);
    play.run("let hashes\npass 1000");
    let refused = |line: &&String| line.ends_with(" is refused: bad_credentials");
    assert_eq!(play.people.transcript.iter().filter(refused).count(), 10);
    assert!(play.people.all["ana"].is_in, "{:?}", play.people.transcript);
}

#[test]
fn a_nap_of_game_takes_nothing_from_the_patience_of_whoever_waits() {
    let mut play = Play::new(full());
    play.run("ana logs in\nbo logs in\npass 300000\ngame sleeps 600000\npass 299000");
    let late = |play: &Play| play.people.transcript.iter().any(|line| line.contains("queued_too_long"));
    assert!(!late(&play), "{:?}", play.people.transcript);
    play.run("pass 2000");
    assert!(late(&play));
}

#[test]
fn whoever_only_says_that_it_is_staff_gains_nothing_by_it_and_pushes_nobody_out() {
    let maintenance_accounts = vec![Who::Name("anabel".to_owned())];
    play(
        WorldConfig { maintenance_accounts: maintenance_accounts.clone(), ..full() },
        "bo logs in
         cy logs in
         dy logs in as Anabel with correct-horse
         pass 1000
         bo logs out
         pass 1000",
        "bo is in: gen 1, last 0, ok 0
         cy is queued at 1
         dy is queued at 1
         dy is refused: bad_credentials
         bo is closed: logged_out
         cy is in: gen 1, last 0, ok 0",
    );
    let mut play = Play::new(WorldConfig { maintenance_accounts, login_queue_max: 1, ..slow() });
    play.run("ana registers Anabel with correct-horse\nana logs out\nana logs in by ticket");
    play.run("dy logs in as Anabel with correct-horse\ned logs in as Anabel with correct-horse");
    let full = |line: &&String| line.ends_with(" is refused: queue_full");
    assert_eq!(play.people.transcript.iter().filter(full).count(), 2, "{:?}", play.people.transcript);
    assert_eq!(play.world.figures().logins_waiting_staff, 1);
    play.run("pass 1000");
    assert!(play.people.all["ana"].is_in);
}

#[test]
fn a_ticket_comes_before_other_logins_and_one_whose_session_is_here_takes_no_room() {
    let mut play = Play::new(slow());
    play.world.config.resume_grace = Duration::from_secs(120);
    play.run("ana logs in\npass 1000\nbo logs in\npass 1000\nana logs out\npass 1000\ncy logs in");
    play.run(
        "dy logs in\npass 50\nana logs in by ticket\nbo connects\nbo logs in by ticket\npass 50\npass 900",
    );
    let came = |play: &Play| {
        let told = play.people.transcript.iter().filter_map(|line| line.split_once(" is in: "));
        told.map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(came(&play), ["ana", "bo", "cy", "bo"], "{:?}", play.people.transcript);
    play.run("pass 1000\npass 1000");
    assert_eq!(came(&play), ["ana", "bo", "cy", "bo", "ana", "dy"], "{:?}", play.people.transcript);
    play.world.config.players_max = 1;
    play.run("bo drops\nbo logs in by ticket\npass 1000");
    assert!(play.people.all["bo"].is_in, "{:?}", play.people.transcript);
}

#[test]
fn who_lost_its_connection_stands_where_it_stood() {
    play(
        full(),
        "ana logs in
         bo logs in
         cy logs in
         pass 50
         bo drops
         dy logs in
         pass 50
         bo connects
         bo shows its place
         bo logs in
         pass 50
         ana logs out",
        "ana is in: gen 1, last 0, ok 0
         bo is queued at 1
         cy is queued at 2
         dy is queued at 2
         bo is queued at 1
         ana is closed: logged_out
         bo is in: gen 1, last 0, ok 0",
    );
}

#[test]
fn a_place_is_of_its_block_of_addresses_for_one_connection_and_for_three_minutes() {
    let mut play = Play::new(full());
    play.run("ana logs in\nbo logs in\ncy logs in\ndy logs in\npass 50");
    let place = play.people.person("bo").place.clone();
    // From elsewhere it is worth nothing.
    play.people.person("ed").place = place.clone();
    play.run("bo drops\ned connects from 203.0.113.7\ned shows its place\ned logs in\npass 50");
    assert!(play.people.transcript.last().unwrap().starts_with("ed is queued at 3"));
    // A second one who shows it takes it over: the first seemed to live, and was dead.
    play.run("bo connects\nbo shows its place\nbo logs in\npass 50");
    assert_eq!(play.people.transcript.last().unwrap(), "bo is queued at 1");
    play.people.person("flo").place = place.clone();
    play.run("flo connects\nflo shows its place\nflo logs in\npass 50");
    let last: Vec<_> = play.people.transcript.iter().rev().take(2).rev().collect();
    assert_eq!(last, ["bo is closed: superseded", "flo is queued at 1"]);
    // After three minutes nobody keeps it.
    play.run("flo drops\npass 180000\nflo connects\nflo shows its place\nflo logs in\npass 50");
    assert_eq!(play.people.transcript.last().unwrap(), "flo is queued at 4");
    assert_eq!(play.world.figures().logins_taken_back, 2);
}

#[test]
fn a_place_is_used_up_by_the_login_that_it_brought_on() {
    let mut play = Play::new(full());
    play.run("ana logs in\nbo logs in\npass 50");
    let place = play.people.person("bo").place.clone();
    play.run("ana logs out\ncy logs in\npass 50");
    play.people.person("dy").place = place;
    play.run("dy connects\ndy shows its place\ndy logs in\npass 50");
    assert_eq!(play.people.transcript.last().unwrap(), "dy is queued at 2");
}

#[test]
fn places_outlive_the_game_that_gave_them() {
    let mut play = Play::new(slow());
    play.run(
        "ana logs in\nbo logs in\ncy logs in\npass 50\npass 500\ngame dies\ndy logs in\ned logs in\npass 50",
    );
    play.run(
        "cy connects\ncy shows its place\ncy logs in\nbo connects\nbo shows its place\nbo logs in\npass 50",
    );
    play.run("pass 1000\npass 1000\npass 1000");
    let last: Vec<_> = play.people.transcript.iter().rev().take(3).map(|line| &line[..5]).collect();
    assert_eq!(last, ["ed is", "cy is", "bo is"], "{:?}", play.people.transcript);
    // Told of too long ago.
    play.run("flo logs in\ngil logs in\npass 50");
    let place = play.people.person("gil").place.clone();
    play.run("game dies\npass 241000\nana logs in\nbo logs in");
    assert_eq!(play.people.person("gil").place, place);
    play.run("gil connects\ngil shows its place\ngil logs in\npass 50");
    assert_eq!(play.people.transcript.last().unwrap(), "gil is queued at 2");
}

#[test]
fn places_that_are_none_are_passed_over() {
    let mut play = Play::new(full());
    play.run("ana logs in\nbo logs in\npass 50");
    for place in [vec![], vec![1; 49], vec![1; 64]] {
        play.people.person("cy").place = place;
        play.run("cy connects\ncy shows its place\ncy logs in\npass 1000\ncy drops");
        assert_eq!(play.people.transcript.last().unwrap(), "cy is queued at 2");
    }
    play.run("dy connects\ndy sends 24 x");
    assert_eq!(play.people.transcript.last().unwrap(), "dy is closed: bad_body");
}

#[test]
fn a_full_queue_says_when_to_come_again_and_holds_it_against_nobody() {
    let mut play = Play::new(WorldConfig { login_queue_max: 1, ..slow() });
    play.run("ana logs in\nbo logs in\ncy connects");
    for _ in 0..6 {
        play.run("cy logs in");
        assert!((1_000..2_000).contains(&play.people.all["cy"].wait_ms), "for a client with a wrong clock");
        let until_ms = play.people.all["cy"].until_ms - play.now.wall_ms;
        assert!((1_000..2_000).contains(&until_ms), "{until_ms}");
    }
    let refused = play.people.transcript.iter().filter(|line| *line == "cy is refused: queue_full").count();
    assert_eq!(refused, 6, "and the connection stays");
    play.run("pass 1000\ncy logs in\npass 1000");
    assert!(play.people.all["cy"].is_in);
    assert_eq!(play.world.figures().logins_queue_full, 6);
}

#[test]
fn one_who_comes_before_the_last_in_a_full_queue_takes_its_place() {
    let mut play = Play::new(WorldConfig { login_queue_max: 1, ..slow() });
    play.run("ana logs in\nana logs out\nbo logs in\nana logs in by ticket\npass 1000");
    let seen: Vec<_> =
        play.people.transcript.iter().skip(2).map(|line| line.split(" until").next().unwrap()).collect();
    assert_eq!(seen, ["bo is queued at 1", "bo is refused: queue_full", "ana is in: gen 3, last 0, ok 0"]);
}

#[test]
fn nobody_waits_longer_than_ten_minutes() {
    let mut play = Play::new(full());
    play.run("ana logs in\nbo logs in\npass 599000\ncy logs in\npass 1000");
    let seen: Vec<_> =
        play.people.transcript.iter().map(|line| line.split(" until").next().unwrap()).collect();
    assert!(seen.contains(&"bo is refused: queued_too_long"), "{seen:?}");
    assert_eq!(play.world.figures().logins_queue_late, 1);
    assert_eq!(play.world.figures().logins_waiting_other, 1);
}

#[test]
fn who_goes_leaves_its_place_and_nothing_else() {
    let mut play = Play::new(full());
    play.run("ana logs in\nbo logs in\npass 50\nbo drops");
    let figures = play.world.figures();
    assert_eq!((figures.logins_waiting_other, figures.logins_away, figures.connections), (0, 1, 1));
    play.run("cy logs in\npass 180000\ncy drops");
    assert_eq!(play.world.figures().logins_away, 1, "of the first nothing is kept any more");
}

#[test]
fn logins_slow_down_while_turns_are_long_and_come_back() {
    let mut play = Play::new(idle());
    assert_eq!(play.world.logins_slowed_to(), None);
    play.run("turns take 60");
    assert_eq!(play.world.logins_slowed_to(), Some(1_000));
    play.run(&"turns take 60\n".repeat(9));
    assert_eq!((play.world.logins_slowed_to(), play.world.figures().logins_per_s), (Some(100), 100));
    play.run(&"turns take 5\n".repeat(18));
    assert_eq!(play.world.logins_slowed_to(), Some(1_900));
    play.run("turns take 5");
    assert_eq!((play.world.logins_slowed_to(), play.world.figures().logins_per_s), (None, 2_000));
}

#[test]
fn passwords_wait_here_while_as_many_as_may_be_are_being_hashed() {
    let mut play = Play::new(idle());
    play.run("hold hashes");
    // A burst begins at once, and for most of it there is no room.
    let mut queued = 0;
    for name in 0..600 {
        let line =
            format!("p{name} connects from loopback\np{name} logs in as Nobody{name} with correct-horse");
        play.run(&line);
        queued = play.world.figures().logins_waiting_other;
    }
    assert!(0 < queued, "those behind it wait");
    play.run("pass 10\npass 1000");
    assert_eq!(play.world.figures().logins_waiting_other, queued, "for room");
    play.run("guest connects from loopback\nguest logs in\npass 1000");
    assert!(play.people.all["guest"].is_in, "who needs none is not held up");
    play.run("let hashes\npass 1000\npass 1000");
    assert_eq!(play.world.figures().logins_waiting_other, 0);
}

/// Ten thousand connections log in at the same moment, as new guests.
#[test]
fn a_storm_of_ten_thousand_comes_in_as_fast_as_may_be_in_its_order_within_a_bound() {
    let config = WorldConfig { login_queue_max: 8_000, ..slow() };
    let mut play = Play::new(WorldConfig { logins_per_s_min: 100, logins_per_s_max: 2_000, ..config });
    let conns = 1..=10_000;
    for conn in conns.clone() {
        play.record(Record::new(Op::Opened, conn, 0, &[0x20; 16]));
        let hello = wire::encode(&proto::client::Hello { protocol: 1, client: "storm".to_owned() });
        for (kind, body) in [(kinds::HELLO, hello.as_slice()), (kinds::LOGIN_GUEST, &[])] {
            let mut bytes = Vec::new();
            Packet { kind, body, ..Packet::default() }.put(&mut bytes);
            play.record(Record::new(Op::Packets, conn, 0, &bytes));
        }
    }
    play.turn();
    let figures = play.world.figures();
    // What may begin at once, what may wait, and all others.
    assert_eq!(
        (figures.logins, figures.logins_waiting_other, figures.logins_queue_full),
        (500, 8_000, 1_500)
    );
    for passed in 1..=4 {
        for _ in 0..100 {
            play.pass(Duration::from_millis(10));
        }
        assert_eq!(play.world.figures().logins, 500 + passed * 2_000);
    }
    assert_eq!(play.world.figures().logins_waiting_other, 0);
    // Ids of accounts grow in the order in which logins were executed.
    let accounts: Vec<AccountId> = conns
        .filter_map(|conn| {
            let key = play.world.delivery.find(ConnAt { link: LINK, conn: ConnId(conn) })?;
            match &play.world.conns.get(key)?.stage {
                Stage::Playing(session) => Some(session.account),
                _ => None,
            }
        })
        .collect();
    assert_eq!(accounts.len(), 8_500);
    assert!(accounts.is_sorted(), "first come, first served");
}
