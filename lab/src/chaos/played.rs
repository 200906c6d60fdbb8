//! The bots that play while something is done to their server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc::{Receiver, RecvTimeoutError, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use super::stack::Stack;
use crate::{clock, error::Error};

/// Bots that play, to be told when it is enough.
pub(super) struct Played {
    done: Receiver<Result<bot::Report, bot::Error>>,
    enough: Arc<AtomicBool>,
}

impl Played {
    /// Bots begin to play.
    pub(super) fn begin(options: bot::Options) -> Self {
        let (end, done) = sync_channel(1);
        let enough = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&enough);
        // Nobody listens any more when the run has failed before.
        thread::spawn(move || drop(end.send(bot::run_until_enough(options, told))));
        Self { done, enough }
    }

    /// They end before their time.
    pub(super) fn end(&self) {
        self.enough.store(true, Relaxed);
    }

    /// A schedule, not a wait for something to happen; fails if the bots end meanwhile.
    pub(super) fn pause_until(&self, at: Instant, stack: &Stack) -> Result<(), Error> {
        match self.done.recv_timeout(at.saturating_duration_since(clock::now())) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Ok(Err(error)) => Err(stack.failed(format!("is up, but the bots say: {error}"))),
            Ok(Ok(_)) | Err(RecvTimeoutError::Disconnected) => {
                Err(stack.failed("was not killed often enough when the bots had ended".to_owned()))
            }
        }
    }

    pub(super) fn report(&self, bound: Duration, stack: &Stack) -> Result<bot::Report, Error> {
        match self.done.recv_timeout(bound) {
            Ok(report) => report.map_err(|error| stack.failed(format!("is up, but the bots say: {error}"))),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                Err(stack.failed(format!("is up, but the bots did not end in {} s", bound.as_secs())))
            }
        }
    }
}
