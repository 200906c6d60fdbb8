//! What the server itself does with avatars: it puts them somewhere, lets them lie, says how much life they have. And
//! who is around a place. Knows no budget: nobody claims anything here.

use super::{AvatarKey, Cell, Field, Place, Refused, index};

impl Field {
    /// It is there now, which has to be free. Its client goes on from there.
    pub fn put(&mut self, key: AvatarKey, at: Place) {
        self.change(key, |avatar| {
            avatar.is_moved |= avatar.at != at;
            avatar.at = at;
        });
    }

    /// The same to one whose client does not know: it is told with the next tick.
    pub fn put_elsewhere(&mut self, key: AvatarKey, at: Place) {
        self.put(key, at);
        if let Some(avatar) = self.avatars.get_mut(key)
            && avatar.refused.replace(Refused::Elsewhere).is_none()
        {
            self.refused.push(key);
        }
    }

    /// It has so much of its life, of 100; with 0 it is dead, and lies where it is.
    pub fn live(&mut self, key: AvatarKey, life: u8) {
        self.change(key, |avatar| {
            avatar.is_hurt |= avatar.life != life;
            avatar.life = life;
            avatar.is_still = life == 0;
        });
    }

    fn change(&mut self, key: AvatarKey, change: impl FnOnce(&mut super::Avatar)) {
        let Some(avatar) = self.avatars.get_mut(key).filter(|avatar| !avatar.is_gone) else { return };
        change(avatar);
        let has_news = avatar.is_moved || avatar.is_hurt;
        if has_news && !std::mem::replace(&mut avatar.is_changed, true) {
            self.changed.push(key);
        }
    }

    /// The avatar with this number in packets, if it is still there.
    #[must_use]
    pub fn find(&self, number: u32) -> Option<AvatarKey> {
        self.by_number.get(&number).copied()
    }

    /// Whether it is a player's character; none: it is gone.
    #[must_use]
    pub fn is_player(&self, key: AvatarKey) -> Option<bool> {
        self.avatars.get(key).filter(|avatar| !avatar.is_gone).map(|avatar| avatar.looks.monster == 0)
    }

    /// Where a player's character is, if it is there and alive.
    #[must_use]
    pub fn prey(&self, key: AvatarKey) -> Option<Place> {
        let avatar = self.avatars.get(key)?;
        let is_prey = !avatar.is_gone && avatar.life != 0 && avatar.looks.monster == 0;
        is_prey.then_some(avatar.at)
    }

    /// Whether a player's character is in this cell or beside it: whoever is there is seen.
    #[must_use]
    pub fn is_watched(&self, cell: Cell) -> bool {
        self.grid.heard(cell).iter().any(|cell| 0 < self.squares[index(*cell)].players)
    }

    /// The next cell in which there was no player, and is one, if any.
    pub fn next_arrival(&mut self) -> Option<Cell> {
        self.arrivals.pop()
    }

    /// The nearest living character within a distance, of the first few that are looked at: a crowd is a feast for
    /// whoever sees any of it.
    #[must_use]
    pub fn nearest_prey(&self, at: Place, within_mm: i64) -> Option<AvatarKey> {
        let mut looks = LOOKS_MAX;
        let mut nearest: Option<(i64, AvatarKey)> = None;
        for cell in self.grid.heard(self.grid.at(at)).iter() {
            let square = &self.squares[index(*cell)];
            if square.players == 0 || !self.grid.is_near(*cell, at, within_mm) {
                continue;
            }
            for key in &square.members {
                if self.is_player(*key) != Some(true) {
                    continue;
                }
                if looks == 0 {
                    return nearest.map(|(_, key)| key);
                }
                looks -= 1;
                let Some(prey) = self.prey(*key) else { continue };
                let square_mm2 = at.square_to(prey);
                let is_nearer = nearest.is_none_or(|(least, _)| square_mm2 < least);
                if square_mm2 <= within_mm * within_mm && is_nearer {
                    nearest = Some((square_mm2, *key));
                }
            }
        }
        nearest.map(|(_, key)| key)
    }
}

/// Players' characters that one look around takes in.
const LOOKS_MAX: usize = 128;
