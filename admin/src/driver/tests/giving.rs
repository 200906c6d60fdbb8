//! What staff gives away: alone up to a limit, beyond it with a second one's password (reliability V43).

use proto::link::{StaffPlayerAnswer, StaffRequest, StaffResponse, staff_player, staff_request::What};
use serde_json::{Value, json};

use super::{
    browser::Browser,
    fake::Fake,
    site::{PASSWORD, Site},
};
use crate::logic::role::Role;

const PLAYER: &str = "/api/players/7";

fn game(request: &StaffRequest) -> StaffResponse {
    match request.what.as_ref().expect("something") {
        // As game does: a key is for whom it was used first.
        What::Grant(grant) if grant.account == 8 => {
            StaffResponse { error: "key_used".to_owned(), ..StaffResponse::default() }
        }
        What::Grant(grant) if grant.account == 10 => {
            StaffResponse { error: "outcome_unknown".to_owned(), ..StaffResponse::default() }
        }
        What::Grant(grant) if grant.account == 404 => {
            StaffResponse { error: "no_such_account".to_owned(), ..StaffResponse::default() }
        }
        What::Grant(_) => StaffResponse { did_lsn: 77, ..StaffResponse::default() },
        What::Player(_) => {
            let (was, became) = ("Knife (1): 0".to_owned(), "Knife (1): 5".to_owned());
            let player = Some(StaffPlayerAnswer { was, became, ..StaffPlayerAnswer::default() });
            StaffResponse { did_lsn: 78, player, ..StaffResponse::default() }
        }
        _ => StaffResponse { done: true, ..StaffResponse::default() },
    }
}

fn grant(amount: i64, key: &str) -> Value {
    json!({ "reason": "event", "amount": amount, "key": key, "password": PASSWORD })
}

fn decision() -> Value {
    json!({ "reason": "agreed", "password": PASSWORD })
}

/// The numbers of what waits.
fn waiting(browser: &Browser) -> Vec<String> {
    let gifts = browser.get("/api/gifts").ok()["gifts"].clone();
    let ids = gifts.as_array().expect("a list").iter();
    ids.map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn nobody_gives_more_than_the_limit_alone_and_a_second_one_agrees_with_the_password() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let mut second = site.one_of(&mut owner, Role::Operator);
    let given = owner.post(&format!("{PLAYER}/grant"), &grant(100_000, "a")).ok();
    assert_eq!((&given["record"], &given["pending"]), (&json!("77"), &Value::Null));
    // One gold more within the day, and it waits, however small it is.
    let asked = owner.post(&format!("{PLAYER}/grant"), &grant(1, "b")).ok();
    let id = asked["pending"].as_str().expect("it waits").to_owned();
    assert_eq!(owner.post(&format!("{PLAYER}/grant"), &grant(1, "b")).ok()["pending"], id, "waits once");
    assert_eq!(game.changes().len(), 1, "nothing was given");
    assert_eq!(waiting(&second), [id.as_str()]);
    let approve = format!("/api/gifts/{id}/approve");
    assert_eq!(owner.post(&approve, &decision()).refusal(), (403, "own_gift".to_owned()));
    let wrong = json!({ "reason": "agreed", "password": "not the password" });
    assert_eq!(second.post(&approve, &wrong).refusal(), (403, "wrong_password".to_owned()));
    assert_eq!(game.changes().len(), 1, "nothing was given");
    second.post(&approve, &decision()).ok();
    let last = game.changes().pop().expect("asked");
    assert_eq!((last.by.as_str(), last.reason.as_str()), ("anna+the-operator", "event"));
    assert!(matches!(last.what, Some(What::Grant(grant)) if grant.key == "b" && grant.amount == 1));
    assert_eq!(second.post(&approve, &decision()).refusal(), (404, "no_such_gift".to_owned()));
    let log = owner.get("/api/audit?action=gift").ok();
    let line = &log["deeds"].as_array().expect("lines")[1];
    let told = [&line["by"], &line["action"], &line["target"], &line["outcome"], &line["before"]["by"]];
    assert_eq!(told, ["the-operator", "gift.approve", "player 7", "ok", "anna"]);
}

#[test]
fn things_and_letters_count_and_what_is_declined_is_not_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let mut second = site.one_of(&mut owner, Role::Operator);
    let give = |quantity: u32, key: &str| json!({ "reason": "lost", "character": "9", "kind": 1, "quantity": quantity, "key": key, "password": PASSWORD });
    let given = owner.post(&format!("{PLAYER}/give"), &give(5, "a")).ok();
    assert_eq!((&given["before"], &given["after"]), (&json!("Knife (1): 0"), &json!("Knife (1): 5")));
    assert!(owner.post(&format!("{PLAYER}/give"), &give(96, "b")).ok()["pending"].is_string());
    let letter = json!({
        "reason": "sorry", "character": "9", "subject": "hi", "text": "there", "gold": 100_001, "key": "c",
        "things": [{ "kind": 1, "quantity": 2 }], "password": PASSWORD,
    });
    assert!(owner.post(&format!("{PLAYER}/mail"), &letter).ok()["pending"].is_string());
    let ids = waiting(&second);
    assert_eq!(ids.len(), 2);
    let told = second.get("/api/gifts").ok()["gifts"][1]["gift"].clone();
    assert_eq!((&told["character"], &told["text"]), (&json!("9"), &json!("there")), "all of it, ids as text");
    let decline = |id: &str| format!("/api/gifts/{id}/decline");
    owner.post(&decline(&ids[0]), &decision()).ok();
    assert_eq!(owner.post(&decline(&ids[0]), &decision()).refusal().1, "no_such_gift");
    second.post(&format!("/api/gifts/{}/approve", ids[1]), &decision()).ok();
    let asked = game.changes();
    assert_eq!(asked.len(), 2, "{asked:?}");
    let Some(What::Player(player)) = &asked[1].what else { panic!("{asked:?}") };
    assert!(matches!(&player.what, Some(staff_player::What::Letter(letter))
        if letter.gold == 100_001 && letter.things.len() == 1 && letter.subject == "hi"));
    assert_eq!(waiting(&owner), Vec::<String>::new());
}

