//! The lines that a script can have.

use std::time::Duration;

use proto::{
    client::{
        BindName, ChatSay, Hello, LoginPassword, LoginSecret, LoginTicket, Move, Pay, QueuePlace, Register,
        Resume, RoomJoin,
    },
    close::CloseReason,
    ids::{AccountId, ConnId},
    kinds,
    level::Level,
    link_io::{Op, Record},
    packet::Packet,
    rpc::Failure,
    wire,
};

use super::{Play, people::Person};
use crate::{
    logic::{
        design::Bonus,
        event::Event,
        map::{cell_tick::Looks, ground::Place},
        roaming::Arrival,
    },
    rooms::echo,
};

impl Play {
    /// Runs each line, and lets the world and its models finish after each.
    pub(crate) fn run(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            self.line(&words);
            self.turn();
        }
    }

    fn line(&mut self, words: &[&str]) {
        match *words {
            ["hold", what] => self.hold(what, true),
            ["let", what] => self.hold(what, false),
            ["sync", count] => drop(self.sync(count.parse().unwrap())),
            ["sync"] => drop(self.sync(u64::MAX)),
            ["apply"] => drop(self.apply()),
            ["rows", "come"] => drop(self.answer_reads()),
            ["rows", "fail"] => self.fail_reads(Failure::Deadline),
            ["hashes", "come"] => drop(self.answer_hashes()),
            ["store", "goes"] => self.store_down(),
            ["store", "comes", "back"] => self.store_back(),
            ["link", "is", "lost"] => self.lose_link(),
            ["game", "dies"] => self.restart(),
            ["level", level] => self.level(level, 0),
            ["level", level, "pace", pace] => self.level(level, pace.parse().unwrap()),
            ["staff", ref does @ ..] => self.staff_does(does),
            ["note", ..] => self.people.note(words.join(" ")),
            ["turns", "take", ms] => {
                let p99 = Duration::from_millis(ms.parse().unwrap());
                self.event(Event::TurnTimes { p99 });
            }
            ["game", "sleeps", ms] => {
                let away = Duration::from_millis(ms.parse().unwrap());
                self.now.instant += away;
                self.event(Event::Slept { away });
            }
            ["game", "stalls", ms] => {
                let away = Duration::from_millis(ms.parse().unwrap());
                self.now.instant += away;
                self.event(Event::Stalled { away });
            }
            ["pass", ms] => self.pass(Duration::from_millis(ms.parse().unwrap())),
            [name, ref does @ ..] => self.person_does(name, does),
            [] => {}
        }
    }

    fn level(&mut self, name: &str, pace: u32) {
        let level = Level::ALL.into_iter().find(|level| level.name() == name).unwrap();
        self.event(Event::Level { level, pace });
    }

    fn hold(&mut self, what: &str, is_held: bool) {
        match what {
            "syncs" => self.held.syncs = is_held,
            "applies" => self.held.applies = is_held,
            "reads" => self.held.reads = is_held,
            "hashes" => self.held.hashes = is_held,
            _ => panic!("hold {what}?"),
        }
    }

    fn person_does(&mut self, name: &str, does: &[&str]) {
        match *does {
            ["connects"] => self.connect(name, [0x20; 16]),
            ["connects", "from", "loopback"] => {
                self.connect(name, core::net::Ipv4Addr::LOCALHOST.to_ipv6_mapped().octets());
            }
            ["connects", "from", address] => {
                let address: core::net::Ipv4Addr = address.parse().unwrap();
                self.connect(name, address.to_ipv6_mapped().octets());
            }
            ["logs", "in"] => self.log_in(name),
            ["logs", "in", "as", shown, "with", password] => {
                self.connect_if_away(name);
                let (name_typed, password) = (shown.to_owned(), password.to_owned());
                let body = wire::encode(&LoginPassword { name: name_typed, password });
                self.packet(name, kinds::LOGIN_PASSWORD, 0, &body);
            }
            ["registers", shown, "with", password] => {
                self.connect_if_away(name);
                let body = Register { name: shown.to_owned(), password: password.to_owned() };
                self.packet(name, kinds::REGISTER, 0, &wire::encode(&body));
            }
            ["tries", "a", "wrong", "secret"] => {
                self.connect_if_away(name);
                let body =
                    LoginSecret { account: self.people.person(name).account, secret: vec![1; 32].into() };
                self.packet(name, kinds::LOGIN_SECRET, 0, &wire::encode(&body));
            }
            ["shows", "its", "place"] => {
                let place = self.people.person(name).place.clone();
                self.packet(name, kinds::QUEUE_PLACE, 0, &wire::encode(&QueuePlace { place: place.into() }));
            }
            ["logs", "in", "by", "ticket"] => {
                let ticket = self.people.person(name).ticket.clone();
                self.log_in_by(name, &ticket);
            }
            ["resumes"] => self.resume(name, |_| {}),
            ["resumes", "with", "the", "old", "token"] => {
                self.resume(name, |person| person.token.clone_from(&person.old_token));
            }
            ["resumes", "with", "a", "wrong", "token"] => {
                self.resume(name, |person| person.token = vec![9; 32]);
            }
            ["resumes", "as", other] => {
                let session = self.people.person(other).session.clone();
                self.resume(name, |person| person.session = session);
            }
            ["resumes", "with", count] => {
                let count = count.parse().unwrap();
                self.resume(name, |person| person.received = count);
            }
            ["comes", "back"] => self.come_back(name),
            ["logs", "out"] => self.packet(name, kinds::LOGOUT, 0, &[]),
            ["drops"] => {
                let person = self.people.person(name);
                person.is_in = false;
                let conn = person.conn.take().unwrap();
                self.people.gone(conn);
                self.record(Record::new(Op::Closed, conn.0, CloseReason::Gone as u64, &[]));
            }
            ["binds", shown, "with", password] => {
                let body = BindName { name: shown.to_owned(), password: password.to_owned() };
                self.command(name, kinds::BIND_NAME, &wire::encode(&body));
            }
            ["says", ref text @ ..] => {
                self.command(name, kinds::CHAT_SAY, &wire::encode(&ChatSay { text: text.join(" ") }));
            }
            ["reads", "wallet"] => self.command(name, kinds::WALLET_READ, &[]),
            ["pays", to, amount] => {
                let to = to.parse().unwrap_or_else(|_| self.people.person(to).account);
                let body = Pay { to, amount: amount.parse().unwrap() };
                self.command(name, kinds::PAY, &wire::encode(&body));
            }
            ["joins", room] => {
                let join = RoomJoin { room: room.to_owned(), ..RoomJoin::default() };
                self.command(name, kinds::ROOM_JOIN, &wire::encode(&join));
            }
            ["looks", "on", "at", room] => {
                let join = RoomJoin { room: room.to_owned(), spectate: true };
                self.command(name, kinds::ROOM_JOIN, &wire::encode(&join));
            }
            ["leaves"] => self.command(name, kinds::ROOM_LEAVE, &[]),
            ["echoes", text] => self.command(name, echo::ECHO, text.as_bytes()),
            ["echoes", "all", text] => self.command(name, echo::ECHO_ALL, text.as_bytes()),
            ["enters", "the", "map", "at", x_mm, y_mm] => self.enter_map(name, x_mm, y_mm),
            ["leaves", "the", "map"] => {
                let account = AccountId(self.people.person(name).account);
                self.world.leave_map(account, self.now);
            }
            ["moves", seq, "to", x_mm, y_mm] => {
                let (x_mm, y_mm) = (x_mm.parse().unwrap(), y_mm.parse().unwrap());
                let body = Move { seq: seq.parse().unwrap(), x_mm, y_mm };
                self.packet(name, kinds::MOVE, 0, &wire::encode(&body));
            }
            ["misses", "cell", cell] => {
                // The groups of a cell are made in pairs, after the one of everyone.
                let group = 2 + 2 * cell.parse::<u64>().unwrap();
                let conn = self.people.person(name).conn.unwrap();
                self.record(Record::new(Op::Refresh, conn.0, group, &[]));
            }
            ["shouts", text] => {
                let mut bytes = Vec::new();
                wire::put_plain(&mut bytes, 2_001, text.as_bytes());
                let account = AccountId(self.people.person(name).account);
                assert!(self.world.tell_near(account, &bytes));
            }
            ["waves", text] => self.packet(name, echo::WAVE, 0, text.as_bytes()),
            ["commands", kind] => self.command(name, kind.parse().unwrap(), &[]),
            ["commands", kind, text] => self.command(name, kind.parse().unwrap(), text.as_bytes()),
            ["repeats", cseq] => self.packet(name, kinds::WALLET_READ, cseq.parse().unwrap(), &[]),
            ["sends", kind, text] => self.packet(name, kind.parse().unwrap(), 0, text.as_bytes()),
            _ if self.lobby_does(name, does) => {}
            _ => self.character_does(name, does),
        }
    }

    /// By the door that a command has, without one.
    fn enter_map(&mut self, name: &str, x_mm: &str, y_mm: &str) {
        let account = self.people.person(name).account;
        let looks = Looks { character: account + 1_000_000, name: name.to_owned(), level: 1, monster: 0 };
        let at = Place { x_mm: x_mm.parse().unwrap(), y_mm: y_mm.parse().unwrap() };
        let arrival = Arrival { looks, at: Some(at), worn: Bonus::default() };
        let line = match self.world.enter_map(AccountId(account), arrival, self.now) {
            Ok(facts) => format!("{name} is avatar {} at {} {}", facts.avatar, facts.x_mm, facts.y_mm),
            Err(refusal) => format!("{name} does not enter: {refusal}"),
        };
        self.people.note(line);
    }

    fn connect(&mut self, name: &str, address: [u8; 16]) {
        self.people.conns += 1;
        let conn = ConnId(self.people.conns);
        // One who connects again while the older connection lives is two to the gateway.
        let person = self.people.person(name);
        person.conn = Some(conn);
        person.is_in = false;
        person.received = 0;
        self.record(Record::new(Op::Opened, conn.0, 0, &address));
        let hello = Hello { protocol: 1, client: "script".to_owned() };
        self.packet(name, kinds::HELLO, 0, &wire::encode(&hello));
    }

    fn connect_if_away(&mut self, name: &str) {
        if self.people.person(name).conn.is_none() {
            self.connect(name, [0x20; 16]);
        }
    }

    pub(crate) fn log_in_by(&mut self, name: &str, ticket: &[u8]) {
        self.connect_if_away(name);
        let body = wire::encode(&LoginTicket { ticket: ticket.to_vec().into() });
        self.packet(name, kinds::LOGIN_TICKET, 0, &body);
    }

    /// On a new connection, with what it knows after a change for this once.
    pub(crate) fn resume(&mut self, name: &str, change: impl FnOnce(&mut Person)) {
        let before = self.people.person(name).clone();
        self.connect(name, [0x20; 16]);
        let mut person = before.clone();
        change(&mut person);
        self.people.person(name).received = before.received;
        let Person { session, token, received, .. } = person;
        let body = Resume { session: session.into(), token: token.into(), received };
        self.bare_packet(name, kinds::RESUME, &wire::encode(&body));
    }

    /// Its gateway has kept its connection while game died.
    fn come_back(&mut self, name: &str) {
        self.people.conns += 1;
        let conn = ConnId(self.people.conns);
        let person = self.people.person(name);
        person.conn = Some(conn);
        let payload = [&person.seat.to_bytes()[..], &[0x20; 16]].concat();
        let account = person.account;
        self.record(Record::new(Op::Seated, conn.0, account, &payload));
    }

    /// As a new guest, or as the one it was.
    fn log_in(&mut self, name: &str) {
        let is_playing = self.people.person(name).account != 0;
        if is_playing || self.people.person(name).conn.is_none() {
            self.connect(name, [0x20; 16]);
        }
        let person = self.people.person(name);
        let login = LoginSecret { account: person.account, secret: person.secret.clone().into() };
        if person.secret.is_empty() {
            self.packet(name, kinds::LOGIN_GUEST, 0, &[]);
        } else {
            self.packet(name, kinds::LOGIN_SECRET, 0, &wire::encode(&login));
        }
    }

    pub(crate) fn command(&mut self, name: &str, kind: u32, body: &[u8]) {
        let person = self.people.person(name);
        person.cseq += 1;
        let cseq = person.cseq;
        person.sent.insert(cseq, kind);
        person.answers.remove(&cseq);
        self.packet(name, kind, cseq, body);
    }

    fn bare_packet(&mut self, name: &str, kind: u32, body: &[u8]) {
        let Some(conn) = self.people.person(name).conn else { return };
        let mut bytes = Vec::new();
        Packet { kind, body, ..Packet::default() }.put(&mut bytes);
        self.record(Record::new(Op::Packets, conn.0, 0, &bytes));
    }

    pub(crate) fn packet(&mut self, name: &str, kind: u32, cseq: u64, body: &[u8]) {
        let person = self.people.person(name);
        let Some(conn) = person.conn else { return };
        let mut bytes = Vec::new();
        Packet { kind, cseq, ack: person.received, body, ..Packet::default() }.put(&mut bytes);
        self.record(Record::new(Op::Packets, conn.0, 0, &bytes));
    }
}
