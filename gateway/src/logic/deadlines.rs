//! When to look at which connection next: one entry a connection, in order of time. A deadline that
//! moves away (every byte heard moves one) stays where it is and is looked at in vain once; only an
//! earlier one is moved. So an event costs nothing here, and a turn looks only at what is due.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::ConnKey;

/// "No deadline".
pub const NEVER_MS: u64 = u64::MAX;

/// The ordered set of deadlines.
#[derive(Debug, Default)]
pub struct Deadlines {
    set: BTreeSet<(u64, ConnKey)>,
}

impl Deadlines {
    /// Moves a connection's entry from `armed_ms`, where it was, to `at_ms` if that is earlier.
    pub fn advance(&mut self, key: ConnKey, armed_ms: &mut u64, at_ms: u64) {
        if at_ms < *armed_ms {
            self.disarm(key, armed_ms);
            self.set.insert((at_ms, key));
            *armed_ms = at_ms;
        }
    }

    /// Removes a connection's entry.
    pub fn disarm(&mut self, key: ConnKey, armed_ms: &mut u64) {
        if *armed_ms != NEVER_MS {
            let was_there = self.set.remove(&(*armed_ms, key));
            debug_assert!(was_there, "an armed deadline is in the set");
            *armed_ms = NEVER_MS;
        }
    }

    /// Takes the next connection whose deadline has come; the caller sets its `armed_ms` to [`NEVER_MS`].
    pub fn take_due(&mut self, now_ms: u64) -> Option<ConnKey> {
        let &(at_ms, key) = self.set.first()?;
        if now_ms < at_ms {
            return None;
        }
        self.set.pop_first();
        Some(key)
    }

    /// The earliest deadline.
    #[must_use]
    pub fn next_ms(&self) -> Option<u64> {
        self.set.first().map(|&(at_ms, _)| at_ms)
    }

    /// Connections with a deadline.
    #[must_use]
    pub fn len(&self) -> usize {
        self.set.len()
    }

    /// None has one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }
}
