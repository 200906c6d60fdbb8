//! The calling side of a link. Knows no requests and no responses.

use std::time::Instant;

use super::{CallId, PLACE_BITS, PLACES_MAX, deadlines::Deadlines};
use crate::limits::RPC_IN_FLIGHT_MAX;

/// Which calls have no answer. `T` is what the caller wants back with the response.
///
/// An id is the number of the call and the place in which it waits, so that a reply finds it without a search.
#[derive(Debug)]
pub struct Caller<T> {
    made: u64,
    places: Places<T>,
    free: Vec<u16>,
    /// Calls without an answer; the other places are free or kept.
    in_flight: usize,
    deadlines: Deadlines,
    in_flight_max: usize,
}

#[derive(Debug)]
struct Places<T>(Vec<Option<(CallId, T)>>);

impl<T> Default for Caller<T> {
    fn default() -> Self {
        Self::new(RPC_IN_FLIGHT_MAX)
    }
}

impl<T> Caller<T> {
    /// With room for so many calls at a time, at most 65,536.
    #[must_use]
    pub fn new(in_flight_max: usize) -> Self {
        Self {
            made: 0,
            places: Places(Vec::new()),
            free: Vec::new(),
            in_flight: 0,
            deadlines: Deadlines::default(),
            in_flight_max: in_flight_max.min(PLACES_MAX),
        }
    }

    /// Registers a call that has to be answered by `deadline`.
    ///
    /// # Errors
    /// The tag back, if as many calls as allowed are in flight, or 65,536 with those whose places are kept:
    /// [`super::Failure::Busy`].
    #[inline]
    pub fn begin(&mut self, deadline: Instant, tag: T) -> Result<CallId, T> {
        if self.in_flight == self.in_flight_max {
            return Err(tag);
        }
        let fresh = u16::try_from(self.places.0.len());
        let Some(place) = self.free.pop().or(fresh.ok()) else { return Err(tag) };
        self.made += 1;
        self.in_flight += 1;
        let id = CallId(self.made << PLACE_BITS | u64::from(place));
        match self.places.0.get_mut(usize::from(place)) {
            Some(free) => *free = Some((id, tag)),
            None => self.places.0.push(Some((id, tag))),
        }
        self.deadlines.add(deadline, id);
        Ok(id)
    }

    /// A reply came: whose it is. Nothing if that call ended before; its reply is then ignored.
    #[inline]
    pub fn finish(&mut self, id: CallId) -> Option<T> {
        let tag = self.end(id)?;
        self.vacate(id);
        Some(tag)
    }

    /// As [`Self::finish`], but its place ([`CallId::place`]) is given to no other call until [`Self::vacate`], so that who
    /// called finds there what became of it.
    #[inline]
    pub fn end(&mut self, id: CallId) -> Option<T> {
        let place = self.places.0.get_mut(id.place())?;
        let (_, tag) = place.take_if(|(waiting, _)| *waiting == id)?;
        self.in_flight -= 1;
        self.deadlines.ended(id, self.in_flight, |id| self.places.has(id));
        Some(tag)
    }

    /// The place of a call that [`Self::end`] or [`Self::expire_kept`] ended is free: once for each, and of no use after
    /// [`Self::lose`].
    #[inline]
    pub fn vacate(&mut self, id: CallId) {
        // After `lose` there is no place.
        if id.place() < self.places.0.len()
            && let Ok(place) = u16::try_from(id.place())
        {
            self.free.push(place);
        }
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
        let ended = self.expire_kept(now);
        ended.iter().for_each(|&(id, _)| self.vacate(id));
        ended
    }

    /// As [`Self::expire`], but the places stay taken as with [`Self::end`].
    pub fn expire_kept(&mut self, now: Instant) -> Vec<(CallId, T)> {
        let mut ended = Vec::new();
        while let Some((deadline, id)) = self.deadlines.first() {
            if now < deadline {
                break;
            }
            if let Some(tag) = self.end(id) {
                ended.push((id, tag));
            }
        }
        ended
    }

    /// The link went: ends every call, in the order they were made.
    pub fn lose(&mut self) -> Vec<(CallId, T)> {
        self.deadlines.clear();
        self.free.clear();
        self.in_flight = 0;
        let mut ended: Vec<_> = self.places.0.drain(..).flatten().collect();
        ended.sort_by_key(|&(id, _)| id);
        ended
    }

    /// Calls without an answer.
    #[must_use]
    #[inline]
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }
}

impl<T> Places<T> {
    #[inline]
    fn has(&self, id: CallId) -> bool {
        let place = self.0.get(id.place()).and_then(Option::as_ref);
        place.is_some_and(|(waiting, _)| *waiting == id)
    }
}
