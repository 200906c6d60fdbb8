//! What can go wrong in a run: which kinds exist in it, how often, and how often they struck. Each seed draws its
//! own, so that rare ones meet in runs where common ones do not hide them (swarm testing).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::dice::Dice;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $text:literal, one_in $one_in:literal, at_most $at_most:literal;)*) => {
        /// A kind of fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(usize)]
        pub enum FaultKind { $($(#[$doc])* $name,)* }

        impl FaultKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Stable, for people.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// So many seeds share one that has it, and it strikes at most so many times in ten thousand chances.
            fn odds(self) -> (u64, u64) {
                match self { $(Self::$name => ($one_in, $at_most),)* }
            }
        }
    };
}

faults! {
    /// Dbfront's process ends (`kill -9`).
    FrontKilled = "front.killed", one_in 2, at_most 16;
    /// Dbfront's machine loses power.
    FrontPowerLost = "front.power_lost", one_in 2, at_most 16;
    /// Game's process ends.
    GameKilled = "game.killed", one_in 2, at_most 16;
    /// Game's process stands still, another one is started, and the first wakes up.
    GameFrozen = "game.frozen", one_in 4, at_most 12;
    /// Both machines lose power at once.
    AllPowerLost = "all.power_lost", one_in 3, at_most 12;
    /// Dbfront ends inside a call to its disk, also while it recovers.
    CrashInCall = "front.crash_in_call", one_in 2, at_most 60;
    /// Dbfront loses power inside a call to its disk, also while it recovers.
    PowerLostInCall = "front.power_lost_in_call", one_in 2, at_most 60;
    /// An input/output error.
    DiskIo = "disk.io", one_in 3, at_most 60;
    /// No space, for one call.
    DiskFull = "disk.full", one_in 3, at_most 300;
    /// A write that takes less than it was given.
    DiskShort = "disk.short", one_in 2, at_most 1_500;
    /// A call that a signal interrupts.
    DiskInterrupted = "disk.interrupted", one_in 3, at_most 500;
    /// A loss of power took some sectors of a write and left others: counted, not drawn.
    DiskTorn = "disk.torn", one_in 1, at_most 0;
    /// A write that is said to have worked and never reaches the platter. At most one lie of the disk in a run.
    DiskLost = "disk.lost_write", one_in 14, at_most 150;
    /// A write that reaches the platter somewhere else.
    DiskMisdirected = "disk.misdirected_write", one_in 14, at_most 150;
    /// One bit turns over.
    DiskRot = "disk.bit_rot", one_in 14, at_most 30;
    /// The database ends the connection within a transaction.
    StoreConnectionLost = "store.connection_lost", one_in 2, at_most 500;
    /// A commit has no answer, and happened.
    StoreUnknownDone = "store.unknown_done", one_in 2, at_most 700;
    /// A commit has no answer, and did not happen.
    StoreUnknownUndone = "store.unknown_undone", one_in 2, at_most 700;
    /// A deadlock (1213): all is undone, and what comes next on the connection commits by itself.
    StoreDeadlock = "store.deadlock", one_in 2, at_most 700;
    /// A lock was waited for too long (1205): one statement is undone, the transaction stays open.
    StoreLockWait = "store.lock_wait", one_in 2, at_most 700;
    /// The database is away for a while.
    StoreAway = "store.away", one_in 3, at_most 10;
    /// The database refuses a table for a while.
    StoreRefuses = "store.refuses", one_in 4, at_most 12;
    /// The database comes back with less than it had committed (B6).
    StoreWentBack = "store.went_back", one_in 4, at_most 15;
    /// Another dbfront begins to apply (E2).
    StoreUsurped = "store.usurped", one_in 8, at_most 10;
    /// The link is cut at any byte.
    LinkCut = "link.cut", one_in 2, at_most 25;
    /// One direction of the link swallows all, and nobody is told.
    LinkHalfOpen = "link.half_open", one_in 3, at_most 8;
    /// A player's connection goes, with all that was on its way.
    PlayerGone = "player.gone", one_in 2, at_most 150;
    /// A player's connection goes, and its gateway does not notice for a while.
    PlayerHalfOpen = "player.half_open", one_in 2, at_most 200;
    /// A gateway ends, and all its connections with it.
    GatewayKilled = "gateway.killed", one_in 2, at_most 20;
    /// The link of a gateway to game breaks, and both live.
    GatewayCut = "gateway.cut", one_in 3, at_most 15;
    /// Wall clocks of both processes jump, also backwards.
    ClockJump = "clock.jump", one_in 3, at_most 25;
    /// Nothing runs for a while.
    LongPause = "clock.pause", one_in 3, at_most 12;
}

const KINDS: usize = FaultKind::ALL.len();

/// See the module. Shared by everything that asks.
#[derive(Clone, Debug)]
pub(super) struct Faults(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    dice: Dice,
    is_on: bool,
    rates: [u64; KINDS],
    counts: [u64; KINDS],
}

/// How often each kind struck.
pub type FaultCounts = [u64; KINDS];

impl Faults {
    /// Draws which kinds there are.
    pub(super) fn draw(mut dice: Dice) -> Self {
        let mut rates = [0; KINDS];
        for (rate, kind) in rates.iter_mut().zip(FaultKind::ALL) {
            let (one_in, at_most) = kind.odds();
            let is_in = dice.below(one_in) == 0;
            let drawn = dice.within(at_most / 10, at_most);
            *rate = if is_in { drawn } else { 0 };
        }
        Self(Arc::new(Mutex::new(State { dice, is_on: true, rates, counts: [0; KINDS] })))
    }

    /// Whether a fault of this kind strikes here, and counts it.
    pub(super) fn strikes(&self, kind: FaultKind) -> bool {
        let mut state = self.lock();
        let rate = state.rates[kind as usize];
        let strikes = state.is_on && state.dice.chance(rate);
        state.counts[kind as usize] += u64::from(strikes);
        strikes
    }

    /// The same for a lie of the disk: several would hide each other's traces.
    pub(super) fn lies(&self, kind: FaultKind) -> bool {
        self.lied() == 0 && self.strikes(kind)
    }

    /// Lies of the disk so far.
    pub(super) fn lied(&self) -> u64 {
        let kinds = [FaultKind::DiskLost, FaultKind::DiskMisdirected, FaultKind::DiskRot];
        kinds.into_iter().map(|kind| self.struck(kind)).sum()
    }

    pub(super) fn count(&self, kind: FaultKind) {
        self.lock().counts[kind as usize] += 1;
    }

    pub(super) fn struck(&self, kind: FaultKind) -> u64 {
        self.lock().counts[kind as usize]
    }

    /// They may strike.
    pub(super) fn begin(&self) {
        self.lock().is_on = true;
    }

    /// Ends all of them.
    pub(super) fn end(&self) {
        self.lock().is_on = false;
    }

    pub(super) fn counts(&self) -> FaultCounts {
        self.lock().counts
    }

    /// Kinds that this run has.
    pub(super) fn drawn(&self) -> Vec<&'static str> {
        let state = self.lock();
        let drawn = FaultKind::ALL.iter().filter(|kind| state.rates[**kind as usize] != 0);
        drawn.map(|kind| kind.name()).collect()
    }

    pub(super) fn below(&self, bound: u64) -> u64 {
        self.lock().dice.below(bound)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // One thread, and every change leaves a whole state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
