//! The contract between the server and a room: a plugin for a board, a card table, a battle. A room is one
//! match: it opens, people come, something happens, it finishes.
//!
//! A room is single-threaded, owns its state, and hears of everything through [`Room`]. It acts through
//! [`RoomCtx`]; what it asked for takes place only if its function returns without error or panic. It
//! knows no sockets, files, threads or clock: time and randomness come from the context.
//!
//! Its state is what serde makes of it: that is saved, hashed and compared. What a function does may depend on
//! that state and on what it is told, and on nothing else: the same things told again have to lead to the same
//! state, in this process and in the next. So maps are `BTreeMap`, not `HashMap`.
//!
//! A function that returns an error must have left the room's own state as it was: the server takes back
//! what went through the context, and cannot take back the rest.

mod ctx;

use std::time::Duration;

use proto::kinds::Class;
pub use proto::{
    ids::AccountId,
    kinds::{KindDef, Lane},
    limits::OPTIONS_BYTES_MAX,
};
/// What [`RoomCtx::rng`] draws with.
pub use rand_chacha::rand_core::Rng;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub(crate) use self::ctx::{Deal, Effects, Exceeded, Spent};
pub use self::ctx::{ROOM_BODY_BYTES_MAX, RoomCtx, Snapshot};

/// A kind of room, as it is registered.
pub trait RoomKind: Room + Serialize + DeserializeOwned + Sized + 'static {
    /// In `RoomJoin.room`: `NAME` or `NAME#number`.
    const NAME: &'static str;
    /// What a crash leaves of it.
    const JOURNAL: Journal;
    /// When [`Room::tick`] is called and latest-wins output leaves.
    const TICK: Tick;
    /// Members at most, those who look on included; beyond it a join is answered `room_full`.
    const MEMBERS_MAX: usize;
    /// Of them, players.
    const PLAYERS_MAX: usize = Self::MEMBERS_MAX;
    /// Its block of packet kinds, from 1,024 on, of no other kind of room.
    const KINDS: &'static [KindDef];
    /// So many strangers are brought together by a quick match, at least 2 and at most [`Self::PLAYERS_MAX`], unless
    /// [`Self::match_players`] says otherwise; none: there is no quick match.
    const MATCH_PLAYERS: Option<usize> = None;
    /// Some of its inputs or its state are to be seen by one player only: files of its matches are for staff alone. Anybody
    /// may watch one that is over, which shows what went to all and what [`Room::view`] shows to account 0: no member.
    const HAS_SECRETS: bool = false;
    /// What a room of this kind may use.
    const LIMITS: Limits = Limits::DEFAULT;

    /// An empty room, with the options of whoever opened it. A durable one exists until it is finished or
    /// everybody has left, another until its last member leaves.
    ///
    /// # Errors
    /// A refusal of the options, which becomes the answer to whoever opened it.
    fn open(opening: &Opening<'_>) -> Result<Self, Refusal>;

    /// So many strangers a quick match with these options brings together, which [`Self::open`] has accepted: from 2 to
    /// [`Self::PLAYERS_MAX`]. Otherwise there is none with these options.
    fn match_players(options: &[u8]) -> Option<usize> {
        let _ = options;
        Self::MATCH_PLAYERS
    }
}

/// How a room begins.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// After the `#` in its name.
    pub number: u32,
    /// Not decoded, at most [`OPTIONS_BYTES_MAX`]; empty: as usual.
    pub options: &'a [u8],
}

/// What a crash leaves of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journal {
    /// Nothing: its members are told that it is gone (`restarted`).
    Nothing,
    /// All of it: what it heard is journalled, and heard again.
    Inputs,
}

/// When a room's tick is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// [`Room::tick`] is never called; latest-wins output leaves with the turn that made it.
    Never,
    /// With the world's tick, which the operator chooses.
    World,
    /// Each time so much has passed, at least 10 ms.
    Every(Duration),
}

/// What one room may use. A room that takes more is closed at that call, by the name beside each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of packets that one call of the room sends (`ROOM_OUTPUT`).
    pub output_bytes: usize,
    /// Calls of the context during one call of the room (`ROOM_CALLS`).
    pub calls: u32,
    /// What a durable room hears in its life, ticks and timers included (`ROOM_INPUTS`): its replay has no more.
    pub inputs: u64,
    /// Its state as it is saved, JSON (`ROOM_STATE`): judged whenever it is saved, at the latest after 1,024 inputs.
    pub state_bytes: usize,
    /// Time of the processor that one call takes, at least 1 ms (`ROOM_SLOW`, when it returns).
    pub handler: Duration,
}

impl Limits {
    /// Enough for boards and cards.
    pub const DEFAULT: Self = Self {
        output_bytes: 256 * 1024,
        calls: 4_096,
        inputs: 1_000_000,
        state_bytes: 128 * 1024,
        handler: Duration::from_millis(250),
    };
}

/// What a room does. All but `message` may do nothing.
pub trait Room: Send {
    /// Somebody enters, as a player or to look on ([`Member::is_player`]); already a member for the context. An error
    /// keeps them out.
    ///
    /// # Errors
    /// A refusal, which becomes the answer to the join.
    fn join(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) -> Result<(), Refusal> {
        let _ = (ctx, member);
        Ok(())
    }

    /// Somebody left for good; no member any more for the context. What they have staked stays in the pot unless it
    /// is refunded here.
    fn leave(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        let _ = (ctx, member);
    }

