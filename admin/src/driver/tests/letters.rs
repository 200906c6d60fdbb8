//! A player with much of everything, each of which game answers in pieces: nothing of it is lost on the way to the page,
//! and what players said to each other is read by nobody below support.

use proto::{
    limits::{MAIL_SUBJECT_BYTES_MAX, MAIL_TEXT_BYTES_MAX, MAILBOX_MAX},
    link::{Row, StaffMailing, StaffRequest, StaffResponse, StaffRows, staff_request::What},
    tables::{
        CampaignRow, CharacterRow, GoodsLogRow, ItemRow, MailRow, ReplayPlayerRow, ReportRow, Row as _, Table,
    },
    wire,
};
use serde_json::{Value, json};

use super::{browser::Browser, fake::Fake, site::Site};
use crate::logic::role::Role;

const ACCOUNT: u64 = 7;
const CHARACTER: u64 = 9;
/// Letters have the ids after this.
const LETTERS: u64 = 1_000;
const FULL: u64 = MAILBOX_MAX as u64;
const SAID: &str = "between the two of us";

fn letter(n: u64) -> MailRow {
    MailRow {
        to_character: CHARACTER,
        id: LETTERS + n,
        from_character: 11,
        from_name: "Ben".to_owned(),
        subject: SAID.to_owned(),
        text: SAID.repeat(MAIL_TEXT_BYTES_MAX / SAID.len()),
        gold: 5,
        sent_ms: n,
        read: false,
    }
}

fn item(holder: u64, id: u64, place: u32) -> ItemRow {
    ItemRow { holder, id, kind: 40, quantity: 3, place, slot: 0 }
}

fn report(by_account: u64) -> ReportRow {
    ReportRow {
        account: ACCOUNT,
        by_account,
        name: "Anna".to_owned(),
        reason: SAID.to_owned(),
        evidence: format!("5 private Anna {SAID}\n").repeat(100),
        wall_ms: 5,
    }
}

fn campaign(n: u64) -> CampaignRow {
    let wish = StaffMailing { text: "x".repeat(MAIL_TEXT_BYTES_MAX), ..StaffMailing::default() };
    CampaignRow {
        key: format!("mailing-{n:03}"),
        wish: wire::encode(&wish).into(),
        state: 2,
        reached: 0,
        sent: 1,
        skipped: 0,
        staff: "anna".to_owned(),
        reason: "spring".to_owned(),
        started_ms: n,
        ended_ms: Some(n),
    }
}

fn replay(n: u64) -> ReplayPlayerRow {
    ReplayPlayerRow {
        account: ACCOUNT,
        replay: n,
        kind: "chess".to_owned(),
        ended_ms: n,
        outcome: "white wins".repeat(60),
        place: 1,
    }
}

fn stored(table: Table, of: u64) -> Vec<Vec<proto::link::Value>> {
    match (table, of) {
        (Table::Character, ACCOUNT) => {
            let one = CharacterRow {
                account: ACCOUNT,
                id: CHARACTER,
                name: "Sir Anna".to_owned(),
                level: 2,
                xp: 0,
                map: 1,
                x_mm: 1_000,
                y_mm: 2_000,
                hp: 60,
                created_ms: 5,
                deleted_ms: None,
                dead: false,
            };
            vec![one.values()]
        }
        (Table::Mail, CHARACTER) => (1..=FULL).map(|n| letter(n).values()).collect(),
        (Table::Item, CHARACTER) => vec![item(CHARACTER, 3, 1).values()],
        (Table::Item, holder) if holder == LETTERS + 2 => vec![item(holder, 4, 3).values()],
        (Table::Report, ACCOUNT) => (1..=32).map(|by| report(by).values()).collect(),
        (Table::Campaign, 0) => (1..=100).map(|n| campaign(n).values()).collect(),
        (Table::ReplayPlayer, ACCOUNT) => (1..=100).map(|n| replay(n).values()).collect(),
        _ => Vec::new(),
    }
}

/// As much as game puts into one answer, from where it is asked on.
fn piece(wish: &StaffRows) -> StaffResponse {
    let table = Table::from_code(wish.table).expect("a table");
    let columns = table.def().key_columns;
    let all = stored(table, wish.of);
    let begin = all.iter().position(|row| row[..columns] == wish.after[..]).map_or(0, |last| last + 1);
    let mut said = StaffResponse { done: true, ..StaffResponse::default() };
    let mut bytes = 0;
    for row in all.into_iter().skip(begin) {
        let row = Row { ver: 1, row };
        bytes += wire::encode(&row).len();
        if !said.rows.is_empty() && (ANSWER_BYTES_MAX < bytes || wish.rows_max as usize <= said.rows.len()) {
            said.done = false;
            break;
        }
        said.after = row.row[..columns].to_vec();
        said.rows.push(row);
    }
    said
}

