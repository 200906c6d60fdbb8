//! The real binary from outside: what it prints, how it ends, what survives.

use std::{net::TcpListener, path::Path};

use clap::CommandFactory;
use rustix::process::Signal;

use crate::{
    support::{
        stack::{Role, Stack, ding, run, signal},
        within_bound,
    },
    tidy::setting,
};

#[test]
fn up_says_where_it_serves_and_how_to_go_on_and_stops_with_nothing_lost() {
    let stack = Stack::start(&[]);
    let data = stack.data().to_str().expect("UTF-8").to_owned();
    let listen = stack.listen.to_string();
    let text = stack.out.text();
    for expected in
        ["dbfront", "game", "gateway", "Ready in", &listen, &data, "ding bot run", "ding status", "Ctrl-C"]
    {
        assert!(text.contains(expected), "no {expected} in\n{text}");
    }
    let status = run(&["status", "--data", &data]);
    let table = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(status.status.success(), "{table}");
    for role in Role::START_ORDER {
        assert!(table.contains(role.name()), "{table}");
        assert_eq!(stack.role(role)["pid"], stack.pid(role));
    }
    assert_eq!(stack.status()["ready"], true);
    assert_eq!(stack.figure(Role::Game, "epoch"), 1);

    let ended = stack.stop();
    assert_eq!(ended.status.code(), Some(0), "{}", ended.log);
    for process in ["gateway", "game", "dbfront", "up"] {
        let stopped =
            |line: &str| line.contains(&format!("\"{process}\"")) && line.contains("\"event\":\"stop\"");
        assert!(ended.log.lines().any(stopped), "{process} said no stop:\n{}", ended.log);
    }
}

#[test]
fn the_folder_is_private_and_so_is_everything_in_it() {
    let stack = Stack::start(&[]);
    let mut folders = vec![stack.data().to_owned()];
    while let Some(folder) = folders.pop() {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).expect("readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(mode(&path) & 0o077, 0, "{} is open to others", path.display());
            }
        }
    }
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn ding_stop_stops_what_runs_and_says_when_nothing_does() {
    let mut stack = Stack::start(&[]);
    let data = stack.data().to_str().expect("UTF-8").to_owned();
    assert!(run(&["stop", "--data", &data]).status.success());
    assert_eq!(stack.ended().status.code(), Some(0));
    assert_eq!(run(&["stop", "--data", &data]).status.code(), Some(69));
    assert_eq!(run(&["status", "--data", &data]).status.code(), Some(69));
}

#[test]
fn when_up_itself_is_killed_its_children_end_and_the_next_start_works() {
    let mut stack = Stack::start(&[]);
    let pids = Role::START_ORDER.map(|role| stack.pid(role));
    stack.kill_up();
    for pid in pids {
        // Its lock went a moment before the process itself.
        within_bound(&format!("process {pid} ends"), move || {
            while !is_gone(Path::new(&format!("/proc/{pid}"))) {
                std::thread::yield_now();
            }
        });
    }
    let next = Stack::start_in(stack.data(), &[]);
    assert_eq!(next.status()["ready"], true);
    assert_eq!(next.stop().status.code(), Some(0));
}

/// A process that nobody has waited for yet stays in the list, but runs no more.
fn is_gone(process: &Path) -> bool {
    std::fs::read_to_string(process.join("stat")).map_or(true, |stat| {
        let state = stat.rsplit(')').next().unwrap_or_default();
        state.trim_start().starts_with(['Z', 'X'])
    })
}

#[test]
fn a_start_that_overlaps_the_end_of_a_killed_one_waits_for_it() {
    let mut stack = Stack::start(&[]);
    // The children notice at the same moment as the next start begins.
    stack.kill_up_and_go_on();
    let next = Stack::start_in(stack.data(), &[]);
    assert_eq!(next.status()["ready"], true);
    assert_eq!(next.stop().status.code(), Some(0));
}

#[test]
fn each_killed_child_is_started_again_alone() {
    let stack = Stack::start(&[]);
    for killed in Role::START_ORDER {
        let before = Role::START_ORDER.map(|role| stack.pid(role));
        stack.kill_and_wait(killed);
        for (role, pid) in Role::START_ORDER.into_iter().zip(before) {
            assert_eq!(stack.pid(role) != pid, role == killed, "{} after {}", role.name(), killed.name());
        }
    }
    assert_eq!(stack.stop().status.code(), Some(0));
}

