//! What the fake server does with packets: accounts in memory, answers at once, one fault on demand.

use std::collections::{BTreeMap, BTreeSet};

use client::echo;
use proto::{
    client::{
        ChatHeard, ChatSay, EchoHeard, KindInfo, LoggedIn, LoginPassword, LoginQueued, LoginRefused,
        LoginSecret, Paid, Pay, PayResult, Register, Resume, ResumeRefused, Resumed, RoomAsk, RoomJoin,
        RoomJoined, Status, Wallet, Welcome,
    },
    close::CloseReason,
    kinds::{self, Class, Lane},
    limits::CLIENT_PROTOCOL,
    packet::Packet,
    prescan::Budget,
    wire::{self, decode, encode},
};

/// Joined, it asks something at once.
pub const ASKING_ROOM: &str = "asks";

/// One thing done wrong, or a connection cut, at the `nth` command of that kind (from 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The answer comes twice.
    AnswerTwice,
    /// The answer never comes.
    AnswerNever,
    /// The answer is to a command that nobody sent.
    AnswerToOther,
    /// Executed, answered with one gold too few.
    GoldOff,
    /// The payee is not told.
    PaidNever,
    /// A line is heard twice.
    ChatTwice,
    /// A line is heard by nobody.
    ChatNever,
    /// One letter of an echo is another.
    EchoDiffers,
    /// Executed, then all connections are cut before anybody hears of it.
    CutAfter,
    /// All connections are cut before it is executed.
    CutBefore,
    /// As `CutAfter`, but sessions outlive their connections.
    CutKeep,
    /// It is executed, and all are told before the answer that the server pauses, and then that it has begun anew.
    Reset,
}

impl Fault {
    fn keeps_sessions(self) -> bool {
        matches!(self, Self::CutKeep | Self::Reset)
    }
}

/// A fault and when.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub fault: Fault,
    pub kind: u32,
    pub nth: u64,
}

/// What leaves for one connection.
#[derive(Debug, Default)]
pub struct Out {
    pub lane: Lane,
    pub packets: Vec<u8>,
}

/// What the rules ask for: packets in order, and maybe an end.
#[derive(Debug, Default)]
pub struct Outs {
    pub sends: Vec<(u64, Out)>,
    pub close: Vec<u64>,
    pub cut_all: bool,
    /// All are told to begin anew.
    pub reset_all: bool,
}

#[derive(Default)]
pub struct Rules {
    accounts: BTreeMap<u64, Account>,
    /// The account of each connection that is in.
    seats: BTreeMap<u64, u64>,
    lsn: u64,
    plan: Option<Plan>,
    seen: u64,
    /// Commands executed, by kind.
    pub executed: BTreeMap<u32, u64>,
    /// Sessions, by account, if this server keeps any.
    sessions: BTreeMap<u64, Session>,
    /// Connections that have not taken their reset.
    deaf: BTreeSet<u64>,
    resumes: u64,
}

/// What is kept of a session: all that must arrive, for nobody plays long here.
#[derive(Default)]
struct Session {
    token: Vec<u8>,
    sent: Vec<Vec<u8>>,
}

#[derive(Default)]
struct Account {
    name: String,
    password: String,
    secret: Vec<u8>,
    gold: i64,
    ver: u64,
    session_gen: u32,
    cseq_last: u64,
    cseq_ok: u64,
}

impl Rules {
    pub fn new(plan: Option<Plan>) -> Self {
        Self { plan, ..Self::default() }
    }

    /// A connection is gone.
    pub fn gone(&mut self, conn: u64) {
        if !self.keeps_sessions() {
            self.seats.remove(&conn);
        }
    }

    /// All connections are gone.
    pub fn gone_all(&mut self) {
        if !self.keeps_sessions() {
            self.seats.clear();
        }
    }

    /// Sessions that went on.
    pub fn resumes(&self) -> u64 {
        self.resumes
    }

    fn keeps_sessions(&self) -> bool {
        self.plan.is_some_and(|plan| plan.fault.keeps_sessions())
    }

    /// All gold of all accounts.
    pub fn gold(&self) -> i64 {
        self.accounts.values().map(|account| account.gold).sum()
    }

