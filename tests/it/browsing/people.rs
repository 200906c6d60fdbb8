//! Everything that staff may do to a player, once each through its dialog: felt by the player, told by the page, and in the
//! tables.

use std::path::Path;

use proto::{
    client::{Bag, Letter, MailTake, Mails, StaffSaid},
    kinds,
    prescan::Budget,
    wire,
};
use serde_json::json;

use super::{refused, say};
use crate::support::{
    deeds::{Tables, are_told},
    hands::{Hands, because, sure},
    player::Player,
};

/// Of Ana, who plays with a character; she is richer by [`RICHER`] after it, and hungry no more.
pub(super) fn all_deeds_on(owner: &mut Hands, ana: &mut Player) {
    let of_ana = format!("#/players/{}", ana.known.account);
    let changes = owner.deed(&of_ana, "Give gold", sure("because", json!({ "Gold to give": "500" })));
    assert!(changes.contains("1,000") && changes.contains("1,500"), "{changes}");
    assert_eq!(ana.gold(), 1_500);
    let taken = sure("not hers", json!({ "Gold to take": "200" }));
    let changes = owner.deed(&of_ana, "Take gold", taken);
    assert!(changes.contains("1,500") && changes.contains("1,300"), "{changes}");
    assert_eq!(ana.gold(), 1_300);
    assert!(owner.reads(&format!("{of_ana}/wallet")).contains("1,300"));

    let bread = json!({ "How many": "3", "choose": { "Kind of item": BREAD.to_string() } });
    let changes = owner.deed(&of_ana, "Give items", sure("was hungry", bread));
    assert!(changes.contains("Bread"), "{changes}");
    assert!(ana.raw.wait_for(kinds::BAG_CHANGED).is_some());
    let (item, has) = bread_of(ana);
    assert_eq!(has, 3);
    let taken = json!({ "How many": "1", "choose": { "Item": item.to_string() } });
    owner.deed(&of_ana, "Take items", sure("had enough", taken));
    assert!(ana.raw.wait_for(kinds::BAG_CHANGED).is_some());
    assert_eq!(bread_of(ana), (item, 2));

    let letter = json!({
        "Subject": "From the house", "Text": "We are sorry.", "Gold in it": "70",
        "choose": { "Item in it": BREAD.to_string() },
    });
    owner.deed(&of_ana, "Write a letter", sure("lost a day", letter));
    assert!(ana.raw.wait_for(kinds::MAIL_CAME).is_some());
    let got = letters_of(ana).remove(0);
    assert_eq!((got.from, got.subject.as_str(), got.gold), (0, "From the house", 70));
    assert_eq!(got.items.iter().map(|item| (item.kind, item.quantity)).collect::<Vec<_>>(), [(BREAD, 1)]);
    ana.ok(kinds::MAIL_TAKE, &wire::encode(&MailTake { mail: got.id }));
    assert_eq!(ana.gold(), 1_000 + RICHER);

    let words = json!({ "What to say": "the rules are at the gate" });
    owner.deed(&of_ana, "Message", because("asked for them", words));
    assert_eq!(is_told(ana), ("message".to_owned(), "the rules are at the gate".to_owned()));
    let there = json!({ "x, meters": "240", "y, meters": "240", "choose": { "Where to": "there" } });
    owner.deed(&of_ana, "Move", because("stuck in a wall", there));
    assert_eq!(is_told(ana).0, "moved");
    owner.deed(&of_ana, "Rename", sure("no name for a town", json!({ "New name": "Betina" })));
    assert_eq!(is_told(ana), ("renamed".to_owned(), "Betina".to_owned()));
    assert!(owner.reads(&format!("{of_ana}/characters")).contains("Betina"));

    let noted = json!({ "Note": "a friend of the house" });
    owner.deed(&of_ana, "Note", because("for whoever is next", noted));
    let notes = format!("{of_ana}/notes");
    assert!(owner.reads(&notes).contains("a friend of the house"));
    owner.deed(&notes, "Take away", because("is none", json!({})));
    assert!(!owner.reads(&notes).contains("a friend of the house"));

    owner.deed(&of_ana, "Mute", because("shouts", json!({})));
    assert!(owner.reads(&of_ana).contains("muted"));
    assert_eq!(refused(ana, kinds::CHAT_SAY, &say("hear me")), "muted");
    owner.deed(&of_ana, "Unmute", because("said sorry", json!({})));
    assert_eq!(refused(ana, kinds::CHAT_SAY, &say("hear me")), "");

    let log = owner.reads(&format!("{of_ana}/log"));
    let history = format!("{of_ana}/history");
    let (history, saved) = (owner.reads(&history), owner.saves(&history, "Save as a table"));
    assert!(history.contains("the world → Betina"), "who had it, by name: {history}");
    for (_, reason) in ON_ANA {
        assert!(log.contains(reason), "{reason}: {log}");
        assert!(history.contains(reason) && saved.contains(reason), "{reason}: {history}\n{saved}");
    }
}

