//! A backup is made while game writes: it holds everything that was durable when it ended, and nobody waited for it.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, Instant},
};

use dbfront::{
    backup::{check, mark_path, restore},
    backups::Standing,
};
use proto::ids::Lsn;

use crate::{
    backup_story::{Story, config, empty, found_in, serve, told_by},
    game::{Game, opening},
    home::{Home, is_full},
    server::Server,
};

/// Long enough for anything here; nobody waits for its end.
const PATIENCE: Duration = Duration::from_secs(60);

fn made(server: &Server, folder: &std::path::Path) -> Result<(u64, u64), &'static str> {
    let backups = &server.metrics.backups;
    let number = backups.begin(folder.to_owned()).map_err(|failed| failed.code)?;
    match backups.standing(number, PATIENCE) {
        Standing::Ended(Ok(made)) => Ok((made.cursor.0, made.last.0)),
        Standing::Ended(Err(failed)) => Err(failed.code),
        other => panic!("{other:?}"),
    }
}

/// Game writes without a pause while several backups are made; each is restored at several records.
fn while_played(home: &Home) {
    dbfront::look::init(&config(home)).expect("founded");
    let server = serve(home);
    let folder = tempfile::tempdir().expect("a folder");
    let mut story = Story::begun(1_000_000);
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 1_000_000), opening(2, 1_000_000)]);
    game.until_applied(2);
    let is_over = AtomicBool::new(false);
    let ways = std::thread::scope(|scope| {
        let playing = scope.spawn(|| {
            while !is_over.load(Relaxed) && story.records < 40_000 {
                let first = story.records + 1;
                story.pays(&[(0, 3), (1, 2), (0, 1)]);
                game.turn(first, &story.turns[story.turns.len() - 1]);
                // No more on the way than a game has.
                game.until_durable(first.saturating_sub(300));
            }
            game.until_applied(story.records);
        });
        let mut ways = Vec::new();
        for name in ["one", "two", "three"] {
            let path = folder.path().join(name);
            let figure = |name| server.figure(name).cast_unsigned();
            let before = (figure("lsn_applied"), figure("lsn_durable"));
            let (cursor, last) = made(&server, &path).expect("made");
            assert!(cursor <= last);
            ways.push((path, cursor, last, before));
        }
        is_over.store(true, Relaxed);
        playing.join().expect("plays to its end");
        ways
    });
    assert_eq!(server.figure("backups"), 3);
    assert_eq!(server.figure("backup_bytes"), 0);
    assert_eq!(server.figure("backup_lsn"), i64::try_from(ways[2].1).expect("63 bits"));
    assert!(mark_path(&server.config).is_file());
    for (path, cursor, last, (applied, durable)) in &ways {
        let path = path.display();
        assert!(applied <= cursor, "{path}: it stands at {cursor}, {applied} were applied before");
        assert!(durable <= last, "{path}: it ends at {last}, {durable} were durable before");
    }
    server.stop();
    empty(home);
    let (path, cursor, last, _) = &ways[1];
    assert_eq!(check(path).expect("whole").manifest.last_lsn, *last);
    for lsn in [*cursor, cursor.midpoint(*last), *last] {
        restore(&config(home), path, Some(Lsn(lsn))).expect("restored");
        assert_eq!(found_in(home), told_by(&story, lsn), "at record {lsn}");
        empty(home);
    }
}

#[test]
fn a_world_in_a_file_is_backed_up_while_game_writes() {
    while_played(&Home::file());
}

#[test]
fn a_world_on_a_server_is_backed_up_while_game_writes() {
    if let Some(server) = Home::server() {
        while_played(&server);
    }
}

/// So many rows in a table that no test asks for.
fn fill(home: &Home, rows: u32) {
    home.sql(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) \
         INSERT INTO chat_block SELECT i, i, 'somebody with a name', 0, 1 FROM n"
    ));
}

