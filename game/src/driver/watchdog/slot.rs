//! The call of a room that is under way on the logic thread, where its watchdog can see it. Knows no clock but that of
//! the processor.

#[cfg(test)]
mod tests;

use std::{
    cell::Cell,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{
            AtomicI32, AtomicU8, AtomicU64,
            Ordering::{Acquire, Relaxed, Release, SeqCst},
        },
    },
    time::{Duration, Instant},
};

use proto::{ids::RoomId, room::input::What};
use rustix::thread::{Pid, gettid};

use super::{Why, fault};
use crate::{
    driver::clock,
    logic::rooms::watch::{Calling, Lasts, RoomWatch, Subject},
};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// Odd: a call is under way. Grows by one with each beginning and each end.
    turns: AtomicU64,
    /// The logic thread, once it has entered.
    thread: AtomicI32,
    /// A [`Why`] of a fault, or 0. Written by a handler of signals.
    fault: AtomicU8,
    /// The last call that began.
    call: Mutex<Call>,
}

/// What a note tells of a call.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) room: RoomId,
    pub(super) kind: &'static str,
    pub(super) number: u32,
    pub(super) lasts: Lasts,
    pub(super) input: Input,
}

/// What the room was called for.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) what: &'static str,
    /// Whose, 0: nobody's.
    pub(super) account: u64,
    /// Of a message its kind, of a timer or an answer its id.
    pub(super) number: u64,
    /// The first 64 KiB.
    pub(super) body: Vec<u8>,
    pub(super) body_bytes: usize,
}

impl Slot {
    /// Which call is under way.
    pub(super) fn under_way(&self) -> Option<u64> {
        Some(self.turns.load(Acquire)).filter(|turns| turns % 2 == 1)
    }

    /// What it is. While this is held, no other begins.
    pub(super) fn call(&self) -> MutexGuard<'_, Call> {
        self.call.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one that calls rooms.
    pub(super) fn thread(&self) -> Option<Pid> {
        Pid::from_raw(self.thread.load(Relaxed))
    }

    pub(super) fn fault(&self) -> Option<Why> {
        match self.fault.load(SeqCst) {
            0 => None,
            STACK => Some(Why::Stack),
            _ => Some(Why::Aborted),
        }
    }

    /// This thread is in a call and cannot go on. False: it is in none. Takes no lock and allocates nothing.
    pub(super) fn fail(&self, is_stack: bool) -> bool {
        let is_call = self.under_way().is_some() && self.thread() == Some(gettid());
        if is_call {
            self.fault.store(if is_stack { STACK } else { ABORTED }, SeqCst);
        }
        is_call
    }
}

/// For the thread that will call rooms.
pub(crate) struct Entrance(pub(super) Arc<Slot>);

impl Entrance {
    /// This thread calls rooms from now on.
    pub(crate) fn enter(self) -> Watcher {
        fault::prepare_thread();
        self.0.thread.store(gettid().as_raw_pid(), Relaxed);
        let now = clock::instant();
        Watcher { slot: self.0, began: Cell::new(now), read: Cell::new((now, clock::processor())) }
    }
}

/// What the world tells of its calls.
pub(crate) struct Watcher {
    slot: Arc<Slot>,
    began: Cell<Instant>,
    /// The last reading of the processor's time of this thread, shortly before. Each is a call of the system, which
    /// would cost more than most calls of rooms; the other clock costs next to nothing.
    read: Cell<(Instant, Duration)>,
}

impl RoomWatch for Watcher {
    fn begin(&self, subject: &Subject, calling: &Calling<'_>) {
        self.slot.call().fill(subject, calling);
        let now = clock::instant();
        self.began.set(now);
        if SHORT <= now.saturating_duration_since(self.read.get().0) {
            self.read.set((now, clock::processor()));
        }
        self.slot.turns.fetch_add(1, Release);
    }

    /// Less by up to a millisecond than it was, never more, if it was longer than that.
    fn end(&self) -> Duration {
        self.slot.turns.fetch_add(1, Release);
        let began = self.began.get();
        let passed = clock::instant().saturating_duration_since(began);
        if passed < SHORT {
            return passed;
        }
        let (at, used) = self.read.get();
        clock::processor().saturating_sub(used).saturating_sub(began.saturating_duration_since(at))
    }
}

impl Call {
    fn fill(&mut self, subject: &Subject, calling: &Calling<'_>) {
        let Subject { room, kind, number, lasts, limit: _ } = *subject;
        (self.room, self.kind, self.number, self.lasts) = (room, kind, number, lasts);
        let (what, account, number, body): (_, _, _, &[u8]) = match calling {
            Calling::Open(options) => ("open", 0, 0, options),
            Calling::Load(state) => ("load", 0, 0, state),
            Calling::View(account) => ("view", account.0, 0, &[]),
            Calling::Snapshot => ("snapshot", 0, 0, &[]),
            Calling::Label => ("label", 0, 0, &[]),
            Calling::Save => ("save", 0, 0, &[]),
            Calling::Drop => ("drop", 0, 0, &[]),
            Calling::Hear(what) => match what {
                What::Join(member) => ("join", member.account, 0, &[]),
                What::Leave(account) => ("leave", *account, 0, &[]),
                What::Away(account) => ("away", *account, 0, &[]),
                What::Back(account) => ("back", *account, 0, &[]),
                What::Message(message) => ("message", message.account, message.kind.into(), &message.body),
                What::Timer(id) => ("timer", 0, (*id).into(), &[]),
                What::Tick(_) => ("tick", 0, 0, &[]),
                What::Answered(answered) => ("answered", 0, answered.ask, &answered.body),
                What::Staff(signal) => ("staff", 0, 0, &signal.body),
            },
        };
        let input = &mut self.input;
        (input.what, input.account, input.number, input.body_bytes) = (what, account, number, body.len());
        input.body.clear();
        input.body.extend_from_slice(&body[..body.len().min(BODY_BYTES_MAX)]);
    }
}

/// Of an input in a note.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;
/// No call may be forbidden to take so long.
const SHORT: Duration = Duration::from_millis(1);
const STACK: u8 = 1;
const ABORTED: u8 = 2;
