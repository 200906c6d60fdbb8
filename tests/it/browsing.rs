//! The console in a browser, over a world that is played: every page in both themes, deeds done through their dialogs and
//! felt by players, a game that dies, and a hundred names and texts that would like to be more than text.

use std::time::Duration;

use bot::{Options, Scenario};
use proto::{
    client::{ChatSay, Pay, RoomJoin, RoomJoined},
    kinds,
    prescan::Budget,
    wire,
};
use serde_json::json;

use crate::support::{
    bots::{Bots, judge_tables},
    hands::{Hands, PASSWORD},
    player::Player,
    raw::Raw,
    stack::{Role, Stack},
};

/// Its pages that need nothing to be there.
const PAGES: [&str; 18] = [
    "overview", "gateway", "players", "gifts", "map", "rooms", "replays", "economy", "database", "chat",
    "mailing", "bans", "switches", "logs", "config", "audit", "staff", "security",
];

fn with_console() -> Vec<&'static str> {
    // Some who play here say nothing for long.
    let quiet = ["gateway.ping_idle_ms=600000", "gateway.silence_ms=3600000"];
    let cheap = ["game.argon2_memory_kib=1024", "game.argon2_passes=1"];
    ["console.listen=127.0.0.1:0"]
        .into_iter()
        .chain(quiet)
        .chain(cheap)
        .flat_map(|setting| ["--set", setting])
        .collect()
}

fn joins(player: &mut Player, room: &str) -> RoomJoined {
    let join = RoomJoin { room: room.to_owned(), ..RoomJoin::default() };
    let joined = player.ok(kinds::ROOM_JOIN, &wire::encode(&join));
    wire::decode(&joined, Budget::CLIENT).expect("a room")
}

#[test]
fn a_hundred_bots_play_while_staff_looks_at_every_page_and_does_every_deed_through_it() {
    let stack = Stack::start(&with_console());
    let Some(mut owner) = Hands::owner(&stack) else { return };
    let mut options = Options::new(stack.listen.to_string());
    (options.scenario, options.players) = (Scenario::World, BOTS);
    (options.duration, options.reconnect) = (PLAY, true);
    let bots = Bots::play(options);
    let (mut ana, mut ben) = (Player::guest(stack.listen), Player::guest(stack.listen));
    stack.until_all_are_in(BOTS + 2);
    let of_ana = format!("#/players/{}", ana.known.account);

    for theme in ["light", "dark"] {
        for page in PAGES {
            owner.shows(&format!("#/{page}"), page, theme);
        }
        for part in ["account", "wallet", "characters", "mail", "restrictions", "log", "more"] {
            owner.shows(&format!("{of_ana}/{part}"), &format!("player-{part}"), theme);
        }
    }

    let signed = json!({ "Gold to give": "500", "Reason": "because", "Your password": PASSWORD });
    let changes = owner.deed(&format!("{of_ana}/wallet"), "Give gold", signed);
    assert!(changes.contains("1,000") && changes.contains("1,500"), "{changes}");
    assert_eq!(ana.gold(), 1_500);
    assert!(owner.reads(&format!("{of_ana}/wallet")).contains("1,500"));

    owner.deed(&of_ana, "Mute", json!({ "Reason": "shouts" }));
    assert!(owner.reads(&of_ana).contains("muted"));
    assert!(owner.reads(&format!("{of_ana}/log")).contains("shouts"));
    owner.deed(&of_ana, "Unmute", json!({ "Reason": "said sorry" }));

    let room = joins(&mut ana, "echo");
    let of_room = format!("#/rooms/{}", room.room);
    assert!(owner.reads("#/rooms").contains(&room.name));
    owner.deed(
        &of_room,
        "Say to the room",
        json!({ "Reason": "news", "Signal": "announce", "Body (may be empty)": "hello" }),
    );
    assert!(ana.raw.wait_for(game::rooms::echo::ECHO_HEARD).is_some());
    owner.deed(&of_room, "Close the room", json!({ "Reason": "over", "Your password": PASSWORD }));
    assert!(ana.raw.wait_for(kinds::ROOM_LEFT).is_some());

    owner.deed(&of_ana, "Kick", json!({ "Reason": "away" }));
    assert_eq!(ana.raw.close_name(), "kicked");
    let of_ben = format!("#/players/{}", ben.known.account);
    owner.deed(&of_ben, "Ban", json!({ "Reason": "sells gold", "Your password": PASSWORD }));
    assert_eq!(ben.raw.close_name(), "banned");
    assert_eq!(ben.comes_by_secret(), Err("banned".to_owned()));
    owner.deed(&of_ben, "Unban", json!({ "Reason": "a mistake", "Your password": PASSWORD }));
    assert_eq!(ben.comes_by_secret(), Ok(()));

    let staff = json!({
        "Name": "dee", "First password": "a long first one", "Reason": "helps out", "Your password": PASSWORD,
        "choose": { "Role": "support" },
    });
    owner.deed("#/staff", "Add staff", staff);
    assert!(owner.reads("#/staff").contains("dee"));
    let told = owner.reads("#/audit");
    for deed in ["gold given", "unmute", "signal to room", "room closed", "kick", "unban", "staff added"] {
        // The filter above the lines offers each by its name, too.
        assert!(1 < told.matches(deed).count(), "{deed}: {told}");
    }

    owner.reads("#/overview");
    stack.kill_and_wait(Role::Game);
    owner.waits_for("was started again a moment ago", false);
    owner.waits_for("was started again a moment ago", true);
    assert!(
        owner.reads(&format!("{of_ana}/wallet")).contains("1,500"),
        "it is asked of the game that came after"
    );
    owner.close();

    drop((ana, ben));
    bots.well();
    let database = stack.data().join("game.db");
    stack.stop_and(|| judge_tables(&database));
}

