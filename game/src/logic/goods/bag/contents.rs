//! What comes into a bag and leaves it for another holder, and the differences that a day's work leaves.

use proto::tables::{ItemRow, Place};

use super::{Bag, Change, SLOTS};
use crate::logic::goods::refusal::Refusal;

impl Bag<'_> {
    /// New things come: to those of their kind where room is, the rest into free places as new items. Which
    /// items became how many more.
    ///
    /// # Errors
    /// None, no free place, or what `new_item` says when no ids are left.
    pub fn add<E: From<Refusal>>(
        &mut self,
        kind: u32,
        quantity: u32,
        mut new_item: impl FnMut() -> Result<u64, E>,
    ) -> Result<Vec<(u64, u32)>, E> {
        if quantity == 0 {
            return Err(Refusal::BadQuantity.into());
        }
        let stack = self.stack_of(kind);
        if self.room(kind) < u64::from(quantity) {
            return Err(Refusal::BagFull.into());
        }
        let (mut left, mut grown) = (quantity, Vec::new());
        let locked = self.locked;
        for row in &mut self.items {
            let is_open = row.kind == kind && row.place == Place::Bag as u32 && !locked.contains(&row.id);
            let more = if is_open { stack.saturating_sub(row.quantity).min(left) } else { 0 };
            if 0 < more {
                row.quantity += more;
                left -= more;
                grown.push((row.id, more));
            }
        }
        while 0 < left {
            let slot = self.free_slot().ok_or(Refusal::BagFull)?;
            let (id, quantity) = (new_item()?, left.min(stack));
            self.insert(ItemRow { holder: self.holder, id, kind, quantity, place: Place::Bag as u32, slot });
            left -= quantity;
            grown.push((id, quantity));
        }
        Ok(grown)
    }

    /// An item comes from another holder, whole, into a free place.
    ///
    /// # Errors
    /// No free place.
    pub fn receive(&mut self, item: &ItemRow) -> Result<(), Refusal> {
        let slot = self.free_slot().ok_or(Refusal::BagFull)?;
        self.insert(ItemRow { holder: self.holder, place: Place::Bag as u32, slot, ..item.clone() });
        Ok(())
    }

    /// An item goes to another holder, whole. `locked` does not hold it: what is offered goes this way.
    ///
    /// # Errors
    /// Not in the bag.
    pub fn give(&mut self, item: u64) -> Result<ItemRow, Refusal> {
        let at = self.items.binary_search_by_key(&item, |row| row.id).map_err(|_| Refusal::NoSuchItem)?;
        if self.items[at].place != Place::Bag as u32 {
            return Err(Refusal::ItemWorn);
        }
        Ok(self.items.remove(at))
    }

    /// Whether it may be offered or sent.
    ///
    /// # Errors
    /// Not in the bag, or locked.
    pub fn in_bag(&self, item: u64) -> Result<&ItemRow, Refusal> {
        let row = self.item(item)?;
        if self.locked.contains(&item) {
            return Err(Refusal::ItemLocked);
        }
        if row.place == Place::Bag as u32 { Ok(row) } else { Err(Refusal::ItemWorn) }
    }

    /// Rows that differ from what was there at first, in key order.
    #[must_use]
    pub fn into_changes(self) -> Vec<Change> {
        let mut changes = Vec::new();
        for row in &self.before {
            if self.item(row.id).is_err() {
                changes.push(Change::Gone(row.clone()));
            }
        }
        for row in self.items {
            let before = self.before.binary_search_by_key(&row.id, |row| row.id);
            if before.is_err() || before.is_ok_and(|at| self.before[at] != row) {
                changes.push(Change::Put(row));
            }
        }
        changes.sort_by_key(|change| match change {
            Change::Put(row) | Change::Gone(row) => row.id,
        });
        changes
    }

    /// How many more of a kind the bag takes.
    fn room(&self, kind: u32) -> u64 {
        let stack = self.stack_of(kind);
        let in_bag = self.items.iter().filter(|row| row.place == Place::Bag as u32);
        let (mut room, mut free) = (0, u64::from(SLOTS));
        for row in in_bag {
            free = free.saturating_sub(1);
            if row.kind == kind && !self.locked.contains(&row.id) {
                room += u64::from(stack.saturating_sub(row.quantity));
            }
        }
        room + free * u64::from(stack)
    }

    /// A kind that the design does not know does not grow.
    pub(super) fn stack_of(&self, kind: u32) -> u32 {
        self.design.item(kind).map_or(1, |item| item.stack)
    }

    pub(super) fn at(&self, place: Place, slot: u32) -> Option<&ItemRow> {
        self.items.iter().find(|row| row.place == place as u32 && row.slot == slot)
    }

    /// The lowest.
    pub(super) fn free_slot(&self) -> Option<u32> {
        (0..SLOTS).find(|slot| self.at(Place::Bag, *slot).is_none())
    }

    pub(super) fn unlocked(&mut self, item: u64) -> Result<&mut ItemRow, Refusal> {
        let at = self.items.binary_search_by_key(&item, |row| row.id).map_err(|_| Refusal::NoSuchItem)?;
        if self.locked.contains(&item) {
            return Err(Refusal::ItemLocked);
        }
        Ok(&mut self.items[at])
    }

    pub(super) fn insert(&mut self, row: ItemRow) {
        match self.items.binary_search_by_key(&row.id, |row| row.id) {
            Ok(at) => self.items[at] = row,
            Err(at) => self.items.insert(at, row),
        }
    }

    /// None left: it is gone.
    pub(super) fn lessen(&mut self, item: u64, quantity: u32) {
        if let Ok(at) = self.items.binary_search_by_key(&item, |row| row.id) {
            if self.items[at].quantity <= quantity {
                self.items.remove(at);
            } else {
                self.items[at].quantity -= quantity;
            }
        }
    }
}
