//! Whoever looks over a room's shoulder while its code runs: told before each call and after it, and asked how long it
//! took. A call that took too much of the processor closes its room. Knows no clock and no thread: those are the driver's.

#[cfg(test)]
mod tests;

use std::time::Duration;

use proto::{
    ids::{AccountId, RoomId},
    room::input::What,
};

use super::run::{Broken, Stopped};

/// Told of each call of a room, on the thread that makes it. Calls do not lie within each other.
pub(crate) trait RoomWatch: Send {
    /// A room's code runs from here on.
    fn begin(&self, subject: &Subject, calling: &Calling<'_>);

    /// It has returned, or a panic of it was caught: the processor's time of this thread since.
    fn end(&self) -> Duration;
}

/// Which room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) room: RoomId,
    /// As registered.
    pub(crate) kind: &'static str,
    /// After the `#` in its name.
    pub(crate) number: u32,
    pub(crate) lasts: Lasts,
    /// Processor time that one call may take.
    pub(crate) limit: Duration,
}

/// What of it is there after a call that ended the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lasts {
    /// Nothing.
    #[default]
    No,
    /// It is stored, and has to be closed by the next process.
    Room,
    /// It was over before, and was played again: the next process must not do that.
    Replay,
}

/// What for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Calling<'a> {
    /// With these options.
    Open(&'a [u8]),
    /// From this state.
    Load(&'a [u8]),
    Hear(&'a What),
    View(AccountId),
    Snapshot,
    Label,
    Save,
    /// Its state goes.
    Drop,
}

/// The one who watches a world's rooms; nobody until [`Self::by`].
pub(crate) struct Watch(Box<dyn RoomWatch>);

impl Default for Watch {
    fn default() -> Self {
        Self(Box::new(Nobody))
    }
}

impl Watch {
    pub(crate) fn by(watch: Box<dyn RoomWatch>) -> Self {
        Self(watch)
    }

    /// Lets a room hear something, or opens it.
    ///
    /// # Errors
    /// What the call said; `ROOM_SLOW` instead of a success or a refusal that took too long.
    pub(crate) fn hear<T>(
        &self,
        subject: &Subject,
        calling: &Calling<'_>,
        call: impl FnOnce() -> Result<T, Stopped>,
    ) -> Result<T, Stopped> {
        match self.judged(subject, calling, call) {
            (Ok(_) | Err(Stopped::Refused(_)), Some(slow)) => Err(Stopped::Closed(slow)),
            (heard, _) => heard,
        }
    }

    /// Asks a room for something.
    ///
    /// # Errors
    /// What the call said; `ROOM_SLOW` instead of a success that took too long.
    pub(crate) fn look<T>(
        &self,
        subject: &Subject,
        calling: &Calling<'_>,
        call: impl FnOnce() -> Result<T, Broken>,
    ) -> Result<T, Broken> {
        match self.judged(subject, calling, call) {
            (Ok(_), Some(slow)) => Err(slow),
            (seen, _) => seen,
        }
    }

    /// Does again what was done once, when it was judged: however long it takes, as long as it returns.
    pub(crate) fn again<T>(&self, subject: &Subject, calling: &Calling<'_>, call: impl FnOnce() -> T) -> T {
        self.timed(subject, calling, call).0
    }

    /// The same, with how much of the processor it took.
    pub(crate) fn timed<T>(
        &self,
        subject: &Subject,
        calling: &Calling<'_>,
        call: impl FnOnce() -> T,
    ) -> (T, Duration) {
        self.0.begin(subject, calling);
        let returned = call();
        (returned, self.0.end())
    }

    fn judged<T>(
        &self,
        subject: &Subject,
        calling: &Calling<'_>,
        call: impl FnOnce() -> T,
    ) -> (T, Option<Broken>) {
        let (returned, took) = self.timed(subject, calling, call);
        let slow = (subject.limit < took).then(|| Broken {
            name: ROOM_SLOW,
            detail: format!("{took:?} of the processor in one call, {:?} are allowed", subject.limit),
        });
        (returned, slow)
    }
}

/// Sees nothing.
struct Nobody;

impl RoomWatch for Nobody {
    fn begin(&self, _subject: &Subject, _calling: &Calling<'_>) {}

    fn end(&self) -> Duration {
        Duration::ZERO
    }
}

/// A call took longer than it may.
pub(crate) const ROOM_SLOW: &str = "ROOM_SLOW";
/// A call did not return, or ended the process: the room is closed by the next one.
pub(crate) const ROOM_STUCK: &str = "ROOM_STUCK";
