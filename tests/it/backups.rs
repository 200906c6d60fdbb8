//! A world is backed up while people pay and trade, lost by `kill -9`, made again at several records, in its own place
//! and in others, and played on: each time, row by row, what a model says that shares no code with what wrote it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use bot::{Options, Scenario};
use lab::{mariadb::Mariadb, needs::is_met};

use crate::support::{
    alone::Alone,
    bots::Bots,
    frozen::Disk,
    stack::{Role, Stack},
    worlds::{World, kill_all},
};

/// From which record to which it goes, as `ding backup` and `ding backup check` say.
fn range(said: &str) -> (u64, u64) {
    let (_, range) = said.trim().rsplit_once("any record from ").expect("a range");
    let (first, last) = range.split_once(" to ").expect("two");
    (first.parse().expect("a number"), last.parse().expect("a number"))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Where the last of what was lost is played on, and what else is made of the backup.
struct Way {
    world: World,
    to: To,
}

enum To {
    Cursor,
    Middle,
    Last,
}

/// The world is played, backed up, lost, and made again by each of the ways; in the last one it is played on.
fn lost_and_made_again(scrap: &Path, world: &World, ways: &[Way]) {
    let backup = scrap.join("backup");
    let (told, told_later) = (scrap.join("told.jsonl"), scrap.join("told later.jsonl"));
    let stack = world.start();
    let market = Bots::play_until_enough(fast(&stack, Scenario::Market));
    let payers = Options {
        duration: Duration::from_secs(3),
        payment_log: Some(told.clone()),
        ..fast(&stack, Scenario::Pay)
    };
    let payers = Bots::play(payers);
    let until = |lsn: u64| {
        let lsn = i64::try_from(lsn).expect("few");
        stack.until("they play", || lsn < stack.figure(Role::Dbfront, "lsn_durable"));
    };
    until(BEFORE);
    // Of both there is enough in the earliest world that is made again: the backup begins with what is applied.
    stack.until("they pay and trade", || {
        let deeds = world.deeds(scrap);
        PAID_MIN <= deeds.paid && TRADES_MIN <= deeds.trades
    });
    let made = world.does(&["backup", text(&backup)]);
    let (first, last) = range(&made);
    assert!(made.contains(&format!("{} is made: ", text(&backup))), "{made}");
    assert!(BEFORE < last && first <= last, "{made}");
    payers.good();
    until(last + BEFORE);
    kill_all(&stack);
    drop((stack, market));

    assert_eq!(range(&run_check(&backup)), (first, last));
    let journal = world.journal();
    assert!(last + BEFORE < journal.records.len() as u64);
    for Way { world, to } in ways {
        let to_lsn = match to {
            To::Cursor => Some(first),
            To::Middle => Some(first.midpoint(last)),
            To::Last => None,
        };
        let lsn = to_lsn.unwrap_or(last);
        let number = lsn.to_string();
        let mut words = vec!["restore", text(&backup)];
        if to_lsn.is_some() {
            words.extend(["--to-lsn", &number]);
        }
        let said = world.does(&words);
        assert!(said.contains(&format!("restored up to record {number};")), "{said}");
        let judged = world.judged(&journal, &[(&told, last)], scrap);
        assert_eq!(judged.cursor, lsn);
        let (paid, trades) = (judged.paid as u64, judged.trades);
        assert!(PAID_MIN <= paid && TRADES_MIN <= trades, "{paid} paid, {trades} trades");
        let (said, code) = world.ding(&words);
        assert!(code == Some(73) && said.contains("RESTORE_NOT_EMPTY"), "{said}");
    }

    let world = &ways.last().expect("a way").world;
    let stack = world.start();
    let stood = stack.figure(Role::Dbfront, "lsn_durable").cast_unsigned();
    let bots = Bots::start(stack.listen, 8, Duration::from_secs(1), told_later.clone());
    bots.good();
    let ended = stack.stop();
    assert!(ended.status.success(), "{}", ended.log);
    let mut all = journal;
    all.records.retain(|record| record.lsn <= stood);
    all.epochs.retain(|(lsn, _)| *lsn <= stood);
    let since = world.journal();
    all.records.extend(since.records);
    all.epochs.extend(since.epochs);
    let judged = world.judged(&all, &[(&told, stood), (&told_later, u64::MAX)], scrap);
    assert!(stood + 16 <= judged.cursor, "who came later paid");
}

/// Who do it often.
fn fast(stack: &Stack, scenario: Scenario) -> Options {
    let mut options = Options::new(stack.listen.to_string());
    options.scenario = scenario;
    options.players = 16;
    options.rates.pay_per_s = 25.0;
    options.rates.trade_per_s = 3.0;
    options
}

fn run_check(backup: &Path) -> String {
    let checked = crate::support::stack::run(&["backup", "check", text(backup)]);
    let said = String::from_utf8_lossy(&[checked.stdout, checked.stderr].concat()).into_owned();
    assert!(checked.status.success() && said.contains(" is whole: "), "{said}");
    said
}

#[test]
fn a_world_that_was_lost_while_people_paid_and_traded_is_made_again_and_played_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let (data, lost) = (at("d"), at("lost"));
    let world = World::in_a_file(data.clone());
    let ways = [
        Way { world: World::in_a_file(at("new")), to: To::Last },
        Way { world: World::in_a_file(at("earlier")), to: To::Cursor },
        Way { world: World::in_a_file(at("played on")), to: To::Middle },
    ];
    lost_and_made_again(folder.path(), &world, &ways);

    // In its own place: refused while anything of the lost one is there.
    let backup = at("backup");
    let refused = |what: &str| {
        let (said, code) = world.ding(&["restore", text(&backup)]);
        assert_eq!(code, Some(73), "{what}: {said}");
        assert!(
            said.contains("RESTORE_NOT_EMPTY")
                && said.contains("a world is restored only where there is none"),
            "{said}"
        );
    };
    refused("journal and database are there");
    fs::create_dir(&lost).expect("made");
    fs::rename(data.join("journal"), lost.join("journal")).expect("moved");
    refused("the database is there");
    for name in ["game.db", "game.db-wal", "game.db-shm"] {
        // Without a log where it was folded away.
        let _ = fs::rename(data.join(name), lost.join(name));
    }
    world.does(&["restore", text(&backup)]);
    let stack = world.start();
    let stood = stack.figure(Role::Dbfront, "lsn_durable");
    assert_eq!(stood.cast_unsigned(), range(&run_check(&backup)).1);
    // Made of what was made again, with its own journal.
    let second = at("second");
    world.does(&["backup", text(&second)]);
    assert!(stack.stop().status.success());
    run_check(&second);
}

