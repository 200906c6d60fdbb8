//! A journal on a real folder from outside: beside its writer, after a clean stop, damaged.

use std::os::unix::fs::FileExt as _;

use proto::{
    ids::{AccountId, Epoch},
    turn::{TxnId, put_entry},
};
use tempfile::TempDir;

use super::*;
use crate::{
    config::{RawConfig, store::RawStore},
    logic::{
        frame::frame_bytes,
        journal::{Journal, JournalConfig, TurnFrame},
    },
};

/// Of a turn of [`add`].
const FRAME: u64 = frame_bytes(24 + 500) as u64;

fn home() -> (TempDir, Config) {
    let folder = tempfile::tempdir().expect("a folder");
    let config = RawConfig::default().check(RawStore::default(), folder.path()).expect("sound");
    (folder, config)
}

/// So many turns of one record each, in small segments.
fn journal(config: &Config, turns: u64) -> Journal<Files> {
    let identity = Identity { journal_uuid: [3; 16], world_hash: world_hash(&config.world) };
    let disk = Files::create(&config.journal_folder).expect("a folder");
    let small = JournalConfig { segment_bytes: 64 << 10, ..JournalConfig::default() };
    let mut journal = Journal::init(disk, small, identity, 1).expect("an empty folder");
    journal.begin_epoch(Epoch(1), 11, 1).expect("a sound disk");
    (0..turns).for_each(|_| add(&mut journal));
    journal
}

fn add(journal: &mut Journal<Files>) {
    let mut body = Vec::new();
    put_entry(&mut body, TxnId { account: AccountId(1), cseq: 1 }, &[7; 500]);
    let first_lsn = journal.tail().last_lsn.next();
    let turn = TurnFrame { first_lsn, count: 1, epoch: Epoch(1), wall_ms: 1, body: &body };
    journal.append(&turn).expect("room");
    journal.commit().expect("a sound disk");
}

#[test]
fn a_journal_is_told_and_checked_beside_its_writer_without_its_lock() {
    let (_folder, config) = home();
    let mut writer = journal(&config, 300);
    let told = info(&config).expect("a journal");
    assert!(told.is_ours && 2 < told.segments.len(), "{told:?}");
    assert_eq!((told.end.tail.last_lsn, told.end.how), (Lsn(300), HowEnded::Open));
    assert_eq!(told.durable, Lsn(299), "the last one is not stated in the files yet");
    assert_eq!(told.segments[0].last_lsn.next(), told.segments[1].header.first_lsn);

    let checked = check(&config, false).expect("a journal");
    assert_eq!((checked.records, checked.wrong, checked.gone), (300, None, 0));
    assert_eq!(checked.start, Start::GoesOn { last: Lsn(300), clean: false, cut_bytes: 0 });
    add(&mut writer);
    writer.seal(2).expect("a sound disk");
    let checked = check(&config, false).expect("a journal");
    assert_eq!(checked.start, Start::GoesOn { last: Lsn(301), clean: true, cut_bytes: 0 });
    // With the database asked, which is not there, a start would end.
    let Start::Stops { code, .. } = check(&config, true).expect("a journal").start else {
        panic!("without its database it would not start")
    };
    assert_eq!(code, "DATABASE_MISSING");
}

