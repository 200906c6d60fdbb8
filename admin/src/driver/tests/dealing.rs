//! What staff says to a player, takes, puts, calls and notes; how it is found and watched; and tables of it without a formula
//! (reliability V44).

use proto::{
    link::{
        Row, StaffPlayerAnswer, StaffRequest, StaffResponse, StaffSaid, StaffSession, staff_player,
        staff_request::What,
    },
    tables::{
        AccountRow, Bits, CharacterNameRow, CharacterRow, GoodsLogRow, LedgerRow, Row as _, StaffChangeRow,
        StaffLogRow, Table,
    },
};
use serde_json::{Value, json};

use super::{
    browser::Browser,
    fake::Fake,
    site::{PASSWORD, Site},
};
use crate::logic::{
    audit::personal::{self, A_MESSAGE, A_NAME, A_NOTE},
    role::Role,
};

const EVIL: &str = "=HYPERLINK(\"http://evil\")";

fn account() -> Vec<proto::link::Value> {
    AccountRow {
        id: 7,
        name: Some(EVIL.to_owned()),
        secret_hash: None,
        password: None,
        session_gen: 1,
        cseq_last: 0,
        cseq_ok: Bits(0),
        created_ms: 5,
    }
    .values()
}

fn ledger(lsn: u64, from_account: u64) -> LedgerRow {
    LedgerRow { lsn, n: 0, from_account, to_account: 7, amount: 10, reason: 1, cseq: 0, wall_ms: 5 }
}

fn goods(lsn: u64, from_holder: u64) -> GoodsLogRow {
    GoodsLogRow {
        lsn,
        n: 0,
        item: 3,
        kind: 40,
        quantity: 2,
        from_holder,
        to_holder: 9,
        reason: 10,
        account: 0,
        cseq: 0,
        wall_ms: 7,
    }
}

fn stored(table: Table) -> Vec<Vec<proto::link::Value>> {
    match table {
        Table::Account => vec![account()],
        Table::CharacterName => {
            vec![CharacterNameRow { name_key: "ida".to_owned(), account: 7, character: 9 }.values()]
        }
        Table::Character => vec![
            CharacterRow {
                account: 7,
                id: 9,
                name: "Ida".to_owned(),
                level: 1,
                xp: 0,
                hp: 1,
                map: 1,
                x_mm: 0,
                y_mm: 0,
                created_ms: 5,
                deleted_ms: None,
                dead: false,
            }
            .values(),
        ],
        Table::Ledger => vec![ledger(12, 0).values()],
        Table::GoodsLog => vec![goods(14, 0).values()],
        Table::StaffLog => vec![
            StaffLogRow {
                lsn: 14,
                n: 1,
                staff: "anna".to_owned(),
                deed: "give_item".to_owned(),
                account: 7,
                until_ms: None,
                reason: EVIL.to_owned(),
                wall_ms: 7,
            }
            .values(),
        ],
        Table::StaffChange => vec![
            StaffChangeRow {
                lsn: 14,
                n: 1,
                account: 7,
                was: "Bread: 0".to_owned(),
                became: "Bread: 2".to_owned(),
            }
            .values(),
        ],
        _ => Vec::new(),
    }
}

