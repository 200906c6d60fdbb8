//! The one place of this process that reads a clock.

use std::time::{Duration, Instant, SystemTime};

use rustix::time::{ClockId, clock_gettime};

use crate::logic::event::Now;

/// Both clocks at once, for one turn.
pub(super) fn now() -> Now {
    Now { instant: instant(), wall_ms: wall_ms() }
}

/// The steady clock.
#[expect(clippy::disallowed_methods, reason = "the one place of this process that reads it")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// Time of the processor that this thread has used.
pub(super) fn processor() -> Duration {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    let part = |part: i64| u64::try_from(part).unwrap_or_default();
    Duration::from_secs(part(used.tv_sec)) + Duration::from_nanos(part(used.tv_nsec))
}

/// Milliseconds since 1970; 0 before.
#[expect(clippy::disallowed_methods, reason = "the one place of this process that reads it")]
fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
