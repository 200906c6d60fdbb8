//! Turns in, proofs out, and what is refused.

use super::*;
use crate::logic::{
    journal_script::{CONFIG, IDENTITY, NOTHING_SETTLED, append, body, fresh, options, read_all},
    model_disk::{Fault, FaultKind, ModelDisk},
    recovery::{Recovered, recover},
};

#[test]
fn what_was_committed_is_read_again_turn_by_turn() {
    let mut journal = fresh(ModelDisk::new());
    let mut expected = Vec::new();
    for count in [1, 3, 40, 2, 30, 1, 45] {
        let first = journal.tail().last_lsn.next();
        append(&mut journal, count).expect("room");
        let durable = journal.commit().expect("a sound disk");
        assert_eq!(durable.lsn().0, first.0 + u64::from(count) - 1);
        expected.push((first, body(first.0, count)));
    }
    let mut disk = journal.into_disk().after_kill();
    let Recovered { mut after_cursor, durable, epoch, instance, .. } =
        recover(&mut disk, &options()).expect("sound");
    assert_eq!((durable, epoch, instance), (Lsn(122), Epoch(1), 11));
    let turns = read_all(&mut disk, &mut after_cursor, durable);
    let turns: Vec<_> = turns.into_iter().map(|turn| (turn.first_lsn, turn.body.to_vec())).collect();
    assert_eq!(turns, expected);
}

#[test]
fn a_turn_out_of_place_is_refused_and_nothing_changes() {
    let mut journal = fresh(ModelDisk::new());
    append(&mut journal, 2).expect("room");
    let tail = *journal.tail();
    let body = body(3, 2);
    let turn = TurnFrame { first_lsn: Lsn(3), count: 2, epoch: Epoch(1), wall_ms: 0, body: &body };
    let long = vec![0; TURN_BYTES_MAX + 1];
    let refused = [
        (TurnFrame { first_lsn: Lsn(2), ..turn }, "OUT_OF_ORDER"),
        (TurnFrame { first_lsn: Lsn(4), ..turn }, "OUT_OF_ORDER"),
        (TurnFrame { epoch: Epoch(0), ..turn }, "FENCED"),
        (TurnFrame { epoch: Epoch(2), ..turn }, "FENCED"),
        (TurnFrame { count: 0, ..turn }, "TURN_MISCOUNTED"),
        (TurnFrame { count: 3, ..turn }, "TURN_MISCOUNTED"),
        (TurnFrame { body: &body[1..], ..turn }, "TURN_MISCOUNTED"),
        (TurnFrame { body: &[], ..turn }, "TURN_MISCOUNTED"),
        (TurnFrame { body: &long, ..turn }, "TURN_TOO_LARGE"),
        (TurnFrame { count: u32::MAX, ..turn }, "TURN_TOO_LARGE"),
    ];
    for (turn, code) in refused {
        assert_eq!(journal.append(&turn).map(|_| ()).expect_err(code).code(), code);
        assert_eq!(*journal.tail(), tail, "{code}");
    }
    journal.append(&turn).expect("in its place");
}

#[test]
fn a_writer_follows_only_an_older_one() {
    let mut journal = fresh(ModelDisk::new());
    for epoch in [0, 1] {
        let error = journal.begin_epoch(Epoch(epoch), 99, 3).expect_err("not newer");
        assert_eq!(error.code(), "FENCED", "epoch {epoch}");
    }
    journal.begin_epoch(Epoch(1), 11, 3).expect("the same writer, asked again");
    journal.begin_epoch(Epoch(7), 12, 3).expect("newer");
    assert_eq!((journal.tail().epoch, journal.tail().instance), (Epoch(7), 12));
}

#[test]
fn a_mark_is_written_once_and_only_after_records() {
    let mut journal = fresh(ModelDisk::new());
    assert!(!journal.mark(1).expect("a sound disk"));
    append(&mut journal, 2).expect("room");
    assert!(journal.wants_mark());
    assert!(journal.mark(1).expect("a sound disk"));
    assert!(!journal.wants_mark() && !journal.mark(1).expect("a sound disk"));
    assert_eq!(journal.durable(), Lsn(2));
}

#[test]
fn many_turns_share_one_write_and_one_sync() {
    let mut journal = fresh(ModelDisk::new());
    append(&mut journal, 1).expect("room");
    let before = journal.disk.calls();
    for _ in 0..9 {
        append(&mut journal, 2).expect("room");
    }
    assert_eq!(journal.disk.calls(), before, "nothing is written before the commit");
    assert_eq!(journal.commit().expect("a sound disk").lsn(), Lsn(19));
    assert_eq!(journal.disk.calls(), before + 2);
    journal.commit().expect("a sound disk");
    assert_eq!(journal.disk.calls(), before + 2, "nothing new, nothing asked");
}

