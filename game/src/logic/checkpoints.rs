//! Where characters stand, kept in their rows: now and then while they walk, and when they go. It is progress:
//! nobody waits for it, and a crash takes back the steps since the last time.

use std::time::Duration;

use proto::{tables::CharacterRow, turn::TxnId};

use super::{delivery::ConnKey, event::Now, map::field::AvatarKey, world::World};

impl World {
    /// Keeps the places of those whose time has come. Each has its own, from when it entered.
    pub(super) fn keep_places(&mut self, now: Now) {
        while let Some(avatar) = self.roaming.next_to_keep(now.instant) {
            self.keep_place(avatar, now);
            self.roaming.keep_at(avatar, now.instant + PLACES_KEPT_EVERY * self.scarcity.coarser());
        }
    }

    /// Keeps how everybody on the map is, also those whose connection went, for the process ends.
    pub fn keep_all(&mut self, now: Now) {
        let avatars: Vec<AvatarKey> = self.roaming.roamers.keys().collect();
        for avatar in avatars {
            self.keep_place(avatar, now);
        }
    }

    /// Keeps where an avatar stands, unless its row says so already. Without room in the pipeline, or without its
    /// row in memory, that is left to the next time.
    pub(super) fn keep_place(&mut self, avatar: AvatarKey, now: Now) {
        let Some((account, character, at)) = self.roaming.place_to_keep(avatar) else { return };
        let map = self.design.map().number();
        let wrote = self.in_tx(ConnKey::default(), None, now, |tx| {
            let Some(row) = tx.row::<CharacterRow>(&(account.0, character))? else { return Ok(false) };
            tx.put(CharacterRow { map, x_mm: at.x_mm, y_mm: at.y_mm, ..row });
            tx.progress();
            Ok(true)
        });
        if matches!(wrote, Ok(true)) && self.commit(TxnId { account, cseq: 0 }, now).is_ok() {
            self.roaming.kept(avatar, at);
            self.figures.places_kept += 1;
        }
        // Whatever comes next of this turn does not find a write that had no room.
        self.work.clear();
    }
}

/// Steps of so long may be lost with a crash.
pub(super) const PLACES_KEPT_EVERY: Duration = Duration::from_secs(30);
