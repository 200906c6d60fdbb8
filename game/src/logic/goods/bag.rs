//! A character's things: a bag of numbered places, and the body. What is asked for happens whole or is refused
//! with nothing changed. In the end [`Bag::into_changes`] says which rows differ. Knows no other holder.

mod contents;
#[cfg(test)]
mod tests;

use proto::{
    limits::ITEM_QUANTITY_MAX,
    tables::{ItemRow, Place},
};

use super::refusal::Refusal;
use crate::logic::design::{Design, Slot};

/// Places in a bag, numbered from 0.
pub const SLOTS: u32 = 100;

const _: () = assert!(SLOTS as usize == proto::limits::BAG_ITEMS_MAX);

/// See the module.
#[derive(Clone, Debug)]
pub struct Bag<'a> {
    holder: u64,
    before: Vec<ItemRow>,
    /// In key order, as `before`.
    items: Vec<ItemRow>,
    /// Offered in a trade.
    locked: &'a [u64],
    design: &'a Design,
}

/// What becomes of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new, or it is this now.
    Put(ItemRow),
    /// It is gone from this holder.
    Gone(ItemRow),
}

impl<'a> Bag<'a> {
    /// All items of one character, in key order. `locked`: what it has on offer.
    #[must_use]
    pub fn new(holder: u64, items: Vec<ItemRow>, locked: &'a [u64], design: &'a Design) -> Self {
        debug_assert!(items.is_sorted_by(|a, b| a.id < b.id));
        Self { holder, before: items.clone(), items, locked, design }
    }

    /// All items as they are now, in key order.
    #[must_use]
    pub fn items(&self) -> &[ItemRow] {
        &self.items
    }

    /// One item.
    ///
    /// # Errors
    /// Not here.
    pub fn item(&self, item: u64) -> Result<&ItemRow, Refusal> {
        let at = self.items.binary_search_by_key(&item, |row| row.id).map_err(|_| Refusal::NoSuchItem)?;
        Ok(&self.items[at])
    }

    /// Lays an item into another place of the bag. What lies there takes its place.
    ///
    /// # Errors
    /// Not in the bag, locked, no such place.
    pub fn move_to(&mut self, item: u64, slot: u32) -> Result<(), Refusal> {
        let from = self.in_bag(item)?.slot;
        if SLOTS <= slot {
            return Err(Refusal::BadSlot);
        }
        if let Some(other) = self.at(Place::Bag, slot).map(|row| row.id).filter(|other| *other != item) {
            self.unlocked(other)?.slot = from;
        }
        self.unlocked(item)?.slot = slot;
        Ok(())
    }

    /// Takes a part of an item into a free place, as a new item.
    ///
    /// # Errors
    /// Not in the bag, locked, not a part of it, no free place.
    pub fn split(&mut self, item: u64, quantity: u32, new_item: u64) -> Result<(), Refusal> {
        let whole = self.in_bag(item)?.clone();
        if quantity == 0 || whole.quantity <= quantity {
            return Err(Refusal::BadQuantity);
        }
        let slot = self.free_slot().ok_or(Refusal::BagFull)?;
        self.unlocked(item)?.quantity -= quantity;
        self.insert(ItemRow { id: new_item, quantity, slot, ..whole });
        Ok(())
    }

    /// Lays as much of an item as fits to another of its kind. How many moved; all: it is gone.
    ///
    /// # Errors
    /// One is not in the bag or locked, both are one, two kinds, no room.
    pub fn merge(&mut self, item: u64, into: u64) -> Result<u32, Refusal> {
        let from = self.in_bag(item)?.clone();
        let target = self.in_bag(into)?.clone();
        if item == into {
            return Err(Refusal::SameItem);
        }
        if from.kind != target.kind {
            return Err(Refusal::ItemsDiffer);
        }
        let room = self.stack_of(from.kind).saturating_sub(target.quantity);
        if room == 0 {
            return Err(Refusal::StackFull);
        }
        let moved = room.min(from.quantity);
        self.unlocked(into)?.quantity += moved;
        self.lessen(item, moved);
        Ok(moved)
    }

    /// Puts an item on. What is worn there goes to where it lay.
    ///
    /// # Errors
    /// Not in the bag, locked, nothing to wear.
    pub fn wear(&mut self, item: u64) -> Result<(), Refusal> {
        let row = self.in_bag(item)?;
        let (from, kind) = (row.slot, row.kind);
        let Some(slot) = self.design.item(kind).and_then(|item| item.slot) else {
            return Err(Refusal::NotWearable);
        };
        let slot = slot as u32;
        if let Some(other) = self.at(Place::Worn, slot).map(|row| row.id) {
            let other = self.unlocked(other)?;
            other.place = Place::Bag as u32;
            other.slot = from;
        }
        let row = self.unlocked(item)?;
        row.place = Place::Worn as u32;
        row.slot = slot;
        Ok(())
    }

    /// Takes an item off into a free place.
    ///
    /// # Errors
    /// Not here, locked, not worn, no free place.
    pub fn take_off(&mut self, item: u64) -> Result<(), Refusal> {
        if self.unlocked(item)?.place != Place::Worn as u32 {
            return Err(Refusal::NotWorn);
        }
        let slot = self.free_slot().ok_or(Refusal::BagFull)?;
        let row = self.unlocked(item)?;
        row.place = Place::Bag as u32;
        row.slot = slot;
        Ok(())
    }

    /// So many of an item in the bag leave the world. What it is.
    ///
    /// # Errors
    /// Not in the bag, locked, none, not as many.
    pub fn take(&mut self, item: u64, quantity: u32) -> Result<u32, Refusal> {
        let row = self.in_bag(item)?;
        let kind = row.kind;
        if !(1..=ITEM_QUANTITY_MAX).contains(&quantity) {
            return Err(Refusal::BadQuantity);
        }
        if row.quantity < quantity {
            return Err(Refusal::NotEnoughItems);
        }
        self.lessen(item, quantity);
        Ok(kind)
    }

    /// Uses one of an item up. Its kind, and the hit points that it gives.
    ///
    /// # Errors
    /// Not in the bag, locked, of no use.
    pub fn use_one(&mut self, item: u64) -> Result<(u32, u32), Refusal> {
        let kind = self.in_bag(item)?.kind;
        let heal = self.design.item(kind).map_or(0, |item| item.heal);
        if heal == 0 {
            return Err(Refusal::NotUsable);
        }
        self.lessen(item, 1);
        Ok((kind, heal))
    }

    /// What is worn, by where.
    pub fn worn(&self) -> impl Iterator<Item = (Slot, &ItemRow)> {
        let slot = |row: &ItemRow| Slot::ALL.iter().find(|(_, slot)| *slot as u32 == row.slot);
        let worn = self.items.iter().filter(|row| row.place == Place::Worn as u32);
        worn.filter_map(move |row| slot(row).map(|(_, slot)| (*slot, row)))
    }
}
