//! A gateway thread that holds clients who exist only here.

use std::{os::unix::net::UnixStream, path::Path};

use proto::{
    client::{Answer, Hello, LoggedIn},
    handshake::{self, Role},
    kinds,
    link::{LinkHello, LinkWelcome},
    link_io::Op,
    packet::{Packet, Packets},
    prescan::Budget,
    wire,
};

use crate::wire_out::{End, Got};

/// See the module.
pub struct FakeGateway {
    pub end: End,
    pub welcome: LinkWelcome,
}

impl FakeGateway {
    pub fn connect(data: &Path) -> Self {
        Self::connect_as(data, &handshake::hello(Role::Gateway, 1))
    }

    pub fn connect_as(data: &Path, hello: &LinkHello) -> Self {
        let mut end = End::new(UnixStream::connect(data.join("run/game.link")).unwrap());
        end.send(Op::Hello, 0, 0, &wire::encode(hello));
        let first = end.next().expect("a welcome");
        assert_eq!(first.op, Op::Welcome);
        Self { end, welcome: wire::decode(&first.payload, Budget::LINK).unwrap() }
    }

    /// A connection that has said hello and was welcomed.
    pub fn client(&mut self, conn: u64) {
        self.end.send(Op::Opened, conn, 1 << 8, &address());
        let hello = Hello { protocol: 1, client: "test".to_owned() };
        self.say(conn, kinds::HELLO, 0, &wire::encode(&hello));
        self.hear(conn, kinds::WELCOME);
    }

    /// A new guest.
    pub fn guest(&mut self, conn: u64) -> LoggedIn {
        self.client(conn);
        self.say(conn, kinds::LOGIN_GUEST, 0, &[]);
        wire::decode(&self.hear(conn, kinds::LOGGED_IN), Budget::CLIENT).unwrap()
    }

    pub fn say(&mut self, conn: u64, kind: u32, cseq: u64, body: &[u8]) {
        let mut packets = Vec::new();
        Packet { kind, cseq, body, ..Packet::default() }.put(&mut packets);
        self.end.send(Op::Packets, conn, 0, &packets);
    }

    /// The body of the next packet of this kind to this connection; what comes before it is passed over.
    pub fn hear(&mut self, conn: u64, kind: u32) -> Vec<u8> {
        loop {
            let record = self.end.next().expect("the link is open");
            if let Some(body) = body_of(&record, conn, kind) {
                return body;
            }
        }
    }

    pub fn answer(&mut self, conn: u64) -> Answer {
        wire::decode(&self.hear(conn, kinds::ANSWER), Budget::CLIENT).unwrap()
    }
}

/// The body of the packet of this kind in this record.
pub fn body_of(record: &Got, conn: u64, kind: u32) -> Option<Vec<u8>> {
    let is_for_it = matches!(record.op, Op::Send | Op::Close) && record.a == conn;
    if !is_for_it {
        return None;
    }
    let packet = Packets::new(&record.payload).map(Result::unwrap).find(|packet| packet.kind == kind)?;
    Some(packet.body.to_vec())
}

fn address() -> [u8; 16] {
    std::net::Ipv4Addr::LOCALHOST.to_ipv6_mapped().octets()
}
