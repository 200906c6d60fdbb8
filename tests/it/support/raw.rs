//! A client of bytes: sends whatever a test wants, honest or not, and reads what comes back.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use proto::{
    client,
    deflate::Inflater,
    frame::{FrameBuf, FrameError, put_frame},
    kinds::{self, Lane},
    packet::{Packet, Packets},
    prescan::Budget,
    wire,
};

/// One connection, blocking, each wait bounded.
pub struct Raw {
    socket: TcpStream,
    frames: FrameBuf,
    arrived: std::collections::VecDeque<(Lane, Arrived)>,
    /// Packets of lane 0 that were read in this session, here or before: each packet that is sent tells.
    pub received: u64,
    /// All that was read.
    pub heard: Heard,
}

/// What came over a connection.
#[derive(Debug, Default)]
pub struct Heard {
    /// Bytes as they were on the wire.
    pub bytes: u64,
    /// Packets by kind.
    pub packets: std::collections::BTreeMap<u32, u64>,
}

/// Kind, `re`, body.
type Arrived = (u32, u64, Vec<u8>);

pub use super::BOUND;

impl Raw {
    pub fn connect(server: SocketAddr) -> Self {
        let socket = TcpStream::connect(server).expect("the server listens");
        socket.set_read_timeout(Some(BOUND)).expect("a socket");
        socket.set_write_timeout(Some(BOUND)).expect("a socket");
        socket.set_nodelay(true).expect("a socket");
        Self {
            socket,
            frames: FrameBuf::default(),
            arrived: Default::default(),
            received: 0,
            heard: Heard::default(),
        }
    }

