//! What fits, what is read from the journal instead, and that nothing is skipped.

use std::sync::Arc;

use proto::ids::Epoch;

use super::*;

fn frame(first: u64, last: u64, bytes: usize) -> Frame {
    Frame {
        first: Lsn(first),
        last: Lsn(last),
        epoch: Epoch(1),
        chain: [0; 16],
        bytes,
        changes: Arc::from([]),
    }
}

fn taken(backlog: &mut Backlog, records_max: u64, bytes_max: usize) -> Vec<(u64, u64)> {
    match backlog.take(records_max, bytes_max) {
        Taken::Frames(frames) => frames.iter().map(|frame| (frame.first.0, frame.last.0)).collect(),
        Taken::Journal { from } => vec![(from.0, 0)],
        Taken::Nothing => vec![],
    }
}

#[test]
fn frames_leave_in_order_within_both_limits_and_one_at_least() {
    let mut backlog = Backlog::new(1_000, Lsn(0), Lsn(0));
    for (first, last, bytes) in [(1, 4, 10), (5, 5, 10), (6, 9, 10), (10, 10, 900)] {
        backlog.offer(frame(first, last, bytes));
    }
    assert_eq!(taken(&mut backlog, 1, 1_000), [(1, 4)]);
    assert_eq!(taken(&mut backlog, 100, 25), [(5, 5), (6, 9)]);
    assert_eq!(taken(&mut backlog, 100, 25), [(10, 10)]);
    assert_eq!(taken(&mut backlog, 100, 25), []);
    assert_eq!(backlog.bytes(), 0);
}

#[test]
fn what_does_not_fit_is_read_from_the_journal_without_a_gap() {
    let mut backlog = Backlog::new(20, Lsn(0), Lsn(0));
    backlog.offer(frame(1, 2, 10));
    backlog.offer(frame(3, 4, 15));
    // Would fit, but not in order.
    backlog.offer(frame(5, 5, 5));
    assert_eq!(taken(&mut backlog, 100, 100), [(1, 2)]);
    assert_eq!(taken(&mut backlog, 100, 100), [(3, 0)]);
    backlog.offer(frame(6, 6, 5));
    backlog.read_up_to(Lsn(4));
    assert_eq!(taken(&mut backlog, 100, 100), [(5, 0)]);
    backlog.read_up_to(Lsn(6));
    assert_eq!(taken(&mut backlog, 100, 100), []);
    backlog.offer(frame(7, 7, 5));
    assert_eq!(taken(&mut backlog, 100, 100), [(7, 7)]);
}

#[test]
fn after_a_start_or_a_rewind_the_journal_comes_first() {
    let mut backlog = Backlog::new(100, Lsn(3), Lsn(8));
    backlog.offer(frame(9, 9, 1));
    assert_eq!(taken(&mut backlog, 100, 100), [(4, 0)]);
    backlog.read_up_to(Lsn(9));
    backlog.offer(frame(10, 10, 1));
    backlog.rewind(Lsn(2));
    assert_eq!((taken(&mut backlog, 100, 100), backlog.durable()), (vec![(2, 0)], Lsn(10)));
}
