//! What time it is: the console's only reader of clocks.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// For intervals, as tokio's timers see it.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the one place of this crate that reads it")]
pub(super) fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
