//! Keeps a fixed number of requests in flight on every connection and counts the answers of a window.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::{
    Codec,
    pool::{PATIENCE, Pool, TURN_WAIT},
};
use crate::{clock, error::LoadError};

/// How a run goes.
#[derive(Clone, Copy, Debug)]
pub struct DepthOptions {
    /// Requests in flight on each connection.
    pub depth: u32,
    /// Not counted.
    pub warm: Duration,
    /// Counted.
    pub window: Duration,
}

/// What a window saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Events of its kind, each checked.
    pub count: u64,
    /// How long it really was.
    pub elapsed: Duration,
}

impl Counted {
    /// Events a second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts of a window are far below 2⁵²")]
    pub fn per_s(self) -> f64 {
        self.count as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }
}

/// Runs warm-up and window, then takes back every answer that is still due, so that the next run starts
/// from silence.
///
/// # Errors
/// See [`LoadError`].
pub fn run<C: Codec>(pool: &mut Pool<C>, options: DepthOptions) -> Result<Counted, LoadError> {
    let mut flight = Flight { due: 0, answers: 0, progress_at: clock::now() };
    for index in 0..pool.len() {
        pool.request(index, options.depth)?;
        flight.due += u64::from(options.depth);
    }
    flight.until(pool, clock::now() + options.warm)?;
    let (start, before) = (clock::now(), flight.answers);
    let end = flight.until(pool, start + options.window)?;
    let counted = Counted { count: flight.answers - before, elapsed: end - start };
    flight.drain(pool)?;
    Ok(counted)
}

/// Sends one request at a time on the first connection, `warm` uncounted and then `count` measured.
/// The histogram is in nanoseconds.
///
/// # Errors
/// See [`LoadError`].
pub fn run_lone<C: Codec>(pool: &mut Pool<C>, warm: u32, count: u32) -> Result<Histogram<u64>, LoadError> {
    let Ok(mut histogram) = Histogram::new_with_bounds(1, LONE_NS_MAX, 3) else {
        return Err(LoadError::WrongReply { index: 0, what: "no histogram of these bounds".to_owned() });
    };
    for number in 0..warm + count {
        let start = clock::now();
        let mut flight = Flight { due: 1, answers: 0, progress_at: start };
        pool.request(0, 1)?;
        flight.drain(pool)?;
        if number >= warm {
            let ns = u64::try_from(start.elapsed().as_nanos()).unwrap_or(LONE_NS_MAX);
            histogram.saturating_record(ns);
        }
    }
    Ok(histogram)
}

struct Flight {
    /// Requests without an answer, all connections together.
    due: u64,
    answers: u64,
    progress_at: Instant,
}

impl Flight {
    /// Replaces every answer by a new request until the time has come; returns when that was seen.
    fn until<C: Codec>(&mut self, pool: &mut Pool<C>, end: Instant) -> Result<Instant, LoadError> {
        loop {
            let now = clock::now();
            if end <= now {
                return Ok(now);
            }
            let before = self.answers;
            pool.turn(TURN_WAIT.min(end - now), |touched| {
                let answers = touched.received.answers;
                self.answers += u64::from(answers);
                if answers > 0 {
                    touched.request(answers);
                }
            })?;
            self.progress(before, now)?;
        }
    }

    /// Waits for what is due.
    fn drain<C: Codec>(&mut self, pool: &mut Pool<C>) -> Result<(), LoadError> {
        while self.due > 0 {
            let before = self.answers;
            pool.turn(TURN_WAIT, |touched| {
                self.answers += u64::from(touched.received.answers);
                self.due = self.due.saturating_sub(touched.received.answers.into());
            })?;
            self.progress(before, clock::now())?;
        }
        Ok(())
    }

    fn progress(&mut self, before: u64, now: Instant) -> Result<(), LoadError> {
        if before < self.answers {
            self.progress_at = now;
        } else if PATIENCE < now.saturating_duration_since(self.progress_at) {
            return Err(LoadError::Missing { missing: self.due, seconds: PATIENCE.as_secs() });
        }
        Ok(())
    }
}

const LONE_NS_MAX: u64 = 60_000_000_000;
