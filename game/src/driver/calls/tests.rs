//! What leaves when a call's time is over.

use std::{io::Read as _, os::unix::net::UnixStream, time::Duration};

use proto::link_io::LinkBuf;

use super::*;
use crate::driver::clock;

/// A link of this version, and its other end.
fn link(protocol: u32) -> (Calls, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    theirs.set_nonblocking(true).unwrap();
    let mut calls = Calls::default();
    calls.up(Arc::new(Outbox::new(ours, 1 << 20)), protocol);
    (calls, theirs)
}

/// What has come: op and id.
fn come(theirs: &mut UnixStream) -> Vec<(Op, u64)> {
    let mut bytes = [0; 16 * 1024];
    let count = theirs.read(&mut bytes).unwrap_or(0);
    let mut buf = LinkBuf::default();
    buf.push(&bytes[..count]);
    let mut seen = Vec::new();
    while let Some(record) = buf.next().unwrap() {
        seen.push((record.op, record.a));
    }
    seen
}

fn read(tag: u64, deadline: Instant) -> Read {
    Read { tag: Some(ReadTag(tag)), request: ReadRequest::default(), deadline }
}

#[test]
fn of_a_call_whose_time_is_over_the_other_side_is_told_and_its_reply_is_nobodys() {
    let (mut calls, mut theirs) = link(LINK_PROTOCOL_CALLS);
    let now = clock::instant();
    let (soon, later) = (now + Duration::from_secs(1), now + Duration::from_secs(9));
    let mut replies = Vec::new();
    calls.send(&[], &mut vec![read(1, soon), read(2, later), read(3, soon)], now, &mut replies);
    let asked = come(&mut theirs);
    assert_eq!(asked.iter().map(|(op, _)| *op).collect::<Vec<_>>(), [Op::Call; 3]);
    calls.expire(now, &mut replies);
    assert!(replies.is_empty() && come(&mut theirs).is_empty());
    calls.expire(soon, &mut replies);
    assert_eq!(come(&mut theirs), [(Op::Cancel, asked[0].1), (Op::Cancel, asked[2].1)]);
    let ended: Vec<_> = replies.iter().map(|(tag, result)| (tag.0, result.clone().err())).collect();
    assert_eq!(ended, [(1, Some(Failure::Deadline)), (3, Some(Failure::Deadline))]);
    assert_eq!(calls.in_flight(), 1);
    assert!(calls.on_reply(&Record::new(Op::Reply, asked[0].1, 0, &[]), soon).is_none());
    assert!(calls.on_reply(&Record::new(Op::Reply, asked[1].1, 0, &[]), soon).is_some());
    calls.expire(later, &mut replies);
    assert!(come(&mut theirs).is_empty(), "it has its answer");
}

#[test]
fn a_dbfront_that_knows_no_cancel_is_sent_none() {
    let (mut calls, mut theirs) = link(LINK_PROTOCOL_CALLS - 1);
    let now = clock::instant();
    let mut replies = Vec::new();
    calls.send(&[], &mut vec![read(1, now)], now, &mut replies);
    assert_eq!(come(&mut theirs).len(), 1);
    calls.expire(now, &mut replies);
    assert_eq!((replies.len(), come(&mut theirs).len()), (1, 0));
}

#[test]
fn what_waits_for_room_leaves_when_calls_end_without_an_answer() {
    let (mut calls, mut theirs) = link(LINK_PROTOCOL_CALLS);
    calls.caller = Caller::new(1);
    let now = clock::instant();
    let mut replies = Vec::new();
    let release = Read { tag: None, request: ReadRequest::default(), deadline: now };
    calls.send(&[], &mut vec![read(1, now), release], now, &mut replies);
    let asked = come(&mut theirs);
    assert_eq!(asked.len(), 1);
    calls.expire(now, &mut replies);
    let come = come(&mut theirs);
    assert_eq!(come[0], (Op::Cancel, asked[0].1));
    assert_eq!((come.len(), come[1].0), (2, Op::Call));
}
