//! Chat, announcements and letters to many through the page's requests.

use proto::{
    link::{
        Row, StaffChatLine, StaffMailFilter, StaffMailTo, StaffMailing, StaffRequest, StaffResponse,
        staff_request::What,
    },
    tables::{CampaignRow, Row as _},
    wire,
};
use serde_json::{Value, json};

use super::{
    browser::Browser,
    fake::Fake,
    site::{PASSWORD, Site},
};
use crate::logic::role::Role;

const HOSTILE: &str = "<img src=x onerror=alert(1)>";
const BIG: u64 = 9_007_199_254_740_993;

fn campaign() -> Row {
    let filter = StaffMailFilter { ids: vec![BIG], ..StaffMailFilter::default() };
    let wish = StaffMailing {
        filter: Some(filter),
        subject: HOSTILE.to_owned(),
        gold: 5,
        ..StaffMailing::default()
    };
    let row = CampaignRow {
        key: "m1".to_owned(),
        wish: wire::encode(&wish).into(),
        state: 1,
        reached: 7,
        sent: 3,
        skipped: 1,
        staff: "ben".to_owned(),
        reason: HOSTILE.to_owned(),
        started_ms: 5,
        ended_ms: None,
    };
    Row { ver: 1, row: row.values() }
}

fn game(request: &StaffRequest) -> StaffResponse {
    match request.what.as_ref().expect("something") {
        What::Find(find) => match find.who.as_ref().expect("who") {
            who if who.account == 9 || who.name == "Ben" => {
                StaffResponse { account: 9, name: "Ben".to_owned(), ..StaffResponse::default() }
            }
            _ => StaffResponse { error: "no_such_account".to_owned(), ..StaffResponse::default() },
        },
        What::Chat(wish) => {
            let line = StaffChatLine {
                n: wish.after + 1,
                account: BIG,
                name: HOSTILE.to_owned(),
                channel: "world".to_owned(),
                text: HOSTILE.to_owned(),
                wall_ms: 5,
            };
            StaffResponse { chat: vec![line], ..StaffResponse::default() }
        }
        What::MailLook(look) => {
            let filter = look.filter.as_ref().expect("a filter");
            let meant = if filter.ids.is_empty() { 10 } else { filter.ids.len() as u64 };
            let one =
                StaffMailTo { account: look.after + 1, character: 2, name: HOSTILE.to_owned(), level: 4 };
            let to = if filter.ids.is_empty() {
                one
            } else {
                StaffMailTo { account: 9, ..StaffMailTo::default() }
            };
            let done = !filter.ids.is_empty() || 30 <= look.after;
            let mail_after = look.after + 1;
            StaffResponse {
                mail_meant: meant,
                mail_to: vec![to],
                mail_after,
                done,
                ..StaffResponse::default()
            }
        }
        What::Rows(_) => StaffResponse { rows: vec![campaign()], done: true, ..StaffResponse::default() },
        _ => StaffResponse::default(),
    }
}

#[test]
fn public_chat_is_read_from_where_the_page_left_off_and_a_line_to_all_is_written_down() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let lines = owner.get("/api/chat?channel=world&after=41").ok();
    assert_eq!(
        (&lines["lines"][0]["n"], &lines["lines"][0]["account"], &lines["lines"][0]["text"]),
        (&json!(42), &json!(BIG.to_string()), &json!(HOSTILE))
    );
    assert_eq!(owner.get("/api/chat?after=x").refusal().0, 400);
    let wish = json!({ "reason": "rest", "text": "at noon" });
    owner.post("/api/announce", &wish).ok();
    let line = owner.get("/api/audit").ok()["deeds"][0].clone();
    assert_eq!((&line["action"], &line["after"]["text"]), (&json!("announce"), &json!("at noon")));
    let changes = game.changes();
    assert!(matches!(&changes[0].what, Some(What::Announce(said)) if said.text == "at noon"), "{changes:?}");
}

