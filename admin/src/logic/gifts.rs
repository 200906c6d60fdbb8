//! What staff gives away: how much one member may give alone within a day, and what waits for a second one to agree (reliability
//! V43). Knows no player, no clock and no file.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How much one member of the staff may give away alone within [`DAY_MS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Gold.
    pub gold: u64,
    /// Items, however many kinds.
    pub things: u64,
}

/// What is to be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Gift {
    /// Into the wallet.
    Gold {
        /// How much.
        amount: i64,
    },
    /// Into a bag.
    Things {
        /// Of which character.
        character: u64,
        /// So many of this kind.
        things: Things,
    },
    /// A letter, with what is in it.
    Letter {
        /// To which character.
        character: u64,
        /// Its first line.
        subject: String,
        /// The rest.
        text: String,
        /// In it.
        gold: i64,
        /// In it.
        things: Vec<Things>,
    },
    /// A letter to many, with what is in each.
    Mailing {
        /// Its first line.
        subject: String,
        /// The rest.
        text: String,
        /// In each.
        gold: i64,
        /// In each.
        things: Vec<Things>,
        /// Who is meant.
        whom: Whom,
        /// How many those were when they were counted.
        receivers: u64,
        /// So many letters are sent and no more, however many those are by then.
        letters_max: u64,
    },
}

/// Who is meant by a letter to many. With ids nothing else counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whom {
    /// Accounts; a page reads them as text, for its numbers are too short.
    #[serde(with = "as_text")]
    pub ids: Vec<u64>,
    /// Only who plays.
    pub online: bool,
    /// Accounts made then or later, milliseconds since 1970.
    pub created_from_ms: u64,
    /// Accounts made before; 0: whenever.
    pub created_to_ms: u64,
    /// Of the one who reads it.
    pub level_min: u32,
    /// Of the one who reads it; 0: any.
    pub level_max: u32,
}

mod as_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(ids: &[u64], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(ids.iter().map(u64::to_string))
    }

    pub(super) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Vec<u64>, D::Error> {
        let ids = Vec::<String>::deserialize(from)?;
        ids.iter().map(|id| id.parse().map_err(D::Error::custom)).collect()
    }
}

/// So many of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Things {
    /// Of the designers' items.
    pub kind: u32,
    /// How many.
    pub quantity: u32,
}

/// Something that waits for a second member of the staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Its number, never used twice.
    pub id: u64,
    /// Who asked.
    pub by: String,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// To whom; 0: to many.
    pub account: u64,
    /// Under which it is given, once.
    pub key: String,
    /// In the words of who asked.
    pub reason: String,
    /// What.
    pub gift: Gift,
}

/// What somebody gave alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Given {
    at_ms: u64,
    key: String,
    gold: u64,
    things: u64,
}

/// All of it, as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gifts {
    last: u64,
    pending: Vec<Pending>,
    alone: BTreeMap<String, Vec<Given>>,
}

/// Why something cannot wait, or cannot be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GiftError {
    /// [`PENDING_MAX`].
    #[error("as many gifts as can be wait for a second member of the staff: decide those first")]
    TooMany,
    /// It was decided, or is older than [`PENDING_MS`].
    #[error("nothing of that number waits: it was decided, or is too old")]
    NoSuchGift,
    /// Whoever asked cannot agree with itself.
    #[error("you asked for it yourself: somebody else has to agree")]
    OwnGift,
}

impl GiftError {
    /// Stable.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooMany => "too_many_gifts",
            Self::NoSuchGift => "no_such_gift",
            Self::OwnGift => "own_gift",
        }
    }
}

impl Gift {
    /// Gold and items in it.
    #[must_use]
    pub fn worth(&self) -> (u64, u64) {
        let count = |all: &[Things]| -> u64 { all.iter().map(|things| u64::from(things.quantity)).sum() };
        match self {
            Self::Gold { amount } => (amount.unsigned_abs(), 0),
            Self::Things { things, .. } => (0, things.quantity.into()),
            Self::Letter { gold, things, .. } => (gold.unsigned_abs(), count(things)),
            Self::Mailing { gold, things, letters_max, .. } => {
                let all = |one: u64| one.saturating_mul(*letters_max);
                (all(gold.unsigned_abs()), all(count(things)))
            }
        }
    }
}

