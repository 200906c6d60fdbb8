//! What pages see of processes that come, go and are others, live and afterwards.

use std::io::{BufRead as _, BufReader, Write as _};

use serde_json::{Value, json};

use super::{
    browser::{Browser, connect},
    fake::Fake,
    site::Site,
};
use crate::logic::role::Role;

/// A live page.
struct Live(BufReader<std::net::TcpStream>);

impl Live {
    fn open(browser: &Browser) -> Self {
        let mut socket = connect(browser.address);
        let cookie = browser.cookie.as_deref().expect("a session");
        let head = format!(
            "GET /api/live HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nCookie: {cookie}\r\n\r\n",
            browser.address
        );
        socket.write_all(head.as_bytes()).expect("sent");
        Self(BufReader::new(socket))
    }

    /// The next sample; nothing after the end of the stream.
    fn next(&mut self) -> Option<Value> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(json) = line.strip_prefix("data: ") {
                return Some(serde_json::from_str(json).expect("JSON"));
            }
        }
    }

    /// The first sample in which a process is so.
    fn until(&mut self, name: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..60 {
            let sample = self.next().expect("the stream goes on");
            let process = process(&sample, name);
            if is_so(&process) {
                return process;
            }
        }
        panic!("never so: {name}")
    }
}

fn process(sample: &Value, name: &str) -> Value {
    let processes = sample["processes"].as_array().expect("a list");
    processes.iter().find(|process| process["name"] == name).cloned().unwrap_or_default()
}

#[test]
fn a_live_page_sees_what_processes_say_that_one_is_gone_and_that_another_came() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = std::process::id();
    let first = Fake::start(folder.path(), "game", own, |_| Default::default());
    let site = Site::start(folder.path());
    let owner = site.owner();
    let mut live = Live::open(&owner);
    let game = live.until("game", |game| game["reachable"] == true);
    assert_eq!((&game["ready"], &game["state"], &game["pid"]), (&json!(true), &json!("ready"), &json!(own)));
    assert_eq!((&game["up_ms"], &game["version"]), (&json!(61_000), &json!("1.2.3")));
    assert_eq!((&game["figures"], &game["level"]), (&json!({ "bytes_in": 7, "level": 1 }), &json!("yellow")));
    assert!(game["rss_bytes"].as_u64().is_some_and(|bytes| 1 << 20 < bytes), "the test's own: {game}");
    assert!(game["cpu_ms"].is_u64() && game["restarts"] == 0, "{game}");
    let away = live.until("dbfront", |_| true);
    assert_eq!(
        (&away["reachable"], &away["state"], &away["figures"]),
        (&json!(false), &json!("not running"), &json!({}))
    );
    drop(first);
    live.until("game", |game| game["reachable"] == false);
    let _second = Fake::start(folder.path(), "game", 1, |_| Default::default());
    let game = live.until("game", |game| game["reachable"] == true);
    assert_eq!(game["restarts"], 1);
    let history = owner.get("/api/history?span=15m").ok();
    let what: Vec<&str> = history["markers"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|marker| marker["process"] == "game")
        .filter_map(|marker| marker["what"].as_str())
        .collect();
    assert_eq!(what, ["gone", "started"]);
    let at = history["at_ms"].as_array().expect("a column").len();
    let bytes = history["series"]["game.bytes_in"].as_array().expect("a column");
    assert!(bytes.len() == at && bytes.contains(&Value::Null) && bytes.contains(&json!(7)), "{history}");
    let one = owner.get("/api/history?span=24h&series=game.level").ok();
    assert_eq!(one["step_ms"], 60_000);
    let series = one["series"].as_object().expect("columns");
    assert!(series.len() == 1 && series.contains_key("game.level"), "{one}");
    assert_eq!(owner.get("/api/history?span=1y").refusal(), (400, "bad_request".to_owned()));
}

#[test]
fn a_live_page_ends_with_its_session_and_there_are_not_too_many() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let viewer = site.one_of(&mut owner, Role::Viewer);
    assert_eq!(Browser::at(site.address).get("/api/live").refusal(), (401, "not_logged_in".to_owned()));
    let mut live = Live::open(&viewer);
    assert!(live.next().is_some());
    let wish = json!({ "password": super::site::PASSWORD, "reason": "left" });
    owner.post("/api/staff/the-viewer/disable", &wish).ok();
    // Some seconds may be on their way.
    assert!((0..10).any(|_| live.next().is_none()), "the stream goes on");
    let mut many: Vec<Live> = (0..12).map(|_| Live::open(&owner)).collect();
    assert!(many.iter_mut().all(|live| live.next().is_some()));
    assert_eq!(owner.get("/api/live").refusal(), (503, "streams_full".to_owned()));
    let other = site.one_of(&mut owner, Role::Support);
    assert!(Live::open(&other).next().is_some(), "one person's pages keep nobody else from theirs");
    many.clear();
    // A place is free again as soon as its end is noticed.
    assert!((0..20_000).any(|_| Live::open(&owner).next().is_some()), "places come back");
}

#[test]
fn staff_comes_in_while_nothing_runs_and_is_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    for path in ["/api/players", "/api/players/7", "/api/rooms"] {
        assert_eq!(owner.get(path).refusal(), (503, "game_away".to_owned()), "{path}");
    }
    let kicked = owner.post("/api/players/7/kick", &json!({ "reason": "spam" }));
    assert_eq!(kicked.refusal(), (503, "game_away".to_owned()));
    assert!(owner.get("/api/database").ok()["poison"].is_null());
    let deeds = owner.get("/api/audit").ok();
    let last = &deeds["deeds"][0];
    let told = [&last["by"], &last["action"], &last["target"], &last["reason"], &last["outcome"]];
    assert_eq!(told, ["anna", "player.kick", "player 7", "spam", "game_away"], "tried is written down, too");
    assert_eq!(deeds["broken_at"], Value::Null);
    assert_eq!(deeds["deeds"][1]["action"], "setup");
}

#[test]
fn the_bill_of_all_gateways_is_one_and_says_whose_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let owner = site.owner();
    assert_eq!(owner.get("/api/bill").refusal(), (503, "gateway_away".to_owned()));
    let _first = Fake::start(folder.path(), "gateway", 7, |_| Default::default());
    let _second = Fake::start(folder.path(), "gateway-2", 8, |_| Default::default());
    let mut live = Live::open(&owner);
    live.until("gateway-2", |gateway| gateway["reachable"] == true);
    live.until("gateway", |gateway| gateway["reachable"] == true);
    let bill = owner.get("/api/bill").ok();
    assert_eq!(bill["of"], json!(["gateway 7", "gateway-2 8"]));
    let lines = bill["lines"].as_array().expect("lines");
    let line = |kind: &str| lines.iter().find(|line| line["kind"] == kind).cloned().expect("a line");
    assert_eq!(lines.len(), 3, "{bill}");
    let heard = line("chat_heard");
    assert_eq!((&heard["messages"], &heard["receivers"]), (&json!(4), &json!(400)));
    assert_eq!((&heard["bytes_before"], &heard["bytes_after"]), (&json!(2_800), &json!(1_400)));
    assert_eq!(
        (&heard["us"], &line("7")["us"], &line("8")["bytes_after"]),
        (&json!(3_000), &json!(1_500), &json!(1))
    );
}
