//! A world is backed up and made again at any record of the backup, on either kind of database from either, and is
//! then, row by row, what a model says.

use std::fs;

use dbfront::backup::{check, make_offline, restore};
use proto::ids::Lsn;

use crate::{
    backup_story::{Backed, backed_up_from, code_of_start, config, empty, found_in, serve, told_by},
    game::Game,
    home::Home,
};

/// Backs up from one and restores to the other at many records.
fn ways(from: &Home, to: &Home) {
    let Backed { mut story, folder, backup, cursor: applied } = backed_up_from(from);
    let last = story.records;
    assert_eq!(check(&backup).expect("whole").manifest.last_lsn, last);
    let old_journal = folder.path().join("old journal");
    fs::rename(&config(from).journal_folder, &old_journal).expect("moved");
    empty(from);

    let target = config(to);
    for outside in [0, applied - 1, last + 1] {
        let error = restore(&target, &backup, Some(Lsn(outside))).expect_err("not in it");
        assert_eq!(error.code(), "RESTORE_OUT_OF_RANGE", "{error}");
    }
    // The cursor, in the middle of a turn, between two, the end.
    for to_lsn in (applied..=last).map(Some).chain([None]) {
        empty(to);
        let restored = restore(&target, &backup, to_lsn.map(Lsn)).expect("restored");
        let lsn = to_lsn.unwrap_or(last);
        assert_eq!(restored.lsn, Lsn(lsn));
        assert_eq!(found_in(to), told_by(&story, lsn), "at record {lsn}");
        let again = restore(&target, &backup, None).expect_err("there is a world");
        assert_eq!(again.code(), "RESTORE_NOT_EMPTY");
    }

    // Players go on where it ends, and nothing of before is taken for its own.
    let server = serve(to);
    let mut game = Game::begin(&server.config.link_path, 9);
    assert_eq!(game.durable, last);
    story.pays(&[(0, 40), (0, 2)]);
    game.turn(last + 1, &story.turns[story.turns.len() - 1]);
    game.until_applied(last + 2);
    server.stop();
    assert_eq!(found_in(to), told_by(&story, last + 2));
    // A backup of what was restored, whose journal begins with it.
    let second = folder.path().join("second");
    make_offline(&target, &second).expect("made");
    check(&second).expect("whole");
    let _ = fs::remove_dir_all(&target.journal_folder);
    fs::rename(&old_journal, &target.journal_folder).expect("moved");
    assert_eq!(code_of_start(to), Some("WRONG_JOURNAL"));
}

#[test]
fn a_world_in_a_file_is_restored_to_any_record() {
    ways(&Home::file(), &Home::file());
}

#[test]
fn a_world_in_a_file_is_restored_on_a_server() {
    let Some(server) = Home::server() else { return };
    ways(&Home::file(), &server);
}

#[test]
fn a_world_on_a_server_is_restored_in_a_file() {
    let Some(server) = Home::server() else { return };
    ways(&server, &Home::file());
}
