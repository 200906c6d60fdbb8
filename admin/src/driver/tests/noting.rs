//! What was done to the console while game was down reaches game's staff log when it is up: in order, each once, whoever
//! dies between.

use std::sync::Mutex;

use proto::link::{StaffConsoleNote, StaffRequest, StaffResponse, staff_request::What};
use serde_json::{Value, json};

use super::{
    browser::Browser,
    fake::Fake,
    site::{PASSWORD, Site},
};
use crate::logic::role::Role;

/// A game's staff log: it keeps each number once, as game does, and outlives the process.
static KEPT: Mutex<Vec<(u64, String, String, String)>> = Mutex::new(Vec::new());

fn game(request: &StaffRequest) -> StaffResponse {
    let Some(What::Note(StaffConsoleNote { console, number, deed, was, became })) = &request.what else {
        return StaffResponse::default();
    };
    assert_eq!(console.len(), 16);
    assert_eq!(was.contains(&format!("line {number} from")), *number != 0, "{was}");
    assert!(deed != "staff.create" || became.contains("viewer"), "{became}");
    let mut kept = KEPT.lock().expect("whole");
    let last = kept.last().map_or(0, |(number, ..)| *number);
    if last < *number {
        kept.push((*number, request.by.clone(), deed.clone(), request.reason.clone()));
    }
    StaffResponse { noted: last.max(*number), again: *number <= last, ..StaffResponse::default() }
}

/// All that the log has by now.
fn until_noted(browser: &Browser) {
    for _ in 0..60_000 {
        let log = browser.get("/api/audit").ok();
        if log["noted"].is_u64() && log["noted"] == log["deeds"][0]["n"] {
            return;
        }
    }
    panic!("never told")
}

fn kept() -> Vec<(u64, String, String, String)> {
    KEPT.lock().expect("whole").clone()
}

fn deeds() -> Vec<String> {
    assert!(kept().is_sorted_by(|(before, ..), (after, ..)| before < after), "{:?}", kept());
    kept().into_iter().map(|(_, _, deed, _)| deed).collect()
}

/// Of each deed that was done, whether its line says that game has it.
fn noted(browser: &Browser) -> Vec<Value> {
    let log = browser.get("/api/audit?outcome=ok").ok();
    log["deeds"].as_array().expect("a list").iter().map(|line| line["noted"].clone()).collect()
}

#[test]
fn what_was_done_while_game_was_down_is_told_once_it_is_up_in_order_and_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut site = Site::start(folder.path());
    let mut owner = site.owner();
    let mut viewer = site.one_of(&mut owner, Role::Viewer);
    owner.post("/api/players/7/kick", &json!({ "reason": "spam" }));
    assert_eq!(owner.get("/api/audit").ok()["noted"], json!(null), "game is away");
    viewer.post("/api/logout", &json!({})).ok();
    assert!(noted(&owner).iter().all(|noted| *noted == json!(false)), "{:?}", noted(&owner));

    let first = Fake::start(folder.path(), "game", 1, game);
    until_noted(&owner);
    assert_eq!(deeds(), ["setup", "staff.create", "login", "logout"], "the kick is game's own affair");
    assert!(noted(&owner).iter().all(|noted| *noted == json!(true)), "{:?}", noted(&owner));
    let (number, by, _, text) = &kept()[1];
    assert_eq!(by, "anna");
    assert!(text.starts_with(&format!("new here; the-viewer; line {number} from 127.0.0.1 at ")), "{text}");

    // Game dies, then the console does, with something that neither was told.
    drop(first);
    let wish = json!({ "password": PASSWORD, "reason": "left" });
    owner.post("/api/staff/the-viewer/disable", &wish).ok();
    let refused = owner.get("/api/audit?outcome=refused").ok();
    assert!(refused["deeds"][0]["noted"].is_null(), "what was not done is nothing to tell");
    drop(site);
    let _second = Fake::start(folder.path(), "game", 2, game);
    site = Site::start(folder.path());
    let mut owner = Browser::at(site.address);
    site.login(&mut owner, "anna").ok();
    until_noted(&owner);
    assert_eq!(deeds(), ["setup", "staff.create", "login", "logout", "staff.disable", "login"]);
}
