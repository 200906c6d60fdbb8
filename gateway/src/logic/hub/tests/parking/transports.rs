//! A pause in the middle of a frame, over every transport: what came before it and what comes after it are one stream.

use proto::{
    frame::put_frame,
    kinds::Lane,
    limits::LINK_PROTOCOL_MAX,
    link_io::{Op, Record, Seat, take_record},
};

use super::super::{
    peer::{Pair, Peer, message},
    world::{FakeSocket, packets},
};
use crate::logic::{
    ConnKey,
    hub::{Hub, Reading},
    limits::ClientLimits,
    transport::{Setup, TransportKind},
};

struct Line {
    hub: Hub,
    key: ConnKey,
    peer: Peer,
    is_message: bool,
    /// In the socket: sent, and not yet read.
    unread: Vec<u8>,
    records: Vec<(Op, Vec<u8>)>,
}

impl Line {
    fn new(kind: TransportKind, pair: &Pair) -> Self {
        let setup = Setup { tls: Some(pair.server.clone()), allowed_origins: Vec::new() };
        let mut hub = Hub::new(ClientLimits::default(), setup);
        hub.link_up(0, LINK_PROTOCOL_MAX, &[]);
        let key = hub.open(0, [0; 16], 4242, None);
        let is_message = matches!(kind, TransportKind::Ws | TransportKind::Wss);
        let (unread, records) = (Vec::new(), Vec::new());
        let mut line = Self { hub, key, peer: Peer::new(kind, pair), is_message, unread, records };
        while line.peer.is_shaking_hands() {
            let wire = line.peer.wire(&[]);
            line.carry(&wire);
        }
        let hello = line.peer.conversation(&[frame("hello"), frame("login_guest")]);
        let wire = line.peer.wire(&hello);
        line.carry(&wire);
        line.admit(1);
        line.records.clear();
        line
    }

    fn admit(&mut self, attach: u32) {
        let seat = Seat { session_gen: 1, attach }.to_bytes();
        self.hub.apply(Record::new(Op::Admit, self.key.id(), 9, &seat), 0).expect("within the rules");
        self.turn();
    }

    /// The wire bytes of a frame.
    fn wire(&mut self, text: &str) -> Vec<u8> {
        let mut plain = Vec::new();
        if self.is_message {
            message(&mut plain, 2, &frame(text));
        } else {
            plain = frame(text);
        }
        self.peer.wire(&plain)
    }

    fn carry(&mut self, wire: &[u8]) {
        self.unread.extend_from_slice(wire);
        self.read();
        self.turn();
    }

    fn read(&mut self) {
        if self.hub.reading(self.key, 0) == Reading::Now {
            let bytes = std::mem::take(&mut self.unread);
            self.hub.receive(self.key, 0, &bytes);
        }
    }

    fn turn(&mut self) {
        self.hub.end_batch(0);
        let mut resumed = Vec::new();
        self.hub.take_resumed(&mut resumed);
        for _ in resumed {
            self.read();
        }
        let mut socket = FakeSocket { room: usize::MAX, got: Vec::new(), writes: 0 };
        let mut touched = Vec::new();
        self.hub.take_touched(usize::MAX, &mut touched);
        for key in touched {
            self.hub.flush(key, 0, &mut socket);
        }
        self.peer.hear(&socket.got);
        let bytes = self.hub.batch().waiting().to_vec();
        self.hub.batch().consume(bytes.len());
        let mut rest = &bytes[..];
        while let Some((record, used)) = take_record(rest).expect("records") {
            self.records.push((record.op, record.payload.to_vec()));
            rest = &rest[used..];
        }
    }
}

fn frame(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    put_frame(&mut out, Lane::MustArrive, false, &packets(text));
    out
}

#[test]
fn a_pause_in_the_middle_of_a_frame_loses_no_byte_of_the_stream() {
    let pair = Pair::new();
    for kind in [TransportKind::Raw, TransportKind::Tls, TransportKind::Ws, TransportKind::Wss] {
        let bytes = Line::new(kind, &pair).wire("chat_say*200").len();
        for cut in 1..bytes {
            let mut line = Line::new(kind, &pair);
            let wire = line.wire("chat_say*200");
            line.carry(&wire[..cut]);
            line.hub.link_down(0);
            line.turn();
            assert_eq!(line.peer.heard.last(), Some(&(Lane::Control, packets("paused"))), "{kind:?}");
            line.carry(&wire[cut..]);
            line.hub.link_up(0, LINK_PROTOCOL_MAX, &[]);
            line.admit(2);
            let reset = packets("reset");
            let send = Record { lane: Lane::Control, ..Record::new(Op::Send, line.key.id(), 0, &reset) };
            line.hub.apply(send, 0).expect("within the rules");
            line.turn();
            for text in ["wallet_read, reset_taken, pay*9", "chat_say*9"] {
                let wire = line.wire(text);
                line.carry(&wire);
            }
            let ops: Vec<(Op, &[u8])> =
                line.records.iter().map(|(op, payload)| (*op, &payload[..])).collect();
            let [(Op::Seated, _), said @ ..] = &ops[..] else { panic!("{kind:?}, cut {cut}: {ops:?}") };
            let expected = [(Op::Packets, &packets("pay*9")[..]), (Op::Packets, &packets("chat_say*9")[..])];
            assert_eq!(said, expected, "{kind:?}, cut {cut}");
        }
    }
}
