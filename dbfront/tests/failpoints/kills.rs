//! Killed between any two durable steps, and in recovery ten times over (F03, F09).

use std::{fs, path::Path};

use dbfront::failpoint::POINTS;
use rusqlite::{Connection, types::Value};
use tempfile::tempdir;

use crate::{
    child::{Served, Wish},
    ledger::{Told, live, survives},
};

/// Records of the life before the one that is killed, and of all.
const BEFORE: u64 = 30;
const ALL: u64 = 60;

fn asking(wish: &Wish, what: &str) -> Wish {
    wish.clone().with("FAILPOINTS", what)
}

/// A journal of several segments whose last write was cut, and a database behind it.
fn left_by_a_crash(data: &Path) -> (Wish, Told) {
    let wish = Wish::new(data);
    let (told, ended) = live(&asking(&wish, "journal.half=26*off->return(kill)"), BEFORE, 7);
    assert!(ended.was_killed() && told.durable > 10, "{told:?}, {ended:?}");
    (wish, told)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else if path.is_file() {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

/// Dies at the point when it is reached so many times more, comes back, and nothing is lost or doubled.
fn dies_and_survives(point: &str, skipped: u32) {
    let folder = tempdir().expect("a folder");
    let at = format!("{point}, {skipped} before");
    // Only what this very process made is used again.
    let (wish, before) = match point.starts_with("found.") || point.starts_with("recycle.") {
        true => (Wish::new(folder.path()), Told::default()),
        false => left_by_a_crash(folder.path()),
    };
    // What is applied goes, so that segments are unlinked and used again.
    let wish = Wish { keep_bytes: 0, ..wish };
    let (mut told, ended) = live(&asking(&wish, &format!("{point}={skipped}*off->return(kill)")), ALL, 2);
    assert!(ended.was_killed(), "{at}: never reached, {told:?}, {ended:?}");
    told.durable = told.durable.max(before.durable);
    told.sent = told.sent.max(before.sent);
    survives(&wish, &told, ALL, &at);
}

fn each(prefixes: &[&str], skipped: &[u32]) {
    let mut deaths = 0;
    for point in POINTS.iter().filter(|point| prefixes.iter().any(|prefix| point.starts_with(prefix))) {
        for &skipped in skipped {
            dies_and_survives(point, skipped);
            deaths += 1;
        }
    }
    println!("{deaths} deaths at places of {prefixes:?}");
    assert!(deaths > 0);
}

#[test]
fn a_dbfront_killed_at_any_step_of_founding_a_world_founds_it_at_the_next_start() {
    each(&["found."], &[0]);
}

#[test]
fn a_dbfront_killed_at_any_step_of_recovery_recovers_at_the_next_start() {
    each(&["recovery."], &[0]);
}

#[test]
fn a_dbfront_killed_at_any_step_of_journalling_has_lost_nothing_told() {
    each(&["journal.append", "journal.write", "journal.half", "journal.sync", "journal.ack"], &[0, 9]);
    each(&["journal.epoch", "journal.mark", "journal.seal", "rotate.", "spare."], &[0]);
}

#[test]
fn a_dbfront_killed_at_any_step_of_recycling_or_unlinking_has_lost_nothing_told() {
    each(&["recycle.", "retention."], &[0]);
}

#[test]
fn a_dbfront_killed_at_any_step_of_applying_applies_each_record_once() {
    each(&["apply."], &[0, 3]);
    each(&["apply.statement"], &[1, 2, 4, 5, 6, 7, 8]);
}

/// All that the database holds, but for the number of starts.
fn dump(wish: &Wish) -> Vec<Vec<Value>> {
    let connection = Connection::open(wish.data.join("game.db")).expect("a database");
    let names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
    let mut statement = connection.prepare(names).expect("a statement");
    let tables = statement.query_map([], |row| row.get::<_, String>(0)).expect("rows");
    let mut all = Vec::new();
    for table in tables.map(|table| table.expect("a name")) {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).expect("a statement");
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let cells = names.iter().enumerate().filter(|(_, name)| *name != "dbf_epoch");
            all.push(cells.map(|(index, _)| row.get(index).expect("a value")).collect());
        }
    }
    all
}

#[test]
fn ten_recoveries_killed_at_the_same_step_end_like_one_that_was_not() {
    const DEEP: u32 = 10;
    let folder = tempdir().expect("a folder");
    let left = folder.path().join("left");
    fs::create_dir(&left).expect("made");
    let (_, before) = left_by_a_crash(&left);
    let recovered = |data: &Path, deaths: &[String]| {
        copy(&left, data);
        let wish = Wish::new(data);
        for death in deaths {
            let ended = Served::start(&asking(&wish, death)).map(|_| ()).expect_err(death);
            assert!(ended.was_killed(), "{death}: {ended:?}");
        }
        let (told, ended) = live(&wish, 0, 1);
        assert!(ended.status.success() && told.durable >= before.durable, "{deaths:?}: {told:?}, {ended:?}");
        dump(&wish)
    };
    let once = recovered(&folder.path().join("once"), &[]);
    assert!(once.len() > 20, "{}", once.len());
    let steps: Vec<&&str> = POINTS.iter().filter(|point| point.starts_with("recovery.")).collect();
    for point in &steps {
        let deaths = vec![format!("{point}=return(kill)"); DEEP as usize];
        let ten = recovered(&folder.path().join(point), &deaths);
        assert!(ten == once, "{point}: another database than after one recovery");
    }
    println!("{} recoveries killed", steps.len() * DEEP as usize);
}
