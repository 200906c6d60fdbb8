//! What staff gives away: how much one member may give alone within a day, and what waits for a second one to agree (reliability
//! V43). Knows no player, no clock and no file.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use proto::limits::{
    GOLD_MAX, GRANT_KEY_BYTES_MAX, ITEM_QUANTITY_MAX, MAIL_ITEMS_MAX, MAIL_SUBJECT_BYTES_MAX,
    MAIL_TEXT_BYTES_MAX, MAILING_GOLD_MAX, MAILING_IDS_MAX, MAILING_THINGS_MAX,
};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::{hex, role::Role, staff::Roster};

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
    /// Who agreed last, when game was asked for it and nobody knows whether it did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried_by: Option<String>,
}

/// What somebody gave alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Given {
    at_ms: u64,
    key: String,
    gold: u64,
    things: u64,
    /// Hexadecimal SHA-256 of whom and what: a key alone is not enough, for game has three tables of them. Of an entry that
    /// an older version wrote it is empty, and nothing is the same as that.
    #[serde(default)]
    asked: String,
    /// Game did it, or may have: it counts whatever is answered later.
    #[serde(default)]
    done: bool,
}

/// What one gives alone, noted before game is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// With it.
    pub next: Gifts,
    /// It was not there before: who noted it takes it back if game refuses.
    pub is_new: bool,
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
    /// [`PENDING_EACH_MAX`].
    #[error("as many of your gifts as can be wait for a second member of the staff")]
    TooManyOwn,
    /// Under its key another one waits.
    #[error("the key was used for something else")]
    KeyUsed,
    /// Whoever asked was disabled, or may not give any more.
    #[error("whoever asked for it may not give any more: decline it")]
    AskerGone,
    /// Game was asked for it, and nobody knows what it did.
    #[error("it may have been given: approve it again to learn how it ended")]
    Tried,
}

impl GiftError {
    /// Stable.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooMany => "too_many_gifts",
            Self::NoSuchGift => "no_such_gift",
            Self::OwnGift => "own_gift",
            Self::TooManyOwn => "too_many_own_gifts",
            Self::KeyUsed => "key_used",
            Self::AskerGone => "asker_gone",
            Self::Tried => "gift_tried",
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

impl Pending {
    /// What may have been given is not forgotten before somebody knows.
    fn waits(&self, now_ms: u64) -> bool {
        self.tried_by.is_some() || now_ms < self.at_ms.saturating_add(PENDING_MS)
    }

    /// Whether game would take it: what waits is not refused days later for what could be seen at once.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let is_key = (1..=GRANT_KEY_BYTES_MAX).contains(&self.key.len())
            && self.key.bytes().all(|byte| byte.is_ascii_graphic());
        let is_said = |subject: &str, text: &str| {
            subject.len() <= MAIL_SUBJECT_BYTES_MAX && text.len() <= MAIL_TEXT_BYTES_MAX
        };
        let are = |things: &[Things], most| {
            let is_one = |one: &Things| one.kind != 0 && (1..=ITEM_QUANTITY_MAX).contains(&one.quantity);
            things.len() <= most && things.iter().all(is_one)
        };
        is_key
            && match &self.gift {
                Gift::Gold { amount } => (1..=GOLD_MAX).contains(amount),
                Gift::Things { character, things } => *character != 0 && are(&[*things], 1),
                Gift::Letter { character, subject, text, gold, things } => {
                    let is_empty = subject.is_empty() && text.is_empty() && *gold == 0 && things.is_empty();
                    *character != 0
                        && !is_empty
                        && is_said(subject, text)
                        && (0..=GOLD_MAX).contains(gold)
                        && are(things, MAIL_ITEMS_MAX)
                }
                Gift::Mailing { subject, text, gold, things, whom, letters_max, .. } => {
                    !subject.is_empty()
                        && is_said(subject, text)
                        && (0..=MAILING_GOLD_MAX).contains(gold)
                        && are(things, MAILING_THINGS_MAX)
                        && whom.ids.len() <= MAILING_IDS_MAX
                        && *letters_max != 0
                }
            }
    }
}

impl Given {
    fn of(one: &Pending, at_ms: u64) -> Self {
        let (gold, things) = one.gift.worth();
        // Numbers, text and lists of them: all of it can be written.
        let asked = serde_json::to_vec(&(one.account, &one.gift)).unwrap_or_default();
        let asked = hex::encode(digest(&SHA256, &asked).as_ref());
        Self { at_ms, key: one.key.clone(), gold, things, asked, done: false }
    }

    fn is_same(&self, other: &Self) -> bool {
        (&self.key, &self.asked) == (&other.key, &other.asked)
    }
}

impl Gifts {
    /// Notes that somebody gives this alone; no: it is more than that one may, with all of the last day. The same to the same
    /// under the same key is noted once.
    #[must_use]
    pub fn alone(&self, one: &Pending, limits: Limits, now_ms: u64) -> Option<Noted> {
        let mut next = self.tidied(now_ms);
        let entry = Given::of(one, now_ms);
        let given = next.alone.entry(one.by.clone()).or_default();
        // The same again is not given a second time: game holds the key to what was asked first. But it may be what gives it,
        // and then a refusal of the first takes nothing back.
        let known = given.iter_mut().find(|known| known.is_same(&entry));
        let is_new = known.is_none();
        if let Some(known) = known {
            known.done = true;
        } else {
            let spent = given.iter().fold((entry.gold, entry.things), |(gold, things), one| {
                (gold.saturating_add(one.gold), things.saturating_add(one.things))
            });
            if limits.gold < spent.0 || limits.things < spent.1 || GIVEN_MAX <= given.len() {
                return None;
            }
            given.push(entry);
        }
        Some(Noted { next, is_new })
    }