fn game(request: &StaffRequest) -> StaffResponse {
    let no = StaffResponse { error: "no_such_account".to_owned(), ..StaffResponse::default() };
    match request.what.as_ref().expect("something") {
        What::Find(_) => no,
        What::Rows(wish) => {
            let table = Table::from_code(wish.table).expect("a table");
            let rows = stored(table).into_iter().map(|row| Row { ver: 1, row }).collect();
            StaffResponse { rows, done: true, ..StaffResponse::default() }
        }
        What::Player(player) => {
            let session = StaffSession {
                account: 7,
                name: EVIL.to_owned(),
                address: [[0; 10].as_slice(), &[255, 255, 192, 0, 2, 7]].concat().into(),
                since_ms: 5,
                client: "demo 1.2".to_owned(),
                on_map: true,
                map: 1,
                x_mm: 1_000,
                ..StaffSession::default()
            };
            let said =
                StaffSaid { text: EVIL.to_owned(), r#where: "world".to_owned(), ..StaffSaid::default() };
            let mut answer = StaffPlayerAnswer::default();
            match player.what.as_ref().expect("something") {
                staff_player::What::Watch(_) => (answer.sessions, answer.said) = (vec![session], vec![said]),
                staff_player::What::Sessions(wish) => {
                    let fits = session.address.starts_with(&wish.block);
                    answer.sessions = if fits { vec![session] } else { Vec::new() };
                }
                staff_player::What::Playing(wish) => answer.playing = wish.accounts.clone(),
                _ => (answer.was, answer.became) = ("old".to_owned(), "new".to_owned()),
            }
            StaffResponse { did_lsn: 9, done: true, player: Some(answer), ..StaffResponse::default() }
        }
        _ => StaffResponse { done: true, ..StaffResponse::default() },
    }
}

#[test]
fn each_deed_is_one_request_with_its_reason_and_a_line_with_what_was_there_before_and_after() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let deeds = [
        ("message", json!({ "text": "be kind" })),
        ("take", json!({ "amount": 5, "key": "k", "password": PASSWORD })),
        ("remove", json!({ "character": "9", "item": "3", "quantity": 1, "password": PASSWORD })),
        ("move", json!({ "character": "9", "to": { "x_mm": 1_000, "y_mm": 2_000 } })),
        ("move", json!({ "character": "9" })),
        ("rename", json!({ "name": "Bela", "password": PASSWORD })),
        ("rename", json!({ "character": "9", "name": "Ines", "password": PASSWORD })),
        ("note", json!({ "text": "asked twice" })),
        ("unnote", json!({ "note": "3" })),
    ];
    let hidden = |deed: &str, text: &str| match deed {
        "rename" => personal::kept(A_NAME, text),
        "note" | "unnote" => personal::kept(A_NOTE, text),
        "message" => personal::kept(A_MESSAGE, text),
        _ => text.into(),
    };
    for (deed, body) in &deeds {
        let mut body = body.clone();
        let path = format!("/api/players/7/{deed}");
        assert_eq!(owner.post(&path, &body).refusal().1, "bad_request", "{deed} without a reason");
        body["reason"] = json!("because");
        let did = owner.post(&path, &body).ok();
        assert_eq!(
            (&did["record"], &did["before"], &did["after"]),
            (&json!("9"), &json!("old"), &json!("new"))
        );
        let line = owner.get("/api/audit").ok()["deeds"][0].clone();
        let told = [&line["target"], &line["reason"], &line["before"]["was"], &line["after"]["is"]];
        let wanted = [json!("player 7"), json!("because"), hidden(deed, "old"), hidden(deed, "new")];
        assert_eq!(told, wanted.each_ref(), "{deed}");
        let ids = [&line["after"]["character"], &line["after"]["note"]];
        let is_id_kept = match *deed {
            "unnote" => ids[1] == "3",
            "rename" => ids[0] == &body["character"],
            _ => true,
        };
        assert!(is_id_kept, "{line}");
    }
    let asked = game.changes();
    assert_eq!(asked.len(), deeds.len());
    assert!(asked.iter().all(|one| one.by == "anna" && one.reason == "because"));
}

