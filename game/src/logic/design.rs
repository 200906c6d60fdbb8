//! What designers made: items, monsters, levels, shops and the map, as values that were checked as a whole. Immutable:
//! a reload puts another `Arc<Design>` in its place, between two turns. Knows no file and no stored row.

mod levels;
mod strength;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, ops::RangeInclusive, sync::Arc};

use proto::limits::GOLD_MAX;

use super::map::ground::Ground;
pub use levels::{Gained, Level, Levels, Progress};
pub use strength::Strength;

/// All tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Design {
    items: BTreeMap<u32, Item>,
    monsters: BTreeMap<u32, Monster>,
    shops: BTreeMap<u32, Shop>,
    levels: Levels,
    map: Arc<Ground>,
}

impl Design {
    /// Only [`crate::design`] makes one, from tables that fit together.
    pub(crate) fn new(
        items: BTreeMap<u32, Item>,
        monsters: BTreeMap<u32, Monster>,
        shops: BTreeMap<u32, Shop>,
        levels: Levels,
        map: Ground,
    ) -> Self {
        Self { items, monsters, shops, levels, map: Arc::new(map) }
    }

    /// The item with this number. A stored item always has one.
    #[must_use]
    pub fn item(&self, number: u32) -> Option<&Item> {
        self.items.get(&number)
    }

    /// All items, by number.
    pub fn items(&self) -> impl ExactSizeIterator<Item = &Item> {
        self.items.values()
    }

    /// The monster with this number.
    #[must_use]
    pub fn monster(&self, number: u32) -> Option<&Monster> {
        self.monsters.get(&number)
    }

    /// All monsters, by number.
    pub fn monsters(&self) -> impl ExactSizeIterator<Item = &Monster> {
        self.monsters.values()
    }

    /// The shop with this number.
    #[must_use]
    pub fn shop(&self, number: u32) -> Option<&Shop> {
        self.shops.get(&number)
    }

    /// All shops, by number.
    pub fn shops(&self) -> impl ExactSizeIterator<Item = &Shop> {
        self.shops.values()
    }

    /// What a level needs and gives.
    #[must_use]
    pub fn levels(&self) -> &Levels {
        &self.levels
    }

    /// Whether both have the same monsters at the same places.
    #[must_use]
    pub fn has_same_monsters(&self, other: &Self) -> bool {
        self.monsters == other.monsters && self.map.monsters() == other.map.monsters()
    }

    /// Where characters walk.
    #[must_use]
    pub fn map(&self) -> &Arc<Ground> {
        &self.map
    }

    /// The same with other monsters on the map.
    #[cfg(test)]
    pub(crate) fn with_monsters(&self, placed: Vec<super::map::ground::Placed>) -> Self {
        Self { map: Arc::new(self.map.with_monsters(placed)), ..self.clone() }
    }

    /// Items of this design that another one lacks. Players may own some: a design without them cannot
    /// follow this one.
    pub fn items_not_in<'a>(&'a self, next: &'a Self) -> impl Iterator<Item = &'a Item> {
        self.items.values().filter(|item| !next.items.contains_key(&item.number))
    }
}

/// A kind of item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Stored with every item of this kind: never used for another.
    pub number: u32,
    /// As players see it, at most [`TEXT_BYTES_MAX`] bytes.
    pub name: String,
    /// How many lie in one place at most, 1 to [`STACK_MAX`]; 1 for what is worn.
    pub stack: u32,
    /// Where it is worn.
    pub slot: Option<Slot>,
    /// What wearing it adds.
    pub bonus: Bonus,
    /// Hit points that using it up gives; 0: it cannot be used.
    pub heal: u32,
    /// What it is worth, gold, at most [`PRICE_MAX`].
    pub price: i64,
}

/// What a worn item adds to its wearer, each within ±[`STRENGTH_MAX`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bonus {
    /// Added to attack.
    pub attack: i32,
    /// Added to defense.
    pub defense: i32,
    /// Added to the most hit points.
    pub hp: i32,
}

