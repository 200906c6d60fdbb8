//! The table of packet kinds: what a client may send when, how large, at what cost, and in which lane
//! the server's packets travel. Kinds below 1,024 are Ding's; a room kind registers a block above.

use crate::{
    limits::{
        BAG_BYTES_MAX, CELL_STATE_BYTES_MAX, CHAT_BYTES_MAX, CHAT_PRIVATE_BYTES_MAX, CHAT_REPORT_BYTES_MAX,
        CLIENT_FRAME_BYTES_MAX, HELLO_BYTES_MAX, MAIL_SEND_BYTES_MAX, NAME_TYPED_BYTES_MAX,
        PACKET_OVERHEAD_BYTES, ROOM_ASK_BYTES_MAX, ROOM_OPENING_BYTES_MAX,
    },
    link::KindRule,
};

/// A frame's lane: how its packets behave under pressure. Two bits of the header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Lane {
    /// Ordered, counted at both ends, never dropped. Everything a client sends.
    #[default]
    MustArrive = 0,
    /// Dropped as whole frames under pressure, then withheld until a `Refresh`.
    LatestWins = 1,
    /// Dropped when older than its time to live, or under pressure.
    Expiring = 2,
    /// Hello, Welcome, logins, ping, close: ordered, not counted.
    Control = 3,
}

impl Lane {
    /// The lane with these two bits.
    #[must_use]
    pub fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::MustArrive,
            1 => Self::LatestWins,
            2 => Self::Expiring,
            _ => Self::Control,
        }
    }
}

/// What a packet is to the rules of sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Class {
    /// From the client, before login or outside the sequence; `cseq` is 0.
    Control = 0,
    /// From the client, `cseq` ≥ 1, exactly one answer.
    Command = 1,
    /// From the client, `cseq` 0, no answer, newest wins.
    Signal = 2,
    /// Only from the server.
    FromServer = 3,
}

impl Class {
    /// The class with this number.
    #[must_use]
    pub fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            0 => Self::Control,
            1 => Self::Command,
            2 => Self::Signal,
            3 => Self::FromServer,
            _ => return None,
        })
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindDef {
    /// The number on the wire.
    pub kind: u32,
    /// Stable name.
    pub name: &'static str,
    /// Its place in the rules of sequence.
    pub class: Class,
    /// Bytes of the body at most.
    pub body_max: usize,
    /// Share of the command budget; 0 for what the server sends.
    pub cost: u32,
    /// Lane of what the server sends; `MustArrive` for the client's.
    pub lane: Lane,
    /// Holds a secret or a password: never compressed, never logged.
    pub secret: bool,
    /// Allowed before login (and only commands and signals need a login).
    pub before_login: bool,
}

impl KindDef {
    /// As the link handshake carries it: one of Ding's own.
    #[must_use]
    pub fn rule(&self) -> KindRule {
        KindRule {
            kind: self.kind,
            name: self.name.to_owned(),
            class: self.class as u32,
            body_max: u32::try_from(self.body_max).unwrap_or(u32::MAX),
            cost: self.cost,
            lane: self.lane as u32,
            secret: self.secret,
            before_login: self.before_login,
            room: String::new(),
        }
    }
}

/// Kinds from here on belong to rooms.
pub const ROOM_KINDS_FIRST: u32 = 1_024;

