//! The settings as staff sees and changes them: who has which, from where, and what is refused by name.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use proto::link::{ControlResponse, Setting, SettingsResponse, control_request::What};
use serde_json::{Value, json};

use super::{
    browser::Browser,
    fake::Fake,
    site::{PASSWORD, Site},
};
use crate::logic::role::Role;

fn setting(key: &str, value: &str, origin: &str, live: bool) -> Setting {
    Setting {
        key: key.to_owned(),
        value: value.to_owned(),
        default: "5".to_owned(),
        origin: origin.to_owned(),
        place: if origin == "default" { String::new() } else { format!("{origin}:1") },
        live,
        about: "<b>Lines</b> a second.".to_owned(),
        ..Setting::default()
    }
}

fn game(what: &What, said: &mut ControlResponse) {
    static READ: AtomicUsize = AtomicUsize::new(0);
    let What::Settings(request) = what else { return };
    let waiting = Setting {
        waiting: true,
        value_next: "50".to_owned(),
        origin_next: "file".to_owned(),
        place_next: "ding.toml:2".to_owned(),
        ..setting("game.tick_ms", "66", "default", false)
    };
    let read = if request.reload { READ.fetch_add(1, SeqCst) + 1 } else { READ.load(SeqCst) };
    let value = if read == 0 { "5" } else { "2" };
    let settings = vec![
        waiting,
        setting("game.chat_per_s", value, "default", true),
        setting("game.players_max", "9", "argument", true),
        setting("log.level", "\"debug\"", "environment", true),
    ];
    said.settings = Some(SettingsResponse { settings, changed: Vec::new() });
}

/// Whatever it reads, it is wrong here.
fn refusing(what: &What, said: &mut ControlResponse) {
    let What::Settings(request) = what else { return };
    if request.reload {
        said.error = "settings_wrong".to_owned();
        said.detail = "ding.toml:1: no".to_owned();
        return;
    }
    let settings = vec![setting("gateway.max_connections", "7", "file", true)];
    said.settings = Some(SettingsResponse { settings, changed: Vec::new() });
}

fn line<'a>(config: &'a Value, key: &str) -> &'a Value {
    let settings = config["settings"].as_array().expect("a list");
    settings.iter().find(|line| line["key"] == key).expect("it")
}

fn set(browser: &mut Browser, key: &str, value: &str) -> super::browser::Answer {
    let body = json!({ "key": key, "value": value, "reason": "too loud", "password": PASSWORD });
    browser.post("/api/config/set", &body)
}

#[test]
fn each_setting_is_shown_once_with_who_holds_what_and_from_where() {
    let folder = tempfile::tempdir().expect("a folder");
    let fake = Fake::start(folder.path(), "game", 1, |_| Default::default());
    fake.answers(game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let config = owner.get("/api/config").ok();
    assert_eq!(config["processes"], json!(["game", "up"]));
    let tick = line(&config, "game.tick_ms");
    assert_eq!(tick["live"], false);
    assert_eq!(
        tick["held"],
        json!([{
            "processes": ["game"], "value": "66", "origin": "default", "place": "",
            "waiting": { "value": "50", "origin": "file", "place": "ding.toml:2" },
        }])
    );
    let chat = line(&config, "game.chat_per_s");
    assert_eq!((&chat["default"], &chat["live"]), (&json!("5"), &json!(true)));
    assert_eq!(chat["about"], "<b>Lines</b> a second.", "text, as it is");
    let level = line(&config, "log.level")["held"].as_array().expect("a list").clone();
    assert_eq!(level.len(), 2, "two that differ");
    assert_eq!((&level[0]["processes"], &level[1]["processes"]), (&json!(["game"]), &json!(["up"])));
    let mut operator = site.one_of(&mut owner, Role::Operator);
    assert_eq!(operator.get("/api/config").status, 200);
    assert_eq!(set(&mut operator, "game.chat_per_s", "2").refusal(), (403, "forbidden".to_owned()));
    let support = site.one_of(&mut owner, Role::Support);
    assert_eq!(support.get("/api/config").refusal(), (403, "forbidden".to_owned()));
}

#[test]
fn a_setting_is_kept_and_in_force_and_the_audit_log_has_what_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let fake = Fake::start(folder.path(), "game", 1, |_| Default::default());
    fake.answers(game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let told = set(&mut owner, "game.chat_per_s", "2").ok();
    assert_eq!(told["processes"], json!([{ "name": "game", "state": "in_force" }]));
    assert_eq!(site.layer.kept()["game.chat_per_s"], "2");
    let deeds = owner.get("/api/audit?action=config.set&outcome=ok").ok();
    let deed = &deeds["deeds"][0];
    assert_eq!((&deed["target"], &deed["reason"]), (&json!("setting game.chat_per_s"), &json!("too loud")));
    assert_eq!(deed["after"], json!({ "key": "game.chat_per_s", "value": "2", "origin": "console" }));
    let body = json!({ "key": "game.chat_per_s", "reason": "as ever", "password": PASSWORD });
    owner.post("/api/config/unset", &body).ok();
    assert!(site.layer.kept().is_empty());
    assert_eq!(owner.post("/api/config/unset", &body).refusal(), (409, "not_set".to_owned()));
    // What the console itself goes by, while nobody else has it.
    set(&mut owner, "console.grant_alone_max", "7").ok();
    assert_eq!(owner.get("/api/gifts").ok()["alone"]["gold"], "7");
}

#[test]
fn what_may_not_be_set_is_refused_by_name_and_what_one_process_refuses_is_taken_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let fake = Fake::start(folder.path(), "game", 1, |_| Default::default());
    fake.answers(game);
    let gateway = Fake::start(folder.path(), "gateway", 2, |_| Default::default());
    gateway.answers(refusing);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let refused = |owner: &mut Browser, key: &str, value: &str| {
        let answer = set(owner, key, value);
        (answer.refusal(), serde_json::from_str::<Value>(&answer.body).expect("JSON")["text"].to_string())
    };
    let ((status, code), text) = refused(&mut owner, "game.players_max", "3");
    assert_eq!((status, code.as_str()), (409, "set_elsewhere"));
    assert!(text.contains("argument:1"), "{text}");
    assert_eq!(refused(&mut owner, "log.level", "info").0, (409, "set_elsewhere".to_owned()));
    assert_eq!(refused(&mut owner, "game.nothing", "3").0, (404, "unknown_setting".to_owned()));
    let (refusal, text) = refused(&mut owner, "game.chat_per_s", "0");
    assert_eq!(refusal, (422, "bad_value".to_owned()));
    assert!(text.contains("allowed are 1 to 9"), "the section's own words: {text}");
    let (refusal, text) = refused(&mut owner, "gateway.max_connections", "3");
    assert_eq!(refusal, (422, "bad_value".to_owned()));
    assert!(text.contains("gateway") && text.contains("ding.toml:1: no"), "{text}");
    assert!(site.layer.kept().is_empty(), "taken back: {:?}", site.layer.kept());
    let long = "k".repeat(65);
    assert_eq!(refused(&mut owner, &long, "3").0, (400, "bad_request".to_owned()));
    let silent = json!({ "key": "game.chat_per_s", "value": "3", "reason": "", "password": PASSWORD });
    assert_eq!(owner.post("/api/config/set", &silent).refusal(), (400, "reason_missing".to_owned()));
    let weak = json!({ "key": "game.chat_per_s", "value": "3", "reason": "x", "password": "no" });
    assert_eq!(owner.post("/api/config/set", &weak).refusal(), (403, "wrong_password".to_owned()));
    assert!(site.layer.kept().is_empty());
}
