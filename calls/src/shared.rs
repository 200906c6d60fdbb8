//! What callers and the link's task share: calls without an answer, answers that nobody has taken, bytes for the
//! stream. Knows no stream.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
    time::Instant,
};

use proto::{
    limits::{LINK_RECORD_BYTES_MAX, RPC_IN_FLIGHT_MAX},
    link_io::{Op, RECORD_HEADER_BYTES, Record},
    rpc::{CallId, Caller, Failure},
};

use crate::{clock, response::Response};

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
    #[inline]
    pub fn call(&self, request: &[u8], deadline: Instant) -> Call<'_> {
        let stands = match self.begin(request, deadline) {
            Ok(id) => id.0,
            Err(failure) => failure as u64,
        };
        Call { shared: &self.shared, stands }
    }

    fn begin(&self, request: &[u8], deadline: Instant) -> Result<CallId, Failure> {
        if LINK_RECORD_BYTES_MAX < request.len() {
            return Err(Failure::TooLarge);
        }
        let mut state = self.shared.lock();
        if state.is_over {
            return Err(Failure::LinkLost);
        }
        let left_ms = state.left_ms(deadline).ok_or(Failure::Deadline)?;
        if state.out_bytes_max < state.out.len() + RECORD_HEADER_BYTES + request.len() {
            return Err(Failure::Busy);
        }
        let id = state.caller.begin(deadline, ()).map_err(|()| Failure::Busy)?;
        if state.slots.len() == id.place() {
            state.slots.push(Slot::default());
        }
        Record::new(Op::Call, id.0, left_ms, request).put(&mut state.out);
        wake_link(state);
        Ok(id)
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
    /// Its id while it waits; the code of its failure if it never left, which no id is; 0 once its answer was taken.
    stands: u64,
}

impl Call<'_> {
    #[inline]
    fn waiting(&self) -> Option<CallId> {
        (FAILURE_MAX < self.stands).then_some(CallId(self.stands))
    }
}

impl Future for Call<'_> {
    type Output = Result<Response, Failure>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(id) = self.waiting() else {
            let failure = Failure::from_code(self.stands).unwrap_or(Failure::Canceled);
            self.stands = 0;
            return Poll::Ready(Err(failure));
        };
        let mut state = self.shared.lock();
        let State { slots, caller, .. } = &mut *state;
        let slot = &mut slots[id.place()];
        let failure = match slot.stage {
            Stage::Waiting => {
                slot.wait(cx.waker());
                return Poll::Pending;
            }
            Stage::Answered => None,
            Stage::Failed(failure) => Some(failure),
        };
        slot.stage = Stage::Waiting;
        caller.vacate(id);
        self.stands = 0;
        Poll::Ready(failure.map_or_else(|| Ok(slot.response.take()), Err))
    }
}

impl Drop for Call<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(id) = self.waiting() {
            self.shared.give_up(id);
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
    caller: Caller<()>,
    slots: Vec<Slot>,
    /// For the stream.
    pub(crate) out: Vec<u8>,
    out_bytes_max: usize,
    /// The link's task, while it sleeps.
    pub(crate) link: Option<Waker>,
    /// When it woke.
    pub(crate) now: Instant,
    /// The last call's deadline, and how many milliseconds before it that was.
    left: Option<(Instant, u64)>,
    pub(crate) is_closing: bool,
    is_over: bool,
}

/// Where a call waits for its answer, and the answer for whoever called.
#[derive(Debug, Default)]
struct Slot {
    stage: Stage,
    waker: Option<Waker>,
    response: Response,
}

#[derive(Clone, Copy, Debug, Default)]
enum Stage {
    #[default]
    Waiting,
    Answered,
    Failed(Failure),
}

impl Slot {
    /// Who is to be woken by the answer.
    fn wait(&mut self, waker: &Waker) {
        match &mut self.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }
}

impl Shared {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        let state = State {
            caller: Caller::new(limits.in_flight_max),
            slots: Vec::new(),
            out: Vec::new(),
            out_bytes_max: limits.out_bytes_max,
            link: None,
            now: clock::now(),
            left: None,
            is_closing: false,
            is_over: false,
        };
        Arc::new(Self { state: Mutex::new(state) })
    }

    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing in here panics while it holds the lock")
    }

    /// Nobody waits for this call any more.
    fn give_up(&self, id: CallId) {
        let mut state = self.lock();
        let is_under_way = state.caller.end(id).is_some();
        state.slots[id.place()] = Slot::default();
        state.caller.vacate(id);
        if is_under_way {
            state.put_cancel(id);
            wake_link(state);
        }
    }

    /// The link is gone.
    pub(crate) fn end(&self, wakers: &mut Vec<Waker>) {
        let mut state = self.lock();
        state.is_over = true;
        state.out = Vec::new();
        for (id, ()) in state.caller.lose() {
            state.fail(id, Failure::LinkLost, wakers);
        }
    }
}

impl State {
    /// How long before `deadline` it is, in milliseconds; nothing if it has passed. While the link's task is awake it is the
    /// same moment for all calls, which leave together, and most have the same deadline.
    #[inline]
    fn left_ms(&mut self, deadline: Instant) -> Option<u64> {
        if self.link.is_some() {
            self.now = clock::now();
            self.left = None;
        }
        if let Some((last, left_ms)) = self.left
            && last == deadline
        {
            return Some(left_ms);
        }
        let left = deadline.checked_duration_since(self.now).filter(|left| !left.is_zero())?;
        // Rounded up: a deadline within this millisecond has not passed.
        let left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        self.left = Some((deadline, left_ms));
        Some(left_ms)
    }

    fn put_cancel(&mut self, id: CallId) {
        Record::new(Op::Cancel, id.0, 0, &[]).put(&mut self.out);
    }

    fn fail(&mut self, id: CallId, failure: Failure, wakers: &mut Vec<Waker>) {
        let slot = &mut self.slots[id.place()];
        slot.stage = Stage::Failed(failure);
        wakers.extend(slot.waker.take());
    }

    /// A reply came. Who waits for it is woken by whoever called, without the lock.
    #[inline]
    pub(crate) fn reply(&mut self, record: &Record<'_>, wakers: &mut Vec<Waker>) {
        let id = CallId(record.a);
        let Some(()) = self.caller.end(id) else { return };
        if let Some(failure) = Failure::from_code(record.b) {
            return self.fail(id, failure, wakers);
        }
        let slot = &mut self.slots[id.place()];
        slot.stage = Stage::Answered;
        slot.response.set(record.payload);
        if let Some(waker) = slot.waker.take() {
            wakers.push(waker);
        }
    }

    /// Ends the calls whose deadline has passed.
    pub(crate) fn expire(&mut self, now: Instant, wakers: &mut Vec<Waker>) {
        for (id, ()) in self.caller.expire_kept(now) {
            self.put_cancel(id);
            self.fail(id, Failure::Deadline, wakers);
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

/// Codes of failures are not above, and ids are.
const FAILURE_MAX: u64 = 0xffff;
