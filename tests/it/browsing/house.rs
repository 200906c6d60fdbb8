//! What staff does to the house rather than to players, through the page of a server on which a hundred play: a second
//! member and its gifts, backups, logs, the books, a match with secrets, and a record that the database refuses.

mod second;

use std::path::Path;

use bot::{Options, Scenario};
use proto::{
    client::{CharEnter, Mails, RoomCreate, RoomJoined},
    kinds,
    prescan::Budget,
    wire,
};
use rusqlite::Connection;
use serde_json::json;

use super::{BOTS, joins, makes, with_console};
use crate::support::{
    BOUND,
    bots::{Bots, judge_tables},
    deeds::{self, Tables, are_told, were_done},
    hands::{Hands, because, sure},
    player::Player,
    stack::{Role, Stack},
};

#[test]
fn a_second_member_agrees_and_the_house_is_looked_after_while_a_hundred_bots_play() {
    let stack = Stack::start(&with_console());
    let Some(mut owner) = Hands::owner(&stack) else { return };
    let mut options = Options::new(stack.listen.to_string());
    (options.scenario, options.players, options.reconnect) = (Scenario::Small, BOTS, true);
    let bots = Bots::play_until_enough(options);
    let (mut ana, mut ben) = (Player::guest(stack.listen), Player::guest(stack.listen));
    let character = makes(&mut ana, "Anabel");
    ana.ok(kinds::CHAR_ENTER, &wire::encode(&CharEnter { character }));
    stack.until_all_are_in(BOTS + 2);

    let mut dee = second::comes_in(&mut owner);
    second::decides(&mut owner, &mut dee, &mut ana);
    second::is_put_out(&mut owner, &mut dee);
    backs_up(&mut owner, stack.data());
    logs_more(&mut owner, &stack);
    looks_at_the_books(&mut owner, &mut ana, &ben);
    let secret = looks_at_secrets(&mut owner, &mut ana, &mut ben);
    mends_a_record(&mut owner, &stack, (&mut ana, &mut ben));

    let told = owner.leafs("#/audit");
    are_told(&told, "anna", &second::ON_DEE);
    are_told(&told, "anna", &BY_ANNA);
    are_told(&told, "dee", &second::BY_DEE);
    assert!(owner.saves("#/audit", "Save as CSV").contains("why is it slow"));
    let (_, mut done) = owner.changes();
    done.extend(dee.changes().1);
    were_done(deeds::TO_THE_HOUSE, &done);
    dee.close();
    owner.close();

    let (of_ana, of_ben) = (ana.known.account, ben.known.account);
    drop((ana, ben));
    bots.well();
    let database = stack.data().join("game.db");
    stack.stop_and(|| {
        judge_tables(&database);
        let tables = Tables::of(&database);
        second::is_in_the_tables(&tables, of_ana);
        let notes = tables.rows("SELECT reason FROM staff_log WHERE deed = 'log.level'");
        assert!(notes.len() == 1 && notes[0].contains("why is it slow"), "{notes:?}");
        assert_eq!(tables.rows(&format!("SELECT kind FROM replay WHERE id = {secret}")), ["doudizhu"]);
        let stopped = "SELECT state, sent FROM campaign";
        assert_eq!(tables.rows(stopped), ["3 0"]);
        assert_eq!(tables.rows("SELECT count(*) FROM mail"), ["0"]);
        let ban = format!("SELECT ban_reason FROM restriction WHERE account = {of_ben}");
        assert_eq!(tables.rows(&ban), ["unkind"]);
        let amended = "SELECT reason FROM staff_log WHERE deed = 'amend'";
        assert_eq!(tables.rows(amended), ["that word is refused"]);
    });
}

fn backs_up(owner: &mut Hands, data: &Path) {
    let changes = owner.deed(
        "#/database",
        "Begin a backup",
        because("before the feast", json!({ "Name of the folder": "feast" })),
    );
    assert!(changes.contains("backups/feast"), "{changes}");
    owner.waits_for("whole", false);
    let files = std::fs::read_dir(data.join("backups/feast")).expect("a backup");
    assert_ne!(files.count(), 0);
}

fn logs_more(owner: &mut Hands, stack: &Stack) {
    let before = stack.log.count();
    owner.deed("#/logs", "game: info", because("why is it slow", json!({})));
    owner.waits_for("game: debug for", false);
    stack.log.wait_for(before, &["\"log.level\"", "\"game\"", "anna"]);
    stack.log.wait_for(before, &["\"level\":\"debug\"", "\"process\":\"game\""]);
}

fn looks_at_the_books(owner: &mut Hands, ana: &mut Player, ben: &Player) {
    ana.pays(ben.known.account, 77);
    owner.deed("#/economy", "Check now", because("the evening's look", json!({})));
    owner.waits_for("Everything adds up", false);
    assert!(owner.saves("#/economy", "Save as CSV").lines().count() > 1);
    let trail = format!("#/economy?account={}", ana.known.account);
    let words = owner.reads(&trail);
    assert!(words.contains("77"), "{words}");
    assert!(owner.saves_in("#trail", &trail, "Save as CSV").contains("77"));
    assert!(owner.saves("#/players", "Save as a table").contains(&ben.known.account.to_string()));
}

