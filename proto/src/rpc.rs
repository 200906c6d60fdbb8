//! Calls and replies over a link, as values: ids, pipelining, deadlines. Knows no bytes, no sockets and
//! no clock; the driver sends `link_io` records `Call` and `Reply` and passes the time in.

#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, time::Instant};

use rustc_hash::FxHashMap;

use crate::limits::RPC_IN_FLIGHT_MAX;

/// Why a call has no response. The code travels in field `b` of a `Reply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[repr(u64)]
pub enum Failure {
    /// Its deadline passed.
    #[error("deadline passed")]
    Deadline = 1,
    /// The link went away.
    #[error("link lost")]
    LinkLost = 2,
    /// The other side has as many calls as it takes.
    #[error("busy")]
    Busy = 3,
    /// The request did not decode, or the other side does not know it.
    #[error("bad request")]
    BadRequest = 4,
    /// The caller gave up.
    #[error("canceled")]
    Canceled = 5,
}

impl Failure {
    /// The failure with this code; 0 is success and has none.
    #[must_use]
    pub fn from_code(code: u64) -> Option<Self> {
        Some(match code {
            1 => Self::Deadline,
            2 => Self::LinkLost,
            3 => Self::Busy,
            5 => Self::Canceled,
            0 => return None,
            _ => Self::BadRequest,
        })
    }
}

/// Names one call on one link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// The calling side. `T` is what the caller wants back with the response.
#[derive(Debug)]
pub struct Caller<T> {
    next: u64,
    waiting: FxHashMap<CallId, (Instant, T)>,
    deadlines: BTreeSet<(Instant, CallId)>,
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
        Self { next: 1, waiting: FxHashMap::default(), deadlines: BTreeSet::new(), in_flight_max }
    }

    /// Registers a call that has to be answered by `deadline`.
    ///
    /// # Errors
    /// The tag back, if as many calls as allowed are in flight.
    pub fn begin(&mut self, deadline: Instant, tag: T) -> Result<CallId, T> {
        if self.waiting.len() == self.in_flight_max {
            return Err(tag);
        }
        let id = CallId(self.next);
        self.next += 1;
        self.waiting.insert(id, (deadline, tag));
        self.deadlines.insert((deadline, id));
        Ok(id)
    }

    /// A reply came: whose it is. Nothing if that call ended before; its reply is then ignored.
    pub fn finish(&mut self, id: CallId) -> Option<T> {
        let (deadline, tag) = self.waiting.remove(&id)?;
        self.deadlines.remove(&(deadline, id));
        Some(tag)
    }

    /// The next moment at which [`Self::expire`] has something to say.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|&(deadline, _)| deadline)
    }

    /// Ends the calls whose deadline has passed, oldest deadline first.
    pub fn expire(&mut self, now: Instant) -> Vec<(CallId, T)> {
        let mut ended = Vec::new();
        while let Some(&(deadline, id)) = self.deadlines.first() {
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
        let mut ended: Vec<_> = self.waiting.drain().map(|(id, (_, tag))| (id, tag)).collect();
        ended.sort_by_key(|&(id, _)| id);
        ended
    }

    /// Calls without an answer.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.waiting.len()
    }
}

/// The answering side: which calls are being worked on, and until when an answer is of use.
#[derive(Debug)]
pub struct Responder {
    working: FxHashMap<CallId, Instant>,
    in_flight_max: usize,
}

impl Default for Responder {
    fn default() -> Self {
        Self { working: FxHashMap::default(), in_flight_max: RPC_IN_FLIGHT_MAX }
    }
}

impl Responder {
    /// A call came.
    ///
    /// # Errors
    /// [`Failure::Busy`] if as many as allowed are being worked on; [`Failure::BadRequest`] for an id in use.
    pub fn begin(&mut self, id: CallId, deadline: Instant) -> Result<(), Failure> {
        if self.working.contains_key(&id) {
            return Err(Failure::BadRequest);
        }
        if self.working.len() == self.in_flight_max {
            return Err(Failure::Busy);
        }
        self.working.insert(id, deadline);
        Ok(())
    }

    /// The work is done: whether the answer still matters.
    pub fn finish(&mut self, id: CallId, now: Instant) -> bool {
        self.working.remove(&id).is_some_and(|deadline| now < deadline)
    }

    /// Calls being worked on.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.working.len()
    }
}
