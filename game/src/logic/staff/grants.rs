//! Gold from other servers, a payment's for example. The key makes asking again harmless: the row of the key
//! is in the record that gives the gold, so there is never one without the other.

use proto::{
    client::{Paid, Wallet},
    ids::AccountId,
    kinds,
    limits::GOLD_MAX,
    link::StaffResponse,
    packet::Packet,
    tables::{GrantKeyRow, LedgerRow, Reason, WalletRow},
    turn::TxnId,
    wire,
};
use slotmap::Key;

use super::{
    Ask, StaffError,
    ask::Grant,
    log::{Deed, keep_change},
};
use crate::logic::{
    delivery::ConnKey,
    event::Now,
    outputs::Audience,
    tx::{Halt, Tx},
    world::World,
};

impl World {
    /// Once for each key, whatever was lost on the way of the answer.
    pub(super) fn staff_grant(&mut self, ask: &Ask, grant: &Grant, now: Now) -> Result<StaffResponse, Halt> {
        let done = self.in_tx(ConnKey::null(), None, now, |tx| give(tx, ask, grant))?;
        let is_again = !self.work.is_written();
        if !is_again {
            self.commit(TxnId { account: AccountId(grant.account), cseq: 0 }, now)?;
            self.deliver(None, None);
        }
        let GrantKeyRow { account, lsn, .. } = done;
        Ok(StaffResponse { account, did_lsn: lsn, again: is_again, ..StaffResponse::default() })
    }
}

fn give(tx: &mut Tx<'_>, ask: &Ask, grant: &Grant) -> Result<GrantKeyRow, Halt> {
    let Grant { key, account, amount } = grant;
    let (account, amount) = (*account, *amount);
    if !(1..=GOLD_MAX).contains(&amount) {
        return Err(Halt::Reject("bad_amount"));
    }
    tx.want::<WalletRow>(&[account]);
    if let Some(done) = tx.row::<GrantKeyRow>(key)? {
        let is_same = done.account == account && done.amount == amount;
        return if is_same { Ok(done) } else { Err(StaffError::KeyUsed.into()) };
    }
    let wallet = tx.row::<WalletRow>(&account)?.ok_or(StaffError::NoSuchAccount)?;
    if GOLD_MAX - amount < wallet.gold {
        return Err(Halt::Reject("payee_full"));
    }
    let had = wallet.gold;
    let wallet = WalletRow { gold: had + amount, ..wallet };
    let (lsn, wall_ms) = (tx.lsn.0, tx.now.wall_ms);
    let told = Wallet { gold: wallet.gold, ver: tx.ver_next::<WalletRow>(&account) };
    tx.put(wallet);
    tx.flow(Reason::Grant, amount);
    tx.append(&LedgerRow {
        lsn,
        n: 0,
        from_account: 0,
        to_account: account,
        amount,
        reason: Reason::Grant as u32,
        cseq: 0,
        wall_ms,
    });
    keep_change(
        tx,
        ask,
        Deed { account, until_ms: None },
        format!("gold {had}"),
        format!("gold {}", told.gold),
    );
    let done = GrantKeyRow { key: key.clone(), account, amount, lsn, wall_ms };
    tx.put(done.clone());
    tx.send(Audience::Account(AccountId(account)), |bytes| {
        let paid = Paid { from: 0, amount, wallet: Some(told), lsn };
        wire::put(bytes, Packet { kind: kinds::PAID, ..Packet::default() }, &paid);
    });
    Ok(done)
}
