//! Switches and bans through the page's requests: what game is asked, in whose name, and what is written down.

use proto::{
    link::{Row, StaffRequest, StaffResponse, StaffSwitchState, Value as Cell, staff_request::What},
    tables::{FreezeRow, RestrictionRow, Row as _, StaffLogRow, Table, int},
};
use serde_json::{Value, json};

use super::{
    browser::Browser,
    fake::Fake,
    site::{PASSWORD, Site},
};

const FOR_EVER: u64 = i64::MAX.cast_unsigned();
const HOSTILE: &str = "<img src=x onerror=alert(1)>";

/// Accounts 1 to 600 have a row: those that 25 divides are banned for ever, those that 30 divides are muted; the others'
/// time is over.
fn restriction(account: u64) -> Vec<Cell> {
    let until = |by: u64| if account.is_multiple_of(by) { Some(FOR_EVER) } else { Some(7) };
    RestrictionRow {
        account,
        banned_until_ms: until(25),
        ban_reason: Some(HOSTILE.to_owned()),
        muted_until_ms: until(30),
    }
    .values()
}

fn page(table: Table, after: &[Cell], rows_max: u32) -> StaffResponse {
    let from = match after.first().and_then(|cell| cell.v.as_ref()) {
        Some(proto::link::value::V::Int(after)) => after.cast_unsigned() + 1,
        _ => 1,
    };
    let to = (from + u64::from(rows_max)).min(601);
    let rows: Vec<Vec<Cell>> = match table {
        Table::Restriction => (from..to).map(restriction).collect(),
        Table::Freeze => {
            let row = FreezeRow {
                account: 9,
                reason: HOSTILE.to_owned(),
                staff: "ben (uid 0)".to_owned(),
                since_ms: 5,
            };
            vec![row.values()]
        }
        Table::StaffLog => ["unban", "ban", "ban"]
            .into_iter()
            .zip(["anna", "ben", "cyrus"])
            .map(|(deed, staff)| {
                let (lsn, wall_ms) = (9, 5);
                let (staff, deed) = (staff.to_owned(), deed.to_owned());
                let (reason, until_ms) = (HOSTILE.to_owned(), None);
                StaffLogRow { lsn, n: 0, staff, deed, account: 25, until_ms, reason, wall_ms }.values()
            })
            .collect(),
        other => panic!("{other:?}"),
    };
    let done = table != Table::Restriction || to == 601;
    let rows = rows.into_iter().map(|row| Row { ver: 1, row }).collect();
    StaffResponse { rows, done, after: vec![int(to.cast_signed() - 1)], ..StaffResponse::default() }
}

fn switch(name: &str, value: u64) -> StaffSwitchState {
    let (reason, by) = (HOSTILE.to_owned(), "ben".to_owned());
    StaffSwitchState { name: name.to_owned(), value, reason, by, since_ms: 7 }
}

fn game(request: &StaffRequest) -> StaffResponse {
    let switches = vec![switch("wealth_frozen", 1), switch("chat_slow", 30), switch("staff_only", 0)];
    match request.what.as_ref().expect("something") {
        What::Find(find) => {
            let account = find.who.as_ref().expect("who").account;
            StaffResponse { account, name: format!("N{account}"), ..StaffResponse::default() }
        }
        What::Rows(wish) => page(Table::from_code(wish.table).expect("a table"), &wish.after, wish.rows_max),
        What::Switch(wish) => {
            let switch_was = Some(switch(&wish.name, 0));
            StaffResponse { switches, switch_was, ..StaffResponse::default() }
        }
        What::Switches(_) => StaffResponse { switches, ..StaffResponse::default() },
        What::Freeze(wish) => StaffResponse { was_frozen: wish.lift, ..StaffResponse::default() },
        What::Maintenance(_) => StaffResponse::default(),
        other => panic!("{other:?}"),
    }
}

fn deed(owner: &mut Browser, path: &str, body: &Value) -> Value {
    owner.post(path, body).ok();
    owner.get("/api/audit").ok()["deeds"][0].clone()
}

