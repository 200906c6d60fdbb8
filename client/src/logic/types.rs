//! What a session takes and gives: credentials, outcomes, pushes, events. Knows no bytes of the wire.

use std::fmt;

use bytes::Bytes;
use proto::{
    client::{
        BagChanged, ChatHeard, ChatNearHeard, ChatPrivateHeard, Died, Hit, LevelUp, LoggedIn, Looted,
        MailCame, Paid, Progress, ReplayEnded, ReplaySaid, Resumed, RoomAsk, RoomAskOver, RoomBack, RoomLeft,
        RoomMatched, RoomMember, StaffSaid, TradeAsked, TradeCanceled, TradeDone, TradeState, Welcome,
    },
    close::CloseReason,
    kinds::Lane,
    wire::Typed,
};

use crate::logic::violation::Violation;

/// Bytes or a password that must not be printed: `Debug` tells only how long it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

/// Who wants in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// Anybody: a new account without a name.
    Guest,
    /// A guest who was here before.
    Secret {
        /// From the first login.
        account: u64,
        /// From the first login, 32 bytes.
        secret: Secret,
    },
    /// Who was here before, without a password: `LoggedIn.ticket` of the last login, reset or its answer.
    Ticket(Secret),
    /// A new account with a name.
    Register {
        /// At most 16 graphemes.
        name: String,
        /// UTF-8, 8 characters to 256 bytes.
        password: Secret,
    },
    /// An account with a name.
    Password {
        /// As registered.
        name: String,
        /// As registered.
        password: Secret,
    },
}

/// The one answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T = Bytes> {
    /// Executed; the kind's result.
    Ok(T),
    /// Not executed, and will not be; a stable code.
    Rejected(String),
    /// Not executed; worth another try as a new command.
    RetryLater {
        /// Milliseconds that the server asks to wait.
        after_ms: u32,
        /// Why; a stable code.
        code: String,
    },
}

/// What the server tells without being asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Push {
    /// Somebody said something to everyone, maybe oneself.
    Chat(ChatHeard),
    /// Somebody near said something, maybe oneself.
    ChatNear(ChatNearHeard),
    /// Somebody said something to the own character alone.
    ChatPrivate(ChatPrivateHeard),
    /// Somebody paid.
    Paid(Paid),
    /// A character near has reached a level, maybe the own.
    LevelUp(LevelUp),
    /// The own character's level, experience and hit points.
    Progress(Progress),
    /// A blow was struck near, maybe by or at the own character.
    Hit(Hit),
    /// The own character is dead.
    Died(Died),
    /// What a monster left to the own character, which slew it.
    Looted(Looted),
    /// What became of the own things, before the answer of the command that did it.
    BagChanged(BagChanged),
    /// Somebody wants to trade.
    TradeAsked(TradeAsked),
    /// What lies on the table of the open trade.
    TradeState(TradeState),
    /// Everything has changed hands.
    TradeDone(TradeDone),
    /// The trade is over, and nothing has changed hands.
    TradeCanceled(TradeCanceled),
    /// A letter has come for one of the own characters.
    MailCame(MailCame),
    /// Staff says something, or has done something to the player.
    StaffSaid(StaffSaid),
    /// The room asks something, and waits for `Client::answer` so long.
    Asked(RoomAsk),
    /// The room has taken back what it asked: an answer comes too late.
    AskOver(RoomAskOver),
    /// Somebody is in the own room, is there again or not, or is gone.
    RoomMember(RoomMember),
    /// The player is out of its room without having left it.
    RoomLeft(RoomLeft),
    /// The player still has its seat in this room; all that it has to see follows.
    RoomBack(RoomBack),
    /// A quick match was made: the player is in this room.
    RoomMatched(RoomMatched),
    /// What the room of a match that is watched said: [`Self::replayed`] is it.
    ReplaySaid(ReplaySaid),
    /// A match that was watched is over.
    ReplayEnded(ReplayEnded),
    /// Another of Ding's own kinds.
    Other {
        /// Below 1,024.
        kind: u32,
        /// The kind's lane.
        lane: Lane,
        /// The message, encoded.
        body: Bytes,
    },
    /// Of a room's own kind; see [`crate::logic::echo`] for the bundled one.
    Room {
        /// 1,024 or above.
        kind: u32,
        /// The kind's lane.
        lane: Lane,
        /// The message, encoded.
        body: Bytes,
    },
}