    pub fn on_packet(&mut self, conn: u64, packet: Packet<'_>, outs: &mut Outs) {
        if self.deaf.contains(&conn) {
            if packet.kind == kinds::RESET_TAKEN {
                self.deaf.remove(&conn);
            }
            return;
        }
        let before = outs.sends.len();
        self.take(conn, packet, outs);
        if std::mem::take(&mut outs.reset_all) {
            self.reset_all(outs);
        }
        for (conn, out) in outs.sends.iter().skip(before).filter(|(_, out)| out.lane == Lane::MustArrive) {
            let session = self.seats.get(conn).and_then(|account| self.sessions.get_mut(account));
            session.into_iter().for_each(|session| session.sent.push(out.packets.clone()));
        }
        if outs.cut_all {
            outs.sends.clear();
        }
    }

    fn take(&mut self, conn: u64, packet: Packet<'_>, outs: &mut Outs) {
        match packet.kind {
            kinds::RESUME => self.resume(conn, packet.body, outs),
            kinds::HELLO => {
                let info = |kind, class, lane| KindInfo {
                    kind,
                    body_max: 4_096,
                    cost: 1,
                    class: class as u32,
                    lane: lane as u32,
                    ..KindInfo::default()
                };
                let kinds = vec![
                    info(echo::ECHO, Class::Command, Lane::MustArrive),
                    info(echo::WAVE, Class::Signal, Lane::MustArrive),
                    info(echo::WAVED, Class::FromServer, Lane::LatestWins),
                ];
                let welcome = Welcome { protocol: CLIENT_PROTOCOL, kinds, ..Welcome::default() };
                outs.control(conn, kinds::WELCOME, &encode(&welcome));
            }
            kinds::PING => outs.control(conn, kinds::PONG, packet.body),
            kinds::PONG => {}
            kinds::LOGOUT => self.close(conn, CloseReason::LoggedOut, outs),
            kinds::LOGIN_GUEST..=kinds::LOGIN_PASSWORD | kinds::LOGIN_TICKET => {
                self.login(conn, packet, outs);
            }
            _ if packet.cseq == 0 => outs.send(conn, Lane::LatestWins, echo::WAVED, &[]),
            _ => self.command(conn, packet, outs),
        }
    }

    fn login(&mut self, conn: u64, packet: Packet<'_>, outs: &mut Outs) {
        let next = self.accounts.len() as u64 + 1;
        let fresh = |name: &str, password: &str| Account {
            name: name.to_owned(),
            password: password.to_owned(),
            secret: vec![7; 32],
            gold: 1_000,
            ver: 1,
            ..Account::default()
        };
        let by_name = |name: &str| self.accounts.iter().find(|(_, account)| account.name == name);
        let id = match packet.kind {
            kinds::LOGIN_GUEST => {
                self.accounts.insert(next, fresh("", ""));
                Ok(next)
            }
            kinds::LOGIN_SECRET => {
                let login: LoginSecret = decode(packet.body, Budget::CLIENT).expect("a login");
                let known = self.accounts.get(&login.account).is_some_and(|it| it.secret == login.secret);
                if known { Ok(login.account) } else { Err("bad_credentials") }
            }
            // Nobody's ticket is good here.
            kinds::LOGIN_TICKET => Err("bad_credentials"),
            kinds::REGISTER => {
                let login: Register = decode(packet.body, Budget::CLIENT).expect("a login");
                if by_name(&login.name).is_some() {
                    Err("name_taken")
                } else {
                    self.accounts.insert(next, fresh(&login.name, &login.password));
                    Ok(next)
                }
            }
            _ => {
                let login: LoginPassword = decode(packet.body, Budget::CLIENT).expect("a login");
                outs.control(
                    conn,
                    kinds::LOGIN_QUEUED,
                    &encode(&LoginQueued { position: 1, ..LoginQueued::default() }),
                );
                let found = by_name(&login.name).filter(|(_, account)| account.password == login.password);
                found.map(|(&id, _)| id).ok_or("bad_credentials")
            }
        };
        match id {
            Err(name) => {
                let refused = LoginRefused { name: name.to_owned(), ..LoginRefused::default() };
                outs.control(conn, kinds::LOGIN_REFUSED, &encode(&refused));
            }
            Ok(id) => {
                let account = self.accounts.get_mut(&id).expect("found or made above");
                account.session_gen += 1;
                let reply = LoggedIn {
                    account: id,
                    name: account.name.clone(),
                    session_gen: account.session_gen,
                    cseq_last: account.cseq_last,
                    cseq_ok: account.cseq_ok,
                    secret: if packet.kind == kinds::LOGIN_GUEST {
                        account.secret.clone().into()
                    } else {
                        Vec::new().into()
                    },
                    ..LoggedIn::default()
                };
                let reply = self.begin(reply);
                let before: Vec<u64> =
                    self.seats.iter().filter(|&(_, &seat)| seat == id).map(|(&conn, _)| conn).collect();
                for conn in before {
                    self.close(conn, CloseReason::Superseded, outs);
                }
                outs.control(conn, kinds::LOGGED_IN, &encode(&reply));
                self.seats.insert(conn, id);
            }
        }
    }

