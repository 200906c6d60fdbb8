//! The players of a script, and what they see.

use std::collections::{BTreeMap, BTreeSet};

use proto::{
    client::{
        self, CellState, ChatHeard, ChatNearHeard, ChatPrivateHeard, EchoHeard, LoggedIn, LoginQueued,
        LoginRefused, MoveRefused, Paid, PayResult, RoomLeft, RoomMember, Wallet, Waves,
    },
    ids::{ConnId, GroupId},
    kinds::{self, Lane},
    link_io::Seat,
    packet::Packet,
    prescan::{Budget, Shaped},
    wire,
};

use crate::rooms::echo;

/// One player.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    pub(crate) conn: Option<ConnId>,
    /// It was told that it plays.
    pub(crate) is_in: bool,
    pub(crate) account: u64,
    pub(crate) secret: Vec<u8>,
    /// What its last login gave it, to log in with.
    pub(crate) ticket: Vec<u8>,
    /// Where it stands in the login queue, and how long it was told to wait, there or before it comes again, milliseconds.
    pub(crate) place: Vec<u8>,
    pub(crate) wait_ms: u32,
    /// The same moment by the server's clock.
    pub(crate) until_ms: u64,
    pub(crate) cseq: u64,
    /// Kinds of commands that were sent.
    pub(crate) sent: BTreeMap<u64, u32>,
    /// Answers that came: OK or not.
    pub(crate) answers: BTreeMap<u64, bool>,
    pub(crate) cseq_ok: u64,
    /// Must-arrive packets that came in this session.
    pub(crate) received: u64,
    /// What its session is resumed with.
    pub(crate) session: Vec<u8>,
    pub(crate) token: Vec<u8>,
    /// The token before that.
    pub(crate) old_token: Vec<u8>,
    /// What the gateway would name.
    pub(crate) seat: Seat,
    /// The trade that it was asked for or began last.
    pub(crate) trade: u64,
    /// What it saw on the table last.
    pub(crate) table: client::TradeState,
}

/// All players, and the groups in which their connections are.
#[derive(Debug, Default)]
pub(crate) struct People {
    pub(crate) all: BTreeMap<String, Person>,
    pub(crate) groups: BTreeMap<GroupId, BTreeSet<ConnId>>,
    pub(crate) transcript: Vec<String>,
    pub(crate) conns: u64,
    /// The ids of characters, by the name under which they were seen.
    pub(crate) characters: BTreeMap<String, u64>,
    /// The ids of items in the order in which they were seen: the first is `#1`.
    pub(crate) items: Vec<u64>,
    /// The ids of letters in the order in which they were seen: the first is `@1`.
    pub(crate) letters: Vec<u64>,
    /// Parts of matches, as they came.
    pub(crate) fetched: Vec<u8>,
    /// What those were shown who watched matches, as it came: kinds and bodies.
    pub(crate) shown: Vec<(u32, Vec<u8>)>,
}

impl People {
    pub(crate) fn person(&mut self, name: &str) -> &mut Person {
        self.all.entry(name.to_owned()).or_default()
    }

    pub(crate) fn all_gone(&mut self) {
        self.groups.clear();
        for person in self.all.values_mut() {
            person.conn = None;
            person.is_in = false;
        }
    }

    pub(crate) fn at(&self, conn: ConnId) -> Option<String> {
        self.all.iter().find(|(_, person)| person.conn == Some(conn)).map(|(name, _)| name.clone())
    }

    pub(super) fn name_of(&self, account: u64) -> String {
        let known = self.all.iter().find(|(_, person)| person.account == account);
        known.map_or_else(|| account.to_string(), |(name, _)| name.clone())
    }

    pub(crate) fn gone(&mut self, conn: ConnId) {
        for members in self.groups.values_mut() {
            members.remove(&conn);
        }
    }

    pub(crate) fn note(&mut self, line: String) {
        self.transcript.push(line);
    }

