//! What staff does to one player: heard by its client, there in the tables, once for its key, and beside its row in the
//! staff log.

use proto::{
    limits::{MAILBOX_MAX, STAFF_NOTES_MAX},
    tables::{
        AccountRow, CharacterNameRow, CharacterRow, DeedKeyRow, ItemRow, MailRow, NameRow, StaffChangeRow,
        StaffLogRow, StaffNoteRow,
    },
};

use super::{
    goods::{AT_SHOPS, balance, enter, play},
    *,
};

/// Ida of ana is in the world.
fn ida() -> Play {
    let mut play = play(100);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    play.people.transcript.clear();
    play
}

/// Runs it and compares what was seen, but for the map; gold and things add up, and each deed has its two rows.
#[track_caller]
fn sees(play: &mut Play, script: &str, expected: &[&str]) {
    play.run(script);
    let mut seen = std::mem::take(&mut play.people.transcript);
    seen.retain(|line| !line.starts_with("ana sees ") && !line.starts_with("bo sees "));
    assert_eq!(seen, expected);
    balance(play);
    let deeds: Vec<(u64, u32)> =
        play.store.rows::<StaffLogRow>().iter().map(|row| (row.lsn, row.n)).collect();
    let changes: Vec<(u64, u32)> =
        play.store.rows::<StaffChangeRow>().iter().map(|row| (row.lsn, row.n)).collect();
    assert_eq!(deeds, changes);
}

/// Deed, what was, what is.
fn log(play: &Play) -> Vec<(String, String, String)> {
    let changes = play.store.rows::<StaffChangeRow>().into_iter();
    let deeds = play.store.rows::<StaffLogRow>().into_iter();
    deeds.zip(changes).map(|(deed, change)| (deed.deed, change.was, change.became)).collect()
}

#[test]
fn what_staff_says_is_shown_to_who_plays_and_refused_for_who_does_not() {
    let mut play = ida();
    sees(
        &mut play,
        "staff tells ana be kind\nana drops\nstaff tells ana again\nstaff tells 99 hello",
        &[
            "ana is told by staff: message be kind",
            "staff: [] is [be kind]",
            "staff: not_playing",
            "staff: no_such_account",
        ],
    );
    // What was said is the player's: the log outlives whoever is forgotten.
    assert_eq!(log(&play), [("message".to_owned(), String::new(), "a message".to_owned())]);
}

#[test]
fn gold_is_taken_once_for_its_key_and_never_more_than_is_there() {
    let mut play = ida();
    sees(
        &mut play,
        "staff takes 300 gold of ana as a
         staff takes 300 gold of ana as a
         staff takes 301 gold of ana as a
         staff takes 701 gold of ana as b
         staff takes 0 gold of ana as c
         staff takes 700 gold of ana as d",
        &[
            "ana is paid -300 by 0, has 700",
            "staff: [gold 1000] is [gold 700]",
            "staff: granted by 4, again",
            "staff: key_used",
            "staff: not_enough_gold",
            "staff: bad_request",
            "ana is paid -700 by 0, has 0",
            "staff: [gold 700] is [gold 0]",
        ],
    );
    assert_eq!(play.store.rows::<DeedKeyRow>().len(), 2);
}

#[test]
fn things_are_given_to_a_bag_that_has_room_and_only_of_kinds_that_are() {
    let mut play = ida();
    sees(
        &mut play,
        "staff gives 3 of 40 to ana Ida as a
         staff gives 3 of 40 to ana Ida as a
         staff gives 3 of 999999 to ana Ida as b
         staff gives 3 of 40 to bo Ida as c
         staff gives 1 of 1 to ana Ida as d
         staff gives 99 of 1 to ana Ida as e",
        &[
            "ana has #1 3 of 40 at 0",
            "staff: [Bread (40): 0] is [Bread (40): 3]",
            "staff: granted by 4, again",
            "staff: no_such_kind",
            "staff: bad_request",
            "ana has #2 1 of 1 at 1",
            "staff: [Knife (1): 0] is [Knife (1): 1]",
            "staff: bag_full",
        ],
    );
    play.run("bo logs in\nstaff gives 3 of 40 to bo Ida as f");
    assert_eq!(play.people.transcript.pop().unwrap(), "staff: no_such_character");
}