#[test]
fn a_letter_to_many_is_looked_at_before_it_is_sent_and_sent_as_it_was_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let page = owner.get("/api/mailing/preview?level_min=2").ok();
    assert_eq!((&page["meant"], &page["after"]), (&json!(200), &json!("20")), "twenty pages a request");
    assert_eq!((&page["to"][0]["name"], &page["to"][0]["level"]), (&json!(HOSTILE), &json!(4)));
    let page = owner.get("/api/mailing/preview?level_min=2&after=20").ok();
    assert_eq!((&page["meant"], &page["after"]), (&json!(110), &Value::Null));
    let page = owner.get("/api/mailing/preview?list=Ben,9,zoe").ok();
    assert_eq!((&page["unknown"], &page["to"][0]["name"]), (&json!(["zoe"]), &json!("Ben")));
    let page = owner.get("/api/mailing/preview?list=zoe").ok();
    assert_eq!((&page["meant"], &page["unknown"]), (&json!(0), &json!(["zoe"])));
    assert_eq!(
        owner.get("/api/mailing/preview?list=,").refusal().0,
        400,
        "a list of nobody is not everybody"
    );

    let wish = |whom: Value, password: &str| {
        json!({
            "reason": "a present", "password": password, "key": "m1", "whom": whom, "subject": "Hi",
            "text": "all", "gold": 5, "things": [{ "kind": 40, "quantity": 3 }], "receivers": 10,
        })
    };
    let refused = owner.post("/api/mailing/send", &wish(json!({}), "wrong"));
    assert_eq!(refused.refusal(), (403, "wrong_password".to_owned()));
    let refused = owner.post("/api/mailing/send", &wish(json!({ "list": "Ben,zoe" }), PASSWORD));
    assert_eq!(refused.refusal(), (400, "bad_request".to_owned()), "nobody is called zoe");
    owner.post("/api/mailing/send", &wish(json!({ "level_min": 2, "online": true }), PASSWORD)).ok();
    owner.post("/api/mailing/send", &wish(json!({ "list": "Ben" }), PASSWORD)).ok();
    let line = owner.get("/api/audit").ok()["deeds"][0].clone();
    let gift = &line["after"]["gift"];
    assert_eq!((&line["target"], &gift["whom"]["ids"]), (&json!("mailing m1"), &json!(["9"])));
    assert_eq!((&gift["things"][0]["kind"], &gift["letters_max"]), (&json!(40), &json!(1)));
    owner.post("/api/mailing/stop", &json!({ "reason": "typo", "key": "m1" })).ok();
    let sent: Vec<String> = game
        .changes()
        .into_iter()
        .map(|request| match request.what.expect("something") {
            What::Mailing(wish) => {
                let filter = wish.filter.expect("a filter");
                format!("{} {} {:?} {} {}", wish.key, wish.gold, filter.ids, filter.online, filter.level_min)
            }
            What::MailStop(wish) => format!("stop {}", wish.key),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sent, ["m1 5 [] true 2", "m1 5 [9] false 0", "stop m1"]);
    let list = owner.get("/api/mailing").ok();
    let first = &list["mailings"][0];
    assert_eq!((&first["state"], &first["letter"]["subject"]), (&json!("running"), &json!(HOSTILE)));
    assert_eq!((&first["sent"], &first["letter"]["whom"]["ids"][0]), (&json!("3"), &json!(BIG.to_string())));
    assert!(first.get("wish").is_none());
}

fn present(key: &str, gold: i64, whom: &Value, receivers: u64) -> Value {
    json!({
        "reason": "birthday", "password": PASSWORD, "key": key, "whom": whom, "subject": HOSTILE, "text": "all",
        "gold": gold, "things": [], "receivers": receivers,
    })
}

fn mailings(game: &Fake) -> Vec<(StaffMailing, String)> {
    let asked = game.changes().into_iter();
    let sent = asked.filter_map(|request| match request.what {
        Some(What::Mailing(wish)) => Some((wish, request.by)),
        _ => None,
    });
    sent.collect()
}