#[test]
fn a_damaged_byte_is_named_with_what_a_start_says_to_it() {
    let (_folder, config) = home();
    journal(&config, 300).seal(2).expect("a sound disk");
    let told = info(&config).expect("a journal");
    let name = segment_name(told.segments[1].header.number);
    let file = std::fs::OpenOptions::new().write(true).open(config.journal_folder.join(name)).expect("there");
    file.write_at(b"?", 4096 + 5 * FRAME + 200).expect("written");
    let checked = check(&config, false).expect("a journal");
    let wrong = checked.wrong.expect("it was damaged");
    let first = told.segments[1].header.first_lsn;
    assert_eq!(
        (wrong.segment, wrong.offset),
        (told.segments[1].header.number, 4096 + 5 * FRAME),
        "{wrong:?}"
    );
    assert_eq!(wrong.lsn, Lsn(first.0 + 5));
    let Start::Stops { code, text } = checked.start else { panic!("{checked:?}") };
    assert_eq!(code, "CORRUPT_ACKED", "{text}");
    assert!(text.contains(&format!("record {}", wrong.lsn)), "{text}");

    let mut lsns = Vec::new();
    each(&config, first, |_, item| {
        match item {
            Item::Frame { header, .. } if header.count != 0 => lsns.push(header.first_lsn.0),
            Item::Wrong(wrong) => lsns.push(wrong.lsn.0 + 1_000_000),
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    })
    .expect("told");
    assert_eq!(lsns[..6], [0, 1, 2, 3, 4, 1_000_005].map(|n| n + first.0));
    assert_eq!(lsns.last(), Some(&300), "what follows is told all the same");
}

/// A folder that counts how much is read out of it.
struct Counting {
    files: Files,
    bytes: u64,
}

impl Disk for Counting {
    fn list(&mut self) -> io::Result<Vec<String>> {
        self.files.list()
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        self.files.create(name)
    }

    fn write_at(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.files.write_at(name, offset, bytes)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.files.sync(name)
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        self.files.sync_dir()
    }

    fn read_at(&mut self, name: &str, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.files.read_at(name, offset, bytes)?;
        self.bytes += read as u64;
        Ok(read)
    }

    fn len(&mut self, name: &str) -> io::Result<u64> {
        self.files.len(name)
    }

    fn truncate(&mut self, name: &str, bytes: u64) -> io::Result<()> {
        self.files.truncate(name, bytes)
    }

    fn unlink(&mut self, name: &str) -> io::Result<()> {
        self.files.unlink(name)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.files.rename(from, to)
    }
}

#[test]
fn a_check_without_a_database_reads_the_journal_once_and_counts_what_a_walk_from_outside_counts() {
    let (_folder, config) = home();
    let mut writer = journal(&config, 3_000);
    let is_sealed = |sealed: bool| {
        let mut disk =
            Counting { files: Files::open_to_read(&config.journal_folder).expect("there"), bytes: 0 };
        let checked = check_disk(&config, &mut disk, Standing::NotAsked).expect("a journal");
        let all: u64 = disk.list().expect("there").iter().map(|name| disk.len(name).expect("there")).sum();
        // Headers are read apart, and the last, empty piece of a segment more than once.
        assert!(disk.bytes < all + all / 4, "{} of {all}", disk.bytes);
        assert_eq!(checked.end.expect("an end").how == HowEnded::Sealed, sealed);
        let (mut frames, mut records, mut segments, mut end) = (0, 0, 0, None);
        each(&config, Lsn(0), |_, item| {
            match item {
                Item::Segment(_) => segments += 1,
                Item::Frame { header, .. } => {
                    frames += 1;
                    records += u64::from(header.count);
                }
                Item::End(found) => end = Some(found),
                Item::Wrong(_) | Item::Gone { .. } => panic!("{item:?}"),
            }
            Ok(ControlFlow::Continue(()))
        })
        .expect("told");
        assert_eq!((checked.frames, checked.records, checked.segments), (frames, records, segments));
        assert_eq!((checked.end, checked.wrong), (end, None));
    };
    is_sealed(false);
    add(&mut writer);
    writer.seal(2).expect("a sound disk");
    is_sealed(true);
}

#[test]
fn a_folder_without_a_journal_is_named() {
    let (_folder, config) = home();
    assert_eq!(info(&config).expect_err("nothing").code(), "JOURNAL_ABSENT");
    Files::create(&config.journal_folder).expect("a folder");
    assert_eq!(info(&config).expect_err("nothing").code(), "JOURNAL_ABSENT");
    let Start::Stops { code, .. } = check(&config, false).expect("looked at").start else {
        panic!("nothing")
    };
    assert_eq!(code, "JOURNAL_ABSENT");
}
