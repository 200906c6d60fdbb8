//! The console beside real processes: the same numbers as everywhere else, deeds that players feel, processes that die
//! under it, and a start that goes on without it.

use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpStream},
    process::Stdio,
};

use proto::{client::ChatSay, kinds, wire};
use serde_json::{Value, json};

use crate::support::{
    BOUND,
    alone::Alone,
    browser::{Browser, PASSWORD},
    lines::Lines,
    player::Player,
    raw::Raw,
    stack::{Role, Stack, ding, run},
};

fn with_console() -> Stack {
    Stack::start(&["--set", "console.listen=127.0.0.1:0"])
}

fn process(document: &Value, name: &str) -> Value {
    let all = document["processes"].as_array().or(document["roles"].as_array()).expect("a list");
    let is_it = |one: &&Value| one["name"] == name || one["process"] == name;
    all.iter().find(is_it).expect("it").clone()
}

#[test]
fn the_console_and_the_status_say_the_same_of_the_database_and_charts_have_every_figure_of_all() {
    let stack = with_console();
    let owner = Browser::owner(&stack);
    stack.until("the same numbers", || {
        let shown = owner.read("/api/database")["process"].clone();
        let status = stack.role(Role::Dbfront);
        ["pid", "version", "ready", "state", "level", "figures"]
            .iter()
            .all(|field| shown[field] == status[field])
    });
    let history = owner.read("/api/history?span=15m");
    let known: BTreeSet<&str> =
        history["series"].as_object().expect("columns").keys().map(String::as_str).collect();
    let status = stack.status();
    for name in ["dbfront", "game", "gateway"] {
        for figure in process(&status, name)["figures"].as_object().expect("figures").keys() {
            assert!(known.contains(format!("{name}.{figure}").as_str()), "{name}.{figure}");
        }
    }
    // Another process of each role, and the same console: it is named where it is, and that it was not replaced.
    let own = &status["console"];
    assert_eq!((&own["pid"], &own["inside"]), (&json!(stack.up_pid()), &json!("up")), "{status}");
    let page = own["url"].as_str().expect("an address").to_owned();
    assert!(stack.out.text().contains(&page), "{page}");
    let before = stack.pid(Role::Game);
    let restarted = run(&["restart", "all", "--data", stack.data().to_str().expect("UTF-8")]);
    let text = String::from_utf8_lossy(&restarted.stdout).into_owned();
    assert!(text.contains("console: part of ding up, stays of version"), "{text}");
    stack.until("the console shows those that came after", || {
        let shown = owner.read("/api/database")["process"]["pid"].clone();
        stack.pid(Role::Game) != before && shown == stack.role(Role::Dbfront)["pid"]
    });
    assert_eq!(stack.status()["console"]["url"], page);
    let listen = format!("console.listen={}", page.trim_start_matches("http://"));
    let data = stack.data().to_str().expect("UTF-8");
    let report = run(&["doctor", "--json", "--data", data, "--set", &listen]);
    let report: Value = serde_json::from_slice(&report.stdout).expect("JSON");
    let found = |name: &str, word: &str| {
        let mut all = report["findings"].as_array().expect("a list").iter();
        let it = all
            .find(|one| one["name"] == name && one["seen"].as_str().is_some_and(|seen| seen.contains(word)));
        it.map(|one| one["severity"].clone())
    };
    assert_eq!(found("ports", "console.listen: 127.0.0.1:"), Some(json!("ok")), "{report}");
    assert_eq!(found("console_folder", "console"), Some(json!("ok")), "{report}");
    assert_eq!(found("console_staff", "anna (owner)"), Some(json!("warning")), "{report}");
    assert_eq!(found("console_audit", "2 lines"), Some(json!("ok")), "{report}");
    stack.stop();
}

