//! A journal that is gone, old or damaged for good: what is lost is said, and who names it goes on with everything else,
//! on either kind of database (reliability B6, B7, D2), however often that is cut off.

use std::{
    fs,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use dbfront::{
    backup::{make_offline, restore},
    inspect,
    loss::{Accepted, Loss, LossError, Signed, accept, accept_by_steps, assess, mark_path},
};
use proto::ids::Lsn;

use crate::{
    backup_story::{Story, config, empty, found_in, play, refusing, serve, told_by},
    game::Game,
    home::Home,
};

const BY: Signed<'_> = Signed { author: "ada", reason: "the disk is gone" };

fn code_of_start(home: &Home) -> &'static str {
    let Err(error) = start(home) else { panic!("it starts") };
    error.code()
}

fn start(home: &Home) -> Result<crate::server::Server, dbfront::Error> {
    let config = config(home);
    match home {
        Home::File(_) => crate::server::Server::start_with(config),
        Home::Server(server) => crate::server::Server::start_over(server.mysql(), config),
    }
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir(to).expect("made");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("a file");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
    }
}

fn code(result: Result<Accepted, LossError>) -> &'static str {
    result.expect_err("refused").code()
}

/// Refuses everything but the right number, is cut off behind each step, and goes on to the end.
fn accepted(home: &Home, loss: &Loss) -> Accepted {
    let config = config(home);
    for other in [loss.to.0.wrapping_sub(1), loss.to.0 + 1] {
        assert_eq!(code(accept(&config, Lsn(other), BY)), "LOSS_OTHER");
    }
    let long = "x".repeat(129);
    assert_eq!(code(accept(&config, loss.to, Signed { reason: &long, ..BY })), "LOSS_WORDS");
    assert_eq!(code_of_start(home), loss.stop, "nothing was changed");
    for steps in 1.. {
        let mut left = steps;
        let result = accept_by_steps(&config, loss.to, BY, &mut |_| {
            left -= 1;
            left != 0
        });
        match result {
            Err(error) => {
                assert_eq!(error.code(), "LOSS_UNFINISHED", "{error}");
                assert_eq!(code_of_start(home), "LOSS_UNFINISHED", "behind step {steps}");
                assert_eq!(dbfront::look::init(&config).expect_err("refused").code(), "LOSS_UNFINISHED");
                assert_eq!(code(accept(&config, Lsn(loss.to.0 + 1), BY)), "LOSS_UNFINISHED");
            }
            Ok(accepted) => {
                assert!(steps > 4 && !mark_path(&config).exists());
                return accepted;
            }
        }
    }
    unreachable!("it ends when all steps were taken");
}

/// What remains is the world up to `kept`, its journal says so, and players go on.
fn goes_on(home: &Home, story: &Story, loss: &Loss, accepted: &Accepted) {
    let config = config(home);
    assert_eq!(accepted.kept, loss.kept);
    assert_eq!(assess(&config).expect_err("nothing is lost").code(), "LOSS_NONE");
    let info = inspect::info(&config).expect("a journal");
    let parent = info.segments[0].header.parent.expect("it goes on from another one");
    let lost = parent.lost.expect("and somebody accepted a loss");
    assert_eq!((parent.lsn, lost.from, lost.to), (loss.kept, loss.from, loss.to));
    assert_eq!(info.identity.journal_uuid, accepted.journal);

    let server = serve(home);
    let mut game = Game::begin(&server.config.link_path, 9);
    assert_eq!(game.durable, loss.kept.0 + 1, "the record that tells of it");
    game.until_applied(loss.kept.0 + 1);
    server.stop();
    let mut found = found_in(home);
    let told = found.remove("staff_log").expect("a table");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|line| line.contains("accept-loss") && line.contains("ada")), "{told:?}");
    assert!(told.iter().any(|line| line.contains("the disk is gone")), "{told:?}");
    let range = format!("{}: records {} to {} of journal", loss.stop, loss.from, loss.to);
    assert!(told.iter().any(|line| line.contains(&range)), "{told:?}");
    let mut model = told_by(story, loss.kept.0);
    model.remove("staff_log");
    assert_eq!(found, model);
    assert!(inspect::check(&config, true).expect("a journal").wrong.is_none());
}

