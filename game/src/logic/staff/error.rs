//! Why staff is told no. Refusals that players know (of names, passwords, the store) keep their codes.

use crate::logic::{names::NameError, tx::Halt};

/// What is wrong with a request of staff, or with the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StaffError {
    /// A field that is missing, too long or out of bounds.
    #[error("the request is not one that this version understands")]
    BadRequest,
    /// Nobody has that id or name.
    #[error("there is no such account")]
    NoSuchAccount,
    /// A guest has no password.
    #[error("the account is a guest's: give it a name first, ding account bind-guest")]
    NotNamed,
    /// A deleted account.
    #[error("the account was deleted")]
    Erased,
    /// It is not open, or not any more.
    #[error("there is no open room of this id")]
    NoSuchRoom,
    /// Designers know nothing of that number, or no stack so large.
    #[error("there is no such thing, or no stack of it is so large")]
    NoSuchKind,
    /// One letter to many at a time.
    #[error("a letter to many is on its way: wait for its end, or stop it")]
    MailingRuns,
    /// It is not on its way, or not any more.
    #[error("no letter to many of this key is on its way")]
    NoSuchMailing,
    /// As many accounts are frozen as may be.
    #[error("as many accounts are frozen as may be: lift some first")]
    TooManyFrozen,
    /// As many consoles have told of themselves as may.
    #[error("as many consoles have told of themselves as may: their audit logs were moved away too often")]
    TooManyConsoles,
    /// A key that was used for something else.
    #[error("the key was used for something else")]
    KeyUsed,
    /// It does not play: it would not be shown what is said to it.
    #[error("nobody plays this account now: write a letter")]
    NotPlaying,
    /// A name that nobody may have.
    #[error(transparent)]
    Name(NameError),
    /// A wall, or not on the map.
    #[error("nobody can stand there")]
    PlaceNotFree,
    /// As many notes as may be kept of an account are.
    #[error("as many notes are kept of this account as can be: take one away first")]
    NotesFull,
    /// It was taken away, or is of another account.
    #[error("there is no such note")]
    NoSuchNote,
    /// Accounts are not loaded yet.
    #[error("game is not ready yet: try again")]
    Starting,
    /// The deadline passed before it began: nothing was done.
    #[error("nothing was done in time: is dbfront well, is the database?")]
    TooLate,
    /// The database had not taken in all that was done before a page was asked for, and the page waits for that.
    #[error(
        "the database is away or behind, so this cannot be shown yet: nothing is lost; try again when it is well"
    )]
    Behind,
    /// As many requests as may be under way are.
    #[error("too many requests at a time: try again")]
    Busy,
    /// No answer within the deadline: it may have been done, or may still be.
    #[error("no answer in time: it may or may not have been done; look before asking again")]
    Unknown,
}

impl StaffError {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::BadRequest,
        Self::NoSuchAccount,
        Self::NotNamed,
        Self::Erased,
        Self::NoSuchRoom,
        Self::NoSuchKind,
        Self::MailingRuns,
        Self::NoSuchMailing,
        Self::TooManyFrozen,
        Self::TooManyConsoles,
        Self::KeyUsed,
        Self::NotPlaying,
        Self::PlaceNotFree,
        Self::NotesFull,
        Self::NoSuchNote,
        Self::Starting,
        Self::TooLate,
        Self::Behind,
        Self::Busy,
        Self::Unknown,
    ];

    /// Stable: `StaffResponse.error`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::NoSuchAccount => "no_such_account",
            Self::NotNamed => "not_named",
            Self::Erased => "account_deleted",
            Self::NoSuchRoom => "room_not_open",
            Self::NoSuchKind => "no_such_kind",
            Self::MailingRuns => "mailing_runs",
            Self::NoSuchMailing => "no_such_mailing",
            Self::TooManyFrozen => "too_many_frozen",
            Self::TooManyConsoles => "too_many_consoles",
            Self::KeyUsed => "key_used",
            Self::NotPlaying => "not_playing",
            Self::Name(error) => error.code(),
            Self::PlaceNotFree => "place_not_free",
            Self::NotesFull => "notes_full",
            Self::NoSuchNote => "no_such_note",
            Self::Starting => "starting",
            Self::TooLate => "too_late",
            Self::Behind => "store_behind",
            Self::Busy => "busy",
            Self::Unknown => "outcome_unknown",
        }
    }
}

impl From<StaffError> for Halt {
    fn from(error: StaffError) -> Self {
        Self::Reject(error.code())
    }
}