#[test]
fn what_staff_does_in_the_console_a_player_feels_and_both_logs_keep() {
    let stack = with_console();
    let mut owner = Browser::owner(&stack);
    let mut ana = Raw::connect(stack.listen);
    let id = ana.guest().account;
    let path = format!("/api/players/{id}");

    let list = owner.read("/api/players");
    assert_eq!(
        (&list["players"][0]["id"], &list["players"][0]["online"]),
        (&json!(id.to_string()), &json!(true))
    );
    let grant =
        json!({ "reason": "lost a fight to a bug", "amount": 500, "key": "case-7", "password": PASSWORD });
    let granted = owner.act(&format!("{path}/grant"), &grant);
    let gold = |owner: &Browser| owner.read(&path)["wallet"]["gold"].clone();
    assert_eq!((&granted["again"], gold(&owner)), (&json!(false), json!(1_500)));
    let again = owner.act(&format!("{path}/grant"), &grant);
    assert_eq!((&again["again"], gold(&owner)), (&json!(true), json!(1_500)), "once");
    let shown = owner.read(&path);
    assert_eq!((&shown["wallet"]["gold"], &shown["online"]), (&json!(1_500), &json!(true)));
    let ledger = owner.read(&format!("{path}/ledger"));
    assert_eq!((&ledger["rows"][0]["amount"], &ledger["rows"][1]["amount"]), (&json!(500), &json!(1_000)));

    let wish = json!({ "reason": "sells gold", "for_ms": 60_000, "password": "wrong" });
    assert_eq!(owner.post(&format!("{path}/ban"), &wish).1["error"], "wrong_password");
    assert!(owner.read(&path)["restriction"].is_null(), "nothing happened");
    let wish = json!({ "reason": "sells gold", "for_ms": 60_000, "password": PASSWORD });
    let banned = owner.act(&format!("{path}/ban"), &wish);
    assert_eq!(banned["restriction"]["ban_reason"], "sells gold");
    assert_eq!(ana.close_name(), "banned", "its connection ended");
    owner.act(&format!("{path}/unban"), &json!({ "reason": "a mistake", "password": PASSWORD }));
    let mut ben = Raw::connect(stack.listen);
    let other = ben.guest().account;
    owner.act(&format!("/api/players/{other}/kick"), &json!({ "reason": "away too long" }));
    assert!(ben.wait_for(kinds::WALLET_READ).is_none(), "closed");

    let deeds = owner.read("/api/audit");
    let told: Vec<String> = deeds["deeds"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|deed| {
            format!("{} {}", deed["action"].as_str().expect("text"), deed["outcome"].as_str().expect("text"))
        })
        .collect();
    let wanted = [
        "player.kick ok",
        "player.unban ok",
        "player.ban ok",
        "player.ban wrong_password",
        "player.grant ok",
        "player.grant ok",
        "setup ok",
        "setup begun",
    ];
    assert_eq!(told, wanted);
    let log = owner.read(&format!("{path}/log"));
    let staff: Vec<&str> =
        log["rows"].as_array().expect("rows").iter().filter_map(|row| row["staff"].as_str()).collect();
    assert!(staff.len() == 3 && staff.iter().all(|by| by.starts_with("anna (uid ")), "{log}");
    gold_from_nowhere_is_named(&stack, &mut owner, id);
    stack.stop();
}

/// Somebody adds gold to a wallet in the database itself, past everybody: the check that the console runs names the account
/// and the sum, and so does `ding audit`, while all go on.
fn gold_from_nowhere_is_named(stack: &Stack, owner: &mut Browser, account: u64) {
    let mut checked = |rules: &[&str]| {
        owner.act("/api/economy/check/begin", &json!({ "reason": "a look" }));
        let look = || owner.read("/api/economy/check");
        stack.until("its answer", || look()["running"].is_null());
        let last = look()["last"].clone();
        let broken = last["answer"]["rules"].as_object().unwrap_or_else(|| panic!("{last}")).iter();
        let broken: Vec<&str> =
            broken.filter(|(_, count)| **count != 0).map(|(rule, _)| rule.as_str()).collect();
        assert_eq!(broken, rules, "{last}");
        last["answer"]["findings"].to_string()
    };
    checked(&[]);
    let database = rusqlite::Connection::open(stack.data().join("game.db")).expect("a database");
    database.busy_timeout(BOUND).expect("set");
    let planted = "UPDATE wallet SET gold = gold + 777 WHERE account = ?1";
    assert_eq!(database.execute(planted, [account.cast_signed()]).expect("planted"), 1);
    let found = checked(&["gold_not_conserved", "wallet_off"]);
    let named = format!("account {account} has 2277, its ledger says 1500");
    assert!(found.contains(&named) && found.contains("777"), "{found}");
    let output = run(&["audit", "--json", "--data", stack.data().to_str().expect("UTF-8")]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.code() == Some(1) && told.contains(&named), "{told}");
}

