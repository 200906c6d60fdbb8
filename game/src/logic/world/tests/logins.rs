//! Logins through the world: guests, names, passwords, limits.

use super::*;

#[test]
fn a_guest_comes_back_with_its_secret() {
    check(
        "ana logs in\nana logs out\nana logs in\nana drops\nana tries a wrong secret",
        "ana is in: gen 1, last 0, ok 0
         ana is closed: logged_out
         ana is in: gen 3, last 0, ok 0
         ana is refused: bad_credentials",
    );
}

#[test]
fn the_newest_login_wins_in_one_step() {
    check(
        "ana logs in
         ana joins echo
         bo logs in
         bo joins echo
         ana logs in
         bo echoes all hi
         ana reads wallet",
        "ana is in: gen 1, last 0, ok 0
         ana 1: ok, 1 members
         bo is in: gen 1, last 0, ok 0
         bo 1: ok, 2 members
         an older connection is closed: superseded
         ana is in: gen 3, last 1, ok 1
         bo 2: ok
         bo hears bo echo hi
         ana 2: ok, 1000 gold",
    );
}

#[test]
fn a_login_is_told_only_when_it_is_durable() {
    check(
        "hold syncs
         ana logs in
         note nothing yet
         sync
         ana logs in
         note the older connection is gone at once
         sync",
        "note nothing yet
         ana is in: gen 1, last 0, ok 0
         an older connection is closed: superseded
         note the older connection is gone at once
         ana is in: gen 3, last 0, ok 0",
    );
}

#[test]
fn a_name_is_registered_once_whatever_its_letters_case() {
    check(
        "ana registers Anabel with correct-horse
         bo registers aNABEL with correct-horse
         bo registers Bo2 with correct-horse
         cy logs in as anabel with correct-horse",
        "ana is queued at 1
         ana is in: gen 1, last 0, ok 0
         bo is refused: name_taken
         bo is queued at 1
         bo is in: gen 1, last 0, ok 0
         cy is queued at 1
         ana is closed: superseded
         cy is in: gen 3, last 0, ok 0",
    );
}

#[test]
fn of_two_who_register_a_name_at_once_the_first_hash_takes_it() {
    check(
        "hold hashes
         ana registers Anabel with correct-horse
         bo registers Anabel with battery-staple
         let hashes",
        "ana is queued at 1
         bo is queued at 2
         bo is refused: name_taken
         ana is in: gen 1, last 0, ok 0",
    );
}

#[test]
fn unknown_names_and_wrong_passwords_get_the_same_answer_after_the_same_hash() {
    check(
        "ana registers Anabel with correct-horse
         ana drops
         bo logs in as Anabel with wrong-horse
         bo logs in as Nobody with wrong-horse
         bo logs in as !!! with wrong-horse",
        "ana is queued at 1
         ana is in: gen 1, last 0, ok 0
         bo is queued at 1
         bo is refused: bad_credentials
         bo is queued at 1
         bo is refused: bad_credentials
         bo is queued at 1
         bo is refused: bad_credentials",
    );
}

#[test]
fn the_fifth_refused_login_closes_the_connection() {
    let refused = "bo is refused: bad_credentials\n".repeat(5);
    check(
        &format!("bo connects\n{}", "bo tries a wrong secret\n".repeat(5)),
        &format!("{refused}bo is closed: too_many_logins"),
    );
}

#[test]
fn names_and_passwords_outside_the_rules_are_refused_by_name() {
    check(
        "ana registers x! with correct-horse
         ana registers Anabel with short",
        "ana is refused: name_character
         ana is refused: password_too_short",
    );
}

#[test]
fn binding_a_name_revokes_the_secret_and_opens_the_password() {
    check(
        "ana logs in
         ana binds Anabel with correct-horse
         ana binds Anabel2 with correct-horse
         ana drops
         ana logs in
         ana logs in as Anabel with correct-horse
         ana says hi",
        "ana is in: gen 1, last 0, ok 0
         ana 1: ok
         ana 2: rejected already_named
         ana is refused: bad_credentials
         ana is queued at 1
         ana is in: gen 3, last 2, ok 10
         ana 3: ok
         ana hears ana: hi",
    );
}