    /// For what a test does to the socket itself.
    pub fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Sends bytes as they are. The server may have closed by then: reading tells.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.socket.write_all(bytes);
    }

    /// Sends packets as one frame.
    pub fn send_packets(&mut self, packets: &[u8]) {
        let mut frame = Vec::new();
        put_frame(&mut frame, Lane::MustArrive, false, packets);
        self.send(&frame);
    }

    /// Sends one packet.
    pub fn send_packet(&mut self, kind: u32, cseq: u64, body: &[u8]) {
        let mut packets = Vec::new();
        Packet { kind, cseq, ack: self.received, body, ..Packet::default() }.put(&mut packets);
        self.send_packets(&packets);
    }

    /// The next packet: kind, `re`, body. Nothing when the server has closed.
    pub fn next(&mut self) -> Option<(u32, u64, Vec<u8>)> {
        let mut bytes = [0; 16 * 1024];
        while self.arrived.is_empty() {
            let read = match self.socket.read(&mut bytes) {
                Ok(0) => return None,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("nothing within {BOUND:?}: {error}"),
            };
            self.take(&bytes[..read]);
        }
        let (lane, packet) = self.arrived.pop_front()?;
        self.received += u64::from(lane == Lane::MustArrive);
        Some(packet)
    }

    /// Reads what is there and goes on; nothing of it is to be had from [`Self::next`] any more.
    pub fn drain(&mut self) {
        let mut bytes = [0; 16 * 1024];
        self.socket.set_nonblocking(true).expect("a socket");
        while let Ok(read @ 1..) = self.socket.read(&mut bytes) {
            self.take(&bytes[..read]);
        }
        self.socket.set_nonblocking(false).expect("a socket");
        let taken = std::mem::take(&mut self.arrived);
        self.received += taken.iter().filter(|(lane, _)| *lane == Lane::MustArrive).count() as u64;
    }

    fn take(&mut self, bytes: &[u8]) {
        let (arrived, heard) = (&mut self.arrived, &mut self.heard);
        heard.bytes += bytes.len() as u64;
        self.frames
            .feed(bytes, 1 << 18, |header, body| {
                let mut inflated = body.to_vec();
                if header.deflated {
                    Inflater::default().inflate(body, 1 << 18, &mut inflated).expect("the server's deflate");
                }
                for packet in Packets::new(&inflated) {
                    let packet = packet.expect("the server's packets");
                    *heard.packets.entry(packet.kind).or_default() += 1;
                    arrived.push_back((header.lane, (packet.kind, packet.re, packet.body.to_vec())));
                }
                Ok::<_, FrameError>(())
            })
            .expect("the server's frames");
    }

    /// The next packet of this kind; others are passed over.
    pub fn wait_for(&mut self, kind: u32) -> Option<(u64, Vec<u8>)> {
        loop {
            let (got, re, body) = self.next()?;
            if got == kind {
                return Some((re, body));
            }
        }
    }

    /// Reads until the server closes; the name it gave, or `eof` if it gave none.
    pub fn close_name(&mut self) -> String {
        self.wait_for(kinds::CLOSE).map_or_else(|| "eof".to_owned(), |(_, body)| closed_as(&body))
    }

    /// Says hello and waits for the welcome.
    pub fn hello(&mut self) {
        let hello = wire::encode(&client::Hello { protocol: 1, client: "raw".into() });
        self.send_packet(kinds::HELLO, 0, &hello);
        self.wait_for(kinds::WELCOME).expect("a welcome");
    }

    /// Logs in as a new guest.
    pub fn guest(&mut self) -> client::LoggedIn {
        self.hello();
        self.send_packet(kinds::LOGIN_GUEST, 0, &[]);
        let (_, body) = self.wait_for(kinds::LOGGED_IN).expect("logged in");
        wire::decode(&body, Budget::CLIENT).expect("a login")
    }

    /// Logs in, or the name of why not.
    pub fn login(&mut self, kind: u32, body: &[u8]) -> Result<client::LoggedIn, String> {
        self.send_packet(kind, 0, body);
        loop {
            match self.next() {
                Some((kinds::LOGGED_IN, _, body)) => {
                    return Ok(wire::decode(&body, Budget::CLIENT).expect("a login"));
                }
                Some((kinds::LOGIN_REFUSED, _, body)) => {
                    let refused = wire::decode::<client::LoginRefused>(&body, Budget::CLIENT);
                    return Err(refused.expect("a refusal").name);
                }
                Some((kinds::CLOSE, _, body)) => return Err(closed_as(&body)),
                None => return Err("eof".to_owned()),
                Some(_) => {}
            }
        }
    }

    /// Goes on with a session of which so much was received, or the name of why not.
    pub fn resume(&mut self, session: &[u8], token: &[u8], received: u64) -> Result<client::Resumed, String> {
        let (session, token) = (session.to_vec().into(), token.to_vec().into());
        let body = wire::encode(&client::Resume { session, token, received });
        self.send_packet(kinds::RESUME, 0, &body);
        loop {
            match self.next() {
                Some((kinds::RESUMED, _, body)) => {
                    self.received = received;
                    return Ok(wire::decode(&body, Budget::CLIENT).expect("a session"));
                }
                Some((kinds::RESUME_REFUSED, _, body)) => {
                    let refused = wire::decode::<client::ResumeRefused>(&body, Budget::CLIENT);
                    return Err(refused.expect("a refusal").name);
                }
                Some((kinds::CLOSE, _, body)) => return Err(closed_as(&body)),
                None => return Err("eof".to_owned()),
                Some(_) => {}
            }
        }
    }

    /// Sends a command and waits for its answer.
    pub fn command(&mut self, kind: u32, cseq: u64, body: &[u8]) -> client::Answer {
        self.send_packet(kind, cseq, body);
        loop {
            let (re, body) = self.wait_for(kinds::ANSWER).expect("an answer");
            if re == cseq {
                return wire::decode(&body, Budget::CLIENT).expect("an answer");
            }
        }
    }
}

fn closed_as(body: &[u8]) -> String {
    wire::decode::<client::Close>(body, Budget::CLIENT).expect("a close").name
}