#[test]
fn each_switch_is_one_request_and_a_line_of_the_log_with_what_was_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let shown = owner.get("/api/switches").ok();
    assert_eq!(shown["switches"]["chat_slow"]["value"], 30);
    assert_eq!(shown["switches"]["wealth_frozen"]["reason"], HOSTILE);
    let sure = |mut body: Value| {
        body["reason"] = "gold is copied".into();
        body["password"] = PASSWORD.into();
        body
    };
    let line = deed(&mut owner, "/api/switches/wealth", &sure(json!({ "on": true })));
    assert_eq!(
        (&line["action"], &line["target"], &line["before"]["value"], &line["after"]["value"]),
        (&json!("switch.wealth"), &json!("switch wealth_frozen"), &json!(0), &json!(1))
    );
    deed(&mut owner, "/api/switches/accounts", &sure(json!({ "on": false })));
    let line = deed(&mut owner, "/api/switches/chat", &json!({ "reason": "calm down", "seconds": 30 }));
    assert_eq!((&line["before"]["value"], &line["after"]["value"]), (&json!(0), &json!(30)));
    let line = deed(&mut owner, "/api/switches/staff_only", &sure(json!({ "on": true, "kick": true })));
    assert_eq!((&line["target"], &line["after"]["kicked"]), (&json!("switch staff_only"), &json!(true)));
    let line = deed(&mut owner, "/api/players/9/freeze", &sure(json!({})));
    assert_eq!((&line["before"], &line["after"]), (&json!({ "frozen": false }), &json!({ "frozen": true })));
    let line = deed(&mut owner, "/api/players/9/unfreeze", &sure(json!({})));
    assert_eq!((&line["before"], &line["after"]), (&json!({ "frozen": true }), &json!({ "frozen": false })));
    let asked: Vec<String> = game
        .changes()
        .into_iter()
        .map(|request| {
            assert_eq!((request.by.as_str(), request.reason.is_empty()), ("anna", false));
            match request.what.expect("something") {
                What::Switch(wish) => format!("{} {}", wish.name, wish.value),
                What::Maintenance(wish) => format!("{} {} {}", wish.on, wish.kick, wish.reason),
                What::Freeze(wish) => format!("freeze {} {}", wish.who.expect("who").account, wish.lift),
                other => panic!("{other:?}"),
            }
        })
        .collect();
    let wanted = [
        "wealth_frozen 1",
        "accounts_closed 0",
        "chat_slow 30",
        "true true gold is copied",
        "freeze 9 false",
        "freeze 9 true",
    ];
    assert_eq!(asked, wanted);
}

#[test]
fn a_switch_wants_a_reason_and_its_fields_and_the_password() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    for (body, code) in [
        (json!({ "on": true, "reason": "x" }), "wrong_password"),
        (json!({ "on": true, "reason": " ", "password": PASSWORD }), "reason_missing"),
        (json!({ "reason": "x", "password": PASSWORD }), "bad_request"),
        (json!({ "on": 1, "reason": "x", "password": PASSWORD }), "bad_request"),
    ] {
        assert_eq!(owner.post("/api/switches/wealth", &body).refusal().1, code, "{body}");
    }
    assert_eq!(game.changes(), []);
}

#[test]
fn who_is_banned_or_muted_now_is_listed_by_pages_with_who_did_it_and_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let owner = site.owner();
    let (mut found, mut after, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let answer = owner.get(&format!("/api/bans?after={after}")).ok();
        found.extend(answer["rows"].as_array().expect("rows").clone());
        pages += 1;
        match answer["after"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => break,
        }
    }
    let wanted: Vec<String> = (1..=600_u64)
        .filter(|account| account.is_multiple_of(25) || account.is_multiple_of(30))
        .map(|account| account.to_string())
        .collect();
    let accounts: Vec<&str> = found.iter().map(|line| line["account"].as_str().expect("an id")).collect();
    assert_eq!(accounts, wanted, "each once");
    assert!(pages == 2 || pages == 3, "{pages}");
    let of_25 = found.iter().find(|line| line["account"] == "25").expect("it");
    assert_eq!((&of_25["banned"], &of_25["muted"]), (&json!(true), &json!(false)));
    assert_eq!((&of_25["name"], &of_25["banned_until_ms"]), (&json!("N25"), &json!("for_ever")));
    assert_eq!((&of_25["ban"]["by"], &of_25["ban"]["reason"]), (&json!("ben"), &json!(HOSTILE)), "the last");
    assert_eq!(of_25["mute"], Value::Null);
    assert_eq!(owner.get("/api/bans").ok()["looked"], "all");
    let muted = owner.get("/api/bans?kind=muted").ok();
    assert!(muted["rows"].as_array().expect("rows").iter().all(|line| line["muted"] == true));
    assert_eq!(owner.get("/api/bans/count").ok(), json!({ "banned": 24, "muted": 20, "all": true }));
    assert_eq!(owner.get("/api/bans?kind=loud").refusal().0, 400);
    let frozen = owner.get("/api/frozen").ok();
    assert_eq!((&frozen["rows"][0]["account"], &frozen["rows"][0]["name"]), (&json!("9"), &json!("N9")));
}

#[test]
fn where_not_all_deeds_were_looked_through_for_who_did_it_the_list_says_so() {
    /// Deeds without end, none of them on anybody who is listed.
    fn long(request: &StaffRequest) -> StaffResponse {
        match &request.what {
            Some(What::Rows(wish)) if wish.table == Table::StaffLog as u32 => {
                let after = vec![proto::tables::int(1), proto::tables::int(0)];
                StaffResponse { after, ..StaffResponse::default() }
            }
            _ => game(request),
        }
    }
    fn away(request: &StaffRequest) -> StaffResponse {
        match &request.what {
            Some(What::Rows(wish)) if wish.table == Table::StaffLog as u32 => {
                StaffResponse { error: "too_late".to_owned(), ..StaffResponse::default() }
            }
            _ => game(request),
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let owner = site.owner();
    for (script, looked) in [(long as super::fake::Script, "some"), (away, "nothing")] {
        let _game = Fake::start(folder.path(), "game", 1, script);
        let answer = owner.get("/api/bans").ok();
        assert_eq!((&answer["looked"], &answer["rows"][0]["ban"]), (&json!(looked), &Value::Null));
    }
}