    /// A member's connection is gone. In a durable room its seat waits until the room is finished, or kicks it; in
    /// another until its session ends.
    fn away(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        let _ = (ctx, member);
    }

    /// It is there again, and is shown [`Self::view`] after this.
    fn back(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        let _ = (ctx, member);
    }

    /// A member's command or signal of the room's own kinds, also of one who looks on. A command that returns `Ok`
    /// without [`RoomCtx::answer`] is answered OK with an empty result.
    ///
    /// # Errors
    /// A refusal: REJECTED for a command, nothing for a signal.
    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal>;

    /// A timer of [`RoomCtx::set_timer`] is due.
    fn timer(&mut self, ctx: &mut RoomCtx<'_>, timer: TimerId) {
        let _ = (ctx, timer);
    }

    /// Comes as [`RoomKind::TICK`] says, while [`Self::ticks`] does.
    fn tick(&mut self, ctx: &mut RoomCtx<'_>) {
        let _ = ctx;
    }

    /// Whether it needs ticks now; asked when it opens, and after whatever it has heard. Each tick of a durable room is
    /// journalled: one that waits says no, and sets a timer for what is to happen by itself. The first tick is a whole
    /// step after it said yes again.
    fn ticks(&self) -> bool {
        true
    }

    /// What came of [`RoomCtx::ask`], once for each. To a member who answers, [`RoomCtx::answer`] gives a result.
    fn answered(&mut self, ctx: &mut RoomCtx<'_>, answer: Answer<'_>) {
        let _ = (ctx, answer);
    }

    /// Staff says something to the room.
    ///
    /// # Errors
    /// A refusal, which staff is told.
    fn staff(&mut self, ctx: &mut RoomCtx<'_>, signal: &str, body: &[u8]) -> Result<(), Refusal> {
        let _ = (ctx, signal, body);
        Err(Refusal("unknown_signal"))
    }

    /// All that a member has to see who sees nothing yet: after its join, and when it comes back without what it
    /// saw before. Must-arrive packets, for this member alone.
    fn view(&self, member: AccountId, snapshot: &mut Snapshot<'_>) {
        let _ = (member, snapshot);
    }

    /// What a member who missed latest-wins output has to see instead of it.
    fn snapshot(&self, snapshot: &mut Snapshot<'_>) {
        let _ = snapshot;
    }

    /// What the list of rooms says beside it, at most 64 bytes.
    fn label(&self) -> String {
        String::new()
    }
}

/// A packet from a member.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Whose.
    pub from: AccountId,
    /// One of the room's kinds.
    pub kind: u32,
    /// At most the kind's bound; not decoded.
    pub body: &'a [u8],
}

/// What came of an ask.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Which.
    pub ask: AskId,
    /// Who was asked.
    pub from: AccountId,
    /// What they said, not decoded, at most [`ANSWER_BYTES_MAX`]; or why they said nothing.
    pub body: Result<&'a [u8], AskEnd>,
}

/// Why an ask ended without an answer. What the room itself takes back ([`RoomCtx::cancel_ask`]) ends without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskEnd {
    /// They do not know such an ask, or do not want to answer.
    #[error("refused")]
    Refused,
    /// They said nothing in time.
    #[error("late")]
    Late,
    /// They are no member.
    #[error("left")]
    Left,
}

/// Somebody in a room. Not by name: names may be forgotten, what is kept of a match may not change. Clients are told
/// the names of members by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Whose account.
    pub account: AccountId,
    /// In rooms of this kind, when they came.
    pub rating: i32,
    /// False: they look on.
    pub is_player: bool,
    /// Their connection is there.
    pub is_here: bool,
}

/// How a match ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// For people, at most 160 bytes: what is longer is cut.
    pub text: String,
    /// The place of each player whose rating this counts for, 1 is the best, the same is a draw; empty: it counts
    /// for nobody's. Also of players who have left; whoever never played has none.
    pub places: Vec<(AccountId, u32)>,
}

/// A rule said no. Nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(
    /// Stable code, for `Answer.error`.
    pub &'static str,
);

/// Names a timer within its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TimerId(pub u32);

/// Names an ask within its room, from 1; never used again in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AskId(pub u64);

/// A row of [`RoomKind::KINDS`]: a command of members, at this cost of their budget.
#[must_use]
pub const fn command(kind: u32, name: &'static str, body_max: usize, cost: u32) -> KindDef {
    def(kind, name, Class::Command, body_max, cost, Lane::MustArrive)
}

/// A row of [`RoomKind::KINDS`]: a signal of members.
#[must_use]
pub const fn signal(kind: u32, name: &'static str, body_max: usize, cost: u32) -> KindDef {
    def(kind, name, Class::Signal, body_max, cost, Lane::MustArrive)
}

/// A row of [`RoomKind::KINDS`]: a packet of the room.
#[must_use]
pub const fn told(kind: u32, name: &'static str, body_max: usize, lane: Lane) -> KindDef {
    def(kind, name, Class::FromServer, body_max, 0, lane)
}

const fn def(kind: u32, name: &'static str, class: Class, body_max: usize, cost: u32, lane: Lane) -> KindDef {
    KindDef { kind, name, class, body_max, cost, lane, secret: false, before_login: false }
}

/// Of an answer to an ask.
pub const ANSWER_BYTES_MAX: usize = 4 * 1_024;
