//! The only place of this crate that reads a clock.

use std::time::Instant;

/// Now, as tokio's timers see it.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
