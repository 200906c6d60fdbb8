//! The one place of this process that reads a clock.

use std::time::{Instant, SystemTime};

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

/// Milliseconds since 1970; 0 before.
#[expect(clippy::disallowed_methods, reason = "the one place of this process that reads it")]
fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
