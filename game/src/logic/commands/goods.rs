//! What a character in the world does with things. Whose they are is decided by who is in the world: items of
//! others are like items that do not exist.

mod bags;
mod books;
mod exchange;
mod mail;
mod offering;
mod shops;

pub(super) use self::{
    bags::{drop_some, merge, move_to, read, split, take_off, use_one, wear},
    mail::{delete as mail_delete, list as mail_list, send as mail_send, take as mail_take},
    shops::{buy, sell, wares},
};

pub(in crate::logic) use self::{
    exchange::exchange,
    offering::{asking_name, offer_of},
};

use proto::tables::ItemRow;

use super::super::{
    goods::{bag::Bag, refusal::Refusal},
    tx::{Halt, Tx},
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

/// What it has.
fn own_bag<'a>(tx: &mut Tx<'a>) -> Result<Bag<'a>, Halt> {
    let character = character(tx)?;
    let items = tx.set::<ItemRow>(character)?;
    Ok(Bag::new(character, items, tx.locked, tx.design))
}