/// Where on the body an item is worn, one at each. Numbers are stored: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u32)]
pub enum Slot {
    /// In the right hand.
    Weapon = 1,
    /// In the left.
    Shield = 2,
    /// On the head.
    Head = 3,
    /// On body and arms.
    Body = 4,
    /// On the hands.
    Hands = 5,
    /// On the legs.
    Legs = 6,
    /// On the feet.
    Feet = 7,
    /// Around the neck.
    Neck = 8,
    /// On a finger.
    Ring = 9,
}

impl Slot {
    /// All, with the word that designers write.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("weapon", Self::Weapon),
        ("shield", Self::Shield),
        ("head", Self::Head),
        ("body", Self::Body),
        ("hands", Self::Hands),
        ("legs", Self::Legs),
        ("feet", Self::Feet),
        ("neck", Self::Neck),
        ("ring", Self::Ring),
    ];
}

/// A kind of monster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monster {
    /// Names it in the map.
    pub number: u32,
    /// As players see it, at most [`TEXT_BYTES_MAX`] bytes.
    pub name: String,
    /// Hit points, at least 1.
    pub hp: u32,
    /// At most [`STRENGTH_MAX`].
    pub attack: u32,
    /// At most [`STRENGTH_MAX`].
    pub defense: u32,
    /// Millimetres a second, 0 for one that stays.
    pub speed_mm_per_s: u32,
    /// Experience for whoever slays it.
    pub xp: u32,
    /// It goes for whoever comes as near as this, millimetres; 0: only for whoever hurts it.
    pub aggro_mm: u32,
    /// So far beyond where it lives it follows, millimetres.
    pub leash_mm: u32,
    /// It strikes whoever is as near as this, millimetres.
    pub reach_mm: u32,
    /// From one blow to the next, milliseconds.
    pub attack_ms: u32,
    /// From its death to the next of its kind, milliseconds.
    pub respawn_ms: u32,
    /// Gold that it leaves, both ends included.
    pub gold: RangeInclusive<i64>,
    /// Items that it may leave, each by its own chance.
    pub loot: Vec<Loot>,
}

/// One line of a monster's loot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loot {
    /// An item's number.
    pub item: u32,
    /// Of a million, at least 1.
    pub chance_ppm: u32,
    /// How many, both ends included; at most one stack.
    pub quantity: RangeInclusive<u32>,
}

/// A shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// Names it in the map.
    pub number: u32,
    /// As players see it, at most [`TEXT_BYTES_MAX`] bytes.
    pub name: String,
    /// What it deals in, in the designer's order, each item once.
    pub wares: Vec<Ware>,
}

impl Shop {
    /// The ware with this item.
    #[must_use]
    pub fn ware(&self, item: u32) -> Option<&Ware> {
        self.wares.iter().find(|ware| ware.item == item)
    }
}

/// One line of a shop. For every item, `sell` ≤ its price ≤ `buy`, in every shop: nobody gets rich by
/// carrying goods from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ware {
    /// An item's number.
    pub item: u32,
    /// Gold that a player pays for one; none: not for sale.
    pub buy: Option<i64>,
    /// Gold that a player gets for one; none: not taken.
    pub sell: Option<i64>,
}

/// Rows of each table but levels.
pub const ROWS_MAX: usize = 10_000;
/// Wares of one shop.
pub const WARES_MAX: usize = 100;
/// Lines of one monster's loot.
pub const LOOT_MAX: usize = 32;
/// Levels.
pub const LEVELS_MAX: usize = 1_000;
/// Names, UTF-8.
pub const TEXT_BYTES_MAX: usize = 64;
/// Items in one place (`item.quantity` is stored with this bound).
pub const STACK_MAX: u32 = 1_000_000;
/// Gold for one item.
pub const PRICE_MAX: i64 = 1_000_000_000;
/// Attack, defense, hit points.
pub const STRENGTH_MAX: u32 = 1_000_000;
/// Experience in all.
pub const XP_MAX: u64 = 1_000_000_000_000_000;

// A whole stack at the highest price is still an amount.
const _: () = assert!(PRICE_MAX * (STACK_MAX as i64) <= GOLD_MAX);
