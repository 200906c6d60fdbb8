//! How strong a character is: by its level, and by what it wears. Knows no row.

use super::{Bonus, Design, STRENGTH_MAX};

/// Of one character, each at most [`STRENGTH_MAX`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Strength {
    /// See [`crate::logic::map::blow`].
    pub attack: u32,
    /// The same.
    pub defense: u32,
    /// Hit points at most, at least 1.
    pub hp_max: u32,
}

impl Design {
    /// What all of these items together add.
    pub fn bonus(&self, worn: impl Iterator<Item = u32>) -> Bonus {
        worn.filter_map(|kind| self.item(kind)).fold(Bonus::default(), |sum, item| Bonus {
            attack: sum.attack.saturating_add(item.bonus.attack),
            defense: sum.defense.saturating_add(item.bonus.defense),
            hp: sum.hp.saturating_add(item.bonus.hp),
        })
    }

    /// A character of this level that wears so much.
    #[must_use]
    pub fn strength(&self, level: u32, worn: Bonus) -> Strength {
        let level = self.levels().at(level);
        let add = |own: u32, more: i32| own.saturating_add_signed(more).min(STRENGTH_MAX);
        Strength {
            attack: add(level.attack, worn.attack),
            defense: add(level.defense, worn.defense),
            hp_max: add(level.hp, worn.hp).max(1),
        }
    }
}
