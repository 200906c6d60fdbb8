//! `ding journal` on a real folder, beside players and after them.

use std::{collections::BTreeMap, os::unix::fs::FileExt as _, path::Path};

use serde_json::Value;

use crate::support::{
    stack::{Role, Stack, run},
    within_bound,
};

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

/// What an operator sees and does when the database refuses a record (F44); dbfront is killed as soon as the replacement was
/// said to be durable.
#[test]
fn a_record_that_the_database_refuses_is_shown_replaced_and_stays_so_through_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let stack = Stack::start_in(&data, &[]);
    let listen = stack.listen.to_string();
    let play = ["bot", "run", "pay", "--players", "4", "--duration", "1s", "--server", &listen];
    assert!(run(&play).status.success());
    let path = data.join("game.db");
    let sql = |text: &str| {
        let db = rusqlite::Connection::open(&path).expect("a database");
        db.busy_timeout(std::time::Duration::from_secs(30)).expect("a timeout");
        db.execute_batch(text).expect("runs");
    };
    let account = of(&dump(&data, &["--to", "1"]), "record")[0]["account"].as_str().expect("text").to_owned();
    assert_eq!(journal(&data, &["poison"]), ("the database refuses no record\n".to_owned(), Some(0)));
    sql("CREATE TRIGGER rude BEFORE INSERT ON restriction WHEN NEW.ban_reason IN ('rude', 'harsh') BEGIN \
         SELECT RAISE(ABORT, 'no'); END");
    let data_text = data.to_str().expect("UTF-8");
    let ban = run(&["account", "ban", &account, "--reason", "rude", "--for", "7d", "--data", data_text]);
    assert!(ban.status.success(), "the journal goes on");
    within_bound("applying pauses", {
        let data = data.clone();
        move || while journal(&data, &["poison"]).0.contains("no record") {}
    });
    let (shown, _) = journal(&data, &["poison"]);
    assert!(
        shown.contains("restriction") && !shown.contains("rude"),
        "which table, and no contents: {shown}"
    );
    assert_eq!(stack.role(Role::Dbfront)["state"], "applying_paused_POISON");
    assert!(stack.figure(Role::Dbfront, "poison_lsn") > 0);
    assert_eq!(journal(&data, &["poison", "retry"]).1, Some(1), "nothing was mended");

    let (text, code) = journal(&data, &["poison", "dump"]);
    assert_eq!(code, Some(0), "{text}");
    let file = folder.path().join("record.json");
    let amend = |text: &str| {
        std::fs::write(&file, text).expect("written");
        let file = file.to_str().expect("UTF-8");
        journal(&data, &["poison", "amend", file, "--reason", "that word is refused", "--yes"])
    };
    assert_eq!(amend(&text).1, Some(2), "it is the record as it is");
    let (refused, code) = amend(&text.replacen("\"ver\": \"1\"", "\"ver\": \"2\"", 1));
    assert!(code == Some(1) && refused.contains("amend.other_row"), "{refused}");
    let before = stack.log.count();
    assert_eq!(amend(&text.replace("\"rude\"", "\"harsh\"")).1, Some(0));
    stack.log.wait_for(before, &["\"child.back\"", "\"game\""]);
    let text = within_bound("the replacement is refused, too", {
        let data = data.clone();
        move || loop {
            if let (text, Some(0)) = journal(&data, &["poison", "dump"]) {
                return text;
            }
        }
    });
    assert_eq!(amend(&text).1, Some(2), "it is the replacement as it is");
    let before = stack.log.count();
    let (told, code) = amend(&text.replace("\"harsh\"", "\"unkind\""));
    assert!(code == Some(0) && told.contains("- \"harsh\"") && told.contains("+ \"unkind\""), "{told}");
    stack.kill(Role::Dbfront);
    stack.log.wait_for(before, &["\"child.back\"", "\"game\""]);

    let reason = || {
        let db = rusqlite::Connection::open(&path).expect("a database");
        db.query_row("SELECT ban_reason FROM restriction", [], |row| row.get::<_, String>(0)).ok()
    };
    within_bound("the replacement is applied", {
        let path = path.clone();
        move || {
            let rows = "SELECT COUNT(*) FROM restriction";
            let count = || {
                let db = rusqlite::Connection::open(&path).expect("a database");
                db.query_row(rows, [], |row| row.get::<_, i64>(0)).unwrap_or(0)
            };
            while count() == 0 {}
        }
    });
    assert_eq!(reason().as_deref(), Some("unkind"));
    let again = [&play[..], &["--reconnect"]].concat();
    assert!(run(&again).status.success(), "and people play");
    assert!(stack.stop().status.success());
    let db = rusqlite::Connection::open(&path).expect("a database");
    let deeds = "SELECT GROUP_CONCAT(deed || ':' || reason, ',') FROM staff_log";
    let deeds: String = db.query_row(deeds, [], |row| row.get(0)).expect("rows");
    assert!(deeds.contains("amend:that word is refused"), "{deeds}");
    let lines = dump(&data, &[]);
    let reasons: Vec<_> = of(&lines, "amendment").iter().map(|line| line["reason"].as_str()).collect();
    assert_eq!(reasons, [Some("that word is refused"); 2]);
    assert!(run(&["audit", "--data", data_text]).status.success());
    let (check, code) = json(&data, "check");
    assert_eq!(code, Some(0), "{check}");
}

