//! What a server promises, small enough to be believed: one account, one room, sessions with counts and a ring of
//! packets, a game that dies and keeps what is durable, a gateway that keeps connections meanwhile.

use std::collections::{BTreeMap, VecDeque};

use proto::{
    client::{LoggedIn, LoginTicket, Paid, Resume, ResumeRefused, Resumed, Status, Welcome},
    close::CloseReason,
    frame::put_frame,
    kinds::{self, Lane},
    limits::CLIENT_PROTOCOL,
    packet::{Packet, Packets},
    prescan::Budget,
    wire::{self, decode, encode},
};

/// The account as far as somebody knows it.
#[derive(Clone, Debug, Default)]
pub struct Account {
    pub cseq_last: u64,
    pub cseq_ok: u64,
    /// Commands that were executed, in order.
    pub log: Vec<u64>,
    gen_last: u32,
}

#[derive(Debug, Default)]
pub struct Server {
    pub durable: Account,
    game: Option<Game>,
    conns: BTreeMap<u64, Conn>,
    conns_made: u64,
    sessions_made: u64,
    tokens_made: u64,
    joins: u64,
    /// How often a session went on, did not, and began anew over its connection.
    pub resumes: u64,
    pub refusals: u64,
    pub resets: u64,
}

#[derive(Debug)]
struct Game {
    memory: Account,
    /// Answers that wait until what they answer is durable.
    unreleased: Vec<Vec<u8>>,
    session: Option<Session>,
}

#[derive(Debug)]
struct Session {
    number: u64,
    token: u64,
    /// Still good until something comes over the connection that got the newer one.
    token_before: Option<u64>,
    ring: VecDeque<Vec<u8>>,
    sent: u64,
    pushes: u64,
    in_room: bool,
    conn: Option<u64>,
}

#[derive(Debug, Default)]
struct Conn {
    inbox: VecDeque<Vec<u8>>,
    outbox: VecDeque<Vec<u8>>,
    stage: Stage,
    /// The client does not listen any more, and the server does not know it yet.
    is_stale: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    New,
    Playing,
    Parked {
        owed: u32,
    },
    /// Until it has taken so many resets: each is taken once, also if game died again meanwhile.
    Deaf {
        resets: u32,
    },
}

impl Server {
    pub fn connect(&mut self) -> u64 {
        self.conns_made += 1;
        self.conns.insert(self.conns_made, Conn::default());
        self.conns_made
    }

    /// Whether the server has closed it, and everything before that was read.
    pub fn is_closed(&self, conn: u64) -> bool {
        !self.conns.contains_key(&conn)
    }

    pub fn hear(&mut self, conn: u64, frame: Vec<u8>) {
        if let Some(conn) = self.conns.get_mut(&conn) {
            conn.inbox.push_back(frame);
        }
    }

    pub fn say(&mut self, conn: u64) -> Option<Vec<u8>> {
        self.conns.get_mut(&conn)?.outbox.pop_front()
    }

    /// The client is gone: what it had sent may still arrive. Only a way in must not, for who comes after it would
    /// be taken for the older one.
    pub fn abandon(&mut self, conn: u64) {
        if let Some(conn) = self.conns.get_mut(&conn) {
            (conn.is_stale, conn.outbox) = (true, VecDeque::new());
            if conn.stage == Stage::New {
                conn.inbox.clear();
            }
        }
    }

    /// The network or the gateway ends every connection; what is on its way is lost.
    pub fn cut_all(&mut self) {
        self.conns.clear();
        if let Some(session) = self.session() {
            session.conn = None;
        }
    }

    /// The server finds out who is gone.
    pub fn notice(&mut self) {
        let stale: Vec<u64> =
            self.conns.iter().filter(|(_, conn)| conn.is_stale).map(|(conn, _)| *conn).collect();
        for conn in stale {
            self.conns.remove(&conn);
            if let Some(session) = self.session().filter(|session| session.conn == Some(conn)) {
                session.conn = None;
            }
        }
    }

    /// The game process dies with all that is not durable.
    pub fn die(&mut self) {
        if self.game.take().is_none() {
            return;
        }
        for conn in self.conns.values_mut() {
            let owed = match conn.stage {
                Stage::Playing => 0,
                Stage::Deaf { resets } => resets,
                Stage::New | Stage::Parked { .. } => continue,
            };
            conn.stage = Stage::Parked { owed };
            conn.outbox.push_back(frame(Lane::Control, kinds::PAUSED, &[]));
        }
    }

