//! Into the world with a character and out of it, and what a character learns there. Who is in the world is
//! who has an avatar on the map: one character at a time an account. Knows no rule about characters.

use std::sync::Arc;

use proto::{
    client::{CharEnter, Entered, LevelUp},
    ids::AccountId,
    kinds,
    packet::Packet,
    tables::CharacterRow,
    turn::TxnId,
    wire,
};

use super::{
    commands::characters,
    delivery::ConnKey,
    design::Design,
    event::Now,
    map::{cell_tick::Looks, ground::Place},
    roaming::{Arrival, Roaming},
    tx::{Call, Halt, decode},
    world::World,
};
use crate::room::Refusal;

impl World {
    /// `char_enter`. One whose connection went a moment ago is still on the map and goes on from there.
    pub(super) fn char_enter(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let CharEnter { character } = decode(call.body)?;
        if self.roaming.is_played(call.account) {
            return Err(Halt::Reject("already_in_world"));
        }
        if let Some((other, _)) =
            self.roaming.avatar_of(call.account).filter(|(_, roamer)| roamer.character != character)
        {
            // Its connection went, and it is taken off the map now.
            self.keep_place(other, now);
        }
        let (row, worn, seen) = self.in_tx(key, None, now, |tx| {
            let row = characters::to_enter(tx, call.account, character)?;
            let worn = characters::worn(tx, character)?;
            let seen = characters::seen_with(tx, &row, worn);
            Ok((row, worn, seen))
        })?;
        let is_placed = row.map == self.design.map().number();
        let at = is_placed.then_some(Place { x_mm: row.x_mm, y_mm: row.y_mm });
        let arrival = Arrival { looks: looks(&row), at, worn };
        let facts = self.enter_map(call.account, arrival, now).map_err(|Refusal(code)| Halt::Reject(code))?;
        let entered = Entered { character: Some(seen), map: Some(facts) };
        self.outputs.answer_ok(call.cseq, &wire::encode(&entered));
        // Nothing was written: this cannot fail, and leave half of it.
        self.commit_command(key, call, now)
    }

    /// `char_leave`.
    pub(super) fn char_leave(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        if self.roaming.who(call.account).is_none() {
            return Err(Halt::Reject("not_in_world"));
        }
        self.leave_map(call.account, now);
        self.in_tx(key, None, now, |_| Ok(()))?;
        self.commit_command(key, call, now)
    }

    /// Gives experience to the character with which an account is in the world, and tells whoever has to
    /// know. False: nothing was changed, for it is not in the world, or too much waits for the journal.
    pub fn award(&mut self, account: AccountId, xp: u32, now: Now) -> bool {
        let Some(character) = self.roaming.who(account) else { return false };
        let who = (character, self.roaming.worn(account));
        let awarded = self.in_tx(ConnKey::default(), None, now, |tx| characters::award(tx, account, who, xp));
        let Ok((row, levels)) = awarded else { return false };
        if self.commit(TxnId { account, cseq: 0 }, now).is_err() {
            return false;
        }
        self.deliver(None, None);
        self.has_learned(account, &row, levels, now);
        true
    }

    /// Another design takes effect: other monsters come if any of them, or their places, differ, and characters are as
    /// strong as it says, which their players are told. What a worn item adds is counted again when it is put on, or its
    /// character enters.
    pub(super) fn take_design(&mut self, next: Arc<Design>, now: Now) {
        let before = std::mem::replace(&mut self.design, next);
        if !before.has_same_monsters(&self.design) {
            let Roaming { field, monsters, .. } = &mut self.roaming;
            monsters.replace(field, &self.design);
        }
        for (account, worn) in self.roaming.all_worn() {
            let Some((avatar, roamer)) = self.roaming.avatar_of(account) else { continue };
            let told = |design| self.row_of(&roamer).map(|row| characters::progress(design, row, worn));
            let is_other = told(&before) != told(&self.design);
            self.rearm(account, worn, now);
            if is_other {
                self.tell_progress(avatar);
            }
        }
    }

    /// Lets a character that has learned something be what it is now, and tells who hears it rise.
    pub(super) fn has_learned(&mut self, account: AccountId, row: &CharacterRow, levels: u32, now: Now) {
        if levels == 0 {
            return;
        }
        let ding = LevelUp { character: row.id, name: row.name.clone(), level: row.level };
        let mut bytes = Vec::new();
        wire::put(&mut bytes, Packet { kind: kinds::LEVEL_UP, ..Packet::default() }, &ding);
        self.tell_near_after(account, &bytes);
        self.roaming.change_looks(account, looks(row));
        self.rearm(account, self.roaming.worn(account), now);
    }
}

/// As others see it.
fn looks(row: &CharacterRow) -> Looks {
    Looks { character: row.id, name: row.name.clone(), level: row.level, monster: 0 }
}