fn server(folder: &Path) -> Option<Mariadb> {
    if !is_met(Mariadb::missing(), true) {
        return None;
    }
    fs::create_dir(folder).expect("made");
    let template = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mariadb");
    Some(Mariadb::start(folder, &template, &[]).expect("it starts"))
}

#[test]
fn a_world_on_a_server_that_was_lost_is_made_again_beside_itself_and_on_another_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let Some(here) = server(&at("here")) else { return };
    let Some(there) = server(&at("there")) else { return };
    let world = World::on_a_server(at("d"), &here, "ding_world");
    let ways = [
        Way { world: World::on_a_server(at("beside"), &here, "ding_beside"), to: To::Last },
        Way { world: World::on_a_server(at("there too"), &there, "ding_world"), to: To::Middle },
    ];
    lost_and_made_again(folder.path(), &world, &ways);
}

/// It has seen games of later epochs than the restored world begins with: to it that is a game which woke up late.
#[test]
fn a_gateway_that_ran_before_a_restore_refuses_its_game_by_name_until_it_is_started_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let world = World::in_a_file(at("d"));
    let stack = world.start();
    let link = format!("gateway.game_link={}", world.data.join("run/game.link").display());
    // The key of the world that it serves.
    fs::create_dir(at("gateway")).expect("made");
    fs::copy(world.data.join("link.key"), at("gateway/link.key")).expect("copied");
    let gateway = || {
        let data = at("gateway");
        let words = ["gateway", "--data", text(&data), "--set", &link];
        let ports = ["--set", "gateway.listen=127.0.0.1:0", "--set", "metrics.gateway=off"];
        Alone::start(&[&words[..], &ports[..]].concat())
    };
    let early = gateway();
    early.log.wait_for(0, &["\"link.up\"", "\"epoch\":1"]);
    let backup = at("backup");
    world.does(&["backup", text(&backup)]);
    for epoch in ["\"epoch\":2", "\"epoch\":3"] {
        stack.kill_and_wait(Role::Game);
        early.log.wait_for(0, &["\"link.up\"", epoch]);
    }
    assert!(stack.stop().status.success());
    fs::rename(world.data.join("journal"), at("lost journal")).expect("moved");
    fs::rename(world.data.join("game.db"), at("lost.db")).expect("moved");
    world.does(&["restore", text(&backup)]);
    let stack: Stack = world.start();
    let words = ["\"link.refused\"", "FENCED: epoch 1 is over, 3 was seen"];
    early.log.wait_for(0, &words);
    early.stop();
    let late = gateway();
    late.log.wait_for(0, &["\"link.up\"", "\"epoch\":1"]);
    late.stop();
    assert!(stack.stop().status.success());
}

/// The disk that it goes to stands still, as a mount does whose server is away.
#[test]
fn a_backup_to_a_disk_that_hangs_is_given_up_by_name_and_nobody_waits_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let Some(disk) = Disk::mount(folder.path(), 32) else { return };
    let world = World::in_a_file(at("d"));
    let stack = world.start();
    let bots = Bots::start_until_enough(stack.listen, 8, at("told.jsonl"));
    let figure = |name| stack.figure(Role::Dbfront, name);
    stack.until("they play", || 40 < figure("lsn_applied"));
    disk.freeze();
    let (there, here) = (disk.place().join("b"), at("b"));
    let before = figure("lsn_applied");
    let (said, code) = world.ding(&["backup", text(&there)]);
    assert_eq!(code, Some(74), "{said}");
    assert!(said.contains("BACKUP_STALLED: nothing of it went on for 20 s"), "{said}");
    // All that was paid in these seconds is in the database.
    let after = figure("lsn_durable");
    assert!(before + 80 < after, "{before}, {after}: nobody played");
    stack.until("it is applied", || after <= figure("lsn_applied"));
    let (said, code) = world.ding(&["backup", text(&here)]);
    assert_eq!(code, Some(74), "{said}");
    let words = format!("BACKUP_STALLED: an earlier one still hangs in {}", text(&there));
    assert!(said.contains(&words), "{said}");
    disk.thaw();
    stack.until("the next one is made", || world.ding(&["backup", text(&here)]).1 == Some(0));
    run_check(&here);
    assert!(!there.exists() && !disk.place().join("b.partial").exists(), "nothing is left of the first");
    assert_eq!(figure("backups"), 1);
    bots.good();
    assert!(stack.stop().status.success());
    world.judged(&world.journal(), &[(&at("told.jsonl"), u64::MAX)], folder.path());
}

/// Records before a backup, and after it.
const BEFORE: u64 = 600;
/// Applied before a backup begins, and so in whatever is made of it.
const PAID_MIN: u64 = 101;
const TRADES_MIN: u64 = 5;
