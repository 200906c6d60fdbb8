//! A backup without space, where it goes or where the journal is: a name, nothing left of it, play goes on, and the next
//! one is made.

use std::{fs, path::Path, time::Duration};

use dbfront::{backup::check, backups::Standing};

use crate::{
    backup_story::{Story, config, serve},
    game::Game,
    home::Home,
    needs::is_met,
    server::Server,
    tmpfs::Tmpfs,
};

const PATIENCE: Duration = Duration::from_secs(60);

fn disk(place: &Path, mib: u32) -> Option<Tmpfs> {
    let mounted = Tmpfs::mount(place, mib);
    let why = mounted.as_ref().err().map(|why| format!("no rights to mount: {why}"));
    if is_met(why, false) { mounted.ok() } else { None }
}

fn made(server: &Server, folder: &Path) -> Result<(), (&'static str, String)> {
    let number = server.metrics.backups.begin(folder.to_owned()).expect("none is running");
    match server.metrics.backups.standing(number, PATIENCE) {
        Standing::Ended(made) => made.map(drop).map_err(|failed| (failed.code, failed.text)),
        other => panic!("{other:?}"),
    }
}

/// One more payment, which comes as far as it does without a backup.
fn plays(game: &mut Game, story: &mut Story) {
    let first = story.records + 1;
    story.pays(&[(0, 1)]);
    game.turn(first, &story.turns[story.turns.len() - 1]);
    game.until_applied(first);
}

#[test]
fn a_backup_to_a_full_disk_is_refused_by_name_leaves_nothing_and_is_made_when_there_is_space() {
    let home = Home::file();
    let folder = tempfile::tempdir().expect("a folder");
    let Some(small) = disk(&folder.path().join("small"), 8) else { return };
    let server = serve(&home);
    let mut story = Story::begun(1_000);
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &story.turns[0]);
    let target = folder.path().join("small/backup");
    small.fill().expect("nothing left");
    for _ in 0..2 {
        let (code, text) = made(&server, &target).expect_err("no space");
        assert_eq!(code, "BACKUP_DISK_FULL");
        assert!(text.contains("nothing of this backup is kept"), "{text}");
        assert!(!target.exists() && !folder.path().join("small/backup.partial").exists());
        plays(&mut game, &mut story);
    }
    small.free().expect("some left");
    made(&server, &target).expect("there is space");
    check(&target).expect("whole");
    // What went to the other disk is not kept on this one.
    let Home::File(data) = &home else { return };
    assert!(!data.path().join("game.db.copy").exists());
    plays(&mut game, &mut story);
    server.stop();
}

#[test]
fn a_backup_while_the_disk_of_journal_and_database_is_full_is_refused_by_name_and_made_when_there_is_space() {
    let home = Home::file();
    let folder = tempfile::tempdir().expect("a folder");
    let Home::File(data) = &home else { return };
    let Some(full) = disk(data.path(), 24) else { return };
    let server = serve(&home);
    let mut story = Story::begun(1_000);
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &story.turns[0]);
    game.until_applied(2);
    full.fill().expect("nothing left");
    let target = folder.path().join("backup");
    let (code, text) = made(&server, &target).expect_err("no space");
    assert_eq!(code, "BACKUP_DISK_FULL");
    assert!(text.contains("game.db.copy"), "{text}: it would be copied there first");
    assert!(!target.exists() && !folder.path().join("backup.partial").exists());
    full.free().expect("some left");
    // Before that is known, one would be given up for the journal's sake.
    let room = i64::try_from(config(&home).segment_bytes * 2).expect("63 bits");
    assert!(server.until(PATIENCE, |server| room < server.figure("journal_free_bytes")));
    plays(&mut game, &mut story);
    made(&server, &target).expect("there is space");
    assert_eq!(check(&target).expect("whole").manifest.last_lsn, story.records);
    assert!(
        fs::read_dir(data.path())
            .expect("a folder")
            .all(|entry| { entry.is_ok_and(|entry| entry.file_name() != "game.db.copy") })
    );
    server.stop();
}
