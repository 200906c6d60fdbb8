//! The one place where this process reads a clock.

use std::time::{Duration, Instant};

/// Milliseconds since the process began to serve, the same for all its threads.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    /// Begins at 0.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the driver's clock")]
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// The moment of a time that this clock gave.
    #[must_use]
    pub fn moment(&self, now_ms: u64) -> Instant {
        self.start + Duration::from_millis(now_ms)
    }

    /// Now.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
