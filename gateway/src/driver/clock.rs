//! The one place where this process reads a clock.

use std::{sync::OnceLock, time::Instant};

/// Milliseconds since the process began to serve, the same for all its threads.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

/// Nanoseconds since this was first asked, for how long something small takes.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the driver's clock")]
pub fn nanoseconds() -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    u64::try_from(FIRST.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

impl Clock {
    /// Begins at 0.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the driver's clock")]
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Now.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.ms_at(self.now())
    }

    /// Now, for how long something takes.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.start + self.start.elapsed()
    }

    /// A moment as a time of this clock.
    #[must_use]
    pub fn ms_at(&self, moment: Instant) -> u64 {
        u64::try_from(moment.saturating_duration_since(self.start).as_millis()).unwrap_or(u64::MAX)
    }
}
