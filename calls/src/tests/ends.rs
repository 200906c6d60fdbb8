//! How links end, and what becomes of the calls then.

use proto::link_io::{RECORD_HEADER_BYTES, take_record};
use tokio::io::AsyncReadExt as _;

use super::*;

#[test]
fn with_the_link_every_call_and_all_work_ends_and_no_later_call_begins() {
    run(async {
        let (near, far) = duplex(64);
        let (serve, mut works) = by_hand();
        let (_, over_there) = end(far, Limits::default(), serve);
        let (peer, link) = end(near, Limits::default(), Nothing);
        let calls = [peer.call(b"1", soon()), peer.call(b"2", soon())];
        let mut work = works.recv().await.unwrap();
        over_there.abort();
        for call in calls {
            assert_eq!(call.await, Err(Failure::LinkLost));
        }
        work.closed().await;
        assert!(matches!(link.await.unwrap(), End::Closed));
        assert_eq!(peer.call(b"", soon()).await, Err(Failure::LinkLost));
        assert_eq!(peer.in_flight(), 0);
    });
}

#[test]
fn a_link_that_this_side_closes_writes_what_waits_and_the_other_side_sees_an_end() {
    run(async {
        let (near, far) = duplex(16);
        let (heard_in, mut heard) = mpsc::unbounded_channel();
        let serve = move |request: &[u8], _: &mut Vec<u8>| {
            heard_in.send(request.to_vec()).unwrap();
            Answer::later(pending())
        };
        let (_, over_there) = end(far, Limits::default(), serve);
        let (peer, link) = end(near, Limits::default(), Nothing);
        let call = peer.call(b"the last word", soon());
        peer.close();
        assert!(matches!(link.await.unwrap(), End::Parted));
        assert_eq!(call.await, Err(Failure::LinkLost));
        assert_eq!(heard.recv().await.unwrap(), b"the last word");
        assert!(matches!(over_there.await.unwrap(), End::Closed));
    });
}

/// How a link ends that is sent this.
async fn end_after(bytes: &[u8]) -> End {
    let (near, mut far) = duplex(1 << 16);
    let (_peer, link) = end(near, Limits::default(), echo);
    far.write_all(bytes).await.unwrap();
    link.await.unwrap()
}

fn whose(record: &[u8]) -> u64 {
    take_record(record).unwrap().unwrap().0.a
}

fn record(op: Op, a: u64, b: u64, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    Record::new(op, a, b, payload).put(&mut bytes);
    bytes
}

#[test]
fn whatever_is_no_call_ends_the_link_by_name() {
    run(async {
        assert!(matches!(end_after(&[0xff; 24]).await, End::Garbage(_)));
        for op in [Op::Hello, Op::Turn, Op::Publish] {
            let end = end_after(&record(op, 1, 1, b"")).await;
            assert!(matches!(end, End::OutOfPlace(which) if which == op), "{end}");
        }
    });
}

#[test]
fn pings_are_answered_and_what_answers_nothing_means_nothing() {
    run(async {
        let (near, mut far) = duplex(1 << 16);
        let (peer, _) = end(near, Limits::default(), echo);
        let said = [
            record(Op::Pong, 3, 0, b""),
            record(Op::Reply, 77, 0, b"to nothing"),
            record(Op::Cancel, 77, 0, b""),
            record(Op::Ping, 9, 0, b""),
            record(Op::Call, 5, 1_000, b"still there?"),
        ];
        far.write_all(&said.concat()).await.unwrap();
        let expected = [record(Op::Pong, 9, 0, b""), record(Op::Reply, 5, 0, b"still there?")].concat();
        let mut heard = vec![0; expected.len()];
        far.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, expected);
        assert_eq!(peer.in_flight(), 0);
    });
}

#[test]
fn a_reply_that_comes_twice_counts_once() {
    run(async {
        let (near, mut far) = duplex(1 << 16);
        let (peer, _) = end(near, Limits::default(), Nothing);
        let (first, second) = (peer.call(b"", soon()), peer.call(b"", soon()));
        let mut asked = vec![0; 2 * RECORD_HEADER_BYTES];
        far.read_exact(&mut asked).await.unwrap();
        let ids: Vec<u64> = asked.chunks(RECORD_HEADER_BYTES).map(whose).collect();
        let said = [
            record(Op::Reply, ids[0], 0, b"one"),
            record(Op::Reply, ids[0], Failure::Busy as u64, b""),
            record(Op::Reply, ids[1], 999, b"of a later build"),
        ];
        far.write_all(&said.concat()).await.unwrap();
        assert_eq!(first.await.unwrap(), "one");
        assert_eq!(second.await, Err(Failure::BadRequest));
    });
}
