//! Another name for an account or one of its characters. The old one is free for others from then on.

use proto::{
    client::StaffSaid,
    ids::AccountId,
    tables::{AccountRow, CharacterNameRow, CharacterRow, NameRow},
};

use super::{Ask, Asked, Did, telling};
use crate::logic::{
    event::Now,
    map::cell_tick::Looks,
    names::{Name, canonical},
    staff::StaffError,
    tx::{Halt, Tx},
    world::World,
};
use proto::link::StaffResponse;

impl World {
    /// Others see a character's new name at once; its player is told.
    pub(super) fn staff_rename(
        &mut self,
        ask: &Asked,
        player: &Ask,
        (character, name): (u64, &Name),
        now: Now,
    ) -> Result<StaffResponse, Halt> {
        let account = AccountId(player.account);
        let mut level = 0;
        let mut response = self.staff_deed(ask, player, now, |tx| {
            let did = if character == 0 {
                of_account(tx, account, name)?
            } else {
                let (did, row) = of_character(tx, account, character, name)?;
                level = row.level;
                did
            };
            let told = StaffSaid { name: RENAMED.to_owned(), text: name.shown().to_owned(), character };
            telling::tell(tx, account, &told);
            Ok(did)
        })?;
        if character == 0 {
            response.name = name.shown().to_owned();
        } else if self.roaming.who(account) == Some(character) {
            let looks = Looks { character, name: name.shown().to_owned(), level, monster: 0 };
            self.roaming.change_looks(account, looks);
        }
        Ok(response)
    }
}

fn of_account(tx: &mut Tx<'_>, account: AccountId, name: &Name) -> Result<Did, Halt> {
    tx.want::<NameRow>(&[name.key().to_owned()]);
    let row = tx.row::<AccountRow>(&account.0)?.ok_or(StaffError::NoSuchAccount)?;
    let was = row.name.clone().ok_or(StaffError::NotNamed)?;
    let old = old_key(&was);
    if name.key() != old {
        if tx.row::<NameRow>(&name.key().to_owned())?.is_some() {
            return Err(Halt::Reject("name_taken"));
        }
        if tx.row::<NameRow>(&old)?.is_some_and(|owner| owner.account == account.0) {
            tx.delete::<NameRow>(&old);
        }
        tx.put(NameRow { name_key: name.key().to_owned(), account: account.0 });
    }
    tx.put(AccountRow { name: Some(name.shown().to_owned()), ..row });
    Ok(Did { word: Some(A_NAME), ..Did::new(was, name.shown().to_owned()) })
}

fn of_character(
    tx: &mut Tx<'_>,
    account: AccountId,
    character: u64,
    name: &Name,
) -> Result<(Did, CharacterRow), Halt> {
    tx.want::<CharacterNameRow>(&[name.key().to_owned()]);
    let row = super::character(tx, account, character)?;
    let old = old_key(&row.name);
    if name.key() != old {
        if tx.row::<CharacterNameRow>(&name.key().to_owned())?.is_some() {
            return Err(Halt::Reject("name_taken"));
        }
        if tx.row::<CharacterNameRow>(&old)?.is_some_and(|owner| owner.character == character) {
            tx.delete::<CharacterNameRow>(&old);
        }
        let name_key = name.key().to_owned();
        tx.put(CharacterNameRow { name_key, account: account.0, character });
    }
    let did = Did { word: Some(A_NAME), ..Did::new(row.name.clone(), name.shown().to_owned()) };
    let row = CharacterRow { name: name.shown().to_owned(), ..row };
    tx.put(row.clone());
    Ok((did, row))
}

/// A name that is stored was canonical when it was taken; one that newer rules refuse has no other key.
fn old_key(shown: &str) -> String {
    canonical(shown).map_or_else(|_| shown.to_owned(), |name| name.key().to_owned())
}

const RENAMED: &str = "renamed";
const A_NAME: &str = "a name";