#[test]
fn staff_stays_while_game_is_dead_and_a_setting_that_was_changed_holds_when_it_is_back() {
    let stack = Stack::start(&["--set", "console.listen=127.0.0.1:0", "--set", "game.players_max=5000"]);
    let mut owner = Browser::owner(&stack);
    let ana = Player::guest(stack.listen);
    let id = ana.known.account;
    assert!(15 <= says_at_once(&mut Player::guest(stack.listen)), "three times five");
    let set = |key: &str, value: &str| json!({ "key": key, "value": value, "reason": "too loud", "password": PASSWORD });
    let told = owner.act("/api/config/set", &set("game.chat_per_s", "1"));
    assert_eq!(told["processes"], json!([{ "name": "game", "state": "in_force" }]));
    assert!(says_at_once(&mut Player::guest(stack.listen)) < 15);
    assert_eq!(owner.post("/api/config/set", &set("game.players_max", "9")).1["error"], "set_elsewhere");
    assert_eq!(owner.post("/api/config/set", &set("game.tick_ms", "50")).1["error"], "needs_restart");
    let refused = owner.post("/api/config/set", &set("game.chat_per_s", "0")).1;
    assert_eq!(refused["error"], "bad_value");
    assert_eq!(refused["text"], "game.chat_per_s = 0: allowed are 1 to 1000");
    stack.kill_and_wait(Role::Game);
    let again = owner.again();
    stack.until("players are shown again", || again.get(&format!("/api/players/{id}")).0 == 200);
    assert_eq!(owner.read("/api/session")["staff"]["name"], "anna");
    stack.until("the other game is a marker", || {
        let history = again.read("/api/history?span=15m");
        let markers = history["markers"].as_array().expect("a list").clone();
        let has = |what: &[&str]| {
            markers.iter().any(|one| one["process"] == "game" && what.iter().any(|what| one["what"] == *what))
        };
        has(&["started", "restarted"]) && has(&["setting"])
    });
    assert!(says_at_once(&mut Player::guest(stack.listen)) < 15, "the other game read it");
    assert_eq!(held(&owner, "game.chat_per_s")["origin"], "console");
    owner.act(
        "/api/config/unset",
        &json!({ "key": "game.chat_per_s", "reason": "calm", "password": PASSWORD }),
    );
    assert!(15 <= says_at_once(&mut Player::guest(stack.listen)), "as ever");

    // What is edited by hand is read again too, and what cannot be changed waits.
    let edited = "[gateway]\nmax_per_address = 9\n[game]\ntick_ms = 50\n";
    std::fs::write(stack.data().join("ding.toml"), edited).expect("written");
    let data = stack.data().to_str().expect("UTF-8").to_owned();
    let reload = || run(&["reload", "--data", &data]);
    let words = String::from_utf8_lossy(&reload().stdout).into_owned();
    assert!(words.contains("gateway: gateway.max_per_address = 9 in force"), "{words}");
    assert!(words.contains("game: game.tick_ms = 50 from its next start on"), "{words}");
    assert_eq!(held(&owner, "gateway.max_per_address")["value"], "9");
    assert_eq!(held(&owner, "game.tick_ms")["waiting"]["value"], "50");
    std::fs::write(stack.data().join("ding.toml"), "[gateway]\nmax_per_address = 0\n").expect("written");
    let wrong = reload();
    let words = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(wrong.status.code() == Some(78) && words.contains("settings_wrong"), "{words}");
    let each = ["gateway: settings_wrong", "game: settings_wrong", "up: settings_wrong"];
    assert!(each.iter().all(|one| words.contains(one)) && words.contains("tables were not read"), "{words}");
    assert_eq!(held(&owner, "gateway.max_per_address")["value"], "9", "as it was");
    stack.stop();
}

