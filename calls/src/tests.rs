//! Two ends in one thread, as scripts: what is called, what becomes of it, and what is written. Nothing waits for time
//! to pass but deadlines.

mod ends;
mod greetings;
mod soak;
mod writes;

use std::{
    future::pending,
    time::{Duration, Instant},
};

use proto::{
    limits::LINK_RECORD_BYTES_MAX,
    link_io::{Op, Record},
    rpc::Failure,
};
use tokio::{
    io::{AsyncWriteExt as _, DuplexStream, duplex},
    runtime::Builder,
    sync::{mpsc, oneshot},
    task::{JoinHandle, LocalSet},
};

use crate::{Answer, Early, End, Limits, Nothing, Peer, Response, Serve, clock, open};

/// Longer than anything takes.
fn soon() -> Instant {
    clock::now() + Duration::from_secs(60)
}

fn run(script: impl Future<Output = ()>) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, script);
}

/// One end, its link in a task.
fn end(stream: DuplexStream, limits: Limits, serve: impl Serve + Unpin + 'static) -> (Peer, JoinHandle<End>) {
    let (peer, link) = open(stream, Early::default(), limits, serve);
    (peer, tokio::task::spawn_local(link))
}

/// One that calls a side that serves so.
fn caller_of(serve: impl Serve + Unpin + 'static) -> Peer {
    let (near, far) = duplex(64 * 1024);
    end(far, Limits::default(), serve);
    end(near, Limits::default(), Nothing).0
}

fn echo(request: &[u8], response: &mut Vec<u8>) -> Answer {
    response.extend_from_slice(request);
    Answer::Now(Ok(()))
}

/// Work that is done when its sender says so; `works` has them in the order of the calls.
fn by_hand() -> (impl Serve + Unpin, mpsc::UnboundedReceiver<oneshot::Sender<Vec<u8>>>) {
    let (works_in, works) = mpsc::unbounded_channel();
    let serve = move |_: &[u8], _: &mut Vec<u8>| {
        let (done, result) = oneshot::channel();
        works_in.send(done).unwrap();
        Answer::later(async move { result.await.map_err(|_| Failure::Broken) })
    };
    (serve, works)
}

#[test]
fn answers_come_in_any_order_and_each_goes_to_its_call() {
    run(async {
        let (serve, mut works) = by_hand();
        let peer = caller_of(serve);
        let (first, second) = (peer.call(b"1", soon()), peer.call(b"2", soon()));
        let (one, two) = (works.recv().await.unwrap(), works.recv().await.unwrap());
        two.send(b"two".to_vec()).unwrap();
        assert_eq!(second.await.unwrap(), "two");
        assert_eq!(peer.in_flight(), 1);
        one.send(b"one".to_vec()).unwrap();
        assert_eq!(first.await.unwrap(), "one");
        assert_eq!(peer.in_flight(), 0);
    });
}

#[test]
fn both_sides_call_each_other_over_one_link_while_they_wait() {
    run(async {
        let (near, far) = duplex(64);
        let (serve, mut works) = by_hand();
        let (left, _) = end(near, Limits::default(), serve);
        let (right, _) = end(far, Limits::default(), echo);
        let asked = right.call(b"a question", soon());
        let work = works.recv().await.unwrap();
        // Asked back before it is answered.
        let back = left.call(b"what do you mean?", soon()).await.unwrap();
        work.send(back.to_vec()).unwrap();
        assert_eq!(asked.await.unwrap(), "what do you mean?");
    });
}

#[test]
fn a_dropped_call_is_canceled_over_there_and_its_place_is_free_on_both_sides() {
    run(async {
        let limits = Limits { in_flight_max: 1, ..Limits::default() };
        let (near, far) = duplex(64);
        let (serve, mut works) = by_hand();
        end(far, limits, serve);
        let (peer, _) = end(near, limits, Nothing);
        for _ in 0..10 {
            let call = peer.call(b"", soon());
            let mut work = works.recv().await.unwrap();
            assert_eq!(peer.call(b"", soon()).await, Err(Failure::Busy), "one at a time");
            drop(call);
            assert_eq!(peer.in_flight(), 0);
            work.closed().await;
        }
        let call = peer.call(b"", soon());
        works.recv().await.unwrap().send(b"at last".to_vec()).unwrap();
        assert_eq!(call.await.unwrap(), "at last");
    });
}

