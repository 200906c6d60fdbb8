//! Orders of people to a running gateway, from any thread. Knows no control socket.

use std::{
    io,
    os::unix::net::UnixStream,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Handed to [`crate::run_with`], and cloned for whoever gives them.
#[derive(Clone, Debug, Default)]
pub struct Orders(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    is_leaving: bool,
    /// Its end is what the I/O threads wait for. None before they run, and once they are to leave.
    held: Option<UnixStream>,
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

    /// What ends when the gateway is to leave.
    pub(super) fn open(&self) -> io::Result<UnixStream> {
        let (held, waited) = UnixStream::pair()?;
        let mut state = self.lock();
        state.held = (!state.is_leaving).then_some(held);
        Ok(waited)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change leaves a whole state.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