#[test]
fn commands_wait_behind_a_bind_name_in_their_order() {
    check(
        "ana logs in
         hold hashes
         ana binds Anabel with correct-horse
         ana says first
         ana reads wallet
         note waiting
         let hashes",
        "ana is in: gen 1, last 0, ok 0
         note waiting
         ana 1: ok
         ana 2: ok
         ana 3: ok, 1000 gold
         ana hears ana: first",
    );
}

#[test]
fn a_login_drops_what_the_older_session_still_waited_for() {
    check(
        "ana logs in
         hold hashes
         ana binds Anabel with correct-horse
         ana says first
         ana logs in
         let hashes
         ana reads wallet",
        "ana is in: gen 1, last 0, ok 0
         an older connection is closed: superseded
         ana is in: gen 3, last 2, ok 0
         ana 3: ok, 1000 gold",
    );
}

#[test]
fn an_address_makes_only_so_many_guests_an_hour() {
    let config = WorldConfig { preload: false, guests_per_address_per_hour: 2, ..WorldConfig::default() };
    check_with(
        Play::new(config.clone()),
        "ana logs in
         bo logs in
         cy logs in
         di connects from loopback
         di logs in
         pass 3600000
         cy logs in",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         cy is refused: too_many_guests
         di is in: gen 1, last 0, ok 0
         cy is in: gen 1, last 0, ok 0",
    );
    let per_hour = 0;
    check_with(
        Play::new(WorldConfig { limit_loopback: true, guests_per_address_per_hour: per_hour, ..config }),
        "di connects from loopback\ndi logs in",
        "di is refused: too_many_guests",
    );
}

#[test]
fn nobody_plays_before_the_accounts_are_loaded() {
    let mut play = Play::new(WorldConfig::default());
    play.run(
        "ana logs in
         bo registers Bobby with correct-horse
         cy logs in",
    );
    play.people.transcript.clear();
    play.held.reads = true;
    play.restart();
    assert!(!play.world.is_ready());
    play.run("ana logs in");
    play.held.reads = false;
    play.run("note rows come");
    assert!(play.world.is_ready());
    assert_eq!(play.world.figures().accounts_loaded, 3);
    play.held.reads = true;
    check_with(
        play,
        "ana logs in\nana pays cy 1",
        "ana is refused: starting
         note rows come
         ana is in: gen 3, last 0, ok 0
         ana 1: ok, 999 gold",
    );
}

/// 256 who wait for their hash, of four blocks.
fn crowd() -> Play {
    let config = WorldConfig { guests_per_address_per_hour: 1_000, ..WorldConfig::default() };
    let mut play = Play::new(WorldConfig { preload: false, ..config });
    play.held.hashes = true;
    for number in 0..256 {
        let block = number / 64;
        play.run(&format!("p{number} connects from 10.0.{block}.{number}"));
        play.run(&format!("p{number} registers Player{number} with correct-horse"));
    }
    play.people.transcript.clear();
    play
}

#[test]
fn a_full_hash_queue_refuses_logins_and_does_not_hold_it_against_them() {
    let mut play = crowd();
    play.run("late connects from 10.0.3.9");
    play.run(&"late registers Latecomer with correct-horse\n".repeat(6));
    assert_eq!(play.people.transcript, vec!["late is refused: busy"; 6]);
    assert_eq!(play.world.figures().hashes_refused, 6);
    play.held.hashes = false;
    play.run("note hashes come");
    assert_eq!(play.world.figures().sessions, 256);
}

#[test]
fn four_blocks_that_fill_the_hash_queue_do_not_lock_out_a_fifth() {
    let mut play = crowd();
    play.run("late connects from 10.0.4.9\nlate registers Latecomer with correct-horse");
    let seen = std::mem::take(&mut play.people.transcript);
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert_eq!(seen[0], "late is queued at 7", "two at work, one of each block");
    assert!(seen[1].ends_with("is refused: busy") && !seen[1].starts_with("late"), "{seen:?}");
    for _ in 0..8 {
        play.answer_hashes();
        play.turn();
    }
    assert!(play.people.person("late").is_in);
}

