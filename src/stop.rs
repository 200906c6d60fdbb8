//! The one way to ask a role of this process to stop: its end of a socket pair is dropped, or says that
//! a successor waits.

use std::{
    io::Write,
    os::unix::net::UnixStream,
    sync::{Arc, Mutex, PoisonError},
};

use crate::roles::HAND_OVER;

/// Ends a role once, whoever asks first.
#[derive(Clone, Debug)]
pub struct Stopper {
    ours: Arc<Mutex<Ours>>,
}

#[derive(Debug)]
struct Ours {
    socket: Option<UnixStream>,
    reason: &'static str,
}

impl Stopper {
    /// The stopper, and the end that the role watches.
    ///
    /// # Errors
    /// No descriptors left.
    pub fn new() -> std::io::Result<(Self, UnixStream)> {
        let (ours, theirs) = UnixStream::pair()?;
        let ours = Ours { socket: Some(ours), reason: "own" };
        Ok((Self { ours: Arc::new(Mutex::new(ours)) }, theirs))
    }

    /// Asks the role to stop; later calls change nothing.
    pub fn stop(&self, reason: &'static str) {
        let mut ours = self.ours.lock().unwrap_or_else(PoisonError::into_inner);
        if ours.socket.take().is_some() {
            ours.reason = reason;
        }
    }

    /// Asks game to stop and to leave its clients to a successor. Whoever asked before has asked for more.
    pub fn hand_over(&self) {
        let mut ours = self.ours.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(socket) = &mut ours.socket {
            // Nobody at the other end: it has stopped.
            let _ = socket.write_all(&[HAND_OVER]);
            ours.reason = "hand-over";
        }
    }

    /// Who asked; `own` if nobody did.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.ours.lock().unwrap_or_else(PoisonError::into_inner).reason
    }
}