/// The journal is a copy from before the last turns, or gone.
fn lost_journal(home: &Home) {
    let folder = tempfile::tempdir().expect("a folder");
    let old = folder.path().join("old");
    let journal = config(home).journal_folder;
    for whole in [true, false] {
        let mut story = Story::begun(1_000);
        play(home, &story, 1);
        copy(&journal, &old);
        let last = story.records;
        let server = serve(home);
        let mut game = Game::begin(&server.config.link_path, 8);
        story.pays(&[(0, 10), (1, 20), (0, 5)]);
        game.turn(last + 1, &story.turns[1]);
        game.until_applied(story.records);
        assert_eq!(assess(&config(home)).expect_err("it runs").code(), "WRITER_EXISTS");
        assert_eq!(code(accept(&config(home), Lsn(5), BY)), "WRITER_EXISTS");
        server.stop();
        assert_eq!(code(accept(&config(home), Lsn(story.records), BY)), "LOSS_NONE");
        fs::remove_dir_all(&journal).expect("gone");
        if whole {
            copy(&old, &journal);
        }
        let loss = assess(&config(home)).expect("lost");
        let from = if whole { last + 1 } else { 1 };
        assert_eq!((loss.kept.0, loss.from.0, loss.to.0), (story.records, from, story.records));
        assert_eq!(loss.stop, if whole { "JOURNAL_BEHIND_DB" } else { "JOURNAL_MISSING" });
        assert!(whole || !journal.exists(), "a look makes nothing");
        let accepted = accepted(home, &loss);
        let left = fs::read_dir(&accepted.aside).expect("a folder").count();
        assert_eq!(left > 0, whole);
        goes_on(home, &story, &loss, &accepted);
        empty(home);
    }
}

#[test]
fn a_lost_or_old_journal_is_given_up_by_name_and_the_world_goes_on_in_a_file() {
    lost_journal(&Home::file());
}

#[test]
fn a_lost_or_old_journal_is_given_up_by_name_and_the_world_goes_on_on_a_server() {
    let Some(server) = Home::server() else { return };
    lost_journal(&server);
}

/// The segment in which a record lies that the database does not have, and the place of its frame.
fn frame_of(home: &Home, lsn: u64) -> (PathBuf, u64) {
    let config = config(home);
    let mut found = None;
    inspect::each(&config, Lsn(1), |_, item| {
        if let inspect::Item::Frame { segment, offset, header, .. } = item
            && header.count != 0
            && header.first_lsn.0 <= lsn
            && lsn <= header.last_lsn().0
        {
            found = Some((segment, offset));
        }
        Ok(std::ops::ControlFlow::Continue(()))
    })
    .expect("a journal");
    let (segment, offset) = found.expect("it is there");
    (config.journal_folder.join(format!("{segment:016x}.seg")), offset)
}

/// A turn is damaged that was acknowledged and that the database does not have.
fn damaged(home: &Home) {
    let (story, before) = Story::both_parts();
    let applied = play(home, &story, before);
    let wrong = applied + 3;
    let (path, offset) = frame_of(home, wrong);
    fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .and_then(|file| file.write_at(b"?!", offset + 90))
        .expect("there");
    assert_eq!(code_of_start(home), "CORRUPT_ACKED");
    let loss = assess(&config(home)).expect("lost");
    assert_eq!((loss.stop, loss.applied.0, loss.to.0), ("CORRUPT_ACKED", applied, story.records));
    assert!(loss.applied < loss.kept && loss.kept.0 < wrong && loss.from == loss.kept.next(), "{loss:?}");
    let accepted = accepted(home, &loss);
    goes_on(home, &story, &loss, &accepted);
}

/// A file in the middle is gone; the database has nothing of it, nor of the one before to its end.
fn missing(home: &Home) {
    let (mut story, before) = Story::both_parts();
    let applied = play(home, &story, before);
    let end = story.records;
    home.sql(refusing(home));
    for instance in [8, 9] {
        let server = serve(home);
        let mut game = Game::begin(&server.config.link_path, instance);
        let first = story.records + 1;
        story.pays(&[(0, 1)]);
        game.turn(first, story.turns.last().expect("told"));
        game.until_durable(story.records);
        server.stop();
    }
    home.sql("DROP TRIGGER no_zero");
    let segments = inspect::info(&config(home)).expect("a journal").segments;
    let gone = segments.iter().find(|segment| segment.header.first_lsn.0 == end + 1).expect("of one life");
    fs::remove_file(config(home).journal_folder.join(format!("{:016x}.seg", gone.header.number)))
        .expect("gone");
    assert_eq!(code_of_start(home), "MISSING_SEGMENT");
    let loss = assess(&config(home)).expect("lost");
    assert_eq!((loss.stop, loss.applied.0, loss.kept.0), ("MISSING_SEGMENT", applied, end));
    assert_eq!((loss.from.0, loss.to.0), (end + 1, story.records));
    let accepted = accepted(home, &loss);
    goes_on(home, &story, &loss, &accepted);
}

