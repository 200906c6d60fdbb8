//! The processes' logs as staff sees them: each line once, whoever comes and goes, found by what is wanted, and more of
//! them for a while.

use serde_json::{Value, json};

use super::{browser::Browser, fake::Fake, site::Site};

fn lines(browser: &Browser, query: &str) -> Vec<Value> {
    browser.get(&format!("/api/logs?{query}")).ok()["lines"].as_array().expect("a list").clone()
}

/// Each second the processes are asked.
fn until(browser: &Browser, query: &str, is_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    for _ in 0..60_000 {
        let lines = lines(browser, query);
        if is_so(&lines) {
            return lines;
        }
        // A request that the console answers from its memory takes a while, too.
        browser.get("/api/audit/check").ok();
    }
    panic!("never so: {query}")
}

#[test]
fn each_line_of_each_process_is_there_once_and_hostile_text_is_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, |_| Default::default());
    let first = Fake::start(folder.path(), "gateway", 1, |_| Default::default());
    let site = Site::start(folder.path());
    let owner = site.owner();
    let all = until(&owner, "", |lines| 4 <= lines.len());
    assert_eq!(all.len(), 4, "two of each");
    let odd = lines(&owner, "event=chat&process=game");
    assert_eq!(odd.len(), 1);
    assert_eq!(odd[0]["fields"]["text"], "<img src=x onerror=alert(1)>\n\u{202e}", "as it was written");
    assert_eq!((odd[0]["level"].as_str(), odd[0]["at_ms"].as_u64()), (Some("warn"), Some(2)));
    assert_eq!(lines(&owner, "level=warn").len(), 2);
    assert_eq!(lines(&owner, "level=error").len(), 0);
    assert_eq!(lines(&owner, "text=WELL&process=gateway").len(), 1);
    let newest = owner.get("/api/logs").ok()["newest"].as_u64().expect("a number");
    drop(first);
    let _second = Fake::start(folder.path(), "gateway", 9, |_| Default::default());
    let new = until(&owner, &format!("after={newest}"), |lines| 2 <= lines.len());
    assert!(new.iter().all(|line| line["process"] == "gateway"), "its lines begin again, no other's do");
    assert_eq!(lines(&owner, &format!("before={}", newest + 1)).len(), 4);
}

#[test]
fn a_process_logs_more_for_ten_minutes_and_who_wanted_it_is_written_down() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, |_| Default::default());
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    until(&owner, "", |lines| !lines.is_empty());
    let wish = |process: &str, level: &str, reason: &str| json!({ "process": process, "level": level, "reason": reason });
    let told = owner.post("/api/logs/level", &wish("game", "debug", "a player lost gold")).ok();
    assert_eq!(
        (&told["process"]["level"], &told["process"]["raised_ms"]),
        (&json!("debug"), &json!(600_000))
    );
    assert_eq!(owner.get("/api/logs").ok()["processes"]["game"]["level"], "debug");
    owner.post("/api/logs/level", &wish("up", "debug", "why does it start again")).ok();
    let mut refused = |process: &str, level: &str, reason: &str| {
        owner.post("/api/logs/level", &wish(process, level, reason)).refusal()
    };
    assert_eq!(refused("game", "loud", "x"), (400, "bad_request".to_owned()));
    assert_eq!(refused("nobody", "debug", "x"), (400, "bad_request".to_owned()));
    assert_eq!(refused("game", "debug", ""), (400, "reason_missing".to_owned()));
    assert_eq!(refused("game", "warn", "hush"), (409, "bad_level".to_owned()), "never less than usual");
    assert_eq!(refused("dbfront", "debug", "x"), (503, "process_away".to_owned()));
    let deeds = owner.get("/api/audit?action=log.level&outcome=ok").ok();
    let deed = &deeds["deeds"][1];
    assert_eq!((&deed["target"], &deed["reason"]), (&json!("game"), &json!("a player lost gold")));
    assert_eq!((&deed["before"]["level"], &deed["after"]["level"]), (&json!("info"), &json!("debug")));
}
