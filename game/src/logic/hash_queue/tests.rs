//! Blocks that take turns, and what a full queue refuses.

use std::sync::Weak;

use super::*;
use crate::logic::{secret::Secret, testing::start};

fn from(block: u128) -> Origin {
    Origin { block, is_counted: true }
}

fn job(number: u64) -> HashJob {
    HashJob::Make { id: HashJobId(number), password: Secret::new(String::new()), wanted: Weak::new() }
}

fn positions(queue: &HashQueue) -> Vec<(u64, u32)> {
    queue.positions().map(|(id, position)| (id.0, position)).collect()
}

fn serve(queue: &mut HashQueue) -> Vec<u64> {
    let mut served = Vec::new();
    while let Some(job) = queue.hand_out() {
        served.push(id(&job).0);
        queue.done(start());
    }
    served
}

#[test]
fn blocks_take_turns_and_positions_say_so() {
    let mut queue = HashQueue::default();
    for number in 1..=4 {
        assert_eq!(queue.push(from(7), job(number)), None);
    }
    queue.push(from(8), job(11));
    queue.push(from(9), job(21));
    queue.push(from(9), job(22));
    assert_eq!(positions(&queue), [(1, 1), (11, 2), (21, 3), (2, 4), (22, 5), (3, 6), (4, 7)]);
    assert_eq!(serve(&mut queue), [1, 11, 21, 2, 22, 3, 4]);
    assert_eq!((queue.len(), queue.lanes.len()), (0, 0));
}

#[test]
fn only_a_few_are_handed_out_and_count_until_they_are_done() {
    let mut queue = HashQueue::default();
    (1..=4).for_each(|number| assert_eq!(queue.push(from(7), job(number)), None));
    for _ in 0..HASHES_OUT_MAX {
        assert!(queue.hand_out().is_some());
    }
    assert!(queue.hand_out().is_none());
    assert_eq!(queue.len(), 4);
    assert_eq!(positions(&queue), [(3, 3), (4, 4)]);
    queue.done(start());
    assert!(queue.hand_out().is_some());
    assert!(queue.remove(HashJobId(4)) && !queue.remove(HashJobId(3)));
    assert!(!queue.is_waiting());
}

#[test]
fn a_block_holds_its_share_and_no_more() {
    let mut queue = HashQueue::default();
    for number in 0..HashQueue::PER_BLOCK_MAX as u64 {
        assert!(queue.has_room(from(7)));
        queue.push(from(7), job(number));
    }
    assert!(!queue.has_room(from(7)));
    assert!(queue.has_room(Origin { block: 7, is_counted: false }));
    assert!(queue.has_room(from(8)));
}

#[test]
fn in_a_full_queue_the_greediest_block_makes_room_for_others() {
    let mut queue = HashQueue::default();
    for number in 0..HashQueue::LEN_MAX as u64 {
        queue.push(from(u128::from(number / 64)), job(number));
    }
    assert!(!queue.has_room(from(0)));
    for newcomer in 0..13 {
        assert!(queue.has_room(from(100)));
        let displaced = queue.push(from(100), job(1_000 + newcomer)).expect("one has to go");
        assert!(displaced.0 < 256);
        assert_eq!(queue.len(), HashQueue::LEN_MAX);
    }
    let mine = positions(&queue).into_iter().filter(|(id, _)| 1_000 <= *id).map(|(_, position)| position);
    assert_eq!(mine.take(3).collect::<Vec<_>>(), [5, 10, 15]);
    for block in 200..1_000 {
        if !queue.has_room(from(block)) {
            break;
        }
        queue.push(from(block), job(u64::try_from(block).unwrap() * 10));
    }
    assert!(
        queue.lanes.iter().all(|lane| lane.jobs.len() == 1),
        "everybody has one, nobody can be displaced"
    );
    assert_eq!(queue.lanes.len(), HashQueue::LEN_MAX);
}

#[test]
fn a_position_is_told_again_when_it_changed_by_a_quarter() {
    for (told, now, expected) in
        [(100, 76, false), (100, 75, true), (100, 125, true), (3, 2, true), (3, 3, false)]
    {
        assert_eq!(is_notable(told, now), expected, "{told} {now}");
    }
}

#[test]
fn waiting_times_are_told_from_how_long_one_takes_while_others_wait() {
    let mut queue = HashQueue::default();
    let mut now = start();
    for number in 1..=4 {
        queue.push(from(7), job(number));
    }
    assert_eq!(queue.wait_ms(3), 0, "nobody knows yet");
    for number in 1..=4 {
        queue.hand_out();
        now += Duration::from_millis(40);
        queue.done(now);
        assert_eq!(queue.wait_ms(3), if number == 1 { 0 } else { 120 });
    }
    // An hour without a password says nothing of how long one takes.
    now += Duration::from_secs(3_600);
    queue.push(from(7), job(5));
    queue.hand_out();
    queue.done(now);
    assert_eq!(queue.wait_ms(3), 120);
}
