//! Levels: how much experience each needs, what it gives, and how far some experience takes a character.

use super::XP_MAX;

/// One level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Experience in all from which on one is at this level.
    pub xp: u64,
    /// Hit points of a character without equipment, at least 1.
    pub hp: u32,
    /// Its attack.
    pub attack: u32,
    /// Its defense.
    pub defense: u32,
    /// Hit points that come back each second out of a fight.
    pub hp_per_s: u32,
}

/// All levels from 1 on. There is at least one, and each needs more than the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels {
    first: Level,
    higher: Vec<Level>,
}

/// What a character has learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// From 1.
    pub level: u32,
    /// In all.
    pub xp: u64,
    /// Hit points now; 0: dead.
    pub hp: u32,
}

/// What some experience came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gained {
    /// From now on.
    pub progress: Progress,
    /// Levels risen: more than 0 is a *ding*.
    pub levels: u32,
}

impl Levels {
    /// Level 1, and those after it in order.
    pub(crate) fn new(first: Level, higher: Vec<Level>) -> Self {
        debug_assert!(std::iter::once(&first).chain(&higher).is_sorted_by(|a, b| a.xp < b.xp));
        Self { first, higher }
    }

    /// A level. Characters may be above the last one, if a design took some away: they are as strong as it.
    #[must_use]
    pub fn at(&self, level: u32) -> &Level {
        let index = usize::try_from(level).unwrap_or(usize::MAX).saturating_sub(1);
        match index.checked_sub(1) {
            None => &self.first,
            Some(index) => self.higher.get(index).or(self.higher.last()).unwrap_or(&self.first),
        }
    }

    /// The highest level.
    #[must_use]
    pub fn last(&self) -> u32 {
        u32::try_from(self.higher.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Experience in all at which the level after this one begins; none at the last.
    #[must_use]
    pub fn next_xp(&self, level: u32) -> Option<u64> {
        let index = usize::try_from(level).unwrap_or(usize::MAX).saturating_sub(1);
        self.higher.get(index).map(|level| level.xp)
    }

    /// A new character.
    #[must_use]
    pub fn begin(&self) -> Progress {
        Progress { level: 1, xp: 0, hp: self.first.hp }
    }

    /// Experience gained. Nobody ever loses a level, whatever a newer design asks for it. Who rises is
    /// whole again, unless dead.
    #[must_use]
    pub fn gain(&self, before: Progress, xp: u64) -> Gained {
        let xp = before.xp.saturating_add(xp).min(XP_MAX);
        let reached = self.higher.iter().take_while(|level| level.xp <= xp).count();
        let reached = u32::try_from(reached).unwrap_or(u32::MAX).saturating_add(1);
        let level = before.level.max(reached);
        let levels = level - before.level;
        let hp = if levels == 0 || before.hp == 0 { before.hp } else { before.hp.max(self.at(level).hp) };
        Gained { progress: Progress { level, xp, hp }, levels }
    }
}
