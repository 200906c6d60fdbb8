//! What the world does less of while the journal has little room: each level, and the way back.

use proto::tables::WalletRow;

use super::{
    goods::{AT_SHOPS, enter},
    *,
};

#[test]
fn at_orange_nobody_new_comes_in_and_who_was_inside_goes_on_and_comes_back() {
    check(
        "ana logs in
         bo logs in
         cy logs in
         bo drops
         pass 119000
         cy drops
         level orange
         dora logs in
         eve registers Eve with sesame-street
         ana pays cy 1
         ana says hello
         bo logs in
         cy logs in
         ana logs in
         cy drops
         pass 120000
         cy logs in
         level yellow
         cy logs in
         dora logs in",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         cy is in: gen 1, last 0, ok 0
         dora is refused: store_low
         eve is refused: store_low
         ana 1: ok, 999 gold
         ana 2: ok
         ana hears ana: hello
         bo is in: gen 3, last 0, ok 0
         cy is in: gen 3, last 0, ok 0
         an older connection is closed: superseded
         ana is in: gen 3, last 2, ok 11
         cy is refused: store_low
         cy is in: gen 5, last 0, ok 0
         dora is in: gen 1, last 0, ok 0",
    );
}

#[test]
fn at_red_what_is_of_value_is_not_executed_and_play_without_it_goes_on() {
    check(
        "ana logs in
         bo logs in
         level red
         ana pays bo 1
         ana reads wallet
         ana says still here
         bo drops
         bo logs in
         cy logs in
         staff kicks bo
         game dies
         ana logs in
         level red
         level orange
         ana pays bo 1",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: later store_full
         ana 2: ok, 1000 gold
         ana 3: ok
         ana hears ana: still here
         bo hears ana: still here
         bo is in: gen 3, last 0, ok 0
         cy is refused: store_low
         bo is closed: kicked
         staff: ok, a guest, plays
         ana is in: gen 3, last 0, ok 0
         ana 1: ok, 999 gold",
    );
}

/// Ida and her player, in the world, where she walks.
fn with_ida() -> Play {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    play.run("pass 66\nana moves 1 to 250100 250000\npass 66");
    play.people.transcript.clear();
    play
}

#[test]
fn from_yellow_on_places_are_kept_four_times_less_often() {
    for (level, kept) in [("green", 4), ("yellow", 1), ("red", 1)] {
        let mut play = with_ida();
        // The round that is due was set before.
        play.run(&format!("level {level}\npass 30000"));
        let before = play.world.figures().places_kept;
        for step in 2..=121_i32 {
            play.run(&format!("ana moves {step} to {} 250000\npass 1000", 250_100 + step * 20));
        }
        assert_eq!(play.world.figures().places_kept - before, kept, "{level}");
    }
}

#[test]
fn at_black_the_world_stands_still_writes_nothing_and_tells_players_once_each_way() {
    let mut play = with_ida();
    play.run("level black");
    let records = play.world.figures().records;
    play.run(
        "level black
         ana moves 2 to 250400 250000
         ana makes Ada
         ana leaves the world
         staff bans ana
         ana says is anybody here
         bo logs in
         pass 30000
         pass 30000",
    );
    assert_eq!(play.world.figures().records, records, "nothing was written");
    assert_eq!(play.world.figures().avatars, 1);
    play.run("level red\nlevel red\npass 66\nana moves 3 to 250400 250000\npass 66");
    assert_eq!(
        play.people.transcript,
        [
            "ana is told: frozen",
            "ana 3: later store_full",
            "ana 4: later store_full",
            "staff: store_full",
            "ana 5: ok",
            "ana hears ana: is anybody here",
            "bo is refused: store_low",
            "ana is told: thawed",
            "ana sees cell 55, 1 moved to 400 0",
        ],
        "{:#?}",
        play.people.transcript
    );
    assert!(records < play.world.figures().records, "her place was kept when it went on");
}

#[test]
fn while_the_database_is_behind_value_is_executed_as_fast_as_it_keeps_up() {
    let mut play = Play::new(WorldConfig { preload: false, commands_per_s: 1_000, ..WorldConfig::default() });
    play.run("ana logs in\nbo logs in\nlevel green pace 10");
    let mut pay = |seconds: u32| {
        let before = play.world.figures().answered_ok;
        for _ in 0..seconds * 20 {
            play.run("pass 50\nana pays bo 1");
        }
        play.world.figures().answered_ok - before
    };
    assert_eq!(pay(1), 10 + 9, "what was saved up, and what came since");
    assert_eq!(pay(10), 100);
    let later = play.people.transcript.iter().filter(|line| line.ends_with("later store_slow")).count();
    assert_eq!(later, 220 - 119);
    play.people.transcript.clear();
    play.run("ana says this is free\nlevel green");
    for _ in 0..50 {
        play.run("ana pays bo 1");
    }
    assert!(play.people.transcript.iter().all(|line| !line.contains("later")));
    let paid = 119 + 50;
    let wallets = play.store.rows::<WalletRow>();
    assert_eq!(wallets.iter().map(|row| row.gold).max(), Some(1_000 + paid));
}
