//! The calling side of a link. Knows no requests and no responses.

use std::time::Instant;

use rustc_hash::FxHashMap;

use super::{CallId, deadlines::Deadlines};
use crate::limits::RPC_IN_FLIGHT_MAX;

/// Which calls have no answer. `T` is what the caller wants back with the response.
#[derive(Debug)]
pub struct Caller<T> {
    next: u64,
    waiting: FxHashMap<CallId, T>,
    deadlines: Deadlines,
    in_flight_max: usize,
}

impl<T> Default for Caller<T> {
    fn default() -> Self {
        Self::new(RPC_IN_FLIGHT_MAX)
    }
}

impl<T> Caller<T> {
    /// With room for so many calls at a time.
    #[must_use]
    pub fn new(in_flight_max: usize) -> Self {
        Self { next: 1, waiting: FxHashMap::default(), deadlines: Deadlines::default(), in_flight_max }
    }

    /// Registers a call that has to be answered by `deadline`.
    ///
    /// # Errors
    /// The tag back, if as many calls as allowed are in flight: [`super::Failure::Busy`].
    pub fn begin(&mut self, deadline: Instant, tag: T) -> Result<CallId, T> {
        if self.waiting.len() == self.in_flight_max {
            return Err(tag);
        }
        let id = CallId(self.next);
        self.next += 1;
        self.waiting.insert(id, tag);
        self.deadlines.add(deadline, id);
        Ok(id)
    }

    /// A reply came: whose it is. Nothing if that call ended before; its reply is then ignored.
    pub fn finish(&mut self, id: CallId) -> Option<T> {
        let tag = self.waiting.remove(&id)?;
        self.deadlines.ended(id, self.waiting.len(), |id| self.waiting.contains_key(&id));
        Some(tag)
    }

    /// The caller gives up. If there is something, the other side is to be told by a `Cancel`; nothing if the call
    /// ended before.
    pub fn cancel(&mut self, id: CallId) -> Option<T> {
        self.finish(id)
    }

    /// The next moment at which [`Self::expire`] has something to say.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| deadline)
    }

    /// Ends the calls whose deadline has passed, oldest deadline first. The other side is to be told by a `Cancel` of
    /// each, or it may count them a moment longer and say busy to the next.
    pub fn expire(&mut self, now: Instant) -> Vec<(CallId, T)> {
        let mut ended = Vec::new();
        while let Some((deadline, id)) = self.deadlines.first() {
            if now < deadline {
                break;
            }
            if let Some(tag) = self.finish(id) {
                ended.push((id, tag));
            }
        }
        ended
    }

    /// The link went: ends every call, in the order they were made.
    pub fn lose(&mut self) -> Vec<(CallId, T)> {
        self.deadlines.clear();
        let mut ended: Vec<_> = self.waiting.drain().collect();
        ended.sort_by_key(|&(id, _)| id);
        ended
    }

    /// Calls without an answer.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.waiting.len()
    }
}
