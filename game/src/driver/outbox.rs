//! Bytes on their way out over one link. The logic thread hands in a turn's bytes and, while nothing
//! waits, writes them itself: no other thread wakes up. What the socket does not take waits here for the
//! link's task. Bounded: over its limit the link is cut (DESIGN §10). Knows no records but pings and refusals.

#[cfg(test)]
mod tests;

use std::{
    io::{ErrorKind, Write},
    os::unix::net::UnixStream,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
};

use proto::{
    limits::LINK_DOWN_LATEST_BYTES,
    link_io::{Op, Record},
};
use tokio::sync::Notify;

/// One link's way out, shared by the logic thread and the link's task.
#[derive(Debug)]
pub(super) struct Outbox {
    /// A second handle of the task's socket; not blocking.
    socket: UnixStream,
    bytes_max: usize,
    waiting: Mutex<Waiting>,
    /// Bytes in `waiting` and in the task's hands.
    backlog: AtomicUsize,
    /// Something waits for the task.
    filled: Notify,
    /// The link is to end.
    cut: Notify,
    is_cut: AtomicBool,
    /// Something left since the last question.
    wrote: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// The task holds bytes that come before `bytes`.
    task_writes: bool,
}

impl Outbox {
    /// Over this socket, whose other handle the task has.
    pub(super) fn new(socket: UnixStream, bytes_max: usize) -> Self {
        Self {
            socket,
            bytes_max,
            waiting: Mutex::default(),
            backlog: AtomicUsize::new(0),
            filled: Notify::new(),
            cut: Notify::new(),
            is_cut: AtomicBool::new(false),
            wrote: AtomicBool::new(false),
        }
    }

    /// Takes all of `bytes`, in order after what was handed in before, and leaves it empty; its memory may
    /// change. Over the limit the link is cut, and the bytes go nowhere.
    pub(super) fn push(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() || self.is_cut() {
            bytes.clear();
            return;
        }
        self.wrote.store(true, Relaxed);
        let mut waiting = self.lock();
        let mut written = 0;
        if waiting.bytes.is_empty() && !waiting.task_writes {
            written = self.write_now(bytes);
        }
        let left = bytes.len() - written;
        if left > 0 {
            if self.backlog.fetch_add(left, Relaxed) + left > self.bytes_max {
                drop(waiting);
                self.cut();
            } else if waiting.bytes.is_empty() && written == 0 {
                std::mem::swap(&mut waiting.bytes, bytes);
                self.filled.notify_one();
            } else {
                waiting.bytes.extend_from_slice(&bytes[written..]);
                self.filled.notify_one();
            }
        }
        bytes.clear();
    }

    /// What the socket takes at once. An error is left for the task to meet: it ends the link.
    fn write_now(&self, bytes: &[u8]) -> usize {
        let mut written = 0;
        while written < bytes.len() {
            match (&self.socket).write(&bytes[written..]) {
                Ok(0) => break,
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => (),
                Err(_) => break,
            }
        }
        written
    }

    /// A record of the driver's own.
    pub(super) fn push_record(&self, op: Op, a: u64, b: u64) {
        let mut bytes = Vec::new();
        Record::new(op, a, b, &[]).put(&mut bytes);
        self.push(&mut bytes);
    }

    /// For the task: swaps what waits into `writing`, which it has written. Nothing waits: false, and the
    /// logic thread writes by itself again.
    pub(super) fn take(&self, writing: &mut Vec<u8>) -> bool {
        self.backlog.fetch_sub(writing.len(), Relaxed);
        writing.clear();
        if writing.capacity() > KEPT_BYTES_MAX {
            *writing = Vec::new();
        }
        let mut waiting = self.lock();
        std::mem::swap(&mut waiting.bytes, writing);
        waiting.task_writes = !writing.is_empty();
        waiting.task_writes
    }

    /// For the task: until something waits for it.
    pub(super) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Bytes not yet in the socket's buffer.
    pub(super) fn backlog(&self) -> usize {
        self.backlog.load(Relaxed)
    }

    /// Whether anything left since this was asked last.
    pub(super) fn wrote(&self) -> bool {
        self.wrote.swap(false, Relaxed)
    }

    /// Ends the link; its task tells the logic thread.
    pub(super) fn cut(&self) {
        self.is_cut.store(true, Relaxed);
        self.cut.notify_one();
    }

    /// Whether it is to end.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.load(Relaxed)
    }

    /// For the task: until the link is to end.
    pub(super) async fn until_cut(&self) {
        self.cut.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().expect("nothing in here panics while it holds the lock")
    }
}

/// Whether a link counts as full for latest-wins output: from its bound on, until half of that has left, so
/// that a link at the bound does not change its mind all the time.
pub(super) fn is_full(was_full: bool, backlog: usize) -> bool {
    let bound = if was_full { BACKLOG_BYTES_LOW } else { LINK_DOWN_LATEST_BYTES };
    bound < backlog
}

/// Where a full link is one no longer.
pub(super) const BACKLOG_BYTES_LOW: usize = LINK_DOWN_LATEST_BYTES / 2;
/// Memory that a buffer keeps once it is empty.
const KEPT_BYTES_MAX: usize = 4 * 1024 * 1024;
