//! A scan beside a writer that goes on while it reads: it takes nothing for damage, misses nothing that was there when it was
//! asked, and ends, however long the writer goes on.

use std::io;

use super::*;
use crate::logic::{disk::Disk, journal_script::CONFIG};

/// A folder into which somebody writes between the calls of whoever reads: one more of these states after so many of them.
struct Written<'a> {
    states: &'a [ModelDisk],
    every: usize,
    /// Calls until the writer begins.
    after: usize,
    calls: usize,
}

impl Written<'_> {
    fn now(&mut self) -> ModelDisk {
        self.calls += 1;
        let last = self.states.len() - 1;
        let state = self.calls.saturating_sub(self.after) / self.every;
        self.states[state.min(last)].clone()
    }

    fn writes_on(&self) -> bool {
        self.calls.saturating_sub(self.after) / self.every + 1 < self.states.len()
    }
}

const READER: &str = "a reader changes nothing";

impl Disk for Written<'_> {
    fn list(&mut self) -> io::Result<Vec<String>> {
        self.now().list()
    }

    fn read_at(&mut self, name: &str, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.now().read_at(name, offset, bytes)
    }

    fn len(&mut self, name: &str) -> io::Result<u64> {
        self.now().len(name)
    }

    fn create(&mut self, _: &str) -> io::Result<()> {
        panic!("{READER}")
    }

    fn write_at(&mut self, _: &str, _: u64, _: &[u8]) -> io::Result<usize> {
        panic!("{READER}")
    }

    fn sync(&mut self, _: &str) -> io::Result<()> {
        panic!("{READER}")
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        panic!("{READER}")
    }

    fn truncate(&mut self, _: &str, _: u64) -> io::Result<()> {
        panic!("{READER}")
    }

    fn unlink(&mut self, _: &str) -> io::Result<()> {
        panic!("{READER}")
    }

    fn rename(&mut self, _: &str, _: &str) -> io::Result<()> {
        panic!("{READER}")
    }
}

/// The folder after each of so many turns of one writer.
fn states(segment_bytes: u64, turns: usize) -> Vec<ModelDisk> {
    let life = JournalConfig { segment_bytes, ..CONFIG };
    let mut disk = ModelDisk::new();
    let mut states = Vec::new();
    let mut journal = Journal::init(&mut disk, life, IDENTITY, 1).expect("an empty disk");
    journal.begin_epoch(Epoch(1), 11, 2).expect("a sound disk");
    for _ in 0..turns {
        append(&mut journal, 9).expect("room");
        journal.commit().expect("a sound disk");
        journal.prepare(NOTHING_SETTLED).expect("a sound disk");
        states.push(ModelDisk::clone(journal.disk()));
    }
    states
}

/// Records that were seen, and how it ended.
fn scanned(disk: &mut Written<'_>) -> (Vec<u64>, HowEnded) {
    let mut scanner = Scanner::open(disk, Lsn(0)).expect("sound").expect("a journal");
    let mut seen = Vec::new();
    loop {
        seen.push(scanner.next(disk).expect("sound"));
        match seen.last() {
            Some(Seen::End(end)) => return (records(&seen), end.how),
            Some(Seen::Wrong(wrong)) => panic!("after {} calls: {wrong:?}", disk.calls),
            _ => {}
        }
    }
}

#[test]
fn what_a_writer_writes_at_any_call_is_no_damage_and_what_was_there_is_seen() {
    let all = states(8 << 10, 40);
    let (from, ends) = (17, [18, 21, 40]);
    for end in ends {
        // All at once, as far as whoever reads can tell.
        let two = [all[from - 1].clone(), all[end - 1].clone()];
        for after in 0..200 {
            let mut disk = Written { states: &two, every: 1, after, calls: 0 };
            let (records, how) = scanned(&mut disk);
            assert_eq!(how, HowEnded::Open, "written after {after} calls");
            let seen = u64::try_from(records.len()).expect("few");
            assert_eq!(records, (1..=seen).collect::<Vec<_>>());
            assert!(
                (from as u64 * 9..=end as u64 * 9).contains(&seen),
                "{seen}: written after {after} calls"
            );
            if !disk.writes_on() {
                continue;
            }
            assert!(after > 20, "it read too little for this to be a test");
            break;
        }
    }
}

#[test]
fn a_scan_ends_though_its_writer_does_not() {
    let states = states(256 << 10, 200);
    for every in 1..4 {
        let mut disk = Written { states: &states, every, after: 0, calls: 0 };
        let (_, how) = scanned(&mut disk);
        assert_eq!(how, HowEnded::Open);
        assert!(disk.writes_on(), "it followed its writer to the end");
    }
}
