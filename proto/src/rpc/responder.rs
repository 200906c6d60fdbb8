//! The answering side of a link. Knows no requests and no responses.

use std::time::Instant;

use rustc_hash::FxHashMap;

use super::{CallId, Failure, deadlines::Deadlines};
use crate::limits::RPC_IN_FLIGHT_MAX;

/// Which calls are being worked on, and until when an answer is of use. `T` is what ends the work.
#[derive(Debug)]
pub struct Responder<T = ()> {
    working: FxHashMap<CallId, (Instant, T)>,
    deadlines: Deadlines,
    in_flight_max: usize,
}

impl<T> Default for Responder<T> {
    fn default() -> Self {
        Self::new(RPC_IN_FLIGHT_MAX)
    }
}

impl<T> Responder<T> {
    /// With room for so much work at a time.
    #[must_use]
    pub fn new(in_flight_max: usize) -> Self {
        Self { working: FxHashMap::default(), deadlines: Deadlines::default(), in_flight_max }
    }

    /// Whether a call that came may be worked on. One that is answered at once, before anything else is heard, needs
    /// no more than this.
    ///
    /// # Errors
    /// [`Failure::Busy`] if as many as allowed are being worked on; [`Failure::BadRequest`] for an id in use.
    pub fn admit(&self, id: CallId) -> Result<(), Failure> {
        if self.working.contains_key(&id) {
            return Err(Failure::BadRequest);
        }
        if self.working.len() == self.in_flight_max {
            return Err(Failure::Busy);
        }
        Ok(())
    }

    /// Work on a call begins.
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub fn begin(&mut self, id: CallId, deadline: Instant, tag: T) -> Result<(), Failure> {
        self.admit(id)?;
        self.working.insert(id, (deadline, tag));
        self.deadlines.add(deadline, id);
        Ok(())
    }

    /// The work is done: whether the answer still matters.
    pub fn finish(&mut self, id: CallId, now: Instant) -> bool {
        self.end(id).is_some_and(|(deadline, _)| now < deadline)
    }

    /// A `Cancel` came: what ends the work. Nothing if it is done; there is no reply in either case.
    pub fn cancel(&mut self, id: CallId) -> Option<T> {
        self.end(id).map(|(_, tag)| tag)
    }

    fn end(&mut self, id: CallId) -> Option<(Instant, T)> {
        let ended = self.working.remove(&id)?;
        self.deadlines.ended(id, self.working.len(), |id| self.working.contains_key(&id));
        Some(ended)
    }

    /// The next moment at which [`Self::expire`] has something to say.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| deadline)
    }

    /// Ends the work whose answer nobody waits for any more, oldest deadline first; each is to be answered with
    /// [`Failure::Deadline`], for a caller whose clock is behind.
    pub fn expire(&mut self, now: Instant) -> Vec<(CallId, T)> {
        let mut ended = Vec::new();
        while let Some((deadline, id)) = self.deadlines.first() {
            if now < deadline {
                break;
            }
            if let Some((_, tag)) = self.end(id) {
                ended.push((id, tag));
            }
        }
        ended
    }

    /// The link went: ends all work, in the order of the calls.
    pub fn lose(&mut self) -> Vec<(CallId, T)> {
        self.deadlines.clear();
        let mut ended: Vec<_> = self.working.drain().map(|(id, (_, tag))| (id, tag)).collect();
        ended.sort_by_key(|&(id, _)| id);
        ended
    }

    /// Calls being worked on.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.working.len()
    }
}
