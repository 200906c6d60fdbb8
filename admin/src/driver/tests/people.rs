//! Who becomes staff, who comes in, and for how long.

use std::os::fd::AsRawFd as _;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use serde_json::json;

use super::{
    browser::Browser,
    site::{PASSWORD, Site},
};
use crate::logic::{hex, role::Role, totp};

#[test]
fn a_new_console_has_no_account_and_its_link_makes_one_owner_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut browser = Browser::at(site.address);
    let known = browser.get("/api/session").ok();
    assert_eq!((&known["staff"], &known["setup"]), (&json!(null), &json!(true)));
    for name in ["admin", "root", "owner"] {
        let refused = browser.post("/api/login", &json!({ "name": name, "password": name }));
        assert_eq!(refused.refusal(), (401, "bad_credentials".to_owned()));
    }
    let wish = |token: &str| json!({ "token": token, "name": "anna", "password": PASSWORD });
    let closed = (403, "setup_closed".to_owned());
    assert_eq!(browser.post("/api/setup", &wish(&"0".repeat(64))).refusal(), closed);
    let weak = json!({ "token": site.token(), "name": "anna", "password": "short" });
    assert_eq!(browser.post("/api/setup", &weak).refusal(), (422, "weak_password".to_owned()));
    let made = browser.post("/api/setup", &wish(site.token())).ok();
    assert_eq!(made["staff"], json!({ "name": "anna", "role": "owner", "totp": false }));
    assert_eq!(browser.get("/api/session").ok()["setup"], false);
    let mut other = Browser::at(site.address);
    assert_eq!(other.post("/api/setup", &wish(site.token())).refusal(), closed, "used");
    drop(site);
    let again = Site::start(folder.path());
    assert_eq!(again.link, None, "there is staff");
    let mut browser = Browser::at(again.address);
    assert_eq!(again.login(&mut browser, "Anna ").ok()["staff"]["role"], "owner");
}

#[test]
fn a_cookie_is_for_the_page_alone_and_a_new_login_is_a_new_session() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut browser = site.owner();
    let before = browser.cookie.clone().expect("a session");
    let answer = site.login(&mut browser, "anna");
    let cookie = answer.header("set-cookie").expect("a cookie");
    for word in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.split("; ").any(|part| part == word), "{cookie}");
    }
    assert!(!answer.body.contains(&cookie[..40]), "no script can read it");
    let old = Browser { address: site.address, cookie: Some(before) };
    assert_eq!(old.get("/api/routes").refusal(), (401, "not_logged_in".to_owned()));
    browser.get("/api/routes").ok();
    let out = browser.post("/api/logout", &json!({}));
    assert!(out.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")), "{out:?}");
    let gone =
        Browser { address: site.address, cookie: Some(cookie.split(';').next().expect("it").to_owned()) };
    assert_eq!(gone.get("/api/routes").status, 401, "the session itself is over");
    let two = format!("{0}; {0}", gone.cookie.expect("set"));
    let two = Browser { address: site.address, cookie: Some(two) };
    assert_eq!(two.get("/api/routes").status, 401);
}

#[test]
fn whoever_logs_out_is_out_however_much_it_did_and_though_the_log_cannot_be_written() {
    let folder = tempfile::tempdir().expect("a folder");
    // A file in memory, which nobody can write to once it is sealed.
    let log = memfd_create("audit.log", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).expect("a file");
    let console = folder.path().join("console");
    std::fs::create_dir(&console).expect("a folder");
    let place = format!("/proc/{}/fd/{}", std::process::id(), log.as_raw_fd());
    std::os::unix::fs::symlink(place, console.join("audit.log")).expect("a link");
    let site = Site::start(folder.path());
    let mut anna = site.owner();
    let mut ben = site.one_of(&mut anna, Role::Operator);
    let kick = json!({ "reason": "spam" });
    let refused = |browser: &mut Browser| browser.post("/api/players/7/kick", &kick).refusal().1;
    assert!((0..10_000).any(|_| refused(&mut anna) == "too_fast"), "nobody changes without end");
    fcntl_add_seals(&log, SealFlags::WRITE).expect("sealed");
    assert_eq!((refused(&mut ben), refused(&mut ben)), ("game_away".to_owned(), "not_recorded".to_owned()));
    for browser in [&mut anna, &mut ben] {
        let before = Browser { address: site.address, cookie: browser.cookie.clone() };
        before.get("/api/routes").ok();
        browser.post("/api/logout", &json!({})).ok();
        assert_eq!(before.get("/api/routes").refusal(), (401, "not_logged_in".to_owned()));
    }
}

