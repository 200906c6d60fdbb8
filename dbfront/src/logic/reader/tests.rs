//! Reading beside the writer: never more than was promised, whole turns, across segments as they come.

use super::*;
use crate::logic::{
    journal::{Journal, JournalConfig, Keep},
    journal_script::{CONFIG, IDENTITY, NOTHING_SETTLED, append, body, fresh, read_all},
    model_disk::ModelDisk,
};

/// Both ends on one disk: the writer takes turns with the reader, as two handles on one folder would.
struct Shared(std::rc::Rc<std::cell::RefCell<ModelDisk>>);

impl Disk for Shared {
    fn list(&mut self) -> io::Result<Vec<String>> {
        self.0.borrow_mut().list()
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        self.0.borrow_mut().create(name)
    }

    fn write_at(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write_at(name, offset, bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.0.borrow_mut().sync(name)
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        self.0.borrow_mut().sync_dir()
    }

    fn read_at(&mut self, name: &str, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read_at(name, offset, bytes)
    }

    fn len(&mut self, name: &str) -> io::Result<u64> {
        self.0.borrow_mut().len(name)
    }

    fn truncate(&mut self, name: &str, bytes: u64) -> io::Result<()> {
        self.0.borrow_mut().truncate(name, bytes)
    }

    fn unlink(&mut self, name: &str) -> io::Result<()> {
        self.0.borrow_mut().unlink(name)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.0.borrow_mut().rename(from, to)
    }
}

fn shared() -> (Shared, Shared) {
    let disk = std::rc::Rc::new(std::cell::RefCell::new(ModelDisk::new()));
    (Shared(disk.clone()), Shared(disk))
}

#[test]
fn a_reader_follows_the_writer_through_its_segments() {
    let (writer, mut disk) = shared();
    let mut journal = fresh(writer);
    let mut reader = Reader::open(&mut disk, IDENTITY, Lsn(0)).expect("an empty journal");
    for count in (1..60).map(|turn| 1 + turn % 13) {
        let first = journal.tail().last_lsn.next();
        append(&mut journal, count).expect("room");
        let before = journal.durable();
        assert!(reader.read(&mut disk, before, 1 << 20).expect("sound").is_empty(), "not durable yet");
        let durable = journal.commit().expect("a sound disk").lsn();
        let turns = reader.read(&mut disk, durable, 1 << 20).expect("sound");
        assert_eq!(turns.len(), 1);
        assert_eq!((turns[0].first_lsn, &turns[0].body[..]), (first, &body(first.0, count)[..]));
        assert_eq!(turns[0].chain, journal.tail().data_chain);
        if count == 5 {
            journal.mark(3).expect("a sound disk");
        }
        journal.prepare(NOTHING_SETTLED).expect("a sound disk");
    }
    assert!(reader.segment() > 2);
}

#[test]
fn a_read_gives_at_least_one_turn_and_no_more_bytes_than_asked() {
    let mut disk = ModelDisk::new();
    let mut journal = fresh(&mut disk);
    for _ in 0..10 {
        append(&mut journal, 4).expect("room");
    }
    let durable = journal.commit().expect("a sound disk").lsn();
    drop(journal);
    let turn_bytes = body(1, 4).len();
    for bytes_max in [0, turn_bytes - 1, turn_bytes * 3 + 40, 1 << 20] {
        let mut reader = Reader::open(&mut disk, IDENTITY, Lsn(0)).expect("sound");
        let turns = reader.read(&mut disk, durable, bytes_max).expect("sound");
        let bytes: usize = turns.iter().map(|turn| turn.body.len()).sum();
        assert!(turns.len() == 1 || bytes <= bytes_max, "{bytes_max}");
        let rest = read_all(&mut disk, &mut reader, durable);
        assert_eq!(turns.len() + rest.len(), 10, "{bytes_max}");
    }
}

#[test]
fn what_cannot_be_read_is_named_and_what_comes_before_it_is_given() {
    let mut disk = ModelDisk::new();
    let mut journal = fresh(&mut disk);
    for _ in 0..40 {
        append(&mut journal, 6).expect("room");
        journal.commit().expect("a sound disk");
    }
    let durable = journal.durable();
    drop(journal);
    let mut damaged = disk.clone();
    damaged.flip(&segment_name(2), 5_000 * 8);
    let mut reader = Reader::open(&mut damaged, IDENTITY, Lsn(0)).expect("its beginning is sound");
    let error = loop {
        match reader.read(&mut damaged, durable, 0) {
            Ok(turns) => assert_eq!(turns.len(), 1),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, ReadError::Damaged { lsn } if lsn == reader.tail().last_lsn.next()), "{error}");

    let mut gone = disk;
    gone.remove(&segment_name(2));
    let mut reader = Reader::open(&mut gone, IDENTITY, Lsn(0)).expect("its beginning is there");
    let error = reader.read(&mut gone, durable, 1 << 20).expect_err("a gap");
    assert_eq!(error.code(), "MISSING_SEGMENT");
    gone.remove(&segment_name(1));
    assert_eq!(Reader::open(&mut gone, IDENTITY, Lsn(0)).expect_err("gone").code(), "MISSING_SEGMENT");
}

#[test]
fn a_reader_goes_on_where_the_segment_that_it_had_read_is_gone() {
    for (keep_ms, writers) in [(0, 0), (u64::MAX, 0), (0, 1), (u64::MAX, 1)] {
        let (writer, mut disk) = shared();
        let config = JournalConfig { keep_bytes: 0, keep_ms, ..CONFIG };
        let mut journal = Journal::init(writer, config, IDENTITY, 1).expect("an empty disk");
        journal.begin_epoch(Epoch(1), 11, 2).expect("a sound disk");
        let mut reader = Reader::open(&mut disk, IDENTITY, Lsn(0)).expect("an empty journal");
        for number in 0..90 {
            append(&mut journal, 23).expect("room");
            let durable = journal.commit().expect("a sound disk").lsn();
            // It stands at the end of what was applied, and that segment goes, or becomes the next.
            let keep = Keep { applied: reader.tail().last_lsn, pinned_from: None, now_ms: 1 << 40 };
            journal.prepare(keep).expect("a sound disk");
            journal.unlink_settled(keep).expect("a sound disk");
            assert_eq!(read_all(&mut disk, &mut reader, durable).len(), 1, "keep_ms {keep_ms}");
            // No record, so nobody reads it before the segment is settled.
            for _ in 0..writers {
                journal.begin_epoch(Epoch(2 + number), 11, 2).expect("room");
                journal.commit().expect("a sound disk");
            }
        }
        assert!(reader.segment() > 10);
    }
}
