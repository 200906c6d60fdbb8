//! `ding doctor`, `ding audit` and `ding migrate` on real folders, with and without a server.

use serde_json::Value;

use crate::support::{
    read, root,
    stack::{Role, Stack, run},
};

/// Its findings by name and severity, and whether all is well.
fn doctor(data: &std::path::Path, more: &[&str]) -> (Value, Option<i32>) {
    let data = data.to_str().expect("UTF-8");
    let output = run(&[&["doctor", "--json", "--data", data], more].concat());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}\n{}", String::from_utf8_lossy(&output.stderr)));
    (value, output.status.code())
}

fn find<'a>(report: &'a Value, name: &str) -> Vec<&'a Value> {
    let findings = report["findings"].as_array().expect("a list");
    findings.iter().filter(|finding| finding["name"] == name).collect()
}

#[test]
fn the_doctor_finds_a_server_well_running_and_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    // Few enough players for any limit on open files.
    let few = ["--set", "gateway.max_connections=64", "--set", "gateway.listen=127.0.0.1:0"];
    let (report, code) = doctor(&data, &few);
    assert_eq!(code, Some(0), "{report}");
    for (name, severity) in
        [("folder", "note"), ("journal", "note"), ("store", "note"), ("processes", "note")]
    {
        assert_eq!(find(&report, name)[0]["severity"], severity, "{report}");
    }
    assert!(!data.exists(), "a look makes nothing");

    let stack = Stack::start_in(&data, &few[..2]);
    let server = stack.listen.to_string();
    let bots = run(&["bot", "run", "pay", "--players", "4", "--duration", "1s", "--server", &server]);
    assert!(bots.status.success());
    let listen = format!("gateway.listen={server}");
    let (report, code) = doctor(&data, &[&few[..2], &["--set", &listen]].concat());
    assert_eq!((code, &report["well"]), (Some(0), &Value::from(true)), "{report}");
    for name in [
        "config",
        "processes",
        "versions",
        "open_files",
        "folder",
        "clock",
        "journal",
        "store",
        "schema",
        "console_certificate",
    ] {
        assert_eq!(find(&report, name)[0]["severity"], "ok", "{name} in {report}");
    }
    let players = find(&report, "ports")[0]["seen"].as_str().expect("text").to_owned();
    assert!(players.ends_with("is ours"), "{players}");
    assert_eq!(stack.stop().status.code(), Some(0));

    let (report, code) = doctor(&data, &few);
    assert_eq!(code, Some(0), "{report}");
    assert_eq!(find(&report, "journal")[0]["severity"], "ok", "{report}");
    assert_eq!(find(&report, "store")[0]["severity"], "ok", "{report}");
    let odd = std::fs::read_dir(&data).expect("a folder").flatten();
    assert!(
        odd.into_iter().all(|entry| !entry.file_name().to_string_lossy().starts_with('.')),
        "nothing left"
    );
    assert_eq!(Stack::start_in(&data, &few[..2]).stop().status.code(), Some(0), "and it starts again");
}

#[test]
fn the_doctor_names_wrong_settings_and_a_journal_that_is_gone_or_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    assert_eq!(Stack::start_in(&data, &[]).stop().status.code(), Some(0));
    let (report, code) = doctor(&data, &["--set", "gateway.lissten=1"]);
    assert_eq!(code, Some(1));
    let config = find(&report, "config")[0];
    assert_eq!(config["severity"], "problem");
    assert!(config["seen"].as_str().expect("text").contains("gateway.lissten"), "{config}");

    let journal = data.join("journal");
    std::fs::rename(&journal, folder.path().join("away")).expect("moved");
    let (report, code) = doctor(&data, &[]);
    assert_eq!(code, Some(1), "{report}");
    assert!(find(&report, "journal")[0]["seen"].as_str().expect("text").starts_with("JOURNAL_"), "{report}");
    std::fs::rename(folder.path().join("away"), &journal).expect("moved back");

    std::fs::write(journal.join("stranger.txt"), "x").expect("written");
    let (report, code) = doctor(&data, &[]);
    assert_eq!(code, Some(1), "{report}");
    assert!(
        find(&report, "journal")[0]["seen"].as_str().expect("text").starts_with("UNKNOWN_FILE"),
        "{report}"
    );
    std::fs::remove_file(journal.join("stranger.txt")).expect("removed");

    std::fs::write(data.join("game.db"), "this was a database").expect("written");
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(data.join(format!("game.db{suffix}")));
    }
    let (report, code) = doctor(&data, &[]);
    assert_eq!(code, Some(1), "{report}");
    assert_eq!(find(&report, "store")[0]["severity"], "problem", "{report}");
}

#[test]
fn the_doctor_reads_a_certificate_and_finds_one_that_is_not_its_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let made = |name: &str| rcgen::generate_simple_self_signed([name.to_owned()]).expect("made");
    let (own, other) = (made("play.example.org"), made("elsewhere.example.org"));
    std::fs::write(path("chain.pem"), own.cert.pem()).expect("written");
    let certificate = |key: &str| {
        std::fs::write(path("key.pem"), key).expect("written");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(path("key.pem"), mode).expect("set");
        let certificate = format!("gateway.tls_certificate={}", path("chain.pem"));
        let key = format!("gateway.tls_key={}", path("key.pem"));
        let (report, _) = doctor(&folder.path().join("d"), &["--set", &certificate, "--set", &key]);
        find(&report, "certificate")[0].clone()
    };
    let right = certificate(&own.signing_key.serialize_pem());
    assert_eq!(right["severity"], "ok", "{right}");
    assert!(right["seen"].as_str().is_some_and(|seen| seen.contains("play.example.org")), "{right}");
    let wrong = certificate(&other.signing_key.serialize_pem());
    assert_eq!(wrong["severity"], "problem", "{wrong}");
}