    /// A packet reaches a connection.
    pub(crate) fn see(&mut self, conn: ConnId, lane: Lane, packet: Packet<'_>) {
        let Some(name) = self.at(conn) else { return };
        if lane == Lane::MustArrive {
            self.person(&name).received += 1;
        }
        let line = match packet.kind {
            kinds::WELCOME => return,
            kinds::ANSWER => self.answer(&name, packet),
            kinds::RESUMED => {
                let m: client::Resumed = read(packet.body);
                let person = self.person(&name);
                person.is_in = true;
                person.old_token = std::mem::replace(&mut person.token, m.token.to_vec());
                person.cseq = m.cseq_last;
                person.ticket = m.ticket.to_vec();
                format!("{name} resumes: last {}, missed {}", m.cseq_last, m.missed)
            }
            kinds::RESUME_REFUSED => {
                format!("{name} does not resume: {}", read::<client::ResumeRefused>(packet.body).name)
            }
            kinds::LOGGED_IN | kinds::RESET => {
                let m: LoggedIn = read(packet.body);
                let person = self.person(&name);
                person.session = m.session.to_vec();
                person.token = m.token.to_vec();
                person.account = m.account;
                person.cseq = m.cseq_last;
                person.cseq_ok = m.cseq_ok;
                person.received = 0;
                person.is_in = true;
                person.ticket = m.ticket.to_vec();
                if !m.secret.is_empty() {
                    person.secret = m.secret.to_vec();
                }
                let how = if packet.kind == kinds::RESET { "is in again" } else { "is in" };
                let (number, last, ok) = (m.session_gen, m.cseq_last, m.cseq_ok);
                format!("{name} {how}: gen {number}, last {last}, ok {ok:b}")
            }
            kinds::LOGIN_REFUSED => {
                let m: LoginRefused = read(packet.body);
                // For those that are told when to come again that is beside it.
                let is_told = m.until_ms == 0 || m.retry_after_ms != 0;
                let until = if is_told { String::new() } else { format!(" until {}", m.until_ms) };
                let detail = if m.detail.is_empty() { String::new() } else { format!(" ({})", m.detail) };
                let person = self.person(&name);
                (person.wait_ms, person.until_ms) = (m.retry_after_ms, m.until_ms);
                format!("{name} is refused: {}{until}{detail}", m.name)
            }
            kinds::NOTICE => {
                assert_eq!(lane, Lane::Control);
                format!("{name} is told: {}", read::<client::Notice>(packet.body).name)
            }
            kinds::LOGIN_QUEUED => {
                let m: LoginQueued = read(packet.body);
                let person = self.person(&name);
                (person.place, person.wait_ms) = (m.place.to_vec(), m.wait_ms);
                format!("{name} is queued at {}", m.position)
            }
            kinds::CHAT_HEARD => {
                let m: ChatHeard = read(packet.body);
                format!("{name} hears {}: {}", self.name_of(m.from), m.text)
            }
            kinds::ANNOUNCED => {
                assert_eq!(lane, Lane::MustArrive);
                format!("{name} hears the house: {}", read::<client::Announced>(packet.body).text)
            }
            kinds::CHAT_NEAR_HEARD => {
                assert_eq!(lane, Lane::Expiring);
                let m: ChatNearHeard = read(packet.body);
                format!("{name} hears {} near: {}", m.name, m.text)
            }
            kinds::CHAT_PRIVATE_HEARD => {
                let m: ChatPrivateHeard = read(packet.body);
                format!("{name} hears {} alone: {}", m.name, m.text)
            }
            kinds::PAID => {
                let m: Paid = read(packet.body);
                let gold = m.wallet.unwrap().gold;
                format!("{name} is paid {} by {}, has {gold}", m.amount, self.name_of(m.from))
            }
            kinds::ROOM_MEMBER => {
                let m: RoomMember = read(packet.body);
                let how = if m.gone {
                    "gone"
                } else if m.here {
                    "here"
                } else {
                    "away"
                };
                format!("{name} sees {} {how}", self.name_of(m.account))
            }
            kinds::ROOM_LEFT => {
                format!("{name} is out of the room: {}", read::<RoomLeft>(packet.body).reason)
            }
            kinds::REPLAY_SAID => {
                let m: client::ReplaySaid = read(packet.body);
                self.shown.push((m.kind, m.body.to_vec()));
                format!("{name} is shown {} {}", m.kind, text(&m.body))
            }
            kinds::REPLAY_ENDED => {
                let m: client::ReplayEnded = read(packet.body);
                let how = if m.hash_ok { "as then".to_owned() } else { format!("not as then {}", m.error) };
                format!("{name} has seen it all: {}, {how}", m.outcome)
            }
            echo::ECHO_HEARD => {
                let m: EchoHeard = read(packet.body);
                format!("{name} hears {} echo {}", self.name_of(m.from), text(&m.payload))
            }
            echo::WAVED => {
                let m: Waves = read(packet.body);
                let waves = m.waves.iter().map(|w| format!("{} {}", self.name_of(w.from), text(&w.payload)));
                format!("{name} sees {}", waves.collect::<Vec<_>>().join(", "))
            }
            kinds::STAFF_SAID => {
                let m: client::StaffSaid = read(packet.body);
                format!("{name} is told by staff: {} {}", m.name, m.text)
            }
            kinds::CELL_STATE => format!("{name} sees {}", cell(&read(packet.body))),
            kinds::MOVE_REFUSED => {
                let m: MoveRefused = read(packet.body);
                format!("{name} is at {} {} after move {}: {}", m.x_mm, m.y_mm, m.seq, m.reason)
            }
            kind => match self.character_news(&name, packet) {
                Some(line) => line,
                None if self.is_of_fight(kind) => self.fight_news(&name, packet),
                None if kind == kinds::BAG_CHANGED => self.bag_news(&name, packet),
                None if kind == kinds::MAIL_CAME => self.mail_news(&name, packet),
                None if is_of_lobby(kind) => self.lobby_news(&name, packet).unwrap(),
                None => match self.trade_news(&name, packet) {
                    Some(line) => line,
                    None => format!("{name} sees {kind} {}", text(packet.body)),
                },
            },
        };
        self.transcript.push(line);
    }

