//! What staff has opened to see secrets of players in it: which match or room, by whose session, since when. Knows neither
//! matches nor rooms.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::logic::sessions::Key;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Opened(Mutex<Vec<(Key, u64, Instant)>>);

impl Opened {
    /// From now on for a while, however often it was before.
    pub(super) fn add(&self, session: Key, id: u64, now: Instant) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(its, of, at)| {
            now.saturating_duration_since(*at) < OPEN_FOR && (*its, *of) != (session, id)
        });
        if all.len() == OPENED_MAX {
            all.remove(0);
        }
        all.push((session, id, now));
    }

    /// Whether this session did so a while ago at most.
    pub(super) fn has(&self, session: Key, id: u64, now: Instant) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().any(|(its, of, at)| {
            (*its, *of) == (session, id) && now.saturating_duration_since(*at) < OPEN_FOR
        })
    }
}

/// As long as one is looked at without saying why again.
const OPEN_FOR: Duration = Duration::from_secs(30 * 60);
/// Of all sessions together; the oldest has to be opened again.
const OPENED_MAX: usize = 256;
