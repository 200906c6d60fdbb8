//! Orders of people to a running gateway, from any thread. Knows no control socket.

use std::{
    io,
    os::unix::net::UnixStream,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::config::Live;

/// Handed to [`crate::run_with`], and cloned for whoever gives them.
#[derive(Clone, Debug, Default)]
pub struct Orders(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    /// How often limits were given: what a turn looks at, without the lock.
    changes: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    is_leaving: bool,
    /// Its end is what the I/O threads wait for. None before they run, and once they are to leave.
    held: Option<UnixStream>,
    live: Option<Live>,
}

impl Orders {
    /// Lets nobody in any more, asks whoever plays to go over to another gateway, serves them until they have, and then
    /// ends, after 30 s at the latest. An order given before the gateway runs is carried out when it does; a second one
    /// changes nothing.
    pub fn leave(&self) {
        let mut state = self.lock();
        state.is_leaving = true;
        state.held = None;
    }

    /// Other limits, which hold from each thread's next turn on: within a second. Given before the gateway runs they hold
    /// from its start.
    pub fn limit(&self, live: Live) {
        self.lock().live = Some(live);
        self.0.changes.fetch_add(1, Ordering::Release);
    }

    /// The limits to go by, if they were given since `seen`, which becomes up to date.
    pub(super) fn limits_since(&self, seen: &mut u64) -> Option<Live> {
        let changes = self.0.changes.load(Ordering::Acquire);
        if std::mem::replace(seen, changes) == changes {
            return None;
        }
        self.lock().live
    }

    /// What ends when the gateway is to leave.
    pub(super) fn open(&self) -> io::Result<UnixStream> {
        let (held, waited) = UnixStream::pair()?;
        let mut state = self.lock();
        state.held = (!state.is_leaving).then_some(held);
        Ok(waited)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change leaves a whole state.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
