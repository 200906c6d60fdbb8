//! What a character in the world does with things. Whose they are is decided by who is in the world: items of
//! others are like items that do not exist.

mod bags;
pub(in crate::logic) mod books;
mod exchange;
mod mail;
mod offering;
mod shops;
mod spoils;

pub(super) use self::{
    bags::{drop_some, merge, move_to, read, split},
    mail::{delete as mail_delete, list as mail_list, send as mail_send, take as mail_take},
    shops::{buy, sell, wares},
};

pub(in crate::logic) use self::{
    bags::{take_off, use_one, wear},
    exchange::exchange,
    offering::{asking_name, offer_of},
    spoils::{Share, Spoils, take as take_spoils},
};

use proto::tables::{CharacterRow, ItemRow};

use super::super::{
    goods::{bag::Bag, refusal::Refusal},
    tx::{Call, Halt, Tx},
};

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Reject(refusal.code())
    }
}

/// The character that the session plays. One that an earlier session left in the world is first to be entered with.
fn character(tx: &Tx<'_>) -> Result<u64, Halt> {
    tx.plays.ok_or(Halt::Reject("not_in_world"))
}

/// The row of that character, if it is alive.
fn alive(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<CharacterRow, Halt> {
    let character = character(tx)?;
    let row = tx.row::<CharacterRow>(&(call.account.0, character))?.ok_or(Halt::Reject("internal"))?;
    if row.dead { Err(Halt::Reject("character_dead")) } else { Ok(row) }
}

/// What it has.
fn own_bag<'a>(tx: &mut Tx<'a>) -> Result<Bag<'a>, Halt> {
    let character = character(tx)?;
    let items = tx.set::<ItemRow>(character)?;
    Ok(Bag::new(character, items, tx.locked, tx.design))
}
