//! The door of the script tests: a hub, a game that says what it is told to, and clients whose sockets
//! take as many bytes as the script allows.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, Write},
};

use proto::{
    client,
    close::CloseReason,
    frame::{FrameBuf, FrameError, put_frame},
    kinds::{self, BUILT_IN, Lane},
    limits::{LINK_PROTOCOL_MAX, LINK_PROTOCOL_SEATED, SERVER_FRAME_BYTES_MAX},
    link_io::{GREETED_LOGS_IN, GREETED_RESUMES, Op, Record, Seat, take_record},
    packet::{Packet, Packets},
    prescan::Budget,
    wire,
};

use super::super::{
    super::{ConnKey, limits::ClientLimits, transport::Setup},
    Flush, Hub, Reading,
};

/// Runs a script and compares what was heard.
pub(super) fn check(script: &str, expected: &str) {
    check_with(ClientLimits::default(), script, expected);
}

/// As [`check`], with limits of the test's own.
pub(super) fn check_with(limits: ClientLimits, script: &str, expected: &str) {
    let mut world = World::new(limits);
    for line in script.lines().map(str::trim) {
        world.step(line);
    }
    let heard: String = world.heard.iter().map(|line| format!("{line}\n")).collect();
    let expected: String = expected.lines().map(|line| format!("{}\n", line.trim())).collect();
    assert_eq!(heard, expected, "\n--- heard:\n{heard}");
}

/// A socket that takes what its room allows.
#[derive(Debug)]
pub(super) struct FakeSocket {
    pub(super) room: usize,
    pub(super) got: Vec<u8>,
    pub(super) writes: usize,
}

impl Write for FakeSocket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        if self.room == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let taken = bytes.len().min(self.room);
        self.room -= taken;
        self.got.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn write_vectored(&mut self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        let all: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
        self.write(&all)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) struct Player {
    pub(super) key: ConnKey,
    pub(super) socket: FakeSocket,
    frames: FrameBuf,
    /// Sent by the client, not yet read by the gateway.
    unread: Vec<u8>,
}

/// See the module.
pub(super) struct World {
    pub(super) hub: Hub,
    pub(super) now_ms: u64,
    pub(super) players: BTreeMap<String, Player>,
    pub(super) heard: Vec<String>,
    /// Numbers of the commands that game heard, and of whom.
    pub(super) numbers: Vec<(String, u64)>,
    /// Game's records are one batch until it is done.
    is_batching: bool,
}

impl World {
    pub(super) fn new(limits: ClientLimits) -> Self {
        let mut hub = Hub::new(limits, Setup::default());
        hub.link_up(1_000, LINK_PROTOCOL_MAX, &[]);
        Self {
            hub,
            now_ms: 1_000,
            players: BTreeMap::new(),
            heard: Vec::new(),
            numbers: Vec::new(),
            is_batching: false,
        }
    }

    pub(super) fn step(&mut self, line: &str) {
        let (who, what) = line.split_once(' ').expect("a line has a subject");
        match who {
            "game" => self.game(what),
            "the" => self.link(what),
            _ if what == "ms pass" => {
                self.now_ms += who.parse::<u64>().expect("milliseconds");
                self.hub.run_timers(self.now_ms);
            }
            _ => self.player(who, what),
        }
        self.read_resumed();
        self.settle();
    }

    /// Whose pause is over is read at once.
    pub(super) fn read_resumed(&mut self) {
        let mut resumed = Vec::new();
        self.hub.take_resumed(&mut resumed);
        for key in resumed {
            let name = self.name(key);
            if self.hub.client(key).is_some_and(|client| !client.session.stage.is_parked()) {
                self.heard.push(format!("{name} is read"));
            }
            self.read(&name);
        }
    }

    fn link(&mut self, what: &str) {
        match what {
            "link is lost" => drop(self.hub.link_down(self.now_ms)),
            "link is up" => self.hub.link_up(self.now_ms, LINK_PROTOCOL_MAX, &[]),
            "old link is up" => self.hub.link_up(self.now_ms, LINK_PROTOCOL_SEATED - 1, &[]),
            "gateway leaves" => self.hub.leave(self.now_ms),
            _ => match *what.split(' ').collect::<Vec<_>>() {
                ["gateway", "sleeps", ms, "ms"] => {
                    let away_ms = ms.parse().expect("milliseconds");
                    self.now_ms += away_ms;
                    self.hub.slept(self.now_ms, away_ms);
                    self.hub.run_timers(self.now_ms);
                }
                _ => panic!("unknown: the {what}"),
            },
        }
    }

