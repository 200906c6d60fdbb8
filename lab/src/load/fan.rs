//! Fan-out: the first two connections publish bursts, every connection hears them all. Each publisher
//! has one burst in flight and sends the next when every member has heard the whole of it, so two bursts
//! are on their way at any time and no queue grows.

use std::time::{Duration, Instant};

use super::{
    Codec, PUBLISHERS,
    depth::Counted,
    pool::{PATIENCE, Pool, TURN_WAIT},
};
use crate::{clock, error::LoadError};

/// How a run goes.
#[derive(Clone, Copy, Debug)]
pub struct FanOptions {
    /// Messages that leave in one write.
    pub burst: u32,
    /// The publisher's requests are answered too (as commands are).
    pub answered: bool,
    /// Not counted.
    pub warm: Duration,
    /// Counted.
    pub window: Duration,
}

/// Runs warm-up and window and takes back what is on its way. Counts deliveries.
///
/// # Errors
/// See [`LoadError`].
pub fn run<C: Codec>(pool: &mut Pool<C>, options: FanOptions) -> Result<Counted, LoadError> {
    let now = clock::now();
    let mut fan = Fan {
        options,
        members: pool.len() as u64,
        due: [Due::default(); PUBLISHERS],
        heard: 0,
        progress_at: now,
    };
    for publisher in 0..PUBLISHERS {
        fan.publish(pool, publisher)?;
    }
    fan.until(pool, now + options.warm)?;
    let (start, before) = (clock::now(), fan.heard);
    let end = fan.until(pool, start + options.window)?;
    let counted = Counted { count: fan.heard - before, elapsed: end - start };
    while !fan.due.iter().all(|due| due.is_done()) {
        fan.turn(pool, TURN_WAIT)?;
    }
    Ok(counted)
}

/// What a publisher's burst still lacks.
#[derive(Clone, Copy, Default)]
struct Due {
    deliveries: u64,
    answers: u32,
}

impl Due {
    fn is_done(self) -> bool {
        self.deliveries == 0 && self.answers == 0
    }
}

struct Fan {
    options: FanOptions,
    members: u64,
    due: [Due; PUBLISHERS],
    heard: u64,
    progress_at: Instant,
}

impl Fan {
    fn publish<C: Codec>(&mut self, pool: &mut Pool<C>, publisher: usize) -> Result<(), LoadError> {
        let FanOptions { burst, answered, .. } = self.options;
        self.due[publisher] =
            Due { deliveries: u64::from(burst) * self.members, answers: if answered { burst } else { 0 } };
        pool.request(publisher, burst)
    }

    fn until<C: Codec>(&mut self, pool: &mut Pool<C>, end: Instant) -> Result<Instant, LoadError> {
        loop {
            let now = clock::now();
            if end <= now {
                return Ok(now);
            }
            self.turn(pool, TURN_WAIT.min(end - now))?;
            for publisher in 0..PUBLISHERS {
                if self.due[publisher].is_done() {
                    self.publish(pool, publisher)?;
                }
            }
        }
    }

    fn turn<C: Codec>(&mut self, pool: &mut Pool<C>, wait: Duration) -> Result<(), LoadError> {
        let before = self.heard;
        pool.turn(wait, |touched| {
            let received = touched.received;
            for (due, heard) in self.due.iter_mut().zip(received.heard) {
                due.deliveries = due.deliveries.saturating_sub(heard.into());
                self.heard += u64::from(heard);
            }
            if let Some(due) = self.due.get_mut(touched.index) {
                due.answers = due.answers.saturating_sub(received.answers);
            }
        })?;
        let now = clock::now();
        if before < self.heard {
            self.progress_at = now;
        } else if PATIENCE < now - self.progress_at {
            let missing = self.due.iter().map(|due| due.deliveries + u64::from(due.answers)).sum();
            return Err(LoadError::Missing { missing, seconds: PATIENCE.as_secs() });
        }
        Ok(())
    }
}
