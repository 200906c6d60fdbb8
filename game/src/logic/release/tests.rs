//! The release queue alone: order, and what waits for what.

use super::*;

fn publish(group: u64) -> Step {
    Step::Publish { group: GroupId(group) }
}

fn groups(batch: &Batch) -> Vec<u64> {
    let group = |step| match step {
        Step::Publish { group } => group.0,
        other => panic!("{other:?}"),
    };
    batch.steps().map(|(step, _)| group(step)).collect()
}

#[test]
fn what_waits_leaves_in_order_when_its_record_is_durable() {
    let mut queue = ReleaseQueue::default();
    queue.push(Lsn(3), publish(1), b"one");
    queue.push(Lsn(3), publish(2), b"");
    queue.push(Lsn(5), publish(3), b"three");
    assert!(queue.pop(Lsn(2)).is_none());
    let batch = queue.pop(Lsn(4)).unwrap();
    assert_eq!(groups(&batch), [1, 2]);
    assert_eq!(batch.steps().map(|(_, bytes)| bytes).collect::<Vec<_>>(), [b"one".as_slice(), b""]);
    assert!(queue.pop(Lsn(4)).is_none());
    assert_eq!(groups(&queue.pop(Lsn(5)).unwrap()), [3]);
    assert!(queue.is_empty());
    assert_eq!(queue.bytes(), 0);
}

#[test]
fn a_full_queue_says_so_and_has_room_again_once_something_left() {
    let mut queue = ReleaseQueue::default();
    let packet = vec![0; 1024 * 1024];
    while queue.has_room() {
        queue.push(Lsn(1), publish(1), &packet);
    }
    assert!(ReleaseQueue::BYTES_MAX <= queue.bytes());
    assert!(queue.bytes() < ReleaseQueue::BYTES_MAX + 2 * packet.len());
    let batch = queue.pop(Lsn(1)).unwrap();
    queue.reuse(batch);
    assert!(queue.has_room());
}

#[test]
fn memory_is_used_again_without_what_was_in_it() {
    let mut queue = ReleaseQueue::default();
    queue.push(Lsn(1), publish(1), b"old");
    let batch = queue.pop(Lsn(1)).unwrap();
    queue.reuse(batch);
    queue.push(Lsn(2), publish(2), b"new");
    let batch = queue.pop(Lsn(2)).unwrap();
    assert_eq!(groups(&batch), [2]);
    assert_eq!(batch.steps().next().unwrap().1, b"new");
}
