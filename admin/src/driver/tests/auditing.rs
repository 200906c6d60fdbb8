//! The audit log as staff looks at it: filtered, by pages, as a file, and whether it is whole.

use serde_json::json;

use super::site::{PASSWORD, Site};

#[test]
fn the_log_is_filtered_paged_and_saved_without_a_formula_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let evil = "=HYPERLINK(\"http://evil\")";
    for id in 1..=120_u32 {
        let reason = if id == 7 { evil } else { "spam" };
        owner.post(&format!("/api/players/{id}/kick"), &json!({ "reason": reason }));
    }
    let first = owner.get("/api/audit?action=KICK").ok();
    assert_eq!(first["deeds"].as_array().map(Vec::len), Some(100));
    let after = first["after"].as_u64().expect("more");
    let rest = owner.get(&format!("/api/audit?action=kick&after={after}")).ok();
    assert_eq!((rest["deeds"].as_array().map(Vec::len), rest["after"].is_null()), (Some(20), true));
    let last = |query: &str| owner.get(&format!("/api/audit?{query}")).ok()["deeds"].clone();
    assert_eq!(
        last("target=player%207&action=kick&by=anna").as_array().map(Vec::len),
        Some(11),
        "7, 70 to 79"
    );
    assert_eq!(last("by=nobody"), json!([]));
    assert_eq!(last("outcome=ok").as_array().map(Vec::len), Some(1), "the set-up; game is away");
    assert_eq!(last("until_ms=1"), json!([]));
    assert_eq!(last("from_ms=1&outcome=refused&after=10").as_array().map(Vec::len), Some(8));
    let file = owner.get("/api/audit/export?action=kick");
    assert_eq!(file.status, 200);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"audit.csv\""));
    assert_eq!(file.body.lines().count(), 121);
    assert!(file.body.contains("\"'=HYPERLINK(\"\"http://evil\"\")\""), "the formula is text");
}

#[test]
fn what_only_the_console_keeps_is_written_down_before_it_is_done_and_a_refusal_says_what_was_wished() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let wish = json!({
        "name": "ben", "role": "viewer", "new_password": PASSWORD, "password": PASSWORD, "reason": "helps out",
    });
    owner.post("/api/staff/create", &wish).ok();
    owner.post("/api/players/7/mute", &json!({ "reason": "spam", "for_ms": 5_000 }));
    let deeds = owner.get("/api/audit").ok()["deeds"].clone();
    let told = |at: usize| (deeds[at]["action"].clone(), deeds[at]["outcome"].clone());
    assert_eq!(told(0), (json!("player.mute"), json!("game_away")));
    assert_eq!(deeds[0]["after"], json!({ "reason": "spam", "for_ms": 5_000 }));
    assert_eq!(told(1), (json!("staff.create"), json!("ok")));
    assert_eq!(told(2), (json!("staff.create"), json!("begun")));
    let wish = json!({ "name": "ben", "role": "viewer", "reason": "helps out" });
    assert_eq!(deeds[2]["after"], wish, "no password");
}

#[test]
fn somebody_who_changes_the_log_while_the_console_runs_is_found_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    owner.post("/api/players/1/kick", &json!({ "reason": "spam" }));
    let check = || owner.get("/api/audit/check").ok();
    assert_eq!(check(), json!({ "lines": 3, "broken_at": null, "whole": true }));
    let path = folder.path().join("console/audit.log");
    let text = std::fs::read_to_string(&path).expect("a log");
    std::fs::write(&path, text.replace("spam", "ham!")).expect("written");
    assert_eq!(check(), json!({ "lines": 3, "broken_at": null, "whole": false }));
    std::fs::write(&path, text.replace("\"action\":\"setup\"", "\"action\":\"other\"")).expect("written");
    assert_eq!(check(), json!({ "lines": 3, "broken_at": 2, "whole": false }));
}
