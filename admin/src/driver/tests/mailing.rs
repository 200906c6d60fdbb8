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
    fake::Fake,
    site::{PASSWORD, Site},
};

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
            "text": "all", "gold": 5, "things": [{ "kind": 40, "quantity": 3 }],
        })
    };
    let refused = owner.post("/api/mailing/send", &wish(json!({}), "wrong"));
    assert_eq!(refused.refusal(), (403, "wrong_password".to_owned()));
    let refused = owner.post("/api/mailing/send", &wish(json!({ "list": "Ben,zoe" }), PASSWORD));
    assert_eq!(refused.refusal(), (400, "bad_request".to_owned()), "nobody is called zoe");
    owner.post("/api/mailing/send", &wish(json!({ "level_min": 2, "online": true }), PASSWORD)).ok();
    owner.post("/api/mailing/send", &wish(json!({ "list": "Ben" }), PASSWORD)).ok();
    let line = owner.get("/api/audit").ok()["deeds"][0].clone();
    assert_eq!((&line["target"], &line["after"]["whom"]["ids"]), (&json!("mailing m1"), &json!(["9"])));
    assert_eq!(line["after"]["things"][0]["kind"], 40);
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