#[test]
fn words_about_a_person_or_to_one_are_not_in_the_audit_log_whether_it_was_done_or_refused() {
    const WORDS: &str = "Xanthippe";
    fn knows(request: &StaffRequest) -> StaffResponse {
        match request.what {
            Some(What::Find(_)) => StaffResponse { account: 7, ..StaffResponse::default() },
            _ => game(request),
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let deeds = [
        ("players/7/message", json!({ "text": WORDS })),
        ("players/7/rename", json!({ "name": WORDS })),
        ("players/7/note", json!({ "text": WORDS })),
        ("players/7/mail", json!({ "character": "9", "subject": WORDS, "text": WORDS })),
        ("players/7/mail", json!({ "character": "9", "subject": WORDS, "text": WORDS, "gold": 2_000_000 })),
        ("mailing/send", json!({ "key": "k", "whom": { "list": "7" }, "subject": WORDS, "text": WORDS })),
        (
            "mailing/send",
            json!({ "key": "l", "whom": { "list": "7, Xanthippe" }, "subject": WORDS, "text": "" }),
        ),
    ];
    let send = |owner: &mut Browser| {
        for (path, body) in &deeds {
            let mut body = body.clone();
            (body["reason"], body["password"]) = (json!("because"), json!(PASSWORD));
            owner.post(&format!("/api/{path}"), &body);
        }
    };
    send(&mut owner);
    let game = Fake::start(folder.path(), "game", 1, knows);
    send(&mut owner);
    assert!(!game.changes().is_empty());
    let log = std::fs::read_to_string(folder.path().join("console/audit.log")).expect("a log");
    for deed in ["player.message", "player.rename", "player.note", "player.mail", "mailing.send"] {
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(&format!("\"{deed}\""))).collect();
        assert!(lines.iter().any(|line| line.contains("\"outcome\":\"ok\"")), "{deed}: {lines:#?}");
        assert!(lines.iter().any(|line| line.contains("\"outcome\":\"game_away\"")), "{deed}: {lines:#?}");
        assert!(
            lines.iter().all(|line| line.contains("\"kept\"") || line.contains("mailing.send")),
            "{lines:#?}"
        );
    }
    assert!(!log.contains(WORDS), "{log}");
}

#[test]
fn players_are_found_by_their_characters_and_by_where_they_play_but_not_by_everybody() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let viewer = site.one_of(&mut owner, Role::Viewer);
    let found = |query: &str| owner.get(&format!("/api/players?query={query}")).ok()["players"].clone();
    assert_eq!(found("Id")[0]["character"], "ida");
    assert_eq!(found("Id")[0]["online"], true);
    for query in ["192.0.2.7", "192.0.2.", "192.0.0.0/16"] {
        assert_eq!(
            (&found(query)[0]["id"], &found(query)[0]["address"]),
            (&json!("7"), &json!("192.0.2.7")),
            "{query}"
        );
        let refused = viewer.get(&format!("/api/players?query={query}")).refusal();
        assert_eq!(refused, (403, "forbidden".to_owned()), "where somebody is is not for everybody");
    }
    assert_eq!(found("10."), json!([]));
    assert_eq!(owner.get("/api/players?sort=gold").refusal().0, 400, "there is no index for it");
    let live = owner.get("/api/players/7/live").ok();
    assert_eq!(
        (&live["sessions"][0]["client"], &live["said"][0]["text"]),
        (&json!("demo 1.2"), &json!(EVIL))
    );
    assert_eq!(live["sessions"][0]["place"], json!({ "map": 1, "x_mm": 1_000, "y_mm": 0 }));
}

#[test]
fn the_history_has_every_change_with_its_record_the_last_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let owner = site.owner();
    let history = owner.get("/api/players/7/history").ok();
    let told: Vec<(&Value, &Value)> = history["changes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (&one["record"], &one["what"]))
        .collect();
    let [gold, things, staff] = [json!("gold"), json!("things"), json!("staff")];
    let [twelve, fourteen] = [json!("12"), json!("14")];
    assert_eq!(told, [(&fourteen, &things), (&fourteen, &staff), (&twelve, &gold)]);
    assert_eq!(history["changes"][1]["became"], "Bread: 2");
    assert_eq!(history["after"], Value::Null);
    assert_eq!(history["holders"], Value::Null, "dbfront is away, and the history is there");
}

#[test]
fn the_history_says_who_everybody_in_it_is_as_far_as_dbfront_knows() {
    /// So many changes with others that it takes two questions.
    fn many(request: &StaffRequest) -> StaffResponse {
        let Some(What::Rows(wish)) = &request.what else { return game(request) };
        let rows = match Table::from_code(wish.table).expect("a table") {
            Table::Ledger => (1..=300).map(|n| ledger(n, 100 + n).values()).collect(),
            Table::GoodsLog => (1..=300).map(|n| goods(n, 1_000 + n).values()).collect(),
            _ => return game(request),
        };
        let rows: Vec<Vec<proto::link::Value>> = rows;
        let rows = rows.into_iter().map(|row| Row { ver: 1, row }).collect();
        StaffResponse { rows, done: true, ..StaffResponse::default() }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, many);
    let _dbfront = Fake::start(folder.path(), "dbfront", 2, |_| StaffResponse::default());
    let site = Site::start(folder.path());
    let owner = site.owner();
    let history = owner.get("/api/players/7/history").ok();
    let holders = history["holders"].as_object().expect("named");
    assert_eq!(
        holders.len(),
        602,
        "300 others of the ledger, 300 of the goods log, the account and its character"
    );
    assert_eq!(holders["7"], json!({ "what": "account", "name": EVIL, "account": "7" }));
    assert_eq!(holders["9"], json!({ "what": "character", "name": EVIL, "account": "7" }));
    assert_eq!(holders["400"], json!({ "what": "letter", "name": "", "account": null }));
    assert!(!holders.contains_key("0"), "nobody is nobody");
}

