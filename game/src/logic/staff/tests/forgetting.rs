//! Forgetting a person: nothing of it is left but numbers, however often the process dies on the way.

use proto::tables::{
    AccountRow, CharacterNameRow, CharacterRow, ChatBlockRow, FreezeRow, ItemRow, MailRow, NameRow,
    ReportRow, RestrictionRow, WalletRow,
};

use super::*;

const WHO_PLAYED: &str = "ana registers Anabel with correct-horse
    bo logs in
    ana pays bo 5
    ana makes Ida
    ana makes Ole
    staff mutes ana for 60000
    staff freezes ana";

fn is_forgotten(play: &Play) {
    let account = play.people.all["ana"].account;
    let row = play.store.account(account).expect("its number stays");
    let AccountRow { name, secret_hash, password, .. } = row;
    assert_eq!((name, secret_hash, password), (None, None, None));
    assert!(play.store.rows::<NameRow>().is_empty());
    assert!(play.store.rows::<RestrictionRow>().is_empty() && play.store.rows::<FreezeRow>().is_empty());
    assert!(play.store.rows::<CharacterRow>().is_empty() && play.store.rows::<CharacterNameRow>().is_empty());
    assert!(play.store.rows::<ItemRow>().is_empty() && play.store.rows::<MailRow>().is_empty());
    let wallets = play.store.rows::<WalletRow>();
    assert_eq!(wallets.iter().map(|wallet| wallet.gold).collect::<Vec<_>>(), [1005]);
}

#[test]
fn a_person_is_forgotten_and_the_name_is_free() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run(&format!("{WHO_PLAYED}\nstaff deletes ana"));
    assert_eq!(play.people.transcript.last().unwrap(), "staff: ok, a guest");
    is_forgotten(&play);
    let heard = play.people.transcript.len();
    play.run(
        "ana logs in as Anabel with correct-horse
         staff deletes ana
         staff binds ana as Other with correct-horse
         bo pays ana 5
         cy registers Anabel with correct-horse",
    );
    assert_eq!(
        play.people.transcript[heard..],
        [
            "ana is queued at 1",
            "ana is refused: bad_credentials",
            "staff: ok, a guest",
            "staff: account_deleted",
            "bo 1: rejected no_such_account",
            "cy is queued at 1",
            "cy is in: gen 1, last 0, ok 0",
        ]
    );
}

/// Dies after each number of durable records, and is asked again.
#[test]
fn a_crash_on_the_way_is_gone_on_from() {
    for durable in 0..6 {
        let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
        play.run(&format!("{WHO_PLAYED}\nhold syncs\nstaff deletes ana"));
        let told = play.staff_heard.len();
        play.sync(durable);
        play.restart();
        play.run("let syncs\nstaff deletes ana");
        assert!(told < play.staff_heard.len());
        assert_eq!(play.people.transcript.last().unwrap(), "staff: ok, a guest", "after {durable}");
        is_forgotten(&play);
    }
}

#[test]
fn every_line_of_the_list_that_says_deleted_is_meant() {
    // What is checked above, table by table, is what `proto::personal` promises.
    use proto::{
        personal::{Erased, PERSONAL},
        tables::Table,
    };
    let deleted: Vec<Table> = PERSONAL
        .iter()
        .filter(|personal| personal.erased == Erased::Deleted)
        .map(|personal| personal.table)
        .collect();
    let checked = [
        Table::Name,
        Table::Wallet,
        Table::Restriction,
        Table::Freeze,
        Table::Character,
        Table::CharacterName,
        Table::Mail,
        Table::Item,
        Table::ChatBlock,
        Table::Report,
        Table::Rating,
        Table::ReplayPlayer,
        // In `game::players`.
        Table::StaffNote,
    ];
    assert_eq!(deleted, checked);
}

/// Three of five letters are Ida's; scripts read letters two at a time.
const WHO_WROTE: &str = "ana registers Anabel with correct-horse
    bo logs in
    cy logs in
    ana makes Ida
    bo makes Bob
    cy makes Cid
    ana enters with Ida
    cy enters with Cid
    ana writes Bob 5 saying one
    cy writes Bob 0 saying two
    ana writes Cid 0 saying three
    ana writes Bob 0 saying four
    cy writes Bob 0 saying five";

/// Until there is no more to do; how often that was asked for.
fn delete_ana(play: &mut Play) -> usize {
    play.run("staff deletes ana");
    let mut asked = 1;
    while !play.staff_heard.last().unwrap().done {
        play.run("staff goes on deleting ana");
        asked += 1;
    }
    asked
}