    fn player(&mut self, name: &str, what: &str) {
        match *what.split(' ').collect::<Vec<_>>() {
            ["connects"] => self.connect(name, None),
            ["is", "turned", "away", why] => self.connect(name, Some(reason(why))),
            ["plays"] => {
                self.connect(name, None);
                self.send(name, &packets("hello"));
                self.send(name, &packets("login_guest"));
                self.admit(name, 1, 1);
                self.settle();
                let known = format!("game hears {name} ");
                self.heard.retain(|line| !line.starts_with(&known));
            }
            ["hangs", "up"] => self.hub.hung_up(self.players[name].key, CloseReason::Gone),
            ["stops", "reading"] => self.player_mut(name).socket.room = 0,
            ["takes", bytes, "bytes"] => {
                let bytes = bytes.parse().expect("bytes");
                self.player_mut(name).socket.room = bytes;
                self.hub.writable(self.players[name].key);
            }
            ["reads", "on"] => {
                self.player_mut(name).socket.room = usize::MAX;
                self.hub.writable(self.players[name].key);
            }
            ["sends", count, "pings"] => {
                let mut body = Vec::new();
                for _ in 0..count.parse::<usize>().expect("a number") {
                    wire::put_plain(&mut body, kinds::PING, &[]);
                }
                self.send(name, &body);
            }
            ["sends", "bytes", ref hex @ ..] => {
                let byte = |hex: &&str| u8::from_str_radix(hex, 16).expect("hex");
                let bytes: Vec<u8> = hex.iter().map(byte).collect();
                self.receive(name, &bytes);
            }
            ["sends", ..] => self.send(name, &packets(&what["sends ".len()..])),
            _ => panic!("unknown: {name} {what}"),
        }
    }

    fn game(&mut self, what: &str) {
        let words: Vec<&str> = what.split(' ').collect();
        match *words {
            ["says", "nothing", "yet"] => self.is_batching = true,
            ["is", "done"] => self.is_batching = false,
            ["admits", name] => self.admit(name, 1, 1),
            ["reseats", name] => {
                self.admit(name, 1, 2);
                let reset = packets("reset");
                self.apply(Record { lane: Lane::Control, ..Record::new(Op::Send, self.id(name), 0, &reset) });
            }
            ["subscribes", name, group] => {
                self.apply(Record::new(Op::Subscribe, self.id(name), number(group), &[]));
            }
            ["unsubscribes", name, group] => {
                self.apply(Record::new(Op::Unsubscribe, self.id(name), number(group), &[]));
            }
            ["sends", name, lane, ref kinds @ ..] => {
                let payload = packets(&kinds.join(" "));
                let (lane, ttl_ms) = lane_of(lane);
                let record = Record::new(Op::Send, self.id(name), 0, &payload);
                self.apply(Record { lane, ttl_ms, ..record });
            }
            ["publishes", group, lane, ref kinds @ ..] => {
                let payload = packets(&kinds.join(" "));
                let (lane, ttl_ms) = lane_of(lane);
                let record = Record::new(Op::Publish, 0, number(group), &payload);
                self.apply(Record { lane, ttl_ms, ..record });
            }
            ["refreshes", name, group, ref kinds @ ..] => {
                let payload = packets(&kinds.join(" "));
                self.apply(Record::new(Op::Refreshed, self.id(name), number(group), &payload));
            }
            ["closes", name, why] => {
                self.apply(Record::new(Op::Close, self.id(name), reason(why) as u64, &[]));
            }
            ["closes", name, why, "after", ref kinds @ ..] => {
                let payload = packets(&kinds.join(" "));
                self.apply(Record::new(Op::Close, self.id(name), reason(why) as u64, &payload));
            }
            _ => panic!("unknown: game {what}"),
        }
    }

    /// The first letter of a name is its account.
    fn admit(&mut self, name: &str, session_gen: u32, attach: u32) {
        let account = u64::from(name.as_bytes()[0] - b'a');
        let seat = Seat { session_gen, attach }.to_bytes();
        self.apply(Record::new(Op::Admit, self.id(name), account, &seat));
    }

