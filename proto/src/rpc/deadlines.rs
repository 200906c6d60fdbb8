//! Which call's time is over next. Knows no calls but by id.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    time::Instant,
};

use super::CallId;

/// Most deadlines are later than those before them, and most calls end before theirs, in about the order in which they
/// were made. So those that come in order are a queue, only the others a heap, and calls that ended are taken out late.
/// The first entry of each is always of a call that has not ended.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    queue: VecDeque<(Instant, CallId)>,
    heap: BinaryHeap<Reverse<(Instant, CallId)>>,
}

impl Deadlines {
    #[inline]
    pub(super) fn add(&mut self, deadline: Instant, id: CallId) {
        if self.queue.back().is_none_or(|&(last, _)| last <= deadline) {
            self.queue.push_back((deadline, id));
        } else {
            self.heap.push(Reverse((deadline, id)));
        }
    }

    /// The first, and whose.
    #[inline]
    pub(super) fn first(&self) -> Option<(Instant, CallId)> {
        match (self.queue.front(), self.heap.peek()) {
            (Some(&queued), Some(&Reverse(heaped))) => Some(queued.min(heaped)),
            (queued, heaped) => queued.copied().or_else(|| heaped.map(|Reverse(first)| *first)),
        }
    }

    /// A call ended; `lives` says of any other whether it has not, and `alive` how many have not.
    #[inline]
    pub(super) fn ended(&mut self, id: CallId, alive: usize, lives: impl Fn(CallId) -> bool) {
        if self.queue.front().is_some_and(|&(_, first)| first == id) {
            self.queue.pop_front();
            while self.queue.front().is_some_and(|&(_, first)| !lives(first)) {
                self.queue.pop_front();
            }
        } else if self.heap.peek().is_some_and(|Reverse((_, first))| *first == id) {
            self.heap.pop();
            while self.heap.peek().is_some_and(|Reverse((_, first))| !lives(*first)) {
                self.heap.pop();
            }
        }
        if alive * 2 + ENDED_MAX < self.queue.len() + self.heap.len() {
            self.queue.retain(|&(_, id)| lives(id));
            self.heap.retain(|Reverse((_, id))| lives(*id));
        }
    }

    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.heap.clear();
    }
}

/// Entries of calls that ended which are kept in any case.
const ENDED_MAX: usize = 64;