/// Who wrote them: of Ida nothing but her number is left, all the rest stands as it was.
fn letters(play: &Play) -> Vec<(String, String, i64)> {
    let mut letters = play.store.rows::<MailRow>();
    letters.sort_by_key(|letter| letter.id);
    letters.into_iter().map(|letter| (letter.from_name, letter.text, letter.gold)).collect()
}

fn expected() -> Vec<(String, String, i64)> {
    [("", "one", 5), ("Cid", "two", 0), ("", "three", 0), ("", "four", 0), ("Cid", "five", 0)]
        .map(|(from, text, gold)| (from.to_owned(), text.to_owned(), gold))
        .into()
}

#[test]
fn letters_of_a_forgotten_person_stay_without_the_name() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run(WHO_WROTE);
    assert_eq!(delete_ana(&mut play), 3, "a page at a time");
    assert_eq!(letters(&play), expected());
    play.run("ana logs in as Anabel with correct-horse\nbo enters with Bob\nbo empties @1");
    assert_eq!(play.people.transcript.last().unwrap(), "bo 3: ok, 1005 gold");
    assert_eq!(delete_ana(&mut play), 1, "there is nothing left of it");
}

#[test]
fn a_crash_between_letters_is_gone_on_from() {
    for durable in 0..8 {
        let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
        play.run(WHO_WROTE);
        play.run("hold syncs\nstaff deletes ana");
        play.sync(durable);
        play.restart();
        play.run("let syncs");
        delete_ana(&mut play);
        assert_eq!(letters(&play), expected(), "after {durable}");
        assert_eq!(play.store.rows::<CharacterRow>().len(), 2);
    }
}

/// Others block Ida and Anabel, and write of both; the reports are about others.
const WHO_IS_NAMED: &str = "ana registers Anabel with correct-horse
    bo logs in
    cy logs in
    di logs in
    ana makes Ida
    bo makes Bob
    cy makes Cid
    bo blocks Ida
    cy blocks :ana
    cy blocks Bob
    di blocks Cid
    cy reports Bob ask ANABEL or Ida, not Idaho
    di reports Bob is Idaho
    ana reports Cid told Anabel lies
    bo reports Ida steals";

/// Whom lists name, and what reports say.
fn named(play: &Play) -> (Vec<String>, Vec<String>) {
    let mut blocked: Vec<String> =
        play.store.rows::<ChatBlockRow>().into_iter().map(|row| row.name).collect();
    let mut said: Vec<String> = play.store.rows::<ReportRow>().into_iter().map(|row| row.reason).collect();
    blocked.sort();
    said.sort();
    (blocked, said)
}

fn expected_of_others() -> (Vec<String>, Vec<String>) {
    let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    (
        own(&["(deleted)", "(deleted)", "Bob", "Cid"]),
        own(&["ask (deleted) or (deleted), not Idaho", "is Idaho", "told (deleted) lies"]),
    )
}

#[test]
fn a_forgotten_person_is_named_on_no_list_and_in_no_report_of_others() {
    for cache_accounts_max in [1, 1_000] {
        let config = WorldConfig { preload: false, cache_accounts_max, ..WorldConfig::default() };
        let mut play = Play::new(config);
        play.run(WHO_IS_NAMED);
        assert_eq!(play.store.rows::<ReportRow>().len(), 4, "{:?}", play.people.transcript);
        assert!(1 < delete_ana(&mut play), "a page at a time");
        assert_eq!(named(&play), expected_of_others());
        let names = play.store.rows::<NameRow>().len();
        let row = play.store.account(play.people.all["ana"].account).expect("its number stays");
        assert_eq!((names, row.name), (0, None), "the name goes when nothing is found by it any more");
        let versions = play.store.versions::<ChatBlockRow>();
        assert_eq!(delete_ana(&mut play), 1, "there is nothing left of it");
        assert_eq!(play.store.versions::<ChatBlockRow>(), versions);
    }
}

#[test]
fn a_crash_between_lists_and_reports_is_gone_on_from() {
    for durable in 0..10 {
        let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
        play.run(WHO_IS_NAMED);
        play.run("hold syncs\nstaff deletes ana");
        play.sync(durable);
        play.restart();
        play.run("let syncs");
        delete_ana(&mut play);
        assert_eq!(named(&play), expected_of_others(), "after {durable}");
    }
}