/// To which part of the server a kind belongs, in a word: a closed list, for whoever adds up what parts cost.
#[must_use]
pub fn subsystem(kind: u32) -> &'static str {
    match kind {
        ANSWER => "answers",
        1..=30 => "sessions",
        31 | 40..=48 => "chat",
        50..=52 => "wallets",
        60..=69 | 146..=149 | ROOM_KINDS_FIRST.. => "rooms",
        70..=75 => "characters",
        80..=82 => "map",
        90..=96 => "fights",
        100..=112 => "goods",
        120..=128 => "trades",
        130..=134 => "mail",
        140..=145 => "replays",
        _ => "other",
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $kind:literal, $text:literal, $class:ident, max $max:expr, cost $cost:literal, $lane:ident $(, $flag:ident)*;)*) => {
        $($(#[$doc])* pub const $name: u32 = $kind;)*

        /// Ding's own kinds.
        pub const BUILT_IN: &[KindDef] = &[$(KindDef {
            kind: $kind, name: $text, class: Class::$class, body_max: $max, cost: $cost, lane: Lane::$lane,
            secret: false $(|| is_secret(stringify!($flag)))*,
            before_login: false $(|| is_before_login(stringify!($flag)))*,
        },)*];
    };
}

const fn is_secret(flag: &str) -> bool {
    matches!(flag.as_bytes(), b"secret")
}

const fn is_before_login(flag: &str) -> bool {
    matches!(flag.as_bytes(), b"before_login")
}

const CREDENTIALS_BYTES: usize = 512;
/// A name, the secrets of a session and a guest's, and numbers.
const LOGGED_IN_BYTES: usize = 384;

kinds! {
    /// First packet of a client.
    HELLO = 1, "hello", Control, max HELLO_BYTES_MAX, cost 1, MustArrive, before_login;
    /// Its answer.
    WELCOME = 2, "welcome", FromServer, max CLIENT_FRAME_BYTES_MAX, cost 0, Control;
    /// Either side, when idle.
    PING = 3, "ping", Control, max 8, cost 1, Control, before_login;
    /// Its echo.
    PONG = 4, "pong", Control, max 8, cost 1, Control, before_login;
    /// Last packet of a connection.
    CLOSE = 5, "close", FromServer, max 128, cost 0, Control;
    /// Game is away, the socket is kept.
    PAUSED = 6, "paused", FromServer, max 64, cost 0, Control;
    /// The client says goodbye: its session ends at once.
    LOGOUT = 7, "logout", Control, max 0, cost 1, MustArrive;
    /// What whoever plays should know of the server.
    NOTICE = 8, "notice", FromServer, max 256, cost 0, Control;
    /// Game has come back, and knows only what is durable: everything is as after a login.
    RESET = 9, "reset", FromServer, max LOGGED_IN_BYTES, cost 0, Control, secret;
    /// New guest.
    LOGIN_GUEST = 10, "login_guest", Control, max 0, cost 1, MustArrive, before_login;
    /// Returning guest.
    LOGIN_SECRET = 11, "login_secret", Control, max CREDENTIALS_BYTES, cost 1, MustArrive, secret, before_login;
    /// New account with a name.
    REGISTER = 12, "register", Control, max CREDENTIALS_BYTES, cost 1, MustArrive, secret, before_login;
    /// Account with a name.
    LOGIN_PASSWORD = 13, "login_password", Control, max CREDENTIALS_BYTES, cost 1, MustArrive, secret, before_login;
    /// Login done.
    LOGGED_IN = 14, "logged_in", FromServer, max LOGGED_IN_BYTES, cost 0, Control, secret;
    /// Login refused.
    LOGIN_REFUSED = 15, "login_refused", FromServer, max 256, cost 0, Control;
    /// Login waits: for its turn, or for the password hash.
    LOGIN_QUEUED = 16, "login_queued", FromServer, max 128, cost 0, Control;
    /// On with a session whose connection is gone.
    RESUME = 17, "resume", Control, max 128, cost 1, MustArrive, secret, before_login;
    /// It goes on.
    RESUMED = 18, "resumed", FromServer, max 128, cost 0, Control, secret;
    /// It does not.
    RESUME_REFUSED = 19, "resume_refused", FromServer, max 64, cost 0, Control;
    /// The one answer to a command.
    ANSWER = 20, "answer", FromServer, max CLIENT_FRAME_BYTES_MAX, cost 0, MustArrive;
    /// The client has taken a reset: from here on what it says counts again.
    RESET_TAKEN = 21, "reset_taken", Control, max 0, cost 1, MustArrive;
    /// Account with what its last login gave.
    LOGIN_TICKET = 22, "login_ticket", Control, max 128, cost 1, MustArrive, secret, before_login;
    /// This gateway is about to leave.
    RECONNECT = 23, "reconnect", FromServer, max 16, cost 0, Control;
    /// The place in the queue that an earlier connection had.
    QUEUE_PLACE = 24, "queue_place", Control, max 128, cost 1, MustArrive, secret, before_login;
    /// Staff says something to this player, or has done something to it.
    STAFF_SAID = 25, "staff_said", FromServer, max 1024, cost 0, MustArrive;
    /// A guest takes a name.
    BIND_NAME = 30, "bind_name", Command, max CREDENTIALS_BYTES, cost 10, MustArrive, secret;
    /// The house says something to all.
    ANNOUNCED = 31, "announced", FromServer, max 1024, cost 0, MustArrive;
    /// World chat.
    CHAT_SAY = 40, "chat_say", Command, max CHAT_BYTES_MAX + PACKET_OVERHEAD_BYTES, cost 5, MustArrive;
    /// World chat heard.
    CHAT_HEARD = 41, "chat_heard", FromServer, max 1024, cost 0, MustArrive;
    /// To whoever is near.
    CHAT_NEAR = 42, "chat_near", Command, max CHAT_BYTES_MAX + PACKET_OVERHEAD_BYTES, cost 5, MustArrive;
    /// Somebody near heard.
    CHAT_NEAR_HEARD = 43, "chat_near_heard", FromServer, max 1024, cost 0, Expiring;
    /// To one character.
    CHAT_PRIVATE = 44, "chat_private", Command, max CHAT_PRIVATE_BYTES_MAX, cost 5, MustArrive;
    /// Somebody said it to the own character alone.
    CHAT_PRIVATE_HEARD = 45, "chat_private_heard", FromServer, max 1024, cost 0, MustArrive;
    /// What was said in world chat.
    CHAT_HISTORY = 46, "chat_history", Command, max 0, cost 25, MustArrive;
    /// Whom one does not want to hear: more, less, or a look.
    CHAT_BLOCK = 47, "chat_block", Command, max NAME_TYPED_BYTES_MAX + 24, cost 5, MustArrive;
    /// Something that staff should know about somebody.
    CHAT_REPORT = 48, "chat_report", Command, max CHAT_REPORT_BYTES_MAX, cost 10, MustArrive;
    /// Own wallet.
    WALLET_READ = 50, "wallet_read", Command, max 0, cost 1, MustArrive;
    /// Gold to somebody else.
    PAY = 51, "pay", Command, max 32, cost 1, MustArrive;
    /// Gold from somebody else.
    PAID = 52, "paid", FromServer, max 128, cost 0, MustArrive;
    /// Enter a room.
    ROOM_JOIN = 60, "room_join", Command, max 64, cost 2, MustArrive;
    /// Leave it.
    ROOM_LEAVE = 61, "room_leave", Command, max 0, cost 2, MustArrive;
    /// Put out of it.
    ROOM_LEFT = 62, "room_left", FromServer, max 64, cost 0, MustArrive;
    /// Open one more, and enter it.
    ROOM_CREATE = 63, "room_create", Command, max ROOM_OPENING_BYTES_MAX, cost 10, MustArrive;
    /// Which are open.
    ROOM_LIST = 64, "room_list", Command, max 64, cost 5, MustArrive;
    /// Somebody in the own room.
    ROOM_MEMBER = 65, "room_member", FromServer, max 128, cost 0, MustArrive;
    /// The room asks a member something.
    ROOM_ASK = 66, "room_ask", FromServer, max ROOM_ASK_BYTES_MAX + PACKET_OVERHEAD_BYTES, cost 0, MustArrive;
    /// What the member says to it.
    ROOM_ANSWER = 67, "room_answer", Command, max ROOM_ASK_BYTES_MAX + PACKET_OVERHEAD_BYTES, cost 1, MustArrive;
    /// The account still has its seat in a room.
    ROOM_BACK = 68, "room_back", FromServer, max 128, cost 0, MustArrive;
    /// The room wants no answer to that any more.
    ROOM_ASK_OVER = 69, "room_ask_over", FromServer, max 32, cost 0, MustArrive;
    /// Own characters.
    CHAR_LIST = 70, "char_list", Command, max 0, cost 2, MustArrive;
    /// One more.
    CHAR_CREATE = 71, "char_create", Command, max NAME_TYPED_BYTES_MAX + 8, cost 10, MustArrive;
    /// One less, after a grace.
    CHAR_DELETE = 72, "char_delete", Command, max 16, cost 5, MustArrive;
    /// Within the grace.
    CHAR_RESTORE = 73, "char_restore", Command, max 16, cost 5, MustArrive;
    /// Into the world with one of them.
    CHAR_ENTER = 74, "char_enter", Command, max 16, cost 5, MustArrive;
    /// Out of it.
    CHAR_LEAVE = 75, "char_leave", Command, max 0, cost 2, MustArrive;
    /// Where the own character is.
    MOVE = 80, "move", Signal, max 18, cost 1, MustArrive;
    /// What changed in a cell of the map, or all that is in it.
    CELL_STATE = 81, "cell_state", FromServer, max CELL_STATE_BYTES_MAX, cost 0, LatestWins;
    /// A move did not happen.
    MOVE_REFUSED = 82, "move_refused", FromServer, max 64, cost 0, MustArrive;
    /// A blow at a monster.
    ATTACK = 90, "attack", Command, max 8, cost 1, MustArrive;
    /// A blow that was struck near.
    HIT = 91, "hit", FromServer, max 32, cost 0, Expiring;
    /// The own character is dead.
    DIED = 92, "died", FromServer, max 64, cost 0, MustArrive;
    /// It begins again.
    RESPAWN = 93, "respawn", Command, max 0, cost 2, MustArrive;
    /// Somebody near has reached a level.
    LEVEL_UP = 94, "level_up", FromServer, max 128, cost 0, Expiring;
    /// Level, experience and hit points of the own character.
    PROGRESS = 95, "progress", FromServer, max 96, cost 0, MustArrive;
    /// What a monster left to the own character.
    LOOTED = 96, "looted", FromServer, max 1280, cost 0, MustArrive;
    /// What the own character has.
    BAG_READ = 100, "bag_read", Command, max 0, cost 2, MustArrive;
    /// To another place of the bag.
    ITEM_MOVE = 101, "item_move", Command, max 24, cost 1, MustArrive;
    /// A part of it for itself.
    ITEM_SPLIT = 102, "item_split", Command, max 24, cost 1, MustArrive;
    /// To another of its kind.
    ITEM_MERGE = 103, "item_merge", Command, max 24, cost 1, MustArrive;
    /// Put on.
    ITEM_WEAR = 104, "item_wear", Command, max 16, cost 1, MustArrive;
    /// And off.
    ITEM_TAKE_OFF = 105, "item_take_off", Command, max 16, cost 1, MustArrive;
    /// Thrown away.
    ITEM_DROP = 106, "item_drop", Command, max 24, cost 1, MustArrive;
    /// Used up.
    ITEM_USE = 107, "item_use", Command, max 16, cost 1, MustArrive;
    /// What became of things of the own character.
    BAG_CHANGED = 108, "bag_changed", FromServer, max BAG_BYTES_MAX, cost 0, MustArrive;
    /// What a shop deals in.
    SHOP_READ = 110, "shop_read", Command, max 8, cost 2, MustArrive;
    /// Things for gold.
    SHOP_BUY = 111, "shop_buy", Command, max 24, cost 2, MustArrive;
    /// Gold for things.
    SHOP_SELL = 112, "shop_sell", Command, max 24, cost 2, MustArrive;
    /// Trade with me.
    TRADE_ASK = 120, "trade_ask", Command, max 16, cost 5, MustArrive;
    /// Yes or no.
    TRADE_ANSWER = 121, "trade_answer", Command, max 16, cost 2, MustArrive;
    /// What the own side gives.
    TRADE_OFFER = 122, "trade_offer", Command, max 512, cost 2, MustArrive;
    /// Exactly this is wanted.
    TRADE_ACCEPT = 123, "trade_accept", Command, max 64, cost 2, MustArrive;
    /// No more of it.
    TRADE_CANCEL = 124, "trade_cancel", Command, max 16, cost 1, MustArrive;
    /// Somebody wants to trade.
    TRADE_ASKED = 125, "trade_asked", FromServer, max 128, cost 0, MustArrive;
    /// What lies on the table.
    TRADE_STATE = 126, "trade_state", FromServer, max 2048, cost 0, MustArrive;
    /// It has changed hands.
    TRADE_DONE = 127, "trade_done", FromServer, max 64, cost 0, MustArrive;
    /// Nothing has.
    TRADE_CANCELED = 128, "trade_canceled", FromServer, max 64, cost 0, MustArrive;
    /// A letter, with gold and things in it.
    MAIL_SEND = 130, "mail_send", Command, max MAIL_SEND_BYTES_MAX, cost 5, MustArrive;
    /// Letters of the own character.
    MAIL_LIST = 131, "mail_list", Command, max 16, cost 5, MustArrive;
    /// All that is in a letter.
    MAIL_TAKE = 132, "mail_take", Command, max 16, cost 2, MustArrive;
    /// A letter with nothing in it goes.
    MAIL_DELETE = 133, "mail_delete", Command, max 16, cost 2, MustArrive;
    /// A letter has come.
    MAIL_CAME = 134, "mail_came", FromServer, max 256, cost 0, MustArrive;
    /// Matches that somebody has played.
    REPLAY_LIST = 140, "replay_list", Command, max 32, cost 5, MustArrive;
    /// All that one of them heard, in parts.
    REPLAY_FETCH = 141, "replay_fetch", Command, max 32, cost 10, MustArrive;
    /// It is played again, to look on.
    REPLAY_WATCH = 142, "replay_watch", Command, max 32, cost 25, MustArrive;
    /// No longer.
    REPLAY_STOP = 143, "replay_stop", Command, max 0, cost 2, MustArrive;
    /// What its room says.
    REPLAY_SAID = 144, "replay_said", FromServer, max CLIENT_FRAME_BYTES_MAX, cost 0, MustArrive;
    /// That was all.
    REPLAY_ENDED = 145, "replay_ended", FromServer, max 512, cost 0, MustArrive;
    /// Others of about the own rating.
    ROOM_MATCH = 146, "room_match", Command, max ROOM_OPENING_BYTES_MAX, cost 5, MustArrive;
    /// Nobody any more.
    ROOM_MATCH_CANCEL = 147, "room_match_cancel", Command, max 0, cost 2, MustArrive;
    /// They are found.
    ROOM_MATCHED = 148, "room_matched", FromServer, max 128, cost 0, MustArrive;
    /// Own rating.
    RATING_READ = 149, "rating_read", Command, max 64, cost 2, MustArrive;
}
