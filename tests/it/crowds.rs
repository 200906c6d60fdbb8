//! Crowds at the client port: slow ones, deaf ones, more than there are open files, and such that come and go. Each
//! costs what its limits say, and those who play notice nothing.

use std::{
    collections::VecDeque,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::mpsc,
    thread,
    time::Duration,
};

use game::rooms::echo::{ECHO_ALL, ECHO_HEARD};
use proto::{
    client::{Answer, Hello, RoomJoin, Status},
    frame::put_frame,
    kinds::{self, Lane},
    packet::Packet,
    prescan::Budget,
    wire,
};
use rustix::net::sockopt::{set_socket_linger, set_socket_recv_buffer_size};

use crate::{
    descriptors::{allow, processor},
    support::{
        Tier,
        neighbors::Neighbors,
        raw::{BOUND, Raw},
        stack::{Role, Stack},
    },
};

/// Memory that a crowd may cost a process beyond what it had.
const GROWTH_KIB_MAX: u64 = 96 * 1024;

const SPEAKERS: usize = 12;
/// Of 4,000 bytes; 1,100 of them are in the sockets' own buffers on both sides.
const LINES: u64 = 2_000;

/// The same four for the same number.
fn random(n: u64) -> [u8; 4] {
    let mixed = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9).to_be_bytes();
    [mixed[0], mixed[1], mixed[2], mixed[3]]
}

/// Has the server closed this one? Whatever comes meanwhile is passed over.
fn is_closed(socket: &mut TcpStream) -> bool {
    let mut bytes = [0; 4_096];
    loop {
        match socket.read(&mut bytes) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() != ErrorKind::WouldBlock,
        }
    }
}

fn connect(server: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(server).expect("the server listens");
    socket.set_nonblocking(true).expect("a socket");
    socket
}

#[test]
fn thousands_that_hardly_send_anything_are_closed_and_players_notice_nothing() {
    let stack = Stack::start(&["--set", "gateway.handshake_ms=5000"]);
    let server = stack.listen;
    let neighbors = Neighbors::start(server, 50);
    let before = stack.resident_kib(Role::Gateway);
    let crowd = Tier::current().pick(2_500, 5_000);
    let mut hello = Vec::new();
    put_frame(&mut hello, Lane::MustArrive, false, &[1; 64]);
    let began = ding::clock::now();
    let mut slow: Vec<TcpStream> = (0..crowd).map(|_| connect(server)).collect();
    let (_never, clock) = mpsc::channel::<()>();
    let mut most = 0;
    for byte in &hello[..30] {
        for socket in &mut slow {
            // It may be closed by now: the look tells.
            let _ = socket.write(std::slice::from_ref(byte));
        }
        slow.retain_mut(|socket| !is_closed(socket));
        most = most.max(stack.resident_kib(Role::Gateway).saturating_sub(before));
        if slow.is_empty() {
            break;
        }
        let _ = clock.recv_timeout(Duration::from_secs(1));
    }
    let took = ding::clock::now().saturating_duration_since(began);
    println!("{crowd} slow connections were closed within {took:?}; the gateway grew by {most} KiB");
    assert!(slow.is_empty(), "{} are still there", slow.len());
    assert!(most < GROWTH_KIB_MAX, "{most} KiB");
    neighbors.check();
    let mut newcomer = Raw::connect(server);
    newcomer.guest();
    assert!(stack.stop().status.success());
}

#[test]
fn members_of_a_room_who_never_read_are_cut_and_all_others_hear_everything() {
    let (members, deaf_count) = Tier::current().pick((60, 6), (200, 20));
    let stack = Stack::start(&["--set", "gateway.outbox_grace_ms=2000"]);
    let server = stack.listen;
    let neighbors = Neighbors::start(server, 20);
    let before = stack.resident_kib(Role::Gateway);
    let join = wire::encode(&RoomJoin { room: "echo".into(), ..RoomJoin::default() });
    let member = |_| {
        let mut raw = Raw::connect(server);
        let next = raw.guest().cseq_last + 1;
        let joined = raw.command(kinds::ROOM_JOIN, next, &join);
        assert_eq!(joined.status(), Status::Ok, "{}", joined.error);
        (raw, next)
    };
    let deaf: Vec<_> = (0..deaf_count).map(member).collect();
    for (raw, _) in &deaf {
        set_socket_recv_buffer_size(raw.socket(), 4_096).expect("a socket");
    }
    // One alone may not say as much.
    let mut speakers: VecDeque<_> = (0..SPEAKERS).map(member).collect();
    let listeners: Vec<_> = (deaf_count + SPEAKERS..members)
        .map(member)
        .map(|(mut raw, _)| {
            thread::spawn(move || {
                let mut heard = 0;
                loop {
                    let (_, body) = raw.wait_for(ECHO_HEARD).expect("it is heard");
                    heard += 1;
                    if body.len() < 1_000 {
                        return heard;
                    }
                }
            })
        })
        .collect();
    let (mut most, mut said) = (0, 0);
    // Many at once, as one frame; says how many of them were heard.
    let mut say = |bodies: &[Vec<u8>]| {
        speakers.rotate_left(1);
        let (speaker, cseq) = speakers.front_mut().expect("there are some");
        let mut packets = Vec::new();
        for body in bodies {
            *cseq += 1;
            Packet { kind: ECHO_ALL, cseq: *cseq, body, ..Packet::default() }.put(&mut packets);
        }
        speaker.send_packets(&packets);
        let answers = bodies.iter().map(|_| speaker.wait_for(kinds::ANSWER).expect("an answer").1);
        let answers = answers.map(|answer| wire::decode::<Answer>(&answer, Budget::CLIENT).expect("one"));
        // Who says more than a player may is told to come back.
        answers.filter(|answer| answer.status() == Status::Ok).count() as u64
    };
    // Nothing that deflate makes small, and more than the sockets' own buffers take.
    let body = |line: u64| (0..1_000).flat_map(|n| random(n + line * 1_000)).collect();
    let mut look = 0;
    while said < LINES {
        let bodies: Vec<Vec<u8>> = (said..said + 14).map(body).collect();
        said += say(&bodies);
        if look <= said {
            most = most.max(stack.resident_kib(Role::Gateway).saturating_sub(before));
            look += LINES / 8;
        }
    }
    while say(&[b"the end".to_vec()]) == 0 {}
    said += 1;
    for listener in listeners {
        assert_eq!(listener.join().expect("everything was heard"), said);
    }
    let cut = stack.figure(Role::Gateway, "closed.too_slow");
    println!("{cut} of {deaf_count} deaf ones were cut after {said} lines; the gateway grew by {most} KiB");
    assert_eq!(usize::try_from(cut), Ok(deaf_count), "and nobody else");
    assert!(most < GROWTH_KIB_MAX, "{most} KiB");
    neighbors.check();
    assert!(stack.stop().status.success());
}

