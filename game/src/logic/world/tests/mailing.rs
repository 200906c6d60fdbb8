//! Letters to many: each who is meant gets one, however often the process dies, and nobody else does.

use std::collections::BTreeMap;

use proto::{
    limits::{MAILBOX_MAX, MAILINGS_KEPT_MAX},
    tables::{CampaignRow, CharacterRow, ItemRow, MailRow, StaffChangeRow, StaffLogRow},
};

use super::{goods::balance, *};
use crate::logic::mailing::{DONE, FULL, RUNNING, STOPPED};

const PEOPLE: [(&str, &str); 7] = [
    ("ana", "Ida"),
    ("bo", "Bob"),
    ("cy", "Cat"),
    ("dee", "Eve"),
    ("emil", "Finn"),
    ("fay", "Gus"),
    ("gil", "Hal"),
];

/// Each has a character; ana a second one, which nobody plays.
fn world() -> Play {
    let mut play = Play::new(idle());
    for (name, character) in PEOPLE {
        play.run(&format!("{name} logs in\n{name} makes {character}"));
    }
    play.run("ana makes Zoe");
    play.people.transcript.clear();
    play
}

/// Runs lines; `waits` is as long as any of these letters takes.
fn go(play: &mut Play, script: &str) {
    for line in script.lines().map(str::trim) {
        if line == "waits" {
            (0..40).for_each(|_| play.run("pass 600"));
        } else {
            play.run(line);
        }
    }
}

/// How many letters of the house each character has.
fn letters(play: &Play) -> BTreeMap<String, usize> {
    let names: BTreeMap<u64, String> =
        play.store.rows::<CharacterRow>().into_iter().map(|row| (row.id, row.name)).collect();
    let mut letters = BTreeMap::new();
    for row in play.store.rows::<MailRow>() {
        assert_eq!((row.from_character, row.from_name.as_str()), (0, ""));
        *letters.entry(names[&row.to_character].clone()).or_default() += 1;
    }
    letters
}

fn one_each(names: &[&str]) -> BTreeMap<String, usize> {
    names.iter().map(|name| ((*name).to_owned(), 1)).collect()
}

fn states(play: &Play) -> Vec<(u32, u64, u64)> {
    play.store.rows::<CampaignRow>().into_iter().map(|row| (row.state, row.sent, row.skipped)).collect()
}

const ALL: [&str; 7] = ["Ida", "Bob", "Cat", "Eve", "Finn", "Gus", "Hal"];

#[test]
fn everybody_gets_one_letter_with_what_is_in_it_and_who_plays_learns_of_it() {
    let mut play = world();
    go(&mut play, "ana enters with Ida\nstaff mails m1 to everybody 5 40:3\nwaits");
    assert_eq!(letters(&play), one_each(&ALL));
    assert_eq!(states(&play), [(DONE, 7, 0)]);
    assert!(play.store.rows::<MailRow>().iter().all(|row| row.gold == 5));
    let things: Vec<(u32, u32)> =
        play.store.rows::<ItemRow>().iter().map(|row| (row.kind, row.quantity)).collect();
    assert_eq!(things, [(40, 3); 7]);
    balance(&play);
    let deeds: Vec<String> = play.store.rows::<StaffLogRow>().into_iter().map(|row| row.deed).collect();
    assert_eq!(deeds, ["mail_to_many"]);
    assert!(play.people.transcript.iter().any(|line| line.starts_with("ana gets @1")));
}

#[test]
fn whoever_dies_meanwhile_nobody_gets_two_and_nobody_none() {
    for gap_ms in [1, 24, 26, 51, 76, 120] {
        for is_synced in [false, true] {
            let mut play = world();
            play.run("staff mails m1 to everybody 5 40:1");
            for _ in 0..6 {
                play.run("hold syncs");
                play.run(&format!("pass {gap_ms}"));
                if is_synced {
                    play.run("sync 1");
                }
                play.run("game dies\nlet syncs");
            }
            go(&mut play, "waits");
            assert_eq!(letters(&play), one_each(&ALL), "{gap_ms} {is_synced}");
            assert_eq!(states(&play), [(DONE, 7, 0)]);
            balance(&play);
        }
    }
}