/// The disk of the journal is gone: what an operator sees and does, and what everybody can look up afterwards.
#[test]
fn a_journal_that_is_gone_is_given_up_by_name_and_people_play_on_with_what_they_had() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let stack = Stack::start_in(&data, &[]);
    let listen = stack.listen.to_string();
    let play = ["bot", "run", "pay", "--players", "4", "--duration", "1s", "--server", &listen];
    assert!(run(&play).status.success());
    let (refused, code) = journal(&data, &["accept-loss"]);
    assert!(code == Some(75) && refused.contains("ROLE_RUNNING"), "{refused}");
    assert!(stack.stop().status.success());
    let (refused, code) = journal(&data, &["accept-loss"]);
    assert!(code == Some(1) && refused.contains("LOSS_NONE"), "{refused}");

    let last = json(&data, "info").0["last_lsn"].as_u64().expect("a number");
    std::fs::remove_dir_all(data.join("journal")).expect("gone");
    let data_text = data.to_str().expect("UTF-8");
    let output = run(&["up", "--data", data_text, "--listen", "127.0.0.1:0"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("JOURNAL_MISSING") && said.contains("ding journal accept-loss"), "{said}");
    let (told, code) = journal(&data, &["accept-loss"]);
    let command = format!("--lost-to {last} --reason TEXT");
    assert!(code == Some(0) && told.contains("JOURNAL_MISSING") && told.contains(&command), "{told}");
    let (wanting, code) = journal(&data, &["accept-loss", "--lost-to", &last.to_string()]);
    assert!(code == Some(2) && wanting.contains("--reason"), "{wanting}");
    let accept = |lsn: u64| {
        journal(&data, &["accept-loss", "--lost-to", &lsn.to_string(), "--reason", "the disk is gone"])
    };
    let (other, code) = accept(last + 1);
    assert!(code == Some(2) && other.contains("LOSS_OTHER"), "{other}");
    let (done, code) = accept(last);
    assert!(code == Some(0) && done.contains(&format!("goes on after record {last}")), "{done}");

    let stack = Stack::start_in(&data, &[]);
    let listen = stack.listen.to_string();
    let play = ["bot", "run", "pay", "--players", "4", "--duration", "1s", "--server", &listen];
    assert!(run(&play).status.success(), "and people play");
    assert!(stack.stop().status.success());
    let (info, _) = json(&data, "info");
    let parent = &info["parent"];
    assert_eq!((&parent["last_lsn"], &parent["lost_to"]), (&last.into(), &last.into()), "{info}");
    assert!(journal(&data, &["info"]).0.contains("accepted"));
    let lines = dump(&data, &[]);
    assert!(of(&lines, "record")[0].to_string().contains("accept-loss"), "the first record tells of it");
    let db = rusqlite::Connection::open(data.join("game.db")).expect("a database");
    let deeds = "SELECT COUNT(*) FROM staff_log WHERE deed = 'accept-loss'";
    assert_eq!(db.query_row(deeds, [], |row| row.get::<_, i64>(0)).expect("a count"), 2);
    assert!(run(&["audit", "--data", data_text]).status.success());
}
