//! What both sides of a trade have accepted changes hands: both bags, both wallets and the books in one record.
//! That both want exactly this is known by whoever calls.

use proto::{
    client::{TradeDone, Wallet},
    ids::AccountId,
    kinds,
    limits::GOLD_MAX,
    packet::Packet,
    tables::{ItemRow, LedgerRow, Reason, WalletRow},
    wire,
};

use super::books::{Line, keep_of, log};
use crate::logic::{
    goods::{
        bag::Bag,
        offer::{Offer, Thing},
        refusal::Refusal,
        trade::{Stage, Trade},
    },
    outputs::Audience,
    switches,
    tx::{Call, Halt, Tx},
};

/// Does it and tells both, or refuses with nothing changed: something is not there as it was offered, no room, too
/// little gold.
pub(in crate::logic) fn exchange(tx: &mut Tx<'_>, call: &Call<'_>, trade: &Trade) -> Result<(), Halt> {
    let Stage::Open(table) = &trade.stage else { return Err(Refusal::TradeNotOpen.into()) };
    let [a, b] = trade.traders;
    switches::may_move_wealth(tx.cache, &[a.account.0, b.account.0])?;
    tx.want::<ItemRow>(&[a.character, b.character]);
    tx.want::<WalletRow>(&[a.account.0, b.account.0]);
    let design = tx.design;
    let mut bags = [
        Bag::new(a.character, tx.set::<ItemRow>(a.character)?, &[], design),
        Bag::new(b.character, tx.set::<ItemRow>(b.character)?, &[], design),
    ];
    let [from_a, from_b] = &table.offers;
    let things = [give(&mut bags[0], from_a)?, give(&mut bags[1], from_b)?];
    for (to, things) in [(1, &things[0]), (0, &things[1])] {
        for row in things {
            bags[to].receive(row)?;
        }
    }
    let wallets = pay(tx, call, [a.account, b.account], [from_a.gold(), from_b.gold()])?;
    for (bag, account) in bags.into_iter().zip([a.account, b.account]) {
        keep_of(tx, account, bag);
    }
    for (things, from, to) in [(&things[0], a.character, b.character), (&things[1], b.character, a.character)]
    {
        for ItemRow { id: item, kind, quantity, .. } in things.iter().cloned() {
            log(tx, call, Line { item, kind, quantity, from, to, reason: Reason::Trade });
        }
    }
    for (account, wallet) in [a.account, b.account].into_iter().zip(wallets) {
        let done = TradeDone { trade: trade.id, lsn: tx.lsn.0, wallet: Some(wallet) };
        tx.send(Audience::Account(account), |bytes| {
            wire::put(bytes, Packet { kind: kinds::TRADE_DONE, ..Packet::default() }, &done);
        });
    }
    Ok(())
}

/// Takes out what was offered, if it is there exactly so.
fn give(bag: &mut Bag<'_>, offer: &Offer) -> Result<Vec<ItemRow>, Refusal> {
    let mut rows = Vec::with_capacity(offer.things().len());
    for thing in offer.things() {
        let row = bag.give(thing.item)?;
        if *thing != (Thing { item: row.id, kind: row.kind, quantity: row.quantity }) {
            return Err(Refusal::OfferChanged);
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Both amounts change hands, each in its own line of the books. Each side must have what it offers before it gets
/// what it is offered. What both have then.
fn pay(
    tx: &mut Tx<'_>,
    call: &Call<'_>,
    accounts: [AccountId; 2],
    amounts: [i64; 2],
) -> Result<[Wallet; 2], Halt> {
    let internal = Halt::Reject("internal");
    let Some(a) = tx.row::<WalletRow>(&accounts[0].0)? else { return Err(internal) };
    let Some(b) = tx.row::<WalletRow>(&accounts[1].0)? else { return Err(internal) };
    if a.gold < amounts[0] || b.gold < amounts[1] {
        return Err(Halt::Reject("not_enough_gold"));
    }
    let (a_gold, b_gold) = (a.gold - amounts[0] + amounts[1], b.gold - amounts[1] + amounts[0]);
    if GOLD_MAX < a_gold || GOLD_MAX < b_gold {
        return Err(Halt::Reject("wallet_full"));
    }
    let is_changed = amounts[0] != amounts[1];
    let seen = |tx: &Tx<'_>, gold: i64, account: u64| {
        let ver = tx.ver::<WalletRow>(&account) + u64::from(is_changed);
        Wallet { gold, ver }
    };
    let wallets = [seen(tx, a_gold, a.account), seen(tx, b_gold, b.account)];
    if is_changed {
        tx.put(WalletRow { gold: a_gold, ..a });
        tx.put(WalletRow { gold: b_gold, ..b });
    }
    for (from, to) in [(0, 1), (1, 0)] {
        if amounts[from] != 0 {
            let row = LedgerRow {
                lsn: tx.lsn.0,
                n: tx.appended(),
                from_account: accounts[from].0,
                to_account: accounts[to].0,
                amount: amounts[from],
                reason: Reason::Trade as u32,
                // A number is of the account that the gold left: the other side's accept was another command.
                cseq: if accounts[from] == call.account { call.cseq } else { 0 },
                wall_ms: tx.now.wall_ms,
            };
            tx.append(&row);
        }
    }
    Ok(wallets)
}