    pub(super) fn connect(&mut self, name: &str, turned_away: Option<CloseReason>) {
        let key = self.hub.open(self.now_ms, [0; 16], 4242, turned_away);
        let socket = FakeSocket { room: usize::MAX, got: Vec::new(), writes: 0 };
        let player = Player { key, socket, frames: FrameBuf::default(), unread: Vec::new() };
        assert!(self.players.insert(name.to_owned(), player).is_none(), "{name} is new");
    }

    /// One frame of these packets, in the client's lane.
    pub(super) fn send(&mut self, name: &str, body: &[u8]) {
        let mut frame = Vec::new();
        put_frame(&mut frame, Lane::MustArrive, false, body);
        self.receive(name, &frame);
    }

    /// Bytes arrive at a client's socket, and are read if the hub reads.
    pub(super) fn receive(&mut self, name: &str, bytes: &[u8]) {
        self.player_mut(name).unread.extend_from_slice(bytes);
        self.read(name);
    }

    fn read(&mut self, name: &str) {
        let key = self.players[name].key;
        match self.hub.reading(key, self.now_ms) {
            Reading::Now => {
                let bytes = std::mem::take(&mut self.player_mut(name).unread);
                self.hub.receive(key, self.now_ms, &bytes);
            }
            Reading::OverRate => {
                self.settle();
                self.heard.push(format!("{name} is not read"));
            }
            Reading::LinkFull => self.heard.push(format!("{name} waits for the link")),
            Reading::Discard => {
                let bytes = std::mem::take(&mut self.player_mut(name).unread).len();
                self.hub.discard(key, bytes);
            }
            Reading::Parked | Reading::Never => {}
        }
    }

    pub(super) fn apply(&mut self, record: Record<'_>) {
        self.hub.apply(record, self.now_ms).expect("game keeps to the rules");
        if !self.is_batching {
            self.hub.end_batch(self.now_ms);
        }
    }

    /// The rest of a turn: flushes, and everyone hears what was said.
    pub(super) fn settle(&mut self) {
        if self.is_batching {
            return;
        }
        self.hub.end_batch(self.now_ms);
        let mut touched = Vec::new();
        self.hub.take_touched(usize::MAX, &mut touched);
        let mut shut = Vec::new();
        for key in touched {
            let Some((name, player)) = self.players.iter_mut().find(|(_, player)| player.key == key) else {
                continue;
            };
            let before = player.socket.writes;
            if self.hub.flush(key, self.now_ms, &mut player.socket) == Flush::ShutWrite {
                shut.push(name.clone());
            }
            let plain_writes = player.socket.writes - before;
            assert!(plain_writes <= 3, "{name} was written {plain_writes} times in a turn");
        }
        let names: Vec<String> = self.players.keys().cloned().collect();
        for name in &names {
            self.hear(name);
            if shut.contains(name) {
                self.heard.push(format!("{name} is told no more"));
            }
        }
        self.hear_records();
        let mut ended = Vec::new();
        self.hub.take_ended(|key, _| ended.push(key));
        ended.sort_by_key(|&key| self.name(key));
        for key in ended {
            let name = self.name(key);
            self.heard.push(format!("{name} is gone"));
        }
    }

    fn hear(&mut self, name: &str) {
        let mut lines = Vec::new();
        let player = self.players.get_mut(name).expect("a player");
        let got = std::mem::take(&mut player.socket.got);
        let result = player.frames.feed(&got, SERVER_FRAME_BYTES_MAX, |header, body| {
            assert!(!header.deflated, "scripts send what is too short to be compressed");
            lines.push(format!("{name} hears {}: {}", lane_name(header.lane), describe(body)));
            Ok::<_, FrameError>(())
        });
        result.expect("the gateway sends frames");
        for line in lines {
            let pongs = line.matches("pong").count();
            if 1 < pongs {
                self.heard.push(format!("{name} hears {pongs} pongs"));
            } else {
                self.heard.push(line);
            }
        }
    }

