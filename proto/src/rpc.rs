//! Calls and replies over a link, as values: ids, pipelining, deadlines, cancellation. Knows no bytes, no
//! sockets and no clock; a driver sends `link_io` records `Call`, `Reply` and `Cancel` and passes the time in.
//!
//! A link has a [`Caller`] and a [`Responder`] at each end, so both ends call. Every call ends once, at the
//! caller: with its reply, at its deadline, canceled, or with the link. Who ends a call before its reply tells the
//! other side, so that a call that the caller counts no more is not worked on either.

mod caller;
mod deadlines;
mod responder;
#[cfg(test)]
mod tests;

pub use caller::Caller;
pub use responder::Responder;

/// Why a call has no response. The code travels in field `b` of a `Reply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[repr(u64)]
pub enum Failure {
    /// Its deadline passed.
    #[error("deadline passed")]
    Deadline = 1,
    /// The link went away.
    #[error("link lost")]
    LinkLost = 2,
    /// This side has as many calls, or the other as much work, as it takes.
    #[error("busy")]
    Busy = 3,
    /// The request did not decode, or the other side does not know it.
    #[error("bad request")]
    BadRequest = 4,
    /// The caller gave up.
    #[error("canceled")]
    Canceled = 5,
    /// The request, or the response, is longer than a link record may be.
    #[error("too large for a link")]
    TooLarge = 6,
    /// Whoever worked on it failed.
    #[error("failed over there")]
    Broken = 7,
}

impl Failure {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Deadline,
        Self::LinkLost,
        Self::Busy,
        Self::BadRequest,
        Self::Canceled,
        Self::TooLarge,
        Self::Broken,
    ];

    /// The failure with this code; 0 is success and has none, and one of a later build is a bad request.
    #[must_use]
    #[inline]
    pub fn from_code(code: u64) -> Option<Self> {
        match code {
            0 => None,
            code => {
                let known = Self::ALL.into_iter().find(|known| *known as u64 == code);
                Some(known.unwrap_or(Self::BadRequest))
            }
        }
    }

    /// As in `docs/PROTOCOL.md`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Deadline => "deadline",
            Self::LinkLost => "link_lost",
            Self::Busy => "busy",
            Self::BadRequest => "bad_request",
            Self::Canceled => "canceled",
            Self::TooLarge => "too_large",
            Self::Broken => "broken",
        }
    }
}

/// Names one call on one link, each direction by itself; never used again on that link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

impl CallId {
    /// Where a call of a [`Caller`] waits: of no other call until that place is free. Below 65,536.
    #[must_use]
    #[inline]
    pub fn place(self) -> usize {
        usize::try_from(self.0 & (PLACES_MAX as u64 - 1)).unwrap_or(usize::MAX)
    }
}

/// 48 bits are left for numbers: at ten million calls a second they last most of a year.
const PLACE_BITS: u32 = 16;
const PLACES_MAX: usize = 1 << PLACE_BITS;
