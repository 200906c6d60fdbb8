//! How changes of goods are kept: rows, a line in the books for each change of an item, and what its player is told.
//! Every item's lines add up to its quantity.

use proto::{
    client::{BagChanged, Item},
    ids::AccountId,
    kinds,
    packet::Packet,
    tables::{GoodsLogRow, ItemRow, LedgerRow, Reason},
    wire,
};

use crate::logic::{
    goods::bag::{Bag, Change},
    outputs::Audience,
    tx::{Call, Tx},
};

/// One line of the books.
#[derive(Clone, Copy, Debug)]
pub(in crate::logic) struct Line {
    pub(in crate::logic) item: u64,
    pub(in crate::logic) kind: u32,
    pub(in crate::logic) quantity: u32,
    /// 0: from nowhere.
    pub(in crate::logic) from: u64,
    /// 0: to nowhere.
    pub(in crate::logic) to: u64,
    pub(in crate::logic) reason: Reason,
}

/// An item as its player sees it.
pub(in crate::logic) fn seen(row: &ItemRow) -> Item {
    let ItemRow { id, kind, quantity, place, slot, .. } = *row;
    Item { id, kind, quantity, place, slot }
}

/// Keeps what became of the player's own bag, and tells him.
pub(super) fn keep(tx: &mut Tx<'_>, call: &Call<'_>, bag: Bag<'_>) {
    keep_of(tx, call.account, bag);
}

/// Keeps what became of a bag, and tells the account whose it is.
pub(super) fn keep_of(tx: &mut Tx<'_>, account: AccountId, bag: Bag<'_>) {
    let mut news = BagChanged::default();
    for change in bag.into_changes() {
        match change {
            Change::Put(row) => {
                news.changed.push(seen(&row));
                tx.put(row);
            }
            Change::Gone(row) => {
                news.gone.push(row.id);
                tx.delete::<ItemRow>(&(row.holder, row.id));
            }
        }
    }
    if news != BagChanged::default() {
        tx.send(Audience::Account(account), |bytes| {
            wire::put(bytes, Packet { kind: kinds::BAG_CHANGED, ..Packet::default() }, &news);
        });
    }
}

/// Writes a line.
pub(in crate::logic) fn log(tx: &mut Tx<'_>, call: &Call<'_>, line: Line) {
    let Line { item, kind, quantity, from, to, reason } = line;
    let row = GoodsLogRow {
        lsn: tx.lsn.0,
        n: tx.appended(),
        item,
        kind,
        quantity,
        from_holder: from,
        to_holder: to,
        reason: reason as u32,
        account: call.account.0,
        cseq: call.cseq,
        wall_ms: tx.now.wall_ms,
    };
    tx.append(&row);
}

/// Gold between an account and the world: more than 0 comes, less goes.
pub(super) fn log_gold(tx: &mut Tx<'_>, call: &Call<'_>, reason: Reason, amount: i64) {
    tx.flow(reason, amount);
    let account = call.account.0;
    let holders = if amount < 0 { (account, 0) } else { (0, account) };
    log_gold_moved(tx, call, reason, holders, amount.abs());
}

/// Gold from one holder to another, 0 for the world.
pub(in crate::logic) fn log_gold_moved(
    tx: &mut Tx<'_>,
    call: &Call<'_>,
    reason: Reason,
    (from_account, to_account): (u64, u64),
    amount: i64,
) {
    let row = LedgerRow {
        lsn: tx.lsn.0,
        n: tx.appended(),
        from_account,
        to_account,
        amount,
        reason: reason as u32,
        cseq: call.cseq,
        wall_ms: tx.now.wall_ms,
    };
    tx.append(&row);
}
