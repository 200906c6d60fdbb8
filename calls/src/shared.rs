//! What callers and the link's task share: calls without an answer, answers that nobody has taken, bytes for the
//! stream. Knows no stream.

use std::{
    fmt,
    future::Future,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
    time::Instant,
};

use bytes::Bytes;
use proto::{
    limits::{LINK_RECORD_BYTES_MAX, RPC_IN_FLIGHT_MAX},
    link_io::{Op, RECORD_HEADER_BYTES, Record},
    rpc::{CallId, Caller, Failure},
};

use crate::clock;

/// How much a side has under way, either way.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Calls without an answer, each way: beyond, [`Failure::Busy`]. Both sides of a link should have the same.
    pub in_flight_max: usize,
    /// Bytes of calls that wait for the stream: beyond, [`Failure::Busy`].
    pub out_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { in_flight_max: RPC_IN_FLIGHT_MAX, out_bytes_max: 8 * 1024 * 1024 }
    }
}

/// The other side of a link, to call. Clones share it; it is lost when its [`crate::Link`] is.
#[derive(Clone)]
pub struct Peer {
    shared: Arc<Shared>,
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("in_flight", &self.in_flight()).finish_non_exhaustive()
    }
}

impl Peer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Calls: the request is on its way when this returns, and its future waits for the answer, which comes by
    /// `deadline`. A future that is dropped before gives the call up, and the other side hears of it.
    ///
    /// Failures of the future: [`Failure::Busy`] and [`Failure::TooLarge`] where nothing was sent,
    /// [`Failure::Deadline`], [`Failure::LinkLost`], and whatever the other side says.
    pub fn call(&self, request: &[u8], deadline: Instant) -> Call<'_> {
        let stage = match self.begin(request, deadline) {
            Ok((id, slot)) => Stage::Waiting { id, slot },
            Err(failure) => Stage::Failed(failure),
        };
        Call { shared: &self.shared, stage }
    }

    fn begin(&self, request: &[u8], deadline: Instant) -> Result<(CallId, usize), Failure> {
        if LINK_RECORD_BYTES_MAX < request.len() {
            return Err(Failure::TooLarge);
        }
        let mut state = self.shared.lock();
        if state.is_over {
            return Err(Failure::LinkLost);
        }
        // While the link's task is awake it is the same moment for all calls, which leave together.
        if state.link.is_some() {
            state.now = clock::now();
        }
        let left = deadline.saturating_duration_since(state.now);
        if left.is_zero() {
            return Err(Failure::Deadline);
        }
        if state.out_bytes_max < state.out.len() + RECORD_HEADER_BYTES + request.len() {
            return Err(Failure::Busy);
        }
        let slot = state.take_slot();
        let Ok(id) = state.caller.begin(deadline, slot) else {
            state.free.push(slot);
            return Err(Failure::Busy);
        };
        state.slots[slot] = Slot::Waiting(None);
        // Rounded up: a deadline within this millisecond has not passed.
        let left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        Record::new(Op::Call, id.0, left_ms, request).put(&mut state.out);
        wake_link(state);
        Ok((id, slot))
    }

    /// Ends the link once what waits is written; calls without an answer end with [`Failure::LinkLost`].
    pub fn close(&self) {
        let mut state = self.shared.lock();
        state.is_closing = true;
        wake_link(state);
    }

    /// Calls without an answer.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.shared.lock().caller.in_flight()
    }
}

/// A call without an answer; dropping it gives the call up.
#[derive(Debug)]
#[must_use = "a call that is dropped is canceled"]
pub struct Call<'a> {
    shared: &'a Shared,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Failed(Failure),
    Waiting {
        id: CallId,
        slot: usize,
    },
    /// The answer was taken.
    Over,
}

