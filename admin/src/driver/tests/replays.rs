//! Matches through the page's requests: found, stepped through by a process of its own, and those with secrets shown to
//! operators alone, with a line of the log.

use proto::{
    link::{Row, StaffRequest, StaffResponse, StaffRoomKind, staff_request::What},
    tables::{Bits, ReplayPlayerRow, ReplayRow, Row as _, Table},
};
use serde_json::{Value, json};

use super::{browser::Browser, fake::Fake, site::Site};
use crate::logic::role::Role;

#[test]
fn a_match_is_played_again_behind_whoever_plays() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let steps = site.owner().get("/api/replays/12/steps").ok();
    let own = rustix::process::nice(0).expect("its own");
    assert_eq!(steps["nice"], (own + 15).min(19), "{steps}");
}

const HOSTILE: &str = "<script>alert(1)</script>\u{202e}";
/// Matches that are stored, in two epochs.
const STORED: u64 = 300;

fn replay(n: u64) -> ReplayRow {
    ReplayRow {
        id: (1 + n / 150) * (1 << 32) + n,
        kind: if n.is_multiple_of(3) { "doudizhu" } else { "chess" }.to_owned(),
        number: 1,
        options: Vec::new().into(),
        seed: vec![0; 32].into(),
        opened_ms: n * 1_000,
        ended_ms: n * 1_000 + 500,
        inputs: 40,
        chunks: 1,
        hash: Bits(u64::from(n != 7)),
        outcome: if n == 7 { HOSTILE } else { "white wins" }.to_owned(),
        players: "[5,9007199254740993]".to_owned(),
    }
}

fn game(request: &StaffRequest) -> StaffResponse {
    let answer = |rows: Vec<Row>, done: bool| StaffResponse { rows, done, ..StaffResponse::default() };
    match request.what.as_ref().expect("something") {
        What::Rows(wish) if wish.table == Table::Replay as u32 && wish.of != 0 => {
            let rows =
                (0..STORED).map(replay).filter(|row| row.id == wish.of || wish.of == 9 && row.id % 7 == 0);
            answer(rows.take(1).map(|row| Row { ver: 1, row: row.values() }).collect(), true)
        }
        What::Rows(wish) if wish.table == Table::Replay as u32 => {
            let after = wish.after.first().and_then(|key| match key.v {
                Some(proto::link::value::V::Int(id)) => u64::try_from(id).ok(),
                _ => None,
            });
            let mut rows = (0..STORED).map(replay).filter(|row| after.is_none_or(|after| after < row.id));
            let most = usize::try_from(wish.rows_max).expect("few");
            let page: Vec<Row> =
                rows.by_ref().take(most).map(|row| Row { ver: 1, row: row.values() }).collect();
            answer(page, rows.next().is_none())
        }
        What::Rows(_) => {
            let played = (1..=3).map(|replay| ReplayPlayerRow {
                account: 5,
                replay,
                kind: "chess".to_owned(),
                ended_ms: replay * 10,
                outcome: "white wins".to_owned(),
                place: 1,
            });
            answer(played.map(|row| Row { ver: 1, row: row.values() }).collect(), true)
        }
        What::Find(find) if find.who.as_ref().is_some_and(|who| who.account == 5 || who.name == "Ana") => {
            StaffResponse { account: 5, ..StaffResponse::default() }
        }
        What::Find(_) => StaffResponse { error: "no_such_account".to_owned(), ..StaffResponse::default() },
        What::RoomList(_) => {
            let kind = StaffRoomKind { name: "chess".to_owned(), ..StaffRoomKind::default() };
            StaffResponse { room_kinds: vec![kind], done: true, ..StaffResponse::default() }
        }
        _ => StaffResponse::default(),
    }
}

fn pages(browser: &Browser, query: &str) -> Vec<Vec<Value>> {
    let (mut pages, mut after) = (Vec::new(), String::new());
    loop {
        let page = browser.get(&format!("/api/replays?{query}&after={after}")).ok();
        pages.push(page["replays"].as_array().expect("a list").clone());
        match page["after"].as_str() {
            Some(next) => after = next.to_owned(),
            None => return pages,
        }
    }
}

fn ids(pages: &[Vec<Value>]) -> Vec<u64> {
    let ids = pages.iter().flatten().map(|line| line["id"].as_str().expect("text").parse());
    ids.map(|id| id.expect("a number")).collect()
}

