//! The same conversation over every transport, cut at every byte: game and client must not notice.

use proto::{
    close::CloseReason,
    frame::put_frame,
    kinds::Lane,
    limits::LINK_PROTOCOL_MAX,
    link_io::{Op, Record, Seat, take_record},
};

use super::{
    peer::{Pair, Peer, REQUEST, message},
    world::{FakeSocket, noise, packets},
};
use crate::logic::{
    ConnKey,
    hub::{Hub, Life},
    limits::ClientLimits,
    transport::Setup,
    transport::TransportKind,
};

/// How the client's bytes are cut on their way.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// At this byte of all that the client sends.
    At(usize),
    /// After each so many.
    Each(usize),
}

/// One hub with one client.
struct Line {
    hub: Hub,
    key: ConnKey,
    peer: Peer,
    cut: Cut,
    sent_bytes: usize,
    records: Vec<(Op, u64, Vec<u8>)>,
}

#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    records: Vec<(Op, u64, Vec<u8>)>,
    heard: Vec<(Lane, Vec<u8>)>,
    is_ended: bool,
}

impl Line {
    fn new(kind: TransportKind, pair: &Pair, cut: Cut) -> Self {
        let setup = Setup { tls: Some(pair.server.clone()), allowed_origins: Vec::new() };
        let mut hub = Hub::new(ClientLimits::default(), setup);
        hub.link_up(0, LINK_PROTOCOL_MAX, &[]);
        let key = hub.open(0, [0; 16], 4242, None);
        Self { hub, key, peer: Peer::new(kind, pair), cut, sent_bytes: 0, records: Vec::new() }
    }

    /// The client's wire bytes reach the hub in pieces; after each the turn goes to its end.
    fn carry(&mut self, wire: &[u8]) {
        let from = self.sent_bytes;
        self.sent_bytes += wire.len();
        let pieces: Vec<&[u8]> = match self.cut {
            Cut::At(at) if from < at && at < self.sent_bytes => {
                let (first, second) = wire.split_at(at - from);
                vec![first, second]
            }
            Cut::At(_) => vec![wire],
            Cut::Each(bytes) => wire.chunks(bytes).collect(),
        };
        for piece in pieces {
            self.hub.receive(self.key, 0, piece);
            self.turn();
        }
    }

    fn turn(&mut self) {
        let mut touched = Vec::new();
        self.hub.take_touched(usize::MAX, &mut touched);
        let mut socket = FakeSocket { room: usize::MAX, got: Vec::new(), writes: 0 };
        for key in touched {
            self.hub.flush(key, 0, &mut socket);
        }
        self.peer.hear(&socket.got);
        let bytes = self.hub.batch().waiting().to_vec();
        self.hub.batch().consume(bytes.len());
        let mut rest = &bytes[..];
        while let Some((record, used)) = take_record(rest).expect("records") {
            self.records.push((record.op, record.b, record.payload.to_vec()));
            rest = &rest[used..];
        }
    }

    fn game(&mut self, record: Record<'_>) {
        self.hub.apply(record, 0).expect("within the rules");
        self.hub.end_batch(0);
        self.turn();
    }

    fn shake_hands(&mut self) {
        while self.peer.is_shaking_hands() {
            let wire = self.peer.wire(&[]);
            self.carry(&wire);
        }
    }

    /// Hello, login, commands, a few words from game, and a close.
    fn converse(mut self) -> (Outcome, usize) {
        self.shake_hands();
        let frames = ["hello", "login_guest, ping*3", "chat_say*200"].map(|text| frame(&packets(text)));
        let plain = self.peer.conversation(&frames[..2]);
        let wire = self.peer.wire(&plain);
        self.carry(&wire);
        let id = self.key.id();
        self.game(Record::new(Op::Admit, id, 0, &Seat::default().to_bytes()));
        self.game(Record::new(Op::Subscribe, id, 7, &[]));
        let mut plain = Vec::new();
        match self.hub.client(self.key).expect("still here").session.transport {
            TransportKind::Raw | TransportKind::Tls => plain.extend_from_slice(&frames[2]),
            TransportKind::Ws | TransportKind::Wss => message(&mut plain, 2, &frames[2]),
        }
        let wire = self.peer.wire(&plain);
        self.carry(&wire);
        self.game(Record::new(Op::Send, id, 0, &packets("answer")));
        self.game(Record::new(Op::Publish, 0, 7, &packets("chat_heard*300")));
        self.game(Record::new(Op::Publish, 0, 7, &packets("chat_heard*2000")));
        self.game(Record::new(Op::Close, id, CloseReason::Kicked as u64, &[]));
        let outcome = Outcome { records: self.records, heard: self.peer.heard, is_ended: self.peer.is_ended };
        (outcome, self.sent_bytes)
    }
}

