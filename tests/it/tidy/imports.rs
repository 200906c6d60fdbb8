//! Who may depend on whom, and which folder owns which package.

use super::{assert_none, has_word, rust};
use crate::support::{read, root};

/// Our crates, each with those of ours that it may use. `lab` and `ding` may use everything.
const DIRECTION: &[(&str, &[&str])] = &[
    ("proto", &[]),
    ("calls", &["proto"]),
    ("gateway", &["proto"]),
    ("game", &["proto"]),
    ("dbfront", &["proto"]),
    ("admin", &["calls", "proto"]),
    ("client", &["proto"]),
    ("bot", &["client", "proto"]),
];

/// Packages, each with the only places that may name it. Tests may use what they like, `lab` is exempt.
const OWNERS: &[(&str, &[&str])] = &[
    ("mio", &["gateway/src/driver"]),
    ("prost", &["proto/", "template/"]),
    ("flate2", &["proto/src/deflate.rs"]),
    ("axum", &["admin/src/driver"]),
    ("hyper", &["admin/src/driver"]),
    ("hyper_util", &["admin/src/driver"]),
    ("rusqlite", &["dbfront/src/store"]),
    ("mysql_async", &["dbfront/src/store/mysql"]),
    (
        "tokio",
        &[
            "calls/src",
            "admin/src/driver",
            "game/src/driver",
            "game/src/lib.rs",
            "dbfront/src/driver",
            "dbfront/src/store/mysql",
            "dbfront/src/lib.rs",
            "client/src",
            "bot/src",
        ],
    ),
    ("clap", &["src/"]),
    ("cozy_chess", &["game/src/rooms/chess/", "bot/src/logic/chess"]),
    ("tracing_subscriber", &["src/log.rs"]),
    ("signal_hook", &["src/", "game/src/driver/watchdog"]),
    ("libc", &["game/src/driver/watchdog"]),
];

#[test]
fn crates_depend_in_one_direction() {
    let names: Vec<&str> = DIRECTION.iter().map(|(name, _)| *name).chain(["lab", "ding"]).collect();
    let mut findings = Vec::new();
    for (name, allowed) in DIRECTION {
        let manifest: toml::Table =
            toml::from_str(&read(&root().join(name).join("Cargo.toml"))).expect("TOML");
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(table) = manifest.get(section).and_then(toml::Value::as_table) else { continue };
            for dependency in table.keys() {
                if names.contains(&dependency.as_str()) && !allowed.contains(&dependency.as_str()) {
                    findings.push(format!("{name}/Cargo.toml: [{section}] {dependency}"));
                }
            }
        }
    }
    assert_none("imports against the direction", &findings);
}

#[test]
fn the_checker_shares_no_code_with_what_it_judges() {
    let mut findings = Vec::new();
    for source in rust() {
        if !source.is_in(&["lab/src/checker"]) {
            continue;
        }
        let code = source.code();
        for judged in ["proto", "gateway", "game", "dbfront", "client"] {
            if names_package(&code, judged) {
                findings.push(format!("{} names {judged}", source.path));
            }
        }
    }
    assert_none("a checker that knows what it judges", &findings);
}

#[test]
fn every_member_of_the_workspace_is_in_the_table_above() {
    let manifest: toml::Table = toml::from_str(&read(&root().join("Cargo.toml"))).expect("TOML");
    let members = manifest["workspace"]["members"].as_array().expect("a list");
    for member in members {
        let member = member.as_str().expect("text");
        assert!(member == "lab" || DIRECTION.iter().any(|(name, _)| *name == member), "{member}");
    }
}

#[test]
fn a_package_is_named_only_by_its_owner() {
    let mut findings = Vec::new();
    for source in rust() {
        if source.is_test() || source.is_in(&["lab/"]) {
            continue;
        }
        let code = source.code();
        for (package, owners) in OWNERS {
            if !source.is_in(owners) && names_package(&code, package) {
                findings.push(format!("{} names {package}", source.path));
            }
        }
    }
    assert_none("packages outside their owner's folder", &findings);
}

