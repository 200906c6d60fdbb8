//! Ends this process when a room's call ends it or will not end: a thread of its own looks at the logic thread's call,
//! writes a note of room and input, and aborts. The next process reads the note and closes that room uncalled.
//! Knows nothing of rooms but what is in the note.

mod fault;
mod notes;
mod patience;
mod sight;
mod slot;

use std::{
    io,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

pub(super) use self::notes::{Noted, Notes};
use self::{
    notes::Writer,
    patience::{Bounds, Patience},
    sight::Sight,
    slot::Slot,
};
use super::clock;

/// The running thread. Dropped, it ends.
pub(super) struct Watchdog {
    /// Its end is what the thread waits for.
    alive: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    slot: Arc<Slot>,
}

/// Why a call ends the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// It has not returned.
    Stuck,
    /// Memory of the process grew by too much during it.
    Memory,
    /// It has used up its stack.
    Stack,
    /// It made the process abort: memory that the system refused, a panic within a panic.
    Aborted,
}

impl Why {
    /// As it stands in a note.
    fn name(self) -> &'static str {
        match self {
            Self::Stuck => "stuck",
            Self::Memory => "memory",
            Self::Stack => "stack",
            Self::Aborted => "aborted",
        }
    }
}

impl Watchdog {
    /// Notes go there; one call may make this process so many bytes larger.
    ///
    /// # Errors
    /// The thread or the handler of faults cannot be made.
    pub(super) fn start(notes: &Notes, memory_bytes: u64) -> io::Result<Self> {
        let slot = Arc::new(Slot::default());
        fault::handle(Arc::clone(&slot))?;
        let (alive, end) = sync_channel(0);
        let mut dog = Dog {
            slot: Arc::clone(&slot),
            writer: notes.writer(),
            patience: Patience::new(Bounds { time: STUCK_AFTER, step: POLL * 2, memory_bytes }),
            sight: None,
        };
        let watch = move || dog.watch(&end);
        let thread = thread::Builder::new().name("game-watchdog".to_owned()).spawn(watch)?;
        Ok(Self { alive: Some(alive), thread: Some(thread), slot })
    }

    /// What the logic thread has to call [`slot::Entrance::enter`] of.
    pub(super) fn entrance(&self) -> slot::Entrance {
        slot::Entrance(Arc::clone(&self.slot))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.alive = None;
        if let Some(thread) = self.thread.take() {
            // A panic of it was told as any.
            let _ = thread.join();
        }
    }
}

struct Dog {
    slot: Arc<Slot>,
    writer: Writer,
    patience: Patience,
    /// Of the logic thread, from the first time that it is looked at.
    sight: Option<Sight>,
}

impl Dog {
    fn watch(&mut self, end: &Receiver<()>) {
        while end.recv_timeout(POLL) == Err(RecvTimeoutError::Timeout) {
            let call = self.slot.under_way();
            let (slot, sight) = (&self.slot, &mut self.sight);
            let look = || {
                if sight.is_none() {
                    *sight = Sight::of(slot.thread()).ok();
                }
                sight.as_ref().and_then(Sight::look)
            };
            let lost = self.patience.step(clock::instant(), call, look);
            if let Some(why) = self.slot.fault().or(lost) {
                self.end_with(why, call);
            }
        }
    }

    /// Does not return, unless the call has in this very moment.
    fn end_with(&mut self, why: Why, call: Option<u64>) {
        // From here on the logic thread cannot begin another call.
        let held = self.slot.call();
        if self.slot.under_way() != call {
            return;
        }
        let written = self.writer.write(&held, why.name(), clock::now().wall_ms);
        let note = match written {
            Ok(()) => self.writer.path().display().to_string(),
            Err(error) => format!("not written: {error}"),
        };
        let (room, kind, number) = (held.room.0, held.kind, held.number);
        tracing::error!(
            event = "room.stuck",
            room,
            kind,
            number,
            why = why.name(),
            input = held.input.what,
            note,
            "this process ends; the next one closes the room"
        );
        std::process::abort();
    }
}

/// Between two looks at the call under way.
const POLL: Duration = Duration::from_millis(50);
/// A call that has had so much time and did not return will not.
const STUCK_AFTER: Duration = Duration::from_secs(2);
