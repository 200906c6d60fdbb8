//! The backlog between the journal's thread, which never waits for it, and the store's thread, which does.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use proto::ids::Lsn;

use super::{backup::CopyOrder, clock, poison::Waiting};
use crate::logic::{
    applier::BatchLimits,
    backlog::{Backlog, Taken},
    decode::Frame,
};

/// See the module.
#[derive(Debug)]
pub struct BacklogCell {
    state: Mutex<State>,
    changed: Condvar,
    /// For whoever waits for what becomes of a refused record.
    answered: Condvar,
}

#[derive(Debug)]
struct State {
    backlog: Backlog,
    stop: Option<Instant>,
    /// Somebody saw less in the database than was applied.
    is_doubted: bool,
    waiting: Waiting,
    /// A copy of the world is wanted.
    order: Option<CopyOrder>,
}

impl State {
    /// Nothing is waited for any longer.
    fn is_woken(&self) -> bool {
        self.stop.is_some() || self.order.is_some()
    }
}

impl BacklogCell {
    /// Around this backlog.
    #[must_use]
    pub fn new(backlog: Backlog) -> Self {
        let state =
            State { backlog, stop: None, is_doubted: false, order: None, waiting: Waiting::default() };
        Self { state: Mutex::new(state), changed: Condvar::new(), answered: Condvar::new() }
    }

    /// Frames became durable.
    pub fn offer(&self, frames: impl Iterator<Item = Frame>) {
        let mut state = self.lock();
        frames.for_each(|frame| state.backlog.offer(frame));
        drop(state);
        self.changed.notify_one();
    }

    /// See [`Backlog::take`].
    pub fn take(&self, limits: BatchLimits) -> Taken {
        self.lock().backlog.take(limits.records_max, limits.bytes_max)
    }

    /// See [`Backlog::read_up_to`].
    pub fn read_up_to(&self, last: Lsn) {
        self.lock().backlog.read_up_to(last);
    }

    /// See [`Backlog::rewind`].
    pub fn rewind(&self, next: Lsn) {
        self.lock().backlog.rewind(next);
    }

    /// The last durable record, and bytes held.
    pub fn figures(&self) -> (Lsn, usize) {
        let state = self.lock();
        (state.backlog.durable(), state.backlog.bytes())
    }

    /// Asks the store's thread to end: at once after a failure, else when all is applied or `by` has come.
    pub fn stop(&self, by: Instant) {
        self.lock().stop = Some(by);
        self.changed.notify_one();
    }

    /// The database has less than was applied, says a reader: its cursor is to be read anew, also if nothing is to be
    /// applied.
    pub fn doubt(&self) {
        self.lock().is_doubted = true;
        self.changed.notify_one();
    }

    /// Whether somebody doubted since the last call.
    pub fn take_doubt(&self) -> bool {
        std::mem::take(&mut self.lock().is_doubted)
    }

    /// Asks the store's thread for a copy of the world. One that nobody took is replaced.
    pub fn order(&self, order: CopyOrder) {
        self.lock().order = Some(order);
        self.changed.notify_one();
    }

    /// What was ordered since the last call.
    pub fn take_order(&self) -> Option<CopyOrder> {
        self.lock().order.take()
    }

    /// By when to end, if that was asked.
    pub fn stopping(&self) -> Option<Instant> {
        self.lock().stop
    }

    /// Waits until a batch is worth its sync: until `at`, or a full batch is there, a copy is ordered, or the end is asked for.
    pub fn wait_for_batch(&self, limits: BatchLimits, at: Instant) {
        let mut state = self.lock();
        while !state.is_woken() && state.backlog.bytes() < limits.bytes_max {
            let left = at.saturating_duration_since(clock::now());
            if left.is_zero() {
                return;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until something is durable after `taken`, somebody doubts, a copy is ordered, or the end is asked for.
    pub fn wait_for_any(&self, taken: Lsn) {
        let mut state = self.lock();
        while !state.is_woken() && !state.is_doubted && state.backlog.durable() <= taken {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until then, a copy is ordered, or the end is asked for.
    pub fn wait_until(&self, at: Instant) {
        let mut state = self.lock();
        while !state.is_woken() {
            let left = at.saturating_duration_since(clock::now());
            if left.is_zero() {
                return;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Changes how it stands with a refused record; all who wait look at it.
    pub(super) fn with_waiting<T>(&self, change: impl FnOnce(&mut Waiting) -> T) -> T {
        let result = change(&mut self.lock().waiting);
        self.changed.notify_one();
        self.answered.notify_all();
        result
    }

    /// The end is asked for, or somebody wants a copy of the world.
    pub(super) fn wants_else(&self) -> bool {
        self.lock().is_woken()
    }

    /// For the store's thread: until something changes, or then; not for long.
    pub(super) fn wait_for_word(&self, until: Instant) {
        let state = self.lock();
        if state.stop.is_none() {
            let left = until.saturating_duration_since(clock::now()).clamp(Duration::from_millis(1), LOOK);
            drop(self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// For others: until something changes, or then; not for long.
    pub(super) fn wait_for_answer(&self, until: Instant) {
        let left = until.saturating_duration_since(clock::now()).min(LOOK);
        drop(self.answered.wait_timeout(self.lock(), left).unwrap_or_else(PoisonError::into_inner));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change leaves a backlog that is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Between two looks at how it stands with a refused record.
const LOOK: Duration = Duration::from_millis(50);
