//! The door for staff: any thread of the process hands a request to the logic thread and waits for the
//! answer, within a deadline. Bounded: who finds it full is told so. Knows no command line and no HTTP.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use crossbeam_channel::{Sender, bounded};
use proto::link;

pub use crate::logic::staff::StaffError;
use crate::{
    design::Shelf,
    driver::{Inputs, instant},
    logic::{limits::Limits, staff::Ask},
};

/// Handed to [`crate::run`], and cloned for whoever asks. Before game runs and after it has ended, nobody
/// answers: [`StaffError::Starting`].
#[derive(Clone, Debug, Default)]
pub struct Desk {
    door: Arc<Door>,
    shelf: Shelf,
}

#[derive(Debug, Default)]
struct Door {
    inputs: OnceLock<Inputs>,
    open: Arc<AtomicUsize>,
    /// What it was told last: whoever starts goes by it, though it was told before.
    limits: Mutex<Option<Limits>>,
}

/// A request on its way to the logic thread.
#[derive(Debug)]
pub(crate) struct StaffCall {
    pub(crate) ask: Ask,
    pub(crate) deadline: Instant,
    pub(crate) waiting: Waiting,
}

/// The way back to the asker. Its place is held as long as this is.
#[derive(Debug)]
pub(crate) struct Waiting {
    answer: Sender<link::StaffResponse>,
    _place: Place,
}

impl Waiting {
    /// The one answer.
    pub(crate) fn answer(self, response: link::StaffResponse) {
        // There is room for it; the asker may have left.
        let _ = self.answer.try_send(response);
    }
}

/// One of the few places for requests under way.
#[derive(Debug)]
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Desk {
    pub(crate) fn open(&self, inputs: Inputs) {
        let limits = self.door.limits.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(limits) = *limits {
            inputs.limits(limits, bounded(1).0);
        }
        // A second game on one desk would answer to nobody.
        let _ = self.door.inputs.set(inputs);
    }

    /// Has the world go by other limits; before it runs: from its start on. False: it has not said within that time that it
    /// does, and will.
    #[must_use]
    pub fn limit(&self, limits: Limits, patience: Duration) -> bool {
        let (done, is_done) = bounded(1);
        {
            let mut kept = self.door.limits.lock().unwrap_or_else(PoisonError::into_inner);
            *kept = Some(limits);
            let Some(inputs) = self.door.inputs.get() else { return true };
            if !inputs.limits(limits, done) {
                return false;
            }
        }
        is_done.recv_timeout(patience).is_ok()
    }

    /// Where the game's designers' tables are read again.
    #[must_use]
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Asks, and waits for the answer at most that long. An answer that reports success is durable.
    ///
    /// # Errors
    /// Nothing was done, except where it is [`StaffError::Unknown`].
    pub fn ask(
        &self,
        request: link::StaffRequest,
        patience: Duration,
    ) -> Result<link::StaffResponse, StaffError> {
        let ask = Ask::parse(request)?;
        let inputs = self.door.inputs.get().ok_or(StaffError::Starting)?;
        let open = &self.door.open;
        let place = Place(Arc::clone(open));
        if STAFF_CALLS_MAX <= open.fetch_add(1, Relaxed) {
            return Err(StaffError::Busy);
        }
        let (answer, answered) = bounded(1);
        let deadline = instant() + patience;
        if !inputs.staff(StaffCall { ask, deadline, waiting: Waiting { answer, _place: place } }) {
            return Err(StaffError::Starting);
        }
        answered.recv_deadline(deadline + GRACE).map_err(|_| StaffError::Unknown)
    }
}

/// Requests under way, from all askers.
pub(crate) const STAFF_CALLS_MAX: usize = 32;
/// What the logic thread gets to say that a deadline has passed.
const GRACE: Duration = Duration::from_millis(500);