#[test]
fn a_call_ends_at_its_deadline_and_so_does_the_work() {
    run(async {
        let (serve, mut works) = by_hand();
        let peer = caller_of(serve);
        assert_eq!(peer.call(b"", clock::now()).await, Err(Failure::Deadline), "not even sent");
        let call = peer.call(b"", clock::now() + Duration::from_millis(500));
        let mut work = works.recv().await.unwrap();
        assert_eq!(call.await, Err(Failure::Deadline));
        work.closed().await;
        assert_eq!(peer.in_flight(), 0);
    });
}

#[test]
fn a_side_that_works_on_as_much_as_it_takes_says_busy_and_is_asked_again_later() {
    run(async {
        let (near, far) = duplex(64);
        let (serve, mut works) = by_hand();
        end(far, Limits { in_flight_max: 1, ..Limits::default() }, serve);
        let (peer, _) = end(near, Limits::default(), Nothing);
        let first = peer.call(b"", soon());
        let work = works.recv().await.unwrap();
        assert_eq!(peer.call(b"", soon()).await, Err(Failure::Busy));
        work.send(b"done".to_vec()).unwrap();
        assert_eq!(first.await.unwrap(), "done");
        let again = peer.call(b"", soon());
        works.recv().await.unwrap().send(Vec::new()).unwrap();
        assert_eq!(again.await.unwrap(), "");
    });
}

#[test]
fn what_waits_for_a_stream_that_takes_nothing_is_bounded() {
    run(async {
        let (near, _far) = duplex(64);
        let limits = Limits { out_bytes_max: 10_000, ..Limits::default() };
        let (peer, _) = end(near, limits, Nothing);
        let mut calls: Vec<_> = (0..9).map(|_| peer.call(&[7; 1_000], soon())).collect();
        calls.push(peer.call(&[7; 1_000], soon()));
        assert_eq!(calls.pop().unwrap().await, Err(Failure::Busy));
        assert_eq!(peer.in_flight(), 9, "the others wait");
    });
}

#[test]
fn what_a_link_cannot_carry_is_refused_by_name_either_way() {
    run(async {
        let peer = caller_of(|_: &[u8], response: &mut Vec<u8>| {
            response.extend_from_slice(&[0; LINK_RECORD_BYTES_MAX + 1]);
            Answer::Now(Ok(()))
        });
        let large = vec![0; LINK_RECORD_BYTES_MAX + 1];
        assert_eq!(peer.call(&large, soon()).await, Err(Failure::TooLarge));
        assert_eq!(peer.call(b"", soon()).await, Err(Failure::TooLarge));
        let peer = caller_of(echo);
        let whole = &large[1..];
        assert_eq!(peer.call(whole, soon()).await.unwrap(), whole);
    });
}

#[test]
fn a_response_of_any_length_is_what_was_sent_and_one_that_waits_is_not_mixed_with_the_next() {
    run(async {
        let peer = caller_of(echo);
        let lengths = [0, 1, Response::SHORT_BYTES, Response::SHORT_BYTES + 1, 300, 2, 100_000, 0];
        let mut waiting = Vec::new();
        for (nth, length) in (0_u8..).zip(lengths.into_iter().cycle().take(100)) {
            let request = vec![nth; length];
            waiting.push((peer.call(&request, soon()), request));
            // Others come and go meanwhile, and have the places of those that were taken.
            if nth % 3 == 0 {
                let (call, request) = waiting.remove(waiting.len() / 2);
                let response = call.await.unwrap();
                assert_eq!(response, request);
                assert_eq!(response.clone(), response);
            }
        }
        for (call, request) in waiting {
            assert_eq!(call.await.unwrap(), request);
        }
    });
}

#[test]
fn work_that_panics_and_calls_that_nobody_serves_fail_by_name_and_disturb_no_other() {
    run(async {
        let peer = caller_of(|request: &[u8], _: &mut Vec<u8>| match request {
            b"panic" => Answer::later(async { panic!("of this call only") }),
            b"later" => Answer::later(async { Ok(b"well".to_vec()) }),
            _ => Answer::Now(Err(Failure::BadRequest)),
        });
        assert_eq!(peer.call(b"panic", soon()).await, Err(Failure::Broken));
        assert_eq!(peer.call(b"?", soon()).await, Err(Failure::BadRequest));
        assert_eq!(peer.call(b"later", soon()).await.unwrap(), "well");
        let peer = caller_of(Nothing);
        assert_eq!(peer.call(b"", soon()).await, Err(Failure::BadRequest));
    });
}
