//! What the tests of this process share.

use std::time::Instant;

/// The moment at which a test's time begins.
#[expect(clippy::disallowed_methods, reason = "an Instant can be made in no other way; tests only add to it")]
pub(crate) fn start() -> Instant {
    Instant::now()
}
