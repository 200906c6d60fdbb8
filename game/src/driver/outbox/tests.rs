//! Who writes, in which order, and how much may wait.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
};

use super::Outbox;

fn outbox(bytes_max: usize) -> (Outbox, UnixStream, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let task = ours.try_clone().unwrap();
    (Outbox::new(ours, bytes_max), task, theirs)
}

/// What the link's task does, without tokio.
fn work_as_task(outbox: &Outbox, task: &mut UnixStream) {
    task.set_nonblocking(false).unwrap();
    let mut writing = Vec::new();
    while outbox.take(&mut writing) {
        task.write_all(&writing).unwrap();
    }
}

#[test]
fn bytes_that_the_socket_takes_never_wait() {
    let (outbox, _task, mut theirs) = outbox(1_000);
    let mut bytes = b"a turn".to_vec();
    outbox.push(&mut bytes);
    assert!(bytes.is_empty() && outbox.backlog() == 0 && outbox.wrote() && !outbox.wrote());
    let mut got = [0; 6];
    theirs.read_exact(&mut got).unwrap();
    assert_eq!(&got, b"a turn");
}

#[test]
fn bytes_arrive_in_order_whoever_writes_them() {
    let (outbox, mut task, mut theirs) = outbox(64 << 20);
    let mut sent = Vec::new();
    let mut turn = 0u32;
    // Until the socket is full, and then some turns more.
    while outbox.backlog() < 1 << 20 {
        turn += 1;
        let mut bytes: Vec<u8> = (0..5_000).flat_map(|n| (turn * 5_000 + n).to_le_bytes()).collect();
        sent.extend_from_slice(&bytes);
        outbox.push(&mut bytes);
    }
    let bytes = sent.len();
    let reader = std::thread::spawn(move || {
        let mut got = vec![0; bytes];
        theirs.read_exact(&mut got).unwrap();
        (got, theirs)
    });
    work_as_task(&outbox, &mut task);
    let (got, mut theirs) = reader.join().unwrap();
    assert!(got == sent, "another order");
    assert_eq!(outbox.backlog(), 0);

    // The task is idle again: the logic thread writes by itself.
    outbox.push(&mut b"after".to_vec());
    assert_eq!(outbox.backlog(), 0);
    let mut got = [0; 5];
    theirs.read_exact(&mut got).unwrap();
    assert_eq!(&got, b"after");
}

#[test]
fn a_link_over_its_limit_is_cut_and_takes_nothing_more() {
    let (outbox, mut task, theirs) = outbox(100_000);
    while !outbox.is_cut() {
        assert!(outbox.backlog() <= 100_000);
        outbox.push(&mut vec![7; 30_000]);
    }
    let backlog = outbox.backlog();
    let mut bytes = vec![7; 10];
    outbox.push(&mut bytes);
    assert!(bytes.is_empty());
    assert_eq!(outbox.backlog(), backlog);
    drop(theirs);
    let mut writing = Vec::new();
    assert!(outbox.take(&mut writing) && task.write_all(&writing).is_err());
}

#[test]
fn a_full_link_takes_latest_wins_output_again_when_half_of_it_has_left() {
    let mib = 1024 * 1024;
    let mut is_full = false;
    for (backlog, expected) in [(8, false), (9, true), (8, true), (5, true), (4, false), (8, false)] {
        is_full = super::is_full(is_full, backlog * mib);
        assert_eq!(is_full, expected, "{backlog} MiB");
    }
}
