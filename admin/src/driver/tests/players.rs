//! Players and rooms through the page's requests: what game is asked, in whose name, and what is written down.

use proto::{
    link::{Row, StaffRequest, StaffResponse, StaffRoomInfo, staff_request::What},
    tables::{AccountRow, Bits, LedgerRow, NameRow, RestrictionRow, Row as _, Table, WalletRow},
};
use serde_json::{Value, json};

use super::{
    fake::{Fake, HANG_UP},
    site::{PASSWORD, Site},
};
use crate::logic::role::Role;

const BIG: u64 = 9_007_199_254_740_993;
const HOSTILE: &str = "<script>alert(1)</script>\u{202e}";

fn rows(table: Table, after: bool) -> Vec<Row> {
    let values = match table {
        Table::Account => AccountRow {
            id: BIG,
            name: Some(HOSTILE.to_owned()),
            secret_hash: Some(vec![1; 32].into()),
            password: Some("$argon2id$secret".to_owned()),
            session_gen: 1,
            cseq_last: 3,
            cseq_ok: Bits(1),
            created_ms: 1_700_000_000_000,
        }
        .values(),
        Table::Name if !after => NameRow { name_key: "ben".to_owned(), account: BIG }.values(),
        Table::Wallet => WalletRow { account: BIG, gold: 990 }.values(),
        Table::Restriction => RestrictionRow {
            account: BIG,
            banned_until_ms: None,
            ban_reason: None,
            muted_until_ms: Some(i64::MAX.cast_unsigned()),
        }
        .values(),
        Table::Ledger => LedgerRow {
            lsn: 12,
            n: 0,
            from_account: 0,
            to_account: BIG,
            amount: 10,
            reason: 1,
            cseq: 0,
            wall_ms: 5,
        }
        .values(),
        _ => return Vec::new(),
    };
    vec![Row { ver: 1, row: values }]
}

fn game(request: &StaffRequest) -> StaffResponse {
    let about =
        StaffResponse { account: BIG, name: HOSTILE.to_owned(), online: true, ..StaffResponse::default() };
    let no = |error: &str| StaffResponse { error: error.to_owned(), ..StaffResponse::default() };
    match request.what.as_ref().expect("something") {
        What::Find(find) => match find.who.as_ref().expect("who") {
            who if who.account == BIG || who.name == "Ben" => about,
            _ => no("no_such_account"),
        },
        What::Rows(wish) => {
            let table = Table::from_code(wish.table).expect("a table");
            let is_later = wish.after.first().is_some_and(|key| *key == proto::tables::text("ben"));
            StaffResponse { rows: rows(table, is_later), done: true, ..StaffResponse::default() }
        }
        What::Kick(kick) if kick.who.as_ref().is_some_and(|who| who.account == BIG) => about,
        What::Kick(_) => no("no_such_account"),
        What::Grant(_) => StaffResponse { did_lsn: 77, ..about },
        What::RoomList(_) | What::RoomShow(_) => {
            let room = StaffRoomInfo {
                room: BIG,
                name: "book#7".to_owned(),
                label: HOSTILE.to_owned(),
                state: "{".to_owned(),
                state_bytes: 9,
                ..StaffRoomInfo::default()
            };
            StaffResponse { rooms: vec![room], done: true, ..StaffResponse::default() }
        }
        _ => about,
    }
}

#[test]
fn a_player_is_found_by_id_by_name_and_by_how_the_name_begins_and_shown_with_all_but_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let viewer = site.one_of(&mut owner, Role::Viewer);
    let ids = |query: &str| -> Vec<Value> {
        let list = viewer.get(&format!("/api/players?query={query}")).ok();
        list["players"].as_array().expect("a list").iter().map(|one| one["id"].clone()).collect()
    };
    let ben = [json!(BIG.to_string())];
    assert_eq!(ids(""), ben);
    assert_eq!(ids(&BIG.to_string()), ben);
    assert_eq!(ids("Ben"), ben, "once, though its name begins so, too");
    assert_eq!(ids("be"), ben);
    assert_eq!(ids("zoe").len() + ids("5").len(), 0);
    let shown = viewer.get(&format!("/api/players/{BIG}")).ok();
    assert_eq!((&shown["name"], &shown["online"]), (&json!(HOSTILE), &json!(true)));
    assert_eq!((&shown["wallet"]["gold"], &shown["account"]["id"]), (&json!(990), &json!(BIG.to_string())));
    assert_eq!(shown["restriction"]["muted_until_ms"], "for_ever");
    let text = shown.to_string();
    assert!(!text.contains("argon2id") && !text.contains("secret"), "{text}");
    let ledger = viewer.get(&format!("/api/players/{BIG}/ledger")).ok();
    assert_eq!((&ledger["rows"][0]["lsn"], &ledger["after"]), (&json!("12"), &Value::Null));
    for wrong in ["0", "x", "-1", "99999999999999999999"] {
        assert_eq!(viewer.get(&format!("/api/players/{wrong}")).refusal().0, 400, "{wrong}");
    }
    assert_eq!(viewer.get("/api/players/5").refusal(), (404, "no_such_account".to_owned()));
}

