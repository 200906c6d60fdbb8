//! A backup is made while game writes: it holds everything that was durable when it ended, and nobody waited for it.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use dbfront::{
    backup::{check, mark_path, restore},
    backups::Standing,
};
use proto::ids::Lsn;

use crate::{
    backup_story::{Story, config, empty, found_in, serve, told_by},
    game::{Game, opening},
    home::Home,
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
            let (cursor, last) = made(&server, &path).expect("made");
            assert!(cursor <= last);
            ways.push((path, cursor, last));
        }
        is_over.store(true, Relaxed);
        playing.join().expect("plays to its end");
        ways
    });
    assert_eq!(server.figure("backups"), 3);
    assert_eq!(server.figure("backup_bytes"), 0);
    assert_eq!(server.figure("backup_lsn"), i64::try_from(ways[2].1).expect("63 bits"));
    assert!(mark_path(&server.config).is_file());
    // Whatever was durable before is in it.
    assert!(ways.windows(2).all(|pair| pair[0].2 <= pair[1].1.max(pair[1].2)), "{ways:?}");
    server.stop();
    empty(home);
    let (path, cursor, last) = &ways[1];
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

#[test]
fn one_is_made_at_a_time_and_a_stop_leaves_nothing_half_made() {
    let home = Home::file();
    let server = serve(&home);
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100)]);
    game.until_applied(1);
    let folder = tempfile::tempdir().expect("a folder");
    let backups = &server.metrics.backups;
    let number = backups.begin(folder.path().join("one")).expect("begun");
    // It may have ended already, never both.
    if let Err(failed) = backups.begin(folder.path().join("two")) {
        assert_eq!(failed.code, "BACKUP_RUNNING");
    }
    assert!(matches!(backups.standing(number, PATIENCE), Standing::Ended(Ok(_)) | Standing::Unknown));
    let full = folder.path().join("full");
    fs::create_dir(&full).expect("made");
    fs::write(full.join("mine"), "").expect("written");
    while backups.standing(2, PATIENCE) == Standing::Running {}
    assert_eq!(made(&server, &full), Err("BACKUP_NOT_EMPTY"));
    let metrics = server.metrics.clone();
    let last = metrics.backups.begin(folder.path().join("last")).expect("begun");
    server.stop();
    match metrics.backups.standing(last, PATIENCE) {
        Standing::Ended(Ok(_)) => drop(check(&folder.path().join("last")).expect("whole")),
        Standing::Ended(Err(failed)) => {
            assert_eq!(failed.code, "BACKUP_STOPPED");
            assert!(!folder.path().join("last").exists() && !folder.path().join("last.partial").exists());
        }
        // Nobody took it on any more.
        Standing::Running => assert!(!folder.path().join("last").exists()),
        Standing::Unknown => panic!("it is the last one"),
    }
}