fn game(request: &StaffRequest) -> StaffResponse {
    match request.what.as_ref().expect("something") {
        What::Find(_) => {
            StaffResponse { account: ACCOUNT, name: "Anna".to_owned(), ..StaffResponse::default() }
        }
        // Only the newest letter's thing moved.
        What::Rows(wish) if wish.table == Table::GoodsLog as u32 => {
            let newest = LETTERS + FULL;
            let moved = GoodsLogRow {
                lsn: 14,
                n: 0,
                item: 3,
                kind: 40,
                quantity: 2,
                from_holder: 0,
                to_holder: newest,
                reason: 10,
                account: 0,
                cseq: 0,
                wall_ms: 7,
            };
            let rows =
                if wish.ids.contains(&newest) { vec![Row { ver: 1, row: moved.values() }] } else { vec![] };
            StaffResponse { rows, done: true, ..StaffResponse::default() }
        }
        What::Rows(wish) if wish.of == 0 && wish.table != Table::Campaign as u32 => {
            StaffResponse { done: true, ..StaffResponse::default() }
        }
        What::Rows(wish) => piece(wish),
        _ => StaffResponse::default(),
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a Vec<Value> {
    value[name].as_array().unwrap_or_else(|| panic!("no {name} in {value}"))
}

fn seen_by(browser: &Browser) -> Value {
    browser.get(&format!("/api/players/{ACCOUNT}")).ok()
}

#[test]
fn a_full_mailbox_of_long_letters_is_shown_whole_with_what_lies_in_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let owner = site.owner();
    let shown = seen_by(&owner);
    let character = &shown["characters"][0];
    let mail = list(character, "mail");
    assert_eq!(mail.len(), MAILBOX_MAX);
    let newest = mail.last().expect("letters");
    assert_eq!(newest["id"], json!((LETTERS + FULL).to_string()), "the newest is there, too");
    assert!(mail.iter().all(|letter| letter["subject"] == SAID && letter["things"].is_array()), "{newest}");
    let things = |at: usize| list(&mail[at], "things").len();
    assert_eq!((things(0), things(1)), (0, 1));
    assert_eq!((&mail[1]["things"][0]["kind"], &mail[1]["things"][0]["quantity"]), (&json!(40), &json!(3)));
    assert_eq!(list(character, "items").len(), 1, "what lies in letters is not in the bag");
}

#[test]
fn reports_about_a_player_are_shown_all_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let shown = seen_by(&site.owner());
    let reports = list(&shown, "report");
    assert_eq!(reports.len(), 32);
    assert_eq!((&reports[31]["by_account"], &reports[31]["reason"]), (&json!("32"), &json!(SAID)));
}

#[test]
fn a_viewer_sees_letters_with_gold_and_things_and_not_a_word_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let shown = seen_by(&site.one_of(&mut owner, Role::Viewer));
    assert!(!shown.to_string().contains(SAID), "a word of a letter or a report");
    let mail = list(&shown["characters"][0], "mail");
    assert_eq!((mail.len(), &shown["hidden"]), (MAILBOX_MAX, &json!(true)));
    assert_eq!((&mail[1]["gold"], &mail[1]["from_name"]), (&json!(5), &json!("Ben")));
    assert_eq!((&mail[1]["subject"], &mail[1]["text"]), (&Value::Null, &Value::Null));
    assert_eq!(list(&mail[1], "things").len(), 1);
    assert_eq!((list(&shown, "report").len(), &shown["report"][0]["evidence"]), (32, &Value::Null));
    let shown = seen_by(&site.one_of(&mut owner, Role::Support));
    let letter = &shown["characters"][0]["mail"][0];
    assert_eq!((&letter["subject"], &shown["hidden"]), (&json!(SAID), &json!(false)));
    assert!(shown["report"][0]["evidence"].as_str().is_some_and(|lines| lines.contains(SAID)));
}

#[test]
fn the_history_knows_what_moved_into_the_newest_letter_of_a_full_mailbox() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let history = site.owner().get(&format!("/api/players/{ACCOUNT}/history")).ok();
    assert_eq!(list(&history, "changes").len(), 1, "{history}");
    assert_eq!(history["changes"][0]["to"], json!((LETTERS + FULL).to_string()));
}

#[test]
fn letters_to_many_and_a_players_matches_are_listed_from_the_newest_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let owner = site.owner();
    let mailings = owner.get("/api/mailing").ok();
    let mailings = list(&mailings, "mailings");
    assert_eq!((mailings.len(), &mailings[0]["key"]), (100, &json!("mailing-100")));
    let replays = owner.get("/api/replays?player=7").ok();
    let replays = list(&replays, "replays");
    assert_eq!((replays.len(), &replays[0]["id"]), (100, &json!("100")));
}

/// As game has it.
const ANSWER_BYTES_MAX: usize = 48 * 1024;
const _: () = assert!(SAID.len() <= MAIL_SUBJECT_BYTES_MAX);
