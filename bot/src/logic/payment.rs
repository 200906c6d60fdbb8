//! One payment as its payer knows it: what a checker compares with the tables of the server. Knows no
//! files.

use client::Fate;
use serde::{Deserialize, Serialize};

/// A line of the payment log. Written once, when its outcome is known. Ids are strings, since they may
/// be larger than a JSON number holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Which player of this run.
    pub player: u32,
    /// Its account.
    #[serde(with = "id")]
    pub account: u64,
    /// The session of the account in which it was sent.
    pub session_gen: u32,
    /// The game process, by its epoch, in which that session began, or was reset last: after a reset it lives anew under
    /// the same `session_gen`. 0: a log from before this was written down.
    #[serde(default)]
    pub epoch: u32,
    /// The command's number, given out once in a life (`session_gen` and `epoch`). One that was not executed may be given
    /// out again in a later life.
    pub cseq: u64,
    /// The payee's account.
    #[serde(with = "id")]
    pub to: u64,
    /// Gold.
    pub amount: i64,
    /// What became of it.
    pub outcome: PaymentOutcome,
    /// The stable code with which it was rejected, else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// The payment's name in the journal; 0 unless the answer told it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lsn: u64,
    /// When it was sent, microseconds since [`crate::Options::clock_zero`]; 0 without one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sent_us: u64,
    /// When its outcome was learned, likewise.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub learned_us: u64,
}

/// What became of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentOutcome {
    /// Answered OK.
    Ok,
    /// Answered: not executed.
    Rejected,
    /// Answered: not executed, try later.
    RetryLater,
    /// No answer; the next login or reset called it done.
    Happened,
    /// No answer; the next login or reset called it not done.
    DidNot,
    /// No answer, and nobody can tell.
    Unknown,
}

impl From<Fate> for PaymentOutcome {
    fn from(fate: Fate) -> Self {
        match fate {
            Fate::Happened => Self::Happened,
            Fate::DidNot => Self::DidNot,
            Fate::Unknown => Self::Unknown,
        }
    }
}

impl PaymentOutcome {
    /// Whether the gold must have moved; nothing if either is right.
    #[must_use]
    pub fn moved(self) -> Option<bool> {
        match self {
            Self::Ok | Self::Happened => Some(true),
            Self::Rejected | Self::RetryLater | Self::DidNot => Some(false),
            Self::Unknown => None,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// Numbers of 63 bits as strings.
pub(crate) mod id {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(crate) fn serialize<S: Serializer>(id: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(crate) fn deserialize<'a, D: Deserializer<'a>>(deserializer: D) -> Result<u64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