#[test]
fn every_finding_of_the_doctor_is_described() {
    let manual = read(&root().join("docs/OPERATING.md"));
    for name in ding::doctor::findings::NAMES {
        assert!(manual.contains(&format!("| `{name}` | ")), "{name} is not in docs/OPERATING.md");
    }
}

#[test]
fn migrate_shows_and_runs_what_is_missing_and_refuses_beside_a_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let path = data.to_str().expect("UTF-8");
    let migrate = |more: &[&str]| {
        let output = run(&[&["migrate", "--data", path], more].concat());
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    let (code, text) = migrate(&[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("no world yet") && !data.exists(), "{text}");

    let stack = Stack::start_in(&data, &[]);
    let (code, text) = migrate(&["--dry-run"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("nothing to do"), "{text}");
    assert_eq!(stack.stop().status.code(), Some(0));

    // As an older version left it: the last migration has not run.
    let database = rusqlite::Connection::open(data.join("game.db")).expect("opens");
    let last: u32 =
        database.query_row("SELECT max(number) FROM migration", [], |row| row.get(0)).expect("read");
    assert!(1 < last);
    let older = format!(
        "DELETE FROM migration WHERE number = {last}; UPDATE journal_cursor SET schema_version = {}",
        last - 1
    );
    database.execute_batch(&older).expect("set back");
    drop(database);
    let (code, text) = migrate(&["--dry-run"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains(&format!("-- migration {last} ")) && text.contains("CREATE TABLE"), "{text}");

    let lock = ding::data::Lock::take(&ding::data::DataFolder::existing(&data).role_lock(Role::Dbfront));
    let (code, text) = migrate(&[]);
    assert_eq!(code, Some(75), "{text}");
    assert!(text.contains("ROLE_RUNNING"), "{text}");
    drop(lock);

    let database = rusqlite::Connection::open(data.join("game.db")).expect("opens");
    for table in text.split("CREATE TABLE ").skip(1).filter_map(|rest| rest.split_whitespace().next()) {
        database.execute_batch(&format!("DROP TABLE {table}")).expect("gone");
    }
    drop(database);
    let (code, text) = migrate(&[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("migrated: 1 of them ran"), "{text}");
    assert_eq!(Stack::start_in(&data, &[]).stop().status.code(), Some(0), "and it starts");
}

/// What `ding audit` found, and how it ended.
fn audit(data: &std::path::Path) -> (Value, Option<i32>) {
    let output = run(&["audit", "--json", "--data", data.to_str().expect("UTF-8")]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}\n{}", String::from_utf8_lossy(&output.stderr)));
    (value, output.status.code())
}

#[test]
fn an_audit_beside_players_finds_nothing_and_names_what_somebody_changed_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let refused = run(&["audit", "--data", data.to_str().expect("UTF-8")]);
    assert_eq!(refused.status.code(), Some(65), "nothing is there");
    let stack = Stack::start_in(&data, &[]);
    let listen = stack.listen.to_string();
    let play = ["bot", "run", "pay", "--players", "4", "--duration", "1s", "--server", &listen];
    assert!(run(&play).status.success());
    let (report, code) = audit(&data);
    assert_eq!(code, Some(0), "{report}");
    let text = run(&["audit", "--data", data.to_str().expect("UTF-8")]).stdout;
    assert!(String::from_utf8_lossy(&text).trim_end().ends_with(" rows: 0 violations"));

    assert!(stack.stop().status.success());
    let (report, code) = audit(&data);
    assert_eq!((code, &report["counts"]["accounts"]), (Some(0), &Value::from(4)), "{report}");
    let db = rusqlite::Connection::open(data.join("game.db")).expect("a database");
    db.execute("UPDATE wallet SET gold = gold + 1 WHERE account = (SELECT MIN(account) FROM wallet)", [])
        .expect("a row");
    drop(db);
    let (report, code) = audit(&data);
    assert_eq!((code, &report["rules"]["wallet_off"]), (Some(1), &Value::from(1)), "{report}");
    assert_eq!(report["rules"]["gold_not_conserved"], 1, "{report}");
}

#[test]
fn init_founds_a_world_once_and_never_beside_a_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("d");
    let init = || {
        let output = run(&["init", "--data", data.to_str().expect("UTF-8")]);
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    let (code, text) = init();
    assert_eq!((code, text.as_str()), (Some(0), "a world was founded\n"));
    let (code, text) = init();
    assert!(code == Some(0) && text.contains("already"), "{text}");
    let stack = Stack::start_in(&data, &[]);
    let (code, text) = init();
    assert!(code == Some(75) && text.contains("ROLE_RUNNING"), "{text}");
    assert_eq!(stack.stop().status.code(), Some(0));
}