#[test]
fn whoever_waits_for_a_hash_hears_of_its_new_position_now_and_then() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.held.hashes = true;
    for name in ["ana", "bo", "cy", "di", "ed"] {
        play.run(&format!("{name} registers {name}bel with correct-horse"));
    }
    play.run("pass 1000\nnote nothing has changed\nbo drops\ncy drops\npass 999\nnote not yet\npass 1");
    check_with(
        play,
        "note the rest\nlet hashes",
        "ana is queued at 1
         bo is queued at 2
         cy is queued at 3
         di is queued at 4
         ed is queued at 5
         note nothing has changed
         note not yet
         di is queued at 3
         ed is queued at 4
         note the rest
         ana is in: gen 1, last 0, ok 0
         di is in: gen 1, last 0, ok 0
         ed is in: gen 1, last 0, ok 0",
    );
}

#[test]
fn a_page_that_does_not_come_is_asked_for_again() {
    let mut play = Play::new(WorldConfig { preload: true, ..idle() });
    play.run("ana logs in\nbo logs in\ncy logs in");
    play.held.reads = true;
    play.restart();
    play.fail_reads(proto::rpc::Failure::Deadline);
    assert!(!play.world.is_ready());
    assert!(play.world.next_deadline().is_some());
    play.held.reads = false;
    play.run("pass 1000");
    assert!(play.world.is_ready());
    assert_eq!(play.world.next_deadline(), None);
    assert_eq!(play.world.figures().accounts_loaded, 3);
}

#[test]
fn loading_goes_on_where_it_was_when_the_store_goes_and_comes_back() {
    let mut play = Play::new(WorldConfig::default());
    play.run("ana logs in\nbo logs in\ncy logs in");
    play.held.reads = true;
    play.restart();
    play.store_down();
    play.store_back();
    play.held.reads = false;
    play.run("note rows come");
    assert!(play.world.is_ready());
    assert_eq!(play.world.figures().accounts_loaded, 3);
}

#[test]
fn loading_ends_at_the_bound_of_the_cache() {
    let mut play = Play::new(WorldConfig { cache_accounts_max: 4, ..WorldConfig::default() });
    for number in 0..9 {
        play.run(&format!("p{number} logs in\np{number} drops"));
    }
    play.restart();
    assert!(play.world.is_ready());
    assert_eq!(play.world.figures().accounts_loaded, 4);
    play.run("p8 logs in\np8 reads wallet");
    assert_eq!(play.people.transcript.last().map(String::as_str), Some("p8 1: ok, 1000 gold"));
}

#[test]
fn whoever_tries_passwords_is_slowed_down_and_the_owner_elsewhere_is_not() {
    let wrong = "bo is queued at 1\nbo is refused: bad_credentials\n";
    check(
        &format!(
            "ana registers Anabel with correct-horse
             ana drops
             bo connects
             {}
             bo connects
             bo logs in as Anabel with correct-horse
             bo logs in as Anabe1 with wrong-horse
             ana connects from loopback
             ana logs in as Anabel with correct-horse
             pass 1000
             bo logs in as ANABEL with correct-horse",
            "bo logs in as anabel with wrong-horse\nbo connects\n".repeat(5)
        ),
        &format!(
            "ana is queued at 1
             ana is in: gen 1, last 0, ok 0
             {}
             bo is refused: slow_down
             {wrong}
             ana is queued at 1
             ana is in: gen 3, last 0, ok 0
             bo is queued at 1
             ana is closed: superseded
             bo is in: gen 5, last 0, ok 0",
            wrong.repeat(5)
        ),
    );
}

#[test]
fn nobody_wants_the_hash_of_one_who_left() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run("hold hashes\nana registers Anabel with correct-horse\nbo logs in as Bo with correct-horse");
    assert_eq!(play.hashes_wanted(), 2);
    play.run("bo drops");
    assert_eq!(play.hashes_wanted(), 1);
    play.run("let hashes\nana reads wallet");
    assert!(play.people.person("ana").is_in);
}

#[test]
fn an_address_registers_so_many_accounts_an_hour_and_mistakes_are_free() {
    let config = WorldConfig { preload: false, guests_per_address_per_hour: 2, ..WorldConfig::default() };
    check_with(
        Play::new(config),
        "ana registers x! with correct-horse
         ana registers Anabel with correct-horse
         bo registers Anabel with correct-horse
         bo logs in
         cy registers Cyril with correct-horse",
        "ana is refused: name_character
         ana is queued at 1
         ana is in: gen 1, last 0, ok 0
         bo is refused: name_taken
         bo is in: gen 1, last 0, ok 0
         cy is refused: too_many_accounts",
    );
}
