//! Identifiers and positions that cross a process border: newtypes so that two of them never compare.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// One client connection of one gateway thread: slot in the low 32 bits, generation in the high,
    /// so that a late reply for a closed connection never reaches the next tenant of its slot.
    ConnId
}
id! {
    /// One gateway I/O thread's link to game, given by game, never reused within its life.
    LinkId
}
id! {
    /// An account: 63 bits, the line in bits 62–55; 0 is nobody.
    AccountId
}
id! {
    /// A set of connections that hear the same packets. Given by game; a group lives in one game process.
    GroupId
}
id! {
    /// A room of this game process.
    RoomId
}
id! {
    /// Position in the one total order of records: dense, from 1; 0 means "before the first".
    Lsn
}
id! {
    /// Grows each time a game process becomes the writer.
    Epoch
}

impl Lsn {
    /// The position after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
