//! Shops: their prices are the designers'. What is bought comes into the world, what is sold leaves it; gold
//! the other way.

use proto::{
    client::{ShopBuy, ShopDeal, ShopRead, ShopSell, ShopWare, ShopWares, Wallet},
    limits::{GOLD_MAX, ITEM_QUANTITY_MAX},
    tables::{Reason, WalletRow},
    wire,
};

use super::{
    alive,
    bags::leaves,
    books::{Line, keep, log, log_gold},
    character, own_bag,
};
use crate::logic::{
    design::{Shop, Ware},
    map::ground::{Place, Placed},
    tx::{Call, Halt, Tx, decode},
};

/// `shop_read`.
pub(in crate::logic::commands) fn wares(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let ShopRead { shop } = decode(call.body)?;
    character(tx)?;
    let shop = find(tx, shop)?;
    let ware = |ware: &Ware| ShopWare { kind: ware.item, buy: ware.buy, sell: ware.sell };
    let wares = ShopWares { name: shop.name.clone(), wares: shop.wares.iter().map(ware).collect() };
    tx.answer(call, &wire::encode(&wares));
    Ok(())
}

/// `shop_buy`.
pub(in crate::logic::commands) fn buy(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let ShopBuy { shop, kind, quantity } = decode(call.body)?;
    let holder = alive(tx, call)?.id;
    let ware = at(tx, shop)?.ware(kind);
    let price = ware.and_then(|ware| ware.buy).ok_or(Halt::Reject("not_sold_here"))?;
    let cost = total(price, quantity)?;
    tx.want::<WalletRow>(&[call.account.0]);
    let mut bag = own_bag(tx)?;
    let wallet = own_wallet(tx, call)?;
    if wallet.gold < cost {
        return Err(Halt::Reject("not_enough_gold"));
    }
    let came = bag.add(kind, quantity, || tx.new_id())?;
    keep(tx, call, bag);
    let reason = Reason::ShopBuy;
    for (item, quantity) in came {
        log(tx, call, Line { item, kind, quantity, from: 0, to: holder, reason });
    }
    tx.goods_flow(reason, kind, quantity.into());
    settle(tx, call, &wallet, reason, -cost);
    Ok(())
}

/// `shop_sell`.
pub(in crate::logic::commands) fn sell(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<(), Halt> {
    let ShopSell { shop, item, quantity } = decode(call.body)?;
    alive(tx, call)?;
    let shop = at(tx, shop)?;
    tx.want::<WalletRow>(&[call.account.0]);
    let mut bag = own_bag(tx)?;
    let kind = bag.take(item, quantity)?;
    let price = shop.ware(kind).and_then(|ware| ware.sell).ok_or(Halt::Reject("not_bought_here"))?;
    let gain = total(price, quantity)?;
    let wallet = own_wallet(tx, call)?;
    if GOLD_MAX - gain < wallet.gold {
        return Err(Halt::Reject("wallet_full"));
    }
    keep(tx, call, bag);
    leaves(tx, call, (item, kind, quantity), Reason::ShopSell)?;
    settle(tx, call, &wallet, Reason::ShopSell, gain);
    Ok(())
}

fn find<'a>(tx: &Tx<'a>, shop: u32) -> Result<&'a Shop, Halt> {
    tx.design.shop(shop).ok_or(Halt::Reject("no_such_shop"))
}

/// A shop that the character stands at.
fn at<'a>(tx: &Tx<'a>, shop: u32) -> Result<&'a Shop, Halt> {
    let found = find(tx, shop)?;
    let is_near = |at: Place| {
        let is_it = |placed: &&Placed| placed.number == shop;
        let mut places = tx.design.map().shops().iter().filter(is_it).map(|placed| placed.at);
        places.any(|place| place.is_within(REACH_MM, at))
    };
    if tx.stands.is_some_and(is_near) { Ok(found) } else { Err(Halt::Reject("shop_too_far")) }
}

/// How far one may stand from a shop to deal with it.
const REACH_MM: i64 = 20_000;

/// For so many at a price. Prices and quantities are bounded so that this is an amount.
fn total(price: i64, quantity: u32) -> Result<i64, Halt> {
    if !(1..=ITEM_QUANTITY_MAX).contains(&quantity) {
        return Err(Halt::Reject("bad_quantity"));
    }
    price.checked_mul(quantity.into()).filter(|total| *total <= GOLD_MAX).ok_or(Halt::Reject("bad_quantity"))
}

fn own_wallet(tx: &mut Tx<'_>, call: &Call<'_>) -> Result<WalletRow, Halt> {
    tx.row::<WalletRow>(&call.account.0)?.ok_or(Halt::Reject("internal"))
}

/// Gold comes to the account or goes, and the command is answered.
fn settle(tx: &mut Tx<'_>, call: &Call<'_>, wallet: &WalletRow, reason: Reason, amount: i64) {
    let gold = wallet.gold + amount;
    let (ver, lsn) = (tx.ver_next::<WalletRow>(&wallet.account), tx.lsn.0);
    if amount == 0 {
        // A price of nothing moves nothing: the row and the books stay as they are.
        let wallet = Wallet { gold, ver: ver - 1 };
        return tx.answer(call, &wire::encode(&ShopDeal { wallet: Some(wallet), lsn }));
    }
    tx.put(WalletRow { gold, ..wallet.clone() });
    log_gold(tx, call, reason, amount);
    tx.answer(call, &wire::encode(&ShopDeal { wallet: Some(Wallet { gold, ver }), lsn }));
}