#[test]
fn things_are_taken_as_many_as_are_there_and_not_what_is_worn_or_offered() {
    let mut play = ida();
    play.run("staff gives 3 of 40 to ana Ida as a\nstaff gives 1 of 1 to ana Ida as b\nana puts on #2");
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    play.people.transcript.clear();
    sees(
        &mut play,
        "staff takes 4 of #1 from ana Ida as c
         staff takes 2 of #1 from ana Ida as d
         staff takes 1 of #2 from ana Ida as e
         staff takes 1 of 77 from ana Ida as f
         ana drops
         pass 60000
         staff takes 1 of #1 from ana Ida as g",
        &[
            "staff: not_enough_items",
            "ana has #1 1 of 40 at 0",
            "staff: [Bread (40): 3] is [Bread (40): 1]",
            "staff: item_worn",
            "staff: no_such_item",
            "staff: [Bread (40): 1] is [Bread (40): 0]",
        ],
    );
    assert_eq!(play.store.rows::<ItemRow>().len(), 1);
}

#[test]
fn a_letter_of_staff_brings_gold_and_things_and_is_sent_once_for_its_key() {
    let mut play = ida();
    sees(
        &mut play,
        "staff writes to ana Ida as a 50 3:40 1:1
         staff writes to ana Ida as a 50 3:40 1:1
         staff writes to ana Ida as b 0 2:1
         staff writes to ana Ida as c 0 1:999999
         ana reads mail
         ana empties @1",
        &[
            "ana gets @1 from Staff",
            "staff: [] is [letter 4294967299: sorry, Bread (40): 3, Knife (1): 1, gold 50]",
            "staff: granted by 4, again",
            "staff: stack_full",
            "staff: no_such_kind",
            "ana 3: ok, [new @1 from Staff: for the trouble, 50 gold, #1 3 of 40 in letter at 0, #2 1 of 1 in letter at 1]",
            "ana has #1 3 of 40 at 0, #2 1 of 1 at 1",
            "ana 4: ok, 1050 gold",
        ],
    );
    assert_eq!(log(&play)[0].2, "letter 4294967299, Bread (40): 3, Knife (1): 1, gold 50");
    for n in 1..MAILBOX_MAX {
        play.run(&format!("staff writes to ana Ida as n{n} 0"));
    }
    play.people.transcript.clear();
    sees(&mut play, "staff writes to ana Ida as last 5", &["staff: mailbox_full"]);
    assert_eq!(play.store.rows::<MailRow>().len(), MAILBOX_MAX);
}

#[test]
fn a_character_is_put_where_one_can_stand_and_its_client_goes_on_from_there() {
    let mut play = ida();
    let place = |play: &Play| {
        let row = play.store.rows::<CharacterRow>().pop().unwrap();
        (row.x_mm, row.y_mm)
    };
    sees(
        &mut play,
        "staff puts ana Ida at 240000 200000\npass 100\nana moves 1 to 240100 200000\npass 100",
        &[
            "ana is told by staff: moved map 1, 240000 mm, 200000 mm",
            "staff: [map 1, 250000 mm, 250000 mm] is [map 1, 240000 mm, 200000 mm]",
            "ana is at 240000 200000 after move 0: moved_by_staff",
        ],
    );
    assert_eq!(place(&play), (240_000, 200_000));
    sees(&mut play, "staff puts ana Ida at -5 0", &["staff: place_not_free"]);
    play.run("ana drops\npass 60000\nstaff puts ana Ida safe");
    let at = play.store.rows::<CharacterRow>().pop().unwrap();
    let spawns = crate::logic::testing::bundled().map().spawns().to_vec();
    assert!(spawns.iter().any(|spawn| (spawn.x_mm, spawn.y_mm) == (at.x_mm, at.y_mm)));
    play.run("ana logs in\nana enters with Ida");
    let account = proto::ids::AccountId(play.people.person("ana").account);
    assert_eq!(play.world.place_of(account).map(|at| (at.x_mm, at.y_mm)), Some(place(&play)));
}

#[test]
fn a_new_name_is_shown_to_others_and_the_old_one_is_free() {
    let mut play = ida();
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    play.run("pass 1000");
    play.people.transcript.clear();
    play.run("staff renames ana Ida to Ines\npass 1000");
    let told = std::mem::take(&mut play.people.transcript);
    assert!(told.contains(&"ana is told by staff: renamed Ines".to_owned()), "{told:?}");
    assert!(told.contains(&"staff: [Ida] is [Ines]".to_owned()), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("bo sees") && line.contains("Ines")), "{told:?}");
    let names = play.store.rows::<CharacterNameRow>().into_iter().map(|row| row.name_key);
    assert_eq!(names.collect::<Vec<_>>(), ["bob", "ines"]);
    sees(
        &mut play,
        "staff renames ana Ida to Bob\nstaff renames ana Ida to x\nstaff renames ana to Anna\ncy logs in\ncy makes Ida",
        &[
            "staff: name_taken",
            "staff: name_too_short",
            "staff: not_named",
            "cy is in: gen 1, last 0, ok 0",
            "cy 1: ok, Ida 1",
        ],
    );
}

