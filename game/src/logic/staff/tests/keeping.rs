//! What staff did stays known, as long as its effect does.

use proto::{
    link::{StaffConsoleNote, StaffKick, StaffRequest, StaffWho, staff_request::What},
    tables::{StaffChangeRow, StaffLogRow},
};

use super::*;
use crate::logic::staff::{Ask, Signed, StaffError};

fn kept(play: &Play) -> Vec<(String, u64, Option<u64>, String)> {
    let rows = play.store.rows::<StaffLogRow>().into_iter();
    rows.map(|row| (row.deed, row.account, row.until_ms, row.reason)).collect()
}

#[test]
fn whatever_staff_changes_is_kept_once_and_what_changed_nothing_is_not() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run(
        "ana logs in
         bo registers Bo2 with correct-horse
         staff finds ana
         staff bans ana for 60000
         staff unbans ana
         staff mutes ana for 1000
         staff unmutes ana
         staff kicks bo
         staff kicks bo
         staff kicks 99
         staff binds ana as Anabel with correct-horse
         staff binds ana as Other with correct-horse
         staff sets password of bo to battery-staple
         staff grants 5 to bo as pay-1
         staff grants 5 to bo as pay-1
         staff grants 6 to bo as pay-1
         staff closes the world
         staff opens the world
         staff deletes ana
         staff deletes ana
         staff lists wallets",
    );
    let [ana, bo] = ["ana", "bo"].map(|name| play.people.all[name].account);
    let row = |deed: &str, account, until: Option<u64>, reason: &str| {
        (deed.to_owned(), account, until.map(|ms| play.now.wall_ms + ms), reason.to_owned())
    };
    assert_eq!(
        kept(&play),
        [
            row("ban", ana, Some(60_000), "spam"),
            row("unban", ana, None, ""),
            row("mute", ana, Some(1_000), ""),
            row("unmute", ana, None, ""),
            row("kick", bo, None, ""),
            row("bind_guest", ana, None, ""),
            row("set_password", bo, None, ""),
            row("grant", bo, None, ""),
            row("maintenance_on", 0, None, "repairs"),
            row("maintenance_off", 0, None, ""),
            row("delete", ana, None, ""),
        ]
    );
    // A grant's line in the ledger is the first of its record.
    let is_numbered = |row: &StaffLogRow| u64::from(row.n) == u64::from(row.deed == "grant");
    assert!(play.store.rows::<StaffLogRow>().iter().all(|row| row.staff == "script" && is_numbered(row)));
}

/// Deed, what was there, what is since; of whatever has both.
fn changes(play: &Play) -> Vec<[String; 3]> {
    let deeds = play.store.rows::<StaffLogRow>();
    let changes = play.store.rows::<StaffChangeRow>().into_iter();
    let told = changes.map(|change| {
        let is_its =
            |deed: &&StaffLogRow| (deed.lsn, deed.n, deed.account) == (change.lsn, change.n, change.account);
        let deed = deeds.iter().find(is_its).expect("its deed");
        [deed.deed.clone(), change.was, change.became]
    });
    told.collect()
}

#[test]
fn what_staff_does_to_the_world_says_what_was_there_and_what_is_since() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run(
        "ana logs in
         staff switches chat_slow to 30
         staff switches chat_slow to 60
         staff switches chat_slow to 0
         staff switches wealth_frozen to 1
         staff closes the world
         staff closes the world and kicks
         staff opens the world
         staff freezes ana
         staff thaws ana
         staff announces the server rests at noon
         staff mails m1 to level:2-9 5 40:3
         staff mails m2 to ana 5
         staff notes 3 staff.role",
    );
    let wanted = [
        ["chat_slow", "off", "30 (script)"],
        ["chat_slow", "30 (script)", "60 (script)"],
        ["chat_unslow", "60 (script)", "off"],
        ["wealth_freeze", "off", "1 (script)"],
        ["maintenance_on", "off", "1: repairs (script)"],
        ["maintenance_on", "1: repairs (script)", "1: repairs (script), who played is put out"],
        ["maintenance_off", "1: repairs (script)", "off"],
        ["freeze", "not frozen", "frozen (script)"],
        ["unfreeze", "frozen (script)", "not frozen"],
        ["announce", "", "the server rests at noon"],
        [
            "mail_to_many",
            "",
            "letter to many m1, to everybody, level from 2, level to 9, kind 40: 3, gold 5: News: of the house",
        ],
        ["mail_to_many", "", "letter to many m2, to 1 accounts, gold 5"],
        ["staff.role", "ben: viewer", "owner"],
    ];
    assert_eq!(changes(&play), wanted.map(|row| row.map(str::to_owned)));
}

