//! The own bag: looked at, put in order, worn, thrown away, used up.

use proto::{
    client::{self, ItemDrop, ItemMerge, ItemMove, ItemSplit, ItemTakeOff, ItemUse, ItemWear},
    tables::{CharacterRow, Reason},
    wire,
};

use super::{
    alive,
    books::{Line, keep, log, seen},
    character, own_bag,
};
use crate::logic::{
    commands::characters,
    tx::{Call, Halt, Tx, decode},
};

/// `bag_read`.
pub(in crate::logic::commands) fn read(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let items = own_bag(tx)?.items().iter().map(seen).collect();
    tx.answer(call, &wire::encode(&client::Bag { items }));
    Ok(())
}

/// `item_move`.
pub(in crate::logic::commands) fn move_to(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let ItemMove { item, slot } = decode(call.body)?;
    let mut bag = own_bag(tx)?;
    bag.move_to(item, slot)?;
    keep(tx, call, bag);
    Ok(())
}

/// `item_split`.
pub(in crate::logic::commands) fn split(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let ItemSplit { item, quantity } = decode(call.body)?;
    let mut bag = own_bag(tx)?;
    let kind = bag.item(item)?.kind;
    let part = tx.new_id()?;
    bag.split(item, quantity, part)?;
    keep(tx, call, bag);
    arranged(tx, call, kind, quantity, (item, part))
}

/// `item_merge`.
pub(in crate::logic::commands) fn merge(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let ItemMerge { item, into } = decode(call.body)?;
    let mut bag = own_bag(tx)?;
    let kind = bag.item(item)?.kind;
    let moved = bag.merge(item, into)?;
    keep(tx, call, bag);
    arranged(tx, call, kind, moved, (item, into))
}

/// So many of one item are of another now: two lines, so that each item's lines add up.
fn arranged(
    tx: &mut Tx<'_>,
    call: &Call<'_>,
    kind: u32,
    quantity: u32,
    (from, to): (u64, u64),
) -> Result<(), Halt> {
    let (holder, reason) = (character(tx)?, Reason::Arranged);
    log(tx, call, Line { item: from, kind, quantity, from: holder, to: 0, reason });
    log(tx, call, Line { item: to, kind, quantity, from: 0, to: holder, reason });
    Ok(())
}

/// `item_wear`.
pub(in crate::logic) fn wear(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let ItemWear { item } = decode(call.body)?;
    let mut bag = own_bag(tx)?;
    bag.wear(item)?;
    keep(tx, call, bag);
    rearm(tx, call)
}

/// `item_take_off`.
pub(in crate::logic) fn take_off(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let ItemTakeOff { item } = decode(call.body)?;
    let mut bag = own_bag(tx)?;
    bag.take_off(item)?;
    keep(tx, call, bag);
    rearm(tx, call)
}

/// `item_drop`.
pub(in crate::logic::commands) fn drop_some(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let ItemDrop { item, quantity } = decode(call.body)?;
    let mut bag = own_bag(tx)?;
    let kind = bag.take(item, quantity)?;
    keep(tx, call, bag);
    leaves(tx, call, (item, kind, quantity), Reason::Dropped)
}

/// `item_use`.
pub(in crate::logic) fn use_one(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let ItemUse { item } = decode(call.body)?;
    let mut bag = own_bag(tx)?;
    let (kind, heal) = bag.use_one(item)?;
    let row = alive(tx, call)?;
    let hp_max = tx.design.strength(row.level, tx.worn).hp_max;
    if hp_max <= row.hp {
        return Err(Halt::Reject("not_hurt"));
    }
    let row = CharacterRow { hp: row.hp.saturating_add(heal).min(hp_max), ..row };
    characters::tell_progress(tx, call.account, &row, tx.worn);
    tx.put(row);
    keep(tx, call, bag);
    leaves(tx, call, (item, kind, 1), Reason::Used)
}

/// Another strength, of a character that wears something else now: it has no more hit points than that allows.
fn rearm(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let id = character(tx)?;
    let worn = characters::worn(tx, id)?;
    let row = tx.row::<CharacterRow>(&(call.account.0, id))?.ok_or(Halt::Reject("internal"))?;
    let hp_max = tx.design.strength(row.level, worn).hp_max;
    let row = CharacterRow { hp: row.hp.min(hp_max), ..row };
    characters::tell_progress(tx, call.account, &row, worn);
    tx.put(row);
    Ok(())
}

/// Things leave the world.
pub(super) fn leaves(
    tx: &mut Tx<'_>,
    call: &Call<'_>,
    (item, kind, quantity): (u64, u32, u32),
    reason: Reason,
) -> Result<(), Halt> {
    let from = character(tx)?;
    tx.goods_flow(reason, kind, -i64::from(quantity));
    log(tx, call, Line { item, kind, quantity, from, to: 0, reason });
    Ok(())
}
