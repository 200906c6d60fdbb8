//! A real gateway on a real port, a game that the test plays by hand on a Unix socket, and clients that
//! are plain sockets. Every wait is for an event, with a generous bound.

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use gateway::{Config, Error, Metrics, Orders, RawConfig, Ready};
use proto::{
    client,
    frame::{FrameBuf, FrameError, put_frame},
    handshake::{self, Role},
    kinds::{self, BUILT_IN, KindDef, Lane},
    limits::{LINK_PROTOCOL_MAX, SERVER_FRAME_BYTES_MAX},
    link::{LinkHello, LinkWelcome},
    link_io::{LinkBuf, Op, Record, Seat},
    packet::{Packet, Packets},
    prescan::Budget,
    wire,
};
use tempfile::TempDir;

/// No test waits longer for anything.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A gateway on its own threads.
pub struct Gateway {
    stop: Option<UnixStream>,
    thread: Option<JoinHandle<Result<(), Error>>>,
    pub orders: Orders,
    pub metrics: Arc<Metrics>,
    ready: mpsc::Receiver<Ready>,
}

/// The folder in which gateway and game meet.
pub struct Meeting {
    pub folder: TempDir,
    listener: UnixListener,
}

impl Meeting {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("run")).expect("a folder in it");
        let listener = UnixListener::bind(folder.path().join("run/game.link")).expect("a socket");
        Self { folder, listener }
    }

    pub fn gateway(&self, change: impl FnOnce(&mut RawConfig)) -> Gateway {
        let mut raw =
            RawConfig { listen: SocketAddr::from(([127, 0, 0, 1], 0)), threads: 1, ..RawConfig::default() };
        change(&mut raw);
        Gateway::start(raw, self.folder.path())
    }

    /// The next link, greeted.
    pub fn game(&self) -> Game {
        self.game_speaking(LINK_PROTOCOL_MAX)
    }

    /// The next link, greeted in this version of it.
    pub fn game_speaking(&self, protocol: u32) -> Game {
        self.answer(&LinkWelcome {
            protocol,
            epoch: 7,
            kinds: BUILT_IN.iter().map(KindDef::rule).collect(),
            ..LinkWelcome::default()
        })
    }

    /// The next link, answered so.
    pub fn answer(&self, welcome: &LinkWelcome) -> Game {
        let (socket, _) = self.listener.accept().expect("a gateway thread");
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let mut game = Game { socket, input: LinkBuf::default() };
        let hello = game.hear();
        assert_eq!(hello.op, Op::Hello);
        let hello: LinkHello = wire::decode(&hello.payload, Budget::LINK).expect("a hello");
        handshake::negotiate(&hello, Role::Gateway).expect("a gateway of ours");
        game.say(&[Record::new(Op::Welcome, 0, 0, &wire::encode(welcome))]);
        game
    }
}

impl Gateway {
    pub fn start(raw: RawConfig, data: &Path) -> Self {
        Self::run(raw.check(data).expect("a configuration"))
    }

    pub fn run(config: Config) -> Self {
        let (stop, stopped) = UnixStream::pair().expect("a pair");
        let metrics = Arc::new(Metrics::default());
        let (tell, ready) = mpsc::channel();
        let (shown, orders) = (Arc::clone(&metrics), Orders::default());
        let heard = orders.clone();
        let thread = thread::spawn(move || {
            let ready = Box::new(move |told| tell.send(told).expect("a listener"));
            gateway::run_with(config, stopped, shown, &heard, ready)
        });
        Self { stop: Some(stop), thread: Some(thread), orders, metrics, ready }
    }

    /// Where it listens, once it does.
    pub fn address(&self) -> SocketAddr {
        self.ready.recv_timeout(PATIENCE).expect("ready").listen
    }

    /// It has not said that it serves.
    pub fn is_silent(&self) -> bool {
        self.ready.try_recv().is_err()
    }

    /// Asks it to stop, and waits until it has.
    pub fn stop(mut self) -> Result<(), Error> {
        self.stop = None;
        self.end()
    }

    /// Waits until it has ended by itself.
    pub fn end(mut self) -> Result<(), Error> {
        self.thread.take().expect("running").join().expect("no panic")
    }

    /// Waits until a figure is so; each turn tells.
    pub fn until(&self, name: &str, value: i64) {
        for _ in 0..PATIENCE.as_millis() {
            if self.figure(name) == value {
                return;
            }
            let told = self.ready.recv_timeout(Duration::from_millis(1));
            assert!(told.is_err(), "it was ready before");
        }
        panic!("{name} is {}, not {value}", self.figure(name));
    }

