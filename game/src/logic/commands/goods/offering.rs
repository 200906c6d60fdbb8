//! What one side of a trade puts on the table, looked up as it is now; and under which name somebody asks for one.
//! Changes nothing: what is offered stays where it is.

use proto::{
    client::{TradeOffer, TradeThing},
    limits::{GOLD_MAX, ITEM_QUANTITY_MAX},
    tables::{CharacterRow, ItemRow, WalletRow},
};

use crate::logic::{
    goods::{
        bag::Bag,
        offer::{ITEMS_MAX, Offer, Thing},
        refusal::Refusal,
        trade::Trader,
    },
    switches,
    tx::{Call, Halt, Tx},
};

/// The offer, if the character in the world has all of it.
pub(in crate::logic) fn offer_of(
    tx: &mut Tx<'_>,
    call: &Call<'_>,
    asked: &TradeOffer,
) -> Result<Offer, Halt> {
    if !(0..=GOLD_MAX).contains(&asked.gold) {
        return Err(Refusal::BadAmount.into());
    }
    // What takes an offer back moves nothing.
    if asked.gold != 0 || !asked.items.is_empty() {
        switches::may_move_wealth(tx.cache, &[call.account.0])?;
    }
    if ITEMS_MAX < asked.items.len() {
        return Err(Refusal::TooManyItems.into());
    }
    let character = super::character(tx)?;
    tx.want::<WalletRow>(&[call.account.0]);
    // What the former offer holds may be offered again.
    let bag = Bag::new(character, tx.set::<ItemRow>(character)?, &[], tx.design);
    let wallet = tx.row::<WalletRow>(&call.account.0)?.ok_or(Halt::Reject("internal"))?;
    if wallet.gold < asked.gold {
        return Err(Halt::Reject("not_enough_gold"));
    }
    let things = asked.items.iter().map(|thing| whole(&bag, thing)).collect::<Result<_, _>>()?;
    Ok(Offer::new(asked.gold, things)?)
}

/// An item goes whole or not at all.
fn whole(bag: &Bag<'_>, thing: &TradeThing) -> Result<Thing, Refusal> {
    let TradeThing { item, quantity } = *thing;
    let row = bag.in_bag(item)?;
    if !(1..=ITEM_QUANTITY_MAX).contains(&quantity) || quantity < row.quantity {
        return Err(Refusal::BadQuantity);
    }
    if row.quantity < quantity {
        return Err(Refusal::NotEnoughItems);
    }
    Ok(Thing { item, kind: row.kind, quantity })
}

/// The name of the character that asks.
pub(in crate::logic) fn asking_name(tx: &mut Tx<'_>, asker: Trader) -> Result<String, Halt> {
    let row = tx.row::<CharacterRow>(&(asker.account.0, asker.character))?;
    Ok(row.ok_or(Halt::Reject("internal"))?.name)
}