#[test]
fn what_waits_and_what_was_given_outlive_the_console_and_what_was_refused_does_not_count() {
    let folder = tempfile::tempdir().expect("a folder");
    let _game = Fake::start(folder.path(), "game", 1, game);
    {
        let site = Site::start(folder.path());
        let mut owner = site.owner();
        let refused = owner.post("/api/players/404/grant", &grant(100_000, "gone"));
        assert_eq!(refused.refusal(), (404, "no_such_account".to_owned()));
        owner.post(&format!("{PLAYER}/grant"), &grant(99_999, "a")).ok();
        assert!(owner.post(&format!("{PLAYER}/grant"), &grant(2, "b")).ok()["pending"].is_string());
    }
    let site = Site::start(folder.path());
    let mut owner = Browser::at(site.address);
    site.login(&mut owner, "anna").ok();
    assert_eq!(waiting(&owner).len(), 1);
    assert!(owner.post(&format!("{PLAYER}/grant"), &grant(2, "c")).ok()["pending"].is_string());
    assert!(owner.post(&format!("{PLAYER}/grant"), &grant(1, "d")).ok()["pending"].is_null());
}

#[test]
fn a_repeat_that_is_refused_gives_no_allowance_back_and_a_key_is_for_one_gift() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let mut second = site.one_of(&mut owner, Role::Operator);
    owner.post(&format!("{PLAYER}/grant"), &grant(50_000, "k")).ok();
    // Under its key to another player: counted for itself, refused by game, and given back once, not twice.
    let refused = owner.post("/api/players/8/grant", &grant(50_000, "k"));
    assert_eq!(refused.refusal().1, "key_used");
    assert!(owner.post(&format!("{PLAYER}/grant"), &grant(50_001, "l")).ok()["pending"].is_string());
    // While it waits, its key answers for nothing else, were there room for that or not.
    for (amount, who) in [(1, PLAYER), (50_001, "/api/players/9")] {
        assert_eq!(
            owner.post(&format!("{who}/grant"), &grant(amount, "l")).refusal(),
            (409, "key_used".to_owned())
        );
    }
    let foreign = second.post(&format!("{PLAYER}/grant"), &grant(50_001, "l"));
    assert_eq!(foreign.refusal().1, "key_used");
    // The same again while game is away: what was given counts still.
    drop(game);
    let away = owner.post(&format!("{PLAYER}/grant"), &grant(50_000, "k"));
    assert_eq!(away.refusal().1, "game_away");
    assert!(owner.post(&format!("{PLAYER}/grant"), &grant(50_001, "m")).ok()["pending"].is_string());
}

#[test]
fn what_waits_is_not_given_when_whoever_asked_was_disabled() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let mut second = site.one_of(&mut owner, Role::Operator);
    let asked = second.post(&format!("{PLAYER}/grant"), &grant(100_001, "a")).ok();
    let approve = format!("/api/gifts/{}/approve", asked["pending"].as_str().expect("it waits"));
    let wish = json!({ "reason": "left", "password": PASSWORD });
    owner.post("/api/staff/the-operator/disable", &wish).ok();
    assert_eq!(owner.post(&approve, &decision()).refusal(), (403, "asker_gone".to_owned()));
    assert!(game.changes().iter().all(|asked| !matches!(asked.what, Some(What::Grant(_)))));
}

#[test]
fn what_game_was_asked_for_without_an_answer_is_not_declined_and_what_it_refused_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let game = Fake::start(folder.path(), "game", 1, game);
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let mut second = site.one_of(&mut owner, Role::Operator);
    let mut ask = |account: u64, key: &str| {
        let path = format!("/api/players/{account}/grant");
        let asked = owner.post(&path, &grant(100_001, key)).ok();
        format!("/api/gifts/{}", asked["pending"].as_str().expect("it waits"))
    };
    let (unknown, refused) = (ask(10, "a"), ask(404, "b"));
    let mut decide = |gift: &str, how: &str| second.post(&format!("{gift}/{how}"), &decision());
    assert_eq!(decide(&unknown, "approve").refusal(), (504, "outcome_unknown".to_owned()));
    assert_eq!(decide(&refused, "approve").refusal(), (404, "no_such_account".to_owned()));
    assert_eq!(decide(&unknown, "decline").refusal(), (409, "gift_tried".to_owned()));
    decide(&refused, "decline").ok();
    // It may be asked for again. That game is away says nothing of what it did before.
    drop(game);
    assert_eq!(decide(&unknown, "approve").refusal().1, "game_away");
    assert_eq!(decide(&unknown, "decline").refusal().1, "gift_tried");
    assert_eq!(waiting(&owner).len(), 1);
}
