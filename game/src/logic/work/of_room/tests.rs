//! Rows of rooms as the record has them.

use proto::{
    entry::{EntryError, check_record},
    link::Record,
    tables::{LedgerRow, Reason, int},
};

use super::*;
use crate::logic::{held::Cache, ids::Ids};

fn record(work: &mut Work) -> Record {
    work.record(&Cache::default(), &Ids::default(), 5).expect("nothing but rows of rooms")
}

fn stake(account: u64, gold: i64) -> RoomStakeRow {
    RoomStakeRow { room: 9, account, gold }
}

fn entry(first: u64) -> RoomEntryRow {
    RoomEntryRow { room: 9, first, inputs: vec![1].into() }
}

fn line(work: &mut Work, amount: i64) {
    let row = LedgerRow {
        lsn: 7,
        n: 0,
        from_account: 9,
        to_account: 0,
        amount,
        reason: Reason::RoomFee as u32,
        cseq: 0,
        wall_ms: 5,
    };
    let (table, op) = (Table::Ledger as u32, Op::Append.into());
    work.appends.push(Mutation { table, op, row: row.values(), ..Mutation::default() });
}

#[test]
fn rows_of_rooms_stand_in_the_record_once_each_by_table_and_key_and_before_the_logs() {
    let mut work = Work::default();
    assert!(!work.is_written());
    line(&mut work, 30);
    work.flows.push(proto::link::Flow { reason: Reason::RoomFee as u32, amount: -30 });
    work.delete_of_room::<RoomStakeRow>([9, 2], Stands { ver: 3, gold: 30 });
    work.put_of_room(&entry(5), Stands::default());
    work.delete_of_room::<RoomEntryRow>([9, 1], Stands { ver: 1, gold: 0 });
    assert!(work.is_written());
    let record = record(&mut work);
    assert_eq!(check_record(&record), Ok(()));
    let told = record.mutations.iter();
    let told: Vec<_> = told.map(|one| (one.table, one.op(), one.ver, one.gold_before)).collect();
    let (entries, stakes) = (Table::RoomEntry as u32, Table::RoomStake as u32);
    assert_eq!(
        told,
        [
            (entries, Op::Delete, 2, 0),
            (entries, Op::Upsert, 1, 0),
            (stakes, Op::Delete, 4, 30),
            (Table::Ledger as u32, Op::Append, 0, 0),
        ]
    );
    assert_eq!(record.mutations[0].row, [int(9), int(1)]);
    assert!(!work.is_written(), "the record has it all");
}

#[test]
fn a_row_that_is_changed_twice_goes_one_version_on_from_where_it_stood() {
    let mut work = Work::default();
    let before = Stands { ver: 4, gold: 100 };
    work.put_of_room(&stake(1, 70), before);
    work.put_of_room(&stake(1, 20), before);
    work.flows.push(proto::link::Flow { reason: Reason::RoomFee as u32, amount: -80 });
    let record = record(&mut work);
    assert_eq!(check_record(&record), Ok(()));
    assert_eq!(record.mutations.len(), 1);
    assert_eq!((record.mutations[0].ver, record.mutations[0].gold_before), (5, 100));
    assert_eq!(record.mutations[0].row, stake(1, 20).values());
}

#[test]
fn a_row_that_is_made_and_taken_away_in_one_work_was_never_there() {
    let mut work = Work::default();
    work.put_of_room(&stake(1, 70), Stands::default());
    work.delete_of_room::<RoomStakeRow>([9, 1], Stands::default());
    assert!(!work.is_written());
    work.put_of_room(&entry(1), Stands::default());
    work.clear();
    assert!(!work.is_written(), "what is dropped changes nothing");
}

#[test]
fn gold_that_comes_out_of_a_pot_without_a_word_is_refused() {
    let mut work = Work::default();
    work.delete_of_room::<RoomStakeRow>([9, 1], Stands { ver: 1, gold: 70 });
    let refused = check_record(&record(&mut work));
    assert_eq!(refused, Err(EntryError::Unbalanced { moved: -70, stated: 0 }));
}

#[test]
fn a_key_of_one_number_is_written_as_one() {
    let mut work = Work::default();
    work.delete_of_room::<RoomRow>([9, 0], Stands { ver: 2, gold: 0 });
    let record = record(&mut work);
    assert_eq!(check_record(&record), Ok(()));
    assert_eq!(record.mutations[0].row, [int(9)]);
}
