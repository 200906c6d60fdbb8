//! The contract between the server and a room: a plugin for a board, a card table, a battle.
//!
//! A room is single-threaded, owns its state, and hears of everything through [`Room`]. It acts through
//! [`RoomCtx`]; what it asked for takes place only if its function returns without error or panic. It
//! knows no sockets, files, threads or clock: time and randomness come from the context.
//!
//! A function that returns an error must have left the room's own state as it was: the server takes back
//! what went through the context, and cannot take back the rest.

use std::time::Duration;

use proto::{ids::AccountId, kinds::KindDef};
use rand_chacha::ChaCha8Rng;

use crate::logic::outputs::{Audience, Outputs};

/// A kind of room, as it is registered.
pub trait RoomKind: Room + Sized + 'static {
    /// In `RoomJoin.room`: `NAME` or `NAME#number`.
    const NAME: &'static str;
    /// What a crash leaves of it.
    const JOURNAL: Journal;
    /// Between two calls of [`Room::tick`], and two releases of latest-wins output; at least 10 ms. None:
    /// the world's tick, which the operator chooses.
    const TICK: Option<Duration>;
    /// Members at most; beyond it a join is answered `room_full`.
    const MEMBERS_MAX: usize;
    /// Its block of packet kinds, from 1,024 on, of no other kind of room.
    const KINDS: &'static [KindDef];

    /// An empty room. It exists until its last member leaves.
    fn open(number: u32) -> Self;
}

/// What a crash leaves of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journal {
    /// Nothing: its members find it empty.
    Nothing,
}

/// What a room does. All but `message` may do nothing.
pub trait Room: Send {
    /// Somebody enters; already a member for the context. An error keeps them out.
    ///
    /// # Errors
    /// A refusal, which becomes the answer to the join.
    fn join(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) -> Result<(), Refusal> {
        let _ = (ctx, member);
        Ok(())
    }

    /// Somebody left, or their connection did; no member any more for the context.
    fn leave(&mut self, ctx: &mut RoomCtx<'_>, member: AccountId) {
        let _ = (ctx, member);
    }

    /// A member's command or signal of the room's own kinds. A command that returns `Ok` without
    /// [`RoomCtx::answer`] is answered OK with an empty result.
    ///
    /// # Errors
    /// A refusal: REJECTED for a command, nothing for a signal.
    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal>;

    /// A timer of [`RoomCtx::set_timer`] is due.
    fn timer(&mut self, ctx: &mut RoomCtx<'_>, timer: TimerId) {
        let _ = (ctx, timer);
    }

    /// Comes every [`RoomKind::TICK`].
    fn tick(&mut self, ctx: &mut RoomCtx<'_>) {
        let _ = ctx;
    }

    /// What a member who missed latest-wins output has to see instead of it.
    fn snapshot(&self, snapshot: &mut Snapshot<'_>) {
        let _ = snapshot;
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

/// A rule said no. Nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(
    /// Stable code, for `Answer.error`.
    pub &'static str,
);

/// Names a timer within its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TimerId(pub u32);

/// What a room may do while one of its functions runs.
pub struct RoomCtx<'a> {
    pub(crate) out: &'a mut Outputs,
    pub(crate) effects: &'a mut Effects,
    pub(crate) rng: &'a mut ChaCha8Rng,
    pub(crate) members: &'a dyn Members,
    pub(crate) time: Duration,
    pub(crate) re: u64,
}

impl RoomCtx<'_> {
    /// Since the room opened: the only clock it has.
    #[must_use]
    pub fn time(&self) -> Duration {
        self.time
    }

    /// Randomness, seeded when the room opened.
    pub fn rng(&mut self) -> &mut ChaCha8Rng {
        self.rng
    }

    /// Members now.
    #[must_use]
    pub fn member_count(&self) -> usize {
        self.members.count()
    }

    /// Whether this account is a member.
    #[must_use]
    pub fn is_member(&self, account: AccountId) -> bool {
        self.members.contains(account)
    }

    /// The result of the command at hand; the last call wins. Nothing for a signal.
    pub fn answer(&mut self, result: &[u8]) {
        if self.re != 0 {
            self.out.answer_ok(self.re, result);
            self.effects.answered = true;
        }
    }

    /// A must-arrive packet for one member; nothing if they are none. Body at most 128 KiB.
    pub fn send(&mut self, to: AccountId, kind: u32, body: &[u8]) {
        if self.members.contains(to) {
            self.out.packet(Audience::Account(to), kind, body);
        }
    }

    /// A must-arrive packet for all members, its cause included. Body at most 128 KiB.
    pub fn broadcast(&mut self, kind: u32, body: &[u8]) {
        self.out.packet(Audience::Room, kind, body);
    }

    /// A latest-wins packet for all members: leaves at the tick, may be replaced by a snapshot.
    pub fn broadcast_latest(&mut self, kind: u32, body: &[u8]) {
        self.out.packet(Audience::RoomLatest, kind, body);
    }

    /// Puts a member out after this function: [`Room::leave`] is called for them, and they are told.
    pub fn kick(&mut self, member: AccountId) {
        self.effects.kicks.push(member);
    }

    /// Calls [`Room::timer`] after this long, at most a week; a timer of the same id is replaced. At most 64 at a time:
    /// beyond it the room is closed as broken.
    pub fn set_timer(&mut self, timer: TimerId, after: Duration) {
        self.effects.timers.push((timer, Some(after.min(TIMER_MAX))));
    }

    /// Forgets a timer.
    pub fn cancel_timer(&mut self, timer: TimerId) {
        self.effects.timers.push((timer, None));
    }
}

/// Collects the packets of a snapshot.
pub struct Snapshot<'a> {
    pub(crate) bytes: &'a mut Vec<u8>,
}

impl Snapshot<'_> {
    /// Adds a latest-wins packet. Body at most 128 KiB: a larger state takes several packets.
    pub fn packet(&mut self, kind: u32, body: &[u8]) {
        assert!(body.len() <= ROOM_BODY_BYTES_MAX, "a snapshot packet of {} bytes", body.len());
        proto::wire::put_plain(self.bytes, kind, body);
    }
}

/// What a room asked for besides packets.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) answered: bool,
    pub(crate) kicks: Vec<AccountId>,
    pub(crate) timers: Vec<(TimerId, Option<Duration>)>,
}

impl Effects {
    pub(crate) fn clear(&mut self) {
        self.answered = false;
        self.kicks.clear();
        self.timers.clear();
    }
}

/// Who is in the room, for the context.
pub(crate) trait Members {
    fn count(&self) -> usize;
    fn contains(&self, account: AccountId) -> bool;
}

/// One packet's body from a room; a chunk of a snapshot.
pub const ROOM_BODY_BYTES_MAX: usize = 128 * 1024;
const TIMER_MAX: Duration = Duration::from_secs(7 * 24 * 3_600);