    /// It comes back; of several connections of the account the newest has it.
    pub fn rise(&mut self) {
        if self.game.is_some() {
            return;
        }
        self.game = Some(Game { memory: self.durable.clone(), unreleased: Vec::new(), session: None });
        let parked: Vec<u64> = self
            .conns
            .iter()
            .filter(|it| matches!(it.1.stage, Stage::Parked { .. }))
            .map(|it| *it.0)
            .collect();
        let Some((newest, older)) = parked.split_last() else { return };
        for conn in older {
            self.close(*conn, CloseReason::Superseded);
        }
        self.resets += 1;
        let owed = match self.conns.get(newest).map(|conn| conn.stage) {
            Some(Stage::Parked { owed }) => owed,
            _ => 0,
        };
        let reset = self.begin(*newest);
        self.put(*newest, frame(Lane::Control, kinds::RESET, &encode(&reset)));
        self.stage(*newest, Stage::Deaf { resets: owed + 1 });
    }

    /// Everything that was executed is on disk, and its answers leave.
    pub fn settle(&mut self) {
        let Some(game) = &mut self.game else { return };
        self.durable = game.memory.clone();
        for packets in std::mem::take(&mut game.unreleased) {
            self.must_arrive(&packets);
        }
    }

    /// Something that the player must hear.
    pub fn push(&mut self) {
        let Some(session) = self.session() else { return };
        session.pushes += 1;
        let paid = Paid { from: session.number, amount: session.pushes.cast_signed(), ..Paid::default() };
        let body = encode(&paid);
        self.must_arrive(&packet(kinds::PAID, 0, &body));
    }

    /// How many of those this session has had.
    pub fn pushes(&mut self) -> u64 {
        self.session().map_or(0, |session| session.pushes)
    }

    pub fn is_in_room(&mut self) -> bool {
        self.session().is_some_and(|session| session.in_room)
    }

    /// Nobody came back in time.
    pub fn expire(&mut self) {
        if let Some(game) = &mut self.game
            && game.session.as_ref().is_some_and(|session| session.conn.is_none())
        {
            game.session = None;
            game.unreleased.clear();
        }
    }

    pub fn ask_to_move(&mut self) {
        let playing = self.conns.iter_mut().filter(|(_, conn)| conn.stage == Stage::Playing);
        for (_, conn) in playing {
            let wish = encode(&proto::client::Reconnect { within_ms: 100 });
            conn.outbox.push_back(frame(Lane::Control, kinds::RECONNECT, &wish));
        }
    }

    /// Reads one frame of one connection, if there is one and somebody to read it.
    pub fn read(&mut self, conn: u64) -> bool {
        let is_up = self.game.is_some();
        let Some(frame) = self.conns.get_mut(&conn).filter(|_| is_up).and_then(|it| it.inbox.pop_front())
        else {
            return false;
        };
        for packet in Packets::new(&frame[4..]) {
            self.on_packet(conn, packet.expect("our client sends packets"));
        }
        true
    }

    pub fn conns(&self) -> Vec<u64> {
        self.conns.keys().copied().collect()
    }

