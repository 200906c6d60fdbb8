//! The journal on a real folder, and who may open it.

use std::os::unix::fs::PermissionsExt;

use proto::ids::{Epoch, Lsn};

use super::*;
use crate::logic::{
    journal::{Journal, JournalConfig, Keep},
    journal_script::{CONFIG, IDENTITY, NOTHING_SETTLED, append, options, read_all},
    reader::Reader,
    recovery::{RecoveryOptions, recover},
};

fn folder() -> (tempfile::TempDir, PathBuf) {
    let parent = tempfile::tempdir().expect("a place for tests");
    let path = parent.path().join("journal");
    (parent, path)
}

#[test]
fn a_journal_lives_in_a_folder_through_restarts() {
    let (_parent, path) = folder();
    assert!(matches!(Files::open(&path), Err(FilesError::Absent(_))));
    let mut journal = Journal::init(Files::create(&path).expect("new"), CONFIG, IDENTITY, 1).expect("empty");
    journal.begin_epoch(Epoch(1), 11, 2).expect("sound");
    for _ in 0..30 {
        append(&mut journal, 9).expect("room");
        journal.commit().expect("sound");
        journal.prepare(NOTHING_SETTLED).expect("sound");
    }
    let durable = journal.durable();
    let mut beside = Files::open_to_read(&path).expect("there");
    let mut reader = Reader::open(&mut beside, IDENTITY, Lsn(0)).expect("sound");
    assert_eq!(read_all(&mut beside, &mut reader, durable).len(), 30);
    drop(journal);
    for (after_clean_stop, stop_cleanly) in [(false, false), (false, true), (true, false), (false, true)] {
        let recovered = recover(Files::open(&path).expect("unlocked"), &options()).expect("sound");
        assert_eq!((recovered.durable, recovered.report.clean), (durable, after_clean_stop));
        if stop_cleanly {
            recovered.journal.seal(9).expect("sound");
        }
    }
}

#[test]
fn one_process_writes_and_the_lock_ends_with_it() {
    let (_parent, path) = folder();
    let first = Files::create(&path).expect("new");
    let second = Files::open(&path).map(|_| ()).expect_err("locked");
    assert_eq!(second.code(), "WRITER_EXISTS");
    drop(first);
    Files::open(&path).expect("free again");
}

#[test]
fn the_folder_and_its_files_are_for_their_owner_alone() {
    let (_parent, path) = folder();
    let mut files = Files::create(&path).expect("new");
    files.create("some").expect("new");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&path.join("some")), mode(&path.join(LOCK_NAME))), (0o700, 0o600, 0o600));
}

#[test]
fn a_reader_beside_the_writer_cannot_write() {
    let (_parent, path) = folder();
    let mut writer = Files::create(&path).expect("new");
    writer.create("some").expect("new");
    writer.write_at("some", 0, b"text").expect("space");
    let mut reader = Files::open_to_read(&path).expect("there");
    let mut bytes = [0; 8];
    assert_eq!(reader.read_at("some", 0, &mut bytes).expect("there"), 4);
    assert!(reader.write_at("some", 0, b"x").is_err());
}

#[test]
fn more_files_than_are_held_open_are_all_reached() {
    let (_parent, path) = folder();
    let mut files = Files::create(&path).expect("new");
    let names: Vec<String> = (0..OPEN_FILES_MAX * 3).map(|index| format!("file {index}")).collect();
    for name in &names {
        files.create(name).expect("new");
        files.write_at(name, 0, name.as_bytes()).expect("space");
    }
    for name in names.iter().rev() {
        let mut bytes = [0; 32];
        let read = files.read_at(name, 0, &mut bytes).expect("there");
        assert_eq!(&bytes[..read], name.as_bytes());
        files.truncate(name, 2).expect("there");
        assert_eq!(files.len(name).expect("there"), 2);
        files.unlink(name).expect("there");
    }
    files.sync_dir().expect("sound");
    assert_eq!(files.list().expect("there"), [LOCK_NAME]);
}

#[test]
fn a_renamed_file_is_the_same_file_and_takes_nobodys_name() {
    let (_parent, path) = folder();
    let mut files = Files::create(&path).expect("new");
    for name in ["old", "other"] {
        files.create(name).expect("new");
        files.write_at(name, 0, name.as_bytes()).expect("space");
    }
    let taken = files.rename("old", "other").expect_err("taken");
    assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
    files.rename("old", "new").expect("free");
    files.sync_dir().expect("sound");
    let mut bytes = [0; 8];
    assert_eq!(files.read_at("old", 0, &mut bytes).expect_err("gone").kind(), io::ErrorKind::NotFound);
    assert_eq!(files.read_at("new", 0, &mut bytes).expect("there"), 3);
    files.create("old").expect("free again");
    files.write_at("old", 0, b"another").expect("space");
    assert_eq!(files.read_at("new", 0, &mut bytes).expect("there"), 3);
    assert_eq!(&bytes[..3], b"old");
}

#[test]
fn a_journal_goes_round_in_two_files_beside_a_reader_and_through_restarts() {
    let (_parent, path) = folder();
    let config = JournalConfig { segment_bytes: 20 << 10, keep_ms: u64::MAX, keep_bytes: 0 };
    let mut journal = Journal::init(Files::create(&path).expect("new"), config, IDENTITY, 1).expect("empty");
    journal.begin_epoch(Epoch(1), 11, 2).expect("sound");
    let mut beside = Files::open_to_read(&path).expect("there");
    let mut reader = Reader::open(&mut beside, IDENTITY, Lsn(0)).expect("sound");
    for _ in 0..200 {
        append(&mut journal, 30).expect("room");
        let durable = journal.commit().expect("sound").lsn();
        let applied = reader.tail().last_lsn;
        assert_eq!(read_all(&mut beside, &mut reader, durable).len(), 1);
        let keep = Keep { applied, ..NOTHING_SETTLED };
        journal.prepare(keep).expect("space");
        journal.unlink_settled(keep).expect("sound");
        let segments = fs::read_dir(&path).expect("there").count() - 1;
        assert!(segments <= 3, "{segments}");
    }
    let durable = journal.durable();
    assert!(reader.segment() > 20);
    drop(journal);
    for _ in 0..3 {
        let options = RecoveryOptions { journal: config, ..options() };
        let recovered = recover(Files::open(&path).expect("unlocked"), &options).expect("sound");
        assert_eq!((recovered.durable, recovered.report.quarantined), (durable, None));
    }
}