#[test]
fn players_find_the_gateway_at_the_same_address_after_it_was_killed() {
    let stack = Stack::start(&[]);
    stack.kill_and_wait(Role::Gateway);
    std::net::TcpStream::connect(stack.listen).expect("it listens where it did");
}

#[test]
fn a_second_up_on_the_folder_is_refused_by_name() {
    let stack = Stack::start(&[]);
    let data = stack.data().to_str().expect("UTF-8");
    let second = run(&["up", "--data", data, "--listen", "127.0.0.1:0"]);
    let text = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(75), "{text}");
    assert!(text.contains("UP_RUNNING") && text.contains(&stack.up_pid().to_string()), "{text}");
    let role = run(&["game", "--data", data]);
    let text = String::from_utf8_lossy(&role.stderr).into_owned();
    assert_eq!(role.status.code(), Some(75), "{text}");
    assert!(text.contains("ROLE_RUNNING"), "{text}");
    assert_eq!(stack.status()["ready"], true);
}

#[test]
fn a_journal_or_a_database_without_the_other_is_never_a_new_world() {
    for (lost, name) in [("game.db", "DATABASE_MISSING"), ("journal", "JOURNAL_MISSING")] {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("d");
        assert_eq!(Stack::start_in(&data, &[]).stop().status.code(), Some(0));
        let path = data.join(lost);
        std::fs::rename(&path, folder.path().join("lost")).expect("moved away");
        let up = run(&["up", "--data", data.to_str().expect("UTF-8"), "--listen", "127.0.0.1:0"]);
        let text = String::from_utf8_lossy(&up.stderr).into_owned();
        assert_eq!(up.status.code(), Some(65), "{text}");
        assert!(text.contains(name), "{text}");
        std::fs::rename(folder.path().join("lost"), &path).expect("moved back");
        assert_eq!(Stack::start_in(&data, &[]).stop().status.code(), Some(0));
    }
}

#[test]
fn a_child_that_somebody_else_stops_is_started_again() {
    let stack = Stack::start(&[]);
    for role in Role::STOP_ORDER {
        let before = stack.log.count();
        signal(stack.pid(role), Signal::TERM);
        stack.log.wait_for(before, &["\"child.back\"", role.name()]);
    }
    assert_eq!(stack.stop().status.code(), Some(0));
}

#[test]
fn a_taken_port_is_named_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let listen = taken.local_addr().expect("an address").to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let up = run(&["up", "--data", data.to_str().expect("UTF-8"), "--listen", &listen]);
    let text = String::from_utf8_lossy(&up.stderr).into_owned();
    assert_eq!(up.status.code(), Some(69), "{text}");
    assert!(text.contains("ADDRESS_IN_USE") && text.contains(&listen), "{text}");
}

#[test]
fn a_folder_too_deep_for_sockets_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d".repeat(100));
    let up = run(&["up", "--data", data.to_str().expect("UTF-8")]);
    assert_eq!(up.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&up.stderr).contains("SOCKET_PATH_TOO_LONG"));
}

#[test]
fn an_unknown_key_a_wrong_type_and_broken_syntax_stop_the_start_with_the_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ding.toml");
    std::fs::write(&file, "[gateway]\nlissten = \"127.0.0.1:7000\"\n[log]\nlevel = 7\n").expect("written");
    let text = refusal(&file, folder.path(), &[]);
    let name = file.display();
    assert!(text.contains(&format!(
        "{name}:2:1: unknown setting gateway.lissten\n   |\n 2 | lissten = \"127.0.0.1:7000\"\n   | ^^^^^^^\n   keys of [gateway] are: "
    )), "{text}");
    assert!(text.contains("listen"), "{text}");
    assert!(text.contains(&format!(
        "{name}:4:9: log.level: invalid type: integer `7`, expected a string\n   |\n 4 | level = 7\n   |         ^\n"
    )), "{text}");
    std::fs::write(&file, "[gateway]\nlisten = \n").expect("written");
    let text = refusal(&file, folder.path(), &[]);
    assert!(text.contains(&format!("{name}:2:")) && text.contains(" 2 | listen = "), "{text}");
}

