//! A run as an ordered map on a real disk, and what is left of it.

use tempfile::tempdir;

use super::*;

fn row(key: &[u8], value: &[u8]) -> (Vec<u8>, Vec<u8>) {
    (key.to_vec(), value.to_vec())
}

#[test]
fn a_run_gives_back_what_was_put_last_and_ranges_in_order() {
    let data = tempdir().expect("a folder");
    let mut folder = SpillFolder::open(&data.path().join("spill")).expect("opens");
    let mut run = folder.begin().expect("begins");
    run.put(&[row(b"a", b"1"), row(b"b", b"2"), row(b"c", b"3")]).expect("room");
    run.put(&[row(b"b", b"4"), row(b"d", b"5")]).expect("room");
    assert_eq!(run.get(b"b"), Ok(Some(b"4".to_vec())));
    assert_eq!(run.get(b"x"), Ok(None));
    assert_eq!(run.range(b"a", b"d", 2), Ok(vec![row(b"b", b"4"), row(b"c", b"3")]));
    assert_eq!(run.range(b"c", b"d", 9), Ok(vec![row(b"d", b"5")]));
    assert!(0 < run.bytes());
}

#[test]
fn a_run_that_is_dropped_leaves_no_file_and_a_start_none_of_an_earlier_life() {
    let data = tempdir().expect("a folder");
    let path = data.path().join("spill");
    let mut folder = SpillFolder::open(&path).expect("opens");
    let run = folder.begin().expect("begins");
    std::mem::forget(run);
    assert_eq!(fs::read_dir(&path).expect("a folder").count(), 1, "as after a kill");
    let mut folder = SpillFolder::open(&path).expect("opens");
    assert!(!path.exists());
    let run = folder.begin().expect("begins");
    assert!(path.join("run-1.db").exists());
    drop(run);
    let gone = (0..60_000_000).any(|_| {
        thread::yield_now();
        !path.join("run-1.db").exists()
    });
    assert!(gone);
}

#[test]
fn a_disk_without_room_is_told_and_what_was_there_is_still_there() {
    let data = tempdir().expect("a folder");
    let mut folder = SpillFolder::open(&data.path().join("spill")).expect("opens");
    let mut run = folder.begin_file().expect("begins");
    run.put(&[row(b"a", b"1")]).expect("room");
    let connection = run.connection().expect("open");
    connection.pragma_update(None, "max_page_count", 8).expect("a bound");
    let large = vec![7; 3_000];
    let rows: Vec<_> = (0..=99).map(|n| row(&[b'b', n], &large)).collect();
    assert_eq!(run.put(&rows), Err(SpillError::Full));
    assert_eq!(run.get(b"a"), Ok(Some(b"1".to_vec())));
    assert_eq!(run.range(b"", b"z", 9), Ok(vec![row(b"a", b"1")]), "all or nothing");
    run.put(&[row(b"c", b"2")]).expect("a little goes in");
}

#[test]
fn what_a_run_says_that_it_takes_is_the_length_of_its_file() {
    let data = tempdir().expect("a folder");
    let mut folder = SpillFolder::open(&data.path().join("spill")).expect("opens");
    let mut run = folder.begin_file().expect("begins");
    let path = run.path.clone();
    let length = || fs::metadata(&path).expect("a file").len();
    assert_eq!(run.bytes(), length());
    let value = vec![7; 1_000];
    let rows = |round: u8| (0..50).map(|n| row(&[round, n], &value)).collect::<Vec<_>>();
    for round in 0..20 {
        let before = run.bytes();
        run.put(&rows(round)).expect("room");
        assert_eq!(run.bytes(), length());
        assert!(before + 45_000 < run.bytes(), "{before}, then {}", run.bytes());
    }
    let before = run.bytes();
    run.put(&rows(7)).expect("room");
    assert_eq!((run.bytes(), length()), (before, before), "the same rows again take no more");
    let pages = i64::try_from(before / 4_096).expect("few");
    run.connection().expect("open").pragma_update(None, "max_page_count", pages).expect("a bound");
    assert_eq!(run.put(&rows(200)), Err(SpillError::Full));
    assert_eq!((run.bytes(), length()), (before, before), "what was not taken takes nothing");
}