/// What the first process that has it says of a setting.
fn held(owner: &Browser, key: &str) -> Value {
    let config = owner.read("/api/config");
    let settings = config["settings"].as_array().expect("a list");
    settings.iter().find(|one| one["key"] == key).expect("it")["held"][0].clone()
}

/// How many lines of chat go through one after another before one is too fast.
fn says_at_once(player: &mut Player) -> usize {
    let say = |nth: usize| wire::encode(&ChatSay { text: format!("line {nth}") });
    (0..100)
        .take_while(|nth| {
            player.sends(kinds::CHAT_SAY, &say(*nth));
            player.is_answered().expect("it plays").error.is_empty()
        })
        .count()
}

#[test]
fn a_taken_address_is_named_and_the_processes_go_on_without() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let listen = format!("console.listen={}", taken.local_addr().expect("it"));
    let stack = Stack::start(&["--set", &listen]);
    assert!(!stack.out.text().contains("Console"), "{}", stack.out.text());
    let ended = stack.stop();
    assert!(ended.status.success());
    let is_named = |line: &str| line.contains("\"console.none\"") && line.contains("\"ADDRESS_IN_USE\"");
    assert!(ended.log.lines().any(is_named), "{}", ended.log);
}

#[test]
fn a_console_that_others_could_reach_does_not_start_without_a_certificate() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    for command in ["up", "admin"] {
        let output =
            run(&[command, "--data", data.to_str().expect("UTF-8"), "--set", "console.listen=0.0.0.0:0"]);
        assert_eq!(output.status.code(), Some(78), "{command}");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains("CONSOLE_WITHOUT_TLS"), "{text}");
    }
}

/// Where a process listens, over IPv4 and IPv6.
fn listens(pid: u32) -> Vec<SocketAddr> {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("ours").flatten();
    let links = files.filter_map(|file| std::fs::read_link(file.path()).ok());
    let sockets: BTreeSet<String> = links.map(|link| link.to_string_lossy().into_owned()).collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        let table = std::fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        for line in table.lines().skip(1) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let is_listening = words[3] == "0A" && sockets.contains(&format!("socket:[{}]", words[9]));
            found.extend(is_listening.then(|| address(words[1])));
        }
    }
    found
}

/// Of the system's table: each four bytes as one number of this machine's order, then the port.
fn address(text: &str) -> SocketAddr {
    let (ip, port) = text.split_once(':').expect("a port");
    let bytes: Vec<u8> = (0..ip.len() / 8)
        .flat_map(|at| u32::from_str_radix(&ip[8 * at..8 * at + 8], 16).expect("digits").to_ne_bytes())
        .collect();
    let ip: IpAddr = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(bytes) => bytes.into(),
        Err(_) => <[u8; 16]>::try_from(bytes).expect("sixteen").into(),
    };
    (ip, u16::from_str_radix(port, 16).expect("digits")).into()
}

#[test]
fn whatever_a_start_listens_at_is_this_machines_alone_and_players_doors_lead_to_nothing_inside() {
    let stack = with_console();
    let mut owner = Browser::owner(&stack);
    let roles = [Role::Dbfront, Role::Game, Role::Gateway].map(|role| stack.pid(role));
    let mut all = Vec::new();
    for pid in roles.into_iter().chain([stack.up_pid()]) {
        all.extend(listens(pid));
    }
    assert!(all.contains(&stack.listen), "{all:?} has the players' door {}", stack.listen);
    assert_eq!(all.len(), 5, "players, three pages of figures, the console: {all:?}");
    assert!(all.iter().all(|address| address.ip().is_loopback()), "{all:?}");
    for path in ["/metrics", "/api/session", "/debug", "/"] {
        let mut socket = TcpStream::connect(stack.listen).expect("the door");
        socket.set_read_timeout(Some(BOUND)).expect("a socket");
        write!(socket, "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", stack.listen).expect("sent");
        let mut answer = Vec::new();
        // Closed with or without a word: only what was said counts.
        let _ = socket.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(
            !answer.contains(" 200 ") && !answer.contains("ding_") && !answer.contains("staff"),
            "{answer}"
        );
    }
    for path in ["/api", "/api/metrics", "/api/debug"] {
        assert_eq!(owner.get(path).0, 404, "{path}");
    }
    assert_eq!(owner.post("/api/session", &json!({})).0, 405);
    stack.stop();
}

