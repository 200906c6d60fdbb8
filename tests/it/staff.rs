//! Staff on a real server: `ding account`, `ding room`, `ding maintenance`, grants over HTTP, with processes that die.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    process::Stdio,
    time::Duration,
};

use game::rooms::echo::ECHO_HEARD;
use proto::{
    client::{ChessOptions, EchoHeard, RoomCreate, RoomJoin, RoomJoined, RoomLeft},
    kinds,
    prescan::Budget,
    wire,
};
use ring::hmac;
use serde_json::{Value, json};

use crate::support::{
    BOUND,
    player::Player,
    raw::Raw,
    stack::{Role, Stack, ding, run},
};

/// What a command printed, and whether it succeeded.
fn staff(stack: &Stack, words: &[&str]) -> (String, bool) {
    let data = stack.data().to_str().expect("UTF-8");
    let output = run(&[words, &["--data", data]].concat());
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8_lossy(&text).into_owned(), output.status.success())
}

fn done(stack: &Stack, words: &[&str]) -> String {
    let (text, is_done) = staff(stack, words);
    assert!(is_done, "{words:?}: {text}");
    text
}

fn with_input(stack: &Stack, words: &[&str], input: &str) -> String {
    let mut command = ding(words);
    command.arg("--data").arg(stack.data()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("read");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{words:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A connection that was greeted: just after game has died the gateway still sends players away.
fn greeted(stack: &Stack) -> Raw {
    loop {
        let mut player = Raw::connect(stack.listen);
        let hello = proto::client::Hello { protocol: 1, client: "staff test".to_owned() };
        player.send_packet(kinds::HELLO, 0, &proto::wire::encode(&hello));
        if player.wait_for(kinds::WELCOME).is_some() {
            return player;
        }
    }
}

#[test]
fn staff_looks_at_accounts_bans_one_and_the_ban_outlives_game() {
    let stack = Stack::start(&["--set", "game.argon2_memory_kib=64", "--set", "game.argon2_passes=1"]);
    let mut ana = Raw::connect(stack.listen);
    let guest = ana.guest();
    let id = guest.account.to_string();

    let list: Value = serde_json::from_str(&done(&stack, &["account", "list", "--json"])).expect("JSON");
    assert_eq!((&list["accounts"][0]["id"], &list["next"]), (&json!(guest.account), &Value::Null));
    let shown: Value =
        serde_json::from_str(&done(&stack, &["account", "show", &id, "--json"])).expect("JSON");
    assert_eq!(shown["wallet"][0]["gold"], 1000);
    assert_eq!((&shown["online"], &shown["ledger"][0]["amount"]), (&json!(true), &json!(1000)));

    assert_eq!(done(&stack, &["account", "log"]).lines().count(), 1, "only its heading");
    let told = done(&stack, &["account", "ban", &id, "--reason", "sells gold", "--for", "7d"]);
    assert!(told.contains(&id) && told.contains("banned until 20"), "{told}");
    let (_, refused) = ana.wait_for(kinds::LOGIN_REFUSED).expect("told why");
    assert!(String::from_utf8_lossy(&refused).contains("sells gold"));
    assert_eq!(ana.close_name(), "banned");
    stack.kill_and_wait(Role::Game);
    let login = proto::client::LoginSecret { account: guest.account, secret: guest.secret };
    let mut again = greeted(&stack);
    again.send_packet(kinds::LOGIN_SECRET, 0, &proto::wire::encode(&login));
    let (_, refused) = again.wait_for(kinds::LOGIN_REFUSED).expect("refused");
    assert!(String::from_utf8_lossy(&refused).contains("banned"));
    done(&stack, &["account", "unban", &id, "--reason", "was somebody else"]);
    again.send_packet(kinds::LOGIN_SECRET, 0, &proto::wire::encode(&login));
    again.wait_for(kinds::LOGGED_IN).expect("in");

    let password = "a wardrobe of tin";
    let told = with_input(&stack, &["account", "bind-guest", &id, "--name", "Anabel"], password);
    assert!(told.contains("Anabel"), "{told}");
    assert_eq!(again.close_name(), "kicked");
    with_input(&stack, &["account", "set-password", "anabel"], "another wardrobe\n");
    let text = done(&stack, &["account", "export", "Anabel"]);
    let export: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(export["tables"]["account_name"][0]["name_key"], "anabel");
    assert_eq!(export["tables"]["ledger"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        export["tables"].as_object().map(|tables| tables.len()),
        Some(proto::tables::Table::ALL.len())
    );
    assert!(!text.contains("argon2") && !text.contains("secret"), "{text}");
    assert!(!staff(&stack, &["account", "delete", &id]).1, "only with --yes");
    done(&stack, &["account", "delete", &id, "--yes"]);
    let shown: Value =
        serde_json::from_str(&done(&stack, &["account", "show", &id, "--json"])).expect("JSON");
    assert_eq!((&shown["account"][0]["name"], &shown["wallet"]), (&Value::Null, &json!([])));
    assert!(!staff(&stack, &["account", "show", "Anabel"]).1, "the name is free");
    let (text, is_done) = staff(&stack, &["account", "show", "Nobody"]);
    assert!(!is_done && text.contains("no_such_account"), "{text}");

    let deeds: Value = serde_json::from_str(&done(&stack, &["account", "log", &id, "--json"])).expect("JSON");
    let deeds = deeds["staff_log"].as_array().expect("rows");
    let names: Vec<&str> = deeds.iter().filter_map(|deed| deed["deed"].as_str()).collect();
    assert_eq!(names, ["ban", "unban", "bind_guest", "set_password", "delete"]);
    assert_eq!(
        (&deeds[0]["reason"], &deeds[1]["reason"]),
        (&json!("sells gold"), &json!("was somebody else"))
    );
    let user = format!("uid {}", rustix::process::getuid().as_raw());
    assert!(deeds.iter().all(|deed| deed["staff"].as_str().is_some_and(|staff| staff.contains(&user))));
    let last = done(&stack, &["account", "log", "--limit", "1"]);
    assert!(last.contains("delete") && last.lines().count() == 2, "{last}");

    let log = stack.stop().log;
    assert!(log.contains("\"what\":\"ban\"") && !log.contains("wardrobe"), "{log}");
}

#[test]
fn staff_looks_into_rooms_speaks_to_one_and_closes_one_which_stays_closed_and_can_be_told() {
    let stack = Stack::start(&[]);
    let [mut ana, mut bo, mut cy] = [(); 3].map(|()| Player::guest(stack.listen));
    let options = wire::encode(&ChessOptions { stake: 100, ..ChessOptions::default() }).into();
    let create = RoomCreate { kind: "chess".to_owned(), options, spectate: false };
    let joined = ana.ok(kinds::ROOM_CREATE, &wire::encode(&create));
    let chess: RoomJoined = wire::decode(&joined, Budget::CLIENT).expect("a room");
    let join = |room: &str| wire::encode(&RoomJoin { room: room.to_owned(), ..RoomJoin::default() });
    bo.ok(kinds::ROOM_JOIN, &join(&chess.name));
    let joined = cy.ok(kinds::ROOM_JOIN, &join("echo"));
    let echo: RoomJoined = wire::decode(&joined, Budget::CLIENT).expect("a room");
    let (chess_id, echo_id) = (chess.room.to_string(), echo.room.to_string());
    let parsed =
        |words: &[&str]| -> Value { serde_json::from_str(&done(&stack, words)).expect("a document of JSON") };

    let list = parsed(&["room", "list", "--json"]);
    assert_eq!((&list["rooms"][0]["id"], &list["rooms"][1]["id"]), (&json!(chess.room), &json!(echo.room)));
    assert_eq!((&list["rooms"][0]["pot"], &list["rooms"][1]["keeps"]), (&json!(200), &json!(false)));
    let page = parsed(&["room", "list", "--limit", "1", "--json"]);
    assert_eq!((page["rooms"].as_array().map(Vec::len), &page["next"]), (Some(1), &json!(chess.room)));
    assert!(done(&stack, &["room", "list", "--after", &chess_id]).contains(&echo_id));
    let shown = parsed(&["room", "show", &chess_id, "--json"]);
    let seats = shown["seats"].as_array().expect("a list");
    assert!(seats.len() == 2 && seats.iter().all(|seat| seat["stake"] == 100), "{shown}");
    assert!(shown["state"].is_object() && shown["state_is_cut"] == false, "{shown}");
    assert!(done(&stack, &["room", "show", &chess_id]).contains("200 gold in the pot"));

    done(&stack, &["room", "say", &echo_id, "announce", "--body", "at noon", "--reason", "an upgrade"]);
    let (_, heard) = cy.raw.wait_for(ECHO_HEARD).expect("it plays");
    let heard: EchoHeard = wire::decode(&heard, Budget::CLIENT).expect("what was said");
    assert_eq!((heard.from, &*heard.payload), (0, &b"at noon"[..]));
    let (text, is_done) = staff(&stack, &["room", "say", &chess_id, "announce"]);
    assert!(!is_done && text.contains("unknown_signal"), "{text}");
    assert!(!staff(&stack, &["room", "close", &chess_id]).1, "only with a reason");

    let told = done(&stack, &["room", "close", &chess_id, "--reason", "both asked for it"]);
    assert!(told.contains(&chess_id), "{told}");
    for player in [&mut ana, &mut bo] {
        let (_, left) = player.raw.wait_for(kinds::ROOM_LEFT).expect("it plays");
        let left: RoomLeft = wire::decode(&left, Budget::CLIENT).expect("a reason");
        assert_eq!((left.room, left.reason.as_str()), (chess.room, "closed_by_staff"));
        assert_eq!(player.gold(), 1_000, "its stake is back");
    }
    stack.kill_and_wait(Role::Game);
    let (text, is_done) = staff(&stack, &["room", "show", &chess_id]);
    assert!(!is_done && text.contains("room_not_open"), "{text}");
    assert_eq!(parsed(&["room", "list", "--json"])["rooms"], json!([]));
    let story = done(&stack, &["replay", &chess_id]);
    assert!(story.contains("closed_by_staff"), "{story}");

    let deeds = parsed(&["account", "log", "--json"]);
    let deeds = deeds["staff_log"].as_array().expect("rows");
    let of = |name: &str| -> Vec<String> {
        deeds.iter().filter_map(|deed| deed[name].as_str()).map(str::to_owned).collect()
    };
    assert_eq!(of("deed"), [format!("room_say {echo_id}"), format!("room_close {chess_id}")]);
    assert_eq!(of("reason"), ["an upgrade", "both asked for it"]);
    let report = done(&stack, &["audit"]);
    assert!(report.trim_end().ends_with(" rows: 0 violations"), "{report}");
    let log = stack.stop().log;
    assert!(log.contains("\"what\":\"room_close\"") && !log.contains("\"room.broken\""), "{log}");
}

#[test]
fn maintenance_outlives_a_restart_and_shows_in_the_status() {
    let stack = Stack::start(&[]);
    let told = done(&stack, &["maintenance", "on", "--reason", "back at noon"]);
    assert!(told.contains("maintenance on"), "{told}");
    for _ in 0..2 {
        assert_eq!(stack.role(Role::Game)["state"], "maintenance");
        let mut ana = greeted(&stack);
        ana.send_packet(kinds::LOGIN_GUEST, 0, &[]);
        let (_, refused) = ana.wait_for(kinds::LOGIN_REFUSED).expect("refused");
        assert!(String::from_utf8_lossy(&refused).contains("back at noon"));
        stack.kill_and_wait(Role::Game);
    }
    done(&stack, &["maintenance", "off"]);
    assert_eq!(stack.role(Role::Game)["state"], "ready");
    let mut ana = greeted(&stack);
    ana.send_packet(kinds::LOGIN_GUEST, 0, &[]);
    ana.wait_for(kinds::LOGGED_IN).expect("in");
}

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Status and body; nothing if the connection ended without them.
fn post(address: &str, body: &Value) -> Option<(u16, Value)> {
    let body = body.to_string();
    let stamp = ding::clock::wall().as_secs();
    let key = hmac::Key::new(hmac::HMAC_SHA256, KEY.as_bytes());
    let tag = hmac::sign(&key, format!("{stamp}.{body}").as_bytes());
    let signature: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut socket = TcpStream::connect(address).ok()?;
    socket.set_read_timeout(Some(BOUND)).expect("set");
    let length = body.len();
    write!(
        socket,
        "POST /v1/grants HTTP/1.1\r\nHost: {address}\r\nding-timestamp: {stamp}\r\n\
         ding-signature: {signature}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .ok()?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.get(9..12)?.parse().ok()?, serde_json::from_str(body).ok()?))
}

#[test]
fn a_grant_is_given_once_however_often_game_and_dbfront_die_under_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("key");
    std::fs::write(&key, KEY).expect("written");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("set");
    // A port that stays the same when game is started again.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
    let address = port.to_string();
    let key = format!("game.grants_key_file={}", key.display());
    let stack = Stack::start(&["--set", &key, "--set", &format!("metrics.game={address}")]);
    let account = Raw::connect(stack.listen).guest().account;

    for round in 0..12_u64 {
        let grant = json!({
            "key": format!("pay-{round}"),
            "account": account.to_string(),
            "amount": 10,
            "reason": "order",
        });
        let victim =
            [None, Some(Role::Game), Some(Role::Dbfront)][usize::try_from(round % 3).expect("small")];
        let first = std::thread::scope(|scope| {
            let asked = scope.spawn(|| post(&address, &grant));
            if let Some(role) = victim {
                stack.kill_and_wait(role);
            }
            asked.join().expect("asked")
        });
        // Until it is answered, as whoever pays has to.
        let mut last = first.clone();
        let (never, answers) = std::sync::mpsc::channel::<()>();
        for _ in 0..600 {
            if last.as_ref().is_some_and(|(status, _)| *status == 200) {
                break;
            }
            let _ = answers.recv_timeout(Duration::from_millis(50));
            last = post(&address, &grant);
        }
        drop(never);
        let last = last.expect("an answer");
        assert_eq!(last.0, 200, "{last:?}");
        if let Some((200, answer)) = first {
            assert_eq!(answer, last.1, "the same answer");
        }
        assert_eq!(post(&address, &grant).expect("an answer"), last, "again");
        let other = json!({ "key": format!("pay-{round}"), "account": account.to_string(), "amount": 11 });
        let (status, answer) = post(&address, &other).expect("an answer");
        assert_eq!((status, &answer["error"]), (409, &json!("key_used")));
    }
    let id = account.to_string();
    let shown: Value =
        serde_json::from_str(&done(&stack, &["account", "show", &id, "--json"])).expect("JSON");
    assert_eq!(shown["wallet"][0]["gold"], 1000 + 12 * 10);
    let deeds: Value = serde_json::from_str(&done(&stack, &["account", "log", &id, "--json"])).expect("JSON");
    let deeds = deeds["staff_log"].as_array().expect("rows");
    assert_eq!(deeds.len(), 12, "one for each key");
    assert!(deeds.iter().all(|deed| deed["staff"] == "POST /v1/grants" && deed["reason"] == "order"));
    // The pages above waited for the database to have all of it.
    let report = done(&stack, &["audit"]);
    assert!(report.trim_end().ends_with(" rows: 0 violations"), "{report}");
    assert!(!stack.stop().log.contains(KEY));
}

#[test]
fn staff_that_acts_twice_or_two_at_once_has_one_effect_and_is_in_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("key");
    std::fs::write(&key, KEY).expect("written");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("set");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port");
    let address = port.to_string();
    let key = format!("game.grants_key_file={}", key.display());
    let stack = Stack::start(&["--set", &key, "--set", &format!("metrics.game={address}")]);
    let account = Raw::connect(stack.listen).guest().account;
    let id = account.to_string();
    for round in 0..10 {
        let grant =
            json!({ "key": format!("click-{round}"), "account": id, "amount": 10, "reason": "click" });
        let answers: Vec<_> = std::thread::scope(|scope| {
            let clicks: Vec<_> = (0..4).map(|_| scope.spawn(|| post(&address, &grant))).collect();
            clicks.into_iter().map(|click| click.join().expect("asked").expect("an answer")).collect()
        });
        let given: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).collect();
        assert!(!given.is_empty() && given.iter().all(|answer| answer.1 == given[0].1), "{answers:?}");
    }
    let (ban, lift) =
        (["account", "ban", &id, "--reason", "ana"], ["account", "unban", &id, "--reason", "bo"]);
    std::thread::scope(|scope| {
        for words in [&ban, &lift, &ban] {
            scope.spawn(|| done(&stack, words));
        }
    });
    let shown: Value =
        serde_json::from_str(&done(&stack, &["account", "show", &id, "--json"])).expect("JSON");
    assert_eq!(shown["wallet"][0]["gold"], 1000 + 10 * 10);
    let deeds: Value = serde_json::from_str(&done(&stack, &["account", "log", &id, "--json"])).expect("JSON");
    let deeds = deeds["staff_log"].as_array().expect("rows");
    let of = |reason: &str| deeds.iter().filter(|deed| deed["reason"] == reason).count();
    assert_eq!(of("click"), 10, "one for each key");
    assert!((1..=2).contains(&of("ana")) && of("bo") <= 1, "whoever changed something: {deeds:?}");
    let report = done(&stack, &["audit"]);
    assert!(report.trim_end().ends_with(" rows: 0 violations"), "{report}");
    assert!(stack.stop().status.success());
}

#[test]
fn one_operation_number_follows_a_payment_through_all_three_processes() {
    let stack = Stack::start(&["--set", "log.level=debug"]);
    let payee = Raw::connect(stack.listen).guest().account;
    let mut payer = Raw::connect(stack.listen);
    let account = payer.guest().account;
    let pay = proto::client::Pay { to: payee, amount: 5 };
    let answer = payer.command(kinds::PAY, 1, &proto::wire::encode(&pay));
    assert_eq!(answer.status(), proto::client::Status::Ok);
    let op = format!("\"op\":\"{account}-1\"");
    stack.log.wait_for(0, &["op.applied", &op]);
    let log = stack.stop().log;
    let lines: Vec<Value> = log
        .lines()
        .filter(|line| line.contains(&op))
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect();
    let of = |process: &str| -> Vec<&str> {
        let own = lines.iter().filter(|line| line["process"] == process);
        own.map(|line| line["event"].as_str().expect("a name")).collect()
    };
    assert_eq!(of("gateway"), ["op.received"]);
    assert_eq!(of("game"), ["op.executed", "op.released"]);
    assert_eq!(of("dbfront"), ["op.durable", "op.applied"]);
    let lsns: std::collections::BTreeSet<u64> =
        lines.iter().filter_map(|line| line["lsn"].as_u64()).collect();
    assert_eq!(lsns.len(), 1, "{lines:?}");
}
