//! The own bag: looked at, put in order, worn, thrown away, used up.

use proto::{
    client::{self, ItemDrop, ItemMerge, ItemMove, ItemSplit, ItemTakeOff, ItemUse, ItemWear, Progress},
    kinds,
    packet::Packet,
    tables::{CharacterRow, Reason},
    wire,
};

use super::{
    books::{Line, keep, log, seen},
    character, own_bag,
};
use crate::logic::{
    commands::characters,
    outputs::Audience,
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
pub(in crate::logic::commands) fn wear(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let ItemWear { item } = decode(call.body)?;
    let mut bag = own_bag(tx)?;
    bag.wear(item)?;
    keep(tx, call, bag);
    Ok(())
}

/// `item_take_off`.
pub(in crate::logic::commands) fn take_off(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let ItemTakeOff { item } = decode(call.body)?;
    let mut bag = own_bag(tx)?;
    bag.take_off(item)?;
    keep(tx, call, bag);
    Ok(())
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
pub(in crate::logic::commands) fn use_one(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let ItemUse { item } = decode(call.body)?;
    let mut bag = own_bag(tx)?;
    let (kind, heal) = bag.use_one(item)?;
    let id = character(tx)?;
    let row = tx.row::<CharacterRow>(&(call.account.0, id))?.ok_or(Halt::Reject("internal"))?;
    if row.dead || row.hp == 0 {
        return Err(Halt::Reject("character_dead"));
    }
    let hp_max = tx.design.levels().at(row.level).hp;
    if hp_max <= row.hp {
        return Err(Halt::Reject("not_hurt"));
    }
    let row = CharacterRow { hp: row.hp.saturating_add(heal).min(hp_max), ..row };
    let client::Character { level, xp, xp_next, hp, hp_max, .. } = characters::seen(tx, &row);
    tx.put(row);
    keep(tx, call, bag);
    let progress = Progress { character: id, level, xp, xp_next, hp, hp_max };
    tx.send(Audience::Account(call.account), |bytes| {
        wire::put(bytes, Packet { kind: kinds::PROGRESS, ..Packet::default() }, &progress);
    });
    leaves(tx, call, (item, kind, 1), Reason::Used)
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
