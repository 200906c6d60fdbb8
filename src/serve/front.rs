//! What shows a process to others: its lock, its control socket, its metrics. A gateway that is being replaced lets go of
//! them and goes on serving.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{held, io_failure, plain};
use crate::{
    accept::OpenDoor,
    control,
    data::{DataFolder, Lock, LockError},
    exit::Exit,
    grants::Grants,
    http,
    metrics::{self, config::Listen},
    roles::{NamedStop, Seat},
};

/// See the module.
#[derive(Clone, Debug)]
pub struct Front(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    folder: DataFolder,
    seat: Seat,
    subject: control::server::Subject,
    listen: Listen,
    lock: Option<Lock>,
    control: Option<OpenDoor>,
    metrics: Option<http::Server>,
}

/// A stop, and the exit code that goes with it.
type Stop = (NamedStop, Exit);

impl Front {
    /// Of a process that has nothing yet.
    #[must_use]
    pub fn new(folder: DataFolder, seat: Seat, subject: control::server::Subject, listen: Listen) -> Self {
        let (lock, control, metrics) = (None, None, None);
        Self(Arc::new(Mutex::new(Inner { folder, seat, subject, listen, lock, control, metrics })))
    }

    /// Takes the seat's lock. `takeover`: beside one that has it, which is to end.
    ///
    /// # Errors
    /// Somebody else has it.
    pub fn lock(&self, takeover: bool) -> Result<(), Stop> {
        let mut inner = self.inner();
        let path = inner.folder.role_lock(inner.seat);
        inner.lock = match Lock::take(&path) {
            // Whoever has it ends by losing its place; it may be long in noticing.
            Err(LockError::Held { .. }) if takeover => {
                Lock::take_when_free(path);
                None
            }
            other => Some(other.map_err(|error| plain(&held(inner.seat, &error)))?),
        };
        Ok(())
    }

    /// Opens the control socket and shows metrics; tells where.
    ///
    /// # Errors
    /// The socket cannot be made, or a metrics address that somebody chose cannot be had.
    pub fn open(&self, grants: Option<Grants>) -> Result<Option<SocketAddr>, Stop> {
        let inner = &mut *self.inner();
        let socket = inner.folder.control_socket(inner.seat);
        inner.control = Some(control::server::listen(&socket, inner.subject.clone()).map_err(io_failure)?);
        // Whoever changed settings since they were read could tell nobody here. What is wrong with them is in the log.
        let _ = inner.subject.read_again(CATCH_UP);
        inner.metrics = metrics::listen(inner.listen, &inner.subject.live, grants)?;
        Ok(inner.metrics.as_ref().map(|server| server.address))
    }

    /// Lets go of everything: when it returns, a successor can have it.
    pub fn release(&self) {
        let inner = &mut *self.inner();
        inner.close();
        if let Some(server) = inner.metrics.take() {
            server.door.close();
        }
        // Whoever starts a next life of the folder waits for this.
        inner.lock = Lock::take(&inner.folder.leaving_lock(inner.seat)).ok();
    }

    /// Takes everything again, after the successor has ended.
    pub fn keep(&self) {
        if self.inner().control.is_some() {
            return;
        }
        self.inner().forget_leaving();
        if let Err((stop, _)) = self.lock(false).and_then(|()| self.open(None)) {
            tracing::error!(event = "front.lost", name = stop.name, text = stop.text);
        }
    }

    /// On the way out: gone from the list of who can be asked; the lock is what keeps a second process out.
    pub fn close(&self) {
        let inner = &mut *self.inner();
        if inner.control.is_none() {
            inner.forget_leaving();
        }
        inner.close();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Every change leaves whole parts.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A role that serves takes them in its next turn; one that does not yet, without waiting.
const CATCH_UP: Duration = Duration::from_secs(1);

impl Inner {
    fn forget_leaving(&mut self) {
        let _ = std::fs::remove_file(self.folder.leaving_lock(self.seat));
        self.lock = None;
    }

    fn close(&mut self) {
        // Once it is closed, the path may be a successor's.
        if let Some(control) = self.control.take() {
            let _ = std::fs::remove_file(self.folder.control_socket(self.seat));
            control.close();
        }
    }
}
