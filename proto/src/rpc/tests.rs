//! Calls as scripts: replies out of order, late, unknown, and deadlines.

use std::time::Duration;

use super::*;

fn at(start: Instant, ms: u64) -> Instant {
    start + Duration::from_millis(ms)
}

/// Any instant serves: only differences count.
#[expect(clippy::disallowed_methods, reason = "there is no other way to make an Instant")]
fn start() -> Instant {
    Instant::now()
}

#[test]
fn replies_may_come_in_any_order_and_late_ones_are_ignored() {
    let start = start();
    let mut caller = Caller::new(3);
    let first = caller.begin(at(start, 10), "first").expect("room");
    let second = caller.begin(at(start, 30), "second").expect("room");
    let third = caller.begin(at(start, 20), "third").expect("room");
    assert_eq!(caller.begin(at(start, 5), "fourth"), Err("fourth"), "full");
    assert_eq!(caller.finish(second), Some("second"));
    assert_eq!(caller.next_deadline(), Some(at(start, 10)));
    assert_eq!(caller.expire(at(start, 9)), []);
    assert_eq!(caller.expire(at(start, 20)), [(first, "first"), (third, "third")]);
    assert_eq!(caller.finish(first), None, "its reply comes too late");
    assert_eq!((caller.in_flight(), caller.next_deadline()), (0, None));
}

#[test]
fn a_lost_link_ends_every_call_once() {
    let start = start();
    let mut caller = Caller::default();
    let ids: Vec<_> = (0..5).map(|tag| caller.begin(at(start, 50 - tag), tag).expect("room")).collect();
    assert_eq!(caller.lose(), ids.iter().copied().zip(0..5).collect::<Vec<_>>());
    assert_eq!(caller.lose(), []);
    assert_eq!(caller.expire(at(start, 100)), []);
}

#[test]
fn the_answering_side_is_bounded_and_knows_what_came_too_late() {
    let start = start();
    let mut responder = Responder::default();
    for id in 0..RPC_IN_FLIGHT_MAX as u64 {
        assert_eq!(responder.begin(CallId(id), at(start, 10)), Ok(()));
    }
    assert_eq!(responder.begin(CallId(9_999), at(start, 10)), Err(Failure::Busy));
    assert_eq!(responder.begin(CallId(0), at(start, 10)), Err(Failure::BadRequest));
    assert!(responder.finish(CallId(0), at(start, 9)));
    assert!(!responder.finish(CallId(0), at(start, 9)), "only once");
    assert!(!responder.finish(CallId(1), at(start, 10)), "too late");
}
