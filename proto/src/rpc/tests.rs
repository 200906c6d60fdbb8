//! Calls as scripts: replies out of order, late, unknown, deadlines, and calls that are given up.

mod model;

use std::time::{Duration, Instant};

use super::*;
use crate::limits::RPC_IN_FLIGHT_MAX;

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
        assert_eq!(responder.begin(CallId(id), at(start, 10), ()), Ok(()));
    }
    assert_eq!(responder.begin(CallId(9_999), at(start, 10), ()), Err(Failure::Busy));
    assert_eq!(responder.begin(CallId(0), at(start, 10), ()), Err(Failure::BadRequest));
    assert!(responder.finish(CallId(0), at(start, 9)));
    assert!(!responder.finish(CallId(0), at(start, 9)), "only once");
    assert!(!responder.finish(CallId(1), at(start, 10)), "too late");
}

#[test]
fn a_call_that_is_given_up_ends_at_both_sides_and_its_reply_means_nothing() {
    let start = start();
    let (mut caller, mut responder) = (Caller::new(1), Responder::new(1));
    let id = caller.begin(at(start, 10), "first").expect("room");
    assert_eq!(responder.begin(id, at(start, 10), "work"), Ok(()));
    assert_eq!(caller.cancel(id), Some("first"));
    assert_eq!(caller.cancel(id), None, "only once");
    assert_eq!((caller.finish(id), caller.next_deadline()), (None, None), "the reply that crossed it");
    assert!(caller.begin(at(start, 10), "second").is_ok(), "its place is free");
    assert_eq!(responder.cancel(id), Some("work"));
    assert!(!responder.finish(id, start), "nobody waits for what the work comes to");
    assert_eq!((responder.cancel(id), responder.in_flight(), responder.next_deadline()), (None, 0, None));
}

#[test]
fn a_place_that_is_kept_is_given_to_no_other_call_until_it_is_free() {
    let start = start();
    let mut caller = Caller::new(2);
    let [first, second] = ["first", "second"].map(|tag| caller.begin(at(start, 10), tag).expect("room"));
    assert_eq!((caller.end(first), caller.end(first)), (Some("first"), None), "only once");
    assert_eq!(caller.expire_kept(at(start, 10)), [(second, "second")]);
    assert_eq!((caller.in_flight(), caller.next_deadline()), (0, None));
    let [third, fourth] = ["third", "fourth"].map(|tag| caller.begin(at(start, 20), tag).expect("room"));
    assert_eq!(caller.begin(at(start, 20), "fifth"), Err("fifth"), "as many as are allowed have no answer");
    let places = [first, second, third, fourth].map(CallId::place);
    assert_eq!(places, [0, 1, 2, 3]);
    caller.vacate(second);
    assert_eq!(caller.finish(third), Some("third"));
    assert_eq!(caller.begin(at(start, 30), "sixth").map(CallId::place), Ok(2));
    assert_eq!(caller.finish(fourth), Some("fourth"));
    assert_eq!(caller.lose().len(), 1);
    caller.vacate(first);
    assert_eq!(caller.in_flight(), 0, "what was kept went with the link");
}

#[test]
fn work_ends_at_its_deadline_oldest_first_and_with_the_link() {
    let start = start();
    let mut responder = Responder::default();
    for (id, ms) in [(1, 30), (2, 10), (3, 20), (4, 90)] {
        responder.begin(CallId(id), at(start, ms), id).expect("room");
    }
    assert_eq!(responder.next_deadline(), Some(at(start, 10)));
    assert_eq!(responder.expire(at(start, 20)), [(CallId(2), 2), (CallId(3), 3)]);
    assert_eq!(responder.next_deadline(), Some(at(start, 30)));
    assert_eq!(responder.lose(), [(CallId(1), 1), (CallId(4), 4)]);
    assert_eq!((responder.lose(), responder.next_deadline()), (vec![], None));
}

#[test]
fn deadlines_of_calls_that_ended_are_forgotten_though_an_older_call_waits() {
    let start = start();
    let mut caller = Caller::new(2);
    let old = caller.begin(at(start, 1), "old").expect("room");
    for ms in 2..10_000 {
        let id = caller.begin(at(start, ms), "young").expect("room");
        assert_eq!(caller.finish(id), Some("young"));
        assert_eq!(caller.next_deadline(), Some(at(start, 1)));
        assert!(format!("{caller:?}").matches("CallId").count() < 100, "after {ms}");
    }
    assert_eq!(caller.expire(at(start, 20_000)), [(old, "old")]);
}

#[test]
fn every_failure_travels_by_its_code_and_an_unknown_one_is_a_bad_request() {
    for failure in Failure::ALL {
        assert_eq!(Failure::from_code(failure as u64), Some(failure), "{}", failure.name());
    }
    assert_eq!(Failure::from_code(0), None);
    assert_eq!(Failure::from_code(u64::MAX), Some(Failure::BadRequest));
}
