//! The settings as staff sees and changes them: who has which, from where, and what is refused by name.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use proto::link::{ControlResponse, Setting, SettingsResponse, control_request::What};
use serde_json::{Value, json};

use super::{
    browser::Browser,
    fake::Fake,
    layer::STUCK,
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

fn unset(browser: &mut Browser, key: &str) -> super::browser::Answer {
    let body = json!({ "key": key, "reason": "as ever", "password": PASSWORD });
    browser.post("/api/config/unset", &body)
}

/// Has one more key, of a file that was edited, in force with each reading; the environment sets another one meanwhile.
fn edited(what: &What, said: &mut ControlResponse) {
    let What::Settings(request) = what else { return };
    let (players, changed) =
        if request.reload { ("9", vec!["game.players_max".to_owned()]) } else { ("5", vec![]) };
    let settings = vec![
        setting("game.chat_per_s", "4", "file", true),
        setting("game.players_max", players, "file", true),
        setting("game.commands_per_s", "4", "environment", true),
    ];
    said.settings = Some(SettingsResponse { settings, changed });
}

#[test]
fn who_is_silent_is_told_as_away_and_what_else_came_into_force_is_told_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, |_| Default::default());
    game.answers(edited);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let told = set(&mut owner, "log.level", "debug").ok();
    assert_eq!(
        told["processes"],
        json!([
            { "name": "dbfront", "state": "away" },
            { "name": "gateway", "state": "away" },
            { "name": "up", "state": "in_force" },
        ]),
        "not a gateway that nobody ever started, and not who answers and does not have it"
    );
    let told = set(&mut owner, "game.chat_per_s", "2").ok();
    let others = json!([{ "process": "game", "key": "game.players_max", "before": "5", "after": "9" }]);
    assert_eq!(told["others"], others);
    let deed = owner.get("/api/audit?action=config.set&outcome=ok").ok()["deeds"][0].clone();
    assert_eq!(deed["after"]["others"], others);
    let before = json!({ "key": "game.chat_per_s", "value": "4", "origin": "file" });
    assert_eq!(deed["before"], before, "as it was in force");
    assert_eq!(owner.get("/api/config").ok()["kept"], json!(["game.chat_per_s", "log.level"]));
    // What the console set is taken back also while something stronger hides it.
    site.layer.kept().insert("game.commands_per_s".to_owned(), "7".to_owned());
    unset(&mut owner, "game.commands_per_s").ok();
    assert_eq!(owner.get("/api/config").ok()["kept"], json!(["game.chat_per_s", "log.level"]));
}

#[test]
fn what_could_not_be_put_back_is_not_told_as_nothing_was_changed() {
    static GOES: AtomicBool = AtomicBool::new(false);
    /// Takes what it reads, and is silent from then on while it is to.
    fn taking(what: &What, said: &mut ControlResponse) {
        static READ: AtomicBool = AtomicBool::new(false);
        let What::Settings(request) = what else { return };
        let has_read = request.reload && READ.swap(true, SeqCst);
        if !(has_read && GOES.load(SeqCst)) {
            let settings = vec![setting("log.level", "7", "file", true)];
            said.settings = Some(SettingsResponse { settings, changed: Vec::new() });
        }
        if !GOES.load(SeqCst) {
            READ.store(false, SeqCst);
        }
    }
    fn odd(what: &What, said: &mut ControlResponse) {
        refusing(what, said);
        if let Some(told) = &mut said.settings {
            told.settings = vec![setting("log.level", "7", "file", true)];
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, |_| Default::default());
    game.answers(taking);
    let gateway = Fake::start(folder.path(), "gateway", 2, |_| Default::default());
    gateway.answers(odd);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    assert_eq!(
        set(&mut owner, "log.level", "info").refusal(),
        (422, "bad_value".to_owned()),
        "all confirmed"
    );
    site.layer.kept().insert(STUCK.to_owned(), "1".to_owned());
    let answer = set(&mut owner, "log.level", "info");
    assert_eq!(answer.refusal(), (500, "not_put_back".to_owned()));
    assert!(
        answer.body.contains("no disk") && !answer.body.contains("othing was changed"),
        "{}",
        answer.body
    );
    site.layer.kept().clear();
    GOES.store(true, SeqCst);
    let answer = set(&mut owner, "log.level", "info");
    assert_eq!(answer.refusal(), (500, "not_put_back".to_owned()));
    assert!(answer.body.contains("no word from game"), "{}", answer.body);
    assert!(site.layer.kept().is_empty(), "the file is as it was");
}

#[test]
fn who_comes_back_is_told_to_read_what_was_set_while_it_was_away() {
    static READ: AtomicUsize = AtomicUsize::new(0);
    fn counting(what: &What, said: &mut ControlResponse) {
        let What::Settings(request) = what else { return };
        READ.fetch_add(usize::from(request.reload), SeqCst);
        said.settings = Some(SettingsResponse::default());
    }
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let owner = site.owner();
    let until = |is_so: &dyn Fn() -> bool| {
        // Each answer takes a while.
        for _ in 0..10_000 {
            if is_so() {
                return;
            }
            owner.get("/api/config").ok();
        }
        panic!("it never is");
    };
    for pid in 1..=2 {
        READ.store(0, SeqCst);
        let game = Fake::start(folder.path(), "game", pid, |_| Default::default());
        game.answers(counting);
        until(&|| 0 < READ.load(SeqCst));
        drop(game);
    }
}
