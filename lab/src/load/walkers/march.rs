//! Lets all walkers move on a schedule, spread over each tenth of a second, whatever the server does: who is
//! late is late by its own clock.

use std::time::{Duration, Instant};

use super::{Walkers, seen::Others, steps::MOVES_PER_S};
use crate::{
    clock,
    error::LoadError,
    load::pool::{PATIENCE, Pool, TURN_WAIT},
};

/// A crowd on its way.
pub struct March<'a> {
    pool: &'a mut Pool<Walkers>,
    began: Instant,
    /// Moves that were due so far.
    moves: u64,
    /// Between two moves of two walkers.
    pause: Duration,
}

impl<'a> March<'a> {
    /// All are connected.
    ///
    /// # Panics
    /// Of nobody.
    #[must_use]
    pub fn new(pool: &'a mut Pool<Walkers>) -> Self {
        let walkers = u32::try_from(pool.len()).unwrap_or(u32::MAX);
        assert!(0 < walkers, "nobody cannot march");
        Self { pool, began: clock::now(), moves: 0, pause: Duration::from_secs(1) / MOVES_PER_S / walkers }
    }

    /// Until everybody has come to its place.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub fn gather(&mut self) -> Result<(), LoadError> {
        self.pool.codec().spread();
        self.restart();
        let end = clock::now() + PATIENCE;
        while !self.pool.codec().are_there() {
            self.go_on(clock::now() + TURN_WAIT)?;
            if end <= clock::now() {
                return Err(LoadError::Missing { missing: 1, seconds: PATIENCE.as_secs() });
            }
        }
        Ok(())
    }

    /// For so long, from now on.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub fn walk(&mut self, time: Duration) -> Result<(), LoadError> {
        self.restart();
        self.go_on(clock::now() + time)
    }

    /// For so long, counting; who was around whom is the least, and the mean, of several looks.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub fn count(&mut self, time: Duration) -> Result<Others, LoadError> {
        self.pool.codec().count();
        let end = clock::now() + time;
        let (mut least, mut means) = (u32::MAX, Vec::new());
        while clock::now() < end {
            self.go_on(end.min(clock::now() + LOOK_EVERY))?;
            let others = self.pool.codec().others();
            least = least.min(others.least);
            means.push(others.mean);
        }
        #[expect(clippy::cast_precision_loss, reason = "a look every quarter of a second")]
        let mean = means.iter().sum::<f64>() / means.len().max(1) as f64;
        Ok(Others { least, mean })
    }

    fn go_on(&mut self, end: Instant) -> Result<(), LoadError> {
        let walkers = self.pool.len() as u64;
        loop {
            let now = clock::now();
            if end <= now {
                return Ok(());
            }
            let mut due = self.due();
            while due <= now {
                self.pool.codec().due(due);
                self.pool.request(usize::try_from(self.moves % walkers).unwrap_or(0), 1)?;
                self.moves += 1;
                due = self.due();
            }
            self.pool.turn(TURN_WAIT.min(end - now).min(due - now), |_| {})?;
        }
    }

    /// What was due meanwhile is not.
    fn restart(&mut self) {
        (self.began, self.moves) = (clock::now(), 0);
    }

    /// When the next move is to leave.
    fn due(&self) -> Instant {
        self.began + Duration::from_nanos(u64::try_from(self.pause.as_nanos()).unwrap_or(0) * self.moves)
    }
}

const LOOK_EVERY: Duration = Duration::from_millis(250);