    fn answer(&mut self, name: &str, packet: Packet<'_>) -> String {
        let m: client::Answer = read(packet.body);
        let re = packet.re;
        let is_ok = m.status() == client::Status::Ok;
        let person = self.person(name);
        assert_eq!(person.answers.insert(re, is_ok), None, "{name}: {re} was answered twice");
        let kind = person.sent.get(&re).copied();
        let outcome = match (m.status(), kind) {
            (client::Status::Ok, Some(kinds::WALLET_READ)) => {
                format!("ok, {} gold", read::<Wallet>(&m.result).gold)
            }
            (client::Status::Ok, Some(kinds::PAY)) => {
                format!("ok, {} gold", read::<PayResult>(&m.result).wallet.unwrap().gold)
            }
            (client::Status::Ok, Some(kinds::ROOM_JOIN)) => {
                format!("ok, {} members", read::<client::RoomJoined>(&m.result).members)
            }
            (client::Status::Ok, Some(kinds::REPLAY_LIST)) => {
                let m: client::ReplayListed = read(&m.result);
                let one = |it: &client::ReplayInfo| format!("{} {} {}", it.kind, it.outcome, it.place);
                let more = if m.more { ", more" } else { "" };
                format!("ok, [{}]{more}", m.replays.iter().map(one).collect::<Vec<_>>().join(", "))
            }
            (client::Status::Ok, Some(kinds::REPLAY_FETCH)) => {
                let m: client::ReplayPart = read(&m.result);
                self.fetched.extend_from_slice(&m.body);
                format!("ok, {} parts, {} of {}", m.parts, self.fetched.len(), m.bytes)
            }
            (client::Status::Ok, Some(kind @ kinds::CHAR_LIST..=kinds::CHAR_ENTER)) => {
                self.character_answer(kind, &m.result).unwrap()
            }
            (client::Status::Ok, Some(kind @ kinds::BAG_READ..=kinds::SHOP_SELL)) => {
                self.goods_answer(kind, &m.result)
            }
            (client::Status::Ok, Some(kind @ kinds::MAIL_SEND..=kinds::MAIL_DELETE)) => {
                self.mail_answer(kind, &m.result)
            }
            (client::Status::Ok, Some(kind @ (kinds::CHAT_HISTORY | kinds::CHAT_BLOCK))) => {
                self.chat_answer(kind, &m.result)
            }
            (
                client::Status::Ok,
                Some(kind @ (kinds::ROOM_CREATE | kinds::ROOM_LIST | kinds::ROOM_MATCH | kinds::RATING_READ)),
            ) => self.lobby_answer(kind, &m.result).unwrap(),
            (client::Status::Ok, Some(kinds::TRADE_ASK)) => {
                self.person(name).trade = read::<client::TradeBegun>(&m.result).trade;
                "ok, asked".to_owned()
            }
            (client::Status::Ok, Some(kind @ (kinds::ATTACK | kinds::RESPAWN))) => {
                self.fight_answer(kind, &m.result)
            }
            (client::Status::Ok, _) if m.result.is_empty() => "ok".to_owned(),
            (client::Status::Ok, _) => format!("ok, {}", text(&m.result)),
            (client::Status::Rejected, _) => format!("rejected {}", m.error),
            (client::Status::RetryLater, _) => format!("later {}", m.error),
        };
        format!("{name} {re}: {outcome}")
    }
}