#[test]
fn whatever_is_wrong_with_the_settings_is_listed_in_one_round() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ding.toml");
    let wrong = "[gateway]\nthreads = 65\nmax_connections = 0\nlissten = 1\nsilence_ms = 20\n[game]\ntick_ms = 1\n\
                 start_gold = \"much\"\n[dbfront]\nkeep_hours = 0\n[log]\nlevel = \"loud\"\n";
    std::fs::write(&file, wrong).expect("written");
    let text = refusal(&file, folder.path(), &[("DING_LOG__FORMAT", "xml"), ("DING_GAME__CHAT_PER_S", "0")]);
    assert!(text.contains("wrong configuration, 10 problems"), "{text}");
    for key in [
        "gateway.lissten",
        "game.start_gold",
        "gateway.threads",
        "gateway.max_connections",
        "gateway.silence_ms",
        "game.tick_ms",
        "game.chat_per_s",
        "dbfront.keep_hours",
        "log.level",
        "log.format",
    ] {
        assert!(text.contains(key), "{key}: {text}");
    }
}

#[test]
fn an_unknown_variable_and_a_wrong_one_stop_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ding.toml");
    std::fs::write(&file, "").expect("written");
    // Both are told at once, though the first is not even a setting's name.
    let two = [("DING_LISTEN", "127.0.0.1:1"), ("DING_GATEWAY__LISSTEN", "127.0.0.1:1")];
    let text = refusal(&file, folder.path(), &two);
    assert!(text.contains("2 problems") && text.contains("DING_LISTEN: unknown variable"), "{text}");
    assert!(
        text.contains("DING_GATEWAY__LISSTEN: unknown setting gateway.lissten\n   keys of [gateway] are: "),
        "{text}"
    );
    let text = refusal(&file, folder.path(), &[("DING_GATEWAY__LISTEN", "here")]);
    assert!(text.contains("DING_GATEWAY__LISTEN: gateway.listen: "), "{text}");
}

fn refusal(file: &Path, folder: &Path, variables: &[(&str, &str)]) -> String {
    let file = file.to_str().expect("UTF-8");
    let data = folder.join("d");
    let mut command = ding(&["up", "--config", file, "--data", data.to_str().expect("UTF-8")]);
    command.envs(variables.iter().copied());
    let output = within_bound("ding up refuses", move || command.output().expect("it runs"));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(78), "{text}");
    assert!(!data.exists(), "a refused start leaves no folder");
    text
}

#[test]
fn the_printed_configuration_without_its_comments_is_the_built_in_one() {
    let printed = run(&["config"]);
    assert!(printed.status.success());
    let text = String::from_utf8(printed.stdout).expect("UTF-8");
    let active: String = text.lines().map(|line| format!("{}\n", setting(line).unwrap_or(line))).collect();
    let keys = active.lines().filter(|line| line.contains(" = ") && !line.starts_with('#')).count();
    assert!(keys >= 5, "{active}");

    let data = Path::new("./ding-data");
    let read = |content: &str| {
        let settings = ding::settings::source::from_file("ding.toml", content).expect("TOML");
        let check = |raw: ding::roles::Raw| ding::roles::check(raw, data);
        ding::settings::checked(settings, Vec::new(), check).unwrap_or_else(|all| panic!("{all:?}"))
    };
    assert_eq!(read(&active), read(""));
    assert_eq!(read(&text), read(""));
}

#[test]
fn every_command_has_an_example_in_its_help() {
    fn walk(command: &mut clap::Command, path: &str) {
        let help = command.render_long_help().to_string();
        assert!(
            help.contains("Examples:\n  ") && help.contains("ding"),
            "no example in {path} --help:\n{help}"
        );
        assert!(help.lines().all(|line| line.chars().count() <= 120), "{path} --help is too wide:\n{help}");
        for inner in command.get_subcommands_mut() {
            let path = format!("{path} {}", inner.get_name());
            walk(inner, &path);
        }
    }
    walk(&mut ding::args::Cli::command(), "ding");
    let help = run(&["up", "--help"]);
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("Examples:"));
    assert_eq!(run(&["upp"]).status.code(), Some(2));
}
