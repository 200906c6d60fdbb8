//! Turns in, proofs out; what a full or failing disk does to them.

use super::*;
use crate::logic::{
    model_disk::ModelDisk,
    recovery::{Expected, Recovered, RecoveryError, RecoveryOptions, recover},
};
use proto::{
    ids::AccountId,
    turn::{TxnId, put_entry},
};

pub(in crate::logic) const IDENTITY: Identity = Identity { journal_uuid: [7; 16], world_hash: [9; 16] };
pub(in crate::logic) const CONFIG: JournalConfig =
    JournalConfig { segment_bytes: 8 << 10, keep_ms: 1_000, keep_bytes: 1 << 30 };

/// `count` records of 20 to 59 bytes, each with its LSN in it.
pub(in crate::logic) fn body(first_lsn: u64, count: u32) -> Vec<u8> {
    let mut out = Vec::new();
    for lsn in first_lsn..first_lsn + u64::from(count) {
        let mut payload = format!("the record {lsn:09}").into_bytes();
        payload.resize(20 + usize::try_from(lsn % 40).expect("small"), b'.');
        put_entry(&mut out, TxnId { account: AccountId(lsn % 7), cseq: lsn }, &payload);
    }
    out
}

/// Appends the next `count` records as one turn.
pub(in crate::logic) fn append<D: Disk>(
    journal: &mut Journal<D>,
    count: u32,
) -> Result<FramePosition, JournalError> {
    let first_lsn = journal.tail().last_lsn.next();
    let body = body(first_lsn.0, count);
    journal.append(&TurnFrame {
        first_lsn,
        count,
        epoch: journal.tail().epoch,
        wall_ms: 1_000 + first_lsn.0,
        body: &body,
    })
}

pub(in crate::logic) fn fresh(disk: ModelDisk) -> Journal<ModelDisk> {
    let mut journal = Journal::init(disk, CONFIG, IDENTITY, 1).expect("an empty disk");
    journal.begin_epoch(Epoch(1), 11, 2).expect("the first epoch");
    journal
}

pub(in crate::logic) fn reopen(disk: ModelDisk) -> Result<Recovered<ModelDisk>, RecoveryError> {
    recover(disk, &options())
}

pub(in crate::logic) fn options() -> RecoveryOptions {
    let expected = Expected { journal_uuid: Some(IDENTITY.journal_uuid), world_hash: IDENTITY.world_hash };
    RecoveryOptions { journal: CONFIG, expected, cursor: None, wall_ms: 5_000 }
}

/// Every turn from the oldest on.
pub(in crate::logic) fn turns(recovered: Recovered<ModelDisk>) -> Vec<(u64, Vec<u8>)> {
    let Recovered { journal, mut after_cursor, durable, .. } = recovered;
    let mut disk = journal.into_disk();
    let mut turns = Vec::new();
    loop {
        let read = after_cursor.read(&mut disk, durable, 700).expect("what recovery found");
        if read.is_empty() {
            return turns;
        }
        turns.extend(read.into_iter().map(|turn| (turn.first_lsn.0, turn.body.to_vec())));
    }
}

#[test]
fn what_was_committed_is_read_again_turn_by_turn() {
    let mut journal = fresh(ModelDisk::new());
    let mut expected = Vec::new();
    for count in [1, 3, 40, 2, 30, 1, 45] {
        let first = journal.tail().last_lsn.next().0;
        append(&mut journal, count).expect("room");
        assert_eq!(journal.commit().expect("a sound disk").lsn().0, first + u64::from(count) - 1);
        expected.push((first, body(first, count)));
    }
    let recovered = reopen(journal.into_disk().after_kill()).expect("recovers");
    assert_eq!(recovered.durable, Lsn(122));
    assert_eq!((recovered.epoch, recovered.instance), (Epoch(1), 11));
    assert_eq!(turns(recovered), expected);
}