#[test]
fn an_account_has_its_new_name_at_its_next_login_and_the_old_one_is_nobodys() {
    check(
        "ana registers Anabel with correct-horse
         bo registers Bob with correct-horse
         staff renames ana to bob
         staff renames ana to A
         staff renames ana to ANABEL
         staff renames ana to Bela
         ana drops
         ana logs in as Anabel with correct-horse
         ana logs in as Bela with correct-horse
         cy registers Anabel with correct-horse",
        "ana is queued at 1
         ana is in: gen 1, last 0, ok 0
         bo is queued at 1
         bo is in: gen 1, last 0, ok 0
         staff: name_taken
         staff: name_too_short
         ana is told by staff: renamed ANABEL
         staff: [Anabel] is [ANABEL]
         ana is told by staff: renamed Bela
         staff: [ANABEL] is [Bela]
         ana is queued at 1
         ana is refused: bad_credentials
         ana is queued at 1
         ana is in: gen 3, last 0, ok 0
         cy is queued at 1
         cy is in: gen 1, last 0, ok 0",
    );
    let mut play = Play::new(WorldConfig::default());
    play.run("ana registers Anabel with correct-horse\nstaff renames ana to Bela");
    let names: Vec<String> = play.store.rows::<NameRow>().into_iter().map(|row| row.name_key).collect();
    assert_eq!(names, ["bela"]);
    assert_eq!(play.store.rows::<AccountRow>()[0].name.as_deref(), Some("Bela"));
}

#[test]
fn so_many_notes_are_kept_and_no_more() {
    let mut play = ida();
    for n in 0..STAFF_NOTES_MAX {
        play.run(&format!("staff notes of ana as n{n} note {n}"));
    }
    play.people.transcript.clear();
    sees(
        &mut play,
        "staff notes of ana as n0 note 0
         staff notes of ana as more one more
         staff forgets the first note of ana
         staff forgets the first note of bo
         staff notes of ana as more one more",
        &[
            "staff: granted by 4, again",
            "staff: notes_full",
            "staff: [note 0] is []",
            "staff: bad_request",
            "staff: [] is [one more]",
        ],
    );
    assert_eq!(play.store.rows::<StaffNoteRow>().len(), STAFF_NOTES_MAX);
    play.run("staff deletes ana\nstaff goes on deleting ana");
    assert_eq!(play.store.rows::<StaffNoteRow>().len(), 0, "forgotten with the person");
}

#[test]
fn staff_sees_how_somebody_plays_and_what_was_said_in_public() {
    let mut play = ida();
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    play.run("ana says hello\nana whispers Bob psst\nana mutters by here");
    play.people.transcript.clear();
    sees(
        &mut play,
        "staff watches ana
         staff lists sessions
         staff lists sessions from 9
         staff asks who plays ana bo
         ana drops
         staff watches ana
         staff lists kinds",
        &[
            "staff sees: script at 250000 250000; world: hello; near: by here",
            "staff sees: script at 250000 250000; script at 250000 250000",
            "staff sees: ",
            "staff sees: 2 play",
            "staff sees: world: hello; near: by here",
            "staff sees: 22 kinds",
        ],
    );
}

/// Before the record is durable a deed never was; after it the key finds it.
#[test]
fn a_deed_that_a_crash_cut_off_is_done_once_when_it_is_asked_again() {
    for is_durable in [false, true] {
        let mut play = ida();
        play.run("hold syncs\nstaff gives 3 of 40 to ana Ida as a");
        assert!(play.staff_heard.is_empty(), "answered before it was durable");
        if is_durable {
            play.sync(u64::MAX);
        }
        play.restart();
        play.run("let syncs\nana logs in\nstaff gives 3 of 40 to ana Ida as a");
        assert_eq!(play.staff_heard.last().unwrap().again, is_durable);
        let things = play.store.rows::<ItemRow>();
        assert_eq!(things.iter().map(|row| row.quantity).sum::<u32>(), 3);
    }
}

#[test]
fn nobody_deals_with_who_is_forgotten() {
    let mut play = ida();
    play.run("staff deletes ana\nstaff goes on deleting ana");
    change_nothing(&mut play);
}

fn change_nothing(play: &mut Play) {
    play.people.transcript.clear();
    play.run("staff takes 1 gold of ana as a\nstaff notes of ana as b hm\nstaff puts ana 5 safe");
    assert_eq!(play.people.transcript, ["staff: account_deleted"; 3]);
}
