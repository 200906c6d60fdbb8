//! What both sides of a trade put on the table, and the hash that names it exactly (reliability A6). Knows no rows
//! and no rules of who may offer when.
//!
//! The hash is SHA-256 of: the 14 bytes `ding trade v1\n`, the trade's id (u64), the revision (u32), and twice, for
//! whoever asked first: character (u64), gold (i64), number of items (u32), and each item in order of ids: id (u64),
//! kind (u32), quantity (u32). Numbers are little-endian. Clients can make it from what they see.

#[cfg(test)]
mod tests;

use proto::limits::{GOLD_MAX, ITEM_QUANTITY_MAX};
use sha2::{Digest, Sha256};

use super::refusal::Refusal;

/// Items of one side at most.
pub const ITEMS_MAX: usize = 16;

/// One item on the table, whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thing {
    /// Its id.
    pub item: u64,
    /// What it is.
    pub kind: u32,
    /// How many.
    pub quantity: u32,
}

/// What one side offers. Within its bounds: only [`Offer::new`] makes one that is not empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Offer {
    gold: i64,
    things: Vec<Thing>,
}

impl Offer {
    /// Things in any order.
    ///
    /// # Errors
    /// Amounts out of bounds, too many items, one twice.
    pub fn new(gold: i64, mut things: Vec<Thing>) -> Result<Self, Refusal> {
        if !(0..=GOLD_MAX).contains(&gold) {
            return Err(Refusal::BadAmount);
        }
        if ITEMS_MAX < things.len() {
            return Err(Refusal::TooManyItems);
        }
        if things.iter().any(|thing| !(1..=ITEM_QUANTITY_MAX).contains(&thing.quantity)) {
            return Err(Refusal::BadQuantity);
        }
        things.sort_unstable();
        if things.windows(2).any(|pair| pair[0].item == pair[1].item) {
            return Err(Refusal::OfferedTwice);
        }
        Ok(Self { gold, things })
    }

    /// 0 to `GOLD_MAX`.
    #[must_use]
    pub fn gold(&self) -> i64 {
        self.gold
    }

    /// In order of ids.
    #[must_use]
    pub fn things(&self) -> &[Thing] {
        &self.things
    }

    /// Neither gold nor items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gold == 0 && self.things.is_empty()
    }
}

/// Names an offer exactly: whoever accepts says this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OfferHash(pub [u8; 32]);

/// The hash of both sides, whoever asked first. See the module for what is hashed.
#[must_use]
pub fn hash(trade: u64, revision: u32, sides: [(u64, &Offer); 2]) -> OfferHash {
    let mut sha = Sha256::new();
    sha.update(b"ding trade v1\n");
    sha.update(trade.to_le_bytes());
    sha.update(revision.to_le_bytes());
    for (character, offer) in sides {
        sha.update(character.to_le_bytes());
        sha.update(offer.gold.to_le_bytes());
        let count = u32::try_from(offer.things.len()).unwrap_or(u32::MAX);
        sha.update(count.to_le_bytes());
        for thing in &offer.things {
            sha.update(thing.item.to_le_bytes());
            sha.update(thing.kind.to_le_bytes());
            sha.update(thing.quantity.to_le_bytes());
        }
    }
    OfferHash(sha.finalize().into())
}