impl Future for Call<'_> {
    type Output = Result<Bytes, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = match self.stage {
            Stage::Failed(failure) => Err(failure),
            Stage::Waiting { slot, .. } => {
                let mut state = self.shared.lock();
                match &mut state.slots[slot] {
                    Slot::Waiting(Some(waker)) if waker.will_wake(cx.waker()) => return Poll::Pending,
                    Slot::Waiting(waker) => {
                        *waker = Some(cx.waker().clone());
                        return Poll::Pending;
                    }
                    Slot::Done(_) => state.take_answer(slot),
                    Slot::Free => Err(Failure::Canceled),
                }
            }
            Stage::Over => Err(Failure::Canceled),
        };
        self.stage = Stage::Over;
        Poll::Ready(answer)
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        let Stage::Waiting { id, slot } = self.stage else { return };
        let mut state = self.shared.lock();
        let is_given_up = state.caller.cancel(id).is_some();
        state.slots[slot] = Slot::Free;
        state.free.push(slot);
        if is_given_up {
            state.put_cancel(id);
            wake_link(state);
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
}

#[derive(Debug)]
pub(crate) struct State {
    caller: Caller<usize>,
    slots: Vec<Slot>,
    free: Vec<usize>,
    /// For the stream.
    pub(crate) out: Vec<u8>,
    out_bytes_max: usize,
    /// The link's task, while it sleeps.
    pub(crate) link: Option<Waker>,
    /// When it woke.
    pub(crate) now: Instant,
    pub(crate) is_closing: bool,
    is_over: bool,
}

#[derive(Debug)]
enum Slot {
    Free,
    Waiting(Option<Waker>),
    Done(Result<Bytes, Failure>),
}

impl Shared {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        let state = State {
            caller: Caller::new(limits.in_flight_max),
            slots: Vec::new(),
            free: Vec::new(),
            out: Vec::new(),
            out_bytes_max: limits.out_bytes_max,
            link: None,
            now: clock::now(),
            is_closing: false,
            is_over: false,
        };
        Arc::new(Self { state: Mutex::new(state) })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing in here panics while it holds the lock")
    }

    /// The link is gone.
    pub(crate) fn end(&self, wakers: &mut Vec<Waker>) {
        let mut state = self.lock();
        state.is_over = true;
        state.out = Vec::new();
        for (_, slot) in state.caller.lose() {
            state.done(slot, Err(Failure::LinkLost), wakers);
        }
    }
}

impl State {
    fn take_slot(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::Free);
            self.slots.len() - 1
        })
    }

    fn take_answer(&mut self, slot: usize) -> Result<Bytes, Failure> {
        self.free.push(slot);
        match mem::replace(&mut self.slots[slot], Slot::Free) {
            Slot::Done(answer) => answer,
            Slot::Free | Slot::Waiting(_) => Err(Failure::Canceled),
        }
    }

    fn put_cancel(&mut self, id: CallId) {
        Record::new(Op::Cancel, id.0, 0, &[]).put(&mut self.out);
    }

    fn done(&mut self, slot: usize, answer: Result<Bytes, Failure>, wakers: &mut Vec<Waker>) {
        if let Slot::Waiting(Some(waker)) = mem::replace(&mut self.slots[slot], Slot::Done(answer)) {
            wakers.push(waker);
        }
    }

    /// A reply came. Who waits for it is woken by whoever called, without the lock.
    pub(crate) fn reply(&mut self, record: &Record<'_>, wakers: &mut Vec<Waker>) {
        let Some(slot) = self.caller.finish(CallId(record.a)) else { return };
        let answer = match Failure::from_code(record.b) {
            None => Ok(Bytes::copy_from_slice(record.payload)),
            Some(failure) => Err(failure),
        };
        self.done(slot, answer, wakers);
    }

    /// Ends the calls whose deadline has passed.
    pub(crate) fn expire(&mut self, now: Instant, wakers: &mut Vec<Waker>) {
        for (id, slot) in self.caller.expire(now) {
            self.put_cancel(id);
            self.done(slot, Err(Failure::Deadline), wakers);
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.caller.next_deadline()
    }
}

/// If it sleeps, and not while the lock is held.
fn wake_link(mut state: MutexGuard<'_, State>) {
    let link = state.link.take();
    drop(state);
    if let Some(link) = link {
        link.wake();
    }
}