#[test]
fn a_console_of_its_own_serves_a_folder_once() {
    let stack = Stack::start(&[]);
    let data = stack.data().to_str().expect("UTF-8");
    let words = ["admin", "--data", data, "--listen", "127.0.0.1:0"];
    let mut child = ding(&words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let out = Lines::of(child.stdout.take().expect("piped"));
    let (_, line) = out.wait_for(0, &["Set up"]);
    let beside = &stack.status()["console"];
    assert_eq!((&beside["pid"], &beside["inside"]), (&json!(child.id()), &json!("admin")), "{beside}");
    let mut owner = Browser::set_up(line.split_whitespace().find(|word| word.contains('#')).expect("a link"));
    let mut ana = Raw::connect(stack.listen);
    let id = ana.guest().account;
    assert_eq!(owner.read(&format!("/api/players/{id}"))["online"], true);
    let second = run(&words);
    assert_eq!(second.status.code(), Some(75), "{}", String::from_utf8_lossy(&second.stderr));
    assert!(String::from_utf8_lossy(&second.stderr).contains("CONSOLE_RUNNING"));
    reads_its_settings_again(&stack, &mut owner);
    crate::support::stack::signal(child.id(), rustix::process::Signal::TERM);
    assert!(child.wait().expect("it ends").success());
    let reloaded = run(&["reload", "--data", data]);
    let text = String::from_utf8_lossy(&reloaded.stderr).into_owned();
    assert!(reloaded.status.success() && !text.contains("admin"), "who has gone is not asked: {text}");
    let alone = Alone::start(&words);
    alone.log.wait_for(0, &["console.ready"]);
    alone.stop();
    stack.stop();
}

/// `ding reload` reaches it as it reaches the others: what is edited by hand is in force in it, what is wrong changes nothing.
fn reads_its_settings_again(stack: &Stack, owner: &mut Browser) {
    let data = stack.data().to_str().expect("UTF-8");
    let mut ben = Raw::connect(stack.listen);
    let gold = format!("/api/players/{}/grant", ben.guest().account);
    let wish = |key: &str| json!({ "reason": "a prize", "amount": 60, "key": key, "password": PASSWORD });
    let file = stack.data().join("ding.toml");
    std::fs::write(&file, "[console]\ngrant_alone_max = 50\n[gateway]\nmax_per_address = 999\n")
        .expect("written");
    let reloaded = run(&["reload", "--data", data]);
    let text = String::from_utf8_lossy(&reloaded.stdout).into_owned();
    assert!(reloaded.status.success(), "{text}{}", String::from_utf8_lossy(&reloaded.stderr));
    assert!(text.contains("admin: console.grant_alone_max = 50 in force"), "{text}");
    assert!(text.contains("gateway: gateway.max_per_address = 999 in force"), "{text}");
    let config = owner.read("/api/config");
    let settings = config["settings"].as_array().expect("a list").iter();
    let alone = settings.filter(|one| one["key"] == "console.grant_alone_max").collect::<Vec<_>>();
    assert_eq!(
        (&alone[0]["held"][0]["value"], &alone[0]["held"][0]["origin"]),
        (&json!("50"), &json!("file"))
    );
    let (_, answer) = owner.post(&gold, &wish("prize-1"));
    assert!(answer["pending"].is_string(), "another one has to agree: {answer}");
    std::fs::write(&file, "[console]\ngrant_alone_max = \"much\"\n").expect("written");
    let wrong = run(&["reload", "--data", data]);
    let text = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(wrong.status.code() == Some(78) && text.contains("admin: settings_wrong"), "{text}");
    assert_eq!(held(owner, "console.grant_alone_max")["value"], "50", "as it was");
    std::fs::write(&file, "").expect("written");
}
