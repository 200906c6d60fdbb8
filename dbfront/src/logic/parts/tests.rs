//! What a backup copies of a journal reads as the same records, wherever it begins and ends.

use super::*;
use crate::logic::{
    disk::{read_full, write_full},
    journal_script::{IDENTITY, LIVES, read_all, run},
    model_disk::ModelDisk,
    reader::{Reader, oldest},
    segment::segment_name,
};

fn copied(disk: &mut ModelDisk, parts: &[Part]) -> ModelDisk {
    let mut copy = ModelDisk::new();
    for part in parts {
        let name = segment_name(part.number);
        let mut bytes = vec![0; usize::try_from(part.bytes).expect("small")];
        assert_eq!(read_full(disk, &name, 0, &mut bytes).expect("there"), bytes.len());
        copy.create(&name).expect("new");
        write_full(&mut copy, &name, 0, &bytes).expect("written");
    }
    copy
}

#[test]
fn parts_hold_every_record_between_two_of_any_life_of_a_journal() {
    for life in LIVES {
        let mut disk = ModelDisk::new();
        let told = run(&mut disk, life, 1);
        let last = told.acked.0;
        let oldest = oldest(&mut disk, &IDENTITY).expect("readable").expect("a segment").0;
        assert!(oldest < last);
        let all = |disk: &mut ModelDisk, after: u64, through: u64| {
            let mut reader = Reader::open(disk, IDENTITY, Lsn(after)).expect("holds it");
            read_all(disk, &mut reader, Lsn(through))
        };
        // What is durable ends with a turn.
        let ends: Vec<u64> = all(&mut disk, oldest - 1, last).iter().map(|turn| turn.last_lsn.0).collect();
        for after in (oldest - 1)..=last {
            for &through in ends.iter().filter(|end| after <= **end).step_by(3).chain([&last]) {
                let parts = parts(&mut disk, &IDENTITY, Lsn(after), Lsn(through)).expect("all there");
                let mut copy = copied(&mut disk, &parts);
                assert_eq!(
                    all(&mut copy, after, through),
                    all(&mut disk, after, through),
                    "{after} to {through}"
                );
            }
        }
        let beyond = parts(&mut disk, &IDENTITY, Lsn(last), Lsn(last + 1)).expect_err("nowhere");
        assert_eq!(beyond.code(), "MISSING_SEGMENT");
    }
}
