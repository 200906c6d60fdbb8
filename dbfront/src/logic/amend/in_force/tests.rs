//! What is said to be applied, and that nothing is said where a replacement may have been lost.

use proto::{
    ids::{AccountId, Epoch},
    turn::put_entry,
};

use super::*;
use crate::logic::{
    journal::{Journal, TurnFrame},
    journal_script::fresh,
    model_disk::ModelDisk,
    segment::segment_name,
};

fn record(wall_ms: u64) -> Record {
    Record { wall_ms, ..Record::default() }
}

fn entry(wall_ms: u64) -> Vec<u8> {
    let mut out = Vec::new();
    put_entry(&mut out, TxnId { account: AccountId(3), cseq: 4 }, &wire::encode(&record(wall_ms)));
    out
}

fn turn(journal: &mut Journal<&mut ModelDisk>, first: u64, wall_ms: [u64; 2]) {
    let body = wall_ms.map(entry).concat();
    let (first_lsn, epoch) = (Lsn(first), journal.tail().epoch);
    journal.append(&TurnFrame { first_lsn, count: 2, epoch, wall_ms: 1, body: &body }).expect("room");
    journal.commit().expect("a sound disk");
}

fn replace(journal: &mut Journal<&mut ModelDisk>, lsn: u64, replaces: u32, wall_ms: u64, epoch: u64) {
    let (author, reason) = ("ada".to_owned(), "why".to_owned());
    let entry = entry(wall_ms).into();
    journal.amend(&Amendment { lsn: Lsn(lsn), replaces, author, reason, entry }, 2).expect("room");
    journal.commit().expect("a sound disk");
    journal.begin_epoch(Epoch(epoch), 12, 3).expect("a sound disk");
}

/// Records 1 to 4, of which 2 is replaced twice and 3 once; the last number is what their clock says.
fn history() -> (ModelDisk, [u32; 4]) {
    let mut disk = ModelDisk::new();
    let crc = [10, 20, 30, 40].map(|wall_ms| entries(&entry(wall_ms)).expect("one")[0].crc);
    let mut journal = fresh(&mut disk);
    turn(&mut journal, 1, [10, 20]);
    replace(&mut journal, 2, crc[1], 21, 2);
    turn(&mut journal, 3, [30, 40]);
    replace(&mut journal, 3, crc[2], 31, 3);
    replace(&mut journal, 2, crc[1], 22, 4);
    drop(journal);
    (disk, crc)
}

#[test]
fn the_last_replacement_is_in_force_and_the_next_one_names_what_game_wrote() {
    let (mut disk, crc) = history();
    for (lsn, wall_ms) in [(1, 10), (2, 22), (3, 31), (4, 40)] {
        let found = in_force(&mut disk, Lsn(lsn)).expect("it is there");
        let expected = crc[usize::try_from(lsn - 1).expect("small")];
        assert_eq!((found.record, found.replaces), (record(wall_ms), expected), "record {lsn}");
        assert_eq!(found.txn, TxnId { account: AccountId(3), cseq: 4 });
    }
    let ahead = in_force(&mut disk, Lsn(5)).expect_err("not there");
    assert!(matches!(ahead, InForceError::Read(ReadError::Missing { lsn: Lsn(5) })), "{ahead}");
}

#[test]
fn a_replacement_of_another_history_is_not_in_force() {
    let mut disk = ModelDisk::new();
    let mut journal = fresh(&mut disk);
    turn(&mut journal, 1, [10, 20]);
    replace(&mut journal, 2, 1, 21, 2);
    drop(journal);
    let foreign = in_force(&mut disk, Lsn(2)).expect_err("of another record");
    assert!(matches!(foreign, InForceError::Record(BadTurn::Foreign { lsn: Lsn(2) })), "{foreign}");
}

#[test]
fn nothing_is_said_to_be_in_force_where_a_replacement_may_be_lost() {
    let (mut disk, _) = history();
    let mut scanner = Scanner::open(&mut disk, Lsn(1)).expect("a sound disk").expect("a journal");
    let offset = loop {
        match scanner.next(&mut disk).expect("a sound disk") {
            Seen::Frame { header, offset } if header.kind == FrameKind::Amend => break offset,
            Seen::End(end) => panic!("{end:?}"),
            _ => {}
        }
    };
    let name = segment_name(scanner.segment().number);
    disk.flip(&name, usize::try_from(offset).expect("small") * 8);
    let damaged = in_force(&mut disk, Lsn(2)).expect_err("its replacement is damaged");
    assert!(matches!(damaged, InForceError::Read(ReadError::Damaged { lsn: Lsn(3) })), "{damaged}");
}
