//! What became of a command whose connection died before its answer. Knows only the two numbers that
//! every login carries.

#[cfg(test)]
mod tests;

use proto::{client::LoggedIn, limits::UNANSWERED_MAX};

/// Where an account's commands stand, as durable as what they did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sequence {
    /// The last number that counts as used.
    pub cseq_last: u64,
    /// Bit `i`: command `cseq_last - i` was answered OK.
    pub cseq_ok: u64,
}

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It was executed, and what it did will stay.
    Happened,
    /// It was not, and will not be: the number is used up or free again. A retry is a new command.
    DidNot,
    /// Too long ago for the 64 bits; or the account was used from elsewhere since.
    Unknown,
}

impl Fate {
    /// Stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Happened => "happened",
            Self::DidNot => "did_not",
            Self::Unknown => "unknown",
        }
    }
}

impl Sequence {
    /// As a login tells it.
    #[must_use]
    pub fn of(logged_in: &LoggedIn) -> Self {
        Self { cseq_last: logged_in.cseq_last, cseq_ok: logged_in.cseq_ok }
    }

    /// The fate of command `cseq` of an earlier session that got no answer. Only the first login after
    /// that session can tell: later ones may have given the number to another command.
    ///
    /// A command that wrote nothing (reading, chat) may be told as `DidNot` although it was executed:
    /// its number was not durable when the server died.
    #[must_use]
    pub fn fate(&self, cseq: u64) -> Fate {
        let Some(back) = self.cseq_last.checked_sub(cseq) else {
            return Fate::DidNot;
        };
        if cseq == 0 || back >= UNANSWERED_MAX as u64 {
            return Fate::Unknown;
        }
        if self.cseq_ok >> back & 1 == 1 { Fate::Happened } else { Fate::DidNot }
    }
}
