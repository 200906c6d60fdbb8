//! Gold that staff takes, and things that it gives or takes. What is not there cannot be taken, and what has no room is not
//! given: the deed is refused by name, with nothing changed. Gold that is given is a grant.

use proto::{
    client::{BagChanged, Paid, Wallet},
    ids::AccountId,
    kinds,
    packet::Packet,
    tables::{ItemRow, LedgerRow, Reason, WalletRow},
    wire,
};

use super::{Did, Things, character};
use crate::logic::{
    commands::goods::books::{Line, log, seen},
    goods::bag::{Bag, Change},
    outputs::Audience,
    staff::StaffError,
    tx::{Call, Halt, Tx},
    world::World,
};

/// Whose bag it is, and what its player has to do with it now.
pub(super) struct Holder {
    account: AccountId,
    character: u64,
    /// Lie in an offer.
    locked: Vec<u64>,
    /// It is in the world: its player sees the bag.
    is_in_world: bool,
}

impl World {
    pub(super) fn held_by(&self, account: AccountId, character: u64) -> Holder {
        let is_in_world = self.roaming.who(account) == Some(character);
        Holder { account, character, locked: self.trading.locked(character), is_in_world }
    }
}

pub(super) fn take_gold(tx: &mut Tx<'_>, account: AccountId, amount: i64) -> Result<Did, Halt> {
    let wallet = tx.row::<WalletRow>(&account.0)?.ok_or(StaffError::NoSuchAccount)?;
    if wallet.gold < amount {
        return Err(Halt::Reject("not_enough_gold"));
    }
    let (lsn, n, wall_ms) = (tx.lsn.0, tx.appended(), tx.now.wall_ms);
    let (had, gold) = (wallet.gold, wallet.gold - amount);
    let told = Wallet { gold, ver: tx.ver_next::<WalletRow>(&account.0) };
    tx.put(WalletRow { gold, ..wallet });
    tx.flow(Reason::Staff, -amount);
    tx.append(&LedgerRow {
        lsn,
        n,
        from_account: account.0,
        to_account: 0,
        amount,
        reason: Reason::Staff as u32,
        cseq: 0,
        wall_ms,
    });
    tx.send(Audience::Account(account), |bytes| {
        let paid = Paid { from: 0, amount: -amount, wallet: Some(told), lsn };
        wire::put(bytes, Packet { kind: kinds::PAID, ..Packet::default() }, &paid);
    });
    Ok(Did::new(format!("gold {had}"), format!("gold {gold}")))
}

pub(super) fn give_things(tx: &mut Tx<'_>, holder: &Holder, things: Things) -> Result<Did, Halt> {
    let Things { kind, quantity } = things;
    let name = tx.design.item(kind).ok_or(StaffError::NoSuchKind)?.name.clone();
    let mut bag = bag(tx, holder)?;
    let had = all_of(&bag, kind);
    let came = bag.add(kind, quantity, || tx.new_id())?;
    for (item, quantity) in came {
        let line = Line { item, kind, quantity, from: 0, to: holder.character, reason: Reason::Staff };
        log(tx, &nobodys(), line);
    }
    tx.goods_flow(Reason::Staff, kind, quantity.into());
    let has = all_of(&bag, kind);
    keep(tx, holder, bag);
    Ok(counted(&name, kind, had, has))
}

pub(super) fn take_things(tx: &mut Tx<'_>, holder: &Holder, item: u64, quantity: u32) -> Result<Did, Halt> {
    let mut bag = bag(tx, holder)?;
    let kind = bag.item(item)?.kind;
    let name = tx.design.item(kind).map(|item| item.name.clone()).unwrap_or_default();
    let had = all_of(&bag, kind);
    bag.take(item, quantity)?;
    tx.goods_flow(Reason::Staff, kind, -i64::from(quantity));
    let line = Line { item, kind, quantity, from: holder.character, to: 0, reason: Reason::Staff };
    log(tx, &nobodys(), line);
    let has = all_of(&bag, kind);
    keep(tx, holder, bag);
    Ok(counted(&name, kind, had, has))
}

fn bag<'a: 'b, 'b>(tx: &mut Tx<'a>, holder: &'b Holder) -> Result<Bag<'b>, Halt> {
    tx.want::<ItemRow>(&[holder.character]);
    character(tx, holder.account, holder.character)?;
    let items = tx.set::<ItemRow>(holder.character)?;
    Ok(Bag::new(holder.character, items, &holder.locked, tx.design))
}

fn keep(tx: &mut Tx<'_>, holder: &Holder, bag: Bag<'_>) {
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
    if holder.is_in_world {
        tx.send(Audience::Account(holder.account), |bytes| {
            wire::put(bytes, Packet { kind: kinds::BAG_CHANGED, ..Packet::default() }, &news);
        });
    }
}

/// Of a kind, worn or not.
fn all_of(bag: &Bag<'_>, kind: u32) -> u64 {
    bag.items().iter().filter(|row| row.kind == kind).map(|row| u64::from(row.quantity)).sum()
}

fn counted(name: &str, kind: u32, had: u64, has: u64) -> Did {
    Did::new(format!("{name} ({kind}): {had}"), format!("{name} ({kind}): {has}"))
}

/// No player's command.
pub(super) fn nobodys() -> Call<'static> {
    Call { account: AccountId(0), cseq: 0, body: &[] }
}