    fn hear_records(&mut self) {
        let bytes = self.hub.batch().waiting().to_vec();
        self.hub.batch().consume(bytes.len());
        let mut rest = &bytes[..];
        while let Some((record, used)) = take_record(rest).expect("the gateway sends records") {
            let name = self.name(ConnKey::from_id(record.a));
            let what = match record.op {
                Op::Opened => "opened".to_owned(),
                Op::Packets => {
                    let packets = Packets::new(record.payload).map(|packet| packet.expect("a packet"));
                    let commands = packets.filter(|packet| packet.cseq != 0);
                    self.numbers.extend(commands.map(|packet| (name.clone(), packet.cseq)));
                    describe(record.payload)
                }
                Op::Closed => format!("closed {}", reason_of(record.b).name()),
                Op::Refresh => format!("refresh {}", record.b),
                Op::Seated => {
                    let (seat, address) = Seat::take(record.payload).expect("a seat");
                    assert_eq!(address, [0; 16]);
                    format!("seated as {} {}.{}", record.b, seat.session_gen, seat.attach)
                }
                Op::Greeted => {
                    assert_eq!(record.payload, [0; 16]);
                    let waits = match record.b {
                        GREETED_LOGS_IN => ", waits for a login",
                        GREETED_RESUMES => ", waits for a resume",
                        _ => "",
                    };
                    format!("greeted{waits}")
                }
                op => panic!("the gateway said {op:?}"),
            };
            self.heard.push(format!("game hears {name} {what}"));
            rest = &rest[used..];
        }
        assert!(rest.is_empty());
    }

    pub(super) fn id(&self, name: &str) -> u64 {
        self.players[name].key.id()
    }

    fn name(&self, key: ConnKey) -> String {
        let found = self.players.iter().find(|(_, player)| player.key == key);
        found.map_or_else(|| "nobody".to_owned(), |(name, _)| name.clone())
    }

    pub(super) fn player_mut(&mut self, name: &str) -> &mut Player {
        self.players.get_mut(name).expect("a player")
    }
}

/// "pay, paid*300": packets of these kinds, those with a number with so many bytes of body.
pub(super) fn packets(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for word in text.split(", ") {
        let (name, bytes) = word.split_once('*').unwrap_or((word, "0"));
        let kind = BUILT_IN.iter().find(|def| def.name == name).expect("a kind").kind;
        let body = noise(bytes.parse().expect("bytes"));
        Packet { kind, body: &body, ..Packet::default() }.put(&mut out);
    }
    out
}

/// Bytes that no one can compress.
pub(super) fn noise(bytes: usize) -> Vec<u8> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    std::iter::repeat_with(|| random.next().to_le_bytes()[3]).take(bytes).collect()
}

/// A small generator: the same numbers in every run.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Less than `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).expect("31 bits") % bound
    }
}

fn describe(body: &[u8]) -> String {
    let mut text = String::new();
    for packet in Packets::new(body) {
        let packet = packet.expect("a packet");
        if !text.is_empty() {
            text.push_str(", ");
        }
        let def = BUILT_IN.iter().find(|def| def.kind == packet.kind).expect("a kind");
        text.push_str(def.name);
        if packet.kind == kinds::CLOSE {
            let close: client::Close = wire::decode(packet.body, Budget::CLIENT).expect("a close");
            write!(text, " {}", close.name).expect("text");
        } else if !packet.body.is_empty() {
            write!(text, "*{}", packet.body.len()).expect("text");
        }
    }
    text
}

fn lane_of(name: &str) -> (Lane, u16) {
    match name.split_once('/') {
        Some(("expiring", ttl_ms)) => (Lane::Expiring, ttl_ms.parse().expect("milliseconds")),
        Some(_) => panic!("unknown lane {name}"),
        None => match name {
            "must" => (Lane::MustArrive, 0),
            "latest" => (Lane::LatestWins, 0),
            "control" => (Lane::Control, 0),
            _ => panic!("unknown lane {name}"),
        },
    }
}

fn lane_name(lane: Lane) -> &'static str {
    match lane {
        Lane::MustArrive => "must",
        Lane::LatestWins => "latest",
        Lane::Expiring => "expiring",
        Lane::Control => "control",
    }
}

fn reason(name: &str) -> CloseReason {
    *CloseReason::ALL.iter().find(|reason| reason.name() == name).expect("a reason")
}

fn reason_of(code: u64) -> CloseReason {
    u16::try_from(code).ok().and_then(CloseReason::from_code).expect("a reason")
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}