    fn on_packet(&mut self, conn: u64, packet: Packet<'_>) {
        let Some(stage) = self.conns.get(&conn).map(|conn| conn.stage) else { return };
        match (stage, packet.kind) {
            (Stage::New, kinds::HELLO) => {
                let welcome = Welcome { protocol: CLIENT_PROTOCOL, ..Welcome::default() };
                self.put(conn, frame(Lane::Control, kinds::WELCOME, &encode(&welcome)));
            }
            (Stage::New, kinds::RESUME) => self.on_resume(conn, packet.body),
            (Stage::New, kinds::LOGIN_GUEST | kinds::LOGIN_SECRET | kinds::LOGIN_TICKET) => {
                self.on_login(conn, packet);
            }
            (Stage::Deaf { resets: 1 }, kinds::RESET_TAKEN) => self.stage(conn, Stage::Playing),
            (Stage::Deaf { resets }, kinds::RESET_TAKEN) => {
                self.stage(conn, Stage::Deaf { resets: resets - 1 });
            }
            // A gateway may answer pings also of those that it does not hear.
            (Stage::Deaf { .. }, kinds::PING) if self.joins.is_multiple_of(3) => {
                self.put(conn, frame(Lane::Control, kinds::PONG, packet.body));
            }
            (Stage::Deaf { .. }, _) => {}
            (Stage::Playing, kind) => {
                let session = self.session().expect("somebody plays");
                assert_eq!(session.conn, Some(conn), "an older connection was closed");
                session.token_before = None;
                assert!(packet.ack <= session.sent, "{} of {}", packet.ack, session.sent);
                let unacked = usize::try_from(session.sent - packet.ack).expect("small");
                while session.ring.len() > unacked {
                    session.ring.pop_front();
                }
                match kind {
                    kinds::PING => self.put(conn, frame(Lane::Control, kinds::PONG, packet.body)),
                    kinds::PONG => {}
                    kinds::RESET_TAKEN => panic!("nobody asked for that"),
                    _ => self.execute(packet),
                }
            }
            (stage, kind) => panic!("kind {kind} while {stage:?}"),
        }
    }

    fn on_login(&mut self, conn: u64, packet: Packet<'_>) {
        let current = format!("ticket {}", self.durable.gen_last);
        if packet.kind == kinds::LOGIN_TICKET {
            let login: LoginTicket = decode(packet.body, Budget::CLIENT).expect("a ticket");
            if login.ticket != current {
                let refused =
                    proto::client::LoginRefused { name: "bad_credentials".to_owned(), ..Default::default() };
                return self.put(conn, frame(Lane::Control, kinds::LOGIN_REFUSED, &encode(&refused)));
            }
        }
        let before = self.session().and_then(|session| session.conn);
        if let Some(before) = before {
            self.close(before, CloseReason::Superseded);
        }
        // Durable before it is told.
        if let Some(game) = &mut self.game {
            game.unreleased.clear();
            game.memory.gen_last += 1;
            self.durable = game.memory.clone();
        }
        let mut reply = self.begin(conn);
        if packet.kind == kinds::LOGIN_GUEST {
            reply.secret = vec![9; 32].into();
        }
        self.put(conn, frame(Lane::Control, kinds::LOGGED_IN, &encode(&reply)));
    }

    /// A new session over this connection.
    fn begin(&mut self, conn: u64) -> LoggedIn {
        self.sessions_made += 1;
        self.tokens_made += 1;
        let (number, token) = (self.sessions_made, self.tokens_made);
        let session = Session {
            number,
            token,
            token_before: None,
            ring: VecDeque::new(),
            sent: 0,
            pushes: 0,
            in_room: false,
            conn: Some(conn),
        };
        self.stage(conn, Stage::Playing);
        let game = self.game.as_mut().expect("it reads");
        game.session = Some(session);
        LoggedIn {
            account: 5,
            session_gen: self.durable.gen_last,
            cseq_last: self.durable.cseq_last,
            cseq_ok: self.durable.cseq_ok,
            session: name(number, 16).into(),
            token: name(token, 32).into(),
            ticket: format!("ticket {}", self.durable.gen_last).into(),
            grace_ms: 120_000,
            ..LoggedIn::default()
        }
    }

    fn on_resume(&mut self, conn: u64, body: &[u8]) {
        let resume: Resume = decode(body, Budget::CLIENT).expect("a resume");
        let cseq_last = self.game.as_ref().map_or(0, |game| game.memory.cseq_last);
        let token = self.tokens_made + 1;
        let verdict = match self.session() {
            None => Err("expired"),
            Some(session) if name(session.number, 16) != resume.session => Err("restarted"),
            Some(session) => {
                let good = [Some(session.token), session.token_before];
                let used = good.into_iter().flatten().find(|good| name(*good, 32) == resume.token);
                let kept = session.ring.len() as u64;
                match used {
                    None => Err("bad"),
                    Some(_) if resume.received > session.sent => panic!("it received what was never sent"),
                    Some(_) if session.sent - resume.received > kept => Err("gap"),
                    Some(used) => {
                        (session.token_before, session.token) = (Some(used), token);
                        let missed = session.sent - resume.received;
                        let from = session.ring.len() - usize::try_from(missed).expect("small");
                        Ok((
                            session.ring.range(from..).cloned().collect::<Vec<_>>(),
                            session.conn.replace(conn),
                        ))
                    }
                }
            }
        };
        match verdict {
            Err(name) => {
                self.refusals += 1;
                let refused = ResumeRefused { name: name.to_owned() };
                self.put(conn, frame(Lane::Control, kinds::RESUME_REFUSED, &encode(&refused)));
            }
            Ok((missed, before)) => {
                self.resumes += 1;
                self.tokens_made = token;
                if let Some(before) = before {
                    self.close(before, CloseReason::Superseded);
                }
                self.stage(conn, Stage::Playing);
                let count = u32::try_from(missed.len()).expect("small");
                let resumed =
                    Resumed { token: name(token, 32).into(), cseq_last, missed: count, ..Resumed::default() };
                self.put(conn, frame(Lane::Control, kinds::RESUMED, &encode(&resumed)));
                missed.into_iter().for_each(|packets| self.put(conn, framed(Lane::MustArrive, &packets)));
            }
        }
    }