#[test]
fn each_deed_is_one_request_in_the_name_of_who_did_it_and_a_line_of_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let deeds = [
        ("kick", json!({ "reason": "spam" }), "player.kick"),
        ("mute", json!({ "reason": "spam", "for_ms": 60_000 }), "player.mute"),
        ("unmute", json!({ "reason": "sorry" }), "player.unmute"),
        ("ban", json!({ "reason": "cheats", "for_ms": 0, "password": PASSWORD }), "player.ban"),
        ("unban", json!({ "reason": "sorry", "password": PASSWORD }), "player.unban"),
        (
            "grant",
            json!({ "reason": "lost it", "amount": 10, "key": "k1", "password": PASSWORD }),
            "player.grant",
        ),
    ];
    for (deed, body, action) in &deeds {
        owner.post(&format!("/api/players/{BIG}/{deed}"), body).ok();
        let line = owner.get("/api/audit").ok()["deeds"][0].clone();
        let told = [
            &line["by"],
            &line["role"],
            &line["action"],
            &line["reason"],
            &line["outcome"],
            &line["address"],
        ];
        let reason = body["reason"].as_str().expect("text");
        assert_eq!(told, ["anna", "owner", *action, reason, "ok", "127.0.0.1"]);
        assert_eq!(line["target"], format!("player {BIG}"));
        assert!(!line["before"].is_null() && !line["after"].is_null(), "{line}");
    }
    let changes = game.changes();
    assert!(changes.iter().all(|request| request.by == "anna" && !request.reason.is_empty()), "{changes:?}");
    let kinds: Vec<String> = changes
        .iter()
        .map(|request| match request.what.as_ref().expect("something") {
            What::Kick(_) => "kick".to_owned(),
            What::Restrict(wish) => {
                format!("mute {} lift {} for {} {}", wish.mute, wish.lift, wish.for_ms, wish.reason)
            }
            What::Grant(grant) => format!("grant {} {} {}", grant.key, grant.account, grant.amount),
            other => panic!("{other:?}"),
        })
        .collect();
    let wanted = [
        "kick".to_owned(),
        "mute true lift false for 60000 ".to_owned(),
        "mute true lift true for 0 ".to_owned(),
        "mute false lift false for 0 cheats".to_owned(),
        "mute false lift true for 0 ".to_owned(),
        format!("grant k1 {BIG} 10"),
    ];
    assert_eq!(kinds, wanted);
}

#[test]
fn nothing_is_done_without_a_reason_or_with_fields_that_nobody_knows() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let path = format!("/api/players/{BIG}/kick");
    let long = "x".repeat(129);
    for reason in ["", "  ", "two\nlines", long.as_str()] {
        let refused = owner.post(&path, &json!({ "reason": reason }));
        assert_eq!(refused.refusal(), (400, "reason_missing".to_owned()), "{reason}");
    }
    for body in [json!({}), json!({ "reason": "spam", "force": true }), json!({ "reason": 7 }), json!([])] {
        assert_eq!(owner.post(&path, &body).refusal(), (400, "bad_request".to_owned()), "{body}");
    }
    for amount in [json!(0), json!(-5), json!(1.5), json!("10")] {
        let body = json!({ "reason": "gift", "amount": amount, "password": PASSWORD });
        assert_eq!(owner.post(&format!("/api/players/{BIG}/grant"), &body).refusal().0, 400, "{amount}");
    }
    assert_eq!(game.changes(), []);
}

#[test]
fn rooms_are_listed_shown_closed_and_spoken_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let list = owner.get("/api/rooms").ok();
    assert_eq!((&list["rooms"][0]["id"], &list["after"]), (&json!(BIG.to_string()), &Value::Null));
    let shown = owner.get(&format!("/api/rooms/{BIG}")).ok();
    assert_eq!(
        (&shown["state"], &shown["state_is_cut"], &shown["label"]),
        (&json!("{"), &json!(true), &json!(HOSTILE))
    );
    let wish = json!({ "reason": "stuck", "password": PASSWORD });
    owner.post(&format!("/api/rooms/{BIG}/close"), &wish).ok();
    let wish = json!({ "reason": "hint", "signal": "say", "body": "hello" });
    owner.post(&format!("/api/rooms/{BIG}/say"), &wish).ok();
    let line = owner.get("/api/audit").ok()["deeds"][1].clone();
    assert_eq!((&line["action"], &line["before"]["name"]), (&json!("room.close"), &json!("book#7")));
    let asked: Vec<Option<What>> = game.changes().into_iter().map(|request| request.what).collect();
    assert!(
        matches!(&asked[..], [Some(What::RoomClose(close)), Some(What::RoomSay(say))]
        if close.room == BIG && say.signal == "say" && say.body == "hello".as_bytes()),
        "{asked:?}"
    );
}

#[test]
fn a_ban_does_not_wait_for_a_database_that_is_away() {
    fn without_database(request: &StaffRequest) -> StaffResponse {
        match request.what {
            Some(What::Rows(_)) => StaffResponse { error: "too_late".to_owned(), ..StaffResponse::default() },
            _ => game(request),
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, without_database);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let wish = json!({ "reason": "cheats", "password": PASSWORD });
    owner.post(&format!("/api/players/{BIG}/ban"), &wish).ok();
    assert_eq!(game.changes().len(), 1);
    let line = owner.get("/api/audit").ok()["deeds"][0].clone();
    assert_eq!((&line["outcome"], &line["before"]), (&json!("ok"), &json!("unknown")));
    assert_eq!(owner.get(&format!("/api/players/{BIG}")).refusal(), (503, "too_late".to_owned()));
}

#[test]
fn where_game_is_gone_before_it_answers_nobody_is_told_that_nothing_was_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let gone = |request: &StaffRequest| match request.what {
        Some(What::Kick(_)) => StaffResponse { error: HANG_UP.to_owned(), ..StaffResponse::default() },
        _ => game(request),
    };
    let _game = Fake::start(folder.path(), "game", 1, gone);
    let kicked = owner.post(&format!("/api/players/{BIG}/kick"), &json!({ "reason": "spam" }));
    assert_eq!(kicked.refusal(), (503, "game_silent".to_owned()));
}