    /// Game did it, or nobody knows: nothing takes it back. It is noted again where another request for the same was refused
    /// meanwhile, which is one for each request under way beyond [`GIVEN_MAX`].
    #[must_use]
    pub fn done(&self, one: &Pending, now_ms: u64) -> Self {
        let mut next = self.tidied(now_ms);
        let entry = Given { done: true, ..Given::of(one, now_ms) };
        let given = next.alone.entry(one.by.clone()).or_default();
        match given.iter_mut().find(|known| known.is_same(&entry)) {
            Some(known) => known.done = true,
            None => given.push(entry),
        }
        next
    }

    /// It was not given after all. Only for who noted it ([`Noted::is_new`]).
    #[must_use]
    pub fn refunded(&self, one: &Pending) -> Self {
        let mut next = self.clone();
        let entry = Given::of(one, 0);
        if let Some(given) = next.alone.get_mut(&one.by) {
            given.retain(|known| known.done || !known.is_same(&entry));
        }
        next
    }

    /// The number of this one if it waits already.
    ///
    /// # Errors
    /// [`GiftError::KeyUsed`]: another one waits under its key.
    pub fn waits(&self, one: &Pending, now_ms: u64) -> Result<Option<u64>, GiftError> {
        let Some(known) = self.pending(now_ms).find(|known| known.key == one.key) else { return Ok(None) };
        let is_same = (&known.by, known.account, &known.gift) == (&one.by, one.account, &one.gift);
        if is_same { Ok(Some(known.id)) } else { Err(GiftError::KeyUsed) }
    }

    /// Lets it wait for a second member; its number is the last of [`Self::pending`]. Asked again with its key it waits once.
    ///
    /// # Errors
    /// [`GiftError::KeyUsed`], [`GiftError::TooMany`], [`GiftError::TooManyOwn`].
    pub fn ask(&self, pending: Pending, now_ms: u64) -> Result<(Self, u64), GiftError> {
        let mut next = self.tidied(now_ms);
        if let Some(id) = next.waits(&pending, now_ms)? {
            return Ok((next, id));
        }
        if PENDING_MAX <= next.pending.len() {
            return Err(GiftError::TooMany);
        }
        if PENDING_EACH_MAX <= next.pending.iter().filter(|one| one.by == pending.by).count() {
            return Err(GiftError::TooManyOwn);
        }
        next.last += 1;
        let id = next.last;
        next.pending.push(Pending { id, at_ms: now_ms, ..pending });
        Ok((next, id))
    }

    /// What waits, the oldest first.
    pub fn pending(&self, now_ms: u64) -> impl Iterator<Item = &Pending> {
        self.pending.iter().filter(move |one| one.waits(now_ms))
    }

    /// One that this member may agree to. Two have to stand for it: whoever asked has to be one who may give still, but where
    /// game was asked already; that one is only asked again with its key.
    ///
    /// # Errors
    /// [`GiftError::NoSuchGift`], [`GiftError::OwnGift`], [`GiftError::AskerGone`].
    pub fn to_approve(&self, id: u64, by: &str, staff: &Roster, now_ms: u64) -> Result<&Pending, GiftError> {
        let found = self.pending(now_ms).find(|one| one.id == id).ok_or(GiftError::NoSuchGift)?;
        if found.by == by {
            return Err(GiftError::OwnGift);
        }
        let may_give = staff.active(&found.by).is_some_and(|asker| Role::Operator <= asker.role);
        if may_give || found.tried_by.is_some() { Ok(found) } else { Err(GiftError::AskerGone) }
    }

    /// One that may be declined: it was not given.
    ///
    /// # Errors
    /// [`GiftError::NoSuchGift`], [`GiftError::Tried`].
    pub fn to_decline(&self, id: u64, now_ms: u64) -> Result<&Pending, GiftError> {
        let found = self.pending(now_ms).find(|one| one.id == id).ok_or(GiftError::NoSuchGift)?;
        if found.tried_by.is_some() { Err(GiftError::Tried) } else { Ok(found) }
    }

    /// With this one tried by a member, before game is asked; by nobody: game said that it did not do it.
    #[must_use]
    pub fn tried(&self, id: u64, by: Option<&str>) -> Self {
        let mut next = self.clone();
        if let Some(one) = next.pending.iter_mut().find(|one| one.id == id) {
            one.tried_by = by.map(str::to_owned);
        }
        next
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
        next.pending.retain(|one| one.waits(now_ms));
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
/// Of one member of the staff, of these: nobody keeps the others from asking.
pub const PENDING_EACH_MAX: usize = 16;
/// Gifts of one member alone within a day; more of them need a second one.
const GIVEN_MAX: usize = 1_000;
