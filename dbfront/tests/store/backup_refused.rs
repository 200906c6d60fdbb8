//! What is refused as a backup, as a place for one, and as a place for a restored world; and a restore that was cut off.

use std::{fs, path::Path};

use dbfront::{
    Config,
    backup::{BackupError, Manifest, check, make_offline, restore, restore_mark},
    store::Presence,
};

use crate::{
    backup_story::{
        Backed, Story, backed_up, backed_up_from, code_of_start, config, empty, found_in, play, serve,
        told_by,
    },
    home::Home,
};

fn interrupted(home: &Home) {
    let Backed { story, folder: _folder, backup, .. } = backed_up();
    let target = config(home);
    let mark = restore_mark(&target);
    let unpublish = || match home {
        Home::File(folder) => {
            let path = folder.path().join("game.db");
            fs::rename(&path, path.with_file_name("game.db.init")).expect("moved");
        }
        Home::Server(_) => home.sql("UPDATE journal_cursor SET id = 0"),
    };
    let end = |what: &str| {
        assert_eq!(code_of_start(home), Some("RESTORE_UNFINISHED"), "{what}");
        assert_eq!(dbfront::look::init(&target).expect_err("refused").code(), "RESTORE_UNFINISHED");
        restore(&target, &backup, None).expect(what);
        assert!(!mark.exists());
        assert_eq!(found_in(home), told_by(&story, story.records), "{what}");
        empty(home);
    };

    fs::write(&mark, "").expect("written");
    end("before anything was loaded");

    fs::write(&mark, "").expect("written");
    home.archive().load(&backup.join("world.db"), [3; 16], &mut |_| true).expect("loaded");
    end("when the world was loaded");

    restore(&target, &backup, None).expect("restored");
    unpublish();
    fs::write(&mark, "").expect("written");
    end("when the journal was made");

    restore(&target, &backup, None).expect("restored");
    unpublish();
    assert_eq!(home.database().presence(), Ok(Presence::Prepared));
    assert_eq!(code_of_start(home), None, "all was there but its name");
    assert_eq!(found_in(home), told_by(&story, story.records));
}

#[test]
fn a_restore_that_was_cut_off_is_no_world_and_is_begun_again_in_a_file() {
    interrupted(&Home::file());
}

#[test]
fn a_restore_that_was_cut_off_is_no_world_and_is_begun_again_on_a_server() {
    let Some(server) = Home::server() else { return };
    interrupted(&server);
}

/// Somebody put a world there after a restore was cut off: it is theirs, whatever the mark says.
fn put_there_since(home: &Home) {
    let from = Home::file();
    let Backed { folder: _folder, backup, .. } = backed_up_from(&from);
    assert!(dbfront::backup::mark_path(&config(&from)).is_file(), "the journal is kept from it on");
    let (story, before) = Story::both_parts();
    play(home, &story, before);
    let stands = found_in(home);
    fs::write(restore_mark(&config(home)), "").expect("written");
    let code = restore(&config(home), &backup, None).expect_err("refused").code();
    assert_eq!(code, "RESTORE_NOT_EMPTY");
    assert_eq!(found_in(home), stands);
    fs::remove_file(restore_mark(&config(home))).expect("gone");
    assert_eq!(code_of_start(home), None, "its journal is whole");
}

#[test]
fn a_restore_that_is_begun_again_leaves_a_world_alone_that_was_put_there_since() {
    put_there_since(&Home::file());
    if let Some(server) = Home::server() {
        put_there_since(&server);
    }
}

#[test]
fn a_restore_that_is_begun_again_leaves_the_tables_of_others_alone() {
    let Some(server) = Home::server() else { return };
    server.sql("CREATE TABLE item (name VARCHAR(20)); INSERT INTO item VALUES ('theirs')");
    assert_eq!(server.archive().discard().map_err(|error| error.code()), Err("DB_UNSAFE_SETTINGS"));
    server.sql("INSERT INTO item VALUES ('still there')");
}