#[test]
fn a_code_lets_in_once_and_nobody_comes_in_without() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut browser = site.owner();
    let begin = json!({ "password": PASSWORD });
    let begun = browser.post("/api/totp/begin", &begin).ok();
    let secret = begun["secret"].as_str().expect("a secret");
    assert!(begun["uri"].as_str().is_some_and(|uri| uri.contains(secret)));
    let secret = unbase32(secret);
    let step = || crate::driver::clock::wall_ms() / 1_000 / totp::STEP_S;
    let wrong = browser.post("/api/totp/confirm", &json!({ "code": "abc" }));
    assert_eq!(wrong.refusal(), (403, "wrong_code".to_owned()));
    browser.post("/api/totp/confirm", &json!({ "code": totp::code(&secret, step()) })).ok();
    assert_eq!(browser.get("/api/session").ok()["staff"]["totp"], true);

    let mut other = Browser::at(site.address);
    let mut login = |code: &str| {
        let body = json!({ "name": "anna", "password": PASSWORD, "code": code });
        other.post("/api/login", &body)
    };
    assert_eq!(login("").refusal(), (401, "code_needed".to_owned()));
    let code = totp::code(&secret, step() + 1);
    login(&code).ok();
    assert_eq!(login(&code).refusal(), (401, "bad_credentials".to_owned()), "the same code twice");
    let log = std::fs::read_to_string(folder.path().join("console/audit.log")).expect("a log");
    assert!(!log.contains(&totp::base32(&secret)) && !log.contains(&hex::encode(&secret)));
}

fn unbase32(text: &str) -> Vec<u8> {
    let bits: String = text
        .chars()
        .map(|c| format!("{:05b}", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c).expect("a letter")))
        .collect();
    let bytes = bits.as_bytes().chunks_exact(8).map(|byte| std::str::from_utf8(byte).expect("digits"));
    bytes.map(|byte| u8::from_str_radix(byte, 2).expect("a byte")).collect()
}

#[test]
fn another_role_or_being_disabled_counts_from_the_next_request_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let mut operator = site.one_of(&mut owner, Role::Operator);
    operator.get("/api/audit").ok();
    let wish = json!({ "role": "viewer", "password": PASSWORD, "reason": "moved" });
    owner.post("/api/staff/the-operator/role", &wish).ok();
    assert_eq!(operator.get("/api/audit").refusal(), (403, "forbidden".to_owned()));
    operator.get("/api/routes").ok();
    let wish = json!({ "password": PASSWORD, "reason": "left" });
    owner.post("/api/staff/the-operator/disable", &wish).ok();
    assert_eq!(operator.get("/api/routes").refusal(), (401, "not_logged_in".to_owned()));
    assert_eq!(site.login(&mut operator, "the-operator").refusal().0, 401);
    let last = owner.post("/api/staff/anna/disable", &wish);
    assert_eq!(last.refusal(), (409, "last_owner".to_owned()));
}

#[test]
fn what_is_dangerous_needs_the_password_again_and_is_not_tried_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let wish = |password: &str| {
        let name = "ben";
        json!({
            "name": name, "role": "owner", "new_password": PASSWORD, "password": password, "reason": "helps",
        })
    };
    assert_eq!(owner.post("/api/staff/create", &wish("")).refusal(), (403, "wrong_password".to_owned()));
    assert_eq!(owner.post("/api/staff/create", &wish("wrong")).refusal().0, 403);
    assert_eq!(owner.get("/api/staff").ok()["staff"].as_array().map(Vec::len), Some(1));
    owner.post("/api/staff/create", &wish(PASSWORD)).ok();
    let answers: Vec<u16> = (0..6).map(|_| owner.post("/api/staff/create", &wish("wrong")).status).collect();
    assert!(answers.contains(&429), "{answers:?}");
    let late = owner.post("/api/staff/create", &wish(PASSWORD));
    assert_eq!(late.refusal(), (429, "throttled".to_owned()), "even with the right one");
    assert!(late.header("retry-after").is_some());
}