impl Gifts {
    /// Notes that somebody gives this alone; no: it is more than that one may, with all of the last day.
    #[must_use]
    pub fn alone(&self, by: &str, (key, gift): (&str, &Gift), limits: Limits, now_ms: u64) -> Option<Self> {
        let mut next = self.tidied(now_ms);
        let (gold, things) = gift.worth();
        let given = next.alone.entry(by.to_owned()).or_default();
        // The same again is not given a second time: game holds the key to what was asked first.
        if !given.iter().any(|one| one.key == key && (one.gold, one.things) == (gold, things)) {
            let spent = given.iter().fold((gold, things), |(gold, things), one| {
                (gold.saturating_add(one.gold), things.saturating_add(one.things))
            });
            if limits.gold < spent.0 || limits.things < spent.1 || GIVEN_MAX <= given.len() {
                return None;
            }
            given.push(Given { at_ms: now_ms, key: key.to_owned(), gold, things });
        }
        Some(next)
    }

    /// It was not given after all.
    #[must_use]
    pub fn refunded(&self, by: &str, key: &str) -> Self {
        let mut next = self.clone();
        if let Some(given) = next.alone.get_mut(by) {
            given.retain(|one| one.key != key);
        }
        next
    }

    /// Lets it wait for a second member; its number is the last of [`Self::pending`]. Asked again with its key it waits once.
    ///
    /// # Errors
    /// [`GiftError::TooMany`].
    pub fn ask(&self, pending: Pending, now_ms: u64) -> Result<(Self, u64), GiftError> {
        let mut next = self.tidied(now_ms);
        if let Some(same) = next.pending.iter().find(|one| one.key == pending.key) {
            let id = same.id;
            return Ok((next, id));
        }
        if PENDING_MAX <= next.pending.len() {
            return Err(GiftError::TooMany);
        }
        next.last += 1;
        let id = next.last;
        next.pending.push(Pending { id, at_ms: now_ms, ..pending });
        Ok((next, id))
    }

    /// What waits, the oldest first.
    pub fn pending(&self, now_ms: u64) -> impl Iterator<Item = &Pending> {
        self.pending.iter().filter(move |one| now_ms < one.at_ms.saturating_add(PENDING_MS))
    }

    /// One that this member may agree to.
    ///
    /// # Errors
    /// [`GiftError::NoSuchGift`], [`GiftError::OwnGift`].
    pub fn to_approve(&self, id: u64, by: &str, now_ms: u64) -> Result<&Pending, GiftError> {
        let found = self.pending(now_ms).find(|one| one.id == id).ok_or(GiftError::NoSuchGift)?;
        if found.by == by { Err(GiftError::OwnGift) } else { Ok(found) }
    }

    /// Without this one: it was given, or declined.
    #[must_use]
    pub fn without(&self, id: u64) -> Self {
        let mut next = self.clone();
        next.pending.retain(|one| one.id != id);
        next
    }

    fn tidied(&self, now_ms: u64) -> Self {
        let mut next = self.clone();
        next.pending.retain(|one| now_ms < one.at_ms.saturating_add(PENDING_MS));
        for given in next.alone.values_mut() {
            given.retain(|one| now_ms < one.at_ms.saturating_add(DAY_MS));
        }
        next.alone.retain(|_, given| !given.is_empty());
        next
    }
}

/// How many letters may be sent to so many who were counted: between counting and sending some come, and one in twenty more
/// may get it. What is compared with the limits, shown and agreed to is all of these.
#[must_use]
pub fn letters_max(receivers: u64) -> u64 {
    receivers.saturating_add(receivers.div_ceil(20))
}

/// What counts as given lately.
pub const DAY_MS: u64 = 24 * 3_600_000;
/// Nobody decided for so long: it is forgotten.
pub const PENDING_MS: u64 = 3 * DAY_MS;
/// Wait at a time.
pub const PENDING_MAX: usize = 64;
/// Gifts of one member alone within a day; more of them need a second one.
const GIVEN_MAX: usize = 1_000;
