//! What one character must have, to the last item: every change is told to it, and it knows what each of its deals
//! should have changed. Knows no packets and no other player.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use proto::client::{Bag, BagChanged, Item};

use crate::logic::{deal::Thing, world::Finding};

/// What a deal does to a bag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Items, or parts of them, that leave it.
    pub gives: Vec<Thing>,
    /// Items that come whole; one without an id comes to wherever there is room.
    pub gets: Vec<Thing>,
}

/// The model of one bag.
#[derive(Clone, Debug, Default)]
pub struct BagModel {
    /// As of the last deal; nothing before the first word about it.
    known: Option<BTreeMap<u64, Item>>,
    /// The same and what was told since.
    told: BTreeMap<u64, Item>,
    /// What was bought while nobody listened: it is there, but nobody said where.
    loose: Vec<Thing>,
}

impl BagModel {
    /// All items, in order of ids.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.known.iter().flatten().map(|(_, item)| item)
    }

    /// One item.
    #[must_use]
    pub fn item(&self, item: u64) -> Option<&Item> {
        self.known.as_ref()?.get(&item)
    }

    /// Different items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.as_ref().map_or(0, BTreeMap::len)
    }

    /// Nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The server tells of changes; the deal that made them follows.
    pub fn hear(&mut self, news: BagChanged) {
        for item in news.gone {
            self.told.remove(&item);
        }
        for item in news.changed {
            self.told.insert(item.id, item);
        }
    }

    /// A deal is done: what was told must be exactly what it changes.
    ///
    /// # Errors
    /// A [`Finding`] when it is not; the model then goes on from what was told.
    pub fn dealt(&mut self, change: &Change) -> Result<(), Finding> {
        let before = self.known.replace(self.told.clone()).unwrap_or_default();
        let after = applied(counts(before.values()), change);
        let judged = after.and_then(|(after, loose)| compare(after, &loose, &counts(self.told.values())));
        let judged = judged.and_then(|()| placed(self.told.values()));
        judged.map_err(|detail| Finding::new("bag_change", format!("{change:?}: {detail}")))
    }

    /// A deal was done, and nobody heard it.
    ///
    /// # Errors
    /// A [`Finding`] when it cannot have been.
    pub fn happened(&mut self, change: &Change) -> Result<(), Finding> {
        let Some(known) = &mut self.known else { return Ok(()) };
        let (after, mut loose) = applied(counts(known.values()), change)
            .map_err(|detail| Finding::new("bag_change", format!("unheard {change:?}: {detail}")))?;
        let item =
            |(id, (kind, quantity)): (u64, (u32, u32))| (id, Item { id, kind, quantity, ..Item::default() });
        *known = after.into_iter().map(item).collect();
        self.loose.append(&mut loose);
        self.told.clone_from(known);
        Ok(())
    }

    /// The connection died: what was told without its deal counts for nothing.
    pub fn gap(&mut self) {
        self.told = self.known.clone().unwrap_or_default();
    }

    /// Whether a bag is what it must be after `change`, which nobody heard; none: as it is.
    #[must_use]
    pub fn fits(&self, bag: &Bag, change: Option<&Change>) -> bool {
        let Some(known) = &self.known else { return true };
        let none = Change::default();
        let after = applied(counts(known.values()), change.unwrap_or(&none));
        after.and_then(|(after, mut loose)| {
            loose.extend(self.loose.iter().copied());
            compare(after, &loose, &counts(&bag.items))
        }) == Ok(())
    }

    /// Goes on from this bag, whatever was known.
    pub fn adopt(&mut self, bag: Bag) {
        self.told = bag.items.into_iter().map(|item| (item.id, item)).collect();
        self.known = Some(self.told.clone());
        self.loose.clear();
    }

    /// An answer to reading the bag, while nothing is uncertain.
    ///
    /// # Errors
    /// A [`Finding`] when it is not what it must be; the model then goes on from what was read.
    pub fn read(&mut self, bag: Bag) -> Result<(), Finding> {
        let read: BTreeMap<u64, Item> = bag.items.iter().map(|item| (item.id, *item)).collect();
        let judged = match &self.known {
            // Without a gap even the places are known.
            Some(known)
                if self.loose.is_empty() && known.values().all(|item| item.place != 0) && *known != read =>
            {
                Err(format!("known {:?}, read {:?}", counts(known.values()), counts(read.values())))
            }
            Some(_) if !self.fits(&bag, None) => Err(format!("{:?}", counts(read.values()))),
            _ if read.len() != bag.items.len() => Err("an item is there twice".to_owned()),
            _ => placed(&bag.items),
        };
        self.adopt(bag);
        judged.map_err(|detail| Finding::new("bag_read", detail))
    }
}

type Counts = BTreeMap<u64, (u32, u32)>;

fn counts<'a>(items: impl IntoIterator<Item = &'a Item>) -> Counts {
    items.into_iter().map(|item| (item.id, (item.kind, item.quantity))).collect()
}

/// What is there after a change, and what came to places that nobody knows.
fn applied(mut before: Counts, change: &Change) -> Result<(Counts, Vec<Thing>), String> {
    for Thing { item, quantity, .. } in &change.gives {
        match before.get_mut(item) {
            Some((_, left)) if quantity < left => *left -= quantity,
            Some((_, left)) if quantity == left => drop(before.remove(item)),
            left => return Err(format!("{quantity} of item {item} leave, {left:?} are there")),
        }
    }
    let mut loose = Vec::new();
    for thing in &change.gets {
        if thing.item == 0 {
            loose.push(*thing);
        } else if before.insert(thing.item, (thing.kind, thing.quantity)).is_some() {
            return Err(format!("item {} comes, and is there", thing.item));
        }
    }
    Ok((before, loose))
}

/// Whether exactly this is there, with `loose` added to whatever of its kind, or as new items.
fn compare(mut wanted: Counts, loose: &[Thing], found: &Counts) -> Result<(), String> {
    let mut more: BTreeMap<u32, i64> = BTreeMap::new();
    for thing in loose {
        *more.entry(thing.kind).or_default() -= i64::from(thing.quantity);
    }
    for (item, (kind, quantity)) in found {
        let before = match wanted.remove(item) {
            Some((known, before)) if known == *kind && before <= *quantity => before,
            Some(other) => return Err(format!("item {item} is {:?}, not {other:?}", (kind, quantity))),
            None => 0,
        };
        *more.entry(*kind).or_default() += i64::from(*quantity) - i64::from(before);
    }
    if let Some((item, what)) = wanted.first_key_value() {
        return Err(format!("item {item}, {what:?}, is missing"));
    }
    match more.iter().find(|(_, count)| **count != 0) {
        Some((kind, count)) => Err(format!("{count} of kind {kind} too many")),
        None => Ok(()),
    }
}

/// Whether no two things lie in one place, and none is nothing.
fn placed<'a>(items: impl IntoIterator<Item = &'a Item>) -> Result<(), String> {
    let mut places = BTreeSet::new();
    for Item { id, quantity, place, slot, .. } in items {
        if *quantity == 0 || (*place == BAG && BAG_SLOTS <= *slot) || !places.insert((*place, *slot)) {
            return Err(format!("item {id}: {quantity} in place {place}, {slot}"));
        }
    }
    Ok(())
}

/// `Item.place` of what is in the bag and not worn.
pub const BAG: u32 = 1;
const BAG_SLOTS: u32 = 100;
