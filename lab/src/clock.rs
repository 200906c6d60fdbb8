//! The lab's one reading of the clock.

use std::time::Instant;

/// Now.
#[expect(clippy::disallowed_methods, reason = "a measuring tool reads the clock, and only here")]
#[must_use]
pub(crate) fn now() -> Instant {
    Instant::now()
}
