//! Passwords that wait to be hashed. Blocks of addresses take turns, one password each, so that whoever
//! sends many waits behind itself. Knows no connection and no answer.

#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::event::{HASHES_OUT_MAX, HashJob, HashJobId};

/// Where a password comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// See [`super::guests::address_block`].
    pub(crate) block: u128,
    /// Whether that block has a bound of its own.
    pub(crate) is_counted: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct HashQueue {
    /// In the order in which they are served; none is empty.
    lanes: VecDeque<Lane>,
    waiting: usize,
    /// Handed out and not done.
    out: usize,
    /// When the last one was done while others waited, and how long one takes, as far as that was measured.
    done_at: Option<Instant>,
    each: Duration,
    /// When whoever waits may be told its position again.
    pub(crate) tell_at: Option<Instant>,
}

/// What waits of one block.
#[derive(Debug)]
struct Lane {
    block: u128,
    jobs: VecDeque<HashJob>,
}

impl HashQueue {
    /// Passwords that wait or are being hashed (reliability V14).
    pub(crate) const LEN_MAX: usize = 256;
    /// Of one block of addresses.
    pub(crate) const PER_BLOCK_MAX: usize = 64;

    /// Those that wait or are being hashed.
    pub(crate) fn len(&self) -> usize {
        self.waiting + self.out
    }

    pub(crate) fn is_waiting(&self) -> bool {
        0 < self.waiting
    }

    /// Whether one more from there may wait. In a full queue it may, where it waits in place of another
    /// from the block that has most.
    pub(crate) fn has_room(&self, origin: Origin) -> bool {
        let here = self.lane(origin.block).map_or(0, |index| self.lanes[index].jobs.len());
        if origin.is_counted && Self::PER_BLOCK_MAX <= here {
            return false;
        }
        self.len() < Self::LEN_MAX || here + 1 < self.longest().map_or(0, |lane| lane.jobs.len())
    }

    /// Lets it wait; there must be room. Returns the one that has to go for it.
    pub(crate) fn push(&mut self, origin: Origin, job: HashJob) -> Option<HashJobId> {
        debug_assert!(self.has_room(origin));
        let is_full = Self::LEN_MAX <= self.len();
        let displaced = if is_full { self.longest()?.jobs.back().map(id) } else { None };
        if let Some(displaced) = displaced {
            self.remove(displaced);
        }
        self.waiting += 1;
        match self.lane(origin.block) {
            Some(index) => self.lanes[index].jobs.push_back(job),
            None => self.lanes.push_back(Lane { block: origin.block, jobs: VecDeque::from([job]) }),
        }
        displaced
    }

    /// The next one to hash, while not too many are handed out.
    pub(crate) fn hand_out(&mut self) -> Option<HashJob> {
        if HASHES_OUT_MAX <= self.out {
            return None;
        }
        let mut lane = self.lanes.pop_front()?;
        let job = lane.jobs.pop_front()?;
        if !lane.jobs.is_empty() {
            self.lanes.push_back(lane);
        }
        self.waiting -= 1;
        self.out += 1;
        Some(job)
    }

    /// One that was handed out is done.
    pub(crate) fn done(&mut self, now: Instant) {
        self.out = self.out.saturating_sub(1);
        if let Some(before) = self.done_at {
            let took = now.saturating_duration_since(before);
            self.each = if self.each.is_zero() { took } else { (self.each * 7 + took) / 8 };
        }
        // With nobody waiting the next one does not follow at once.
        self.done_at = (0 < self.len()).then_some(now);
    }

    /// How long whoever is at this position will wait, milliseconds; 0: nobody knows.
    pub(crate) fn wait_ms(&self, position: u32) -> u32 {
        u32::try_from((self.each * position).as_millis()).unwrap_or(u32::MAX)
    }

    /// Nobody waits for it any more. False: it is handed out already.
    pub(crate) fn remove(&mut self, gone: HashJobId) -> bool {
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            let Some(place) = lane.jobs.iter().position(|job| id(job) == gone) else { continue };
            lane.jobs.remove(place);
            if lane.jobs.is_empty() {
                self.lanes.remove(index);
            }
            self.waiting -= 1;
            return true;
        }
        false
    }

    /// Those that wait, in the order in which they will be served if nobody comes, and their positions.
    pub(crate) fn positions(&self) -> impl Iterator<Item = (HashJobId, u32)> {
        let rounds = self.longest().map_or(0, |lane| lane.jobs.len());
        let served =
            (0..rounds).flat_map(|round| self.lanes.iter().filter_map(move |lane| lane.jobs.get(round)));
        let first = u32::try_from(self.out).unwrap_or(u32::MAX) + 1;
        served.map(id).zip(first..)
    }

    fn lane(&self, block: u128) -> Option<usize> {
        self.lanes.iter().position(|lane| lane.block == block)
    }

    fn longest(&self) -> Option<&Lane> {
        self.lanes.iter().max_by_key(|lane| lane.jobs.len())
    }
}

/// Whether a client should hear that it is now at `now` after it was told `told`: a quarter nearer or farther.
pub(crate) fn is_notable(told: u32, now: u32) -> bool {
    (told / 4).max(1) <= told.abs_diff(now)
}

fn id(job: &HashJob) -> HashJobId {
    match job {
        HashJob::Make { id, .. } | HashJob::Verify { id, .. } => *id,
    }
}
