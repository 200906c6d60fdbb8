//! `ding journal` on a real folder, beside players and after them.

use std::{collections::BTreeMap, os::unix::fs::FileExt as _, path::Path};

use serde_json::Value;

use crate::support::stack::{Stack, run};

fn journal(data: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let data = data.to_str().expect("UTF-8");
    let output = run(&[&["journal"], arguments, &["--data", data]].concat());
    (String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(), output.status.code())
}

fn json(data: &Path, what: &str) -> (Value, Option<i32>) {
    let (text, code) = journal(data, &[what, "--json"]);
    (serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")), code)
}

/// Lines of a dump by their type.
fn dump(data: &Path, arguments: &[&str]) -> Vec<Value> {
    let (text, code) = journal(data, &[&["dump"], arguments].concat());
    assert_eq!(code, Some(0), "{text}");
    assert!(!text.contains("argon2"), "a password's hash is shown");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn of<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == kind).collect()
}

#[test]
fn a_journal_is_shown_checked_and_dumped_beside_players_and_replays_to_what_the_database_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    assert_eq!(journal(&data, &["info"]).1, Some(65), "nothing is there");
    let stack = Stack::start_in(&data, &[]);
    let listen = stack.listen.to_string();
    let play =
        ["bot", "run", "pay", "--players", "4", "--duration", "1s", "--password-login", "--server", &listen];
    assert!(run(&play).status.success());
    let (info, code) = json(&data, "info");
    assert_eq!((code, &info["is_of_this_world"], &info["end"]), (Some(0), &true.into(), &"open".into()));
    let (check, code) = json(&data, "check");
    assert_eq!((code, &check["wrong"], &check["start"]["goes_on"]), (Some(0), &Value::Null, &true.into()));
    assert!(check["records"].as_u64().expect("a number") >= 8, "{check}");
    assert!(!dump(&data, &[]).is_empty(), "and beside the writer");
    assert!(stack.stop().status.success());

    let (text, code) = journal(&data, &["check"]);
    assert!(code == Some(0) && text.contains("after a clean stop") && text.contains("MB/s"), "{text}");
    let lines = dump(&data, &[]);
    assert_eq!((&lines[0]["type"], &lines[0]["dump"]), (&"journal".into(), &1.into()));
    let end = lines.last().expect("lines");
    assert_eq!((&end["type"], &end["how"]), (&"end".into(), &"sealed".into()));
    let kinds: Vec<&str> = of(&lines, "frame").iter().filter_map(|frame| frame["kind"].as_str()).collect();
    assert!(["data", "epoch", "seal"].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    let records = of(&lines, "record");
    let lsns: Vec<String> =
        records.iter().map(|record| record["lsn"].as_str().expect("text").into()).collect();
    assert_eq!(lsns, (1..=lsns.len()).map(|lsn| lsn.to_string()).collect::<Vec<_>>(), "all, in order");

    let mut wallets = BTreeMap::new();
    for mutation in records.iter().flat_map(|record| record["mutations"].as_array().expect("a list")) {
        if mutation["table"] == "wallet" {
            let account: i64 = mutation["key"][0].as_str().expect("text").parse().expect("a number");
            let ver: i64 = mutation["ver"].as_str().expect("text").parse().expect("a number");
            wallets.insert(account, (mutation["row"]["gold"].as_i64().expect("a number"), ver));
        }
    }
    let db = rusqlite::Connection::open(data.join("game.db")).expect("a database");
    let mut stored = db.prepare("SELECT account, gold, ver FROM wallet").expect("a table");
    let stored = stored.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))).expect("rows");
    assert_eq!(wallets, stored.map(|row| row.expect("a row")).collect());
    assert_eq!(wallets.len(), 4);

    let one = wallets.keys().next().expect("one").to_string();
    let its = dump(&data, &["--account", &one]);
    let its = of(&its, "record");
    assert!(!its.is_empty() && its.len() < records.len());
    assert!(its.iter().all(|record| record.to_string().contains(&one)), "{its:?}");
    let some = dump(&data, &["--from", "2", "--to", "4"]);
    assert_eq!(of(&some, "record"), records[1..4]);
}

#[test]
fn a_check_names_the_wrong_place_and_ends_by_the_stop_of_a_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let stack = Stack::start_in(&data, &[]);
    let listen = stack.listen.to_string();
    let play = ["bot", "run", "pay", "--players", "2", "--duration", "1s", "--server", &listen];
    assert!(run(&play).status.success());
    // Nothing is in the database after this, so every record is needed.
    assert!(stack.stop().status.success());
    let lines = dump(&data, &[]);
    let frame =
        of(&lines, "frame").into_iter().find(|frame| frame["first_lsn"] == "3").expect("a third record");
    let (segment, offset) =
        (frame["segment"].as_u64().expect("a number"), frame["offset"].as_u64().expect("a number"));
    let file = data.join("journal").join(format!("{segment:016x}.seg"));
    let file = std::fs::OpenOptions::new().write(true).open(file).expect("there");
    file.write_at(b"?!", offset + 90).expect("written");
    let (check, code) = json(&data, "check");
    let wrong = &check["wrong"];
    assert_eq!(
        (&wrong["segment"], &wrong["offset"], &wrong["lsn"]),
        (&segment.into(), &offset.into(), &3.into())
    );
    // The SEAL is behind it: a start needs nothing before the database's cursor but finds its history cut.
    assert_eq!(check["start"]["goes_on"], false, "{check}");
    let stop = check["start"]["stop"].as_str().expect("a name");
    assert!(["CORRUPT_ACKED", "MISSING_SEGMENT"].contains(&stop), "{check}");
    assert_eq!(code, Some(65));
    let (text, code) = journal(&data, &["dump"]);
    assert!(code == Some(65) && text.contains("\"how\":\"torn\""), "{text}");
}