#[test]
fn whatever_is_changed_in_a_backup_is_found_before_anything_is_made_of_it() {
    let Backed { folder: _folder, backup, .. } = backed_up();
    let to = Home::file();
    let code = || {
        let checked = check(&backup).map(drop).map_err(|error| error.code());
        let restored = restore(&config(&to), &backup, None).map(drop).map_err(|error| error.code());
        assert_eq!(checked, restored);
        assert!(!config(&to).journal_folder.exists(), "nothing was made");
        checked.expect_err("damaged")
    };
    let manifest = check(&backup).expect("whole").manifest;
    for file in manifest.files.iter().map(|file| file.name.as_str()) {
        let path = backup.join(file);
        let whole = fs::read(&path).expect("readable");
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, damaged).expect("written");
            assert_eq!(code(), "BACKUP_DAMAGED", "{file} at {at}");
        }
        fs::write(&path, &whole[..whole.len() - 1]).expect("written");
        assert_eq!(code(), "BACKUP_DAMAGED", "{file} cut");
        fs::remove_file(&path).expect("gone");
        assert_eq!(code(), "BACKUP_DAMAGED", "{file} gone");
        fs::write(&path, whole).expect("written");
    }
    let foreign = backup.join("segments/00000000000000ff.seg");
    fs::write(&foreign, "x").expect("written");
    assert_eq!(code(), "BACKUP_DAMAGED");
    fs::remove_file(&foreign).expect("gone");
    let path = backup.join("manifest.json");
    let whole = fs::read(&path).expect("readable");
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(&path, &damaged).expect("written");
        // A number of a later format is one that this build does not know.
        let name = code();
        assert!(["BACKUP_DAMAGED", "SCHEMA_TOO_NEW"].contains(&name), "byte {at}: {name}");
    }
    let told = |change: &dyn Fn(&mut Manifest)| {
        let mut manifest = manifest.clone();
        change(&mut manifest);
        fs::write(&path, manifest.encode()).expect("written");
        code()
    };
    assert_eq!(told(&|manifest| manifest.format += 1), "SCHEMA_TOO_NEW");
    assert_eq!(told(&|manifest| manifest.cursor.schema += 90), "SCHEMA_TOO_NEW");
    assert_eq!(told(&|manifest| manifest.last_lsn += 1), "BACKUP_DAMAGED");
    fs::write(&path, &whole[1..]).expect("written");
    assert_eq!(code(), "BACKUP_DAMAGED");
    fs::remove_file(&path).expect("gone");
    assert_eq!(code(), "BACKUP_ABSENT");
    fs::write(&path, whole).expect("written");
    check(&backup).expect("whole again");
    let other = Config { world: "other".to_owned(), ..config(&to) };
    assert_eq!(restore(&other, &backup, None).expect_err("refused").code(), "BACKUP_OF_OTHER_WORLD");
}

#[test]
fn a_backup_goes_only_where_nothing_is_and_what_a_crash_left_of_one_is_none() {
    let home = Home::file();
    let folder = tempfile::tempdir().expect("a folder");
    let code =
        |path: &Path| make_offline(&config(&home), path).map(drop).map_err(|error: BackupError| error.code());
    let target = folder.path().join("backup");
    assert_eq!(code(&target), Err("BACKUP_NO_WORLD"));
    let (story, before) = Story::both_parts();
    play(&home, &story, before);

    let partial = folder.path().join("backup.partial");
    fs::create_dir_all(partial.join("segments")).expect("made");
    fs::write(partial.join("world.db"), "half").expect("written");
    assert_eq!(check(&partial).expect_err("none").code(), "BACKUP_ABSENT");
    fs::write(partial.join("mine.txt"), "kept").expect("written");
    assert_eq!(code(&target), Err("BACKUP_NOT_EMPTY"));
    fs::remove_file(partial.join("mine.txt")).expect("gone");
    // An empty folder is as good as none.
    fs::create_dir(&target).expect("made");
    assert_eq!(code(&target), Ok(()));
    assert!(!partial.exists());
    assert_eq!(code(&target), Err("BACKUP_NOT_EMPTY"));
    let server = serve(&home);
    assert_eq!(code(&folder.path().join("second")), Err("WRITER_EXISTS"));
    assert!(!folder.path().join("second.partial").exists());
    server.stop();
    assert_eq!(code(&folder.path().join("no folder/second")), Err("BACKUP_FAILED"));
}
