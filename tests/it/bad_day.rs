//! A bad day of staff, through the console in a browser: wealth is frozen, chat is slowed, everybody is told, and everybody
//! is written to while game is killed. Players feel it, the tables say it.

use proto::{
    client::{CharCreate, ChatSay, Pay},
    kinds, wire,
};
use serde_json::{Value, json};

use crate::support::{
    bots::judge_tables,
    hands::{Hands, PASSWORD},
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
fn switches(owner: &mut Hands, name: &str, button: &str, mut fields: Value) -> String {
    fields["Reason"] = "a bad day".into();
    let within = format!("[data-switch={name}]");
    let wish = json!({ "hash": "#/switches", "button": button, "within": within, "fields": fields });
    let seen = owner.does("deed", wish);
    assert!(seen["refused"].is_null(), "{name}: {seen}");
    seen["changes"].as_str().expect("text").to_owned()
}

fn signed() -> Value {
    json!({ "Reason": "a bad day", "Your password": PASSWORD })
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

    let sure = json!({ "Your password": PASSWORD });
    let changes = switches(&mut owner, "wealth_frozen", "Switch on", sure.clone());
    assert!(changes.contains("off") && changes.contains("on"), "{changes}");
    assert_eq!(pays(&mut ana, of_ben), "wealth_frozen");
    stack.kill_and_wait(Role::Game);
    assert_eq!(ana.comes_by_secret(), Ok(()));
    assert_eq!(ben.comes_by_secret(), Ok(()));
    assert_eq!(pays(&mut ana, of_ben), "wealth_frozen", "it outlives the process");
    for theme in ["light", "dark"] {
        owner.shows("#/switches", "switches", theme);
    }
    switches(&mut owner, "wealth_frozen", "Switch off", sure.clone());
    assert_eq!(pays(&mut ana, of_ben), "");

    let mut freeze = signed();
    freeze["Id of the account"] = of_ben.to_string().into();
    owner.deed("#/switches", "Freeze an account", freeze);
    assert_eq!(pays(&mut ana, of_ben), "wealth_frozen");
    assert_eq!(pays(&mut ben, ana.known.account), "wealth_frozen");
    assert!(owner.reads("#/switches").contains(&of_ben.to_string()));
    owner.deed("#/switches", "Lift", signed());
    assert_eq!(pays(&mut ben, ana.known.account), "");

    switches(&mut owner, "accounts_closed", "Switch on", sure.clone());
    assert_eq!(ana.door().login(kinds::LOGIN_GUEST, &[]).err(), Some("accounts_closed".to_owned()));
    switches(&mut owner, "accounts_closed", "Switch off", sure);

    assert_eq!(says(&mut ana, "hello there"), "");
    switches(&mut owner, "chat_slow", "Switch on", json!({ "Seconds between two lines": "60" }));
    assert_eq!((says(&mut ana, "one"), says(&mut ana, "two")), (String::new(), "chat_slow".to_owned()));
    let line = json!({ "What everybody who plays reads": "we rest at noon", "Reason": "news" });
    owner.deed("#/chat", "Announce", line);
    assert!(ben.raw.wait_for(kinds::ANNOUNCED).is_some());
    owner.reads("#/chat");
    owner.waits_for("hello there", false);

    owner.deed(&format!("#/players/{of_ben}"), "Mute", json!({ "Reason": "shouts" }));
    let told = owner.reads("#/bans");
    assert!(told.contains("0 banned, 1 muted") && told.contains("shouts") && told.contains("anna"), "{told}");
    owner.deed("#/bans", "Unmute", json!({ "Reason": "said sorry" }));

    let wish = json!({
        "hash": "#/mailing",
        "before": { "Subject": "A present", "Gold in each letter": "500", "Things in each letter": "1×1" },
        "first": "Look who gets it",
        "button": "Send to 2",
        "fields": signed(),
    });
    let seen = owner.does("deed", wish);
    assert!(seen["refused"].is_null(), "{seen}");
    assert!(seen["changes"].as_str().is_some_and(|changes| changes.contains("1,000")), "{seen}");
    stack.kill_and_wait(Role::Game);
    owner.reads("#/mailing");
    owner.waits_for("done", false);
    for page in ["chat", "mailing", "bans"] {
        for theme in ["light", "dark"] {
            owner.shows(&format!("#/{page}"), page, theme);
        }
    }
    owner.close();
    drop((ana, ben));
    let database = stack.data().join("game.db");
    stack.stop_and(|| {
        let sql = rusqlite::Connection::open(&database).expect("a database");
        let letters: (i64, i64) = sql
            .query_row("SELECT count(*), sum(gold) FROM mail WHERE from_character = 0", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .expect("letters");
        assert_eq!(letters, (2, 1_000), "each got one");
        drop(sql);
        judge_tables(&database);
    });
}