#[test]
fn matches_are_listed_the_newest_first_each_once_and_filtered_by_kind_time_and_outcome() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let owner = site.owner();
    let all = pages(&owner, "kind=");
    let mut wanted: Vec<u64> = (0..STORED).map(|n| replay(n).id).collect();
    wanted.reverse();
    assert_eq!(ids(&all), wanted);
    assert!(all.iter().all(|page| page.len() <= 32));
    assert_eq!(all[0][0]["players"], json!(["5", "9007199254740993"]));
    let chess = pages(&owner, "kind=chess");
    assert_eq!(ids(&chess).len(), 200);
    let early = pages(&owner, "until=20000&from=10000");
    let wanted: Vec<u64> = (10..20).rev().map(|n| replay(n).id).collect();
    assert_eq!(ids(&early), wanted);
    let odd = pages(&owner, "outcome=%3Cscript");
    assert_eq!(ids(&odd), [replay(7).id]);
    let line = odd.iter().flatten().next().expect("one");
    assert_eq!((&line["outcome"], &line["broke"]), (&json!(HOSTILE), &json!(true)));
    assert_eq!(owner.get("/api/replays").ok()["kinds"][0]["name"], "chess");
    for wrong in ["after=x", "from=x", "color=red"] {
        assert_eq!(owner.get(&format!("/api/replays?{wrong}")).refusal().0, 400, "{wrong}");
    }
}

#[test]
fn matches_of_a_player_are_found_by_id_and_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let owner = site.owner();
    for player in ["5", "Ana"] {
        let found = owner.get(&format!("/api/replays?player={player}")).ok();
        let ids: Vec<&Value> =
            found["replays"].as_array().expect("a list").iter().map(|one| &one["id"]).collect();
        assert_eq!(ids, ["3", "2", "1"], "{player}");
    }
    assert_eq!(ids(&pages(&owner, "player=5&from=20&until=30")), [2]);
    assert_eq!(owner.get("/api/replays?player=zoe").ok()["replays"], json!([]));
}

#[test]
fn steps_are_played_by_a_process_of_their_own_which_is_bounded() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let viewer = site.one_of(&mut owner, Role::Viewer);
    let shown = viewer.get("/api/replays/7/steps?from=3").ok();
    assert_eq!(shown["steps"], json!([{ "n": 3, "what": "<b>--public</b>" }]));
    assert_eq!((&shown["head"]["match"], &shown["end"]["verdict"]), (&json!("7"), &json!("same")));
    let refused = |id: u64| viewer.get(&format!("/api/replays/{id}/steps")).refusal();
    assert_eq!(refused(5), (404, "not_found".to_owned()));
    assert_eq!(refused(6), (409, "replay_failed".to_owned()), "it cannot be put together");
    assert_eq!(refused(11), (409, "replay_failed".to_owned()), "it says what nobody understands");
    assert_eq!(refused(10), (504, "replay_too_long".to_owned()), "it says too much");
    assert_eq!(viewer.get("/api/replays/7/steps?from=x").refusal().0, 400);
}

#[test]
fn a_match_with_secrets_is_opened_by_an_operator_with_a_reason_that_is_written_down() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let mut support = site.one_of(&mut owner, Role::Support);
    let mut operator = site.one_of(&mut owner, Role::Operator);
    let secret = |browser: &Browser| browser.get("/api/replays/9/secret?from=1");
    assert_eq!(operator.get("/api/replays/9/steps").refusal(), (403, "replay_is_secret".to_owned()));
    assert_eq!(secret(&operator).refusal(), (409, "replay_not_opened".to_owned()));
    let why = json!({ "reason": "a complaint" });
    assert_eq!(support.post("/api/replays/9/open", &why).refusal(), (403, "forbidden".to_owned()));
    assert_eq!(secret(&support).refusal(), (403, "forbidden".to_owned()));
    let none = operator.post("/api/replays/9/open", &json!({ "reason": "" }));
    assert_eq!(none.refusal(), (400, "reason_missing".to_owned()));
    operator.post("/api/replays/9/open", &why).ok();
    assert_eq!(secret(&operator).ok()["steps"], json!([{ "n": 1, "what": "<b></b>" }]));
    assert_eq!(secret(&owner).refusal().1, "replay_not_opened", "each opens it for itself");
    let line = owner.get("/api/audit").ok()["deeds"][0].clone();
    let told = [&line["action"], &line["by"], &line["target"], &line["reason"], &line["outcome"]];
    assert_eq!(told, ["replay.open", "the-operator", "match 9", "a complaint", "ok"]);
    assert_eq!(operator.post("/api/replays/123/open", &why).refusal(), (404, "not_found".to_owned()));
}
