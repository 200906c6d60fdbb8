//! The task of one link: reads records, answers calls, writes what gathered, keeps deadlines, pings when idle,
//! ends on silence. Knows no request and no response.

use std::{
    future::Future,
    io,
    pin::{Pin, pin},
    sync::{Arc, MutexGuard},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use proto::{
    limits::{CALL_MS_MAX, LINK_RECORD_BYTES_MAX},
    link_io::{LinkError, Op, RECORD_HEADER_BYTES, Record, close_record, put_header, take_record},
    rpc::{CallId, Failure, Responder},
};
use rustc_hash::FxHashMap;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    task::{AbortHandle, Id, JoinError, JoinSet, yield_now},
    time::{Sleep, sleep_until},
};

use crate::{
    clock,
    serve::{Answer, Serve},
    shared::{Limits, Peer, Shared, State},
};

/// Bytes that came behind the greeting.
#[derive(Debug, Default)]
pub struct Early(pub(crate) Vec<u8>);

/// Why a link ended.
#[derive(Debug, thiserror::Error)]
pub enum End {
    /// The other side closed it.
    #[error("closed by the other side")]
    Closed,
    /// [`Peer::close`].
    #[error("closed by this side")]
    Parted,
    /// The stream failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Nothing came for 15 s.
    #[error("silent")]
    Silent,
    /// Not link records.
    #[error(transparent)]
    Garbage(#[from] LinkError),
    /// A record that is no part of a call.
    #[error("a record {0:?} that does not belong here")]
    OutOfPlace(Op),
}

/// A link, as the future that runs it: it is done when the link has ended. Dropping it ends the link.
#[derive(Debug)]
pub struct Link<S, H> {
    stream: S,
    serve: H,
    shared: Arc<Shared>,
    responder: Responder<AbortHandle>,
    works: JoinSet<Result<Vec<u8>, Failure>>,
    ids: FxHashMap<Id, CallId>,
    /// What came is `input[head..tail]`.
    input: Vec<u8>,
    head: usize,
    tail: usize,
    /// Records may have come with the greeting.
    has_early: bool,
    /// Answers, until they are written.
    replies: Vec<u8>,
    writing: Vec<u8>,
    written: usize,
    heard_at: Instant,
    sent_at: Instant,
    timer: Pin<Box<Sleep>>,
    /// Who is to be woken once no lock is held.
    wakers: Vec<Waker>,
}

/// Calls over a stream whose greeting is done; `early` came behind it. The [`Link`] has to be polled, in a task of its
/// own as a rule, on a tokio runtime with a timer.
pub fn open<S, H>(stream: S, early: Early, limits: Limits, serve: H) -> (Peer, Link<S, H>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    H: Serve + Unpin,
{
    let shared = Shared::new(limits);
    let now = clock::now();
    let Early(mut input) = early;
    let tail = input.len();
    input.resize(tail + READ_BYTES, 0);
    let link = Link {
        stream,
        serve,
        shared: Arc::clone(&shared),
        responder: Responder::new(limits.in_flight_max),
        works: JoinSet::new(),
        ids: FxHashMap::default(),
        input,
        head: 0,
        tail,
        has_early: 0 < tail,
        replies: Vec::new(),
        writing: Vec::new(),
        written: 0,
        heard_at: now,
        sent_at: now,
        timer: Box::pin(sleep_until((now + PING_IDLE).into())),
        wakers: Vec::new(),
    };
    (Peer::new(shared), link)
}

impl<S, H> Future for Link<S, H>
where
    S: AsyncRead + AsyncWrite + Unpin,
    H: Serve + Unpin,
{
    type Output = End;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<End> {
        let link = &mut *self;
        let end = link.run(cx);
        if end.is_some() {
            link.shared.end(&mut link.wakers);
        }
        link.wakers.drain(..).for_each(Waker::wake);
        end.map_or(Poll::Pending, Poll::Ready)
    }
}

impl<S, H> Drop for Link<S, H> {
    fn drop(&mut self) {
        self.shared.end(&mut self.wakers);
        self.wakers.drain(..).for_each(Waker::wake);
    }
}

impl<S, H> Link<S, H>
where
    S: AsyncRead + AsyncWrite + Unpin,
    H: Serve + Unpin,
{
    /// Does all that can be done now; something once the link has ended.
    fn run(&mut self, cx: &mut Context<'_>) -> Option<End> {
        let mut result = if std::mem::take(&mut self.has_early) { self.take_records() } else { Ok(()) };
        loop {
            let step = result.and_then(|()| self.step(cx));
            match step {
                // Whoever has its answer goes first, and its next call leaves while there is more to read: so both ends work.
                Ok(true) if !self.wakers.is_empty() => {
                    let _is_pending = pin!(yield_now()).poll(cx);
                    return None;
                }
                Ok(true) => result = Ok(()),
                Ok(false) if self.rests(cx) => return None,
                Ok(false) => result = Ok(()),
                Err(end) => return Some(end),
            }
        }
    }

    /// Whether something moved.
    fn step(&mut self, cx: &mut Context<'_>) -> Result<bool, End> {
        // Reading comes before the clock: a process that was stopped has read before it judges.
        let mut has_moved = self.read(cx)?;
        has_moved |= self.finish_works(cx);
        while self.timer.as_mut().poll(cx).is_ready() {
            self.on_time()?;
            has_moved = true;
        }
        has_moved |= self.write(cx)?;
        Ok(has_moved)
    }

    /// Sets the alarm clocks; no, if a call came meanwhile.
    fn rests(&mut self, cx: &mut Context<'_>) -> bool {
        let mut state = self.shared.lock();
        let is_writing = self.written < self.writing.len();
        if !is_writing && (!state.out.is_empty() || state.is_closing) {
            return false;
        }
        state.link = Some(cx.waker().clone());
        let deadline = state.next_deadline();
        drop(state);
        let next = self.due(deadline);
        if next < self.timer.deadline().into_std() {
            self.timer.as_mut().reset(next.into());
            // So that it wakes this task; if it is due already, this task goes on.
            return self.timer.as_mut().poll(cx).is_pending();
        }
        true
    }

    /// When there is something to do for [`Self::on_time`].
    fn due(&self, deadline: Option<Instant>) -> Instant {
        let idle = (self.sent_at + PING_IDLE).min(self.heard_at + SILENCE);
        let deadlines = [deadline, self.responder.next_deadline()];
        deadlines.into_iter().flatten().fold(idle, Instant::min)
    }

    fn on_time(&mut self) -> Result<(), End> {
        let now = clock::now();
        let deadline = {
            let mut state = self.shared.lock();
            state.expire(now, &mut self.wakers);
            state.next_deadline()
        };
        for (id, work) in self.responder.expire(now) {
            work.abort();
            self.put_reply(id, Err(Failure::Deadline));
        }
        if self.heard_at + SILENCE <= now {
            return Err(End::Silent);
        }
        if self.sent_at + PING_IDLE <= now {
            self.sent_at = now;
            Record::new(Op::Ping, 0, 0, &[]).put(&mut self.replies);
        }
        let next = self.due(deadline);
        self.timer.as_mut().reset(next.into());
        Ok(())
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Result<bool, End> {
        if REPLIES_BYTES_MAX <= self.replies.len() {
            // Whoever does not take its answers is not heard, and so comes to be silent.
            return Ok(false);
        }
        self.make_room();
        let mut buffer = ReadBuf::new(&mut self.input[self.tail..]);
        match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
            Poll::Pending => Ok(false),
            Poll::Ready(Err(error)) => Err(error.into()),
            Poll::Ready(Ok(())) => match buffer.filled().len() {
                0 => Err(End::Closed),
                count => {
                    self.tail += count;
                    self.heard_at = clock::now();
                    self.take_records()?;
                    Ok(true)
                }
            },
        }
    }

    /// For one read at least. Bounded: of a record that is not whole there are at most its bound and one read.
    fn make_room(&mut self) {
        if self.head == self.tail {
            (self.head, self.tail) = (0, 0);
        }
        if self.input.len() - self.tail < READ_BYTES_MIN {
            self.input.copy_within(self.head..self.tail, 0);
            (self.head, self.tail) = (0, self.tail - self.head);
            let needed = self.tail + READ_BYTES;
            if self.input.len() < needed {
                self.input.resize(needed, 0);
            }
        }
    }

    fn take_records(&mut self) -> Result<(), End> {
        // Locked once for neighboring replies, and never while a call is served.
        let shared = Arc::clone(&self.shared);
        let mut state: Option<MutexGuard<'_, State>> = None;
        let input = std::mem::take(&mut self.input);
        let mut head = self.head;
        let taken = loop {
            let (record, used) = match take_record(&input[head..self.tail]) {
                Ok(Some(taken)) => taken,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error.into()),
            };
            head += used;
            if record.op == Op::Reply {
                state.get_or_insert_with(|| shared.lock()).reply(&record, &mut self.wakers);
                continue;
            }
            state = None;
            match record.op {
                Op::Call => self.answer(&record),
                Op::Cancel => {
                    if let Some(work) = self.responder.cancel(CallId(record.a)) {
                        work.abort();
                    }
                }
                Op::Ping => Record::new(Op::Pong, record.a, 0, &[]).put(&mut self.replies),
                Op::Pong => {}
                op => break Err(End::OutOfPlace(op)),
            }
        };
        drop(state);
        (self.input, self.head) = (input, head);
        taken
    }

    fn answer(&mut self, record: &Record<'_>) {
        let id = CallId(record.a);
        if let Err(failure) = self.responder.admit(id) {
            return self.put_reply(id, Err(failure));
        }
        // The response is written where it leaves from, behind a header that is told its length afterwards.
        let start = self.replies.len();
        put_header(&mut self.replies, Record::new(Op::Reply, id.0, 0, &[]), 0);
        let answer = self.serve.serve(record.payload, &mut self.replies);
        let bytes = self.replies.len().checked_sub(start + RECORD_HEADER_BYTES);
        let bytes = bytes.expect("a response is appended to what is there");
        if matches!(answer, Answer::Now(Ok(()))) && bytes <= LINK_RECORD_BYTES_MAX {
            return close_record(&mut self.replies, start);
        }
        self.replies.truncate(start);
        match answer {
            Answer::Now(result) => self.put_reply(id, Err(result.err().unwrap_or(Failure::TooLarge))),
            Answer::Later(work) => {
                let deadline = self.heard_at + Duration::from_millis(record.b.min(CALL_MS_MAX));
                let work = self.works.spawn(work);
                self.ids.insert(work.id(), id);
                // Asked above: it is admitted.
                let _ = self.responder.begin(id, deadline, work);
            }
        }
    }

    fn finish_works(&mut self, cx: &mut Context<'_>) -> bool {
        let mut has_moved = false;
        while let Poll::Ready(Some(done)) = self.works.poll_join_next_with_id(cx) {
            has_moved = true;
            let (task, result) = match done {
                Ok(done) => done,
                Err(error) => (JoinError::id(&error), Err(Failure::Broken)),
            };
            // One that was given up is known no more, and has no answer.
            let Some(id) = self.ids.remove(&task) else { continue };
            if self.responder.finish(id, clock::now()) {
                self.put_reply(id, result.as_deref().map_err(|failure| *failure));
            }
        }
        has_moved
    }

    fn put_reply(&mut self, id: CallId, result: Result<&[u8], Failure>) {
        let (failure, payload) = match result {
            Ok(payload) if LINK_RECORD_BYTES_MAX < payload.len() => (Failure::TooLarge as u64, &[][..]),
            Ok(payload) => (0, payload),
            Err(failure) => (failure as u64, &[][..]),
        };
        Record::new(Op::Reply, id.0, failure, payload).put(&mut self.replies);
    }

    /// One write for what gathered, and another for what gathered meanwhile.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<bool, End> {
        let mut has_moved = false;
        loop {
            if self.written == self.writing.len() && !self.gather()? {
                return Ok(has_moved);
            }
            match Pin::new(&mut self.stream).poll_write(cx, &self.writing[self.written..]) {
                Poll::Pending => return Ok(has_moved),
                Poll::Ready(Ok(0)) => return Err(End::Closed),
                Poll::Ready(Ok(count)) => {
                    self.written += count;
                    has_moved = true;
                }
                Poll::Ready(Err(error)) => return Err(error.into()),
            }
            if self.written == self.writing.len() {
                self.sent_at = clock::now();
                // A stream that keeps bytes back sends them; one that cannot yet does so with the next.
                if let Poll::Ready(Err(error)) = Pin::new(&mut self.stream).poll_flush(cx) {
                    return Err(error.into());
                }
            }
        }
    }

