//! Many callers on both sides of one Unix socket, on several threads, who give up as they like: each call ends, and
//! nothing is left.

use std::{os::unix::net::UnixStream, thread};

use proto::limits::RPC_IN_FLIGHT_MAX;
use tokio::task::JoinSet;

use super::*;

/// The response is the request, now or later, or never.
fn serve(request: &[u8], response: &mut Vec<u8>) -> Answer {
    match request[0] % 4 {
        0 | 1 => echo(request, response),
        2 => {
            let request = request.to_vec();
            Answer::later(async move {
                tokio::task::yield_now().await;
                Ok(request)
            })
        }
        _ => Answer::later(pending()),
    }
}

async fn calls(peer: Peer, caller: u32) -> usize {
    let mut answered = 0;
    for nth in 0..200_u32 {
        let request = [caller.wrapping_add(nth).to_le_bytes(), nth.to_le_bytes()].concat();
        let call = peer.call(&request, soon());
        if request[0].is_multiple_of(4) || request[0] % 4 == 3 {
            // Given up before, while or after it is answered.
            tokio::task::yield_now().await;
            drop(call);
        } else {
            assert_eq!(call.await.unwrap(), request);
            answered += 1;
        }
    }
    answered
}

/// One end, its link on a runtime of its own.
fn in_a_thread(stream: UnixStream) -> (Peer, thread::JoinHandle<End>) {
    let (tell, told) = std::sync::mpsc::channel();
    let link = thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let stream = tokio::net::UnixStream::from_std(stream).unwrap();
            let (peer, link) = open(stream, Early::default(), Limits::default(), serve);
            tell.send(peer).unwrap();
            link.await
        })
    });
    (told.recv().unwrap(), link)
}

#[test]
fn every_call_of_many_ends_and_no_place_is_lost() {
    let (near, far) = UnixStream::pair().unwrap();
    near.set_nonblocking(true).unwrap();
    far.set_nonblocking(true).unwrap();
    let ((left, left_link), (right, right_link)) = (in_a_thread(near), in_a_thread(far));
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut callers = JoinSet::new();
        for caller in 0..50 {
            callers.spawn(calls(left.clone(), caller));
            callers.spawn(calls(right.clone(), caller));
        }
        let answered: usize = callers.join_all().await.into_iter().sum();
        assert_eq!(answered, 2 * 50 * 100);
        assert_eq!((left.in_flight(), right.in_flight()), (0, 0));
        // All places are free over there too: as many as there are can be taken at once.
        let all: Vec<_> = (0..RPC_IN_FLIGHT_MAX).map(|_| left.call(&[0], soon())).collect();
        for call in all {
            assert_eq!(call.await.unwrap(), [0].as_slice());
        }
        left.close();
    });
    assert!(matches!(left_link.join().unwrap(), End::Parted));
    assert!(matches!(right_link.join().unwrap(), End::Closed));
}
