//! Which call's time is over next. Knows no calls but by id.

use std::{cmp::Reverse, collections::BinaryHeap, time::Instant};

use super::CallId;

/// A heap from which calls that ended are taken late: most calls end before their deadline, and most deadlines
/// are later than those before, so that an entry costs next to nothing. Its first entry is always of a call that
/// has not ended.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    heap: BinaryHeap<Reverse<(Instant, CallId)>>,
}

impl Deadlines {
    pub(super) fn add(&mut self, deadline: Instant, id: CallId) {
        self.heap.push(Reverse((deadline, id)));
    }

    /// The first, and whose.
    pub(super) fn first(&self) -> Option<(Instant, CallId)> {
        self.heap.peek().map(|Reverse(first)| *first)
    }

    /// A call ended; `lives` says of any other whether it has not, and `alive` how many have not.
    pub(super) fn ended(&mut self, id: CallId, alive: usize, lives: impl Fn(CallId) -> bool) {
        if self.first().is_some_and(|(_, first)| first == id) {
            self.heap.pop();
            while self.first().is_some_and(|(_, first)| !lives(first)) {
                self.heap.pop();
            }
        }
        if alive * 2 + ENDED_MAX < self.heap.len() {
            self.heap.retain(|Reverse((_, id))| lives(*id));
        }
    }

    pub(super) fn clear(&mut self) {
        self.heap.clear();
    }
}

/// Entries of calls that ended which are kept in any case.
const ENDED_MAX: usize = 64;