#[test]
fn a_gateway_without_open_files_serves_those_inside_and_later_those_outside() {
    let stack = Stack::start(&[]);
    let server = stack.listen;
    let neighbors = Neighbors::start(server, 20);
    let pid = stack.pid(Role::Gateway);
    allow(pid, Some(256));
    let flood: Vec<TcpStream> =
        (0..2_000).filter_map(|_| TcpStream::connect_timeout(&server, Duration::from_secs(1)).ok()).collect();
    stack.log.wait_for(0, &["accept.exhausted"]);
    let (_never, clock) = mpsc::channel::<()>();
    let (began, used) = (ding::clock::now(), processor(pid));
    // A measurement over a while, not a wait for something.
    let _ = clock.recv_timeout(Duration::from_secs(1));
    let used = processor(pid) - used;
    let passed = ding::clock::now().saturating_duration_since(began);
    println!("{} connected; {used} hundredths of a second of work in {passed:?}", flood.len());
    assert!(
        u128::from(used) * 10 * 4 < passed.as_millis(),
        "{used} hundredths of a second in {passed:?}: it spins"
    );
    drop(flood);
    let mut newcomer = Raw::connect(server);
    newcomer.guest();
    neighbors.check();
    assert!(stack.stop().status.success());
}

#[test]
fn whoever_comes_and_goes_at_once_hears_nothing_of_others_and_disturbs_nobody() {
    let stack = Stack::start(&["--set", "gateway.handshake_ms=5000"]);
    let server = stack.listen;
    let neighbors = Neighbors::start(server, 50);
    let before = stack.resident_kib(Role::Gateway);
    let began = ding::clock::now();
    let long = Duration::from_secs(Tier::current().pick(4, 30));
    let churns: Vec<_> = (0..4u32)
        .map(|lane| {
            thread::spawn(move || {
                let mut count = 0;
                while ding::clock::now().saturating_duration_since(began) < long {
                    come_and_go(server, lane + count);
                    count += 1;
                }
                count
            })
        })
        .collect();
    let count: u32 = churns.into_iter().map(|churn| churn.join().expect("it ends")).sum();
    println!(
        "{count} came and went in {long:?}, {} a second",
        count / u32::try_from(long.as_secs()).expect("few")
    );
    neighbors.check();
    let grown = stack.resident_kib(Role::Gateway).saturating_sub(before);
    assert!(grown < GROWTH_KIB_MAX, "{grown} KiB");
    assert!(stack.stop().status.success());
}

/// Somebody who says nothing, half a word, or all it takes to play, and is gone: by a reset every second time.
fn come_and_go(server: SocketAddr, how: u32) {
    let Ok(mut socket) = TcpStream::connect(server) else { return };
    let mut said = Vec::new();
    let mut say = |kind, body: &[u8]| {
        let mut packets = Vec::new();
        Packet { kind, body, ..Packet::default() }.put(&mut packets);
        put_frame(&mut said, Lane::MustArrive, false, &packets);
    };
    match how % 4 {
        0 => {}
        1 => said.extend([64, 0]),
        2 => say(kinds::HELLO, &wire::encode(&Hello { protocol: 1, client: "gone".into() })),
        _ => {
            say(kinds::HELLO, &wire::encode(&Hello { protocol: 1, client: "gone".into() }));
            say(kinds::LOGIN_GUEST, &[]);
        }
    }
    // The server may be faster.
    let _ = socket.write_all(&said);
    if how % 8 == 7 {
        // This one listens for what it is owed, which is all that it may hear.
        socket.set_read_timeout(Some(BOUND)).expect("a socket");
        let mut first = [0; 64];
        let _ = socket.read(&mut first);
    }
    if how & 16 == 0 {
        set_socket_linger(&socket, Some(Duration::ZERO)).expect("a socket");
    }
}