/// What a command was answered: nothing where it was OK.
fn refused(player: &mut Player, kind: u32, body: &[u8]) -> String {
    player.sends(kind, body);
    player.is_answered().expect("it plays").error
}

fn pay(to: u64) -> Vec<u8> {
    wire::encode(&Pay { to, amount: 1 })
}

fn say(text: &str) -> Vec<u8> {
    wire::encode(&ChatSay { text: text.to_owned() })
}

#[test]
fn a_frozen_account_neither_gives_nor_takes_a_closed_door_lets_nobody_new_in_and_chat_is_shown_as_text() {
    let stack = Stack::start(&with_console());
    let Some(mut owner) = Hands::owner(&stack) else { return };
    let (mut ana, mut ben) = (Player::guest(stack.listen), Player::guest(stack.listen));
    let (to_ana, to_ben) = (ana.known.account, ben.known.account);
    let switch = |name: &str| format!("[data-switch=\"{name}\"]");
    let sure = |reason: &str| json!({ "Reason": reason, "Your password": PASSWORD });

    let frozen = json!({
        "Id of the account": to_ana.to_string(), "Reason": "who did it", "Your password": PASSWORD,
    });
    owner.deed("#/switches", "Freeze an account", frozen);
    assert_eq!(refused(&mut ana, kinds::PAY, &pay(to_ben)), "wealth_frozen");
    assert_eq!(refused(&mut ben, kinds::PAY, &pay(to_ana)), "wealth_frozen");
    owner.deed_in("tbody", "#/switches", "Lift", sure("it was not"));
    assert_eq!(refused(&mut ana, kinds::PAY, &pay(to_ben)), "");

    owner.deed_in(&switch("accounts_closed"), "#/switches", "Switch on", sure("bots"));
    let mut stranger = Raw::connect(stack.listen);
    stranger.hello();
    assert_eq!(stranger.login(kinds::LOGIN_GUEST, &[]).map(drop), Err("accounts_closed".to_owned()));
    owner.deed_in(&switch("accounts_closed"), "#/switches", "Switch off", sure("gone"));
    drop(Player::guest(stack.listen));

    for nth in 0..SHAPES.len() {
        // A text that is refused is none that could be shown.
        refused(&mut ana, kinds::CHAT_SAY, &say(&hostile(nth)));
    }
    let words = owner.reads("#/chat");
    // A chat line does not make a link of what looks like one.
    assert!(words.contains("<img src=x onerror=") && words.contains("{{constructor"), "{words}");

    owner.close();
    drop((ana, ben));
    let database = stack.data().join("game.db");
    stack.stop_and(|| judge_tables(&database));
}

/// Of these N is a number.
const SHAPES: [&str; 10] = [
    "<img src=x onerror=\"window.hacked=N\">",
    "<script>window.hacked=N</script>",
    "\"><svg/onload=window.hacked=N>",
    "javascript:window.hacked=N",
    "{{constructor.constructor('window.hacked=N')()}}",
    "\u{202e}evil\u{202c} name N",
    "' OR 1=1 -- N",
    "=HYPERLINK(\"x\",\"N\")",
    "</td></table><iframe srcdoc=x N>",
    "%3Cb%3E&lt;b&gt;\u{0}\u{7f}N",
];

/// Texts that are more than text where somebody forgets what they are.
fn hostile(nth: usize) -> String {
    SHAPES[nth % SHAPES.len()].replace('N', &nth.to_string()).replace('\0', " ")
}

#[test]
fn a_hundred_names_that_would_like_to_be_more_are_shown_as_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let stack = Stack::start_in(&data, &with_console());
    let accounts: Vec<u64> = (0..HOSTILE).map(|_| Player::guest(stack.listen).known.account).collect();
    assert!(stack.stop().status.success());
    // No rule for names lets these in by the door: so they stand in the tables, as if a rule had been forgotten.
    let sql = rusqlite::Connection::open(data.join("game.db")).expect("a database");
    for (nth, account) in accounts.iter().enumerate() {
        let named = sql.execute(
            "UPDATE account SET name = ?1 WHERE id = ?2",
            (hostile(nth), i64::try_from(*account).expect("an id")),
        );
        assert_eq!(named, Ok(1));
    }
    drop(sql);
    let stack = Stack::start_in(&data, &with_console());
    let Some(mut owner) = Hands::owner(&stack) else { return };
    let list = owner.leafs("#/players");
    for (nth, account) in accounts.iter().enumerate() {
        let shown = hostile(nth).replace('\u{202e}', "\\u{202e}").replace('\u{202c}', "\\u{202c}");
        assert!(list.contains(&shown.replace('\u{7f}', "\\u{7f}")), "{shown} is not in {list}");
        // Each shape on a page of its own, too.
        if nth < SHAPES.len() {
            owner.reads(&format!("#/players/{account}"));
        }
    }
    owner.close();
    stack.stop();
}

const HOSTILE: usize = 100;
const BOTS: u32 = 100;
/// Longer than what staff does meanwhile.
const PLAY: Duration = Duration::from_secs(90);
