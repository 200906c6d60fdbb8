//! The one place where this process reads clocks.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// For waiting and for silence.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the driver's clock")]
pub fn now() -> Instant {
    Instant::now()
}

/// For what people read: milliseconds since 1970.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the driver's clock")]
pub fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
