//! What a lasting player is told, and what its driver is to do next. Knows no states.

use std::time::Duration;

use proto::{client::LoggedIn, close::CloseReason};

use crate::logic::{
    fate::Fate,
    lasting::commands::CommandId,
    session::CommandError,
    types::{Closed, Outcome, Push},
};

/// What a driver hands to whoever waits for it.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// The login that was asked for succeeded.
    LoggedIn(LoggedIn),
    /// It did not; another may follow.
    LoginRefused {
        /// Stable code of the server.
        name: String,
        /// For people.
        detail: String,
        /// Milliseconds that the server asks to wait before another try; 0: no wish.
        retry_after_ms: u32,
    },
    /// A command has its answer.
    Answered {
        /// Which.
        id: CommandId,
        /// The number that it had.
        cseq: u64,
        /// The answer.
        outcome: Outcome,
    },
    /// A command will have no answer; this became of it.
    Fate {
        /// Which.
        id: CommandId,
        /// Its number when it was sent.
        cseq: u64,
        /// Done or not.
        fate: Fate,
    },
    /// A command cannot be sent to this server; it was not.
    Unsendable {
        /// Which.
        id: CommandId,
        /// Why.
        error: CommandError,
    },
    /// For the program as a whole.
    News(News),
}

/// What happens to a player beyond its own commands, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// Something that the server tells.
    Push(Push),
    /// The server's game process is away. The connection lives; commands wait.
    Paused,
    /// The connection died; the client is about to come back. Commands wait.
    Away {
        /// Why; nothing if the server only wants it on another connection.
        closed: Option<Closed>,
    },
    /// Coming in waits for others.
    LoginQueued {
        /// From 1.
        position: u32,
        /// Milliseconds, as far as the server has measured it; 0: not known.
        wait_ms: u32,
    },
    /// The session goes on: every packet that must arrive has come or follows, and all commands have or get their
    /// answers.
    Resumed {
        /// Packets that the server sends again.
        missed: u32,
        /// Commands that the client sends again, with their numbers.
        sent_again: usize,
    },
    /// The game process was another one: the player is in no room but one that keeps its seat, and its character not in
    /// the world. The fates of commands were told; the way back to where the player was begins. If `LoggedIn.room` is
    /// not 0 its seat was kept: [`Push::RoomBack`] follows, then what the room shows. A quick match is to be asked for
    /// again.
    Reset(LoggedIn),
    /// The session could not go on, and the client has logged in anew. Otherwise as after a reset.
    LoggedInAgain(LoggedIn),
    /// Right behind one of these two: the player had a seat that the server keeps, and has it no more, for the room is
    /// over. Nothing else will come of it. (A seat that nobody keeps is told right behind a reset as [`Push::RoomLeft`],
    /// `restarted`, before the way back leads into another room of that name.)
    RoomGone {
        /// Its number.
        room: u64,
    },
    /// A step of the way back was answered: `CHAR_ENTER` or `ROOM_JOIN`, with the result that the command has.
    WentBack {
        /// The command's kind.
        kind: u32,
        /// OK, or rejected: then the player is not there, and that is that.
        outcome: Outcome,
    },
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The server said why.
    Closed(Closed),
    /// The server broke the protocol.
    Broken,
    /// It died, was silent, or could not be made.
    Lost,
    /// The server refused a login for now.
    Refused {
        /// How long it asks to stay away; zero: no wish.
        after: Duration,
    },
    /// The server asked for another connection.
    Moved,
}

/// What to do after the end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Connect anew after so long.
    Connect {
        /// From now.
        after: Duration,
    },
    /// Nothing: this end is final.
    Over,
}

/// What to do after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Go on with the connection.
    Stay,
    /// Drop the connection, for this reason, and ask what is next.
    Leave(Cut),
    /// Nothing lets the player in any more: this is final.
    Over {
        /// Why, as the server names it.
        name: String,
        /// For people.
        detail: String,
    },
}

impl Cut {
    /// Whether a client comes back after this.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Closed(closed) => closed.reason.is_some_and(|reason| FINAL.contains(&reason)),
            Self::Broken | Self::Lost | Self::Refused { .. } | Self::Moved => false,
        }
    }

    /// How long the server asks to stay away.
    #[must_use]
    pub fn retry_after(&self) -> Duration {
        match self {
            Self::Closed(closed) => Duration::from_millis(closed.retry_after_ms.into()),
            Self::Refused { after } => *after,
            Self::Broken | Self::Lost | Self::Moved => Duration::ZERO,
        }
    }
}

/// Somebody meant the player to be gone, or it cannot be understood here.
const FINAL: [CloseReason; 6] = [
    CloseReason::Superseded,
    CloseReason::Kicked,
    CloseReason::Banned,
    CloseReason::LoggedOut,
    CloseReason::Version,
    CloseReason::ClientTooOld,
];
