//! Rooms through the page's requests: in which order they are listed, and what of one with secrets is shown to whom.

use proto::link::{
    RoomOrder, StaffRequest, StaffResponse, StaffRoomAsk, StaffRoomHeard, StaffRoomInfo, StaffRoomKind,
    StaffRoomTimer, staff_request::What,
};
use serde_json::{Value, json};

use super::{browser::Browser, fake::Fake, site::Site};
use crate::logic::role::Role;

const HOSTILE: &str = "<script>alert(1)</script>\u{202e}";

/// Every room has secrets; the list says in its name how it was asked.
fn game(request: &StaffRequest) -> StaffResponse {
    let room = StaffRoomInfo { room: 7, members: 3, secrets: true, ..StaffRoomInfo::default() };
    match request.what.as_ref().expect("something") {
        What::RoomList(wish) => {
            let order = match wish.order() {
                RoomOrder::Oldest => "oldest",
                RoomOrder::Newest => "newest",
                RoomOrder::MostMembers => "members",
            };
            let name = format!("{order} {} {}.{}", wish.kind, wish.after, wish.members);
            let kind = StaffRoomKind { name: "doudizhu".to_owned(), open: 1, secrets: true };
            let rooms = vec![StaffRoomInfo { name, label: HOSTILE.to_owned(), ..room }];
            StaffResponse { rooms, room_kinds: vec![kind], ..StaffResponse::default() }
        }
        What::RoomShow(wish) => {
            let heard = StaffRoomHeard {
                number: 9,
                what: "message".to_owned(),
                account: 5,
                body: HOSTILE.into(),
                ..StaffRoomHeard::default()
            };
            let asks = vec![StaffRoomAsk { id: 2, account: 5, left_ms: 800, ..StaffRoomAsk::default() }];
            let room = StaffRoomInfo {
                state: "{\"hand\":3}".to_owned(),
                timers: vec![StaffRoomTimer { id: 4, left_ms: 1_500 }],
                asks,
                heard: if wish.watch { vec![heard] } else { Vec::new() },
                ..room
            };
            StaffResponse { rooms: vec![room], ..StaffResponse::default() }
        }
        _ => StaffResponse::default(),
    }
}

#[test]
fn a_list_is_sorted_filtered_and_paged_by_game() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let owner = site.owner();
    let listed = |query: &str| -> Value { owner.get(&format!("/api/rooms{query}")).ok() };
    let first = listed("");
    assert_eq!((&first["rooms"][0]["name"], &first["after"]), (&json!("oldest  0.0"), &json!("7")));
    assert_eq!(first["kinds"], json!([{ "name": "doudizhu", "open": 1, "secrets": true }]));
    assert_eq!(first["rooms"][0]["label"], HOSTILE);
    let newest = listed("?order=newest&kind=doudizhu&after=12");
    assert_eq!(newest["rooms"][0]["name"], "newest doudizhu 12.0");
    let fullest = listed("?order=members");
    assert_eq!(fullest["after"], "7.3");
    assert_eq!(listed("?order=members&after=7.3")["rooms"][0]["name"], "members  7.3");
    for wrong in ["?order=random", "?after=x", "?after=1.x", "?after=-1"] {
        assert_eq!(owner.get(&format!("/api/rooms{wrong}")).refusal().0, 400, "{wrong}");
    }
}

#[test]
fn a_watched_room_shows_inputs_timers_and_asks_and_its_secrets_to_operators_alone_who_said_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let watched = |browser: &Browser| browser.get("/api/rooms/7?watch=1").ok();
    let is_shut = |browser: &Browser, who: &str| {
        let shown = watched(browser);
        assert_eq!((&shown["state"], &shown["hidden"]), (&json!(""), &json!(true)), "{who}");
        assert_eq!((&shown["heard"][0]["body"], &shown["heard"][0]["what"]), (&json!(""), &json!("message")));
        assert!(!shown.to_string().contains("hand") && !shown.to_string().contains("alert"), "{shown}");
    };
    let why = json!({ "reason": "a complaint" });
    for role in [Role::Viewer, Role::Support] {
        let mut browser = site.one_of(&mut owner, role);
        is_shut(&browser, role.name());
        assert_eq!(browser.post("/api/rooms/7/open", &why).refusal(), (403, "forbidden".to_owned()));
    }
    let mut operator = site.one_of(&mut owner, Role::Operator);
    is_shut(&operator, "an operator who did not say why");
    let none = operator.post("/api/rooms/7/open", &json!({ "reason": " " }));
    assert_eq!(none.refusal(), (400, "reason_missing".to_owned()));
    is_shut(&operator, "nor does this");
    operator.post("/api/rooms/7/open", &why).ok();
    let shown = watched(&operator);
    assert_eq!((&shown["state"], &shown["hidden"]), (&json!("{\"hand\":3}"), &json!(false)));
    assert_eq!((&shown["heard"][0]["body"], &shown["heard"][0]["account"]), (&json!(HOSTILE), &json!("5")));
    assert_eq!(shown["timers"], json!([{ "id": 4, "left_ms": 1_500 }]));
    assert_eq!(shown["asks"][0]["left_ms"], 800);
    assert_eq!(operator.get("/api/rooms/7").ok()["heard"], json!([]), "nobody watches");
    is_shut(&owner, "each opens it for itself");
    let deeds = owner.get("/api/audit?action=room.open").ok();
    let told = |at: usize| {
        let line = &deeds["deeds"][at];
        ["by", "target", "reason", "outcome"].map(|name| line[name].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(told(0), ["the-operator", "room 7", "a complaint", "ok"]);
    assert_eq!(told(1)[3], "begun", "written down before anything is seen");
    assert_eq!(game.changes().len(), 0);
    let mut again = Browser::at(site.address);
    site.login(&mut again, "the-operator").ok();
    is_shut(&again, "another session of the same operator");
}

#[test]
fn a_room_that_is_not_there_is_not_opened_and_one_without_secrets_is_open_to_all() {
    fn open(request: &StaffRequest) -> StaffResponse {
        let mut said = game(request);
        match &request.what {
            Some(What::RoomShow(wish)) if wish.room != 7 => {
                StaffResponse { error: "room_not_open".to_owned(), ..StaffResponse::default() }
            }
            _ => {
                said.rooms.iter_mut().for_each(|room| room.secrets = false);
                said
            }
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, open);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let none = owner.post("/api/rooms/8/open", &json!({ "reason": "a complaint" }));
    assert_eq!(none.refusal(), (404, "room_not_open".to_owned()));
    let viewer = site.one_of(&mut owner, Role::Viewer);
    assert_eq!(viewer.get("/api/rooms/7?watch=1").ok()["state"], "{\"hand\":3}");
}