pub(super) fn read<M: Shaped + Message>(bytes: &[u8]) -> M {
    M::read(bytes)
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(super) trait Message {
    fn read(bytes: &[u8]) -> Self;
}

macro_rules! messages {
    ($($name:ident),*) => {
        $(impl Message for client::$name {
            fn read(bytes: &[u8]) -> Self {
                wire::decode(bytes, Budget::LINK).unwrap()
            }
        })*
    };
}

messages!(
    Announced,
    Answer,
    Attacked,
    Died,
    Hit,
    Looted,
    Respawned,
    Resumed,
    ResumeRefused,
    Bag,
    BagChanged,
    Character,
    Characters,
    Blocks,
    ChatLines,
    ChatHeard,
    ChatNearHeard,
    ChatPrivateHeard,
    EchoHeard,
    Entered,
    LevelUp,
    LoggedIn,
    LoginQueued,
    LoginRefused,
    StaffSaid,
    MailCame,
    MailSent,
    MailTaken,
    Mails,
    Notice,
    Paid,
    PayResult,
    Progress,
    Rating,
    RoomAsk,
    RoomAskOver,
    RoomBack,
    RoomListed,
    RoomMatched,
    RoomMatching,
    ReplayEnded,
    ReplayListed,
    ReplayPart,
    ReplaySaid,
    RoomJoined,
    RoomLeft,
    RoomMember,
    ShopDeal,
    ShopWares,
    TradeAsked,
    TradeBegun,
    TradeCanceled,
    TradeDone,
    TradeState,
    Wallet,
    Waves,
    CellState,
    MoveRefused
);

/// Cell, and each avatar with what it did there.
fn cell(state: &CellState) -> String {
    let mut parts = vec![format!("cell {}{}", state.cell, if state.whole { " whole" } else { "" })];
    parts.extend(state.appeared.iter().map(|a| format!("{} is at {} {}", a.name, a.x_mm, a.y_mm)));
    let moved = state.moved.iter().zip(state.moved_to.chunks(2));
    parts.extend(moved.map(|(avatar, to)| format!("{avatar} moved to {} {}", to[0], to[1])));
    let hurt = state.hurt.iter().zip(&state.hurt_to);
    parts.extend(hurt.map(|(avatar, life)| format!("{avatar} has {life} %")));
    parts.extend(state.vanished.iter().map(|avatar| format!("{avatar} vanished")));
    parts.join(", ")
}

fn is_of_lobby(kind: u32) -> bool {
    matches!(kind, kinds::ROOM_MATCHED | kinds::ROOM_BACK | kinds::ROOM_ASK | kinds::ROOM_ASK_OVER)
}