/// `use p`, `p::…`, `#[p…]`: as a path, not as a word of something else.
fn names_package(code: &str, package: &str) -> bool {
    code.lines().any(|line| {
        let line = line.trim_start();
        let path = format!("{package}::");
        line.match_indices(&path).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
        }) || line.starts_with(&format!("use {package};"))
            || line.starts_with(&format!("use {package} "))
    })
}

#[test]
fn inside_a_process_nothing_reaches_upwards() {
    let mut findings = Vec::new();
    for source in rust() {
        let code = source.code();
        let inner =
            source.is_in(&["admin/src/logic", "gateway/src/logic", "game/src/logic", "dbfront/src/logic"]);
        let rooms = source.is_in(&["game/src/rooms/"]) && !source.is_test();
        if (inner || rooms) && (code.contains("crate::driver") || code.contains("super::driver")) {
            findings.push(format!("{} names its driver", source.path));
        }
        if rooms && code.contains("crate::logic") {
            findings.push(format!("{}: a room knows crate::room and proto only", source.path));
        }
    }
    assert_none("logic that reaches up", &findings);
}

#[test]
fn logic_and_rooms_and_proto_are_pure() {
    /// As paths (`fs::`), however they were imported.
    const MODULES: &[&str] = &["fs", "thread", "env", "process"];
    const WORDS: &[&str] = &[
        "TcpStream",
        "TcpListener",
        "UdpSocket",
        "UnixStream",
        "UnixListener",
        "SystemTime",
        "tokio",
        "tracing",
        "mio",
        "async",
        "await",
    ];
    const CALLS: &[&str] =
        &["Instant::now", "println!", "eprintln!", "print!(", "dbg!", "thread_rng", "getrandom::"];
    let mut findings = Vec::new();
    for source in rust() {
        let pure = source.is_in(&[
            "admin/src/logic",
            "gateway/src/logic",
            "game/src/logic",
            "game/src/rooms",
            "game/src/room.rs",
            "game/src/registry.rs",
            "dbfront/src/logic",
            "proto/src",
        ]);
        if !pure || source.is_test() {
            continue;
        }
        let code = source.code();
        let modules = MODULES
            .iter()
            .filter(|module| names_package(&code, module) || code.contains(&format!("std::{module}")));
        let words = WORDS.iter().filter(|word| has_word(&code, word));
        let calls = CALLS.iter().filter(|call| code.contains(**call));
        findings
            .extend(modules.chain(words).chain(calls).map(|found| format!("{} names {found}", source.path)));
    }
    assert_none("logic that reaches the world", &findings);
}

#[test]
fn a_process_reads_the_clock_in_one_file() {
    let mut findings = Vec::new();
    for source in rust() {
        let of_process =
            source.is_in(&["calls/src", "admin/src", "gateway/src", "game/src", "dbfront/src", "src/"]);
        if !of_process || source.is_test() || source.path.ends_with("/clock.rs") {
            continue;
        }
        let code = source.code();
        for call in ["Instant::now(", "SystemTime::now("] {
            if code.contains(call) {
                findings.push(format!("{}: {call})", source.path));
            }
        }
    }
    assert_none("clock reads outside clock.rs", &findings);
}

#[test]
fn the_console_puts_a_route_only_into_its_table_of_roles() {
    let mut findings = Vec::new();
    for source in rust() {
        let is_table = source.path == "admin/src/driver/table.rs";
        if source.is_in(&["admin/src"]) && !source.is_test() {
            let made = source.code().matches(".route(").count();
            if made != usize::from(is_table) {
                findings.push(format!("{}: {made} routes are made", source.path));
            }
        }
    }
    assert_none("routes beside the table", &findings);
}

#[test]
fn only_one_module_of_the_command_line_knows_the_three_crates() {
    let mut findings = Vec::new();
    for source in rust() {
        // What authors of games see of them is their names.
        let knows = source.is_in(&["src/roles.rs", "src/roles/", "src/author.rs"]);
        if !source.is_in(&["src/"]) || source.is_test() || knows {
            continue;
        }
        let code = source.code().replace("game::Registry", "");
        for role in ["gateway", "game", "dbfront"] {
            if names_package(&code, role) {
                findings.push(format!("{} names {role}", source.path));
            }
        }
    }
    assert_none("crates of processes outside src/roles.rs", &findings);
}
