//! The documents name what the code has, and their links lead somewhere.

use std::collections::BTreeSet;

use ding::roles::{Live, Role, default_toml};
use proto::{close::CloseReason, tables::Table};

use super::{assert_none, files, rust, setting};
use crate::support::{read, root};

fn operating() -> String {
    read(&root().join("docs/OPERATING.md"))
}

/// Which of these names stand nowhere in the text as `name`.
fn missing<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names.into_iter().filter(|name| !text.contains(&format!("`{name}`"))).map(str::to_owned).collect()
}

#[test]
fn every_setting_is_described_with_its_default() {
    let mut section = String::new();
    let mut rows = Vec::new();
    for line in default_toml().lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((key, value)) = setting(line).and_then(|line| line.split_once(" = ")) {
            let is_plain = value.parse::<u64>().is_ok() || value.parse::<bool>().is_ok();
            let value = if is_plain { value.to_owned() } else { format!("`{value}`") };
            rows.push(format!("| `{section}.{key}` | {value} |"));
        }
    }
    assert!(rows.len() >= 5, "{rows:?}");
    let text = operating();
    rows.retain(|row| !text.contains(row));
    assert_none("settings not in docs/OPERATING.md", &rows);
}

#[test]
fn every_figure_is_described() {
    let text = operating();
    for role in Role::START_ORDER {
        let figures = Live::new(role).figures();
        assert!(!figures.is_empty(), "{}", role.name());
        let names = figures.iter().map(|figure| figure.name.as_str());
        let lost = missing(
            &text,
            names.map(|name| if name.starts_with("closed.") { "closed.REASON" } else { name }),
        );
        assert_none(&format!("figures of {} not in docs/OPERATING.md", role.name()), &lost);
    }
}

#[test]
fn every_scenario_and_every_figure_of_a_run_of_bots_is_described() {
    let text = operating();
    let (_, text) = text.split_once("## Bots\n").expect("a section");
    let text = text.split("\n## ").next().unwrap_or_default();
    let scenarios = bot::Scenario::ALL.iter().map(|scenario| scenario.name());
    assert_none("scenarios not in docs/OPERATING.md", &missing(text, scenarios));
    let report = bot::Report {
        commands: vec![bot::report::CommandFigures::default()],
        market: Some(bot::report::MarketFigures::default()),
        wrong: vec![bot::report::Wrong {
            code: String::new(),
            player: 0,
            account: String::new(),
            detail: String::new(),
        }],
        ..bot::Report::default()
    };
    let json = serde_json::to_value(report).expect("only strings for keys");
    let mut names = BTreeSet::new();
    name_all(&json, &mut names);
    assert!(names.contains("shop_gold_in") && names.contains("p999_us"), "{names:?}");
    let lost = missing(text, names.iter().map(String::as_str));
    assert_none("figures of bots not in docs/OPERATING.md", &lost);
}

/// Keys of all objects within.
fn name_all(json: &serde_json::Value, names: &mut BTreeSet<String>) {
    match json {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                names.insert(name.clone());
                name_all(value, names);
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| name_all(value, names)),
        _ => {}
    }
}

#[test]
fn every_reason_to_close_a_client_is_described() {
    let names = CloseReason::ALL.iter().map(|reason| reason.name());
    assert_none("close reasons not in docs/OPERATING.md", &missing(&operating(), names));
}

/// Codes of errors are written as `=> "NAMED_SO"` in the sources of the processes.
#[test]
fn every_named_stop_is_described() {
    /// Types of SQL, which are written alike.
    const NOT_STOPS: &[&str] = &["INTEGER", "TEXT", "BLOB"];
    let mut names = BTreeSet::new();
    for source in rust() {
        if source.is_test()
            || !source.is_in(&["admin/src/error.rs", "gateway/src", "game/src", "dbfront/src"])
        {
            continue;
        }
        let code = source.code();
        let arms = code
            .split("=> \"")
            .skip(1)
            .chain(code.split("=> {\n").skip(1).map(|arm| arm.trim_start().trim_start_matches('"')));
        names.extend(
            arms.filter_map(|arm| arm.split('"').next()).filter(|text| is_stop(text)).map(str::to_owned),
        );
    }
    names.retain(|name| !NOT_STOPS.contains(&name.as_str()));
    names.extend(ding::exit::STOPS.iter().map(|(name, _)| (*name).to_owned()));
    assert!(names.contains("FENCED") && names.contains("NACK_INVARIANT"), "{names:?}");
    assert_none(
        "named stops not in docs/OPERATING.md",
        &missing(&operating(), names.iter().map(String::as_str)),
    );
}