/// She is out and may come back; Ben is out and may not, until he may.
pub(super) fn put_out(owner: &mut Hands, ana: &mut Player, ben: &mut Player) {
    owner.deed(&format!("#/players/{}", ana.known.account), "Kick", because("away", json!({})));
    assert_eq!(ana.raw.close_name(), "kicked");
    let of_ben = format!("#/players/{}", ben.known.account);
    owner.deed(&of_ben, "Ban", sure("sells gold", json!({})));
    assert_eq!(ben.raw.close_name(), "banned");
    assert_eq!(ben.comes_by_secret(), Err("banned".to_owned()));
    owner.deed(&of_ben, "Unban", sure("a mistake", json!({})));
    assert_eq!(ben.comes_by_secret(), Ok(()));
}

/// What the audit page says of it all.
pub(super) fn is_in_the_audit_log(page: &str) {
    are_told(page, "anna", &ON_ANA);
    are_told(page, "anna", &ON_OTHERS);
}

/// What is left of it when all has ended.
pub(super) fn is_in_the_tables(database: &Path, ana: u64, ben: u64) {
    let tables = Tables::of(database);
    let deeds = [
        "grant: because",
        "take_gold: not hers",
        "give_item: was hungry",
        "take_item: had enough",
        "mail: lost a day",
        "message: asked for them",
        "move: stuck in a wall",
        "rename: no name for a town",
        "note: for whoever is next",
        "unnote: is none",
        "mute: shouts",
        "unmute: said sorry",
        "kick: away",
    ];
    assert_eq!(tables.deeds_on(ana), deeds);
    assert_eq!(tables.deeds_on(ben), ["ban: sells gold", "unban: a mistake"]);
    let one = |query: String| tables.rows(&query).join("; ");
    assert_eq!(one(format!("SELECT gold FROM wallet WHERE account = {ana}")), (1_000 + RICHER).to_string());
    let character = one(format!("SELECT name, map, x_mm, y_mm FROM character WHERE account = {ana}"));
    assert_eq!(character, "Betina 1 240000 240000");
    let holder = format!("(SELECT id FROM character WHERE account = {ana})");
    let bread =
        format!("SELECT sum(quantity) FROM item WHERE kind = {BREAD} AND place = 1 AND holder = {holder}");
    assert_eq!(one(bread), "3", "two of three, and one of the letter");
    let letters = format!("SELECT from_character, subject, gold FROM mail WHERE to_character = {holder}");
    assert_eq!(one(letters), "0 From the house 0", "its gold was taken");
    assert_eq!(one(format!("SELECT text FROM staff_note WHERE account = {ana}")), "");
    let held =
        "SELECT account FROM restriction WHERE banned_until_ms IS NOT NULL OR muted_until_ms IS NOT NULL";
    assert_eq!(one(held.to_owned()), "");
    let rooms = tables.rows("SELECT reason FROM staff_log WHERE deed LIKE 'room_%' ORDER BY lsn, n");
    assert_eq!(rooms, ["news", "over"]);
}

fn bread_of(ana: &mut Player) -> (u64, u32) {
    let bag: Bag = wire::decode(&ana.ok(kinds::BAG_READ, &[]), Budget::CLIENT).expect("a bag");
    let bread = bag.items.iter().find(|item| item.kind == BREAD).expect("bread");
    (bread.id, bread.quantity)
}

fn letters_of(ana: &mut Player) -> Vec<Letter> {
    wire::decode::<Mails>(&ana.ok(kinds::MAIL_LIST, &[]), Budget::CLIENT).expect("letters").letters
}

fn is_told(ana: &mut Player) -> (String, String) {
    let (_, body) = ana.raw.wait_for(kinds::STAFF_SAID).expect("it plays");
    let StaffSaid { name, text, .. } = wire::decode(&body, Budget::CLIENT).expect("words");
    (name, text)
}

/// Deeds on Ana as the page names them, and why.
const ON_ANA: [(&str, &str); 12] = [
    ("gold given", "because"),
    ("gold taken", "not hers"),
    ("items given", "was hungry"),
    ("items taken", "had enough"),
    ("letter", "lost a day"),
    ("message", "asked for them"),
    ("moved", "stuck in a wall"),
    ("renamed", "no name for a town"),
    ("note", "for whoever is next"),
    ("took a note away", "is none"),
    ("mute", "shouts"),
    ("unmute", "said sorry"),
];
/// And on others.
const ON_OTHERS: [(&str, &str); 5] = [
    ("kick", "away"),
    ("ban", "sells gold"),
    ("unban", "a mistake"),
    ("signal to room", "news"),
    ("room closed", "over"),
];
/// All in all.
const RICHER: i64 = 370;
/// A number of `items.toml`.
const BREAD: u32 = 40;
