//! The console in a browser, over a world that is played: every page in both themes, deeds done through their dialogs and
//! felt by players, a game that dies, and a hundred names and texts that would like to be more than text.

mod house;
mod people;
mod strangers;

use bot::{Options, Scenario};
use proto::{
    client::{CharCreate, CharEnter, Character, ChatSay, RoomJoin, RoomJoined},
    kinds,
    prescan::Budget,
    wire,
};
use serde_json::json;

use crate::support::{
    bots::{Bots, judge_tables},
    deeds,
    hands::{Hands, because, sure},
    player::Player,
    stack::{Role, Stack},
};

/// Its pages that need nothing to be there.
const PAGES: [&str; 18] = [
    "overview", "gateway", "players", "gifts", "map", "rooms", "replays", "economy", "database", "chat",
    "mailing", "bans", "switches", "logs", "config", "audit", "staff", "security",
];

/// Of the page of a player.
const PARTS: [&str; 10] =
    ["account", "live", "wallet", "characters", "mail", "restrictions", "notes", "history", "log", "more"];

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

/// A character of this name; its id.
fn makes(player: &mut Player, name: &str) -> u64 {
    let made = player.ok(kinds::CHAR_CREATE, &wire::encode(&CharCreate { name: name.to_owned() }));
    wire::decode::<Character>(&made, Budget::CLIENT).expect("a character").id
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
    options.reconnect = true;
    let bots = Bots::play_until_enough(options);
    let (mut ana, mut ben) = (Player::guest(stack.listen), Player::guest(stack.listen));
    let character = makes(&mut ana, "Anabel");
    ana.ok(kinds::CHAR_ENTER, &wire::encode(&CharEnter { character }));
    stack.until_all_are_in(BOTS + 2);
    let of_ana = format!("#/players/{}", ana.known.account);

    for theme in ["light", "dark"] {
        for page in PAGES {
            owner.shows(&format!("#/{page}"), page, theme);
        }
        for part in PARTS {
            owner.shows(&format!("{of_ana}/{part}"), &format!("player-{part}"), theme);
        }
    }

    people::all_deeds_on(&mut owner, &mut ana);
    strangers::get_nowhere(&mut owner, &mut ana);

    let room = joins(&mut ana, "echo");
    let of_room = format!("#/rooms/{}", room.room);
    assert!(owner.reads("#/rooms").contains(&room.name));
    for theme in ["light", "dark"] {
        owner.shows(&of_room, "room", theme);
    }
    owner.deed(
        &of_room,
        "Say to the room",
        because("news", json!({ "Signal": "announce", "Body (may be empty)": "hello" })),
    );
    assert!(ana.raw.wait_for(game::rooms::echo::ECHO_HEARD).is_some());
    owner.deed(&of_room, "Close the room", sure("over", json!({})));
    assert!(ana.raw.wait_for(kinds::ROOM_LEFT).is_some());

    people::put_out(&mut owner, &mut ana, &mut ben);
    people::is_in_the_audit_log(&owner.leafs("#/audit"));
    let (all, done) = owner.changes();
    deeds::were_done(deeds::TO_PEOPLE, &done);
    deeds::are_all_in_a_list(&all);

    owner.reads("#/overview");
    stack.kill_and_wait(Role::Game);
    owner.waits_for("was started again a moment ago", false);
    owner.waits_for("was started again a moment ago", true);
    assert!(
        owner.reads(&format!("{of_ana}/wallet")).contains("1,370"),
        "it is asked of the game that came after"
    );
    owner.close();

    let (of_ana, of_ben) = (ana.known.account, ben.known.account);
    drop((ana, ben));
    bots.well();
    let database = stack.data().join("game.db");
    stack.stop_and(|| {
        judge_tables(&database);
        people::is_in_the_tables(&database, of_ana, of_ben);
    });
}

#[test]
fn a_route_that_no_browser_uses_is_named_and_so_is_one_that_a_browser_left_out() {
    let all = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
    let changing = all(&["/api/logout", "/api/players/{id}/bless", "/api/rooms/{id}/say"]);
    assert_eq!(deeds::not_in_a_list(&changing), ["/api/players/{id}/bless"]);
    let done = all(&["/api/rooms/7/say", "/api/rooms/7", "/api/players/7/kick"]);
    let routes = ["/api/rooms/{id}/say", "/api/rooms/{id}/close", "/api/players/{id}/kick"];
    assert_eq!(deeds::left_of(&routes, &done), ["/api/rooms/{id}/close"]);
}

/// What a command was answered: nothing where it was OK.
fn refused(player: &mut Player, kind: u32, body: &[u8]) -> String {
    player.sends(kind, body);
    player.is_answered().expect("it plays").error
}

fn say(text: &str) -> Vec<u8> {
    wire::encode(&ChatSay { text: text.to_owned() })
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
fn a_hundred_names_and_lines_of_chat_that_would_like_to_be_more_are_shown_as_text() {
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
    let stack = Stack::start_in(&data, &[&with_console()[..], &QUICK].concat());
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
    let mut ana = Player::guest(stack.listen);
    for nth in 0..HOSTILE {
        assert_eq!(refused(&mut ana, kinds::CHAT_SAY, &say(&hostile(nth))), "");
    }
    let words = owner.reads("#/chat");
    // Game takes out what is no text, and puts spaces into what would be a link somewhere.
    let bare = |text: &str| -> String {
        text.chars()
            .filter(|c| !c.is_whitespace() && !c.is_control() && !"\u{202e}\u{202c}".contains(*c))
            .collect()
    };
    let shown = bare(&words);
    for nth in 0..HOSTILE {
        assert!(shown.contains(&bare(&hostile(nth))), "{} is not in {words}", hostile(nth));
    }
    owner.close();
    stack.stop();
}

const HOSTILE: usize = 100;
/// As fast as somebody says so many.
const QUICK: [&str; 4] = ["--set", "game.chat_per_s=1000", "--set", "game.commands_burst=10000"];
const BOTS: u32 = 100;
