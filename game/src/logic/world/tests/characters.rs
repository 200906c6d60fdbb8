//! An account's characters: how many, in the world, levels.

mod names;
mod random;
mod walk;

use std::{sync::Arc, time::Duration};

use proto::{
    client::CharCreate,
    ids::AccountId,
    kinds,
    link::Record,
    prescan::Budget,
    tables::{CharacterNameRow, CharacterRow, ItemRow, MailRow, Reason, Table},
    turn::TxnId,
    wire,
};

use super::{
    goods::{AT_SHOPS, change},
    *,
};
use crate::logic::{
    delivery::ConnKey,
    design::{Design, Level, Levels},
    event::Event,
    held::UnitKey,
    testing::bundled,
    tx::Tx,
};

const TWO: &str = "ana logs in\nbo logs in\n";
const TWO_ARE_IN: &str = "ana is in: gen 1, last 0, ok 0
     bo is in: gen 1, last 0, ok 0\n";
/// Just as long as a deleted character can be restored, and no longer.
const GRACE_MS: u64 = 7 * 24 * 3_600 * 1_000;

fn play() -> Play {
    Play::new(WorldConfig { preload: false, ..WorldConfig::default() })
}

/// Runs a script and compares what was seen, but for the map.
#[track_caller]
fn check_but_map(mut play: Play, script: &str, expected: &str) {
    play.run(script);
    play.people.transcript.retain(|line| !line.contains(" sees "));
    check_with(play, "", expected);
}

/// The last answer.
fn answer(play: &Play) -> &str {
    let is_answer = |line: &&String| {
        line.split_once(": ").is_some_and(|(before, _)| before.ends_with(|c: char| c.is_ascii_digit()))
    };
    play.people.transcript.iter().rfind(is_answer).unwrap()
}

/// Which characters are stored, under which names.
fn stored(play: &Play) -> Vec<(String, String)> {
    let names = play.store.rows::<CharacterNameRow>();
    let rows = play.store.rows::<CharacterRow>();
    assert_eq!(names.len(), rows.len(), "each has one name");
    let one = |row: &CharacterRow| {
        let name = names.iter().find(|name| name.character == row.id).expect("its name");
        assert_eq!(name.account, row.account);
        (row.name.clone(), name.name_key.clone())
    };
    rows.iter().map(one).collect()
}

#[test]
fn a_character_is_made_deleted_and_restored() {
    check(
        "ana logs in
         ana lists characters
         ana makes Ida
         ana makes Ole
         ana deletes Ida
         ana lists characters
         ana restores Ida
         ana lists characters",
        "ana is in: gen 1, last 0, ok 0
         ana 1: ok, []
         ana 2: ok, Ida 1
         ana 3: ok, Ole 1
         ana 4: ok, Ida 1 deleted
         ana 5: ok, [Ida 1 deleted, Ole 1]
         ana 6: ok, Ida 1
         ana 7: ok, [Ida 1, Ole 1]",
    );
}

#[test]
fn an_account_has_eight_characters_and_sixteen_with_deleted_ones() {
    let config = WorldConfig { preload: false, commands_burst: 1_000, ..WorldConfig::default() };
    let mut play = Play::new(config);
    play.run("ana logs in");
    let make = |play: &mut Play, from: u8, to: u8| {
        (from..to).for_each(|n| play.run(&format!("ana makes name{}", char::from(b'a' + n))));
    };
    make(&mut play, 0, 8);
    play.people.transcript.clear();
    play.run("ana makes more");
    (0..8).for_each(|n| play.run(&format!("ana deletes name{}", char::from(b'a' + n))));
    make(&mut play, 8, 16);
    play.people.transcript.clear();
    play.run("ana restores namea\nana deletes namep\nana makes more\nana restores namea\npass 604800000");
    play.run("ana makes more\nana deletes namea\nana makes more");
    assert_eq!(stored(&play).len(), 15, "of those that are over one goes with each command");
    check_with(
        play,
        "",
        "ana 26: rejected too_many_characters
         ana 27: ok, namep 1 deleted
         ana 28: rejected too_many_characters
         ana 29: ok, namea 1
         ana 30: rejected too_many_characters
         ana 31: ok, namea 1 deleted
         ana 32: ok, more 1",
    );
}

#[test]
fn one_character_at_a_time_is_in_the_world_and_cannot_be_deleted_there() {
    check_but_map(
        play(),
        "ana logs in
         ana makes Ida
         ana makes Ole
         ana leaves the world
         ana enters with Ida
         ana lists characters
         ana enters with Ole
         ana deletes Ida
         ana deletes Ole
         ana leaves the world
         ana leaves the world
         ana deletes Ida
         ana enters with Ida
         ana drops
         ana logs in
         ana lists characters",
        "ana is in: gen 1, last 0, ok 0
         ana 1: ok, Ida 1
         ana 2: ok, Ole 1
         ana 3: rejected not_in_world
         ana 4: ok, Ida 1
         ana 5: ok, [Ida 1, Ole 1]; Ida is in the world
         ana 6: rejected already_in_world
         ana 7: rejected character_in_world
         ana 8: ok, Ole 1 deleted
         ana 9: ok
         ana 10: rejected not_in_world
         ana 11: ok, Ida 1 deleted
         ana 12: rejected character_deleted
         ana is in: gen 3, last 12, ok 110110011010
         ana 13: ok, [Ida 1 deleted, Ole 1 deleted]",
    );
}