    pub fn figure(&self, name: &str) -> i64 {
        let figures = self.metrics.figures();
        figures.iter().find(|figure| figure.name == name).expect("a figure").value
    }
}

/// A record that owns its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub op: Op,
    pub a: u64,
    pub b: u64,
    pub payload: Vec<u8>,
}

/// Game's end of a link.
pub struct Game {
    socket: UnixStream,
    input: LinkBuf,
}

impl Game {
    pub fn say(&mut self, records: &[Record<'_>]) {
        let mut batch = Vec::new();
        for record in records {
            record.put(&mut batch);
        }
        self.socket.write_all(&batch).expect("a link");
    }

    /// The next record; pings are answered and passed over.
    pub fn hear(&mut self) -> Heard {
        loop {
            if let Some(record) = self.input.next().expect("records") {
                let heard =
                    Heard { op: record.op, a: record.a, b: record.b, payload: record.payload.to_vec() };
                match heard.op {
                    Op::Ping => self.say(&[Record::new(Op::Pong, heard.a, 0, &[])]),
                    _ => return heard,
                }
                continue;
            }
            let mut bytes = [0; 4096];
            let count = self.socket.read(&mut bytes).expect("a link");
            assert!(0 < count, "the gateway closed the link");
            self.input.push(&bytes[..count]);
        }
    }

    /// A client says hello and logs in, and is admitted; returns its number.
    pub fn admit(&mut self) -> u64 {
        let opened = self.hear();
        assert_eq!(opened.op, Op::Opened);
        for kind in [kinds::HELLO, kinds::LOGIN_GUEST] {
            let packets = self.hear();
            assert_eq!((packets.op, packets.a, kind_of(&packets.payload)), (Op::Packets, opened.a, kind));
        }
        self.seat(opened.a, Seat { session_gen: 1, attach: 1 }, &[]);
        opened.a
    }

    /// A client has a seat, and hears this.
    pub fn seat(&mut self, id: u64, seat: Seat, packets: &[u8]) {
        let say = Record { lane: Lane::Control, ..Record::new(Op::Send, id, 0, packets) };
        self.say(&[Record::new(Op::Admit, id, 9, &seat.to_bytes()), say]);
    }
}

/// A client's end.
pub struct Client {
    pub socket: TcpStream,
    frames: FrameBuf,
    heard: Vec<(Lane, Vec<u8>)>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).expect("a listener"))
    }

    pub fn over(socket: TcpStream) -> Self {
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Self { socket, frames: FrameBuf::default(), heard: Vec::new() }
    }

    /// Says hello and logs in.
    pub fn login(address: SocketAddr) -> Self {
        let mut client = Self::connect(address);
        client.say(kinds::HELLO, &[]);
        client.say(kinds::LOGIN_GUEST, &[]);
        client
    }

    pub fn say(&mut self, kind: u32, body: &[u8]) {
        let mut frame = Vec::new();
        put_frame(&mut frame, Lane::MustArrive, false, &packet(kind, body));
        self.socket.write_all(&frame).expect("an open connection");
    }

    /// The next frame, or nothing at the end of the stream.
    pub fn hear(&mut self) -> Option<(Lane, Vec<u8>)> {
        loop {
            if !self.heard.is_empty() {
                return Some(self.heard.remove(0));
            }
            let mut bytes = [0; 16 * 1024];
            match self.socket.read(&mut bytes) {
                Ok(0) => return None,
                Ok(count) => {
                    let heard = &mut self.heard;
                    let result = self.frames.feed(&bytes[..count], SERVER_FRAME_BYTES_MAX, |header, body| {
                        assert!(!header.deflated, "these tests send noise");
                        heard.push((header.lane, body.to_vec()));
                        Ok::<_, FrameError>(())
                    });
                    result.expect("frames");
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The name under which it is closed, after whatever else it hears.
    pub fn closed_as(&mut self) -> String {
        let mut last = None;
        while let Some((_, body)) = self.hear() {
            last = Some(body);
        }
        let last = last.expect("some last words");
        let packet = Packets::new(&last).next().expect("a packet").expect("a good one");
        assert_eq!(packet.kind, kinds::CLOSE);
        let close: client::Close = wire::decode(packet.body, Budget::CLIENT).expect("a close");
        close.name
    }
}

/// One packet, as it stands in a frame.
pub fn packet(kind: u32, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Packet { kind, body, ..Packet::default() }.put(&mut out);
    out
}

pub fn kind_of(packets: &[u8]) -> u32 {
    Packets::new(packets).next().expect("a packet").expect("a good one").kind
}

/// Bytes that no one can compress.
pub fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(bytes).collect()
}