    /// Whether there is something to write.
    fn gather(&mut self) -> Result<bool, End> {
        self.writing.clear();
        self.written = 0;
        if KEPT_BYTES_MAX < self.writing.capacity() {
            self.writing = Vec::new();
        }
        let mut state = self.shared.lock();
        std::mem::swap(&mut self.writing, &mut state.out);
        let is_closing = state.is_closing;
        drop(state);
        if self.writing.is_empty() {
            std::mem::swap(&mut self.writing, &mut self.replies);
        } else {
            self.writing.append(&mut self.replies);
        }
        match self.writing.is_empty() {
            false => Ok(true),
            true if is_closing => Err(End::Parted),
            true => Ok(false),
        }
    }
}

/// Of one read, and what there is room for at least.
const READ_BYTES: usize = 32 * 1024;
const READ_BYTES_MIN: usize = 8 * 1024;
/// Answers that wait for a side that does not read: nothing more is read from it.
const REPLIES_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Memory that a buffer keeps once it is empty.
const KEPT_BYTES_MAX: usize = 1024 * 1024;
/// Nothing of ours for so long: a ping.
const PING_IDLE: Duration = Duration::from_secs(5);
/// Nothing of theirs for so long: the link is dead.
const SILENCE: Duration = Duration::from_secs(15);