fn frame(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_frame(&mut out, Lane::MustArrive, false, body);
    out
}

fn every_cut_gives_the_same(kind: TransportKind) {
    let pair = Pair::new();
    let (whole, bytes) = Line::new(kind, &pair, Cut::At(0)).converse();
    let relayed: Vec<Op> = whole.records.iter().map(|record| record.0).collect();
    assert_eq!(relayed, [Op::Opened, Op::Packets, Op::Packets, Op::Packets, Op::Closed]);
    assert_eq!(whole.records[0].1, 4242 << 8 | kind as u64);
    assert_eq!(whole.records[3].2, packets("chat_say*200"));
    assert_eq!(whole.heard.len(), 5, "pong, answer, two of the group, close");
    assert_eq!(whole.heard[3].1, packets("chat_heard*2000"));
    assert_eq!(whole.is_ended, kind != TransportKind::Raw, "the transport says goodbye");
    for cut in (1..bytes).map(Cut::At).chain([1, 2, 3, 5, 100].map(Cut::Each)) {
        let (cut_up, _) = Line::new(kind, &pair, cut).converse();
        assert_eq!(cut_up, whole, "{kind:?}, cut {cut:?}");
    }
}

#[test]
fn frames_over_tcp_may_be_cut_anywhere() {
    every_cut_gives_the_same(TransportKind::Raw);
}

#[test]
fn frames_in_tls_may_be_cut_anywhere() {
    every_cut_gives_the_same(TransportKind::Tls);
}

#[test]
fn frames_over_websocket_may_be_cut_anywhere() {
    every_cut_gives_the_same(TransportKind::Ws);
}

#[test]
fn frames_over_websocket_in_tls_may_be_cut_anywhere() {
    every_cut_gives_the_same(TransportKind::Wss);
}

/// Sends plaintext over a transport and names what the hub closed the connection for.
fn closed_for(kind: TransportKind, setup: Setup, plain: &[u8], each: usize) -> (Vec<&'static str>, Vec<u8>) {
    let pair = Pair::new();
    let setup = Setup { tls: Some(pair.server.clone()), ..setup };
    let mut hub = Hub::new(ClientLimits::default(), setup);
    hub.link_up(0, LINK_PROTOCOL_MAX, &[]);
    let key = hub.open(0, [0; 16], 1, None);
    assert_eq!(kind, TransportKind::Ws);
    for piece in plain.chunks(each) {
        hub.receive(key, 0, piece);
    }
    let mut socket = FakeSocket { room: usize::MAX, got: Vec::new(), writes: 0 };
    hub.flush(key, 0, &mut socket);
    let closed = hub.tally().closed;
    let names = CloseReason::ALL.iter().zip(closed).filter(|(_, count)| 0 < *count);
    (names.map(|(reason, _)| reason.name()).collect(), socket.got)
}

#[test]
fn a_websocket_that_breaks_its_rules_is_closed_by_name() {
    let hello = frame(&packets("hello"));
    let with = |opcode: u8, payload: &[u8]| {
        let mut out = REQUEST.as_bytes().to_vec();
        message(&mut out, opcode, payload);
        out
    };
    let mut unmasked = REQUEST.as_bytes().to_vec();
    unmasked.extend_from_slice(&[0x82, 1, 0]);
    let mut fragments = with(2, &hello);
    // A message in two parts, together above 64 KiB.
    for first in [0x02, 0x00] {
        fragments.extend_from_slice(&[first, 0x80 | 126, 0xff, 0xff, 0, 0, 0, 0]);
        fragments.extend_from_slice(&[0; 0xffff]);
    }
    for (title, bytes, name) in [
        ("text", with(1, b"hello"), "bad_frame"),
        ("half a frame in a message", with(2, &hello[..3]), "bad_frame"),
        ("two frames in a message", with(2, &[hello.clone(), hello.clone()].concat()), "bad_frame"),
        ("a message above the first frame's bound", with(2, &[0; 5000]), "frame_too_large"),
        ("fragments above the bound", fragments, "frame_too_large"),
        ("no mask", unmasked, "bad_transport"),
        ("a control frame that is too long", with(9, &noise(200)), "bad_transport"),
        ("a goodbye", with(8, &[]), "gone"),
        ("no upgrade", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(), "bad_transport"),
        ("an endless request", [b"GET /".as_slice(), &[b'a'; 9000]].concat(), "bad_transport"),
    ] {
        for each in [7, usize::MAX] {
            let (closed, _) = closed_for(TransportKind::Ws, Setup::default(), &bytes, each.min(bytes.len()));
            assert_eq!(closed, [name], "{title}");
        }
    }
}