impl Push {
    /// What a room says or asks in this kind of its own, as a message of its schema; nothing if this is something else.
    ///
    /// # Errors
    /// [`Violation::Body`] if it is no such message.
    pub fn read<M: Typed>(&self, kind: u32) -> Result<Option<M>, Violation> {
        let body = match self {
            Self::Room { kind: its, body, .. } if *its == kind => body,
            Self::Asked(ask) if ask.kind == kind => &ask.body,
            _ => return Ok(None),
        };
        M::from_body(body).map(Some).map_err(|cause| Violation::Body { kind, cause })
    }

    /// What the room of a match that is watched said, as it was heard then; none: it is something else.
    #[must_use]
    pub fn replayed(&self) -> Option<Self> {
        let Self::ReplaySaid(said) = self else { return None };
        Some(Self::Room { kind: said.kind, lane: Lane::MustArrive, body: said.body.clone() })
    }

    /// Its lane: whether losing it matters.
    #[must_use]
    pub fn lane(&self) -> Lane {
        match self {
            Self::Chat(_)
            | Self::ChatPrivate(_)
            | Self::Paid(_)
            | Self::Progress(_)
            | Self::Died(_)
            | Self::Looted(_)
            | Self::BagChanged(_)
            | Self::TradeAsked(_)
            | Self::TradeState(_)
            | Self::TradeDone(_)
            | Self::TradeCanceled(_)
            | Self::MailCame(_)
            | Self::StaffSaid(_)
            | Self::Asked(_)
            | Self::AskOver(_)
            | Self::RoomMember(_)
            | Self::RoomLeft(_)
            | Self::RoomBack(_)
            | Self::RoomMatched(_)
            | Self::ReplaySaid(_)
            | Self::ReplayEnded(_) => Lane::MustArrive,
            Self::ChatNear(_) | Self::LevelUp(_) | Self::Hit(_) => Lane::Expiring,
            Self::Other { lane, .. } | Self::Room { lane, .. } => *lane,
        }
    }
}

/// The last words of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The reason, if this build knows its code.
    pub reason: Option<CloseReason>,
    /// Its stable name.
    pub name: String,
    /// Milliseconds that the server asks to wait before coming back; 0 for no wish.
    pub retry_after_ms: u32,
}

/// What happened on a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The server answered the hello: a login may follow.
    Welcomed(Welcome),
    /// The login waits: for its turn, or for the password to be hashed.
    LoginQueued {
        /// From 1.
        position: u32,
        /// Milliseconds, as far as the server has measured it; 0: not known.
        wait_ms: u32,
        /// Keeps the place for 3 min if the connection dies; at most 64 bytes, empty: there is none.
        place: Bytes,
    },
    /// No; another try on this connection may follow.
    LoginRefused {
        /// Stable code.
        name: String,
        /// For people.
        detail: String,
        /// Milliseconds that the server asks to wait before another try; 0: no wish.
        retry_after_ms: u32,
    },
    /// In. Commands may follow.
    LoggedIn(LoggedIn),
    /// The session goes on. Commands above its `cseq_last` are to be queued again, in order, and get the
    /// numbers that they had.
    Resumed(Resumed),
    /// It does not; a login on this connection may follow.
    ResumeRefused {
        /// Stable code: `expired`, `gap`, `superseded`, `kicked`, `restarted`, `bad`.
        name: String,
    },
    /// The game process has come back: as after a login, in no room and with no character in the world.
    Reset(LoggedIn),
    /// This server is about to leave: another connection should resume the session.
    Reconnect {
        /// At a random moment within so many milliseconds.
        within_ms: u32,
    },
    /// A command has its answer.
    Answered {
        /// Its number.
        cseq: u64,
        /// The answer.
        outcome: Outcome,
    },
    /// Not asked for.
    Push(Push),
    /// The game process is away; the server keeps the socket and does not read it.
    Paused,
    /// The server's last packet.
    Closed(Closed),
}
