//! Backups that hang, that the journal has no room for, and whose mark cannot be written.

use std::sync::mpsc;

use super::*;
use crate::{RawConfig, RawStore, logic::backlog::Backlog};

struct House {
    folder: tempfile::TempDir,
    thread: BackupThread,
}

impl House {
    fn new(patience: Duration) -> Self {
        let folder = tempfile::tempdir().expect("a place for tests");
        let config = RawConfig::default().check(RawStore::default(), folder.path()).expect("sound");
        let backlog = Arc::new(BacklogCell::new(Backlog::new(1, Lsn(0), Lsn(0))));
        let metrics = Arc::new(Metrics::default());
        metrics.backups.open(None);
        metrics.lsn_applied.store(6, Relaxed);
        let thread = BackupThread { patience, ..BackupThread::new(config, backlog, metrics) };
        Self { folder, thread }
    }

    fn metrics(&self) -> Arc<Metrics> {
        self.thread.metrics.clone()
    }
}

fn made(folder: &Path) -> Made {
    Made { folder: folder.to_owned(), cursor: Lsn(7), last: Lsn(9), bytes: 1, warning: None }
}

const LONG: Duration = Duration::from_secs(3_600);

/// Hangs as a disk does that does not answer, and goes on when it is let.
fn hanging() -> (mpsc::Sender<()>, impl FnOnce(Arc<Course>) -> Result<Made, BackupError> + Send + 'static) {
    let (let_go, held) = mpsc::channel();
    let work = move |course: Arc<Course>| {
        let _ = held.recv();
        if course.finish() { Ok(made(Path::new("x"))) } else { Err(BackupError::Stopped) }
    };
    (let_go, work)
}

#[test]
fn a_backup_in_which_nothing_goes_on_is_given_up_by_name_and_none_is_begun_while_it_hangs() {
    let mut house = House::new(Duration::from_millis(300));
    let (folder, metrics) = (house.folder.path().join("one"), house.metrics());
    let (let_go, work) = hanging();
    let error = house.thread.watched(&folder, work).expect_err("it hangs");
    assert_eq!(error.code, "BACKUP_STALLED");
    assert!(error.text.contains("nothing of it went on for"), "{}", error.text);
    assert_eq!(metrics.backups.pinned_from(0), None, "the journal goes on without it");
    let other = house.folder.path().join("two");
    let error = house.thread.watched(&other, |_| unreachable!("not begun")).expect_err("the first hangs");
    assert_eq!((error.code, error.text.contains("one: nothing is made")), ("BACKUP_STALLED", true));
    drop(let_go);
    let hanging = house.thread.hanging.take().expect("it hung");
    hanging.thread.join().expect("it ends when its disk answers");
    let target = other.clone();
    assert!(house.thread.watched(&other, move |_| Ok(made(&target))).is_ok());
}

#[test]
fn a_backup_that_goes_on_slowly_is_not_given_up() {
    let mut house = House::new(Duration::from_millis(600));
    let folder = house.folder.path().join("one");
    let target = folder.clone();
    let slow = move |course: Arc<Course>| {
        let (_never, held) = mpsc::channel::<()>();
        for _ in 0..10 {
            let _ = held.recv_timeout(Duration::from_millis(100));
            assert!(course.beat());
        }
        Ok(made(&target))
    };
    assert!(house.thread.watched(&folder, slow).is_ok());
}

#[test]
fn a_backup_for_which_the_journal_has_no_room_is_given_up_and_pins_nothing_any_more() {
    let mut house = House::new(LONG);
    let (folder, metrics) = (house.folder.path().join("one"), house.metrics());
    let keep = house.thread.config.keep_bytes;
    metrics.journal_kept_bytes.store(keep + 1, Relaxed);
    metrics.journal_free_bytes.store(i64::try_from(keep).expect("63 bits"), Relaxed);
    let (let_go, work) = hanging();
    let error = house.thread.watched(&folder, work).expect_err("no room");
    assert_eq!(error.code, "BACKUP_GIVEN_UP");
    assert_eq!(metrics.backups.pinned_from(0), None);
    drop(let_go);
}

#[test]
fn a_backup_that_panics_is_a_bug_with_a_name_and_the_next_one_is_made() {
    let mut house = House::new(LONG);
    let folder = house.folder.path().join("one");
    let error = house.thread.watched(&folder, |_| panic!("on purpose")).expect_err("a bug");
    assert_eq!(error.code, "PANICKED");
    assert!(house.thread.hanging.is_none(), "it is over");
    let target = folder.clone();
    assert!(house.thread.watched(&folder, move |_| Ok(made(&target))).is_ok());
}

#[test]
fn a_mark_that_cannot_be_written_is_a_warning_and_is_written_later() {
    let mut house = House::new(LONG);
    let in_the_way = mark_path(&house.thread.config).with_extension("mark.new");
    fs::create_dir_all(&in_the_way).expect("made");
    let mark = Mark { lsn: 7, made_ms: 1 };
    let warning = house.thread.mark(mark).expect("a warning");
    assert!(warning.starts_with("BACKUP_UNMARKED: ") && warning.contains("the backup is whole"), "{warning}");
    assert_eq!(house.metrics().backups.mark(), Some(mark), "the journal is kept for it");
    house.thread.mark_again();
    assert_eq!((house.thread.unmarked, read_mark(&house.thread.config)), (Some(mark), None));
    fs::remove_dir(&in_the_way).expect("gone");
    house.thread.mark_again();
    assert_eq!((house.thread.unmarked, read_mark(&house.thread.config)), (None, Some(mark)));
    let later = Mark { lsn: 9, made_ms: 2 };
    assert_eq!(house.thread.mark(later), None);
    assert_eq!(read_mark(&house.thread.config), Some(later));
}
