//! All gold as staff looks at it: sums beyond what a browser holds, trails, files without formulas, and the check.

use proto::link::{
    BooksHolder, BooksHour, BooksLine, BooksPile, BooksRequest, BooksResponse, BooksRich, BooksStep,
    StaffRequest, StaffResponse, books_request::What,
};
use serde_json::{Value, json};

use super::{
    browser::Browser,
    fake::Fake,
    site::{CHECK, Site},
};

const EVIL: &str = "=HYPERLINK(\"http://evil\")";

/// What a scripted dbfront says.
pub(super) fn books(request: &BooksRequest) -> Result<BooksResponse, &'static str> {
    let pile =
        |what: &str, gold: &str, holders| BooksPile { what: what.to_owned(), gold: gold.to_owned(), holders };
    let said = match request.what.as_ref().ok_or("bad_request")? {
        What::Hours(wish) => {
            let hour = |reason, gold_in, gold_out, gold_moved| BooksHour {
                hour_ms: wish.since_ms,
                reason,
                gold_in,
                gold_out,
                gold_moved,
                lines: 3,
            };
            BooksResponse {
                hours: vec![hour(3, 100, 0, 0), hour(4, 0, 30, 0), hour(6, 0, 0, 9)],
                gold_before: "20000000000000000000".to_owned(),
                piles: vec![
                    pile("wallets", "20000000000000000000", 9),
                    pile("letters", "60", 2),
                    pile("pots", "10", 1),
                ],
                ..BooksResponse::default()
            }
        }
        What::Richest(wish) => {
            let rich = |account| BooksRich { account, name: EVIL.to_owned(), gold: 5 };
            BooksResponse {
                richest: (1..=wish.rows_max.into()).map(rich).collect(),
                ..BooksResponse::default()
            }
        }
        What::Who(wish) => {
            // As if there were characters in the log of things alone, all of one account, and letters numbered from 200.
            let held = |line: &BooksLine, id: u64| {
                let (what, account) = match (id, line.goods) {
                    (200.., _) => ("letter", 0),
                    (_, true) => ("character", 7),
                    (_, false) => ("account", id),
                };
                let name = if account == 0 { "" } else { EVIL };
                BooksHolder { id, what: what.to_owned(), name: name.to_owned(), account }
            };
            let lines = wish.lines.iter().flat_map(|line| [held(line, line.from), held(line, line.to)]);
            BooksResponse { holders: lines.filter(|held| held.id != 0).collect(), ..BooksResponse::default() }
        }
        What::Trail(wish) if wish.account == 8 => return Err("busy"),
        What::Trail(wish) => {
            let step = |parent, from, to| BooksStep {
                parent,
                depth: parent + 1,
                lsn: wish.since,
                item: wish.item,
                from,
                to,
                amount: wish.sum,
                traced: 2,
                kept: 1,
                reason: 6,
                ..BooksStep::default()
            };
            let holder =
                |id| BooksHolder { id, what: "account".to_owned(), name: EVIL.to_owned(), account: id };
            BooksResponse {
                steps: vec![step(0, wish.account, 2), step(1, 2, 0)],
                holders: vec![holder(2), holder(wish.account)],
                looked: 70,
                looked_to: 99,
                ended: "time".to_owned(),
                ..BooksResponse::default()
            }
        }
    };
    Ok(BooksResponse { lsn: 1 << 60, ..said })
}

fn nothing(_: &StaffRequest) -> StaffResponse {
    StaffResponse::default()
}

#[test]
fn sums_are_exact_beyond_what_a_browser_counts_and_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let _dbfront = Fake::start(folder.path(), "dbfront", 7, nothing);
    let site = Site::start(folder.path());
    let owner = site.owner();
    let said = owner.get("/api/economy?hours=24").ok();
    assert_eq!(said["lsn"], "1152921504606846976");
    let sums = (&said["held"], &said["told"], &said["adds_up"]);
    let both = &json!("20000000000000000070");
    assert_eq!(sums, (both, both, &Value::Bool(true)));
    assert_eq!(said["piles"]["letters"], json!({ "gold": "60", "holders": 2 }));
    assert_eq!(said["hours"][0]["in"], 100);
    let since = said["since_ms"].as_u64().expect("a moment");
    assert_eq!((since % 3_600_000, &said["hours"][0]["hour_ms"]), (0, &json!(since)));
    let file = owner.get("/api/economy/export?hours=24");
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"economy.csv\""));
    assert_eq!(file.body.lines().nth(2), Some(format!("{since},4,\"ShopBuy\",0,30,0,3").as_str()));
    let rich = owner.get("/api/economy/richest?rows=3").ok();
    assert_eq!(rich["rows"].as_array().map(Vec::len), Some(3));
    assert_eq!(rich["rows"][2], json!({ "account": "3", "name": EVIL, "gold": 5 }));
}