#[test]
fn strangers_who_guess_keep_nobody_from_what_is_dangerous() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let mut stranger = Browser::at(site.address);
    let guess = json!({ "name": "anna", "password": "a guess" });
    let answers: Vec<u16> = (0..6).map(|_| stranger.post("/api/login", &guess).status).collect();
    assert!(answers.contains(&429), "{answers:?}");
    let wish = json!({
        "name": "ben", "role": "viewer", "new_password": PASSWORD, "password": PASSWORD, "reason": "looks",
    });
    owner.post("/api/staff/create", &wish).ok();
    site.login(&mut stranger, "ben").ok();
}

#[test]
fn a_new_password_ends_the_other_sessions_of_its_owner() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut here = site.owner();
    let mut there = Browser::at(site.address);
    site.login(&mut there, "anna").ok();
    let wish = json!({ "old": PASSWORD, "new": "another horse battery" });
    here.post("/api/password", &wish).ok();
    here.get("/api/routes").ok();
    assert_eq!(there.get("/api/routes").status, 401);
    assert_eq!(site.login(&mut there, "anna").status, 401);
}

#[test]
fn whatever_is_done_to_staff_says_why_and_the_audit_log_has_who_why_and_what_was_there_before_and_after() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let new = "another horse battery";
    let deeds = [
        ("/api/staff/create", json!({ "name": "ben", "role": "viewer", "new_password": PASSWORD })),
        ("/api/staff/ben/role", json!({ "role": "support" })),
        ("/api/staff/ben/disable", json!({})),
        ("/api/staff/ben/enable", json!({})),
        ("/api/staff/ben/reset", json!({ "new_password": new })),
    ];
    for (path, wish) in &deeds {
        let mut with = |reason: Option<&str>| {
            let mut body = wish.clone();
            body["password"] = json!(PASSWORD);
            if let Some(reason) = reason {
                body["reason"] = json!(reason);
            }
            owner.post(path, &body)
        };
        assert_eq!(with(None).refusal(), (400, "bad_request".to_owned()), "{path}");
        let long = "x".repeat(129);
        for reason in ["", "  ", "two\nlines", &long] {
            assert_eq!(with(Some(reason)).refusal(), (400, "reason_missing".to_owned()), "{path} {reason:?}");
        }
        with(Some(&format!(" as of {path} "))).ok();
    }
    let log = owner.get("/api/audit?action=staff.&outcome=ok").ok();
    let log = log["deeds"].as_array().expect("a list");
    assert_eq!(log.len(), deeds.len(), "what says no reason is not done");
    let of = |at: usize, side: &str, what: &str| log[log.len() - 1 - at][side][what].clone();
    for (at, (path, _)) in deeds.iter().enumerate() {
        let line = &log[log.len() - 1 - at];
        let (by, target, reason) = (&line["by"], &line["target"], &line["reason"]);
        let wanted = (&json!("anna"), &json!("ben"), &json!(format!("as of {path}")));
        assert_eq!((by, target, reason), wanted);
    }
    assert!(log[log.len() - 1]["before"].is_null() && of(0, "after", "role") == "viewer");
    assert_eq!((of(1, "before", "role"), of(1, "after", "role")), (json!("viewer"), json!("support")));
    assert_eq!((of(2, "before", "disabled"), of(2, "after", "disabled")), (json!(false), json!(true)));
    assert_eq!((of(3, "before", "disabled"), of(3, "after", "disabled")), (json!(true), json!(false)));
    let refused = json!({ "role": "viewer", "password": PASSWORD, "reason": "a slip" });
    let refused = owner.post("/api/staff/nobody-here/role", &refused).refusal();
    assert_eq!(refused, (404, "no_such_staff".to_owned()));
    let last = &owner.get("/api/audit").ok()["deeds"][0];
    assert_eq!((&last["outcome"], &last["reason"]), (&json!("no_such_staff"), &json!("a slip")));
    let file = std::fs::read_to_string(folder.path().join("console/audit.log")).expect("a log");
    assert!(!file.contains(PASSWORD) && !file.contains(new));
}