#[test]
fn a_letter_to_many_with_more_in_it_than_one_may_give_alone_is_sent_once_a_second_one_agrees() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let decision = json!({ "reason": "agreed", "password": PASSWORD });
    let approve = |id: &str| format!("/api/gifts/{id}/approve");
    let id = {
        let site = Site::start(folder.path());
        let mut owner = site.owner();
        let mut support = site.one_of(&mut owner, Role::Support);
        let mut second = site.one_of(&mut owner, Role::Operator);
        let level = json!({ "level_min": 2 });
        let uncounted = owner.post("/api/mailing/send", &present("p0", 1, &level, 0));
        assert_eq!(uncounted.refusal(), (400, "bad_request".to_owned()), "to how many?");
        // 310 are meant, and up to 326 may get it: 300 gold in each are 97,800 of the 100,000 that one gives alone.
        owner.post("/api/mailing/send", &present("p1", 300, &level, 310)).ok();
        let again = owner.post("/api/mailing/send", &present("p1", 300, &level, 310)).ok();
        assert!(again["pending"].is_null(), "{again}");
        // What it gave counts, for whatever it gives.
        let grant = json!({ "reason": "event", "amount": 2_201, "key": "g", "password": PASSWORD });
        assert!(owner.post("/api/players/7/grant", &grant).ok()["pending"].is_string());
        let asked = owner.post("/api/mailing/send", &present("p2", 10, &level, 310)).ok();
        let id = asked["pending"].as_str().expect("it waits").to_owned();
        assert_eq!(mailings(&game).len(), 2, "only the first was sent, asked for twice");
        assert_eq!(owner.post(&approve(&id), &decision).refusal(), (403, "own_gift".to_owned()));
        assert_eq!(support.post(&approve(&id), &decision).refusal(), (403, "forbidden".to_owned()));
        let shown = second.get("/api/gifts").ok()["gifts"].clone();
        let shown =
            shown.as_array().expect("a list").iter().find(|one| one["id"] == *id).expect("it").clone();
        assert_eq!((&shown["by"], &shown["reason"]), (&json!("anna"), &json!("birthday")));
        let gift = &shown["gift"];
        assert_eq!(
            (&gift["what"], &gift["text"], &gift["gold"]),
            (&json!("mailing"), &json!("all"), &json!(10))
        );
        assert_eq!((&gift["receivers"], &gift["letters_max"]), (&json!(310), &json!(326)));
        assert_eq!((&gift["whom"]["level_min"], &gift["subject"]), (&json!(2), &json!(HOSTILE)));
        second.post(&approve(&id), &json!({ "reason": "agreed", "password": "wrong" }));
        assert_eq!(mailings(&game).len(), 2, "nothing was sent");
        id
    };
    // It outlives the console.
    let site = Site::start(folder.path());
    let mut second = Browser::at(site.address);
    site.login(&mut second, "the-operator").ok();
    second.post(&approve(&id), &decision).ok();
    let (wish, by) = mailings(&game).pop().expect("sent");
    assert_eq!((wish.key.as_str(), wish.gold, wish.letters_max), ("p2", 10, 326));
    assert_eq!((by.as_str(), wish.filter.map(|filter| filter.level_min)), ("anna+the-operator", Some(2)));
    assert_eq!(second.post(&approve(&id), &decision).refusal(), (404, "no_such_gift".to_owned()));
    let line = second.get("/api/audit?action=gift").ok()["deeds"].clone();
    let line =
        line.as_array().expect("lines").iter().find(|line| line["outcome"] == "ok").expect("it").clone();
    assert_eq!((&line["target"], &line["before"]["by"]), (&json!("mailing p2"), &json!("anna")));
}

#[test]
fn who_agrees_does_not_send_to_many_more_than_were_counted_and_what_was_sent_unheard_is_not_sent_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let mut second = site.one_of(&mut owner, Role::Operator);
    let decision = json!({ "reason": "agreed", "password": PASSWORD });
    let mut ask = |key: &str, whom: Value, receivers| {
        let asked = owner.post("/api/mailing/send", &present(key, 200_000, &whom, receivers)).ok();
        format!("/api/gifts/{}/approve", asked["pending"].as_str().expect("it waits"))
    };
    // 310 are meant. When 295 were, up to 310 letters were agreed to; when 294, up to 309.
    let grew = ask("q1", json!({}), 294);
    assert_eq!(second.post(&grew, &decision).refusal(), (409, "mailing_grew".to_owned()));
    assert_eq!(mailings(&game), []);
    assert!(second.get("/api/gifts").ok()["gifts"][0]["id"].is_string(), "it waits still");
    second.post(&ask("q2", json!({}), 295), &decision).ok();
    // Of this key game has one that runs: it was asked, and nobody heard what it said. Game says that it is the same.
    second.post(&ask("m1", json!({}), 1), &decision).ok();
    second.post(&ask("q3", json!({ "list": "Ben" }), 0), &decision).ok();
    let sent: Vec<(String, u64)> =
        mailings(&game).into_iter().map(|(wish, _)| (wish.key, wish.letters_max)).collect();
    assert_eq!(sent, [("q2".to_owned(), 310), ("m1".to_owned(), 2), ("q3".to_owned(), 1)]);
    // Letters alone give nothing away.
    let plain = present("q4", 0, &json!({}), 0);
    owner.post("/api/mailing/send", &plain).ok();
    assert_eq!(mailings(&game).pop().map(|(wish, _)| wish.letters_max), Some(0));
}
