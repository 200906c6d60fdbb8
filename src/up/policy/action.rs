//! What the policy is told and what it wants done, as plain values.

use std::time::Duration;

use super::super::word::Order;
use crate::{
    exit::Failure,
    roles::{NamedStop, Seat},
};

/// How a child ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Exit code 0.
    Clean,
    /// By its own decision, with a name.
    Named(NamedStop),
    /// Killed, or an exit code without a name.
    Crash(String),
}

impl Ending {
    /// In words.
    #[must_use]
    pub fn why(&self) -> String {
        match self {
            Self::Clean => "stopped, but not by ding up".to_owned(),
            Self::Named(stop) => format!("{}: {}", stop.name, stop.text),
            Self::Crash(why) => why.clone(),
        }
    }
}

/// Which of the processes that a seat has while it is being restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The one that has the seat; without a restart the only one.
    Main,
    /// Waits for its turn.
    Standby,
    /// Had it, and still serves its clients.
    Leaving,
}

/// What the driver has to do, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Start the seat's process.
    Spawn(Seat),
    /// End its lifeline: it stops with nothing lost.
    AskStop(Seat, Part),
    /// It did not stop in time.
    Kill(Seat, Part),
    /// All serve for the first time.
    AllReady,
    /// Serves again after it had ended.
    Back(Seat),
    /// It ended and is started again after this pause.
    Restart {
        /// Who.
        seat: Seat,
        /// How it ended.
        why: String,
        /// 0 for at once.
        pause: Duration,
    },
    /// It ended and is not started again; the rest goes on.
    LeftDown {
        /// Who.
        seat: Seat,
        /// Its name and way out.
        stop: NamedStop,
    },
    /// Ask the program on the disk for its version.
    Check,
    /// Start a second process that waits for its turn.
    SpawnStandby(Seat),
    /// A word for one of them.
    Tell(Seat, Part, Order),
    /// From now on the one that stood by has the seat; whoever had it leaves.
    Promote(Seat),
    /// A new process serves in the place of another.
    Replaced {
        /// Whose place.
        seat: Seat,
        /// For so long nobody served; nothing: others did.
        pause: Option<Duration>,
    },
    /// The gateway before it has no client left and ended.
    Left {
        /// Whose place it had.
        seat: Seat,
        /// How long it took.
        after: Duration,
    },
    /// A restart that was asked for is done, or why it is not.
    RestartOver(Result<(), String>),
    /// Everything has ended.
    Finish(Option<Failure>),
}