/// Codes of refusals are written in these ways in the sources of game.
#[test]
fn every_refusal_is_described() {
    const WAYS: &[&str] =
        &["Reject(\"", "error: \"", "error = \"", "Refusal(\"", "_CODE: &str = \"", "then_some(\""];
    let mut names = BTreeSet::new();
    for source in rust() {
        let path = source.path.as_str();
        if source.is_test() || path.contains("/testing") || !source.is_in(&["game/src"]) {
            continue;
        }
        let code = source.code();
        let is_list = path.ends_with("logic/names.rs")
            || path.ends_with("goods/refusal.rs")
            || path.ends_with("logic/credentials.rs");
        for way in WAYS.iter().chain(is_list.then_some(&"=> \"")) {
            names
                .extend(code.split(way).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    for known in ["not_enough_gold", "too_fast", "name_reserved", "bad_credentials", "store_away"] {
        assert!(names.contains(known), "{names:?}");
    }
    for document in ["docs/PROTOCOL.md", "docs/OPERATING.md"] {
        let text = read(&root().join(document));
        let (_, text) = text.split_once("# Refusals\n").expect("a section");
        let text = text.split("\n## ").next().unwrap_or_default();
        let names = names.iter().map(String::as_str);
        assert_none(&format!("refusals not in {document}"), &missing(text, names));
    }
}

#[test]
fn every_refusal_of_staff_is_described() {
    let names = game::staff::StaffError::ALL.iter().map(|error| error.code());
    let names = names.chain(ding::grants::REFUSALS.iter().map(|refusal| refusal.code));
    assert_none("refusals of staff not in docs/OPERATING.md", &missing(&operating(), names));
}

/// Its own are written as `Known(STATUS, "code"` and as `=> "code"` in its list of staff.
#[test]
fn every_refusal_of_the_console_is_described() {
    let words = |path: &str, before: &str| -> Vec<String> {
        let text = read(&root().join(path));
        let found = text.split(before).skip(1).filter_map(|rest| rest.split('"').nth(1));
        found.map(str::to_owned).collect()
    };
    let mut names = words("admin/src/driver/refusal.rs", "Known(StatusCode::");
    names.extend(words("admin/src/driver/refusal.rs", "Known(\n    StatusCode::"));
    names.extend(words("admin/src/logic/staff.rs", "Self::BadName =>"));
    let staff = read(&root().join("admin/src/logic/staff.rs"));
    names.extend(staff.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
    for known in ["cross_site", "wrong_host", "last_owner", "audit_failed", "setup_closed"] {
        assert!(names.iter().any(|name| name == known), "{known} in {names:?}");
    }
    let text = operating();
    let (_, section) = text.split_once("\n## Console\n").expect("a section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let names = names.iter().map(String::as_str).chain(["game_away", "game_silent"]);
    assert_none("refusals of the console not in docs/OPERATING.md", &missing(section, names));
}

#[test]
fn every_refusal_of_a_reload_is_described() {
    let names = game::design::ReloadError::CODES;
    assert_none("refusals of a reload not in docs/OPERATING.md", &missing(&operating(), names));
}

fn is_stop(text: &str) -> bool {
    text.len() > 1 && text.chars().all(|c| c.is_ascii_uppercase() || c == '_') && !text.starts_with('_')
}

#[test]
fn every_exit_code_is_described() {
    let text = operating();
    for line in ding::exit::EXIT_CODES.lines().skip(1) {
        let code = line.split_whitespace().next().expect("a number");
        assert!(text.contains(&format!("| {code} |")), "exit code {code} is not in docs/OPERATING.md");
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut findings = Vec::new();
    for source in files(&[".md"]) {
        let folder = root().join(&source.path);
        let folder = folder.parent().expect("a folder");
        for target in source.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            let outside = target.contains("://") || target.contains(char::is_whitespace);
            if !outside && !file.is_empty() && !folder.join(file).exists() {
                findings.push(format!("{}: {target}", source.path));
            }
        }
    }
    assert_none("links to nowhere", &findings);
}

#[test]
fn the_two_commands_of_the_readme_are_the_ones_that_run() {
    let readme = read(&root().join("README.md"));
    for command in ["cargo run --release -- up", "./check"] {
        assert!(readme.lines().any(|line| line.trim() == command), "README.md does not show {command}");
    }
    let ci = read(&root().join(".ci/run"));
    let commands: Vec<&str> =
        ci.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).collect();
    assert_eq!(commands, ["cd \"$(dirname \"$0\")/..\"", "exec ./check"]);
}

#[test]
fn every_table_column_and_reason_is_described() {
    let text = read(&root().join("docs/TABLES.md"));
    let mut lost = Vec::new();
    for def in Table::ALL.iter().map(|table| table.def()) {
        let section = text.split(&format!("\n### `{}`\n", def.name)).nth(1).unwrap_or_default();
        let section = section.split("\n#").next().unwrap_or_default();
        let columns = missing(section, def.columns.iter().map(|column| column.name));
        lost.extend(columns.into_iter().map(|column| format!("{}.{column}", def.name)));
    }
    // Variants of that enum are the only lines of the file with a number of a reason.
    let tables = read(&root().join("proto/src/tables/reason.rs"));
    let reasons = tables.split("pub enum Reason {").nth(1).and_then(|rest| rest.split('}').next());
    let reasons = reasons.unwrap_or_default().lines().filter_map(|line| line.trim().split_once(" = "));
    let rows = reasons.map(|(name, number)| format!("| {} | {name} |", number.trim_end_matches(',')));
    let rows: Vec<String> = rows.collect();
    assert!(14 <= rows.len(), "{rows:?}");
    lost.extend(rows.into_iter().filter(|row| !text.contains(row)));
    assert_none("tables, columns and reasons not in docs/TABLES.md", &lost);
}