#[test]
fn what_does_not_come_is_asked_for_again_and_a_store_that_is_short_is_left_alone() {
    let mut play = world();
    go(&mut play, "level yellow\nstaff mails m1 to everybody 0\nwaits");
    assert_eq!(letters(&play).len(), 0);
    go(&mut play, "level green\nhold reads\nwaits\nrows fail\nlet reads\nwaits");
    assert_eq!(letters(&play), one_each(&ALL));
}

#[test]
fn only_those_who_are_meant_get_it() {
    let mut play = world();
    go(&mut play, "bo drops\nstaff mails m1 to online 0\nwaits");
    let online: Vec<&str> = ALL.into_iter().filter(|name| *name != "Bob").collect();
    assert_eq!(letters(&play), one_each(&online));
    go(&mut play, "staff mails m2 to bo,cy 0\nwaits");
    assert_eq!((letters(&play)["Bob"], letters(&play)["Cat"], letters(&play)["Ida"]), (1, 2, 1));
    go(&mut play, "staff mails m3 to level:2-9 0\nwaits");
    assert_eq!(states(&play)[2], (DONE, 0, 0), "all are of the first level");
    // Who was made after it began is not meant, whenever its turn comes.
    play.run(
        "level yellow\nstaff mails m4 to everybody 0\npass 1000\nnew logs in\nnew makes Jim\nlevel green",
    );
    go(&mut play, "waits");
    assert_eq!((letters(&play).get("Jim"), states(&play)[3]), (None, (DONE, 7, 0)));
}

#[test]
fn who_has_no_room_for_it_is_counted_and_keeps_nobody_from_it() {
    let mut play = world();
    play.run("dee enters with Eve");
    for n in 0..MAILBOX_MAX {
        play.run(&format!("staff mails f{n} to ana 0\npass 60\npass 60\npass 60"));
    }
    go(&mut play, "staff mails m1 to everybody 7\nwaits\nana deletes Ida\nana deletes Zoe");
    let last = play.store.rows::<CampaignRow>().into_iter().find(|row| row.key == "m1").unwrap();
    assert_eq!((last.sent, last.skipped), (6, 1));
    go(&mut play, "staff mails m2 to ana 0\nwaits");
    let last = play.store.rows::<CampaignRow>().into_iter().find(|row| row.key == "m2").unwrap();
    assert_eq!((last.sent, last.skipped), (0, 1), "it has nobody to read it");
    balance(&play);
}

#[test]
fn letters_to_many_are_remembered_up_to_a_hundred() {
    let mut play = world();
    for n in 0..=MAILINGS_KEPT_MAX {
        play.run(&format!("staff mails n{n:03} to gil 0\npass 60\npass 60\npass 60"));
    }
    let rows = play.store.rows::<CampaignRow>();
    assert_eq!((rows.len(), rows[0].key.as_str()), (MAILINGS_KEPT_MAX, "n001"));
}

#[test]
fn one_with_something_in_it_is_sent_once_for_its_key_however_many_were_sent_since() {
    let mut play = world();
    let wait = "pass 60\npass 60\npass 60";
    play.run(&format!("staff mails gift to gil 5 40:1\n{wait}"));
    for n in 0..MAILINGS_KEPT_MAX {
        play.run(&format!("staff mails n{n:03} to cy 0\n{wait}"));
    }
    assert!(play.store.rows::<CampaignRow>().iter().all(|row| row.key != "gift"), "forgotten as a campaign");
    play.people.transcript.clear();
    play.run(&format!(
        "staff mails gift to gil 5 40:1
         game dies
         staff mails gift to gil 5 40:1
         staff mails gift to gil 6 40:1
         staff takes 1 gold of gil as gift
         {wait}"
    ));
    play.people.transcript.retain(|line| line.starts_with("staff"));
    let told = ["ok, a guest, again", "ok, a guest, again", "key_used", "key_used"];
    assert_eq!(play.people.transcript, told.map(|line| format!("staff: {line}")));
    assert_eq!(letters(&play)["Hal"], 1);
    balance(&play);
}