    /// A session of its own for who has logged in, if this server keeps any.
    fn begin(&mut self, reply: LoggedIn) -> LoggedIn {
        if !self.keeps_sessions() {
            return reply;
        }
        let token = vec![1; 32];
        self.sessions.insert(reply.account, Session { token: token.clone(), sent: Vec::new() });
        let mut session = vec![0; 16];
        session[..8].copy_from_slice(&reply.account.to_le_bytes());
        LoggedIn { session: session.into(), token: token.into(), grace_ms: 60_000, ..reply }
    }

    fn resume(&mut self, conn: u64, body: &[u8], outs: &mut Outs) {
        let resume: Resume = decode(body, Budget::CLIENT).expect("a resume");
        let id = u64::from_le_bytes(resume.session[..8].try_into().expect("eight bytes"));
        let session = self.sessions.get_mut(&id).filter(|session| session.token == resume.token);
        let Some(session) = session else {
            let refused = ResumeRefused { name: "bad".to_owned() };
            return outs.control(conn, kinds::RESUME_REFUSED, &encode(&refused));
        };
        self.resumes += 1;
        session.token[0] += 1;
        let missed = session.sent.split_off(usize::try_from(resume.received).expect("few"));
        let resumed = Resumed {
            token: session.token.clone().into(),
            cseq_last: self.accounts[&id].cseq_last,
            missed: u32::try_from(missed.len()).expect("few"),
            ..Resumed::default()
        };
        outs.control(conn, kinds::RESUMED, &encode(&resumed));
        // They are kept anew on their way out.
        outs.sends.extend(missed.into_iter().map(|packets| (conn, Out { lane: Lane::MustArrive, packets })));
        self.seats.retain(|_, seat| *seat != id);
        self.seats.insert(conn, id);
    }

    /// The game died and came back with all that it knew.
    fn reset_all(&mut self, outs: &mut Outs) {
        outs.sends.clear();
        for (conn, id) in self.seats.clone() {
            let account = &self.accounts[&id];
            let reply = LoggedIn {
                account: id,
                session_gen: account.session_gen,
                cseq_last: account.cseq_last,
                cseq_ok: account.cseq_ok,
                ..LoggedIn::default()
            };
            let reply = self.begin(reply);
            outs.control(conn, kinds::PAUSED, &[]);
            outs.control(conn, kinds::RESET, &encode(&reply));
            self.deaf.insert(conn);
        }
    }

    fn command(&mut self, conn: u64, packet: Packet<'_>, outs: &mut Outs) {
        let Some(&id) = self.seats.get(&conn) else { return };
        let fault = self.plan.filter(|plan| plan.kind == packet.kind).and_then(|plan| {
            self.seen += 1;
            (self.seen == plan.nth).then_some(plan.fault)
        });
        if fault == Some(Fault::CutBefore) {
            outs.cut_all = true;
            return;
        }
        if packet.cseq != self.accounts[&id].cseq_last + 1 {
            return self.close(conn, CloseReason::BadSequence, outs);
        }
        *self.executed.entry(packet.kind).or_default() += 1;
        let result = self.execute(conn, id, packet, fault, outs);
        let account = self.accounts.get_mut(&id).expect("seated");
        account.cseq_last = packet.cseq;
        account.cseq_ok = account.cseq_ok << 1 | u64::from(result.is_ok());
        if fault == Some(Fault::CutAfter) {
            outs.sends.clear();
            outs.cut_all = true;
            return;
        }
        if fault == Some(Fault::Reset) {
            outs.reset_all = true;
            return;
        }
        // The answer is kept for whoever comes back.
        outs.cut_all |= fault == Some(Fault::CutKeep);
        let re = if fault == Some(Fault::AnswerToOther) { packet.cseq + 1 } else { packet.cseq };
        let times = match fault {
            Some(Fault::AnswerTwice) => 2,
            Some(Fault::AnswerNever) => 0,
            _ => 1,
        };
        for _ in 0..times {
            let mut packets = Vec::new();
            match &result {
                Ok(body) => wire::put_answer_ok(&mut packets, re, body),
                Err(code) => wire::put_answer_no(&mut packets, re, Status::Rejected, code, 0),
            }
            outs.sends.push((conn, Out { lane: Lane::MustArrive, packets }));
        }
    }