/// A match whose players have secrets of each other is opened by its own deed, closed, opened again and stepped through.
fn looks_at_secrets(owner: &mut Hands, ana: &mut Player, ben: &mut Player) -> u64 {
    let create = RoomCreate { kind: "doudizhu".to_owned(), ..RoomCreate::default() };
    let opened = ana.ok(kinds::ROOM_CREATE, &wire::encode(&create));
    let room: RoomJoined = wire::decode(&opened, Budget::CLIENT).expect("a room");
    joins(ben, &room.name);
    let of_room = format!("#/rooms/{}", room.room);
    owner.shows_to(&of_room, "Its players have secrets of each other");
    owner.deed(&of_room, "Look at it", because("who peeks", json!({})));
    owner.waits_for("Its players have secrets of each other", true);
    owner.deed(&of_room, "Close the room", sure("somebody looked over a shoulder", json!({})));
    assert!(ben.raw.wait_for(kinds::ROOM_LEFT).is_some());
    let replay = format!("#/replays/{}", room.room);
    assert!(owner.reads("#/replays").contains(&room.room.to_string()));
    owner.deed(&replay, "Look at it", because("who looked", json!({})));
    owner.waits_for("Input 0 of 2", false);
    owner.presses("One forward");
    owner.waits_for("Input 1 of 2", false);
    owner.presses("To the end");
    owner.waits_for("Input 2 of 2", false);
    owner.pictures("replay");
    room.room
}

/// The database refuses a ban, which is replaced while all play on: whoever looks for it does not follow what they write. Meanwhile
/// letters to many stand back, and one is stopped.
fn mends_a_record(owner: &mut Hands, stack: &Stack, (ana, ben): (&mut Player, &mut Player)) {
    let database = Connection::open(stack.data().join("game.db")).expect("a database");
    database.busy_timeout(BOUND).expect("set");
    let rude = "CREATE TRIGGER rude BEFORE INSERT ON restriction WHEN NEW.ban_reason = 'rude' BEGIN \
                SELECT RAISE(ABORT, 'no'); END";
    database.execute_batch(rude).expect("a trigger");
    drop(database);
    owner.deed(&format!("#/players/{}", ben.known.account), "Ban", sure("rude", json!({})));
    assert_eq!(ben.raw.close_name(), "banned");
    stack.until("the record is refused", || {
        stack.figure(Role::Dbfront, "poison_lsn") != 0 && stack.figure(Role::Game, "level") == 1
    });
    owner.shows_to("#/database", "Replace the record");
    owner.pictures("database-refused");

    let letter = json!({
        "hash": "#/mailing",
        "before": { "Subject": "A feast", "Text": "Tonight." },
        "first": "Look who gets it",
        "button": "Send to 1",
        "fields": sure("all are asked", json!({})),
    });
    let seen = owner.does("deed", letter);
    assert!(seen["refused"].is_null(), "{seen}");
    owner.shows_to("#/mailing", "on its way");
    owner.deed("#/mailing", "Stop", because("it rains", json!({})));
    owner.waits_for("stopped", false);
    let letters: Mails = wire::decode(&ana.ok(kinds::MAIL_LIST, &[]), Budget::CLIENT).expect("letters");
    assert_eq!(letters.letters.len(), 0, "nobody got it");

    let again =
        json!({ "hash": "#/database", "button": "Try it again", "fields": because("perhaps", json!({})) });
    let seen = owner.does("deed", again);
    assert!(seen["refused"].as_str().is_some_and(|words| words.contains("refuses it still")), "{seen}");
    let before = stack.log.count();
    let mended = json!({
        "hash": "#/database", "button": "Replace the record", "edits": { "The record": ["\"rude\"", "\"unkind\""] },
        "fields": sure("that word is refused", json!({})),
    });
    let seen = owner.does("deed", mended);
    assert!(seen["refused"].is_null(), "{seen}");
    assert!(seen["changes"].as_str().is_some_and(|changes| changes.contains("unkind")), "{seen}");
    stack.log.wait_for(before, &["\"child.back\"", "\"game\""]);
    stack.until("all is applied", || stack.figure(Role::Dbfront, "poison_lsn") == 0);
}

/// Deeds as the audit page names them, and why.
const BY_ANNA: [(&str, &str); 9] = [
    ("backup begun", "before the feast"),
    ("log level", "why is it slow"),
    ("check of all gold begun", "the evening's look"),
    ("secret room opened", "who peeks"),
    ("secret match opened", "who looked"),
    ("sent mail to many", "all are asked"),
    ("stopped mail to many", "it rains"),
    ("refused record tried again", "perhaps"),
    ("refused record replaced", "that word is refused"),
];