#[test]
fn a_stop_in_the_middle_of_a_copy_leaves_nothing_of_it() {
    let home = Home::file();
    dbfront::look::init(&config(&home)).expect("founded");
    fill(&home, 300_000);
    let folder = tempfile::tempdir().expect("a folder");
    let mut stopped = 0;
    // It may come to its end first.
    for round in 0..TRIES {
        let path = folder.path().join(round.to_string());
        let server = serve(&home);
        let metrics = server.metrics.clone();
        let number = metrics.backups.begin(path.clone()).expect("begun");
        let begun = server
            .until(PATIENCE, |server| 0 < server.figure("backup_bytes") || 0 < server.figure("backups"));
        assert!(begun, "{:?}", metrics.backups.standing(number, Duration::ZERO));
        server.stop();
        match metrics.backups.standing(number, PATIENCE) {
            Standing::Ended(Ok(_)) => drop(check(&path).expect("whole")),
            Standing::Ended(Err(failed)) => {
                assert_eq!(failed.code, "BACKUP_STOPPED");
                assert!(!path.exists() && !path.with_extension("partial").exists(), "{}", path.display());
                stopped += 1;
            }
            other => panic!("it was begun and has not ended: {other:?}"),
        }
        if stopped == 2 {
            break;
        }
    }
    assert_eq!(stopped, 2, "of {TRIES} none was stopped in its middle");
    let server = serve(&home);
    assert!(made(&server, &folder.path().join("last")).is_ok());
    server.stop();
}

#[test]
fn a_backup_is_made_of_a_world_only_into_a_folder_where_nothing_is() {
    let home = Home::file();
    let server = serve(&home);
    let folder = tempfile::tempdir().expect("a folder");
    let full = folder.path().join("full");
    fs::create_dir(&full).expect("made");
    fs::write(full.join("mine"), "").expect("written");
    assert_eq!(made(&server, &full), Err("BACKUP_NOT_EMPTY"));
    assert!(made(&server, &folder.path().join("one")).is_ok());
    assert_eq!(made(&server, &folder.path().join("one")), Err("BACKUP_NOT_EMPTY"));
    assert_eq!((server.figure("backups"), server.figure("backups_failed")), (1, 2));
    server.stop();
}

/// How long a turn takes to reach the database while a large table is copied: it is shown, and bounded.
#[test]
#[expect(clippy::disallowed_methods, reason = "how long somebody waits is what this is about")]
fn applying_goes_on_while_a_large_table_is_copied() {
    let home = Home::file();
    dbfront::look::init(&config(&home)).expect("founded");
    fill(&home, if is_full() { 5_000_000 } else { 400_000 });
    let server = serve(&home);
    let mut game = Game::begin(&server.config.link_path, 7);
    let mut story = Story::begun(1_000_000);
    game.turn(1, &story.turns[0]);
    game.until_applied(2);
    let mut turn = || {
        let began = Instant::now();
        let first = story.records + 1;
        story.pays(&[(0, 3)]);
        game.turn(first, &story.turns[story.turns.len() - 1]);
        game.until_applied(first);
        began.elapsed()
    };
    let quiet = (0..20).map(|_| turn()).max().expect("some");
    let folder = tempfile::tempdir().expect("a folder");
    let number = server.metrics.backups.begin(folder.path().join("one")).expect("begun");
    let (mut slowest, mut turns) = (Duration::ZERO, 0);
    let began = Instant::now();
    while server.metrics.backups.standing(number, Duration::ZERO) == Standing::Running {
        slowest = slowest.max(turn());
        turns += 1;
    }
    let took = began.elapsed();
    let bytes = fs::metadata(folder.path().join("one/world.db")).expect("made").len();
    println!(
        "{bytes} bytes in {took:?}: {turns} turns, the slowest in {slowest:?}, in {quiet:?} without a copy"
    );
    assert!(slowest < PAUSE_MAX, "{slowest:?}");
    server.stop();
}

/// Copies that are stopped, until two of them were in their middle.
const TRIES: u32 = 30;
/// No turn waits longer for the database because of a copy, on any machine: a copy takes as long as it takes.
const PAUSE_MAX: Duration = Duration::from_secs(30);