#[test]
fn one_is_sent_at_a_time_once_for_its_key_and_can_be_stopped() {
    let mut play = world();
    go(
        &mut play,
        "staff mails m1 to everybody 5
         staff mails m1 to everybody 5
         staff mails m1 to everybody 6
         staff mails m2 to everybody 5
         staff stops mailing m2
         pass 30
         staff stops mailing m1
         staff stops mailing m1
         waits
         game dies
         waits",
    );
    let told = ["ok, a guest", "ok, a guest, again", "key_used", "mailing_runs", "no_such_mailing"];
    let told: Vec<String> = told.iter().map(|line| format!("staff: {line}")).collect();
    play.people.transcript.retain(|line| line.starts_with("staff"));
    assert_eq!(play.people.transcript[..5], told);
    let sent = letters(&play).len();
    assert!(0 < sent && sent < 7, "{sent}");
    assert_eq!(states(&play), [(STOPPED, sent as u64, 0)]);
    assert_ne!(RUNNING, STOPPED);
    let changes: Vec<[String; 2]> =
        play.store.rows::<StaffChangeRow>().into_iter().map(|row| [row.was, row.became]).collect();
    assert!(
        changes[0][0].is_empty() && changes[0][1].starts_with("letter to many m1, to everybody, "),
        "{changes:?}"
    );
    assert_eq!(
        changes[1],
        [format!("letter to many m1: running, {sent} sent, 0 skipped"), "stopped".to_owned()]
    );
}

#[test]
fn what_no_letter_can_be_is_refused() {
    let mut play = world();
    play.run(
        "staff mails m1 to everybody 1000001
         staff mails m1 to everybody -1
         staff mails m1 to everybody 0 9999:1
         staff mails m1 to everybody 0 40:0
         staff mails m1 to everybody 0 1:1 1:1 1:1 1:1 1:1
         staff mails m1 to 0 of everybody 5",
    );
    let no = |code: &str| format!("staff: {code}");
    let bad = no("bad_request");
    assert_eq!(
        play.people.transcript,
        [bad.clone(), bad.clone(), no("no_such_kind"), no("no_such_kind"), bad.clone(), bad],
        "the last one says not to how many its gold goes"
    );
    assert_eq!(states(&play), []);
}

#[test]
fn a_look_says_whom_a_letter_would_reach_page_by_page() {
    let mut play = world();
    let mut meant = 0;
    play.run("staff looks whom everybody reaches");
    for pages in 1.. {
        let page = play.staff_heard.last().unwrap().clone();
        meant += page.mail_meant;
        assert!(page.mail_to.iter().all(|to| ALL.contains(&to.name.as_str())), "{page:?}");
        if page.done {
            assert!(1 < pages, "the script's pages are small");
            break;
        }
        play.run("staff looks for more whom everybody reaches");
    }
    assert_eq!(meant, 7);
    play.run("bo drops\nstaff looks whom online reaches");
    assert_eq!(play.staff_heard.last().unwrap().mail_meant, 6);
    play.run("staff looks whom bo,cy reaches\nstaff looks whom level:2-9 reaches");
    let heard = &play.staff_heard[play.staff_heard.len() - 2..];
    assert_eq!((heard[0].mail_meant, heard[1].mail_meant), (2, 0));
    assert_eq!(states(&play), [], "nothing is sent by looking");
}

#[test]
fn no_more_letters_are_sent_than_were_agreed_to_whoever_came_since_and_whatever_dies() {
    let mut play = world();
    go(&mut play, "staff mails m1 to 7 of everybody 5\nwaits");
    assert_eq!(states(&play), [(DONE, 7, 0)], "just as many");
    for n in 0..3 {
        play.run(&format!("new{n} logs in\nnew{n} makes New{n}"));
    }
    play.run("staff mails m2 to 8 of everybody 5");
    for _ in 0..4 {
        play.run("hold syncs\npass 26\nsync 1\ngame dies\nlet syncs");
    }
    go(&mut play, "waits\ngame dies\nwaits");
    assert_eq!(states(&play), [(DONE, 7, 0), (FULL, 8, 0)]);
    let rows = play.store.rows::<CampaignRow>();
    assert!(rows[1].ended_ms.is_some());
    assert_eq!(play.store.rows::<MailRow>().iter().map(|row| row.gold).sum::<i64>(), 15 * 5);
    balance(&play);
    go(&mut play, "staff mails m3 to 1 of ana 5\nwaits");
    assert_eq!(states(&play)[2], (DONE, 1, 0), "another can be sent");
}
