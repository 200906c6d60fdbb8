//! Every route, asked by everybody: what a role may is what the table says, and nothing is reachable beside it.

use serde_json::{Value, json};

use super::{browser::Browser, site::Site};
use crate::{
    driver::{route::Way, table::table},
    logic::{audit::own::is_own, role::Role},
};

fn path(path: &str) -> String {
    path.replace("{id}", "7").replace("{name}", "nobody-here")
}

#[test]
fn each_route_answers_those_whose_role_suffices_and_no_other_by_its_own_method_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let mut callers: Vec<(Option<Role>, Browser)> = vec![(None, Browser::at(site.address))];
    for role in Role::ALL {
        callers.push((Some(role), site.one_of(&mut owner, role)));
    }
    for route in table() {
        // These have tests of their own: one goes on for ever, the other ends the session.
        if ["/api/live", "/api/logout"].contains(&route.path) {
            continue;
        }
        for (role, browser) in &mut callers {
            let path = path(route.path);
            let (answer, wrong) = match route.way {
                Way::Look => (browser.get(&path), browser.post(&path, &json!({}))),
                Way::Change => (browser.post(&path, &json!({})), browser.get(&path)),
            };
            let who = format!("{} {} as {role:?}: {answer:?}", route.way.method(), route.path);
            // What is saved as a file is no JSON; refusals are.
            let said: Value = serde_json::from_str(&answer.body).unwrap_or_default();
            let code = said["error"].as_str().unwrap_or_default().to_owned();
            match (route.least, &role) {
                (Some(_), None) => {
                    assert_eq!((answer.status, code.as_str()), (401, "not_logged_in"), "{who}");
                }
                (Some(least), Some(role)) if *role < least => {
                    assert_eq!((answer.status, code.as_str()), (403, "forbidden"), "{who}");
                }
                (Some(_), Some(_)) | (None, _) => {
                    assert!(!["not_logged_in", "forbidden", "not_found"].contains(&code.as_str()), "{who}");
                    if route.is_dangerous {
                        assert!(["wrong_password", "throttled"].contains(&code.as_str()), "{who}");
                    }
                }
            }
            assert_eq!(wrong.refusal(), (405, "method_not_allowed".to_owned()), "{}", route.path);
        }
    }
}

#[test]
fn the_table_gives_nobody_more_than_it_must() {
    let open: Vec<&str> =
        table().iter().filter(|route| route.least.is_none()).map(|route| route.path).collect();
    assert_eq!(open, ["/api/session", "/api/setup", "/api/login"]);
    for route in table() {
        assert!(route.path.starts_with("/api/"), "{}", route.path);
        let is_change = route.way == Way::Change;
        assert!(is_change || !route.is_dangerous, "{}", route.path);
        let words: Vec<&str> = route.path.split('/').collect();
        if is_change && words[2] == "staff" {
            assert!(route.least == Some(Role::Owner) && route.is_dangerous, "{}", route.path);
        }
        if is_change && route.least == Some(Role::Viewer) {
            let own = ["/api/logout", "/api/password", "/api/totp/begin", "/api/totp/confirm"];
            assert!(own.contains(&route.path), "a viewer changes {}", route.path);
        }
    }
    for taken in ["ban", "unban", "grant", "close"] {
        let route = table().into_iter().find(|route| route.path.ends_with(&format!("/{taken}")));
        assert!(route.is_some_and(|route| route.is_dangerous), "{taken}");
    }
}

/// What game keeps in its journal: deeds on players and on the world.
const OF_GAME: [&str; 7] =
    ["player.", "switch.", "announce", "mailing.", "room.close", "room.say", "gift.approve"];

#[test]
fn each_deed_is_kept_by_game_or_by_the_console_alone_and_then_it_is_written_down_before_it_is_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let log = folder.path().join("console/audit.log");
    let begun = |action: &str| {
        let log = std::fs::read_to_string(&log).expect("a log");
        let is_its = |line: &Value| line["action"] == action && line["outcome"] == "begun";
        log.lines().any(|line| is_its(&serde_json::from_str(line).expect("a line")))
    };
    assert!(begun("setup") && !begun("login"));
    for route in table() {
        let Some(action) = route.action else { continue };
        let is_of_game =
            OF_GAME.iter().any(|of| action == *of || (of.ends_with('.') && action.starts_with(of)));
        assert!(is_of_game != is_own(action), "{action} is to be in one list");
        // Logging out ends the session whether or not it can be written down.
        if action == "logout" {
            continue;
        }
        owner.post(&path(route.path), &json!({}));
        assert_eq!(begun(action), is_own(action), "{action}");
    }
}

#[test]
fn the_page_is_told_what_there_is_and_who_may() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let routes = site.owner().get("/api/routes").ok();
    let routes = routes["routes"].as_array().expect("a list");
    assert_eq!(routes.len(), table().len());
    let ban = routes.iter().find(|route| route["path"] == "/api/players/{id}/ban").expect("it");
    let wanted: Value = json!({
        "method": "POST", "path": "/api/players/{id}/ban", "role": "operator", "dangerous": true,
    });
    assert_eq!(ban, &wanted);
}

#[test]
fn the_routes_of_the_manual_are_those_of_the_table() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/CONSOLE.md");
    let manual = std::fs::read_to_string(&path).expect("the manual");
    let (begin, end) = ("<!-- routes -->\n", "<!-- end -->");
    let (before, rest) = manual.split_once(begin).expect("where they begin");
    let (_, after) = rest.split_once(end).expect("where they end");
    let yes = |is: bool| if is { " ● |" } else { "  |" };
    let mut text = format!("{before}{begin}| route | viewer | support | operator | owner | |\n");
    text.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for route in table() {
        text.push_str(&format!("| `{} {}` |", route.way.method(), route.path));
        for role in Role::ALL {
            text.push_str(yes(route.least.is_none_or(|least| least <= role)));
        }
        text.push_str(match (route.least, route.is_dangerous) {
            (None, _) => " anyone |\n",
            (Some(_), true) => " password |\n",
            (Some(_), false) => "  |\n",
        });
    }
    text.push_str(&format!("{end}{after}"));
    if std::env::var_os("DING_BLESS").is_some() {
        std::fs::write(&path, &text).expect("written");
        return;
    }
    assert!(
        text == manual,
        "docs/CONSOLE.md has other routes: DING_BLESS=1 cargo test -p admin routes_of_the_manual"
    );
}