#[test]
fn whose_connection_goes_stands_there_a_while_and_can_go_on_or_leave() {
    for ends in ["ana drops\nana logs in", "ana logs in"] {
        let made = "ana logs in\nana makes Ida\nana makes Ole\nana enters with Ida\n";
        check_but_map(
            play(),
            &format!(
                "{made}{ends}
                 ana lists characters
                 ana deletes Ida
                 ana enters with Ida
                 ana enters with Ole
                 {ends}
                 ana enters with Ole
                 ana deletes Ida
                 {ends}
                 ana leaves the world
                 ana leaves the world"
            ),
            &format!(
                "ana is in: gen 1, last 0, ok 0
                 ana 1: ok, Ida 1
                 ana 2: ok, Ole 1
                 ana 3: ok, Ida 1
                 {superseded}ana is in: gen 3, last 3, ok 111
                 ana 4: ok, [Ida 1, Ole 1]; Ida is in the world
                 ana 5: rejected character_in_world
                 ana 6: ok, Ida 1
                 ana 7: rejected already_in_world
                 {superseded}ana is in: gen 5, last 7, ok 1111010
                 ana 8: ok, Ole 1
                 ana 9: ok, Ida 1 deleted
                 {superseded}ana is in: gen 7, last 9, ok 111101011
                 ana 10: ok
                 ana 11: rejected not_in_world",
                superseded =
                    if ends.contains("drops") { "" } else { "an older connection is closed: superseded\n" }
            ),
        );
    }
}

#[test]
fn who_does_not_come_back_is_in_the_world_no_more() {
    for ends in ["ana drops\npass 10000\nana logs in", "game dies\nana logs in"] {
        let mut play = play();
        play.run(&format!("ana logs in\nana makes Ida\nana enters with Ida\n{ends}"));
        play.run("ana leaves the world");
        assert!(answer(&play).ends_with(": rejected not_in_world"), "{ends}");
        play.run("ana deletes Ida");
        assert!(answer(&play).ends_with(": ok, Ida 1 deleted"), "{ends}");
    }
}

#[test]
fn one_that_was_left_standing_does_nothing_until_it_is_entered_with() {
    let mut play = play();
    play.run("ana logs in\nana makes Ida\nana enters with Ida\nana drops\nana logs in\npass 1000");
    let account = AccountId(play.people.person("ana").account);
    let stands = play.world.place_of(account);
    play.run("ana moves 1 to 1000 1000\nana moves 9 to 250000 250500");
    assert_eq!(play.world.place_of(account), stands);
    for line in [
        "looks into the bag",
        "throws away 1 of 5",
        "looks at shop 1",
        "mutters hello",
        "reads mail",
        "asks 5 to trade",
    ] {
        play.run(&format!("ana {line}"));
        assert!(answer(&play).ends_with(": rejected not_in_world"), "{line}: {}", answer(&play));
    }
    play.run("ana enters with Ida\nana looks into the bag");
    assert!(answer(&play).ends_with(": ok, []"), "{}", answer(&play));
}

#[test]
fn nobody_has_a_say_over_the_characters_of_others() {
    check(
        &format!(
            "{TWO}ana makes Ida
             bo enters with Ida
             bo deletes Ida
             bo restores Ida
             bo deletes 0
             bo deletes 18446744073709551615"
        ),
        &format!(
            "{TWO_ARE_IN}ana 1: ok, Ida 1
             bo 1: rejected no_such_character
             bo 2: rejected no_such_character
             bo 3: rejected no_such_character
             bo 4: rejected no_such_character
             bo 5: rejected no_such_character"
        ),
    );
}

#[test]
fn a_cache_of_one_account_is_slow_but_right() {
    for accounts in 1..=2 {
        let mut play = with_cache_of(accounts);
        play.run(&format!("{TWO}ana makes Ida\nbo makes Ole\nbo drops\nana drops\npass 100\npass 100"));
        play.run("ana logs in\nana lists characters\nana enters with Ida\nana drops\npass 100\nbo logs in");
        play.run("bo deletes Ole\npass 604800000\nana logs in\nana makes Ole\nbo lists characters");
        play.people.transcript.retain(|line| !line.contains(" is in:"));
        assert_eq!(stored(&play).len(), 2);
        check_but_map(
            play,
            "",
            "ana 1: ok, Ida 1
             bo 1: ok, Ole 1
             ana 2: ok, [Ida 1]
             ana 3: ok, Ida 1
             bo 2: ok, Ole 1 deleted
             ana 4: ok, Ole 1
             bo 3: ok, []",
        );
    }
}