    fn execute(&mut self, packet: Packet<'_>) {
        let game = self.game.as_mut().expect("it reads");
        let session = game.session.as_mut().expect("somebody plays");
        assert_eq!(packet.cseq, game.memory.cseq_last + 1, "numbers are dense");
        game.memory.cseq_last += 1;
        game.memory.cseq_ok <<= 1;
        let mut packets = Vec::new();
        if packet.kind == kinds::ROOM_JOIN {
            self.joins += 1;
            let later = self.joins.is_multiple_of(2);
            session.in_room |= !later;
            if later {
                wire::put_answer_no(&mut packets, packet.cseq, Status::RetryLater, "busy", 60);
            } else {
                wire::put_answer_ok(&mut packets, packet.cseq, &[]);
            }
            return self.must_arrive(&packets);
        }
        assert!(session.in_room, "the way back comes before any command");
        let payload = u64::from_le_bytes(packet.body.try_into().expect("eight bytes"));
        if payload.is_multiple_of(7) {
            wire::put_answer_no(&mut packets, packet.cseq, Status::Rejected, "no", 0);
            return self.must_arrive(&packets);
        }
        game.memory.cseq_ok |= 1;
        game.memory.log.push(payload);
        wire::put_answer_ok(&mut packets, packet.cseq, packet.body);
        game.unreleased.push(packets);
    }

    fn must_arrive(&mut self, packets: &[u8]) {
        let Some(session) = self.session() else { return };
        session.sent += 1;
        session.ring.push_back(packets.to_vec());
        if session.ring.len() > RING {
            session.ring.pop_front();
        }
        if let Some(conn) = session.conn {
            self.put(conn, framed(Lane::MustArrive, packets));
        }
    }

    fn session(&mut self) -> Option<&mut Session> {
        self.game.as_mut()?.session.as_mut()
    }

    fn stage(&mut self, conn: u64, stage: Stage) {
        if let Some(conn) = self.conns.get_mut(&conn) {
            conn.stage = stage;
        }
    }

    fn put(&mut self, conn: u64, frame: Vec<u8>) {
        if let Some(conn) = self.conns.get_mut(&conn).filter(|conn| !conn.is_stale) {
            conn.outbox.push_back(frame);
        }
    }

    /// Only those that the client has left are ever closed here, so nobody misses the reason.
    fn close(&mut self, conn: u64, reason: CloseReason) {
        assert_eq!(reason, CloseReason::Superseded);
        let gone = self.conns.remove(&conn);
        assert!(gone.is_none_or(|gone| gone.is_stale), "the client left it before it came back");
    }
}

fn name(number: u64, bytes: usize) -> Vec<u8> {
    let mut name = vec![0; bytes];
    name[..8].copy_from_slice(&number.to_le_bytes());
    name
}

fn packet(kind: u32, re: u64, body: &[u8]) -> Vec<u8> {
    let mut packets = Vec::new();
    Packet { kind, re, body, ..Packet::default() }.put(&mut packets);
    packets
}

fn frame(lane: Lane, kind: u32, body: &[u8]) -> Vec<u8> {
    framed(lane, &packet(kind, 0, body))
}

fn framed(lane: Lane, packets: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    put_frame(&mut frame, lane, false, packets);
    frame
}

/// Small, so that too much is missed now and then.
const RING: usize = 40;