#[test]
fn a_foreign_page_is_refused_and_a_listed_one_is_not() {
    let foreign = REQUEST.replace("Origin: http://localhost:7000", "Origin: https://evil.example");
    let (closed, said) = closed_for(TransportKind::Ws, Setup::default(), foreign.as_bytes(), 1);
    assert_eq!(closed, ["bad_transport"]);
    assert!(said.starts_with(b"HTTP/1.1 403 "), "{}", String::from_utf8_lossy(&said));
    let listed = Setup { allowed_origins: vec!["https://evil.example".to_owned()], tls: None };
    let (closed, said) = closed_for(TransportKind::Ws, listed.clone(), foreign.as_bytes(), 1);
    assert!(closed.is_empty() && said.starts_with(b"HTTP/1.1 101 "));
    let (closed, _) = closed_for(TransportKind::Ws, listed, REQUEST.as_bytes(), 1);
    assert_eq!(closed, ["bad_transport"], "with a list, the own host must be on it");
    let program = REQUEST.replace("Origin: http://localhost:7000\r\n", "");
    let (closed, _) = closed_for(TransportKind::Ws, Setup::default(), program.as_bytes(), 1);
    assert!(closed.is_empty(), "a program has no origin");
}

#[test]
fn a_websocket_ping_is_answered_and_a_paused_tls_session_keeps_its_bytes() {
    let pair = Pair::new();
    let mut line = Line::new(TransportKind::Wss, &pair, Cut::At(0));
    line.shake_hands();
    let frames =
        [frame(&packets("hello")), frame(&packets("ping").repeat(500)), frame(&packets("login_guest"))];
    let mut plain = line.peer.conversation(&frames);
    message(&mut plain, 9, b"are you there");
    let wire = line.peer.wire(&plain);
    line.carry(&wire);
    assert_eq!(line.records.len(), 2, "opened, hello; then the pings are to be paid");
    for now_ms in [400, 800] {
        line.hub.run_timers(now_ms);
        line.hub.reading(line.key, now_ms);
        line.turn();
    }
    assert_eq!(line.records.len(), 3, "login");
    assert_eq!(line.peer.heard.last(), Some(&(Lane::Control, b"websocket pong".to_vec())));
}

#[test]
fn whoever_asks_for_pongs_and_never_reads_them_is_too_slow() {
    let limits = ClientLimits { packets_burst: 1_000_000, ..ClientLimits::default() };
    let mut hub = Hub::new(limits, Setup::default());
    hub.link_up(0, LINK_PROTOCOL_MAX, &[]);
    let key = hub.open(0, [0; 16], 1, None);
    hub.receive(key, 0, REQUEST.as_bytes());
    let mut ping = Vec::new();
    message(&mut ping, 9, &[7; 125]);
    let mut asked = 0;
    while hub.client(key).expect("here").life == Life::Open {
        hub.receive(key, 0, &ping);
        asked += 1;
        assert!(asked < 10_000, "it must end");
    }
    assert_eq!(hub.tally().closed.iter().sum::<u64>(), 1);
    hub.run_timers(2_000);
    let mut ended = 0;
    hub.take_ended(|_, _| ended += 1);
    assert_eq!(ended, 1);
}

#[test]
fn a_websocket_goodbye_is_answered() {
    let pair = Pair::new();
    let mut line = Line::new(TransportKind::Wss, &pair, Cut::At(0));
    line.shake_hands();
    let mut plain = line.peer.conversation(&[frame(&packets("hello"))]);
    message(&mut plain, 8, &[]);
    let wire = line.peer.wire(&plain);
    line.carry(&wire);
    assert!(line.peer.is_ended);
    assert_eq!(line.records.last().map(|record| (record.0, record.1)), Some((Op::Closed, 1)));
}
