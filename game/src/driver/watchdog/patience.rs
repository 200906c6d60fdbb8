//! How long a call has had, by looks at it: what the machine took from it does not count. Knows no clock and no process.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use super::Why;

/// What a call may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) time: Duration,
    /// Looks are at most so far apart. One that comes later does so because the process or the machine stood still.
    pub(super) step: Duration,
    pub(super) memory_bytes: u64,
}

/// One look at the thread that is in the call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) doing: Doing,
    /// The processor's time that it has had in its life.
    pub(super) processor: Duration,
    /// Memory of the process, not swapped out.
    pub(super) resident_bytes: u64,
}

/// What a thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    /// It runs, or would if there were a processor for it.
    Runs,
    /// It waits for something by its own will, a lock or time.
    Waits,
    /// It is stopped, or waits for a disk.
    Held,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Patience {
    bounds: Bounds,
    watched: Option<Watched>,
}

/// The call that was under way at the last look.
#[derive(Debug)]
struct Watched {
    call: u64,
    had: Duration,
    looked: Instant,
    processor: Duration,
    /// At the first look.
    resident_bytes: u64,
}

impl Patience {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, watched: None }
    }

    /// At `now`, this call is under way; why it is given up, if it is. `look` is used only if it lasts.
    pub(super) fn step(
        &mut self,
        now: Instant,
        call: Option<u64>,
        look: impl FnOnce() -> Option<Sample>,
    ) -> Option<Why> {
        let Some(call) = call else {
            self.watched = None;
            return None;
        };
        let sample = look();
        let Some(watched) = self.watched.as_mut().filter(|watched| watched.call == call) else {
            let (processor, resident_bytes) =
                sample.map_or((Duration::ZERO, u64::MAX), |first| (first.processor, first.resident_bytes));
            self.watched =
                Some(Watched { call, had: Duration::ZERO, looked: now, processor, resident_bytes });
            return None;
        };
        let passed = now.saturating_duration_since(watched.looked).min(self.bounds.step);
        watched.looked = now;
        watched.had += match sample {
            Some(Sample { doing: Doing::Runs, processor, .. }) => processor.saturating_sub(watched.processor),
            Some(Sample { doing: Doing::Held, .. }) => Duration::ZERO,
            // Where the system does not tell, time is all there is.
            Some(Sample { doing: Doing::Waits, .. }) | None => passed,
        };
        if let Some(sample) = sample {
            watched.processor = sample.processor;
            if self.bounds.memory_bytes <= sample.resident_bytes.saturating_sub(watched.resident_bytes) {
                return Some(Why::Memory);
            }
        }
        (self.bounds.time <= watched.had).then_some(Why::Stuck)
    }
}
