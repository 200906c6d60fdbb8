//! What is shown of the database, and what staff does there: dbfront is asked exactly that, and the audit log keeps it.

use proto::link::{ControlResponse, PoisonRequest, PoisonResponse, control_request::What, poison_request};
use serde_json::json;

use super::{
    fake::Fake,
    site::{PASSWORD, Site},
};
use crate::logic::role::Role;

/// A dbfront that refuses a record, once; it says what it was asked.
fn dbfront(what: &What, said: &mut ControlResponse) {
    let record = json!({ "lsn": "812", "mutations": [] }).to_string();
    match what {
        What::Poison(PoisonRequest { what: Some(poison_request::What::Show(show)) }) => {
            let json = if show.record { record } else { String::new() };
            let what = "too long".to_owned();
            said.poison = Some(PoisonResponse {
                lsn: 812,
                table: "item".to_owned(),
                what,
                tries: 3,
                json,
                ..Default::default()
            });
        }
        What::Poison(PoisonRequest { what: Some(poison_request::What::Retry(_)) }) => {
            said.poison = Some(PoisonResponse::default());
        }
        What::Poison(PoisonRequest { what: Some(poison_request::What::Amend(amend)) }) => {
            if amend.json.contains("wrong") {
                (said.error, said.detail) =
                    ("bad_record".to_owned(), "mutation 1: no table wrong".to_owned());
            } else {
                said.poison = Some(PoisonResponse::default());
            }
        }
        What::Backup(wish) if wish.folder.ends_with("/twice") => {
            (said.error, said.detail) = ("BACKUP_RUNNING".to_owned(), "another one is being made".to_owned());
        }
        What::Backup(_) => {
            said.backup = Some(proto::link::BackupResponse { number: 4, ..Default::default() });
        }
        What::Database(_) => {
            let one = proto::link::DatabaseApplied { took_us: 900, lsn: 77, ..Default::default() };
            said.database = Some(proto::link::DatabaseResponse { newest: vec![one], ..Default::default() });
        }
        _ => (),
    }
}

#[test]
fn a_refused_record_is_shown_tried_and_replaced_and_each_deed_is_kept_with_before_and_after() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    assert_eq!(owner.get("/api/database/poison").refusal(), (503, "dbfront_away".to_owned()));
    let fake = Fake::start(folder.path(), "dbfront", 9, |_| Default::default());
    fake.answers(dbfront);
    let mut operator = site.one_of(&mut owner, Role::Operator);
    let shown = operator.get("/api/database/poison").ok();
    assert_eq!((&shown["lsn"], &shown["record"]), (&json!("812"), &json!(r#"{"lsn":"812","mutations":[]}"#)));

    let tried =
        operator.post("/api/database/poison/retry", &json!({ "reason": "the column is wider now" })).ok();
    assert_eq!(tried["outcome"], "applied");
    assert_eq!(
        operator.post("/api/database/poison/retry", &json!({ "reason": "" })).refusal().1,
        "reason_missing"
    );

    let wish = |record: &str, password: &str| json!({ "reason": "nobody has so long a name", "lsn": "812", "record": record, "password": password });
    let path = "/api/database/poison/amend";
    let edited = r#"{"lsn":"812","mutations":[],"value":true}"#;
    assert_eq!(operator.post(path, &wish(edited, PASSWORD)).refusal().1, "forbidden");
    assert_eq!(owner.post(path, &wish(edited, "wrong")).refusal().1, "wrong_password");
    assert_eq!(owner.post(path, &wish("no JSON", PASSWORD)).refusal().1, "bad_request");
    assert_eq!(owner.post(path, &wish(r#"{"wrong":1}"#, PASSWORD)).refusal(), (409, "bad_record".to_owned()));
    owner.post(path, &wish(edited, PASSWORD)).ok();

    let deeds = owner.get("/api/audit").ok();
    let last = &deeds["deeds"][0];
    assert_eq!(
        (&last["action"], &last["target"], &last["by"]),
        (&json!("poison.amend"), &json!("record 812"), &json!("anna"))
    );
    // A record may hold anything of anybody: of both it is kept that they were, and a hash.
    assert_eq!((&last["before"]["bytes"], &last["after"]["bytes"]), (&json!(28), &json!(edited.len())));
    assert_ne!(last["before"]["sha256"], last["after"]["sha256"]);
    assert!(!deeds.to_string().contains("mutations"), "{deeds}");
    let begun = &deeds["deeds"][1];
    assert_eq!((&begun["outcome"], &begun["action"]), (&json!("begun"), &json!("poison.amend")));
    let refused = &deeds["deeds"][2];
    assert_eq!((&refused["outcome"], &refused["target"]), (&json!("bad_record"), &json!("record 812")));
}

#[test]
fn a_backup_begins_below_the_data_folder_under_a_plain_name_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::start(folder.path());
    let mut owner = site.owner();
    let fake = Fake::start(folder.path(), "dbfront", 9, |_| Default::default());
    fake.answers(dbfront);
    let wish = |name: &str| json!({ "reason": "before the patch", "name": name });
    for name in ["", "..", ".hidden", "a/b", "../up", "a b", &"x".repeat(65)] {
        assert_eq!(owner.post("/api/database/backup", &wish(name)).refusal().1, "bad_request", "{name:?}");
    }
    assert!(!folder.path().join("backups").exists(), "nothing was made");
    let begun = owner.post("/api/database/backup", &wish("before-patch.1")).ok();
    let expected = folder.path().join("backups/before-patch.1");
    assert_eq!((&begun["folder"], &begun["number"]), (&json!(expected), &json!("4")));
    assert_eq!(
        owner.post("/api/database/backup", &wish("twice")).refusal(),
        (409, "BACKUP_RUNNING".to_owned())
    );
    let look = owner.get("/api/database/look").ok();
    assert_eq!((&look["newest"][0]["took_us"], &look["newest"][0]["lsn"]), (&json!(900), &json!("77")));
    let viewer = site.one_of(&mut owner, Role::Viewer);
    assert!(viewer.get("/api/database/look").ok()["backups"].is_array());
    assert_eq!(viewer.get("/api/database/poison").refusal().1, "forbidden");
}
