//! The map through the page's requests: what is shown of whom, and how seldom game is asked.

use proto::link::{StaffMapInfo, StaffMapOne, StaffRequest, StaffResponse, staff_request::What};
use serde_json::{Value, json};

use super::{fake::Fake, site::Site};
use crate::{driver::clock, logic::role::Role};

const BIG: u64 = 9_007_199_254_740_993;
const HOSTILE: &str = "<script>alert(1)</script>\u{202e}";

fn game(request: &StaffRequest) -> StaffResponse {
    let Some(What::Map(wish)) = &request.what else { return StaffResponse::default() };
    if wish.east_mm == 666 {
        return StaffResponse { error: "busy".to_owned(), ..StaffResponse::default() };
    }
    let one = StaffMapOne {
        avatar: 3,
        account: BIG,
        character: BIG + 2,
        name: HOSTILE.to_owned(),
        level: 4,
        x_mm: u32::try_from(wish.west_mm).expect("small"),
        life: 100,
        ..StaffMapOne::default()
    };
    let rat = StaffMapOne { avatar: 4, monster: 1, name: "Rat".to_owned(), ..StaffMapOne::default() };
    let info = StaffMapInfo {
        map: 1,
        width_mm: 500_000,
        tiles: vec![7, 1, 1],
        ones: if wish.part { vec![one, rat] } else { Vec::new() },
        walls: if wish.ground { vec![1, 2, 3, 4] } else { Vec::new() },
        ..StaffMapInfo::default()
    };
    StaffResponse { map: Some(info), ..StaffResponse::default() }
}

#[test]
fn a_viewer_sees_counts_of_all_and_single_ones_of_the_part_it_looks_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let viewer = site.one_of(&mut owner, Role::Viewer);
    let shown = viewer.get("/api/map?ground=1").ok();
    assert_eq!((&shown["tiles"], &shown["walls"]), (&json!([[7, 1, 1]]), &json!([[1, 2, 3, 4]])));
    assert_eq!(shown["ones"], json!([]));
    let shown = viewer.get("/api/map?west=5&south=0&east=9&north=9").ok();
    let ana = &shown["ones"][0];
    assert_eq!((&ana["account"], &ana["name"]), (&json!(BIG.to_string()), &json!(HOSTILE)));
    assert_eq!((&ana["x_mm"], &shown["walls"]), (&json!(5), &json!([])));
    assert_eq!(shown["ones"][1]["account"], Value::Null, "a monster is nobody's");
    for wrong in
        ["?west=5", "?west=5&south=0&east=9", "?west=x&south=0&east=9&north=9", "?zoom=2", "?ground=no"]
    {
        assert_eq!(viewer.get(&format!("/api/map{wrong}")).refusal().0, 400, "{wrong}");
    }
}

#[test]
fn however_many_look_at_the_same_within_a_moment_game_is_asked_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let viewer = site.one_of(&mut owner, Role::Viewer);
    assert_eq!(game.asked(), 0, "nobody looks, nothing is asked");
    let before = clock::now();
    let answers: Vec<Value> =
        (0..10).map(|_| viewer.get("/api/map?west=1&south=0&east=9&north=9").ok()).collect();
    assert!(answers.windows(2).all(|two| two[0] == two[1]));
    let most = 1 + usize::try_from(before.elapsed().as_millis() / 900).expect("few");
    assert!((1..=most).contains(&game.asked()), "{} asked, {most} may", game.asked());
    owner.get("/api/map?west=2&south=0&east=9&north=9").ok();
    assert!(2 <= game.asked(), "another part is asked for");
}

#[test]
fn a_game_that_was_asked_too_often_is_told_by_its_own_word() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let owner = site.owner();
    let answer = owner.get("/api/map?west=1&south=0&east=666&north=9");
    assert_eq!(answer.refusal(), (503, "busy".to_owned()));
}
