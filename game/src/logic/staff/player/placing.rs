//! A character is put somewhere else on the map, whether it is in the world or not.

use proto::{client::StaffSaid, ids::AccountId, link::StaffResponse, tables::CharacterRow};

use super::{Ask, Asked, Did, character, telling};
use crate::logic::{event::Now, map::ground::Place, staff::StaffError, tx::Halt, world::World};

impl World {
    /// There, or nowhere in particular: where newcomers begin. Its client is told where it stands, as after a move that did
    /// not happen.
    pub(super) fn staff_put(
        &mut self,
        ask: &Asked,
        player: &Ask,
        (id, to): (u64, Option<Place>),
        now: Now,
    ) -> Result<StaffResponse, Halt> {
        let account = AccountId(player.account);
        let avatar = self.roaming.avatar_of(account).filter(|(_, roamer)| roamer.character == id);
        let stands = avatar.and_then(|(avatar, _)| self.roaming.field.at(avatar));
        let is_free = to.is_none_or(|to| self.roaming.field.ground().is_free(to));
        let at = self.place_to_stand(to);
        let map = self.design.map().number();
        let response = self.staff_deed(ask, player, now, |tx| {
            let row = character(tx, account, id)?;
            if !is_free {
                return Err(StaffError::PlaceNotFree.into());
            }
            let was = stands.unwrap_or(Place { x_mm: row.x_mm, y_mm: row.y_mm });
            let did = Did::new(place(row.map, was), place(map, at));
            let text = did.became.clone();
            tx.put(CharacterRow { map, x_mm: at.x_mm, y_mm: at.y_mm, ..row });
            telling::tell(tx, account, &StaffSaid { name: MOVED.to_owned(), text, character: id });
            Ok(did)
        })?;
        if let Some((avatar, _)) = avatar.filter(|_| !response.again) {
            self.roaming.field.put_elsewhere(avatar, at);
            self.roaming.kept(avatar, at);
            self.end_stretched_trade(id);
        }
        Ok(response)
    }
}

fn place(map: u32, at: Place) -> String {
    format!("map {map}, {} mm, {} mm", at.x_mm, at.y_mm)
}

const MOVED: &str = "moved";
