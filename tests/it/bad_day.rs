//! A bad day of staff, through the console in a browser: wealth is frozen, chat is slowed, everybody is told, and everybody
//! is written to while game is killed. Players feel it, the tables say it.

use proto::{
    client::{CharCreate, ChatSay, Pay},
    kinds, wire,
};
use serde_json::{Value, json};

use crate::support::{
    bots::judge_tables,
    deeds::{self, Tables, are_told, were_done},
    hands::{Hands, because, sure},
    player::Player,
    stack::{Role, Stack},
};

fn with_console() -> Vec<&'static str> {
    ["console.listen=127.0.0.1:0", "game.argon2_memory_kib=1024", "game.argon2_passes=1"]
        .into_iter()
        .flat_map(|setting| ["--set", setting])
        .collect()
}

/// How a command was refused; empty: it was not.
fn refused(player: &mut Player, kind: u32, body: &[u8]) -> String {
    player.sends(kind, body);
    player.is_answered().expect("an answer").error
}

fn pays(player: &mut Player, to: u64) -> String {
    refused(player, kinds::PAY, &wire::encode(&Pay { to, amount: 1 }))
}

fn says(player: &mut Player, text: &str) -> String {
    refused(player, kinds::CHAT_SAY, &wire::encode(&ChatSay { text: text.to_owned() }))
}

/// A switch in its dialog; what it said would change.
fn switches(owner: &mut Hands, name: &str, button: &str, fields: Value) -> String {
    owner.deed_in(&format!("[data-switch={name}]"), "#/switches", button, fields)
}

/// Of a switch that asks for the password.
fn signed() -> Value {
    sure(A_BAD_DAY, json!({}))
}

/// A letter that is filled in on its page; what its dialog said would change.
fn writes(owner: &mut Hands, letter: &Value, button: &str, fields: &Value) -> String {
    let look = if button == "Send a test" { "" } else { "Look who gets it" };
    let wish = json!({
        "hash": "#/mailing", "before": letter, "first": look, "button": button, "fields": fields,
    });
    let seen = owner.does("deed", wish);
    assert!(seen["refused"].is_null(), "{seen}");
    seen["changes"].as_str().expect("text").to_owned()
}