#[test]
fn the_next_segment_is_ready_before_it_is_needed() {
    let config = JournalConfig { segment_bytes: 12 << 10, ..CONFIG };
    let mut journal = Journal::init(ModelDisk::new(), config, IDENTITY, 1).expect("an empty disk");
    assert_eq!(journal.prepare(NOTHING_SETTLED).expect("space"), Prepared::NotYet);
    append(&mut journal, 75).expect("room");
    journal.commit().expect("a sound disk");
    assert_eq!(journal.prepare(NOTHING_SETTLED).expect("space"), Prepared::Ready);
    let before = journal.disk.calls();
    append(&mut journal, 75).expect("room");
    journal.commit().expect("a sound disk");
    assert_eq!(journal.disk.calls(), before + 2, "the new segment cost nothing");
    assert_eq!(journal.segments.len(), 2);
}

#[test]
fn without_space_for_the_next_segment_this_one_is_filled_and_then_waits() {
    let mut journal = fresh(ModelDisk::new().with_capacity((8 << 10) + 3_000));
    let mut taken = 0;
    let error = loop {
        match append(&mut journal, 3) {
            Ok(_) => taken += 3,
            Err(error) => break error,
        }
        journal.commit().expect("the space is there already");
        let _ = journal.prepare(NOTHING_SETTLED);
    };
    assert_eq!(error.code(), "JOURNAL_FULL");
    assert_eq!(journal.durable(), Lsn(taken));
    for _ in 0..3 {
        assert_eq!(append(&mut journal, 3).map(|_| ()).expect_err("still none").code(), "JOURNAL_FULL");
        assert_eq!(journal.commit().expect("nothing new").lsn(), Lsn(taken));
    }
    journal.disk.set_capacity(None);
    append(&mut journal, 3).expect("space again");
    assert_eq!(journal.commit().expect("a sound disk").lsn(), Lsn(taken + 3));
    let mut disk = journal.into_disk().after_power_loss(0);
    assert_eq!(recover(&mut disk, &options()).expect("sound").durable, Lsn(taken + 3));
}

#[test]
fn after_the_disk_failed_once_nothing_is_asked_of_it_again() {
    let fault = Fault { at_call: 12, for_ever: false, kind: FaultKind::Io };
    let mut journal = fresh(ModelDisk::new().with_fault(fault));
    let error = loop {
        append(&mut journal, 1).expect("room");
        if let Err(error) = journal.commit() {
            break error;
        }
    };
    assert_eq!(error.code(), "JOURNAL_FAILED");
    let durable = journal.durable();
    assert!(matches!(append(&mut journal, 1), Err(JournalError::Poisoned)));
    assert!(matches!(journal.commit(), Err(JournalError::Poisoned)));
    assert!(matches!(journal.mark(1), Err(JournalError::Poisoned)));
    assert!(matches!(journal.prepare(NOTHING_SETTLED), Err(JournalError::Poisoned)));
    assert!(matches!(journal.begin_epoch(Epoch(9), 1, 1), Err(JournalError::Poisoned)));
    let keep = Keep { applied: durable, pinned_from: None, now_ms: 1 << 40 };
    assert!(matches!(journal.unlink_settled(keep), Err(JournalError::Poisoned)));
    assert_eq!((journal.durable(), journal.disk.calls()), (durable, 12));
}

#[test]
fn the_bytes_kept_are_bounded_by_the_configuration() {
    let config = JournalConfig { keep_bytes: 3 * CONFIG.segment_bytes, keep_ms: u64::MAX, ..CONFIG };
    let mut journal = Journal::init(ModelDisk::new(), config, IDENTITY, 1).expect("an empty disk");
    journal.begin_epoch(Epoch(1), 11, 2).expect("a sound disk");
    for _ in 0..200 {
        let applied = append(&mut journal, 7).expect("room").last_lsn;
        journal.commit().expect("a sound disk");
        let keep = Keep { applied, pinned_from: None, now_ms: 3 };
        journal.prepare(keep).expect("space");
        journal.unlink_settled(keep).expect("a sound disk");
        assert!(journal.bytes() <= 4 * CONFIG.segment_bytes);
    }
    assert!(journal.oldest_lsn() > Lsn(1_000));
}

#[test]
fn a_segment_is_needed_until_the_one_after_it_has_a_durable_header() {
    let config = JournalConfig { keep_bytes: 0, keep_ms: u64::MAX, ..CONFIG };
    let mut journal = Journal::init(ModelDisk::new(), config, IDENTITY, 1).expect("an empty disk");
    journal.begin_epoch(Epoch(1), 11, 2).expect("a sound disk");
    while journal.segments.len() == 1 {
        append(&mut journal, 20).expect("room");
    }
    // The rotation synced what came before it; the new header waits with the turn.
    let keep = Keep { applied: journal.durable(), ..NOTHING_SETTLED };
    assert!(journal.durable() > Lsn(0) && journal.durable() < journal.tail().last_lsn);
    journal.prepare(keep).expect("space");
    assert_eq!(journal.unlink_settled(keep).expect("a sound disk").segments, 0);
    let mut lost = journal.disk.after_power_loss(0);
    assert_eq!(recover(&mut lost, &options()).expect("sound").durable, keep.applied);
    journal.commit().expect("a sound disk");
    journal.unlink_settled(keep).expect("a sound disk");
    assert_eq!(journal.segments.len(), 1, "settled now");
    let mut lost = journal.disk.after_power_loss(0);
    assert_eq!(recover(&mut lost, &options()).expect("sound").durable, journal.durable());
}