#[test]
fn a_missing_file_is_given_up_by_name_and_everything_before_it_is_kept_in_a_file() {
    missing(&Home::file());
}

#[test]
fn a_missing_file_is_given_up_by_name_and_everything_before_it_is_kept_on_a_server() {
    let Some(server) = Home::server() else { return };
    missing(&server);
}

#[test]
fn damage_is_given_up_by_name_and_everything_before_it_is_kept_in_a_file() {
    damaged(&Home::file());
}

#[test]
fn damage_is_given_up_by_name_and_everything_before_it_is_kept_on_a_server() {
    let Some(server) = Home::server() else { return };
    damaged(&server);
}

/// The database is an old backup, and the journal does not go back so far.
fn too_short(home: &Home) {
    let mut story = Story::begun(1_000);
    play(home, &story, 1);
    let config = config(home);
    let folder = tempfile::tempdir().expect("a folder");
    let world = folder.path().join("world.db");
    home.archive().copy_to(&world, &mut |_| true).expect("copied");
    let kept = story.records;
    let mut last = kept;
    // Each start begins a segment.
    for instance in 8..10 {
        let server = serve(home);
        let mut game = Game::begin(&server.config.link_path, instance);
        story.pays(&[(0, 10), (1, 20)]);
        game.turn(last + 1, story.turns.last().expect("a turn"));
        last = story.records;
        game.until_applied(last);
        server.stop();
    }
    let uuid = inspect::info(&config).expect("a journal").identity.journal_uuid;
    home.clear_database();
    home.archive().load(&world, uuid, &mut |_| true).expect("loaded");
    home.archive().publish().expect("published");
    let segments = inspect::info(&config).expect("a journal").segments;
    for segment in segments.iter().filter(|segment| segment.last_lsn.0 < last - 1) {
        let name = format!("{:016x}.seg", segment.header.number);
        fs::remove_file(config.journal_folder.join(name)).expect("gone");
    }
    assert_eq!(code_of_start(home), "JOURNAL_TOO_SHORT");
    let loss = assess(&config).expect("lost");
    assert_eq!((loss.kept.0, loss.from.0, loss.to.0), (kept, kept + 1, last), "{loss:?}");
    let accepted = accepted(home, &loss);
    goes_on(home, &story, &loss, &accepted);
}

#[test]
fn a_database_older_than_the_journal_goes_on_without_what_came_between_in_a_file() {
    too_short(&Home::file());
}

#[test]
fn a_database_older_than_the_journal_goes_on_without_what_came_between_on_a_server() {
    let Some(server) = Home::server() else { return };
    too_short(&server);
}

/// Who has a backup after all must not lose the restored world to what was written down before.
#[test]
fn a_world_restored_in_place_of_a_loss_half_accepted_is_no_part_of_it() {
    let home = Home::file();
    let config = config(&home);
    let story = Story::begun(100);
    play(&home, &story, 1);
    let backup = tempfile::tempdir().expect("a folder");
    make_offline(&config, &backup.path().join("b")).expect("made");
    fs::remove_dir_all(&config.journal_folder).expect("gone");
    let loss = assess(&config).expect("lost");
    let cut = accept_by_steps(&config, loss.to, BY, &mut |step| step != "told aside");
    assert_eq!(code(cut), "LOSS_UNFINISHED");
    let decision = fs::read(mark_path(&config)).expect("written down");
    let half = config.journal_folder.with_file_name("half");
    fs::rename(&config.journal_folder, half).expect("moved away");
    home.clear_database();
    restore(&config, &backup.path().join("b"), None).expect("restored");
    assert!(!mark_path(&config).exists());
    assert_eq!(assess(&config).expect_err("nothing is lost").code(), "LOSS_NONE");
    serve(&home).stop();

    // It comes back from a copy of the folder.
    fs::write(mark_path(&config), decision).expect("written");
    let Err(refused) = accept(&config, loss.to, BY) else { panic!("it is of another journal") };
    assert!(matches!(refused, LossError::OtherWorld { .. }), "{refused}");
    fs::remove_file(mark_path(&config)).expect("as it says");
    serve(&home).stop();
    assert_eq!(inspect::info(&config).expect("a journal").end.tail.last_lsn.0, story.records);
}