#[test]
fn a_trail_is_told_and_saved_without_a_formula_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let _dbfront = Fake::start(folder.path(), "dbfront", 7, nothing);
    let site = Site::start(folder.path());
    let owner = site.owner();
    let trail = owner.get("/api/economy/trail?account=9007199254740993&since=77&sum=40").ok();
    let first = &trail["steps"][0];
    assert_eq!((&first["from"], &first["to"]), (&json!("9007199254740993"), &json!("2")));
    assert_eq!((&first["lsn"], &first["amount"], &first["item"]), (&json!("77"), &json!(40), &Value::Null));
    assert_eq!(trail["steps"][1]["to"], Value::Null);
    assert_eq!(trail["holders"]["2"], json!({ "what": "account", "name": EVIL, "account": "2" }));
    assert_eq!((&trail["ended"], &trail["looked_to"]), (&json!("time"), &json!("99")));
    let file = owner.get("/api/economy/trail/export?item=5&since=77");
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(file.body.lines().count(), 4, "a head, two steps, and that there is more");
    assert!(file.body.contains("\"'=HYPERLINK(\"\"http://evil\"\")\"") && !file.body.contains(",\"=HYP"));
    assert!(
        file.body.ends_with(",,,\"there is more after record 99: time\",,,,,,,,,,,,,,,,\r\n"),
        "{}",
        file.body
    );
}

#[test]
fn what_is_no_question_or_cannot_be_asked_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let dbfront = Fake::start(folder.path(), "dbfront", 7, nothing);
    let site = Site::start(folder.path());
    let owner = site.owner();
    for wrong in [
        "economy",
        "economy?hours=0",
        "economy?hours=999",
        "economy/richest?rows=0",
        "economy/richest?rows=101",
        "economy/trail",
        "economy/trail?account=1&item=2",
        "economy/trail?account=-1",
        "economy/trail?account=1&sum=99999999999999999999",
        "economy/trail?account=1&since=x",
    ] {
        assert_eq!(owner.get(&format!("/api/{wrong}")).refusal(), (400, "bad_request".to_owned()), "{wrong}");
    }
    assert_eq!(owner.get("/api/economy/trail?account=8").refusal(), (503, "busy".to_owned()));
    drop(dbfront);
    assert_eq!(owner.get("/api/economy?hours=48").refusal(), (503, "dbfront_away".to_owned()));
}

/// A program that checks, which says this.
fn checks(folder: &std::path::Path, script: &str) {
    let path = folder.join("checks.sh");
    std::fs::write(&path, script).expect("written");
    std::fs::write(folder.join(CHECK), format!("/bin/sh {}", path.display())).expect("written");
}

/// Until nothing runs any more.
fn ended(owner: &Browser) -> Value {
    loop {
        let said = owner.get("/api/economy/check").ok();
        if said["running"].is_null() && !said["last"].is_null() {
            return said["last"].clone();
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_check_runs_once_at_a_time_and_its_answer_is_for_everybody() {
    let folder = tempfile::tempdir().expect("a folder");
    let wait = folder.path().join("goes on");
    let script = "while [ ! -e \"$(dirname \"$0\")/goes on\" ]; do sleep 0.02; done
        echo \"{\\\"lsn\\\":77,\\\"nice\\\":$(nice)}\"; exit 1";
    checks(folder.path(), script);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let begin = "/api/economy/check/begin";
    assert_eq!(owner.post(begin, &json!({ "reason": " " })).refusal(), (400, "reason_missing".to_owned()));
    let none = json!({ "possible": true, "running": null, "last": null });
    assert_eq!(owner.get("/api/economy/check").ok(), none);
    let begun = owner.post(begin, &json!({ "reason": "twins" })).ok();
    assert_eq!(begun["running"]["by"], "anna");
    assert_eq!(owner.post(begin, &json!({ "reason": "twins" })).refusal(), (409, "check_running".to_owned()));
    std::fs::write(&wait, "").expect("written");
    let last = ended(&owner);
    assert_eq!((&last["by"], &last["error"]), (&json!("anna"), &Value::Null));
    assert_eq!(last["answer"]["lsn"], 77, "whatever its exit status says");
    assert!(last["answer"]["nice"].as_i64().is_some_and(|nice| 15 <= nice), "behind everybody else: {last}");
    let log = owner.get("/api/audit?action=economy.check").ok();
    assert_eq!((&log["deeds"][2]["reason"], &log["deeds"][2]["outcome"]), (&json!("twins"), &json!("ok")));
}

#[test]
fn a_check_that_says_nothing_or_cannot_begin_is_told_with_its_last_words() {
    let folder = tempfile::tempdir().expect("a folder");
    checks(folder.path(), "echo 'another one audits' >&2; exit 75");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    owner.post("/api/economy/check/begin", &json!({ "reason": "twins" })).ok();
    let last = ended(&owner);
    assert_eq!((&last["answer"], &last["error"]), (&Value::Null, &json!("another one audits")));
    drop(site);
    std::fs::remove_file(folder.path().join(CHECK)).expect("gone");
    let other = tempfile::tempdir().expect("a folder");
    let site = Site::start(other.path());
    let mut owner = site.owner();
    let refused = owner.post("/api/economy/check/begin", &json!({ "reason": "twins" }));
    assert_eq!(refused.refusal(), (409, "no_check".to_owned()));
}