/// The row is in the record of the effect: one is there as often as the other.
#[test]
fn a_crash_takes_deed_and_row_together_or_neither() {
    for durable in 0..3 {
        let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
        play.run("ana logs in\nhold syncs\nstaff bans ana\nstaff grants 5 to ana as pay-1");
        play.sync(durable);
        play.restart();
        play.run("let syncs");
        let bans = play.store.rows::<proto::tables::RestrictionRow>().len();
        let grants = play.store.rows::<proto::tables::GrantKeyRow>().len();
        assert_eq!(kept(&play).len(), bans + grants, "after {durable}");
    }
}

/// What a console tells of itself, it tells until it is sure: each line is kept once, in order, and is still there after a
/// crash with the number up to which they are known.
#[test]
fn a_line_of_a_console_is_kept_once_however_often_it_is_told_and_whatever_dies() {
    for durable in 0..4 {
        let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
        play.run(
            "ana logs in\nhold syncs\nstaff notes 3 login\nstaff notes 3 login\nstaff notes 7 log.level",
        );
        play.sync(durable);
        play.restart();
        play.run("let syncs\nstaff notes 3 login\nstaff notes 7 log.level\nstaff notes 2 logout");
        let deeds: Vec<String> = kept(&play).into_iter().map(|(deed, ..)| deed).collect();
        assert_eq!(deeds, ["login", "log.level"], "after {durable}");
        let last = play.people.transcript.last().expect("a line");
        assert_eq!(last, "staff: noted up to 7, again");
    }
}

#[test]
fn a_note_names_its_console_and_its_deed_and_asking_alone_keeps_nothing() {
    let ask = |console: &str, number: u64, deed: &str| {
        let (console, deed) = (console.to_owned(), deed.to_owned());
        let note = StaffConsoleNote { console, number, deed, ..StaffConsoleNote::default() };
        Ask::parse(StaffRequest { what: Some(What::Note(note)), ..StaffRequest::default() })
    };
    let name = "0123456789abcdef";
    assert!(ask(name, 1, "totp.begin").is_ok_and(|ask| ask.request.is_change()));
    assert!(ask(name, 0, "").is_ok_and(|ask| !ask.request.is_change()));
    for (console, number, deed) in
        [("", 1, "login"), (name, 1, ""), (name, 1, "Login"), (name, 1, "a b"), (name, u64::MAX, "login")]
    {
        assert_eq!(ask(console, number, deed).err(), Some(StaffError::BadRequest), "{console} {deed}");
    }
}

#[test]
fn a_request_is_signed_with_who_and_why_within_bounds() {
    let ask = |by: &str, reason: &str| {
        let who = Some(StaffWho { account: 7, name: String::new() });
        let what = Some(What::Kick(StaffKick { who }));
        Ask::parse(StaffRequest { by: by.to_owned(), reason: reason.to_owned(), what })
    };
    let signed = ask("anna (uid 7)", "shouts").expect("taken").signed;
    assert_eq!(signed, Signed { by: "anna (uid 7)".to_owned(), reason: "shouts".to_owned() });
    for (by, reason) in [("x".repeat(65), ""), (String::new(), "two\nlines")] {
        assert_eq!(ask(&by, reason).err(), Some(StaffError::BadRequest));
    }
    assert_eq!(ask("", &"x".repeat(129)).err(), Some(StaffError::BadRequest));
}