    fn execute(
        &mut self,
        conn: u64,
        id: u64,
        packet: Packet<'_>,
        fault: Option<Fault>,
        outs: &mut Outs,
    ) -> Result<Vec<u8>, &'static str> {
        match packet.kind {
            kinds::WALLET_READ => Ok(encode(&self.wallet(id))),
            kinds::PAY => self.pay(id, packet.body, fault, outs),
            kinds::CHAT_SAY => {
                let ChatSay { text } = decode(packet.body, Budget::CLIENT).map_err(|_| "bad_body")?;
                let heard = encode(&ChatHeard { from: id, name: String::new(), text });
                let times = match fault {
                    Some(Fault::ChatTwice) => 2,
                    Some(Fault::ChatNever) => 0,
                    _ => 1,
                };
                for &conn in self.seats.keys() {
                    for _ in 0..times {
                        outs.send(conn, Lane::MustArrive, kinds::CHAT_HEARD, &heard);
                    }
                }
                Ok(Vec::new())
            }
            kinds::ROOM_JOIN => {
                let RoomJoin { room, .. } = decode(packet.body, Budget::CLIENT).map_err(|_| "bad_body")?;
                if room == ASKING_ROOM {
                    let body = encode(&EchoHeard { from: id, payload: b"which?".to_vec().into() }).into();
                    let ask = RoomAsk { id: 5, kind: echo::ECHO_HEARD, body, wait_ms: 1_000, room: 7 };
                    outs.send(conn, Lane::MustArrive, kinds::ROOM_ASK, &encode(&ask));
                }
                Ok(encode(&RoomJoined { room: conn, members: 1, ..RoomJoined::default() }))
            }
            // Shows what came.
            kinds::ROOM_ANSWER => Ok(packet.body.to_vec()),
            kinds::ROOM_LEAVE => Ok(Vec::new()),
            echo::ECHO => {
                let mut bytes = packet.body.to_vec();
                if fault == Some(Fault::EchoDiffers) {
                    bytes[0] ^= 1;
                }
                Ok(bytes)
            }
            _ => Err("unknown"),
        }
    }

    fn pay(
        &mut self,
        from: u64,
        body: &[u8],
        fault: Option<Fault>,
        outs: &mut Outs,
    ) -> Result<Vec<u8>, &'static str> {
        let Pay { to, amount } = decode(body, Budget::CLIENT).map_err(|_| "bad_body")?;
        if from == to || amount <= 0 {
            return Err("bad_amount");
        }
        if !self.accounts.contains_key(&to) {
            return Err("no_such_account");
        }
        if self.wallet(from).gold < amount {
            return Err("not_enough_gold");
        }
        self.lsn += 1;
        let lsn = self.lsn;
        for (id, change) in [(from, -amount), (to, amount)] {
            let account = self.accounts.get_mut(&id).expect("both exist");
            account.gold += change;
            account.ver += 1;
        }
        let paid = Paid { from, amount, wallet: Some(self.wallet(to)), lsn };
        let payee = self.seats.iter().find(|&(_, &seat)| seat == to).map(|(&conn, _)| conn);
        if let Some(conn) = payee
            && fault != Some(Fault::PaidNever)
        {
            outs.send(conn, Lane::MustArrive, kinds::PAID, &encode(&paid));
        }
        let mut wallet = self.wallet(from);
        wallet.gold -= i64::from(fault == Some(Fault::GoldOff));
        Ok(encode(&PayResult { wallet: Some(wallet), lsn }))
    }

    fn wallet(&self, id: u64) -> Wallet {
        let account = &self.accounts[&id];
        Wallet { gold: account.gold, ver: account.ver }
    }

    fn close(&mut self, conn: u64, reason: CloseReason, outs: &mut Outs) {
        let mut packets = Vec::new();
        wire::put_close(&mut packets, reason, 0);
        outs.sends.push((conn, Out { lane: Lane::Control, packets }));
        outs.close.push(conn);
        self.gone(conn);
    }
}

impl Outs {
    fn send(&mut self, conn: u64, lane: Lane, kind: u32, body: &[u8]) {
        let mut packets = Vec::new();
        Packet { kind, body, ..Packet::default() }.put(&mut packets);
        self.sends.push((conn, Out { lane, packets }));
    }

    fn control(&mut self, conn: u64, kind: u32, body: &[u8]) {
        self.send(conn, Lane::Control, kind, body);
    }
}