#[test]
fn what_was_answered_survives_a_crash_and_what_was_not_is_told() {
    check(
        "ana logs in
         ana makes Ida
         hold syncs
         ana makes Ole
         game dies
         let syncs
         ana logs in
         ana lists characters
         ana makes Ole",
        "ana is in: gen 1, last 0, ok 0
         ana 1: ok, Ida 1
         ana is in: gen 3, last 1, ok 1
         ana 2: ok, [Ida 1]
         ana 3: ok, Ole 1",
    );
}

#[test]
fn experience_is_told_and_a_level_rings_for_those_near() {
    let mut play = play();
    let stands_at_shops = |play: &mut Play, name: &str| {
        let (map, (x_mm, y_mm)) = (bundled().map().number(), AT_SHOPS);
        change(play, name, |row| CharacterRow { map, x_mm, y_mm, ..row });
    };
    play.run(&format!("{TWO}ana makes Ida\nana learns 5"));
    stands_at_shops(&mut play, "ana");
    play.run("ana enters with Ida\nana learns 39\nbo makes Ole");
    stands_at_shops(&mut play, "bo");
    play.run("bo enters with Ole\nana learns 1\npass 100");
    let looks = play.people.transcript.iter().any(|line| line.contains(" sees ") && line.contains("Ida"));
    assert!(looks, "{:?}", play.people.transcript);
    check_but_map(
        play,
        "bo leaves the world
         ana learns 159
         ana lists characters
         game dies
         ana logs in
         ana lists characters",
        &format!(
            "{TWO_ARE_IN}
             ana 1: ok, Ida 1
             ana learns nothing
             ana 2: ok, Ida 1
             ana is at level 1, xp 39 of 40, hp 50 of 50
             bo 1: ok, Ole 1
             bo 2: ok, Ole 1
             ana is at level 2, xp 40 of 200, hp 62 of 62
             ana hears the ding of Ida: level 2
             bo hears the ding of Ida: level 2
             bo 3: ok
             ana is at level 2, xp 199 of 200, hp 62 of 62
             ana 3: ok, [Ida 2]; Ida is in the world
             ana is in: gen 3, last 1, ok 1
             ana 2: ok, [Ida 2]"
        ),
    );
}

#[test]
fn rows_of_whoever_stands_in_the_world_stay_in_memory_while_its_connection_is_away() {
    let mut play = with_cache_of(1);
    play.run(
        "ana logs in\nana makes Ida\nana enters with Ida\nana drops\nbo logs in\nbo makes Ole\ncy logs in",
    );
    play.run("bo drops\ncy lists characters\npass 100\npass 100\npass 100\nana learns 5\nana learns 1");
    assert!(!play.people.transcript.iter().any(|line| line == "ana learns nothing"));
    assert_eq!(play.store.rows::<CharacterRow>().iter().map(|row| row.xp).collect::<Vec<_>>(), [6, 0]);
    play.run("pass 10000\nana learns 1");
    assert_eq!(play.people.transcript.last().unwrap(), "ana learns nothing");
}

#[test]
fn with_the_journal_too_far_behind_nothing_is_learned_and_nothing_changed() {
    let inflight_records_max = 1;
    let play = Play::new(WorldConfig { preload: false, inflight_records_max, ..WorldConfig::default() });
    check_but_map(
        play,
        "ana logs in
         ana makes Ida
         ana enters with Ida
         hold syncs
         ana learns 1
         ana learns 1
         let syncs",
        "ana is in: gen 1, last 0, ok 0
         ana 1: ok, Ida 1
         ana 2: ok, Ida 1
         ana learns nothing
         ana is at level 1, xp 1 of 40, hp 50 of 50",
    );
}

#[test]
fn a_new_design_holds_from_the_next_turn_on() {
    let mut play = play();
    play.run("ana logs in\nana lists characters");
    // So that nothing has to be waited for.
    for name in ["ida", "ole"] {
        play.world.cache.fill(&UnitKey::CharacterName(name.to_owned()), std::iter::empty());
    }
    let levels = Levels::new(Level { xp: 0, hp: 77, attack: 1, defense: 1, hp_per_s: 0 }, Vec::new());
    let items = bundled().items().map(|item| (item.number, item.clone())).collect();
    let design =
        Design::new(items, Default::default(), Default::default(), levels, bundled().map().as_ref().clone());
    play.event(Event::Design(Arc::new(design)));
    let mut makes = |name: &str| {
        let body = CharCreate { name: name.to_owned() };
        play.command("ana", kinds::CHAR_CREATE, &wire::encode(&body));
    };
    makes("Ida");
    makes("Ole");
    play.turn();
    play.run("ana makes Una");
    let hp: Vec<u32> = play.store.rows::<CharacterRow>().iter().map(|row| row.hp).collect();
    assert_eq!(hp, [50, 50, 77]);
}