#[test]
fn no_table_that_is_saved_has_a_formula_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let owner = site.owner();
    for path in ["/api/players/export", "/api/players/7/history/export", "/api/log/export"] {
        let file = owner.get(path);
        assert_eq!(file.status, 200, "{path}");
        assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
        assert!(file.body.contains("\"'=HYPERLINK(\"\"http://evil\"\")\""), "{path}: {}", file.body);
        assert!(!file.body.contains(",\"=") && !file.body.contains("\n\"="), "{path}: {}", file.body);
    }
}

#[test]
fn a_table_of_many_players_asks_game_in_requests_that_it_takes() {
    fn many(request: &StaffRequest) -> StaffResponse {
        match request.what.as_ref().expect("something") {
            What::Rows(wish) if wish.table == Table::Account as u32 => {
                let row = |n: u64| AccountRow {
                    id: (1 << 62) + n,
                    ..AccountRow::from_values(&account()).expect("a row")
                };
                let rows = (0..256).map(|n| Row { ver: 1, row: row(n).values() }).collect();
                StaffResponse { rows, done: true, ..StaffResponse::default() }
            }
            _ => game(request),
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, many);
    let site = Site::start(folder.path());
    let owner = site.owner();
    let file = owner.get("/api/players/export");
    assert_eq!((file.status, file.body.lines().count()), (200, 257));
}

#[test]
fn what_is_looked_for_among_everybodys_ends_after_so_many_pages_and_says_where_to_go_on() {
    /// Logs of a busy world, in which there is nothing about this player.
    fn others(request: &StaffRequest) -> StaffResponse {
        let Some(What::Rows(wish)) = &request.what else { return game(request) };
        let table = Table::from_code(wish.table).expect("a table");
        if !table.def().append {
            return StaffResponse { done: true, ..StaffResponse::default() };
        }
        let before = wish.after.first().map_or(1_000_000, |cell| match cell.v {
            Some(proto::link::value::V::Int(lsn)) => lsn,
            _ => 0,
        });
        let rows = match wish.ids.is_empty() {
            true => vec![Row { ver: 0, row: stored(table).remove(0) }],
            false => Vec::new(),
        };
        let after = vec![proto::tables::int(before - 1_024), proto::tables::int(0)];
        StaffResponse { rows, after, ..StaffResponse::default() }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let fake = Fake::start(folder.path(), "game", 1, others);
    let site = Site::start(folder.path());
    let owner = site.owner();
    let asked = |path: &str| {
        let before = fake.asked();
        (owner.get(path).ok(), fake.asked() - before)
    };
    let (page, looks) = asked("/api/players/7/ledger");
    assert_eq!((&page["rows"], &page["after"], looks), (&json!([]), &json!("983616.0"), 16));
    let (page, _) = asked("/api/players/7/ledger?after=983616.0");
    assert_eq!(page["after"], "967232.0", "it goes on from there");
    let (page, looks) = asked("/api/players/7/history");
    assert_eq!((&page["changes"], &page["after"]), (&json!([]), &json!("993857")));
    assert!(looks <= 4 * 6 + 2, "{looks}");
    let (page, _) = asked("/api/players/7/history?after=993857");
    assert_eq!(page["after"], "987714");
    // A file says so in its last line.
    for path in ["/api/players/7/history/export", "/api/log/export"] {
        let (file, before) = (owner.get(path), fake.asked());
        let last = file.body.lines().last().expect("a line").to_owned();
        assert!(last.contains("more was left out: what is before record"), "{path}: {last}");
        assert!(before < 5_000, "{path}");
    }
}