#[test]
fn what_staff_switches_and_says_on_a_bad_day_is_felt_by_players_and_outlives_game() {
    let stack = Stack::start(&with_console());
    let Some(mut owner) = Hands::owner(&stack) else { return };
    let (mut ana, mut ben) = (Player::guest(stack.listen), Player::guest(stack.listen));
    let of_ben = ben.known.account;
    for (player, name) in [(&mut ana, "Idara"), (&mut ben, "Boband")] {
        player.ok(kinds::CHAR_CREATE, &wire::encode(&CharCreate { name: name.to_owned() }));
    }
    assert_eq!(pays(&mut ana, of_ben), "");

    let changes = switches(&mut owner, "wealth_frozen", "Switch on", signed());
    assert!(changes.contains("off") && changes.contains("on"), "{changes}");
    assert_eq!(pays(&mut ana, of_ben), "wealth_frozen");
    stack.kill_and_wait(Role::Game);
    assert_eq!(ana.comes_by_secret(), Ok(()));
    assert_eq!(ben.comes_by_secret(), Ok(()));
    assert_eq!(pays(&mut ana, of_ben), "wealth_frozen", "it outlives the process");
    for theme in ["light", "dark"] {
        owner.shows("#/switches", "switches", theme);
    }
    switches(&mut owner, "wealth_frozen", "Switch off", signed());
    assert_eq!(pays(&mut ana, of_ben), "");

    let frozen = json!({ "Id of the account": of_ben.to_string() });
    owner.deed("#/switches", "Freeze an account", sure(A_BAD_DAY, frozen));
    assert_eq!(pays(&mut ana, of_ben), "wealth_frozen");
    assert_eq!(pays(&mut ben, ana.known.account), "wealth_frozen");
    assert!(owner.reads("#/switches").contains(&of_ben.to_string()));
    owner.deed("#/switches", "Lift", signed());
    assert_eq!(pays(&mut ben, ana.known.account), "");

    switches(&mut owner, "accounts_closed", "Switch on", signed());
    assert_eq!(ana.door().login(kinds::LOGIN_GUEST, &[]).err(), Some("accounts_closed".to_owned()));
    switches(&mut owner, "accounts_closed", "Switch off", signed());

    switches(&mut owner, "staff_only", "Switch on", signed());
    assert_eq!(ana.door().login(kinds::LOGIN_GUEST, &[]).err(), Some("maintenance".to_owned()));
    assert_eq!(pays(&mut ana, of_ben), "", "who plays plays on");
    switches(&mut owner, "staff_only", "Switch off", signed());
    drop(Player::guest(stack.listen));

    let chat = "game.chat_per_s";
    let value = |value: &str| json!({ "New value": value });
    let changes = owner.deed("#/config", &format!("Change {chat}"), sure(A_BAD_DAY, value("1")));
    assert!(changes.contains(chat), "{changes}");
    // Three at once, and one a second.
    let is_refused = |n: u8| says(&mut ben, &n.to_string()) == "chat_too_fast";
    assert!((0..9).any(is_refused));
    assert!(owner.reads("#/config").contains("live.toml"));
    owner.deed("#/config", &format!("Take back {chat}"), sure(A_BAD_DAY, json!({})));
    assert!(!owner.reads("#/config").contains("live.toml"), "as it was");

    assert_eq!(says(&mut ana, "hello there"), "");
    switches(
        &mut owner,
        "chat_slow",
        "Switch on",
        because(A_BAD_DAY, json!({ "Seconds between two lines": "60" })),
    );
    assert_eq!((says(&mut ana, "one"), says(&mut ana, "two")), (String::new(), "chat_slow".to_owned()));
    let line = json!({ "What everybody who plays reads": "we rest at noon" });
    owner.deed("#/chat", "Announce", because("news", line));
    assert!(ben.raw.wait_for(kinds::ANNOUNCED).is_some());
    owner.reads("#/chat");
    owner.waits_for("hello there", false);

    owner.deed(&format!("#/players/{of_ben}"), "Mute", because("shouts", json!({})));
    let told = owner.reads("#/bans");
    assert!(told.contains("0 banned, 1 muted") && told.contains("shouts") && told.contains("anna"), "{told}");
    owner.deed("#/bans", "Unmute", because("said sorry", json!({})));

    let test = json!({ "Subject": "To be looked at", "Text": "Is it well written?" });
    let to_ben = json!({ "To one account: id or name": of_ben.to_string() });
    writes(&mut owner, &test, "Send a test", &sure("a look first", to_ben));
    assert!(ben.raw.wait_for(kinds::MAIL_CAME).is_some());
    let present = json!({
        "Subject": "A present", "Gold in each letter": "500", "Item 1 in each letter": "1", "Highest level": "1",
    });
    let changes = writes(&mut owner, &present, "Send to 2", &sure("for a bad day", json!({})));
    assert!(changes.contains("1,000"), "{changes}");
    stack.kill_and_wait(Role::Game);
    owner.reads("#/mailing");
    owner.waits_for("done", false);
    for page in ["chat", "mailing", "bans"] {
        for theme in ["light", "dark"] {
            owner.shows(&format!("#/{page}"), page, theme);
        }
    }
    are_told(&owner.leafs("#/audit"), "anna", &TOLD);
    were_done(deeds::ON_A_BAD_DAY, &owner.changes().1);
    owner.close();
    drop((ana, ben));
    let database = stack.data().join("game.db");
    stack.stop_and(|| {
        let tables = Tables::of(&database);
        let letters =
            tables.rows("SELECT subject, count(*), sum(gold) FROM mail GROUP BY subject ORDER BY subject");
        assert_eq!(letters, ["A present 2 1000", "To be looked at 1 0"], "each got one");
        assert_eq!(
            tables.rows("SELECT name FROM world_switch WHERE name IN ('wealth_frozen', 'accounts_closed', 'staff_only')"),
            NOTHING
        );
        assert_eq!(tables.rows("SELECT value FROM world_switch WHERE name = 'chat_slow'"), ["60"]);
        let deeds = "SELECT DISTINCT deed FROM staff_log WHERE staff LIKE 'anna%' AND reason = 'a bad day'";
        let mut deeds = tables.rows(deeds);
        deeds.sort();
        assert_eq!(deeds, IN_THE_LOG);
        judge_tables(&database);
    });
}

const A_BAD_DAY: &str = "a bad day";
/// Deeds as the audit page names them, and why.
const TOLD: [(&str, &str); 11] = [
    ("switched wealth", A_BAD_DAY),
    ("switched new accounts", A_BAD_DAY),
    ("switched slow chat", A_BAD_DAY),
    ("switched staff-only login", A_BAD_DAY),
    ("froze an account", A_BAD_DAY),
    ("lifted a freeze", A_BAD_DAY),
    ("changed a setting", A_BAD_DAY),
    ("took a setting back", A_BAD_DAY),
    ("announced", "news"),
    ("sent mail to many", "a look first"),
    ("sent mail to many", "for a bad day"),
];
/// What was switched, in the tables.
const IN_THE_LOG: [&str; 9] = [
    "accounts_close",
    "accounts_open",
    "chat_slow",
    "freeze",
    "maintenance_off",
    "maintenance_on",
    "unfreeze",
    "wealth_freeze",
    "wealth_unfreeze",
];
const NOTHING: [&str; 0] = [];
